//! Each column of a real and a synthetic table, counted on the same bins.

use crate::bins::{Bins, Coding, SharedBins, column_for};
use crate::columns::share;
use crate::histogram::{Edges, Histogram, histogram_on};
use crate::labels::labels;
use plenish_table::{Column, ColumnType, Result, Role, Table};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// One column in a real and a synthetic table. Shares are of all rows, missing cells included, so
/// that those of one table sum to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnComparison {
    /// The column.
    pub name: String,
    /// The type of its values.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// What it is for.
    pub role: Role,
    /// Share of missing cells in the real rows.
    pub missing_real: f64,
    /// Share of missing cells in the synthetic rows.
    pub missing_synthetic: f64,
    /// Single values: the most frequent categories by falling real share; for ordered columns the
    /// few values there are, or those so heavy that they stand beside the histogram.
    pub values: Vec<ComparedValue>,
    /// All other categories together; none for ordered columns and where nothing is left.
    pub rest: Option<ComparedValue>,
    /// All other values of an ordered column; none where nothing is left.
    pub histogram: Option<ComparedHistogram>,
}

/// A value's share in both tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparedValue {
    /// The value, as a cell is written.
    pub label: String,
    /// Share of the real rows.
    pub real: f64,
    /// Share of the synthetic rows.
    pub synthetic: f64,
}

/// A histogram of both tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparedHistogram {
    /// The edges of the bins.
    pub edges: Edges,
    /// The edges as cells are written.
    pub labels: Vec<String>,
    /// Share of the real rows below the first edge, in each bin, and above the last.
    pub real: Vec<f64>,
    /// The same of the synthetic rows.
    pub synthetic: Vec<f64>,
}

/// Counts each column of two tables on the same bins. At most `shown` categories are listed for a
/// column; the others are counted together.
///
/// Fails when a table lacks a column of the bins or holds another type in it.
pub fn compare_columns(
    real: &Table,
    synthetic: &Table,
    bins: &SharedBins,
    shown: usize,
) -> Result<Vec<ColumnComparison>> {
    bins.columns
        .par_iter()
        .map(|b| Ok(compare(b, column_for(real, b)?, column_for(synthetic, b)?, shown)))
        .collect()
}

fn compare(bins: &Bins, real: &Column, synthetic: &Column, shown: usize) -> ColumnComparison {
    let rows = (real.len(), synthetic.len());
    let missing = (real.missing_count(), synthetic.missing_count());
    let mut comparison = ColumnComparison {
        name: bins.schema.name.clone(),
        kind: bins.schema.kind,
        role: bins.schema.role,
        missing_real: share(missing.0, rows.0),
        missing_synthetic: share(missing.1, rows.1),
        values: Vec::new(),
        rest: None,
        histogram: None,
    };
    match &bins.coding {
        Coding::Values(values) => {
            let counted = |column: &Column| -> Vec<usize> {
                let found = labels(&bins.schema, column).values;
                let index: std::collections::HashMap<&str, usize> =
                    found.iter().map(|(label, count)| (label.as_str(), *count)).collect();
                values
                    .iter()
                    .take(shown)
                    .map(|v| index.get(v.as_str()).copied().unwrap_or(0))
                    .collect()
            };
            let (a, b) = (counted(real), counted(synthetic));
            comparison.values = values
                .iter()
                .zip(a.iter().zip(&b))
                .map(|(label, (&a, &b))| ComparedValue {
                    label: label.clone(),
                    real: share(a, rows.0),
                    synthetic: share(b, rows.1),
                })
                .collect();
            let left = |rows: usize, missing: usize, counts: &[usize]| rows - missing - counts.iter().sum::<usize>();
            let (a, b) = (left(rows.0, missing.0, &a), left(rows.1, missing.1, &b));
            if a + b > 0 {
                comparison.rest = Some(ComparedValue {
                    label: "all others".to_owned(),
                    real: share(a, rows.0),
                    synthetic: share(b, rows.1),
                });
            }
        }
        Coding::Cuts(_) => ordered(bins, real, synthetic, &mut comparison),
    }
    comparison
}

fn ordered(bins: &Bins, real: &Column, synthetic: &Column, comparison: &mut ColumnComparison) {
    // A heavy value keeps to itself: what is counted there must not be counted in the histogram.
    let split = |column: &Column| -> (Vec<usize>, Histogram) {
        let mut heavy = vec![0; bins.heavy.len()];
        let mut numbers = column.numbers();
        for x in &mut numbers {
            if let Some(i) = bins.heavy.iter().position(|h| h == x) {
                heavy[i] += 1;
                *x = f64::NAN;
            }
        }
        (heavy, histogram_on(&numbers, &bins.edges))
    };
    let ((a, a_rest), (b, b_rest)) = (split(real), split(synthetic));
    comparison.values = bins
        .heavy
        .iter()
        .zip(a.iter().zip(&b))
        .map(|(&value, (&a, &b))| ComparedValue {
            label: bins.schema.show_number(value),
            real: share(a, real.len()),
            synthetic: share(b, synthetic.len()),
        })
        .collect();
    let shares = |h: &Histogram, rows: usize| -> Vec<f64> {
        std::iter::once(&h.below)
            .chain(&h.counts)
            .chain(std::iter::once(&h.above))
            .map(|&count| share(count, rows))
            .collect()
    };
    let (real_shares, synthetic_shares) = (shares(&a_rest, real.len()), shares(&b_rest, synthetic.len()));
    let beyond: f64 = real_shares.iter().sum::<f64>() + synthetic_shares.iter().sum::<f64>();
    if bins.edges.bins() > 0 {
        comparison.histogram = Some(ComparedHistogram {
            labels: bins.edges.edges.iter().map(|&e| bins.schema.show_number(e)).collect(),
            edges: bins.edges.clone(),
            real: real_shares,
            synthetic: synthetic_shares,
        });
    } else if beyond > 0.0 {
        comparison.rest = Some(ComparedValue {
            label: "all others".to_owned(),
            real: real_shares.iter().sum(),
            synthetic: synthetic_shares.iter().sum(),
        });
    }
}
