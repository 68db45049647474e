//! What arms compared in folds show; the keys of `--json`.

use super::arms::ArmSpec;
use super::front::Front;
use crate::results::Interval;
use serde::{Deserialize, Serialize};

/// What the folds showed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrossValidation {
    /// The metric that decides, and that p-values are of.
    pub metric: String,
    /// Folds of each repeat.
    pub folds: usize,
    /// Repeats that were made.
    pub repeats: usize,
    /// Repeats that were planned.
    pub planned: usize,
    /// The arms, real rows alone first.
    pub arms: Vec<CrossArm>,
    /// The best arm that costs no generator, by the mean of the metric; the first arm if none is better.
    pub best_free: String,
    /// The best arm with synthetic rows beside the real ones, of those that keep the limits; none if there is
    /// none.
    pub best: Option<String>,
    /// What every arm trades for what.
    #[serde(default)]
    pub front: Front,
}

/// One arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrossArm {
    /// How it is called.
    pub name: String,
    /// What it trained on.
    #[serde(flatten)]
    pub spec: ArmSpec,
    /// The mean of every metric over all folds.
    pub metrics: Vec<CrossMetric>,
    /// The differences from the first arm; empty for it.
    pub against_real: Vec<CrossMetric>,
    /// The two-sided p-value of no difference from the first arm in the metric, by the corrected test.
    pub p: Option<f64>,
    /// The same, held for all arms together.
    pub p_adjusted: Option<f64>,
    /// For arms with synthetic rows: the difference from the best free arm.
    pub against_free: Option<CrossMetric>,
    /// The difference from real rows by each of the other learners.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_learner: Vec<LearnerChange>,
}

/// What another learner makes of an arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearnerChange {
    /// Its name.
    pub learner: String,
    /// The difference from the first arm in the metric that decides.
    pub against_real: CrossMetric,
    /// Whether its sign is that of the first learner.
    pub agrees: bool,
}

/// A metric over folds, with the interval of the corrected test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrossMetric {
    /// As in [`crate::MetricValue`].
    pub name: String,
    /// Whether more is better.
    pub higher_is_better: bool,
    /// The mean, with its 95 % interval.
    #[serde(flatten)]
    pub value: Interval,
}
