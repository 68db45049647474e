//! Identifiers: never learned from, always made. What is kept of a column of identifiers is its
//! pattern (fixed parts, widths, alphabets), and identifiers of that pattern are numbered by row, so
//! that no two rows of the endless table have the same.
//!
//! No training identifier is kept, so that a made one can equal a training one by chance, at the rate
//! at which training identifiers fill their pattern. Where they fill much of it because they are
//! counted up, counting goes on above the largest instead, from a round number.

use super::pattern::Pattern;
use super::permutation::Permutation;
use plenish_table::{Column, ColumnType, MISSING_CODE, MISSING_INTEGER, Seed, TextColumn};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Numbers that fill at least one in so many of their range are counted up; sparser ones are drawn.
pub(crate) const SPARSE: u128 = 100;

/// How a column's identifiers are made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Identifiers {
    /// From `start` on, one after the other.
    Counted { start: u64 },
    /// Numbers from `from` on in random order, `count` of them; then onwards.
    Drawn { from: u64, count: u64 },
    /// Texts of a pattern.
    Text(Pattern),
    /// None can be made for this type: cells are missing.
    None,
}

/// The smallest number of two significant digits above `largest`: where counting goes on without
/// telling where it stood.
pub(crate) fn round_above(largest: u64) -> u64 {
    let digits = largest.checked_ilog10().unwrap_or(0);
    let step = 10_u64.pow(digits.saturating_sub(1));
    (largest / step).saturating_add(1).saturating_mul(step)
}

impl Identifiers {
    /// Learns the pattern of a column.
    pub(crate) fn of(column: &Column) -> Self {
        match column {
            Column::Text(text) => {
                let words: Vec<&str> = text.frequencies().into_iter().map(|w| w.0).collect();
                Self::Text(Pattern::of(&words))
            }
            Column::Integer(cells) => Self::of_numbers(cells.iter().copied().filter(|&c| c != MISSING_INTEGER)),
            Column::Real(cells) => Self::of_numbers(cells.iter().filter(|c| !c.is_nan()).map(|&c| c as i64)),
            _ => Self::None,
        }
    }

    fn of_numbers(numbers: impl Iterator<Item = i64>) -> Self {
        let mut distinct: Vec<i64> = numbers.collect();
        distinct.sort_unstable();
        distinct.dedup();
        let (Some(&low), Some(&high)) = (distinct.first(), distinct.last()) else {
            return Self::Counted { start: 1 };
        };
        let width = (i128::from(high) - i128::from(low)).unsigned_abs() + 1;
        // Beyond 2^62 there is no room left to count in.
        if low < 0 || high > 1 << 62 {
            return Self::Counted { start: 1 };
        }
        if width <= distinct.len() as u128 * SPARSE {
            return Self::Counted {
                start: round_above(high as u64),
            };
        }
        let power = |value: u64| 10_u64.pow(value.checked_ilog10().unwrap_or(0));
        let from = if low < 10 { 1 } else { power(low as u64) };
        let below = power(high as u64).saturating_mul(10).min(1 << 62);
        Self::Drawn {
            from,
            count: below - from,
        }
    }

    /// Whether sizes fit together: for models read from files.
    pub(crate) fn is_sound(&self) -> bool {
        match self {
            Self::Counted { .. } | Self::None => true,
            Self::Drawn { from, count } => {
                (1..=1 << 62).contains(count) && from.checked_add(*count).is_some_and(|end| end <= 1 << 62)
            }
            Self::Text(pattern) => pattern.is_sound(),
        }
    }

    /// The identifiers of the rows `units` whose states are `present`, as a column of type `kind`.
    pub(crate) fn make(&self, kind: ColumnType, units: &[u64], present: impl Fn(usize) -> bool, seed: &Seed) -> Column {
        let rows = units.len();
        // One after the other in 63 bits, and round: every row has a number of its own.
        let counted = |start: u64, unit: u64| (start.wrapping_add(unit) & (u64::MAX >> 1)) as i64;
        let numbers: Vec<i64> = match self {
            Self::Counted { start } => units.iter().map(|&unit| counted(*start, unit)).collect(),
            Self::Drawn { from, count } => {
                let permutation = Permutation::new(*count, seed);
                units
                    .iter()
                    .map(|&unit| counted(*from, if unit < *count { permutation.of(unit) } else { unit }))
                    .collect()
            }
            Self::Text(pattern) => {
                let maker = pattern.maker(seed);
                let mut words = Vec::new();
                let codes = (0..rows)
                    .map(|row| {
                        if !present(row) {
                            return MISSING_CODE;
                        }
                        words.push(maker.word(units[row]));
                        words.len() as u32 - 1
                    })
                    .collect();
                return Column::Text(TextColumn {
                    codes,
                    dictionary: Arc::new(words),
                });
            }
            Self::None => return Column::all_missing(kind, rows),
        };
        let cells = numbers.into_iter().enumerate();
        match kind {
            ColumnType::Real => Column::Real(
                cells
                    .map(|(i, n)| if present(i) { n as f64 } else { f64::NAN })
                    .collect(),
            ),
            ColumnType::Integer => Column::Integer(
                cells
                    .map(|(i, n)| if present(i) { n } else { MISSING_INTEGER })
                    .collect(),
            ),
            other => Column::all_missing(other, rows),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::ops::Range;

    fn integers(identifiers: &Identifiers, units: Range<u64>) -> Vec<i64> {
        match identifiers.make(ColumnType::Integer, &units.collect::<Vec<_>>(), |_| true, &Seed::new(1)) {
            Column::Integer(cells) => cells,
            other => panic!("{other:?}"),
        }
    }

    /// Counted numbers go on above the largest, which is not kept.
    #[test]
    fn counting_goes_on_above_the_largest() {
        let identifiers = Identifiers::of(&Column::Integer((1000..8123).collect()));
        assert_eq!(identifiers, Identifiers::Counted { start: 8200 });
        assert_eq!(integers(&identifiers, 0..3), [8200, 8201, 8202]);
        for largest in [0, 5, 9, 10, 99, 100, 101, 999, 8199] {
            assert!(round_above(largest) > largest, "{largest}");
        }
    }

    /// Sparse numbers keep their count of digits, in no order, and do not repeat within their range or
    /// beyond it.
    #[test]
    fn sparse_numbers_are_drawn_without_repeats() {
        let identifiers = Identifiers::of(&Column::Integer((0..200).map(|i| 100_000 + i * 4_507).collect()));
        let Identifiers::Drawn { from, count } = identifiers else {
            panic!("{identifiers:?}")
        };
        assert_eq!((from, from + count), (100_000, 1_000_000));
        let near = Identifiers::Drawn { from: 10, count: 90 };
        let made = integers(&near, 0..300);
        assert_eq!(made.iter().collect::<HashSet<_>>().len(), 300);
        assert!(made[..90].iter().all(|n| (10..100).contains(n)));
        assert!(!made[..90].is_sorted());
        assert_eq!(integers(&near, 50..120), made[50..120]);
    }

    /// Numbers near the end of 64 bits, negative ones and none at all are no trap.
    #[test]
    fn odd_numbers() {
        for cells in [vec![], vec![i64::MAX - 5, i64::MAX], vec![-5, 7], vec![0]] {
            let identifiers = Identifiers::of(&Column::Integer(cells));
            assert!(identifiers.is_sound());
            let far = i64::MAX as u64;
            let made = [integers(&identifiers, 0..5), integers(&identifiers, far - 5..far)].concat();
            assert_eq!(made.iter().collect::<HashSet<_>>().len(), 10, "{identifiers:?}");
        }
    }
}
