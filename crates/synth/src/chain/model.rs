//! A fitted column of the chain, and drawing from it for a block of rows at once.

use super::code_tree::CodeTree;
use plenish_learn::math::sigmoid;
use plenish_learn::tree::Tree;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A tree whose leaves hold a value for every decision of a code tree: how trees are learned.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VectorTree {
    pub(crate) tree: Tree,
    /// Leaf by leaf, one value a decision.
    pub(crate) values: Vec<f32>,
}

impl VectorTree {
    /// The values of a leaf.
    pub(crate) fn leaf(&self, leaf: usize, nodes: usize) -> &[f32] {
        &self.values[leaf * nodes..(leaf + 1) * nodes]
    }
}

/// A leaf's value: the upper half of a single-precision number (bfloat16), little-endian. Steps of trees
/// are added up by the hundred; three digits of each are enough.
type Half = [u8; 2];

fn half(value: f32) -> Half {
    let bits = value.to_bits();
    // To the nearest, ties to even.
    let rounded = bits.wrapping_add(0x7fff + (bits >> 16 & 1));
    ((rounded >> 16) as u16).to_le_bytes()
}

#[inline]
fn single(half: Half) -> f32 {
    f32::from_bits(u32::from(u16::from_le_bytes(half)) << 16)
}

/// The conditional distribution of a column's states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ColumnModel {
    pub(crate) codes: CodeTree,
    /// The margin of every decision before any tree.
    base: Vec<f32>,
    pub(crate) trees: Vec<Tree>,
    /// For every decision, how many of the trees say anything of it: all after those are silent.
    used: Vec<u32>,
    /// Decision by decision, tree by tree as far as they are used, leaf by leaf.
    values: Arc<Vec<Half>>,
}

impl ColumnModel {
    /// The average of several fits, each a list of trees in the order of rounds.
    pub(crate) fn average(codes: CodeTree, base: Vec<f32>, members: &[Vec<VectorTree>]) -> Self {
        let nodes = codes.nodes.len();
        let share = 1.0 / members.len().max(1) as f32;
        // Round by round: decisions that stop early then need only the first trees.
        let rounds = members.iter().map(Vec::len).max().unwrap_or(0);
        let trees: Vec<&VectorTree> = (0..rounds)
            .flat_map(|round| members.iter().filter_map(move |trees| trees.get(round)))
            .collect();
        let (mut used, mut values) = (Vec::with_capacity(nodes), Vec::new());
        for node in 0..nodes {
            let speaks = |tree: &&VectorTree| tree.values.iter().skip(node).step_by(nodes).any(|&v| v != 0.0);
            let count = trees.iter().rposition(speaks).map_or(0, |last| last + 1);
            used.push(count as u32);
            for tree in &trees[..count] {
                values.extend((0..tree.tree.leaves).map(|leaf| half(tree.leaf(leaf, nodes)[node] * share)));
            }
        }
        Self {
            codes,
            base,
            trees: trees.into_iter().map(|t| t.tree.clone()).collect(),
            used,
            values: Arc::new(values),
        }
    }

    /// Where each tree's leaves begin among a decision's values, and where the last one's end.
    fn starts(&self) -> Vec<u32> {
        let mut starts = vec![0];
        let mut next = 0;
        for tree in &self.trees {
            next += tree.leaves as u32;
            starts.push(next);
        }
        starts
    }

    /// Whether sizes and references fit together, so that drawing cannot go out of bounds: for
    /// models read from files.
    pub(crate) fn is_sound(&self, states: usize, features: &[plenish_learn::FeatureKind]) -> bool {
        let nodes = self.codes.nodes.len();
        let child_fits = |node: usize, child: i32, below: usize, leaves: usize| {
            if child >= 0 {
                (child as usize) < below && child as usize > node
            } else {
                (!child as usize) < leaves
            }
        };
        let starts = self.starts();
        let width = |used: u32| starts.get(used as usize).map(|&w| w as usize);
        let values: Option<usize> = self.used.iter().map(|&used| width(used)).sum();
        nodes + 1 == states.max(1)
            // The sampler numbers leaves with 16 bits.
            && starts.last().is_none_or(|&leaves| leaves <= 1 << 16)
            && self.base.len() == nodes
            && self.base.iter().all(|v| v.is_finite())
            && self.used.len() == nodes
            && values == Some(self.values.len())
            && self.values.iter().all(|&v| single(v).is_finite())
            && self
                .codes
                .nodes
                .iter()
                .enumerate()
                .all(|(i, c)| c.iter().all(|&c| child_fits(i, c, nodes, states)))
            && self.trees.iter().all(|tree| {
                let splits = tree.splits.len();
                tree.leaves == splits + 1
                    && tree.leaves <= super::MOST_LEAVES
                    && tree.splits.iter().enumerate().all(|(i, s)| {
                        usize::from(s.feature) < features.len()
                            && child_fits(i, s.left, splits, tree.leaves)
                            && child_fits(i, s.right, splits, tree.leaves)
                    })
            })
    }

    /// A form laid out for drawing.
    pub(crate) fn sampler(&self) -> Sampler {
        let starts = self.starts();
        let mut offsets = Vec::with_capacity(self.used.len());
        let mut next = 0;
        for &used in &self.used {
            offsets.push((next, used as usize));
            next += starts[used as usize] as usize;
        }
        Sampler {
            codes: self.codes.clone(),
            base: self.base.clone(),
            masks: self.trees.iter().map(LeafMasks::of).collect(),
            starts,
            offsets,
            values: Arc::clone(&self.values),
        }
    }
}

/// For every feature a tree uses, which leaves each of its codes leaves open. The leaf of a row is
/// the one bit that all its codes leave open: at the split where a leaf's path parts from the row's,
/// that leaf is closed, and the row's own leaf never is. (The idea of QuickScorer, Lucchese et
/// al., SIGIR 2015, on codes of one byte.)
#[derive(Debug)]
struct LeafMasks {
    all: u64,
    features: Vec<(u16, Box<[u64; 256]>)>,
}

impl LeafMasks {
    fn of(tree: &Tree) -> Self {
        let all = if tree.leaves >= 64 {
            u64::MAX
        } else {
            (1 << tree.leaves) - 1
        };
        // Leaves below each split, children after parents.
        let mut below = vec![[0_u64; 2]; tree.splits.len()];
        for (index, split) in tree.splits.iter().enumerate().rev() {
            let leaves = |child: i32, below: &[[u64; 2]]| {
                if child >= 0 {
                    below[child as usize][0] | below[child as usize][1]
                } else {
                    1 << !child
                }
            };
            below[index] = [leaves(split.left, &below), leaves(split.right, &below)];
        }
        let mut features: Vec<(u16, Box<[u64; 256]>)> = Vec::new();
        for (split, [left, right]) in tree.splits.iter().zip(below) {
            let at = if let Some(at) = features.iter().position(|f| f.0 == split.feature) {
                at
            } else {
                // A place for every code there can be: no draw has to look whether there is one.
                features.push((split.feature, Box::new([all; 256])));
                features.len() - 1
            };
            for (code, mask) in features[at].1.iter_mut().enumerate() {
                *mask &= if split.left_codes.contains(code as u8) {
                    !right
                } else {
                    !left
                };
            }
        }
        Self { all, features }
    }
}

/// A column's model laid out for drawing blocks of rows.
#[derive(Debug)]
pub(crate) struct Sampler {
    pub(crate) codes: CodeTree,
    base: Vec<f32>,
    masks: Vec<LeafMasks>,
    /// Where each tree's leaves begin in a decision's values.
    starts: Vec<u32>,
    /// Where each decision's values begin, and how many trees they are of.
    offsets: Vec<(usize, usize)>,
    /// Decision by decision, tree by tree, leaf by leaf.
    values: Arc<Vec<Half>>,
}

impl Sampler {
    /// For every row of a block and every tree, the position of the row's leaf among a decision's
    /// values; `features` holds one vector of codes a feature.
    pub(crate) fn leaves(&self, features: &[Vec<u8>], rows: usize) -> Vec<u16> {
        let trees = self.masks.len();
        let mut out = vec![0_u16; rows * trees];
        let mut open = vec![0_u64; rows];
        for (index, tree) in self.masks.iter().enumerate() {
            open.fill(tree.all);
            for (feature, masks) in &tree.features {
                for (mask, &code) in open.iter_mut().zip(&features[usize::from(*feature)]) {
                    *mask &= masks[usize::from(code)];
                }
            }
            let start = self.starts[index];
            for (row, mask) in open.iter().enumerate() {
                out[row * trees + index] = (start + mask.trailing_zeros().min(63)) as u16;
            }
        }
        out
    }

    /// How many trees there are: leaves of a row, one after the other.
    pub(crate) fn trees(&self) -> usize {
        self.masks.len()
    }

    /// The log odds of a decision's right side for a row with these leaves.
    pub(crate) fn margin(&self, node: usize, leaves: &[u16]) -> f32 {
        let (offset, used) = self.offsets[node];
        let values = &self.values[offset..];
        let mut margin = self.base[node];
        for &leaf in leaves.iter().take(used) {
            margin += single(values[usize::from(leaf)]);
        }
        margin
    }

    /// A state for each of `rows` rows; `turn` says of a row, a decision and its margin whether the row
    /// goes to the right.
    pub(crate) fn descend(
        &self,
        features: &[Vec<u8>],
        rows: usize,
        mut turn: impl FnMut(usize, usize, f32) -> bool,
    ) -> Vec<u16> {
        let mut states = vec![0_u16; rows];
        if self.codes.nodes.is_empty() {
            return states;
        }
        let trees = self.masks.len();
        let leaves = self.leaves(features, rows);
        // Rows at the same decision are walked together: its values stay in the nearest cache.
        let mut order: Vec<u32> = (0..rows as u32).collect();
        let mut spare = vec![0_u32; rows];
        let mut stack = vec![(0_usize, 0_usize, rows)];
        while let Some((node, start, end)) = stack.pop() {
            let (mut kept, mut moved) = (start, 0);
            for i in start..end {
                let row = order[i];
                let r = row as usize;
                if turn(r, node, self.margin(node, &leaves[r * trees..(r + 1) * trees])) {
                    spare[moved] = row;
                    moved += 1;
                } else {
                    order[kept] = row;
                    kept += 1;
                }
            }
            order[kept..end].copy_from_slice(&spare[..moved]);
            for (side, (from, to)) in [(start, kept), (kept, end)].into_iter().enumerate() {
                if from == to {
                    continue;
                }
                match self.codes.nodes[node][side] {
                    child if child >= 0 => stack.push((child as usize, from, to)),
                    state => {
                        for &row in &order[from..to] {
                            states[row as usize] = !state as u16;
                        }
                    }
                }
            }
        }
        states
    }

    /// The probabilities of all states for one row; margins are multiplied by `slope`.
    pub(crate) fn distribution(&self, features: &[Vec<u8>], states: usize, slope: f32) -> Vec<f64> {
        let leaves = self.leaves(features, 1);
        let mut out = vec![0.0; states];
        if self.codes.nodes.is_empty() {
            out.fill(1.0);
            return out;
        }
        let mut mass = vec![0.0; self.codes.nodes.len()];
        mass[0] = 1.0;
        for (node, children) in self.codes.nodes.iter().enumerate() {
            let p = f64::from(sigmoid(self.margin(node, &leaves) * slope));
            for (child, share) in children.iter().zip([1.0 - p, p]) {
                if *child >= 0 {
                    mass[*child as usize] = mass[node] * share;
                } else {
                    out[!child as usize] = mass[node] * share;
                }
            }
        }
        out
    }
}
