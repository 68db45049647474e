//! Choosing one of several candidates by scores that are whole numbers.

use super::{Source, exp_minus};
use crate::accounting::Rho;

/// The strength of a choice: epsilon as a whole number over 2^32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Strength(u64);

impl Strength {
    /// The largest epsilon, rounded down, that costs at most `rho`: the exponential mechanism with epsilon is
    /// of bounded range, and so costs epsilon²/8 (Cesar, Rogers, "Bounding, concentrating, and truncating",
    /// ALT 2021, lemma 3.2). Permute-and-flip chooses a little better, but is not of bounded range and would
    /// cost epsilon²/2.
    pub(crate) fn for_budget(rho: Rho) -> Self {
        // epsilon 2^32 = sqrt(8 rho 2^64); rho = units / 10^18, so 8 units 2^64 needs units < 2^61.
        let units = rho.units().min(1 << 60);
        let square = (8 * units) << 64;
        Self((square / Rho::ONE.units()).isqrt().min(u128::from(u64::MAX)) as u64)
    }

    /// What it costs, rounded up.
    pub(crate) fn cost(self) -> Rho {
        // (epsilon / 2^32)² / 8 in units of 10^-18, a factor at a time so that it stays within 128 bits.
        let square = u128::from(self.0) * u128::from(self.0);
        let (high, low) = (square >> 64, square & u128::from(u64::MAX));
        let unit = Rho::ONE.units() / 8;
        Rho::from_units(high * unit + (low * unit).div_ceil(1 << 64))
    }

    /// Epsilon as a number.
    pub(crate) fn epsilon(self) -> f64 {
        self.0 as f64 / (1_u64 << 32) as f64
    }
}

/// The exponential mechanism, exactly: candidate r with a probability proportional to
/// exp(epsilon `score_r` / (2 sensitivity)). A candidate drawn evenly is kept with a probability of
/// exp(-epsilon (best - score) / (2 sensitivity)), or another one is drawn. `scores` is not empty.
pub(crate) fn exponential(source: &mut Source, scores: &[i128], sensitivity: u64, strength: Strength) -> usize {
    let best = scores.iter().copied().max().unwrap_or_default();
    let bottom = u128::from(sensitivity.max(1)) << 33;
    loop {
        let index = source.below(scores.len() as u64) as usize;
        let gap = best.abs_diff(scores[index]);
        // An overflow means a gap beyond 2^63: kept with a probability below exp(-2^20).
        if let Some(top) = gap.checked_mul(u128::from(strength.0))
            && exp_minus(source, top, bottom)
        {
            return index;
        }
    }
}
