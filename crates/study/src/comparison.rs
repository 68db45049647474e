//! Arms compared in folds: the plan that a study's settings make, and who makes the rows.

use crate::planning::PlanRecipe;
use crate::question::{group_parities, group_parity, question, recalibration};
use crate::{Augment, ExperimentSettings, quarantine};
use plenish_evaluate::{
    ArmKind, ArmSpec, Augmentation, Criteria, CrossValidation, CrossValidationPlan, Experiment, Makers, TRAININGS,
    audit_labels, cross_validate, experiment, holdout_repeats,
};
use plenish_synth::{Ask, Preset, Settings, generator};
use plenish_table::{Comparison, Condition, Constraint, Context, Error, Result, Seed, Table, Term, Test, Value};

/// How the generator in question is fitted and asked, in every fold anew.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// Its name.
    pub engine: String,
    /// How much effort it spends.
    pub preset: Preset,
    /// Columns that come first; those the generator chooses if empty.
    pub condition_on: Vec<String>,
    /// What every row keeps.
    pub constraints: Vec<Constraint>,
    /// What every row satisfies.
    pub condition: Condition,
    /// Whether rows whose label is in doubt are left out.
    pub quarantine: bool,
    /// How rows are planned, if they are.
    pub plan: Option<PlanRecipe>,
}

/// Where the synthetic rows of an experiment come from.
#[derive(Debug, Clone)]
pub enum Synthetic {
    /// They are given; nobody knows how they were made.
    Rows(Table),
    /// They are made: for the locked test from all real rows, and in every fold from its own.
    Made(Box<Recipe>),
}

/// Tries synthetic rows beside real ones: arms on the locked test and, where rows can be made anew, in folds
/// of the real ones; the best ratio and weight there are those of the locked test, where trainings on parts of the rows
/// tell what is chance in the training. Fails as [`compare`] and
/// [`plenish_evaluate::experiment`] do.
#[expect(clippy::too_many_arguments, reason = "the parts of one experiment")]
pub fn try_out(
    (real, holdout): (&Table, &Table),
    synthetic: &Synthetic,
    target: &str,
    protected: &[String],
    settings: &ExperimentSettings,
    augment: Augment,
    criteria: &Criteria,
    seed: &Seed,
    cx: &Context,
) -> Result<Experiment> {
    let question = question(target, protected, settings)?;
    let stated = stated(settings, augment)?;
    warn_of_repeats(real, holdout, cx)?;
    let recipe = match synthetic {
        Synthetic::Rows(rows) => {
            check_one_treatment(settings)?;
            return experiment(real, holdout, rows, &question, stated, seed, cx);
        }
        Synthetic::Made(recipe) => recipe,
    };
    let folds = if settings.repeats == 0 {
        check_one_treatment(settings)?;
        None
    } else {
        let compared = compare(real, target, protected, settings, augment, criteria, recipe, seed, cx)?;
        Some(compared)
    };
    let chosen = folds.as_ref().and_then(|folds| best(folds, augment)).unwrap_or(stated);
    let rows = (real.rows() as f64 * chosen.ratio.max(1.0)).ceil() as u64;
    let made = cx.step("generating rows", 0, || {
        make(recipe, real, target, rows, seed, &Context::silent())
    })?;
    let mut result = experiment(real, holdout, &made, &question, chosen, seed, cx)?;
    result.folds = folds;
    Ok(result)
}

/// How synthetic rows join the real ones where no folds choose: as the settings say, with the first recalibration
/// and the first thresholds by group they name. Fails for one that there is not.
pub(crate) fn stated(settings: &ExperimentSettings, augment: Augment) -> Result<Augmentation> {
    let first = settings.recalibration.first();
    let parity = settings.group_thresholds.first();
    Ok(Augmentation {
        ratio: augment.ratio,
        weight: augment.weight,
        density_ratio: augment.density_ratio,
        recalibration: first.map(|name| recalibration(name)).transpose()?,
        group_thresholds: parity.map(|text| group_parity(text)).transpose()?,
        trainings: TRAININGS,
    })
}

/// Warns when many of the rows that judge are rows to learn from as well, beyond how often rows repeat anyway.
pub(crate) fn warn_of_repeats(real: &Table, holdout: &Table, cx: &Context) -> Result<()> {
    const MUCH: f64 = 0.1;
    let (of_holdout, of_real) = holdout_repeats(real, holdout)?;
    if of_holdout > of_real + MUCH {
        cx.warn(&format!(
            "{:.0} % of the rows to judge by are also rows to learn from, so that what remembers them looks good; give rows \
             that are in one of the two only",
            100.0 * of_holdout
        ));
    }
    Ok(())
}

/// Fails where no folds compare treatments of probabilities and decisions, and there are several to choose from.
pub(crate) fn check_one_treatment(settings: &ExperimentSettings) -> Result<()> {
    for (what, named) in [
        ("recalibration", &settings.recalibration),
        ("thresholds by group", &settings.group_thresholds),
    ] {
        if named.len() > 1 {
            let names = named.join(", ");
            return Err(Error::usage(format!(
                "without folds there is one arm for {what}, and {} are named: {names}",
                named.len()
            ))
            .help("name one: the locked test is not there to choose by"));
        }
    }
    Ok(())
}

/// How the best arm with synthetic rows beside the real ones has them.
pub(crate) fn best(folds: &CrossValidation, augment: Augment) -> Option<Augmentation> {
    let arm = folds.arms.iter().find(|arm| Some(&arm.name) == folds.best.as_ref())?;
    match arm.spec.kind {
        ArmKind::Both { ratio, weight } => Some(Augmentation {
            ratio,
            weight,
            density_ratio: augment.density_ratio,
            recalibration: arm.spec.recalibration,
            group_thresholds: arm.spec.group_thresholds,
            trainings: TRAININGS,
        }),
        _ => None,
    }
}

/// Rows as they would join the real ones.
fn make(recipe: &Recipe, real: &Table, target: &str, rows: u64, seed: &Seed, cx: &Context) -> Result<Table> {
    let settings = Settings {
        preset: recipe.preset,
        condition_on: recipe.condition_on.clone(),
        constraints: recipe.constraints.clone(),
        ..Settings::default()
    };
    let model = generator(&recipe.engine)?.fit(real, &settings, seed, cx)?;
    let (made, like) = if let Some(plan) = &recipe.plan {
        let (_, planned) = plan.try_rows(real, model.as_ref(), seed, cx)?;
        let Some(planned) = planned else {
            // A part of the rows may lack nothing that all of them lack.
            return Ok(real.take(&[]));
        };
        let like = planned.alike(real, target)?;
        (planned.made.table, Some(like))
    } else {
        let ask = Ask::under(recipe.condition.clone());
        (model.generate(&ask, 0..rows, seed, cx)?, None)
    };
    if !recipe.quarantine {
        return Ok(made);
    }
    let labels = audit_labels(real, None, &made, target, like.as_ref(), seed, cx)?;
    Ok(quarantine::believed(&made, &labels))
}

/// What is compared of arms in folds of `train`: see [`cross_validate`]. The ratio and weight of `augment` are those
/// of arms where `settings` name none.
#[expect(clippy::too_many_arguments, reason = "the parts of one comparison")]
pub fn compare(
    train: &Table,
    target: &str,
    protected: &[String],
    settings: &ExperimentSettings,
    augment: Augment,
    criteria: &Criteria,
    recipe: &Recipe,
    seed: &Seed,
    cx: &Context,
) -> Result<CrossValidation> {
    let question = question(target, protected, settings)?;
    let plan = CrossValidationPlan {
        arms: arms(settings, augment, recipe.plan.is_some())?,
        folds: settings.folds,
        repeats: settings.repeats,
        benefit: criteria.benefit,
        stop_early: settings.stop_early,
        density_ratio: augment.density_ratio,
        limits: criteria.limits(),
    };
    let silent = Context::silent();
    let make = |real: &Table, rows: u64, seed: &Seed| {
        cx.check()?;
        make(recipe, real, target, rows, seed, &silent)
    };
    let smote = |real: &Table, wanted: &[(String, u64)], seed: &Seed| {
        cx.check()?;
        rows_of_classes(real, target, wanted, seed, &silent)
    };
    let makers = Makers {
        generator: &make,
        smote: Some(&smote),
    };
    cross_validate(train, &question, &plan, makers, seed, cx)
}

/// Real rows, every ratio with every weight, synthetic rows alone, and what costs no generator; those with
/// real rows of their own weight also with each recalibration and each thresholds by group.
fn arms(settings: &ExperimentSettings, augment: Augment, planned: bool) -> Result<Vec<ArmSpec>> {
    let or = |values: &[f64], value: f64| {
        if values.is_empty() {
            vec![value]
        } else {
            values.to_vec()
        }
    };
    let (ratios, weights) = (
        or(&settings.ratios, augment.ratio),
        or(&settings.weights, augment.weight),
    );
    let mut kinds = vec![ArmKind::Real];
    for &ratio in ratios.iter().filter(|&&r| r > 0.0) {
        kinds.extend(
            weights
                .iter()
                .filter(|&&w| w > 0.0)
                .map(|&weight| ArmKind::Both { ratio, weight }),
        );
    }
    let named = settings.recalibration.iter().map(|name| recalibration(name).map(Some));
    let recalibrations: Vec<_> = std::iter::once(Ok(None)).chain(named).collect::<Result<_>>()?;
    let parities = group_parities(&settings.group_thresholds)?;
    let parities: Vec<_> = std::iter::once(None).chain(parities.into_iter().map(Some)).collect();
    let mut arms: Vec<ArmSpec> = Vec::new();
    for &group_thresholds in &parities {
        for &recalibration in &recalibrations {
            arms.extend(kinds.iter().map(|&kind| ArmSpec {
                kind,
                recalibration,
                group_thresholds,
            }));
        }
    }
    if !planned {
        // Rows for gaps are no table that a model could learn from alone.
        arms.push(ArmKind::Synthetic.into());
    }
    for name in &settings.baselines {
        let kind = match name.as_str() {
            "class-weights" => ArmKind::ClassWeights,
            "oversampling" => ArmKind::Oversampled,
            "smote" => ArmKind::Smote,
            "reweighing" => ArmKind::Reweighed,
            other => {
                return Err(Error::usage(format!("there is no baseline '{other}'"))
                    .help("the baselines are: class-weights, oversampling, smote, reweighing"));
            }
        };
        arms.push(kind.into());
    }
    Ok(arms)
}

/// Interpolated rows of some classes: how many of which.
fn rows_of_classes(real: &Table, target: &str, wanted: &[(String, u64)], seed: &Seed, cx: &Context) -> Result<Table> {
    let settings = Settings {
        condition_on: vec![target.to_owned()],
        ..Settings::default()
    };
    let model = generator("smote")?.fit(real, &settings, seed, cx)?;
    let index = real.schema().require(target)?;
    let column = real.column(index);
    let mut made = real.take(&[]);
    for (class, rows) in wanted {
        // The class as a value of the column's type.
        let value = (0..real.rows())
            .map(|row| column.value(row))
            .find(|value| *value != Value::Missing && value.to_string() == *class)
            .ok_or_else(|| Error::internal(format!("class '{class}' has no row")))?;
        let condition = Condition {
            terms: vec![Term {
                column: target.to_owned(),
                test: Test::Compare(Comparison::Equal, value),
            }],
        };
        made.append(&model.generate(&Ask::under(condition), 0..*rows, seed, cx)?)?;
    }
    Ok(made)
}
