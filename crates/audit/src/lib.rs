//! Audits: attacks on synthetic rows, or on the model that made them, that show what they give away of the rows the
//! generator learned from. Works on any synthetic table; knows nothing of how one was made but what attackers are
//! given: a model file, or the name of a generator to fit again.
//!
//! Every attack on training rows is made on holdout rows as well: what succeeds on both was learned of everybody,
//! what succeeds on training rows only was remembered. Without a holdout an audit means nothing.

mod attribute;
mod audit;
mod copies;
mod criteria;
mod intervals;
mod linkability;
mod membership;
mod points;
mod prepare;
mod results;
mod risk;
mod roc;
mod singling_out;
mod sweep;
mod traits;

pub use audit::audit;
pub use criteria::AuditCriteria;
pub use prepare::{Inputs, MAX_ROWS, MIN_ROWS, Question, Shadows, enough_rows};
pub use results::*;
