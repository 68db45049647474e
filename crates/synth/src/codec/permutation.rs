//! A keyed permutation of the numbers below any bound: a Feistel network on the next power of four,
//! walked until it lands below the bound again (Black and Rogaway, "Ciphers with arbitrary finite
//! domains", CT-RSA 2002). What makes identifiers look random and yet never repeat.

use plenish_table::Seed;

const ROUNDS: u64 = 6;

/// A bijection of 0..`bound`, chosen by a seed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Permutation {
    seed: Seed,
    bound: u64,
    /// Bits of each half.
    half: u32,
}

impl Permutation {
    /// Of 0..`bound`; `bound` from 1 to 2^62.
    pub(crate) fn new(bound: u64, seed: &Seed) -> Self {
        let bits = 64 - bound.saturating_sub(1).leading_zeros();
        Self {
            seed: seed.derive("permutation"),
            bound,
            half: bits.div_ceil(2).max(1),
        }
    }

    /// Where `number` below the bound goes.
    pub(crate) fn of(self, number: u64) -> u64 {
        let mask = (1_u64 << self.half) - 1;
        let mut at = number;
        loop {
            let (mut left, mut right) = (at >> self.half, at & mask);
            for round in 0..ROUNDS {
                let mixed = self.seed.pair(right, round as u32).0 & mask;
                (left, right) = (right, left ^ mixed);
            }
            at = left << self.half | right;
            // The domain is at most four times the bound: a few steps on average.
            if at < self.bound {
                return at;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Every number below the bound is reached, and none twice.
        #[test]
        fn every_number_is_reached_once(bound in 1_u64..3000, seed: u64) {
            let permutation = Permutation::new(bound, &Seed::new(seed));
            let mut seen = vec![false; bound as usize];
            for number in 0..bound {
                let at = permutation.of(number) as usize;
                prop_assert!(!seen[at]);
                seen[at] = true;
            }
        }
    }

    /// Neighbours go far apart: their mean distance is near a third of the bound, as for two draws.
    #[test]
    fn order_is_lost() {
        let permutation = Permutation::new(1 << 40, &Seed::new(3));
        let mean = (0..2000_u64)
            .map(|n| permutation.of(n).abs_diff(permutation.of(n + 1)) as f64)
            .sum::<f64>()
            / 2000.0;
        assert!((mean / (1_u64 << 40) as f64 - 1.0 / 3.0).abs() < 0.03, "{mean}");
    }
}
