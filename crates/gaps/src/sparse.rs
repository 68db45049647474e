//! Sparse regions of numeric space: stretches of one column between denser ones, and boxes of several
//! columns that hold far fewer rows than the columns alone lead to expect.

use crate::attributes::{AttributeSettings, Attributes, excluded, range};
use crate::cuts::{readable, roundest};
use crate::region::Region;
use plenish_learn::bins::distinct;
use plenish_table::{ColumnSchema, Context, Result, Table, Term};
use serde::Serialize;

/// A region with few rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sparse {
    /// The region: ranges of ordered columns.
    #[serde(rename = "where")]
    pub region: Region,
    /// Rows in it.
    pub rows: usize,
    /// Rows that would be in it if the column were even from its first to its last percent, for one column;
    /// if the columns were independent of each other, for several.
    pub expected: f64,
}

/// Columns with fewer values are categories rather than space.
const DISTINCT: usize = 11;
/// Columns that are looked at together at most.
const COLUMNS: usize = 12;
/// A column in which more cells are missing leaves too few rows for all of them together.
const MISSING: f64 = 0.2;
/// Ranges of each column that boxes are put together from.
const RANGES: usize = 16;
/// Boxes at most.
const BOXES: usize = 32;
/// A region with at most this part of the rows expected is sparse.
const SPARSE: f64 = 0.25;
/// A split of a box has to raise the log-likelihood by this much: half the 99.99 % point of chi-square with one
/// degree of freedom, as very many splits are tried.
const GAIN: f64 = 7.57;
/// Stretches that the middle 98 % of a column are divided into.
const STRETCHES: f64 = 20.0;
/// A stretch with at most this part of an even share is empty.
const EMPTY: f64 = 0.1;
/// A column in which one value has this share is one value and exceptions from it.
const HEAVY: f64 = 0.25;

/// The sparse regions of the ordered columns among `columns` in which at least `threshold` rows were to be
/// expected, those that lack most rows first.
pub fn sparse(table: &Table, columns: &[usize], threshold: usize, cx: &Context) -> Result<Vec<Sparse>> {
    let mut found = Vec::new();
    let mut space = Vec::new();
    for &column in columns {
        let described = &table.schema().columns[column];
        if !described.kind.is_ordered() || excluded(described).is_some() {
            continue;
        }
        cx.check()?;
        let cells = table.column(column);
        let values = distinct(&cells.numbers());
        if values.len() < DISTINCT {
            continue;
        }
        for (terms, rows, expected) in stretches(described, &values) {
            if expected >= threshold as f64 {
                found.push(Sparse {
                    region: Region::new(terms, table.schema()),
                    rows,
                    expected,
                });
            }
        }
        if cells.missing_count() as f64 <= MISSING * cells.len() as f64 && space.len() < COLUMNS {
            space.push(column);
        }
    }
    found.extend(boxes(table, &space, threshold, cx)?);
    found.sort_by(|a, b| {
        let lacking = |s: &Sparse| s.expected - s.rows as f64;
        let order = lacking(b).total_cmp(&lacking(a));
        order.then_with(|| a.region.text.cmp(&b.region.text))
    });
    Ok(found)
}

/// Nearly empty stretches of one column between stretches that are not, with rows and those expected.
fn stretches(column: &ColumnSchema, values: &[(f64, u32)]) -> Vec<(Vec<Term>, usize, f64)> {
    let total: f64 = values.iter().map(|v| f64::from(v.1)).sum();
    if values.iter().any(|v| f64::from(v.1) >= HEAVY * total) {
        return Vec::new();
    }
    let at = |share: f64| {
        let mut below = 0.0;
        let reached = values.iter().find(|v| {
            below += f64::from(v.1);
            below >= share * total
        });
        reached.map_or(0.0, |v| v.0)
    };
    let (low, high) = (at(0.01), at(0.99));
    let step = (high - low) / STRETCHES;
    // Whole numbers that are few have a stretch each, and are categories.
    if !(step.is_finite() && step > 0.0) || !matches!(column.kind, plenish_table::ColumnType::Real) && step < 1.0 {
        return Vec::new();
    }
    let edges: Vec<f64> = (0..=STRETCHES as usize)
        .map(|edge| {
            let edge = low + step * edge as f64;
            roundest(edge - step / 2.0, edge + step / 2.0, edge, column)
        })
        .collect();
    let rows = |from: f64, to: f64| -> f64 {
        let inside = values.iter().filter(|v| v.0 >= from && v.0 < to);
        inside.map(|v| f64::from(v.1)).sum()
    };
    let even = |from: f64, to: f64| 0.98 * total * (to - from) / (high - low);
    let empty: Vec<bool> = edges
        .windows(2)
        .map(|edge| rows(edge[0], edge[1]) <= EMPTY * even(edge[0], edge[1]))
        .collect();
    let mut found = Vec::new();
    let mut start = 0;
    while start < empty.len() {
        let end = (start..empty.len()).find(|&i| !empty[i]).unwrap_or(empty.len());
        // At either end a column thins out; between two denser stretches something is not there.
        if start > 0 && end > start && end < empty.len() {
            let (from, to) = (edges[start], edges[end]);
            found.push((
                range(column, Some(from), Some(to)),
                rows(from, to) as usize,
                even(from, to),
            ));
        }
        start = end + 1;
    }
    found
}

/// A box of several columns: for each column the first range in it and the one past the last.
struct Block {
    ranges: Vec<(u8, u8)>,
    rows: Vec<u32>,
    expected: f64,
}

/// Boxes that are sparse: leaves of a density tree (Ram and Gray, "Density estimation trees", KDD 2011) with
/// the likelihood for its loss, grown where each column is even, so that density is what the columns have
/// together.
fn boxes(table: &Table, columns: &[usize], threshold: usize, cx: &Context) -> Result<Vec<Sparse>> {
    if columns.len() < 2 {
        return Ok(Vec::new());
    }
    let schema = table.schema();
    let settings = AttributeSettings {
        few: 0,
        ..AttributeSettings::default()
    };
    let cutter = |column: usize, values: &[(f64, u32)]| readable(values, RANGES, &schema.columns[column]);
    let coded = Attributes::cut(table, columns, &settings, &cutter);
    let axes: Vec<(&ColumnSchema, Vec<f64>, &[u8])> = coded
        .attributes
        .iter()
        .filter_map(|a| {
            a.cuts()
                .map(|cuts| (&schema.columns[a.column], cuts.to_vec(), a.codes.as_slice()))
        })
        .collect();
    // A missing cell has the code after the last range.
    let complete = |row: &u32| {
        axes.iter()
            .all(|(_, cuts, codes)| usize::from(codes[*row as usize]) <= cuts.len())
    };
    let rows: Vec<u32> = (0..table.rows() as u32).filter(complete).collect();
    let all = rows.len() as f64;
    if axes.len() < 2 || rows.is_empty() {
        return Ok(Vec::new());
    }
    let counts = |rows: &[u32], codes: &[u8]| {
        let mut counts = [0.0_f64; 256];
        for &row in rows {
            counts[usize::from(codes[row as usize])] += 1.0;
        }
        counts
    };
    let shares: Vec<[f64; 256]> = axes
        .iter()
        .map(|(_, _, codes)| counts(&rows, codes).map(|count| count / all))
        .collect();
    let best = |one: &Block| -> Option<(f64, usize, u8)> {
        let mut best: Option<(f64, usize, u8)> = None;
        let likelihood = |rows: f64, expected: f64| {
            if rows > 0.0 {
                rows * libm::log(rows / expected)
            } else {
                0.0
            }
        };
        for (axis, (_, _, codes)) in axes.iter().enumerate() {
            let (from, to) = one.ranges[axis];
            let counts = counts(&one.rows, codes);
            let width: f64 = shares[axis][usize::from(from)..usize::from(to)].iter().sum();
            let (mut left, mut left_width) = (0.0, 0.0);
            for cut in from + 1..to {
                left += counts[usize::from(cut) - 1];
                left_width += shares[axis][usize::from(cut) - 1];
                let expected = one.expected * left_width / width;
                let right = one.rows.len() as f64 - left;
                if expected.min(one.expected - expected) < threshold as f64 {
                    continue;
                }
                let gain = likelihood(left, expected) + likelihood(right, one.expected - expected)
                    - likelihood(one.rows.len() as f64, one.expected);
                if gain > GAIN && best.is_none_or(|(most, _, _)| gain > most) {
                    best = Some((gain, axis, cut));
                }
            }
        }
        best
    };
    let whole = Block {
        ranges: axes.iter().map(|(_, cuts, _)| (0, cuts.len() as u8 + 1)).collect(),
        rows,
        expected: all,
    };
    let mut leaves = vec![(best(&whole), whole)];
    while leaves.len() < BOXES {
        cx.check()?;
        let ranked = leaves
            .iter()
            .enumerate()
            .filter_map(|(i, (split, _))| split.map(|s| (i, s.0)));
        let Some((place, _)) = ranked.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))) else {
            break;
        };
        let (split, parent) = leaves.remove(place);
        let Some((_, axis, cut)) = split else {
            break;
        };
        let codes = axes[axis].2;
        let (from, to) = parent.ranges[axis];
        let width = |from: u8, to: u8| shares[axis][usize::from(from)..usize::from(to)].iter().sum::<f64>();
        let (left, right) = parent.rows.iter().partition(|&&row| codes[row as usize] < cut);
        for (rows, (from_here, to_here)) in [(left, (from, cut)), (right, (cut, to))] {
            let mut ranges = parent.ranges.clone();
            ranges[axis] = (from_here, to_here);
            let leaf = Block {
                ranges,
                rows,
                expected: parent.expected * width(from_here, to_here) / width(from, to),
            };
            leaves.push((best(&leaf), leaf));
        }
    }
    let sparse = leaves.into_iter().map(|(_, leaf)| leaf);
    let sparse = sparse.filter(|leaf| leaf.rows.len() as f64 <= SPARSE * leaf.expected);
    sparse
        .map(|leaf| {
            let terms = axes
                .iter()
                .zip(&leaf.ranges)
                .flat_map(|((column, cuts, _), &(from, to))| {
                    let low = (from > 0).then(|| cuts[usize::from(from) - 1]);
                    let high = cuts.get(usize::from(to) - 1).copied();
                    range(column, low, high)
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
