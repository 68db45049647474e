//! Making rows: the part of a run that decides the bytes of its data.

use crate::flow::Caller;
use crate::input::Real;
use crate::planning::{PlanRecipe, Planned};
use crate::private::{Privacy, Private, RELEASE};
use crate::{Study, outputs, quarantine};
use plenish_evaluate::{LabelAudit, audit_labels, density_ratio_weights};
use plenish_plan::PlanReport;
use plenish_synth::{Ask, Model, Preset, Provenance, Settings, generator, save_with};
use plenish_table::{Context, Error, Result, Schema, Seed, Table};
use std::collections::BTreeSet;
use std::sync::Arc;

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
    pub(crate) fn judged(&self) -> &Table {
        self.planned.as_ref().map_or(&self.synthetic, |planned| &planned.sample)
    }

    /// What the plan brought at the study's ratio.
    pub(crate) fn plan_report(&self, study: &Study, train: &Table) -> Result<Option<PlanReport>> {
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

/// Fits and generates: the part of a run that decides the bytes of its data.
pub(crate) fn make(study: &Study, real: &Real, plan: Option<&PlanRecipe>, cx: &Context) -> Result<Made> {
    let model = fit(study, real, cx)?;
    let rows = rows_to_make(study, real.train.rows());
    made_by(study, real, model, rows, plan, cx)
}

/// Fits a private engine once, charged before anything is drawn, and makes its rows. Files that the promise covers are
/// in their place when this returns: they are paid for, whatever happens to the rest of the run.
pub(crate) fn make_privately(
    study: &Study,
    private: &Private,
    real: &Real,
    rows: &Table,
    caller: &Caller,
    cx: &Context,
) -> Result<(Made, Privacy)> {
    let model = private.fit(rows, &caller.now, cx)?;
    let mut told = private.told(&model, rows)?;
    Private::warn_of_outside(&told.outside, &private.domain.unit, cx);
    let count = study
        .generator
        .rows
        .unwrap_or_else(|| Private::rows_to_make(model.estimated_rows()));
    let synthetic = generated(study, &model, model.schema(), count, cx);
    let provenance = Provenance {
        program: format!("plenish {}", caller.code_version),
        ..Provenance::default()
    };
    let folder = study.output_folder().join(RELEASE);
    outputs::check_folder(&folder)?;
    let mut staged = outputs::Staged::new(&folder)?;
    staged.bytes("model.plenish", &save_with(&model, &provenance)?)?;
    let evidence = serde_json::to_string_pretty(&told.evidence).map_err(|e| Error::internal(e.to_string()))?;
    staged.bytes("evidence.json", format!("{evidence}\n").as_bytes())?;
    if let Ok(synthetic) = &synthetic {
        for format in &study.output.formats {
            staged.table(&format!("synthetic.{format}"), synthetic, cx)?;
        }
    }
    told.released = staged
        .files()
        .iter()
        .map(|(name, _)| format!("{RELEASE}/{name}"))
        .collect();
    staged.publish()?;
    // A condition that no row satisfies costs the rows, not the model.
    let synthetic = synthetic?;
    // From here on the rows are given.
    let made = made_from(study, real, Box::new(model), synthetic, None, cx)?;
    Ok((made, told))
}

fn made_by(
    study: &Study,
    real: &Real,
    model: Box<dyn Model>,
    rows: u64,
    plan: Option<&PlanRecipe>,
    cx: &Context,
) -> Result<Made> {
    let seed = Seed::new(study.seed);
    let planned = match plan {
        Some(plan) => Some(plan.rows(&real.train, model.as_ref(), &seed, cx)?),
        None => None,
    };
    let synthetic = if let Some(planned) = &planned {
        planned.made.table.clone()
    } else {
        generated(study, model.as_ref(), real.train.schema(), rows, cx)?
    };
    made_from(study, real, model, synthetic, planned, cx)
}

/// The first `rows` rows that a model makes under the study's condition on columns of `schema`.
pub(crate) fn generated(study: &Study, model: &dyn Model, schema: &Schema, rows: u64, cx: &Context) -> Result<Table> {
    let condition = study.condition(schema)?.unwrap_or_default();
    cx.step("generating rows", rows, || {
        model.generate(&Ask::under(condition), 0..rows, &Seed::new(study.seed), cx)
    })
}

/// Rows that are there, with what is said of their labels.
fn made_from(
    study: &Study,
    real: &Real,
    model: Box<dyn Model>,
    synthetic: Table,
    planned: Option<Planned>,
    cx: &Context,
) -> Result<Made> {
    let seed = Seed::new(study.seed);
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
