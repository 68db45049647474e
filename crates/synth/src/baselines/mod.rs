//! Simpler generators behind the same traits as the chain: to compare with, and for users who ask
//! for one by name. `docs/generators` says of each what it is good for and what it leaks.

mod bootstrap;
mod cart;
mod copula;
mod independent;
mod smote;

pub use bootstrap::Bootstrap;
pub use cart::Cart;
pub use copula::Copula;
pub use independent::Independent;
pub use smote::Smote;

use crate::Settings;
use crate::codec::{Codec, CodecSettings};
use crate::generator::check_size;
use plenish_table::{Column, Condition, Context, Error, Result, Schema, Seed, Table, Test};
use rayon::prelude::*;
use serde::Serialize;
use std::ops::Range;
use std::sync::Arc;

/// Rows drawn together.
const BLOCK: u64 = 4096;

/// Rows proposed for one that has to satisfy a condition, before one of them is chosen.
const PROPOSALS: u64 = 32;

/// So many times new rows are proposed when none satisfied the condition.
const ROUNDS: u64 = 32;

/// The states of all baselines: like the chain's, a bin for twenty rows and at most 256, rare categories
/// together.
fn codec_settings(rows: usize) -> CodecSettings {
    CodecSettings {
        bins: (rows / 20).clamp(12, 256),
        rare: 5,
    }
}

/// Refuses what a baseline cannot learn from or keep.
fn check(data: &Table, settings: &Settings, name: &str) -> Result<()> {
    check_size(data)?;
    match settings.inequalities.first() {
        Some(inequality) => Err(Error::usage(format!("the generator '{name}' cannot keep {inequality}"))
            .help("fit with the generator 'chain'")),
        None => Ok(()),
    }
}

/// A number in [0, 1) from 64 random bits.
fn uniform(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// A codec for every column, and the state of every cell; fails on what the baseline `name` cannot learn
/// from or keep.
fn code(data: &Table, settings: &Settings, name: &str, cx: &Context) -> Result<Vec<(Codec, Vec<u16>)>> {
    check(data, settings, name)?;
    let columns = data.schema().columns.par_iter().zip(data.columns());
    let coded = columns
        .map(|(schema, column)| Codec::fit(column, schema, codec_settings(data.rows())))
        .collect();
    cx.check()?;
    Ok(coded)
}

/// The tests a condition puts to each column of `schema`.
fn tests<'a>(schema: &Schema, condition: &'a Condition) -> Result<Vec<Vec<&'a Test>>> {
    let mut tests = vec![Vec::new(); schema.columns.len()];
    for term in &condition.terms {
        tests[schema.require(&term.column)?].push(&term.test);
    }
    Ok(tests)
}

/// How much of each state's mass a condition leaves, for the columns it names.
type Shares = Vec<Option<Vec<f64>>>;

/// The shares of the states of each column that `tests` name; fails when they leave a column nothing.
fn shares<'a>(codecs: impl Iterator<Item = &'a Codec>, tests: &[Vec<&Test>], schema: &Schema) -> Result<Shares> {
    codecs
        .zip(tests)
        .zip(&schema.columns)
        .map(|((codec, tests), schema)| {
            if tests.is_empty() {
                return Ok(None);
            }
            let shares = codec.shares_of_all(tests, schema.kind);
            let mass: f64 = shares.iter().zip(codec.counts()).map(|(s, &c)| s * f64::from(c)).sum();
            if mass > 0.0 {
                Ok(Some(shares))
            } else {
                Err(Error::usage("no row can satisfy the condition")
                    .in_column(&schema.name)
                    .help("the training rows have no such values; see them with `plenish profile`"))
            }
        })
        .collect()
}

/// No row of the model satisfies the whole of `condition`.
fn nothing_satisfies(condition: &Condition) -> Error {
    Error::usage(format!("no row can satisfy: {condition}"))
        .help("the training rows have no such combination; see them with `plenish profile`")
}

/// No row that satisfies `condition` was found in the tries there are.
fn too_unlikely(condition: &Condition) -> Error {
    Error::usage(format!(
        "the condition is too unlikely for this generator: no row in {} satisfied: {condition}",
        PROPOSALS * ROUNDS
    ))
    .help("ask for less at once, or fit the default generator with --condition-on and the columns it names")
}

/// A row for `unit` by sampling importance resampling (Rubin 1988): `propose` makes one with its
/// weight, given a seed of its own; one of the proposals is kept, with a chance proportional to its
/// weight. `None` if none has a weight after a bounded number of tries.
fn resample<T>(unit: u64, seed: &Seed, mut propose: impl FnMut(&Seed) -> Option<(T, f64)>) -> Option<T> {
    let mut choices = seed.derive("resample").stream(unit, 0);
    for round in 0..ROUNDS {
        let (mut kept, mut total) = (None, 0.0);
        for proposal in 0..PROPOSALS {
            let Some((row, weight)) = propose(&seed.child(round * PROPOSALS + proposal)) else {
                continue;
            };
            total += weight;
            if weight > 0.0 && choices.uniform() * total < weight {
                kept = Some(row);
            }
        }
        if kept.is_some() {
            return kept;
        }
    }
    None
}

/// The table of `units`, made in blocks; `block` makes the columns of one.
fn in_blocks(
    schema: &Arc<Schema>,
    units: Range<u64>,
    cx: &Context,
    block: impl Fn(Range<u64>) -> Result<Vec<Column>> + Sync,
) -> Result<Table> {
    if units.is_empty() {
        let empty = schema.columns.iter().map(|c| Column::empty(c.kind)).collect();
        return Table::new(Arc::clone(schema), empty);
    }
    let starts: Vec<u64> = units.clone().step_by(BLOCK as usize).collect();
    let tables = starts
        .par_iter()
        .map(|&start| {
            cx.check()?;
            let end = start.saturating_add(BLOCK).min(units.end);
            let table = Table::new(Arc::clone(schema), block(start..end)?)?;
            cx.advance(end - start);
            Ok(table)
        })
        .collect::<Result<Vec<Table>>>()?;
    // The first block brings the dictionaries that all others share.
    let mut tables = tables.into_iter();
    let Some(mut whole) = tables.next() else {
        return Err(Error::internal("a range of rows was divided into no blocks"));
    };
    for table in tables {
        whole.append(&table)?;
    }
    Ok(whole)
}

/// A model as bytes.
fn bytes(model: &impl Serialize) -> Result<Vec<u8>> {
    postcard::to_stdvec(model).map_err(|e| Error::internal(format!("the model cannot be written: {e}")))
}

/// Tells a user that the model file is as confidential as the data.
fn warn_of_rows(name: &str, cx: &Context) {
    cx.warn(&format!(
        "a model of '{name}' holds the training rows themselves, and its synthetic rows are close to them: guard both \
         like the data"
    ));
}

#[cfg(test)]
mod tests_of_resampling {
    use super::*;

    /// Proposals 0 and 1 with weights 1 and 3: three quarters of the rows kept are 1. Of 4,000 rows
    /// the share strays by 0.0068 (one standard error); five of them are allowed.
    #[test]
    fn rows_are_kept_in_proportion_to_their_weights() {
        let seed = Seed::new(3);
        let ones: u64 = (0..4000)
            .filter_map(|unit| {
                resample(unit, &seed, |own| {
                    let kind = own.pair(unit, 0).0 & 1;
                    Some((kind, 1.0 + 2.0 * kind as f64))
                })
            })
            .sum();
        // 32 proposals: the mean of the ratio lies 0.006 below its limit.
        assert!((ones as f64 / 4000.0 - 0.747).abs() < 0.034, "{ones}");
    }

    #[test]
    fn what_has_no_weight_is_never_kept() {
        let none = resample(0, &Seed::new(3), |_| Some(((), 0.0)));
        assert_eq!(none, None);
    }
}
