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
    /// What was tried on rows kept aside, in the order of trials.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trials: Vec<Trial>,
}

/// Rows for a failing slice, tried on rows kept aside.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trial {
    /// The round, from 1.
    pub round: usize,
    /// The slice.
    #[serde(rename = "where")]
    pub region: String,
    /// Rows that were generated for it.
    pub rows: usize,
    /// Rows of it among those kept aside.
    pub judged: usize,
    /// Their mean loss before.
    pub before: f64,
    /// Their mean loss with the rows.
    pub after: f64,
    /// The standard error of the difference.
    pub error: f64,
    /// The difference in mean loss over all rows kept aside.
    pub overall: f64,
    /// Whether the rows were kept.
    pub kept: bool,
}
