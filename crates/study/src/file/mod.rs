//! `study.toml`: read strictly, checked against the data, written out in full for the record.
//!
//! [`keys`] and [`criteria`] say which keys there are; the reader, the comments of `plenish init` and the JSON
//! schema all follow it. [`source`] points into the file; [`reader`] takes typed values out of it;
//! [`parse`] puts a [`Study`] together; [`schema`] checks it against the columns of the data.

mod constraints;
mod criteria;
mod experiment_keys;
mod keys;
mod parse;
mod plan_file;
mod plan_keys;
mod privacy;
mod privacy_keys;
mod reader;
mod schema;
mod settings;
mod source;

pub use keys::json_schema;
pub(crate) use keys::{Key, ROOT, SECTIONS, Section};
pub use plan_file::{read_plan, write_plan};
pub use privacy::{AuditSettings, PrivacySettings};
pub use settings::{
    Augment, BalanceSettings, Bound, ColumnOverride, Constraints, Data, ExperimentSettings, GeneratorSettings, Output,
    PlanSettings, STUDY_FORMAT, Study,
};
