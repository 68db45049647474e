//! The experiment: models trained on real rows, on real and synthetic rows, and on synthetic rows
//! alone, compared on the locked test.

use crate::align::align;
use crate::groups::Groups;
use crate::interval::centred_percentiles;
use crate::judged::{Judged, names};
use crate::results::{Arm, Experiment, Interval, MetricValue};
use crate::target::{Goal, features, predict};
use plenish_learn::Task;
use plenish_table::{Context, Error, Result, Seed, Table};
use rayon::prelude::*;

/// Test rows at least: fewer decide nothing.
pub const MIN_TEST_ROWS: usize = 50;
/// Training rows of each arm at least.
const MIN_TRAIN_ROWS: usize = 10;
/// Replicates of the bootstrap.
const REPLICATES: u64 = 1_000;
/// What all replicates together may look at, in cells; large tests with many classes have fewer
/// replicates, 100 at least.
const BUDGET: u64 = 4_000_000_000;

/// The name of the arm trained on real rows alone.
pub const REAL: &str = "real";
/// The name of the arm trained on real and synthetic rows.
pub const BOTH: &str = "real + synthetic";
/// The name of the arm trained on synthetic rows alone.
pub const SYNTHETIC: &str = "synthetic";

/// How synthetic rows join real ones in the arm that has both.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Augmentation {
    /// Synthetic rows for each real one, at least 0; the first rows of the synthetic table are
    /// taken, all of them if there are not enough.
    pub ratio: f64,
    /// Weight of a synthetic row, at least 0; a real one has 1.
    pub weight: f64,
}

impl Default for Augmentation {
    /// All synthetic rows, with the weight of real ones.
    fn default() -> Self {
        Self {
            ratio: f64::INFINITY,
            weight: 1.0,
        }
    }
}

/// Trains the three arms with boosted trees and judges them on `test`.
///
/// Text and boolean targets are classes, and so are whole numbers with at most ten distinct values
/// and reals with two; other numbers are regression. Of two classes the rarer one in `train` is
/// positive. Rows whose target is missing (or, in synthetic rows, a class no real row has) are left
/// out and counted. Identifiers, free text and weights are not used.
///
/// Intervals: percentiles of 1,000 bootstrap replicates of the test rows, less the bias the replicates
/// show; the same rows in every arm, so that differences are paired. They tell how the verdict depends on the test rows, not on the
/// training. Selection rate and recall by group have Wilson intervals; groups with fewer than 30
/// rows, or 10 positives for recall, are not judged.
///
/// Fails when tables differ in columns, the target or a protected column does not exist, the target
/// has one value only, the test has fewer than 50 rows with a target, or an arm fewer than ten.
#[expect(clippy::too_many_arguments, reason = "the parts of one experiment")]
pub fn experiment(
    train: &Table,
    test: &Table,
    synthetic: &Table,
    target: &str,
    protected: &[String],
    augmentation: Augmentation,
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<Experiment> {
    if !(augmentation.ratio >= 0.0 && augmentation.weight >= 0.0 && augmentation.weight.is_finite()) {
        return Err(Error::usage("ratio and weight of synthetic rows must not be negative"));
    }
    let [train, test, synthetic] = align([train, test, synthetic], ["training", "test", "synthetic"])?;
    let goal = Goal::new(&train, &test, target)?;
    let columns = features(&train, goal.index)?;
    let seed = seed.derive("experiment");
    let mut left_out = 0;
    let mut keep = |table: &Table, name: &str, least: usize| -> Result<(Table, Vec<f64>)> {
        let (rows, codes) = goal.rows(table);
        left_out += table.rows() - rows.len();
        if rows.len() < least {
            return Err(
                Error::data(format!("the {name} table has {} rows with a known target", rows.len()))
                    .in_column(target)
                    .help(format!("an experiment needs at least {least} of them")),
            );
        }
        Ok((table.take(&rows), codes))
    };
    let (train, train_codes) = keep(&train, "training", MIN_TRAIN_ROWS)?;
    let (test, test_codes) = keep(&test, "test", MIN_TEST_ROWS)?;
    let (synthetic, synthetic_codes) = keep(&synthetic, "synthetic", MIN_TRAIN_ROWS)?;
    if goal.task != Task::Regression && test_codes.iter().all(|&y| y == test_codes[0]) {
        return Err(Error::data("the target has one value only in the test rows")
            .in_column(target)
            .help("give a test part with rows of every class"));
    }
    let groups: Vec<Groups> = protected
        .iter()
        .map(|name| Groups::new(&train, &test, name))
        .collect::<Result<_>>()?;

    let added = (train.rows() as f64 * augmentation.ratio)
        .round()
        .min(synthetic.rows() as f64) as usize;
    let first: Vec<u32> = (0..added as u32).collect();
    let mut both = train.clone();
    both.append(&synthetic.take(&first))?;
    let both_codes = [&train_codes[..], &synthetic_codes[..added]].concat();
    let ratio = added as f64 / train.rows() as f64;
    let weights: Option<Vec<f64>> = (augmentation.weight != 1.0).then(|| {
        let mut weights = vec![1.0; train.rows()];
        weights.resize(train.rows() + added, augmentation.weight);
        weights
    });
    let weights = weights.as_deref();
    let arms = [
        (REAL, &train, &train_codes, None, Some(0.0)),
        (BOTH, &both, &both_codes, weights, Some(ratio)),
        (SYNTHETIC, &synthetic, &synthetic_codes, None, None),
    ];
    let judged: Vec<(Vec<f64>, Judged)> = cx.step("training the arms of the experiment", arms.len() as u64, || {
        arms.par_iter()
            .with_max_len(1)
            .map(|(name, table, codes, weights, _)| {
                let seed = seed.derive(name);
                let predictions = predict(&goal, table, codes, *weights, &test, &columns, &seed, cx)?;
                cx.advance(1);
                let judged = Judged::new(goal.task, &test_codes, predictions.clone());
                Ok((predictions, judged))
            })
            .collect::<Result<_>>()
    })?;
    let resampled = cx.step("resampling the test rows", 0, || {
        replicates(&judged, test.rows(), goal.classes.len(), &seed.derive("bootstrap"), cx)
    })?;

    let ones = vec![1_u16; test.rows()];
    let points: Vec<Vec<f64>> = judged.iter().map(|(_, judged)| judged.values(&ones)).collect();
    let positive: Vec<bool> = test_codes.iter().map(|&y| y == 1.0).collect();
    let arms = arms
        .iter()
        .enumerate()
        .map(|(place, (name, table, _, _, ratio))| Arm {
            name: (*name).to_owned(),
            rows: table.rows(),
            ratio: *ratio,
            weight: if place == 1 { augmentation.weight } else { 1.0 },
            metrics: metrics(goal.task, &points[place], |metric| {
                resampled.iter().map(|r| r[place][metric]).collect()
            }),
            against_real: if place == 0 {
                Vec::new()
            } else {
                let differences: Vec<f64> = points[place].iter().zip(&points[0]).map(|(a, b)| a - b).collect();
                metrics(goal.task, &differences, |metric| {
                    resampled.iter().map(|r| r[place][metric] - r[0][metric]).collect()
                })
            },
            groups: if goal.task == Task::Binary {
                groups
                    .iter()
                    .flat_map(|g| g.judge(&positive, &judged[place].0))
                    .collect()
            } else {
                Vec::new()
            },
        })
        .collect();
    Ok(Experiment {
        target: target.to_owned(),
        task: match goal.task {
            Task::Binary => "binary",
            Task::Multiclass(_) => "multiclass",
            Task::Regression => "regression",
        }
        .to_owned(),
        positive: (goal.task == Task::Binary).then(|| goal.classes[1].clone()),
        test_rows: test.rows(),
        left_out,
        arms,
        folds: None,
    })
}

/// For each replicate, arm and metric, its value.
fn replicates(
    judged: &[(Vec<f64>, Judged)],
    rows: usize,
    classes: usize,
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<Vec<Vec<Vec<f64>>>> {
    let cost = (rows * judged.len() * classes.max(4)) as u64;
    let count = (BUDGET / cost.max(1)).clamp(100, REPLICATES);
    (0..count)
        .into_par_iter()
        .map(|replicate| {
            cx.check()?;
            let mut stream = seed.stream(replicate, 0);
            let mut counts = vec![0_u16; rows];
            for _ in 0..rows {
                counts[stream.below(rows as u64) as usize] += 1;
            }
            Ok(judged.iter().map(|(_, arm)| arm.values(&counts)).collect())
        })
        .collect()
}

/// Metrics with their intervals; those that could not be computed are left out.
fn metrics(task: Task, values: &[f64], replicates: impl Fn(usize) -> Vec<f64>) -> Vec<MetricValue> {
    names(task)
        .iter()
        .enumerate()
        .filter(|&(metric, _)| values[metric].is_finite())
        .map(|(metric, &(name, higher_is_better))| {
            let (low, high) = centred_percentiles(&mut replicates(metric), values[metric]);
            MetricValue {
                name: name.to_owned(),
                higher_is_better,
                value: Interval {
                    value: values[metric],
                    low,
                    high,
                },
            }
        })
        .collect()
}
