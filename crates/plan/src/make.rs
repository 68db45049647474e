//! Rows to a plan.

use crate::diversity::Alike;
use crate::line::{Plan, PlanLine};
use crate::members::Members;
use crate::pool::Pool;
use crate::surest::Judge;
use plenish_gaps::{GapKind, Region};
use plenish_synth::{Ask, Model};
use plenish_table::{Context, Error, Result, Seed, Table};
use serde::Serialize;

/// Times that rows are drawn again because they are too much alike.
const ROUNDS: u64 = 4;
/// Lines for which the model is asked one by one rather than for another large table.
const FEW_LINES: usize = 12;
/// Large tables beside the pool, at most.
const BLOCKS: u64 = 8;
/// Rows that a line is chosen from, at most.
const MOST_CANDIDATES: u64 = 1_000_000;

/// How rows are made to a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MakeSettings {
    /// The share of a line's rows that may be nearly the same as another of the line, 0 to 1.
    pub alike: f64,
    /// Rows made for each row of a rare class of the target, of which those are kept whose class a forest of the real
    /// rows is surest of; 1 keeps all.
    pub candidates: u64,
}

impl Default for MakeSettings {
    /// One in fifty alike; ten candidates.
    fn default() -> Self {
        Self {
            alike: 0.02,
            candidates: 10,
        }
    }
}

/// Rows made to a plan.
#[derive(Debug, Clone)]
pub struct Made {
    /// The rows, mixed so that those from the first on have the plan's proportions.
    pub table: Table,
    /// The plan's line of each row.
    pub line: Vec<u32>,
    /// What did not go as asked.
    pub warnings: Vec<Warning>,
}

/// A line whose rows are more alike than was asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Warning {
    /// The line, from 0.
    pub line: usize,
    /// What happened, in words.
    pub text: String,
}

/// Makes exactly the rows that each line asks for. Rows of a rare class of the target are the surest of several
/// ([`MakeSettings::candidates`]). For other lines, `pool` (rows of the same model) serves those that enough of its
/// rows satisfy, and more rows of its kind are made while many lines still lack some; for the rest the model is asked
/// under each line's condition. Rows of a line that are nearly the same as another are drawn again, a bounded number
/// of times; `real` gives the scale of what is near.
///
/// Fails as [`Model::generate`] does; the error names the line.
pub fn make_rows(
    plan: &Plan,
    model: &dyn Model,
    pool: Option<&Pool>,
    real: &Table,
    settings: &MakeSettings,
    seed: &Seed,
    cx: &Context,
) -> Result<Made> {
    let seed = seed.derive("plan");
    let mut lines: Vec<Line> = plan
        .lines
        .iter()
        .map(|line| Line {
            rows: line.rows as usize,
            spare: (line.rows as f64 * settings.alike).floor() as usize,
            alike: Alike::new(real),
            kept: real.take(&[]),
            doubles: real.take(&[]),
        })
        .collect();
    cx.step("generating rows to the plan", plan.rows(), || {
        choose(plan, &mut lines, model, real, settings, &seed.derive("candidates"), cx)?;
        if let Some(pool) = pool {
            serve(plan, &mut lines, &pool.table, &seed.derive("pool"), cx)?;
            let block = pool.table.rows() as u64;
            for more in 1..=BLOCKS {
                if lines.iter().filter(|line| line.missing() > 0).count() <= FEW_LINES {
                    break;
                }
                let units = more * block..(more + 1) * block;
                let drawn = model.generate(&Ask::default(), units, &pool.seed, &Context::silent())?;
                serve(plan, &mut lines, &drawn, &seed.child(more), cx)?;
            }
        }
        let mut warnings = Vec::new();
        let mut parts = Vec::with_capacity(lines.len());
        for (place, (line, mut rows)) in plan.lines.iter().zip(lines).enumerate() {
            cx.check()?;
            let before = rows.kept.rows() as u64;
            rows.ask(model, &line.region, &seed.derive("asked").child(place as u64))?;
            cx.advance(line.rows - before);
            let (table, doubles) = rows.finish()?;
            if doubles > 0 {
                warnings.push(Warning {
                    line: place,
                    text: format!(
                        "{doubles} of {} rows where {} are nearly the same as others: the generator knows no more",
                        line.rows, line.region.text
                    ),
                });
            }
            if table.rows() < line.rows as usize {
                return Err(Error::internal(format!(
                    "a line of {} rows got {}",
                    line.rows,
                    table.rows()
                )));
            }
            parts.push(table);
        }
        mix(plan, &parts, real, warnings)
    })
}

/// Makes rows of rare classes of the target, the surest of several.
fn choose(
    plan: &Plan,
    lines: &mut [Line],
    model: &dyn Model,
    real: &Table,
    settings: &MakeSettings,
    seed: &Seed,
    cx: &Context,
) -> Result<()> {
    let target = real.schema().target().map(|place| &real.schema().columns[place].name);
    let is_chosen = |line: &PlanLine| {
        let terms = &line.region.condition.terms;
        line.gap == GapKind::Rare && !terms.is_empty() && terms.iter().all(|term| Some(&term.column) == target)
    };
    if settings.candidates < 2 || !plan.lines.iter().any(is_chosen) {
        return Ok(());
    }
    let Some(judge) = Judge::new(real, &seed.derive("judge"))? else {
        return Ok(());
    };
    for (place, (line, rows)) in plan.lines.iter().zip(lines).enumerate() {
        if !is_chosen(line) {
            continue;
        }
        cx.check()?;
        let count = line.rows.saturating_mul(settings.candidates);
        let count = count.min(MOST_CANDIDATES).max(line.rows);
        let seed = seed.child(place as u64);
        let drawn = model
            .generate(
                &Ask::under(line.region.condition.clone()),
                0..count,
                &seed,
                &Context::silent(),
            )
            .map_err(|e| in_line(&e, &line.region.text))?;
        rows.take(&drawn, &judge.order(&drawn)?)?;
        // Any part of the line is as sure as all of it.
        let mut order: Vec<u32> = (0..rows.kept.rows() as u32).collect();
        seed.derive("order").stream(0, 0).shuffle(&mut order);
        rows.kept = rows.kept.take(&order);
        cx.advance(order.len() as u64);
    }
    Ok(())
}

/// Gives rows that were made without a condition to the lines that lack them, each to one line.
fn serve(plan: &Plan, lines: &mut [Line], table: &Table, seed: &Seed, cx: &Context) -> Result<()> {
    let members = Members::new(table);
    let mut used = vec![false; table.rows()];
    for (place, (line, rows)) in plan.lines.iter().zip(lines).enumerate() {
        cx.check()?;
        if rows.missing() == 0 {
            continue;
        }
        let mut own: Vec<u32> = members.of(&line.region)?;
        own.retain(|&row| !used[row as usize]);
        seed.child(place as u64).stream(0, 0).shuffle(&mut own);
        let before = rows.kept.rows();
        let looked = rows.take(table, &own)?;
        for row in &own[..looked] {
            used[*row as usize] = true;
        }
        cx.advance((rows.kept.rows() - before) as u64);
    }
    Ok(())
}

/// Rows of one line as they come in.
struct Line {
    rows: usize,
    /// Rows that may still be like others.
    spare: usize,
    alike: Alike,
    kept: Table,
    /// Rows that are like others, in case nothing better comes.
    doubles: Table,
}

impl Line {
    fn missing(&self) -> usize {
        self.rows - self.kept.rows()
    }

    /// Has the model make what is missing.
    fn ask(&mut self, model: &dyn Model, region: &Region, seed: &Seed) -> Result<()> {
        let ask = Ask::under(region.condition.clone());
        let mut from = 0;
        for _ in 0..ROUNDS {
            if self.missing() == 0 {
                break;
            }
            let count = (self.missing() as u64).max(8);
            let drawn = model
                .generate(&ask, from..from + count, seed, &Context::silent())
                .map_err(|e| in_line(&e, &region.text))?;
            let rows: Vec<u32> = (0..drawn.rows() as u32).collect();
            self.take(&drawn, &rows)?;
            from += count;
        }
        Ok(())
    }

    /// Takes rows until there are enough; how many were looked at.
    fn take(&mut self, table: &Table, rows: &[u32]) -> Result<usize> {
        let (mut chosen, mut doubles) = (Vec::new(), Vec::new());
        let mut looked = 0;
        for &row in rows {
            if chosen.len() == self.missing() {
                break;
            }
            looked += 1;
            if self.alike.has(table, row as usize) {
                if self.spare == 0 {
                    doubles.push(row);
                    continue;
                }
                self.spare -= 1;
            }
            self.alike.keep(table, row as usize);
            chosen.push(row);
        }
        self.kept.append(&table.take(&chosen))?;
        self.doubles.append(&table.take(&doubles))?;
        Ok(looked)
    }

    /// The rows, filled up with those that are like others, and how many these are.
    fn finish(mut self) -> Result<(Table, usize)> {
        let count = self.missing().min(self.doubles.rows());
        let rows: Vec<u32> = (0..count as u32).collect();
        self.kept.append(&self.doubles.take(&rows))?;
        Ok((self.kept, count))
    }
}

fn in_line(error: &Error, condition: &str) -> Error {
    let named = Error::new(
        error.kind(),
        format!("rows where {condition} cannot be made: {}", error.message()),
    );
    named.help(error.advice().unwrap_or("leave the line out of the plan"))
}

/// All rows in an order in which every part from the first row on has the lines' proportions.
fn mix(plan: &Plan, parts: &[Table], real: &Table, warnings: Vec<Warning>) -> Result<Made> {
    let mut whole = real.take(&[]);
    let mut places: Vec<(f64, u32, u32)> = Vec::new();
    for (line, part) in parts.iter().enumerate() {
        let start = whole.rows();
        for row in 0..part.rows() {
            let at = (row as f64 + 0.5) / plan.lines[line].rows as f64;
            places.push((at, line as u32, (start + row) as u32));
        }
        whole.append(part)?;
    }
    places.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let order: Vec<u32> = places.iter().map(|place| place.2).collect();
    Ok(Made {
        table: whole.take(&order),
        line: places.iter().map(|place| place.1).collect(),
        warnings,
    })
}
