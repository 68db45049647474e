//! Gradient-boosted trees for binary and multi-class classification and for regression
//! (Friedman, "Greedy function approximation", 2001; second-order leaves as in Chen and Guestrin,
//! "XGBoost", KDD 2016, equation 5; leaf-wise growth on histograms as in LightGBM).

use crate::matrix::Matrix;
use crate::tree::{GrowSettings, Grower, Grown, Stat, Tree, fixed_point_scale};
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
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
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
}

impl Default for BoostSettings {
    /// 100 trees of 31 leaves with 20 rows each, learning rate 0.1, no early stopping.
    fn default() -> Self {
        Self {
            trees: 100,
            learning_rate: 0.1,
            leaves: 31,
            min_leaf_rows: 20,
            lambda: 0.0,
            early_stopping: None,
        }
    }
}

/// Boosted trees.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Booster {
    task: Task,
    base: Vec<f64>,
    /// Round by round, one tree an output, with its leaf values.
    trees: Vec<(Tree, Vec<f64>)>,
}

impl Booster {
    /// Fits on every row of `matrix`; `target` and `weights` have a value a row, weights not
    /// negative. Fails on lengths that differ, targets outside the task, and no weight at all.
    pub fn fit(
        matrix: &Matrix,
        target: &[f64],
        weights: Option<&[f64]>,
        task: Task,
        settings: &BoostSettings,
        seed: &Seed,
        cx: &Context,
    ) -> Result<Self> {
        check(matrix, target, weights, task)?;
        let outputs = task.outputs();
        let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
        let (train, validation) = match settings.early_stopping {
            Some(stop) => hold_out(matrix.rows(), stop.share, seed),
            None => ((0..matrix.rows() as u32).collect(), Vec::new()),
        };
        let base = base_scores(target, &weight, task);
        let mut margins: Vec<f64> = (0..matrix.rows()).flat_map(|_| base.iter().copied()).collect();
        let grow = GrowSettings {
            leaves: settings.leaves.max(2),
            min_rows: settings.min_leaf_rows.max(1) as i32,
            min_hessian: 1e-3,
            lambda: settings.lambda,
            category_lambda: 10.0,
            category_rows: 10.min(settings.min_leaf_rows.max(1) as i32),
        };
        let mut grower: Grower<'_, 4> = Grower::new(matrix, matrix.features(), grow);
        let mut stats: Vec<Stat<4>> = vec![[0; 4]; matrix.rows()];
        let mut gradients = vec![(0.0_f64, 0.0_f64); matrix.rows()];
        let mut booster = Self {
            task,
            base,
            trees: Vec::new(),
        };
        let mut best = (f64::INFINITY, 0);
        for round in 0..settings.trees {
            cx.check()?;
            let mut updates: Vec<(Grown, Vec<f64>)> = Vec::new();
            for output in 0..outputs {
                for &row in &train {
                    let r = row as usize;
                    let (g, h) = gradient(&margins[r * outputs..(r + 1) * outputs], target[r], output, task);
                    gradients[r] = (g * weight(r), h * weight(r));
                }
                let sums = train.iter().fold((0.0, 0.0), |s, &row| {
                    let (g, h) = gradients[row as usize];
                    (s.0 + g.abs(), s.1 + h)
                });
                let (gs, hs) = (fixed_point_scale(sums.0), fixed_point_scale(sums.1));
                for &row in &train {
                    let (g, h) = gradients[row as usize];
                    stats[row as usize] = [(g * gs).round() as i32, 0, (h * hs).round() as i32, 1];
                }
                let grown = grower.grow(train.clone(), &stats, gs, hs);
                let values: Vec<f64> = (0..grown.tree.leaves)
                    .map(|leaf| {
                        let rows = &grown.rows[grown.starts[leaf]..grown.starts[leaf + 1]];
                        let (g, h) = rows.iter().fold((0.0, 0.0), |s, &row| {
                            let (g, h) = gradients[row as usize];
                            (s.0 + g, s.1 + h)
                        });
                        if h + settings.lambda > 1e-12 {
                            -settings.learning_rate * g / (h + settings.lambda)
                        } else {
                            0.0
                        }
                    })
                    .collect();
                updates.push((grown, values));
            }
            // All outputs of a round look at the margins before it.
            for (output, (Grown { tree, rows, starts }, values)) in updates.into_iter().enumerate() {
                for (leaf, value) in values.iter().enumerate() {
                    for &row in &rows[starts[leaf]..starts[leaf + 1]] {
                        margins[row as usize * outputs + output] += value;
                    }
                }
                for &row in &validation {
                    margins[row as usize * outputs + output] += values[tree.leaf(matrix.row(row as usize))];
                }
                booster.trees.push((tree, values));
            }
            if let Some(stop) = settings.early_stopping
                && !validation.is_empty()
            {
                let loss: f64 = validation
                    .iter()
                    .map(|&row| {
                        let r = row as usize;
                        weight(r) * loss(&margins[r * outputs..(r + 1) * outputs], target[r], task)
                    })
                    .sum();
                if loss < best.0 {
                    best = (loss, round + 1);
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
        let outputs = self.task.outputs();
        let mut out = vec![0.0; matrix.rows() * outputs];
        out.par_chunks_mut(1024 * outputs)
            .enumerate()
            .for_each(|(block, chunk)| {
                for (i, margins) in chunk.chunks_exact_mut(outputs).enumerate() {
                    let codes = matrix.row(block * 1024 + i);
                    margins.copy_from_slice(&self.base);
                    for (index, (tree, values)) in self.trees.iter().enumerate() {
                        margins[index % outputs] += values[tree.leaf(codes)];
                    }
                    match self.task {
                        Task::Binary => margins[0] = sigmoid(margins[0]),
                        Task::Multiclass(_) => softmax(margins),
                        Task::Regression => {}
                    }
                }
            });
        out
    }

    /// Number of trees.
    pub fn trees(&self) -> usize {
        self.trees.len()
    }
}

impl Task {
    /// Margins a row.
    fn outputs(self) -> usize {
        match self {
            Self::Multiclass(classes) => classes,
            Self::Binary | Self::Regression => 1,
        }
    }
}

fn check(matrix: &Matrix, target: &[f64], weights: Option<&[f64]>, task: Task) -> Result<()> {
    if matrix.rows() == 0 {
        return Err(Error::data("there are no rows to learn from"));
    }
    if target.len() != matrix.rows() || weights.is_some_and(|w| w.len() != matrix.rows()) {
        return Err(Error::internal("targets or weights differ in number from the rows"));
    }
    if let Some(weights) = weights
        && (weights.iter().any(|w| !w.is_finite() || *w < 0.0) || weights.iter().sum::<f64>() <= 0.0)
    {
        return Err(Error::data("weights must be finite, not negative, and not all zero"));
    }
    let allowed = |y: f64| match task {
        Task::Binary => y == 0.0 || y == 1.0,
        Task::Multiclass(classes) => y >= 0.0 && y < classes as f64 && y.fract() == 0.0,
        Task::Regression => y.is_finite(),
    };
    if !target.iter().all(|&y| allowed(y)) {
        return Err(Error::internal("a target is outside the task"));
    }
    Ok(())
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

fn base_scores(target: &[f64], weight: &dyn Fn(usize) -> f64, task: Task) -> Vec<f64> {
    let total: f64 = (0..target.len()).map(weight).sum();
    match task {
        Task::Regression => vec![target.iter().enumerate().map(|(i, y)| weight(i) * y).sum::<f64>() / total],
        Task::Binary => {
            let p = target.iter().enumerate().map(|(i, y)| weight(i) * y).sum::<f64>() / total;
            let p = p.clamp(1e-12, 1.0 - 1e-12);
            vec![libm::log(p / (1.0 - p))]
        }
        Task::Multiclass(classes) => {
            let mut mass = vec![0.0; classes];
            for (i, &y) in target.iter().enumerate() {
                mass[y as usize] += weight(i);
            }
            mass.into_iter().map(|m| libm::log((m / total).max(1e-12))).collect()
        }
    }
}

fn gradient(margins: &[f64], target: f64, output: usize, task: Task) -> (f64, f64) {
    match task {
        Task::Regression => (margins[0] - target, 1.0),
        Task::Binary => {
            let p = sigmoid(margins[0]);
            (p - target, (p * (1.0 - p)).max(1e-16))
        }
        Task::Multiclass(classes) => {
            let highest = margins.iter().copied().fold(f64::MIN, f64::max);
            let sum: f64 = margins.iter().map(|m| libm::exp(m - highest)).sum();
            let p = libm::exp(margins[output] - highest) / sum;
            let hit = f64::from(u8::from(target as usize == output));
            // Friedman 2001, algorithm 6: the diagonal of the hessian, times K / (K - 1).
            (
                p - hit,
                (p * (1.0 - p) * classes as f64 / (classes as f64 - 1.0).max(1.0)).max(1e-16),
            )
        }
    }
}

fn loss(margins: &[f64], target: f64, task: Task) -> f64 {
    match task {
        Task::Regression => (margins[0] - target) * (margins[0] - target),
        Task::Binary => {
            let signed = if target == 1.0 { -margins[0] } else { margins[0] };
            signed.max(0.0) + libm::log1p(libm::exp(-signed.abs()))
        }
        Task::Multiclass(_) => {
            let highest = margins.iter().copied().fold(f64::MIN, f64::max);
            let sum: f64 = margins.iter().map(|m| libm::exp(m - highest)).sum();
            highest + libm::log(sum) - margins[target as usize]
        }
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

fn softmax(margins: &mut [f64]) {
    let highest = margins.iter().copied().fold(f64::MIN, f64::max);
    let mut sum = 0.0;
    for m in margins.iter_mut() {
        *m = libm::exp(*m - highest);
        sum += *m;
    }
    for m in margins {
        *m /= sum;
    }
}
