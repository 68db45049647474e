//! The ledger: what has been learned from a data set so far, and the limit that refuses to learn more.
//!
//! A ledger is kept for each data set under a name that its owner declares; subsets and splits of the data
//! belong to the same name, since every question to them is a question to the data. It is a folder:
//!
//! ```text
//! log.jsonl    what happened, in order; each line carries the hash of the line before, the first one the format
//! head.json    the last line once more
//! lock         held (by the operating system, not by its existence) while writing
//! ```
//!
//! Invariants:
//! - **A run is charged in full before it computes anything** ([`Ledger::reserve`]); one that fails or crashes
//!   stays charged, whatever it got to. Each question is on the disk before its noise is drawn ([`Run::spend`]),
//!   and no run can ask beyond its reservation.
//! - The limit is a filter: a reservation that would exceed it is refused, and nothing is charged for asking.
//! - Any number of processes may use a ledger at once.
//! - A line goes to `head.json` first and then to the log. A process killed in between leaves a head one ahead
//!   of the log; it is then added to the log, so that it counts.
//! - Lines that were edited, removed, moved, or cut off the end are found by every use. What cannot be found is
//!   a whole folder put back to an earlier state: keep copies where the analysts cannot write.
//!
//! The ledger holds no row, no row count and no hash of the data: it can be shown to those who may not see them.

mod book;
mod event;
mod register;
mod run;

pub use book::{Balance, Ledger, Verification, check_name};
pub use event::{LEDGER_FORMAT, LedgerEvent};
pub use register::{Register, Relative, Sketch};
pub use run::Run;

#[cfg(test)]
mod tests;
