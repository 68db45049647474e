//! What is asked of the generator for a given row: its own columns as they are given, and a condition for
//! what the others say of them.

use super::ConstrainedModel;
use super::condition::Translated;
use super::known::Known;
use super::plan::{Plan, Step};
use crate::Ask;
use plenish_table::{BoundFormula, ColumnType, Comparison, Condition, Context, Error, Result, Term, Test, Value};
use std::collections::BTreeMap;

/// Bounds that follow from a formula are widened to one of so many parts of a column's range: rows with
/// nearly the same bounds are drawn together.
const PARTS: f64 = 32.0;

/// Given rows of which the same is asked.
#[derive(Debug)]
pub(super) struct Group {
    /// What the generator's rows must satisfy: the narrowest first, then without bounds that only help to
    /// find rows, which the generator may not be able to be held to.
    pub(super) inner: Vec<Condition>,
    /// Columns that stay missing: no value of them goes with what is given.
    pub(super) blank: Vec<usize>,
    /// The given rows, rising.
    pub(super) rows: Vec<u32>,
}

impl ConstrainedModel {
    /// The groups of all given rows that lack a cell. Fails, naming the row, where none of the values that the
    /// constraints allow goes with what is given.
    pub(super) fn groups(&self, known: &Known, ask: &Ask, cx: &Context) -> Result<Vec<Group>> {
        let mut found: BTreeMap<String, (Wanted, Vec<u32>)> = BTreeMap::new();
        for row in 0..known.table.rows() {
            if known.whole[row] {
                continue;
            }
            let wanted = self.plan.wanted(known, ask, row)?;
            let group = found.entry(wanted.key()).or_insert_with(|| (wanted, Vec::new()));
            group.1.push(row as u32);
        }
        let mut groups = Vec::with_capacity(found.len());
        for (
            Wanted {
                mut exact,
                helps,
                blank,
            },
            rows,
        ) in found.into_values()
        {
            cx.check()?;
            exact.terms.extend(ask.condition.terms.iter().cloned());
            let Translated { inner, narrowed, .. } = self.plan.translate(&exact).map_err(|e| {
                let help = "the model keeps its constraints in every row; correct the given values";
                Error::data(e.message()).at_row(u64::from(rows[0]) + 1).help(help)
            })?;
            let mut conditions: Vec<Condition> = narrowed.into_iter().chain([inner]).collect();
            if !helps.is_empty() {
                let mut helped = conditions.clone();
                for condition in &mut helped {
                    condition.terms.extend(helps.iter().cloned());
                }
                helped.append(&mut conditions);
                conditions = helped;
            }
            groups.push(Group {
                inner: conditions,
                blank,
                rows,
            });
        }
        groups.sort_by_key(|g| g.rows[0]);
        Ok(groups)
    }
}

/// What a given row says of columns that the generator does not have.
struct Wanted {
    /// What the whole row must satisfy.
    exact: Condition,
    /// Bounds on columns of the generator that leave out only rows that cannot be brought to fit.
    helps: Vec<Term>,
    /// Columns that have to stay missing.
    blank: Vec<usize>,
}

impl Wanted {
    fn key(&self) -> String {
        let helps = Condition {
            terms: self.helps.clone(),
        };
        format!("{}; {helps}; {:?}", self.exact, self.blank)
    }
}

impl Plan {
    fn wanted(&self, known: &Known, ask: &Ask, row: usize) -> Result<Wanted> {
        let mut terms: Vec<Term> = Vec::new();
        let mut blank = Vec::new();
        let name = |column: usize| self.schema.columns[column].name.clone();
        let mut want = |column: usize, test: Test| {
            terms.push(Term {
                column: name(column),
                test,
            });
        };
        for step in &self.steps {
            let Step::Lookup(lookup) = step else { continue };
            let (by, of) = (lookup.determinant as usize, lookup.dependent as usize);
            // What decides is given, or follows from something that is.
            if known.has(by, row) || self.follows(by, known, row) {
                continue;
            }
            if !known.has(of, row) {
                let present = [Test::Present];
                if ask.complete
                    && lookup
                        .passing(&present.iter().collect::<Vec<_>>())
                        .is_some_and(|p| !p.0.is_empty())
                {
                    want(of, Test::Present);
                }
                continue;
            }
            let value = known.table.column(of).value(row);
            let (keys, loose) = lookup.leading_to(&value);
            if !keys.is_empty() {
                want(by, Test::In(keys));
            } else if loose && ask.complete {
                blank.push(by);
            } else if loose {
                want(by, Test::Missing);
            } else {
                return Err(Error::data(format!(
                    "no value of '{}' that the model has seen goes with '{value}' under `{} -> {}`",
                    name(by),
                    name(by),
                    name(of)
                ))
                .at_row(row as u64 + 1)
                .in_column(name(of))
                .help(format!("correct it, or give '{}' as well", name(by))));
            }
        }
        for combination in &self.combinations {
            let columns = combination.columns.iter().map(|&c| c as usize);
            let (given, open): (Vec<usize>, Vec<usize>) = columns.partition(|&c| known.has(c, row));
            let equal: Vec<(u32, Test)> = given
                .iter()
                .map(|&c| {
                    let value = known.table.column(c).value(row);
                    (c as u32, Test::Compare(Comparison::Equal, value))
                })
                .collect();
            let mut tests: Vec<(u32, &Test)> = equal.iter().map(|(c, t)| (*c, t)).collect();
            if !tests.is_empty() && combination.passing(&tests).is_empty() {
                let cells: Vec<String> = equal
                    .iter()
                    .map(|&(c, _)| format!("{} '{}'", name(c as usize), known.table.column(c as usize).value(row)))
                    .collect();
                return Err(Error::data(format!(
                    "no row that the model has seen has {}, and only combinations of {} that occur are kept",
                    cells.join(" and "),
                    combination.name
                ))
                .at_row(row as u64 + 1)
                .help("correct one of them, or leave it out"));
            }
            if ask.complete {
                tests.extend(open.iter().map(|&c| (c as u32, &Test::Present)));
                if !open.is_empty() && !combination.passing(&tests).is_empty() {
                    for &column in &open {
                        want(column, Test::Present);
                    }
                }
            }
            for (column, test) in equal {
                want(column as usize, test);
            }
        }
        let mut helps = Vec::new();
        for step in &self.steps {
            if let Step::Calculation(calculation) = step {
                for (column, how, bound) in self.bounds_of_parts(&calculation.formula, known, row) {
                    let value = match self.schema.columns[column].kind {
                        ColumnType::Integer => Value::Integer(bound as i64),
                        _ => Value::Real(bound),
                    };
                    helps.push(Term {
                        column: name(column),
                        test: Test::Compare(how, value),
                    });
                }
            }
        }
        Ok(Wanted {
            exact: Condition { terms },
            helps,
            blank,
        })
    }

    /// Whether a column is looked up, maybe over several others, by one that is given.
    fn follows(&self, index: usize, known: &Known, row: usize) -> bool {
        let mut at = index;
        // The steps stand in an order in which each finds what it needs: one walk back meets all.
        for step in self.steps.iter().rev() {
            if let Step::Lookup(lookup) = step
                && lookup.dependent as usize == at
            {
                at = lookup.determinant as usize;
                if known.has(at, row) {
                    return true;
                }
            }
        }
        false
    }

    /// For a formula with a given result: between which bounds each part must lie that is to be drawn, where
    /// that is less than its range.
    fn bounds_of_parts(&self, formula: &BoundFormula, known: &Known, row: usize) -> Vec<(usize, Comparison, f64)> {
        let total = known.table.column(formula.total).number(row);
        let Some(total) = total else { return Vec::new() };
        let mut spans = Vec::with_capacity(formula.terms.len());
        for &(slope, index) in &formula.terms {
            let range = match known.table.column(index).number(row) {
                Some(v) => Some((v, v)),
                None => self.ranges[index],
            };
            let Some((low, high)) = range else { return Vec::new() };
            spans.push(((slope * low).min(slope * high), (slope * low).max(slope * high)));
        }
        let (least, most) = spans
            .iter()
            .fold((formula.constant, formula.constant), |s, p| (s.0 + p.0, s.1 + p.1));
        let mut out = Vec::new();
        for (&(slope, index), span) in formula.terms.iter().zip(&spans) {
            let made = self.steps.iter().any(|s| s.column() == index);
            let combined = self.combinations.iter().any(|c| c.columns.contains(&(index as u32)));
            let (Some((low, high)), false) = (self.ranges[index], known.has(index, row) || made || combined) else {
                continue;
            };
            // Half a unit for rounding.
            let a = (total - (most - span.1) - 0.5) / slope;
            let b = (total - (least - span.0) + 0.5) / slope;
            let part = (high - low) / PARTS;
            let down = |v: f64| (low + ((v - low) / part).floor() * part).floor();
            let up = |v: f64| (low + ((v - low) / part).ceil() * part).ceil();
            if part <= 0.0 || !part.is_finite() {
                continue;
            }
            let (from, to) = (down(a.min(b)), up(a.max(b)));
            if from > low && from < high {
                out.push((index, Comparison::GreaterOrEqual, from));
            }
            if to < high && to > low {
                out.push((index, Comparison::LessOrEqual, to));
            }
        }
        out
    }
}
