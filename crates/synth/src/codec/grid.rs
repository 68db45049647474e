//! The grid on which a column's numbers lie: whole numbers, two decimals, every hour. What is
//! generated lies on the same grid.

use serde::{Deserialize, Serialize};

/// Values are `(origin + step * k) / 10^decimals` for whole `k`; or any real number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) enum Grid {
    /// Whole multiples of a step.
    Steps {
        /// In units of the last decimal.
        origin: i64,
        /// In units of the last decimal; at least 1.
        step: i64,
        /// 0 to 9.
        decimals: u8,
    },
    /// No grid.
    Free,
}

impl Grid {
    /// The coarsest grid that holds all `values` when rounded to `decimals`.
    pub(crate) fn of(values: impl Iterator<Item = f64>, decimals: Option<u8>) -> Self {
        let Some(decimals) = decimals.filter(|&d| d <= 9) else {
            return Self::Free;
        };
        let unit = 10_f64.powi(i32::from(decimals));
        let mut origin = None;
        let mut step = 0_i64;
        for value in values {
            let scaled = value * unit;
            // Beyond 2^53 neighbouring whole numbers are no longer told apart: such a value (an end of
            // time, say) has no say in the grid.
            if scaled.abs() > 9e15 {
                continue;
            }
            let whole = scaled.round() as i64;
            let origin = *origin.get_or_insert(whole);
            step = gcd(step, (whole - origin).abs());
        }
        Self::Steps {
            origin: origin.unwrap_or(0),
            step: step.max(1),
            decimals,
        }
    }

    /// The point of the grid nearest to `value`.
    pub(crate) fn snap(self, value: f64) -> f64 {
        match self {
            Self::Free => value,
            Self::Steps { origin, step, decimals } => {
                let unit = 10_f64.powi(i32::from(decimals));
                let steps = ((value * unit - origin as f64) / step as f64).round();
                (origin as f64 + steps * step as f64) / unit
            }
        }
    }

    /// The first point above `edge`, which is the next number where there is no grid; `None` if there is none.
    pub(crate) fn above(self, edge: f64) -> Option<f64> {
        let near = self.snap(edge);
        let point = match self {
            Self::Free => edge.next_up(),
            Self::Steps { .. } if near > edge => near,
            Self::Steps { .. } => self.snap(near + self.spacing()),
        };
        (edge.is_finite() && point.is_finite() && point > edge).then_some(point)
    }

    /// The last point up to `edge`, which is `edge` itself where there is no grid; `None` if there is none.
    pub(crate) fn at_most(self, edge: f64) -> Option<f64> {
        let near = self.snap(edge);
        let point = if near <= edge {
            near
        } else {
            self.snap(near - self.spacing())
        };
        (edge.is_finite() && point.is_finite() && point <= edge).then_some(point)
    }

    /// A place between two values, `low` < `high`, that no value has: half-way between them, or between the
    /// points of the grid nearest to that. It is `low` itself where numbers are too coarse to part them.
    pub(crate) fn cut(self, low: f64, high: f64) -> f64 {
        let step = self.spacing();
        let middle = low + (high - low) / 2.0;
        let cut = if step > 0.0 {
            low + (((high - low) / step / 2.0).floor().max(0.0) + 0.5) * step
        } else {
            middle
        };
        [cut, middle].into_iter().find(|c| low < *c && *c < high).unwrap_or(low)
    }

    /// The distance between neighbouring points; 0 if there is no grid.
    pub(crate) fn spacing(self) -> f64 {
        match self {
            Self::Free => 0.0,
            Self::Steps { step, decimals, .. } => step as f64 / 10_f64.powi(i32::from(decimals)),
        }
    }
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_are_found_and_kept() {
        let hours = [0.0, 7_200.0, 3_600.0, 86_400.0];
        let grid = Grid::of(hours.iter().copied(), Some(0));
        assert_eq!(grid.spacing(), 3_600.0);
        assert_eq!(grid.snap(5_000.0), 3_600.0);
        let prices = [0.1, 0.35, 12.6];
        let grid = Grid::of(prices.iter().copied(), Some(2));
        assert_eq!(grid.snap(0.3), 0.35);
        assert_eq!(grid.snap(12.61), 12.6);
        assert_eq!(Grid::of([0.1].iter().copied(), None).snap(0.123_456), 0.123_456);
    }

    /// Cuts lie between points, whatever the distance of the values that they part.
    #[test]
    fn no_point_lies_on_a_cut() {
        let grid = Grid::of([0.0, 5.0, 15.0].into_iter(), Some(0));
        assert_eq!(
            [(0.0, 5.0), (5.0, 15.0), (0.0, 15.0), (0.0, 20.0)].map(|(low, high)| grid.cut(low, high)),
            [2.5, 12.5, 7.5, 12.5]
        );
        assert_eq!((grid.above(12.5), grid.at_most(12.5)), (Some(15.0), Some(10.0)));
        assert_eq!((grid.above(10.0), grid.at_most(10.0)), (Some(15.0), Some(10.0)));
        assert_eq!(Grid::Free.cut(1.0, 2.0), 1.5);
        assert_eq!(Grid::Free.cut(1.0, 1.0_f64.next_up()), 1.0);
    }
}
