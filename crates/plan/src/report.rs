//! A plan with what became of it.

use crate::line::Plan;
use crate::make::Warning;
use crate::recheck::Recheck;
use serde::Serialize;

/// What was planned, and what it brought.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanReport {
    /// The plan.
    #[serde(flatten)]
    pub plan: Plan,
    /// The gaps before and after.
    pub found: Recheck,
    /// Lines that did not go as asked.
    pub warnings: Vec<Warning>,
}
