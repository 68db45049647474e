//! Fitting one column of the chain: boosted trees on the columns before it, whose leaves hold a
//! value for every decision of the column's code tree.
//!
//! One tree serves all decisions of a round. Its splits are chosen on a random low-dimensional
//! sketch of the decisions' gradients (Iosipoi and Vakhrushev, "SketchBoost", `NeurIPS` 2022); its
//! leaves are then filled with a Newton step for every decision.

use super::code_tree::CodeTree;
use super::model::{ColumnModel, VectorTree};
use super::paths::{LEVELS, Paths, Stopping};
use plenish_learn::Matrix;
use plenish_learn::math::sigmoid;
use plenish_learn::tree::{GrowSettings, Grower, Grown, Stat, Tree, fixed_point_scale};
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
    /// Share of features each tree may split on, in 256ths.
    pub(crate) features: u16,
    /// Rounds without improvement on the validation part before stopping.
    pub(crate) patience: usize,
    /// Fits that are averaged, each with its own rows that tell when to stop.
    pub(crate) members: usize,
    /// What their average is multiplied by.
    pub(crate) stretch: f32,
}

/// Gradient dimensions of the sketch: the root's decision, and random sums of all others.
const DIMENSIONS: usize = 6;
const LANES: usize = DIMENSIONS + 2;

/// The margin of every decision before any tree: its log odds over all rows.
pub(crate) fn base_margins(tree: &CodeTree, rows: &[f32]) -> Vec<f32> {
    let mut mass = vec![[0.0_f64; 2]; tree.nodes.len()];
    // Children come after their parent, so one backward pass sums the subtrees.
    for node in (0..tree.nodes.len()).rev() {
        for side in 0..2 {
            let child = tree.nodes[node][side];
            mass[node][side] = if child >= 0 {
                mass[child as usize].iter().sum()
            } else {
                f64::from(rows[!child as usize])
            };
        }
    }
    mass.iter()
        .map(|&[zero, one]| {
            let (zero, one) = (zero.max(0.01), one.max(0.01));
            libm::log(one / zero) as f32
        })
        .collect()
}

/// What one column is fitted on.
#[derive(Clone, Copy)]
pub(crate) struct ColumnData<'a> {
    /// The features of all rows, in the order of the chain.
    pub(crate) matrix: &'a Matrix,
    /// How many of them come before the column.
    pub(crate) features: usize,
    /// The column's state in every row.
    pub(crate) states: &'a [u16],
    /// Rows in each state.
    pub(crate) counts: &'a [u32],
    /// Rows expected in each state, less what is chance in the counts.
    pub(crate) expected: &'a [f32],
}

/// Fits a column as the average of several boosted models, each for as long as the rows it does not learn
/// from become more likely. What one of them takes for a pattern by chance, the others do not (bagging,
/// Breiman 1996, with rows left out in turn). Returns the model and the mean log-likelihood of rows left
/// out.
pub(crate) fn fit_column(
    data: ColumnData,
    tree: &CodeTree,
    folds: &[Fold],
    settings: &ColumnSettings,
    seed: &Seed,
    cx: &Context,
) -> Result<(ColumnModel, f64)> {
    let mut members = Vec::with_capacity(settings.members);
    let mut likelihood = 0.0;
    for (member, fold) in folds.iter().take(settings.members).enumerate() {
        let (trees, stopping) = boost(data, tree, fold, settings, &seed.child(member as u64), cx)?;
        likelihood += stopping.total() / fold.held.len().max(1) as f64;
        members.push(trees);
    }
    // What is chance in the training rows' own frequencies stays out of the model.
    let base = base_margins(tree, data.expected);
    let count = members.len().max(1) as f64;
    Ok((
        ColumnModel::average(tree.clone(), base, &members, settings.stretch),
        likelihood / count,
    ))
}

/// The rows that one member learns from, and those that tell it when to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fold {
    pub(crate) train: Vec<u32>,
    pub(crate) held: Vec<u32>,
}

impl Fold {
    /// As many folds as `members`; each holds another stretch of the shuffled rows, a tenth of them or
    /// an even share if that is more of few rows.
    pub(crate) fn all(rows: usize, members: usize, seed: &Seed) -> Vec<Self> {
        let mut order: Vec<u32> = (0..rows as u32).collect();
        seed.derive("validation").stream(0, 0).shuffle(&mut order);
        let size = (rows / 10).max(1);
        (0..members)
            .map(|member| {
                let from = member * rows / members;
                let mut is_held = vec![false; rows];
                for i in from..from + size {
                    is_held[order[i % rows] as usize] = true;
                }
                let (held, train) = (0..rows as u32).partition(|&row| is_held[row as usize]);
                Self { train, held }
            })
            .collect()
    }
}

/// One member: its trees in the order of rounds, and when each level of the code tree was best.
fn boost(
    data: ColumnData,
    tree: &CodeTree,
    Fold {
        train,
        held: validation,
    }: &Fold,
    settings: &ColumnSettings,
    seed: &Seed,
    cx: &Context,
) -> Result<(Vec<VectorTree>, Stopping)> {
    let ColumnData {
        matrix,
        features,
        states,
        counts,
        ..
    } = data;
    // Trees start from what the training rows show, so that none of it is for them to learn.
    let observed: Vec<f32> = counts.iter().map(|&c| c as f32).collect();
    let base = base_margins(tree, &observed);
    let nodes = tree.nodes.len();
    let paths = tree.paths(counts.len());
    let mut trees: Vec<VectorTree> = Vec::new();
    let mut held = Paths::of(validation, states, &paths, &base);
    let mut stopping = Stopping::at_best(held.log_likelihood(), settings.patience);
    if nodes == 0 || features == 0 {
        return Ok((trees, stopping));
    }
    let level = levels(tree);
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
    let mut signs = vec![[0.0_f32; LANES]; nodes];
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
            // The signs of the lanes after the dimensions are zero: whole vectors are summed.
            let mut dims = [0.0_f32; LANES];
            let mut hessian = 0.0;
            let span = rows.span(row);
            for ((&node, &g), &h) in rows.nodes[span.clone()]
                .iter()
                .zip(&gradients[span.clone()])
                .zip(&hessians[span])
            {
                for (dim, sign) in dims.iter_mut().zip(&signs[usize::from(node)]) {
                    *dim += sign * g;
                }
                hessian += h;
            }
            for (sum, value) in gradient_sum.iter_mut().zip(dims) {
                *sum += f64::from(value.abs());
            }
            hessian_sum += f64::from(hessian);
            dims[DIMENSIONS] = hessian;
            *out = dims;
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
        let some = subsample(features, settings.features, &mut stream);
        grower.open(|feature| some.binary_search(&(feature as u32)).is_ok());
        let mut grown = grower.grow(sample.clone(), &stats, gs, hs);
        if grown.tree.leaves < 2 && some.len() < features {
            // The others may still tell something.
            grower.open(|_| true);
            grown = grower.grow(sample, &stats, gs, hs);
        }
        if grown.tree.leaves < 2 {
            break;
        }
        let members = members(&grown, &own);
        let vector = fill_leaves(&grown.tree, &members, &rows, &gradients, &hessians, &mut sums, settings);
        for (leaf, members) in members.iter().enumerate() {
            for &row in members {
                rows.step(row as usize, vector.leaf(leaf, nodes));
            }
        }
        for (row, &number) in validation.iter().enumerate() {
            let leaf = vector.tree.leaf(matrix.row(number as usize));
            held.step(row, vector.leaf(leaf, nodes));
        }
        trees.push(vector);
        stopping.note(held.log_likelihood(), round + 1);
    }
    let rounds = stopping.rounds();
    trees.truncate(rounds.iter().copied().max().unwrap_or(0));
    for (round, tree) in trees.iter_mut().enumerate() {
        for leaf in tree.values.chunks_exact_mut(nodes) {
            for (value, &level) in leaf.iter_mut().zip(&level) {
                if round >= rounds[level] {
                    *value = 0.0;
                }
            }
        }
    }
    Ok((trees, stopping))
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
    signs: &mut [[f32; LANES]],
    level: &[usize],
    open: &[bool; LEVELS],
    stream: &mut plenish_table::Stream,
) {
    let exact = signs.len() <= DIMENSIONS;
    for (node, sign) in signs.iter_mut().enumerate() {
        *sign = [0.0; LANES];
        if !open[level[node]] {
            continue;
        }
        if exact {
            sign[node] = 1.0;
        } else if node == 0 {
            sign[0] = 1.0;
        } else {
            let bits = stream.next_u64();
            for (d, s) in sign[..DIMENSIONS].iter_mut().enumerate().skip(1) {
                *s = if bits >> d & 1 == 1 { 1.0 } else { -1.0 };
            }
        }
    }
}

/// A random `share`, in 256ths, of the numbers below `count`, in rising order.
fn subsample(count: usize, share: u16, stream: &mut plenish_table::Stream) -> Vec<u32> {
    let mut chosen = Vec::with_capacity(count);
    let mut bits = 0;
    for number in 0..count {
        if number % 8 == 0 {
            bits = stream.next_u64();
        }
        if (bits & 255) < u64::from(share) {
            chosen.push(number as u32);
        }
        bits >>= 8;
    }
    chosen
}

/// The rows of every leaf: those the tree was grown on, and those outside the sample.
fn members(grown: &Grown, matrix: &Matrix) -> Vec<Vec<u32>> {
    let mut sampled = vec![false; matrix.rows()];
    let mut members: Vec<Vec<u32>> = grown
        .starts
        .windows(2)
        .map(|w| grown.rows[w[0]..w[1]].to_vec())
        .collect();
    for &row in &grown.rows {
        sampled[row as usize] = true;
    }
    for row in (0..matrix.rows()).filter(|&row| !sampled[row]) {
        members[grown.tree.leaf(matrix.row(row))].push(row as u32);
    }
    members
}

/// A Newton step for every decision seen in a leaf.
fn fill_leaves(
    tree: &Tree,
    members: &[Vec<u32>],
    rows: &Paths,
    gradients: &[f32],
    hessians: &[f32],
    sums: &mut [(f64, f64)],
    settings: &ColumnSettings,
) -> VectorTree {
    let nodes = sums.len();
    let mut values = vec![0.0_f32; tree.leaves * nodes];
    for (leaf, members) in members.iter().enumerate() {
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
