//! Which leaf of every tree a row falls into, for many rows at once.

#![expect(
    clippy::inline_always,
    reason = "code is compiled for wide registers only where it is part of the function that asks for them"
)]

use plenish_learn::tree::{CodeSet, Tree};
use std::ops::Range;

/// Rows, in groups of eight, that go through the trees together: their leaf numbers fill a few wide
/// registers.
const MANY: usize = 32;

/// Groups of eight rows that go together where there are no more.
const FEW: usize = 2;

/// Trees whose leaf numbers are written together, as one word a row.
const WORD: usize = 8;

/// More runs of codes than this are looked up one row at a time.
const MOST_RUNS: usize = 12;

/// The trees of a column as one list of steps. A tree grows by splitting a leaf: the left side keeps
/// its number, the right side takes the next one. Repeating the splits in that order on the leaf numbers of
/// many rows asks each row every question, but without a branch or a look at memory that depends on the
/// row, so that one instruction serves as many rows as it has bytes.
#[derive(Debug)]
pub(crate) struct LeafFinder {
    steps: Vec<Step>,
    runs: Vec<Run>,
    /// Where each tree's steps end.
    ends: Vec<u32>,
    tables: Vec<[u8; 256]>,
}

/// One split.
#[derive(Debug, Clone, Copy)]
struct Step {
    feature: u16,
    /// The leaf that is split; what goes right becomes `new`.
    leaf: u8,
    new: u8,
    test: Test,
}

/// Which codes move.
#[derive(Debug, Clone, Copy)]
enum Test {
    Run(Run),
    /// Those in one of several runs, or in none.
    Runs {
        start: u32,
        end: u32,
        inside: bool,
    },
    /// Those with 255 in this table.
    Table(u32),
}

/// The codes from `first` to `first + width`, around the end if need be.
#[derive(Debug, Clone, Copy)]
struct Run {
    first: u8,
    width: u8,
}

fn runs(of: impl Fn(u8) -> bool) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut open = false;
    for code in 0..=u8::MAX {
        match (of(code), open, runs.last_mut()) {
            (true, true, Some(run)) => run.width += 1,
            (true, ..) => runs.push(Run { first: code, width: 0 }),
            _ => {}
        }
        open = of(code);
    }
    runs
}

impl LeafFinder {
    /// The steps of `trees`, whose leaves are numbered in the order of growth.
    pub(crate) fn of(trees: &[Tree]) -> Self {
        let mut finder = Self {
            steps: Vec::new(),
            runs: Vec::new(),
            ends: Vec::with_capacity(trees.len()),
            tables: Vec::new(),
        };
        for tree in trees {
            let numbers = numbers(tree);
            for (new, (split, leaf)) in (1..).zip(tree.splits.iter().zip(numbers)) {
                let test = finder.test(&split.left_codes);
                finder.steps.push(Step {
                    feature: split.feature,
                    leaf,
                    new,
                    test,
                });
            }
            finder.ends.push(finder.steps.len() as u32);
        }
        finder
    }

    fn test(&mut self, left: &CodeSet) -> Test {
        let (stay, leave) = (runs(|c| left.contains(c)), runs(|c| !left.contains(c)));
        let inside = leave.len() <= stay.len();
        let runs = if inside { leave } else { stay };
        match runs[..] {
            // What is left of a circle without an arc is an arc.
            [run] if !inside => Test::Run(Run {
                first: run.first.wrapping_add(run.width).wrapping_add(1),
                width: 254 - run.width,
            }),
            [run] => Test::Run(run),
            ref runs if runs.len() <= MOST_RUNS => {
                let start = self.runs.len() as u32;
                self.runs.extend(runs);
                Test::Runs {
                    start,
                    end: self.runs.len() as u32,
                    inside,
                }
            }
            _ => {
                self.tables
                    .push(std::array::from_fn(|c| if left.contains(c as u8) { 0 } else { 255 }));
                Test::Table(self.tables.len() as u32 - 1)
            }
        }
    }

    /// Numbers of leaves that a row takes: one a tree, and no more than seven unused ones.
    pub(crate) fn width(&self) -> usize {
        self.ends.len().next_multiple_of(WORD)
    }

    /// The leaf of each of `rows` in every tree, [`LeafFinder::width`] numbers a row; `features` holds a
    /// vector of codes a feature.
    pub(crate) fn find(&self, features: &[Vec<u8>], rows: Range<usize>, out: &mut Vec<u8>) {
        out.clear();
        out.resize(rows.len() * self.width(), 0);
        // The same code for the widest registers that the machine has.
        pulp::Arch::new().dispatch(Find {
            finder: self,
            features,
            rows,
            out,
        });
    }

    #[inline(always)]
    fn find_some<const G: usize>(&self, features: &[Vec<u8>], rows: Range<usize>, out: &mut [u8]) {
        let mut padded = [[0; 8]; G];
        let mut first = 0;
        for (word, ends) in self.ends.chunks(WORD).enumerate() {
            let mut leaves = [[0_u64; G]; WORD];
            for (leaves, &end) in leaves.iter_mut().zip(ends) {
                let mut own = Leaves([[0; 8]; G]);
                for step in &self.steps[first..end as usize] {
                    let codes = &features[usize::from(step.feature)][rows.clone()];
                    let codes = if let Ok(codes) = codes.as_chunks().0.try_into() {
                        codes
                    } else {
                        padded.as_flattened_mut()[..codes.len()].copy_from_slice(codes);
                        &padded
                    };
                    self.take(step, codes, &mut own.0);
                }
                first = end as usize;
                for (word, bytes) in leaves.iter_mut().zip(own.0) {
                    *word = u64::from_le_bytes(bytes);
                }
            }
            transpose(&mut leaves);
            for (row, out) in out.chunks_exact_mut(self.width()).enumerate() {
                let word = WORD * word..WORD * (word + 1);
                out[word].copy_from_slice(&leaves[row % 8][row / 8].to_le_bytes());
            }
        }
    }

    #[inline(always)]
    fn take<const G: usize>(&self, step: &Step, codes: &[[u8; 8]; G], leaves: &mut [[u8; 8]; G]) {
        let here = |leaf: u8| if leaf == step.leaf { 255 } else { 0 };
        // Leaves of rows that move are the split one, so that a difference takes them to the new one.
        let change = step.new ^ step.leaf;
        let (codes, leaves) = (codes.as_flattened(), leaves.as_flattened_mut());
        match step.test {
            Test::Run(run) => {
                for (leaf, &code) in leaves.iter_mut().zip(codes) {
                    *leaf ^= run.mask(code) & here(*leaf) & change;
                }
            }
            Test::Runs { start, end, inside } => {
                let mut moves = [[if inside { 0 } else { 255 }; 8]; G];
                for run in &self.runs[start as usize..end as usize] {
                    for (moves, &code) in moves.as_flattened_mut().iter_mut().zip(codes) {
                        // Runs do not overlap: each code is in one of them at most.
                        *moves ^= run.mask(code);
                    }
                }
                for (leaf, moves) in leaves.iter_mut().zip(moves.as_flattened()) {
                    *leaf ^= moves & here(*leaf) & change;
                }
            }
            Test::Table(table) => {
                let table = &self.tables[table as usize];
                for (leaf, &code) in leaves.iter_mut().zip(codes) {
                    *leaf ^= table[usize::from(code)] & here(*leaf) & change;
                }
            }
        }
    }
}

/// Leaf numbers of rows, each register's worth in a cache line of its own: they are read and written at
/// every step.
#[repr(align(64))]
struct Leaves<const G: usize>([[u8; 8]; G]);

struct Find<'a> {
    finder: &'a LeafFinder,
    features: &'a [Vec<u8>],
    rows: Range<usize>,
    out: &'a mut [u8],
}

impl Find<'_> {
    #[inline(always)]
    fn all<const G: usize>(self) {
        let starts = self.rows.clone().step_by(8 * G);
        let width = self.finder.width().max(1);
        for (start, out) in starts.zip(self.out.chunks_mut(8 * G * width)) {
            let end = (start + 8 * G).min(self.rows.end);
            self.finder.find_some::<G>(self.features, start..end, out);
        }
    }
}

impl pulp::WithSimd for Find<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        if self.rows.len() <= 8 * FEW {
            self.all::<FEW>();
        } else {
            self.all::<MANY>();
        }
    }
}

/// Turns each square of eight words of eight bytes over its diagonal (Warren, "Hacker's Delight", 2nd
/// edition, section 7-3, on bytes instead of bits).
#[inline(always)]
fn transpose<const N: usize>(words: &mut [[u64; N]; WORD]) {
    for (apart, low) in [
        (4, 0x0000_0000_ffff_ffff_u64),
        (2, 0x0000_ffff_0000_ffff),
        (1, 0x00ff_00ff_00ff_00ff),
    ] {
        for upper in (0..WORD).filter(|i| i & apart == 0) {
            let (above, below) = words.split_at_mut(upper + apart);
            for (a, b) in above[upper].iter_mut().zip(&mut below[0]) {
                (*a, *b) = (
                    *a & low | (*b & low) << (8 * apart),
                    *a >> (8 * apart) & low | *b & !low,
                );
            }
        }
    }
}

impl Run {
    /// All bits if `code` is in it, else none.
    #[inline(always)]
    fn mask(self, code: u8) -> u8 {
        if code.wrapping_sub(self.first) <= self.width {
            255
        } else {
            0
        }
    }
}

/// The leaf that each split of `tree` divides, in the order of growth.
fn numbers(tree: &Tree) -> Vec<u8> {
    let mut numbers = vec![0_u8; tree.splits.len()];
    for (index, split) in tree.splits.iter().enumerate() {
        let own = numbers[index];
        for (child, number) in [(split.left, own), (split.right, index as u8 + 1)] {
            if let Some(slot) = usize::try_from(child).ok().and_then(|child| numbers.get_mut(child)) {
                *slot = number;
            }
        }
    }
    numbers
}

/// Whether the leaves of `tree` are numbered as they are made: the left side of a split keeps the number,
/// the right side takes the next.
pub(crate) fn is_in_order_of_growth(tree: &Tree) -> bool {
    let numbers = numbers(tree);
    tree.splits.iter().enumerate().all(|(index, split)| {
        (split.left >= 0 || !split.left == i32::from(numbers[index]))
            && (split.right >= 0 || !split.right == index as i32 + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_learn::tree::Split;
    use proptest::prelude::*;

    /// A tree grown by splitting leaves named by `picks`, on features and codes as given.
    fn grown(picks: &[(usize, u16, Vec<u8>)]) -> Tree {
        let mut tree = Tree {
            splits: Vec::new(),
            leaves: 1,
        };
        let mut parents: Vec<Option<(usize, bool)>> = vec![None];
        for (pick, feature, codes) in picks {
            let leaf = pick % tree.leaves;
            let at = tree.splits.len();
            if let Some((parent, left)) = parents[leaf] {
                let split = &mut tree.splits[parent];
                *(if left { &mut split.left } else { &mut split.right }) = at as i32;
            }
            let mut left_codes = CodeSet::default();
            for &code in codes {
                left_codes.insert(code);
            }
            tree.splits.push(Split {
                feature: *feature,
                left_codes,
                left: !(leaf as i32),
                right: !(tree.leaves as i32),
            });
            parents[leaf] = Some((at, true));
            parents.push(Some((at, false)));
            tree.leaves += 1;
        }
        tree
    }

    fn split() -> impl Strategy<Value = (usize, u16, Vec<u8>)> {
        let threshold = (0_u8..=255, any::<bool>()).prop_map(|(t, zero)| (u8::from(!zero)..=t).collect());
        let few = proptest::collection::vec(0_u8..20, 0..6);
        let scattered = proptest::collection::vec(any::<u8>(), 0..60);
        (any::<usize>(), 0_u16..3, prop_oneof![threshold, few, scattered])
    }

    proptest! {
        /// Rows taken together come to the same leaves as one row that walks down the tree.
        #[test]
        fn leaves_are_those_of_the_trees(
            trees in proptest::collection::vec(proptest::collection::vec(split(), 0..63), 0..11),
            rows in 1_usize..600,
            seed in any::<u64>(),
        ) {
            let trees: Vec<Tree> = trees.iter().map(|picks| grown(picks)).collect();
            prop_assert!(trees.iter().all(is_in_order_of_growth));
            let mut state = seed | 1;
            let features: Vec<Vec<u8>> = (0..3)
                .map(|_| {
                    (0..rows)
                        .map(|_| {
                            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                            (state >> 56) as u8
                        })
                        .collect()
                })
                .collect();
            let mut out = Vec::new();
            let from = rows / 3;
            let finder = LeafFinder::of(&trees);
            finder.find(&features, from..rows, &mut out);
            prop_assert_eq!(out.len(), (rows - from) * finder.width());
            for row in from..rows {
                let codes: Vec<u8> = features.iter().map(|f| f[row]).collect();
                for (index, tree) in trees.iter().enumerate() {
                    prop_assert_eq!(usize::from(out[(row - from) * finder.width() + index]), tree.leaf(&codes));
                }
            }
        }
    }
}
