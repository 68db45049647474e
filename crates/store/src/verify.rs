//! Checking that nothing changed since it was written.

use crate::blobs::{BlobId, hash_file};
use crate::chained::LogEntry;
use crate::disk;
use crate::log::Event;
use crate::record::VersionRecord;
use crate::store::{Store, commits, intent_problem};
use plenish_table::Result;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Damage {
    /// It is not there.
    Missing,
    /// Its content is not what was written.
    Altered,
    /// It ends in the middle of a line: a write was cut off. The next write repairs it.
    Unfinished,
    /// It is there, but nothing in the log accounts for it.
    Unaccounted,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// What is wrong.
    pub damage: Damage,
    /// The file, relative to the store's folder.
    pub file: String,
    /// The line in the file, from 1, for the log.
    pub line: Option<u64>,
    /// The version concerned.
    pub version: Option<String>,
    /// The output concerned, by its name in the record.
    pub output: Option<String>,
    /// What was found, in words.
    pub message: String,
}

/// What a verification looked at and found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Verification {
    /// The versions that were checked, in the order they were recorded.
    pub versions: Vec<String>,
    /// Entries of the log that were checked.
    pub log_entries: usize,
    /// Blobs whose content was hashed.
    pub blobs: usize,
    /// Bytes that were hashed in them.
    pub bytes: u64,
    /// Everything that is wrong; empty if nothing is.
    pub findings: Vec<Finding>,
}

impl Verification {
    /// Whether everything is as it was written.
    pub fn ok(&self) -> bool {
        self.findings.is_empty()
    }
}

/// The files already hashed, so that content shared by versions is read once.
struct Check<'a> {
    store: &'a Store,
    hashed: BTreeMap<String, Option<BlobId>>,
    out: Verification,
}

impl Store {
    /// Hashes again everything that a version (all versions if none is named) consists of: its
    /// record, its outputs, and the whole log; with all versions also every other blob of the
    /// store. Lists each missing or altered file by name. Fails only when `name` names no version
    /// or a file cannot be read.
    pub fn verify(&self, name: Option<&str>) -> Result<Verification> {
        let log = self.read_log()?;
        let one = name.map(|name| self.resolve(name)).transpose()?;
        let mut check = Check {
            store: self,
            hashed: BTreeMap::new(),
            out: Verification {
                log_entries: log.entries.len(),
                ..Verification::default()
            },
        };
        for (line, what) in &log.damage {
            check.log_finding(Damage::Altered, *line, what.clone());
        }
        if let Some((bytes, _)) = log.torn {
            check.log_finding(
                Damage::Unfinished,
                (log.entries.len() + log.damage.len()) as u64 + u64::from(!log.torn.is_some_and(|t| t.1)),
                format!("the last line is unfinished ({bytes} bytes): a write was cut off; the next run repairs it"),
            );
        }
        let mut seen = BTreeSet::new();
        for entry in &log.entries {
            if let Event::Commit { version, record } = &entry.event
                && one.as_ref().is_none_or(|id| id == version)
                && seen.insert(version.clone())
            {
                check.version(version, record, entry, &log.entries)?;
            }
        }
        if one.is_none() {
            check.unaccounted(&log.entries)?;
            check.all_objects()?;
        }
        let mut out = check.out;
        out.findings.sort();
        out.findings.dedup();
        Ok(out)
    }
}

impl Check<'_> {
    fn relative(&self, path: &Path) -> String {
        let path = path.strip_prefix(&self.store.folder).unwrap_or(path);
        let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
        parts.join("/")
    }

    fn log_finding(&mut self, damage: Damage, line: u64, message: String) {
        self.out.findings.push(Finding {
            damage,
            file: "log.jsonl".to_owned(),
            line: Some(line),
            version: None,
            output: None,
            message,
        });
    }

    fn finding(&mut self, damage: Damage, path: &Path, version: Option<&str>, output: Option<&str>, message: String) {
        let file = self.relative(path);
        self.out.findings.push(Finding {
            damage,
            file,
            line: None,
            version: version.map(str::to_owned),
            output: output.map(str::to_owned),
            message,
        });
    }

    fn version(&mut self, id: &str, record_hash: &str, commit: &LogEntry, entries: &[LogEntry]) -> Result<()> {
        self.out.versions.push(id.to_owned());
        let path = self.store.record_path(id);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let message = format!("the record of version {id} is missing");
                self.finding(Damage::Missing, &path, Some(id), None, message);
                return Ok(());
            }
            Err(e) => return Err(plenish_table::Error::io("read", &path, &e)),
        };
        if *blake3::hash(&bytes).to_hex() != *record_hash {
            let message = format!("the record of version {id} is not the one the log names");
            self.finding(Damage::Altered, &path, Some(id), None, message);
        }
        let record = match VersionRecord::from_bytes(&bytes, id, &path) {
            Ok(record) => record,
            Err(error) => {
                self.finding(Damage::Altered, &path, Some(id), None, error.message().to_owned());
                return Ok(());
            }
        };
        if record.intent.as_ref().is_some_and(|i| i.entry >= commit.number) {
            let message = "the criteria were fixed after the version was recorded".to_owned();
            self.finding(Damage::Altered, &path, Some(id), None, message);
        } else if let Some(problem) = intent_problem(&record, entries) {
            self.finding(Damage::Altered, &path, Some(id), None, problem);
        }
        for parent in &record.parents {
            if !entries.iter().any(|e| commits(e) == Some(parent)) {
                let message = format!("its parent {parent} is not in the log");
                self.finding(Damage::Unaccounted, &path, Some(id), None, message);
            }
        }
        for (name, blob) in &record.outputs {
            self.output(id, name, blob)?;
        }
        Ok(())
    }

    fn output(&mut self, id: &str, name: &str, blob: &BlobId) -> Result<()> {
        let Some(path) = self.store.blobs.path(&blob.blake3) else {
            let message = format!("the output '{name}' has no valid hash");
            let record = self.store.record_path(id);
            self.finding(Damage::Altered, &record, Some(id), Some(name), message);
            return Ok(());
        };
        match self.hash(&blob.blake3, &path)? {
            None => {
                let message = format!("the output '{name}' is missing");
                self.finding(Damage::Missing, &path, Some(id), Some(name), message);
            }
            Some(found) if found != *blob => {
                let message = format!(
                    "the output '{name}' was changed: {} bytes with the SHA-256 {}, recorded were {} bytes with {}",
                    found.bytes, found.sha256, blob.bytes, blob.sha256
                );
                self.finding(Damage::Altered, &path, Some(id), Some(name), message);
            }
            Some(_) => {}
        }
        Ok(())
    }

    fn hash(&mut self, blake3: &str, path: &Path) -> Result<Option<BlobId>> {
        if let Some(known) = self.hashed.get(blake3) {
            return Ok(known.clone());
        }
        let found = if path.exists() { Some(hash_file(path)?) } else { None };
        if let Some(found) = &found {
            self.out.blobs += 1;
            self.out.bytes += found.bytes;
        }
        self.hashed.insert(blake3.to_owned(), found.clone());
        Ok(found)
    }

    /// Records that no line of the log names: lines were cut off the log, or the files were put there.
    fn unaccounted(&mut self, entries: &[LogEntry]) -> Result<()> {
        for path in disk::files_in(&self.store.folder.join("versions"))? {
            let name = disk::file_name(&path);
            let known = name
                .strip_suffix(".json")
                .is_some_and(|id| entries.iter().any(|e| commits(e) == Some(id)));
            if !known {
                let message = "the log does not name this version: the log was shortened or damaged, \
                               or the file was put here by hand"
                    .to_owned();
                self.finding(Damage::Unaccounted, &path, name.strip_suffix(".json"), None, message);
            }
        }
        Ok(())
    }

    /// Blobs that no version names are left by runs that did not finish; they too must be what
    /// their names say.
    fn all_objects(&mut self) -> Result<()> {
        for folder in disk::files_in(&self.store.blobs.objects)? {
            if !folder.is_dir() {
                continue;
            }
            for path in disk::files_in(&folder)? {
                let blake3 = disk::file_name(&folder) + &disk::file_name(&path);
                let already = self.hashed.contains_key(&blake3);
                if !already && self.hash(&blake3, &path)?.is_some_and(|found| found.blake3 != blake3) {
                    let message = "the content is not what the name says".to_owned();
                    self.finding(Damage::Altered, &path, None, None, message);
                }
            }
        }
        Ok(())
    }
}
