//! Sparse regions of numeric space: stretches of one column between denser ones, and boxes of several
//! columns that hold far fewer rows than the columns alone lead to expect.

use crate::attributes::{excluded, range};
use crate::boxes::boxes;
use crate::cuts::roundest;
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
