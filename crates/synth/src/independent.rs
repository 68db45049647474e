//! Columns drawn independently: right in every single column, wrong in every relation. The floor
//! that a generator has to beat.

use crate::codec::{Codec, CodecSettings};
use crate::generator::check_size;
use crate::model_file::damaged;
use crate::{Ask, ColumnSummary, Generator, Model, Settings, Summary};
use plenish_table::{Context, Error, Result, Schema, Seed, Table, Test};
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

    fn fit(&self, data: &Table, _settings: &Settings, _seed: &Seed, cx: &Context) -> Result<Box<dyn Model>> {
        check_size(data)?;
        cx.check()?;
        let settings = CodecSettings { bins: 256, rare: 5 };
        let codecs = data
            .schema()
            .columns
            .par_iter()
            .zip(data.columns())
            .map(|(schema, column)| Codec::fit(column, schema, settings).0)
            .collect();
        Ok(Box::new(IndependentModel {
            schema: data.shared_schema(),
            rows: data.rows(),
            codecs,
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
        for term in &ask.condition.terms {
            self.schema.require(&term.column)?;
        }
        let seed = seed.derive("independent");
        let columns = (0..self.codecs.len())
            .into_par_iter()
            .map(|index| {
                cx.check()?;
                let (codec, schema) = (&self.codecs[index], &self.schema.columns[index]);
                let tests: Vec<&Test> = ask
                    .condition
                    .terms
                    .iter()
                    .filter(|t| t.column == schema.name)
                    .map(|t| &t.test)
                    .collect();
                let shares = codec.shares_of_all(&tests, schema.kind);
                let mut mass = 0.0;
                let cumulative: Vec<f64> = codec
                    .counts()
                    .iter()
                    .zip(shares)
                    .map(|(&count, share)| {
                        mass += f64::from(count) * share;
                        mass
                    })
                    .collect();
                if mass <= 0.0 {
                    return Err(Error::usage("no row can satisfy the condition")
                        .in_column(&schema.name)
                        .help("the training rows have no such values; see them with `plenish profile`"));
                }
                let states: Vec<u16> = units
                    .clone()
                    .map(|unit| {
                        let u = (seed.pair(unit, index as u32).0 >> 11) as f64 * (1.0 / (1_u64 << 53) as f64) * mass;
                        cumulative.partition_point(|&m| m <= u).min(cumulative.len() - 1) as u16
                    })
                    .collect();
                Ok(codec.decode(&states, units.clone(), index as u32, &seed, &tests, schema))
            })
            .collect::<Result<Vec<_>>>()?;
        Table::new(Arc::clone(&self.schema), columns)
    }

    fn save(&self) -> Result<Vec<u8>> {
        postcard::to_stdvec(self).map_err(|e| Error::internal(format!("the model cannot be written: {e}")))
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
                    log_likelihood,
                }
            })
            .collect();
        Summary {
            generator: self.generator().to_owned(),
            rows: self.rows,
            columns: self.codecs.len(),
            log_likelihood: details.iter().map(|d| d.log_likelihood).sum(),
            condition_on: self.schema.columns.iter().map(|c| c.name.clone()).collect(),
            details,
        }
    }
}
