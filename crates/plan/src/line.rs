//! What a plan consists of.

use crate::borrowed::Borrowed;
use plenish_gaps::{GapKind, Region};
use serde::Serialize;

/// What is generated for one gap.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanLine {
    /// What kind of gap it is.
    pub gap: GapKind,
    /// What every row of the line satisfies.
    #[serde(rename = "where")]
    pub region: Region,
    /// Real rows that satisfy it.
    pub have: usize,
    /// Rows to generate.
    pub rows: u64,
    /// Why.
    pub reason: String,
    /// What it should bring.
    pub effect: String,
    /// From which rows it was learned, where its own are few.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub borrowed: Option<Borrowed>,
}

/// A gap that is not filled, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeftOut {
    /// What kind of gap it is.
    pub gap: GapKind,
    /// The rows it is about.
    #[serde(rename = "where")]
    pub region: Region,
    /// Why.
    pub reason: String,
}

/// What is to be generated, and what not.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Plan {
    /// The lines.
    pub lines: Vec<PlanLine>,
    /// Gaps that are not filled.
    pub left_out: Vec<LeftOut>,
    /// Uncovered patterns that the lines are to cover, with the rows each is to have.
    pub accepted: Vec<(Region, usize)>,
    /// What else there is to know.
    pub notes: Vec<String>,
}

impl Plan {
    /// Rows of all lines.
    pub fn rows(&self) -> u64 {
        self.lines.iter().map(|line| line.rows).sum()
    }

    /// The plan with `share` of the rows of every line, at least one.
    #[must_use]
    pub fn scaled(mut self, share: f64) -> Self {
        for line in &mut self.lines {
            line.rows = ((line.rows as f64 * share).round() as u64).max(1);
        }
        self
    }
}
