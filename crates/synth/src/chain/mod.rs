//! The boosted chain: the joint distribution of a table as a chain of conditionals, each a set of
//! gradient-boosted trees with vector leaves over a code tree of the column's states.

mod bounds;
mod code_tree;
mod coding;
mod column;
mod density;
mod draw;
mod features;
mod fit;
mod given;
mod head;
mod leaf_finder;
mod model;
mod paths;
mod pilot;
mod plan;
mod prediction;
mod rare;
mod relative;
mod shares;
mod times;
mod weights;

use crate::codec::{Codec, CodecSettings};
use crate::generator::check_size;
use crate::model_file::damaged;
use crate::{Ask, ColumnSummary, Density, Drawing, Generator, Model, Preset, Settings, Summary};
use bounds::Bounds;
use coding::{Learner, Seen};
use column::ChainColumn;
use features::Features;
use fit::{ColumnSettings, Fold};
use model::{ColumnModel, Sampler};
use plan::Plan;
use plenish_learn::FeatureKind;
use plenish_table::{ColumnSchema, ColumnType, Context, Error, Result, Role, Schema, Seed, Table, Value};
use rayon::prelude::*;
use relative::Candidate;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Leaves of a tree at most: a bit each in a word of 64.
const MOST_LEAVES: usize = 64;

/// Codes of a feature at most: finer ones were not measured to help.
const FEATURE_CODES: usize = 128;

/// Tables of at most this many rows are small: a target's dependence on all other columns together is
/// learned better than theirs on it one by one, so that it comes last unless conditions want it first.
const FEW_ROWS: usize = 2_000;

/// Tables of at most this many rows gain from averaging more fits than larger ones have time for.
const SOME_ROWS: usize = 12_000;

/// What the average of fits to a small table is multiplied by. Each fit stops when the errors of its next trees
/// would outweigh what they learn; averaged, the errors cancel out, and too little was learned. Six tables of
/// 500 to 1,000 rows, three seeds: without it Cramér's V of pairs was 0.81 of that of unseen rows; two-sample test
/// against unseen rows 0.794, with it 0.818; loss of ROC AUC of a classifier trained on what is made 0.044, 0.028.
const STRETCH: f32 = 1.3;

/// Zstandard's level for model files: quick to write, and quicker to read.
const COMPRESSION: i32 = 3;

/// No model unpacks to more bytes than this; a file that says so is damaged.
const LONGEST_MODEL: usize = 1 << 32;

/// The generator of boosted chains.
#[derive(Debug, Clone, Copy, Default)]
pub struct Chain;

/// A fitted chain.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ChainModel {
    schema: Arc<Schema>,
    rows: usize,
    /// The schema's columns in the order of the chain.
    order: Vec<u32>,
    /// How many of the first columns were put there for conditions.
    head: usize,
    columns: Vec<ChainColumn>,
    /// What holds between columns in every row.
    bounds: Bounds,
    #[serde(skip)]
    samplers: OnceLock<Vec<Sampler>>,
    #[serde(skip)]
    paths: OnceLock<Vec<Vec<StatePath>>>,
}

/// The decisions on the way to a state, and which of them go to the right.
type StatePath = Vec<(u16, bool)>;

fn settings_of(preset: Preset, rows: usize) -> (CodecSettings, ColumnSettings) {
    // Twenty rows a bin are the least that tell a bin's mass from its neighbours'.
    let bins = (rows / 20).clamp(12, 256);
    // The fewer rows, the more of what one fit learns is chance, and the cheaper are more fits.
    let members = if rows <= FEW_ROWS {
        12
    } else if rows <= SOME_ROWS {
        4
    } else {
        2
    };
    let balanced = ColumnSettings {
        rounds: 400,
        learning_rate: 0.1,
        leaves: 32,
        min_rows: 10,
        // Many rows need less holding back: diamonds (27,000 rows) gain 0.015 in the two-sample test by 2
        // instead of 5, Magic (8,500) loses 0.01.
        lambda: if rows <= SOME_ROWS { 5.0 } else { 2.0 },
        subsample: 205,
        features: 256,
        patience: 12,
        members,
        stretch: 1.0,
    };
    // Large trees on few rows learn chance by heart; small slow ones that see half of the columns each
    // learn of many columns a little. Six tables of 500 to 1,000 rows: two-sample test against unseen rows
    // 0.75 to 0.80, ROC AUC of a classifier trained on what is made up by 0.008, memory of the rows down.
    let balanced = if rows <= FEW_ROWS {
        ColumnSettings {
            learning_rate: 0.06,
            leaves: 6,
            features: 128,
            patience: 20,
            stretch: STRETCH,
            ..balanced
        }
    } else {
        balanced
    };
    let (bins, column) = match preset {
        Preset::Fast => (
            bins.min(64),
            ColumnSettings {
                rounds: 60,
                learning_rate: 0.2,
                leaves: 16,
                features: 256,
                patience: 4,
                members: 1,
                stretch: 1.0,
                ..balanced
            },
        ),
        Preset::Balanced => (bins, balanced),
        Preset::Max => (
            bins,
            ColumnSettings {
                rounds: (2_000 / (2 * members.max(2))).max(200),
                members: 2 * members.max(2),
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

    fn keeps_order(&self) -> bool {
        true
    }

    fn fit(&self, data: &Table, settings: &Settings, seed: &Seed, cx: &Context) -> Result<Box<dyn Model>> {
        check_size(data)?;
        let seed = seed.derive("chain");
        let (codec_settings, column_settings) = settings_of(settings.preset, data.rows());
        let schema = data.shared_schema();
        let mut coded: Vec<(Codec, Vec<u16>)> = schema
            .columns
            .par_iter()
            .zip(data.columns())
            .map(|(schema, column)| Codec::fit(column, schema, codec_settings))
            .collect();
        cx.check()?;
        rare::group_rare(&mut coded, data);
        let (order, head) = order(data, &settings.condition_on, &coded)?;
        let place = |index: usize| order.iter().position(|&c| c as usize == index).unwrap_or(0);
        let bounds = Bounds::of(&settings.inequalities, data, place)?;
        let features: Vec<Features> = order
            .par_iter()
            .map(|&c| Features::of(&coded[c as usize].0, data.column(c as usize), FEATURE_CODES))
            .collect();
        let codecs: Vec<&Codec> = coded.iter().map(|c| &c.0).collect();
        let most = codec_settings.bins;
        let candidates: Vec<Option<Candidate>> = (0..order.len())
            .into_par_iter()
            .with_max_len(1)
            .map(|place| Candidate::of(place, &order, data, &codecs, most))
            .collect();
        cx.check()?;
        let folds = Fold::all(data.rows(), column_settings.members, &seed);
        // The costliest columns first, so that no thread is left alone with one at the end.
        let mut by_cost: Vec<usize> = (0..order.len()).collect();
        by_cost.sort_by_key(|&place| std::cmp::Reverse(coded[order[place] as usize].0.states() * (place + 4)));
        let seeds: Vec<Seed> = order.iter().map(|&c| seed.child(u64::from(c))).collect();
        let settings = &column_settings;
        let learner = |place: usize| Learner {
            codec: &coded[order[place] as usize].0,
            states: &coded[order[place] as usize].1,
            place,
            folds: &folds,
            settings,
            seed: &seeds[place],
        };
        let raw: Vec<Vec<Vec<u8>>> = order
            .par_iter()
            .zip(&features)
            .map(|(&c, features)| features.encode(&coded[c as usize].1, data.column(c as usize)))
            .collect();
        // Which columns gain from a relative coding; later columns then see the difference as well.
        let mut candidates = candidates;
        let tried: Vec<usize> = by_cost.iter().copied().filter(|&p| candidates[p].is_some()).collect();
        if !tried.is_empty() {
            let plain = Seen::of(
                &features,
                &raw,
                &(0..order.len()).map(|_| None).collect::<Vec<_>>(),
                data.rows(),
            )?;
            let loses = tried
                .par_iter()
                .with_max_len(1)
                .map(|&place| match &candidates[place] {
                    Some(candidate) => Ok((place, !learner(place).prefers(candidate, &plain, cx)?)),
                    None => Ok((place, true)),
                })
                .collect::<Result<Vec<_>>>()?;
            for (place, _) in loses.into_iter().filter(|l| l.1) {
                candidates[place] = None;
            }
        }
        let seen = Seen::of(&features, &raw, &candidates, data.rows())?;
        drop(raw);
        let fitted = cx.step("fit", order.len() as u64, || {
            by_cost
                .par_iter()
                .with_max_len(1)
                .map(|&place| {
                    let learned = learner(place).learn(candidates[place].as_ref(), &seen, cx)?;
                    cx.advance(1);
                    Ok((place, learned))
                })
                .collect::<Result<Vec<_>>>()
        })?;
        let mut models: Vec<Option<(ColumnModel, f64)>> = (0..order.len()).map(|_| None).collect();
        for (place, learned) in fitted {
            models[place] = Some(learned);
        }
        let mut codecs: Vec<Option<Codec>> = coded.into_iter().map(|(codec, _)| Some(codec)).collect();
        let columns = order
            .iter()
            .zip(features)
            .zip(candidates)
            .zip(models)
            .filter_map(|(((&c, features), candidate), model)| {
                let (model, log_likelihood) = model?;
                Some(ChainColumn {
                    codec: codecs[c as usize].take()?,
                    features,
                    model,
                    log_likelihood,
                    coding: candidate.map(|c| c.relative),
                })
            })
            .collect();
        Ok(Box::new(ChainModel {
            schema,
            rows: data.rows(),
            order,
            head,
            columns,
            bounds,
            samplers: OnceLock::new(),
            paths: OnceLock::new(),
        }))
    }

    fn open(&self, bytes: &[u8]) -> Result<Box<dyn Model>> {
        let (length, packed) = bytes.split_first_chunk::<8>().ok_or_else(damaged)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| damaged())?;
        if length > LONGEST_MODEL {
            return Err(damaged());
        }
        let bytes = zstd::bulk::decompress(packed, length).map_err(|_| damaged())?;
        let model: ChainModel = postcard::from_bytes(&bytes).map_err(|_| damaged())?;
        if model.is_sound() {
            Ok(Box::new(model))
        } else {
            Err(damaged())
        }
    }
}

/// The order of the chain: columns for conditions first, then by rising number of states, so that
/// coarse columns are learned from and fine ones are learned last.
fn order(data: &Table, condition_on: &[String], coded: &[(Codec, Vec<u16>)]) -> Result<(Vec<u32>, usize)> {
    let schema = data.schema();
    let target_last = condition_on.is_empty() && data.rows() <= FEW_ROWS;
    let mut order: Vec<u32> = Vec::new();
    if condition_on.is_empty() {
        if !target_last {
            order.extend(schema.with_role(Role::Target).iter().map(|&c| c as u32));
        }
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
    // Times come before what follows their hour, weekday or month; the order of all others is that of
    // their states.
    let tells: Vec<bool> = (0..coded.len())
        .into_par_iter()
        .map(|c| {
            let others = (0..coded.len()).filter(|&o| o != c);
            schema.columns[c].kind == ColumnType::Timestamp
                && times::tells(
                    &coded[c].0,
                    data.column(c),
                    others.map(|o| (coded[o].0.states(), &coded[o].1[..])),
                )
        })
        .collect();
    rest.sort_by_key(|&c| {
        let last = target_last && schema.columns[c as usize].role == Role::Target;
        (last, !tells[c as usize], coded[c as usize].0.states())
    });
    order.extend(rest);
    Ok((order, head))
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
            && self.bounds.is_sound(width)
            && self.columns.iter().enumerate().all(|(place, column)| {
                let sound = column.codec.is_sound()
                    && column.features.is_sound(column.codec.states())
                    && column.model.is_sound(column.states(), &kinds)
                    && column.coding.as_ref().is_none_or(|r| r.is_sound(place));
                kinds.extend(column.kinds());
                sound
            })
    }

    fn samplers(&self) -> &[Sampler] {
        self.samplers
            .get_or_init(|| self.columns.par_iter().map(|column| column.model.sampler()).collect())
    }

    /// For each place, the path to each state.
    fn paths(&self) -> &[Vec<StatePath>] {
        self.paths.get_or_init(|| {
            let paths = |column: &ChainColumn| column.model.codes.paths(column.states());
            self.columns.iter().map(paths).collect()
        })
    }

    /// The schema of the column at `place` of the chain.
    fn column_schema(&self, place: usize) -> &ColumnSchema {
        &self.schema.columns[self.order[place] as usize]
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
        Plan::of(self, ask, seed, cx)?.rows(self, units, cx)
    }

    fn prepare<'a>(&'a self, ask: &'a Ask, seed: &Seed, cx: &Context) -> Result<Drawing<'a>> {
        let plan = Plan::of(self, ask, seed, cx)?;
        let estimate = plan.estimate();
        Ok(Drawing::new(move |units, cx| plan.rows(self, units, cx), estimate))
    }

    fn log_density(&self, rows: &Table, cx: &Context) -> Option<Result<Density>> {
        Some(self.density(rows, cx))
    }

    fn values(&self, column: usize) -> Option<Vec<Value>> {
        let place = self.order.iter().position(|&c| c as usize == column)?;
        self.columns[place].codec.values(self.schema.columns[column].kind)
    }

    fn check_distribution(&self, _column: Option<usize>) -> Result<()> {
        Ok(())
    }

    fn save(&self) -> Result<Vec<u8>> {
        let cannot = |e: &dyn std::fmt::Display| Error::internal(format!("the model cannot be written: {e}"));
        let bytes = postcard::to_stdvec(self).map_err(|e| cannot(&e))?;
        let packed = zstd::bulk::compress(&bytes, COMPRESSION).map_err(|e| cannot(&e))?;
        Ok([(bytes.len() as u64).to_le_bytes().to_vec(), packed].concat())
    }

    fn summary(&self) -> Summary {
        let name = |place: usize| self.schema.columns[self.order[place] as usize].name.clone();
        let details: Vec<ColumnSummary> = self
            .columns
            .iter()
            .enumerate()
            .map(|(place, column)| ColumnSummary {
                name: name(place),
                states: column.states(),
                trees: column.model.trees.len(),
                log_likelihood: Some(column.log_likelihood),
            })
            .collect();
        Summary {
            generator: self.generator().to_owned(),
            rows: self.rows,
            columns: self.columns.len(),
            log_likelihood: details.iter().map(|d| d.log_likelihood).sum(),
            holds_rows: false,
            condition_on: (0..self.head).map(name).collect(),
            details,
        }
    }
}
