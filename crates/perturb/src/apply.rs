//! Going through the steps.

use crate::nearest::farther;
use crate::noise::noisy;
use crate::rare::frequent;
use crate::round::rounded;
use crate::step::Step;
use crate::swap::partners;
use plenish_table::{Column, Constraint, Context, Error, Result, Seed, Table};
use serde::{Deserialize, Serialize};

/// What one step did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The step with its parameters, as it is written.
    pub step: String,
    /// Rows before it.
    pub rows_before: usize,
    /// Rows after it.
    pub rows_after: usize,
    /// Cells that hold another value than before.
    pub cells_changed: usize,
    /// Rows it left as they were, because changed they would have broken a constraint.
    pub rows_kept: usize,
}

/// A changed table, and what was done to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The rows.
    pub table: Table,
    /// One entry a step.
    pub outcomes: Vec<Outcome>,
}

/// Takes the steps one after the other on `synthetic`. `real` are the rows the generator learned from: rare combinations
/// are counted in them, and rows that lie near to them are found. A row that would break one of `constraints` by a step,
/// but did not before, stays as it was before that step (of a swapped pair, both do).
///
/// Types, columns and their order stay; numbers stay within the bounds of the schema of `synthetic`. The same tables,
/// steps and seed give the same rows on any number of threads.
///
/// Fails when a step's parameter is out of range, names a column that there is not or that it cannot work on, and when
/// no row is left.
pub fn perturb(
    synthetic: &Table,
    real: &Table,
    steps: &[Step],
    constraints: &[Constraint],
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<Changed> {
    if steps.is_empty() {
        return Err(Error::usage("no step is named").help("name one, such as --noise age=0.05"));
    }
    steps.iter().try_for_each(|step| step.check(synthetic.schema()))?;
    let mut table = synthetic.clone();
    // The real rows on the grids that rounding left, for what is counted later on.
    let mut real_on_grid = real.clone();
    let mut outcomes = Vec::with_capacity(steps.len());
    for (place, step) in steps.iter().enumerate() {
        cx.check()?;
        let seed = seed.derive("perturb").child(place as u64);
        let before = table.rows();
        let mut outcome = Outcome {
            step: step.to_string(),
            rows_before: before,
            rows_after: before,
            cells_changed: 0,
            rows_kept: 0,
        };
        match step {
            Step::Suppress { columns, fewer_than } => {
                table = table.take(&frequent(&table, &real_on_grid, columns, *fewer_than)?);
            }
            Step::DropNearest(nearest) => table = table.take(&farther(&table, real, *nearest, &seed, cx)?),
            Step::Noise { .. } | Step::Round { .. } | Step::Swap { .. } => {
                if let Step::Round { columns, unit } = step {
                    real_on_grid = on_grid(&real_on_grid, columns, *unit)?;
                }
                let tried = Tried::new(&table, step, &seed)?;
                let (kept, changed) = tried.without_breaking(&table, &real_on_grid, constraints)?;
                outcome.rows_kept = kept;
                outcome.cells_changed = differing(&table, &changed);
                table = changed;
            }
        }
        if table.rows() == 0 {
            return Err(Error::data(format!("'{step}' leaves no row of {before}"))
                .help("round first, name fewer columns, or ask for less"));
        }
        outcome.rows_after = table.rows();
        outcomes.push(outcome);
    }
    Ok(Changed { table, outcomes })
}

/// The table with `columns` rounded; one that the table does not have, or has of a type without such a grid, is an error.
fn on_grid(table: &Table, columns: &[String], unit: crate::Unit) -> Result<Table> {
    let mut out = table.columns().to_vec();
    for name in columns {
        let index = table.schema().require(name)?;
        let schema = &table.schema().columns[index];
        crate::round::check(schema, unit).map_err(|e| e.in_column(name))?;
        out[index] = rounded(table.column(index), schema, unit);
    }
    Table::new(table.shared_schema(), out)
}

/// A step that was tried on all rows.
struct Tried {
    /// The columns it changes.
    places: Vec<usize>,
    /// What they become.
    columns: Vec<Column>,
    /// For each row the one it exchanged cells with.
    partner: Option<Vec<u32>>,
}

impl Tried {
    fn new(table: &Table, step: &Step, seed: &Seed) -> Result<Self> {
        let schema = table.schema();
        let places = step
            .columns()
            .iter()
            .map(|name| schema.require(name))
            .collect::<Result<Vec<_>>>()?;
        let partner = match step {
            Step::Swap { share, .. } => Some(partners(table.rows(), *share, seed)),
            _ => None,
        };
        let changed = |&place: &usize| {
            let (column, described) = (table.column(place), &schema.columns[place]);
            match (step, &partner) {
                (Step::Noise { strength, .. }, _) => noisy(column, described, *strength, &seed.child(place as u64)),
                (Step::Round { unit, .. }, _) => rounded(column, described, *unit),
                (_, Some(partner)) => column.take(partner),
                _ => column.clone(),
            }
        };
        Ok(Self {
            columns: places.iter().map(changed).collect(),
            places,
            partner,
        })
    }

    /// The table with the change in all rows that it does not bring to break a constraint, and the number of others.
    fn without_breaking(&self, before: &Table, real: &Table, constraints: &[Constraint]) -> Result<(usize, Table)> {
        let mut kept = vec![false; before.rows()];
        let mut table = self.changed(before, &kept)?;
        if constraints.is_empty() {
            return Ok((0, table));
        }
        let was_broken = broken(before, real, constraints)?;
        loop {
            let newly: Vec<usize> = broken(&table, real, constraints)?
                .into_iter()
                .zip(&was_broken)
                .enumerate()
                .filter_map(|(row, (now, &then))| (now && !then).then_some(row))
                .collect();
            if newly.is_empty() {
                return Ok((kept.iter().filter(|k| **k).count(), table));
            }
            let mut more = false;
            for row in newly {
                let partner = self.partner.as_ref().map_or(row, |partner| partner[row] as usize);
                more |= !kept[row];
                kept[row] = true;
                kept[partner] = true;
            }
            if !more {
                // Rows that are as they were break a constraint with others that are not: nothing of the step is left.
                kept.fill(true);
            }
            table = self.changed(before, &kept)?;
            if !more {
                return Ok((kept.len(), table));
            }
        }
    }

    /// The table with the change in all rows but those that are kept.
    fn changed(&self, before: &Table, kept: &[bool]) -> Result<Table> {
        let mut columns = before.columns().to_vec();
        let rows = before.rows() as u32;
        let source: Vec<u32> = (0..rows)
            .map(|row| if kept[row as usize] { row } else { rows + row })
            .collect();
        for (&place, new) in self.places.iter().zip(&self.columns) {
            let mut both = columns[place].clone();
            if !both.append(new) {
                return Err(Error::internal("a step changed a column's type"));
            }
            columns[place] = both.take(&source);
        }
        Table::new(before.shared_schema(), columns)
    }
}

/// Whether each row breaks any of the constraints.
fn broken(table: &Table, real: &Table, constraints: &[Constraint]) -> Result<Vec<bool>> {
    let mut out = vec![false; table.rows()];
    for constraint in constraints {
        let found = constraint.broken(table, Some(real))?;
        out.iter_mut().zip(found).for_each(|(any, one)| *any |= one);
    }
    Ok(out)
}

/// Cells in which two tables of the same shape differ.
fn differing(a: &Table, b: &Table) -> usize {
    let columns = a.columns().iter().zip(b.columns());
    columns
        .map(|(a, b)| (0..a.len()).filter(|&row| a.value(row) != b.value(row)).count())
        .sum()
}
