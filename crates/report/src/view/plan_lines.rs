//! The lines of a plan: what each asked for, cost and brought.

use super::coverage::CONDITION;
use super::slices::{before_and_after, loss, says};
use super::words::listed;
use crate::figures::{clip, count, figure, p_value, signed_interval};
use plenish_evaluate::{Experiment, Slice};
use plenish_plan::{Borrowed, PlanLine, PlanReport};
use std::collections::BTreeMap;

/// Lines in the table.
const LISTED: usize = 60;
/// Lines that are drawn: those whose error changes most.
const DRAWN: usize = 12;

pub(crate) struct Lines {
    pub(crate) rows: Vec<LineRow>,
    pub(crate) unlisted: usize,
    /// Warnings about lines that are not in the table.
    pub(crate) unsaid: usize,
    pub(crate) errors: Option<Errors>,
}

/// One line of the plan.
pub(crate) struct LineRow {
    pub(crate) region: String,
    pub(crate) kind: &'static str,
    pub(crate) reason: String,
    pub(crate) effect: String,
    /// From which rows it was learned; empty if from its own.
    pub(crate) borrowed: String,
    pub(crate) warnings: Vec<String>,
    pub(crate) before: String,
    pub(crate) added: String,
    pub(crate) after: String,
    /// What the test rows show, if enough were looked at.
    pub(crate) tested: Option<Tested>,
}

/// What the experiment showed where a line is about.
pub(crate) struct Tested {
    pub(crate) rows: String,
    pub(crate) values: String,
    pub(crate) change: String,
    pub(crate) p: String,
}

/// The errors before and after as charts.
pub(crate) struct Errors {
    /// What is measured: mean log loss, or mean squared error.
    pub(crate) loss: &'static str,
    pub(crate) says: String,
    pub(crate) values: String,
    pub(crate) changes: String,
    pub(crate) undrawn: usize,
}

impl Lines {
    pub(crate) fn new(of: &PlanReport, trial: Option<&Experiment>) -> Self {
        let asked = trial.map_or(&[][..], |trial| &trial.asked);
        let by_condition: BTreeMap<&str, &Slice> = asked.iter().map(|slice| (slice.value.as_str(), slice)).collect();
        let lines = &of.plan.lines;
        let row = |(place, line): (usize, &PlanLine)| {
            let outcome = of.found.lines.get(place);
            LineRow {
                region: clip(&line.region.text, CONDITION),
                kind: line.gap.name(),
                reason: line.reason.clone(),
                effect: line.effect.clone(),
                borrowed: line.borrowed.as_ref().map_or_else(String::new, borrowed),
                warnings: of
                    .warnings
                    .iter()
                    .filter(|warning| warning.line == place)
                    .map(|warning| warning.text.clone())
                    .collect(),
                before: count(outcome.map_or(line.have, |found| found.before)),
                added: match outcome.map(|found| found.added) {
                    Some(added) if added as u64 != line.rows => {
                        format!("{} of {}", count(added), count(line.rows as usize))
                    }
                    _ => count(line.rows as usize),
                },
                after: outcome.map_or_else(|| "-".to_owned(), |found| count(found.after)),
                tested: by_condition.get(line.region.text.as_str()).map(|slice| tested(slice)),
            }
        };
        Self {
            rows: lines.iter().enumerate().take(LISTED).map(row).collect(),
            unlisted: lines.len().saturating_sub(LISTED),
            unsaid: of.warnings.iter().filter(|warning| warning.line >= LISTED).count(),
            errors: trial.and_then(|trial| errors(trial, by_condition.into_values().collect())),
        }
    }
}

fn tested(of: &Slice) -> Tested {
    Tested {
        rows: count(of.rows),
        values: format!("{} → {}", figure(of.before), figure(of.after)),
        change: signed_interval(&of.change),
        p: p_value(of.p_adjusted),
    }
}

fn borrowed(of: &Borrowed) -> String {
    let open = listed(&of.columns);
    let rows = count(of.rows);
    if of.is_specific {
        let from = clip(&of.from, CONDITION);
        format!("Its own rows are few: learned from {rows} real rows with {from}, whatever their {open}.")
    } else {
        format!("Its own rows are few: learned from all {rows} real rows, whatever their {open}.")
    }
}

/// None where the test rows of no line were looked at.
fn errors(trial: &Experiment, mut slices: Vec<&Slice>) -> Option<Errors> {
    if slices.is_empty() {
        return None;
    }
    // What is not defined comes last.
    let size = |slice: &Slice| Some(slice.change.value.abs()).filter(|size| size.is_finite());
    slices.sort_by(|a, b| size(b).partial_cmp(&size(a)).unwrap_or(std::cmp::Ordering::Equal));
    let drawn = &slices[..slices.len().min(DRAWN)];
    let (values, changes) = before_and_after("plan", "line", trial, drawn);
    Some(Errors {
        loss: loss(trial),
        says: says(slices.iter().copied(), "lines with enough test rows"),
        values,
        changes,
        undrawn: slices.len() - drawn.len(),
    })
}
