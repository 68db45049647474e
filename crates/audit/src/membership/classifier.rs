//! Attacks that learn: a model that tells synthetic from reference rows, and one that was told of half of the
//! people whether they are members.

use super::neighbours::Around;
use super::{Halves, Scores, attack};
use crate::intervals::LEVEL;
use crate::prepare::Prepared;
use crate::results::Control;
use crate::roc::Roc;
use plenish_evaluate::sample;
use plenish_learn::{BoostSettings, EarlyStopping, Examples, Learner, Predictor, Task};
use plenish_table::{Column, ColumnSchema, ColumnType, Context, Result, Schema, Seed, Table};

/// Rows of each kind that a model learns from, at most.
const MOST: usize = 15_000;

/// Trees that stop before they learn chance.
fn learner(leaves: usize, min_leaf_rows: usize) -> Learner {
    Learner::Boosted(BoostSettings {
        leaves,
        min_leaf_rows,
        early_stopping: Some(EarlyStopping {
            share: 0.2,
            patience: 10,
        }),
        ..BoostSettings::default()
    })
}

/// A model of which of two tables a row is from: the probability of `first`.
fn fit(first: &Table, second: &Table, learner: &Learner, seed: &Seed, cx: &Context<'_>) -> Result<Predictor> {
    let side = first.rows().min(second.rows()).min(MOST);
    let part = |table: &Table, purpose: &str| table.take(&sample(table.rows(), side, &seed.derive(purpose)));
    let mut table = part(first, "first");
    table.append(&part(second, "second"))?;
    let target: Vec<f64> = (0..2 * side).map(|row| f64::from(u8::from(row < side))).collect();
    let features: Vec<usize> = (0..table.columns().len()).collect();
    let examples = Examples {
        table: &table,
        features: &features,
        target: &target,
        weights: None,
        task: Task::Binary,
    };
    learner.fit(&examples, seed, cx)
}

/// Scores rows by how much a model takes them for synthetic rather than for reference rows.
pub(super) fn synthetic_or_reference(
    prepared: &Prepared,
    halves: &Halves,
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<Scores> {
    let learner = learner(31, 20);
    let mut fitted = Vec::with_capacity(2);
    for (half, rows) in halves.reference.iter().enumerate() {
        let reference = prepared.holdout.take(rows);
        let seed = seed.child(half as u64);
        fitted.push(fit(&prepared.synthetic, &reference, &learner, &seed, cx)?);
    }
    let tables = [&prepared.train, &prepared.holdout];
    let scores = halves.each(|half, part, rows| fitted[half].predict(&tables[part].take(rows)))?;
    Ok(halves.attack(
        "classifier",
        "A model learns to tell synthetic from reference rows; who looks synthetic to it is taken for a member. Needs \
         rows of people like these.",
        scores,
    ))
}

/// Scores by a model that was told of one half of all people whether they are members, and judges the other half by
/// everything other attacks look at.
pub(super) fn informed(
    attacks: &[Scores],
    near: &[Vec<Around>; 2],
    usual: &[Vec<Around>; 2],
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<Scores> {
    let tables = [0, 1].map(|part| {
        let mut columns: Vec<Vec<f64>> = attacks.iter().map(|scores| scores.crossed[part].clone()).collect();
        let around = [&near[part], &usual[part]];
        columns.extend(around.map(|rows| rows.iter().map(|a| a.fifth).collect::<Vec<_>>()));
        columns.push(usual[part].iter().map(|a| a.log_density).collect());
        features(columns)
    });
    let [members, others] = tables;
    let scores = halved(&members?, &others?, &learner(15, 50), seed, cx)?;
    Ok(attack(
        "informed",
        "A model that was told of half of the people whether they are members judges the other half by all that other \
         attacks look at. Needs to know many members: stronger than most attackers.",
        scores,
    ))
}

/// Numbers as a table; what is not finite is missing.
fn features(columns: Vec<Vec<f64>>) -> Result<Table> {
    let schema = Schema {
        columns: (0..columns.len())
            .map(|place| ColumnSchema::new(format!("f{place}"), ColumnType::Real))
            .collect(),
    };
    let finite = |v: Vec<f64>| v.into_iter().map(|x| if x.is_finite() { x } else { f64::NAN });
    Table::new(
        schema,
        columns.into_iter().map(|v| Column::Real(finite(v).collect())).collect(),
    )
}

/// The probability of being from `first` of half of the rows, by a model that learned from the other halves; the rows it
/// learned from have none (NaN). Were both halves judged, each by a model of the other, chance would agree with itself:
/// a difference in one half that is repeated in the other counts twice, and intervals miss 0.5 too often (in 9 % of 200
/// draws of Adult).
fn halved(first: &Table, second: &Table, learner: &Learner, seed: &Seed, cx: &Context<'_>) -> Result<[Vec<f64>; 2]> {
    let tables = [first, second];
    let halves = tables.map(|table| {
        let mut rows: Vec<u32> = (0..table.rows() as u32).collect();
        seed.derive("halves").stream(0, 0).shuffle(&mut rows);
        let judged = rows.split_off(table.rows() / 2);
        [rows, judged]
    });
    let learned = [0, 1].map(|part| tables[part].take(&halves[part][0]));
    let model = fit(&learned[0], &learned[1], learner, seed, cx)?;
    let mut out = tables.map(|table| vec![f64::NAN; table.rows()]);
    for part in 0..2 {
        let rows = &halves[part][1];
        for (&row, p) in rows.iter().zip(model.predict(&tables[part].take(rows))?) {
            out[part][row as usize] = p;
        }
    }
    Ok(out)
}

/// Whether a model tells training from holdout rows without any synthetic row.
pub(crate) fn told_apart(prepared: &Prepared, seed: &Seed, cx: &Context<'_>) -> Result<Control> {
    let part = |table: &Table, purpose: &str| table.take(&sample(table.rows(), MOST, &seed.derive(purpose)));
    let (train, holdout) = (part(&prepared.train, "train"), part(&prepared.holdout, "holdout"));
    let judged = halved(&train, &holdout, &learner(15, 50), seed, cx)?;
    let [members, others] = judged.map(|p| p.into_iter().filter(|p| !p.is_nan()).collect::<Vec<f64>>());
    let roc = Roc::new(&members, &others);
    let area = roc.as_ref().map(|roc| roc.auc(LEVEL)).unwrap_or_default();
    // One in a thousand: a warning that comes often is not read.
    let alike = roc.is_none_or(|roc| roc.p() >= 0.001);
    Ok(Control {
        auc: area.value,
        auc_low: area.low,
        auc_high: area.high,
        alike,
    })
}
