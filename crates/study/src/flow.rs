//! The flow of a study: read, profile, fit, generate, check, experiment, judge, write, record. Each
//! step takes what the ones before returned; nothing reaches back.

use crate::comparison::{best, stated};
use crate::input::Real;
use crate::question::question;
use crate::{Recipe, Study, charts, compare, outputs, quarantine};
use plenish_evaluate::{
    CrossValidation, Evaluation, Experiment, Inputs, LabelAudit, MIN_CROSS_ROWS, Purpose, Verdict, audit_labels,
    evaluate_audited, experiment, experiment_gates, judge,
};
use plenish_store::{Environment, Store, VersionRecord};
use plenish_synth::{Ask, Model, Preset, Provenance, Settings, Summary, generator, save_with};
use plenish_table::{Context, Error, Result, Schema, Seed, Table};
use serde::Serialize;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;

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
    /// How the generator was fitted.
    pub fit: Summary,
    /// The files that were written.
    pub files: Vec<PathBuf>,
}

/// What generation gives, without any judgement.
pub(crate) struct Made {
    pub(crate) model: Box<dyn Model>,
    pub(crate) synthetic: Table,
    /// What was said of their labels.
    pub(crate) labels: LabelAudit,
    /// The synthetic rows without those in quarantine.
    pub(crate) believed: Table,
    pub(crate) augmented: Table,
}

/// Runs a study: leaves `synthetic`, `augmented`, `model.plenish`, `report.html` and `verdict.json`
/// in its output folder and a version in its store. Nothing is written before everything is made.
pub fn run(study: &Study, caller: &Caller, cx: &Context) -> Result<Outcome> {
    outputs::check_folder(&study.output_folder())?;
    let real = study.read(cx)?;
    let store = Store::open_or_create(&study.store_folder())?;
    // Criteria, settings and inputs are on record before the first synthetic row exists.
    let intent = store.record_intent(&caller.now, &study.criteria_hash(), &study.resolved(), &real.inputs)?;
    let profile = plenish_profile::profile(&real.train, &plenish_profile::ProfileSettings::default(), cx)?;
    let seed = Seed::new(study.seed);
    let folds = in_folds(study, &real, cx)?;
    // The best ratio and weight by the folds, which never saw the locked test.
    let mut chosen = study.clone();
    let stated = stated(&study.experiment, study.augment)?;
    let mut augmentation = folds.as_ref().and_then(best).unwrap_or(stated);
    chosen.augment = study.augment.chosen(augmentation);
    if study.purpose == Purpose::Publish {
        // Nothing hangs on whether rows that stand in for the real ones also help beside them.
        augmentation.trainings = 0;
    }
    let made = make(&chosen, &real, cx)?;
    let inputs = Inputs {
        real: &real.train,
        holdout: &real.test,
        synthetic: &made.synthetic,
    };
    let mut evaluation = evaluate_audited(
        inputs,
        Some(&study.target),
        &study.protected,
        &study.criteria,
        Some(made.labels.clone()),
        &seed,
        cx,
    )?;
    evaluation.check_constraints(inputs, &study.constraints(real.train.schema())?, &study.criteria)?;
    let mut experiment = experiment(
        &real.train,
        &real.test,
        match study.purpose {
            Purpose::Publish => &made.synthetic,
            Purpose::Augment => &made.believed,
        },
        &question(&study.target, &study.protected, &study.experiment)?,
        augmentation,
        &seed,
        cx,
    )?;
    experiment.folds = folds;
    evaluation
        .gates
        .extend(experiment_gates(study.purpose, &experiment, &study.criteria));
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
        "fit": made.model.summary(), "evaluation": evaluation, "experiment": experiment,
    });
    record.verdict = json!(verdict);
    let mut staged = outputs::Staged::new(&study.output_folder())?;
    staged.tables(study, &made, cx)?;
    staged.bytes("model.plenish", &model_file(study, &made, &caller.code_version)?)?;
    let report = charts::Material {
        study,
        real: &real,
        synthetic: &made.synthetic,
        profile: &profile,
        evaluation: &evaluation,
        experiment: &experiment,
        verdict: &verdict,
        summary: &made.model.summary(),
        hashes: staged.hashes()?,
        caller,
    };
    staged.bytes("report.html", charts::report(&report)?.as_bytes())?;
    let told = json!({
        "title": study.title, "verdict": verdict.verdict, "reasons": verdict.reasons,
        "gates": evaluation.gates, "criteria_hash": study.criteria_hash(), "seed": study.seed,
        "code_version": caller.code_version,
    });
    let text = serde_json::to_string_pretty(&told).map_err(|e| Error::internal(e.to_string()))?;
    staged.bytes("verdict.json", format!("{text}\n").as_bytes())?;
    cx.check()?;
    for (name, path) in staged.files() {
        record.outputs.insert(name.clone(), store.put_file(path)?);
    }
    // On record first: what stands beside the study always has a version.
    let version = store.commit(record)?;
    let files = staged.publish()?;
    Ok(Outcome {
        version,
        verdict,
        evaluation,
        experiment,
        fit: made.model.summary(),
        files,
    })
}

/// What arms show in folds of the training rows, if the study asks for it.
fn in_folds(study: &Study, real: &Real, cx: &Context) -> Result<Option<CrossValidation>> {
    if study.experiment.repeats == 0 {
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

/// Fits and generates: the part of a run that decides the bytes of its data.
pub(crate) fn make(study: &Study, real: &Real, cx: &Context) -> Result<Made> {
    let seed = Seed::new(study.seed);
    let settings = Settings {
        preset: Preset::of(&study.generator.preset)?,
        condition_on: study.generator.condition_on.clone(),
        constraints: study.constraints(real.train.schema())?,
        ..Settings::default()
    };
    let model = generator(&study.generator.name)?.fit(&real.train, &settings, &seed, cx)?;
    let condition = study.condition(real.train.schema())?.unwrap_or_default();
    let rows = rows_to_make(study, real.train.rows());
    let synthetic = cx.step("generating rows", rows, || {
        model.generate(&Ask::under(condition), 0..rows, &seed, cx)
    })?;
    let labels = audit_labels(&real.train, Some(&real.test), &synthetic, &study.target, &seed, cx)?;
    let believed = if study.augment.quarantine {
        quarantine::believed(&synthetic, &labels)
    } else {
        synthetic.clone()
    };
    let augmented = augment(study, &real.train, &believed)?;
    Ok(Made {
        model,
        synthetic,
        labels,
        believed,
        augmented,
    })
}

/// The model as a file that says where it comes from.
pub(crate) fn model_file(study: &Study, made: &Made, code_version: &str) -> Result<Vec<u8>> {
    let provenance = Provenance {
        program: format!("plenish {code_version}"),
        seed: Some(study.seed),
        preset: Some(Preset::of(&study.generator.preset)?),
        // The version's record knows when; the same study leaves the same bytes.
        fitted: None,
    };
    save_with(made.model.as_ref(), &provenance)
}

/// The columns that the augmented table has beside those of the data: where a row is from, and what
/// it weighs.
pub(crate) const AUGMENTED: [&str; 2] = ["_origin", "_weight"];

/// As many rows as the study says; else as many as there are real ones, or as the ratio needs.
fn rows_to_make(study: &Study, real: usize) -> u64 {
    let needed = (real as f64 * study.augment.ratio).ceil() as u64;
    study.generator.rows.unwrap_or(needed.max(real as u64))
}

/// The real rows and as many synthetic ones as the study's ratio says, with where each row is from
/// and what it weighs.
fn augment(study: &Study, train: &Table, synthetic: &Table) -> Result<Table> {
    use plenish_table::{Column, ColumnSchema, ColumnType, TextColumn};
    let added = ((train.rows() as f64 * study.augment.ratio).round() as usize).min(synthetic.rows());
    let first: Vec<u32> = (0..added as u32).collect();
    let mut whole = train.clone();
    whole.append(&synthetic.take(&first))?;
    let mut columns = whole.schema().columns.clone();
    // No column of the data has these names: reading the rows made sure of it.
    columns.push(ColumnSchema::new(AUGMENTED[0], ColumnType::Text));
    columns.push(ColumnSchema::new(AUGMENTED[1], ColumnType::Real));
    let mut cells = whole.columns().to_vec();
    let origins = std::iter::repeat_n(0, train.rows()).chain(std::iter::repeat_n(1, added));
    cells.push(Column::Text(TextColumn {
        codes: origins.collect(),
        dictionary: Arc::new(vec!["real".to_owned(), "synthetic".to_owned()]),
    }));
    let weights = std::iter::repeat_n(1.0, train.rows()).chain(std::iter::repeat_n(study.augment.weight, added));
    cells.push(Column::Real(weights.collect()));
    Table::new(Schema::new(columns)?, cells)
}
