//! How good predictions are. Definitions are those of scikit-learn 1.9 where it has the metric.
//!
//! `weights` say how much a row counts; none means once each. [`Scored`] checks its input once and
//! then answers everything about a binary prediction. The free functions and [`Ranked`] take what
//! they get: labels, scores and weights must be equally long, what exceeds the shortest is not looked
//! at, and no function panics on NaN: it sorts after all numbers, and reaches sums as NaN.

mod calibration;
mod confusion;
mod group_thresholds;
mod losses;
mod operating;
mod ranked;
mod recalibration;
mod scored;
mod tally;
#[cfg(test)]
mod tests;

pub use calibration::{
    BrierDecomposition, CALIBRATION_BINS, CalibrationBin, ReliabilityPoint, calibration_error,
    debiased_squared_calibration_error, wilson,
};
pub use confusion::Confusion;
pub use group_thresholds::{GroupParity, GroupThresholds};
pub use losses::{brier, brier_multiclass, brier_of, log_loss, log_loss_multiclass, log_loss_of, r2, rmse};
pub use operating::{Cut, OperatingPoint};
pub use ranked::{Ranked, roc_auc, roc_auc_one_vs_rest};
pub use recalibration::{Isotonic, Platt, Recalibration, RecalibrationMethod, log_odds};
pub use scored::Scored;
pub use tally::{Tally, Tie};

/// The weight of a row; 1 without weights.
fn weight_of(weights: Option<&[f64]>) -> impl Fn(usize) -> f64 + Copy + '_ {
    move |row| weights.map_or(1.0, |w| w[row])
}

/// The rows that labels (or targets), predictions and weights all have.
fn shared(labels: usize, predictions: usize, weights: Option<&[f64]>) -> usize {
    labels.min(predictions).min(weights.map_or(usize::MAX, <[f64]>::len))
}

/// A part of a whole; `None` of a whole that is not above 0.
fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}
