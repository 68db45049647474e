//! The experiment: models trained on real rows, on real and synthetic rows, and on synthetic rows
//! alone, compared on the locked test.

mod curves;
mod results;
mod rows;
mod shifts;
mod slices;
mod trainings;

pub use results::{LearnerArm, LearnerOutcome, Reliability, ShiftArm, ShiftOutcome, Slice};

use crate::align::align;
use crate::density_ratio::density_ratio_weights;
use crate::fairness::{Fairness, FairnessArm, FairnessInputs, Family, Limits, MAX_GROUPS, Resampling, fairness};
use crate::groups::{Grouping, Groups};
use crate::interval::centred_percentiles;
use crate::judged::{Judged, Judging, Name, names};
use crate::model::{Method, Model, Training};
use crate::question::Question;
use crate::results::{Arm, Experiment, Interval, MetricValue};
use plenish_learn::metrics::{GroupParity, RecalibrationMethod};
use plenish_learn::target::{Goal, features};
use plenish_learn::{Learner, Task};
use plenish_table::{Context, Error, Result, Seed, Table};
use rayon::prelude::*;
use rows::Rows;

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

/// Trainings on parts of the rows that tell how much of a difference is the training's own.
pub const TRAININGS: usize = 10;

/// How synthetic rows join real ones in the arm that has both.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Augmentation {
    /// Synthetic rows for each real one, at least 0; the first rows of the synthetic table are
    /// taken, all of them if there are not enough.
    pub ratio: f64,
    /// Weight of a synthetic row, at least 0; a real one has 1.
    pub weight: f64,
    /// Whether synthetic rows are weighted around that by how much likelier they are among real ones
    /// ([`crate::density_ratio_weights`]).
    pub density_ratio: bool,
    /// How the probabilities of that arm are recalibrated.
    pub recalibration: Option<RecalibrationMethod>,
    /// What that arm makes alike between the groups of protected columns by thresholds of their own.
    pub group_thresholds: Option<GroupParity>,
    /// Trainings of every arm on random four fifths of its rows, for intervals that tell what is chance in the
    /// training; 0 if folds of the real rows have told, or nobody asks.
    pub trainings: usize,
}

impl Default for Augmentation {
    /// All synthetic rows, with the weight of real ones, one training.
    fn default() -> Self {
        Self {
            ratio: f64::INFINITY,
            weight: 1.0,
            density_ratio: false,
            recalibration: None,
            group_thresholds: None,
            trainings: 0,
        }
    }
}

/// Trains the three arms and judges them on `test`.
///
/// Text and boolean targets are classes, and so are whole numbers with at most ten distinct values
/// and reals with two; other numbers are regression. Of two classes the rarer one in `train` is
/// positive. Rows whose target is missing (or, in synthetic rows, a class no real row has) are left
/// out and counted. Identifiers, free text and weights are not used. The first learner of the question
/// decides; what the others find stands beside it.
///
/// Intervals: percentiles of 1,000 bootstrap replicates of the test rows, less the bias the replicates
/// show; the same rows in every arm, so that differences are paired. Without trainings on parts of the rows they
/// tell how a difference depends on the test rows, not on the training. With them (see
/// [`Augmentation::trainings`]), metrics are their means, and the intervals of differences hold both.
/// Selection rate and recall by group have Wilson intervals; groups with fewer than 30
/// rows, or 10 positives for recall, are not judged.
///
/// Fails when tables differ in columns, the target or a protected column does not exist, the target
/// has one value only, the metric is none of the target's, the test has fewer than 50 rows with a target, or an arm
/// fewer than ten.
pub fn experiment(
    train: &Table,
    test: &Table,
    synthetic: &Table,
    question: &Question,
    augmentation: Augmentation,
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<Experiment> {
    if !(augmentation.ratio >= 0.0 && augmentation.weight >= 0.0 && augmentation.weight.is_finite()) {
        return Err(Error::usage("ratio and weight of synthetic rows must not be negative"));
    }
    question.check()?;
    let (target, protected) = (&question.target, &question.protected);
    let [train, test, synthetic] = align([train, test, synthetic], ["training", "test", "synthetic"])?;
    let goal = Goal::new(&train, &test, target)?;
    question.rule(augmentation.group_thresholds, goal.task, &[])?;
    let columns = features(&train, goal.index)?;
    let names = names(goal.task, !protected.is_empty(), question.metric.as_deref())?;
    let (outer, seed) = (seed, seed.derive("experiment"));
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
    let groupings: Vec<Grouping> = protected
        .iter()
        .map(|name| Grouping::new(&train, name))
        .collect::<Result<_>>()?;
    let groups: Vec<Groups> = groupings.iter().map(|grouping| grouping.of(&test)).collect();
    let judging = Judging {
        task: goal.task,
        target: &test_codes,
        groups: &groups,
        point: question.operating_point,
        names: &names,
    };
    let ratios = if augmentation.density_ratio {
        Some(density_ratio_weights(&train, &synthetic, outer, cx)?)
    } else {
        None
    };
    let mut arms = Rows::arms(
        (train, train_codes),
        (synthetic, synthetic_codes),
        ratios.as_deref(),
        augmentation,
    )?;
    if question.partial {
        arms.retain(|arm| arm.name != SYNTHETIC);
    }
    let bench = Bench {
        goal: &goal,
        columns: &columns,
        test: &test,
        judging,
        protected: &groupings,
        question,
        seed: &seed,
        cx,
    };
    let (_, first) = &question.learners[0];
    let models = cx.step("training the arms of the experiment", arms.len() as u64, || {
        arms.par_iter()
            .with_max_len(1)
            .map(|rows| {
                let model = bench.train(rows, first)?;
                cx.advance(1);
                Ok(model)
            })
            .collect::<Result<Vec<_>>>()
    })?;
    let judged: Vec<Judged<'_>> = models
        .iter()
        .map(|model| Ok(Judged::new(judging, model.predict(&test)?)))
        .collect::<Result<_>>()?;
    let resampled = cx.step("resampling the test rows", 0, || {
        replicates(&judged, test.rows(), goal.classes.len(), &seed.derive("bootstrap"), cx)
    })?;
    let trained = trainings::repeat(&bench, &arms, first, augmentation.trainings)?;

    let positive: Vec<bool> = test_codes.iter().map(|&y| y == 1.0).collect();
    let results: Vec<Arm> = (0..arms.len())
        .map(|place| Arm {
            thresholds: models[place].thresholds(),
            ..arm(place, &arms, &judged, &resampled, &trained, &names, &groups, &positive)
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
        metric: names[0].0.to_owned(),
        operating_point: question.operating_point,
        trainings: trained.len(),
        learners: learners(&bench, &arms, question, &results)?,
        fairness: between_groups(&bench, &arms, &judged, question, &positive)?,
        reliability: curves::reliability(goal.task, &arms, &judged, &positive)?,
        shifts: shifts::shifts(&bench, &arms, &models, &groups)?,
        asked: slices::asked(&bench, &judged, &question.slices)?,
        slices: slices::slices(&bench, &arms[0].training.table, &judged, protected)?,
        arms: results,
        folds: None,
    })
}

/// What all arms are tried on.
#[derive(Clone, Copy)]
struct Bench<'a> {
    goal: &'a Goal,
    columns: &'a [usize],
    test: &'a Table,
    judging: Judging<'a>,
    protected: &'a [Grouping],
    question: &'a Question,
    seed: &'a Seed,
    cx: &'a Context<'a>,
}

impl Bench<'_> {
    fn train(&self, rows: &Rows, learner: &Learner) -> Result<Model> {
        self.train_on(rows, &rows.training, learner, &self.seed.derive(rows.draws))
    }

    fn train_on(&self, rows: &Rows, training: &Training, learner: &Learner, seed: &Seed) -> Result<Model> {
        let method = Method {
            goal: self.goal,
            features: self.columns,
            learner,
            recalibration: rows.recalibration,
            rule: self
                .question
                .rule(rows.group_thresholds, self.goal.task, self.protected)?,
        };
        method.fit(training, seed, self.cx)
    }

    /// How often each test row occurs in a replicate of the bootstrap.
    fn counts(&self, replicate: u64) -> Vec<u16> {
        counts(self.test.rows(), &self.seed.derive("bootstrap"), replicate)
    }
}

fn counts(rows: usize, seed: &Seed, replicate: u64) -> Vec<u16> {
    let mut stream = seed.stream(replicate, 0);
    let mut counts = vec![0_u16; rows];
    for _ in 0..rows {
        counts[stream.below(rows as u64) as usize] += 1;
    }
    counts
}

/// One arm's results by the first learner.
#[expect(clippy::too_many_arguments, reason = "the parts of one result")]
fn arm(
    place: usize,
    arms: &[Rows],
    judged: &[Judged<'_>],
    resampled: &[Vec<Vec<f64>>],
    trained: &[Vec<Vec<f64>>],
    names: &[Name],
    groups: &[Groups],
    positive: &[bool],
) -> Arm {
    let ones = vec![1_u16; positive.len()];
    let own = judged[place].values(&ones);
    let values = trainings::moved(
        metrics(names, &own, |metric| {
            resampled.iter().map(|r| r[place][metric]).collect()
        }),
        |metric| trained.iter().map(|t| t[place][metric]).collect(),
        names,
        false,
    );
    let against_real = if place == 0 {
        Vec::new()
    } else {
        let base = Rows::base(arms, place);
        let real = judged[base].values(&ones);
        let differences: Vec<f64> = own.iter().zip(&real).map(|(a, b)| a - b).collect();
        trainings::moved(
            metrics(names, &differences, |metric| {
                resampled.iter().map(|r| r[place][metric] - r[base][metric]).collect()
            }),
            |metric| trained.iter().map(|t| t[place][metric] - t[base][metric]).collect(),
            names,
            true,
        )
    };
    let rows = &arms[place];
    Arm {
        name: rows.name.clone(),
        rows: rows.training.target.len(),
        ratio: rows.ratio,
        weight: rows.weight,
        recalibration: rows.recalibration,
        compared_with: if place == 0 {
            String::new()
        } else {
            arms[Rows::base(arms, place)].name.clone()
        },
        thresholds: None,
        metrics: values,
        against_real,
        groups: if judged[place].is_binary() {
            let selected = judged[place].selection();
            groups.iter().flat_map(|g| g.judge(positive, &selected)).collect()
        } else {
            Vec::new()
        },
    }
}

/// What every learner makes of every arm in the metric that decides.
fn learners(bench: &Bench<'_>, arms: &[Rows], question: &Question, first: &[Arm]) -> Result<Vec<LearnerOutcome>> {
    let deciding = &bench.judging.names[..1];
    let own = |of: &[MetricValue]| of.iter().find(|m| m.name == deciding[0].0).map(|m| m.value);
    let mut out = vec![LearnerOutcome {
        learner: question.learners[0].0.clone(),
        arms: first
            .iter()
            .map(|arm| LearnerArm {
                arm: arm.name.clone(),
                value: own(&arm.metrics),
                against_real: own(&arm.against_real),
            })
            .collect(),
        agrees: true,
    }];
    let judging = Judging {
        names: deciding,
        ..bench.judging
    };
    let total = (question.learners.len() - 1) * arms.len();
    bench.cx.step("training the arms by other learners", total as u64, || {
        for (name, learner) in question.learners.iter().skip(1) {
            let judged: Vec<Judged<'_>> = arms
                .par_iter()
                .with_max_len(1)
                .map(|rows| {
                    let model = bench.train(rows, learner)?;
                    bench.cx.advance(1);
                    Ok(Judged::new(judging, model.predict(bench.test)?))
                })
                .collect::<Result<_>>()?;
            let classes = bench.goal.classes.len();
            let seed = bench.seed.derive("bootstrap");
            let resampled = replicates(&judged, bench.test.rows(), classes, &seed, bench.cx)?;
            let points: Vec<Vec<f64>> = judged.iter().map(|j| j.values(&vec![1; bench.test.rows()])).collect();
            let of = |place: usize| {
                let values = metrics(deciding, &points[place], |m| {
                    resampled.iter().map(|r| r[place][m]).collect()
                });
                let base = Rows::base(arms, place);
                let change = [points[place][0] - points[base][0]];
                let changes = metrics(deciding, &change, |m| {
                    resampled.iter().map(|r| r[place][m] - r[base][m]).collect()
                });
                LearnerArm {
                    arm: arms[place].name.clone(),
                    value: own(&values),
                    against_real: if place == 0 { None } else { own(&changes) },
                }
            };
            let arms: Vec<LearnerArm> = (0..arms.len()).map(of).collect();
            let change = |arms: &[LearnerArm]| {
                let both = arms.iter().find(|arm| arm.arm == BOTH)?;
                both.against_real.map(|change| change.value)
            };
            let agrees = match (change(&arms), change(&out[0].arms)) {
                (Some(a), Some(b)) => a * b >= 0.0,
                _ => true,
            };
            out.push(LearnerOutcome {
                learner: name.clone(),
                arms,
                agrees,
            });
        }
        Ok(out)
    })
}

/// How groups fare under each arm: each protected column, and each pair of them.
fn between_groups(
    bench: &Bench<'_>,
    arms: &[Rows],
    judged: &[Judged<'_>],
    question: &Question,
    positive: &[bool],
) -> Result<Vec<Fairness>> {
    if bench.goal.task != Task::Binary || question.protected.is_empty() {
        return Ok(Vec::new());
    }
    let mut families = Family::of_protected(&arms[0].training.table, bench.test, &question.protected, 2)?;
    families.retain(|family| {
        // A column with so many values is an error of its own; an intersection may come to that.
        let keep = family.columns.len() < 2 || family.groups.len() <= MAX_GROUPS;
        if !keep {
            bench.cx.warn(&format!(
                "{} makes {} groups, more than are judged; it is left out",
                family.name,
                family.groups.len()
            ));
        }
        keep
    });
    let arms: Vec<FairnessArm<'_>> = arms
        .iter()
        .zip(judged)
        .map(|(rows, judged)| FairnessArm {
            name: &rows.name,
            probabilities: judged.predictions(),
            selected: judged.selected(),
        })
        .collect();
    let resample = |replicate: u64| bench.counts(replicate);
    let inputs = FairnessInputs {
        labels: positive,
        weights: None,
        families: &families,
        point: question.operating_point,
        limits: Limits::default(),
        resampling: Resampling {
            replicates: 500,
            counts: &resample,
        },
    };
    fairness(&arms, &inputs, bench.cx)
}

/// For each replicate, arm and metric, its value.
fn replicates(
    judged: &[Judged<'_>],
    rows: usize,
    classes: usize,
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<Vec<Vec<Vec<f64>>>> {
    let cost = (rows * judged.len() * classes.max(4)) as u64;
    let replicates = (BUDGET / cost.max(1)).clamp(100, REPLICATES);
    (0..replicates)
        .into_par_iter()
        .map(|replicate| {
            cx.check()?;
            let counts = counts(rows, seed, replicate);
            Ok(judged.iter().map(|arm| arm.values(&counts)).collect())
        })
        .collect()
}

/// Metrics with their intervals; those that could not be computed are left out.
fn metrics(names: &[Name], values: &[f64], replicates: impl Fn(usize) -> Vec<f64>) -> Vec<MetricValue> {
    names
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
