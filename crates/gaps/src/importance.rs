//! Which columns a model relies on.

use crate::errors::{OutOfFold, losses};
use plenish_learn::permutation_importance;
use plenish_table::{Context, Result, Seed};
use serde::Serialize;

/// What a column is worth to a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnImportance {
    /// The column.
    pub column: String,
    /// How much the loss of rows the model did not learn from rises when the column is shuffled.
    pub importance: f64,
    /// The standard deviation of that over the shuffles.
    pub deviation: f64,
}

/// Shuffles of each column.
const REPEATS: usize = 3;
/// Rows that are shuffled at most: the mean loss of so many is known to a percent.
const ROWS: usize = 20_000;

/// The permutation importance of each column, by falling importance.
pub fn importance(predicted: &OutOfFold, seed: &Seed, cx: &Context) -> Result<Vec<ColumnImportance>> {
    let (model, unseen) = &predicted.model;
    let rows = &unseen[..unseen.len().min(ROWS)];
    let target: Vec<f64> = rows.iter().map(|&row| predicted.target[row as usize]).collect();
    let loss = |predictions: &[f64]| {
        let losses = losses(predicted.goal.task, predictions, &target);
        losses.iter().sum::<f64>() / losses.len().max(1) as f64
    };
    let seed = seed.derive("importance");
    let found = permutation_importance(model, &predicted.table.take(rows), &loss, REPEATS, &seed, cx)?;
    let mut columns: Vec<ColumnImportance> = found
        .into_iter()
        .map(|one| ColumnImportance {
            column: one.feature,
            importance: one.mean,
            deviation: one.deviation,
        })
        .collect();
    columns.sort_by(|a, b| {
        let order = b.importance.total_cmp(&a.importance);
        order.then_with(|| a.column.cmp(&b.column))
    });
    Ok(columns)
}
