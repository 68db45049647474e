//! Sums and differences of columns.

use super::{Proposal, Searched};
use plenish_table::{Constraint, Context, Formula, Result};
use std::collections::{BTreeMap, HashMap};

/// What a part may be multiplied with: clock times are written as hours times a hundred and minutes, and
/// the like.
const FACTORS: [i64; 4] = [10, 60, 100, 1000];
/// Rows that are tried before all others: a wrong candidate dies in the first of them.
const PROBED: usize = 24;
/// Columns that formulas of three are looked for among: the pairs of them are all tried.
const MOST_COLUMNS: usize = 120;
/// Candidates that are checked on all rows at most.
const MOST_CHECKED: usize = 200;

/// Numbers as multiples of the finest of all grids, so that sums can be compared as they are.
fn whole(searched: &Searched, index: usize, digits: u8, rows: &[usize]) -> Option<Vec<i64>> {
    let scale = 10_f64.powi(i32::from(digits));
    rows.iter()
        .map(|&row| {
            let scaled = searched.sample.column(index).number(row)? * scale;
            (scaled.abs() < 1e15).then(|| scaled.round() as i64)
        })
        .collect()
}

/// Formulas that hold in all rows: `a = b`, `a = b + c`, `a = 100 * b + c` and sums of three parts, in which
/// every part matters.
pub(super) fn formulas(searched: &Searched, cx: &Context) -> Result<Vec<Proposal>> {
    let columns: Vec<usize> = (0..searched.schema.columns.len())
        .filter(|&i| searched.is_number(i) && searched.codes[i].1 >= 3)
        .filter(|&i| searched.schema.columns[i].decimals.is_some() || is_whole(searched, i))
        .take(MOST_COLUMNS)
        .collect();
    let mut out: Vec<Proposal> = Vec::new();
    let mut taken: Vec<usize> = Vec::new();
    let mut checked = 0;
    for candidate in candidates(searched, &columns, cx)? {
        if checked == MOST_CHECKED {
            break;
        }
        cx.check()?;
        let (total, parts) = &candidate;
        // A column gets one formula; copies of it bring the same ones again.
        if taken.contains(total) || parts.iter().any(|p| p.1 == *total) {
            continue;
        }
        if leads_back(&out, searched, *total, parts) {
            continue;
        }
        let constraint = Constraint::Formula(Formula {
            total: searched.name(*total),
            terms: parts.iter().map(|&(c, i)| (c, searched.name(i))).collect(),
            constant: 0.0,
        });
        checked += 1;
        let all: Vec<usize> = std::iter::once(*total).chain(parts.iter().map(|p| p.1)).collect();
        let rows = searched.complete(&all);
        if rows < super::FEWEST_ROWS || !matters(searched, parts) || !searched.holds(&constraint)? {
            continue;
        }
        taken.push(*total);
        out.push(Proposal {
            constraint,
            rows,
            evidence: "exact in every row".to_owned(),
        });
    }
    Ok(out)
}

fn is_whole(searched: &Searched, index: usize) -> bool {
    searched.schema.columns[index].kind == plenish_table::ColumnType::Integer
}

/// Whether no part is nearly always 0 or the same: a sum with such a part says nothing.
fn matters(searched: &Searched, parts: &[(f64, usize)]) -> bool {
    parts.iter().all(|&(_, index)| {
        let (codes, count) = &searched.codes[index];
        let mut counts = vec![0_usize; *count as usize];
        for &code in codes {
            counts[code as usize] += 1;
        }
        let most = counts.iter().copied().max().unwrap_or(0);
        codes.len() - most >= 20
    })
}

/// Whether the parts of a new formula come from its total by formulas found before.
fn leads_back(found: &[Proposal], searched: &Searched, total: usize, parts: &[(f64, usize)]) -> bool {
    let mut from: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for proposal in found {
        if let Constraint::Formula(formula) = &proposal.constraint {
            from.insert(
                formula.total.clone(),
                formula.terms.iter().map(|t| t.1.clone()).collect(),
            );
        }
    }
    let mut open: Vec<String> = parts.iter().map(|p| searched.name(p.1)).collect();
    let mut steps = 0;
    while let Some(name) = open.pop() {
        steps += 1;
        if name == searched.name(total) || steps > 1000 {
            return true;
        }
        open.extend(from.get(&name).into_iter().flatten().cloned());
    }
    false
}

type Candidate = (usize, Vec<(f64, usize)>);

/// Totals with their parts that fit in the first rows.
fn candidates(searched: &Searched, columns: &[usize], cx: &Context) -> Result<Vec<Candidate>> {
    let digits = columns
        .iter()
        .map(|&i| searched.schema.columns[i].decimals.unwrap_or(0))
        .max()
        .unwrap_or(0)
        .min(9);
    let mut pairs: Vec<Candidate> = Vec::new();
    // Columns with gaps in different rows are compared where they have values: rows for each pattern of
    // gaps would be many, so the columns without gaps come first, then each with gaps by itself.
    let gaps = |i: usize| searched.sample.column(i).missing_count() > 0;
    let whole_columns: Vec<usize> = columns.iter().copied().filter(|&i| !gaps(i)).collect();
    let mut groups: Vec<Vec<usize>> = vec![whole_columns.clone()];
    let mut patterns: BTreeMap<Vec<bool>, Vec<usize>> = BTreeMap::new();
    for &i in columns.iter().filter(|&&i| gaps(i)) {
        let pattern = (0..searched.sample.rows())
            .map(|row| searched.sample.column(i).is_missing(row))
            .collect();
        patterns.entry(pattern).or_default().push(i);
    }
    let gapped: Vec<usize> = columns.iter().copied().filter(|&i| gaps(i)).collect();
    if !gapped.is_empty() {
        // All together where all have values, if that leaves enough rows; and each pattern with the rest.
        groups.push(columns.to_vec());
        if patterns.len() > 1 && patterns.len() <= 20 {
            groups.extend(
                patterns
                    .into_values()
                    .map(|own| whole_columns.iter().copied().chain(own).collect()),
            );
        }
    }
    for group in groups {
        cx.check()?;
        let rows: Vec<usize> = (0..searched.sample.rows())
            .filter(|&row| !group.iter().any(|&i| searched.sample.column(i).is_missing(row)))
            .collect();
        if rows.len() < 20 {
            continue;
        }
        // Rows spread over the table, so that a stretch of equal rows decides nothing.
        let step = (rows.len() / PROBED).max(1);
        let rows: Vec<usize> = rows.into_iter().step_by(step).take(PROBED).collect();
        let numbers: Vec<(usize, Vec<i64>)> = group
            .iter()
            .filter_map(|&i| Some((i, whole(searched, i, digits, &rows)?)))
            .collect();
        search(&numbers, &mut pairs);
    }
    // Short before long. A difference is the sum that its first column is the total of.
    pairs.sort_by_key(|c| {
        (
            c.1.len(),
            c.0,
            c.1.iter().map(|p| (p.1, p.0 as i64)).collect::<Vec<_>>(),
        )
    });
    pairs.dedup();
    Ok(pairs)
}

fn search(numbers: &[(usize, Vec<i64>)], out: &mut Vec<Candidate>) {
    let mut by_value: HashMap<&[i64], Vec<usize>> = HashMap::new();
    for (index, values) in numbers {
        by_value.entry(values).or_default().push(*index);
    }
    let varied = |values: &[i64]| values.iter().any(|v| *v != values[0]);
    for (i, (a, left)) in numbers.iter().enumerate() {
        if !varied(left) {
            continue;
        }
        for &twin in &by_value[left.as_slice()] {
            if twin > *a {
                out.push((twin, vec![(1.0, *a)]));
            }
        }
        for (b, right) in numbers.iter().skip(i + 1) {
            if !varied(right) || left == right {
                continue;
            }
            let sum: Vec<i64> = left.iter().zip(right).map(|(x, y)| x + y).collect();
            for &total in by_value.get(sum.as_slice()).into_iter().flatten() {
                if total != *a && total != *b {
                    out.push((total, vec![(1.0, *a), (1.0, *b)]));
                }
            }
        }
    }
    for (a, left) in numbers {
        for (b, right) in numbers {
            if a == b || !varied(left) || !varied(right) {
                continue;
            }
            for factor in FACTORS {
                let sum: Vec<i64> = left
                    .iter()
                    .zip(right)
                    .map(|(x, y)| x.saturating_mul(factor).saturating_add(*y))
                    .collect();
                for &total in by_value.get(sum.as_slice()).into_iter().flatten() {
                    if total != *a && total != *b {
                        out.push((total, vec![(factor as f64, *a), (1.0, *b)]));
                    }
                }
            }
        }
    }
    // Sums of three for fewer columns: their triples are many.
    if numbers.len() > 40 {
        return;
    }
    for (i, (a, x)) in numbers.iter().enumerate() {
        for (j, (b, y)) in numbers.iter().enumerate().skip(i + 1) {
            for (c, z) in numbers.iter().skip(j + 1) {
                if !(varied(x) && varied(y) && varied(z)) {
                    continue;
                }
                let sum: Vec<i64> = x.iter().zip(y).zip(z).map(|((x, y), z)| x + y + z).collect();
                for &total in by_value.get(sum.as_slice()).into_iter().flatten() {
                    if ![*a, *b, *c].contains(&total) {
                        out.push((total, vec![(1.0, *a), (1.0, *b), (1.0, *c)]));
                    }
                }
            }
        }
    }
}
