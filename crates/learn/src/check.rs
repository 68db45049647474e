//! What every learner asks of the rows it is given.

use crate::boost::Task;
use plenish_table::{Error, Result};

/// Fails on no rows, lengths that differ, weights that are negative, not finite or all zero, and
/// targets outside the task.
pub(crate) fn rows(rows: usize, target: &[f64], weights: Option<&[f64]>, task: Task) -> Result<()> {
    if rows == 0 {
        return Err(Error::data("there are no rows to learn from"));
    }
    if target.len() != rows || weights.is_some_and(|w| w.len() != rows) {
        return Err(Error::internal("targets or weights differ in number from the rows"));
    }
    if let Some(weights) = weights {
        if let Some(row) = weights.iter().position(|w| !w.is_finite() || *w < 0.0) {
            return Err(Error::data(format!(
                "the weight {} cannot be used: weights must be finite and not negative",
                weights[row]
            ))
            .at_row(row as u64 + 1));
        }
        if !weights.iter().sum::<f64>().is_finite() {
            return Err(Error::data("the weights are too large to be added up"));
        }
        if weights.iter().all(|&w| w == 0.0) {
            return Err(Error::data("all weights are zero: there is nothing to learn from"));
        }
    }
    if let Some(row) = target.iter().position(|y| !y.is_finite()) {
        return Err(
            Error::data(format!("the target {} is not a finite number", target[row]))
                .at_row(row as u64 + 1)
                .help("leave out the rows without a target"),
        );
    }
    let classes = match task {
        Task::Binary => 2,
        Task::Multiclass(classes) => classes,
        Task::Regression => return Ok(()),
    };
    if !target
        .iter()
        .all(|&y| y >= 0.0 && y < classes as f64 && y.fract() == 0.0)
    {
        return Err(Error::internal("a target is outside the classes"));
    }
    Ok(())
}
