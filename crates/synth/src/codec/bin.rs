//! The values inside one state of an ordered column: a few values with a mass of their own, and a
//! piecewise linear quantile function for the rest. No training value is looked up.

use super::grid::Grid;
use super::line::Line;
use super::smooth::Smooth;
use serde::{Deserialize, Serialize};

/// A value this frequent in a bin keeps its own mass; rarer ones are drawn from the interpolated
/// quantile function of their bin.
pub(crate) const OWN_MASS_ROWS: u32 = 5;

/// Stretches of a bin with a density of their own.
pub(crate) const PIECES: usize = 4;
/// Stretches of a bin with a tail, whose density falls by far.
pub(crate) const TAIL_PIECES: usize = 64;

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
    /// Knots of the quantile function of the rest, places on the column's line, at equal steps of
    /// probability.
    knots: Vec<f64>,
}

impl Bin {
    /// Describes a state that holds the distinct `values` with their counts, in rising order, which lies
    /// between `floor` and `ceiling`. `own` rows of each value are its own; the others are spread as
    /// `smooth` tells, in so many pieces, or evenly if it is `None`.
    pub(crate) fn of(
        values: &[(f64, u32)],
        own: &[u32],
        (floor, ceiling): (f64, f64),
        line: &Line,
        smooth: Option<(&Smooth, usize)>,
    ) -> Self {
        if let [(value, _)] = values {
            return Self {
                low: *value,
                high: *value,
                atoms: vec![(*value, 1.0)],
                knots: Vec::new(),
            };
        }
        let total: f64 = values.iter().map(|v| f64::from(v.1)).sum();
        let mut atoms = Vec::new();
        let mut mass = 0.0;
        let mut rest: Vec<(f64, u32)> = Vec::new();
        for (&(value, count), &own) in values.iter().zip(own) {
            if own > 0 {
                mass += f64::from(own);
                atoms.push((value, mass / total));
            }
            if count > own {
                rest.push((value, count - own));
            }
        }
        let knots = smooth.map_or_else(
            || {
                let knots = even_knots(&rest, floor, ceiling, line.grid);
                knots.into_iter().map(|knot| line.to(knot)).collect()
            },
            |(smooth, pieces)| smooth_knots(smooth, line.to(floor), line.to(ceiling), pieces),
        );
        let knots = if rest.is_empty() { Vec::new() } else { knots };
        // Snapping to the grid must not carry a value over into the neighbouring bin. Without a grid
        // what lies at the floor moves off it by a hair, rather than onto the nearest training value.
        let (first, last) = (values[0].0, values[values.len() - 1].0);
        let lowest = line.grid.above(floor).unwrap_or(first).min(first);
        let highest = line.grid.at_most(ceiling).unwrap_or(last).max(last);
        let of_knots = |knot: Option<&f64>| knot.map(|&knot| line.value(knot).clamp(lowest, highest));
        let of_atoms = |atom: Option<&(f64, f64)>| atom.map(|atom| atom.0);
        let low = [of_knots(knots.first()), of_atoms(atoms.first())];
        let high = [of_knots(knots.last()), of_atoms(atoms.last())];
        Self {
            low: low.into_iter().flatten().fold(f64::INFINITY, f64::min),
            high: high.into_iter().flatten().fold(f64::NEG_INFINITY, f64::max),
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
    pub(crate) fn value(&self, u: f64, line: &Line) -> f64 {
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
        line.value(low + (high - low) * (at - index as f64))
            .clamp(self.low, self.high)
    }

    /// The parts of the bin that a condition leaves: (low, high, mass). Single values, with
    /// low = high, are kept if they pass `accepts`; sloped parts as far as they lie in `spans`. All but the
    /// spans are places on the line.
    fn parts(&self, spans: &[(f64, f64)], line: &Line, accepts: &impl Fn(f64) -> bool) -> Vec<(f64, f64, f64)> {
        let half = line.grid.spacing() / 2.0;
        let ends = [(self.low, self.low - half), (self.high, self.high + half)].map(|(end, edge)| (end, line.to(edge)));
        let mut parts = Vec::new();
        let mut before = 0.0;
        for &(value, mass) in &self.atoms {
            if accepts(value) {
                parts.push((line.to(value), line.to(value), mass - before));
            }
            before = mass;
        }
        let pieces = self.knots.len().saturating_sub(1);
        for knots in self.knots.windows(2) {
            let mass = (1.0 - before) / pieces as f64;
            let (from, to) = (knots[0], knots[1]);
            if to > from {
                // What would snap to a point outside the bin is drawn as the bin's own end.
                let (first, last) = (ends[0].1.clamp(from, to), ends[1].1.clamp(from, to));
                let share = |a: f64, b: f64| mass * (b - a) / (to - from);
                for (end, mass) in [(self.low, share(from, first)), (self.high, share(last, to))] {
                    if mass > 0.0 && accepts(end) {
                        parts.push((line.to(end), line.to(end), mass));
                    }
                }
                for &(low, high) in spans {
                    let (a, b) = (first.max(line.to(low)), last.min(line.to(high)));
                    // A stretch may hold no point that passes: one narrower than a step, say.
                    if b > a && self.point((a, b), a, line, accepts).is_some() {
                        parts.push((a, b, share(a, b)));
                    }
                }
            } else if accepts(line.value(from).clamp(self.low, self.high)) {
                parts.push((from, from, mass));
            }
        }
        parts
    }

    /// The grid point of the bin nearest to the place `at` that passes `accepts`; rounding can carry a point over
    /// the edge of its span by a step.
    fn nearest(&self, at: f64, line: &Line, accepts: &impl Fn(f64) -> bool) -> Option<f64> {
        let (step, at) = (line.grid.spacing(), line.from(at));
        [0.0, step, -step, 2.0 * step, -2.0 * step]
            .into_iter()
            .map(|shift| line.grid.snap(at + shift).clamp(self.low, self.high))
            .find(|&value| accepts(value))
    }

    /// A grid point that passes `accepts`: the nearest to `at`, or else one near the middle or the ends
    /// of `part`.
    fn point(&self, part: (f64, f64), at: f64, line: &Line, accepts: &impl Fn(f64) -> bool) -> Option<f64> {
        [at, f64::midpoint(part.0, part.1), part.0, part.1]
            .into_iter()
            .find_map(|at| self.nearest(at, line, accepts))
    }

    /// The share of the bin's mass that a condition leaves.
    pub(crate) fn share(&self, spans: &[(f64, f64)], line: &Line, accepts: impl Fn(f64) -> bool) -> f64 {
        let share: f64 = self.parts(spans, line, &accepts).iter().map(|p| p.2).sum();
        if share > 1.0 - 1e-12 { 1.0 } else { share }
    }

    /// The smallest and the largest value that a condition leaves.
    pub(crate) fn ends(&self, spans: &[(f64, f64)], line: &Line, accepts: impl Fn(f64) -> bool) -> Option<(f64, f64)> {
        self.parts(spans, line, &accepts)
            .iter()
            .flat_map(|part| {
                [
                    self.nearest(part.0, line, &accepts),
                    self.nearest(part.1, line, &accepts),
                ]
            })
            .flatten()
            .fold(None, |ends: Option<(f64, f64)>, v| {
                Some(ends.map_or((v, v), |(low, high)| (low.min(v), high.max(v))))
            })
    }

    /// Its value, if it yields only one.
    pub(crate) fn single(&self) -> Option<f64> {
        (self.low >= self.high).then_some(self.low)
    }

    /// The value at probability `u` of the mass that a condition leaves.
    pub(crate) fn value_within(&self, u: f64, spans: &[(f64, f64)], line: &Line, accepts: impl Fn(f64) -> bool) -> f64 {
        let parts = self.parts(spans, line, &accepts);
        let total: f64 = parts.iter().map(|p| p.2).sum();
        let mut left = u * total;
        let mut chosen = line.to(self.low);
        let mut part = (chosen, chosen);
        for (low, high, mass) in parts {
            let at = if mass > 0.0 { (left / mass).clamp(0.0, 1.0) } else { 0.0 };
            part = (low, high);
            chosen = low + (high - low) * at;
            if left < mass {
                break;
            }
            left -= mass;
        }
        self.point(part, chosen, line, &accepts)
            .unwrap_or_else(|| line.from(chosen))
    }
}

/// How many rows at either end of a column stand for an extreme: nobody's own maximum is shown when
/// there are rows enough.
pub(crate) fn clipped_rows(rows: usize) -> usize {
    ((OWN_MASS_ROWS - 1) as usize).min(rows.saturating_sub(1) / 4)
}

/// Stretches of the smooth distribution inside a bin, of equal mass.
fn smooth_knots(smooth: &Smooth, floor: f64, ceiling: f64, pieces: usize) -> Vec<f64> {
    let (from, to) = (smooth.share_below(floor), smooth.share_below(ceiling));
    let mut highest = f64::NEG_INFINITY;
    (0..=pieces)
        .map(|piece| {
            let share = piece as f64 / pieces as f64;
            let knot = smooth.quantile(from + (to - from) * share);
            // Rounding must not carry a knot over a cut, nor turn two around.
            highest = knot.clamp(floor, ceiling).max(highest);
            highest
        })
        .collect()
}

/// A few rows, spread evenly over the stretch they span.
fn even_knots(rest: &[(f64, u32)], floor: f64, ceiling: f64, grid: Grid) -> Vec<f64> {
    let (Some(first), Some(last)) = (rest.first(), rest.last()) else {
        return Vec::new();
    };
    let half = grid.spacing() * 0.499;
    let low = (first.0 - half).max(floor);
    vec![low, (last.0 + half).min(ceiling).max(low)]
}
