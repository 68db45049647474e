//! Learning a domain that is not public, with noise, out of a share of the budget set aside for it.
//!
//! - **Bounds** of ordered columns: counts of powers of two (a histogram over public buckets), from the first to the
//!   last whose noisy count stands out of the noise.
//! - **Edges** within these bounds: counts of a fine even grid; neighbouring cells are joined into bins of about equal
//!   noisy counts.
//! - **Values** of text columns: those whose noisy count is above a threshold so high that a value only one unit has
//!   comes out with a probability of at most delta (Korolova et al., WWW 2009; here with Gaussian noise).

use crate::accounting::Rho;
use crate::curator::Desk;
use crate::domain::{Axis, Domain, States};
#[cfg(test)]
use crate::honesty::learning as probe;
use crate::noise::{Variance, gaussian};
use plenish_table::{Column, ColumnType, Error, Result, Table, Value};
use std::collections::BTreeMap;

/// Powers of two that are told apart on either side of 0; smaller numbers count as 0, larger ones as the largest.
const POWERS: std::ops::Range<i32> = -20..63;
/// Cells of the fine grid.
const FINE: usize = 1000;
/// The chance that noise alone makes some bucket stand out.
const CHANCE: f64 = 0.01;

/// What the columns to learn may cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    pub(crate) rho: Rho,
    /// For all text columns together.
    pub(crate) delta: f64,
}

/// The domain with every column learned that has no public one. `rows` are the rows that count.
pub(crate) fn resolve(domain: &Domain, table: &Table, rows: &[usize], share: Share, desk: &mut Desk) -> Result<Domain> {
    let mut out = domain.clone();
    let pending = out.axes.iter().filter(|a| a.states.is_none()).count() as u64;
    let texts = out.axes.iter().filter(|a| is_pending_text(a)).count() as f64;
    for axis in out.axes.iter_mut().filter(|a| a.states.is_none()) {
        let column = table.by_name(&axis.column.name).ok_or_else(|| {
            Error::usage("the domain describes a column that the table does not have").in_column(&axis.column.name)
        })?;
        let rho = share.rho.share(1, pending);
        axis.states = Some(if axis.column.kind == ColumnType::Text {
            categories(axis, column, rows, rho, share.delta / texts, desk)?
        } else {
            bins(axis, column, rows, rho, desk)?
        });
        axis.check()?;
    }
    Ok(out)
}

/// Whether learning this column uses some of delta.
pub(crate) fn is_pending_text(axis: &Axis) -> bool {
    axis.states.is_none() && axis.column.kind == ColumnType::Text
}

fn categories(axis: &Axis, column: &Column, rows: &[usize], rho: Rho, delta: f64, desk: &mut Desk) -> Result<States> {
    let variance = Variance::for_budget(rho, desk.contribution)?;
    let k = desk.contribution as f64;
    // A unit brings at most k new values, each with at most k rows. The discrete Gaussian reaches m + 1 no more
    // often than the continuous one m (Canonne et al., proposition 25), and that at most with exp(-m²/2 sigma²)/2.
    let margin = (variance.sigma() * (2.0 * libm::log(k / (2.0 * delta)).max(0.0)).sqrt()).ceil();
    let threshold = desk.contribution as i64 + margin as i64 + 1;
    #[cfg(test)]
    let threshold = probe::tamper_threshold(threshold, desk.contribution);
    charge(
        desk,
        format!("values of column '{}'", axis.column.name),
        rho,
        format!(
            "discrete Gaussian, sigma {:.4}, threshold {threshold}, delta {delta:e}",
            variance.sigma()
        ),
    )?;
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for &row in rows {
        if !column.is_missing(row) {
            *counts.entry(column.value(row).to_string()).or_default() += 1;
        }
    }
    #[cfg(test)]
    let exact = counts.clone();
    let noisy: Vec<(i64, String)> = counts
        .into_iter()
        .map(|(value, count)| (count + gaussian(&mut desk.source, variance), value))
        .collect();
    #[cfg(test)]
    let noisy = {
        let least = probe::Threshold {
            least: threshold,
            delta,
        };
        probe::values(
            &axis.column.name,
            &exact,
            noisy,
            least,
            variance,
            desk.contribution,
            rho,
        )
    };
    let mut found: Vec<(i64, String)> = noisy.into_iter().filter(|(noisy, _)| *noisy >= threshold).collect();
    found.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    found.truncate(axis.bins);
    let mut values: Vec<String> = found.into_iter().map(|f| f.1).collect();
    values.sort_unstable();
    Ok(States::categories(values, true))
}

fn bins(axis: &Axis, column: &Column, rows: &[usize], rho: Rho, desk: &mut Desk) -> Result<States> {
    let half = rho.share(1, 2);
    let numbers: Vec<f64> = rows.iter().filter_map(|&row| number(axis, column, row)).collect();
    let buckets = 2 * POWERS.len() + 1;
    let noisy = counts(
        &axis.column.name,
        "powers of two",
        &numbers,
        buckets,
        bucket,
        half,
        desk,
    )?;
    // Where no number is, the largest of all buckets' noise stays below this but for the chance.
    let limit = noisy.1.sigma() * (2.0 * libm::log(buckets as f64 / CHANCE)).sqrt();
    let stands_out = |&(_, &count): &(usize, &i64)| count as f64 > limit;
    let first = noisy
        .0
        .iter()
        .enumerate()
        .find(stands_out)
        .map_or(POWERS.len(), |b| b.0);
    let last = noisy.0.iter().enumerate().rev().find(stands_out).map_or(first, |b| b.0);
    let kind = axis.column.kind;
    let (mut low, mut high) = (edge(first), edge(last + 1));
    if kind == ColumnType::Date {
        (low, high) = (low.max(f64::from(i32::MIN + 1)), high.min(f64::from(i32::MAX)));
    }
    if kind != ColumnType::Real {
        (low, high) = (low.floor(), (high.ceil() - 1.0).max(low.floor()));
    }
    #[cfg(test)]
    let (low, high) = probe::tamper_bounds((low, high), &numbers);
    let grid = States::even(kind, low, high, FINE)?;
    let fine = Axis {
        states: Some(grid.clone()),
        missing: false,
        ..axis.clone()
    };
    let cells = fine.size().unwrap_or(1);
    let noisy = counts(
        &axis.column.name,
        "an even grid",
        &numbers,
        cells,
        |v| fine.state_of_number(v),
        half,
        desk,
    )?;
    Ok(joined(&grid, &noisy.0, axis.bins))
}

/// Noisy counts of numbers by public cells.
fn counts(
    name: &str,
    what: &str,
    numbers: &[f64],
    cells: usize,
    cell: impl Fn(f64) -> usize,
    rho: Rho,
    desk: &mut Desk,
) -> Result<(Vec<i64>, Variance)> {
    let variance = Variance::for_budget(rho, desk.contribution)?;
    charge(
        desk,
        format!("counts of column '{name}' on {what}"),
        rho,
        format!(
            "discrete Gaussian, sigma {:.4}, sensitivity {}",
            variance.sigma(),
            desk.contribution
        ),
    )?;
    let mut counts = vec![0_i64; cells];
    for &v in numbers {
        counts[cell(v).min(cells - 1)] += 1;
    }
    #[cfg(test)]
    let exact = counts.clone();
    for c in &mut counts {
        *c += gaussian(&mut desk.source, variance);
    }
    #[cfg(test)]
    let counts = probe::cells(name, &exact, counts, variance, desk.contribution, rho);
    Ok((counts, variance))
}

/// Charges a question about a domain.
fn charge(desk: &mut Desk, what: String, rho: Rho, noise: String) -> Result<()> {
    #[cfg(test)]
    if !probe::is_charged() {
        return Ok(());
    }
    desk.charge(what, rho, noise)
}

/// Joins neighbouring cells into at most `bins` bins of about equal noisy counts.
fn joined(grid: &States, counts: &[i64], bins: usize) -> States {
    let counts: Vec<f64> = counts.iter().map(|&c| c as f64).collect();
    let sum: f64 = counts.iter().sum();
    let shares = crate::shares::nearest_shares(&counts, sum.max(1.0));
    let mass: f64 = shares.iter().sum();
    let mut cuts = vec![0];
    let mut reached = 0.0;
    for (cell, share) in shares.iter().enumerate() {
        reached += share;
        if reached * bins as f64 >= mass * cuts.len() as f64 && cell + 1 < counts.len() {
            cuts.push(cell + 1);
            // One heavy cell may stand for several bins.
            while cuts.len() < bins && reached * bins as f64 >= mass * cuts.len() as f64 {
                reached -= mass / bins as f64;
            }
        }
        if cuts.len() == bins {
            break;
        }
    }
    cuts.push(counts.len());
    match grid {
        States::Whole { edges } => States::Whole {
            edges: cuts.into_iter().map(|c| edges[c]).collect(),
        },
        States::Real { edges } => States::Real {
            edges: cuts.into_iter().map(|c| edges[c]).collect(),
        },
        other => other.clone(),
    }
}

/// A cell as a number, whatever type a reader took it for.
fn number(axis: &Axis, column: &Column, row: usize) -> Option<f64> {
    match column {
        Column::Text(text) => match Value::parse_in(text.get(row)?, &axis.column)? {
            Value::Integer(v) | Value::Timestamp(v) => Some(v as f64),
            Value::Date(v) => Some(f64::from(v)),
            Value::Real(v) => Some(v),
            _ => None,
        },
        _ => column.number(row),
    }
}

/// The bucket of a number: negative ones first, the largest of them in size at the start; 0 in the middle.
fn bucket(value: f64) -> usize {
    let middle = POWERS.len();
    let size = value.abs();
    if size < libm::exp2(f64::from(POWERS.start)) {
        return middle;
    }
    let power = libm::floor(libm::log2(size)).min(f64::from(POWERS.end - 1)) as i32;
    let distance = (power - POWERS.start).clamp(0, POWERS.len() as i32 - 1) as usize + 1;
    if value < 0.0 {
        middle - distance
    } else {
        middle + distance
    }
}

/// The lower edge of a bucket.
fn edge(bucket: usize) -> f64 {
    let middle = POWERS.len();
    let power = |distance: usize| libm::exp2(f64::from(POWERS.start + distance as i32 - 1));
    match bucket {
        b if b < middle => -power(middle - b + 1),
        b if b == middle => -power(1),
        b => power(b - middle),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_lie_in_their_bucket(size in -19.0_f64..62.0, negative: bool) {
            let value = if negative { -size.exp2() } else { size.exp2() };
            let bucket = bucket(value);
            // Powers of two themselves may fall to either side by the rounding of logarithms.
            let slack = value.abs() * 1e-12;
            let (low, high) = (edge(bucket), edge(bucket + 1));
            prop_assert!(low - slack <= value && value <= high + slack, "{} not from {} to {}", value, low, high);
        }
    }

    #[test]
    fn the_buckets_rise() {
        let edges: Vec<f64> = (0..=2 * POWERS.len() + 1).map(edge).collect();
        assert!(edges.is_sorted_by(|a, b| a < b), "{edges:?}");
        assert_eq!(bucket(0.0), POWERS.len());
        assert_eq!(bucket(f64::MAX), 2 * POWERS.len());
        assert_eq!(bucket(-f64::MAX), 0);
    }
}
