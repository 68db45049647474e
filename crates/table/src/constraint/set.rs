//! Constraints that cannot all hold, or that cannot be kept together.

use super::Constraint;
use crate::{Error, Schema};
use std::collections::{BTreeMap, BTreeSet};

/// The first constraint of `constraints` that contradicts the ones before it, with the reason: two
/// formulas for one column, a column that depends on itself, a circle of inequalities.
pub fn contradiction(constraints: &[Constraint], schema: &Schema) -> Option<(usize, Error)> {
    let mut formulas: BTreeMap<&str, usize> = BTreeMap::new();
    let mut needs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut above: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut ranges: BTreeMap<&str, (f64, f64)> = schema
        .columns
        .iter()
        .map(|c| {
            (
                c.name.as_str(),
                (c.min.unwrap_or(f64::NEG_INFINITY), c.max.unwrap_or(f64::INFINITY)),
            )
        })
        .collect();
    for (index, constraint) in constraints.iter().enumerate() {
        match constraint {
            Constraint::Formula(formula) => {
                if let Some(&before) = formulas.get(formula.total.as_str()) {
                    return Some((
                        index,
                        Error::usage(format!(
                            "there are two formulas for one column: `{}` and `{constraint}`",
                            constraints[before]
                        ))
                        .in_column(&formula.total)
                        .help("keep one of them; solve the other for a column that has no formula yet"),
                    ));
                }
                formulas.insert(&formula.total, index);
                let from: BTreeSet<&str> = formula.terms.iter().map(|t| t.1.as_str()).collect();
                needs.insert(&formula.total, from);
                if reaches(&needs, &formula.total, &formula.total) {
                    return Some((
                        index,
                        Error::usage(format!("with `{constraint}` the column depends on itself"))
                            .in_column(&formula.total)
                            .help("remove one of the formulas that lead back to it"),
                    ));
                }
            }
            Constraint::Inequality { low, high, strict } => {
                above.entry(low).or_default().insert(high);
                if reaches(&above, high, low) {
                    let help = if *strict {
                        "no row can satisfy that; remove one of them"
                    } else {
                        "columns that are equal in every row are written as a formula, like a = b"
                    };
                    return Some((
                        index,
                        Error::usage(format!("`{constraint}` closes a circle of inequalities"))
                            .in_column(high)
                            .help(help),
                    ));
                }
            }
            Constraint::Range { column, min, max } => {
                if let Some((low, high)) = ranges.get_mut(column.as_str()) {
                    *low = low.max(min.unwrap_or(f64::NEG_INFINITY));
                    *high = high.min(max.unwrap_or(f64::INFINITY));
                    if low > high {
                        return Some((
                            index,
                            Error::usage(format!(
                                "`{}` leaves no value beside the bounds that the column has already",
                                constraint.show(schema)
                            ))
                            .in_column(column)
                            .help("change one of them"),
                        ));
                    }
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether a path leads from `from` to `to` over at least one step.
fn reaches<'a>(steps: &BTreeMap<&'a str, BTreeSet<&'a str>>, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&str> = steps.get(from).into_iter().flatten().copied().collect();
    while let Some(next) = open.pop() {
        if next == to {
            return true;
        }
        if seen.insert(next) {
            open.extend(steps.get(next).into_iter().flatten().copied());
        }
    }
    false
}
