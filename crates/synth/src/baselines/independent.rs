//! Columns drawn independently: right in every single column, wrong in every relation. The floor
//! that a generator has to beat.

use super::{bytes, code, shares, tests, uniform};
use crate::codec::Codec;
use crate::model_file::damaged;
use crate::{Ask, ColumnSummary, Generator, Model, Settings, Summary};
use plenish_table::{Context, Result, Schema, Seed, Table};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// The generator of independent columns.
#[derive(Debug, Clone, Copy, Default)]
pub struct Independent;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct IndependentModel {
    schema: Arc<Schema>,
    rows: usize,
    codecs: Vec<Codec>,
}

impl Generator for Independent {
    fn name(&self) -> &'static str {
        "independent"
    }

    fn describe(&self) -> &'static str {
        "each column by itself, all relations lost: the floor to compare with, never a data set to use"
    }

    fn fit(&self, data: &Table, settings: &Settings, _seed: &Seed, cx: &Context) -> Result<Box<dyn Model>> {
        let coded = code(data, settings, self.name(), cx)?;
        Ok(Box::new(IndependentModel {
            schema: data.shared_schema(),
            rows: data.rows(),
            codecs: coded.into_iter().map(|c| c.0).collect(),
        }))
    }

    fn open(&self, bytes: &[u8]) -> Result<Box<dyn Model>> {
        let model: IndependentModel = postcard::from_bytes(bytes).map_err(|_| damaged())?;
        if model.codecs.len() != model.schema.columns.len() || !model.codecs.iter().all(Codec::is_sound) {
            return Err(damaged());
        }
        Ok(Box::new(model))
    }
}

impl Model for IndependentModel {
    fn generator(&self) -> &'static str {
        "independent"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn generate(&self, ask: &Ask, units: Range<u64>, seed: &Seed, cx: &Context) -> Result<Table> {
        ask.only_conditions(self.generator())?;
        let tests = tests(&self.schema, &ask.condition)?;
        let shares = shares(self.codecs.iter(), &tests, &self.schema)?;
        let seed = seed.derive("independent");
        let columns = (0..self.codecs.len())
            .into_par_iter()
            .map(|index| {
                cx.check()?;
                let (codec, schema) = (&self.codecs[index], &self.schema.columns[index]);
                let mut mass = 0.0;
                let cumulative: Vec<f64> = codec
                    .counts()
                    .iter()
                    .enumerate()
                    .map(|(state, &count)| {
                        mass += f64::from(count) * shares[index].as_ref().map_or(1.0, |s| s[state]);
                        mass
                    })
                    .collect();
                let states: Vec<u16> = units
                    .clone()
                    .map(|unit| {
                        let u = uniform(seed.pair(unit, index as u32).0) * mass;
                        cumulative.partition_point(|&m| m <= u).min(cumulative.len() - 1) as u16
                    })
                    .collect();
                Ok(codec.decode(&states, units.clone(), index as u32, &seed, &tests[index], schema))
            })
            .collect::<Result<Vec<_>>>()?;
        Table::new(Arc::clone(&self.schema), columns)
    }

    fn save(&self) -> Result<Vec<u8>> {
        bytes(self)
    }

    fn summary(&self) -> Summary {
        let details: Vec<ColumnSummary> = self
            .codecs
            .iter()
            .zip(&self.schema.columns)
            .map(|(codec, schema)| {
                let total: f64 = codec.counts().iter().map(|&c| f64::from(c)).sum();
                let log_likelihood = codec
                    .counts()
                    .iter()
                    .filter(|&&c| c > 0)
                    .map(|&c| f64::from(c) / total * libm::log(f64::from(c) / total))
                    .sum();
                ColumnSummary {
                    name: schema.name.clone(),
                    states: codec.states(),
                    trees: 0,
                    log_likelihood: Some(log_likelihood),
                }
            })
            .collect();
        Summary {
            generator: self.generator().to_owned(),
            rows: self.rows,
            columns: self.codecs.len(),
            log_likelihood: details.iter().map(|d| d.log_likelihood).sum(),
            holds_rows: false,
            condition_on: self.schema.columns.iter().map(|c| c.name.clone()).collect(),
            details,
        }
    }
}
