//! The discrete Gaussian.

use super::{Source, exp_minus, laplace};
use crate::accounting::Rho;
use plenish_table::{Error, Result};
use serde::{Deserialize, Serialize};

/// The variance parameter of a discrete Gaussian: a ratio of whole numbers, its denominator a power of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variance {
    numerator: u64,
    /// The denominator is 2 to this power.
    halvings: u8,
}

impl Variance {
    /// Above this the arithmetic of a draw would leave 128 bits.
    const LARGEST: u64 = 1 << 56;
    /// Numerators have at least this many bits where the denominator allows: rounding up then wastes less
    /// than 1/4,096 of the budget.
    const PRECISION: u32 = 12;
    const MOST_HALVINGS: u8 = 24;

    /// The smallest variance, up to rounding up by 1/4,096, with which noise on whole numbers that a neighbour
    /// moves by at most `sensitivity` (in the Euclidean norm) costs no more than `rho` (Canonne et al.,
    /// theorem 4: rho = sensitivity² / (2 variance)). Fails when `rho` is 0 or too small to be of use.
    pub fn for_budget(rho: Rho, sensitivity: u64) -> Result<Self> {
        let units = rho.units();
        let wanted = u128::from(sensitivity)
            .checked_mul(u128::from(sensitivity))
            .and_then(|s| s.checked_mul(Rho::ONE.units()));
        let (Some(wanted), true) = (wanted, units > 0) else {
            return Err(too_small(rho));
        };
        // variance = wanted / (2 units)
        let mut halvings = 0;
        loop {
            let Some(scaled) = wanted.checked_mul(1 << halvings) else {
                return Err(too_small(rho));
            };
            let numerator = scaled.div_ceil(2 * units);
            if numerator >> Self::PRECISION > 0 || halvings == Self::MOST_HALVINGS {
                let numerator = u64::try_from(numerator).ok().filter(|&n| n <= Self::LARGEST);
                return numerator
                    .map(|numerator| Self { numerator, halvings })
                    .ok_or_else(|| too_small(rho));
            }
            halvings += 1;
        }
    }

    /// The variance as a number; a discrete Gaussian's own variance is at most this, and nearly this above 1.
    pub fn value(self) -> f64 {
        self.numerator as f64 / (1_u64 << self.halvings) as f64
    }

    /// Its root.
    pub fn sigma(self) -> f64 {
        self.value().sqrt()
    }

    /// What noise of this variance costs, rounded up.
    pub(crate) fn cost(self, sensitivity: u64) -> Option<Rho> {
        let square = u128::from(sensitivity).checked_mul(u128::from(sensitivity))?;
        let top = square.checked_mul(Rho::ONE.units())?.checked_mul(1 << self.halvings)?;
        Some(Rho::from_units(top.div_ceil(2 * u128::from(self.numerator))))
    }

    /// The same with a quarter of the value: what a planted mistake makes of it.
    #[cfg(test)]
    pub(crate) fn quartered(self) -> Self {
        Self {
            numerator: self.numerator,
            halvings: self.halvings + 2,
        }
    }

    /// The numerator and the denominator.
    pub(crate) fn ratio(self) -> (u64, u64) {
        (self.numerator, 1 << self.halvings)
    }
}

fn too_small(rho: Rho) -> Error {
    Error::usage(format!(
        "a privacy budget of rho = {rho} for one question is too small for any answer"
    ))
    .help("ask fewer questions, or raise epsilon")
}

/// A draw with P(x) proportional to exp(-x² / (2 variance)) (algorithm 3). It charges nobody: answers about data come
/// from a fit.
pub fn gaussian(source: &mut Source, variance: Variance) -> i64 {
    let (n, d) = variance.ratio();
    // t = floor(sigma) + 1; any whole number would be exact, this one wastes the fewest draws.
    let t = (n / d).isqrt() + 1;
    let step = u128::from(d) * u128::from(t);
    let bottom = 2 * u128::from(n) * step * u128::from(t);
    loop {
        let y = laplace(source, t);
        // Accept with exp(-(|y| - n/(d t))² / (2 n/d)), all over (d t)².
        let distance = (u128::from(y.unsigned_abs()) * step).abs_diff(u128::from(n));
        // An overflow means |y| beyond 2^8 sigma at least, where acceptance has a probability below exp(-2^15).
        let Some(top) = distance.checked_mul(distance) else {
            continue;
        };
        if exp_minus(source, top, bottom) {
            return y;
        }
    }
}
