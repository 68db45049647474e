//! Arms compared by repeated cross-validation on the training part: the generator is fitted anew inside
//! every fold and never sees the rows that judge it.

pub(crate) mod arms;
mod conclude;
pub(crate) mod corrected;
mod front;
mod results;

pub use arms::{ArmKind, ArmSpec, ClassMaker, Maker};
pub use front::{ChoiceLimits, Front, FrontPoint};
pub use results::{CrossArm, CrossMetric, CrossValidation, LearnerChange};

use crate::density_ratio::density_ratio_weights;
use crate::groups::{Grouping, Groups};
use crate::judged::{Judged, Judging, Name, names};
use crate::model::Method;
use crate::question::Question;
use arms::Material;
use conclude::Outcomes;
use plenish_learn::Task;
use plenish_learn::target::{Goal, features};
use plenish_table::{Context, Error, Result, Seed, Table};
use rayon::prelude::*;

/// Rows at least: fewer leave nothing to learn from in a fold.
pub const MIN_CROSS_ROWS: usize = 100;

/// Repeats before the first look.
const FIRST_LOOK: usize = 3;

/// Repeats in which learners other than the first judge as well: enough for a sign.
const OTHERS: usize = 2;

/// What is compared, and how often.
#[derive(Debug, Clone, PartialEq)]
pub struct CrossValidationPlan {
    /// The arms; [`ArmSpec::REAL`] is added in front if it is missing.
    pub arms: Vec<ArmSpec>,
    /// Folds of every repeat, at least 2.
    pub folds: usize,
    /// Repeats at most, at least 1.
    pub repeats: usize,
    /// What an arm has to gain in the metric that decides, an error as a share of it; decides when to stop early.
    pub benefit: f64,
    /// Whether to stop as soon as the answer is clear.
    pub stop_early: bool,
    /// Whether synthetic rows beside real ones are weighted by how much likelier they are among those
    /// ([`crate::density_ratio_weights`]), around the weight of their arm.
    pub density_ratio: bool,
    /// What the arm that is chosen has to keep.
    pub limits: ChoiceLimits,
}

/// Who makes the rows of arms that need any.
#[derive(Clone, Copy)]
pub struct Makers<'a> {
    /// The generator in question, fitted on the rows it is given.
    pub generator: &'a Maker<'a>,
    /// Interpolated rows of the rarer classes; arms of [`ArmKind::Smote`] are left out without it.
    pub smote: Option<&'a ClassMaker<'a>>,
}

/// Compares arms on the rows of `train`.
///
/// In every repeat the rows are divided into folds, the classes of the target evenly; in turn each fold
/// judges what was learned from the others. Differences are tested with the variance corrected for the rows that
/// folds share, and p-values hold for all arms together (Holm). The target is treated as in
/// [`crate::experiment`]. The first learner of the question decides; the others judge
/// arms with synthetic rows in the first repeats, for the sign of the difference.
///
/// Fails when there are fewer than 100 rows with a target, when a ratio or weight is not above 0, when the
/// metric is none of the target's, when groups are to have thresholds and no column is protected or there are not two
/// classes, and when making rows fails.
pub fn cross_validate(
    train: &Table,
    question: &Question,
    plan: &CrossValidationPlan,
    makers: Makers<'_>,
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<CrossValidation> {
    check(plan)?;
    question.check()?;
    let (target, protected) = (&question.target, &question.protected);
    let goal = Goal::new(train, train, target)?;
    for arm in &plan.arms {
        question.rule(arm.group_thresholds, goal.task, &[])?;
    }
    let names = names(goal.task, !protected.is_empty(), question.metric.as_deref())?;
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
    let mut arms = plan.arms.clone();
    if arms.first() != Some(&ArmSpec::REAL) {
        arms.retain(|arm| *arm != ArmSpec::REAL);
        arms.insert(0, ArmSpec::REAL);
    }
    let ratio = arms
        .iter()
        .map(|arm| match arm.kind {
            ArmKind::Both { ratio, .. } => ratio,
            ArmKind::Synthetic => 1.0,
            _ => 0.0,
        })
        .fold(0.0, f64::max);
    let mut outcomes = Outcomes::new(&arms, &names, plan, question);
    let mut repeats = 0;
    let total = (plan.repeats * plan.folds * arms.len()) as u64;
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
                        question,
                        names: &names,
                        makers,
                        ratio,
                        density_ratio: plan.density_ratio,
                    };
                    let learners = if repeat < OTHERS { question.learners.len() } else { 1 };
                    one.judge(&fold_of, fold, &arms, learners, &seed.child(fold as u64), cx)
                })
                .collect::<Result<Vec<_>>>()?;
            outcomes.extend(judged);
            outcomes.check_defined()?;
            repeats = repeat + 1;
            if plan.stop_early && repeats >= FIRST_LOOK && outcomes.is_clear() {
                break;
            }
        }
        Ok(())
    })?;
    Ok(outcomes.conclude(repeats))
}

fn check(plan: &CrossValidationPlan) -> Result<()> {
    if plan.folds < 2 || plan.repeats < 1 {
        return Err(Error::usage("cross-validation needs at least 2 folds and 1 repeat"));
    }
    for arm in &plan.arms {
        if let ArmKind::Both { ratio, weight } = arm.kind {
            let fits = |v: f64| v > 0.0 && v.is_finite();
            if !fits(ratio) || !fits(weight) {
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
    question: &'a Question,
    names: &'a [Name],
    makers: Makers<'a>,
    /// Synthetic rows for each real one that the largest arm wants.
    ratio: f64,
    density_ratio: bool,
}

impl Fold<'_> {
    /// For every arm that makes sense for the target, for the first `learners`, the metrics on the rows of
    /// `fold`. Arms that cost no generator have the first learner only.
    fn judge(
        &self,
        fold_of: &[usize],
        fold: usize,
        arms: &[ArmSpec],
        learners: usize,
        seed: &Seed,
        cx: &Context<'_>,
    ) -> Result<Vec<Option<Vec<Vec<f64>>>>> {
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
        let ratios = if self.density_ratio && synthetic.rows() > 0 {
            Some(density_ratio_weights(&real, &synthetic, seed, cx)?)
        } else {
            None
        };
        let protected = self.question.protected.iter();
        let protected: Vec<Grouping> = protected
            .map(|name| Grouping::new(&real, name))
            .collect::<Result<_>>()?;
        let groups = |of: &Table| -> Vec<Groups> { protected.iter().map(|grouping| grouping.of(of)).collect() };
        let (trained, judged) = (groups(&real), groups(&test));
        let material = Material {
            goal: self.goal,
            real: &real,
            target: &target,
            synthetic: &synthetic,
            synthetic_target: &synthetic_target,
            density_ratios: ratios.as_deref(),
            protected: &trained,
            smote: self.makers.smote,
        };
        let ones = vec![1_u16; test.rows()];
        let judging = Judging {
            task: self.goal.task,
            target: &test_target,
            groups: &judged,
            point: self.question.operating_point,
            names: self.names,
        };
        arms.par_iter()
            .with_max_len(1)
            .map(|arm| {
                cx.check()?;
                // Every arm has the same randomness: what differs is the rows.
                let training = material.training(arm.kind, &seed.derive("arms"))?;
                let values = training.map(|training| {
                    let learners = if arm.is_free() { 1 } else { learners };
                    let by = self.question.learners.iter().take(learners).map(|(_, learner)| {
                        let method = Method {
                            goal: self.goal,
                            features: self.columns,
                            learner,
                            recalibration: arm.recalibration,
                            rule: self.question.rule(arm.group_thresholds, self.goal.task, &protected)?,
                        };
                        let model = method.fit(&training, &seed.derive("learner"), cx)?;
                        Ok(Judged::new(judging, model.predict(&test)?).values(&ones))
                    });
                    by.collect::<Result<Vec<_>>>()
                });
                cx.advance(1);
                values.transpose()
            })
            .collect()
    }
}
