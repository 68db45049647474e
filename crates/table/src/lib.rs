//! What a table is: [`Schema`], [`Column`], [`Table`], the [`Seed`] all randomness comes from,
//! [`Condition`]s and [`Constraint`]s on rows, [`Context`] for progress and cancellation, and the one [`Error`] type.
//!
//! This room knows no file format and no model. It never prints, and reads no clock and no
//! environment.

mod column;
mod condition;
mod constraint;
mod context;
mod error;
mod notation;
mod schema;
mod seed;
mod table;
mod tokens;
mod value;

pub use column::{Column, MISSING_BOOLEAN, MISSING_CODE, MISSING_DATE, MISSING_INTEGER, TextColumn, TextColumnBuilder};
pub use condition::{Comparison, Condition, Term, Test};
pub use constraint::{
    BoundFormula, Constraint, Formula, Number, Violation, contradiction, schema_violations, value_codes, violations,
};
pub use context::{Context, NoProgress, Progress};
pub use error::{Error, Kind, Place, Result};
pub use notation::{ClockStyle, DayOrder, DayStyle, IsoUnit, Notation, Seconds, Zone};
pub use schema::{ColumnSchema, ColumnType, Role, Schema};
pub use seed::{Seed, Stream};
pub use table::Table;
pub use value::{Value, calendar, format_date, format_real, format_timestamp, parse_date, parse_timestamp};
