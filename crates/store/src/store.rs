//! The store as its users see it.

use crate::blobs::{BlobId, Blobs, is_hash};
use crate::canonical::hash_json;
use crate::chained::{LogEntry, LogRead, append_log, read_log, repair_log};
use crate::disk::{self, Lock};
use crate::log::{Event, IntentRef};
use crate::record::{FORMAT, Input, VersionRecord};
use plenish_table::{Error, Result};
use serde_json::Value;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The store's folder beside a study file.
pub const FOLDER_NAME: &str = ".plenish";

/// The whole of `store.json`; its bytes never change within a format.
pub(crate) fn marker() -> String {
    format!("{{\n  \"plenish_store\": true,\n  \"format\": {FORMAT}\n}}\n")
}

/// A store in a folder. Cheap to open; holds no file open and no lock between calls.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) folder: PathBuf,
    pub(crate) blobs: Blobs,
}

impl Store {
    fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            blobs: Blobs {
                objects: folder.join("objects"),
                temporary: folder.join("tmp"),
            },
        }
    }

    /// Opens the store in `folder` (as a rule `.plenish` beside the study file), makes one if there
    /// is none, and repairs what a killed process left behind. Fails when the folder cannot be
    /// written or was made by a newer Plenish.
    pub fn open_or_create(folder: &Path) -> Result<Self> {
        let store = Self::at(folder);
        for part in ["objects", "versions", "staged", "tmp"] {
            disk::make_folder(&folder.join(part))?;
        }
        // Whoever else writes at this moment also repairs; there is no need to wait.
        let lock = Lock::if_free(&store.lock_path())?;
        if !store.is_store() {
            // Whoever repairs at this moment removes unfinished files, and the marker is one: wait.
            let _held = match &lock {
                Some(_) => None,
                None => Some(Lock::shared(&store.lock_path())?),
            };
            disk::write_atomic(&store.blobs.temporary, &folder.join("store.json"), marker().as_bytes())?;
        }
        store.check_marker()?;
        if lock.is_some() {
            store.recover()?;
        }
        Ok(store)
    }

    /// Opens the store in `folder`, which is the store's own folder or the one that holds
    /// `.plenish`. Writes nothing. Fails when there is none.
    pub fn open(folder: &Path) -> Result<Self> {
        let inner = Self::at(&folder.join(FOLDER_NAME));
        for store in [Self::at(folder), inner] {
            if store.is_store() {
                store.check_marker()?;
                return Ok(store);
            }
        }
        Err(Error::usage("there is no store here")
            .in_file(folder.display().to_string())
            .help(format!(
                "name the folder of a study that has run (it holds a folder {FOLDER_NAME}), or run one first with `plenish run`"
            )))
    }

    /// The store's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn is_store(&self) -> bool {
        self.folder.join("store.json").exists()
    }

    fn check_marker(&self) -> Result<()> {
        let path = self.folder.join("store.json");
        let text = std::fs::read(&path).map_err(|e| Error::io("read", &path, &e))?;
        if text == marker().as_bytes() {
            return Ok(());
        }
        let found = serde_json::from_slice::<Value>(&text)
            .ok()
            .and_then(|v| v.get("format").and_then(Value::as_u64));
        Err(match found {
            Some(format) if format > u64::from(FORMAT) => Error::data(format!(
                "the store has format {format}, and this program reads format {FORMAT}"
            ))
            .help("use a newer Plenish"),
            _ => Error::data("the file that names the store's format is damaged").help(format!(
                "if the store has format {FORMAT}, give the file this content: {}",
                marker().split_whitespace().collect::<String>()
            )),
        }
        .in_file(path.display().to_string()))
    }

    pub(crate) fn lock_path(&self) -> PathBuf {
        self.folder.join("lock")
    }

    pub(crate) fn log_path(&self) -> PathBuf {
        self.folder.join("log.jsonl")
    }

    fn version_path(&self, id: &str) -> PathBuf {
        self.folder.join("versions").join(format!("{id}.json"))
    }

    fn staged_path(&self, id: &str) -> PathBuf {
        self.folder.join("staged").join(format!("{id}.json"))
    }

    /// Where the record of a committed version lies: its place, or, when the process that
    /// committed it was killed before the last step, the way there.
    pub(crate) fn record_path(&self, id: &str) -> PathBuf {
        let (settled, staged) = (self.version_path(id), self.staged_path(id));
        if !settled.exists() && staged.exists() {
            staged
        } else {
            settled
        }
    }

    /// Ends what a killed process began; the caller holds the exclusive lock.
    fn recover(&self) -> Result<()> {
        repair_log::<Event>(&self.log_path())?;
        let staged = disk::files_in(&self.folder.join("staged"))?;
        if !staged.is_empty() {
            let log = self.read_log()?;
            for path in staged {
                let name = disk::file_name(&path);
                let known = name
                    .strip_suffix(".json")
                    .filter(|id| log.entries.iter().any(|e| commits(e) == Some(*id)));
                if let Some(id) = known {
                    self.settle(id)?;
                } else {
                    remove(&path)?;
                }
            }
        }
        for path in disk::files_in(&self.blobs.temporary)? {
            remove(&path)?;
        }
        Ok(())
    }

    fn settle(&self, id: &str) -> Result<()> {
        let (from, to) = (self.staged_path(id), self.version_path(id));
        std::fs::rename(&from, &to).map_err(|e| Error::io("write", &to, &e))?;
        disk::sync_folder(&self.folder.join("versions"))
    }

    /// Takes a file into the store; content that is there already is not stored again.
    pub fn put_file(&self, path: &Path) -> Result<BlobId> {
        let _lock = Lock::shared(&self.lock_path())?;
        self.blobs.put_file(path)
    }

    /// Takes bytes into the store; content that is there already is not stored again.
    pub fn put_bytes(&self, bytes: &[u8]) -> Result<BlobId> {
        let _lock = Lock::shared(&self.lock_path())?;
        self.blobs.put_bytes(bytes)
    }

    /// The path of a blob, to be read only. Fails when it is absent; [`Store::verify`] tells
    /// whether it is whole.
    pub fn get(&self, blob: &BlobId) -> Result<PathBuf> {
        let path = self.blobs.path(&blob.blake3).ok_or_else(|| {
            Error::usage(format!("'{}' is no blob's name", blob.blake3))
                .help("a blob is named by the 64 hexadecimal digits of its BLAKE3 hash")
        })?;
        if path.is_file() {
            Ok(path)
        } else {
            Err(Error::data("the blob is missing from the store")
                .in_file(path.display().to_string())
                .help("restore it from a copy, or run the study again: the same content heals the store"))
        }
    }

    /// Writes into the log, before anything is generated, which criteria, settings and inputs a
    /// run is bound to. `at` is the time as text, `criteria_hash` as from [`hash_json`].
    pub fn record_intent(
        &self,
        at: &str,
        criteria_hash: &str,
        settings: &Value,
        inputs: &[Input],
    ) -> Result<IntentRef> {
        let event = Event::Intent {
            criteria_hash: criteria_hash.to_owned(),
            settings_hash: hash_json(settings),
            inputs: inputs.iter().map(|i| (i.name.clone(), i.blake3.clone())).collect(),
        };
        let _lock = Lock::exclusive(&self.lock_path())?;
        repair_log::<Event>(&self.log_path())?;
        let entries = self.log()?;
        let entry = append_log(&self.log_path(), at, event, entries.last())?;
        Ok(IntentRef {
            entry: entry.number,
            hash: entry.hash,
        })
    }

    /// Records a version, whole or not at all, and returns its id. `record.id` and
    /// `record.format` are set here. Fails, leaving the store as it was, when an output is not in
    /// the store, a parent is unknown, or the intent does not fit. Recording the same content
    /// again changes nothing.
    pub fn commit(&self, mut record: VersionRecord) -> Result<String> {
        record.format = FORMAT;
        record.id = record.content_id()?;
        let id = record.id.clone();
        let _lock = Lock::exclusive(&self.lock_path())?;
        self.recover()?;
        let entries = self.log()?;
        self.check_new(&record, &entries)?;
        let bytes = record.to_bytes()?;
        if entries.iter().any(|e| commits(e) == Some(&id)) {
            // The same content once more: nothing to record, but a lost or damaged file is healed.
            disk::write_atomic(&self.blobs.temporary, &self.version_path(&id), &bytes)?;
            return Ok(id);
        }
        disk::write_atomic(&self.blobs.temporary, &self.staged_path(&id), &bytes)?;
        let event = Event::Commit {
            version: id.clone(),
            record: blake3::hash(&bytes).to_hex().to_string(),
        };
        append_log(&self.log_path(), &record.created, event, entries.last())?;
        self.settle(&id)?;
        Ok(id)
    }

    fn check_new(&self, record: &VersionRecord, entries: &[LogEntry]) -> Result<()> {
        for (name, blob) in &record.outputs {
            self.get(blob).map_err(|e| {
                Error::data(format!("the output '{name}': {e}")).help("store the file before the version")
            })?;
        }
        for input in &record.inputs {
            if !is_hash(&input.blake3) || !is_hash(&input.sha256) {
                return Err(Error::internal(format!("the input '{}' has no valid hash", input.name)));
            }
        }
        for parent in &record.parents {
            if !entries.iter().any(|e| commits(e) == Some(parent)) {
                return Err(unknown(parent, entries).in_file(self.folder.display().to_string()));
            }
        }
        match intent_problem(record, entries) {
            None => Ok(()),
            Some(problem) => Err(Error::internal(problem)),
        }
    }

    pub(crate) fn read_log(&self) -> Result<LogRead> {
        read_log(&self.log_path())
    }

    /// All entries of the log, in order. Fails, naming the line, when the log is damaged; an
    /// unfinished last line is left out.
    pub fn log(&self) -> Result<Vec<LogEntry>> {
        self.read_log()?.into_entries(&self.log_path())
    }

    /// The ids of all versions, in the order they were recorded.
    pub fn versions(&self) -> Result<Vec<String>> {
        Ok(self.log()?.iter().filter_map(commits).map(str::to_owned).collect())
    }

    /// The full id of a version named by its id, by the beginning of it if that is unique, or as
    /// `latest`. Fails when there is none (naming near ones) or more than one.
    pub fn resolve(&self, name: &str) -> Result<String> {
        let log = self.read_log()?;
        let found = resolve(name, &log.entries).map_err(|e| e.in_file(self.folder.display().to_string()));
        // A damaged log does not tell which version is the latest, nor which are not there.
        if !log.damage.is_empty() && (found.is_err() || name.eq_ignore_ascii_case("latest")) {
            log.into_entries(&self.log_path())?;
        }
        found
    }

    /// The record of a version; see [`Store::resolve`] for how it may be named. Fails, naming the
    /// file, when the record is damaged.
    pub fn show(&self, name: &str) -> Result<VersionRecord> {
        let id = self.resolve(name)?;
        let path = self.record_path(&id);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == ErrorKind::NotFound => {
                return Err(Error::data(format!("the record of version {id} is missing"))
                    .in_file(path.display().to_string())
                    .help("restore the file from a copy"));
            }
            Err(e) => return Err(Error::io("read", &path, &e)),
        };
        VersionRecord::from_bytes(&bytes, &id, &path)
    }
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(Error::io("remove the leftover", path, &e)),
        _ => Ok(()),
    }
}

/// The version an entry commits.
pub(crate) fn commits(entry: &LogEntry) -> Option<&str> {
    match &entry.event {
        Event::Commit { version, .. } => Some(version),
        Event::Intent { .. } => None,
    }
}

/// What is wrong between a record and the intent it names; none if nothing is, or none is named.
pub(crate) fn intent_problem(record: &VersionRecord, entries: &[LogEntry]) -> Option<String> {
    let named = record.intent.as_ref()?;
    let Some(entry) = entries.iter().find(|e| e.number == named.entry && e.hash == named.hash) else {
        return Some(format!(
            "the log has no entry {} with the hash the record names",
            named.entry
        ));
    };
    let Event::Intent {
        criteria_hash,
        settings_hash,
        inputs,
    } = &entry.event
    else {
        return Some(format!("entry {} of the log is not an intent", named.entry));
    };
    if *criteria_hash != record.criteria_hash {
        return Some("the criteria are not those that were fixed before generation".to_owned());
    }
    if *settings_hash != hash_json(&record.settings) {
        return Some("the settings are not those that were fixed before generation".to_owned());
    }
    let same =
        inputs.len() == record.inputs.len() && record.inputs.iter().all(|i| inputs.get(&i.name) == Some(&i.blake3));
    (!same).then(|| "the inputs are not those that were fixed before generation".to_owned())
}

fn resolve(name: &str, entries: &[LogEntry]) -> Result<String> {
    let ids: Vec<&str> = entries.iter().filter_map(commits).collect();
    if name.eq_ignore_ascii_case("latest") {
        return ids
            .last()
            .map(|&id| id.to_owned())
            .ok_or_else(|| Error::usage("the store holds no version yet").help("run a study with `plenish run`"));
    }
    let wanted = name.to_ascii_lowercase();
    if wanted.is_empty() {
        return Err(unknown(name, entries));
    }
    let mut found: Vec<&str> = ids.iter().copied().filter(|id| id.starts_with(&wanted)).collect();
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [] => Err(unknown(name, entries)),
        [one] => Ok((*one).to_owned()),
        many => Err(Error::usage(format!("'{name}' names {} versions", many.len()))
            .help(format!("give more digits of one of: {}", shown(many)))),
    }
}

fn unknown(name: &str, entries: &[LogEntry]) -> Error {
    let error = Error::usage(format!("there is no version '{name}'"));
    let mut ids: Vec<&str> = entries.iter().filter_map(commits).collect();
    if ids.is_empty() {
        return error.help("the store holds no version yet; run a study with `plenish run`");
    }
    ids.reverse();
    let wanted = name.to_ascii_lowercase();
    let common = |id: &str| id.bytes().zip(wanted.bytes()).take_while(|(a, b)| a == b).count();
    let near: Vec<&str> = ids
        .iter()
        .copied()
        .filter(|id| common(id) >= 3 || strsim::damerau_levenshtein(id, &wanted) <= 3)
        .collect();
    if near.is_empty() {
        error.help(format!(
            "the versions are (latest first): {}; `latest` names the first",
            shown(&ids)
        ))
    } else {
        error.help(format!("did you mean {}?", shown(&near)))
    }
}

fn shown(ids: &[&str]) -> String {
    let more = ids.len().saturating_sub(8);
    let text = ids[..ids.len() - more].join(", ");
    if more > 0 {
        format!("{text} and {more} more")
    } else {
        text
    }
}
