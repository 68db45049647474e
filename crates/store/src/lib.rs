//! The store: what was made, from what, under which criteria, and proof that none of it changed.
//!
//! A store is a folder (`.plenish/` beside a study file):
//!
//! ```text
//! store.json               which format this is
//! objects/ab/cdef…         blobs; the path is the BLAKE3 hash of the content
//! versions/<id>.json       one record a version; the id is a hash of the record's content
//! log.jsonl                what happened, in order; each line carries the hash of the line before
//! staged/<id>.json         records on their way into `versions/`
//! tmp/                     files being written
//! lock                     held (by the operating system, not by its existence) while writing
//! ```
//!
//! **The records and the log are the truth.** There is no database: an index (by input, by
//! settings, by descendant) can be derived from them at any time, and thrown away.
//!
//! Invariants:
//! - A version is committed when its line in the log is complete. Everything it names is on the
//!   disk before that line is written, so a process killed at any moment leaves every committed
//!   version whole.
//! - The order of a commit is: record into `staged/`, line into the log, record into `versions/`.
//!   A record in `versions/` that the log does not name is therefore a sign of tampering.
//! - Repair, done by [`Store::open_or_create`] and by the next write, never by reading: an
//!   unfinished last line of the log is cut off (it was never committed) or, if only its line end
//!   is missing, ended; a staged record that the log names moves to its place; other staged and
//!   temporary files are removed.
//! - Any number of processes may use a store at once: writers wait for each other.
//!
//! This room knows nothing of tables or models, reads no clock (times are given as text), and
//! never prints. What the log cannot show by itself is that whole lines were cut off its end
//! together with the records they name; that takes a signed checkpoint kept elsewhere.

mod blobs;
mod canonical;
mod chained;
mod disk;
mod log;
mod record;
mod store;
mod verify;

pub use blobs::{BlobId, hash_bytes, hash_file};
pub use canonical::{canonical_json, hash_json};
pub use chained::{LogEntry, LogEvent, LogRead, append_log, read_log, read_log_after, repair_log};
pub use disk::{Lock, make_folder, write_atomic};
pub use log::{Event, IntentRef};
pub use record::{Environment, FORMAT, Input, VersionRecord};
pub use store::{FOLDER_NAME, Store};
pub use verify::{Damage, Finding, Verification};
