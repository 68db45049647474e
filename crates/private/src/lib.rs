//! Differentially private tables: exact noise, accounting, a ledger, and the generators MST and AIM.
//!
//! ```text
//! domain ── coded table ─┐
//!                        ├─ curator ── noisy answers ── mst | aim ── model ── rows
//! ledger ── run ── noise ┘
//! ```
//!
//! The curator is the only door to the data: it charges the ledger, then draws the noise. Everything right of it is
//! post-processing. Nothing here reads a clock, prints, or takes a seed for noise; generated rows come from a seed like
//! those of every generator, which costs no privacy.

pub mod accounting;
mod aim;
mod bounds;
mod contents;
mod curator;
pub mod domain;
mod evidence;
mod fit;
mod generator;
mod graphical;
mod inference;
mod junction_tree;
mod learn;
pub mod ledger;
mod marginals;
mod model;
mod mst;
mod noise;
mod pairs;
mod rows;
mod shares;
mod split;

pub use evidence::{ErrorBounds, Evidence, MarginalError, Spend};
#[cfg(any(test, feature = "test-seed"))]
pub use fit::fit_not_private;
pub use fit::{Engine, Settings, cost, fit};
pub use generator::{PrivateGenerator, open};
pub use model::PrivateModel;
pub use noise::{Source, Variance, gaussian};
pub use split::split;

#[cfg(test)]
mod honesty;
#[cfg(test)]
mod tests;
