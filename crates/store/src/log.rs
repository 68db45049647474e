//! The log: one line of JSON for each thing that happened, chained by hashes.

use crate::canonical::hash_json;
use crate::record::is_id;
use plenish_table::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// The hash before the first line.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogEntry {
    /// Its place in the log, from 1.
    pub number: u64,
    /// When it was written, as text given by the caller.
    pub at: String,
    /// What happened.
    pub event: Event,
    /// The hash of the entry before; zeros for the first.
    pub previous: String,
    /// BLAKE3 of the canonical JSON of the four fields above.
    pub hash: String,
}

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

impl LogEntry {
    fn new(at: &str, event: Event, last: Option<&LogEntry>) -> Self {
        let mut entry = Self {
            number: last.map_or(1, |l| l.number.saturating_add(1)),
            at: at.to_owned(),
            event,
            previous: last.map_or_else(|| GENESIS.to_owned(), |l| l.hash.clone()),
            hash: String::new(),
        };
        entry.hash = entry.content_hash();
        entry
    }

    fn content_hash(&self) -> String {
        hash_json(&json!({
            "number": self.number,
            "at": self.at,
            "event": self.event,
            "previous": self.previous,
        }))
    }

    fn to_line(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|e| Error::internal(format!("a log entry as JSON: {e}")))
    }
}

/// What reading the log found.
#[derive(Debug, Default)]
pub(crate) struct LogRead {
    /// The entries that are whole in themselves, in order.
    pub(crate) entries: Vec<LogEntry>,
    /// Damaged lines (from 1), with what is wrong.
    pub(crate) damage: Vec<(u64, String)>,
    /// Bytes of an unfinished last line, and whether it is a whole entry that only lacks its end.
    pub(crate) torn: Option<(usize, bool)>,
    /// Bytes up to the unfinished last line.
    pub(crate) whole_bytes: u64,
}

impl LogRead {
    /// The entries, or an error that names the first damaged line. An unfinished last line is left
    /// out: it was never committed.
    pub(crate) fn into_entries(self, file: &Path) -> Result<Vec<LogEntry>> {
        match self.damage.into_iter().next() {
            None => Ok(self.entries),
            Some((line, what)) => Err(Error::data(what)
                .in_file(file.display().to_string())
                .at_line(line)
                .help(
                    "the log was changed after it was written: restore it from a copy, \
                     or move the store's folder away and start a new one",
                )),
        }
    }
}

/// Reads the log; no file is an empty log.
pub(crate) fn read(file: &Path) -> Result<LogRead> {
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == ErrorKind::NotFound => Vec::new(),
        Err(e) => return Err(Error::io("read", file, &e)),
    };
    let mut out = LogRead::default();
    let mut last: Option<LogEntry> = None;
    let mut lines: Vec<&[u8]> = bytes.split(|&b| b == b'\n').collect();
    let tail = lines.pop().unwrap_or_default();
    out.whole_bytes = (bytes.len() - tail.len()) as u64;
    for (index, line) in lines.iter().enumerate() {
        let entry = check_line(line, last.as_ref());
        match entry {
            Ok(entry) => {
                last = Some(entry.clone());
                out.entries.push(entry);
            }
            Err(bad) => {
                out.damage.push((index as u64 + 1, bad.what));
                // Go on from this line's own hash, so that one change is not reported for every later line.
                if bad.entry.is_some() {
                    last = bad.entry;
                }
            }
        }
    }
    if !tail.is_empty() {
        let entry = check_line(tail, last.as_ref());
        out.torn = Some((tail.len(), entry.is_ok()));
        out.entries.extend(entry);
    }
    Ok(out)
}

/// What is wrong with a line, and its entry if it has one all the same.
struct Bad {
    what: String,
    entry: Option<LogEntry>,
}

/// The entry of a line that is whole and follows from the `last` one.
fn check_line(line: &[u8], last: Option<&LogEntry>) -> Result<LogEntry, Box<Bad>> {
    let bad = |what: &str, entry| {
        Box::new(Bad {
            what: what.to_owned(),
            entry,
        })
    };
    let entry: LogEntry = serde_json::from_slice(line).map_err(|e| bad(&format!("the line is damaged: {e}"), None))?;
    let named_well = match &entry.event {
        Event::Commit { version, .. } => is_id(version),
        Event::Intent { .. } => true,
    };
    // The comparison of texts also catches changes that leave the meaning alone, like white space or escapes.
    let same_text = entry.to_line().is_ok_and(|text| text.as_bytes() == line);
    if entry.content_hash() != entry.hash || !same_text || !named_well {
        return Err(bad("the line was changed after it was written", Some(entry)));
    }
    let (number, previous) = last.map_or((1, GENESIS), |l| (l.number.saturating_add(1), l.hash.as_str()));
    if entry.number != number || entry.previous != previous {
        let what = "the line does not follow from the one before: lines were removed, changed or moved";
        return Err(bad(what, Some(entry)));
    }
    Ok(entry)
}

/// Cuts off an unfinished last line, or ends it if only its end is missing. The caller holds the
/// exclusive lock.
pub(crate) fn repair(file: &Path) -> Result<()> {
    let read = read(file)?;
    let Some((_, whole)) = read.torn else {
        return Ok(());
    };
    let fail = |e: std::io::Error| Error::io("repair", file, &e);
    let mut handle = OpenOptions::new().append(true).open(file).map_err(fail)?;
    if whole {
        handle.write_all(b"\n").map_err(fail)?;
    } else {
        handle.set_len(read.whole_bytes).map_err(fail)?;
    }
    handle.sync_all().map_err(fail)
}

/// Adds an entry after `last` and makes it durable. The caller holds the exclusive lock and has
/// repaired the log.
pub(crate) fn append(file: &Path, at: &str, event: Event, last: Option<&LogEntry>) -> Result<LogEntry> {
    let fail = |e: std::io::Error| Error::io("write", file, &e);
    let entry = LogEntry::new(at, event, last);
    let mut line = entry.to_line()?;
    line.push('\n');
    let mut handle = OpenOptions::new().create(true).append(true).open(file).map_err(fail)?;
    handle.write_all(line.as_bytes()).map_err(fail)?;
    handle.sync_all().map_err(fail)?;
    Ok(entry)
}
