//! Given rows under constraints: what follows from their cells is as good as given, and rows that break a
//! constraint by themselves are refused by name.

use super::plan::{Plan, Step};
use super::solve::FormulaRow;
use crate::Ask;
use crate::partial::{check_condition, overlay, typed};
use plenish_table::{BoundFormula, Column, Constraint, Error, Result, Table, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// Given rows, and what follows from them.
#[derive(Debug)]
pub(super) struct Known {
    /// The whole table; cells to be drawn are missing.
    pub(super) table: Table,
    /// Rows that lack no cell when all that can be filled is to be: they pass as they are.
    pub(super) whole: Vec<bool>,
    pub(super) formulas: Vec<BoundFormula>,
    /// Rows whose given cells leave no room in the generator's ranges for an inequality: it is not told of
    /// them.
    pub(super) tight: Vec<bool>,
}

impl Known {
    /// The rows that `ask` gives. Fails, naming row and column, when a column is none of the model's or of
    /// another type, and when a row contradicts the condition or a constraint.
    pub(super) fn of(plan: &Plan, ask: &Ask, given: &Table) -> Result<Self> {
        for described in &given.schema().columns {
            plan.schema.require(&described.name)?;
        }
        let mut columns = Vec::with_capacity(plan.schema.columns.len());
        for schema in &plan.schema.columns {
            let cells = match given.by_name(&schema.name) {
                Some(cells) => typed(cells, schema)?,
                None => Column::all_missing(schema.kind, given.rows()),
            };
            check_condition(&ask.condition, schema, &cells)?;
            columns.push(cells);
        }
        let formulas = plan.constraints.iter().filter_map(|constraint| match constraint {
            Constraint::Formula(formula) => Some(BoundFormula::new(formula, &plan.schema)),
            _ => None,
        });
        let gap = |row: usize| columns.iter().any(|c| c.is_missing(row));
        let mut known = Self {
            whole: (0..given.rows()).map(|row| ask.complete && !gap(row)).collect(),
            formulas: formulas.collect::<Result<_>>()?,
            tight: vec![false; given.rows()],
            table: Table::new(Arc::clone(&plan.schema), columns)?,
        };
        known.check(plan, "the given values break")?;
        if known.deduce(plan, ask)? {
            known.check(plan, "what follows from the given values breaks")?;
            for (schema, cells) in plan.schema.columns.iter().zip(known.table.columns()) {
                check_condition(&ask.condition, schema, cells)?;
            }
        }
        Ok(known)
    }

    /// Whether a cell is given or follows from given ones.
    pub(super) fn has(&self, column: usize, row: usize) -> bool {
        !self.table.column(column).is_missing(row)
    }

    /// Fails for the first row that breaks a constraint by itself, or together with other given rows.
    fn check(&self, plan: &Plan, what: &str) -> Result<()> {
        let table = &self.table;
        for step in &plan.steps {
            let Step::Lookup(lookup) = step else { continue };
            let (by, of) = (
                table.column(lookup.determinant as usize),
                table.column(lookup.dependent as usize),
            );
            for (row, key) in lookup.known(by).into_iter().enumerate() {
                let Some(key) = key.filter(|_| !of.is_missing(row) && !self.whole[row]) else {
                    continue;
                };
                let right = lookup.value(key);
                if right == Value::Missing || right == of.value(row) {
                    continue;
                }
                let name = |c: u32| plan.schema.columns[c as usize].name.as_str();
                return Err(Error::data(format!(
                    "{what} `{} -> {}`: beside '{}' stands '{right}', not '{}'",
                    name(lookup.determinant),
                    name(lookup.dependent),
                    by.value(row),
                    of.value(row)
                ))
                .at_row(row as u64 + 1)
                .in_column(name(lookup.dependent))
                .help("the model keeps this in every row; correct one of the two, or leave it out"));
            }
        }
        for constraint in &plan.constraints {
            let broken = constraint.broken(table, None)?;
            let Some(row) = (0..table.rows()).find(|&row| broken[row] && !self.whole[row]) else {
                continue;
            };
            let cells = show_cells(constraint, table, row);
            let same = |other: &usize| {
                let columns = constraint.columns();
                let mut cells = columns.iter().filter_map(|name| table.by_name(name));
                cells.all(|c| c.value(*other) == c.value(row))
            };
            let beside = match constraint {
                Constraint::Unique { .. } => (0..row).find(same).map(|first| format!(", as in row {}", first + 1)),
                Constraint::Dependency { .. } => Some(", unlike other given rows".to_owned()),
                _ => None,
            };
            return Err(Error::data(format!(
                "{what} `{}`: {cells}{}",
                constraint.show(&plan.schema),
                beside.unwrap_or_default()
            ))
            .at_row(row as u64 + 1)
            .help("the model keeps this in every row; correct the given values"));
        }
        Ok(())
    }

    /// Fills in what follows, until nothing more does; whether anything did.
    fn deduce(&mut self, plan: &Plan, ask: &Ask) -> Result<bool> {
        let mut columns = self.table.columns().to_vec();
        let mut any = false;
        loop {
            let mut more = false;
            for formula in &self.formulas {
                for row in (0..self.table.rows()).filter(|&row| !self.whole[row]) {
                    let mut cells = FormulaRow::of(formula, &plan.schema, |c| &columns[c], row);
                    let gaps: Vec<usize> = cells.gaps().take(2).collect();
                    let &[gap] = &gaps[..] else { continue };
                    let solved = cells.solve(gap);
                    let cell = cells.cell(gap).clone();
                    let (low, high) = plan.ranges[gap].unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
                    let number = cell.number(0).filter(|_| solved);
                    let fits = number.is_some_and(|v| ask.clip || (low..=high).contains(&v));
                    if !fits {
                        let column = &plan.schema.columns[gap];
                        let why = match number {
                            None => "no value of it makes".to_owned(),
                            Some(v) => format!(
                                "only {}, out of its range {} to {}, makes",
                                column.show_number(v),
                                column.show_number(low),
                                column.show_number(high)
                            ),
                        };
                        let shown = plan.constraints.iter().find(|c| match c {
                            Constraint::Formula(f) => BoundFormula::new(f, &plan.schema).is_ok_and(|b| b == *formula),
                            _ => false,
                        });
                        let shown = shown.map_or_else(String::new, |c| {
                            format!(
                                "`{}` hold beside {}",
                                c.show(&plan.schema),
                                show_cells(c, &self.table, row)
                            )
                        });
                        return Err(Error::data(format!("{why} {shown}"))
                            .at_row(row as u64 + 1)
                            .in_column(&column.name)
                            .help("correct the given values; --clip accepts what is only out of range"));
                    }
                    put(&mut columns[gap], row, &cell);
                    more = true;
                }
            }
            for step in &plan.steps {
                let Step::Lookup(lookup) = step else { continue };
                let (by, of) = (lookup.determinant as usize, lookup.dependent as usize);
                let keys = lookup.known(&columns[by]);
                let before = columns[of].missing_count();
                let sure = lookup.certain(&keys, ask.complete);
                let all: Vec<u64> = (0..keys.len() as u64).collect();
                let cells = overlay(sure, &columns[of], &all);
                let cells = as_given_beside_new(&columns[by], &keys, cells);
                if cells.missing_count() < before {
                    columns[of] = cells;
                    more = true;
                }
            }
            any |= more;
            if !more {
                break;
            }
        }
        // Rows that pass as they are have nothing that follows.
        self.table = Table::new(Arc::clone(&plan.schema), columns)?;
        Ok(any)
    }
}

/// A determinant that no training row has decides what it stands beside in a given row.
fn as_given_beside_new(by: &Column, keys: &[Option<usize>], of: Column) -> Column {
    let new = |row: &usize| keys[*row].is_none() && !by.is_missing(*row);
    let mut seen: HashMap<String, u32> = HashMap::new();
    for row in (0..keys.len()).filter(new).filter(|&row| !of.is_missing(row)) {
        seen.entry(by.value(row).to_string()).or_insert(row as u32);
    }
    if seen.is_empty() {
        return of;
    }
    let from = |row: usize| match seen.get(&by.value(row).to_string()) {
        Some(&first) if new(&row) && of.is_missing(row) => first,
        _ => row as u32,
    };
    of.take(&(0..keys.len()).map(from).collect::<Vec<_>>())
}

/// The cells that a constraint has in a row, for messages.
fn show_cells(constraint: &Constraint, table: &Table, row: usize) -> String {
    let cells = constraint.columns().into_iter().filter_map(|name| {
        let value = table.by_name(name)?.value(row);
        Some(match value {
            Value::Missing => format!("{name} missing"),
            value => format!("{name} {value}"),
        })
    });
    cells.collect::<Vec<_>>().join(", ")
}

/// Puts a number of a column of the same type into a cell.
pub(super) fn put(column: &mut Column, row: usize, cell: &Column) {
    match (column, cell) {
        (Column::Integer(a), Column::Integer(b)) => a[row] = b[0],
        (Column::Real(a), Column::Real(b)) => a[row] = b[0],
        _ => {}
    }
}
