//! What the log of a store tells.

use crate::chained::LogEvent;
use crate::record::is_id;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// Criteria, settings and inputs were fixed; nothing was generated yet.
    Intent {
        /// BLAKE3 of the canonical JSON of the success criteria.
        criteria_hash: String,
        /// BLAKE3 of the canonical JSON of the settings.
        settings_hash: String,
        /// BLAKE3 of each input, by the input's name.
        inputs: BTreeMap<String, String>,
    },
    /// A version was recorded.
    Commit {
        /// Its id.
        version: String,
        /// BLAKE3 of the bytes of its record's file.
        record: String,
    },
}

/// Names an intent: its place in the log, and its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntentRef {
    /// The entry's number.
    pub entry: u64,
    /// The entry's hash.
    pub hash: String,
}

impl LogEvent for Event {
    const HELP: &'static str = "the log was changed after it was written: restore it from a copy, \
                                or move the store's folder away and start a new one";

    fn is_sound(&self) -> bool {
        match self {
            Self::Commit { version, .. } => is_id(version),
            Self::Intent { .. } => true,
        }
    }
}
