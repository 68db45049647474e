//! Tests of the room as a whole: reading and writing files.

#![expect(
    clippy::unwrap_used,
    reason = "a failure in a test's helper is a failure of the test"
)]

mod errors;
mod inference;
mod parquet_arrow;
mod round_trip;
mod writing;

use plenish_files::{ReadOptions, read_from};
use plenish_table::{Column, Context, NoProgress, Progress, Result, Table};
use std::sync::Mutex;

/// Reads text as if it were a file of this name.
fn text(name: &str, text: &str) -> Result<Table> {
    read_from(text.as_bytes(), name, &ReadOptions::default(), &Context::silent())
}

/// The cells of a column as text; missing cells as `∅`.
fn shown(table: &Table, name: &str) -> Vec<String> {
    let index = table.schema().require(name).unwrap();
    let column = table.column(index);
    (0..table.rows())
        .map(|row| {
            if column.is_missing(row) {
                "∅".to_owned()
            } else {
                column.value(row).to_string()
            }
        })
        .collect()
}

/// Equal cells, missing reals included.
fn same(a: &Table, b: &Table) -> bool {
    a.rows() == b.rows()
        && a.columns().len() == b.columns().len()
        && a.columns().iter().zip(b.columns()).all(|(a, b)| match (a, b) {
            (Column::Real(a), Column::Real(b)) => a.iter().zip(b).all(|(a, b)| a == b || (a.is_nan() && b.is_nan())),
            (a, b) => a == b,
        })
}

/// Keeps warnings, and stops the work after some looks.
struct Listener {
    warnings: Mutex<Vec<String>>,
    looks: Mutex<usize>,
}

impl Listener {
    fn patient(looks: usize) -> Self {
        Self {
            warnings: Mutex::default(),
            looks: Mutex::new(looks),
        }
    }

    fn warnings(self) -> Vec<String> {
        self.warnings.into_inner().unwrap()
    }
}

impl Progress for Listener {
    fn begin(&self, step: &str, total: u64) {
        NoProgress.begin(step, total);
    }
    fn advance(&self, _amount: u64) {}
    fn end(&self) {}
    fn warn(&self, message: &str) {
        self.warnings.lock().unwrap().push(message.to_owned());
    }
    fn cancelled(&self) -> bool {
        let mut looks = self.looks.lock().unwrap();
        *looks = looks.saturating_sub(1);
        *looks == 0
    }
}
