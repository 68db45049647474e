//! The record of a version: everything needed to know, check and repeat it.

use crate::blobs::BlobId;
use crate::canonical::canonical_json;
use crate::log::IntentRef;
use plenish_table::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// The format of records, of the log and of the store's folder that this version writes.
pub const FORMAT: u32 = 1;

/// Digits of a version's id.
pub(crate) const ID_DIGITS: usize = 16;

/// Whether `text` can be a version's id; anything else must not become part of a path.
pub(crate) fn is_id(text: &str) -> bool {
    text.len() == ID_DIGITS && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// One version: a data set, a model, a study's outcome.
///
/// Its identity is the hash of its content: the canonical JSON of all fields but `id`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionRecord {
    /// Format of this record.
    pub format: u32,
    /// The first 16 digits of the BLAKE3 hash of the content; set by the store.
    pub id: String,
    /// What it is: `study`, `data`, `model`, `report`.
    pub kind: String,
    /// When it was made, as text (RFC 3339), given by the caller.
    pub created: String,
    /// The versions it was made from.
    pub parents: Vec<String>,
    /// What was read; not kept in the store, only named.
    pub inputs: Vec<Input>,
    /// The settings, with every default filled in.
    pub settings: Value,
    /// BLAKE3 of the canonical JSON of the success criteria.
    pub criteria_hash: String,
    /// The entry of the log, written before anything was generated, that fixed criteria, settings
    /// and inputs.
    pub intent: Option<IntentRef>,
    /// The seed all randomness came from.
    pub seed: u64,
    /// Version of the program that made it.
    pub code_version: String,
    /// The machine it was made on.
    pub environment: Environment,
    /// What was made, by name; kept in the store.
    pub outputs: BTreeMap<String, BlobId>,
    /// What was measured.
    pub figures: Value,
    /// What was concluded, with reasons; null if nothing was judged.
    pub verdict: Value,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// What it was used as: `train`, `test`.
    pub name: String,
    /// The path as the study names it.
    pub path: String,
    /// BLAKE3 of the file, in hexadecimal.
    pub blake3: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Rows read from it.
    pub rows: u64,
}

impl Input {
    /// The input `name` at `path`, whose content is `blob` and held `rows` rows.
    pub fn new(name: impl Into<String>, path: impl Into<String>, blob: BlobId, rows: u64) -> Self {
        Self {
            name: name.into(),
            path: path.into(),
            blake3: blob.blake3,
            sha256: blob.sha256,
            bytes: blob.bytes,
            rows,
        }
    }
}

/// The machine a version was made on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Operating system, like `linux`.
    pub os: String,
    /// Processor architecture, like `x86_64`.
    pub arch: String,
}

impl VersionRecord {
    /// A record of `kind` made at `created`, with everything else empty.
    pub fn new(kind: impl Into<String>, created: impl Into<String>) -> Self {
        Self {
            format: FORMAT,
            id: String::new(),
            kind: kind.into(),
            created: created.into(),
            parents: Vec::new(),
            inputs: Vec::new(),
            settings: Value::Null,
            criteria_hash: String::new(),
            intent: None,
            seed: 0,
            code_version: String::new(),
            environment: Environment::default(),
            outputs: BTreeMap::new(),
            figures: Value::Null,
            verdict: Value::Null,
        }
    }

    /// The id that the content gives.
    pub fn content_id(&self) -> Result<String> {
        let value = serde_json::to_value(self).map_err(|e| Error::internal(format!("a record as JSON: {e}")))?;
        Ok(content_id(&value))
    }

    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes =
            serde_json::to_vec_pretty(self).map_err(|e| Error::internal(format!("a record as JSON: {e}")))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads a record and checks that it is the one called `id`.
    pub(crate) fn from_bytes(bytes: &[u8], id: &str, file: &Path) -> Result<Self> {
        let damaged = |what: String| {
            Error::data(format!("the record is damaged: {what}"))
                .in_file(file.display().to_string())
                .help("restore the file from a copy; `plenish store verify` lists everything that is damaged")
        };
        let value: Value = serde_json::from_slice(bytes).map_err(|e| {
            damaged(e.to_string())
                .at_line(e.line() as u64)
                .at_position(e.column() as u64)
        })?;
        match value.get("format").and_then(Value::as_u64) {
            Some(format) if format == u64::from(FORMAT) => {}
            Some(format) if format > u64::from(FORMAT) => {
                return Err(Error::data(format!(
                    "the record has format {format}, and this program reads format {FORMAT}"
                ))
                .in_file(file.display().to_string())
                .help("use a newer Plenish"));
            }
            _ => return Err(damaged("it has no valid format number".to_owned())),
        }
        let found = content_id(&value);
        if found != id {
            return Err(damaged(format!("its content has the id {found} and not {id}")));
        }
        let record: Self = serde_json::from_value(value).map_err(|e| damaged(e.to_string()))?;
        if record.id != id {
            return Err(damaged(format!("it calls itself '{}' and not {id}", record.id)));
        }
        Ok(record)
    }
}

fn content_id(record: &Value) -> String {
    let mut content = record.clone();
    if let Some(fields) = content.as_object_mut() {
        fields.remove("id");
    }
    let hash = blake3::hash(canonical_json(&content).as_bytes()).to_hex();
    hash[..ID_DIGITS].to_owned()
}
