//! Attacks by likelihood: what the model, or a chain learned from the synthetic rows, thinks of a person.

use super::{Halves, Held, Scores, attack};
use crate::prepare::Prepared;
use plenish_evaluate::sample;
use plenish_synth::{Model, Preset, Settings, generator};
use plenish_table::{Context, Error, Result, Seed, Table};
use std::sync::Arc;

/// Rows that a chain learns from, at most.
const MOST: usize = 20_000;

/// The log-likelihood of each training and holdout row, alone and less that of a chain learned from reference rows.
pub(super) fn likelihood(
    prepared: &Prepared,
    model: Option<&dyn Model>,
    halves: &Halves,
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<Vec<Scores>> {
    let plain = match model {
        Some(model) => of_model(model, &prepared.whole, cx)?,
        None => None,
    };
    let (plain, how) = if let Some(plain) = plain {
        (
            plain,
            "The likelier a person is to the fitted model, the more likely a member. Needs the model.",
        )
    } else {
        let chain = chain(&prepared.synthetic, &seed.derive("synthetic"), cx)?;
        let tables = [&prepared.train, &prepared.holdout];
        let of = |table: &Table| density(chain.as_ref(), table, cx);
        (
            [of(tables[0])?, of(tables[1])?],
            "The likelier a person is to a chain learned from the synthetic rows, the more likely a member. Needs \
             the synthetic rows.",
        )
    };
    let mut usual = Vec::with_capacity(2);
    for (half, rows) in halves.reference.iter().enumerate() {
        usual.push(chain(&prepared.holdout.take(rows), &seed.child(half as u64), cx)?);
    }
    let tables = [&prepared.train, &prepared.holdout];
    let usual = halves.each(|half, part, rows| density(usual[half].as_ref(), &tables[part].take(rows), cx))?;
    let ratio = |plain: &[f64], usual: &[f64]| -> Vec<f64> {
        plain
            .iter()
            .zip(usual)
            .map(|(a, b)| {
                let ratio = a - b;
                // Neither knows rows that break a constraint.
                if ratio.is_nan() { f64::NEG_INFINITY } else { ratio }
            })
            .collect()
    };
    let compared = Held {
        crossed: [0, 1].map(|part| ratio(&plain[part], &usual.crossed[part])),
        members: ratio(&plain[0], &usual.members),
    };
    Ok(vec![
        attack("likelihood", how, plain),
        halves.attack(
            "likelihood ratio",
            "The same, compared with a chain learned from reference rows. Needs rows of people like these.",
            compared,
        ),
    ])
}

/// What a fitted model thinks of training and holdout rows; none if it has no density.
pub(super) fn of_model(model: &dyn Model, whole: &[Table; 2], cx: &Context<'_>) -> Result<Option<[Vec<f64>; 2]>> {
    let schema = Arc::new(model.schema().clone());
    let mut out = Vec::with_capacity(2);
    for table in whole {
        let Some(density) = model.log_density(&table.conform(&schema)?, cx) else {
            return Ok(None);
        };
        out.push(density?.totals);
    }
    let holdout = out.pop().unwrap_or_default();
    Ok(Some([out.pop().unwrap_or_default(), holdout]))
}

/// A chain learned from some rows of a table.
fn chain(table: &Table, seed: &Seed, cx: &Context<'_>) -> Result<Box<dyn Model>> {
    let settings = Settings {
        preset: Preset::Fast,
        ..Settings::default()
    };
    let rows = sample(table.rows(), MOST, &seed.derive("rows"));
    generator("chain")?.fit(&table.take(&rows), &settings, seed, cx)
}

fn density(model: &dyn Model, table: &Table, cx: &Context<'_>) -> Result<Vec<f64>> {
    let rows = table.conform(&Arc::new(model.schema().clone()))?;
    match model.log_density(&rows, cx) {
        Some(density) => Ok(density?.totals),
        None => Err(Error::internal("a chain has no density")),
    }
}
