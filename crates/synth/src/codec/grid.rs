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
}
