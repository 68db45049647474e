//! Growing one tree of a forest: node by node, with a histogram of the few features looked at, of
//! which only the codes that occur are visited.

use super::ForestSettings;
use crate::boost::Task;
use crate::matrix::{FeatureKind, Matrix};
use crate::tree::{CodeSet, Split, Tree};
use plenish_table::Stream;

/// A row of a tree's sample.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sample {
    pub(super) row: u32,
    /// Its weight times how often it was drawn.
    pub(super) weight: f32,
    /// Its class, or its target less the mean.
    pub(super) value: f32,
}

/// What all trees of a forest share.
pub(super) struct Nursery<'a> {
    target: &'a [f64],
    mean: f64,
    kinds: &'a [FeatureKind],
    rows: usize,
    /// Feature by feature.
    codes: Vec<u8>,
    /// Sums a cell holds beside its rows and its weight: one a class, or one for two classes or
    /// a number.
    sums: usize,
    min_rows: f64,
    tried: usize,
}

/// A cell of a histogram: rows, weight, and then the weighted sum of values or the weight of each class.
const ROWS: usize = 0;
const WEIGHT: usize = 1;
const SUMS: usize = 2;

struct Best {
    score: f64,
    feature: usize,
    left_codes: CodeSet,
}

/// The samples of a node, from and to, and which split it hangs on and whether on the left.
type Node = (usize, usize, Option<(usize, bool)>);

/// What a tree needs while it grows.
struct Bench {
    cells: Vec<f64>,
    total: Vec<f64>,
    left: Vec<f64>,
    with: Vec<f64>,
    order: Vec<u16>,
}

impl<'a> Nursery<'a> {
    pub(super) fn new(matrix: &'a Matrix, target: &'a [f64], task: Task, settings: &ForestSettings) -> Self {
        let (rows, features) = (matrix.rows(), matrix.features());
        let mut codes = vec![0; rows * features];
        for row in 0..rows {
            for (feature, &code) in matrix.row(row).iter().enumerate() {
                codes[feature * rows + row] = code;
            }
        }
        let (sums, usual) = match task {
            Task::Multiclass(classes) => (classes, features.isqrt()),
            Task::Binary => (1, features.isqrt()),
            Task::Regression => (1, features / 3),
        };
        Self {
            target,
            mean: if task == Task::Regression {
                target.iter().sum::<f64>() / rows.max(1) as f64
            } else {
                0.0
            },
            kinds: matrix.kinds(),
            rows,
            codes,
            sums,
            min_rows: settings.min_leaf_rows.max(1) as f64,
            tried: settings.features_per_split.unwrap_or(usual).clamp(1, features.max(1)),
        }
    }

    /// The [`Sample::value`] of a row.
    pub(super) fn value(&self, row: usize) -> f32 {
        (self.target[row] - self.mean) as f32
    }

    /// The tree of a sample, the predictions of its leaves and the gains of its splits.
    pub(super) fn grow(&self, samples: Vec<Sample>, stream: &mut Stream) -> (Tree, Vec<f64>, Vec<f64>) {
        // With one sum the compiler knows how long a cell is.
        if self.sums == 1 {
            self.grow_with(samples, stream, 1)
        } else {
            self.grow_with(samples, stream, self.sums)
        }
    }

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "so that the number of sums is a constant where it is one"
    )]
    fn grow_with(&self, mut samples: Vec<Sample>, stream: &mut Stream, sums: usize) -> (Tree, Vec<f64>, Vec<f64>) {
        let stride = sums + SUMS;
        let mut bench = Bench {
            cells: vec![0.0; 256 * stride],
            total: vec![0.0; stride],
            left: vec![0.0; stride],
            with: vec![0.0; stride],
            order: (0..self.kinds.len() as u16).collect(),
        };
        let mut spare = vec![Sample::default(); samples.len()];
        let mut tree = Tree::default();
        let (mut values, mut gains) = (Vec::new(), Vec::new());
        let mut open: Vec<Node> = vec![(0, samples.len(), None)];
        while let Some((start, end, parent)) = open.pop() {
            let node = &mut samples[start..end];
            let best = self.best_split(node, &mut bench, stream, sums);
            let place = match &best {
                Some(_) => tree.splits.len() as i32,
                None => !(tree.leaves as i32),
            };
            if let Some((split, is_left)) = parent {
                let split: &mut Split = &mut tree.splits[split];
                *(if is_left { &mut split.left } else { &mut split.right }) = place;
            }
            let Some(best) = best else {
                self.leaf(node, sums, &mut values);
                tree.leaves += 1;
                continue;
            };
            let column = &self.codes[best.feature * self.rows..(best.feature + 1) * self.rows];
            let (mut kept, mut moved) = (0, 0);
            for i in 0..node.len() {
                let sample = node[i];
                let is_left = usize::from(best.left_codes.contains(column[sample.row as usize]));
                node[kept] = sample;
                spare[moved] = sample;
                kept += is_left;
                moved += 1 - is_left;
            }
            node[kept..].copy_from_slice(&spare[..moved]);
            let split = tree.splits.len();
            tree.splits.push(Split {
                feature: best.feature as u16,
                left_codes: best.left_codes,
                left: 0,
                right: 0,
            });
            gains.push(best.score);
            open.push((start + kept, end, Some((split, false))));
            open.push((start, start + kept, Some((split, true))));
        }
        (tree, values, gains)
    }

    /// Adds the predictions of a leaf: the share of class 1 or of each class, or the mean.
    fn leaf(&self, node: &[Sample], sums: usize, values: &mut Vec<f64>) {
        let total: f64 = node.iter().map(|s| f64::from(s.weight)).sum();
        if sums == 1 {
            let sum: f64 = node
                .iter()
                .map(|s| f64::from(s.weight) * self.target[s.row as usize])
                .sum();
            values.push(sum / total);
            return;
        }
        let start = values.len();
        values.resize(start + sums, 0.0);
        for sample in node {
            values[start + sample.value as usize] += f64::from(sample.weight) / total;
        }
    }

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "so that the number of sums is a constant where it is one"
    )]
    fn best_split(&self, node: &[Sample], bench: &mut Bench, stream: &mut Stream, sums: usize) -> Option<Best> {
        let first = node.first()?.value;
        if (node.len() as f64) < 2.0 * self.min_rows || node.iter().all(|s| s.value == first) {
            return None;
        }
        bench.total.fill(0.0);
        for sample in node {
            add_sample(&mut bench.total, sample, sums);
        }
        let parent = square(&bench.total[SUMS..]) / bench.total[WEIGHT];
        let mut best: Option<Best> = None;
        let mut tried = 0;
        let stride = sums + SUMS;
        for place in 0..self.kinds.len() {
            let other = place + stream.below((self.kinds.len() - place) as u64) as usize;
            bench.order.swap(place, other);
            let feature = usize::from(bench.order[place]);
            let column = &self.codes[feature * self.rows..(feature + 1) * self.rows];
            let mut occur = CodeSet::default();
            for sample in node {
                let code = column[sample.row as usize];
                occur.insert(code);
                add_sample(
                    &mut bench.cells[usize::from(code) * stride..(usize::from(code) + 1) * stride],
                    sample,
                    sums,
                );
            }
            let mut codes = [0_u8; 256];
            let mut count = 0;
            for code in occur.iter() {
                codes[count] = code;
                count += 1;
            }
            let codes = &mut codes[..count];
            if count > 1 {
                if self.kinds[feature].ordered {
                    self.scan_ordered(feature, codes, bench, parent, sums, &mut best);
                } else {
                    self.scan_categories(feature, codes, bench, parent, sums, &mut best);
                }
                tried += 1;
            }
            for &mut code in codes {
                bench.cells[usize::from(code) * stride..(usize::from(code) + 1) * stride].fill(0.0);
            }
            if tried >= self.tried {
                break;
            }
        }
        best
    }

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "so that the number of sums is a constant where it is one"
    )]
    fn scan_ordered(
        &self,
        feature: usize,
        codes: &[u8],
        bench: &mut Bench,
        parent: f64,
        sums: usize,
        best: &mut Option<Best>,
    ) {
        let stride = sums + SUMS;
        let missing = codes[0] == 0;
        let present = if missing { &codes[1..] } else { codes };
        bench.left.fill(0.0);
        for (place, &code) in present.iter().enumerate() {
            let cell = &bench.cells[usize::from(code) * stride..(usize::from(code) + 1) * stride];
            add(&mut bench.left, cell);
            // Codes that do not occur here go to the nearer side.
            let last = present.get(place + 1).map_or(255, |&next| code.midpoint(next));
            if let Some(score) = self.score(&bench.left, &bench.total, parent, best.as_ref()) {
                // Where nothing is missing, missing values go with the most rows.
                let with = !missing && 2.0 * bench.left[WEIGHT] > bench.total[WEIGHT];
                *best = Some(Best {
                    score,
                    feature,
                    left_codes: CodeSet::between(u8::from(!with), last),
                });
            }
            if missing {
                bench.with.copy_from_slice(&bench.left);
                add(&mut bench.with, &bench.cells[..stride]);
                if let Some(score) = self.score(&bench.with, &bench.total, parent, best.as_ref()) {
                    *best = Some(Best {
                        score,
                        feature,
                        left_codes: CodeSet::between(0, last),
                    });
                }
            }
        }
    }

    fn scan_categories(
        &self,
        feature: usize,
        codes: &mut [u8],
        bench: &mut Bench,
        parent: f64,
        sums: usize,
        best: &mut Option<Best>,
    ) {
        let stride = sums + SUMS;
        let cell = |code: u8| &bench.cells[usize::from(code) * stride..(usize::from(code) + 1) * stride];
        // The order of the mean is the best for one sum (Fisher 1958); for several, that of the class
        // which the categories separate most.
        let lead = (SUMS..stride)
            .map(|at| {
                let spread: f64 = codes.iter().map(|&c| cell(c)[at] * cell(c)[at] / cell(c)[WEIGHT]).sum();
                (at, spread - bench.total[at] * bench.total[at] / bench.total[WEIGHT])
            })
            .fold((SUMS, f64::MIN), |a, b| if b.1 > a.1 { b } else { a })
            .0;
        let mean = |code: u8| cell(code)[lead] / cell(code)[WEIGHT];
        codes.sort_unstable_by(|&a, &b| mean(a).total_cmp(&mean(b)).then(a.cmp(&b)));
        bench.left.fill(0.0);
        for (place, &code) in codes.iter().enumerate().take(codes.len() - 1) {
            add(
                &mut bench.left,
                &bench.cells[usize::from(code) * stride..(usize::from(code) + 1) * stride],
            );
            if let Some(score) = self.score(&bench.left, &bench.total, parent, best.as_ref()) {
                // Categories that do not occur here go with the most rows.
                let with = 2.0 * bench.left[WEIGHT] > bench.total[WEIGHT];
                let (listed, mut left_codes) = if with {
                    (&codes[place + 1..], CodeSet::between(0, 255))
                } else {
                    (&codes[..=place], CodeSet::default())
                };
                for &code in listed {
                    if with {
                        left_codes.remove(code);
                    } else {
                        left_codes.insert(code);
                    }
                }
                *best = Some(Best {
                    score,
                    feature,
                    left_codes,
                });
            }
        }
    }

    /// How much impurity a split takes away, if it may be made and is better than `best`.
    #[inline]
    fn score(&self, left: &[f64], total: &[f64], parent: f64, best: Option<&Best>) -> Option<f64> {
        if left[ROWS] < self.min_rows || total[ROWS] - left[ROWS] < self.min_rows {
            return None;
        }
        let right: f64 = left[SUMS..]
            .iter()
            .zip(&total[SUMS..])
            .map(|(l, t)| (t - l) * (t - l))
            .sum();
        let score = square(&left[SUMS..]) / left[WEIGHT] + right / (total[WEIGHT] - left[WEIGHT]) - parent;
        (score > best.map_or(1e-12 * (1.0 + parent), |b| b.score)).then_some(score)
    }
}

#[inline]
fn add_sample(cell: &mut [f64], sample: &Sample, sums: usize) {
    cell[ROWS] += 1.0;
    cell[WEIGHT] += f64::from(sample.weight);
    if sums == 1 {
        cell[SUMS] += f64::from(sample.weight) * f64::from(sample.value);
    } else {
        cell[SUMS + sample.value as usize] += f64::from(sample.weight);
    }
}

#[inline]
fn add(a: &mut [f64], b: &[f64]) {
    for (x, y) in a.iter_mut().zip(b) {
        *x += y;
    }
}

#[inline]
fn square(sums: &[f64]) -> f64 {
    sums.iter().map(|s| s * s).sum()
}
