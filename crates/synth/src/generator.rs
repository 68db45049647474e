//! What every generator of tables promises.

use crate::{Ask, Density, Drawing};
use plenish_table::{Constraint, Context, Error, Result, Schema, Seed, Table, Value};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// How much effort a generator spends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// Quick, for a first look.
    Fast,
    /// The default.
    #[default]
    Balanced,
    /// As good as it gets.
    Max,
}

impl Preset {
    /// All presets.
    pub const ALL: [Self; 3] = [Self::Fast, Self::Balanced, Self::Max];

    /// The name used in study files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Balanced => "balanced",
            Self::Max => "max",
        }
    }

    /// The preset called `name`.
    pub fn of(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|p| p.name() == name).ok_or_else(|| {
            Error::usage(format!("there is no preset '{name}'")).help("the presets are: fast, balanced, max")
        })
    }
}

/// What a user can set when fitting.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Settings {
    /// How much effort to spend.
    pub preset: Preset,
    /// Columns that conditions will name most: they come first in the chain, where conditions are exact
    /// and cost nothing; the target and protected columns if empty.
    pub condition_on: Vec<String>,
    /// What holds between columns in every training row and is to hold in every synthetic one.
    #[serde(default)]
    pub inequalities: Vec<Inequality>,
    /// What every row keeps, as every training row does.
    #[serde(default)]
    pub constraints: Vec<Constraint>,
}

/// Two ordered columns of the same type that keep their order in every row in which both have a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inequality {
    /// The column with the smaller values.
    pub low: String,
    /// The column with the larger values.
    pub high: String,
    /// Whether equal values are ruled out.
    pub strict: bool,
}

impl std::fmt::Display for Inequality {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.low, if self.strict { "<" } else { "<=" }, self.high)
    }
}

/// Learns from real rows. Holds no state.
pub trait Generator: Send + Sync {
    /// A stable name: it goes into records and model files.
    fn name(&self) -> &'static str;

    /// One sentence: what it is good for, and what not.
    fn describe(&self) -> &'static str;

    /// Learns from `data`. The same data, settings and seed give the same model on any number of
    /// threads. Fails when the table is too small to learn from or a setting does not fit it.
    fn fit(&self, data: &Table, settings: &Settings, seed: &Seed, cx: &Context) -> Result<Box<dyn Model>>;

    /// Whether it can keep the inequalities of its settings.
    fn keeps_order(&self) -> bool {
        false
    }

    /// Reads what [`Model::save`] wrote.
    fn open(&self, bytes: &[u8]) -> Result<Box<dyn Model>>;
}

/// A fitted generator: a pure function of (condition, range of rows, seed).
pub trait Model: Send + Sync + std::fmt::Debug {
    /// The name of its generator.
    fn generator(&self) -> &'static str;

    /// The columns it generates.
    fn schema(&self) -> &Schema;

    /// What every row it generates keeps.
    fn constraints(&self) -> &[Constraint] {
        &[]
    }

    /// Rows `units.start..units.end` of the endless table that `ask` and `seed` define. Any range
    /// equals that slice of any larger one. Fails when the condition names a column there is not, when
    /// no row can satisfy it, or when so few can that they cannot be found.
    fn generate(&self, ask: &Ask, units: Range<u64>, seed: &Seed, cx: &Context) -> Result<Table>;

    /// Thinks `ask` through once, for callers that want its rows in several ranges, or want to know how
    /// likely its condition is. Fails as [`Model::generate`] does.
    fn prepare<'a>(&'a self, ask: &'a Ask, seed: &Seed, _cx: &Context) -> Result<Drawing<'a>> {
        let seed = *seed;
        Ok(Drawing::new(
            move |units, cx| self.generate(ask, units, &seed, cx),
            None,
        ))
    }

    /// The log-density of `rows`, which have the model's columns (see [`Table::conform`]); `None` for
    /// models without a density.
    fn log_density(&self, _rows: &Table, _cx: &Context) -> Option<Result<Density>> {
        None
    }

    /// The values that the column at `column` of the schema can take, in rising order (texts by the
    /// alphabet); `None` where they are not known or cannot be listed.
    fn values(&self, _column: usize) -> Option<Vec<Value>> {
        None
    }

    /// Fails when the model can set no distribution, or not that of the column at `column` of the schema.
    fn check_distribution(&self, _column: Option<usize>) -> Result<()> {
        Err(crate::ask::cannot(self.generator(), "set distributions"))
    }

    /// The whole model as bytes.
    fn save(&self) -> Result<Vec<u8>>;

    /// Figures of the fit.
    fn summary(&self) -> Summary;
}

/// Figures of a fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The generator's name.
    pub generator: String,
    /// Training rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Mean log-likelihood a row of the states of rows kept aside, in nats; higher is better. `None`
    /// for generators that have no density.
    pub log_likelihood: Option<f64>,
    /// Columns on which conditions are exact; on others they are met by importance resampling.
    pub condition_on: Vec<String>,
    /// Whether the model holds training rows themselves, not only what was learned from them: such a
    /// model file is as confidential as the data.
    #[serde(default)]
    pub holds_rows: bool,
    /// One line for each column, in the order of generation.
    pub details: Vec<ColumnSummary>,
}

/// How one column was learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnSummary {
    /// The column.
    pub name: String,
    /// States it was cut into.
    pub states: usize,
    /// Trees it took.
    pub trees: usize,
    /// Mean log-likelihood of its state given the columns before it, in nats; `None` for generators
    /// that have no density.
    pub log_likelihood: Option<f64>,
}

/// Fewer rows than this are refused: there is nothing to learn and everything to give away.
pub const FEWEST_ROWS: usize = 10;

/// Refuses tables that no generator can learn from.
pub(crate) fn check_size(data: &Table) -> Result<()> {
    if data.columns().is_empty() {
        return Err(Error::data("the table has no columns"));
    }
    if data.rows() < FEWEST_ROWS {
        let rows = data.rows();
        return Err(
            Error::data(format!("the table has {rows} row{}", if rows == 1 { "" } else { "s" }))
                .help(format!("a generator needs at least {FEWEST_ROWS} rows to learn from")),
        );
    }
    if let Some(target) = data.schema().target()
        && !data.column(target).varies()
    {
        return Err(Error::data("the target has no two different values")
            .in_column(&data.schema().columns[target].name)
            .help("there is nothing to predict; name another column as target, or none"));
    }
    Ok(())
}
