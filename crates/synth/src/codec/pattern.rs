//! The pattern of a column of text identifiers, and texts of that pattern by number.
//!
//! A pattern is a sequence of fixed texts, characters of an alphabet, and numbers. Texts of one
//! pattern are told apart by their parts: between two parts of changing length there is always a
//! character that neither holds, so that different parts give different texts.

mod learn;

use super::permutation::Permutation;
use learn::{Run, by_runs, same_length};
use plenish_table::Seed;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// The permuted part of a pattern holds at most so many texts; what varies before it is random.
const MOST_PERMUTED: u64 = 1 << 62;
/// Digits of a number at most: so many fit 64 bits.
const MOST_DIGITS: usize = 18;
/// Longer texts are no identifiers.
const LONGEST: usize = 128;
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Part {
    /// The same in every text.
    Fixed(String),
    /// One character of an alphabet, in ASCII.
    Any(String),
    /// `from..below`, with zeros in front up to `width` digits.
    Number { from: u64, below: u64, width: u8 },
    /// Counts up from here, with zeros in front up to `width` digits. Nothing else varies.
    Counter { start: u64, width: u8 },
}

impl Part {
    /// How many different texts it can be; 1 if it does not vary or is unlimited.
    fn choices(&self) -> u64 {
        match self {
            Self::Any(alphabet) => alphabet.len() as u64,
            Self::Number { from, below, .. } => below - from,
            Self::Fixed(_) | Self::Counter { .. } => 1,
        }
    }
}

/// What the texts of a column have in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pattern {
    parts: Vec<Part>,
}

impl Pattern {
    /// The pattern of distinct `words`; `synthetic-1`, `synthetic-2`, … if they have none.
    pub(crate) fn of(words: &[&str]) -> Self {
        let plain = || {
            let start = Part::Counter { start: 1, width: 1 };
            vec![Part::Fixed("synthetic-".to_owned()), start]
        };
        let parts = same_length(words)
            .or_else(|| by_runs(words, Run::of_fine, 0.9))
            .or_else(|| by_runs(words, Run::of_coarse, 0.9))
            .or_else(|| by_runs(words, Run::of_fine, 0.5))
            .or_else(|| by_runs(words, Run::of_coarse, 0.5))
            .unwrap_or_else(plain);
        Self { parts }
    }

    /// Whether texts can be made: for models read from files.
    pub(crate) fn is_sound(&self) -> bool {
        self.parts.len() <= 2 * LONGEST
            && self.parts.iter().all(|part| match part {
                Part::Fixed(_) => true,
                Part::Any(alphabet) => !alphabet.is_empty() && alphabet.is_ascii(),
                Part::Number { from, below, width } => {
                    from < below && *below <= 10_u64.pow(MOST_DIGITS as u32) && usize::from(*width) <= LONGEST
                }
                Part::Counter { width, .. } => usize::from(*width) <= LONGEST,
            })
    }

    /// Ready to make texts.
    pub(crate) fn maker(&self, seed: &Seed) -> Maker<'_> {
        let mut first = self.parts.len();
        let mut count = 1_u64;
        for (index, part) in self.parts.iter().enumerate().rev() {
            match count.checked_mul(part.choices()).filter(|&c| c <= MOST_PERMUTED) {
                Some(more) => (first, count) = (index, more),
                None => break,
            }
        }
        let grows = self.parts.iter().rposition(|p| matches!(p, Part::Number { .. }));
        Maker {
            parts: &self.parts,
            permuted: first,
            count,
            permutation: Permutation::new(count, seed),
            grows: grows.filter(|&at| at >= first),
            seed: seed.derive("identifier"),
        }
    }
}

/// Makes the texts of a pattern.
pub(crate) struct Maker<'a> {
    parts: &'a [Part],
    /// Parts from here on follow from the permuted number; those before are random.
    permuted: usize,
    count: u64,
    permutation: Permutation,
    /// The number that gets more digits when all `count` texts are used up.
    grows: Option<usize>,
    seed: Seed,
}

impl Maker<'_> {
    /// The text of row `unit`; different rows have different texts.
    pub(crate) fn word(&self, unit: u64) -> String {
        let (round, place) = (unit / self.count, unit % self.count);
        let mut left = self.permutation.of(place);
        let mut stream = self.seed.stream(unit, 0);
        let mut chosen = vec![0_u64; self.parts.len()];
        for (index, part) in self.parts.iter().enumerate().rev() {
            let choices = part.choices();
            if index >= self.permuted {
                chosen[index] = left % choices;
                left /= choices;
            } else {
                chosen[index] = stream.below(choices);
            }
        }
        let counts = self.parts.iter().any(|p| matches!(p, Part::Counter { .. }));
        let mut word = String::new();
        for (index, (part, &choice)) in self.parts.iter().zip(&chosen).enumerate() {
            let _ = match part {
                Part::Fixed(text) => {
                    word.push_str(text);
                    Ok(())
                }
                Part::Any(alphabet) => {
                    word.push(char::from(alphabet.as_bytes()[choice as usize]));
                    Ok(())
                }
                Part::Number { from, below, width } => {
                    let mut number = u128::from(from + choice);
                    if self.grows == Some(index) {
                        // More digits in front of those that are used up.
                        let unit = 10_u128.pow((below - 1).checked_ilog10().unwrap_or(0) + 1);
                        number += u128::from(round) * unit;
                    }
                    write!(word, "{number:0width$}", width = usize::from(*width))
                }
                Part::Counter { start, width } => {
                    let number = u128::from(*start) + u128::from(unit);
                    write!(word, "{number:0width$}", width = usize::from(*width))
                }
            };
        }
        if round > 0 && self.grows.is_none() && !counts {
            let _ = write!(word, "-{round}");
        }
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn made(words: &[String], rows: u64) -> Vec<String> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let pattern = Pattern::of(&words);
        assert!(pattern.is_sound());
        let maker = pattern.maker(&Seed::new(1));
        (0..rows).map(|unit| maker.word(unit)).collect()
    }

    fn draws(count: usize) -> impl Iterator<Item = u64> {
        let mut stream = Seed::new(7).stream(0, 0);
        (0..count).map(move |_| stream.next_u64())
    }

    #[test]
    fn identifiers_look_like_those_of_the_column() {
        let uuids: Vec<String> = draws(300)
            .map(|n| {
                let (a, b) = (n, n.wrapping_mul(0x9E37_79B9_7F4A_7C15));
                format!(
                    "{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:012x}",
                    a >> 32,
                    a >> 16 & 0xFFFF,
                    a & 0xFFF,
                    8 + (b >> 62),
                    b & 0xFFF,
                    b >> 12 & 0xFFFF_FFFF_FFFF
                )
            })
            .collect();
        let shape = |text: &str| -> String {
            text.chars()
                .map(|c| match c {
                    '0'..='9' | 'a'..='f' => 'x',
                    other => other,
                })
                .collect()
        };
        for uuid in made(&uuids, 500) {
            assert_eq!(shape(&uuid), "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", "{uuid}");
            assert_eq!(&uuid[14..15], "4", "{uuid}");
            assert!("89ab".contains(&uuid[19..20]), "{uuid}");
        }
        // Counted up with zeros in front: on above the largest, which is not told.
        let padded: Vec<String> = (1..800).map(|i| format!("CUST-{i:06}/A")).collect();
        assert_eq!(made(&padded, 2), ["CUST-000800/A", "CUST-000801/A"]);
        let bare: Vec<String> = (1..80).map(|i| format!("user_{i}")).collect();
        assert_eq!(made(&bare, 2), ["user_80", "user_81"]);
        let same_ends: Vec<String> = (100..180).map(|i| format!("X{i}X")).collect();
        assert_eq!(made(&same_ends, 2), ["X180X", "X181X"]);
        // Drawn: letters stay letters, digits digits, lengths lengths.
        let plates: Vec<String> = draws(400)
            .map(|n| {
                let letter = |k: u64| char::from(b'A' + (n >> (k * 8) & 255) as u8 % 26);
                format!("{}{} {:03}", letter(0), letter(1), n >> 40 & 511)
            })
            .collect();
        for plate in made(&plates, 400) {
            let b = plate.as_bytes();
            assert!(
                b[..2].iter().all(u8::is_ascii_uppercase) && b[2] == b' ' && b[3..].iter().all(u8::is_ascii_digit),
                "{plate}"
            );
        }
        // Different lengths: a bare number keeps no zeros in front.
        let tails: Vec<String> = draws(200).map(|n| format!("N{}XY", 100 + n % 90_000_000)).collect();
        for tail in made(&tails, 50) {
            assert!(
                tail.starts_with('N') && tail.ends_with("XY") && &tail[1..2] != "0",
                "{tail}"
            );
        }
        assert_eq!(made(&[], 2), ["synthetic-1", "synthetic-2"]);
    }

    /// When all texts of a pattern are used up, longer ones follow: still no repeats.
    #[test]
    fn small_patterns_grow() {
        let short: Vec<String> = ["AA", "BC", "QX", "ZZ", "KL"].map(String::from).to_vec();
        let mut made_short = made(&short, 2000);
        assert!(made_short[..676].iter().all(|w| w.len() == 2));
        made_short.sort();
        made_short.dedup();
        assert_eq!(made_short.len(), 2000);
    }

    proptest! {
        /// Whatever the training texts: no text is made twice, near the first row or far from it.
        #[test]
        fn no_identifier_is_made_twice(
            words in proptest::collection::vec(prop_oneof!["[A-C]{1,2}-?[0-9]{1,3}", "[0-9a-f]{4}", "[a-c0-2é ]{0,5}", "[0-9]{1,2}[a-b]?[0-9]{1,2}"], 0..60),
            start in prop_oneof![Just(0_u64), Just(u64::MAX / 2 - 3000)],
            seed: u64,
        ) {
            let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
            words.sort_unstable();
            words.dedup();
            let pattern = Pattern::of(&words);
            prop_assert!(pattern.is_sound());
            let maker = pattern.maker(&Seed::new(seed));
            let made: HashSet<String> = (start..start + 3000).map(|unit| maker.word(unit)).collect();
            prop_assert_eq!(made.len(), 3000, "{:?}", pattern);
        }
    }
}
