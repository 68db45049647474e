//! A large table of a model's rows: what it makes of its own accord, and how often.

use plenish_synth::{Ask, Model};
use plenish_table::{Context, Result, Seed, Table};

/// Rows of a pool at least: what happens once in ten thousand rows is seen some twenty times.
const LEAST: u64 = 200_000;
/// Rows of a pool at most.
const MOST: u64 = 1_000_000;
/// Rows of a pool for each training row, within these bounds.
const TIMES: u64 = 4;

/// Rows of a model without any condition. They tell how likely a condition is, thousands of them at once, and
/// those that satisfy one are rows under that condition.
#[derive(Debug, Clone)]
pub struct Pool {
    /// The rows.
    pub table: Table,
    /// What their randomness comes from.
    pub(crate) seed: Seed,
}

impl Pool {
    /// Four rows for each of `training` rows, from 200,000 to a million. Fails as [`Model::generate`] does.
    pub fn new(model: &dyn Model, training: usize, seed: &Seed, cx: &Context) -> Result<Self> {
        let rows = (TIMES * training as u64).clamp(LEAST, MOST);
        cx.step("generating rows to plan with", rows, || {
            let seed = seed.derive("pool");
            let table = model.generate(&Ask::default(), 0..rows, &seed, cx)?;
            Ok(Self { table, seed })
        })
    }
}
