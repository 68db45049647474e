//! One door to all learners: tables in, predictions out.

use crate::boost::{BoostSettings, Booster, Task};
use crate::check;
use crate::forest::{Forest, ForestSettings};
use crate::logistic::{DenseCoder, Logistic, LogisticSettings, Ridge};
use crate::matrix::FeatureCoder;
use plenish_table::{Context, Error, Result, Seed, Table};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Bins of a number's or time's feature for learners on codes.
const BINS: usize = 255;

/// Which learner, and how it is set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Learner {
    /// Gradient-boosted trees.
    Boosted(BoostSettings),
    /// A random forest.
    Forest(ForestSettings),
    /// Logistic regression for classes, ridge regression for numbers.
    Logistic(LogisticSettings),
}

/// Rows to learn from.
#[derive(Debug, Clone, Copy)]
pub struct Examples<'a> {
    /// Their features, and whatever else the table holds.
    pub table: &'a Table,
    /// The places of the features in the table.
    pub features: &'a [usize],
    /// A target a row: 0 or 1, the number of a class, or a finite number.
    pub target: &'a [f64],
    /// A weight a row, not negative; 1 if not given.
    pub weights: Option<&'a [f64]>,
    /// What is predicted.
    pub task: Task,
}

/// A fitted learner, with the coding of its features.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Predictor {
    task: Task,
    features: Vec<String>,
    /// The classes that occurred; empty for regression.
    present: Vec<usize>,
    model: Model,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Model {
    Boosted(FeatureCoder, Booster),
    Forest(FeatureCoder, Forest),
    Logistic(DenseCoder, Logistic),
    Ridge(DenseCoder, Ridge),
}

impl Learner {
    /// All three with their defaults, and their names.
    pub fn all() -> [(&'static str, Self); 3] {
        [
            ("boosted", Self::Boosted(BoostSettings::default())),
            ("forest", Self::Forest(ForestSettings::default())),
            ("logistic", Self::Logistic(LogisticSettings::default())),
        ]
    }

    /// Codes the features, learned from these rows alone, and fits. Classes of a task with several
    /// that do not occur get probability 0.
    ///
    /// Fails when there is no feature, fewer than two rows with a weight, or one class only, on
    /// targets that are not finite, and on weights that are negative, not finite, or all zero.
    pub fn fit(&self, examples: &Examples, seed: &Seed, cx: &Context) -> Result<Predictor> {
        let Examples {
            table,
            features,
            target,
            weights,
            task,
        } = *examples;
        if features.is_empty() {
            return Err(Error::data("there is no column to predict the target from"));
        }
        if let Some(&place) = features.iter().find(|&&f| f >= table.columns().len()) {
            return Err(Error::internal(format!("there is no column {place}")));
        }
        check::rows(table.rows(), target, weights, task)?;
        let counts = |row: &usize| weights.is_none_or(|w| w[*row] > 0.0);
        if (0..table.rows()).filter(counts).count() < 2 {
            return Err(Error::data("one row is not enough to learn from")
                .help("give at least two rows, and for classes rows of two classes"));
        }
        let present = classes(task, (0..table.rows()).filter(counts).map(|row| target[row]))?;
        // Rows without weight may have a class that none with weight has: they must not count.
        let kept: Option<Vec<u32>> = weights
            .is_some_and(|w| w.contains(&0.0))
            .then(|| (0..table.rows()).filter(counts).map(|row| row as u32).collect());
        if let Some(rows) = &kept {
            let of = |values: &[f64]| -> Vec<f64> { rows.iter().map(|&row| values[row as usize]).collect() };
            return self.fit_present(
                &table.take(rows),
                features,
                &of(target),
                weights.map(of).as_deref(),
                task,
                present,
                (seed, cx),
            );
        }
        self.fit_present(table, features, target, weights, task, present, (seed, cx))
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one set of examples")]
    fn fit_present(
        &self,
        table: &Table,
        features: &[usize],
        target: &[f64],
        weights: Option<&[f64]>,
        task: Task,
        present: Vec<usize>,
        (seed, cx): (&Seed, &Context),
    ) -> Result<Predictor> {
        cx.check()?;
        // Learners see the classes that occur, numbered without gaps.
        let (task_here, codes);
        let target = if let Task::Multiclass(_) = task {
            task_here = if present.len() == 2 {
                Task::Binary
            } else {
                Task::Multiclass(present.len())
            };
            codes = target
                .iter()
                .map(|&y| present.binary_search(&(y as usize)).unwrap_or(0) as f64)
                .collect::<Vec<f64>>();
            &codes
        } else {
            task_here = task;
            target
        };
        let model = match self {
            Self::Boosted(settings) => {
                let coder = FeatureCoder::fit(&[table], features, BINS)?;
                let matrix = coder.encode(table)?;
                let fitted = Booster::fit(&matrix, target, weights, task_here, settings, seed, cx)?;
                Model::Boosted(coder, fitted)
            }
            Self::Forest(settings) => {
                let coder = FeatureCoder::fit(&[table], features, BINS)?;
                let matrix = coder.encode(table)?;
                let fitted = Forest::fit(&matrix, target, weights, task_here, settings, seed, cx)?;
                Model::Forest(coder, fitted)
            }
            Self::Logistic(settings) => {
                let coder = DenseCoder::fit(table, features)?;
                let design = coder.encode(table)?;
                if task_here == Task::Regression {
                    Model::Ridge(coder, Ridge::fit(&design, target, weights, settings)?)
                } else {
                    let fitted = Logistic::fit(&design, target, weights, present.len(), settings)?;
                    Model::Logistic(coder, fitted)
                }
            }
        };
        Ok(Predictor {
            task,
            features: features
                .iter()
                .map(|&f| table.schema().columns[f].name.clone())
                .collect(),
            present,
            model,
        })
    }
}

/// The classes that occur among `target`, in order; fails if it is one only.
fn classes(task: Task, target: impl Iterator<Item = f64>) -> Result<Vec<usize>> {
    if task == Task::Regression {
        return Ok(Vec::new());
    }
    let present: BTreeSet<usize> = target.map(|y| y as usize).collect();
    if present.len() < 2 {
        return Err(Error::data("all rows to learn from are of one class")
            .help("give rows of at least two classes, with a weight above 0"));
    }
    Ok(present.into_iter().collect())
}

impl Predictor {
    /// What is predicted.
    pub fn task(&self) -> Task {
        self.task
    }

    /// The columns it looks at, by name.
    pub fn features(&self) -> &[String] {
        &self.features
    }

    /// Predictions for every row of `table`: the probability of class 1 for two classes, of every
    /// class row by row for more, or values. Fails when a feature is absent or of another type.
    pub fn predict(&self, table: &Table) -> Result<Vec<f64>> {
        let known = match &self.model {
            Model::Boosted(coder, model) => model.predict(&coder.encode(table)?),
            Model::Forest(coder, model) => model.predict(&coder.encode(table)?),
            Model::Logistic(coder, model) => model.predict(&coder.encode(table)?)?,
            Model::Ridge(coder, model) => model.predict(&coder.encode(table)?)?,
        };
        Ok(self.spread(known, true))
    }

    /// How much the trees of a forest disagree on each prediction: their variance, in the form of
    /// [`Predictor::predict`]. None for other learners.
    pub fn disagreement(&self, table: &Table) -> Result<Option<Vec<f64>>> {
        let Model::Forest(coder, model) = &self.model else {
            return Ok(None);
        };
        let (_, variance) = model.predict_with_variance(&coder.encode(table)?);
        Ok(Some(self.spread(variance, false)))
    }

    /// For each of [`Predictor::features`], what its splits gained, as a share of all. None for
    /// regressions. See [`permutation_importance`] for a measure all learners have.
    pub fn gains(&self) -> Option<Vec<f64>> {
        match &self.model {
            Model::Boosted(_, model) => Some(model.importance()),
            Model::Forest(_, model) => Some(model.importance()),
            Model::Logistic(..) | Model::Ridge(..) => None,
        }
    }

    /// Predictions of the classes that occurred as predictions of all of them.
    fn spread(&self, known: Vec<f64>, probabilities: bool) -> Vec<f64> {
        let Task::Multiclass(classes) = self.task else {
            return known;
        };
        let width = self.present.len();
        if width == classes && width != 2 {
            return known;
        }
        // Two classes are one probability; the other is what is left, and varies as much.
        let known: Vec<f64> = if width == 2 {
            known
                .iter()
                .flat_map(|&p| [if probabilities { 1.0 - p } else { p }, p])
                .collect()
        } else {
            known
        };
        let mut all = vec![0.0; known.len() / width * classes];
        for (row, known) in all.chunks_exact_mut(classes).zip(known.chunks_exact(width)) {
            for (&class, &p) in self.present.iter().zip(known) {
                row[class] = p;
            }
        }
        all
    }
}

/// What a feature is worth to a predictor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    /// The feature's column.
    pub feature: String,
    /// How much the loss rises when its values are shuffled among the rows, on average.
    pub mean: f64,
    /// The standard deviation of that over the repeats; 0 for one.
    pub deviation: f64,
}

/// Permutation importance (Breiman 2001, in the form of Fisher, Rudin and Dominici, JMLR 2019): for
/// each feature of `predictor`, how much `loss` of the predictions for `table` rises when that column
/// is shuffled, over `repeats` (at least 1) shuffles. `loss` gets predictions in the form of
/// [`Predictor::predict`]; features that carry the same information hide each other.
pub fn permutation_importance(
    predictor: &Predictor,
    table: &Table,
    loss: &(dyn Fn(&[f64]) -> f64 + Sync),
    repeats: usize,
    seed: &Seed,
    cx: &Context,
) -> Result<Vec<Importance>> {
    let places: Vec<usize> = predictor
        .features
        .iter()
        .map(|name| table.schema().require(name))
        .collect::<Result<_>>()?;
    let table = table.select(&places);
    let base = loss(&predictor.predict(&table)?);
    let repeats = repeats.max(1);
    (0..places.len())
        .into_par_iter()
        .map(|place| {
            let rises: Vec<f64> = (0..repeats)
                .map(|repeat| {
                    cx.check()?;
                    let mut rows: Vec<u32> = (0..table.rows() as u32).collect();
                    let seed = seed.derive("permutation").child(place as u64);
                    seed.stream(repeat as u64, 0).shuffle(&mut rows);
                    let mut columns = table.columns().to_vec();
                    columns[place] = columns[place].take(&rows);
                    let shuffled = Table::new(table.shared_schema(), columns)?;
                    Ok(loss(&predictor.predict(&shuffled)?) - base)
                })
                .collect::<Result<_>>()?;
            let mean = rises.iter().sum::<f64>() / repeats as f64;
            let squares: f64 = rises.iter().map(|r| (r - mean) * (r - mean)).sum();
            Ok(Importance {
                feature: predictor.features[place].clone(),
                mean,
                deviation: (squares / (repeats as f64 - 1.0).max(1.0)).sqrt(),
            })
        })
        .collect()
}
