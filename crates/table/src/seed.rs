//! The one source of randomness: named, counter-based streams.
//!
//! A [`Seed`] names a purpose; a [`Stream`] is addressed by (seed, row, column) and yields the same
//! numbers wherever and whenever it is made, which is what makes any range of generated rows
//! reproducible alone. Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy
//! as 1, 2, 3", SC 2011, section 4.3.

const MULTIPLIER_0: u32 = 0xD251_1F53;
const MULTIPLIER_1: u32 = 0xCD9E_8D57;
const WEYL_0: u32 = 0x9E37_79B9;
const WEYL_1: u32 = 0xBB67_AE85;

fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for round in 0..10 {
        if round > 0 {
            key[0] = key[0].wrapping_add(WEYL_0);
            key[1] = key[1].wrapping_add(WEYL_1);
        }
        let a = u64::from(MULTIPLIER_0) * u64::from(counter[0]);
        let b = u64::from(MULTIPLIER_1) * u64::from(counter[2]);
        counter = [
            (b >> 32) as u32 ^ counter[1] ^ key[0],
            b as u32,
            (a >> 32) as u32 ^ counter[3] ^ key[1],
            a as u32,
        ];
    }
    counter
}

/// A named source of randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed {
    key: u64,
}

impl Seed {
    /// The seed a user gives.
    pub fn new(seed: u64) -> Self {
        Self { key: seed }
    }

    /// A seed of its own for a purpose; different purposes are independent.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Self {
        // FNV-1a names the purpose; Philox mixes it with the key.
        let mut hash = 0xCBF2_9CE4_8422_2325_u64;
        for byte in purpose.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
        self.mix(hash, 1)
    }

    /// A seed of its own for a number: a fold, a column, a round.
    #[must_use]
    pub fn child(&self, number: u64) -> Self {
        self.mix(number, 2)
    }

    fn mix(self, number: u64, domain: u32) -> Self {
        let out = philox([number as u32, (number >> 32) as u32, domain, u32::MAX], self.words());
        Self {
            key: u64::from(out[0]) | u64::from(out[1]) << 32,
        }
    }

    fn words(self) -> [u32; 2] {
        [self.key as u32, (self.key >> 32) as u32]
    }

    /// The stream of `row` and `column`.
    pub fn stream(&self, row: u64, column: u32) -> Stream {
        Stream {
            key: self.words(),
            row,
            column,
            block: 0,
            buffer: [0; 4],
            used: 4,
        }
    }

    /// Two independent draws for `row` and `column`: the first two of [`Seed::stream`], faster.
    pub fn pair(&self, row: u64, column: u32) -> (u64, u64) {
        let out = philox([row as u32, (row >> 32) as u32, column, 0], self.words());
        (
            u64::from(out[0]) | u64::from(out[1]) << 32,
            u64::from(out[2]) | u64::from(out[3]) << 32,
        )
    }
}

/// A sequence of random numbers at one address.
#[derive(Debug, Clone)]
pub struct Stream {
    key: [u32; 2],
    row: u64,
    column: u32,
    block: u32,
    buffer: [u32; 4],
    used: usize,
}

impl Stream {
    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        if self.used > 2 {
            self.buffer = philox(
                [self.row as u32, (self.row >> 32) as u32, self.column, self.block],
                self.key,
            );
            self.block += 1;
            self.used = 0;
        }
        let out = u64::from(self.buffer[self.used]) | u64::from(self.buffer[self.used + 1]) << 32;
        self.used += 2;
        out
    }

    /// A number in [0, 1), 53 bits.
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// A whole number in 0..`bound`, without bias (Lemire 2019); 0 if `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        loop {
            let wide = u128::from(self.next_u64()) * u128::from(bound);
            if wide as u64 >= bound.wrapping_neg() % bound {
                return (wide >> 64) as u64;
            }
        }
    }

    /// Puts `items` in random order (Fisher-Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u64 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers of the Random123 distribution (`kat_vectors`, philox4x32 10).
    #[test]
    fn philox_matches_the_published_known_answers() {
        assert_eq!(
            philox([0; 4], [0; 2]),
            [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
        );
        assert_eq!(
            philox([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            philox(
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0]
            ),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn a_pair_is_the_head_of_its_stream() {
        let seed = Seed::new(7).derive("test");
        let mut stream = seed.stream(12, 3);
        assert_eq!(seed.pair(12, 3), (stream.next_u64(), stream.next_u64()));
    }

    /// Chi-square of 16 cells, 15 degrees of freedom: 37.7 is the 99.9 % point; the seed is fixed.
    #[test]
    fn bounded_draws_are_even() {
        let mut counts = [0_u32; 16];
        let mut stream = Seed::new(1).stream(0, 0);
        for _ in 0..16_000 {
            counts[stream.below(16) as usize] += 1;
        }
        let chi: f64 = counts.iter().map(|&c| (f64::from(c) - 1000.0).powi(2) / 1000.0).sum();
        assert!(chi < 37.7, "chi-square {chi}");
    }

    #[test]
    fn purposes_and_numbers_give_different_streams() {
        let seed = Seed::new(1);
        assert_ne!(seed.derive("a"), seed.derive("b"));
        assert_ne!(seed.child(1), seed.child(2));
        assert_ne!(seed.stream(0, 1).next_u64(), seed.stream(1, 0).next_u64());
    }
}
