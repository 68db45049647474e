//! A chain of classification and regression trees, one column after the other, as in synthpop (Nowok,
//! Raab, Dibben, "synthpop: Bespoke Creation of Synthetic Data in R", JSS 2016): a synthetic row goes
//! down a column's tree with the values it has so far, and draws from the leaf it comes to.
//!
//! Where synthpop draws a real value of the leaf, a state of the leaf is drawn here, and a value
//! inside it; otherwise the defaults are synthpop's.

mod tree;

use super::{Shares, bytes, code, in_blocks, resample, shares, tests, too_unlikely, uniform};
use crate::codec::Codec;
use crate::model_file::damaged;
use crate::{Ask, ColumnSummary, Generator, Model, Settings, Summary};
use plenish_table::{Context, Result, Schema, Seed, Table};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;
use tree::{Predictor, Response, Tree};

/// Categories of a response that have a dimension each; with more, each has a random direction.
const DIMENSIONS: usize = 16;

/// The generator of trees drawn from one after the other.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cart;

#[derive(Debug, Serialize, Deserialize)]
struct CartModel {
    schema: Arc<Schema>,
    rows: usize,
    /// The columns in the order they are drawn in.
    order: Vec<u32>,
    codecs: Vec<Codec>,
    /// In the order they are drawn in; predictors are the places before.
    trees: Vec<Tree>,
}

impl Generator for Cart {
    fn name(&self) -> &'static str {
        "cart"
    }

    fn describe(&self) -> &'static str {
        "one tree a column, as synthpop: close to the data, also to single rows of it; to compare with synthpop"
    }

    fn fit(&self, data: &Table, settings: &Settings, seed: &Seed, cx: &Context) -> Result<Box<dyn Model>> {
        let coded = code(data, settings, self.name(), cx)?;
        let schema = data.shared_schema();
        let mut order: Vec<u32> = Vec::new();
        for name in &settings.condition_on {
            let index = schema.require(name)? as u32;
            if !order.contains(&index) {
                order.push(index);
            }
        }
        // The table's own order is synthpop's default.
        let rest: Vec<u32> = (0..coded.len() as u32).filter(|c| !order.contains(c)).collect();
        order.extend(rest);
        let predictors: Vec<Predictor> = order
            .iter()
            .map(|&c| {
                let (codec, states) = &coded[c as usize];
                Predictor {
                    states,
                    count: codec.states(),
                    is_ordered: codec.is_ordered(),
                }
            })
            .collect();
        let seed = seed.derive("cart");
        let trees = cx.step("fit", order.len() as u64, || {
            order
                .par_iter()
                .enumerate()
                .with_max_len(1)
                .map(|(place, &c)| {
                    let (codec, states) = &coded[c as usize];
                    let response = response(codec, states, &seed.child(u64::from(c)));
                    let tree = Tree::grow(&response, &predictors[..place], cx)?;
                    cx.advance(1);
                    Ok(tree)
                })
                .collect::<Result<Vec<_>>>()
        })?;
        Ok(Box::new(CartModel {
            schema,
            rows: data.rows(),
            order,
            codecs: coded.into_iter().map(|c| c.0).collect(),
            trees,
        }))
    }

    fn open(&self, bytes: &[u8]) -> Result<Box<dyn Model>> {
        let model: CartModel = postcard::from_bytes(bytes).map_err(|_| damaged())?;
        let width = model.schema.columns.len();
        let mut columns = model.order.clone();
        columns.sort_unstable();
        let sound = columns.iter().copied().eq(0..width as u32)
            && model.codecs.len() == width
            && model.codecs.iter().all(Codec::is_sound)
            && model.trees.len() == width
            && model
                .order
                .iter()
                .zip(&model.trees)
                .enumerate()
                .all(|(place, (&c, tree))| tree.is_sound(model.codecs[c as usize].states(), place));
        if sound { Ok(Box::new(model)) } else { Err(damaged()) }
    }
}

/// What a tree for this column makes small: for ordered columns the variance of the middle ranks,
/// with a dimension for "missing"; for categories the Gini index, or, when there are many, what random
/// directions keep of it.
fn response<'a>(codec: &Codec, states: &'a [u16], seed: &Seed) -> Response<'a> {
    let counts = codec.counts();
    if codec.is_ordered() {
        let first = usize::from(codec.has_missing());
        let dimensions = 1 + first;
        let total: f64 = counts[first..].iter().map(|&c| f64::from(c)).sum();
        let mut places = vec![0.0; counts.len() * dimensions];
        let mut before = 0.0;
        for state in first..counts.len() {
            // Ranks from -1 to 1 have a third of the variance of "missing or not" at its most.
            places[state * dimensions] = (2.0 * before + f64::from(counts[state])) / total.max(1.0) - 1.0;
            before += f64::from(counts[state]);
        }
        if first == 1 {
            places[1] = 1.0;
        }
        return Response {
            states,
            places,
            dimensions,
        };
    }
    let dimensions = counts.len().min(DIMENSIONS);
    let mut places = vec![0.0; counts.len() * dimensions];
    for state in 0..counts.len() {
        let place = &mut places[state * dimensions..(state + 1) * dimensions];
        if counts.len() <= DIMENSIONS {
            place[state] = 1.0;
        } else {
            let bits = seed.pair(state as u64, 0).0;
            for (d, x) in place.iter_mut().enumerate() {
                *x = if bits >> d & 1 == 1 { 0.25 } else { -0.25 };
            }
        }
    }
    Response {
        states,
        places,
        dimensions,
    }
}

impl CartModel {
    /// The states of a row, in the order of drawing, and the weight with which it satisfies what
    /// `shares` ask; `None` if it came to a leaf that holds nothing of that.
    fn propose(&self, shares: &Shares, unit: u64, seed: &Seed) -> Option<(Vec<u16>, f64)> {
        let mut weight = 1.0;
        let mut states: Vec<u16> = Vec::with_capacity(self.order.len());
        for (&column, tree) in self.order.iter().zip(&self.trees) {
            let leaf = tree.leaf(|place| states[place]);
            let u = uniform(seed.pair(unit, column).0);
            let rows = f64::from(leaf[leaf.len() - 1].1);
            let Some(shares) = &shares[column as usize] else {
                let at = (u * rows) as u32;
                let index = leaf.partition_point(|l| l.1 <= at).min(leaf.len() - 1);
                states.push(leaf[index].0);
                continue;
            };
            let mut before = 0;
            let mut parts = Vec::with_capacity(leaf.len());
            let mut total = 0.0;
            for &(state, up_to) in leaf {
                let part = f64::from(up_to - before) * shares[usize::from(state)];
                before = up_to;
                if part > 0.0 {
                    total += part;
                    parts.push((state, total));
                }
            }
            if parts.is_empty() {
                return None;
            }
            let index = parts.partition_point(|p| p.1 <= u * total).min(parts.len() - 1);
            states.push(parts[index].0);
            weight *= total / rows;
        }
        Some((states, weight))
    }
}

impl Model for CartModel {
    fn generator(&self) -> &'static str {
        "cart"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn generate(&self, ask: &Ask, units: Range<u64>, seed: &Seed, cx: &Context) -> Result<Table> {
        ask.only_conditions(self.generator())?;
        let seed = seed.derive("cart");
        let tests = tests(&self.schema, &ask.condition)?;
        let shares = shares(self.codecs.iter(), &tests, &self.schema)?;
        in_blocks(&self.schema, units, cx, |units| {
            let mut states = vec![vec![0_u16; (units.end - units.start) as usize]; self.order.len()];
            for (row, unit) in units.clone().enumerate() {
                let drawn = if ask.condition.is_empty() {
                    self.propose(&shares, unit, &seed).map(|p| p.0)
                } else {
                    cx.check()?;
                    resample(unit, &seed, |own| self.propose(&shares, unit, own))
                };
                let drawn = drawn.ok_or_else(|| too_unlikely(&ask.condition))?;
                for (&column, state) in self.order.iter().zip(drawn) {
                    states[column as usize][row] = state;
                }
            }
            let columns = self.codecs.iter().zip(&states).zip(&self.schema.columns).enumerate();
            Ok(columns
                .map(|(index, ((codec, states), schema))| {
                    codec.decode(states, units.clone(), index as u32, &seed, &tests[index], schema)
                })
                .collect())
        })
    }

    fn save(&self) -> Result<Vec<u8>> {
        bytes(self)
    }

    fn summary(&self) -> Summary {
        let details = self.order.iter().zip(&self.trees).map(|(&c, tree)| ColumnSummary {
            name: self.schema.columns[c as usize].name.clone(),
            states: self.codecs[c as usize].states(),
            trees: usize::from(tree.leaves() > 1),
            log_likelihood: None,
        });
        Summary {
            generator: self.generator().to_owned(),
            rows: self.rows,
            columns: self.codecs.len(),
            log_likelihood: None,
            condition_on: Vec::new(),
            holds_rows: false,
            details: details.collect(),
        }
    }
}
