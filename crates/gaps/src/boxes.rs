//! Boxes of several ordered columns that hold far fewer rows than the columns alone lead to expect: leaves
//! of a density tree (Ram and Gray, "Density estimation trees", KDD 2011) with the likelihood for its loss,
//! grown where each column is even, so that density is what the columns have together.

use crate::attributes::{AttributeSettings, Attributes, range};
use crate::cuts::readable;
use crate::region::Region;
use crate::sparse::Sparse;
use plenish_table::{ColumnSchema, Context, Result, Table};

/// Ranges of each column that boxes are put together from.
const RANGES: usize = 16;
/// Boxes at most.
const BOXES: usize = 32;
/// A box with at most this part of the rows expected is sparse.
const SPARSE: f64 = 0.25;
/// A split of a box has to raise the log-likelihood by this much: half the 99.99 % point of chi-square with one
/// degree of freedom, as very many splits are tried.
const GAIN: f64 = 7.57;

/// A box: for each axis the first range in it and the one past the last, and its rows.
struct Block {
    ranges: Vec<(u8, u8)>,
    rows: Vec<u32>,
    expected: f64,
}

/// Where a block is cut in two, and how much the log-likelihood rises.
#[derive(Clone, Copy)]
struct Split {
    gain: f64,
    axis: usize,
    cut: u8,
}

/// A column with its cuts and the range of each row.
struct Axis<'a> {
    column: &'a ColumnSchema,
    cuts: &'a [f64],
    codes: &'a [u8],
    /// The share of all rows in each range.
    shares: Vec<f64>,
}

struct Space<'a> {
    axes: Vec<Axis<'a>>,
    /// Rows to be expected in a box at least.
    least: f64,
}

/// The sparse boxes of the columns at `columns`, among the rows in which none of them is missing.
pub(crate) fn boxes(table: &Table, columns: &[usize], threshold: usize, cx: &Context) -> Result<Vec<Sparse>> {
    let schema = table.schema();
    let settings = AttributeSettings {
        few: 0,
        ..AttributeSettings::default()
    };
    let cutter = |column: usize, values: &[(f64, u32)]| readable(values, RANGES, &schema.columns[column]);
    let coded = Attributes::cut(table, columns, &settings, &cutter);
    let axes = coded.attributes.iter().filter_map(|attribute| {
        attribute.cuts().map(|cuts| Axis {
            column: &schema.columns[attribute.column],
            cuts,
            codes: &attribute.codes,
            shares: Vec::new(),
        })
    });
    let mut space = Space {
        axes: axes.collect(),
        least: threshold as f64,
    };
    // A missing cell has the code after the last range.
    let present = |axis: &Axis<'_>, row: u32| usize::from(axis.codes[row as usize]) <= axis.cuts.len();
    let rows: Vec<u32> = (0..table.rows() as u32)
        .filter(|&row| space.axes.iter().all(|axis| present(axis, row)))
        .collect();
    if space.axes.len() < 2 || rows.is_empty() {
        return Ok(Vec::new());
    }
    let all = rows.len() as f64;
    for axis in &mut space.axes {
        let counts = counts(&rows, axis.codes);
        axis.shares = counts[..=axis.cuts.len()].iter().map(|count| count / all).collect();
    }
    let leaves = space.grow(rows, cx)?;
    let sparse = leaves
        .into_iter()
        .filter(|leaf| leaf.rows.len() as f64 <= SPARSE * leaf.expected);
    sparse
        .map(|leaf| {
            let terms = space.axes.iter().zip(&leaf.ranges).flat_map(|(axis, &(from, to))| {
                let low = (from > 0).then(|| axis.cuts[usize::from(from) - 1]);
                let high = axis.cuts.get(usize::from(to) - 1).copied();
                range(axis.column, low, high)
            });
            let region = Region::new(terms.collect(), schema);
            // Rows that miss a cell of another column are in the region, too.
            let rows = region
                .condition
                .mask(table)?
                .into_iter()
                .filter(|inside| *inside)
                .count();
            Ok(Sparse {
                region,
                rows,
                expected: leaf.expected,
            })
        })
        .collect()
}

fn counts(rows: &[u32], codes: &[u8]) -> [f64; 256] {
    let mut counts = [0.0; 256];
    for &row in rows {
        counts[usize::from(codes[row as usize])] += 1.0;
    }
    counts
}

/// The log-likelihood of a block's rows at its density, up to what all blockings have in common.
fn likelihood(rows: f64, expected: f64) -> f64 {
    if rows > 0.0 {
        rows * libm::log(rows / expected)
    } else {
        0.0
    }
}

impl Space<'_> {
    /// Splits the block that gains most until there are enough blocks, or none gains enough.
    fn grow(&self, rows: Vec<u32>, cx: &Context) -> Result<Vec<Block>> {
        let whole = Block {
            ranges: self.axes.iter().map(|axis| (0, axis.cuts.len() as u8 + 1)).collect(),
            expected: rows.len() as f64,
            rows,
        };
        let mut leaves = vec![(self.best(&whole), whole)];
        while leaves.len() < BOXES {
            cx.check()?;
            let splits = leaves
                .iter()
                .enumerate()
                .filter_map(|(place, leaf)| leaf.0.map(|split| (place, split)));
            // The first of equal gains.
            let most = splits.max_by(|a, b| a.1.gain.total_cmp(&b.1.gain).then(b.0.cmp(&a.0)));
            let Some((place, split)) = most else {
                break;
            };
            let (_, parent) = leaves.remove(place);
            let parts = self.parts(&parent, split.axis, split.cut);
            leaves.extend(parts.into_iter().map(|part| (self.best(&part), part)));
        }
        Ok(leaves.into_iter().map(|leaf| leaf.1).collect())
    }

    /// The split that gains most. Where none gains enough by itself, as in the whole space, whose columns are
    /// even, the one that gains most with the best splits of its two parts.
    fn best(&self, block: &Block) -> Option<Split> {
        let now = self.splits(block).into_iter().max_by(|a, b| a.gain.total_cmp(&b.gain));
        if let Some(split) = now
            && split.gain > GAIN
        {
            return Some(split);
        }
        let ahead = self.splits(block).into_iter().map(|split| {
            let gain = self
                .parts(block, split.axis, split.cut)
                .iter()
                .fold(split.gain, |gain, part| {
                    let best = self
                        .splits(part)
                        .into_iter()
                        .map(|split| split.gain)
                        .fold(0.0, f64::max);
                    gain + best
                });
            Split { gain, ..split }
        });
        let ahead = ahead.max_by(|a, b| a.gain.total_cmp(&b.gain))?;
        // Of two splits on the one side or the other each has to be worth it.
        (ahead.gain > 2.0 * GAIN).then_some(Split {
            gain: ahead.gain / 2.0,
            ..ahead
        })
    }

    /// All splits that leave enough to be expected on either side.
    fn splits(&self, block: &Block) -> Vec<Split> {
        let mut splits = Vec::new();
        let rows = block.rows.len() as f64;
        for (place, axis) in self.axes.iter().enumerate() {
            let (from, to) = block.ranges[place];
            if to - from < 2 {
                continue;
            }
            let counts = counts(&block.rows, axis.codes);
            let width = axis.width(from, to);
            let mut left = 0.0;
            for cut in from + 1..to {
                left += counts[usize::from(cut) - 1];
                let expected = block.expected * axis.width(from, cut) / width;
                let other = block.expected - expected;
                if expected.min(other) >= self.least {
                    let gain = likelihood(left, expected) + likelihood(rows - left, other);
                    splits.push(Split {
                        gain: gain - likelihood(rows, block.expected),
                        axis: place,
                        cut,
                    });
                }
            }
        }
        splits
    }

    fn parts(&self, block: &Block, place: usize, cut: u8) -> [Block; 2] {
        let axis = &self.axes[place];
        let (from, to) = block.ranges[place];
        let (left, right): (Vec<u32>, Vec<u32>) = block.rows.iter().partition(|&&row| axis.codes[row as usize] < cut);
        [(left, (from, cut)), (right, (cut, to))].map(|(rows, (start, end))| {
            let mut ranges = block.ranges.clone();
            ranges[place] = (start, end);
            Block {
                ranges,
                rows,
                expected: block.expected * axis.width(start, end) / axis.width(from, to),
            }
        })
    }
}

impl Axis<'_> {
    /// The share of all rows in the ranges from `from` on and before `to`.
    fn width(&self, from: u8, to: u8) -> f64 {
        self.shares[usize::from(from)..usize::from(to)].iter().sum()
    }
}
