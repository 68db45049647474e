//! Whether rows are too much alike.

use plenish_table::{Column, Table};
use std::collections::HashMap;

/// Numbers closer than this part of their range are alike.
const CLOSE: f64 = 0.01;

/// Finds rows that are nearly the same: all words and flags equal, and all numbers and times within a hundredth of
/// their range in the real rows.
pub(crate) struct Alike {
    /// The range of each ordered column; none for others.
    ranges: Vec<Option<f64>>,
    /// Rows kept so far, by their words: their numbers.
    seen: HashMap<Vec<String>, Vec<Vec<Option<f64>>>>,
}

fn is_word(column: &Column) -> bool {
    matches!(column, Column::Text(_) | Column::Boolean(_))
}

impl Alike {
    pub(crate) fn new(real: &Table) -> Self {
        let ranges = real.columns().iter().map(|column| {
            if is_word(column) {
                return None;
            }
            let present = (0..column.len()).filter_map(|row| column.number(row));
            let (low, high) = present.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
            Some(if low <= high { high - low } else { 0.0 })
        });
        Self {
            ranges: ranges.collect(),
            seen: HashMap::new(),
        }
    }

    /// Whether a row of `table` is nearly the same as one that was kept.
    pub(crate) fn has(&self, table: &Table, row: usize) -> bool {
        let (words, numbers) = self.parts(table, row);
        let near = |known: &Vec<Option<f64>>| {
            let ranges = self.ranges.iter().flatten();
            known
                .iter()
                .zip(&numbers)
                .zip(ranges)
                .all(|((a, b), range)| match (a, b) {
                    (Some(a), Some(b)) => (a - b).abs() <= CLOSE * range,
                    (a, b) => a.is_none() && b.is_none(),
                })
        };
        self.seen.get(&words).is_some_and(|known| known.iter().any(near))
    }

    pub(crate) fn keep(&mut self, table: &Table, row: usize) {
        let (words, numbers) = self.parts(table, row);
        self.seen.entry(words).or_default().push(numbers);
    }

    fn parts(&self, table: &Table, row: usize) -> (Vec<String>, Vec<Option<f64>>) {
        let (mut words, mut numbers) = (Vec::new(), Vec::new());
        for (column, range) in table.columns().iter().zip(&self.ranges) {
            if range.is_some() {
                numbers.push(column.number(row));
            } else {
                words.push(column.value(row).to_string());
            }
        }
        (words, numbers)
    }
}
