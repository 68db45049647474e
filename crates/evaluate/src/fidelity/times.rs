//! Whether times stand in the order that real ones do: in a row (an end after its start), and from
//! row to row.

use super::results::{RowOrder, TimeOrder, Times};
use plenish_table::{ColumnType, Role, Table};
use rayon::prelude::*;

/// Real rows that keep an order, of those that have both times, at least.
const KEPT: f64 = 0.999;
/// Real rows that have both times, at least.
const MIN_ROWS: usize = 30;
/// Steps from row to row that do not go back, at least, in a table that is in order.
const SORTED: f64 = 0.999;
/// Columns of times looked at in pairs, at most.
const MAX_COLUMNS: usize = 40;

/// Looks at the days and points in time among the columns at `columns`; the tables share a schema.
pub(crate) fn times(real: &Table, holdout: &Table, synthetic: &Table, columns: &[usize]) -> Times {
    let schema = real.schema();
    let is_time = |index: usize| matches!(schema.columns[index].kind, ColumnType::Date | ColumnType::Timestamp);
    let times: Vec<usize> = columns
        .iter()
        .copied()
        .filter(|&c| is_time(c))
        .take(MAX_COLUMNS)
        .collect();
    let pairs: Vec<(usize, usize)> = times
        .iter()
        .flat_map(|&a| times.iter().map(move |&b| (a, b)))
        .filter(|&(a, b)| a != b && schema.columns[a].kind == schema.columns[b].kind)
        .collect();
    let orders = pairs
        .into_par_iter()
        .filter_map(|(a, b)| {
            let [first, second, made] = [real, holdout, synthetic].map(|table| kept(table, a, b));
            let enough = |k: &Kept| k.both >= MIN_ROWS && k.in_order as f64 >= KEPT * k.both as f64;
            // Columns that are always equal have no order.
            let apart = first.equal < first.both;
            (enough(&first) && enough(&second) && apart && made.both > 0).then(|| TimeOrder {
                earlier: schema.columns[a].name.clone(),
                later: schema.columns[b].name.clone(),
                real: first.broken().max(second.broken()),
                synthetic: made.broken(),
            })
        })
        .collect();
    let rows = columns
        .iter()
        .filter(|&&c| is_time(c) || schema.columns[c].role == Role::Time)
        .filter_map(|&index| {
            let [first, second, made] = [real, holdout, synthetic].map(|table| forward(table, index));
            (first? >= SORTED && second? >= SORTED).then(|| RowOrder {
                column: schema.columns[index].name.clone(),
                synthetic: made.unwrap_or(1.0),
            })
        })
        .collect();
    Times { orders, rows }
}

struct Kept {
    both: usize,
    in_order: usize,
    equal: usize,
}

impl Kept {
    /// The share of rows with both times in which the order is broken.
    fn broken(&self) -> f64 {
        (self.both - self.in_order) as f64 / self.both.max(1) as f64
    }
}

fn kept(table: &Table, a: usize, b: usize) -> Kept {
    let (a, b) = (table.column(a), table.column(b));
    let mut kept = Kept {
        both: 0,
        in_order: 0,
        equal: 0,
    };
    for row in 0..table.rows() {
        if let (Some(x), Some(y)) = (a.number(row), b.number(row)) {
            kept.both += 1;
            kept.in_order += usize::from(x <= y);
            kept.equal += usize::from(x == y);
        }
    }
    kept
}

/// The share of steps from row to row that do not go back; none of fewer than [`MIN_ROWS`] rows, of
/// text, and where all are equal.
fn forward(table: &Table, index: usize) -> Option<f64> {
    let column = table.column(index);
    let numbers: Vec<f64> = (0..column.len()).filter_map(|row| column.number(row)).collect();
    if numbers.len() < MIN_ROWS || !column.varies() {
        return None;
    }
    let forward = numbers.windows(2).filter(|w| w[0] <= w[1]).count();
    Some(forward as f64 / (numbers.len() - 1) as f64)
}
