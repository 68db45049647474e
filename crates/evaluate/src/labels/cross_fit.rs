//! Predictions for real rows by models that did not see them, and for other rows by the same models.

use crate::model::{Method, Model, Training};
use plenish_learn::target::Goal;
use plenish_learn::{BoostSettings, ForestSettings, Learner, Task};
use plenish_table::{Context, Result, Seed, Table};

/// Parts that rows are divided into: three keep the models of small tables close to one of all rows.
const PARTS: usize = 5;
/// Parts of large tables, where a model of two thirds is as good.
const PARTS_LARGE: usize = 3;
/// Real rows from which tables are large.
const LARGE: usize = 5_000;

/// With more classes a forest, whose trees know all of them, takes the place of boosting, which grows a tree for each
/// class in each round.
const MANY: usize = 10;
/// Shares that all trees of such a forest say of a row together, about.
const LEAVES: usize = 1_000;
const FEWEST_TREES: usize = 20;

/// Models of the real rows, and what they say of rows they did not see.
pub(super) struct CrossFit {
    models: Vec<Model>,
    /// Values a row: the classes of more than two, else 1.
    width: usize,
    /// For every real row, the prediction of the model that did not see it.
    pub(super) unseen: Vec<f64>,
}

impl CrossFit {
    pub(super) fn new(
        goal: &Goal,
        features: &[usize],
        real: &Table,
        target: &[f64],
        seed: &Seed,
        cx: &Context<'_>,
    ) -> Result<Self> {
        let parts = if real.rows() < LARGE { PARTS } else { PARTS_LARGE };
        let learner = match goal.task {
            Task::Multiclass(classes) if classes > MANY => Learner::Forest(ForestSettings {
                trees: (LEAVES / classes).max(FEWEST_TREES),
                ..ForestSettings::default()
            }),
            _ => Learner::Boosted(BoostSettings::default()),
        };
        let method = Method {
            goal,
            features,
            learner: &learner,
            recalibration: None,
            rule: None,
        };
        let part_of = divide(goal.task, target, parts, seed);
        let width = match goal.task {
            Task::Multiclass(classes) => classes,
            _ => 1,
        };
        let mut unseen = vec![0.0; target.len() * width];
        let mut models = Vec::with_capacity(parts);
        for part in 0..parts {
            cx.check()?;
            let (own, others): (Vec<u32>, Vec<u32>) =
                (0..target.len() as u32).partition(|&row| part_of[row as usize] == part);
            let training = Training {
                table: real.take(&others),
                target: others.iter().map(|&row| target[row as usize]).collect(),
                weights: None,
                real: others.len(),
            };
            let model = method.fit(&training, &seed.child(part as u64), &Context::silent())?;
            let predictions = model.predict(&real.take(&own))?.values;
            for (&row, p) in own.iter().zip(predictions.chunks_exact(width)) {
                unseen[row as usize * width..][..width].copy_from_slice(p);
            }
            models.push(model);
        }
        Ok(Self { models, width, unseen })
    }

    /// The mean prediction of all models, for rows that none of them saw.
    pub(super) fn predict(&self, table: &Table, cx: &Context<'_>) -> Result<Vec<f64>> {
        let mut sum = vec![0.0; table.rows() * self.width];
        for model in &self.models {
            cx.check()?;
            for (sum, p) in sum.iter_mut().zip(model.predict(table)?.values) {
                *sum += p / self.models.len() as f64;
            }
        }
        Ok(sum)
    }
}

/// The part of each row, at random and with every class divided evenly.
fn divide(task: Task, target: &[f64], parts: usize, seed: &Seed) -> Vec<usize> {
    let mut order: Vec<u32> = (0..target.len() as u32).collect();
    seed.derive("parts").stream(0, 0).shuffle(&mut order);
    if task != Task::Regression {
        order.sort_by_key(|&row| target[row as usize] as usize);
    }
    let mut part_of = vec![0; target.len()];
    for (place, &row) in order.iter().enumerate() {
        part_of[row as usize] = place % parts;
    }
    part_of
}
