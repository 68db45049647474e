//! The flow of a study: read, profile, fit, generate, check, experiment, judge, write, record. Each
//! step takes what the ones before returned; nothing reaches back.

use crate::comparison::{best, check_one_treatment, stated, warn_of_repeats};
use crate::input::Real;
use crate::making::{extended, make, make_privately, model_file};
use crate::planning::PlanRecipe;
use crate::private::{Privacy, Private};
use crate::question::question;
use crate::{Recipe, Study, attacks, charts, compare, outputs};
use plenish_evaluate::{
    CrossValidation, Evaluation, Experiment, Inputs, MIN_CROSS_ROWS, Purpose, Verdict, evaluate_audited, experiment,
    experiment_gates, judge,
};
use plenish_plan::PlanReport;
use plenish_store::{Environment, Store, VersionRecord};
use plenish_synth::{Preset, Summary};
use plenish_table::{Context, Error, Result, Seed};
use serde::Serialize;
use serde_json::json;
use std::path::PathBuf;

/// What the flow cannot know by itself.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Now, as RFC 3339 text.
    pub now: String,
    /// Version of the program.
    pub code_version: String,
    /// The machine.
    pub environment: Environment,
}

/// What a run concluded and left behind.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// The version in the store.
    pub version: String,
    /// accept, reject or no-benefit.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What was measured of the tables.
    #[serde(flatten)]
    pub evaluation: Evaluation,
    /// What the experiment showed.
    #[serde(flatten)]
    pub experiment: Experiment,
    /// What was planned, and what it brought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanReport>,
    /// What was promised and paid, in a private study.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privacy: Option<Privacy>,
    /// How the generator was fitted.
    pub fit: Summary,
    /// The files that were written.
    pub files: Vec<PathBuf>,
}

/// Runs a study: leaves `synthetic`, `augmented`, `model.plenish`, `report.html` and `verdict.json`
/// in its output folder and a version in its store. Nothing is written before everything is made.
///
/// A private study is refused before its data is opened when its budget is spent. Its generator is fitted and charged
/// once; what the promise covers stands in the folder `release` as soon as it is paid for, and is not made again. A study
/// with audits leaves `audit.html` and `audit.json` as well, which the store does not keep.
pub fn run(study: &Study, caller: &Caller, cx: &Context) -> Result<Outcome> {
    outputs::check_folder(&study.output_folder())?;
    let private = Private::open(study, &caller.code_version)?;
    let (real, guarded) = match &private {
        Some(private) => {
            let sketch = private.compare_names(study, &caller.now, cx)?;
            let (real, rows) = study.read_guarded(&private.domain, cx)?;
            (real, Some((private, rows, sketch)))
        }
        None => (study.read(cx)?, None),
    };
    attacks::check(study, &real)?;
    if private.is_none() {
        study.check_question(&real)?;
        warn_of_repeats(&real.train, &real.test, cx)?;
    }
    // A plan that cannot be obeyed leaves nothing behind.
    let recipe = PlanRecipe::read(study, &real, cx)?;
    let store = Store::open_or_create(&study.store_folder())?;
    // Criteria, settings and inputs are on record before the first synthetic row exists.
    let intent = store.record_intent(&caller.now, &study.criteria_hash(), &study.resolved(), &real.inputs)?;
    let profile = plenish_profile::profile(&real.train, &plenish_profile::ProfileSettings::default(), cx)?;
    let seed = Seed::new(study.seed);
    let recipe = match recipe {
        Some(recipe) => Some(recipe.try_rounds(study, &real, cx)?),
        None => None,
    };
    // How many rows a plan takes has to be known before arms can be compared; private rows are made once.
    let mut privacy = None;
    let early = match (&recipe, &guarded) {
        (_, Some((private, rows, sketch))) => {
            private.enter(sketch)?;
            let (made, told) = make_privately(study, private, &real, rows, caller, cx)?;
            privacy = Some(told);
            Some(made)
        }
        (Some(recipe), None) => Some(make(study, &real, Some(recipe), cx)?),
        (None, None) => None,
    };
    let mut chosen = early
        .as_ref()
        .filter(|_| recipe.is_some())
        .map_or_else(|| study.clone(), |made| extended(study, made, &real));
    let folds = in_folds(&chosen, &real, recipe.as_ref(), cx)?;
    // The best ratio and weight by the folds, which never saw the locked test.
    let stated = stated(&chosen.experiment, chosen.augment)?;
    let mut augmentation = folds
        .as_ref()
        .and_then(|folds| best(folds, chosen.augment))
        .unwrap_or(stated);
    chosen.augment = chosen.augment.chosen(augmentation);
    if study.purpose == Purpose::Publish {
        // Nothing hangs on whether rows that stand in for the real ones also help beside them.
        augmentation.trainings = 0;
    }
    let mut made = match early {
        Some(made) => made,
        None => make(&chosen, &real, None, cx)?,
    };
    made.augment(&chosen, &real.train)?;
    let inputs = Inputs {
        real: &real.train,
        holdout: &real.test,
        synthetic: &made.synthetic,
    };
    let mut evaluation = evaluate_audited(
        Inputs {
            synthetic: made.judged(),
            ..inputs
        },
        Some(&study.target),
        &study.protected,
        &study.criteria,
        Some(made.labels.clone()),
        &seed,
        cx,
    )?;
    if made.planned.is_some() {
        evaluation.check_copies(inputs, &study.criteria, &seed, cx)?;
    }
    if study.purpose == Purpose::Augment && study.augment.quarantine {
        evaluation.leave_out_suspects(&study.criteria);
    }
    evaluation.check_constraints(inputs, &study.constraints(real.train.schema())?, &study.criteria)?;
    let mut question = question(&study.target, &study.protected, &study.experiment)?;
    if let Some(planned) = &made.planned {
        question.slices = planned.conditions();
        question.partial = true;
    }
    let mut experiment = experiment(
        &real.train,
        &real.test,
        match study.purpose {
            Purpose::Publish => &made.synthetic,
            Purpose::Augment => &made.believed,
        },
        &question,
        augmentation,
        &seed,
        cx,
    )?;
    experiment.folds = folds;
    let plan = made.plan_report(&chosen, &real.train)?;
    evaluation
        .gates
        .extend(experiment_gates(study.purpose, &experiment, &study.criteria));
    let audit = attacks::audit(study, &real, &made, cx)?;
    evaluation
        .gates
        .extend(audit.iter().flat_map(|audit| audit.gates.clone()));
    let verdict = judge(study.purpose, &evaluation, Some(&experiment), &study.criteria);

    let mut record = VersionRecord::new("study", &caller.now);
    record.inputs.clone_from(&real.inputs);
    record.settings = study.resolved();
    record.criteria_hash = study.criteria_hash();
    record.intent = Some(intent);
    record.seed = study.seed;
    record.code_version.clone_from(&caller.code_version);
    record.environment = caller.environment.clone();
    record.figures = json!({
        "fit": made.model.summary(), "evaluation": evaluation, "experiment": experiment, "plan": plan,
    });
    record.verdict = json!(verdict);
    let mut staged = outputs::Staged::new(&study.output_folder())?;
    staged.tables(study, &made, cx)?;
    if privacy.is_none() {
        staged.bytes("model.plenish", &model_file(study, &made, &caller.code_version)?)?;
    }
    if let Some(privacy) = &mut privacy {
        let own = staged.files().iter().map(|(name, _)| name.clone());
        privacy.kept = own
            .chain(["report.html".to_owned(), "verdict.json".to_owned()])
            .collect();
        if audit.is_some() {
            privacy.kept.extend(attacks::FILES.map(str::to_owned));
        }
        privacy.kept.push(format!("{}/", plenish_store::FOLDER_NAME));
        record.figures["privacy"] = json!(privacy);
        for name in &privacy.released {
            record
                .outputs
                .insert(name.clone(), store.put_file(&study.output_folder().join(name))?);
        }
    }
    let report = charts::Material {
        study,
        real: &real,
        synthetic: &made.synthetic,
        judged: made.judged(),
        profile: &profile,
        evaluation: &evaluation,
        experiment: &experiment,
        plan: plan.as_ref(),
        verdict: &verdict,
        summary: &made.model.summary(),
        hashes: released_hashes(study, privacy.as_ref())?
            .into_iter()
            .chain(staged.hashes()?)
            .collect(),
        caller,
        privacy: privacy.as_ref(),
        audited: audit.is_some(),
    };
    staged.bytes("report.html", charts::report(&report)?.as_bytes())?;
    let told = json!({
        "title": study.title, "verdict": verdict.verdict, "reasons": verdict.reasons,
        "gates": evaluation.gates, "criteria_hash": study.criteria_hash(), "seed": study.seed,
        "code_version": caller.code_version, "privacy": privacy,
    });
    let text = serde_json::to_string_pretty(&told).map_err(|e| Error::internal(e.to_string()))?;
    staged.bytes("verdict.json", format!("{text}\n").as_bytes())?;
    cx.check()?;
    for (name, path) in staged.files() {
        record.outputs.insert(name.clone(), store.put_file(path)?);
    }
    // After the files of the store: what attacks found is kept nowhere else.
    if let Some(audit) = &audit {
        attacks::stage(&mut staged, study, &real, audit, privacy.as_ref(), caller)?;
    }
    // On record first: what stands beside the study always has a version.
    let version = store.commit(record)?;
    let mut files: Vec<PathBuf> = privacy
        .iter()
        .flat_map(|privacy| privacy.released.iter().map(|name| study.output_folder().join(name)))
        .collect();
    files.extend(staged.publish()?);
    Ok(Outcome {
        version,
        verdict,
        evaluation,
        experiment,
        plan,
        privacy,
        fit: made.model.summary(),
        files,
    })
}

/// What arms show in folds of the training rows, if the study asks for it.
fn in_folds(study: &Study, real: &Real, plan: Option<&PlanRecipe>, cx: &Context) -> Result<Option<CrossValidation>> {
    if study.experiment.repeats == 0 {
        check_one_treatment(&study.experiment)?;
        return Ok(None);
    }
    if real.train.rows() < MIN_CROSS_ROWS {
        cx.warn(&format!(
            "{} rows are too few to compare arms in folds; the locked test alone decides",
            real.train.rows()
        ));
        return Ok(None);
    }
    let schema = real.train.schema();
    let recipe = Recipe {
        engine: study.generator.name.clone(),
        preset: Preset::of(&study.generator.preset)?,
        condition_on: study.generator.condition_on.clone(),
        constraints: study.constraints(schema)?,
        condition: study.condition(schema)?.unwrap_or_default(),
        quarantine: study.augment.quarantine,
        plan: plan.cloned(),
    };
    compare(
        &real.train,
        &study.target,
        &study.protected,
        &study.experiment,
        study.augment,
        &study.criteria,
        &recipe,
        &Seed::new(study.seed),
        cx,
    )
    .map(Some)
}

/// SHA-256 of the files that stand in their place already.
fn released_hashes(study: &Study, privacy: Option<&Privacy>) -> Result<Vec<(String, String)>> {
    let names = privacy.iter().flat_map(|privacy| &privacy.released);
    names
        .map(|name| {
            Ok((
                name.clone(),
                plenish_files::sha256_file(&study.output_folder().join(name))?,
            ))
        })
        .collect()
}
