//! The learners the product itself needs: histogram gradient-boosted trees, logistic regression,
//! and the metrics to judge them by. Knows tables and codes, and nothing of synthetic data.

pub mod bins;
pub mod boost;
pub mod logistic;
pub mod math;
pub mod matrix;
pub mod metrics;
pub mod tree;

pub use boost::{BoostSettings, Booster, EarlyStopping, Task};
pub use matrix::{FeatureCoder, FeatureKind, Matrix};
