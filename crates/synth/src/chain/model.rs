//! A fitted column of the chain, and drawing from it for a block of rows at once.

use super::code_tree::CodeTree;
use plenish_learn::math::sigmoid;
use plenish_learn::tree::Tree;
use serde::{Deserialize, Serialize};

/// A tree whose leaves hold a value for every decision of a code tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

/// The conditional distribution of a column's states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ColumnModel {
    pub(crate) codes: CodeTree,
    /// The margin of every decision before any tree.
    base: Vec<f32>,
    pub(crate) trees: Vec<VectorTree>,
}

impl ColumnModel {
    pub(crate) fn new(codes: CodeTree, base: Vec<f32>) -> Self {
        Self {
            codes,
            base,
            trees: Vec::new(),
        }
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
        // The sampler numbers leaves with 16 bits.
        let leaves: usize = self.trees.iter().map(|t| t.tree.leaves).sum();
        nodes + 1 == states.max(1)
            && u16::try_from(leaves).is_ok()
            && self.base.len() == nodes
            && self.base.iter().all(|v| v.is_finite())
            && self
                .codes
                .nodes
                .iter()
                .enumerate()
                .all(|(i, c)| c.iter().all(|&c| child_fits(i, c, nodes, states)))
            && self.trees.iter().all(|t| {
                let splits = t.tree.splits.len();
                t.tree.leaves == splits + 1
                    && t.tree.leaves <= super::MOST_LEAVES
                    && t.values.len() == t.tree.leaves * nodes
                    && t.values.iter().all(|v| v.is_finite())
                    && t.tree.splits.iter().enumerate().all(|(i, s)| {
                        usize::from(s.feature) < features.len()
                            && child_fits(i, s.left, splits, t.tree.leaves)
                            && child_fits(i, s.right, splits, t.tree.leaves)
                    })
            })
    }

    /// A form laid out for drawing.
    pub(crate) fn sampler(&self, features: &[plenish_learn::FeatureKind]) -> Sampler {
        let nodes = self.codes.nodes.len();
        let mut starts = Vec::with_capacity(self.trees.len() + 1);
        let mut width = 0_u32;
        for tree in &self.trees {
            starts.push(width);
            width += tree.tree.leaves as u32;
        }
        let mut values = vec![0.0_f32; nodes * width as usize];
        for (tree, &start) in self.trees.iter().zip(&starts) {
            for leaf in 0..tree.tree.leaves {
                for (node, &value) in tree.leaf(leaf, nodes).iter().enumerate() {
                    values[node * width as usize + start as usize + leaf] = value;
                }
            }
        }
        let masks = self.trees.iter().map(|t| LeafMasks::of(&t.tree, features)).collect();
        Sampler {
            codes: self.codes.clone(),
            base: self.base.clone(),
            masks,
            starts,
            width: width as usize,
            values,
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
    features: Vec<(u16, Vec<u64>)>,
}

impl LeafMasks {
    fn of(tree: &Tree, kinds: &[plenish_learn::FeatureKind]) -> Self {
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
        let mut features: Vec<(u16, Vec<u64>)> = Vec::new();
        for (split, [left, right]) in tree.splits.iter().zip(below) {
            let at = if let Some(at) = features.iter().position(|f| f.0 == split.feature) {
                at
            } else {
                features.push((
                    split.feature,
                    vec![all; usize::from(kinds[usize::from(split.feature)].codes)],
                ));
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
    codes: CodeTree,
    base: Vec<f32>,
    masks: Vec<LeafMasks>,
    /// Where each tree's leaves begin in a decision's values.
    starts: Vec<u32>,
    width: usize,
    /// Decision by decision, tree by tree, leaf by leaf.
    values: Vec<f32>,
}

impl Sampler {
    /// For every row of a block and every tree, the position of the row's leaf among a decision's
    /// values; `features` holds one vector of codes a feature.
    fn leaves(&self, features: &[Vec<u8>], rows: usize) -> Vec<u16> {
        let trees = self.masks.len();
        let mut out = vec![0_u16; rows * trees];
        let mut open = vec![0_u64; rows];
        for (index, tree) in self.masks.iter().enumerate() {
            open.fill(tree.all);
            for (feature, masks) in &tree.features {
                for (mask, &code) in open.iter_mut().zip(&features[usize::from(*feature)]) {
                    *mask &= masks.get(usize::from(code)).copied().unwrap_or(u64::MAX);
                }
            }
            let start = self.starts[index];
            for (row, mask) in open.iter().enumerate() {
                out[row * trees + index] = (start + mask.trailing_zeros().min(63)) as u16;
            }
        }
        out
    }

    fn margin(&self, node: usize, leaves: &[u16]) -> f32 {
        let values = &self.values[node * self.width..(node + 1) * self.width];
        let mut margin = self.base[node];
        for &leaf in leaves {
            margin += values[usize::from(leaf)];
        }
        margin
    }

    /// Draws a state for every row; `uniforms` in [0, 1) decide.
    pub(crate) fn draw(&self, features: &[Vec<u8>], uniforms: &mut [f64]) -> Vec<u16> {
        let rows = uniforms.len();
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
                let p = f64::from(sigmoid(self.margin(node, &leaves[r * trees..(r + 1) * trees])));
                let u = uniforms[r];
                // What is left of a uniform after a decision is a uniform again.
                if u < p {
                    uniforms[r] = u / p;
                    spare[moved] = row;
                    moved += 1;
                } else {
                    uniforms[r] = ((u - p) / (1.0 - p)).min(1.0 - f64::EPSILON);
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

    /// The probabilities of all states for one row.
    pub(crate) fn distribution(&self, features: &[Vec<u8>], states: usize) -> Vec<f64> {
        let leaves = self.leaves(features, 1);
        let mut out = vec![0.0; states];
        if self.codes.nodes.is_empty() {
            out.fill(1.0);
            return out;
        }
        let mut mass = vec![0.0; self.codes.nodes.len()];
        mass[0] = 1.0;
        for (node, children) in self.codes.nodes.iter().enumerate() {
            let p = f64::from(sigmoid(self.margin(node, &leaves)));
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
