//! Which tables were charged under which name: what the trusted side remembers, beside the ledgers.
//!
//! A ledger believes the name its owner gives. Somebody who charges parts of one table under different names spends
//! its budget several times, and no ledger can tell. The register can: it keeps a sketch of the contents of the rows
//! of each table that was charged, and finds tables that share most of their rows.
//!
//! ```text
//! .trusted/key           32 random bytes, in hexadecimal; without it no hash can be compared with a row
//! .trusted/NAME.json     the tables charged under that name: rows, columns, a hash of the content, a sketch
//! ```
//!
//! **It belongs to the trusted side**: with the key, whoever reads a sketch can tell whether a row they know is in the
//! table. The folder is its owner's alone (mode 0700 on Unix), and no name of a data set begins with a dot. The ledger
//! itself knows nothing of it.
//!
//! A sketch holds the smallest keyed hashes of distinct rows ("bottom-k": Beyer et al., SIGMOD 2007), all of them where
//! they are fewer: the hashes below a common threshold are a random sample of both tables, so shares of the sample are
//! shares of the tables. Rows can also be alike because there are few things for a row to be: the chance that a new row
//! of the same kind has been seen already is estimated by Good and Turing (Biometrika 1953) as the share of rows that
//! are not the only ones of their content, and taken off.

use super::book::check_name;
use crate::contents::Contents;
use plenish_store::{Lock, make_folder, write_atomic};
use plenish_table::{Error, Result, Table};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// The format of the files.
const FORMAT: u32 = 1;
/// Hashes in a sketch at most: 512 KB for a table of any size.
const MOST_HASHES: usize = 1 << 16;
/// Rows in the sample at least, for anything to be said.
const FEWEST: usize = 20;
/// The share, beyond chance, that counts as most of the rows.
const MOST_OF: f64 = 0.5;
/// Where this share of new rows has been seen already by chance, the same rows say nothing.
const TOO_ALIKE: f64 = 0.95;

/// What is kept of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sketch {
    /// When it was first charged, as text.
    at: String,
    rows: u64,
    /// Rows that are the only ones of their content.
    alone: u64,
    columns: Vec<String>,
    /// BLAKE3 of all hashes of rows, in order: whether two tables have the same rows.
    content: String,
    /// The smallest hashes of rows, in rising order, each once.
    hashes: Vec<u64>,
    /// Whether these are the hashes of all rows.
    whole: bool,
}

impl Sketch {
    /// Hashes up to here are all there.
    fn threshold(&self) -> u64 {
        match self.hashes.last() {
            Some(last) if !self.whole => *last,
            _ => u64::MAX,
        }
    }

    /// The chance that one more row of this kind has been seen already.
    fn chance(&self) -> f64 {
        if self.rows == 0 {
            return 0.0;
        }
        1.0 - self.alone as f64 / self.rows as f64
    }

    /// The share of its rows, beyond chance, that are among the rows of `other`; none if too little is known.
    fn share_in(&self, other: &Self) -> Option<f64> {
        let threshold = self.threshold().min(other.threshold());
        let mine = self.hashes.partition_point(|h| *h <= threshold);
        let chance = other.chance();
        if mine < FEWEST || chance > TOO_ALIKE || self.columns != other.columns {
            return None;
        }
        let sample = &self.hashes[..mine];
        let common = sample.iter().filter(|h| other.hashes.binary_search(h).is_ok()).count();
        Some((common as f64 / mine as f64 - chance) / (1.0 - chance))
    }
}

/// A table that was charged under another name and shares most of its rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Relative {
    /// The other name.
    pub data_set: String,
    /// The share of the rows of the table in question that were charged under that name, beyond chance; 0 to 1.
    pub share: f64,
    /// The share of the rows charged there that are in the table in question.
    pub of_theirs: f64,
}

impl fmt::Display for Relative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.data_set;
        let percent = |share: f64| (100.0 * share).round();
        if self.share >= MOST_OF {
            write!(
                f,
                "most rows of this table (about {} %) were already charged under the name '{name}'",
                percent(self.share)
            )?;
        } else {
            write!(
                f,
                "this table holds most of the rows (about {} %) that were already charged under the name '{name}'",
                percent(self.of_theirs)
            )?;
        }
        f.write_str(
            "; parts and copies of one table share one budget, and under two names it is spent twice: the owner's \
             declaration decides",
        )
    }
}

/// The register of a folder of ledgers.
#[derive(Debug)]
pub struct Register {
    folder: PathBuf,
    key: [u8; 32],
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    format: u32,
    tables: Vec<Sketch>,
}

impl Register {
    /// The register beside the ledgers in `root`, made if there is none. Fails when it cannot be read or written.
    pub fn open(root: &Path) -> Result<Self> {
        let folder = root.join(".trusted");
        make_folder(&folder)?;
        protect(&folder, 0o700)?;
        let _lock = Lock::exclusive(&folder.join("lock"))?;
        let path = folder.join("key");
        let key = match std::fs::read_to_string(&path) {
            Ok(text) => blake3::Hash::from_hex(text.trim()).map_err(|_| damaged(&path))?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let mut key = [0; 32];
                getrandom::fill(&mut key)
                    .map_err(|e| Error::internal(format!("the operating system gives no randomness: {e}")))?;
                let key = blake3::Hash::from_bytes(key);
                write_atomic(&folder, &path, format!("{}\n", key.to_hex()).as_bytes())?;
                protect(&path, 0o600)?;
                key
            }
            Err(e) => return Err(Error::io("read", &path, &e)),
        };
        Ok(Self {
            folder,
            key: *key.as_bytes(),
        })
    }

    /// What is kept of `table`, which is charged at the time `at`, as text.
    pub fn sketch(&self, table: &Table, at: &str) -> Sketch {
        let contents = Contents::new(table);
        let mut counts: HashMap<u64, u64> = HashMap::new();
        let mut bytes = Vec::new();
        for row in 0..table.rows() {
            contents.of(row, &mut bytes);
            let mut first = [0; 8];
            first.copy_from_slice(&blake3::keyed_hash(&self.key, &bytes).as_bytes()[..8]);
            *counts.entry(u64::from_le_bytes(first)).or_default() += 1;
        }
        let mut all: Vec<(u64, u64)> = counts.into_iter().collect();
        all.sort_unstable();
        let mut content = blake3::Hasher::new();
        for (hash, count) in &all {
            content.update(&hash.to_le_bytes()).update(&count.to_le_bytes());
        }
        Sketch {
            at: at.to_owned(),
            rows: table.rows() as u64,
            alone: all.iter().filter(|(_, count)| *count == 1).count() as u64,
            columns: contents.names().iter().map(|name| (*name).to_owned()).collect(),
            content: content.finalize().to_hex().to_string(),
            whole: all.len() <= MOST_HASHES,
            hashes: all.into_iter().take(MOST_HASHES).map(|(hash, _)| hash).collect(),
        }
    }

    /// Other names than `name` under which most rows of the table were charged, or most of whose rows it holds, in
    /// the order of the names. Tables with other columns are not recognised.
    pub fn relatives(&self, name: &str, of: &Sketch) -> Result<Vec<Relative>> {
        let _lock = Lock::exclusive(&self.folder.join("lock"))?;
        let mut found = Vec::new();
        let entries = std::fs::read_dir(&self.folder).map_err(|e| Error::io("read", &self.folder, &e))?;
        let mut names: Vec<String> = entries
            .filter_map(|entry| {
                entry
                    .ok()?
                    .file_name()
                    .into_string()
                    .ok()?
                    .strip_suffix(".json")
                    .map(str::to_owned)
            })
            .filter(|other| other != name)
            .collect();
        names.sort_unstable();
        for other in names {
            let tables = self.page(&other)?.tables;
            let most = |shares: Vec<f64>| shares.into_iter().fold(0.0, f64::max).min(1.0);
            let share = most(tables.iter().filter_map(|table| of.share_in(table)).collect());
            let of_theirs = most(tables.iter().filter_map(|table| table.share_in(of)).collect());
            if share >= MOST_OF || of_theirs >= MOST_OF {
                found.push(Relative {
                    data_set: other,
                    share,
                    of_theirs,
                });
            }
        }
        Ok(found)
    }

    /// Remembers a table under `name`, once however often it is charged.
    pub fn enter(&self, name: &str, sketch: Sketch) -> Result<()> {
        check_name(name)?;
        let _lock = Lock::exclusive(&self.folder.join("lock"))?;
        let mut page = self.page(name)?;
        if page
            .tables
            .iter()
            .any(|t| t.content == sketch.content && t.columns == sketch.columns)
        {
            return Ok(());
        }
        page.tables.push(sketch);
        let bytes = serde_json::to_vec(&page).map_err(|e| Error::internal(e.to_string()))?;
        write_atomic(&self.folder, &self.path(name), &bytes)?;
        // Also where a copy of the folder is not as closed as the folder.
        protect(&self.path(name), 0o600)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }

    fn page(&self, name: &str) -> Result<Page> {
        let path = self.path(name);
        let page: Page = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|_| damaged(&path))?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Page {
                format: FORMAT,
                tables: Vec::new(),
            },
            Err(e) => return Err(Error::io("read", &path, &e)),
        };
        if page.format == FORMAT {
            Ok(page)
        } else {
            Err(damaged(&path))
        }
    }
}

/// Leaves a file or folder to its owner alone, where the system knows owners.
fn protect(path: &Path, mode: u32) -> Result<()> {
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
        .map_err(|e| Error::io("protect", path, &e))?;
    #[cfg(not(unix))]
    let _ = (path, mode);
    Ok(())
}

fn damaged(path: &Path) -> Error {
    Error::data("the register of charged tables is damaged, or of another version")
        .in_file(path.display().to_string())
        .help("restore it from a copy; without it, two names for parts of one table are not noticed")
}

#[cfg(test)]
mod tests;
