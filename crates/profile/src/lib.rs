//! What the data looks like: distributions, associations, and how the groups stand.
//!
//! [`profile`] describes one table. [`shared_bins`] lays bins on real tables, so that
//! [`compare_columns`] and [`associations`] measure real and synthetic rows with the same ruler.
//! [`propose`] finds what holds in every row.
//! Knows tables only, not how one was made.

mod associations;
mod bins;
mod columns;
mod compare;
mod groups;
mod histogram;
mod labels;
mod profile;
mod propose;

pub use associations::{Association, AssociationKind, Associations, associations};
pub use bins::{Bins, Coding, SharedBins, shared_bins};
pub use columns::{ColumnProfile, FrequentValue, NumberProfile, Quantile};
pub use compare::{ColumnComparison, ComparedHistogram, ComparedValue, compare_columns};
pub use groups::{Group, GroupCounts, TARGET_VALUES, TargetCount};
pub use histogram::{Edges, Histogram, histogram_on};
pub use profile::{Profile, ProfileSettings, profile};
pub use propose::{Proposal, propose};
