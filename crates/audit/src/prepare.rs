//! From the tables given to the tables attacked: the same columns, on one scale, and of a size to work with.

use crate::points::{Points, Scale};
use plenish_evaluate::{align, sample, scored};
use plenish_synth::{Generator, Model, Preset};
use plenish_table::{Context, Error, Result, Role, Schema, Seed, Table};
use rayon::prelude::*;
use std::sync::Arc;

/// Rows of each table at least: one false alarm in a hundred has to be possible.
pub const MIN_ROWS: usize = 100;
/// Rows of each table that attacks look at, at most; more are sampled.
pub const MAX_ROWS: usize = 50_000;
/// Holdout rows that repeat training rows, beyond what training rows repeat among themselves, at most.
const MOST_SHARED: f64 = 0.25;
/// The same share that is worth a warning.
const SHARED: f64 = 0.02;

/// The tables of an audit.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// Real rows the generator learned from.
    pub train: &'a Table,
    /// Real rows it never saw, from the same source.
    pub holdout: &'a Table,
    /// Synthetic rows, made by anything.
    pub synthetic: &'a Table,
    /// The fitted generator, where the attacker is thought to have it.
    pub model: Option<&'a dyn Model>,
}

/// What is asked of an audit.
#[derive(Default, Clone)]
pub struct Question {
    /// The column that a model is to predict; guessed before others.
    pub target: Option<String>,
    /// Columns whose traits are sensitive.
    pub protected: Vec<String>,
    /// What an attacker knows of a person (quasi-identifiers); all but what is guessed if empty.
    pub keys: Vec<String>,
    /// Whether generators are fitted again on parts of the rows.
    pub shadows: Option<Shadows>,
}

/// Generators fitted again on parts of the real rows.
#[derive(Clone, Copy)]
pub struct Shadows {
    /// The generator, which should be the one that made the synthetic rows.
    pub engine: &'static dyn Generator,
    /// The effort of each fit.
    pub preset: Preset,
    /// How many; made even, at least 2.
    pub models: usize,
}

impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Question")
            .field("target", &self.target)
            .field("protected", &self.protected)
            .field("keys", &self.keys)
            .field("shadows", &self.shadows.map(|s| (s.engine.name(), s.models)))
            .finish()
    }
}

/// Tables ready to be attacked. Only the columns that count are left, all as plain features.
pub(crate) struct Prepared {
    pub(crate) train: Table,
    pub(crate) holdout: Table,
    pub(crate) synthetic: Table,
    /// Training and holdout rows with all their columns, for the density of a model.
    pub(crate) whole: [Table; 2],
    pub(crate) scale: Scale,
    pub(crate) train_points: Points,
    pub(crate) holdout_points: Points,
    pub(crate) synthetic_points: Points,
    pub(crate) names: Vec<String>,
    pub(crate) target: Option<usize>,
    pub(crate) protected: Vec<usize>,
    pub(crate) keys: Vec<usize>,
}

/// Fails when one of the tables, which are called so, has fewer than [`MIN_ROWS`] rows.
pub fn enough_rows(tables: &[&Table], names: &[&str]) -> Result<()> {
    for (table, name) in tables.iter().zip(names) {
        if table.rows() < MIN_ROWS {
            let rows = table.rows();
            return Err(Error::data(format!(
                "the {name} table has {rows} row{}",
                if rows == 1 { "" } else { "s" }
            ))
            .help(format!("an audit needs at least {MIN_ROWS} rows of each table")));
        }
    }
    Ok(())
}

impl Prepared {
    /// Checks the tables and brings them on one scale.
    pub(crate) fn new(inputs: &Inputs<'_>, question: &Question, seed: &Seed, cx: &Context<'_>) -> Result<Self> {
        let names = ["training", "holdout", "synthetic"];
        let tables = [inputs.train, inputs.holdout, inputs.synthetic];
        enough_rows(&tables, &names)?;
        let [train, holdout, synthetic] = align(tables, names)?;
        let columns = scored(train.schema())?;
        let place = |name: &String| -> Result<usize> {
            let index = train.schema().require(name)?;
            columns.iter().position(|&column| column == index).ok_or_else(|| {
                Error::usage("an identifier, a weight or free text cannot be attacked")
                    .in_column(name)
                    .help("name another column")
            })
        };
        let target = question.target.as_ref().map(place).transpose()?;
        let places = |names: &[String]| -> Result<Vec<usize>> {
            let mut places = names.iter().map(place).collect::<Result<Vec<_>>>()?;
            places.sort_unstable();
            places.dedup();
            Ok(places)
        };
        let (protected, keys) = (places(&question.protected)?, places(&question.keys)?);
        if columns.len() < 2 {
            return Err(Error::data("the tables have one column to compare")
                .help("an audit asks what some columns tell of others: give at least two"));
        }
        if keys.len() == columns.len() {
            return Err(
                Error::usage("the keys are all columns there are").help("leave at least one column to be guessed")
            );
        }
        let capped = |table: Table, name: &str| {
            if table.rows() <= MAX_ROWS {
                return table;
            }
            table.take(&sample(table.rows(), MAX_ROWS, &seed.derive(name)))
        };
        let (train, holdout) = (capped(train, "train"), capped(holdout, "holdout"));
        let synthetic = plain(&capped(synthetic, "synthetic"), &columns)?;
        let whole = [train, holdout];
        let [train, holdout] = [plain(&whole[0], &columns)?, plain(&whole[1], &columns)?];
        let all: Vec<usize> = (0..columns.len()).collect();
        let scale = Scale::new(&[&train, &holdout, &synthetic], &all);
        let prepared = Self {
            train_points: scale.points(&train),
            holdout_points: scale.points(&holdout),
            synthetic_points: scale.points(&synthetic),
            names: train.schema().columns.iter().map(|c| c.name.clone()).collect(),
            train,
            holdout,
            synthetic,
            whole,
            scale,
            target,
            protected,
            keys,
        };
        prepared.check_apart(cx)?;
        Ok(prepared)
    }

    /// Fails when the holdout holds the training rows: it would control nothing.
    fn check_apart(&self, cx: &Context<'_>) -> Result<()> {
        let mut seen = row_hashes(&self.train_points);
        seen.par_sort_unstable();
        let holdout = row_hashes(&self.holdout_points);
        let shared = holdout.iter().filter(|hash| seen.binary_search(hash).is_ok()).count();
        let repeated: usize = seen
            .chunk_by(|a, b| a == b)
            .filter(|c| c.len() > 1)
            .map(<[u64]>::len)
            .sum();
        let beyond = shared as f64 / holdout.len() as f64 - repeated as f64 / seen.len() as f64;
        if beyond > MOST_SHARED {
            return Err(Error::data(format!(
                "{shared} of {} rows of the holdout are training rows as well",
                holdout.len()
            ))
            .help("a control has to be people the generator never saw: set rows aside before fitting"));
        }
        if beyond > SHARED {
            cx.warn(&format!(
                "{shared} of {} holdout rows equal a training row, more than chance gives; rows that are in both make \
                 attacks look weaker than they are",
                holdout.len()
            ));
        }
        Ok(())
    }
}

/// The columns at `columns` as plain features: what is attacked does not depend on roles.
fn plain(table: &Table, columns: &[usize]) -> Result<Table> {
    let chosen = table.select(columns);
    let mut schema: Schema = chosen.schema().clone();
    for column in &mut schema.columns {
        column.role = Role::Feature;
    }
    chosen.with_schema(Arc::new(schema))
}

/// A number for each row, the same for the same codes.
pub(crate) fn row_hashes(points: &Points) -> Vec<u64> {
    let mut hashes = vec![0x9E37_79B9_7F4A_7C15_u64; points.rows];
    for place in 0..points.columns.len() {
        for (row, hash) in hashes.iter_mut().enumerate() {
            let mixed = (*hash ^ u64::from(points.code(place, row))).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
            *hash = mixed ^ (mixed >> 32);
        }
    }
    hashes
}
