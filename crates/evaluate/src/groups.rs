//! How each protected group fares: selection rate and recall at a threshold of one half.

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

/// The test rows of the groups of one protected column.
pub(crate) struct Groups {
    column: String,
    /// The groups; not every one need have rows.
    pub(crate) names: Vec<String>,
    /// The group of each test row.
    pub(crate) of: Vec<usize>,
}

impl Groups {
    /// The column they are values of.
    pub(crate) fn column(&self) -> &str {
        &self.column
    }

    /// The group of each row, as a number.
    pub(crate) fn of(&self) -> &[usize] {
        &self.of
    }

    /// The groups of `test` by the column called `name`: its values; for numbers and times with more
    /// than six, the quartiles of `train`; missing cells are a group.
    pub(crate) fn new(train: &Table, test: &Table, name: &str) -> Result<Self> {
        let index = train.schema().require(name)?;
        let schema = &train.schema().columns[index];
        let column = test.column(index);
        let labels: Vec<String> = match quartiles(train.column(index)) {
            Some(cuts) => {
                let show = |cut: f64| schema.show_number(cut);
                let label = |place: usize| {
                    if place == 0 {
                        format!("up to {}", show(cuts[0]))
                    } else if place == cuts.len() {
                        format!("above {}", show(cuts[place - 1]))
                    } else {
                        format!("above {} up to {}", show(cuts[place - 1]), show(cuts[place]))
                    }
                };
                let names: Vec<String> = (0..=cuts.len()).map(label).collect();
                let of = (0..test.rows())
                    .map(|row| {
                        column
                            .number(row)
                            .map_or(names.len(), |v| cuts.partition_point(|c| *c < v))
                    })
                    .collect();
                return Ok(Self {
                    column: name.to_owned(),
                    names: names.into_iter().chain(["(missing)".to_owned()]).collect(),
                    of,
                });
            }
            None => (0..test.rows())
                .map(|row| {
                    if column.is_missing(row) {
                        "(missing)".to_owned()
                    } else {
                        column.value(row).to_string()
                    }
                })
                .collect(),
        };
        let names: Vec<String> = labels.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect();
        let of = labels
            .iter()
            .map(|label| names.binary_search(label).unwrap_or(0))
            .collect();
        Ok(Self {
            column: name.to_owned(),
            names,
            of,
        })
    }

    /// Selection rate and recall of each group that has rows, with Wilson intervals.
    pub(crate) fn judge(&self, positive: &[bool], probabilities: &[f64]) -> Vec<GroupValue> {
        let mut out = Vec::new();
        for (group, name) in self.names.iter().enumerate() {
            let rows: Vec<usize> = (0..self.of.len()).filter(|&row| self.of[row] == group).collect();
            if rows.is_empty() {
                continue;
            }
            let labels: Vec<bool> = rows.iter().map(|&row| positive[row]).collect();
            let scores: Vec<f64> = rows.iter().map(|&row| probabilities[row]).collect();
            let counts = Confusion::at(0.5, &labels, &scores, None);
            let positives = counts.true_positive + counts.false_negative;
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
