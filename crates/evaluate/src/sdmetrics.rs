//! Column Shapes and Column Pair Trends as the `QualityReport` of `SDMetrics` 0.32 defines them
//! (`sdmetrics.reports.single_table`), for tables of up to 50,000 rows: above that `SDMetrics` draws
//! a random subsample for contingency tables, while all rows are counted here.
//!
//! Integers and reals are its `numerical`, dates and timestamps its `datetime`, text and booleans
//! its `categorical`.
//!
//! - Shape of a number or time: `KSComplement`, one minus the largest difference of the two
//!   empirical distribution functions; missing cells are left out.
//! - Shape of a category: `TVComplement`, one minus half the sum of differences of shares; missing
//!   cells are left out, and each category that only synthetic rows have counts 1e-6 real rows.
//! - Two numbers or times: `CorrelationSimilarity`, `1 - |r - s| / 2` of Pearson's correlations over
//!   rows where both are present; left out unless the real one exceeds 0.5 in size, and where a
//!   column is constant in either table.
//! - Otherwise: `ContingencySimilarity`, one minus half the sum of differences of cell shares, a
//!   missing category being a category; left out unless Cramer's V of the real table exceeds 0.3.
//!   Numbers are cut into ten bins of equal width between the smallest and largest value *of their
//!   own table*; the largest value shares a bin with the missing cells.
//!
//! The scores are means over the columns, and over the pairs, that are not left out.
//!
//! Pitfalls, which is why no verdict rests on these scores alone: a shift of all numbers leaves pair
//! trends as they are, one outlier moves every bin of its column, and a relation that synthetic rows
//! invent does not count.

use crate::coded::{Codes, codes};
use plenish_table::{Column, ColumnType, Table};
use rayon::prelude::*;

/// Pairs of numbers count when their real correlation exceeds this.
const CORRELATION_THRESHOLD: f64 = 0.5;
/// Other pairs count when their real Cramer's V exceeds this.
const ASSOCIATION_THRESHOLD: f64 = 0.3;
/// Bins of a number in a contingency table; `SDMetrics` takes numpy's default.
const BINS: usize = 10;
/// What a category that only synthetic rows have counts among the real rows.
const UNSEEN: f64 = 1e-6;

/// The scores of one table against another.
#[derive(Debug, Clone, PartialEq)]
pub struct Quality {
    /// Column Shapes; none if no column has one.
    pub shapes: Option<f64>,
    /// Column Pair Trends; none if no pair counts.
    pub pairs: Option<f64>,
    /// The shape of each column looked at, in order; none where a table has no value.
    pub columns: Vec<Option<f64>>,
    /// The trend of each pair of columns, as (first, second) places in the list of columns looked
    /// at, in order; none where `SDMetrics` leaves the pair out.
    pub column_pairs: Vec<(usize, usize, Option<f64>)>,
}

/// Whether a type is a number or time to `SDMetrics`.
pub(crate) fn is_continuous(kind: ColumnType) -> bool {
    kind.is_ordered()
}

/// One column of the two tables, made ready.
struct Prepared {
    continuous: bool,
    /// Codes of both tables: ranks of numbers, categories.
    values: Codes,
    /// Bins of numbers for contingency tables; none where they could not be binned.
    bins: Option<Vec<Vec<u32>>>,
    /// The numbers of both tables, for correlations.
    numbers: Vec<Vec<f64>>,
    constant: bool,
}

/// Two tables made ready for scoring, whole or resampled.
pub struct Comparison {
    columns: Vec<Prepared>,
    rows: [usize; 2],
    /// The pairs that count.
    counted: Vec<(usize, usize)>,
}

/// Which rows to look at: all, or those in a list, repeats allowed.
type Rows<'a> = Option<&'a [u32]>;

impl Comparison {
    /// Makes the columns at `columns` of two tables of one schema ready.
    pub fn new(real: &Table, synthetic: &Table, columns: &[usize]) -> Self {
        let prepared: Vec<Prepared> = columns
            .par_iter()
            .map(|&index| Prepared::new(real.column(index), synthetic.column(index)))
            .collect();
        let mut comparison = Self {
            columns: prepared,
            rows: [real.rows(), synthetic.rows()],
            counted: Vec::new(),
        };
        let pairs: Vec<(usize, usize)> = (0..columns.len())
            .flat_map(|a| (a + 1..columns.len()).map(move |b| (a, b)))
            .collect();
        comparison.counted = pairs
            .into_par_iter()
            .filter(|&(a, b)| comparison.counts(a, b))
            .collect();
        comparison
    }

    /// Whether `SDMetrics` would count the pair.
    fn counts(&self, a: usize, b: usize) -> bool {
        let (x, y) = (&self.columns[a], &self.columns[b]);
        if x.continuous && y.continuous {
            return !x.constant
                && !y.constant
                && correlation(&x.numbers[0], &y.numbers[0], None).is_some_and(|r| r.abs() > CORRELATION_THRESHOLD);
        }
        let (Some((left, left_size)), Some((right, right_size))) = (x.cells(), y.cells()) else {
            return false;
        };
        let table = contingency(&left[0], &right[0], right_size, None);
        cramers_v(&table, left_size, right_size).is_some_and(|v| v > ASSOCIATION_THRESHOLD)
    }

    /// The scores over all rows.
    pub fn quality(&self) -> Quality {
        let columns = self.shapes([None, None]);
        let counted = self.trends([None, None]);
        let mut column_pairs = Vec::new();
        let mut next = self.counted.iter().zip(&counted).peekable();
        for a in 0..self.columns.len() {
            for b in a + 1..self.columns.len() {
                let trend = next.next_if(|(pair, _)| **pair == (a, b)).and_then(|(_, &trend)| trend);
                column_pairs.push((a, b, trend));
            }
        }
        Quality {
            shapes: mean(&columns),
            pairs: mean(&counted),
            columns,
            column_pairs,
        }
    }

    /// The shape of each column over the given rows of the real and of the synthetic table.
    pub(crate) fn shapes(&self, rows: [Rows<'_>; 2]) -> Vec<Option<f64>> {
        self.columns
            .par_iter()
            .map(|column| {
                let count = |side: usize| tally(&column.values.tables[side], column.values.count + 1, rows[side]);
                let (real, synthetic) = (count(0), count(1));
                let present = column.values.count;
                if column.continuous {
                    ks_complement(&real[..present], &synthetic[..present])
                } else {
                    tv_complement(&real[..present], &synthetic[..present])
                }
            })
            .collect()
    }

    /// The trend of each counted pair over the given rows.
    pub(crate) fn trends(&self, rows: [Rows<'_>; 2]) -> Vec<Option<f64>> {
        self.counted
            .par_iter()
            .map(|&(a, b)| {
                let (x, y) = (&self.columns[a], &self.columns[b]);
                if x.continuous && y.continuous {
                    let of = |side: usize| correlation(&x.numbers[side], &y.numbers[side], rows[side]);
                    return Some(1.0 - (of(0)? - of(1)?).abs() / 2.0);
                }
                let ((left, _), (right, size)) = (x.cells()?, y.cells()?);
                let of = |side: usize| contingency(&left[side], &right[side], size, rows[side]);
                let total = |side: usize| rows[side].map_or(self.rows[side], <[u32]>::len) as f64;
                Some(1.0 - difference(&of(0), &of(1), total(0), total(1)) / 2.0)
            })
            .collect()
    }

    /// How many pairs count.
    pub(crate) fn pairs(&self) -> usize {
        self.counted.len()
    }

    /// Rows of the real and of the synthetic table.
    pub(crate) fn rows(&self) -> [usize; 2] {
        self.rows
    }
}

/// The mean of those that are there.
pub(crate) fn mean(values: &[Option<f64>]) -> Option<f64> {
    let (sum, count) = values
        .iter()
        .flatten()
        .fold((0.0, 0_usize), |(sum, count), v| (sum + v, count + 1));
    (count > 0).then(|| sum / count as f64)
}

impl Prepared {
    fn new(real: &Column, synthetic: &Column) -> Self {
        let continuous = is_continuous(real.kind());
        let values = codes(&[real, synthetic]);
        if !continuous {
            return Self {
                continuous,
                values,
                bins: None,
                numbers: Vec::new(),
                constant: false,
            };
        }
        let numbers = vec![real.numbers(), synthetic.numbers()];
        let bins = numbers.iter().map(|n| digitise(n)).collect();
        let constant = numbers.iter().any(|n| {
            let mut present = n.iter().filter(|v| !v.is_nan());
            let first = present.next();
            first.is_some() && present.all(|v| Some(v) == first)
        });
        Self {
            continuous,
            values,
            bins,
            numbers,
            constant,
        }
    }
}

impl Prepared {
    /// Codes of both tables for contingency tables, with the number of codes.
    fn cells(&self) -> Option<(&[Vec<u32>], usize)> {
        if self.continuous {
            Some((self.bins.as_ref()?, BINS + 2))
        } else {
            // A missing category is a category here.
            Some((&self.values.tables, self.values.count + 1))
        }
    }
}

/// Numbers as the count of edges at or below them, of eleven edges evenly spaced from the smallest
/// to the largest; missing ones count all. None where edges coincide.
fn digitise(numbers: &[f64]) -> Option<Vec<u32>> {
    let present = || numbers.iter().copied().filter(|v| !v.is_nan());
    let (mut low, mut high) = present().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if low > high {
        (low, high) = (0.0, 1.0);
    }
    if !low.is_finite() || !high.is_finite() {
        return None;
    }
    if low == high {
        low -= 0.5;
        high += 0.5;
    }
    let step = (high - low) / BINS as f64;
    let mut edges: Vec<f64> = (0..=BINS).map(|i| i as f64 * step + low).collect();
    edges[BINS] = high;
    if !edges.windows(2).all(|w| w[0] < w[1]) {
        return None;
    }
    let code = |v: &f64| {
        if v.is_nan() {
            edges.len() as u32
        } else {
            edges.iter().map(|edge| u32::from(edge <= v)).sum()
        }
    };
    Some(numbers.iter().map(code).collect())
}

fn each(length: usize, rows: Rows<'_>, mut visit: impl FnMut(usize)) {
    match rows {
        None => (0..length).for_each(visit),
        Some(rows) => rows.iter().for_each(|&row| visit(row as usize)),
    }
}

fn tally(codes: &[u32], size: usize, rows: Rows<'_>) -> Vec<u32> {
    let mut counts = vec![0; size];
    each(codes.len(), rows, |row| counts[codes[row] as usize] += 1);
    counts
}

fn total(counts: &[u32]) -> f64 {
    counts.iter().map(|&c| u64::from(c)).sum::<u64>() as f64
}

fn ks_complement(real: &[u32], synthetic: &[u32]) -> Option<f64> {
    let (n, m) = (total(real), total(synthetic));
    if n == 0.0 || m == 0.0 {
        return None;
    }
    let (mut a, mut b, mut largest) = (0_u64, 0_u64, 0.0_f64);
    for (&x, &y) in real.iter().zip(synthetic) {
        a += u64::from(x);
        b += u64::from(y);
        largest = largest.max((a as f64 / n - b as f64 / m).abs());
    }
    Some(1.0 - largest)
}

fn tv_complement(real: &[u32], synthetic: &[u32]) -> Option<f64> {
    let (n, m) = (total(real), total(synthetic));
    if n == 0.0 || m == 0.0 {
        return None;
    }
    let unseen = real.iter().zip(synthetic).filter(|&(&x, &y)| x == 0 && y > 0).count();
    let n = n + unseen as f64 * UNSEEN;
    let sum: f64 = real
        .iter()
        .zip(synthetic)
        .map(|(&x, &y)| {
            let x = if x == 0 && y > 0 { UNSEEN } else { f64::from(x) };
            (x / n - f64::from(y) / m).abs()
        })
        .sum();
    Some(1.0 - 0.5 * sum)
}

/// Pearson's correlation over rows where both are present; none with fewer than two of them or a
/// constant.
fn correlation(x: &[f64], y: &[f64], rows: Rows<'_>) -> Option<f64> {
    let (mut count, mut sum_x, mut sum_y) = (0_usize, 0.0, 0.0);
    let both = |row: usize| !x[row].is_nan() && !y[row].is_nan();
    let mut first = None;
    let (mut x_varies, mut y_varies) = (false, false);
    each(x.len(), rows, |row| {
        if both(row) {
            let (a, b) = *first.get_or_insert((x[row], y[row]));
            x_varies |= x[row] != a;
            y_varies |= y[row] != b;
            count += 1;
            // Taking the first value away keeps large numbers with a small spread exact.
            sum_x += x[row] - a;
            sum_y += y[row] - b;
        }
    });
    let (a, b) = first?;
    if count < 2 || !x_varies || !y_varies {
        return None;
    }
    let (mean_x, mean_y) = (sum_x / count as f64, sum_y / count as f64);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    each(x.len(), rows, |row| {
        if both(row) {
            let (dx, dy) = (x[row] - a - mean_x, y[row] - b - mean_y);
            xx += dx * dx;
            yy += dy * dy;
            xy += dx * dy;
        }
    });
    let r = (xy / (xx.sqrt() * yy.sqrt())).clamp(-1.0, 1.0);
    (!r.is_nan()).then_some(r)
}

/// Counts of pairs of codes: every cell, or only those that occur, in order.
enum Contingency {
    Dense(Vec<u32>),
    Sparse(Vec<(u64, u32)>),
}

/// Above this many cells only those that occur are held.
const DENSE_CELLS: usize = 1 << 16;

fn contingency(left: &[u32], right: &[u32], right_size: usize, rows: Rows<'_>) -> Contingency {
    let left_size = left.iter().max().map_or(0, |&m| m as usize + 1);
    let width = right_size as u64;
    if left_size.saturating_mul(right_size) <= DENSE_CELLS {
        let mut counts = vec![0; left_size * right_size];
        each(left.len(), rows, |row| {
            counts[left[row] as usize * right_size + right[row] as usize] += 1;
        });
        return Contingency::Dense(counts);
    }
    let mut keys = Vec::with_capacity(rows.map_or(left.len(), <[u32]>::len));
    each(left.len(), rows, |row| {
        keys.push(u64::from(left[row]) * width + u64::from(right[row]));
    });
    keys.sort_unstable();
    let mut counts: Vec<(u64, u32)> = Vec::new();
    for key in keys {
        match counts.last_mut() {
            Some((last, count)) if *last == key => *count += 1,
            _ => counts.push((key, 1)),
        }
    }
    Contingency::Sparse(counts)
}

impl Contingency {
    /// The cells that occur, in order.
    fn cells(&self) -> Vec<(u64, u32)> {
        match self {
            Self::Sparse(cells) => cells.clone(),
            Self::Dense(counts) => {
                let cells = counts.iter().enumerate().filter(|&(_, &count)| count > 0);
                cells.map(|(key, &count)| (key as u64, count)).collect()
            }
        }
    }
}

/// The sum over cells of differences of shares.
fn difference(real: &Contingency, synthetic: &Contingency, n: f64, m: f64) -> f64 {
    let (a, b) = (real.cells(), synthetic.cells());
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    while i < a.len() || j < b.len() {
        let key_a = a.get(i).map_or(u64::MAX, |c| c.0);
        let key_b = b.get(j).map_or(u64::MAX, |c| c.0);
        let (mut x, mut y) = (0.0, 0.0);
        if key_a <= key_b {
            x = f64::from(a[i].1) / n;
            i += 1;
        }
        if key_b <= key_a {
            y = f64::from(b[j].1) / m;
            j += 1;
        }
        sum += (x - y).abs();
    }
    sum
}

/// Cramer's V without bias correction; none unless both sides have two values or more.
fn cramers_v(table: &Contingency, left_size: usize, right_size: usize) -> Option<f64> {
    let cells = table.cells();
    let (mut left, mut right) = (vec![0_u64; left_size], vec![0_u64; right_size]);
    for &(key, count) in &cells {
        left[(key / right_size as u64) as usize] += u64::from(count);
        right[(key % right_size as u64) as usize] += u64::from(count);
    }
    let occurring = |sums: &[u64]| sums.iter().filter(|&&s| s > 0).count();
    let freedom = occurring(&left).min(occurring(&right));
    if freedom < 2 {
        return None;
    }
    // Chi-square over n: the sum of o^2 / (row sum * column sum), minus one.
    let sum: f64 = cells
        .iter()
        .map(|&(key, count)| {
            let l = left[(key / right_size as u64) as usize] as f64;
            let r = right[(key % right_size as u64) as usize] as f64;
            f64::from(count) * f64::from(count) / (l * r)
        })
        .sum();
    Some(((sum - 1.0).max(0.0) / (freedom - 1) as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Large tables are counted sparsely; both ways must agree.
    #[test]
    fn sparse_and_dense_counts_agree() {
        let left: Vec<u32> = (0..5000).map(|i| i * 31 % 700).collect();
        let right: Vec<u32> = (0..5000).map(|i| i * i % 650).collect();
        let sparse = contingency(&left, &right, 650, None);
        assert!(matches!(sparse, Contingency::Sparse(_)));
        let mut dense = vec![0; 700 * 650];
        for (&l, &r) in left.iter().zip(&right) {
            dense[l as usize * 650 + r as usize] += 1;
        }
        assert_eq!(sparse.cells(), Contingency::Dense(dense).cells());
        assert_eq!(difference(&sparse, &sparse, 5000.0, 5000.0), 0.0);
    }

    #[test]
    fn bins_that_coincide_are_refused() {
        assert!(digitise(&[1e16, 1e16 + 2.0]).is_none());
        assert_eq!(digitise(&[]), Some(vec![]));
        assert_eq!(digitise(&[f64::NAN, f64::NAN]), Some(vec![11, 11]));
        assert_eq!(digitise(&[0.0, 10.0, f64::NAN, 5.0]), Some(vec![1, 11, 11, 6]));
    }
}
