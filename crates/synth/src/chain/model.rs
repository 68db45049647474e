//! A fitted column of the chain, and drawing from it for a block of rows at once.

use super::code_tree::CodeTree;
use super::leaf_finder::{LeafFinder, is_in_order_of_growth};
use plenish_learn::math::sigmoid;
use plenish_learn::tree::Tree;
use serde::{Deserialize, Serialize};
use std::ops::Range;

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

/// Leaf values are whole numbers of steps, this many of which make a decision's largest value: steps of
/// trees are added up by the hundred, so that three digits of each are enough, and sums of whole numbers
/// are the same in any order.
const LARGEST: f32 = 2_047.0;

/// Rows drawn together: their leaves stay in the second cache.
const TOGETHER: usize = 1_024;

/// The conditional distribution of a column's states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ColumnModel {
    pub(crate) codes: CodeTree,
    /// The margin of every decision before any tree.
    base: Vec<f32>,
    pub(crate) trees: Vec<Tree>,
    /// For every decision, how many of the trees say anything of it: all after those are silent.
    used: Vec<u32>,
    /// For every decision, what a step of its values is worth.
    steps: Vec<f32>,
    /// Decision by decision, tree by tree as far as they are used, leaf by leaf.
    values: Vec<i16>,
}

impl ColumnModel {
    /// The average of several fits, each a list of trees in the order of rounds, times `stretch`.
    pub(crate) fn average(codes: CodeTree, base: Vec<f32>, members: &[Vec<VectorTree>], stretch: f32) -> Self {
        let nodes = codes.nodes.len();
        let share = stretch / members.len().max(1) as f32;
        // Round by round: decisions that stop early then need only the first trees.
        let rounds = members.iter().map(Vec::len).max().unwrap_or(0);
        let trees: Vec<&VectorTree> = (0..rounds)
            .flat_map(|round| members.iter().filter_map(move |trees| trees.get(round)))
            .collect();
        let (mut used, mut steps, mut values) = (Vec::with_capacity(nodes), Vec::with_capacity(nodes), Vec::new());
        for node in 0..nodes {
            let of = |tree: &VectorTree| {
                tree.values
                    .iter()
                    .skip(node)
                    .step_by(nodes)
                    .copied()
                    .collect::<Vec<f32>>()
            };
            let count = trees
                .iter()
                .rposition(|tree| of(tree).iter().any(|&v| v != 0.0))
                .map_or(0, |last| last + 1);
            used.push(count as u32);
            let largest = trees[..count]
                .iter()
                .flat_map(|tree| of(tree))
                .fold(0.0, |m: f32, v| m.max(v.abs()));
            let step = largest / LARGEST;
            steps.push(step * share);
            let whole = |value: f32| if step > 0.0 { (value / step).round() as i16 } else { 0 };
            for tree in &trees[..count] {
                values.extend(of(tree).into_iter().map(whole));
            }
        }
        Self {
            codes,
            base,
            trees: trees.into_iter().map(|t| t.tree.clone()).collect(),
            used,
            steps,
            values,
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
            && self.base.len() == nodes
            && self.base.iter().all(|v| v.is_finite())
            && self.used.len() == nodes
            && values == Some(self.values.len())
            && self.steps.len() == nodes
            && self.steps.iter().all(|step| step.is_finite())
            // Sums of values stay within 32 bits.
            && self.trees.len() <= 1 << 16
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
                    && is_in_order_of_growth(tree)
                    && tree.splits.iter().enumerate().all(|(i, s)| {
                        usize::from(s.feature) < features.len()
                            && child_fits(i, s.left, splits, tree.leaves)
                            && child_fits(i, s.right, splits, tree.leaves)
                    })
            })
    }

    /// A form laid out for drawing.
    pub(crate) fn sampler(&self) -> Sampler {
        let leaves = self.trees.iter().map(|tree| tree.leaves).max().unwrap_or(1);
        let stride = leaves.next_power_of_two().max(LEAST_STRIDE);
        let mut offsets = Vec::with_capacity(self.used.len());
        let mut values = Vec::new();
        let mut compact = &self.values[..];
        for &used in &self.used {
            offsets.push((values.len(), used as usize));
            for tree in &self.trees[..used as usize] {
                let (own, others) = compact.split_at(tree.leaves);
                compact = others;
                values.extend_from_slice(own);
                values.resize(values.len() + stride - tree.leaves, 0);
            }
        }
        Sampler {
            codes: self.codes.clone(),
            base: self.base.clone(),
            finder: LeafFinder::of(&self.trees),
            stride,
            offsets,
            steps: self.steps.clone(),
            values,
        }
    }
}

/// The least power of two of places that a tree has for its leaves.
const LEAST_STRIDE: usize = 8;

/// A column's model laid out for drawing blocks of rows.
#[derive(Debug)]
pub(crate) struct Sampler {
    pub(crate) codes: CodeTree,
    base: Vec<f32>,
    finder: LeafFinder,
    /// How many places every tree has for the values of its leaves.
    stride: usize,
    /// Where each decision's values begin, and how many trees they are of.
    offsets: Vec<(usize, usize)>,
    steps: Vec<f32>,
    /// Decision by decision, tree by tree, leaf by leaf.
    values: Vec<i16>,
}

impl Sampler {
    /// The leaf of each of `rows` in every tree, row by row; `features` holds one vector of codes a feature.
    pub(crate) fn leaves(&self, features: &[Vec<u8>], rows: usize) -> Vec<u8> {
        let mut out = Vec::new();
        self.finder.find(features, 0..rows, &mut out);
        out
    }

    /// How many places a row has for its leaves.
    pub(crate) fn width(&self) -> usize {
        self.finder.width()
    }

    /// The log odds of a decision's right side for a row with these leaves.
    pub(crate) fn margin(&self, node: usize, leaves: &[u8]) -> f32 {
        let mut margin = [0.0];
        self.margins(node, std::iter::once(0), leaves, &mut margin);
        margin[0]
    }

    /// The log odds for rows whose leaves begin at `starts`.
    fn margins(&self, node: usize, starts: impl Iterator<Item = usize>, leaves: &[u8], out: &mut [f32]) {
        match self.stride {
            8 => self.margins_of::<8>(node, starts, leaves, out),
            16 => self.margins_of::<16>(node, starts, leaves, out),
            32 => self.margins_of::<32>(node, starts, leaves, out),
            _ => self.margins_of::<64>(node, starts, leaves, out),
        }
    }

    /// As [`Sampler::margins`], where trees have `S` places each.
    fn margins_of<const S: usize>(
        &self,
        node: usize,
        starts: impl Iterator<Item = usize>,
        leaves: &[u8],
        out: &mut [f32],
    ) {
        let (offset, used) = self.offsets[node];
        let (trees, _) = self.values[offset..offset + used * S].as_chunks::<S>();
        let (base, step) = (self.base[node], self.steps[node]);
        for (out, start) in out.iter_mut().zip(starts) {
            let sum: i32 = trees
                .iter()
                .zip(&leaves[start..start + used])
                .map(|(tree, &leaf)| i32::from(tree[usize::from(leaf) & (S - 1)]))
                .sum();
            *out = base + sum as f32 * step;
        }
    }

    /// A state for each of `rows` rows; `turn` says of a decision, the rows that are at it and their margins
    /// which rows go to the right.
    pub(crate) fn descend(
        &self,
        features: &[Vec<u8>],
        rows: usize,
        mut turn: impl FnMut(usize, &[u32], &mut [f32], &mut [bool]),
    ) -> Vec<u16> {
        let mut states = vec![0_u16; rows];
        if self.codes.nodes.is_empty() {
            return states;
        }
        let mut leaves = Vec::new();
        let mut walk = Walk::default();
        for start in (0..rows).step_by(TOGETHER) {
            let end = (start + TOGETHER).min(rows);
            self.finder.find(features, start..end, &mut leaves);
            walk.rows(self, &leaves, start..end, &mut states, &mut turn);
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

/// Room for taking rows down a code tree.
#[derive(Debug, Default)]
struct Walk {
    order: Vec<u32>,
    spare: Vec<u32>,
    margins: Vec<f32>,
    right: Vec<bool>,
    stack: Vec<(usize, usize, usize)>,
}

impl Walk {
    /// Takes each of `rows`, whose leaves are given, to its state.
    fn rows(
        &mut self,
        sampler: &Sampler,
        leaves: &[u8],
        rows: Range<usize>,
        states: &mut [u16],
        turn: &mut impl FnMut(usize, &[u32], &mut [f32], &mut [bool]),
    ) {
        let (first, count, width) = (rows.start, rows.len(), sampler.width());
        let Self {
            order,
            spare,
            margins,
            right,
            stack,
        } = self;
        order.clear();
        order.extend(rows.map(|row| row as u32));
        spare.resize(count, 0);
        margins.resize(count, 0.0);
        right.resize(count, false);
        // Rows at the same decision go on together: its values stay in the nearest cache.
        stack.push((0, 0, count));
        while let Some((node, start, end)) = stack.pop() {
            let here = &mut order[start..end];
            let (margins, right) = (&mut margins[..here.len()], &mut right[..here.len()]);
            sampler.margins(
                node,
                here.iter().map(|&row| (row as usize - first) * width),
                leaves,
                margins,
            );
            turn(node, here, margins, right);
            let (mut kept, mut moved) = (0, 0);
            // Both places are written and one of them counts: no branch to guess wrong.
            for i in 0..here.len() {
                let (row, right) = (here[i], usize::from(right[i]));
                here[kept] = row;
                spare[moved] = row;
                kept += 1 - right;
                moved += right;
            }
            here[kept..].copy_from_slice(&spare[..moved]);
            let middle = start + kept;
            for (side, (from, to)) in [(start, middle), (middle, end)].into_iter().enumerate() {
                if from == to {
                    continue;
                }
                match sampler.codes.nodes[node][side] {
                    child if child >= 0 => stack.push((child as usize, from, to)),
                    state => {
                        for &row in &order[from..to] {
                            states[row as usize] = !state as u16;
                        }
                    }
                }
            }
        }
    }
}
