use super::{say, say_json, text};
use crate::arguments::Store as Asked;
use plenish_store::{Event, Store};
use plenish_study::{folder_of, regenerate};
use plenish_table::{Context, Result};
use serde_json::json;

pub(crate) fn store(asked: &Asked, json: bool, cx: &Context) -> Result<u8> {
    match asked {
        Asked::Log(folder) => log(&Store::open(&folder.study)?, json),
        Asked::Show { version, folder } => show(&Store::open(&folder.study)?, version, json),
        Asked::Verify {
            version,
            regenerate,
            folder,
        } => verify(&Store::open(&folder.study)?, version.as_deref(), *regenerate, json, cx),
    }
}

fn log(store: &Store, json: bool) -> Result<u8> {
    let log = store.log()?;
    if json {
        say_json(&json!({ "entries": log }))?;
        return Ok(0);
    }
    let mut lines = vec![["#", "at", "event", "what"].map(str::to_owned).to_vec()];
    for entry in log {
        let (event, what) = match &entry.event {
            Event::Intent { criteria_hash, .. } => (
                "intent",
                format!("criteria {}", criteria_hash.get(..16).unwrap_or(criteria_hash)),
            ),
            Event::Commit { version, .. } => {
                let verdict = store
                    .show(version)
                    .ok()
                    .and_then(|r| r.verdict["verdict"].as_str().map(str::to_owned));
                ("version", format!("{version} {}", verdict.unwrap_or_default()))
            }
        };
        lines.push(vec![entry.number.to_string(), entry.at, event.to_owned(), what]);
    }
    say(&text::columns(&lines, &[0]));
    Ok(0)
}

fn show(store: &Store, version: &str, json: bool) -> Result<u8> {
    let record = store.show(version)?;
    if json {
        say_json(&record)?;
        return Ok(0);
    }
    say(&format!(
        "version {} ({}), made {} by plenish {}",
        record.id, record.kind, record.created, record.code_version
    ));
    say(&format!("seed {}, criteria {}", record.seed, record.criteria_hash));
    let mut lines = vec![["input", "rows", "path", "sha256"].map(str::to_owned).to_vec()];
    for input in &record.inputs {
        lines.push(vec![
            input.name.clone(),
            text::count(input.rows),
            input.path.clone(),
            input.sha256.clone(),
        ]);
    }
    lines.push(Vec::new());
    lines.push(["output", "bytes", "", "sha256"].map(str::to_owned).to_vec());
    for (name, blob) in &record.outputs {
        lines.push(vec![
            name.clone(),
            text::count(blob.bytes),
            String::new(),
            blob.sha256.clone(),
        ]);
    }
    say(&text::columns(&lines, &[1]));
    if let Some(verdict) = record.verdict["verdict"].as_str() {
        say(&format!("verdict: {verdict}"));
        for reason in record.verdict["reasons"].as_array().into_iter().flatten() {
            say(&format!("  - {}", reason.as_str().unwrap_or_default()));
        }
    }
    Ok(0)
}

fn verify(store: &Store, version: Option<&str>, again: bool, json: bool, cx: &Context) -> Result<u8> {
    let verification = store.verify(version)?;
    let mut regenerated = Vec::new();
    if again && verification.ok() {
        for id in &verification.versions {
            let record = store.show(id)?;
            regenerated.push((id.clone(), regenerate(&record, folder_of(store), cx)?));
        }
    }
    let same = regenerated.iter().all(|(_, files)| files.iter().all(|f| f.same));
    let ok = verification.ok() && same;
    if json {
        let again: Vec<_> = regenerated
            .iter()
            .map(|(id, files)| json!({ "version": id, "files": files }))
            .collect();
        say_json(&json!({ "ok": ok, "verification": verification, "regenerated": again }))?;
    } else {
        for finding in &verification.findings {
            say(&format!("{}: {}", finding.file, finding.message));
        }
        for (id, files) in &regenerated {
            for file in files {
                let word = if file.same { "same bytes" } else { "DIFFERENT BYTES" };
                say(&format!("{id} {}: {word}", file.name));
            }
        }
        say(&format!(
            "{} versions, {} log entries, {} files of {} bytes: {}",
            verification.versions.len(),
            verification.log_entries,
            verification.blobs,
            text::count(verification.bytes),
            if ok { "all as written" } else { "NOT as written" }
        ));
    }
    Ok(u8::from(!ok))
}
