//! Exact noise on whole numbers: no floating point anywhere, so that no output is possible for one table
//! and impossible for its neighbour.
//!
//! Canonne, Kamath, Steinke, "The discrete Gaussian for differential privacy", `NeurIPS` 2020
//! (arXiv 2004.00010), algorithms 1 to 3. Every probability is a ratio of whole numbers, and a decision with
//! probability exp(-p/q) is made of such ratios.
//!
//! What this does not hide is how long a draw takes: do not let an adversary time a fit.

mod gaussian;
mod select;
mod source;

pub use gaussian::{Variance, gaussian};
pub(crate) use select::{Strength, exponential};
pub use source::Source;

/// True with probability exp(-p/q), exactly (algorithm 1); `q` is at least 1.
pub(crate) fn exp_minus(source: &mut Source, p: u128, q: u128) -> bool {
    let (whole, rest) = if p < q { (0, p) } else { (p / q, p % q) };
    // exp(-whole) is a run of successes of exp(-1); it ends after 1.6 tries on average.
    for _ in 0..whole {
        if !exp_minus_below_one(source, 1, 1) {
            return false;
        }
    }
    exp_minus_below_one(source, rest, q)
}

/// True with probability exp(-p/q) for p <= q: the parity of a run of successes with probabilities
/// (p/q)/1, (p/q)/2, (p/q)/3, …
fn exp_minus_below_one(source: &mut Source, p: u128, q: u128) -> bool {
    let mut k: u128 = 1;
    loop {
        // Beyond 2^128 only for ratios whose success here has a probability below 2^-60 already; splitting
        // the ratio into two exact decisions keeps it exact.
        let success = match q.checked_mul(k) {
            Some(bound) => source.chance(p, bound),
            None => source.chance(p, q) && source.chance(1, k),
        };
        if !success {
            return k % 2 == 1;
        }
        k += 1;
    }
}

/// Discrete Laplace noise: P(x) is proportional to exp(-|x| / scale) (algorithm 2 with a whole scale); `scale`
/// is at least 1.
pub(crate) fn laplace(source: &mut Source, scale: u64) -> i64 {
    loop {
        let low = source.below(scale);
        if !exp_minus_below_one(source, u128::from(low), u128::from(scale)) {
            continue;
        }
        let mut high: u64 = 0;
        while exp_minus_below_one(source, 1, 1) {
            high += 1;
        }
        let negative = source.bits() & 1 == 1;
        // high > 2^20 has probability exp(-2^20): the product stays within 64 bits.
        let size = (high * scale + low) as i64;
        match (negative, size) {
            (true, 0) => {}
            (true, _) => return -size,
            (false, _) => return size,
        }
    }
}

#[cfg(test)]
mod tests;
