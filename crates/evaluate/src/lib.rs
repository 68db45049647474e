//! Fidelity, copies, experiments, gates and the verdict. Knows tables only, not how one was made.
//!
//! [`evaluate`] measures synthetic rows against real ones, [`experiment`] tries them in models on the
//! locked test, [`experiment_gates`] holds that against the [`Criteria`], and [`judge`] concludes.

mod align;
mod coded;
mod constraints;
mod copies;
mod criteria;
mod detection;
mod evaluate;
mod experiment;
mod fidelity;
mod gates;
mod groups;
mod interval;
mod judged;
mod results;
pub mod sdmetrics;
mod target;
mod validity;
mod verdict;

pub use copies::copies;
pub use criteria::Criteria;
pub use detection::{Detection, MAX_SIDE, detect};
pub use evaluate::{Inputs, MIN_ROWS, evaluate};
pub use experiment::{Augmentation, BOTH, MIN_TEST_ROWS, REAL, SYNTHETIC, experiment};
pub use fidelity::{
    Agreement, ColumnAgreement, Gone, GroupRate, Link, Links, MAX_ROWS, PairAgreement, Proxy, ProxyPower, Region,
    Robust, RowOrder, Segment, Spread, Tell, Tells, TimeOrder, Times, TripleAgreement, fidelity, robust,
};
pub use results::*;
pub use validity::validity;
pub use verdict::{Purpose, experiment_gates, judge};
