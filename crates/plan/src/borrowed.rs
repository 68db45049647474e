//! What a condition was learned from, where few real rows satisfy it.

use crate::members::Members;
use plenish_gaps::Region;
use plenish_table::{Condition, Result, Schema, Term};
use serde::Serialize;

/// Real rows that are enough to learn from.
pub(crate) const ENOUGH: usize = 20;
/// Rows that are generated for each real row they were learned from, at most.
pub(crate) const LIMIT: u64 = 20;

/// A condition of which a condition is a part, with enough real rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Borrowed {
    /// It.
    pub from: String,
    /// Real rows that satisfy it.
    pub rows: usize,
    /// The columns that it leaves open.
    pub columns: Vec<String>,
    /// Whether it says anything: all rows do not.
    #[serde(skip)]
    pub is_specific: bool,
}

/// None where enough rows satisfy the condition itself. Terms are dropped one at a time, the one whose loss adds the
/// fewest rows first, so that as little as possible is generalised.
pub(crate) fn borrowed(region: &Region, real: &Members<'_>, schema: &Schema) -> Result<Option<Borrowed>> {
    if real.of(region)?.len() >= ENOUGH {
        return Ok(None);
    }
    // Both ends of a range are dropped together.
    let mut columns: Vec<&str> = region.condition.terms.iter().map(|t| t.column.as_str()).collect();
    columns.dedup();
    let mut kept: Vec<&str> = columns.clone();
    let with = |kept: &[&str]| -> Vec<Term> {
        let terms = region.condition.terms.iter();
        terms.filter(|t| kept.contains(&t.column.as_str())).cloned().collect()
    };
    let mut rows = 0;
    while rows < ENOUGH && !kept.is_empty() {
        let mut best: Option<(usize, usize)> = None;
        for place in 0..kept.len() {
            let mut fewer = kept.clone();
            fewer.remove(place);
            let count = real.of_terms(&with(&fewer))?.len();
            // One drop that is enough is better than one that is not; of those the most specific.
            let worth = |count: usize| (count < ENOUGH, count.abs_diff(ENOUGH));
            if best.is_none_or(|(_, known)| worth(count) < worth(known)) {
                best = Some((place, count));
            }
        }
        let Some((place, count)) = best else { break };
        kept.remove(place);
        rows = count;
    }
    let from = Condition { terms: with(&kept) };
    Ok(Some(Borrowed {
        from: if kept.is_empty() {
            "all rows".to_owned()
        } else {
            from.show(schema)
        },
        rows,
        is_specific: !kept.is_empty(),
        columns: columns
            .into_iter()
            .filter(|column| !kept.contains(column))
            .map(str::to_owned)
            .collect(),
    }))
}
