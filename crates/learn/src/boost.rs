//! Gradient-boosted trees for binary and multi-class classification and for regression
//! (Friedman, "Greedy function approximation", 2001; second-order leaves as in Chen and Guestrin,
//! "XGBoost", KDD 2016, equation 5; leaf-wise growth on histograms as in LightGBM).

mod loss;

use crate::check;
use crate::matrix::Matrix;
use crate::tree::{GrowSettings, Grower, Grown, Monotone, Stat, Tree, fixed_point_scale, shares_of_gain};
use loss::{Loss, weighted_quantile};
use plenish_table::{Context, Error, Result, Seed};
use serde::{Deserialize, Serialize};

/// What is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Task {
    /// Targets 0 and 1; predictions are the probability of 1.
    Binary,
    /// Targets 0..classes; predictions are `classes` probabilities a row.
    Multiclass(usize),
    /// Any finite target; predictions on its scale.
    Regression,
}

/// When to stop before the last round.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EarlyStopping {
    /// Share of rows (0 to 0.5) kept aside to judge by.
    pub share: f64,
    /// Stop when the loss there has not improved for this many rounds.
    pub patience: usize,
}

/// How trees are boosted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoostSettings {
    /// Rounds at most; a round is one tree, or one a class.
    pub trees: usize,
    /// Step size, 0 to 1.
    pub learning_rate: f64,
    /// Leaves a tree, at least 2.
    pub leaves: usize,
    /// Rows a leaf at least.
    pub min_leaf_rows: usize,
    /// Added to the hessian of a leaf.
    pub lambda: f64,
    /// If set, stops early and keeps the best round.
    pub early_stopping: Option<EarlyStopping>,
    /// Regression predicts this quantile (between 0 and 1) instead of the mean.
    pub quantile: Option<f64>,
    /// How predictions may move with each feature; features beyond the last entry are free. Not for
    /// several classes, nor for features without order.
    pub monotone: Vec<Monotone>,
}

impl Default for BoostSettings {
    /// 100 trees of 31 leaves with 20 rows each, learning rate 0.1, no early stopping,
    /// nothing monotone.
    fn default() -> Self {
        Self {
            trees: 100,
            learning_rate: 0.1,
            leaves: 31,
            min_leaf_rows: 20,
            lambda: 0.0,
            early_stopping: None,
            quantile: None,
            monotone: Vec::new(),
        }
    }
}

/// Boosted trees.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Booster {
    loss: Loss,
    base: Vec<f64>,
    /// Round by round, one tree an output, with its leaf values and the gains of its splits.
    trees: Vec<Member>,
    features: usize,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Member {
    tree: Tree,
    values: Vec<f64>,
    gains: Vec<f64>,
}

/// Rows predicted together: their codes stay close while every tree passes over them.
const BLOCK: usize = 1024;

impl Booster {
    /// Fits on every row of `matrix`; `target` and `weights` have a value a row, weights not
    /// negative. Fails on lengths that differ, targets outside the task, no weight at all, and
    /// settings out of range.
    pub fn fit(
        matrix: &Matrix,
        target: &[f64],
        weights: Option<&[f64]>,
        task: Task,
        settings: &BoostSettings,
        seed: &Seed,
        cx: &Context,
    ) -> Result<Self> {
        check::rows(matrix.rows(), target, weights, task)?;
        settings.check(matrix, task)?;
        let loss = Loss::new(task, settings.quantile);
        let outputs = task.outputs();
        let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
        let (train, validation) = match settings.early_stopping {
            Some(stop) => hold_out(matrix.rows(), stop.share, seed),
            None => ((0..matrix.rows() as u32).collect(), Vec::new()),
        };
        let base = loss.base(target, &weight);
        let mut margins: Vec<f64> = (0..matrix.rows()).flat_map(|_| base.iter().copied()).collect();
        let grow = GrowSettings {
            leaves: settings.leaves.max(2),
            min_rows: settings.min_leaf_rows.clamp(1, i32::MAX as usize) as i32,
            min_hessian: 1e-3,
            lambda: settings.lambda,
            category_lambda: 10.0,
            category_rows: 10.min(settings.min_leaf_rows.max(1) as i32),
        };
        let mut grower: Grower<'_, 4> = Grower::new(matrix, matrix.features(), grow).monotone(&settings.monotone);
        let mut stats: Vec<Stat<4>> = vec![[0; 4]; matrix.rows()];
        let mut gradients = vec![(0.0_f64, 0.0_f64); matrix.rows() * outputs];
        let mut booster = Self {
            loss,
            base,
            trees: Vec::new(),
            features: matrix.features(),
        };
        let mut best = (f64::INFINITY, 0);
        for round in 0..settings.trees {
            cx.check()?;
            for &row in &train {
                let r = row as usize;
                let part = r * outputs..(r + 1) * outputs;
                loss.gradients(&margins[part.clone()], target[r], weight(r), &mut gradients[part]);
            }
            // All outputs of a round look at the margins before it.
            for output in 0..outputs {
                let of = |row: u32| gradients[row as usize * outputs + output];
                let sums = train.iter().fold((0.0, 0.0), |s, &row| {
                    let (g, h) = of(row);
                    (s.0 + g.abs(), s.1 + h)
                });
                let (gs, hs) = (fixed_point_scale(sums.0), fixed_point_scale(sums.1));
                for &row in &train {
                    let (g, h) = of(row);
                    stats[row as usize] = [(g * gs).round() as i32, 0, (h * hs).round() as i32, 1];
                }
                let grown = grower.grow(train.clone(), &stats, gs, hs);
                let mut values = match loss {
                    Loss::Quantile(level) => {
                        let residual = |row: u32| (target[row as usize] - margins[row as usize], weight(row as usize));
                        quantiles(&grown, level, &residual)
                    }
                    _ => newton(&grown, settings.lambda, &of),
                };
                for value in &mut values {
                    *value *= settings.learning_rate;
                }
                let Grown {
                    tree,
                    rows,
                    starts,
                    gains,
                    ..
                } = grown;
                for (leaf, value) in values.iter().enumerate() {
                    for &row in &rows[starts[leaf]..starts[leaf + 1]] {
                        margins[row as usize * outputs + output] += value;
                    }
                }
                for &row in &validation {
                    margins[row as usize * outputs + output] += values[tree.leaf(matrix.row(row as usize))];
                }
                booster.trees.push(Member { tree, values, gains });
            }
            if let Some(stop) = settings.early_stopping
                && !validation.is_empty()
            {
                let judged: f64 = validation
                    .iter()
                    .map(|&row| {
                        let r = row as usize;
                        weight(r) * loss.of(&margins[r * outputs..(r + 1) * outputs], target[r])
                    })
                    .sum();
                if judged < best.0 {
                    best = (judged, round + 1);
                } else if round + 1 >= best.1 + stop.patience {
                    break;
                }
            }
        }
        if settings.early_stopping.is_some() && !validation.is_empty() {
            booster.trees.truncate(best.1 * outputs);
        }
        Ok(booster)
    }

    /// Predictions for every row: probabilities (of 1 for binary targets, of every class row by row
    /// for several), or values.
    pub fn predict(&self, matrix: &Matrix) -> Vec<f64> {
        use rayon::prelude::*;
        let outputs = self.base.len();
        let mut out = vec![0.0; matrix.rows() * outputs];
        out.par_chunks_mut(BLOCK * outputs)
            .enumerate()
            .for_each(|(block, chunk)| {
                for margins in chunk.chunks_exact_mut(outputs) {
                    margins.copy_from_slice(&self.base);
                }
                for (index, Member { tree, values, .. }) in self.trees.iter().enumerate() {
                    let output = index % outputs;
                    for (i, margins) in chunk.chunks_exact_mut(outputs).enumerate() {
                        margins[output] += values[tree.leaf(matrix.row(block * BLOCK + i))];
                    }
                }
                for margins in chunk.chunks_exact_mut(outputs) {
                    self.loss.predict(margins);
                }
            });
        out
    }

    /// Number of trees.
    pub fn trees(&self) -> usize {
        self.trees.len()
    }

    /// For each feature, how much the splits on it lowered the loss of the rows learned from, as a
    /// share of all; all 0 if there is no split. Features with many codes gain by chance; see
    /// [`crate::permutation_importance`] for importance on other rows.
    pub fn importance(&self) -> Vec<f64> {
        shares_of_gain(self.features, self.trees.iter().map(|m| (&m.tree, m.gains.as_slice())))
    }
}

impl Task {
    /// Predictions a row.
    pub fn outputs(self) -> usize {
        match self {
            Self::Multiclass(classes) => classes,
            Self::Binary | Self::Regression => 1,
        }
    }
}

impl BoostSettings {
    fn check(&self, matrix: &Matrix, task: Task) -> Result<()> {
        let wrong = |message: &str| Err(Error::usage(message));
        if !(self.learning_rate > 0.0 && self.learning_rate <= 1.0) {
            return wrong("the learning rate must be above 0 and at most 1");
        }
        if !self.lambda.is_finite() || self.lambda < 0.0 {
            return wrong("the penalty of leaves must be a number of at least 0");
        }
        if let Some(level) = self.quantile {
            if task != Task::Regression {
                return wrong("a quantile can be predicted of numbers only, not of classes");
            }
            if !(level > 0.0 && level < 1.0) {
                return wrong("the quantile to predict must be between 0 and 1");
            }
        }
        for (feature, _) in self.monotone.iter().enumerate().filter(|(_, m)| **m != Monotone::Free) {
            if matches!(task, Task::Multiclass(_)) {
                return wrong("predictions of several classes cannot be kept monotone");
            }
            match matrix.kinds().get(feature) {
                Some(kind) if kind.ordered => {}
                Some(_) => return wrong("predictions cannot be monotone in categories, which have no order"),
                None => return wrong("there are more monotone constraints than features"),
            }
        }
        Ok(())
    }
}

fn hold_out(rows: usize, share: f64, seed: &Seed) -> (Vec<u32>, Vec<u32>) {
    let mut all: Vec<u32> = (0..rows as u32).collect();
    seed.derive("early stopping").stream(0, 0).shuffle(&mut all);
    let kept = (rows as f64 * share.clamp(0.0, 0.5)).round() as usize;
    let mut validation = all.split_off(rows - kept);
    all.sort_unstable();
    validation.sort_unstable();
    (all, validation)
}

/// The Newton step of each leaf, within its bounds.
fn newton(grown: &Grown, lambda: f64, gradient: &dyn Fn(u32) -> (f64, f64)) -> Vec<f64> {
    (0..grown.tree.leaves)
        .map(|leaf| {
            let rows = &grown.rows[grown.starts[leaf]..grown.starts[leaf + 1]];
            let (g, h) = rows.iter().fold((0.0, 0.0), |s, &row| {
                let (g, h) = gradient(row);
                (s.0 + g, s.1 + h)
            });
            let step = if h + lambda > 1e-12 { -g / (h + lambda) } else { 0.0 };
            step.clamp(grown.bounds[leaf].0, grown.bounds[leaf].1)
        })
        .collect()
}

/// The quantile of what is left in each leaf; where a split keeps an order, bounded by the middle
/// between the quantiles of its two sides, as values are while the tree grows.
fn quantiles(grown: &Grown, level: f64, residual: &dyn Fn(u32) -> (f64, f64)) -> Vec<f64> {
    let quantile = |leaves: &[usize]| {
        let mut values: Vec<(f64, f64)> = leaves
            .iter()
            .flat_map(|&leaf| &grown.rows[grown.starts[leaf]..grown.starts[leaf + 1]])
            .map(|&row| residual(row))
            .collect();
        weighted_quantile(&mut values, level)
    };
    let mut out = vec![0.0; grown.tree.leaves];
    let root = if grown.tree.splits.is_empty() { !0 } else { 0 };
    let mut open = vec![(root, f64::NEG_INFINITY, f64::INFINITY)];
    while let Some((at, low, high)) = open.pop() {
        if at < 0 {
            out[!at as usize] = quantile(&[!at as usize]).clamp(low, high);
            continue;
        }
        let split = &grown.tree.splits[at as usize];
        let middle = || {
            let side = |from: i32| quantile(&leaves_below(&grown.tree, from)).clamp(low, high);
            f64::midpoint(side(split.left), side(split.right))
        };
        let (left, right) = match grown.orders[at as usize] {
            Monotone::Free => ((low, high), (low, high)),
            Monotone::Increasing => {
                let middle = middle();
                ((low, middle), (middle, high))
            }
            Monotone::Decreasing => {
                let middle = middle();
                ((middle, high), (low, middle))
            }
        };
        open.push((split.left, left.0, left.1));
        open.push((split.right, right.0, right.1));
    }
    out
}

fn leaves_below(tree: &Tree, from: i32) -> Vec<usize> {
    let mut leaves = Vec::new();
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        if at < 0 {
            leaves.push(!at as usize);
        } else {
            let split = &tree.splits[at as usize];
            open.extend([split.left, split.right]);
        }
    }
    leaves
}
