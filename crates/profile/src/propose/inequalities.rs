//! Order between columns.

use super::{Proposal, Searched};
use plenish_table::{ColumnType, Constraint, Context, Result};

/// Rows that have to support an order.
const FEWEST: usize = 200;
/// Different values that both columns have at least: numbers with fewer are codes, whose order is no
/// order of sizes.
const FEWEST_VALUES: u32 = 10;
/// An order is not proposed where columns independent of each other would be in it in more than this
/// share of rows: it would say nothing that their ranges do not.
const MOST_BY_CHANCE: f64 = 0.95;

/// Inequalities that hold in all rows and would not if the columns were independent; one that follows
/// from a chain of others, or from a formula of numbers that are never negative, is left out.
pub(super) fn inequalities(searched: &Searched, formulas: &[Proposal], cx: &Context) -> Result<Vec<Proposal>> {
    let columns: Vec<usize> = (0..searched.schema.columns.len())
        .filter(|&i| searched.is_modelled(i) && searched.schema.columns[i].kind.is_ordered())
        .filter(|&i| searched.codes[i].1 >= FEWEST_VALUES)
        .collect();
    let numbers: Vec<Vec<f64>> = columns.iter().map(|&i| searched.sample.column(i).numbers()).collect();
    let mut sorted: Vec<Vec<f64>> = numbers.clone();
    for values in &mut sorted {
        values.retain(|v| !v.is_nan());
        values.sort_by(f64::total_cmp);
    }
    let scale = |i: usize| match searched.schema.columns[i].kind {
        ColumnType::Integer | ColumnType::Real => 0,
        ColumnType::Date => 1,
        _ => 2,
    };
    let mut found: Vec<(usize, usize, Proposal)> = Vec::new();
    for (i, &a) in columns.iter().enumerate() {
        cx.check()?;
        for (j, &b) in columns.iter().enumerate() {
            if i == j || scale(a) != scale(b) || sorted[i].is_empty() || sorted[j].is_empty() {
                continue;
            }
            let in_order = |(x, y): (&f64, &f64)| x.is_nan() || y.is_nan() || x <= y;
            if !numbers[i].iter().zip(&numbers[j]).all(in_order) || equal(&numbers[i], &numbers[j]) {
                continue;
            }
            let chance = by_chance(&sorted[i], &sorted[j]);
            if chance > MOST_BY_CHANCE || follows(searched, formulas, a, b) {
                continue;
            }
            let both = searched.complete(&[a, b]);
            let inequality = |strict| Constraint::Inequality {
                low: searched.name(a),
                high: searched.name(b),
                strict,
            };
            if both < FEWEST || !searched.holds(&inequality(false))? {
                continue;
            }
            let strict = searched.holds(&inequality(true))?;
            found.push((
                a,
                b,
                Proposal {
                    constraint: inequality(strict),
                    rows: both,
                    evidence: format!(
                        "independent columns would be in this order in {:.0} % of rows",
                        100.0 * chance
                    ),
                },
            ));
        }
    }
    let pairs: Vec<(usize, usize)> = found.iter().map(|f| (f.0, f.1)).collect();
    let between = |a: usize, b: usize| pairs.iter().any(|p| p.0 == a && pairs.contains(&(p.1, b)));
    Ok(found
        .into_iter()
        .filter(|(a, b, _)| !between(*a, *b))
        .map(|(_, _, proposal)| proposal)
        .collect())
}

fn equal(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(x, y)| x == y || x.is_nan() || y.is_nan())
}

/// The share of pairs of values, one of each column, that are in order.
fn by_chance(low: &[f64], high: &[f64]) -> f64 {
    let pairs: usize = high.iter().map(|v| low.partition_point(|x| x <= v)).sum();
    pairs as f64 / (low.len() as f64 * high.len() as f64)
}

/// Whether `a <= b` follows from a sum of numbers that are never negative.
fn follows(searched: &Searched, formulas: &[Proposal], a: usize, b: usize) -> bool {
    let not_negative = |name: &String| {
        let column = searched.table.by_name(name);
        column.is_some_and(|c| (0..c.len()).all(|row| c.number(row).is_none_or(|v| v >= 0.0)))
    };
    formulas.iter().any(|proposal| match &proposal.constraint {
        Constraint::Formula(formula) => {
            formula.total == searched.name(b)
                && formula.terms.iter().any(|t| t.1 == searched.name(a))
                && formula.terms.iter().all(|t| t.0 > 0.0 && not_negative(&t.1))
        }
        _ => false,
    })
}
