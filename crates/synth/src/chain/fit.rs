//! Fitting one column of the chain: boosted trees on the columns before it, whose leaves hold a
//! value for every decision of the column's code tree.
//!
//! One tree serves all decisions of a round. Its splits are chosen on a random low-dimensional
//! sketch of the decisions' gradients (Iosipoi and Vakhrushev, "SketchBoost", `NeurIPS` 2022); its
//! leaves are then filled with a Newton step for every decision.

use super::code_tree::CodeTree;
use super::model::{ColumnModel, VectorTree};
use plenish_learn::Matrix;
use plenish_learn::math::sigmoid;
use plenish_learn::tree::{GrowSettings, Grower, Stat, fixed_point_scale};
use plenish_table::{Context, Result, Seed};

/// How one column is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ColumnSettings {
    pub(crate) rounds: usize,
    pub(crate) learning_rate: f32,
    pub(crate) leaves: usize,
    pub(crate) min_rows: i32,
    /// Added to the hessian of every decision in a leaf: decisions with few rows stay put.
    pub(crate) lambda: f32,
    /// Share of rows each tree is grown on, in 256ths.
    pub(crate) subsample: u16,
    /// Rounds without improvement on the validation part before stopping.
    pub(crate) patience: usize,
}

/// Gradient dimensions of the sketch: the root's decision, and random sums of all others.
const DIMENSIONS: usize = 6;
const LANES: usize = DIMENSIONS + 2;

/// Levels of the code tree that stop by themselves.
const LEVELS: usize = 16;

/// The rows' decisions laid out flat: row `i` has entries `starts[i]..starts[i + 1]`.
struct Paths {
    starts: Vec<u32>,
    nodes: Vec<u16>,
    /// 1 where the second child was taken.
    bits: Vec<f32>,
    margins: Vec<f32>,
}

impl Paths {
    fn of(rows: &[u32], states: &[u16], paths: &[Vec<(u16, bool)>], base: &[f32]) -> Self {
        let total: usize = rows.iter().map(|&r| paths[usize::from(states[r as usize])].len()).sum();
        let mut out = Self {
            starts: Vec::with_capacity(rows.len() + 1),
            nodes: Vec::with_capacity(total),
            bits: Vec::with_capacity(total),
            margins: Vec::with_capacity(total),
        };
        out.starts.push(0);
        for &row in rows {
            for &(node, bit) in &paths[usize::from(states[row as usize])] {
                out.nodes.push(node);
                out.bits.push(f32::from(u8::from(bit)));
                out.margins.push(base[usize::from(node)]);
            }
            out.starts.push(out.nodes.len() as u32);
        }
        out
    }

    fn span(&self, row: usize) -> std::ops::Range<usize> {
        self.starts[row] as usize..self.starts[row + 1] as usize
    }

    fn step(&mut self, row: usize, values: &[f32]) {
        for i in self.span(row) {
            self.margins[i] += values[usize::from(self.nodes[i])];
        }
    }

    /// For every level of the code tree, the sum over rows of the log-probability of the decision
    /// taken there; what lies deeper than [`LEVELS`] counts to the last.
    fn log_likelihood(&self) -> [f64; LEVELS] {
        let mut sums = [0.0; LEVELS];
        let mut products = [1.0_f64; LEVELS];
        for row in 0..self.starts.len() - 1 {
            for (depth, i) in self.span(row).enumerate() {
                let level = depth.min(LEVELS - 1);
                let p = sigmoid(if self.bits[i] > 0.5 {
                    self.margins[i]
                } else {
                    -self.margins[i]
                });
                products[level] *= f64::from(p).max(1e-30);
                // One logarithm serves many factors.
                if products[level] < 1e-200 {
                    sums[level] += libm::log(products[level]);
                    products[level] = 1.0;
                }
            }
        }
        for (sum, product) in sums.iter_mut().zip(products) {
            *sum += libm::log(product);
        }
        sums
    }
}

/// When each level of the code tree had its best round. Decisions share trees but not values, so
/// the likelihood is a sum over levels and each level can stop by itself: coarse decisions go on
/// learning when fine ones would only learn noise.
struct Stopping {
    best: [(f64, usize); LEVELS],
    patience: usize,
}

impl Stopping {
    fn new(likelihood: [f64; LEVELS], patience: usize) -> Self {
        Self {
            best: likelihood.map(|l| (l, 0)),
            patience,
        }
    }

    /// Takes note of the likelihoods after `round` rounds.
    fn note(&mut self, likelihood: [f64; LEVELS], round: usize) {
        for (best, now) in self.best.iter_mut().zip(likelihood) {
            if now > best.0 {
                *best = (now, round);
            }
        }
    }

    /// Whether a level is still learning after `round` rounds.
    fn is_open(&self, level: usize, round: usize) -> bool {
        round < self.best[level].1 + self.patience
    }

    fn total(&self) -> f64 {
        self.best.iter().map(|b| b.0).sum()
    }
}

/// The margin of every decision before any tree: its log odds over all rows.
pub(crate) fn base_margins(tree: &CodeTree, counts: &[u32]) -> Vec<f32> {
    let mut mass = vec![[0_u64; 2]; tree.nodes.len()];
    // Children come after their parent, so one backward pass sums the subtrees.
    for node in (0..tree.nodes.len()).rev() {
        for side in 0..2 {
            let child = tree.nodes[node][side];
            mass[node][side] = if child >= 0 {
                mass[child as usize].iter().sum()
            } else {
                u64::from(counts[!child as usize])
            };
        }
    }
    mass.iter()
        .map(|&[zero, one]| {
            let (zero, one) = ((zero as f64).max(0.01), (one as f64).max(0.01));
            libm::log(one / zero) as f32
        })
        .collect()
}

/// Fits a column: `states` of all rows, `features` of `matrix` before it; `train` and `validation`
/// are row numbers. Returns the model and the mean log-likelihood of the validation rows.
#[expect(clippy::too_many_arguments, reason = "the parts of one fit")]
pub(crate) fn fit_column(
    matrix: &Matrix,
    features: usize,
    states: &[u16],
    counts: &[u32],
    tree: CodeTree,
    train: &[u32],
    validation: &[u32],
    settings: &ColumnSettings,
    seed: &Seed,
    cx: &Context,
) -> Result<(ColumnModel, f64)> {
    let base = base_margins(&tree, counts);
    let nodes = tree.nodes.len();
    let paths = tree.paths(counts.len());
    let mut model = ColumnModel::new(tree, base.clone());
    let mut held = Paths::of(validation, states, &paths, &base);
    let mut stopping = Stopping::new(held.log_likelihood(), settings.patience);
    if nodes == 0 || features == 0 {
        return Ok((model, stopping.total() / validation.len().max(1) as f64));
    }
    let level = levels(&model.codes);
    let deepest = level.iter().copied().max().unwrap_or(0);
    let mut rows = Paths::of(train, states, &paths, &base);
    let grow = GrowSettings {
        leaves: settings.leaves,
        min_rows: settings.min_rows,
        min_hessian: 0.0,
        lambda: 1.0,
        category_lambda: 5.0,
        category_rows: 3,
    };
    // The matrix of the training rows, so that row numbers are positions in `rows`.
    let own = matrix.take(train);
    let mut grower: Grower<'_, LANES> = Grower::new(&own, features, grow);
    let mut stats: Vec<Stat<LANES>> = vec![[0; LANES]; train.len()];
    let mut sketch = vec![[0.0_f32; LANES]; train.len()];
    let mut gradients = vec![0.0_f32; rows.nodes.len()];
    let mut hessians = vec![0.0_f32; rows.nodes.len()];
    let mut signs = vec![[0.0_f32; DIMENSIONS]; nodes];
    let mut sums = vec![(0.0_f64, 0.0_f64); nodes];
    for round in 0..settings.rounds {
        cx.check()?;
        let open: [bool; LEVELS] = std::array::from_fn(|l| l <= deepest && stopping.is_open(l, round));
        if !open.contains(&true) {
            break;
        }
        let mut stream = seed.stream(round as u64, 0);
        choose_signs(&mut signs, &level, &open, &mut stream);
        for ((g, h), (&margin, &bit)) in gradients
            .iter_mut()
            .zip(&mut hessians)
            .zip(rows.margins.iter().zip(&rows.bits))
        {
            let p = sigmoid(margin);
            *g = p - bit;
            *h = p * (1.0 - p);
        }
        let (mut gradient_sum, mut hessian_sum) = ([0.0_f64; DIMENSIONS], 0.0_f64);
        for (row, out) in sketch.iter_mut().enumerate() {
            let mut dims = [0.0_f32; DIMENSIONS];
            let mut hessian = 0.0;
            for i in rows.span(row) {
                let sign = &signs[usize::from(rows.nodes[i])];
                for d in 0..DIMENSIONS {
                    dims[d] += sign[d] * gradients[i];
                }
                hessian += hessians[i];
            }
            out[..DIMENSIONS].copy_from_slice(&dims);
            out[DIMENSIONS] = hessian;
            for (sum, value) in gradient_sum.iter_mut().zip(dims) {
                *sum += f64::from(value.abs());
            }
            hessian_sum += f64::from(hessian);
        }
        let gs = fixed_point_scale(gradient_sum.iter().copied().fold(0.0, f64::max));
        let hs = fixed_point_scale(hessian_sum);
        let (gs32, hs32) = (gs as f32, hs as f32);
        for (stat, row) in stats.iter_mut().zip(&sketch) {
            for d in 0..DIMENSIONS {
                stat[d] = (row[d] * gs32) as i32;
            }
            stat[DIMENSIONS] = (row[DIMENSIONS] * hs32) as i32;
            stat[DIMENSIONS + 1] = 1;
        }
        let sample = subsample(train.len(), settings.subsample, &mut stream);
        let grown = grower.grow(sample, &stats, gs, hs);
        if grown.tree.leaves < 2 {
            break;
        }
        let leaf_of: Vec<u8> = (0..train.len())
            .map(|row| grown.tree.leaf(own.row(row)) as u8)
            .collect();
        let vector = fill_leaves(&grown.tree, &leaf_of, &rows, &gradients, &hessians, &mut sums, settings);
        for (row, &leaf) in leaf_of.iter().enumerate() {
            rows.step(row, vector.leaf(leaf as usize, nodes));
        }
        for (row, &number) in validation.iter().enumerate() {
            let leaf = vector.tree.leaf(matrix.row(number as usize));
            held.step(row, vector.leaf(leaf, nodes));
        }
        model.trees.push(vector);
        stopping.note(held.log_likelihood(), round + 1);
    }
    model
        .trees
        .truncate(stopping.best.iter().map(|b| b.1).max().unwrap_or(0));
    for (round, tree) in model.trees.iter_mut().enumerate() {
        for leaf in tree.values.chunks_exact_mut(nodes) {
            for (value, &level) in leaf.iter_mut().zip(&level) {
                if round >= stopping.best[level].1 {
                    *value = 0.0;
                }
            }
        }
    }
    Ok((model, stopping.total() / validation.len().max(1) as f64))
}

/// The level of every decision, the root's being 0, at most `LEVELS - 1`.
fn levels(tree: &CodeTree) -> Vec<usize> {
    let mut levels = vec![0; tree.nodes.len()];
    for node in 0..tree.nodes.len() {
        for &child in tree.nodes[node].iter().filter(|c| **c >= 0) {
            levels[child as usize] = (levels[node] + 1).min(LEVELS - 1);
        }
    }
    levels
}

/// Random signs for every decision in every dimension but the first, which is the root's alone.
/// With few decisions each has a dimension of its own and nothing is random.
fn choose_signs(
    signs: &mut [[f32; DIMENSIONS]],
    level: &[usize],
    open: &[bool; LEVELS],
    stream: &mut plenish_table::Stream,
) {
    let exact = signs.len() <= DIMENSIONS;
    for (node, sign) in signs.iter_mut().enumerate() {
        *sign = [0.0; DIMENSIONS];
        if !open[level[node]] {
            continue;
        }
        if exact {
            sign[node] = 1.0;
        } else if node == 0 {
            sign[0] = 1.0;
        } else {
            let bits = stream.next_u64();
            for (d, s) in sign.iter_mut().enumerate().skip(1) {
                *s = if bits >> d & 1 == 1 { 1.0 } else { -1.0 };
            }
        }
    }
}

fn subsample(rows: usize, share: u16, stream: &mut plenish_table::Stream) -> Vec<u32> {
    let mut chosen = Vec::with_capacity(rows);
    let mut bits = 0;
    for row in 0..rows {
        if row % 8 == 0 {
            bits = stream.next_u64();
        }
        if (bits & 255) < u64::from(share) {
            chosen.push(row as u32);
        }
        bits >>= 8;
    }
    chosen
}

/// A Newton step for every decision seen in a leaf.
fn fill_leaves(
    tree: &plenish_learn::tree::Tree,
    leaf_of: &[u8],
    rows: &Paths,
    gradients: &[f32],
    hessians: &[f32],
    sums: &mut [(f64, f64)],
    settings: &ColumnSettings,
) -> VectorTree {
    let nodes = sums.len();
    let mut by_leaf: Vec<Vec<u32>> = vec![Vec::new(); tree.leaves];
    for (row, &leaf) in leaf_of.iter().enumerate() {
        by_leaf[usize::from(leaf)].push(row as u32);
    }
    let mut values = vec![0.0_f32; tree.leaves * nodes];
    for (leaf, members) in by_leaf.iter().enumerate() {
        sums.fill((0.0, 0.0));
        for &row in members {
            for i in rows.span(row as usize) {
                let sum = &mut sums[usize::from(rows.nodes[i])];
                sum.0 += f64::from(gradients[i]);
                sum.1 += f64::from(hessians[i]);
            }
        }
        for (value, &(g, h)) in values[leaf * nodes..(leaf + 1) * nodes].iter_mut().zip(sums.iter()) {
            *value = -settings.learning_rate * (g / (h + f64::from(settings.lambda))) as f32;
        }
    }
    VectorTree {
        tree: tree.clone(),
        values,
    }
}
