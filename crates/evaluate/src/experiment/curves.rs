//! Reliability of each arm's probabilities.

use super::{Reliability, Rows};
use crate::judged::Judged;
use plenish_learn::Task;
use plenish_learn::metrics::{CALIBRATION_BINS, Scored};
use plenish_table::Result;

/// The reliability of every arm; nothing for targets that have no positive class.
pub(super) fn reliability(
    task: Task,
    arms: &[Rows],
    judged: &[Judged<'_>],
    positive: &[bool],
) -> Result<Vec<Reliability>> {
    if task != Task::Binary {
        return Ok(Vec::new());
    }
    arms.iter()
        .zip(judged)
        .map(|(rows, judged)| {
            let scored = Scored::new(positive, judged.predictions(), None)?;
            Ok(Reliability {
                arm: rows.name.clone(),
                curve: scored.reliability_curve(CALIBRATION_BINS),
                decomposition: scored.brier_decomposition(CALIBRATION_BINS),
                isotonic: scored.isotonic_decomposition(),
            })
        })
        .collect()
}
