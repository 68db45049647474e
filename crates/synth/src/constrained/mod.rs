//! Constraints kept by any generator, by construction: it learns a table in which they cannot be broken
//! (combinations are one column, what follows from other columns is left out), and every row it draws is
//! brought back into the form of the real table. Only what several constraints on the same columns leave
//! open is drawn again, a bounded number of times.

mod combination;
mod complete;
mod condition;
mod dependency;
mod draw;
mod formula;
mod groups;
mod keys;
mod known;
mod numbers;
mod order;
mod plan;
mod planner;
mod score;
mod solve;
mod unique;
mod wanted;

use crate::model_file::damaged;
use crate::{Ask, Density, Drawing, Generator, Model, Settings, Summary};
use complete::Completion;
use plan::{Inner, Plan, Step};
use plenish_table::{Constraint, Context, Error, Result, Schema, Seed, Table, Value};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A generator that keeps the constraints of its settings.
#[derive(Debug, Clone, Copy, Default)]
pub struct Constrained<G>(pub G);

impl<G: Generator> Generator for Constrained<G> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn describe(&self) -> &'static str {
        self.0.describe()
    }

    fn fit(&self, data: &Table, settings: &Settings, seed: &Seed, cx: &Context) -> Result<Box<dyn Model>> {
        if settings.constraints.is_empty() {
            return self.0.fit(data, settings, seed, cx);
        }
        crate::generator::check_size(data)?;
        let (plan, inner) = Plan::of(data, settings)?;
        let Inner {
            data,
            mut settings,
            order,
        } = inner;
        if self.0.keeps_order() {
            // What the generator keeps by itself leaves nothing to put right.
            settings.inequalities.extend(order);
        }
        cx.check()?;
        let inner = self.0.fit(&data, &settings, seed, cx)?;
        Ok(Box::new(ConstrainedModel { plan, inner }))
    }

    fn keeps_order(&self) -> bool {
        self.0.keeps_order()
    }

    fn open(&self, bytes: &[u8]) -> Result<Box<dyn Model>> {
        self.0.open(bytes)
    }
}

/// Whether generators can keep the constraints of `settings` on `data`. Fails as [`Generator::fit`] does
/// for a constraint: when a row breaks one, when two contradict each other or cannot be kept together.
pub fn can_keep(data: &Table, settings: &Settings) -> Result<()> {
    Plan::of(data, settings).map(drop)
}

/// A fitted generator, and how its rows become rows that keep all constraints.
#[derive(Debug)]
pub(crate) struct ConstrainedModel {
    plan: Plan,
    inner: Box<dyn Model>,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    plan: Plan,
    inner: Vec<u8>,
}

/// Reads what the model of a constrained generator called `generator` saved.
pub(crate) fn open(generator: &dyn Generator, bytes: &[u8]) -> Result<Box<dyn Model>> {
    let saved: Saved = postcard::from_bytes(bytes).map_err(|_| damaged())?;
    let inner = generator.open(&saved.inner)?;
    let plan = saved.plan;
    let learned = inner.schema();
    let known = |name: &String| learned.index(name).is_some();
    let flags = plan.steps.iter().filter_map(|step| match step {
        Step::Calculation(calculation) => calculation.absence.as_ref(),
        Step::Lookup(_) => None,
    });
    let sound = plan.is_sound()
        && plan.combinations.iter().all(|c| known(&c.name))
        && flags.chain(plan.unique.iter().filter_map(|u| u.1.as_ref())).all(known);
    if !sound {
        return Err(damaged());
    }
    Ok(Box::new(ConstrainedModel { plan, inner }))
}

impl Model for ConstrainedModel {
    fn generator(&self) -> &'static str {
        self.inner.generator()
    }

    fn schema(&self) -> &Schema {
        &self.plan.schema
    }

    fn constraints(&self) -> &[Constraint] {
        &self.plan.constraints
    }

    fn generate(&self, ask: &Ask, units: Range<u64>, seed: &Seed, cx: &Context) -> Result<Table> {
        self.rows(ask, units, seed, cx)
    }

    fn prepare<'a>(&'a self, ask: &'a Ask, seed: &Seed, cx: &Context) -> Result<Drawing<'a>> {
        if let Some(given) = &ask.given {
            let completion = Completion::of(self, ask, given, seed, cx)?;
            return Ok(Drawing::new(move |units, cx| completion.rows(units, cx), None));
        }
        let seed = *seed;
        let estimate = self.estimate(ask, &seed, cx)?;
        Ok(Drawing::new(
            move |units, cx| self.rows(ask, units, &seed, cx),
            estimate,
        ))
    }

    fn log_density(&self, rows: &Table, cx: &Context) -> Option<Result<Density>> {
        self.density(rows, cx)
    }

    fn values(&self, column: usize) -> Option<Vec<Value>> {
        if self.plan.bound_by(column).is_some() {
            return None;
        }
        self.inner
            .values(self.inner.schema().index(&self.plan.schema.columns.get(column)?.name)?)
    }

    fn check_distribution(&self, column: Option<usize>) -> Result<()> {
        self.inner.check_distribution(None)?;
        column.map_or(Ok(()), |index| self.check_free(index, false))
    }

    fn save(&self) -> Result<Vec<u8>> {
        let saved = Saved {
            plan: self.plan.clone(),
            inner: self.inner.save()?,
        };
        postcard::to_stdvec(&saved).map_err(|e| Error::internal(format!("the model cannot be written: {e}")))
    }

    fn summary(&self) -> Summary {
        let inner = self.inner.summary();
        let mut named: Vec<String> = Vec::new();
        for name in &inner.condition_on {
            match self.plan.combinations.iter().find(|c| c.name == *name) {
                Some(combination) => named.extend(
                    combination
                        .columns
                        .iter()
                        .map(|&c| self.plan.schema.columns[c as usize].name.clone()),
                ),
                None if self.plan.schema.index(name).is_some() => named.push(name.clone()),
                None => {}
            }
        }
        // What is looked up by such columns is as exact.
        for step in &self.plan.steps {
            let name = |c: u32| &self.plan.schema.columns[c as usize].name;
            if let Step::Lookup(lookup) = step
                && named.contains(name(lookup.determinant))
            {
                named.push(name(lookup.dependent).clone());
            }
        }
        Summary {
            columns: self.plan.schema.columns.len(),
            condition_on: named,
            ..inner
        }
    }
}
