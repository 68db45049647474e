//! The flow of a study: read, profile, fit, generate, check, experiment, judge, write, record. Each
//! step takes what the ones before returned; nothing reaches back.

use crate::comparison::{best, stated};
use crate::input::Real;
use crate::planning::{PlanRecipe, Planned};
use crate::question::question;
use crate::{Recipe, Study, charts, compare, outputs, quarantine};
use plenish_evaluate::{
    CrossValidation, Evaluation, Experiment, Inputs, LabelAudit, MIN_CROSS_ROWS, Purpose, Verdict, audit_labels,
    density_ratio_weights, evaluate_audited, experiment, experiment_gates, judge,
};
use plenish_plan::PlanReport;
use plenish_store::{Environment, Store, VersionRecord};
use plenish_synth::{Ask, Model, Preset, Provenance, Settings, Summary, generator, save_with};
use plenish_table::{Context, Error, Result, Schema, Seed, Table};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;
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
    /// What was planned, and what it brought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanReport>,
    /// How the generator was fitted.
    pub fit: Summary,
    /// The files that were written.
    pub files: Vec<PathBuf>,
}

/// What generation gives, without any judgement.
pub(crate) struct Made {
    pub(crate) model: Box<dyn Model>,
    pub(crate) synthetic: Table,
    /// How the rows were planned, if they were.
    pub(crate) planned: Option<Planned>,
    /// What was said of their labels.
    pub(crate) labels: LabelAudit,
    /// The synthetic rows without those in quarantine.
    pub(crate) believed: Table,
    /// Empty before [`Made::augment`].
    pub(crate) augmented: Table,
}

impl Made {
    /// Puts the real rows and those of the study's ratio together.
    pub(crate) fn augment(&mut self, study: &Study, train: &Table) -> Result<()> {
        self.augmented = augment(study, train, &self.believed)?;
        Ok(())
    }

    /// The rows that the generator is judged by: those of a plan differ from the real ones on purpose.
    fn judged(&self) -> &Table {
        self.planned.as_ref().map_or(&self.synthetic, |planned| &planned.sample)
    }

    /// What the plan brought at the study's ratio.
    fn plan_report(&self, study: &Study, train: &Table) -> Result<Option<PlanReport>> {
        let Some(planned) = &self.planned else {
            return Ok(None);
        };
        let suspects: BTreeSet<usize> = if study.augment.quarantine {
            self.labels.quarantine.iter().map(|suspect| suspect.row).collect()
        } else {
            BTreeSet::new()
        };
        let added = added(study, train, &self.believed);
        let first: Vec<u32> = (0..added as u32).collect();
        let lines = planned.made.line.iter().enumerate();
        let line: Vec<u32> = lines
            .filter(|(row, _)| !suspects.contains(row))
            .map(|(_, &line)| line)
            .take(added)
            .collect();
        planned.report(train, &self.believed.take(&first), &line).map(Some)
    }
}

/// The study with ratios as shares of the plan turned into rows for each real one.
pub(crate) fn extended(study: &Study, made: &Made, real: &Real) -> Study {
    let extent = made.synthetic.rows() as f64 / real.train.rows().max(1) as f64;
    let mut out = study.clone();
    if out.experiment.ratios.is_empty() {
        out.experiment.ratios = PARTS_OF_A_PLAN.map(|part| part * study.augment.ratio).to_vec();
    }
    for ratio in &mut out.experiment.ratios {
        *ratio *= extent;
    }
    out.augment.ratio *= extent;
    out
}

/// How far to go with a plan, where the study does not say what is compared.
const PARTS_OF_A_PLAN: [f64; 3] = [0.25, 0.5, 1.0];

/// Runs a study: leaves `synthetic`, `augmented`, `model.plenish`, `report.html` and `verdict.json`
/// in its output folder and a version in its store. Nothing is written before everything is made.
pub fn run(study: &Study, caller: &Caller, cx: &Context) -> Result<Outcome> {
    outputs::check_folder(&study.output_folder())?;
    let real = study.read(cx)?;
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
    // How many rows a plan takes has to be known before arms can be compared.
    let early = match &recipe {
        Some(recipe) => Some(make(study, &real, Some(recipe), cx)?),
        None => None,
    };
    let mut chosen = early
        .as_ref()
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
    staged.bytes("model.plenish", &model_file(study, &made, &caller.code_version)?)?;
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
        plan,
        fit: made.model.summary(),
        files,
    })
}

/// What arms show in folds of the training rows, if the study asks for it.
fn in_folds(study: &Study, real: &Real, plan: Option<&PlanRecipe>, cx: &Context) -> Result<Option<CrossValidation>> {
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

/// Fits and generates: the part of a run that decides the bytes of its data.
pub(crate) fn make(study: &Study, real: &Real, plan: Option<&PlanRecipe>, cx: &Context) -> Result<Made> {
    let seed = Seed::new(study.seed);
    let model = fit(study, real, cx)?;
    let planned = match plan {
        Some(plan) => Some(plan.rows(&real.train, model.as_ref(), &seed, cx)?),
        None => None,
    };
    let synthetic = if let Some(planned) = &planned {
        planned.made.table.clone()
    } else {
        let condition = study.condition(real.train.schema())?.unwrap_or_default();
        let rows = rows_to_make(study, real.train.rows());
        cx.step("generating rows", rows, || {
            model.generate(&Ask::under(condition), 0..rows, &seed, cx)
        })?
    };
    let like = match &planned {
        Some(planned) => Some(planned.alike(&real.train, &study.target)?),
        None => None,
    };
    let labels = audit_labels(
        &real.train,
        Some(&real.test),
        &synthetic,
        &study.target,
        like.as_ref(),
        &seed,
        cx,
    )?;
    let believed = if study.augment.quarantine {
        quarantine::believed(&synthetic, &labels)
    } else {
        synthetic.clone()
    };
    let augmented = real.train.take(&[]);
    Ok(Made {
        model,
        synthetic,
        planned,
        labels,
        believed,
        augmented,
    })
}

/// The study's generator, fitted to its training rows.
pub(crate) fn fit(study: &Study, real: &Real, cx: &Context) -> Result<Box<dyn Model>> {
    let settings = Settings {
        preset: Preset::of(&study.generator.preset)?,
        condition_on: study.generator.condition_on.clone(),
        constraints: study.constraints(real.train.schema())?,
        ..Settings::default()
    };
    generator(&study.generator.name)?.fit(&real.train, &settings, &Seed::new(study.seed), cx)
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

/// Synthetic rows that the study's ratio asks for, as far as there are so many.
fn added(study: &Study, train: &Table, synthetic: &Table) -> usize {
    ((train.rows() as f64 * study.augment.ratio).round() as usize).min(synthetic.rows())
}

/// The real rows and as many synthetic ones as the study's ratio says, with where each row is from
/// and what it weighs.
fn augment(study: &Study, train: &Table, synthetic: &Table) -> Result<Table> {
    use plenish_table::{Column, ColumnSchema, ColumnType, TextColumn};
    let added = added(study, train, synthetic);
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
    let mut weights = vec![1.0; train.rows()];
    if study.augment.density_ratio {
        // Those of the experiment.
        let ratios = density_ratio_weights(train, synthetic, &Seed::new(study.seed), &Context::silent())?;
        let mean = ratios[..added].iter().sum::<f64>() / added.max(1) as f64;
        weights.extend(ratios[..added].iter().map(|ratio| ratio / mean * study.augment.weight));
    } else {
        weights.resize(train.rows() + added, study.augment.weight);
    }
    cells.push(Column::Real(weights));
    Table::new(Schema::new(columns)?, cells)
}
