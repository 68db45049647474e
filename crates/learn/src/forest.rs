//! Random forests for classification and regression (Breiman, "Random forests", 2001): trees grown to
//! the end on bootstrap samples, each split the best of a few features drawn for it. Probabilities are
//! the mean of the leaves' shares (Malley et al., "Probability machines", 2012).
//!
//! A tree is grown by one thread from a stream of its own, so no bit depends on their number.

mod grow;

use crate::boost::Task;
use crate::check;
use crate::matrix::Matrix;
use crate::tree::{Tree, shares_of_gain};
use grow::{Nursery, Sample};
use plenish_table::{Context, Error, Result, Seed};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// How a forest is grown.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ForestSettings {
    /// Number of trees, at least 1.
    pub trees: usize,
    /// Rows a leaf at least; a row drawn twice is one.
    pub min_leaf_rows: usize,
    /// Features looked at for a split, those that are constant in the node not counted; if not set,
    /// the square root of their number for classes and a third of it for numbers.
    pub features_per_split: Option<usize>,
    /// Whether each tree learns from as many rows drawn with replacement, or from all of them.
    pub bootstrap: bool,
}

impl Default for ForestSettings {
    /// 100 trees of bootstrap samples with 3 rows a leaf.
    fn default() -> Self {
        Self {
            trees: 100,
            min_leaf_rows: 3,
            features_per_split: None,
            bootstrap: true,
        }
    }
}

/// A grown forest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Forest {
    outputs: usize,
    features: usize,
    members: Vec<Member>,
}

/// One tree; `values` has `outputs` predictions a leaf, `gains` one a split.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Member {
    tree: Tree,
    values: Vec<f64>,
    gains: Vec<f64>,
}

/// The rows a tree was grown on, a bit each.
type Bag = Vec<u64>;

/// Rows predicted together.
const BLOCK: usize = 1024;

impl Forest {
    /// Grows a forest on every row of `matrix` whose weight is not 0; `target` and `weights` have a
    /// value a row, weights not negative. A bootstrap sample draws rows evenly and keeps their
    /// weights. Fails on lengths that differ, targets outside the task, and no weight at all.
    pub fn fit(
        matrix: &Matrix,
        target: &[f64],
        weights: Option<&[f64]>,
        task: Task,
        settings: &ForestSettings,
        seed: &Seed,
        cx: &Context,
    ) -> Result<Self> {
        Ok(Self::grow(matrix, target, weights, task, settings, seed, cx)?.0)
    }

    /// Like [`Forest::fit`], with predictions of the rows learned from by the trees that did not see
    /// them, in the form of [`Forest::predict`]; NaN where every tree did.
    pub fn fit_out_of_bag(
        matrix: &Matrix,
        target: &[f64],
        weights: Option<&[f64]>,
        task: Task,
        settings: &ForestSettings,
        seed: &Seed,
        cx: &Context,
    ) -> Result<(Self, Vec<f64>)> {
        let (forest, bags) = Self::grow(matrix, target, weights, task, settings, seed, cx)?;
        let unseen = |row: usize, tree: usize| bags[tree][row / 64] >> (row % 64) & 1 == 0;
        let (mean, _) = forest.moments(matrix, &unseen);
        Ok((forest, mean))
    }

    fn grow(
        matrix: &Matrix,
        target: &[f64],
        weights: Option<&[f64]>,
        task: Task,
        settings: &ForestSettings,
        seed: &Seed,
        cx: &Context,
    ) -> Result<(Self, Vec<Bag>)> {
        check::rows(matrix.rows(), target, weights, task)?;
        if settings.trees == 0 || settings.features_per_split == Some(0) {
            return Err(Error::usage(
                "a forest needs at least one tree, and a feature to look at for a split",
            ));
        }
        let nursery = Nursery::new(matrix, target, task, settings);
        // Relative to the largest, so that single precision holds them.
        let largest = weights.map_or(1.0, |w| w.iter().copied().fold(0.0, f64::max));
        let weight = |row: usize| weights.map_or(1.0, |w| w[row] / largest);
        let rows: Vec<u32> = (0..matrix.rows() as u32)
            .filter(|&row| weight(row as usize) > 0.0)
            .collect();
        let grown: Vec<(Member, Bag)> = (0..settings.trees)
            .into_par_iter()
            .with_max_len(1)
            .map(|number| {
                cx.check()?;
                let seed = seed.child(number as u64);
                let mut counts = vec![0_u32; matrix.rows()];
                if settings.bootstrap {
                    let mut stream = seed.derive("bootstrap").stream(0, 0);
                    for _ in 0..rows.len() {
                        counts[rows[stream.below(rows.len() as u64) as usize] as usize] += 1;
                    }
                } else {
                    for &row in &rows {
                        counts[row as usize] = 1;
                    }
                }
                let mut bag = vec![0_u64; matrix.rows().div_ceil(64)];
                let mut samples = Vec::new();
                for (row, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                    bag[row / 64] |= 1 << (row % 64);
                    samples.push(Sample {
                        row: row as u32,
                        weight: ((f64::from(count) * weight(row)) as f32).max(f32::MIN_POSITIVE),
                        value: nursery.value(row),
                    });
                }
                let (tree, values, gains) = nursery.grow(samples, &mut seed.derive("features").stream(0, 0));
                Ok((Member { tree, values, gains }, bag))
            })
            .collect::<Result<_>>()?;
        let (members, bags) = grown.into_iter().unzip();
        let forest = Self {
            outputs: task.outputs(),
            features: matrix.features(),
            members,
        };
        Ok((forest, bags))
    }

    /// Predictions for every row: probabilities (of 1 for binary targets, of every class row by row
    /// for several), or values.
    pub fn predict(&self, matrix: &Matrix) -> Vec<f64> {
        let outputs = self.outputs;
        let mut mean = vec![0.0; matrix.rows() * outputs];
        let share = 1.0 / self.members.len() as f64;
        mean.par_chunks_mut(BLOCK * outputs)
            .enumerate()
            .for_each(|(block, means)| {
                for member in &self.members {
                    for (i, means) in means.chunks_exact_mut(outputs).enumerate() {
                        let leaf = member.tree.leaf(matrix.row(block * BLOCK + i));
                        let values = &member.values[leaf * outputs..][..outputs];
                        for (mean, value) in means.iter_mut().zip(values) {
                            *mean += share * value;
                        }
                    }
                }
            });
        mean
    }

    /// Predictions as [`Forest::predict`] makes them, and how much the trees disagree on each: the
    /// variance of their predictions (divided by their number less one; 0 for a single tree). Large
    /// where rows are unlike those learned from, or contradictory.
    pub fn predict_with_variance(&self, matrix: &Matrix) -> (Vec<f64>, Vec<f64>) {
        self.moments(matrix, &|_, _| true)
    }

    /// Mean and variance over the trees for which `counts` (row, tree) holds.
    fn moments(&self, matrix: &Matrix, counts: &(dyn Fn(usize, usize) -> bool + Sync)) -> (Vec<f64>, Vec<f64>) {
        let outputs = self.outputs;
        let mut mean = vec![0.0; matrix.rows() * outputs];
        let mut variance = vec![0.0; matrix.rows() * outputs];
        mean.par_chunks_mut(BLOCK * outputs)
            .zip(variance.par_chunks_mut(BLOCK * outputs))
            .enumerate()
            .for_each(|(block, (means, squares))| {
                let mut seen = vec![0.0_f64; means.len() / outputs];
                for (number, member) in self.members.iter().enumerate() {
                    for (i, seen) in seen.iter_mut().enumerate() {
                        let row = block * BLOCK + i;
                        if !counts(row, number) {
                            continue;
                        }
                        *seen += 1.0;
                        let leaf = member.tree.leaf(matrix.row(row));
                        for output in 0..outputs {
                            // Welford's update: no large sums to cancel.
                            let value = member.values[leaf * outputs + output];
                            let at = i * outputs + output;
                            let gap = value - means[at];
                            means[at] += gap / *seen;
                            squares[at] += gap * (value - means[at]);
                        }
                    }
                }
                for (i, &seen) in seen.iter().enumerate() {
                    for at in i * outputs..(i + 1) * outputs {
                        if seen == 0.0 {
                            means[at] = f64::NAN;
                        }
                        squares[at] = (squares[at] / (seen - 1.0).max(1.0)).max(0.0);
                    }
                }
            });
        (mean, variance)
    }

    /// Number of trees.
    pub fn trees(&self) -> usize {
        self.members.len()
    }

    /// For each feature, how much the splits on it lowered the impurity (Gini, or variance) of the
    /// rows learned from, as a share of all; all 0 if there is no split.
    pub fn importance(&self) -> Vec<f64> {
        shares_of_gain(
            self.features,
            self.members.iter().map(|m| (&m.tree, m.gains.as_slice())),
        )
    }
}
