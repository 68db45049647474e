//! Fidelity, copies, experiments, gates and the verdict. Knows tables only, not how one was made.
//!
//! [`evaluate`] measures synthetic rows against real ones, [`experiment`] tries them in models on the
//! locked test, [`experiment_gates`] holds that against the [`Criteria`], and [`judge`] concludes.

mod align;
mod coded;
mod constraints;
mod copies;
mod criteria;
mod cross_validation;
mod decisions;
mod density_ratio;
mod detection;
mod evaluate;
mod experiment;
mod fairness;
mod fidelity;
mod gates;
mod gower;
mod groups;
mod interval;
mod judged;
mod labels;
mod model;
mod nearest;
mod question;
mod results;
pub mod sdmetrics;
mod validity;
mod verdict;

pub use align::{align, sample, scored};
pub use copies::{copies, holdout_repeats};
pub use criteria::Criteria;
pub use cross_validation::{
    ArmKind, ArmSpec, ChoiceLimits, ClassMaker, CrossArm, CrossMetric, CrossValidation, CrossValidationPlan, Front,
    FrontPoint, LearnerChange, MIN_CROSS_ROWS, Maker, Makers, cross_validate,
};
pub use decisions::{ArmThresholds, GroupThreshold};
pub use density_ratio::density_ratio_weights;
pub use detection::{Detection, MAX_SIDE, detect};
pub use evaluate::{Inputs, MIN_ROWS, evaluate, evaluate_audited};
pub use experiment::{
    Augmentation, BOTH, LearnerArm, LearnerOutcome, MIN_TEST_ROWS, REAL, Reliability, SYNTHETIC, ShiftArm,
    ShiftOutcome, Slice, TRAININGS, experiment,
};
pub use fairness::{
    Fairness, FairnessArm, FairnessGap, FairnessGroup, FairnessInputs, FairnessMetric, Family, FamilyFairness,
    Judgement, Limits, MAX_GROUPS, MIN_REPLICATES, NotJudged, Resampling, RowGroup, fairness,
};
pub use fidelity::{
    Agreement, ColumnAgreement, Gone, GroupRate, Link, Links, MAX_ROWS, PairAgreement, Proxy, ProxyPower, Region,
    Robust, RowOrder, Segment, Spread, Tell, Tells, TimeOrder, Times, TripleAgreement, fidelity, robust,
};
pub use judged::metric_names;
pub use labels::{Alike, ClassNoise, LabelAudit, Suspect, audit_labels};
pub use nearest::nearest_distances;
pub use question::Question;
pub use results::*;
pub use validity::validity;
pub use verdict::{Purpose, experiment_gates, judge, judge_experiment};
