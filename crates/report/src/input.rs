//! What a report is made of.

use plenish_audit::Audit;
use plenish_evaluate::{Evaluation, Experiment, Gate, Verdict};
use plenish_plan::PlanReport;
use plenish_private::Evidence;
use plenish_private::domain::Outside;
use plenish_private::ledger::Balance;
use plenish_profile::{Associations, ColumnComparison, Profile};

/// Everything that a report shows; it computes nothing of its own.
#[derive(Debug, Clone, Copy)]
pub struct ReportInput<'a> {
    /// The study's name.
    pub title: &'a str,
    /// The study's objective, in its own words; may be empty.
    pub objective: &'a str,
    /// The tables that took part, in the order to list them.
    pub data: &'a [DataName],
    /// The conclusion.
    pub verdict: &'a Verdict,
    /// All gates, those of the experiment included.
    pub gates: &'a [Gate],
    /// What was measured from the tables alone. Its own gates are not shown; those of `gates` are.
    pub evaluation: &'a Evaluation,
    /// The experiment, if there was one.
    pub experiment: Option<&'a Experiment>,
    /// What was planned for what the data lacked, and what that brought, if rows were planned.
    pub plan: Option<&'a PlanReport>,
    /// The profile of the real rows that the generator saw.
    pub profile: &'a Profile,
    /// Each column of those rows and of the synthetic ones, on shared bins.
    pub comparisons: &'a [ColumnComparison],
    /// Associations in the real rows.
    pub associations_real: &'a Associations,
    /// The same in the synthetic rows, on the same bins.
    pub associations_synthetic: &'a Associations,
    /// Where all of it comes from.
    pub provenance: &'a Provenance,
    /// What was promised, in a private study.
    pub privacy: Option<PrivacyInput<'a>>,
}

/// What a private study promised and left.
#[derive(Debug, Clone, Copy)]
pub struct PrivacyInput<'a> {
    /// What was promised, asked and paid.
    pub evidence: &'a Evidence,
    /// What the data set may still give.
    pub ledger: &'a Balance,
    /// What of the data lies outside the public schema.
    pub outside: &'a Outside,
    /// Files that the promise covers.
    pub released: &'a [String],
    /// Files that it does not cover.
    pub kept: &'a [String],
    /// Whether the rows were attacked, which stands on a page of its own.
    pub audited: bool,
}

/// Everything that the page of an audit shows.
#[derive(Debug, Clone, Copy)]
pub struct AuditInput<'a> {
    /// The study's or the table's name.
    pub title: &'a str,
    /// The tables that took part, in the order to list them.
    pub data: &'a [DataName],
    /// What was found.
    pub audit: &'a Audit,
    /// What was promised, if anything was.
    pub evidence: Option<&'a Evidence>,
    /// The version of Plenish.
    pub plenish: &'a str,
    /// When the page was made, in words; left out if none.
    pub generated_at: Option<&'a str>,
}

/// A table that took part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataName {
    /// What it was for: `train`, `locked test`, `synthetic`.
    pub part: String,
    /// The file or other source, as the user named it.
    pub name: String,
    /// Its rows.
    pub rows: usize,
}

/// Where a report comes from, so that it can be made again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Settings in the order to show them, as (name, value).
    pub settings: Vec<(String, String)>,
    /// The seed of all randomness.
    pub seed: u64,
    /// Hashes of files and records, as (what, hash with its kind, such as `sha256:…`).
    pub hashes: Vec<(String, String)>,
    /// The version of Plenish.
    pub plenish: String,
    /// When the report was made, in words; left out if none.
    pub generated_at: Option<String>,
    /// The version in the store; left out if none.
    pub version: Option<String>,
}
