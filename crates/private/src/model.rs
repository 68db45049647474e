//! A private model: what was learned, the rows it makes, and its bytes.

use crate::domain::{Accepted, Domain};
use crate::evidence::Evidence;
use crate::fit::{Engine, Learned};
use crate::graphical::{Impossible, Shape, Tables};
use crate::marginals::{Clique, cells};
use crate::rows;
use plenish_synth::{Ask, ColumnSummary, Model, Summary};
use plenish_table::{Condition, Context, Error, Result, Schema, Seed, Table, Test, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Rows are made in blocks of the estimated number of rows, within these bounds: a block is rounded as a whole, so
/// that a table of the size of the data has no error of drawing, and any range is a slice of blocks.
const BLOCK: [f64; 2] = [1_000.0, 200_000.0];

/// A model that was learned privately. Everything in it, and every row it makes, is covered by its evidence.
#[derive(Debug, Clone)]
pub struct PrivateModel {
    stored: Stored,
    schema: Arc<Schema>,
    shape: Shape,
    potentials: Tables,
    beliefs: Tables,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Stored {
    domain: Domain,
    groups: Vec<(Vec<u16>, Vec<f64>)>,
    factors: BTreeMap<Clique, Vec<f64>>,
    impossible: Vec<Impossible>,
    total: f64,
    evidence: Evidence,
}

impl PrivateModel {
    pub(crate) fn new(
        domain: Domain,
        learned: Learned,
        impossible: Vec<Impossible>,
        evidence: Evidence,
    ) -> Result<Self> {
        Self::of(Stored {
            domain,
            groups: learned.groups,
            factors: learned.model.factors,
            impossible,
            total: learned.model.total,
            evidence,
        })
    }

    fn of(stored: Stored) -> Result<Self> {
        let sizes: Vec<usize> = stored.groups.iter().map(|g| states(&g.0)).collect();
        let cliques: Vec<Clique> = stored.factors.keys().cloned().collect();
        let impossible: Vec<Impossible> = stored
            .impossible
            .iter()
            .map(|i| i.iter().map(|&(c, s)| (c, stored.groups[c].0[s] as usize)).collect())
            .collect();
        let shape = Shape::new(&cliques, &impossible, &sizes);
        let mut potentials = shape.zeros();
        for (clique, factor) in &stored.factors {
            let host = shape.tree.host(clique, &sizes).ok_or_else(damaged)?;
            crate::marginals::Projection::new(&shape.tree.cliques[host], clique, &sizes).add(
                &mut potentials[host],
                factor,
                1.0,
            );
        }
        let mut beliefs = shape.zeros();
        if !shape.calibrate(&potentials, None, stored.total, &mut beliefs) {
            return Err(damaged());
        }
        Ok(Self {
            schema: stored.domain.schema()?,
            shape,
            potentials,
            beliefs,
            stored,
        })
    }

    /// Reads what [`Model::save`] wrote.
    pub fn open(bytes: &[u8]) -> Result<Self> {
        let stored: Stored = postcard::from_bytes(bytes).map_err(|_| damaged())?;
        let sizes = stored.domain.sizes()?;
        let sound_group = |((map, share), &size): (&(Vec<u16>, Vec<f64>), &usize)| {
            map.len() == size && share.len() == size && states(map) <= size && share.iter().all(|s| *s >= 0.0)
        };
        let columns = sizes.len();
        let groups_sound = stored.groups.len() == columns && stored.groups.iter().zip(&sizes).all(sound_group);
        if !(groups_sound && stored.total >= 1.0 && stored.total.is_finite()) {
            return Err(damaged());
        }
        let sizes_of_model: Vec<usize> = stored.groups.iter().map(|g| states(&g.0)).collect();
        let sound_factor = |(clique, factor): (&Clique, &Vec<f64>)| {
            clique.is_sorted_by(|a, b| a < b)
                && clique.iter().all(|c| *c < columns)
                && cells(clique, &sizes_of_model) == factor.len() as u64
                && factor.iter().all(|f| f.is_finite())
        };
        let sound_place = |&(c, s): &(usize, usize)| c < columns && s < sizes[c];
        if !stored.factors.iter().all(sound_factor) || !stored.impossible.iter().flatten().all(sound_place) {
            return Err(damaged());
        }
        Self::of(stored)
    }

    /// The model's counts of `clique`, and how many cells that are.
    #[cfg(test)]
    pub(crate) fn marginal(&self, clique: &[usize]) -> (Vec<f64>, usize) {
        let table = crate::pairs::tables(&self.shape, &self.beliefs, &[clique.to_vec()]).remove(0);
        let cells = table.len();
        (table, cells)
    }

    /// Counts of states of the domain as counts of the states of the model.
    #[cfg(test)]
    pub(crate) fn joined(&self, counts: &[i64], clique: &[usize], sizes: &[usize]) -> Vec<i64> {
        let mut out = vec![0; cells(clique, &self.shape.sizes) as usize];
        for (cell, count) in counts.iter().enumerate() {
            let (mut rest, mut at, mut step) = (cell, 0, 1);
            for &c in clique.iter().rev() {
                at += step * self.stored.groups[c].0[rest % sizes[c]] as usize;
                step *= self.shape.sizes[c];
                rest /= sizes[c];
            }
            out[at] += count;
        }
        out
    }

    /// What is known of its privacy.
    pub fn evidence(&self) -> &Evidence {
        &self.stored.evidence
    }

    /// The domain, with what was learned of it.
    pub fn domain(&self) -> &Domain {
        &self.stored.domain
    }

    /// The number of rows of the data as the noisy answers tell it: the true number is secret.
    pub fn estimated_rows(&self) -> u64 {
        self.stored.total.round() as u64
    }

    /// The columns of each measured clique: what the model keeps of the relations between columns.
    pub fn cliques(&self) -> Vec<Vec<&str>> {
        let name = |&c: &usize| self.stored.domain.axes[c].column.name.as_str();
        self.stored
            .factors
            .keys()
            .map(|clique| clique.iter().map(name).collect())
            .collect()
    }

    /// `count` rows that satisfy `condition`, rounded as one table: the closest that so many rows come to the model.
    pub fn rows(&self, condition: &Condition, count: usize, seed: &Seed, cx: &Context) -> Result<Table> {
        Plan::new(self, condition)?.table(count, seed, cx)
    }
}

/// A condition thought through.
struct Plan<'a> {
    model: &'a PrivateModel,
    accepted: Vec<Accepted>,
    /// Of each state of the domain, its weight within its state of the model.
    weights: Vec<Vec<f64>>,
    /// Marginals under the condition, where there is one.
    beliefs: Option<Tables>,
}

impl<'a> Plan<'a> {
    fn new(model: &'a PrivateModel, condition: &Condition) -> Result<Self> {
        let axes = &model.stored.domain.axes;
        let mut tests: Vec<Vec<&Test>> = vec![Vec::new(); axes.len()];
        for term in &condition.terms {
            tests[model.schema.require(&term.column)?].push(&term.test);
        }
        let accepted: Vec<Accepted> = axes
            .iter()
            .zip(&tests)
            .map(|(axis, tests)| Accepted::new(axis, tests))
            .collect();
        let weights: Vec<Vec<f64>> = accepted
            .iter()
            .zip(&model.stored.groups)
            .map(|(a, (_, share))| a.weights().iter().zip(share).map(|(w, s)| w * s).collect())
            .collect();
        let beliefs = if condition.is_empty() {
            None
        } else {
            let evidence: Vec<Vec<f64>> = model
                .stored
                .groups
                .iter()
                .zip(&weights)
                .zip(&tests)
                .map(|(((map, _), weights), tests)| {
                    if tests.is_empty() {
                        return vec![1.0; states(map)];
                    }
                    let mut of_group = vec![0.0; states(map)];
                    map.iter().zip(weights).for_each(|(&g, w)| of_group[g as usize] += w);
                    of_group
                })
                .collect();
            let mut beliefs = model.shape.zeros();
            if !model
                .shape
                .calibrate(&model.potentials, Some(&evidence), model.stored.total, &mut beliefs)
            {
                return Err(Error::usage("no row can satisfy the condition")
                    .help("its values lie outside the domain, or exclude each other"));
            }
            Some(beliefs)
        };
        Ok(Self {
            model,
            accepted,
            weights,
            beliefs,
        })
    }

    fn states(&self, count: usize, seed: &Seed, cx: &Context) -> Result<Vec<Vec<u16>>> {
        let beliefs = self.beliefs.as_ref().unwrap_or(&self.model.beliefs);
        let mut columns = rows::draw(&self.model.shape, beliefs, count, &seed.derive("states"), cx)?;
        let seed = seed.derive("members");
        for (index, column) in columns.iter_mut().enumerate() {
            let map = &self.model.stored.groups[index].0;
            let groups = states(map);
            if map.iter().enumerate().all(|(s, &g)| s == g as usize) {
                continue;
            }
            let members: Vec<Vec<usize>> = (0..groups)
                .map(|g| (0..map.len()).filter(|&s| map[s] as usize == g).collect())
                .collect();
            let keys: Vec<u32> = column.iter().map(|&g| u32::from(g)).collect();
            let share = |group: usize, out: &mut [f64]| {
                out.fill(0.0);
                members[group].iter().for_each(|&s| out[s] = self.weights[index][s]);
            };
            *column = rows::allot(&keys, groups, map.len(), share, &mut seed.stream(0, index as u32));
        }
        Ok(columns)
    }

    fn table(&self, count: usize, seed: &Seed, cx: &Context) -> Result<Table> {
        let states = self.states(count, seed, cx)?;
        let seed = seed.derive("values");
        let columns = states
            .iter()
            .zip(&self.model.stored.domain.axes)
            .zip(&self.accepted)
            .enumerate()
            .map(|(index, ((states, axis), accepted))| {
                axis.decode(states, accepted, |row| seed.stream(row as u64, index as u32))
            })
            .collect();
        Table::new(Arc::clone(&self.model.schema), columns)
    }
}

impl Model for PrivateModel {
    fn generator(&self) -> &'static str {
        if self.stored.evidence.engine == Engine::Mst.name() {
            Engine::Mst.name()
        } else {
            Engine::Aim.name()
        }
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn generate(&self, ask: &Ask, units: Range<u64>, seed: &Seed, cx: &Context) -> Result<Table> {
        let unknown = if ask.given.is_some() {
            "complete given rows"
        } else if ask.complete {
            "fill missing cells"
        } else if ask.temperature != 1.0 {
            "change the temperature"
        } else if !ask.distributions.is_empty() {
            "set distributions"
        } else {
            ""
        };
        if !unknown.is_empty() {
            return Err(Error::usage(format!(
                "the generator '{}' cannot {unknown}",
                self.generator()
            )));
        }
        let plan = Plan::new(self, &ask.condition)?;
        let block = self.stored.total.clamp(BLOCK[0], BLOCK[1]).round() as u64;
        let seed = seed.derive("private");
        let mut out: Option<Table> = None;
        let mut at = units.start;
        while at < units.end || out.is_none() {
            let number = at / block;
            let end = units.end.min((number + 1) * block);
            let table = if units.is_empty() {
                plan.table(0, &seed, cx)?
            } else {
                let whole = plan.table(block as usize, &seed.child(number), cx)?;
                let (first, last) = ((at % block) as u32, (end - number * block) as u32);
                if u64::from(last - first) == block {
                    whole
                } else {
                    whole.take(&(first..last).collect::<Vec<_>>())
                }
            };
            match &mut out {
                None => out = Some(table),
                Some(rows) => rows.append(&table)?,
            }
            at = end.max(at + 1);
        }
        out.ok_or_else(|| Error::internal("a range of rows without a block"))
    }

    fn values(&self, column: usize) -> Option<Vec<Value>> {
        let axis = self.stored.domain.axes.get(column)?;
        axis.listed()
    }

    fn save(&self) -> Result<Vec<u8>> {
        postcard::to_allocvec(&self.stored).map_err(|e| Error::internal(format!("the model cannot be written: {e}")))
    }

    fn summary(&self) -> Summary {
        let details = self.stored.domain.axes.iter().map(|axis| ColumnSummary {
            name: axis.column.name.clone(),
            states: axis.size().unwrap_or(0),
            trees: 0,
            log_likelihood: None,
        });
        Summary {
            generator: self.generator().to_owned(),
            rows: self.estimated_rows() as usize,
            columns: self.stored.domain.axes.len(),
            log_likelihood: None,
            condition_on: self.schema.columns.iter().map(|c| c.name.clone()).collect(),
            holds_rows: false,
            details: details.collect(),
        }
    }
}

/// How many new states a map has.
fn states(map: &[u16]) -> usize {
    map.iter().max().map_or(0, |m| *m as usize + 1)
}

fn damaged() -> Error {
    Error::data("the model file is damaged: its content is not a private model")
}
