//! A table as states of its domain.

use super::{Domain, Unit};
use plenish_table::{Error, Result, Table};
use std::collections::HashMap;

/// The states of every cell; the trusted side alone holds one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Coded {
    pub(crate) columns: Vec<Vec<u16>>,
    pub(crate) rows: usize,
}

impl Coded {
    /// Codes `table`: columns are found by name, in any order; those that the domain does not name are left out.
    /// Fails when one is absent, and never for what cells hold. `rows` are those that count.
    pub(crate) fn new(table: &Table, domain: &Domain, rows: &[usize]) -> Result<Self> {
        let columns = domain
            .axes
            .iter()
            .map(|axis| {
                let column = table.by_name(&axis.column.name).ok_or_else(|| {
                    Error::usage("the domain describes a column that the table does not have")
                        .in_column(&axis.column.name)
                        .help("correct the name, or leave it out of the domain")
                })?;
                let states = axis.encode(column);
                Ok(rows.iter().map(|&r| states[r]).collect())
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            columns,
            rows: rows.len(),
        })
    }

    /// The rows that count: all, or the first ones of each person. Whether a row counts depends on the rows of the same
    /// person alone, so that a person more or less changes nothing for the others.
    pub(crate) fn kept_rows(table: &Table, unit: &Unit) -> Result<Vec<usize>> {
        let Unit::Person { column, rows } = unit else {
            return Ok((0..table.rows()).collect());
        };
        let person = table.by_name(column).ok_or_else(|| {
            Error::usage("the column that names persons is not in the table")
                .in_column(column)
                .help("correct person in the domain")
        })?;
        let mut seen: HashMap<String, u64> = HashMap::new();
        Ok((0..table.rows())
            .filter(|&row| {
                // Rows that name nobody cannot be told apart: together they count as one person.
                let count = seen.entry(person.value(row).to_string()).or_default();
                *count += 1;
                *count <= *rows
            })
            .collect())
    }

    /// How many rows have each combination of states of `columns`, the last one running fastest.
    pub(crate) fn counts(&self, columns: &[usize], sizes: &[usize]) -> Vec<i64> {
        let cells = columns.iter().map(|&c| sizes[c]).product();
        let mut counts = vec![0_i64; cells];
        match columns {
            [] => counts[0] = self.rows as i64,
            &[a] => self.columns[a].iter().for_each(|&s| counts[s as usize] += 1),
            &[a, b] => {
                for (&s, &t) in self.columns[a].iter().zip(&self.columns[b]) {
                    counts[s as usize * sizes[b] + t as usize] += 1;
                }
            }
            _ => {
                for row in 0..self.rows {
                    let cell = columns
                        .iter()
                        .fold(0, |at, &c| at * sizes[c] + self.columns[c][row] as usize);
                    counts[cell] += 1;
                }
            }
        }
        counts
    }
}
