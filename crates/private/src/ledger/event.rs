//! What a ledger tells.

use crate::accounting::{Guarantee, Rho, epsilon_of};
use plenish_store::{LogEntry, LogEvent};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The format of the lines that this version reads and writes.
pub const LEDGER_FORMAT: u32 = 1;

/// A line of a ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum LedgerEvent {
    /// The ledger began: always its first line.
    Begin {
        /// The format of all lines, [`LEDGER_FORMAT`].
        format: u32,
        /// The name of the data set, so that no other ledger can be put in its place.
        data_set: String,
    },
    /// The owner set the limit, or another one.
    Limit {
        /// What all runs together may cost.
        guarantee: Guarantee,
    },
    /// A run began and is charged in full. Its name is the number of this entry.
    Reserve {
        /// What it is for, as its caller says.
        purpose: String,
        /// What it may cost.
        rho: Rho,
        /// What it adds to delta, apart from the translation of rho.
        delta: f64,
    },
    /// A run asks a question, out of its reservation.
    Spend {
        /// The number of the entry that began the run.
        run: u64,
        /// The question.
        what: String,
        /// What it costs.
        rho: Rho,
    },
    /// A run came to its end; what it did not spend stays charged.
    Finish {
        /// The number of the entry that began the run.
        run: u64,
    },
}

impl LogEvent for LedgerEvent {
    const HELP: &'static str = "the ledger was changed after it was written: restore it from a copy; until then \
                                nothing may be learned from this data set";

    fn is_sound(&self) -> bool {
        match self {
            Self::Limit { guarantee } => Guarantee::new(guarantee.epsilon, guarantee.delta).is_ok(),
            Self::Reserve { delta, .. } => (0.0..1.0).contains(delta),
            Self::Begin { .. } | Self::Spend { .. } | Self::Finish { .. } => true,
        }
    }
}

/// A reservation, as the log tells it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Reservation {
    pub(super) reserved: Rho,
    pub(super) spent: Rho,
    pub(super) finished: bool,
}

/// What the lines so far add up to.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Sums {
    /// The data set that the first line names.
    pub(super) name: Option<String>,
    pub(super) limit: Option<Guarantee>,
    pub(super) rho: Rho,
    pub(super) delta: f64,
    pub(super) runs: BTreeMap<u64, Reservation>,
}

impl Sums {
    /// Adds a line; an error says why it cannot have been written by this program.
    pub(super) fn add(&mut self, entry: &LogEntry<LedgerEvent>) -> Result<(), String> {
        let begins = matches!(entry.event, LedgerEvent::Begin { .. });
        if begins != (entry.number == 1) {
            return Err(if begins {
                "the ledger begins a second time".to_owned()
            } else {
                "the ledger does not begin with the number of its format".to_owned()
            });
        }
        match &entry.event {
            LedgerEvent::Begin { format, .. } if *format != LEDGER_FORMAT => {
                return Err(format!(
                    "the ledger has format {format}, and this version of Plenish reads format {LEDGER_FORMAT}"
                ));
            }
            LedgerEvent::Begin { data_set, .. } => self.name = Some(data_set.clone()),
            LedgerEvent::Limit { guarantee } => self.limit = Some(*guarantee),
            LedgerEvent::Reserve { rho, delta, .. } => {
                self.rho = self.rho.plus(*rho);
                self.delta += delta;
                let reservation = Reservation {
                    reserved: *rho,
                    ..Reservation::default()
                };
                self.runs.insert(entry.number, reservation);
            }
            LedgerEvent::Spend { run, rho, .. } => {
                let known = self.runs.get_mut(run).ok_or_else(|| format!("there is no run {run}"))?;
                known.spent = known.spent.plus(*rho);
                if known.spent > known.reserved || known.finished {
                    return Err(format!("run {run} spends more than it reserved"));
                }
            }
            LedgerEvent::Finish { run } => {
                let known = self.runs.get_mut(run).ok_or_else(|| format!("there is no run {run}"))?;
                known.finished = true;
            }
        }
        Ok(())
    }

    /// What everything charged so far, and `rho` and `delta` on top, promise, for a delta of `within` in all;
    /// infinite when delta alone is used up.
    pub(super) fn epsilon_with(&self, rho: Rho, delta: f64, within: f64) -> f64 {
        // Sums of deltas are rounded up by far more than their error.
        let rest = within - (self.delta + delta) * (1.0 + 1e-12);
        if rest > 0.0 {
            epsilon_of(self.rho.plus(rho), rest)
        } else {
            f64::INFINITY
        }
    }
}
