//! The slices in which a model fails worst, found exactly: `SliceLine`'s score, bounds and pruning (Sagadeeva
//! and Boehm, "`SliceLine`: fast, linear-algebra-based slice finding for ML model debugging", SIGMOD 2021).
//!
//! Slices are counted as patterns are (see [`crate::lattice`]): all values of a column in one pass over
//! the rows of a slice, instead of a bitset or a sparse product for each combination.

use crate::attributes::Attributes;
use crate::lattice::{MAX_LEVELS, divide};
use plenish_table::{Context, Error, Result};

/// Which slices count, and how many are kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SliceSettings {
    /// How much the error counts against the size, above 0 and at most 1 (the paper's alpha).
    pub alpha: f64,
    /// Rows a slice has at least; at least 1 (the paper's sigma).
    pub support: usize,
    /// How many slices are kept; at least 1 (the paper's k).
    pub top: usize,
    /// Values that are combined at most; 1 to 5.
    pub levels: usize,
}

/// A slice and its score.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// Its values: pairs of an attribute's place and a level's, by rising attribute.
    pub items: Vec<(usize, usize)>,
    /// Rows in it.
    pub rows: usize,
    /// Mean error of its rows.
    pub error: f64,
    /// The score: above 0 for a slice that is worse than the whole by more than its size costs.
    pub score: f64,
}

/// Parts of the largest error that errors are counted in: sums of whole numbers do not depend on an order,
/// and 32 bits a row keep them exact.
const STEPS: f64 = (1_u64 << 31) as f64;
/// Bounds are raised by this share, so that rounding never prunes a slice that is as good as its bound.
const ROUNDING: f64 = 1e-9;
/// Slices between two looks at whether the user wants to stop.
const PATIENCE: u32 = 1 << 10;

/// The `top` slices by score among those with enough rows and a score above 0: no other slice of so many
/// values has a higher one. A slice has one value of a column, even if that is cut into attributes in
/// several ways. Equal scores are in the order of fewer values, then of the items.
///
/// `errors` has one number a row, finite and not negative. Fails otherwise, and on settings out of range.
pub fn slices(attributes: &Attributes, errors: &[f64], settings: &SliceSettings, cx: &Context) -> Result<Vec<Slice>> {
    settings.check()?;
    if errors.len() != attributes.rows {
        return Err(Error::internal("errors differ in number from the rows"));
    }
    if let Some(row) = errors.iter().position(|e| !(e.is_finite() && *e >= 0.0)) {
        return Err(Error::data(format!(
            "the error {} cannot be ranked: it must be finite and not negative",
            errors[row]
        ))
        .at_row(row as u64 + 1));
    }
    let largest = errors.iter().copied().fold(0.0, f64::max);
    if largest <= 0.0 {
        return Ok(Vec::new());
    }
    let step = largest / STEPS;
    let coded: Vec<u32> = errors.iter().map(|&error| (error / step).round() as u32).collect();
    let total: u64 = coded.iter().map(|&e| u64::from(e)).sum();
    let mut search = Search {
        attributes,
        errors: &coded,
        settings,
        score: Score {
            alpha: settings.alpha,
            rows: attributes.rows as f64,
            mean: total as f64 / attributes.rows as f64,
        },
        best: Vec::new(),
        buffers: vec![Vec::new(); settings.levels],
        seen: 0,
        cx,
    };
    let rows: Vec<u32> = (0..attributes.rows as u32).collect();
    search.visit(&mut Vec::new(), &rows, 0)?;
    let slice = |kept: Kept| Slice {
        rows: kept.sums.rows as usize,
        error: kept.sums.total as f64 / f64::from(kept.sums.rows) * step,
        items: kept.items,
        score: kept.score,
    };
    Ok(search.best.into_iter().map(slice).collect())
}

impl SliceSettings {
    fn check(&self) -> Result<()> {
        if !(self.alpha > 0.0 && self.alpha <= 1.0) {
            return Err(Error::usage(format!("{} cannot weigh error against size", self.alpha))
                .help("give a number above 0 and at most 1"));
        }
        if self.support == 0 || self.top == 0 || !(1..=MAX_LEVELS).contains(&self.levels) {
            return Err(Error::usage("no slice can be found that way").help(format!(
                "slices need at least 1 row, at least 1 place in the list, and from 1 to {MAX_LEVELS} values"
            )));
        }
        Ok(())
    }
}

/// What the rows of a slice add up to.
#[derive(Clone, Copy, Default)]
struct Sums {
    rows: u32,
    largest: u32,
    total: u64,
}

/// `SliceLine`'s score, equation 1.
struct Score {
    alpha: f64,
    /// Rows of the table.
    rows: f64,
    /// Mean error of the table.
    mean: f64,
}

impl Score {
    fn of(&self, rows: f64, total: f64) -> f64 {
        self.alpha * (total / rows / self.mean - 1.0) - (1.0 - self.alpha) * (self.rows / rows - 1.0)
    }

    /// No part of the slice with at least `support` rows has a higher score (equation 3): a part of `s` rows
    /// has an error of at most `s` times the largest, and of all of it. That rises up to where the two meet
    /// and is monotone after, so that the ends and the meeting point decide.
    fn bound(&self, sums: &Sums, support: usize) -> f64 {
        let (rows, total, largest) = (f64::from(sums.rows), sums.total as f64, f64::from(sums.largest));
        let least = support as f64;
        let meeting = if largest > 0.0 { total / largest } else { rows };
        [least, meeting.clamp(least.min(rows), rows), rows]
            .into_iter()
            .map(|rows| self.of(rows, total.min(rows * largest)))
            .fold(f64::NEG_INFINITY, f64::max)
    }
}

/// `SliceLine`'s score of a slice of so many rows with that mean error, in a table of so many rows with that
/// mean error.
pub(crate) fn score(alpha: f64, (rows, error): (f64, f64), (all_rows, mean): (f64, f64)) -> f64 {
    let score = Score {
        alpha,
        rows: all_rows,
        mean,
    };
    score.of(rows, error * rows)
}

struct Kept {
    items: Vec<(usize, usize)>,
    sums: Sums,
    score: f64,
}

struct Search<'a> {
    attributes: &'a Attributes,
    errors: &'a [u32],
    settings: &'a SliceSettings,
    score: Score,
    /// The best so far, best first.
    best: Vec<Kept>,
    /// Rows in the order of a column's values, for each depth.
    buffers: Vec<Vec<u32>>,
    seen: u32,
    cx: &'a Context<'a>,
}

impl Search<'_> {
    /// Looks at all extensions of `items` by attributes from `from` on.
    fn visit(&mut self, items: &mut Vec<(usize, usize)>, rows: &[u32], from: usize) -> Result<()> {
        let depth = items.len();
        let attributes = self.attributes;
        for (place, attribute) in attributes.attributes.iter().enumerate().skip(from) {
            // The same column cut in another way.
            if items
                .iter()
                .any(|&(other, _)| attributes.attributes[other].column == attribute.column)
            {
                continue;
            }
            self.seen += 1;
            if self.seen.is_multiple_of(PATIENCE) {
                self.cx.check()?;
            }
            let mut sums = [Sums::default(); 256];
            for &row in rows {
                let error = self.errors[row as usize];
                let sums = &mut sums[usize::from(attribute.codes[row as usize])];
                sums.rows += 1;
                sums.total += u64::from(error);
                sums.largest = sums.largest.max(error);
            }
            let levels = attribute.levels.len();
            let mut onward = [false; 256];
            let mut any = false;
            for (level, sums) in sums.iter().enumerate().take(levels) {
                if (sums.rows as usize) < self.settings.support {
                    continue;
                }
                items.push((place, level));
                self.keep(items, *sums);
                items.pop();
                if depth + 1 < self.settings.levels && self.promises(sums) {
                    onward[level] = true;
                    any = true;
                }
            }
            if any && place + 1 < attributes.attributes.len() {
                let mut buffer = std::mem::take(&mut self.buffers[depth]);
                let counts = sums.map(|sums| sums.rows);
                let starts = divide(rows, &attribute.codes, &counts, levels, &mut buffer);
                for level in (0..levels).filter(|&level| onward[level]) {
                    // What was found meanwhile may have raised the bar.
                    if self.promises(&sums[level]) {
                        items.push((place, level));
                        self.visit(items, &buffer[starts[level]..starts[level + 1]], place + 1)?;
                        items.pop();
                    }
                }
                self.buffers[depth] = buffer;
            }
        }
        Ok(())
    }

    /// Whether a part of a slice may yet be among the best.
    fn promises(&self, sums: &Sums) -> bool {
        let bound = self.score.bound(sums, self.settings.support);
        let bound = bound + ROUNDING * (1.0 + bound.abs());
        bound > 0.0 && (self.best.len() < self.settings.top || self.best.last().is_none_or(|kept| bound >= kept.score))
    }

    fn keep(&mut self, items: &[(usize, usize)], sums: Sums) {
        let score = self.score.of(f64::from(sums.rows), sums.total as f64);
        if score <= 0.0 {
            return;
        }
        let place = self.best.partition_point(|kept| {
            let order = kept.score.total_cmp(&score).reverse();
            let order = order.then(kept.items.len().cmp(&items.len()));
            order.then_with(|| kept.items.as_slice().cmp(items)).is_lt()
        });
        if place < self.settings.top {
            self.best.truncate(self.settings.top - 1);
            self.best.insert(
                place,
                Kept {
                    items: items.to_vec(),
                    sums,
                    score,
                },
            );
        }
    }
}
