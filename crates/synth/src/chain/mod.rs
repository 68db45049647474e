//! The boosted chain: the joint distribution of a table as a chain of conditionals, each a set of
//! gradient-boosted trees with vector leaves over a code tree of the column's states.

mod code_tree;
mod features;
mod fit;
mod head;
mod model;
mod paths;

use crate::codec::{Codec, CodecSettings};
use crate::generator::check_size;
use crate::model_file::damaged;
use crate::{Ask, ColumnSummary, Generator, Model, Preset, Settings, Summary};
use code_tree::CodeTree;
use features::Features;
use fit::{ColumnData, ColumnSettings, fit_column};
use head::Head;
use model::{ColumnModel, Sampler};
use plenish_learn::{FeatureKind, Matrix};
use plenish_table::{Column, ColumnType, Context, Error, Result, Role, Schema, Seed, Table};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Leaves of a tree at most: a bit each in a word of 64.
const MOST_LEAVES: usize = 64;

/// Codes of a feature at most: finer ones were not measured to help.
const FEATURE_CODES: usize = 128;

/// Tables of at most this many rows are fitted again on all of them; with more, the tenth that told
/// when to stop is not missed.
const REFIT_ROWS: usize = 12_000;

/// Rows drawn together.
const BLOCK: u64 = 4096;

/// The generator of boosted chains.
#[derive(Debug, Clone, Copy, Default)]
pub struct Chain;

/// One column, in the order of the chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ChainColumn {
    codec: Codec,
    features: Features,
    model: ColumnModel,
    log_likelihood: f64,
}

/// A fitted chain.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ChainModel {
    schema: Arc<Schema>,
    rows: usize,
    /// The schema's columns in the order of the chain.
    order: Vec<u32>,
    /// How many of the first columns conditions may name.
    head: usize,
    columns: Vec<ChainColumn>,
    #[serde(skip)]
    samplers: OnceLock<Vec<Sampler>>,
}

fn settings_of(preset: Preset, rows: usize) -> (CodecSettings, ColumnSettings) {
    // Twenty rows a bin are the least that tell a bin's mass from its neighbours'.
    let bins = (rows / 20).clamp(12, 256);
    let balanced = ColumnSettings {
        rounds: 300,
        learning_rate: 0.1,
        leaves: 32,
        min_rows: 10,
        lambda: 5.0,
        subsample: 205,
        patience: 12,
        refit: rows <= REFIT_ROWS,
    };
    let (bins, column) = match preset {
        Preset::Fast => (
            bins.min(64),
            ColumnSettings {
                rounds: 60,
                learning_rate: 0.2,
                leaves: 16,
                patience: 4,
                refit: false,
                ..balanced
            },
        ),
        Preset::Balanced => (bins, balanced),
        Preset::Max => (
            bins,
            ColumnSettings {
                rounds: 800,
                learning_rate: 0.05,
                leaves: 48,
                patience: 24,
                ..balanced
            },
        ),
    };
    (CodecSettings { bins, rare: 5 }, column)
}

impl Generator for Chain {
    fn name(&self) -> &'static str {
        "chain"
    }

    fn describe(&self) -> &'static str {
        "boosted trees, one column after the other: the default for tables of any types"
    }

    fn fit(&self, data: &Table, settings: &Settings, seed: &Seed, cx: &Context) -> Result<Box<dyn Model>> {
        check_size(data)?;
        let seed = seed.derive("chain");
        let (codec_settings, column_settings) = settings_of(settings.preset, data.rows());
        let schema = data.shared_schema();
        let coded: Vec<(Codec, Vec<u16>)> = schema
            .columns
            .par_iter()
            .zip(data.columns())
            .map(|(schema, column)| Codec::fit(column, schema, codec_settings))
            .collect();
        cx.check()?;
        let (order, head) = order(&schema, &settings.condition_on, &coded)?;
        let features: Vec<Features> = order
            .par_iter()
            .map(|&c| Features::of(&coded[c as usize].0, data.column(c as usize), FEATURE_CODES))
            .collect();
        let (mut kinds, mut columns, mut before) = (Vec::new(), Vec::new(), Vec::new());
        for (feature, &c) in features.iter().zip(&order) {
            before.push(kinds.len());
            kinds.extend(feature.kinds());
            columns.extend(feature.encode(&coded[c as usize].1, data.column(c as usize)));
        }
        let matrix = Matrix::from_columns(kinds, &columns, data.rows())?;
        drop(columns);
        let (train, validation) = hold_out(data.rows(), &seed);
        // The costliest columns first, so that no thread is left alone with one at the end.
        let mut by_cost: Vec<usize> = (0..order.len()).collect();
        by_cost.sort_by_key(|&place| std::cmp::Reverse(coded[order[place] as usize].0.states() * (place + 4)));
        let fitted = cx.step("fit", order.len() as u64, || {
            by_cost
                .par_iter()
                .with_max_len(1)
                .map(|&place| {
                    let (codec, states) = &coded[order[place] as usize];
                    let tree = if codec.is_ordered() {
                        CodeTree::ordered(codec.counts(), codec.has_missing())
                    } else {
                        CodeTree::by_mass(codec.counts())
                    };
                    let column = ColumnData {
                        matrix: &matrix,
                        features: before[place],
                        states,
                        counts: codec.counts(),
                    };
                    let seed = seed.child(u64::from(order[place]));
                    let rows = (&train[..], &validation[..]);
                    let (model, log_likelihood) = fit_column(column, &tree, rows, &column_settings, &seed, cx)?;
                    cx.advance(1);
                    Ok((place, model, log_likelihood))
                })
                .collect::<Result<Vec<_>>>()
        })?;
        let mut models: Vec<Option<(ColumnModel, f64)>> = (0..order.len()).map(|_| None).collect();
        for (place, model, log_likelihood) in fitted {
            models[place] = Some((model, log_likelihood));
        }
        let mut codecs: Vec<Option<Codec>> = coded.into_iter().map(|(codec, _)| Some(codec)).collect();
        let columns = order
            .iter()
            .zip(features)
            .zip(models)
            .filter_map(|((&c, features), model)| {
                let (model, log_likelihood) = model?;
                Some(ChainColumn {
                    codec: codecs[c as usize].take()?,
                    features,
                    model,
                    log_likelihood,
                })
            })
            .collect();
        Ok(Box::new(ChainModel {
            schema,
            rows: data.rows(),
            order,
            head,
            columns,
            samplers: OnceLock::new(),
        }))
    }

    fn open(&self, bytes: &[u8]) -> Result<Box<dyn Model>> {
        let model: ChainModel = postcard::from_bytes(bytes).map_err(|_| damaged())?;
        if model.is_sound() {
            Ok(Box::new(model))
        } else {
            Err(damaged())
        }
    }
}

/// The order of the chain: columns for conditions first, then by rising number of states, so that
/// coarse columns are learned from and fine ones are learned last.
fn order(schema: &Schema, condition_on: &[String], coded: &[(Codec, Vec<u16>)]) -> Result<(Vec<u32>, usize)> {
    let mut order: Vec<u32> = Vec::new();
    if condition_on.is_empty() {
        order.extend(schema.with_role(Role::Target).iter().map(|&c| c as u32));
        order.extend(schema.with_role(Role::Protected).iter().map(|&c| c as u32));
    }
    for name in condition_on {
        let index = schema.require(name)? as u32;
        if !order.contains(&index) {
            order.push(index);
        }
    }
    let head = order.len();
    // What follows a date depends on its calendar, not on its state alone: dates come last.
    order.sort_by_key(|&c| {
        matches!(
            schema.columns[c as usize].kind,
            ColumnType::Date | ColumnType::Timestamp
        )
    });
    let mut rest: Vec<u32> = (0..schema.columns.len() as u32)
        .filter(|c| !order.contains(c))
        .collect();
    rest.sort_by_key(|&c| coded[c as usize].0.states());
    order.extend(rest);
    Ok((order, head))
}

/// A tenth of the rows tells when to stop.
fn hold_out(rows: usize, seed: &Seed) -> (Vec<u32>, Vec<u32>) {
    let mut all: Vec<u32> = (0..rows as u32).collect();
    seed.derive("validation").stream(0, 0).shuffle(&mut all);
    let mut validation = all.split_off(rows - (rows / 10).max(1));
    all.sort_unstable();
    validation.sort_unstable();
    (all, validation)
}

impl ChainModel {
    fn is_sound(&self) -> bool {
        let width = self.schema.columns.len();
        let mut seen = vec![false; width];
        for &c in &self.order {
            match seen.get_mut(c as usize) {
                Some(seen) if !*seen => *seen = true,
                _ => return false,
            }
        }
        let mut kinds: Vec<FeatureKind> = Vec::new();
        self.order.len() == width
            && self.columns.len() == width
            && self.head <= width
            && self.columns.iter().all(|column| {
                let sound = column.codec.is_sound()
                    && column.features.is_sound(column.codec.states())
                    && column.model.is_sound(column.codec.states(), &kinds);
                kinds.extend(column.features.kinds());
                sound
            })
    }

    fn samplers(&self) -> &[Sampler] {
        self.samplers.get_or_init(|| {
            let mut kinds: Vec<Vec<FeatureKind>> = vec![Vec::new()];
            for column in &self.columns {
                let mut next = kinds.last().cloned().unwrap_or_default();
                next.extend(column.features.kinds());
                kinds.push(next);
            }
            self.columns
                .par_iter()
                .zip(&kinds)
                .map(|(column, kinds)| column.model.sampler(kinds))
                .collect()
        })
    }

    /// The probabilities of the states of the column at `place`, given the states before it.
    fn distribution(&self, place: usize, states: &[u16]) -> Vec<f64> {
        let mut features = Vec::new();
        for (before, &state) in states.iter().enumerate() {
            let column = &self.columns[before];
            let schema = &self.schema.columns[self.order[before] as usize];
            // Calendar parts hang on the value: one day of the state stands for all.
            let value = column.codec.decode(&[state], 0..1, 0, &Seed::new(0), &[], schema);
            features.extend(column.features.encode(&[state], &value));
        }
        self.samplers()[place].distribution(&features, self.columns[place].codec.states())
    }

    fn block(&self, head: &Head, ask: &Ask, units: Range<u64>, seed: &Seed) -> Vec<Column> {
        let rows = (units.end - units.start) as usize;
        let uniform = |bits: u64| (bits >> 11) as f64 * (1.0 / (1_u64 << 53) as f64);
        let mut features: Vec<Vec<u8>> = Vec::new();
        let mut out: Vec<Option<Column>> = vec![None; self.columns.len()];
        let drawn: Vec<&[u16]> = if head.columns > 0 {
            units
                .clone()
                .map(|unit| head.draw(uniform(seed.pair(unit, 0).0)))
                .collect()
        } else {
            Vec::new()
        };
        for (place, (column, sampler)) in self.columns.iter().zip(self.samplers()).enumerate() {
            let address = place as u32 + 1;
            let states: Vec<u16> = if place < head.columns {
                drawn.iter().map(|states| states[place]).collect()
            } else {
                let mut uniforms: Vec<f64> = units.clone().map(|unit| uniform(seed.pair(unit, address).0)).collect();
                sampler.draw(&features, &mut uniforms)
            };
            debug_assert_eq!(states.len(), rows);
            let index = self.order[place] as usize;
            let tests = head::tests(self, place, &ask.condition);
            let schema = &self.schema.columns[index];
            let cells = column
                .codec
                .decode(&states, units.clone(), address, seed, &tests, schema);
            features.extend(column.features.encode(&states, &cells));
            out[index] = Some(cells);
        }
        out.into_iter().flatten().collect()
    }
}

impl Model for ChainModel {
    fn generator(&self) -> &'static str {
        "chain"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn generate(&self, ask: &Ask, units: Range<u64>, seed: &Seed, cx: &Context) -> Result<Table> {
        let seed = seed.derive("generate");
        let head = Head::of(self, &ask.condition)?;
        let empty = || self.schema.columns.iter().map(|c| Column::empty(c.kind)).collect();
        if units.is_empty() {
            return Table::new(Arc::clone(&self.schema), empty());
        }
        let starts: Vec<u64> = units.clone().step_by(BLOCK as usize).collect();
        let blocks = starts
            .par_iter()
            .map(|&start| {
                cx.check()?;
                let end = start.saturating_add(BLOCK).min(units.end);
                let block = Table::new(Arc::clone(&self.schema), self.block(&head, ask, start..end, &seed))?;
                cx.advance(end - start);
                Ok(block)
            })
            .collect::<Result<Vec<Table>>>()?;
        // The first block brings the dictionaries that all others share.
        let mut blocks = blocks.into_iter();
        let mut whole = match blocks.next() {
            Some(first) => first,
            None => Table::new(Arc::clone(&self.schema), empty())?,
        };
        for block in blocks {
            whole.append(&block)?;
        }
        Ok(whole)
    }

    fn save(&self) -> Result<Vec<u8>> {
        postcard::to_stdvec(self).map_err(|e| Error::internal(format!("the model cannot be written: {e}")))
    }

    fn summary(&self) -> Summary {
        let name = |place: usize| self.schema.columns[self.order[place] as usize].name.clone();
        let details: Vec<ColumnSummary> = self
            .columns
            .iter()
            .enumerate()
            .map(|(place, column)| ColumnSummary {
                name: name(place),
                states: column.codec.states(),
                trees: column.model.trees.len(),
                log_likelihood: column.log_likelihood,
            })
            .collect();
        Summary {
            generator: self.generator().to_owned(),
            rows: self.rows,
            columns: self.columns.len(),
            log_likelihood: details.iter().map(|d| d.log_likelihood).sum(),
            condition_on: (0..self.head).map(name).collect(),
            details,
        }
    }
}
