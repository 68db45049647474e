//! The study: what is to be reached with which data, how success is judged, and the flow that gets
//! there.

mod attacks;
mod charts;
mod comparison;
mod file;
mod flow;
mod init;
mod input;
mod making;
mod outputs;
mod paths;
mod planning;
mod private;
mod quarantine;
mod question;
mod regenerate;
mod rounds;

pub use comparison::{Recipe, Synthetic, compare, try_out};
pub use file::{
    AuditSettings, Augment, BalanceSettings, Bound, ColumnOverride, Constraints, Data, ExperimentSettings,
    GeneratorSettings, Output, PlanSettings, PrivacySettings, STUDY_FORMAT, Study, json_schema, read_plan, write_plan,
};
pub use flow::{Caller, Outcome, run};
pub use init::write_study;
pub use input::Real;
pub use paths::relative_path;
pub use planning::{PlanRecipe, plan};
pub use private::Privacy;
pub use quarantine::{QUARANTINE, quarantine};
pub use question::question;
pub use regenerate::{Regenerated, folder_of, regenerate};
