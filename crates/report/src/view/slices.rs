//! Slices of the test rows before and after synthetic rows join.

use super::arms::Arms;
use super::sheet::{Head, Sheet};
use crate::charts::{Forest, Labels, Mark, Marker, Pair, dumbbell, forest};
use crate::figures::{count, figure, p_value, signed_interval, trimmed};
use plenish_evaluate::{Experiment, Slice};

/// Slices that are drawn: those whose loss changes most.
const DRAWN: usize = 12;
/// Slices in the table.
const LISTED: usize = 100;
/// The share of false discoveries that is put up with.
const FALSE_DISCOVERIES: f64 = 0.05;

pub(crate) struct Slices {
    /// What is measured: mean log loss, or mean squared error.
    pub(crate) loss: &'static str,
    /// How many changed for certain, in words.
    pub(crate) says: String,
    pub(crate) values: String,
    pub(crate) changes: String,
    pub(crate) undrawn: usize,
    pub(crate) unlisted: usize,
    pub(crate) sheet: Sheet,
}

impl Slices {
    pub(crate) fn new(of: &Experiment) -> Option<Self> {
        if of.slices.is_empty() {
            return None;
        }
        let loss = loss(of);
        let drawn: Vec<&Slice> = of.slices.iter().take(DRAWN).collect();
        let (values, changes) = before_and_after("slice", "slice", of, &drawn);
        Some(Self {
            says: says(of.slices.iter(), "slices listed"),
            values,
            changes,
            undrawn: of.slices.len() - drawn.len(),
            unlisted: of.slices.len().saturating_sub(LISTED),
            sheet: sheet(&of.slices, loss),
            loss,
        })
    }
}

/// What is measured of rows: mean log loss, or mean squared error.
pub(super) fn loss(of: &Experiment) -> &'static str {
    if of.task == "regression" {
        "mean squared error"
    } else {
        "mean log loss"
    }
}

/// What slices cost before and after, and the changes with their intervals: two charts whose ids start with `id`; `what`
/// is what a slice is called.
pub(super) fn before_and_after(id: &str, what: &str, of: &Experiment, drawn: &[&Slice]) -> (String, String) {
    let loss = loss(of);
    let values = dumbbell(
        &format!("{id}-values"),
        &format!("{loss} of each {what} before and after synthetic rows join"),
        &described(drawn),
        &drawn.iter().copied().map(pair).collect::<Vec<_>>(),
        (Arms(&of.arms).marker(0), Marker::Both),
        &trimmed,
    );
    let changes = forest(
        &format!("{id}-changes"),
        &format!("Change of the {loss} in each {what}"),
        &format!(
            "One line for each {what}, with its interval; the vertical line is at no change. All figures are in the table below the charts."
        ),
        &Forest {
            rows: drawn.iter().copied().map(change).collect(),
            labels: Labels::Above,
            reference: Some(0.0),
            at_least: None,
            show: &trimmed,
        },
    );
    (values, changes)
}

/// How a slice is called; one that is a condition of its own has no column.
fn name(of: &Slice) -> String {
    if of.column.is_empty() {
        of.value.clone()
    } else {
        format!("{}: {}", of.column, of.value)
    }
}

fn is_certain(of: &Slice) -> bool {
    of.p_adjusted <= FALSE_DISCOVERIES
}

fn pair(of: &Slice) -> Pair {
    Pair {
        label: name(of),
        below: format!(
            "{} test rows: {} → {}",
            count(of.rows),
            figure(of.before),
            figure(of.after)
        ),
        before: of.before,
        after: of.after,
    }
}

fn change(of: &Slice) -> (String, String, Vec<Mark>) {
    let mark = Mark {
        marker: Marker::Both,
        estimate: Some(of.change),
    };
    let below = format!("{}, adjusted p {}", signed_interval(&of.change), p_value(of.p_adjusted));
    (name(of), below, vec![mark])
}

/// How many of the `what` changed for certain, in words.
pub(super) fn says<'a>(slices: impl ExactSizeIterator<Item = &'a Slice>, what: &str) -> String {
    let all = slices.len();
    let certain: Vec<&Slice> = slices.filter(|s| is_certain(s)).collect();
    let better = certain.iter().filter(|s| s.change.value < 0.0).count();
    format!(
        "Of the {all} {what}, {better} cost clearly less with synthetic rows and {} clearly more (adjusted p at most {}); the others leave doubt.",
        certain.len() - better,
        trimmed(FALSE_DISCOVERIES)
    )
}

fn described(drawn: &[&Slice]) -> String {
    let said: Vec<String> = drawn
        .iter()
        .take(3)
        .map(|s| format!("{}: {} before, {} after", name(s), figure(s.before), figure(s.after)))
        .collect();
    format!("{}. All figures are in the table below the charts.", said.join("; "))
}

fn sheet(slices: &[Slice], loss: &str) -> Sheet {
    let row = |s: &Slice| {
        let says = match (is_certain(s), s.change.value < 0.0) {
            (false, _) => "no clear change",
            (true, true) => "costs less",
            (true, false) => "costs more",
        };
        vec![
            s.column.clone(),
            s.value.clone(),
            count(s.rows),
            figure(s.before),
            figure(s.after),
            signed_interval(&s.change),
            p_value(s.p_adjusted),
            says.to_owned(),
        ]
    };
    Sheet {
        name: "Figures for the slices".to_owned(),
        caption: format!("The {loss} of each slice, those that change most first; below 0 is better"),
        heads: vec![
            Head::words("Column"),
            Head::words("Value or range"),
            Head::number("Test rows"),
            Head::number("Before"),
            Head::number("After"),
            Head::interval("Change"),
            Head::number("Adjusted p"),
            Head::words("Which says"),
        ],
        rows: slices.iter().take(LISTED).map(row).collect(),
    }
}
