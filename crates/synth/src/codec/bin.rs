//! The values inside one state of an ordered column: a few values with a mass of their own, and a
//! piecewise linear quantile function for the rest. No training value is looked up.

use super::grid::Grid;
use serde::{Deserialize, Serialize};

/// A value this frequent in a bin keeps its own mass; rarer ones are drawn from the interpolated
/// quantile function of their bin.
pub(crate) const OWN_MASS_ROWS: u32 = 5;

/// Stretches of the number line, in rising order.
pub(crate) type Spans = Vec<(f64, f64)>;

/// The values inside one state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bin {
    /// Smallest and largest value it yields.
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Values with their own mass: (value, share of the bin's rows up to and including it).
    atoms: Vec<(f64, f64)>,
    /// Knots of the quantile function of the rest, at equal steps of probability.
    knots: Vec<f64>,
}

impl Bin {
    /// Describes the distinct `values` with their counts, in rising order; `floor` and `ceiling`
    /// bound how far the first and last knot may reach beyond them. `first` and `last` mark the
    /// extreme bins of a column, which are clipped.
    pub(crate) fn of(values: &[(f64, u32)], floor: f64, ceiling: f64, grid: Grid, first: bool, last: bool) -> Self {
        let total: f64 = values.iter().map(|v| f64::from(v.1)).sum();
        if let [(value, _)] = values {
            return Self {
                low: *value,
                high: *value,
                atoms: vec![(*value, 1.0)],
                knots: Vec::new(),
            };
        }
        let mut atoms = Vec::new();
        let mut mass = 0.0;
        let mut rest: Vec<f64> = Vec::new();
        for &(value, count) in values {
            if count >= OWN_MASS_ROWS {
                mass += f64::from(count);
                atoms.push((value, mass / total));
            } else {
                rest.extend(std::iter::repeat_n(value, count as usize));
            }
        }
        let knots = knots(&rest, floor, ceiling, grid, first, last);
        let ends = |pick: fn(f64, f64) -> f64, start: f64| {
            let of_atoms = atoms.iter().map(|a| a.0).fold(start, pick);
            knots.iter().copied().fold(of_atoms, pick)
        };
        let (mut low, mut high) = (
            grid.snap(ends(f64::min, f64::INFINITY)),
            grid.snap(ends(f64::max, f64::NEG_INFINITY)),
        );
        // Snapping to the grid must not carry an end over into the neighbouring bin.
        if low <= floor {
            low = values[0].0;
        }
        if high > ceiling {
            high = values[values.len() - 1].0;
        }
        Self {
            low,
            high,
            atoms,
            knots,
        }
    }

    /// Whether it can yield a value.
    pub(crate) fn is_sound(&self) -> bool {
        self.low <= self.high
            && (!self.atoms.is_empty() || self.knots.len() >= 2)
            && self
                .knots
                .iter()
                .chain(self.atoms.iter().map(|a| &a.0))
                .all(|v| v.is_finite())
    }

    /// The value at probability `u` in [0, 1): atoms first, then the rest.
    pub(crate) fn value(&self, u: f64, grid: Grid) -> f64 {
        let own = self.atoms.last().map_or(0.0, |a| a.1);
        if u < own || self.knots.len() < 2 {
            let index = self
                .atoms
                .partition_point(|a| a.1 <= u)
                .min(self.atoms.len().saturating_sub(1));
            return self.atoms.get(index).map_or(self.low, |a| a.0);
        }
        let at = (u - own) / (1.0 - own) * (self.knots.len() - 1) as f64;
        let index = (at as usize).min(self.knots.len() - 2);
        let (low, high) = (self.knots[index], self.knots[index + 1]);
        grid.snap(low + (high - low) * (at - index as f64))
            .clamp(self.low, self.high)
    }

    /// The parts of the bin that a condition leaves: (low, high, mass). Single values, with
    /// low = high, are kept if they pass `accepts`; sloped parts as far as they lie in `spans`.
    fn parts(&self, spans: &[(f64, f64)], grid: Grid, accepts: &impl Fn(f64) -> bool) -> Vec<(f64, f64, f64)> {
        let half = grid.spacing() / 2.0;
        let mut parts = Vec::new();
        let mut before = 0.0;
        for &(value, mass) in &self.atoms {
            if accepts(value) {
                parts.push((value, value, mass - before));
            }
            before = mass;
        }
        let pieces = self.knots.len().saturating_sub(1);
        for knots in self.knots.windows(2) {
            let mass = (1.0 - before) / pieces as f64;
            let (from, to) = (knots[0], knots[1]);
            if to > from {
                // What would snap to a point outside the bin is drawn as the bin's own end.
                let (first, last) = ((self.low - half).clamp(from, to), (self.high + half).clamp(from, to));
                let share = |a: f64, b: f64| mass * (b - a) / (to - from);
                for (end, mass) in [(self.low, share(from, first)), (self.high, share(last, to))] {
                    if mass > 0.0 && accepts(end) {
                        parts.push((end, end, mass));
                    }
                }
                for &(low, high) in spans {
                    let (a, b) = (first.max(low), last.min(high));
                    if b > a {
                        parts.push((a, b, share(a, b)));
                    }
                }
            } else if accepts(grid.snap(from).clamp(self.low, self.high)) {
                parts.push((from, from, mass));
            }
        }
        parts
    }

    /// The grid point of the bin nearest to `at` that passes `accepts`; rounding can carry a point over
    /// the edge of its span by a step.
    fn nearest(&self, at: f64, grid: Grid, accepts: &impl Fn(f64) -> bool) -> Option<f64> {
        let step = grid.spacing();
        [0.0, step, -step, 2.0 * step, -2.0 * step]
            .into_iter()
            .map(|shift| grid.snap(at + shift).clamp(self.low, self.high))
            .find(|&value| accepts(value))
    }

    /// The share of the bin's mass that a condition leaves.
    pub(crate) fn share(&self, spans: &[(f64, f64)], grid: Grid, accepts: impl Fn(f64) -> bool) -> f64 {
        let share: f64 = self.parts(spans, grid, &accepts).iter().map(|p| p.2).sum();
        if share > 1.0 - 1e-12 { 1.0 } else { share }
    }

    /// The value at probability `u` of the mass that a condition leaves.
    pub(crate) fn value_within(&self, u: f64, spans: &[(f64, f64)], grid: Grid, accepts: impl Fn(f64) -> bool) -> f64 {
        let parts = self.parts(spans, grid, &accepts);
        let total: f64 = parts.iter().map(|p| p.2).sum();
        let mut left = u * total;
        let mut middle = self.low;
        let mut chosen = self.low;
        for (low, high, mass) in parts {
            let at = if mass > 0.0 { (left / mass).clamp(0.0, 1.0) } else { 0.0 };
            middle = f64::midpoint(low, high);
            chosen = low + (high - low) * at;
            if left < mass {
                break;
            }
            left -= mass;
        }
        self.nearest(chosen, grid, &accepts)
            .or_else(|| self.nearest(middle, grid, &accepts))
            .unwrap_or(chosen)
    }
}

fn knots(rest: &[f64], floor: f64, ceiling: f64, grid: Grid, first: bool, last: bool) -> Vec<f64> {
    let n = rest.len();
    if n == 0 {
        return Vec::new();
    }
    // Half the typical distance between neighbours is as far as the ends may reach into the gap to
    // the next bin; on a grid, half a step makes every point equally wide.
    let spread = (rest[n - 1] - rest[0]) / n as f64;
    let reach = (spread / 2.0).max(grid.spacing() * 0.499);
    // The rank that stands for an extreme: nobody's own maximum is shown when rows allow.
    let clip = ((OWN_MASS_ROWS - 1) as usize).min((n - 1) / 4);
    let low = if first {
        rest[clip]
    } else {
        (rest[0] - reach).max(floor)
    };
    let high = if last {
        rest[n - 1 - clip]
    } else {
        (rest[n - 1] + reach).min(ceiling)
    };
    // About eight rows a knot: fine enough for the shape, too coarse to spell out values.
    let pieces = (n / 8).clamp(1, 16);
    let mut knots = Vec::with_capacity(pieces + 1);
    knots.push(low);
    for piece in 1..pieces {
        let at = piece as f64 / pieces as f64 * n as f64 - 0.5;
        let index = at as usize;
        let share = at - index as f64;
        knots.push(rest[index] + (rest[(index + 1).min(n - 1)] - rest[index]) * share);
    }
    knots.push(high.max(low));
    let mut highest = f64::NEG_INFINITY;
    for knot in &mut knots {
        *knot = knot.clamp(low, high.max(low)).max(highest);
        highest = *knot;
    }
    knots
}
