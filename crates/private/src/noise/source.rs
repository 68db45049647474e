//! Random bits: `ChaCha20` with a key from the operating system.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use plenish_table::{Error, Result};

/// A source of random bits that nobody can predict.
///
/// The key comes from the operating system, is used for one run, and is never shown or stored. There is
/// no way for a user to set it: whoever knows the noise can take it off again.
pub struct Source {
    generator: ChaCha20Rng,
    secret: bool,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("secret", &self.secret)
            .finish_non_exhaustive()
    }
}

impl Source {
    /// A source keyed by the operating system; fails when the system has no randomness to give.
    pub fn secret() -> Result<Self> {
        let mut key = [0_u8; 32];
        getrandom::fill(&mut key).map_err(|e| {
            Error::new(
                plenish_table::Kind::Io,
                format!("the operating system gives no random numbers: {e}"),
            )
            .help("noise for privacy cannot come from anywhere else; check the system's random device")
        })?;
        Ok(Self {
            generator: ChaCha20Rng::from_seed(key),
            secret: true,
        })
    }

    /// A source that anyone can repeat: for tests alone. What is made with it is not private, and no
    /// ledger accepts it.
    #[cfg(any(test, feature = "test-seed"))]
    pub fn not_private(seed: u64) -> Self {
        let mut key = [0_u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        Self {
            generator: ChaCha20Rng::from_seed(key),
            secret: false,
        }
    }

    /// Whether the key came from the operating system.
    pub fn is_secret(&self) -> bool {
        self.secret
    }

    /// What evidence says of this source.
    pub fn describe(&self) -> &'static str {
        if self.secret {
            "ChaCha20, keyed by the operating system for this run; the key was not stored"
        } else {
            "NOT PRIVATE: the noise came from a test seed and can be repeated by anyone"
        }
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// A whole number in 0..`bound`, without bias (Lemire, "Fast random integer generation in an
    /// interval", 2019); `bound` is at least 1.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        loop {
            let wide = u128::from(self.bits()) * u128::from(bound);
            let low = wide as u64;
            if low >= bound || low >= bound.wrapping_neg() % bound {
                return (wide >> 64) as u64;
            }
        }
    }

    /// [`Source::below`] for bounds beyond 64 bits: random bits under a mask, drawn again while too large.
    fn below_wide(&mut self, bound: u128) -> u128 {
        let mask = u128::MAX >> (bound.max(1) - 1).leading_zeros().min(127);
        loop {
            let draw = (u128::from(self.bits()) << 64 | u128::from(self.bits())) & mask;
            if draw < bound {
                return draw;
            }
        }
    }

    /// True with probability `p / q`, exactly; `q` is at least 1.
    pub(crate) fn chance(&mut self, p: u128, q: u128) -> bool {
        match u64::try_from(q) {
            Ok(bound) => u128::from(self.below(bound)) < p,
            Err(_) => self.below_wide(q) < p,
        }
    }
}
