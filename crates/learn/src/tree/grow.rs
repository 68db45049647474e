//! Growing a tree: leaves, their histograms, and which of them is split next.

use super::{CodeSet, Monotone, Split, Tree};
use crate::matrix::Matrix;

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

pub(super) struct Leaf<const L: usize> {
    start: usize,
    end: usize,
    pub(super) total: Stat<L>,
    pub(super) histogram: Vec<Stat<L>>,
    /// Between what its value must lie.
    pub(super) bounds: (f64, f64),
    best: Option<Best<L>>,
}

#[derive(Clone)]
pub(super) struct Best<const L: usize> {
    pub(super) gain: f64,
    pub(super) feature: usize,
    pub(super) left_codes: CodeSet,
    pub(super) left: Stat<L>,
    /// Which side must not be above the other.
    pub(super) order: Monotone,
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
    /// How much each split lowers the loss, twice.
    pub gains: Vec<f64>,
    /// For each split, whether the left side must not be above the right (increasing) or below it.
    pub orders: Vec<Monotone>,
    /// For each leaf, between what its value (minus gradient over hessian) must lie; infinite where
    /// nothing is monotone.
    pub bounds: Vec<(f64, f64)>,
}

/// Grows trees on one matrix; keeps its buffers between trees.
pub struct Grower<'a, const L: usize> {
    pub(super) matrix: &'a Matrix,
    pub(super) features: usize,
    pub(super) offsets: Vec<usize>,
    pool: Vec<Vec<Stat<L>>>,
    pub(super) settings: GrowSettings,
    /// One a feature, or none at all.
    pub(super) monotone: Vec<Monotone>,
    /// Whether trees may split on each feature.
    pub(super) open: Vec<bool>,
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
            monotone: Vec::new(),
            open: vec![true; features],
        }
    }

    /// Lets the trees that follow split on the features for which `open` says so, and no others.
    pub fn open(&mut self, open: impl Fn(usize) -> bool) {
        for (feature, slot) in self.open.iter_mut().enumerate() {
            *slot = open(feature);
        }
    }

    /// Keeps trees monotone in these features, one entry each, for gradients of one dimension. Each
    /// split on such a feature bounds the values of all leaves below it by the middle between its two
    /// sides, as in XGBoost and LightGBM's basic method.
    #[must_use]
    pub fn monotone(mut self, features: &[Monotone]) -> Self {
        if features.iter().any(|&m| m != Monotone::Free) {
            self.monotone = features.to_vec();
            self.monotone.resize(self.features, Monotone::Free);
        }
        self
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
        let (mut gains, mut orders) = (Vec::new(), Vec::new());
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
            bounds: (f64::NEG_INFINITY, f64::INFINITY),
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
            gains.push(best.gain);
            orders.push(best.order);
            let (left_bounds, right_bounds) = self.bounds_below(&leaves[index], &best, &right_total, scales);
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
                bounds: left_bounds,
                best: None,
            };
            let mut right = Leaf {
                start: middle,
                end,
                total: right_total,
                histogram: right_histogram,
                bounds: right_bounds,
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
            gains,
            orders,
            bounds: leaves.iter().map(|leaf| leaf.bounds).collect(),
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
}

#[inline]
pub(super) fn add<const L: usize>(a: &mut Stat<L>, b: &Stat<L>) {
    for (x, y) in a.iter_mut().zip(b) {
        *x = x.wrapping_add(*y);
    }
}

#[inline]
pub(super) fn subtract<const L: usize>(a: &mut Stat<L>, b: &Stat<L>) {
    for (x, y) in a.iter_mut().zip(b) {
        *x = x.wrapping_sub(*y);
    }
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
