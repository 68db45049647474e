//! Growing one regression tree on one-byte codes, leaf by leaf, for gradients of one or several
//! dimensions.
//!
//! Gradients are fixed-point integers, so that histograms add up to the same bits in any order, on
//! any number of threads. Every split is a set of codes that go left, for ordered features, for
//! categories and for missing values alike.

use crate::matrix::{FeatureKind, Matrix};
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

/// How a tree is grown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GrowSettings {
    /// At most this many leaves.
    pub leaves: usize,
    /// Each leaf holds at least this many rows.
    pub min_rows: i32,
    /// Each leaf holds at least this much hessian.
    pub min_hessian: f64,
    /// Added to the hessian of a leaf.
    pub lambda: f64,
    /// Added to the hessian when categories are sorted and split, against chance in rare ones.
    pub category_lambda: f64,
    /// Categories with fewer rows than this in a leaf stay together on the right.
    pub category_rows: i32,
}

/// What a row contributes to a histogram: `D` fixed-point gradients, then the fixed-point hessian,
/// then 1; `L = D + 2`, or more with unused lanes before the last two.
pub type Stat<const L: usize> = [i32; L];

/// The factor that turns values into fixed-point numbers such that no sum of them can overflow;
/// `sum` is the sum of their absolute values.
pub fn fixed_point_scale(sum: f64) -> f64 {
    let scale = f64::from(1 << 30) / sum.max(1e-12);
    // A power of two loses nothing when undone.
    libm::exp2(libm::floor(libm::log2(scale.min(1e12))))
}

struct Leaf<const L: usize> {
    start: usize,
    end: usize,
    total: Stat<L>,
    histogram: Vec<Stat<L>>,
    best: Option<Best<L>>,
}

#[derive(Clone)]
struct Best<const L: usize> {
    gain: f64,
    feature: usize,
    left_codes: CodeSet,
    left: Stat<L>,
}

/// A grown tree and the rows in each leaf.
#[derive(Debug)]
pub struct Grown {
    /// The tree.
    pub tree: Tree,
    /// The rows it was grown on, leaf by leaf.
    pub rows: Vec<u32>,
    /// Leaf `i` holds `rows[starts[i]..starts[i + 1]]`.
    pub starts: Vec<usize>,
}

/// Grows trees on one matrix; keeps its buffers between trees.
pub struct Grower<'a, const L: usize> {
    matrix: &'a Matrix,
    features: usize,
    offsets: Vec<usize>,
    pool: Vec<Vec<Stat<L>>>,
    settings: GrowSettings,
    /// Whether trees may split on each feature.
    open: Vec<bool>,
}

/// Below this many rows a histogram is not worth a second thread.
const PARALLEL_ROWS: usize = 32_768;

impl<'a, const L: usize> Grower<'a, L> {
    /// A grower on the first `features` features of `matrix`.
    pub fn new(matrix: &'a Matrix, features: usize, settings: GrowSettings) -> Self {
        let mut offsets = Vec::with_capacity(features + 1);
        let mut next = 0;
        for kind in &matrix.kinds()[..features] {
            offsets.push(next);
            next += usize::from(kind.codes);
        }
        offsets.push(next);
        Self {
            matrix,
            features,
            offsets,
            pool: Vec::new(),
            settings,
            open: vec![true; features],
        }
    }

    /// Lets the trees that follow split on the features for which `open` says so, and no others.
    pub fn open(&mut self, open: impl Fn(usize) -> bool) {
        for (feature, slot) in self.open.iter_mut().enumerate() {
            *slot = open(feature);
        }
    }

    /// Grows a tree on `rows`; `stats` has an entry for every row of the matrix, with values times
    /// `gradient_scale` and `hessian_scale`.
    pub fn grow(&mut self, mut rows: Vec<u32>, stats: &[Stat<L>], gradient_scale: f64, hessian_scale: f64) -> Grown {
        let scales = (1.0 / (gradient_scale * gradient_scale), 1.0 / hessian_scale);
        let mut tree = Tree {
            splits: Vec::new(),
            leaves: 1,
        };
        let mut leaves: Vec<Leaf<L>> = Vec::with_capacity(self.settings.leaves);
        // Which split points at a leaf, and from which side.
        let mut parents: Vec<Option<(usize, bool)>> = vec![None];
        let mut total = [0; L];
        for &row in &rows {
            add(&mut total, &stats[row as usize]);
        }
        let mut histogram = self.buffer();
        self.fill(&mut histogram, &rows, stats);
        let mut root = Leaf {
            start: 0,
            end: rows.len(),
            total,
            histogram,
            best: None,
        };
        root.best = self.best_split(&root, scales);
        leaves.push(root);
        let mut spare = vec![0_u32; rows.len()];
        while leaves.len() < self.settings.leaves {
            let mut chosen: Option<(usize, f64)> = None;
            for (index, leaf) in leaves.iter().enumerate() {
                if let Some(best) = &leaf.best
                    && chosen.is_none_or(|(_, gain)| best.gain > gain)
                {
                    chosen = Some((index, best.gain));
                }
            }
            let Some((index, _)) = chosen else { break };
            let Some(best) = leaves[index].best.take() else { break };
            let (start, end) = (leaves[index].start, leaves[index].end);
            let middle = partition(
                &mut rows[start..end],
                &mut spare,
                self.matrix,
                best.feature,
                &best.left_codes,
            ) + start;
            let mut right_total = leaves[index].total;
            subtract(&mut right_total, &best.left);
            // The smaller side is counted, the larger is what remains.
            let mut counted = self.buffer();
            let left_is_smaller = middle - start <= end - middle;
            if left_is_smaller {
                self.fill(&mut counted, &rows[start..middle], stats);
            } else {
                self.fill(&mut counted, &rows[middle..end], stats);
            }
            let mut remaining = std::mem::take(&mut leaves[index].histogram);
            for (a, b) in remaining.iter_mut().zip(&counted) {
                subtract(a, b);
            }
            let (left_histogram, right_histogram) = if left_is_smaller {
                (counted, remaining)
            } else {
                (remaining, counted)
            };
            let split = tree.splits.len();
            if let Some((parent, is_left)) = parents[index] {
                if is_left {
                    tree.splits[parent].left = split as i32;
                } else {
                    tree.splits[parent].right = split as i32;
                }
            }
            let new = leaves.len();
            tree.splits.push(Split {
                feature: best.feature as u16,
                left_codes: best.left_codes,
                left: !(index as i32),
                right: !(new as i32),
            });
            parents[index] = Some((split, true));
            parents.push(Some((split, false)));
            let mut left = Leaf {
                start,
                end: middle,
                total: best.left,
                histogram: left_histogram,
                best: None,
            };
            let mut right = Leaf {
                start: middle,
                end,
                total: right_total,
                histogram: right_histogram,
                best: None,
            };
            if leaves.len() + 1 < self.settings.leaves {
                left.best = self.best_split(&left, scales);
                right.best = self.best_split(&right, scales);
            }
            leaves[index] = left;
            leaves.push(right);
        }
        tree.leaves = leaves.len();
        // Leaves are numbered by creation; their rows are laid out in that order.
        let mut ordered = Vec::with_capacity(rows.len());
        let mut starts = Vec::with_capacity(leaves.len() + 1);
        for leaf in &mut leaves {
            starts.push(ordered.len());
            ordered.extend_from_slice(&rows[leaf.start..leaf.end]);
            self.pool.push(std::mem::take(&mut leaf.histogram));
        }
        starts.push(ordered.len());
        Grown {
            tree,
            rows: ordered,
            starts,
        }
    }

    fn buffer(&mut self) -> Vec<Stat<L>> {
        let size = self.offsets[self.features];
        match self.pool.pop() {
            Some(mut buffer) => {
                buffer.clear();
                buffer.resize(size, [0; L]);
                buffer
            }
            None => vec![[0; L]; size],
        }
    }

    fn fill(&self, histogram: &mut [Stat<L>], rows: &[u32], stats: &[Stat<L>]) {
        if rows.len() >= PARALLEL_ROWS {
            let (a, b) = rows.split_at(rows.len() / 2);
            let mut other = vec![[0; L]; histogram.len()];
            rayon::join(|| self.fill(histogram, a, stats), || self.fill(&mut other, b, stats));
            for (mine, theirs) in histogram.iter_mut().zip(&other) {
                add(mine, theirs);
            }
            return;
        }
        let offsets = &self.offsets[..self.features];
        for &row in rows {
            let stat = &stats[row as usize];
            let codes = &self.matrix.row(row as usize)[..self.features];
            for (&code, &offset) in codes.iter().zip(offsets) {
                add(&mut histogram[offset + usize::from(code)], stat);
            }
        }
    }

    fn best_split(&self, leaf: &Leaf<L>, scales: (f64, f64)) -> Option<Best<L>> {
        if leaf.total[L - 1] < 2 * self.settings.min_rows {
            return None;
        }
        let mut best: Option<Best<L>> = None;
        let parent = score(&leaf.total, scales, self.settings.lambda);
        let mut order = Vec::new();
        for feature in (0..self.features).filter(|&f| self.open[f]) {
            let kind = self.matrix.kinds()[feature];
            let cells = &leaf.histogram[self.offsets[feature]..self.offsets[feature + 1]];
            if kind.ordered {
                self.scan_ordered(feature, cells, leaf, parent, scales, &mut best);
            } else {
                self.scan_categories(feature, kind, cells, leaf, parent, scales, &mut order, &mut best);
            }
        }
        best
    }

    fn scan_ordered(
        &self,
        feature: usize,
        cells: &[Stat<L>],
        leaf: &Leaf<L>,
        parent: f64,
        scales: (f64, f64),
        best: &mut Option<Best<L>>,
    ) {
        let missing = cells[0];
        let some_missing = missing[L - 1] > 0;
        let mut left = [0; L];
        for (code, cell) in cells.iter().enumerate().skip(1) {
            if cell[L - 1] == 0 {
                continue;
            }
            add(&mut left, cell);
            // Missing values go right, then left; the last code alone splits them off.
            if let Some(gain) = self.gain(&left, &leaf.total, parent, scales, self.settings.lambda)
                && best.as_ref().is_none_or(|b| gain > b.gain)
            {
                *best = Some(Best {
                    gain,
                    feature,
                    left_codes: up_to(code, false),
                    left,
                });
            }
            if some_missing {
                let mut with = left;
                add(&mut with, &missing);
                if let Some(gain) = self.gain(&with, &leaf.total, parent, scales, self.settings.lambda)
                    && best.as_ref().is_none_or(|b| gain > b.gain)
                {
                    *best = Some(Best {
                        gain,
                        feature,
                        left_codes: up_to(code, true),
                        left: with,
                    });
                }
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one scan shares all of its caller's state")]
    fn scan_categories(
        &self,
        feature: usize,
        kind: FeatureKind,
        cells: &[Stat<L>],
        leaf: &Leaf<L>,
        parent: f64,
        scales: (f64, f64),
        order: &mut Vec<(f64, u8)>,
        best: &mut Option<Best<L>>,
    ) {
        let common: Vec<u8> = (0..kind.codes)
            .map(|c| c as u8)
            .filter(|&c| cells[usize::from(c)][L - 1] >= self.settings.category_rows.max(1))
            .collect();
        if common.is_empty() {
            return;
        }
        // Categories are put in the order of their mean gradient (Fisher 1958), in the dimension
        // that separates them most.
        let lambda = self.settings.category_lambda;
        let weight = |cell: &Stat<L>| f64::from(cell[L - 2]) * scales.1 + lambda;
        let dimension = (0..L - 2)
            .map(|d| {
                let spread: f64 = common
                    .iter()
                    .map(|&c| {
                        let cell = &cells[usize::from(c)];
                        f64::from(cell[d]) * f64::from(cell[d]) / weight(cell)
                    })
                    .sum();
                (
                    d,
                    spread - f64::from(leaf.total[d]) * f64::from(leaf.total[d]) / weight(&leaf.total),
                )
            })
            .fold((0, f64::MIN), |a, b| if b.1 > a.1 { b } else { a })
            .0;
        order.clear();
        order.extend(common.iter().map(|&c| {
            let cell = &cells[usize::from(c)];
            (f64::from(cell[dimension]) / weight(cell), c)
        }));
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for backwards in [false, true] {
            let mut left = [0; L];
            let mut codes = CodeSet::default();
            let half = order.len().div_ceil(2);
            for step in 0..half {
                let code = order[if backwards { order.len() - 1 - step } else { step }].1;
                add(&mut left, &cells[usize::from(code)]);
                codes.insert(code);
                if let Some(gain) = self.gain(&left, &leaf.total, parent, scales, self.settings.lambda + lambda)
                    && best.as_ref().is_none_or(|b| gain > b.gain)
                {
                    *best = Some(Best {
                        gain,
                        feature,
                        left_codes: codes,
                        left,
                    });
                }
            }
        }
    }

    fn gain(&self, left: &Stat<L>, total: &Stat<L>, parent: f64, scales: (f64, f64), lambda: f64) -> Option<f64> {
        let (rows, all) = (left[L - 1], total[L - 1]);
        if rows < self.settings.min_rows || all - rows < self.settings.min_rows {
            return None;
        }
        let mut right = *total;
        subtract(&mut right, left);
        let (hl, hr) = (f64::from(left[L - 2]) * scales.1, f64::from(right[L - 2]) * scales.1);
        if hl < self.settings.min_hessian || hr < self.settings.min_hessian {
            return None;
        }
        let gain = score(left, scales, lambda) + score(&right, scales, lambda) - parent;
        (gain > 1e-9).then_some(gain)
    }
}

#[inline]
fn score<const L: usize>(stat: &Stat<L>, scales: (f64, f64), lambda: f64) -> f64 {
    let mut squares = 0.0;
    for &gradient in &stat[..L - 2] {
        squares += f64::from(gradient) * f64::from(gradient);
    }
    squares * scales.0 / (f64::from(stat[L - 2]) * scales.1 + lambda + 1e-12)
}

#[inline]
fn add<const L: usize>(a: &mut Stat<L>, b: &Stat<L>) {
    for (x, y) in a.iter_mut().zip(b) {
        *x = x.wrapping_add(*y);
    }
}

#[inline]
fn subtract<const L: usize>(a: &mut Stat<L>, b: &Stat<L>) {
    for (x, y) in a.iter_mut().zip(b) {
        *x = x.wrapping_sub(*y);
    }
}

fn up_to(code: usize, missing: bool) -> CodeSet {
    let mut set = CodeSet::default();
    for c in 1..=code {
        set.insert(c as u8);
    }
    if missing {
        set.insert(0);
    }
    set
}

/// Puts the rows whose code is in `left` first, keeping order on both sides; returns their number.
fn partition(rows: &mut [u32], spare: &mut [u32], matrix: &Matrix, feature: usize, left: &CodeSet) -> usize {
    let (mut kept, mut moved) = (0, 0);
    let (width, codes) = (matrix.features(), matrix.codes());
    // Both places are written and one of them counts: no branch to guess wrong.
    for i in 0..rows.len() {
        let row = rows[i];
        let is_left = usize::from(left.contains(codes[row as usize * width + feature]));
        rows[kept] = row;
        spare[moved] = row;
        kept += is_left;
        moved += 1 - is_left;
    }
    rows[kept..].copy_from_slice(&spare[..moved]);
    kept
}

#[cfg(test)]
mod tests;
