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

mod contingency;
mod numbers;

use crate::coded::{Codes, codes};
use contingency::{contingency, cramers_v, difference};
use numbers::{BINS, Numbers, digitise};
use plenish_table::{Column, ColumnType, Table};
use rayon::prelude::*;

/// Pairs of numbers count when their real correlation exceeds this.
const CORRELATION_THRESHOLD: f64 = 0.5;
/// Other pairs count when their real Cramer's V exceeds this.
const ASSOCIATION_THRESHOLD: f64 = 0.3;
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
    numbers: Vec<Numbers>,
    constant: bool,
}

/// Two tables made ready for scoring, whole or resampled.
pub struct Comparison {
    columns: Vec<Prepared>,
    rows: [usize; 2],
    /// The pairs that count.
    counted: Vec<(usize, usize)>,
}

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
                && x.numbers[0]
                    .correlation(&y.numbers[0])
                    .is_some_and(|r| r.abs() > CORRELATION_THRESHOLD);
        }
        let (Some((left, left_size)), Some((right, right_size))) = (x.cells(), y.cells()) else {
            return false;
        };
        let table = contingency(&left[0], &right[0], right_size);
        cramers_v(&table, left_size, right_size).is_some_and(|v| v > ASSOCIATION_THRESHOLD)
    }

    /// The scores over all rows.
    pub fn quality(&self) -> Quality {
        let columns = self.shapes();
        let counted = self.trends();
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

    /// The same pairs of the given rows of the real and of the synthetic table, repeats allowed.
    pub(crate) fn resampled(&self, rows: [&[u32]; 2]) -> Self {
        Self {
            columns: self.columns.iter().map(|column| column.resampled(rows)).collect(),
            rows: rows.map(<[u32]>::len),
            counted: self.counted.clone(),
        }
    }

    /// The shape of each column.
    pub(crate) fn shapes(&self) -> Vec<Option<f64>> {
        self.columns
            .par_iter()
            .map(|column| {
                let count = |side: usize| tally(&column.values.tables[side], column.values.count + 1);
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

    /// The trend of each counted pair.
    pub(crate) fn trends(&self) -> Vec<Option<f64>> {
        self.counted
            .par_iter()
            .map(|&(a, b)| {
                let (x, y) = (&self.columns[a], &self.columns[b]);
                if x.continuous && y.continuous {
                    let of = |side: usize| x.numbers[side].correlation(&y.numbers[side]);
                    return Some(1.0 - (of(0)? - of(1)?).abs() / 2.0);
                }
                let ((left, _), (right, size)) = (x.cells()?, y.cells()?);
                let of = |side: usize| contingency(&left[side], &right[side], size);
                let [real, synthetic] = self.rows.map(|rows| rows as f64);
                Some(1.0 - difference(&of(0), &of(1), real, synthetic) / 2.0)
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
            numbers: numbers.into_iter().map(Numbers::new).collect(),
            constant,
        }
    }
}

impl Prepared {
    /// The given rows of both tables. Values that do not occur among them lose their codes: what is done with few
    /// rows must not cost as much as all values do.
    fn resampled(&self, rows: [&[u32]; 2]) -> Self {
        let take = |tables: &[Vec<u32>]| -> Vec<Vec<u32>> {
            let tables = tables.iter().zip(rows);
            tables
                .map(|(codes, rows)| rows.iter().map(|&row| codes[row as usize]).collect())
                .collect()
        };
        Self {
            continuous: self.continuous,
            values: dense(Codes {
                tables: take(&self.values.tables),
                count: self.values.count,
            }),
            bins: self.bins.as_deref().map(take),
            numbers: self
                .numbers
                .iter()
                .zip(rows)
                .map(|(numbers, rows)| numbers.take(rows))
                .collect(),
            constant: self.constant,
        }
    }

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

/// The same codes without those that do not occur, in the same order.
fn dense(codes: Codes) -> Codes {
    let cells: usize = codes.tables.iter().map(Vec::len).sum();
    if codes.count <= 2 * cells {
        return codes;
    }
    let missing = codes.count as u32;
    let mut occurring: Vec<u32> = codes
        .tables
        .iter()
        .flatten()
        .copied()
        .filter(|&c| c != missing)
        .collect();
    occurring.sort_unstable();
    occurring.dedup();
    let rank = |code: &u32| occurring.partition_point(|known| known < code) as u32;
    Codes {
        // The missing ones lie behind all others, and so get the number of codes.
        tables: codes
            .tables
            .iter()
            .map(|table| table.iter().map(rank).collect())
            .collect(),
        count: occurring.len(),
    }
}

fn tally(codes: &[u32], size: usize) -> Vec<u32> {
    let mut counts = vec![0; size];
    for &code in codes {
        counts[code as usize] += 1;
    }
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
