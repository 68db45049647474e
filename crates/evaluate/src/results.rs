//! What an evaluation and an experiment return; the keys of `--json`, stable from release to release.

use crate::cross_validation::CrossValidation;
use crate::decisions::ArmThresholds;
use crate::experiment::BOTH;
use crate::experiment::{LearnerOutcome, Reliability, ShiftOutcome, Slice};
use crate::fairness::Fairness;
use crate::fidelity::Robust;
use crate::labels::LabelAudit;
use crate::question::recalibrated;
use plenish_learn::metrics::{OperatingPoint, RecalibrationMethod};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// A measured value with what the same measurement gives for shuffled columns (the floor) and for
/// the real holdout (the ceiling).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Score {
    /// The measurement.
    pub value: f64,
    /// Lower end of its 95 % bootstrap interval.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
    /// The same measurement of the table whose columns were shuffled independently.
    pub floor: Option<f64>,
    /// The same measurement of the real holdout.
    pub ceiling: Option<f64>,
    /// `(value - floor) / (ceiling - floor)`: 0 for shuffled columns, 1 for the real holdout.
    pub normalised: Option<f64>,
}

/// A value with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Interval {
    /// The estimate.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Everything measured of a synthetic table beside real ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Rows of the three tables.
    pub rows: Rows,
    /// Whether every cell is possible.
    pub validity: Validity,
    /// How alike the tables are.
    pub fidelity: Fidelity,
    /// The same on robust bins: agreement, links, proxies, segments, and what gives rows away.
    #[serde(default)]
    pub robust: Robust,
    /// Repeated real rows, and closeness to the training part.
    pub copies: Copies,
    /// Whether labels can be believed; none without a target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<LabelAudit>,
    /// Whether every row keeps the constraints, one entry a constraint.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<ConstraintCheck>,
    /// The checks that block.
    pub gates: Vec<Gate>,
}

/// Whether rows keep a constraint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConstraintCheck {
    /// The constraint, as it is written.
    pub constraint: String,
    /// Synthetic rows that break it.
    pub broken: usize,
    /// What is wrong, in words; none if nothing is.
    pub problem: Option<String>,
}

/// Row counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// Real rows the generator saw.
    pub real: usize,
    /// Real rows it never saw.
    pub holdout: usize,
    /// Synthetic rows.
    pub synthetic: usize,
}

/// Whether every cell is possible under the schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Validity {
    /// Share of synthetic cells that the schema allows.
    pub share: f64,
    /// One entry a column.
    pub columns: Vec<ColumnValidity>,
}

/// Whether the cells of one column are possible.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnValidity {
    /// The column.
    pub name: String,
    /// Share of its cells that the schema allows.
    pub share: f64,
    /// Share of missing cells in the real rows.
    pub missing_real: f64,
    /// Share of missing cells in the synthetic rows.
    pub missing_synthetic: f64,
    /// What is wrong, in words; empty if nothing is.
    pub problems: Vec<String>,
}

/// How alike two tables are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fidelity {
    /// The mean of shapes, pairs and detection.
    pub overall: Score,
    /// Column Shapes of `SDMetrics` 0.32, against the real rows.
    pub shapes: Score,
    /// Column Pair Trends of `SDMetrics` 0.32, against the real rows.
    pub pairs: Score,
    /// Two-sample test against the holdout: 1 = cannot be told apart, 0 = always told apart.
    pub detection: Score,
    /// The same against the rows the generator saw; shown only to reveal memory.
    pub detection_train: Score,
    /// One entry a column.
    pub columns: Vec<ColumnFidelity>,
    /// One entry a pair of columns.
    pub column_pairs: Vec<PairFidelity>,
}

/// How alike one column is in two tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnFidelity {
    /// The column.
    pub name: String,
    /// `KSComplement` or `TVComplement`.
    pub metric: String,
    /// Its value.
    pub shape: Score,
}

/// How alike the relation of two columns is in two tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairFidelity {
    /// One column.
    pub a: String,
    /// The other.
    pub b: String,
    /// `CorrelationSimilarity` or `ContingencySimilarity`.
    pub metric: String,
    /// Its value; none where `SDMetrics` leaves the pair out.
    pub score: Option<f64>,
}

/// Repeated real rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Copies {
    /// Share of synthetic rows equal to a row the generator saw.
    pub synthetic: f64,
    /// Share of holdout rows equal to such a row: what chance alone gives.
    pub expected: f64,
    /// Share of synthetic rows equal to a holdout row, which the generator never saw.
    #[serde(default)]
    pub holdout: f64,
    /// Share of the real rows it saw that are equal to a holdout row: what chance alone gives.
    #[serde(default)]
    pub holdout_expected: f64,
    /// Share of synthetic rows nearer to a row the generator saw than to an unseen one, of equally
    /// many; 0.5 means no memory.
    pub nearer: Interval,
}

/// A check with a threshold from the criteria.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// The criterion's name in the study file.
    pub name: String,
    /// One plain sentence: what is measured.
    pub question: String,
    /// What was measured.
    pub value: f64,
    /// What the criteria ask for.
    pub threshold: f64,
    /// Whether the value has to be at least (true) or at most (false) the threshold.
    pub at_least: bool,
    /// Whether it does.
    pub passed: bool,
    /// Whether it is a warning when it does not, and closes nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub warns: bool,
}

impl Gate {
    /// Whether it keeps the rows from being used.
    pub fn is_closed(&self) -> bool {
        !self.passed && !self.warns
    }

    /// Whether it warns.
    pub fn is_warning(&self) -> bool {
        !self.passed && self.warns
    }
}

/// Arms trained on different rows and compared on the locked test.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    /// The column that was predicted.
    pub target: String,
    /// `binary`, `multiclass` or `regression`.
    pub task: String,
    /// For a binary target, the class that counts as positive.
    pub positive: Option<String>,
    /// Rows of the locked test.
    pub test_rows: usize,
    /// Rows of all three tables that took no part because their target is missing or, in synthetic
    /// rows, a class that no real row has.
    #[serde(default)]
    pub left_out: usize,
    /// The metric that decides: the first of each arm.
    #[serde(default)]
    pub metric: String,
    /// Where probabilities of two classes are cut.
    #[serde(default)]
    pub operating_point: OperatingPoint,
    /// Trainings of each arm on four fifths of its rows that metrics are the mean of; 0 if each was trained once, and
    /// intervals tell of the test rows alone.
    #[serde(default)]
    pub trainings: usize,
    /// The arms; the first is real rows alone.
    pub arms: Vec<Arm>,
    /// What every learner makes of the arms in the metric that decides.
    #[serde(default)]
    pub learners: Vec<LearnerOutcome>,
    /// How protected groups fare under each arm (binary targets).
    #[serde(default)]
    pub fairness: Vec<Fairness>,
    /// How well each arm is calibrated (binary targets).
    #[serde(default)]
    pub reliability: Vec<Reliability>,
    /// What becomes of each arm when the test rows are not quite as they were.
    #[serde(default)]
    pub shifts: Vec<ShiftOutcome>,
    /// Slices of the test rows before and after synthetic rows join: those that change most, and the worst.
    #[serde(default)]
    pub slices: Vec<Slice>,
    /// The slices that were asked for, as conditions, in their order; those with few test rows are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Slice>,
    /// What arms showed in folds of the training rows, if they were compared there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folds: Option<CrossValidation>,
}

/// One arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// `real`, `real + synthetic`, `synthetic`; and where probabilities or decisions of `real + synthetic` are treated, the
    /// real rows treated alike, such as `real, isotonic`.
    pub name: String,
    /// Training rows.
    pub rows: usize,
    /// Synthetic rows for each real one; none for an arm without real rows.
    pub ratio: Option<f64>,
    /// Weight of a synthetic row.
    pub weight: f64,
    /// How its probabilities are recalibrated, if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recalibration: Option<RecalibrationMethod>,
    /// The thresholds of groups, where they have their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thresholds: Option<ArmThresholds>,
    /// The metrics on the locked test: means over trainings on four fifths of the rows, if there were any
    /// ([`Experiment::trainings`]); thresholds, groups and all else are those of the one model of all rows.
    pub metrics: Vec<MetricValue>,
    /// The same minus those of the first arm, by paired bootstrap; empty for the first arm. Of `real + synthetic`, minus
    /// those of real rows treated alike, so that the rows alone make the difference.
    pub against_real: Vec<MetricValue>,
    /// The arm that `against_real` is taken from; empty for the first.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub compared_with: String,
    /// Selection rate and recall in each protected group at the operating point (binary targets).
    pub groups: Vec<GroupValue>,
}

impl Arm {
    /// The name, with what is done to probabilities and decisions.
    pub fn label(&self) -> String {
        let mut label = self.name.clone();
        if self.name == BOTH {
            if let Some(method) = self.recalibration {
                let _ = write!(label, ", {}", recalibrated(method));
            }
            if let Some(thresholds) = &self.thresholds {
                let _ = write!(label, ", {}", thresholds.parity);
            }
        }
        label
    }
}

/// A metric and its value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricValue {
    /// One of [`crate::metric_names`].
    pub name: String,
    /// Whether more is better.
    pub higher_is_better: bool,
    /// The value with its bootstrap interval.
    pub value: Interval,
}

/// How one group fares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupValue {
    /// The protected column.
    pub column: String,
    /// The group: a value of it.
    pub group: String,
    /// Test rows in the group.
    pub rows: usize,
    /// Share predicted positive; none where the group is too small to judge.
    pub selection_rate: Option<Interval>,
    /// Share of the positives that were found; none where they are too few to judge.
    pub recall: Option<Interval>,
}

/// What the study concludes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Every gate passed and the objective was met.
    Accept,
    /// A gate failed.
    Reject,
    /// Every gate passed, but the synthetic rows did not help.
    NoBenefit,
}

/// The conclusion with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// accept, reject or no-benefit.
    pub verdict: Decision,
    /// Plain sentences with the figures that led there.
    pub reasons: Vec<String>,
}
