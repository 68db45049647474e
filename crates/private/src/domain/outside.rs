//! What of a table lies outside its domain: for the trusted side alone, which keeps it to itself.

use super::{Coded, Domain, States};
use plenish_table::{Column, Result, Table};
use serde::{Deserialize, Serialize};

/// What the domain moves or leaves out. **Exact counts of the data**: they are covered by no promise, and belong where
/// the data is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outside {
    /// Rows beyond those that count of a person.
    pub rows_left_out: u64,
    /// For each column with any: cells beyond its bounds, with a value that is not on its list, or missing where none
    /// may be. They count as the nearest bound, as "other", or as the first value.
    pub cells: Vec<(String, u64)>,
}

impl Outside {
    /// What of `table` lies outside `domain`; columns that are yet to be learned have no outside. Fails when the column
    /// that names persons is not in the table.
    pub fn new(table: &Table, domain: &Domain) -> Result<Self> {
        let kept = Coded::kept_rows(table, &domain.unit)?;
        let mut cells = Vec::new();
        for axis in &domain.axes {
            let (Some(states), Some(column)) = (&axis.states, table.by_name(&axis.column.name)) else {
                continue;
            };
            let out = |row: &usize| match (states, column) {
                _ if column.is_missing(*row) => !axis.missing,
                (States::Categories { values, .. }, Column::Text(text)) => {
                    text.get(*row).is_some_and(|cell| !values.iter().any(|v| v == cell))
                }
                (States::Categories { values, .. }, _) => !values.contains(&column.value(*row).to_string()),
                (States::Whole { edges }, _) => column.number(*row).is_some_and(|v| {
                    edges.first().is_some_and(|&e| v < e as f64) || edges.last().is_some_and(|&e| v >= e as f64)
                }),
                (States::Real { edges }, _) => column
                    .number(*row)
                    .is_some_and(|v| edges.first().is_some_and(|&e| v < e) || edges.last().is_some_and(|&e| v > e)),
                (States::Boolean, _) => false,
            };
            let count = kept.iter().filter(|row| out(row)).count() as u64;
            if count > 0 {
                cells.push((axis.column.name.clone(), count));
            }
        }
        Ok(Self {
            rows_left_out: (table.rows() - kept.len()) as u64,
            cells,
        })
    }
}
