//! Arms compared by repeated cross-validation on the training part: the generator is fitted anew inside
//! every fold and never sees the rows that judge it.

mod arms;
mod corrected;

pub use arms::{ArmKind, ClassMaker, Maker};

use crate::groups::Groups;
use crate::judged::{Judged, names};
use crate::results::Interval;
use crate::target::{Goal, features, predict};
use arms::Material;
use corrected::{corrected, holm};
use plenish_learn::Task;
use plenish_table::{Context, Error, Result, Seed, Table};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Rows at least: fewer leave nothing to learn from in a fold.
pub const MIN_CROSS_ROWS: usize = 100;

/// A comparison is clear, and further repeats are spared, when every interval at this level agrees with
/// it (the boundary of Haybittle, 1971, and Peto et al., 1976, which leaves the last look its level).
const CLEAR: f64 = 0.999;

/// Repeats before the first look.
const FIRST_LOOK: usize = 3;

/// What is compared, and how often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrossValidationPlan {
    /// The arms; [`ArmKind::Real`] is added in front if it is missing.
    pub arms: Vec<ArmKind>,
    /// Folds of every repeat, at least 2.
    pub folds: usize,
    /// Repeats at most, at least 1.
    pub repeats: usize,
    /// What an arm has to gain in the first metric, an error as a share of it; decides when to stop early.
    pub benefit: f64,
    /// Whether to stop as soon as the answer is clear.
    pub stop_early: bool,
}

/// Who makes the rows of arms that need any.
#[derive(Clone, Copy)]
pub struct Makers<'a> {
    /// The generator in question, fitted on the rows it is given.
    pub generator: &'a Maker<'a>,
    /// Interpolated rows of the rarer classes; arms of [`ArmKind::Smote`] are left out without it.
    pub smote: Option<&'a ClassMaker<'a>>,
}

/// What the folds showed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrossValidation {
    /// The metric that p-values are of.
    pub metric: String,
    /// Folds of each repeat.
    pub folds: usize,
    /// Repeats that were made.
    pub repeats: usize,
    /// Repeats that were planned.
    pub planned: usize,
    /// The arms, real rows alone first.
    pub arms: Vec<CrossArm>,
    /// The best arm that costs no generator, by the mean of the metric; the first arm if none is better.
    pub best_free: String,
    /// The best arm with synthetic rows beside the real ones; none if there is none.
    pub best: Option<String>,
}

/// One arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrossArm {
    /// How it is called.
    pub name: String,
    /// What it trained on.
    #[serde(flatten)]
    pub kind: ArmKind,
    /// The mean of every metric over all folds.
    pub metrics: Vec<CrossMetric>,
    /// The differences from the first arm; empty for it.
    pub against_real: Vec<CrossMetric>,
    /// The two-sided p-value of no difference from the first arm in the metric, by the corrected test.
    pub p: Option<f64>,
    /// The same, held for all arms together.
    pub p_adjusted: Option<f64>,
    /// For arms with synthetic rows: the difference from the best free arm.
    pub against_free: Option<CrossMetric>,
}

/// A metric over folds, with the interval of the corrected test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrossMetric {
    /// As in [`crate::MetricValue`].
    pub name: String,
    /// Whether more is better.
    pub higher_is_better: bool,
    /// The mean, with its 95 % interval.
    #[serde(flatten)]
    pub value: Interval,
}

/// For every fold so far, arm by arm, the metrics; none for arms that make no sense for the target.
type Folds = Vec<Vec<Option<Vec<f64>>>>;

/// Compares arms on the rows of `train`.
///
/// In every repeat the rows are divided into folds, the classes of the target evenly; in turn each fold
/// judges what was learned from the others. Differences are tested with the variance corrected for the rows that
/// folds share, and p-values hold for all arms together (Holm). The target is treated as in
/// [`crate::experiment`].
///
/// Fails when there are fewer than 100 rows with a target, when a ratio or weight is not above 0, and when
/// making rows fails.
pub fn cross_validate(
    train: &Table,
    target: &str,
    protected: &[String],
    plan: &CrossValidationPlan,
    makers: Makers<'_>,
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<CrossValidation> {
    check(plan)?;
    let goal = Goal::new(train, train, target)?;
    let columns = features(train, goal.index)?;
    let (rows, codes) = goal.rows(train);
    if rows.len() < MIN_CROSS_ROWS {
        return Err(Error::data(format!(
            "the training table has {} rows with a known target",
            rows.len()
        ))
        .in_column(target)
        .help(format!("comparing arms in folds needs at least {MIN_CROSS_ROWS}")));
    }
    let real = train.take(&rows);
    for name in protected {
        real.schema().require(name)?;
    }
    let seed = seed.derive("cross-validation");
    let mut kinds = plan.arms.clone();
    if kinds.first() != Some(&ArmKind::Real) {
        kinds.retain(|kind| *kind != ArmKind::Real);
        kinds.insert(0, ArmKind::Real);
    }
    let ratio = kinds
        .iter()
        .map(|kind| match kind {
            ArmKind::Both { ratio, .. } => *ratio,
            ArmKind::Synthetic => 1.0,
            _ => 0.0,
        })
        .fold(0.0, f64::max);
    let names = names(goal.task);
    let mut folds: Folds = Vec::new();
    let mut repeats = 0;
    let total = (plan.repeats * plan.folds * kinds.len()) as u64;
    cx.step("comparing arms in folds", total, || {
        for repeat in 0..plan.repeats {
            let seed = seed.child(repeat as u64);
            let fold_of = divide(&goal, &codes, plan.folds, &seed);
            let judged = (0..plan.folds)
                .into_par_iter()
                .with_max_len(1)
                .map(|fold| {
                    let one = Fold {
                        goal: &goal,
                        columns: &columns,
                        real: &real,
                        codes: &codes,
                        protected,
                        makers,
                        ratio,
                    };
                    one.judge(&fold_of, fold, &kinds, &seed.child(fold as u64), cx)
                })
                .collect::<Result<Vec<_>>>()?;
            folds.extend(judged);
            repeats = repeat + 1;
            if plan.stop_early && repeats >= FIRST_LOOK && is_clear(&folds, &kinds, names, plan) {
                break;
            }
        }
        Ok(())
    })?;
    Ok(conclude(&folds, &kinds, names, plan, repeats))
}

fn check(plan: &CrossValidationPlan) -> Result<()> {
    if plan.folds < 2 || plan.repeats < 1 {
        return Err(Error::usage("cross-validation needs at least 2 folds and 1 repeat"));
    }
    for kind in &plan.arms {
        if let ArmKind::Both { ratio, weight } = kind {
            let fits = |v: f64| v > 0.0 && v.is_finite();
            if !fits(*ratio) || !fits(*weight) {
                return Err(Error::usage("ratio and weight of synthetic rows have to be above 0")
                    .help("an arm of real rows alone is always there; leave out the one with ratio or weight 0"));
            }
        }
    }
    Ok(())
}

/// The fold of every row, the classes divided evenly.
fn divide(goal: &Goal, codes: &[f64], folds: usize, seed: &Seed) -> Vec<usize> {
    let mut order: Vec<u32> = (0..codes.len() as u32).collect();
    seed.derive("folds").stream(0, 0).shuffle(&mut order);
    if goal.task != Task::Regression {
        order.sort_by_key(|&row| codes[row as usize] as usize);
    }
    let mut fold_of = vec![0; codes.len()];
    for (place, &row) in order.iter().enumerate() {
        fold_of[row as usize] = place % folds;
    }
    fold_of
}

struct Fold<'a> {
    goal: &'a Goal,
    columns: &'a [usize],
    real: &'a Table,
    codes: &'a [f64],
    protected: &'a [String],
    makers: Makers<'a>,
    /// Synthetic rows for each real one that the largest arm wants.
    ratio: f64,
}

impl Fold<'_> {
    /// The metrics of every arm on the rows of `fold`.
    fn judge(
        &self,
        fold_of: &[usize],
        fold: usize,
        kinds: &[ArmKind],
        seed: &Seed,
        cx: &Context<'_>,
    ) -> Result<Vec<Option<Vec<f64>>>> {
        let (own, others): (Vec<u32>, Vec<u32>) =
            (0..fold_of.len() as u32).partition(|&row| fold_of[row as usize] == fold);
        let pick = |rows: &[u32]| -> Vec<f64> { rows.iter().map(|&row| self.codes[row as usize]).collect() };
        let (real, target) = (self.real.take(&others), pick(&others));
        let (test, test_target) = (self.real.take(&own), pick(&own));
        let wanted = (real.rows() as f64 * self.ratio).ceil() as u64;
        let synthetic = if wanted == 0 {
            real.take(&[])
        } else {
            (self.makers.generator)(&real, wanted, &seed.derive("generator"))?.conform(&real.shared_schema())?
        };
        let (rows, synthetic_target) = self.goal.rows(&synthetic);
        let synthetic = synthetic.take(&rows);
        let groups: Vec<Groups> = self
            .protected
            .iter()
            .map(|name| Groups::new(&real, &real, name))
            .collect::<Result<_>>()?;
        let material = Material {
            goal: self.goal,
            real: &real,
            target: &target,
            synthetic: &synthetic,
            synthetic_target: &synthetic_target,
            protected: &groups,
            smote: self.makers.smote,
        };
        let ones = vec![1_u16; test.rows()];
        kinds
            .par_iter()
            .with_max_len(1)
            .map(|&kind| {
                cx.check()?;
                // Every arm has the same randomness: what differs is the rows.
                let training = material.training(kind, &seed.derive("arms"))?;
                let values = training
                    .map(|t| {
                        let weights = t.weights.as_deref();
                        let learner = seed.derive("learner");
                        predict(
                            self.goal,
                            &t.table,
                            &t.target,
                            weights,
                            &test,
                            self.columns,
                            &learner,
                            cx,
                        )
                    })
                    .transpose()?
                    .map(|predictions| Judged::new(self.goal.task, &test_target, predictions).values(&ones));
                cx.advance(1);
                Ok(values)
            })
            .collect()
    }
}

/// The differences of one arm from another in one metric, fold by fold.
fn differences(folds: &Folds, arm: usize, from: usize, metric: usize) -> Vec<f64> {
    folds
        .iter()
        .filter_map(|fold| Some(fold[arm].as_ref()?[metric] - fold[from].as_ref()?[metric]))
        .filter(|d| d.is_finite())
        .collect()
}

/// Whether every arm beside the real rows is clearly above what it has to gain, or clearly not.
fn is_clear(folds: &Folds, kinds: &[ArmKind], names: &[(&str, bool)], plan: &CrossValidationPlan) -> bool {
    let sign = if names[0].1 { 1.0 } else { -1.0 };
    // What errors gain is counted as a share of the error.
    let scale = if names[0].1 {
        1.0
    } else {
        mean_of(folds, 0).max(f64::MIN_POSITIVE)
    };
    (1..kinds.len()).all(|arm| {
        let gains: Vec<f64> = differences(folds, arm, 0, 0).iter().map(|d| sign * d / scale).collect();
        let interval = corrected(&gains, test_to_train(plan), CLEAR).mean;
        interval.low > plan.benefit || interval.high < plan.benefit
    })
}

/// The mean of an arm's first metric.
fn mean_of(folds: &Folds, arm: usize) -> f64 {
    let values = || {
        folds
            .iter()
            .filter_map(|fold| fold[arm].as_ref())
            .map(|m| m[0])
            .filter(|v| v.is_finite())
    };
    values().sum::<f64>() / values().count().max(1) as f64
}

fn test_to_train(plan: &CrossValidationPlan) -> f64 {
    1.0 / (plan.folds - 1) as f64
}

fn conclude(
    folds: &Folds,
    kinds: &[ArmKind],
    names: &[(&str, bool)],
    plan: &CrossValidationPlan,
    repeats: usize,
) -> CrossValidation {
    let has = |arm: usize| folds.iter().all(|fold| fold[arm].is_some());
    let arms: Vec<usize> = (0..kinds.len()).filter(|&arm| has(arm)).collect();
    let metric = |place: usize, values: &[f64]| CrossMetric {
        name: names[place].0.to_owned(),
        higher_is_better: names[place].1,
        value: corrected(values, test_to_train(plan), 0.95).mean,
    };
    let values = |arm: usize, place: usize| -> Vec<f64> {
        let own = folds.iter().filter_map(|fold| fold[arm].as_ref());
        own.map(|m| m[place]).filter(|v| v.is_finite()).collect()
    };
    let sign = if names[0].1 { 1.0 } else { -1.0 };
    let mean = |arm: usize| sign * mean_of(folds, arm);
    let best = |wanted: &dyn Fn(ArmKind) -> bool| {
        let candidates = arms.iter().copied().filter(|&arm| wanted(kinds[arm]));
        candidates.fold(None, |best: Option<usize>, arm| match best {
            Some(best) if mean(best) >= mean(arm) => Some(best),
            _ => Some(arm),
        })
    };
    let free = best(&|kind| kind == ArmKind::Real || kind.is_free()).unwrap_or(0);
    let p: Vec<f64> = arms
        .iter()
        .skip(1)
        .map(|&arm| corrected(&differences(folds, arm, 0, 0), test_to_train(plan), 0.95).p)
        .collect();
    let adjusted = holm(&p);
    let results = arms
        .iter()
        .enumerate()
        .map(|(place, &arm)| CrossArm {
            name: kinds[arm].name(),
            kind: kinds[arm],
            metrics: (0..names.len()).map(|m| metric(m, &values(arm, m))).collect(),
            against_real: if arm == 0 {
                Vec::new()
            } else {
                (0..names.len())
                    .map(|m| metric(m, &differences(folds, arm, 0, m)))
                    .collect()
            },
            p: place.checked_sub(1).map(|at| p[at]),
            p_adjusted: place.checked_sub(1).map(|at| adjusted[at]),
            against_free: kinds[arm]
                .is_synthetic()
                .then(|| metric(0, &differences(folds, arm, free, 0))),
        })
        .collect();
    CrossValidation {
        metric: names[0].0.to_owned(),
        folds: plan.folds,
        repeats,
        planned: plan.repeats,
        arms: results,
        best_free: kinds[free].name(),
        best: best(&|kind| matches!(kind, ArmKind::Both { .. })).map(|arm| kinds[arm].name()),
    }
}
