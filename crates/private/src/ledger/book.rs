//! Reading and writing a ledger.

use super::event::{LEDGER_FORMAT, Sums};
use super::{LedgerEvent, Run};
use crate::accounting::{Guarantee, Rho};
use crate::noise::Source;
use plenish_store::{Lock, LogEntry, LogEvent, append_log, make_folder, read_log_after, repair_log, write_atomic};
use plenish_table::{Error, Result};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The ledger of one data set.
#[derive(Debug)]
pub struct Ledger {
    folder: PathBuf,
    name: String,
    known: Mutex<Known>,
}

/// What was read, checked and added up already: the log only grows.
#[derive(Debug, Default, Clone)]
struct Known {
    bytes: u64,
    last: Option<LogEntry<LedgerEvent>>,
    sums: Sums,
}

/// What a data set may still give.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Balance {
    /// The data set's name.
    pub name: String,
    /// The limit; none was set yet if there is none.
    pub limit: Option<Guarantee>,
    /// What all runs were charged.
    pub charged: Rho,
    /// What they add to delta, apart from the translation of rho.
    pub added_delta: f64,
    /// The epsilon that everything charged amounts to, at the limit's delta; null without a limit.
    pub epsilon: Option<f64>,
    /// Runs begun, and those of them that came to their end.
    pub runs: [usize; 2],
}

/// What checking a ledger found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verification {
    /// Entries that are sound.
    pub entries: u64,
    /// The hash of the last one: kept elsewhere, it shows later that nothing before was taken back.
    pub head: Option<String>,
    /// What is wrong, with the line in the log; nothing if the ledger is whole.
    pub damage: Vec<(u64, String)>,
}

impl Ledger {
    /// The ledger of the data set `name` in the folder `root`, made if there is none. A name has up to 64 lower-case
    /// letters, digits, `-` and `_`. Fails when the ledger is damaged.
    pub fn open(root: &Path, name: &str) -> Result<Self> {
        let ledger = Self::at(root, name)?;
        make_folder(&ledger.folder)?;
        ledger.locked(|_| Ok(()))?;
        Ok(ledger)
    }

    fn at(root: &Path, name: &str) -> Result<Self> {
        check_name(name)?;
        Ok(Self {
            folder: root.join(name),
            name: name.to_owned(),
            known: Mutex::default(),
        })
    }

    /// The data set's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Sets what all runs together may cost. The limit before stays in the log, and so does everything charged.
    pub fn set_limit(&self, guarantee: Guarantee, at: &str) -> Result<()> {
        let guarantee = Guarantee::new(guarantee.epsilon, guarantee.delta)?;
        self.write(at, LedgerEvent::Limit { guarantee }).map(drop)
    }

    /// Charges a run in full before it computes anything. `at` is the time, as text. Refuses, and charges nothing,
    /// when no limit was set, when the limit would be exceeded, and when the noise is not secret.
    pub fn reserve(&self, purpose: &str, rho: Rho, delta: f64, source: &Source, at: &str) -> Result<Run<'_>> {
        if !source.is_secret() {
            return Err(
                Error::usage("noise from a test seed protects nobody, and the ledger refuses it")
                    .help("use noise from the operating system"),
            );
        }
        let event = LedgerEvent::Reserve {
            purpose: purpose.to_owned(),
            rho,
            delta,
        };
        if !event.is_sound() || rho == Rho::ZERO {
            return Err(Error::internal("a run that costs nothing, or a delta that is none"));
        }
        let number = self.locked(|known| {
            self.check(&known.sums, rho, delta)?;
            self.append(known, at, event)
        })?;
        Ok(Run::new(self, number, at, rho))
    }

    fn check(&self, sums: &Sums, rho: Rho, delta: f64) -> Result<()> {
        let Some(limit) = sums.limit else {
            return Err(
                Error::usage(format!("the data set '{}' has no privacy limit", self.name))
                    .help("its owner sets one before anything is learned: `plenish ledger limit`"),
            );
        };
        let after = sums.epsilon_with(rho, delta, limit.delta);
        if after <= limit.epsilon {
            return Ok(());
        }
        let so_far = sums.epsilon_with(Rho::ZERO, 0.0, limit.delta);
        Err(Error::usage(format!(
            "the privacy budget of '{}' does not allow this: its limit is epsilon {} with delta {}, {so_far:.4} of it \
             is spent, and this would make {after:.4}",
            self.name, limit.epsilon, limit.delta
        ))
        .help("ask for less; what was learned cannot be unlearned, so only the owner can decide on a higher limit"))
    }

    /// Whether the limit allows a run that costs `rho` and adds `delta`, without charging anything: what can be refused
    /// before the rows are read. Only [`Ledger::reserve`] decides. Fails as that does.
    pub fn allows(&self, rho: Rho, delta: f64) -> Result<()> {
        self.locked(|known| self.check(&known.sums, rho, delta))
    }

    /// What is charged and what the limit is.
    pub fn balance(&self) -> Result<Balance> {
        self.locked(|known| {
            let sums = &known.sums;
            Ok(Balance {
                name: self.name.clone(),
                limit: sums.limit,
                charged: sums.rho,
                added_delta: sums.delta,
                epsilon: sums.limit.map(|l| sums.epsilon_with(Rho::ZERO, 0.0, l.delta)),
                runs: [sums.runs.len(), sums.runs.values().filter(|r| r.finished).count()],
            })
        })
    }

    /// All entries, the oldest first.
    pub fn entries(&self) -> Result<Vec<LogEntry<LedgerEvent>>> {
        self.locked(|_| plenish_store::read_log(&self.log_path())?.into_entries(&self.log_path()))
    }

    /// Checks every line of the ledger in `root` without changing anything.
    pub fn verify(root: &Path, name: &str) -> Result<Verification> {
        let ledger = Self::at(root, name)?;
        if !ledger.folder.is_dir() {
            return Err(Error::usage(format!(
                "there is no ledger of a data set '{name}' in {}",
                root.display()
            )));
        }
        let _lock = Lock::exclusive(&ledger.folder.join("lock"))?;
        let read = plenish_store::read_log::<LedgerEvent>(&ledger.log_path())?;
        let mut damage = read.damage;
        let mut sums = Sums::default();
        for entry in &read.entries {
            if let Err(what) = ledger.add(&mut sums, entry) {
                damage.push((entry.number, what));
            }
        }
        let last = read.entries.last();
        let head = ledger.read_head();
        let next = last.map_or(1, |l| l.number + 1);
        match head {
            Err(e) => damage.push((next, e.to_string())),
            Ok(head) if damage.is_empty() => {
                if let Err(what) = follows(head.as_ref(), last) {
                    damage.push((next, what));
                }
            }
            Ok(_) => {}
        }
        Ok(Verification {
            entries: read.entries.len() as u64,
            head: last.map(|l| l.hash.clone()),
            damage,
        })
    }

    /// Adds a line, after whatever other processes have added.
    pub(super) fn write(&self, at: &str, event: LedgerEvent) -> Result<u64> {
        self.locked(|known| self.append(known, at, event))
    }

    fn log_path(&self) -> PathBuf {
        self.folder.join("log.jsonl")
    }

    fn head_path(&self) -> PathBuf {
        self.folder.join("head.json")
    }

    /// Brings `known` up to date under the lock and does `work`.
    fn locked<T>(&self, work: impl FnOnce(&mut Known) -> Result<T>) -> Result<T> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let _lock = Lock::exclusive(&self.folder.join("lock"))?;
        self.catch_up(&mut known)?;
        work(&mut known)
    }

    fn catch_up(&self, known: &mut Known) -> Result<()> {
        let log = self.log_path();
        let mut read = read_log_after(&log, known.bytes, known.last.as_ref())?;
        if read.torn.is_some() && read.damage.is_empty() {
            // The line was in the head before it went to the log, so nothing is lost by cutting it off.
            repair_log::<LedgerEvent>(&log)?;
            read = read_log_after(&log, known.bytes, known.last.as_ref())?;
        }
        known.bytes = read.whole_bytes;
        for entry in read.into_entries(&log)? {
            self.take(known, entry)?;
        }
        let head = self.read_head()?;
        match follows(head.as_ref(), known.last.as_ref()) {
            Err(what) => Err(self.damaged(known, what)),
            Ok(None) => Ok(()),
            Ok(Some(ahead)) => {
                let (at, event) = (ahead.at.clone(), ahead.event.clone());
                let entry = append_log(&log, &at, event, known.last.as_ref())?;
                known.bytes += entry.to_line()?.len() as u64 + 1;
                self.take(known, entry)
            }
        }
    }

    fn take(&self, known: &mut Known, entry: LogEntry<LedgerEvent>) -> Result<()> {
        self.add(&mut known.sums, &entry).map_err(|what| {
            // The sums of a ledger that is not sound are not used again.
            self.damaged(known, what)
        })?;
        known.last = Some(entry);
        Ok(())
    }

    /// Adds a line to the sums; an error says why it cannot stand in this ledger.
    fn add(&self, sums: &mut Sums, entry: &LogEntry<LedgerEvent>) -> Result<(), String> {
        sums.add(entry)?;
        match &sums.name {
            Some(name) if *name != self.name => Err(format!("this is the ledger of the data set '{name}'")),
            _ => Ok(()),
        }
    }

    /// Adds a line, and one before it that begins the ledger where there is none yet.
    fn append(&self, known: &mut Known, at: &str, event: LedgerEvent) -> Result<u64> {
        if known.last.is_none() {
            let begin = LedgerEvent::Begin {
                format: LEDGER_FORMAT,
                data_set: self.name.clone(),
            };
            self.append_line(known, at, begin)?;
        }
        self.append_line(known, at, event)
    }

    /// Adds a line: to the head, then to the log, each durable before the next step.
    fn append_line(&self, known: &mut Known, at: &str, event: LedgerEvent) -> Result<u64> {
        let entry = LogEntry::after(known.last.as_ref(), at, event);
        let line = entry.to_line()?;
        let mut sums = known.sums.clone();
        sums.add(&entry).map_err(Error::internal)?;
        write_atomic(&self.folder, &self.head_path(), line.as_bytes())?;
        let entry = append_log(&self.log_path(), at, entry.event, known.last.as_ref())?;
        known.bytes += line.len() as u64 + 1;
        let number = entry.number;
        (known.sums, known.last) = (sums, Some(entry));
        Ok(number)
    }

    fn read_head(&self) -> Result<Option<LogEntry<LedgerEvent>>> {
        let path = self.head_path();
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|e| {
                Error::data(format!("the last entry is damaged: {e}"))
                    .in_file(path.display().to_string())
                    .help(LedgerEvent::HELP)
            }),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Error::io("read", &path, &e)),
        }
    }

    fn damaged(&self, known: &Known, what: String) -> Error {
        Error::data(what)
            .in_file(self.log_path().display().to_string())
            .at_line(known.last.as_ref().map_or(1, |l| l.number + 1))
            .help(LedgerEvent::HELP)
    }
}

/// Fails when `name` cannot name a data set.
pub fn check_name(name: &str) -> Result<()> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    if name.is_empty() || name.len() > 64 || !name.bytes().all(fits) {
        return Err(Error::usage(format!("'{name}' cannot name a data set in the ledger"))
            .help("use up to 64 lower-case letters, digits, - and _"));
    }
    Ok(())
}

/// Whether `head` is the `last` entry of the log, or the one that comes next and has not reached the log: that one.
/// An error says what is wrong.
fn follows<'h>(
    head: Option<&'h LogEntry<LedgerEvent>>,
    last: Option<&LogEntry<LedgerEvent>>,
) -> Result<Option<&'h LogEntry<LedgerEvent>>, String> {
    let Some(head) = head else {
        return match last {
            None => Ok(None),
            Some(_) => Err("the file with the last entry is gone".to_owned()),
        };
    };
    if last == Some(head) {
        return Ok(None);
    }
    if *head == LogEntry::after(last, &head.at, head.event.clone()) && head.event.is_sound() {
        return Ok(Some(head));
    }
    let (head, last) = (head.number, last.map_or(0, |l| l.number));
    Err(if head > last {
        format!("the ledger had {head} entries, and {last} are left: lines were cut off the end")
    } else {
        "the last entry is not the one that was written last".to_owned()
    })
}
