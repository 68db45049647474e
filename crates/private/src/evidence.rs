//! The evidence pack: what was promised, and what a reader needs to check it.

use crate::accounting::{Guarantee, Rho};
use crate::domain::{Origin, Unit};
use serde::{Deserialize, Serialize};

/// One question to the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spend {
    /// The question.
    pub what: String,
    /// What it cost.
    pub rho: Rho,
    /// The noise of its answer.
    pub noise: String,
}

/// What is known of the privacy of a model and all tables made from it.
///
/// It holds answers to no question about the data: all of it follows from the domain, the settings and the noisy
/// answers, so it may be published with the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The mechanism: `mst` or `aim`.
    pub engine: String,
    /// Whose presence is hidden.
    pub unit: Unit,
    /// Which tables are neighbours, in words.
    pub neighbours: String,
    /// What is promised.
    pub guarantee: Guarantee,
    /// The whole cost in zCDP.
    pub rho: Rho,
    /// The part of delta that learning the domain uses, apart from the translation of rho.
    pub added_delta: f64,
    /// Each question, in the order in which they were asked.
    pub spends: Vec<Spend>,
    /// Where each column's domain came from.
    pub domain: Vec<(String, Origin)>,
    /// Where the noise came from.
    pub noise_source: String,
    /// Whether anything is promised at all: false for noise from a test seed.
    pub private: bool,
    /// The name of the data set in the ledger, and the entry that charged this run.
    pub ledger: Option<(String, u64)>,
    /// The version of the code.
    pub code: String,
}

impl Evidence {
    /// What the questions cost together.
    pub fn spent(&self) -> Rho {
        self.spends.iter().fold(Rho::ZERO, |sum, s| sum.plus(s.rho))
    }
}

/// Which tables are neighbours.
pub(crate) fn neighbours(unit: &Unit) -> String {
    match unit {
        Unit::Row => "tables that differ by one row added or removed".to_owned(),
        Unit::Person { column, rows } => format!(
            "tables that differ by all rows of one person (named by '{column}') added or removed, of whom at most \
             {rows} rows count"
        ),
    }
}
