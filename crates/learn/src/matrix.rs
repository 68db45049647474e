//! Features as codes of one byte: what histogram learners work on.

use crate::bins;
use plenish_table::{Column, ColumnSchema, Error, MISSING_CODE, Result, Table};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What the codes of a feature mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureKind {
    /// Number of codes, at most 256; code 0 is "missing".
    pub codes: u16,
    /// Whether the codes above 0 are in a meaningful order.
    pub ordered: bool,
}

/// Rows x features of one-byte codes, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    rows: usize,
    kinds: Vec<FeatureKind>,
    codes: Vec<u8>,
}

impl Matrix {
    /// Puts codes under their kinds; `codes` holds `rows * kinds.len()` bytes, row by row. Fails
    /// when the length differs or a code is not below its kind's number of codes.
    pub fn new(kinds: Vec<FeatureKind>, codes: Vec<u8>, rows: usize) -> Result<Self> {
        if codes.len() != rows * kinds.len() || kinds.iter().any(|k| k.codes > 256) {
            return Err(Error::internal("codes do not fill the matrix"));
        }
        if !kinds.is_empty()
            && codes
                .chunks_exact(kinds.len())
                .any(|row| row.iter().zip(&kinds).any(|(&c, k)| u16::from(c) >= k.codes))
        {
            return Err(Error::internal("a code is out of range"));
        }
        Ok(Self { rows, kinds, codes })
    }

    /// Puts columns of codes beside each other. Fails like [`Matrix::new`].
    pub fn from_columns(kinds: Vec<FeatureKind>, columns: &[Vec<u8>], rows: usize) -> Result<Self> {
        let width = kinds.len();
        let mut codes = vec![0_u8; rows * width];
        if columns.len() != width || columns.iter().any(|c| c.len() != rows) {
            return Err(Error::internal("columns of codes differ in length"));
        }
        for (feature, column) in columns.iter().enumerate() {
            for (row, &code) in column.iter().enumerate() {
                codes[row * width + feature] = code;
            }
        }
        Self::new(kinds, codes, rows)
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of features.
    pub fn features(&self) -> usize {
        self.kinds.len()
    }

    /// What each feature's codes mean.
    pub fn kinds(&self) -> &[FeatureKind] {
        &self.kinds
    }

    /// The codes of a row.
    #[inline]
    pub fn row(&self, row: usize) -> &[u8] {
        &self.codes[row * self.kinds.len()..(row + 1) * self.kinds.len()]
    }

    /// All codes, row by row.
    pub fn codes(&self) -> &[u8] {
        &self.codes
    }

    /// The rows at `rows`, in that order, repeats allowed.
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Self {
        let mut codes = Vec::with_capacity(rows.len() * self.kinds.len());
        for &row in rows {
            codes.extend_from_slice(self.row(row as usize));
        }
        Self {
            rows: rows.len(),
            kinds: self.kinds.clone(),
            codes,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Coding {
    /// Code 1 + number of cuts below the value.
    Ordered(Vec<f64>),
    /// Code 1 + position; all other texts share the code after the last.
    Categories(Vec<String>),
}

/// How a table's columns become codes; learned once, applied to any table with these columns.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FeatureCoder {
    columns: Vec<(ColumnSchema, Coding)>,
}

/// Rows beyond this many are not looked at when cutting bins: the cuts move by less than a percent
/// of a bin's mass.
const BINNING_ROWS: usize = 400_000;

impl FeatureCoder {
    /// Learns codes of the columns at `columns` from all `tables` together: `max_bins` (2 to 255)
    /// bins of about equal mass for numbers and times, one code a category for text, of which the
    /// `max_bins - 1` most frequent get their own.
    pub fn fit(tables: &[&Table], columns: &[usize], max_bins: usize) -> Result<Self> {
        let first = tables
            .first()
            .ok_or_else(|| Error::internal("no table to learn codes from"))?;
        let max_bins = max_bins.clamp(2, 255);
        let coded: Vec<(ColumnSchema, Coding)> = columns
            .par_iter()
            .map(|&index| {
                let schema = first.schema().columns[index].clone();
                let coding = if let Column::Text(_) = first.column(index) {
                    let mut counts: HashMap<&str, u32> = HashMap::new();
                    for table in tables {
                        if let Column::Text(text) = table.column(index) {
                            for (word, count) in text.frequencies() {
                                *counts.entry(word).or_default() += count;
                            }
                        }
                    }
                    let mut sorted: Vec<(&str, u32)> = counts.into_iter().collect();
                    sorted.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
                    sorted.truncate(max_bins - 1);
                    Coding::Categories(sorted.into_iter().map(|(word, _)| word.to_owned()).collect())
                } else {
                    let mut numbers = Vec::new();
                    for table in tables {
                        let column = table.column(index);
                        let step = (column.len() * tables.len()).div_ceil(BINNING_ROWS).max(1);
                        numbers.extend((0..column.len()).step_by(step).filter_map(|row| column.number(row)));
                    }
                    Coding::Ordered(bins::cuts(&bins::distinct(&numbers), max_bins))
                };
                (schema, coding)
            })
            .collect();
        Ok(Self { columns: coded })
    }

    /// The codes of `table`, which must have the columns this was learned from, by name and type.
    pub fn encode(&self, table: &Table) -> Result<Matrix> {
        let mut kinds = Vec::with_capacity(self.columns.len());
        let mut sources = Vec::with_capacity(self.columns.len());
        for (schema, coding) in &self.columns {
            let column = table.column(table.schema().require(&schema.name)?);
            if column.kind() != schema.kind {
                return Err(Error::data(format!(
                    "holds {} values instead of {}",
                    column.kind().name(),
                    schema.kind.name()
                ))
                .in_column(&schema.name));
            }
            kinds.push(match coding {
                Coding::Ordered(cuts) => FeatureKind {
                    codes: cuts.len() as u16 + 2,
                    ordered: true,
                },
                Coding::Categories(words) => FeatureKind {
                    codes: words.len() as u16 + 2,
                    ordered: false,
                },
            });
            sources.push(column);
        }
        let columns: Vec<Vec<u8>> = self
            .columns
            .par_iter()
            .zip(&sources)
            .map(|((_, coding), column)| match (coding, column) {
                (Coding::Categories(words), Column::Text(text)) => {
                    let index: HashMap<&str, u8> = words
                        .iter()
                        .enumerate()
                        .map(|(i, w)| (w.as_str(), i as u8 + 1))
                        .collect();
                    let other = words.len() as u8 + 1;
                    let map: Vec<u8> = text
                        .dictionary
                        .iter()
                        .map(|w| index.get(w.as_str()).copied().unwrap_or(other))
                        .collect();
                    text.codes
                        .iter()
                        .map(|&c| if c == MISSING_CODE { 0 } else { map[c as usize] })
                        .collect()
                }
                (Coding::Ordered(cuts), column) => (0..column.len())
                    .map(|row| {
                        column
                            .number(row)
                            .map_or(0, |v| cuts.partition_point(|cut| *cut < v) as u8 + 1)
                    })
                    .collect(),
                (Coding::Categories(_), _) => vec![0; column.len()],
            })
            .collect();
        Matrix::from_columns(kinds, &columns, table.rows())
    }
}
