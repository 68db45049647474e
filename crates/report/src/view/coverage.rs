//! The map of coverage: in which columns combinations lacked rows, before and after.

use super::sheet::{Head, Sheet};
use crate::charts::{Lattice, lattice};
use crate::figures::{clip, count};
use plenish_plan::{PatternOutcome, Recheck};
use std::collections::BTreeMap;

/// Columns drawn at most: those of the most combinations.
const DRAWN: usize = 12;
/// Columns and pairs in the table.
const LISTED: usize = 100;
/// Combinations in the table.
const PATTERNS: usize = 60;
/// Letters of a condition in a table.
pub(super) const CONDITION: usize = 240;

pub(crate) struct Coverage {
    pub(crate) threshold: String,
    pub(crate) before: String,
    pub(crate) after: String,
    pub(crate) undrawn: usize,
    pub(crate) sheet: Sheet,
    /// Columns and pairs that are not in the table.
    pub(crate) unlisted: usize,
    pub(crate) patterns: Sheet,
    pub(crate) more_patterns: usize,
}

/// Combinations that involve both columns of a pair, or one column: before, and after.
type Counts<'a> = BTreeMap<(&'a str, &'a str), [usize; 2]>;

impl Coverage {
    /// None where no combination lacked rows, or none were looked for.
    pub(crate) fn new(of: &Recheck) -> Option<Self> {
        let counts = counts(of);
        if counts.is_empty() {
            return None;
        }
        let mut ranked: Vec<(&(&str, &str), &[usize; 2])> = counts.iter().collect();
        // Stable: in the order of names where counts are equal.
        ranked.sort_by_key(|(_, of)| std::cmp::Reverse(**of));
        let (single, pairs): (Vec<_>, Vec<_>) = ranked.iter().partition(|((a, b), _)| a == b);
        let names: Vec<&str> = single.iter().map(|((name, _), _)| *name).take(DRAWN).collect();
        let full = single.first().map_or(0, |(_, of)| of[0]);
        let draw = |id: &str, when: &str, place: usize| {
            let said: Vec<String> = pairs
                .iter()
                .take(3)
                .map(|((a, b), of)| format!("{} of {a} and {b}", count(of[place])))
                .collect();
            let of_pairs = if said.is_empty() {
                String::new()
            } else {
                format!(", among them {}", said.join(", "))
            };
            let all = [of.uncovered_before, of.uncovered_after][place];
            lattice(
                id,
                &format!("Uncovered combinations by columns, {when}"),
                &format!(
                    "{} in all{of_pairs}. All figures are in the table below the maps.",
                    count(all)
                ),
                &Lattice {
                    names: &names,
                    count: &|i, j| {
                        let pair = (names[i].min(names[j]), names[i].max(names[j]));
                        counts.get(&pair).map(|of| of[place])
                    },
                    full,
                },
            )
        };
        Some(Self {
            threshold: count(of.threshold),
            before: draw("coverage-before", "before", 0),
            after: draw("coverage-after", "after", 1),
            undrawn: single.len() - names.len(),
            sheet: Sheet {
                name: "Figures for the maps of coverage".to_owned(),
                caption: "Uncovered combinations that involve a column, or both columns of a pair".to_owned(),
                heads: vec![Head::words("Columns"), Head::number("Before"), Head::number("After")],
                rows: single
                    .iter()
                    .chain(&pairs)
                    .take(LISTED)
                    .map(|((a, b), of)| {
                        let name = if a == b {
                            (*a).to_owned()
                        } else {
                            format!("{a} and {b}")
                        };
                        vec![name, count(of[0]), count(of[1])]
                    })
                    .collect(),
            },
            unlisted: counts.len().saturating_sub(LISTED),
            patterns: patterns(of),
            more_patterns: of.patterns.len().saturating_sub(PATTERNS),
        })
    }
}

fn counts(of: &Recheck) -> Counts<'_> {
    let mut counts = Counts::new();
    for pattern in &of.patterns {
        let mut columns: Vec<&str> = pattern.columns.iter().map(String::as_str).collect();
        columns.sort_unstable();
        columns.dedup();
        for (place, &a) in columns.iter().enumerate() {
            for &b in &columns[place..] {
                let own = counts.entry((a, b)).or_default();
                own[0] += 1;
                own[1] += usize::from(!of.is_covered(pattern));
            }
        }
    }
    counts
}

fn patterns(of: &Recheck) -> Sheet {
    let row = |pattern: &PatternOutcome| {
        let says = match (of.is_covered(pattern), pattern.accepted) {
            (true, true) => "covered, as planned",
            (true, false) => "covered along with others",
            (false, true) => "planned, and not covered",
            (false, false) => "left out",
        };
        vec![
            clip(&pattern.region, CONDITION),
            count(pattern.before),
            count(pattern.after),
            says.to_owned(),
        ]
    };
    Sheet {
        name: "The uncovered combinations".to_owned(),
        caption: format!(
            "Combinations with fewer than {} rows, those that lack most first",
            count(of.threshold)
        ),
        heads: vec![
            Head::words("Rows with"),
            Head::number("Before"),
            Head::number("After"),
            Head::words("Which is"),
        ],
        rows: of.patterns.iter().take(PATTERNS).map(row).collect(),
    }
}
