//! Whether every synthetic cell is possible.
//!
//! A cell is possible when it lies within the schema's bounds and allowed values and is written with
//! no more decimals than the schema has. Where the schema has no bounds or allowed values, those of
//! the real rows stand in: the range and the categories observed in the training and holdout parts
//! together. A missing cell is possible where the schema allows it or the real rows have some.

use crate::results::{ColumnValidity, Validity};
use plenish_table::{Column, ColumnSchema, MISSING_CODE, Table};
use rayon::prelude::*;
use std::collections::BTreeSet;

/// Checks the columns at `columns` of `synthetic` against the schema and the real rows of `real` and
/// `holdout`, which share its columns and types.
pub fn validity(real: &Table, holdout: &Table, synthetic: &Table, columns: &[usize]) -> Validity {
    let checked: Vec<(ColumnValidity, usize)> = columns
        .par_iter()
        .map(|&index| {
            check(
                &real.schema().columns[index],
                real.column(index),
                holdout.column(index),
                synthetic.column(index),
            )
        })
        .collect();
    let possible: usize = checked.iter().map(|(_, possible)| possible).sum();
    let cells = synthetic.rows() * columns.len();
    Validity {
        share: share(possible, cells),
        columns: checked.into_iter().map(|(column, _)| column).collect(),
    }
}

/// All of nothing is fine.
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

fn check(schema: &ColumnSchema, real: &Column, holdout: &Column, synthetic: &Column) -> (ColumnValidity, usize) {
    let rows = synthetic.len();
    let missing = synthetic.missing_count();
    let mut problems = Vec::new();
    let mut impossible = 0;
    let may_miss = schema.missing || real.missing_count() > 0 || holdout.missing_count() > 0;
    if missing > 0 && !may_miss {
        problems.push(format!("{} missing, but the column may not be", cells(missing)));
        impossible += missing;
    }
    if let Column::Text(text) = synthetic {
        let allowed: BTreeSet<&str> = match &schema.allowed {
            Some(listed) => listed.iter().map(String::as_str).collect(),
            None => words(real).chain(words(holdout)).collect(),
        };
        let known: Vec<bool> = text.dictionary.iter().map(|w| allowed.contains(w.as_str())).collect();
        let mut counts = vec![0_usize; text.dictionary.len()];
        for &code in text.codes.iter().filter(|&&c| c != MISSING_CODE) {
            counts[code as usize] += 1;
        }
        let mut strange: Vec<(&str, usize)> = (0..counts.len())
            .filter(|&code| counts[code] > 0 && !known[code])
            .map(|code| (text.dictionary[code].as_str(), counts[code]))
            .collect();
        strange.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let total: usize = strange.iter().map(|(_, count)| count).sum();
        if let Some((word, _)) = strange.first() {
            let source = if schema.allowed.is_some() {
                "the schema does not allow"
            } else {
                "no real row has"
            };
            problems.push(format!("{} with a value that {source}, such as '{word}'", cells(total)));
        }
        impossible += total;
    } else {
        impossible += check_numbers(schema, real, holdout, synthetic, &mut problems);
    }
    let column = ColumnValidity {
        name: schema.name.clone(),
        share: share(rows - impossible.min(rows), rows),
        missing_real: share(real.missing_count(), real.len().max(1)),
        missing_synthetic: share(missing, rows.max(1)),
        problems,
    };
    (column, rows - impossible.min(rows))
}

fn check_numbers(
    schema: &ColumnSchema,
    real: &Column,
    holdout: &Column,
    synthetic: &Column,
    problems: &mut Vec<String>,
) -> usize {
    let numbers = |column: &Column| {
        (0..column.len())
            .filter_map(|row| column.number(row))
            .collect::<Vec<f64>>()
    };
    let (mut low, mut high) = (schema.min, schema.max);
    if low.is_none() || high.is_none() {
        let mut observed = numbers(real);
        observed.extend(numbers(holdout));
        // Without any real value, none is known to be wrong.
        let smallest = observed.iter().copied().reduce(f64::min);
        let largest = observed.iter().copied().reduce(f64::max);
        low = low.or(smallest);
        high = high.or(largest);
    }
    let (low, high) = (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY));
    let decimals = match synthetic {
        Column::Real(_) => schema.decimals,
        _ => None,
    };
    let (mut below, mut above, mut fine, mut impossible) = (0, 0, 0, 0);
    let (mut smallest, mut largest) = (f64::INFINITY, f64::NEG_INFINITY);
    for x in numbers(synthetic) {
        smallest = smallest.min(x);
        largest = largest.max(x);
        let too_fine = decimals.is_some_and(|d| is_finer(x, d));
        below += usize::from(x < low);
        above += usize::from(x > high);
        fine += usize::from(too_fine);
        impossible += usize::from(x < low || x > high || too_fine || !x.is_finite());
    }
    if below > 0 {
        problems.push(format!(
            "{} below {}, the least being {}",
            cells(below),
            schema.show_number(low),
            schema.show_number(smallest)
        ));
    }
    if above > 0 {
        problems.push(format!(
            "{} above {}, the largest being {}",
            cells(above),
            schema.show_number(high),
            schema.show_number(largest)
        ));
    }
    if fine > 0 {
        problems.push(format!(
            "{} with more than {} decimals",
            cells(fine),
            decimals.unwrap_or_default()
        ));
    }
    impossible
}

fn cells(count: usize) -> String {
    if count == 1 {
        "1 cell".to_owned()
    } else {
        format!("{count} cells")
    }
}

/// Whether a number needs more than `decimals` decimals, beyond what binary fractions blur.
fn is_finer(x: f64, decimals: u8) -> bool {
    let scaled = x * 10_f64.powi(i32::from(decimals));
    scaled.is_finite() && (scaled - scaled.round()).abs() > 1e-9 * scaled.abs().max(1.0)
}

fn words(column: &Column) -> impl Iterator<Item = &str> {
    let (words, used) = match column {
        Column::Text(text) => {
            let mut used = vec![false; text.dictionary.len()];
            for &code in text.codes.iter().filter(|&&c| c != MISSING_CODE) {
                used[code as usize] = true;
            }
            (text.dictionary.as_slice(), used)
        }
        _ => (&[][..], Vec::new()),
    };
    words
        .iter()
        .zip(used)
        .filter(|(_, used)| *used)
        .map(|(word, _)| word.as_str())
}

/// The column whose share of missing cells differs most from the real one beyond chance, and by how
/// much: the size of the difference less three of its standard errors, at least 0.
pub(crate) fn missing_gap(validity: &Validity, real_rows: usize, synthetic_rows: usize) -> (f64, Option<&str>) {
    let (n, m) = (real_rows.max(1) as f64, synthetic_rows.max(1) as f64);
    let mut worst = (0.0, None);
    for column in &validity.columns {
        let pooled = (column.missing_real * n + column.missing_synthetic * m) / (n + m);
        let error = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
        let gap = (column.missing_real - column.missing_synthetic).abs() - 3.0 * error;
        if gap > worst.0 {
            worst = (gap, Some(column.name.as_str()));
        }
    }
    worst
}
