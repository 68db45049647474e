//! Values that the synthetic rows should have and have not: a class, a rare group, missing cells.

use super::results::Gone;
use plenish_table::{Column, Table};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Numbers and times with at most this many distinct values are looked at value by value.
const FEW: usize = 20;
/// A value is gone if at most this share of what is expected is there...
const LEFT: f64 = 0.1;
/// ...and chance leaves so few less often than this (for 1,000 values looked at, once in 1,000
/// tables).
const CHANCE: f64 = 1e-6;

/// How missing cells are named.
const MISSING: &str = "(missing)";

/// The values of the columns at `columns` that both real parts have and of which the synthetic rows
/// hold next to nothing, largest real share first; the tables share a schema.
pub(crate) fn gone(real: &Table, holdout: &Table, synthetic: &Table, columns: &[usize]) -> Vec<Gone> {
    let mut out: Vec<Gone> = columns
        .par_iter()
        .flat_map_iter(|&index| {
            let name = &real.schema().columns[index].name;
            let parts = [real.column(index), holdout.column(index), synthetic.column(index)];
            let [(first, _), (second, _), (found, complete)] = parts.map(counts);
            let rows = (real.rows() + holdout.rows()) as f64;
            let mut gone = Vec::new();
            for (value, count) in first {
                let Some(other) = second.get(&value) else { continue };
                // Of too many distinct numbers none was counted.
                if !complete && value != MISSING {
                    continue;
                }
                let share = (count + other) as f64 / rows;
                let expected = share * synthetic.rows() as f64;
                let left = found.get(&value).copied().unwrap_or(0);
                if (left as f64) <= LEFT * expected && chance(left as f64, expected) < CHANCE {
                    gone.push(Gone {
                        column: name.clone(),
                        value,
                        real: share,
                        expected,
                        left,
                    });
                }
            }
            gone
        })
        .collect();
    out.sort_by(|a, b| b.real.total_cmp(&a.real));
    out
}

/// A bound on how often a Poisson count of mean `expected` is `left` or less (Chernoff).
fn chance(left: f64, expected: f64) -> f64 {
    if left >= expected {
        return 1.0;
    }
    let log = if left > 0.0 {
        left - expected + left * libm::log(expected / left)
    } else {
        -expected
    };
    libm::exp(log)
}

/// How often each value occurs, [`MISSING`] included, and whether that is all of them: numbers and
/// times with many values are not counted.
fn counts(column: &Column) -> (BTreeMap<String, usize>, bool) {
    let mut counts = BTreeMap::new();
    let mut complete = true;
    if let Column::Text(text) = column {
        for (word, count) in text.frequencies() {
            counts.insert(word.to_owned(), count as usize);
        }
    } else {
        let mut distinct: BTreeMap<u64, (usize, usize)> = BTreeMap::new();
        for row in 0..column.len() {
            if let Some(x) = column.number(row) {
                distinct.entry((x + 0.0).to_bits()).or_insert((0, row)).0 += 1;
                if distinct.len() > FEW {
                    complete = false;
                    distinct.clear();
                    break;
                }
            }
        }
        for (count, row) in distinct.into_values() {
            counts.insert(column.value(row).to_string(), count);
        }
    }
    let missing = column.missing_count();
    if missing > 0 {
        counts.insert(MISSING.to_owned(), missing);
    }
    (counts, complete)
}
