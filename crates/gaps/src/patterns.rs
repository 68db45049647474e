//! Uncovered patterns: combinations of values with fewer rows than a threshold though all their parts have
//! enough (the maximal uncovered patterns of Asudeh, Jin and Jagadish, "Assessing and remedying coverage
//! for a given dataset", ICDE 2019, definition 4), found exactly.

use crate::attributes::Attributes;
use crate::lattice::{Fate, MAX_LEVELS, Minimal, Sides, minimal};
use crate::region::Region;
use plenish_table::{Context, Error, Result};
use serde::Serialize;

/// When a pattern is uncovered, and how long patterns get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatternSettings {
    /// A pattern with fewer rows is uncovered; at least 1.
    pub threshold: usize,
    /// Values that are combined at most; 1 to 5.
    pub levels: usize,
    /// No more patterns than this are listed.
    pub limit: usize,
}

/// A combination of values with too few rows, each part of which has enough.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pattern {
    /// The combination.
    #[serde(rename = "where")]
    pub region: Region,
    /// Rows that have it, below the threshold.
    pub rows: usize,
    /// Rows that would have it if its values were independent of each other. For a single value, an even
    /// share of the rows.
    pub expected: f64,
    /// Rows that would have it if some two of its values were independent given the others, the least over
    /// all pairs: what its parts lead to expect. As `expected` for one or two values.
    pub expected_from_parts: f64,
    /// Rows that have each of its values alone, in the order they are written in.
    pub parts: Vec<usize>,
    /// So few rows where the parts lead to expect more (a Poisson probability below one in a million) that
    /// the values may exclude each other, as husbands and women do.
    pub may_be_impossible: bool,
    /// Its values: pairs of an attribute's place and a level's.
    #[serde(skip)]
    pub items: Vec<(usize, usize)>,
}

/// Chance below which so few rows are no accident.
const IMPOSSIBLE: f64 = 1e-6;

/// All uncovered patterns of the attributes, those first that lack most rows; none if there are more than
/// the limit. The empty pattern is uncovered in a table with fewer rows than the threshold.
pub fn patterns(attributes: &Attributes, settings: &PatternSettings, cx: &Context) -> Result<Option<Vec<Pattern>>> {
    check(settings.threshold, settings.levels)?;
    let sides = Sides {
        codes: [attributes.attributes.iter().map(|a| a.codes.as_slice()).collect()],
        levels: attributes.attributes.iter().map(|a| a.levels.len()).collect(),
        rows: [attributes.rows],
    };
    let threshold = settings.threshold;
    let fate = |[rows]: [u32; 1]| {
        if (rows as usize) < threshold {
            Fate::Found
        } else {
            Fate::Open
        }
    };
    let found = minimal(&sides, settings.levels, true, fate, settings.limit, cx)?;
    Ok(found.map(|found| {
        let mut patterns: Vec<Pattern> = found.into_iter().map(|one| pattern(attributes, one)).collect();
        patterns.sort_by(|a, b| {
            let lacking = |p: &Pattern| p.expected_from_parts.min(p.expected);
            lacking(b).total_cmp(&lacking(a)).then_with(|| a.items.cmp(&b.items))
        });
        patterns
    }))
}

/// Fails on a threshold of 0 and on levels out of range.
pub(crate) fn check(threshold: usize, levels: usize) -> Result<()> {
    if threshold == 0 {
        return Err(Error::usage("a threshold of 0 rows leaves no gap")
            .help("give the number of rows, at least 1, below which a combination is too rare"));
    }
    if !(1..=MAX_LEVELS).contains(&levels) {
        return Err(
            Error::usage(format!("{levels} values cannot be combined")).help(format!("combine from 1 to {MAX_LEVELS}"))
        );
    }
    Ok(())
}

fn pattern(attributes: &Attributes, found: Minimal<1>) -> Pattern {
    let Minimal { items, rows, expected } = found;
    let parts: Vec<usize> = items
        .iter()
        .map(|&(attribute, level)| attributes.attributes[attribute].levels[level].rows)
        .collect();
    let all = attributes.rows as f64;
    let independent = if items.len() < 2 {
        expected
    } else {
        parts.iter().fold(all, |rows, &part| rows * part as f64 / all)
    };
    Pattern {
        region: attributes.region(&items),
        rows: rows[0] as usize,
        expected: independent,
        expected_from_parts: expected,
        may_be_impossible: items.len() > 1 && poisson_at_most(rows[0], expected) < IMPOSSIBLE,
        parts,
        items,
    }
}

/// The probability that a Poisson number of `mean` is at most `count`.
fn poisson_at_most(count: u32, mean: f64) -> f64 {
    if mean <= 0.0 {
        return 1.0;
    }
    (0..=count)
        .map(|k| libm::exp(f64::from(k) * libm::log(mean) - mean - libm::lgamma(f64::from(k) + 1.0)))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SciPy: `poisson.cdf(3, 2.5)`, `poisson.cdf(0, 20)`.
    #[test]
    fn poisson_is_that_of_scipy() {
        assert!((poisson_at_most(3, 2.5) - 0.757_576_133_133_066_3).abs() < 1e-12);
        assert!((poisson_at_most(0, 20.0) / 2.061_153_622_438_558e-9 - 1.0).abs() < 1e-9);
        assert_eq!(poisson_at_most(0, 0.0), 1.0);
        assert_eq!(poisson_at_most(5, 1e9), 0.0);
    }
}
