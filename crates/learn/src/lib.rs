//! The learners the product itself needs: histogram gradient-boosted trees, random forests, logistic
//! regression, one door to all of them ([`Learner`]), and the metrics to judge them by. Knows tables and codes, and nothing of synthetic data.

pub mod bins;
pub mod boost;
mod check;
pub mod forest;
mod learner;
pub mod logistic;
pub mod math;
pub mod matrix;
pub mod metrics;
pub mod multiple_tests;
pub mod students_t;
pub mod target;
pub mod tree;

pub use boost::{BoostSettings, Booster, EarlyStopping, Task};
pub use forest::{Forest, ForestSettings};
pub use learner::{Examples, Importance, Learner, Predictor, permutation_importance};
pub use matrix::{FeatureCoder, FeatureKind, Matrix};
pub use tree::Monotone;
