//! How strongly two columns are related, measured so that one outlier changes nothing.
//!
//! Everything is computed from one table of counts a pair, over the codes of [`SharedBins`]: numbers
//! by the rank of their bin, heavy values in bins of their own, missing as a category of its own in
//! columns of categories. A row whose number is missing is left out of that number's pairs.

use crate::bins::{Bins, SharedBins, column_for};
use plenish_table::{Result, Table};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// How an association is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AssociationKind {
    /// Two columns of categories: Cramér's V with Bergsma's bias correction (2013), 0 to 1.
    CramersV,
    /// Categories and a number: the correlation ratio of the number's ranks, bias-corrected as
    /// Kelley's epsilon squared (1935); the square root, 0 to 1.
    CorrelationRatio,
    /// Two numbers: Spearman's rank correlation, -1 to 1.
    Spearman,
}

impl AssociationKind {
    /// The name in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::CramersV => "Cramér's V",
            Self::CorrelationRatio => "correlation ratio",
            Self::Spearman => "Spearman",
        }
    }
}

/// How strongly two columns are related.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Association {
    /// One column.
    pub a: String,
    /// The other, later in the schema.
    pub b: String,
    /// How it was measured.
    pub kind: AssociationKind,
    /// The strength; 0 where it is undefined (a constant column, one without values, a single row).
    pub value: f64,
}

/// How strongly every pair of columns is related: a symmetrical matrix.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Associations {
    /// The columns, in the order of the schema.
    pub columns: Vec<String>,
    /// Each pair once, row by row of the upper triangle.
    pub pairs: Vec<Association>,
}

impl Associations {
    /// The pair of the columns at `i` and `j`, in either order; none on the diagonal or beyond.
    pub fn pair(&self, i: usize, j: usize) -> Option<&Association> {
        let (low, high) = (i.min(j), i.max(j));
        let n = self.columns.len();
        if low == high || high >= n {
            return None;
        }
        self.pairs.get(low * (2 * n - low - 1) / 2 + high - low - 1)
    }

    /// The entry of the matrix: 1 on the diagonal.
    pub fn value(&self, i: usize, j: usize) -> f64 {
        if i == j {
            1.0
        } else {
            self.pair(i, j).map_or(0.0, |pair| pair.value)
        }
    }
}

/// Measures how strongly every pair of columns of `table` is related, on bins that other tables share.
/// The same on any number of threads.
///
/// Fails when the table lacks a column of the bins or holds another type in it.
pub fn associations(table: &Table, bins: &SharedBins) -> Result<Associations> {
    let codes = bins
        .columns
        .par_iter()
        .map(|b| Ok(b.encode(column_for(table, b)?)))
        .collect::<Result<Vec<_>>>()?;
    let n = bins.columns.len();
    let places: Vec<(usize, usize)> = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))).collect();
    let pairs = places
        .into_par_iter()
        .map(|(i, j)| {
            let (a, b) = (&bins.columns[i], &bins.columns[j]);
            let (kind, value) = measure(a, &codes[i], b, &codes[j]);
            Association {
                a: a.schema.name.clone(),
                b: b.schema.name.clone(),
                kind,
                value,
            }
        })
        .collect();
    Ok(Associations {
        columns: bins.columns.iter().map(|b| b.schema.name.clone()).collect(),
        pairs,
    })
}

fn measure(a: &Bins, a_codes: &[u16], b: &Bins, b_codes: &[u16]) -> (AssociationKind, f64) {
    match (a.is_ordered(), b.is_ordered()) {
        // Categories go first, so that the table of counts is groups by ranks.
        (true, false) => measure(b, b_codes, a, a_codes),
        (false, false) => (
            AssociationKind::CramersV,
            cramers_v(&Counts::of(a, a_codes, b, b_codes)),
        ),
        (false, true) => (
            AssociationKind::CorrelationRatio,
            correlation_ratio(&Counts::of(a, a_codes, b, b_codes)),
        ),
        (true, true) => (AssociationKind::Spearman, spearman(&Counts::of(a, a_codes, b, b_codes))),
    }
}

/// A table of counts: rows are codes of one column, columns codes of the other.
pub(crate) struct Counts {
    cells: Vec<u64>,
    columns: usize,
    row_sums: Vec<u64>,
    column_sums: Vec<u64>,
    total: u64,
}

impl Counts {
    fn of(a: &Bins, a_codes: &[u16], b: &Bins, b_codes: &[u16]) -> Self {
        let width = b.codes();
        let mut cells = vec![0; a.codes() * width];
        for (&x, &y) in a_codes.iter().zip(b_codes) {
            cells[usize::from(x) * width + usize::from(y)] += 1;
        }
        // Missing numbers have no rank.
        if a.is_ordered() {
            cells[a.missing_code() * width..].fill(0);
        }
        if b.is_ordered() {
            for row in cells.chunks_mut(width) {
                row[b.missing_code()] = 0;
            }
        }
        Self::new(cells, width)
    }

    fn new(cells: Vec<u64>, columns: usize) -> Self {
        let row_sums = cells.chunks(columns).map(|row| row.iter().sum()).collect();
        let column_sums: Vec<u64> = (0..columns)
            .map(|j| cells.iter().skip(j).step_by(columns).sum())
            .collect();
        Self {
            total: column_sums.iter().sum(),
            cells,
            columns,
            row_sums,
            column_sums,
        }
    }
}

fn in_use(sums: &[u64]) -> usize {
    sums.iter().filter(|&&sum| sum > 0).count()
}

/// Bergsma (2013), "A bias-correction for Cramér's V and Tschuprow's T"; 0 where undefined.
fn cramers_v(counts: &Counts) -> f64 {
    let (rows, columns) = (in_use(&counts.row_sums) as f64, in_use(&counts.column_sums) as f64);
    let n = counts.total as f64;
    if n < 2.0 || rows < 2.0 || columns < 2.0 {
        return 0.0;
    }
    // Sum of observed² / (row sum · column sum), which is 1 + chi² / n.
    let mut sum = 0.0;
    for (row, &row_sum) in counts.cells.chunks(counts.columns).zip(&counts.row_sums) {
        for (&cell, &column_sum) in row.iter().zip(&counts.column_sums) {
            if cell > 0 {
                sum += cell as f64 / row_sum as f64 * (cell as f64 / column_sum as f64);
            }
        }
    }
    let phi2 = (sum - 1.0 - (rows - 1.0) * (columns - 1.0) / (n - 1.0)).max(0.0);
    let rows = rows - (rows - 1.0) * (rows - 1.0) / (n - 1.0);
    let columns = columns - (columns - 1.0) * (columns - 1.0) / (n - 1.0);
    let least = rows.min(columns) - 1.0;
    if least <= 0.0 {
        return 0.0;
    }
    libm::sqrt((phi2 / least).min(1.0))
}

/// Average rank of each column code, from 1; and their sum of squares about the mean.
fn ranks(sums: &[u64]) -> (Vec<f64>, f64) {
    let n = sums.iter().sum::<u64>() as f64;
    let middle = f64::midpoint(n, 1.0);
    let (mut before, mut squares) = (0.0, 0.0);
    let ranks = sums
        .iter()
        .map(|&sum| {
            let sum = sum as f64;
            let rank = before + f64::midpoint(sum, 1.0);
            before += sum;
            squares += sum * (rank - middle) * (rank - middle);
            rank - middle
        })
        .collect();
    (ranks, squares)
}

/// Square root of Kelley's epsilon squared of the ranks between the groups; 0 where undefined.
fn correlation_ratio(counts: &Counts) -> f64 {
    let (ranks, total) = ranks(&counts.column_sums);
    let groups = in_use(&counts.row_sums) as f64;
    let n = counts.total as f64;
    if groups < 2.0 || n <= groups || total <= 0.0 {
        return 0.0;
    }
    let mut between = 0.0;
    for (row, &row_sum) in counts.cells.chunks(counts.columns).zip(&counts.row_sums) {
        if row_sum > 0 {
            let sum: f64 = row.iter().zip(&ranks).map(|(&cell, &rank)| cell as f64 * rank).sum();
            between += sum * sum / row_sum as f64;
        }
    }
    let eta2 = between / total;
    libm::sqrt((1.0 - (1.0 - eta2) * (n - 1.0) / (n - groups)).clamp(0.0, 1.0))
}

/// Pearson's correlation of the average ranks; 0 where undefined.
fn spearman(counts: &Counts) -> f64 {
    let (a, a_squares) = ranks(&counts.row_sums);
    let (b, b_squares) = ranks(&counts.column_sums);
    if a_squares <= 0.0 || b_squares <= 0.0 {
        return 0.0;
    }
    let mut products = 0.0;
    for (row, &x) in counts.cells.chunks(counts.columns).zip(&a) {
        let sum: f64 = row.iter().zip(&b).map(|(&cell, &y)| cell as f64 * y).sum();
        products += x * sum;
    }
    (products / libm::sqrt(a_squares) / libm::sqrt(b_squares)).clamp(-1.0, 1.0)
}
