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
    /// How far the model can be from the data, marginal by marginal.
    pub errors: ErrorBounds,
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

/// How far the model can be from the data. It follows from the noisy answers alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErrorBounds {
    /// The confidence of each bound by itself, such as 0.95.
    pub level: f64,
    /// What the bounds are about, in words.
    pub about: String,
    /// One entry for each marginal that was measured, then those that only the last choice tells of.
    pub marginals: Vec<MarginalError>,
}

/// A bound on the error of one marginal. States that the model joined count as one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MarginalError {
    /// The columns, one or two.
    pub columns: Vec<String>,
    /// Cells of the marginal.
    pub cells: u64,
    /// Whether it was measured; the bounds of others are wider.
    pub measured: bool,
    /// The sum over cells of absolute differences of counts is at most this, in rows.
    pub rows: f64,
    /// Half of that over the estimated number of rows: total variation, at most 1.
    pub total_variation: f64,
}

impl ErrorBounds {
    /// The widest bound of the marginals that were measured, or of the others.
    pub fn worst(&self, measured: bool) -> Option<&MarginalError> {
        let of = self.marginals.iter().filter(|m| m.measured == measured);
        of.max_by(|a, b| a.total_variation.total_cmp(&b.total_variation))
    }

    /// The middle one of their bounds on total variation.
    pub fn median(&self, measured: bool) -> Option<f64> {
        let of = self.marginals.iter().filter(|m| m.measured == measured);
        let mut bounds: Vec<f64> = of.map(|m| m.total_variation).collect();
        bounds.sort_unstable_by(f64::total_cmp);
        bounds.get(bounds.len() / 2).copied()
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
