//! The log-density of rows under constraints: that of what the generator learned, under the names of the
//! user's columns. What follows from other cells adds nothing; a row that breaks a constraint has none.

use super::ConstrainedModel;
use super::combination::Combination;
use super::plan::Step;
use crate::Density;
use plenish_table::{
    BoundFormula, Column, Comparison, Constraint, Context, Error, Result, Table, Test, TextColumn, Value, value_codes,
};
use std::collections::HashMap;

impl ConstrainedModel {
    /// See [`Density`]; none where the generator has none.
    pub(super) fn density(&self, rows: &Table, cx: &Context) -> Option<Result<Density>> {
        let same = rows.schema().columns.len() == self.plan.schema.columns.len()
            && rows
                .schema()
                .columns
                .iter()
                .zip(&self.plan.schema.columns)
                .all(|(a, b)| a.name == b.name && a.kind == b.kind);
        if !same {
            return Some(Err(Error::data("the rows do not have the model's columns")
                .help("give the columns that the model was fitted on, with the same types")));
        }
        let inner = match self.inner_rows(rows) {
            Ok(inner) => inner,
            Err(error) => return Some(Err(error)),
        };
        let inner = self.inner.log_density(&inner, cx)?;
        Some(inner.and_then(|inner| self.outer(rows, inner)))
    }

    /// The rows as the generator has learned them.
    fn inner_rows(&self, rows: &Table) -> Result<Table> {
        let plan = &self.plan;
        let schema = self.inner.schema().clone();
        let mut columns = Vec::with_capacity(schema.columns.len());
        for column in &schema.columns {
            if let Some(cells) = rows.by_name(&column.name) {
                columns.push(cells.clone());
            } else if let Some(combination) = plan.combinations.iter().find(|c| c.name == column.name) {
                columns.push(combination.words(rows));
            } else {
                columns.push(Column::Boolean(self.flags(&column.name, rows)));
            }
        }
        Table::new(schema, columns)
    }

    /// Where the column that the flag `name` stands for is missing for no other reason.
    fn flags(&self, name: &str, rows: &Table) -> Vec<u8> {
        let flag = |missing: &dyn Fn(usize) -> bool| (0..rows.rows()).map(|row| u8::from(missing(row))).collect();
        for step in &self.plan.steps {
            if let Step::Calculation(calculation) = step
                && calculation.absence.as_deref() == Some(name)
            {
                let column = rows.column(calculation.column());
                return flag(&|row| column.is_missing(row) && has_parts(&calculation.formula, rows, row));
            }
        }
        let own = self.plan.unique.iter().find(|u| u.1.as_deref() == Some(name));
        own.map_or_else(
            || vec![0; rows.rows()],
            |u| flag(&|row| rows.column(u.0.column as usize).is_missing(row)),
        )
    }

    /// The density in terms of the whole table's columns.
    fn outer(&self, rows: &Table, inner: Density) -> Result<Density> {
        let (plan, count) = (&self.plan, rows.rows());
        let width = plan.schema.columns.len();
        let mut parts = vec![vec![0.0; count]; width];
        let mut states = vec![vec![0.0; count]; width];
        for ((column, part), state) in self.inner.schema().columns.iter().zip(inner.parts).zip(inner.states) {
            if let Some(index) = plan.stands_for(&column.name) {
                add(&mut parts[index], &part);
                add(&mut states[index], &state);
            }
        }
        // What no training row was like is one row more than were learned from.
        let floor = -libm::log(self.inner.summary().rows as f64 + 1.0);
        for step in &plan.steps {
            let index = step.column();
            let (part, state) = (&mut parts[index], &mut states[index]);
            match step {
                Step::Lookup(lookup) => {
                    let by = rows.column(lookup.determinant as usize);
                    for (row, key) in lookup.known(by).into_iter().enumerate() {
                        let value = rows.column(index).value(row);
                        let new = key.is_none() && !by.is_missing(row);
                        let share = if new { 0.0 } else { lookup.share(key, &value) };
                        part[row] = if share > 0.0 { libm::log(share) } else { floor };
                        state[row] = part[row];
                    }
                }
                Step::Calculation(calculation) => {
                    let column = rows.column(index);
                    for row in 0..count {
                        let (there, parts) = (!column.is_missing(row), has_parts(&calculation.formula, rows, row));
                        let fixed = match (there, parts) {
                            (true, true) => Some(0.0),
                            // A part is missing, or the flag says that the result is.
                            (false, false) if !calculation.learned => Some(0.0),
                            (false, true) if !calculation.learned && calculation.absence.is_none() => Some(floor),
                            (true, false) if !calculation.learned => Some(floor),
                            _ => None,
                        };
                        // A result that is there is no news; that it is there, is what its flag says.
                        if let Some(fixed) = fixed
                            && (calculation.learned || calculation.absence.is_none() || fixed < 0.0)
                        {
                            (part[row], state[row]) = (fixed, fixed);
                        }
                    }
                }
            }
        }
        let mut broken = vec![None; count];
        for (number, constraint) in plan.constraints.iter().enumerate() {
            for (row, breaks) in self.breaks(constraint, rows)?.into_iter().enumerate() {
                if breaks && broken[row].is_none() {
                    broken[row] = Some(number as u32);
                }
            }
        }
        // Combinations that are one by several constraints may break none of them and still be new.
        for combination in &plan.combinations {
            let words = combination.words(rows);
            let first = combination.columns[0] as usize;
            for row in (0..count).filter(|&row| words.is_missing(row)) {
                (parts[first][row], states[first][row]) = (floor, floor);
            }
        }
        let totals = (0..count)
            .map(|row| match broken[row] {
                Some(_) => f64::NEG_INFINITY,
                None => parts.iter().map(|part| part[row]).sum(),
            })
            .collect();
        Ok(Density {
            totals,
            parts,
            states,
            broken,
        })
    }

    /// Which rows break a constraint, by what the real rows have shown.
    fn breaks(&self, constraint: &Constraint, rows: &Table) -> Result<Vec<bool>> {
        let index = |name: &String| rows.schema().require(name);
        match constraint {
            Constraint::Combination { columns } => {
                let columns = columns.iter().map(index).collect::<Result<Vec<_>>>()?;
                let held = self.plan.combinations.iter().find(|c| c.has(&columns));
                Ok(held.map_or_else(|| vec![false; rows.rows()], |c| none_has(c, &columns, rows)))
            }
            Constraint::Dependency { determinant, dependent } => {
                let (by, of) = (index(determinant)?, index(dependent)?);
                if let Some(combination) = self.plan.combinations.iter().find(|c| c.has(&[by, of])) {
                    let (new, other) = (
                        none_has(combination, &[by], rows),
                        none_has(combination, &[by, of], rows),
                    );
                    let there = |row: usize| !rows.column(by).is_missing(row) && !rows.column(of).is_missing(row);
                    return Ok((0..rows.rows())
                        .map(|row| there(row) && other[row] && !new[row])
                        .collect());
                }
                let lookup = self.plan.steps.iter().find_map(|step| match step {
                    Step::Lookup(lookup) if lookup.dependent as usize == of => Some(lookup),
                    _ => None,
                });
                let Some(lookup) = lookup else {
                    return Ok(vec![false; rows.rows()]);
                };
                let differs = |(row, key): (usize, Option<usize>)| {
                    let right = key.map_or(Value::Missing, |key| lookup.value(key));
                    let value = rows.column(of).value(row);
                    right != Value::Missing && value != Value::Missing && right != value
                };
                Ok(lookup
                    .known(rows.column(by))
                    .into_iter()
                    .enumerate()
                    .map(differs)
                    .collect())
            }
            other => other.broken(rows, None),
        }
    }
}

fn add(sum: &mut [f64], more: &[f64]) {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum += more;
    }
}

fn has_parts(formula: &BoundFormula, rows: &Table, row: usize) -> bool {
    !formula.terms.iter().any(|t| rows.column(t.1).is_missing(row))
}

/// For each row, whether no combination has its cells in `columns`.
fn none_has(combination: &Combination, columns: &[usize], rows: &Table) -> Vec<bool> {
    let cells: Vec<&Column> = columns.iter().map(|&c| rows.column(c)).collect();
    let (codes, _) = value_codes(&cells);
    let mut known: HashMap<u32, bool> = HashMap::new();
    codes
        .iter()
        .enumerate()
        .map(|(row, &code)| {
            *known.entry(code).or_insert_with(|| {
                let tests: Vec<(u32, Test)> = columns
                    .iter()
                    .map(|&c| match rows.column(c).value(row) {
                        Value::Missing => (c as u32, Test::Missing),
                        value => (c as u32, Test::Compare(Comparison::Equal, value)),
                    })
                    .collect();
                let tests: Vec<(u32, &Test)> = tests.iter().map(|(c, t)| (*c, t)).collect();
                combination.passing(&tests).is_empty()
            })
        })
        .collect()
}

impl Combination {
    /// Whether all of `columns` are in it.
    fn has(&self, columns: &[usize]) -> bool {
        columns.iter().all(|&c| self.columns.contains(&(c as u32)))
    }

    /// The generator's column for rows of the whole table; missing where no training row had the combination.
    fn words(&self, rows: &Table) -> Column {
        let columns = self.columns.iter().map(|&c| rows.column(c as usize));
        Column::Text(TextColumn::from_cells(
            self.places(&columns.collect::<Vec<_>>())
                .iter()
                .map(|word| word.as_deref()),
        ))
    }
}

impl super::plan::Plan {
    /// The column that a column of the generator tells of: itself, the first of a combination, or the one
    /// that a flag stands for.
    fn stands_for(&self, name: &str) -> Option<usize> {
        let combination = self.combinations.iter().find(|c| c.name == name);
        let flag = self.steps.iter().find_map(|step| match step {
            Step::Calculation(c) if c.absence.as_deref() == Some(name) => Some(c.column()),
            _ => None,
        });
        let unique = self.unique.iter().find(|u| u.1.as_deref() == Some(name));
        self.schema
            .index(name)
            .or_else(|| combination.map(|c| c.columns[0] as usize))
            .or(flag)
            .or_else(|| unique.map(|u| u.0.column as usize))
    }
}
