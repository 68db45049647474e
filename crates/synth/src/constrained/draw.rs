//! Making rows: from what the generator draws to the whole table.

use super::ConstrainedModel;
use super::complete::Completion;
use super::plan::Step;
use crate::{Ask, Drawing, Estimate};
use plenish_table::{Column, Condition, Context, Error, Result, Role, Schema, Seed, Table};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// Rows that are found together, where some that are drawn have to be left out.
const BLOCK: u64 = 4096;
/// Rows drawn for a block at most.
const MOST_DRAWN: u64 = 500 * BLOCK;
/// Rows of the generator's table that belong to a block: more than are drawn for it.
const STRETCH: u64 = 1 << 22;
/// Rows drawn at once at most.
const BATCH: u64 = 1 << 16;
/// Rows drawn without a single one that will do, after which no more are.
const HOPELESS: u64 = 200_000;

impl ConstrainedModel {
    /// The columns of the whole table that the generator has, those of combinations taken apart.
    pub(super) fn split(&self, drawn: &Table, units: &Range<u64>, seed: &Seed) -> Result<Vec<Option<Column>>> {
        let plan = &self.plan;
        let mut columns: Vec<Option<Column>> = plan
            .schema
            .columns
            .iter()
            .map(|c| drawn.by_name(&c.name).cloned())
            .collect();
        for (place, combination) in plan.combinations.iter().enumerate() {
            let index = drawn.schema().require(&combination.name)?;
            let parts = combination.split(drawn.column(index), units, seed, place as u32);
            for (&column, cells) in combination.columns.iter().zip(parts) {
                columns[column as usize] = Some(cells);
            }
        }
        Ok(columns)
    }

    /// The whole table from the generator's: columns without repetition are still missing in it.
    fn assemble(&self, drawn: &Table, units: &Range<u64>, seed: &Seed) -> Result<Table> {
        let (plan, rows) = (&self.plan, drawn.rows());
        let mut columns = self.split(drawn, units, seed)?;
        for order in &plan.orders {
            order.apply(&mut columns);
        }
        for (place, step) in plan.steps.iter().enumerate() {
            let address = (plan.combinations.len() + place) as u32;
            let index = step.column();
            match step {
                Step::Lookup(lookup) => {
                    let by = columns[lookup.determinant as usize].as_ref();
                    let by = by.ok_or_else(|| Error::internal("a column is looked up too early"))?;
                    columns[index] = Some(lookup.apply(by, units, seed, address));
                }
                Step::Calculation(calculation) => {
                    let absent = calculation.absence.as_ref().and_then(|name| drawn.by_name(name));
                    calculation.apply(&mut columns, plan.schema.columns[index].kind, rows, absent, &|_, _| {
                        false
                    });
                }
            }
        }
        let cells = columns
            .into_iter()
            .zip(&plan.schema.columns)
            .map(|(cells, schema)| cells.unwrap_or_else(|| Column::all_missing(schema.kind, rows)));
        Table::new(Arc::clone(&plan.schema), cells.collect())
    }

    /// The table with its columns without repetition, which hang on the rows' numbers alone.
    fn numbered(&self, table: Table, flags: &Table, units: &Range<u64>, seed: &Seed) -> Result<Table> {
        if self.plan.unique.is_empty() {
            return Ok(table);
        }
        let mut columns = table.columns().to_vec();
        for (distinct, missing) in &self.plan.unique {
            let index = distinct.column as usize;
            let missing = missing.as_ref().and_then(|name| flags.by_name(name));
            columns[index] = distinct.cells(units, seed, self.plan.schema.columns[index].kind, missing)?;
        }
        Table::new(Arc::clone(&self.plan.schema), columns)
    }

    /// Fails when more is asked than the plan can pass on to the generator.
    fn check_ask(&self, ask: &Ask, again: bool) -> Result<()> {
        if ask.complete {
            return Err(Error::usage(
                "a model with constraints fills missing cells of given rows only",
            ));
        }
        for distribution in &ask.distributions {
            self.check_free(self.plan.schema.require(&distribution.column)?, again)?;
        }
        Ok(())
    }

    /// Fails when a constraint keeps a column's distribution from being set; `again` says that rows are left
    /// out of what is drawn.
    pub(super) fn check_free(&self, index: usize, again: bool) -> Result<()> {
        let bound = self.plan.bound_by(index);
        let Some(constraint) = bound.or(if again { self.plan.constraints.first() } else { None }) else {
            return Ok(());
        };
        Err(Error::usage(format!(
            "its distribution cannot be set beside the constraint `{}`",
            constraint.show(&self.plan.schema)
        ))
        .in_column(&self.plan.schema.columns[index].name)
        .help("fit without the constraint for that"))
    }

    /// What is asked of the generator, and whether some of its rows have to be left out.
    fn inner_ask(&self, ask: &Ask, seed: &Seed, cx: &Context) -> Result<(Ask, bool)> {
        let translated = self.plan.translate(&ask.condition)?;
        let again = translated.filter || !self.plan.verify.is_empty();
        self.check_ask(ask, again)?;
        let mut inner = ask.clone();
        inner.condition = translated.inner;
        // Bounds that follow help where the generator can be held to them.
        if let Some(narrowed) = translated.narrowed {
            let mut narrow = inner.clone();
            narrow.condition = narrowed;
            if self.inner.prepare(&narrow, seed, cx).is_ok() {
                inner = narrow;
            }
        }
        Ok((inner, again))
    }

    /// How likely the condition is for the generator, where that settles it.
    pub(crate) fn estimate(&self, ask: &Ask, seed: &Seed, cx: &Context) -> Result<Option<Estimate>> {
        let (inner, again) = self.inner_ask(ask, seed, cx)?;
        let drawing = self.inner.prepare(&inner, seed, cx)?;
        Ok(if again { None } else { drawing.estimate() })
    }

    pub(crate) fn rows(&self, ask: &Ask, units: Range<u64>, seed: &Seed, cx: &Context) -> Result<Table> {
        if let Some(given) = &ask.given {
            return Completion::of(self, ask, given, seed, cx)?.rows(units, cx);
        }
        let (inner, again) = self.inner_ask(ask, seed, cx)?;
        let own = seed.derive("constraints");
        if !again || units.is_empty() {
            let drawn = self.inner.generate(&inner, units.clone(), seed, cx)?;
            let table = self.assemble(&drawn, &units, &own)?;
            return self.numbered(table, &drawn, &units, &own);
        }
        let drawing = self.inner.prepare(&inner, &own, cx)?;
        let blocks = (units.start / BLOCK..=(units.end - 1) / BLOCK).collect::<Vec<u64>>();
        let found = blocks
            .par_iter()
            .map(|&block| {
                let table = self.block(&drawing, &ask.condition, block, &own, cx)?;
                let first = block * BLOCK;
                let (from, to) = (units.start.max(first), units.end.min(first.saturating_add(BLOCK)));
                cx.advance(to - from);
                let rows: Vec<u32> = ((from - first) as u32..(to - first) as u32).collect();
                Ok(table.take(&rows))
            })
            .collect::<Result<Vec<Table>>>()?;
        let mut found = found.into_iter();
        let mut table = found.next().ok_or_else(|| Error::internal("no block of rows"))?;
        for block in found {
            table.append(&block)?;
        }
        let table = self.identified(table, &units, seed, cx)?;
        // Where they are missing hangs on nothing that was left out: the flags stand beside the numbers.
        let flags = if self.plan.unique.iter().any(|u| u.1.is_some()) {
            self.inner
                .generate(&Ask::default(), units.clone(), seed, &Context::silent())?
        } else {
            Table::new(Schema::default(), Vec::new())?
        };
        self.numbered(table, &flags, &units, &own)
    }

    /// The first rows that satisfy everything, of the stretch of the generator's table that belongs to
    /// this block.
    fn block(&self, drawing: &Drawing, condition: &Condition, block: u64, seed: &Seed, cx: &Context) -> Result<Table> {
        // Stretches come again after more rows than anybody makes.
        let first = (block % (1 << 40)) * STRETCH;
        let mut found: Option<Table> = None;
        let (mut tried, mut kept) = (0_u64, 0_u64);
        while kept < BLOCK {
            cx.check()?;
            if tried >= MOST_DRAWN || (kept == 0 && tried >= HOPELESS) {
                return Err(self.hopeless(condition, tried, kept));
            }
            // As many as will do if the share stays what it was, and a few more.
            let needed = (BLOCK - kept) as f64 * (tried + 1) as f64 / (kept + 1) as f64;
            let spare = if tried == 0 { 1.0 } else { 1.1 };
            let count = if tried == 0 {
                BLOCK
            } else {
                ((needed * spare) as u64).clamp(64, BATCH)
            };
            let units = first + tried..first + tried + count;
            let drawn = drawing.rows(units.clone(), &Context::silent())?;
            let table = self.assemble(&drawn, &units, seed)?;
            let mut keep = condition.mask(&table)?;
            for constraint in &self.plan.verify {
                for (keep, broken) in keep.iter_mut().zip(constraint.broken(&table, None)?) {
                    *keep &= !broken;
                }
            }
            let rows: Vec<u32> = (0..keep.len() as u32)
                .filter(|&row| keep[row as usize])
                .take((BLOCK - kept) as usize)
                .collect();
            tried += count;
            kept += rows.len() as u64;
            let good = table.take(&rows);
            match &mut found {
                None => found = Some(good),
                Some(found) => found.append(&good)?,
            }
        }
        found.ok_or_else(|| Error::internal("an empty block of rows"))
    }

    fn hopeless(&self, condition: &Condition, tried: u64, kept: u64) -> Error {
        let share = if kept == 0 {
            format!("none of {tried} rows that were drawn does")
        } else {
            format!("{kept} of {tried} rows that were drawn do")
        };
        let named: Vec<String> = self
            .plan
            .constraints
            .iter()
            .map(|c| format!("`{}`", c.show(&self.plan.schema)))
            .collect();
        if condition.is_empty() {
            return Error::usage(format!(
                "rows that satisfy all constraints are too rare to be found: {share}"
            ))
            .help(format!("remove one of: {}", named.join(", ")));
        }
        Error::usage(format!(
            "rows that satisfy {condition} and the constraints are too rare to be found: {share}"
        ))
        .help("ask for more likely values, or name the columns of the condition in --condition-on when fitting")
    }

    /// Identifiers of rows that were found hang on the row's number, not on the draw it was found in.
    fn identified(&self, table: Table, units: &Range<u64>, seed: &Seed, cx: &Context) -> Result<Table> {
        let identifiers = self.plan.schema.with_role(Role::Identifier);
        let made = |i: &usize| self.plan.unique.iter().any(|u| u.0.column as usize == *i);
        let identifiers: Vec<usize> = identifiers.into_iter().filter(|i| !made(i)).collect();
        if identifiers.is_empty() {
            return Ok(table);
        }
        cx.check()?;
        let drawn = self
            .inner
            .generate(&Ask::default(), units.clone(), seed, &Context::silent())?;
        let mut columns = table.columns().to_vec();
        for index in identifiers {
            if let Some(cells) = drawn.by_name(&self.plan.schema.columns[index].name) {
                columns[index] = cells.clone();
            }
        }
        Table::new(Arc::clone(&self.plan.schema), columns)
    }
}
