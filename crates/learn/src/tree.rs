//! Growing one regression tree on one-byte codes, leaf by leaf, for gradients of one or several
//! dimensions.
//!
//! Gradients are fixed-point integers, so that histograms add up to the same bits in any order, on
//! any number of threads. Every split is a set of codes that go left, for ordered features, for
//! categories and for missing values alike.

mod grow;
mod scan;

pub use grow::{GrowSettings, Grower, Grown, Stat, fixed_point_scale};
use serde::{Deserialize, Serialize};

/// A set of one-byte codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CodeSet([u64; 4]);

impl CodeSet {
    /// Whether `code` is in it.
    #[inline]
    pub fn contains(&self, code: u8) -> bool {
        self.0[usize::from(code >> 6)] >> (code & 63) & 1 == 1
    }

    /// Puts `code` in.
    pub fn insert(&mut self, code: u8) {
        self.0[usize::from(code >> 6)] |= 1 << (code & 63);
    }

    /// Takes `code` out.
    pub fn remove(&mut self, code: u8) {
        self.0[usize::from(code >> 6)] &= !(1 << (code & 63));
    }

    /// The codes from `first` to `last`, both in it.
    pub fn between(first: u8, last: u8) -> Self {
        let mut set = Self::default();
        for code in first..=last {
            set.insert(code);
        }
        set
    }

    /// Its codes in rising order.
    pub fn iter(&self) -> impl Iterator<Item = u8> {
        let words = self.0;
        (0..4_u8).flat_map(move |place| {
            let mut word = words[usize::from(place)];
            std::iter::from_fn(move || {
                let next = word.trailing_zeros();
                word &= word.wrapping_sub(1);
                (next < 64).then_some(place * 64 + next as u8)
            })
        })
    }
}

/// A decision: codes in the set go left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Which feature.
    pub feature: u16,
    /// Its codes that go left.
    pub left_codes: CodeSet,
    /// Where they go: another split if not negative, else leaf `!left`.
    pub left: i32,
    /// Where all others go.
    pub right: i32,
}

/// A tree; the first split is the root. A tree without splits is a single leaf.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tree {
    /// The decisions.
    pub splits: Vec<Split>,
    /// Number of leaves.
    pub leaves: usize,
}

impl Tree {
    /// The leaf of a row of codes.
    #[inline]
    pub fn leaf(&self, codes: &[u8]) -> usize {
        let mut at = if self.splits.is_empty() { !0 } else { 0_i32 };
        while at >= 0 {
            let split = &self.splits[at as usize];
            at = if split.left_codes.contains(codes[usize::from(split.feature)]) {
                split.left
            } else {
                split.right
            };
        }
        !at as usize
    }
}

/// How a prediction may move as a feature rises; missing values are free to be anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Monotone {
    /// As it will.
    #[default]
    Free,
    /// Never down.
    Increasing,
    /// Never up.
    Decreasing,
}

/// For each of so many features, what its splits in all trees gained, as a share of all gains; all 0
/// if there is no split. `trees` come with a gain a split.
pub(crate) fn shares_of_gain<'a>(features: usize, trees: impl Iterator<Item = (&'a Tree, &'a [f64])>) -> Vec<f64> {
    let mut shares = vec![0.0; features];
    for (tree, gains) in trees {
        for (split, gain) in tree.splits.iter().zip(gains) {
            shares[usize::from(split.feature)] += gain;
        }
    }
    let total: f64 = shares.iter().sum();
    if total > 0.0 {
        for share in &mut shares {
            *share /= total;
        }
    }
    shares
}

#[cfg(test)]
mod tests;
