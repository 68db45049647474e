//! Values that follow from other values, and combinations that never occur.

use super::{Proposal, Searched};
use plenish_table::{ColumnType, Constraint, Context, Result, value_codes};

/// Rows that a determinant's value has at least, on average: fewer are as good as a key.
const ROWS_A_VALUE: usize = 5;
/// Values with at least two rows that a determinant has to have.
const FEWEST_REPEATED: usize = 4;
/// Combinations of independent columns that would be expected and are not there, in e-folds of their
/// probability: at 30 the chance of one such pair among all that are looked at is below one in a billion.
const SURPRISE: f64 = 30.0;

/// Functional dependencies, and pairs of columns in which many combinations never occur although chance
/// would bring them.
pub(super) fn dependencies(searched: &Searched, formulas: &[Proposal], cx: &Context) -> Result<Vec<Proposal>> {
    let rows = searched.table.rows();
    let columns: Vec<usize> = (0..searched.schema.columns.len())
        .filter(|&i| {
            let count = searched.codes[i].1 as usize;
            searched.is_modelled(i) && count >= 2 && count * ROWS_A_VALUE <= rows
        })
        .collect();
    let counts: Vec<Vec<usize>> = columns.iter().map(|&i| frequencies(&searched.codes[i])).collect();
    let sample: Vec<Vec<u32>> = columns
        .iter()
        .map(|&i| value_codes(&[searched.sample.column(i)]).0)
        .collect();
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut out: Vec<Proposal> = Vec::new();
    // What follows from a measure or a time is a calculation, not a list of values.
    let is_code = |c: usize| {
        let kind = searched.schema.columns[c].kind;
        matches!(kind, ColumnType::Text | ColumnType::Boolean | ColumnType::Integer)
    };
    for (i, &a) in columns.iter().enumerate() {
        cx.check()?;
        if !is_code(a) {
            continue;
        }
        for (j, &b) in columns.iter().enumerate() {
            if i == j || in_formula(searched, formulas, a, b) || !decides(&sample[i], &sample[j], searched, a, b) {
                continue;
            }
            // Both ways: the column with more letters to say less is looked up; one way is enough.
            if found.contains(&(b, a)) {
                continue;
            }
            let constraint = Constraint::Dependency {
                determinant: searched.name(a),
                dependent: searched.name(b),
            };
            if expected(searched, &counts, i, j, b) && searched.holds(&constraint)? {
                found.push((a, b));
                let values = searched.codes[a].1;
                out.push(Proposal {
                    constraint,
                    rows: searched.complete(&[a, b]),
                    evidence: format!("{values} values decide {}", searched.codes[b].1),
                });
            }
        }
    }
    // What follows from a chain of dependencies is left out.
    let decided = |a: usize, b: usize| found.contains(&(a, b));
    let redundant: Vec<bool> = found
        .iter()
        .map(|&(a, b)| {
            columns
                .iter()
                .any(|&c| c != a && c != b && decided(a, c) && decided(c, b))
        })
        .collect();
    let mut keep = redundant.iter().map(|r| !r);
    out.retain(|_| keep.next().unwrap_or(true));
    let linked = |a: usize, b: usize| found.contains(&(a, b)) || found.contains(&(b, a));
    for (i, &a) in columns.iter().enumerate() {
        cx.check()?;
        for (j, &b) in columns.iter().enumerate().skip(i + 1) {
            let category = |c: usize| !searched.schema.columns[c].kind.is_ordered();
            if !category(a) || !category(b) || linked(a, b) {
                continue;
            }
            // Columns that follow from a third one are fixed together by it already.
            if columns.iter().any(|&c| decided(c, a) && decided(c, b)) {
                continue;
            }
            if let Some(proposal) = combination(searched, &counts[i], &counts[j], a, b) {
                out.push(proposal);
            }
        }
    }
    Ok(out)
}

fn frequencies((codes, count): &(Vec<u32>, u32)) -> Vec<usize> {
    let mut counts = vec![0; *count as usize];
    for &code in codes {
        counts[code as usize] += 1;
    }
    counts
}

/// Whether a formula holds the two together already.
fn in_formula(searched: &Searched, formulas: &[Proposal], a: usize, b: usize) -> bool {
    let (a, b) = (searched.name(a), searched.name(b));
    formulas.iter().any(|f| {
        let columns = f.constraint.columns();
        columns.contains(&a.as_str()) && columns.contains(&b.as_str())
    })
}

/// Whether one column decides the other in the sample.
fn decides(from: &[u32], to: &[u32], searched: &Searched, a: usize, b: usize) -> bool {
    let (by, of) = (searched.sample.column(a), searched.sample.column(b));
    let mut seen = vec![u32::MAX; from.len()];
    from.iter().zip(to).enumerate().all(|(row, (&key, &value))| {
        if by.is_missing(row) || of.is_missing(row) {
            return true;
        }
        let seen = &mut seen[key as usize];
        if *seen == u32::MAX {
            *seen = value;
        }
        *seen == value
    })
}

/// Whether a dependency is more than chance: enough values repeat, and if each row's dependent were drawn
/// by itself, rows of equal determinants would agree with next to no probability.
fn expected(searched: &Searched, counts: &[Vec<usize>], i: usize, j: usize, b: usize) -> bool {
    let rows = searched.table.rows() as f64;
    let repeated = counts[i].iter().filter(|&&c| c > 1).count();
    // The chance that two rows agree; a value that nearly all rows have says nothing.
    let most = counts[j].iter().copied().max().unwrap_or(0) as f64 / rows;
    let agree: f64 = counts[j].iter().map(|&c| (c as f64 / rows) * (c as f64 / rows)).sum();
    let pairs: usize = counts[i].iter().map(|&c| c.saturating_sub(1)).sum();
    let surprise = -(pairs as f64) * libm::log(agree.max(1e-300));
    let needed = if searched.schema.columns[b].kind.is_ordered() {
        FEWEST_REPEATED
    } else {
        2
    };
    repeated >= needed && most < 0.98 && surprise > SURPRISE
}

/// A pair of categories of which far fewer combinations occur than chance would bring.
fn combination(searched: &Searched, left: &[usize], right: &[usize], a: usize, b: usize) -> Option<Proposal> {
    let rows = searched.table.rows();
    if left.len() < 3 || right.len() < 3 {
        return None;
    }
    let (_, observed) = value_codes(&[searched.table.column(a), searched.table.column(b)]);
    let possible = left.len() * right.len();
    // Each combination has to have been seen often enough to call the others impossible.
    if observed as usize * 2 > possible || (observed as usize) * ROWS_A_VALUE * 2 > rows {
        return None;
    }
    // Rows expected by chance in combinations that do not occur: at least a tenth of all, each with a
    // chance of e^-30 of its absence.
    let mut seen = std::collections::HashSet::new();
    for (x, y) in searched.codes[a].0.iter().zip(&searched.codes[b].0) {
        seen.insert((*x, *y));
    }
    let mut missing = 0.0;
    let mut sure = 0_usize;
    for (x, &n) in left.iter().enumerate() {
        for (y, &m) in right.iter().enumerate() {
            if !seen.contains(&(x as u32, y as u32)) {
                let expected = n as f64 * m as f64 / rows as f64;
                missing += expected;
                sure += usize::from(expected > SURPRISE);
            }
        }
    }
    if missing < 0.3 * rows as f64 || sure * 4 < possible - observed as usize {
        return None;
    }
    Some(Proposal {
        constraint: Constraint::Combination {
            columns: vec![searched.name(a), searched.name(b)],
        },
        rows,
        evidence: format!("{observed} of {possible} combinations occur"),
    })
}
