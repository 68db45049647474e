//! Protected groups, and how each fares: selection rate and recall at the operating point.

use crate::interval::wilson;
use crate::results::GroupValue;
use plenish_learn::metrics::Confusion;
use plenish_table::{Column, ColumnType, Result, Table};
use std::collections::BTreeSet;

/// Numbers with at most this many distinct values are groups as they are.
const MAX_VALUES: usize = 6;
/// Groups with fewer test rows are not judged.
const MIN_ROWS: usize = 30;
/// Groups with fewer positives have no recall.
const MIN_POSITIVES: f64 = 10.0;

/// How the rows of a table fall into groups by one protected column: its values; for numbers and times with more than six,
/// the quartiles of the rows to learn from; missing cells are a group.
#[derive(Debug, Clone)]
pub(crate) struct Grouping {
    column: String,
    index: usize,
    /// The quartiles; none if values are groups as they are.
    cuts: Option<Vec<f64>>,
    /// What ranges between quartiles are called.
    ranges: Vec<String>,
}

/// The rows of a table by the groups of one protected column.
pub(crate) struct Groups {
    column: String,
    /// The groups; not every one need have rows.
    pub(crate) names: Vec<String>,
    /// The group of each row.
    pub(crate) of: Vec<usize>,
}

const MISSING: &str = "(missing)";

impl Grouping {
    /// The groups of the column called `name`. Fails if `train` has no such column.
    pub(crate) fn new(train: &Table, name: &str) -> Result<Self> {
        let index = train.schema().require(name)?;
        let schema = &train.schema().columns[index];
        let cuts = quartiles(train.column(index));
        let show = |cut: f64| schema.show_number(cut);
        let ranges = cuts.as_ref().map_or_else(Vec::new, |cuts| {
            let name = |place: usize| {
                if place == 0 {
                    format!("up to {}", show(cuts[0]))
                } else if place == cuts.len() {
                    format!("above {}", show(cuts[place - 1]))
                } else {
                    format!("above {} up to {}", show(cuts[place - 1]), show(cuts[place]))
                }
            };
            (0..=cuts.len()).map(name).collect()
        });
        Ok(Self {
            column: name.to_owned(),
            index,
            cuts,
            ranges,
        })
    }

    /// The column that groups are values of.
    pub(crate) fn column(&self) -> &str {
        &self.column
    }

    /// The groups of the rows of a table with the same columns.
    pub(crate) fn of(&self, table: &Table) -> Groups {
        let column = table.column(self.index);
        if let Some(cuts) = &self.cuts {
            let place = |row: usize| {
                column
                    .number(row)
                    .map_or(self.ranges.len(), |v| cuts.partition_point(|c| *c < v))
            };
            return Groups {
                column: self.column.clone(),
                of: (0..table.rows()).map(place).collect(),
                names: self.ranges.iter().cloned().chain([MISSING.to_owned()]).collect(),
            };
        }
        let label = |row: usize| {
            if column.is_missing(row) {
                MISSING.to_owned()
            } else {
                column.value(row).to_string()
            }
        };
        let labels: Vec<String> = (0..table.rows()).map(label).collect();
        let names: Vec<String> = labels.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect();
        Groups {
            column: self.column.clone(),
            of: labels
                .iter()
                .map(|label| names.binary_search(label).unwrap_or(0))
                .collect(),
            names,
        }
    }
}

impl Groups {
    /// The groups of `test` by the column called `name`, see [`Grouping`].
    pub(crate) fn new(train: &Table, test: &Table, name: &str) -> Result<Self> {
        Ok(Grouping::new(train, name)?.of(test))
    }

    /// The column they are values of.
    pub(crate) fn column(&self) -> &str {
        &self.column
    }

    /// The group of each row, as a number.
    pub(crate) fn of(&self) -> &[usize] {
        &self.of
    }

    /// Selection rate and recall of each group that has rows, with Wilson intervals.
    /// `selected` tells how much of each row is selected.
    pub(crate) fn judge(&self, positive: &[bool], selected: &[f64]) -> Vec<GroupValue> {
        let mut out = Vec::new();
        for (group, name) in self.names.iter().enumerate() {
            let rows: Vec<usize> = (0..self.of.len()).filter(|&row| self.of[row] == group).collect();
            if rows.is_empty() {
                continue;
            }
            let mut counts = Confusion::default();
            for &row in &rows {
                counts.add(positive[row], selected[row], 1.0);
            }
            let positives = counts.positives();
            let judged = rows.len() >= MIN_ROWS;
            out.push(GroupValue {
                column: self.column.clone(),
                group: name.clone(),
                rows: rows.len(),
                selection_rate: counts
                    .selection_rate()
                    .filter(|_| judged)
                    .map(|rate| wilson(rate, rows.len() as f64)),
                recall: counts
                    .recall()
                    .filter(|_| judged && positives >= MIN_POSITIVES)
                    .map(|rate| wilson(rate, positives)),
            });
        }
        out
    }
}

/// The distinct quartiles of a number or time with more than six distinct values.
fn quartiles(column: &Column) -> Option<Vec<f64>> {
    if matches!(column.kind(), ColumnType::Text | ColumnType::Boolean) {
        return None;
    }
    let mut numbers: Vec<f64> = (0..column.len()).filter_map(|row| column.number(row)).collect();
    numbers.sort_unstable_by(f64::total_cmp);
    let mut distinct = numbers.clone();
    distinct.dedup();
    if distinct.len() <= MAX_VALUES {
        return None;
    }
    let mut cuts: Vec<f64> = (1..4).map(|q| numbers[numbers.len() * q / 4]).collect();
    cuts.dedup();
    // Nothing lies above the largest value.
    cuts.retain(|cut| Some(cut) != distinct.last());
    (!cuts.is_empty()).then_some(cuts)
}
