//! Completing given rows under constraints: the generator draws a few candidates for each, what follows is
//! calculated and looked up around the given cells, and the candidate that needed least change is kept.

use super::ConstrainedModel;
use super::keys::with_keys;
use super::known::{Known, put};
use super::order::Order;
use super::plan::Step;
use super::solve::FormulaRow;
use super::wanted::Group;
use crate::Ask;
use crate::partial::overlay;
use plenish_table::{Column, Condition, Constraint, Context, Error, Result, Schema, Seed, Table, Value};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Given rows that are completed together.
const BLOCK: u64 = 1024;
/// How many candidates a row has in each round, and how much change of a drawn cell, as a share of its
/// range, is little enough to need no further ones.
const ROUNDS: [(usize, f64); 3] = [(1, 0.02), (6, 0.05), (24, f64::INFINITY)];

/// Given rows, thought through.
#[derive(Debug)]
pub(super) struct Completion<'a> {
    model: &'a ConstrainedModel,
    ask: &'a Ask,
    known: Known,
    groups: Vec<Group>,
    keys: Vec<(usize, Column)>,
    seed: Seed,
}

/// Candidates of some rows of a group.
struct Candidates {
    table: Table,
    /// What each costs; none if it breaks something.
    costs: Vec<Option<f64>>,
    /// A constraint that one of them broke.
    broken: Option<usize>,
}

impl<'a> Completion<'a> {
    /// Fails, naming row and column, for rows that cannot be completed by what their cells alone say.
    pub(super) fn of(
        model: &'a ConstrainedModel,
        ask: &'a Ask,
        given: &Table,
        seed: &Seed,
        cx: &Context,
    ) -> Result<Self> {
        if let Some(distribution) = ask.distributions.first() {
            return Err(
                Error::usage("a model with constraints cannot set a distribution on given rows")
                    .in_column(&distribution.column)
                    .help("set it without given rows, or give the column's values in the rows"),
            );
        }
        // The condition may name only what is there, whatever rows are given.
        model.plan.translate(&ask.condition)?;
        let mut known = Known::of(&model.plan, ask, given)?;
        model.check_learned(&mut known, ask, given, seed, cx)?;
        let seed = seed.derive("constraints").derive("given");
        Ok(Self {
            groups: model.groups(&known, ask, cx)?,
            keys: model.keys(&known, ask, &seed, cx)?,
            model,
            ask,
            known,
            seed,
        })
    }

    /// Rows `units` of the completed table.
    pub(super) fn rows(&self, units: Range<u64>, cx: &Context) -> Result<Table> {
        let all = self.known.table.rows() as u64;
        if units.end > all {
            return Err(
                Error::usage(format!("there are only {all} given rows")).help("ask for no more rows than are given")
            );
        }
        if units.is_empty() {
            return Ok(self.known.table.take(&[]));
        }
        let blocks = (units.start / BLOCK..=(units.end - 1) / BLOCK).collect::<Vec<u64>>();
        let made = blocks
            .par_iter()
            .map(|&block| {
                let first = block * BLOCK;
                let table = self.block(first..(first + BLOCK).min(all), cx)?;
                let (from, to) = (units.start.max(first), units.end.min(first + BLOCK));
                cx.advance(to - from);
                let rows: Vec<u32> = ((from - first) as u32..(to - first) as u32).collect();
                Ok(table.take(&rows))
            })
            .collect::<Result<Vec<Table>>>()?;
        let mut made = made.into_iter();
        let mut table = made.next().ok_or_else(|| Error::internal("no block of rows"))?;
        for block in made {
            table.append(&block)?;
        }
        let rows: Vec<u32> = (units.start as u32..units.end as u32).collect();
        with_keys(&table, &rows, &self.keys)
    }

    fn block(&self, rows: Range<u64>, cx: &Context) -> Result<Table> {
        let range = rows.start as u32..rows.end as u32;
        let mut table = self.known.table.take(&range.clone().collect::<Vec<_>>());
        let mut order: Vec<u32> = (0..table.rows() as u32).collect();
        let parts = self.groups.par_iter().enumerate().filter_map(|(number, group)| {
            let from = group.rows.partition_point(|&row| row < range.start);
            let to = group.rows.partition_point(|&row| row < range.end);
            let rows = &group.rows[from..to];
            let seed = self.seed.child(rows.first().copied()?.into());
            (!rows.is_empty()).then(|| Ok((number, self.complete(group, rows, &seed, cx)?)))
        });
        for (number, part) in parts.collect::<Result<BTreeMap<usize, Table>>>()? {
            let inside = self.groups[number].rows.iter().filter(|row| range.contains(row));
            for (at, &row) in inside.enumerate() {
                order[(row - range.start) as usize] = (table.rows() + at) as u32;
            }
            table.append(&part)?;
        }
        Ok(table.take(&order))
    }

    /// Rows of one group, in their order.
    fn complete(&self, group: &Group, rows: &[u32], seed: &Seed, cx: &Context) -> Result<Table> {
        let mut found: Option<Table> = None;
        // For each row, its best candidate so far: its cost, and where it stands.
        let mut best: Vec<Option<(f64, u32)>> = vec![None; rows.len()];
        let mut broken = None;
        let mut open: Vec<usize> = (0..rows.len()).collect();
        for (round, &(count, enough)) in ROUNDS.iter().enumerate() {
            cx.check()?;
            let asked: Vec<u32> = open
                .iter()
                .flat_map(|&at| std::iter::repeat_n(rows[at], count))
                .collect();
            let candidates = self.candidates(group, &asked, &seed.child(round as u64), cx)?;
            broken = candidates.broken.or(broken);
            let mut kept: Vec<u32> = Vec::new();
            let before = found.as_ref().map_or(0, Table::rows);
            for (index, &at) in open.iter().enumerate() {
                let own = index * count..(index + 1) * count;
                let costs = own.filter_map(|c| Some((candidates.costs[c]?, c as u32)));
                let Some((cost, candidate)) = costs.min_by(|a, b| a.0.total_cmp(&b.0)) else {
                    continue;
                };
                if best[at].is_none_or(|b| cost < b.0) {
                    best[at] = Some((cost, (before + kept.len()) as u32));
                    kept.push(candidate);
                }
            }
            let kept = candidates.table.take(&kept);
            match &mut found {
                None => found = Some(kept),
                Some(found) => found.append(&kept)?,
            }
            open.retain(|&at| best[at].is_none_or(|b| b.0 > enough));
            if open.is_empty() {
                break;
            }
        }
        let places = best
            .iter()
            .zip(rows)
            .map(|(best, &row)| best.map(|b| b.1).ok_or_else(|| self.nothing_found(row, broken)));
        let places = places.collect::<Result<Vec<u32>>>()?;
        found
            .map(|found| found.take(&places))
            .ok_or_else(|| Error::internal("a group without candidates"))
    }

    fn nothing_found(&self, row: u32, broken: Option<usize>) -> Error {
        let plan = &self.model.plan;
        let what = match broken.and_then(|at| plan.constraints.get(at)) {
            Some(constraint) => format!("`{}`", constraint.show(&plan.schema)),
            None => "all that is asked".to_owned(),
        };
        let tried: usize = ROUNDS.iter().map(|r| r.0).sum();
        Error::data(format!(
            "none of {tried} ways to complete the given values keeps {what}"
        ))
        .at_row(u64::from(row) + 1)
        .help("correct the given values, or leave more of them out; --clip accepts results out of range")
    }

    /// A candidate for each of `rows`, which may repeat.
    fn candidates(&self, group: &Group, rows: &[u32], seed: &Seed, cx: &Context) -> Result<Candidates> {
        let given = Arc::new(self.model.told(&self.known, rows)?);
        let units = 0..rows.len() as u64;
        let silent = Context::silent();
        let mut drawn = Err(Error::internal("a group without a condition"));
        for condition in &group.inner {
            let ask = Ask {
                condition: condition.clone(),
                given: Some(Arc::clone(&given)),
                // What is unknown was refused, or accepted, before.
                clip: true,
                complete: self.ask.complete,
                temperature: self.ask.temperature,
                distributions: Vec::new(),
            };
            drawn = self.model.inner.generate(&ask, units.clone(), seed, &silent);
            if drawn.is_ok() {
                break;
            }
        }
        let drawn = drawn.map_err(|e| at_given_row(e, rows))?;
        cx.check()?;
        let mut columns = self.model.split(&drawn, &units, seed)?;
        let places: Vec<u64> = rows.iter().map(|&row| u64::from(row)).collect();
        let plan = &self.model.plan;
        for &index in &group.blank {
            columns[index] = Some(Column::all_missing(plan.schema.columns[index].kind, rows.len()));
        }
        let other = self.other_combinations(&columns, rows);
        let lay = |cells: Column, index: usize| overlay(cells, self.known.table.column(index), &places);
        for (index, (cells, schema)) in columns.iter_mut().zip(&plan.schema.columns).enumerate() {
            let drawn = cells.take();
            *cells = Some(lay(
                drawn.unwrap_or_else(|| Column::all_missing(schema.kind, rows.len())),
                index,
            ));
        }
        let fixed = |column: usize, row: usize| self.known.has(column, rows[row] as usize);
        for (place, step) in plan.steps.iter().enumerate() {
            let index = step.column();
            match step {
                Step::Lookup(_) => {}
                Step::Calculation(calculation) => {
                    let absent = calculation.absence.as_ref().filter(|_| !self.ask.complete);
                    let absent = absent.and_then(|name| drawn.by_name(name));
                    calculation.apply(
                        &mut columns,
                        plan.schema.columns[index].kind,
                        rows.len(),
                        absent,
                        &fixed,
                    );
                }
            }
            self.look_up(place, &mut columns, &units, seed, &lay)?;
        }
        let mut costs = self.mend(&mut columns, rows);
        for order in &plan.orders {
            for row in 0..rows.len() {
                order.squeeze(&mut columns, row, |column| fixed(column, row));
            }
        }
        // What was changed may decide something else now.
        for place in 0..plan.steps.len() {
            self.look_up(place, &mut columns, &units, seed, &lay)?;
        }
        for (cost, other) in costs.iter_mut().zip(other) {
            *cost = cost.filter(|_| !other);
        }
        let columns = columns.into_iter().flatten().collect();
        let table = Table::new(Arc::clone(&plan.schema), columns)?;
        let broken = self.judge(&table, rows, &mut costs)?;
        Ok(Candidates { table, costs, broken })
    }

    /// Which rows were drawn with a combination that is not that of the given cells: a generator may take one
    /// rare word for another.
    fn other_combinations(&self, columns: &[Option<Column>], rows: &[u32]) -> Vec<bool> {
        let mut other = vec![false; rows.len()];
        let combined = self.model.plan.combinations.iter().flat_map(|c| &c.columns);
        for index in combined.map(|&c| c as usize) {
            let (Some(drawn), given) = (&columns[index], self.known.table.column(index)) else {
                continue;
            };
            for (at, &row) in rows.iter().enumerate() {
                let row = row as usize;
                other[at] |= !given.is_missing(row) && given.value(row) != drawn.value(at);
            }
        }
        other
    }

    fn look_up(
        &self,
        place: usize,
        columns: &mut [Option<Column>],
        units: &Range<u64>,
        seed: &Seed,
        lay: &impl Fn(Column, usize) -> Column,
    ) -> Result<()> {
        let plan = &self.model.plan;
        let Step::Lookup(lookup) = &plan.steps[place] else {
            return Ok(());
        };
        let by = columns[lookup.determinant as usize].as_ref();
        let by = by.ok_or_else(|| Error::internal("a column is looked up too early"))?;
        let mut cells = lookup.apply(by, units, seed, (plan.combinations.len() + place) as u32);
        let index = lookup.dependent as usize;
        if self.ask.complete {
            let keys = lookup.known(by);
            let all: Vec<u64> = (0..keys.len() as u64).collect();
            cells = overlay(cells, &lookup.certain(&keys, true), &all);
        }
        columns[index] = Some(lay(cells, index));
        Ok(())
    }

    /// Brings all formulas to hold around the given cells; what each row costs.
    fn mend(&self, columns: &mut [Option<Column>], rows: &[u32]) -> Vec<Option<f64>> {
        let plan = &self.model.plan;
        let range = |index: usize| plan.ranges[index];
        let movable = |index: usize| plan.moves(index);
        let mut costs = Vec::with_capacity(rows.len());
        for (at, &row) in rows.iter().enumerate() {
            let mut cost = Some(0.0);
            let mut settled: Vec<usize> = Vec::new();
            // Each formula is brought to hold once: what one has settled, the next ones leave.
            let mut left: Vec<usize> = (0..self.known.formulas.len()).collect();
            while cost.is_some() && !left.is_empty() {
                let broken = left.iter().position(|&f| {
                    let formula = &self.known.formulas[f];
                    !formula.holds(&|index| cell(columns, index), at)
                });
                let Some(broken) = broken else { break };
                let formula = &self.known.formulas[left.remove(broken)];
                let open: Vec<usize> = formula
                    .columns()
                    .filter(|&c| !self.known.has(c, row as usize) && !settled.contains(&c) && movable(c))
                    .collect();
                let mut cells = FormulaRow::of(formula, &plan.schema, |c| cell(columns, c), at);
                cost = cells.mend(&open, range).map(|more| more + cost.unwrap_or(0.0));
                for &index in &open {
                    if let Some(column) = &mut columns[index] {
                        put(column, at, cells.cell(index));
                    }
                }
                settled.extend(formula.columns());
            }
            costs.push(cost);
        }
        costs
    }

    /// Rules out candidates that break something, and prefers those in the range of the real rows.
    fn judge(&self, table: &Table, rows: &[u32], costs: &mut [Option<f64>]) -> Result<Option<usize>> {
        let plan = &self.model.plan;
        let mut broken_by = None;
        for (number, constraint) in plan.constraints.iter().enumerate() {
            // Keys are made afterwards; what decides what is looked up, or in a combination.
            if matches!(
                constraint,
                Constraint::Unique { .. } | Constraint::Dependency { .. } | Constraint::Combination { .. }
            ) || plan.numbered(constraint)
            {
                continue;
            }
            for (cost, broken) in costs.iter_mut().zip(constraint.broken(table, None)?) {
                if broken && cost.take().is_some() {
                    broken_by = Some(number);
                }
            }
        }
        for step in &plan.steps {
            let Step::Lookup(lookup) = step else { continue };
            let of = table.column(lookup.dependent as usize);
            let keys = lookup.known(table.column(lookup.determinant as usize));
            for ((row, key), cost) in keys.into_iter().enumerate().zip(costs.iter_mut()) {
                let right = key.map_or(Value::Missing, |key| lookup.value(key));
                if right != Value::Missing && !of.is_missing(row) && of.value(row) != right {
                    *cost = None;
                }
            }
        }
        for (cost, keep) in costs.iter_mut().zip(self.condition().mask(table)?) {
            if !keep {
                *cost = None;
            }
        }
        for (index, schema) in plan.schema.columns.iter().enumerate() {
            let out = |v: f64| schema.min.is_some_and(|min| v < min) || schema.max.is_some_and(|max| v > max);
            let cells = table.column(index);
            for (at, cost) in costs.iter_mut().enumerate() {
                if !self.known.has(index, rows[at] as usize) && cells.number(at).is_some_and(out) {
                    *cost = cost.filter(|_| self.ask.clip).map(|c| c + 1.0);
                }
            }
        }
        for constraint in plan.verify.iter().filter(|c| matches!(c, Constraint::Range { .. })) {
            for (cost, broken) in costs.iter_mut().zip(constraint.broken(table, None)?) {
                if broken {
                    *cost = cost.map(|c| c + 1.0);
                }
            }
        }
        Ok(broken_by)
    }

    fn condition(&self) -> &Condition {
        &self.ask.condition
    }
}

fn cell(columns: &[Option<Column>], index: usize) -> &Column {
    // All columns are there by then.
    static NONE: Column = Column::Boolean(Vec::new());
    columns[index].as_ref().unwrap_or(&NONE)
}

/// An error about a row of the candidates, about the given row that it was for.
fn at_given_row(error: Error, rows: &[u32]) -> Error {
    let row = error.place().row.and_then(|row| rows.get(row as usize - 1));
    match row {
        Some(&row) => error.at_row(u64::from(row) + 1),
        None => error,
    }
}

impl ConstrainedModel {
    /// The cells of rows that the generator is told.
    fn told(&self, known: &Known, rows: &[u32]) -> Result<Table> {
        let bound: Vec<u32> = self.plan.orders.iter().flat_map(Order::columns).copied().collect();
        let mut columns = Vec::new();
        let mut schema = Vec::new();
        for column in &self.inner.schema().columns {
            let Some(index) = self.plan.schema.index(&column.name) else {
                continue;
            };
            let mut cells = known.table.column(index).take(rows);
            if bound.contains(&(index as u32)) && rows.iter().any(|&row| known.tight[row as usize]) {
                let last = cells.len() as u32;
                let _ = cells.append(&Column::all_missing(column.kind, 1));
                let hide = |(at, &row): (u32, &u32)| if known.tight[row as usize] { last } else { at };
                cells = cells.take(&(0..).zip(rows).map(hide).collect::<Vec<_>>());
            }
            columns.push(cells);
            schema.push(column.clone());
        }
        Table::new(Schema::new(schema)?, columns)
    }

    /// Whether the generator knows what is given; see [`Ask::clip`]. What is accepted may still leave no room in
    /// its ranges.
    fn check_learned(&self, known: &mut Known, ask: &Ask, given: &Table, seed: &Seed, cx: &Context) -> Result<()> {
        let prepare = |rows: &[u32], table: Table| {
            let learned = Ask {
                given: Some(Arc::new(table)),
                clip: ask.clip,
                complete: ask.complete,
                temperature: ask.temperature,
                ..Ask::default()
            };
            let prepared = self.inner.prepare(&learned, seed, cx).map(drop);
            prepared.map_err(|e| at_given_row(e, rows))
        };
        let rows: Vec<u32> = (0..given.rows() as u32)
            .filter(|&row| !known.whole[row as usize])
            .collect();
        if !ask.clip {
            let columns = self.inner.schema().columns.iter();
            let own: Vec<usize> = columns.filter_map(|c| given.schema().index(&c.name)).collect();
            prepare(&rows, given.select(&own).take(&rows))?;
        }
        while let Err(error) = prepare(&rows, self.told(known, &rows)?) {
            let row = error.place().row.map_or(0, |row| row as usize - 1);
            match known.tight.get_mut(row) {
                Some(tight) if ask.clip && !*tight && error.place().row.is_some() => *tight = true,
                _ if ask.clip => return Err(error),
                // What follows from given cells was compared with the range of the real rows.
                _ => return Ok(()),
            }
        }
        Ok(())
    }
}
