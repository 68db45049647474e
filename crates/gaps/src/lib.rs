//! What a table lacks, found exactly: combinations of values that hardly occur, slices in which a model
//! fails, rare classes, unequal groups, sparse regions, and the columns that matter.
//!
//! Every gap is a [`Region`]: a condition that a generator can be asked for. Knows tables and learners, and
//! nothing of synthetic data: what is done about a gap is decided elsewhere. [`find`] looks for all of them.

mod attributes;
mod boxes;
mod cuts;
mod errors;
mod failing;
mod gaps;
mod groups;
mod importance;
mod keys;
mod kind;
mod lattice;
mod patterns;
mod population;
mod rare;
mod region;
mod slices;
mod sparse;
mod splits;
mod uncertain;

pub use attributes::{Attribute, AttributeSettings, Attributes, LeftOut, Level};
pub use errors::{OutOfFold, out_of_fold};
pub use failing::{FailingSettings, FailingSlice, failing};
pub use gaps::{Gaps, MIN_ROWS, Options, find};
pub use groups::{GroupCell, groups};
pub use importance::{ColumnImportance, importance};
pub use kind::GapKind;
pub use lattice::MAX_LEVELS;
pub use patterns::{Pattern, PatternSettings, patterns};
pub use population::{Margin, Reference, Underrepresented, underrepresented};
pub use rare::{Rare, rare};
pub use region::Region;
pub use slices::{Slice, SliceSettings, slices};
pub use sparse::{Sparse, sparse};
pub use uncertain::disagreement;
