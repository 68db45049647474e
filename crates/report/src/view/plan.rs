//! The plan: what the data lacked, what was generated for it, and what that brought.

use super::coverage::{CONDITION, Coverage};
use super::plan_lines::Lines;
use super::sheet::{Head, Sheet};
use super::words::listed;
use crate::figures::{clip, count, figure, signed};
use plenish_evaluate::Experiment;
use plenish_plan::{GapKind, LeftOut, PlanReport, Trial};

/// Gaps that are left out, or trials, in their tables.
const LISTED: usize = 60;
/// Notes that are shown.
const NOTES: usize = 20;

pub(crate) struct Planned {
    /// What it came to, in sentences.
    pub(crate) says: String,
    pub(crate) coverage: Option<Coverage>,
    pub(crate) lines: Lines,
    pub(crate) trials: Option<Cut>,
    pub(crate) left_out: Option<Cut>,
    pub(crate) notes: Vec<String>,
    pub(crate) more_notes: usize,
}

/// A list with what it comes to, as far as there is room.
pub(crate) struct Cut {
    pub(crate) says: String,
    pub(crate) sheet: Sheet,
    pub(crate) unlisted: usize,
}

impl Planned {
    pub(crate) fn new(of: &PlanReport, trial: Option<&Experiment>) -> Self {
        Self {
            says: says(of),
            coverage: Coverage::new(&of.found),
            lines: Lines::new(of, trial),
            trials: trials(&of.trials),
            left_out: left_out(&of.plan.left_out),
            notes: of
                .plan
                .notes
                .iter()
                .take(NOTES)
                .map(|note| clip(note, 2 * CONDITION))
                .collect(),
            more_notes: of.plan.notes.len().saturating_sub(NOTES),
        }
    }
}

/// `1 line`, `2 lines`.
fn number(of: usize, what: &str) -> String {
    format!("{} {what}{}", count(of), if of == 1 { "" } else { "s" })
}

fn says(of: &PlanReport) -> String {
    let (plan, found) = (&of.plan, &of.found);
    let asked = plan.rows() as usize;
    let added: usize = found.lines.iter().map(|line| line.added).sum();
    let joined = if added == asked {
        "all of them joined the real ones".to_owned()
    } else {
        format!(
            "{} of them joined the real ones, which is the share of the plan that was chosen, less what is in quarantine",
            count(added)
        )
    };
    let mut sentences = vec![format!(
        "The plan has {}, which {} for {}; {joined}.",
        number(plan.lines.len(), "line"),
        if plan.lines.len() == 1 { "asks" } else { "ask" },
        number(asked, "row")
    )];
    if !found.patterns.is_empty() {
        sentences.push(format!(
            "Of {}, the plan was to cover {}, of which {} are covered now; {} of the {} are uncovered still.",
            number(found.uncovered_before, "uncovered combination"),
            count(found.accepted),
            count(found.closed),
            count(found.uncovered_after),
            count(found.uncovered_before)
        ));
    }
    if !plan.left_out.is_empty() {
        sentences.push(format!(
            "{} left out.",
            number(plan.left_out.len(), "gap") + if plan.left_out.len() == 1 { " is" } else { " are" }
        ));
    }
    sentences.join(" ")
}

/// What was tried on rows kept aside.
fn trials(of: &[Trial]) -> Option<Cut> {
    if of.is_empty() {
        return None;
    }
    let row = |trial: &Trial| {
        vec![
            clip(&trial.region, CONDITION),
            count(trial.round),
            count(trial.rows),
            count(trial.judged),
            format!("{} → {}", figure(trial.before), figure(trial.after)),
            figure(trial.error),
            signed(trial.overall),
            if trial.kept { "kept" } else { "dropped" }.to_owned(),
        ]
    };
    let kept = of.iter().filter(|trial| trial.kept).count();
    Some(Cut {
        says: format!(
            "Rows for failing slices were tried on training rows kept aside: {} in all, {} of them kept.",
            number(of.len(), "trial"),
            count(kept)
        ),
        sheet: Sheet {
            name: "What was tried on rows kept aside".to_owned(),
            caption: "Mean losses of rows kept aside, in the order of trials; lower is better".to_owned(),
            heads: vec![
                Head::words("Rows with"),
                Head::number("Round"),
                Head::number("Rows generated"),
                Head::number("Rows judged"),
                Head::interval("Loss there"),
                Head::number("Standard error of its change"),
                Head::number("Change over all rows"),
                Head::words("Which were"),
            ],
            rows: of.iter().take(LISTED).map(row).collect(),
        },
        unlisted: of.len().saturating_sub(LISTED),
    })
}

fn left_out(of: &[LeftOut]) -> Option<Cut> {
    if of.is_empty() {
        return None;
    }
    let kinds = GapKind::FOUND.into_iter().chain([GapKind::Asked]);
    let counted: Vec<String> = kinds
        .filter_map(|kind| {
            let own = of.iter().filter(|left| left.gap == kind).count();
            (own > 0).then(|| format!("{} of the kind {}", count(own), kind.name()))
        })
        .collect();
    let row = |left: &LeftOut| {
        vec![
            clip(&left.region.text, CONDITION),
            left.gap.name().to_owned(),
            left.reason.clone(),
        ]
    };
    Some(Cut {
        says: format!(
            "Nothing was generated for {}: {}.",
            number(of.len(), "gap"),
            listed(&counted)
        ),
        sheet: Sheet {
            name: "Gaps left out, and why".to_owned(),
            caption: "Gaps for which nothing was generated".to_owned(),
            heads: vec![Head::words("Rows with"), Head::words("Kind"), Head::words("Why")],
            rows: of.iter().take(LISTED).map(row).collect(),
        },
        unlisted: of.len().saturating_sub(LISTED),
    })
}
