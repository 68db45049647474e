//! The gaps once more, after rows were added.

use crate::line::Plan;
use crate::members::Members;
use plenish_gaps::{GapKind, Gaps};
use plenish_table::{Result, Table};
use serde::{Deserialize, Serialize};

/// Gaps before and after.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Recheck {
    /// One entry a line of the plan.
    pub lines: Vec<LineOutcome>,
    /// Rows that a pattern has to have to be covered; 0 where no patterns were looked for.
    #[serde(default)]
    pub threshold: usize,
    /// Uncovered patterns before rows were added.
    pub uncovered_before: usize,
    /// Of those, the ones that are uncovered still.
    pub uncovered_after: usize,
    /// Patterns that the plan was to cover.
    pub accepted: usize,
    /// Of those, the ones that are covered.
    pub closed: usize,
    /// The patterns, those that lack most rows first.
    pub patterns: Vec<PatternOutcome>,
}

/// What a line of the plan brought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LineOutcome {
    /// What kind of gap it is about.
    pub gap: GapKind,
    /// What its rows satisfy.
    #[serde(rename = "where")]
    pub region: String,
    /// Why it is in the plan.
    pub reason: String,
    /// Real rows that satisfy it.
    pub before: usize,
    /// Rows that were added for it.
    pub added: usize,
    /// Rows that satisfy it now, those of other lines included.
    pub after: usize,
}

/// A pattern before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PatternOutcome {
    /// The combination.
    #[serde(rename = "where")]
    pub region: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// Rows before.
    pub before: usize,
    /// Rows now.
    pub after: usize,
    /// Whether the plan was to cover it.
    pub accepted: bool,
}

impl Recheck {
    /// Whether enough rows have a pattern now.
    pub fn is_covered(&self, pattern: &PatternOutcome) -> bool {
        pattern.after >= self.threshold
    }
}

/// Counts the lines of `plan` and the patterns of `gaps`, if they were looked for, in the real rows with `added` rows beside them, of
/// which row i is for line `line[i]`. Fails when a column is absent.
pub fn recheck(plan: &Plan, gaps: Option<&Gaps>, real: &Table, added: &Table, line: &[u32]) -> Result<Recheck> {
    let (before, beside) = (Members::new(real), Members::new(added));
    let mut lines = Vec::new();
    for (place, own) in plan.lines.iter().enumerate() {
        let have = before.of(&own.region)?.len();
        lines.push(LineOutcome {
            gap: own.gap,
            region: own.region.text.clone(),
            reason: own.reason.clone(),
            before: have,
            added: line.iter().filter(|&&l| l as usize == place).count(),
            after: have + beside.of(&own.region)?.len(),
        });
    }
    let mut out = Recheck {
        lines,
        ..Recheck::default()
    };
    let Some(gaps) = gaps else { return Ok(out) };
    out.threshold = gaps.threshold;
    let columns_of = |pattern: &plenish_gaps::Pattern| -> Vec<String> {
        let mut columns: Vec<String> = pattern
            .region
            .condition
            .terms
            .iter()
            .map(|t| t.column.clone())
            .collect();
        columns.dedup();
        columns
    };
    let mut accepted: Vec<&str> = plan.accepted.iter().map(|(region, _)| region.text.as_str()).collect();
    accepted.sort_unstable();
    for pattern in &gaps.patterns {
        let after = pattern.rows + beside.of(&pattern.region)?.len();
        let is_accepted = accepted.binary_search(&pattern.region.text.as_str()).is_ok();
        out.uncovered_before += 1;
        out.uncovered_after += usize::from(after < gaps.threshold);
        out.accepted += usize::from(is_accepted);
        out.closed += usize::from(is_accepted && after >= gaps.threshold);
        out.patterns.push(PatternOutcome {
            region: pattern.region.text.clone(),
            columns: columns_of(pattern),
            before: pattern.rows,
            after,
            accepted: is_accepted,
        });
    }
    Ok(out)
}
