//! What [`fairness`](super::fairness) returns; keys are stable from release to release.

use crate::results::Interval;
use plenish_learn::metrics::{Cut, OperatingPoint};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How groups fare under the predictions of one arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fairness {
    /// The arm.
    pub arm: String,
    /// Where predictions were asked to be cut.
    pub operating_point: OperatingPoint,
    /// Where that is in this arm; none where groups have thresholds of their own.
    pub cut: Option<Cut>,
    /// Bootstrap replicates behind the intervals.
    pub replicates: usize,
    /// In the order they were given.
    pub families: Vec<FamilyFairness>,
}

/// The groups of a protected column, of an intersection, or slices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FamilyFairness {
    /// The columns joined by `&`, or what the slices are called.
    pub name: String,
    /// The protected columns; empty for slices.
    pub columns: Vec<String>,
    /// In the order of their names, or as the slices were given.
    pub groups: Vec<FairnessGroup>,
    /// What lies between the groups, and the worst of them.
    pub gaps: Vec<FairnessGap>,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FairnessGroup {
    /// The values of the columns, joined by `&`.
    pub name: String,
    /// Test rows with weight.
    pub rows: usize,
    /// The positives among them.
    pub positives: usize,
    /// The group's share of the family's weight; none for slices, which may overlap.
    pub share: Option<f64>,
    /// `base_rate`, `selection_rate`, `recall` (true positive rate), `false_positive_rate`, `precision`
    /// (positive predictive value), `accuracy`, `roc_auc`, `brier`, `calibration_error` (debiased, over
    /// bins of about equal mass) and `calibration_bias` (mean probability less share of positives).
    pub metrics: Vec<FairnessMetric>,
}

/// One metric of one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FairnessMetric {
    /// What is measured.
    pub name: String,
    /// Whether more is better; none where neither is.
    pub higher_is_better: Option<bool>,
    /// The measurement.
    pub value: Judgement,
    /// This minus the first arm's, on the same replicates; none in the first arm.
    pub against_first: Option<Judgement>,
}

/// One figure of a whole family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FairnessGap {
    /// `demographic_parity_difference` and `_ratio` (disparate impact), `equalized_odds_…` (the larger
    /// of the gaps in recall and false positive rate), `equal_opportunity_…` (recall),
    /// `predictive_parity_…` (precision), `accuracy_difference`, `calibration_error_difference`,
    /// `calibration_bias_difference`, `worst_group_accuracy`, `worst_group_roc_auc`,
    /// `worst_group_calibration_error`. Slices have the last three only.
    pub name: String,
    /// Whether more is better.
    pub higher_is_better: bool,
    /// The measurement over the groups that could be judged.
    pub value: Judgement,
    /// This minus the first arm's, on the same replicates; none in the first arm.
    pub against_first: Option<Judgement>,
    /// Groups that took part.
    pub groups: usize,
    /// Groups that could not be judged and took no part.
    pub left_out: usize,
    /// The groups with the lowest and the highest rate, or the worst group; empty if not judged.
    pub between: Vec<String>,
}

/// A measurement, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// The value with its 95 % interval.
    Value(Interval),
    /// It cannot be judged.
    NotJudged(NotJudged),
}

impl Judgement {
    /// The measurement, if there is one.
    pub fn value(&self) -> Option<Interval> {
        match self {
            Self::Value(value) => Some(*value),
            Self::NotJudged(_) => None,
        }
    }
}

/// Why something cannot be judged; `Display` says it in words. Rows with unequal weights are counted as
/// the equally weighted rows they are worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotJudged {
    /// Too few rows.
    TooFewRows {
        /// Rows there are.
        found: usize,
        /// Rows it takes.
        needed: usize,
    },
    /// Too few positives.
    TooFewPositives {
        /// Positives there are.
        found: usize,
        /// Positives it takes.
        needed: usize,
    },
    /// Too few negatives.
    TooFewNegatives {
        /// Negatives there are.
        found: usize,
        /// Negatives it takes.
        needed: usize,
    },
    /// Too few rows are predicted positive.
    TooFewSelected {
        /// Rows predicted positive.
        found: usize,
        /// Rows it takes.
        needed: usize,
    },
    /// Too few groups could be judged.
    TooFewGroups {
        /// Groups that could.
        found: usize,
        /// Groups it takes.
        needed: usize,
    },
    /// A ratio of rates that are all 0.
    AllZero,
    /// Too many replicates of the bootstrap do not define it.
    Unstable {
        /// Replicates that do.
        defined: usize,
        /// All replicates.
        replicates: usize,
    },
}

impl fmt::Display for NotJudged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, found, needed) = match self {
            Self::TooFewRows { found, needed } => ("rows", found, needed),
            Self::TooFewPositives { found, needed } => ("positives", found, needed),
            Self::TooFewNegatives { found, needed } => ("negatives", found, needed),
            Self::TooFewSelected { found, needed } => ("rows predicted positive", found, needed),
            Self::TooFewGroups { found, needed } => ("groups that can be judged", found, needed),
            Self::AllZero => return f.write_str("the rate is 0 in every group, and their ratio undefined"),
            Self::Unstable { defined, replicates } => {
                return write!(
                    f,
                    "too few to judge: defined in {defined} of {replicates} bootstrap replicates"
                );
            }
        };
        write!(f, "too few to judge: {what}: {found}, needed: {needed}")
    }
}
