//! Which notation all cells of a column are written in, if there is one that is not ISO 8601's own.

use crate::cells::Cells;
use crate::options::MissingRule;
use crate::packed::{self, MISSING, OTHER};
use plenish_table::{ColumnType, Notation};
use std::collections::BTreeSet;

/// From so many different texts on, a notation that fits few of them is given up.
const ENOUGH: usize = 200;

/// What was found.
pub(crate) enum Found {
    /// All cells are written like this.
    One(Notation),
    /// None, or several; with a reason if it looked as if there were one.
    No(Option<String>),
}

/// A notation that the first text allows, and what of the others it does not.
struct Candidate {
    notation: Notation,
    misses: usize,
    first_miss: String,
}

/// The notation of a column whose cells were taken for `kind` so far. Each different text is read
/// and written again: a notation holds if all of them come back as they were.
pub(crate) fn of(blocks: &[Cells], rule: &MissingRule, kind: ColumnType) -> Found {
    if !matches!(kind, ColumnType::Text | ColumnType::Timestamp) {
        return Found::No(None);
    }
    let mut seen = 0;
    let mut candidates: Option<Vec<Candidate>> = None;
    let mut look = |text: &str| -> bool {
        let text = text.trim();
        if rule.is_missing_number(text) {
            return true;
        }
        seen += 1;
        let known = candidates.get_or_insert_with(|| {
            Notation::guesses(text)
                .into_iter()
                .map(|notation| Candidate {
                    notation,
                    misses: 0,
                    first_miss: String::new(),
                })
                .collect()
        });
        for candidate in known.iter_mut() {
            if candidate.notation.read(text).is_none() {
                if candidate.misses == 0 {
                    text.clone_into(&mut candidate.first_miss);
                }
                candidate.misses += 1;
            }
        }
        known.iter().any(|c| c.misses * 10 <= seen.max(ENOUGH))
    };
    for block in blocks {
        let goes_on = match block {
            Cells::Missing(_) => true,
            Cells::Text { texts, .. } => texts.iter().all(&mut look),
            Cells::Packed {
                payloads, tags, others, ..
            } => {
                // Cells of one tag are written alike: one stands for all.
                let mut done = BTreeSet::new();
                let mut buffer = String::new();
                let packed = payloads.iter().zip(tags).all(|(&payload, &tag)| {
                    if matches!(tag, MISSING | OTHER) || !done.insert(tag) {
                        return true;
                    }
                    buffer.clear();
                    packed::unpack(payload, tag, &mut buffer);
                    look(&buffer)
                });
                packed && others.iter().all(&mut look)
            }
        };
        if !goes_on {
            return Found::No(None);
        }
    }
    let candidates = candidates.unwrap_or_default();
    let fitting: Vec<Notation> = candidates
        .iter()
        .filter(|c| c.misses == 0)
        .map(|c| c.notation)
        .collect();
    let Some(&first) = fitting.first() else {
        return Found::No(nearly(&candidates, seen).filter(|_| kind == ColumnType::Text));
    };
    if fitting.iter().any(|n| n.day_order() != first.day_order()) {
        let names: Vec<String> = fitting.iter().map(Notation::to_string).collect();
        let other = fitting
            .iter()
            .position(|n| n.day_order() != first.day_order())
            .unwrap_or(0);
        return Found::No(Some(format!(
            "its dates may be {} as well as {}, and no cell tells which; write them as YYYY-MM-DD",
            names[0], names[other]
        )));
    }
    if first.is_default() {
        Found::No(None)
    } else {
        Found::One(first)
    }
}

/// Why a column that is nearly all of one notation is text nevertheless.
fn nearly(candidates: &[Candidate], seen: usize) -> Option<String> {
    let best = candidates.iter().min_by_key(|c| c.misses)?;
    let shown: String = best.first_miss.chars().take(40).collect();
    (best.misses * 10 <= seen && best.misses < seen).then(|| {
        format!(
            "most of its cells are written as {}, but not all: '{shown}' is not",
            best.notation
        )
    })
}
