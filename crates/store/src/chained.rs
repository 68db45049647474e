//! An append-only file: one line of JSON for each thing that happened, chained by hashes.

use crate::canonical::hash_json;
use crate::log::Event;
use plenish_table::{Error, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// The hash before the first line.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What a log may tell.
pub trait LogEvent: Clone + Serialize + DeserializeOwned {
    /// What to do when the log is found changed.
    const HELP: &'static str;

    /// Whether what it holds can have been written by this program.
    fn is_sound(&self) -> bool {
        true
    }
}

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "E: LogEvent")]
pub struct LogEntry<E = Event> {
    /// Its place in the log, from 1.
    pub number: u64,
    /// When it was written, as text given by the caller.
    pub at: String,
    /// What happened.
    pub event: E,
    /// The hash of the entry before; zeros for the first.
    pub previous: String,
    /// BLAKE3 of the canonical JSON of the four fields above.
    pub hash: String,
}

impl<E: LogEvent> LogEntry<E> {
    /// The entry that follows `last`.
    pub fn after(last: Option<&Self>, at: &str, event: E) -> Self {
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

    /// The line of the log without its end.
    pub fn to_line(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|e| Error::internal(format!("a log entry as JSON: {e}")))
    }
}

/// What reading the log found.
#[derive(Debug)]
pub struct LogRead<E = Event> {
    /// The entries that are whole in themselves, in order.
    pub entries: Vec<LogEntry<E>>,
    /// Damaged lines (from 1), with what is wrong.
    pub damage: Vec<(u64, String)>,
    /// Bytes of an unfinished last line, and whether it is a whole entry that only lacks its end.
    pub torn: Option<(usize, bool)>,
    /// Bytes up to the unfinished last line.
    pub whole_bytes: u64,
}

impl<E: LogEvent> LogRead<E> {
    /// The entries, or an error that names the first damaged line. An unfinished last line is left
    /// out: it was never committed.
    pub fn into_entries(self, file: &Path) -> Result<Vec<LogEntry<E>>> {
        match self.damage.into_iter().next() {
            None => Ok(self.entries),
            Some((line, what)) => Err(Error::data(what)
                .in_file(file.display().to_string())
                .at_line(line)
                .help(E::HELP)),
        }
    }
}

/// Reads the log; no file is an empty log.
pub fn read_log<E: LogEvent>(file: &Path) -> Result<LogRead<E>> {
    read_log_after(file, 0, None)
}

/// Reads what follows the first `offset` bytes, which end with the entry `last` and were read before. A log
/// that has become shorter is damaged.
pub fn read_log_after<E: LogEvent>(file: &Path, offset: u64, last: Option<&LogEntry<E>>) -> Result<LogRead<E>> {
    let mut out = LogRead {
        entries: Vec::new(),
        damage: Vec::new(),
        torn: None,
        whole_bytes: 0,
    };
    let mut bytes = Vec::new();
    match std::fs::File::open(file) {
        Ok(mut handle) => {
            let fail = |e: std::io::Error| Error::io("read", file, &e);
            handle.seek(SeekFrom::Start(offset)).map_err(fail)?;
            handle.read_to_end(&mut bytes).map_err(fail)?;
            if handle.metadata().map_err(fail)?.len() < offset {
                out.damage.push((1, "lines were cut off the end".to_owned()));
            }
        }
        Err(e) if e.kind() == ErrorKind::NotFound => {
            if offset > 0 {
                out.damage.push((1, "the log is gone".to_owned()));
            }
        }
        Err(e) => return Err(Error::io("read", file, &e)),
    }
    let before = last.map_or(0, |l| l.number);
    let mut last: Option<LogEntry<E>> = last.cloned();
    let mut lines: Vec<&[u8]> = bytes.split(|&b| b == b'\n').collect();
    let tail = lines.pop().unwrap_or_default();
    out.whole_bytes = offset + (bytes.len() - tail.len()) as u64;
    for (index, line) in lines.iter().enumerate() {
        let entry = check_line(line, last.as_ref());
        match entry {
            Ok(entry) => {
                last = Some(entry.clone());
                out.entries.push(entry);
            }
            Err(bad) => {
                out.damage.push((before + index as u64 + 1, bad.what));
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
struct Bad<E> {
    what: String,
    entry: Option<LogEntry<E>>,
}

/// The entry of a line that is whole and follows from the `last` one.
fn check_line<E: LogEvent>(line: &[u8], last: Option<&LogEntry<E>>) -> Result<LogEntry<E>, Box<Bad<E>>> {
    let bad = |what: &str, entry| {
        Box::new(Bad {
            what: what.to_owned(),
            entry,
        })
    };
    let entry: LogEntry<E> =
        serde_json::from_slice(line).map_err(|e| bad(&format!("the line is damaged: {e}"), None))?;
    let named_well = entry.event.is_sound();
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
pub fn repair_log<E: LogEvent>(file: &Path) -> Result<()> {
    let read = read_log::<E>(file)?;
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
pub fn append_log<E: LogEvent>(file: &Path, at: &str, event: E, last: Option<&LogEntry<E>>) -> Result<LogEntry<E>> {
    let fail = |e: std::io::Error| Error::io("write", file, &e);
    let entry = LogEntry::after(last, at, event);
    let mut line = entry.to_line()?;
    line.push('\n');
    let mut handle = OpenOptions::new().create(true).append(true).open(file).map_err(fail)?;
    handle.write_all(line.as_bytes()).map_err(fail)?;
    handle.sync_all().map_err(fail)?;
    Ok(entry)
}
