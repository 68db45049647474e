//! What the robust measures return; keys of `--json`, stable from release to release.

use crate::results::Score;
use serde::{Deserialize, Serialize};

/// Likeness that no outlier, shift or invented link fools. Everything is measured on as many rows of
/// each table as `rows` says, except values, times and copies, which look at every row.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Robust {
    /// Rows of the real and of the synthetic table that were looked at: as many of one as of the
    /// other, at most 100,000.
    pub rows: usize,
    /// Rows of the holdout that were looked at, at most 100,000.
    pub holdout_rows: usize,
    /// Columns, pairs and triples on shared bins.
    pub agreement: Agreement,
    /// Links between columns that were lost and invented.
    pub links: Links,
    /// How well other columns predict each protected one.
    pub proxies: Vec<Proxy>,
    /// What gives the synthetic rows away.
    pub tells: Tells,
    /// Whether rows lie where real ones do, and everywhere they do.
    pub spread: Spread,
    /// Fidelity by class of the target and by protected group.
    pub segments: Vec<Segment>,
    /// The share of each protected group, and of each class within it.
    pub rates: Vec<GroupRate>,
    /// Values that next to no synthetic row has, largest real share first.
    pub gone: Vec<Gone>,
    /// Whether times stand in order.
    pub times: Times,
}

/// Agreement with the holdout on shared bins: the affinity of cell shares (Bhattacharyya 1943), 1 where
/// all are equal, 0 where no cell is in both tables.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Agreement {
    /// The mean of the three.
    pub overall: Score,
    /// The mean over single columns. Shuffling leaves it as it is: it has no way from floor to ceiling.
    pub columns: Score,
    /// The mean over pairs of columns.
    pub pairs: Score,
    /// The mean over triples of columns.
    pub triples: Score,
    /// One entry a column.
    pub by_column: Vec<ColumnAgreement>,
    /// One entry a pair, in the order of the columns.
    pub by_pair: Vec<PairAgreement>,
    /// The triples that fall farthest short of the ceiling, at most 20.
    pub worst_triples: Vec<TripleAgreement>,
    /// How many triples were measured: all, or 300 drawn from them.
    pub triples_measured: usize,
}

/// The agreement of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnAgreement {
    /// The column.
    pub name: String,
    /// Its agreement.
    pub score: Score,
    /// Share of rows that would have to change their cell, beyond what unseen real rows have and three
    /// standard errors.
    pub gap: f64,
}

/// The agreement of a pair of columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairAgreement {
    /// One column.
    pub a: String,
    /// The other.
    pub b: String,
    /// Their agreement.
    pub score: Score,
    /// Share of rows that would have to change their cell, beyond what unseen real rows have and three
    /// standard errors.
    pub gap: f64,
}

/// The agreement of three columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TripleAgreement {
    /// The columns.
    pub columns: Vec<String>,
    /// Their agreement.
    pub score: Score,
}

/// Links between columns that differ between real and synthetic rows, with the pairs of a false
/// discovery rate of 5 %.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Links {
    /// Pairs that were looked at.
    pub tested: usize,
    /// Links that are weaker in the synthetic rows, largest loss first.
    pub lost: Vec<Link>,
    /// Links that are stronger in them, largest excess first.
    pub invented: Vec<Link>,
}

/// A link between two columns: Cramér's V, bias-corrected, on shared bins; 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// One column.
    pub a: String,
    /// The other.
    pub b: String,
    /// Its strength in the real rows the generator saw.
    pub real: f64,
    /// Its strength in the holdout.
    pub holdout: f64,
    /// Its strength in the synthetic rows.
    pub synthetic: f64,
    /// How far the synthetic strength lies outside the two real ones.
    pub excess: f64,
    /// How often tables of one population differ as much.
    pub p: f64,
    /// The same adjusted for all pairs (Benjamini-Hochberg).
    pub adjusted: f64,
}

/// How well the other columns predict a protected one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proxy {
    /// The protected column.
    pub column: String,
    /// The groups of it that were told apart; with fewer than two, too few rows to judge.
    pub classes: Vec<String>,
    /// All other columns together; none if there are too few rows to judge.
    pub all: Option<ProxyPower>,
    /// Each other column alone, the strongest in the synthetic rows first.
    pub single: Vec<ProxyPower>,
}

/// The area under the ROC curve with which a protected column is predicted in each table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProxyPower {
    /// The column it is predicted from; empty for all together.
    pub column: String,
    /// In the real rows the generator saw.
    pub real: f64,
    /// In the holdout.
    pub holdout: f64,
    /// In the synthetic rows.
    pub synthetic: f64,
    /// By how much the synthetic value exceeds both real ones, beyond three standard errors.
    pub gain: f64,
}

/// What gives the synthetic rows away to a model that tells them from the holdout.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Tells {
    /// Rows of each side, at most 5,000.
    pub rows: usize,
    /// The area under the ROC curve of the model: 0.5 is guessing.
    pub auc: f64,
    /// What each column is worth to it, most first.
    pub columns: Vec<Tell>,
    /// Parts of the table that hold too many or too few synthetic rows, largest difference first.
    pub regions: Vec<Region>,
}

/// What a column is worth to the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tell {
    /// The column.
    pub column: String,
    /// What the area under the curve loses when the column's cells are exchanged between rows.
    pub worth: f64,
}

/// A part of the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// Conditions that all hold for its rows.
    pub conditions: Vec<String>,
    /// Share of the holdout's rows in it.
    pub real: f64,
    /// Share of the synthetic rows in it.
    pub synthetic: f64,
}

/// Precision and recall of the synthetic rows as a cloud of points.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Spread {
    /// Rows of each table, at most 1,500.
    pub rows: usize,
    /// Neighbours that reach round a real row.
    pub neighbours: usize,
    /// Whether rows are as typical of the holdout as its own rows: 1 is equal.
    pub alpha_precision: Score,
    /// Whether holdout rows lie next to rows typical of the synthetic table: 1 is ideal, unseen real
    /// rows reach the ceiling.
    pub beta_recall: Score,
    /// How many neighbourhoods of holdout rows a row lies in, of those it should: 1 is equal.
    pub density: Score,
    /// Share of holdout rows with a synthetic one in their neighbourhood.
    pub coverage: Score,
}

/// Fidelity within a part of the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// The target or a protected column.
    pub column: String,
    /// A value of it, or a range.
    pub group: String,
    /// Real rows in it.
    pub real: usize,
    /// Holdout rows in it.
    pub holdout: usize,
    /// Synthetic rows in it.
    pub synthetic: usize,
    /// The mean agreement of single columns and pairs within it; none with fewer than 100 rows in a
    /// table: too few to judge.
    pub agreement: Option<Score>,
}

/// A share in the real and in the synthetic rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupRate {
    /// The protected column.
    pub column: String,
    /// The group.
    pub group: String,
    /// The class of the target whose share within the group it is; none for the group's own share.
    pub class: Option<String>,
    /// Rows that the share is of, in the holdout or the synthetic table, whichever has fewer.
    pub rows: usize,
    /// The share in the real rows the generator saw.
    pub real: f64,
    /// In the holdout.
    pub holdout: f64,
    /// In the synthetic rows.
    pub synthetic: f64,
    /// How far the synthetic share lies outside the two real ones, beyond three standard errors; none
    /// with fewer than 30 rows in a table: too few to judge.
    pub gap: Option<f64>,
}

/// A value that both real parts have and next to no synthetic row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gone {
    /// The column.
    pub column: String,
    /// The value, or `(missing)`.
    pub value: String,
    /// Share of the real rows of both parts.
    pub real: f64,
    /// Synthetic rows that should have it.
    pub expected: f64,
    /// Synthetic rows that have it.
    pub left: usize,
}

/// Whether times stand in the order that real ones do.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Times {
    /// Pairs of times that are in order in (nearly) all real rows.
    pub orders: Vec<TimeOrder>,
    /// Times that rise from row to row in both real parts.
    pub rows: Vec<RowOrder>,
}

/// Two times of which one is never earlier in real rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimeOrder {
    /// The earlier one.
    pub earlier: String,
    /// The later one.
    pub later: String,
    /// Share of real rows that break the order, in the worse part.
    pub real: f64,
    /// Share of synthetic rows that break it.
    pub synthetic: f64,
}

/// A time by which the real rows of both parts are sorted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowOrder {
    /// The column.
    pub column: String,
    /// Share of the synthetic rows that do not stand before the row they follow.
    pub synthetic: f64,
}
