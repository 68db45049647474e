//! What becomes of each arm when the test rows are not quite as they were.

use super::arms::Arms;
use super::sheet::{Head, Sheet};
use super::words::{says, spoken};
use crate::charts::{Forest, Labels, Mark, Marker, forest};
use crate::figures::{figure, signed, signed_interval, trimmed};
use plenish_evaluate::{Experiment, Interval, ShiftArm, ShiftOutcome};

/// Shifts that are drawn; all are in the table, up to [`LISTED`].
const DRAWN: usize = 14;
const LISTED: usize = 60;

pub(crate) struct Shifts {
    pub(crate) metric: String,
    pub(crate) better: &'static str,
    /// How synthetic rows hold up, in words.
    pub(crate) says: String,
    pub(crate) values: String,
    /// None if there is one arm only.
    pub(crate) differences: Option<String>,
    pub(crate) undrawn: usize,
    pub(crate) unlisted: usize,
    pub(crate) sheet: Sheet,
}

impl Shifts {
    pub(crate) fn new(of: &Experiment) -> Option<Self> {
        let shifts: Vec<&ShiftOutcome> = of.shifts.iter().filter(|s| !s.arms.is_empty()).collect();
        if shifts.is_empty() {
            return None;
        }
        let arms = Arms(&of.arms);
        let metric = spoken(&of.metric);
        let first = of.arms.first().and_then(|arm| arm.metrics.first());
        let higher = first.is_none_or(|m| m.higher_is_better);
        Some(Self {
            better: if higher { "higher is better" } else { "lower is better" },
            says: holds_up(&shifts, arms, higher),
            values: values(&shifts, arms, &metric),
            differences: differences(&shifts, arms, &metric),
            undrawn: shifts.len().saturating_sub(DRAWN),
            unlisted: shifts.len().saturating_sub(LISTED),
            sheet: sheet(&shifts, &metric),
            metric,
        })
    }
}

fn values(shifts: &[&ShiftOutcome], arms: Arms<'_>, metric: &str) -> String {
    let marks = |of: &[ShiftArm], value: &dyn Fn(&ShiftArm) -> f64| {
        let mark = |arm: &ShiftArm| {
            let value = value(arm);
            Mark {
                marker: arms.named(&arm.arm),
                estimate: Some(Interval {
                    value,
                    low: value,
                    high: value,
                }),
            }
        };
        of.iter().map(mark).collect::<Vec<_>>()
    };
    let clean = (
        "The test as it is.".to_owned(),
        String::new(),
        marks(&shifts[0].arms, &|arm| arm.value - arm.change),
    );
    let shifted = shifts
        .iter()
        .take(DRAWN)
        .map(|shift| (shift.about.clone(), String::new(), marks(&shift.arms, &|arm| arm.value)));
    forest(
        "shift-values",
        &format!("{metric} of each arm under each shift"),
        "One mark for each shift and arm. All figures are in the table below the charts.",
        &Forest {
            rows: std::iter::once(clean).chain(shifted).collect(),
            labels: Labels::Above,
            reference: None,
            at_least: None,
            show: &trimmed,
        },
    )
}

fn differences(shifts: &[&ShiftOutcome], arms: Arms<'_>, metric: &str) -> Option<String> {
    let row = |shift: &&ShiftOutcome| {
        let marks: Vec<Mark> = shift
            .arms
            .iter()
            .filter_map(|arm| {
                Some(Mark {
                    marker: arms.named(&arm.arm),
                    estimate: Some(arm.against_real?),
                })
            })
            .collect();
        (!marks.is_empty()).then(|| (shift.about.clone(), String::new(), marks))
    };
    let rows: Vec<_> = shifts.iter().take(DRAWN).filter_map(row).collect();
    (!rows.is_empty()).then(|| {
        forest(
            "shift-differences",
            &format!("{metric}: difference against real rows alone under each shift"),
            "One line for each shift and arm, with its interval; the vertical line is at no difference. All figures are in the table below the charts.",
            &Forest {
                rows,
                labels: Labels::Above,
                reference: Some(0.0),
                at_least: None,
                show: &trimmed,
            },
        )
    })
}

fn holds_up(shifts: &[&ShiftOutcome], arms: Arms<'_>, higher: bool) -> String {
    let said: Vec<&str> = shifts
        .iter()
        .filter_map(|shift| {
            let both = shift.arms.iter().find(|arm| arms.named(&arm.arm) == Marker::Both)?;
            Some(says(&both.against_real?, higher))
        })
        .collect();
    if said.is_empty() {
        return String::new();
    }
    let number = |what: &str| said.iter().filter(|s| **s == what).count();
    format!(
        "With synthetic rows beside the real ones, a model is clearly better than one of real rows alone under {} of {} shifts, clearly worse under {}; the rest leave doubt.",
        number("better than real alone"),
        said.len(),
        number("worse than real alone")
    )
}

fn sheet(shifts: &[&ShiftOutcome], metric: &str) -> Sheet {
    let rows = shifts.iter().take(LISTED).flat_map(|shift| {
        shift.arms.iter().map(|arm| {
            vec![
                shift.about.clone(),
                arm.arm.clone(),
                figure(arm.value),
                signed(arm.change),
                arm.against_real
                    .as_ref()
                    .map_or_else(|| "-".to_owned(), signed_interval),
            ]
        })
    });
    Sheet {
        name: "Figures for the shifts".to_owned(),
        caption: format!("{metric} on the changed test rows, with 95 % bootstrap intervals of the difference"),
        heads: vec![
            Head::words("Shift"),
            Head::words("Arm"),
            Head::number("Value"),
            Head::number("Less the test as it is"),
            Head::interval("Against real"),
        ],
        rows: rows.collect(),
    }
}
