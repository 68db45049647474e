//! What can be asked of a fitted model, and what it answers before the first row is made.

use plenish_table::{Condition, Context, Error, Result, Table};
use serde::Serialize;
use std::ops::Range;
use std::sync::Arc;

use crate::Distribution;

/// Temperatures outside this range leave nothing of a model: below it every row is the same, above it
/// every value is as likely as any other.
pub const TEMPERATURES: [f64; 2] = [0.1, 10.0];

/// What is asked of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// Every row satisfies this.
    pub condition: Condition,
    /// Partial rows: unit i completes row i. Columns it does not have and cells that are missing in it
    /// are drawn; all other cells are kept as they are.
    pub given: Option<Arc<Table>>,
    /// Accepts given cells that no training row had: the model takes them for the nearest value, or for
    /// a rare one. They are an error otherwise.
    pub clip: bool,
    /// No cell is drawn as missing, except in columns that have no other: what imputation needs.
    pub complete: bool,
    /// Below 1 rows are more typical, above 1 more diverse; 1 is the distribution that was learned. In
    /// [`TEMPERATURES`].
    pub temperature: f64,
    /// Columns whose values are to have these shares, exactly. The first is exact in every run of rows
    /// from row 0 on; each further one within every value of those before it.
    pub distributions: Vec<Distribution>,
}

impl Default for Ask {
    fn default() -> Self {
        Self {
            condition: Condition::default(),
            given: None,
            clip: false,
            complete: false,
            temperature: 1.0,
            distributions: Vec::new(),
        }
    }
}

impl Ask {
    /// All that `condition` allows, as it was learned.
    pub fn under(condition: Condition) -> Self {
        Self {
            condition,
            ..Self::default()
        }
    }

    /// Fails when more is asked than conditions: for generators that know nothing else.
    pub(crate) fn only_conditions(&self, generator: &str) -> Result<()> {
        let asked = if self.given.is_some() {
            "complete given rows"
        } else if self.complete {
            "fill missing cells"
        } else if (self.temperature - 1.0).abs() > 0.0 {
            "change the temperature"
        } else if !self.distributions.is_empty() {
            "set distributions"
        } else {
            return Ok(());
        };
        Err(cannot(generator, asked))
    }

    /// Fails when the temperature is out of its range.
    pub(crate) fn check_temperature(&self) -> Result<()> {
        let [low, high] = TEMPERATURES;
        if (low..=high).contains(&self.temperature) {
            return Ok(());
        }
        Err(
            Error::usage(format!("the temperature {} is out of range", self.temperature)).help(format!(
                "it is a number from {low} to {high}: below 1 for more typical rows, above 1 for more diverse ones"
            )),
        )
    }
}

/// The error of a generator that is asked for more than it can do.
pub(crate) fn cannot(generator: &str, asked: &str) -> Error {
    Error::usage(format!("the generator '{generator}' cannot {asked}")).help("fit with the generator 'chain'")
}

/// How likely a condition is, and how well its rows stand for all that satisfy it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The share of unconditional rows that satisfy the condition. With distributions, of the least
    /// likely of their values together with the condition.
    pub probability: f64,
    /// Whether probability and rows are exact: all combinations of values up to the last column under
    /// test were weighed. Otherwise each row is chosen by weight among `particles` candidates.
    pub exact: bool,
    /// Candidates drawn for each row.
    pub particles: usize,
    /// How many candidates a row is worth after weighing; equal to `particles` when all weigh the same.
    pub effective_sample_size: f64,
}

type MakeRows<'a> = dyn Fn(Range<u64>, &Context) -> Result<Table> + Send + Sync + 'a;

/// An ask that was thought through: makes any range of the endless table it defines.
pub struct Drawing<'a> {
    rows: Box<MakeRows<'a>>,
    estimate: Option<Estimate>,
}

impl std::fmt::Debug for Drawing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Drawing")
            .field("estimate", &self.estimate)
            .finish_non_exhaustive()
    }
}

impl<'a> Drawing<'a> {
    /// A drawing whose rows come from `rows`.
    pub fn new(
        rows: impl Fn(Range<u64>, &Context) -> Result<Table> + Send + Sync + 'a,
        estimate: Option<Estimate>,
    ) -> Self {
        Self {
            rows: Box::new(rows),
            estimate,
        }
    }

    /// Rows `units.start..units.end`; see [`crate::Model::generate`].
    pub fn rows(&self, units: Range<u64>, cx: &Context) -> Result<Table> {
        (self.rows)(units, cx)
    }

    /// How likely the condition is; `None` without one, and where the model cannot tell.
    pub fn estimate(&self) -> Option<Estimate> {
        self.estimate
    }
}

/// The log-density of rows under a model, in nats.
///
/// A part is the log-probability of the row's cell given the cells before it in the order of generation:
/// that of its state, plus that of its place in the state on the column's grid (whole numbers, two
/// decimals, every hour; a 65,536th of the range for numbers without a grid). Parts are at most 0, and
/// those of one column can be compared between rows. A cell like none that was seen gets the column's
/// floor: one row more than were learned from, spread evenly over the column's values.
#[derive(Debug, Clone, PartialEq)]
pub struct Density {
    /// For each row, the sum of its parts; minus infinity if it breaks a constraint of the model.
    pub totals: Vec<f64>,
    /// For each column in the schema's order, the part of each row.
    pub parts: Vec<Vec<f64>>,
    /// For each column, the part of its state alone: their sum over a row is what [`crate::Summary`] calls
    /// log-likelihood.
    pub states: Vec<Vec<f64>>,
    /// For each row, the first of the model's constraints that it breaks, as a place in
    /// [`crate::Model::constraints`].
    pub broken: Vec<Option<u32>>,
}

impl Density {
    /// The rows that break no constraint: what means are over.
    pub fn sound(&self) -> impl Iterator<Item = usize> {
        (0..self.totals.len()).filter(|&row| self.broken[row].is_none())
    }

    /// The sum over the states of a row.
    pub fn of_states(&self, row: usize) -> f64 {
        self.states.iter().map(|part| part[row]).sum()
    }
}
