//! An ask thought through: for every combination of values that distributions fix, what is asked of
//! each column, whether it can be met exactly, and how many candidates a row needs if not.

use super::ChainModel;
use super::bounds::RowBounds;
use super::draw::{Block, Done, MOST_PARTICLES};
use super::given::Given;
use super::head::Head;
use super::pilot;
use super::shares::StateShares;
use crate::distribution::Quotas;
use crate::{Ask, Estimate};
use plenish_table::{Column, Comparison, Condition, Context, Error, Result, Seed, Table, Term, Test};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// Candidates of a row that is completed: its given cells weigh them.
const GIVEN_PARTICLES: usize = 32;

/// More combinations of values than this are not set at once: each is planned by itself.
const MOST_STRATA: usize = 256;

/// Rows drawn together; fewer when each has many candidates.
const BLOCK: u64 = 4096;
const CANDIDATES: usize = 1 << 15;

/// Rows of which the same is asked.
#[derive(Debug, Default)]
pub(crate) struct Stratum {
    /// For each place of the chain, what its cell must satisfy.
    pub(crate) tests: Vec<Vec<Test>>,
    /// For each place of which something is asked, how much of its states is open.
    pub(crate) shares: Vec<Option<StateShares>>,
    /// Whether the probability of what is open weighs a candidate.
    pub(crate) weighs: Vec<bool>,
    /// The last place under a test.
    pub(crate) last: Option<usize>,
    /// What each bound column may take.
    pub(crate) bounds: Vec<RowBounds>,
    pub(crate) head: Head,
    /// For each place up to the last, what is added to its decisions; empty if nothing.
    pub(crate) tilt: Vec<Vec<f32>>,
    /// Candidates of each row, and how many of them are drawn without the tilt.
    pub(crate) particles: usize,
    pub(crate) untilted: usize,
    pub(crate) estimate: Option<Estimate>,
}

/// An ask thought through.
#[derive(Debug)]
pub(crate) struct Plan {
    strata: Vec<Option<Stratum>>,
    quotas: Quotas,
    pub(crate) given: Option<Given>,
    /// 1 / temperature.
    pub(crate) slope: f32,
    seed: Seed,
}

impl Plan {
    pub(crate) fn of(model: &ChainModel, ask: &Ask, seed: &Seed, cx: &Context) -> Result<Self> {
        ask.check_temperature()?;
        for term in &ask.condition.terms {
            model.schema.require(&term.column)?;
        }
        for distribution in &ask.distributions {
            model.schema.require(&distribution.column)?;
        }
        let quotas = Quotas::of(&ask.distributions)?;
        let sizes = quotas.values();
        let combinations = sizes.iter().try_fold(1_usize, |all, &n| all.checked_mul(n));
        let Some(combinations) = combinations.filter(|&n| n <= MOST_STRATA) else {
            return Err(Error::usage("the distributions fix too many combinations of values")
                .help(format!("there can be {MOST_STRATA} at most")));
        };
        let mut plan = Self {
            strata: Vec::new(),
            quotas,
            given: Given::of(model, ask)?,
            slope: (1.0 / ask.temperature) as f32,
            seed: seed.derive("generate"),
        };
        for combination in 0..combinations {
            cx.check()?;
            let condition = plan.condition(ask, &sizes, combination);
            let stratum = condition
                .map(|condition| plan.stratum(model, ask, &condition, combination))
                .transpose()?;
            plan.strata.push(stratum);
        }
        plan.check_given_bounds(model)?;
        Ok(plan)
    }

    /// How likely the ask's condition is; `None` if there is none.
    pub(crate) fn estimate(&self) -> Option<Estimate> {
        let all = self.strata.iter().flatten().filter_map(|s| s.estimate);
        all.reduce(|a, b| Estimate {
            probability: a.probability.min(b.probability),
            exact: a.exact && b.exact,
            particles: a.particles.max(b.particles),
            effective_sample_size: if a.effective_sample_size / a.particles as f64
                <= b.effective_sample_size / b.particles as f64
            {
                a.effective_sample_size
            } else {
                b.effective_sample_size
            },
        })
    }

    /// The ask's condition with the values of a combination; `None` if the combination never occurs.
    fn condition(&self, ask: &Ask, sizes: &[usize], combination: usize) -> Option<Condition> {
        let mut condition = ask.condition.clone();
        let mut rest = combination;
        for (index, distribution) in ask.distributions.iter().enumerate().rev() {
            let value = rest % sizes[index];
            rest /= sizes[index];
            if !self.quotas.occurs(index, value) {
                return None;
            }
            condition.terms.push(Term {
                column: distribution.column.clone(),
                test: Test::Compare(Comparison::Equal, distribution.shares[value].0.clone()),
            });
        }
        Some(condition)
    }

    fn stratum(&self, model: &ChainModel, ask: &Ask, condition: &Condition, number: usize) -> Result<Stratum> {
        let places = model.columns.len();
        let impossible = || {
            Error::usage(format!("no row can satisfy: {condition}"))
                .help("the training rows have no such values; see them with `plenish profile`")
        };
        let mut stratum = Stratum {
            particles: 1,
            untilted: 1,
            ..Stratum::default()
        };
        for place in 0..places {
            let column = &model.columns[place];
            let schema = model.column_schema(place);
            let named = condition.terms.iter().filter(|t| t.column == schema.name);
            let mut tests: Vec<Test> = named.map(|t| t.test.clone()).collect();
            let bound = model.bounds.slot(place).is_some();
            stratum.weighs.push(!tests.is_empty() || bound);
            if !tests.is_empty() {
                stratum.last = Some(place);
            }
            if ask.complete && column.codec.has_missing() && column.codec.states() > 1 {
                tests.push(Test::Present);
            }
            let given = self.given.as_ref().is_some_and(|g| g.column(place).is_some());
            let asked = !tests.is_empty() || bound || given;
            let shares = asked.then(|| {
                let tests: Vec<&Test> = tests.iter().collect();
                // Columns whose states mean something else in each row are asked row by row; what none of
                // their values satisfies is known before.
                let shares = column.codec.shares_of_all(&tests, schema.kind);
                let none = !shares.iter().any(|&share| share > 0.0);
                let shares = if column.is_absolute() {
                    shares
                } else {
                    vec![f64::from(u8::from(!none)); column.states()]
                };
                StateShares::of(&column.model.codes, shares)
            });
            if shares.as_ref().is_some_and(StateShares::is_closed) {
                return Err(impossible());
            }
            stratum.shares.push(shares);
            stratum.tests.push(tests);
        }
        for place in model.bounds.places() {
            stratum.bounds.push(static_bounds(model, &stratum, place));
        }
        if let Err(pair) = model.bounds.settle(&mut stratum.bounds.clone()) {
            let shown = model.bounds.show(pair, model);
            return Err(Error::usage(format!("no row can satisfy: {condition}")).help(format!(
                "the model keeps {shown} in every row, which the condition contradicts"
            )));
        }
        let Some(last) = stratum.last else {
            if self.given.is_some() {
                stratum.particles = GIVEN_PARTICLES;
                stratum.untilted = GIVEN_PARTICLES;
            }
            return Ok(stratum);
        };
        if self.given.is_some() {
            // Each row is a condition of its own: there is no one pilot for all.
            stratum.particles = 2 * GIVEN_PARTICLES;
            stratum.untilted = stratum.particles;
            return Ok(stratum);
        }
        let bound = model.bounds.places().next().is_some_and(|first| first <= last);
        let head = if bound {
            None
        } else {
            Head::of(model, &stratum.tests, last + 1, self.slope)
        };
        if let Some(head) = head {
            let probability = head.mass();
            if probability <= 0.0 {
                return Err(impossible());
            }
            stratum.estimate = Some(Estimate {
                probability,
                exact: true,
                particles: 1,
                effective_sample_size: 1.0,
            });
            stratum.head = head;
            return Ok(stratum);
        }
        let seed = self.seed.derive("pilot").child(number as u64);
        pilot::plan(model, self, stratum, last, condition, &seed)
    }

    /// The bounds of a unit before anything is drawn, and the inequality that leaves it no room.
    pub(crate) fn bounds_of(
        &self,
        model: &ChainModel,
        stratum: &Stratum,
        unit: u64,
    ) -> (Vec<RowBounds>, Option<usize>) {
        let mut bounds = stratum.bounds.clone();
        if let Some(given) = &self.given {
            for (slot, place) in model.bounds.places().enumerate() {
                if let Some(number) = given.cell(place, unit) {
                    bounds[slot] = RowBounds::of(Some(number));
                }
            }
        }
        let broken = model.bounds.settle(&mut bounds).err();
        (bounds, broken)
    }

    fn check_given_bounds(&self, model: &ChainModel) -> Result<()> {
        let Some(given) = &self.given else { return Ok(()) };
        if model.bounds.places().len() == 0 {
            return Ok(());
        }
        for unit in 0..given.rows {
            let stratum = self.stratum_of(unit)?;
            if let Some(pair) = self.bounds_of(model, stratum, unit).1 {
                return Err(Error::data(format!(
                    "the given values leave no room for {}",
                    model.bounds.show(pair, model)
                ))
                .at_row(unit + 1)
                .help("the model keeps this in every row; correct the given values or the condition"));
            }
        }
        Ok(())
    }

    fn stratum_of(&self, unit: u64) -> Result<&Stratum> {
        let stratum = self.strata.get(self.quotas.combination(unit));
        stratum
            .and_then(Option::as_ref)
            .ok_or_else(|| Error::internal("a unit without a stratum"))
    }

    /// Rows `units` of the table that the ask defines.
    pub(crate) fn rows(&self, model: &ChainModel, units: Range<u64>, cx: &Context) -> Result<Table> {
        if let Some(given) = self.given.as_ref().filter(|given| given.rows < units.end) {
            return Err(Error::usage(format!("there are only {} given rows", given.rows))
                .help("ask for no more rows than are given"));
        }
        let particles = self.strata.iter().flatten().map(|s| s.particles).max().unwrap_or(1);
        let block = BLOCK.min((CANDIDATES / particles).max(64) as u64);
        let starts: Vec<u64> = units.clone().step_by(block as usize).collect();
        let blocks = starts
            .par_iter()
            .map(|&start| {
                cx.check()?;
                let end = start.saturating_add(block).min(units.end);
                let columns = self.block(model, start..end, cx)?;
                cx.advance(end - start);
                Table::new(Arc::clone(&model.schema), columns)
            })
            .collect::<Result<Vec<Table>>>()?;
        // The first block brings the dictionaries that all others share.
        let mut blocks = blocks.into_iter();
        let Some(mut whole) = blocks.next() else {
            let empty = model.schema.columns.iter().map(|c| Column::empty(c.kind)).collect();
            return Table::new(Arc::clone(&model.schema), empty);
        };
        for block in blocks {
            whole.append(&block)?;
        }
        Ok(whole)
    }

    /// A block of rows: those of each stratum by themselves, then all in their order.
    fn block(&self, model: &ChainModel, units: Range<u64>, cx: &Context) -> Result<Vec<Column>> {
        let all: Vec<u64> = units.collect();
        if self.strata.len() == 1 {
            return self.draw(model, self.stratum_of(0)?, &all, 1, cx);
        }
        let mut parts: Vec<Vec<u32>> = vec![Vec::new(); self.strata.len()];
        for (row, &unit) in all.iter().enumerate() {
            parts[self.quotas.combination(unit)].push(row as u32);
        }
        let mut drawn: Option<Vec<Column>> = None;
        let mut order: Vec<u32> = vec![0; all.len()];
        let mut done = 0;
        for (stratum, rows) in self.strata.iter().zip(&parts) {
            let (Some(stratum), false) = (stratum, rows.is_empty()) else {
                continue;
            };
            let units: Vec<u64> = rows.iter().map(|&row| all[row as usize]).collect();
            join(&mut drawn, self.draw(model, stratum, &units, 1, cx)?)?;
            for &row in rows {
                order[row as usize] = done;
                done += 1;
            }
        }
        Ok(drawn
            .unwrap_or_default()
            .iter()
            .map(|cells| cells.take(&order))
            .collect())
    }

    /// Units of one stratum; those that nothing drawn satisfies, or that hang on a few candidates, are
    /// drawn again with more.
    fn draw(
        &self,
        model: &ChainModel,
        stratum: &Stratum,
        units: &[u64],
        scale: usize,
        cx: &Context,
    ) -> Result<Vec<Column>> {
        cx.check()?;
        let block = Block {
            model,
            plan: self,
            stratum,
            units,
            seed: self.seed,
            scale,
        };
        let Done { columns, failed, poor } = block.draw();
        if stratum.particles * scale >= MOST_PARTICLES {
            return match failed.first() {
                None => Ok(columns),
                Some(&row) => Err(self.nothing_found(units[row as usize], stratum.particles * scale)),
            };
        }
        if poor.is_empty() {
            return Ok(columns);
        }
        let mut order: Vec<u32> = (0..units.len() as u32).collect();
        for (index, &row) in poor.iter().enumerate() {
            order[row as usize] = (units.len() + index) as u32;
        }
        let mut whole = Some(columns);
        let again: Vec<u64> = poor.iter().map(|&row| units[row as usize]).collect();
        // Few at a time: each has many candidates.
        let most = (CANDIDATES / (stratum.particles * scale * 8).min(MOST_PARTICLES)).max(1);
        for units in again.chunks(most) {
            join(&mut whole, self.draw(model, stratum, units, scale * 8, cx)?)?;
        }
        Ok(whole
            .unwrap_or_default()
            .iter()
            .map(|cells| cells.take(&order))
            .collect())
    }

    fn nothing_found(&self, unit: u64, candidates: usize) -> Error {
        let error = Error::usage(format!(
            "nothing that satisfies all that is asked was found among {candidates} candidates"
        ));
        match &self.given {
            Some(_) => error
                .at_row(unit + 1)
                .help("the given values and the condition hardly go together; correct them"),
            None => error.help("the condition and what the model keeps in every row hardly go together"),
        }
    }
}

fn join(whole: &mut Option<Vec<Column>>, more: Vec<Column>) -> Result<()> {
    match whole {
        None => *whole = Some(more),
        Some(whole) => {
            for (mine, theirs) in whole.iter_mut().zip(&more) {
                if !mine.append(theirs) {
                    return Err(Error::internal("blocks of different types"));
                }
            }
        }
    }
    Ok(())
}

/// What a bound column may take under its tests, before anything is drawn.
fn static_bounds(model: &ChainModel, stratum: &Stratum, place: usize) -> RowBounds {
    let codec = &model.columns[place].codec;
    let tests: Vec<&Test> = stratum.tests[place].iter().collect();
    let may_be_missing = codec.has_missing() && tests.iter().all(|t| **t == Test::Missing);
    match codec.range_under(&tests, model.column_schema(place).kind) {
        Some((low, high)) => RowBounds {
            low,
            high,
            binds: !may_be_missing,
        },
        None => RowBounds::FREE,
    }
}
