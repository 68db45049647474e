//! What an experiment shows beside its metrics; the keys of `--json`.

use crate::results::Interval;
use plenish_learn::metrics::{BrierDecomposition, ReliabilityPoint};
use serde::{Deserialize, Serialize};

/// What one learner makes of the arms, in the metric that decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearnerOutcome {
    /// Its name.
    pub learner: String,
    /// One entry an arm.
    pub arms: Vec<LearnerArm>,
    /// Whether adding the synthetic rows to the real ones changes the metric in the same direction as by
    /// the first learner.
    pub agrees: bool,
}

/// One arm by one learner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearnerArm {
    /// The arm.
    pub arm: String,
    /// The metric on the locked test; none if undefined.
    pub value: Option<Interval>,
    /// The difference from the first arm; none for it.
    pub against_real: Option<Interval>,
}

/// How well the probabilities of one arm are calibrated (binary targets).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// The arm.
    pub arm: String,
    /// Bins of about equal mass with their share of positives, and its band.
    pub curve: Vec<ReliabilityPoint>,
    /// The Brier score over these bins.
    pub decomposition: Option<BrierDecomposition>,
    /// The Brier score without a choice of bins.
    pub isotonic: Option<BrierDecomposition>,
}

/// What becomes of the arms on a changed locked test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShiftOutcome {
    /// `noise`, `missing`, `groups`, `category`.
    pub kind: String,
    /// What was done, in a sentence.
    pub about: String,
    /// One entry an arm.
    pub arms: Vec<ShiftArm>,
}

/// One arm under a shift, in the metric that decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShiftArm {
    /// The arm.
    pub arm: String,
    /// The metric.
    pub value: f64,
    /// That minus the same on the test as it is.
    pub change: f64,
    /// The difference from the first arm, with the interval of a paired bootstrap; none for it.
    pub against_real: Option<Interval>,
}

/// Test rows with one value of one column, and what they cost before and after synthetic rows join.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// The column.
    pub column: String,
    /// The value, or the range.
    pub value: String,
    /// Test rows.
    pub rows: usize,
    /// The mean log loss (or squared error) of a model of the real rows.
    pub before: f64,
    /// The same with synthetic rows beside them.
    pub after: f64,
    /// The mean difference, with its 95 % interval; below 0 is better.
    pub change: Interval,
    /// The p-value of no difference, such that a bound on it bounds the share of false discoveries among all slices
    /// (Benjamini and Hochberg, 1995).
    pub p_adjusted: f64,
}
