//! What each slice of the test rows costs before and after synthetic rows join the real ones.

use super::{Bench, Slice};
use crate::groups::Groups;
use crate::interval::Z;
use crate::judged::Judged;
use crate::results::Interval;
use plenish_learn::multiple_tests::benjamini_hochberg;
use plenish_table::{Condition, Result, Role, Table};

/// Slices with fewer test rows are not judged.
const MIN_ROWS: usize = 50;
/// Slices of one column at most, the largest; a column with more is mostly rows of its own.
const PER_COLUMN: usize = 12;
/// Slices that are reported: those that changed most, and the worst.
const REPORTED: usize = 40;

/// The test rows that satisfy each condition.
pub(super) fn asked(bench: &Bench<'_>, judged: &[Judged<'_>], conditions: &[Condition]) -> Result<Vec<Slice>> {
    let (before, after) = (judged[0].loss(), judged[1].loss());
    let mut out = Vec::new();
    let mut p = Vec::new();
    for condition in conditions {
        let mask = condition.mask(bench.test)?;
        let rows: Vec<usize> = (0..mask.len()).filter(|&row| mask[row]).collect();
        if rows.len() >= MIN_ROWS {
            let text = condition.show(bench.test.schema());
            let (slice, own) = changed(&before, &after, &rows, String::new(), text);
            out.push(slice);
            p.push(own);
        }
    }
    for (slice, p) in out.iter_mut().zip(benjamini_hochberg(&p)) {
        slice.p_adjusted = p;
    }
    Ok(out)
}

/// What some test rows cost before and after, and the p-value of no difference.
fn changed(before: &[f64], after: &[f64], rows: &[usize], column: String, value: String) -> (Slice, f64) {
    let mean = |values: &dyn Fn(usize) -> f64| rows.iter().map(|&r| values(r)).sum::<f64>() / rows.len() as f64;
    let (old, new) = (mean(&|r| before[r]), mean(&|r| after[r]));
    let difference = new - old;
    let squares: f64 = rows.iter().map(|&r| (after[r] - before[r] - difference).powi(2)).sum();
    let n = rows.len() as f64;
    let error = (squares / (n - 1.0) / n).sqrt();
    let slice = Slice {
        column,
        value,
        rows: rows.len(),
        before: old,
        after: new,
        change: Interval {
            value: difference,
            low: difference - Z * error,
            high: difference + Z * error,
        },
        p_adjusted: 1.0,
    };
    let p = if error > 0.0 {
        libm::erfc((difference / error).abs() / std::f64::consts::SQRT_2)
    } else {
        1.0
    };
    (slice, p)
}

/// The values of every column that models look at or that is protected; ranges for numbers.
pub(super) fn slices(
    bench: &Bench<'_>,
    train: &Table,
    judged: &[Judged<'_>],
    protected: &[String],
) -> Result<Vec<Slice>> {
    let (before, after) = (judged[0].loss(), judged[1].loss());
    let schema = &bench.test.schema().columns;
    let mut out = Vec::new();
    let mut p = Vec::new();
    for (index, column) in schema.iter().enumerate() {
        let named = protected.contains(&column.name);
        if !bench.columns.contains(&index) && !named || column.role == Role::Identifier {
            continue;
        }
        let groups = Groups::new(train, bench.test, &column.name)?;
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); groups.names.len()];
        for (row, &group) in groups.of().iter().enumerate() {
            members[group].push(row);
        }
        let mut order: Vec<usize> = (0..members.len()).filter(|&g| members[g].len() >= MIN_ROWS).collect();
        order.sort_by_key(|&g| (usize::MAX - members[g].len(), g));
        for &group in order.iter().take(PER_COLUMN) {
            let rows = &members[group];
            let (slice, own) = changed(&before, &after, rows, column.name.clone(), groups.names[group].clone());
            out.push(slice);
            p.push(own);
        }
    }
    for (slice, p) in out.iter_mut().zip(benjamini_hochberg(&p)) {
        slice.p_adjusted = p;
    }
    // What changed most for the most rows comes first; half of the places are for what costs most before.
    let weight = |slice: &Slice| slice.change.value.abs() * (slice.rows as f64).sqrt();
    out.sort_by(|a, b| b.before.total_cmp(&a.before));
    let worst = out.len().min(REPORTED / 2);
    out[worst..].sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    out.truncate(REPORTED);
    out.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    Ok(out)
}
