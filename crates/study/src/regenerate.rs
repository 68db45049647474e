//! Running a recorded version again and comparing the bytes.

use crate::comparison::best;
use crate::making::{extended, generated, make, model_file};
use crate::planning::PlanRecipe;
use crate::private::{Private, RELEASE};
use crate::{Study, outputs};
use plenish_evaluate::CrossValidation;
use plenish_store::{Store, VersionRecord, hash_file};
use plenish_table::{Context, Error, Result};
use serde::Serialize;
use std::path::Path;

/// One file made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Regenerated {
    /// The output's name.
    pub name: String,
    /// BLAKE3 of the recorded file.
    pub recorded: String,
    /// BLAKE3 of the file made now.
    pub now: String,
    /// Whether they are the same bytes.
    pub same: bool,
}

/// Makes the data and the model of a version again, from its record and the inputs it names in
/// `folder`, and compares the bytes. Fails when an input is absent or no longer what it was.
pub fn regenerate(record: &VersionRecord, folder: &Path, cx: &Context) -> Result<Vec<Regenerated>> {
    let mut study = Study::from_resolved(&record.settings)?.in_folder(folder);
    if study.privacy.is_some() {
        return from_model(record, &study, cx);
    }
    for input in &record.inputs {
        let path = folder.join(&input.path);
        let now = hash_file(&path)?;
        if now.blake3 != input.blake3 {
            return Err(Error::data(format!(
                "the input '{}' is not what version {} was made from",
                input.name, record.id
            ))
            .in_file(path.display().to_string())
            .help(format!("bring back the file with the BLAKE3 hash {}", input.blake3)));
        }
    }
    let real = study.read(cx)?;
    // What the folds chose is in the figures: the settings are those that were fixed before.
    let folds = record.figures["experiment"]["folds"].clone();
    let recipe = match PlanRecipe::read(&study, &real, cx)? {
        Some(recipe) => Some(recipe.try_rounds(&study, &real, cx)?),
        None => None,
    };
    let early = match &recipe {
        Some(recipe) => Some(make(&study, &real, Some(recipe), cx)?),
        None => None,
    };
    if let Some(made) = &early {
        study = extended(&study, made, &real);
    }
    if let Some(chosen) = serde_json::from_value::<CrossValidation>(folds)
        .ok()
        .as_ref()
        .and_then(|folds| best(folds, study.augment))
    {
        study.augment = study.augment.chosen(chosen);
    }
    let mut made = match early {
        Some(made) => made,
        None => make(&study, &real, None, cx)?,
    };
    made.augment(&study, &real.train)?;
    let scratch = tempfile::tempdir().map_err(|e| Error::io("make", &std::env::temp_dir(), &e))?;
    let mut staged = outputs::Staged::new(scratch.path())?;
    staged.tables(&study, &made, cx)?;
    staged.bytes("model.plenish", &model_file(&study, &made, &record.code_version)?)?;
    staged
        .files()
        .iter()
        // Versions of before there was a quarantine have none.
        .filter(|(name, _)| record.outputs.contains_key(name) || !name.starts_with("quarantine."))
        .map(|(name, path)| {
            let recorded = record
                .outputs
                .get(name)
                .ok_or_else(|| Error::data(format!("version {} has no output '{name}'", record.id)))?;
            let now = hash_file(path)?.blake3;
            Ok(Regenerated {
                name: name.clone(),
                recorded: recorded.blake3.clone(),
                same: now == recorded.blake3,
                now,
            })
        })
        .collect()
}

/// The rows of a private version again, from the model in the store: the noise of its fit is never drawn again, and
/// learning once more would be charged. So the model itself is not among what is compared.
fn from_model(record: &VersionRecord, study: &Study, cx: &Context) -> Result<Vec<Regenerated>> {
    let store = Store::open(&study.store_folder())?;
    let blob = record
        .outputs
        .get(&format!("{RELEASE}/model.plenish"))
        .ok_or_else(|| Error::data(format!("version {} has no model", record.id)))?;
    let path = store.get(blob)?;
    let bytes = std::fs::read(&path).map_err(|e| Error::io("read", &path, &e))?;
    let model = plenish_private::open(&bytes)?;
    let rows = study
        .generator
        .rows
        .unwrap_or_else(|| Private::rows_to_make(model.summary().rows as u64));
    let synthetic = generated(study, model.as_ref(), model.schema(), rows, cx)?;
    let scratch = tempfile::tempdir().map_err(|e| Error::io("make", &std::env::temp_dir(), &e))?;
    let mut staged = outputs::Staged::new(scratch.path())?;
    for format in &study.output.formats {
        staged.table(&format!("synthetic.{format}"), &synthetic, cx)?;
    }
    staged
        .files()
        .iter()
        .map(|(name, path)| {
            let name = format!("{RELEASE}/{name}");
            let recorded = record
                .outputs
                .get(&name)
                .ok_or_else(|| Error::data(format!("version {} has no output '{name}'", record.id)))?;
            let now = hash_file(path)?.blake3;
            Ok(Regenerated {
                name,
                recorded: recorded.blake3.clone(),
                same: now == recorded.blake3,
                now,
            })
        })
        .collect()
}

/// The study's folder of a store: the folder that `.plenish` stands in.
pub fn folder_of(store: &Store) -> &Path {
    store
        .folder()
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}
