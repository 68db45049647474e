//! What the user may say to commands that learn from a table and make rows.

use super::values::{row_count, row_range, seed};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Profile {
    /// The table to describe
    pub(crate) data: String,
    /// The column a model is to predict
    #[arg(long, value_name = "COL")]
    pub(crate) target: Option<String>,
    /// Columns whose groups are counted against the target
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) protected: Vec<String>,
    /// Also find what the table lacks: combinations with too few rows, rare classes, sparse regions; with
    /// a target slices in which a model fails, and what it relies on; with protected columns unequal groups
    #[arg(long)]
    pub(crate) gaps: bool,
    /// Look for gaps in these columns only [default: all]
    #[arg(long, value_name = "C,D", value_delimiter = ',', requires = "gaps")]
    pub(crate) columns: Vec<String>,
    /// Combinations with fewer rows are gaps [default: a thousandth of the rows, from 10 to 100]
    #[arg(long, value_name = "ROWS", requires = "gaps")]
    pub(crate) threshold: Option<usize>,
    /// Combine at most so many values, from 1 to 5 [default: 5 of named columns, 3 of all]
    #[arg(long, value_name = "N", requires = "gaps")]
    pub(crate) levels: Option<usize>,
    /// Find so many slices, and show so many of each kind of gap
    #[arg(long, value_name = "K", default_value_t = 10, requires = "gaps")]
    pub(crate) top: usize,
    /// Whom the data should be like: rows of the population, or a table of margins with the columns
    /// where (a condition) and share
    #[arg(long, value_name = "FILE", requires = "gaps")]
    pub(crate) reference: Option<String>,
    /// The seed of the models that look for gaps
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = seed, requires = "gaps")]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Fit {
    /// The table to learn from
    pub(crate) train: String,
    /// Where to write the model; `-` is standard output
    #[arg(long, short, value_name = "MODEL")]
    pub(crate) output: PathBuf,
    /// The column a model is to predict
    #[arg(long, value_name = "COL")]
    pub(crate) target: Option<String>,
    /// Columns that conditions will name most: on these they cost nothing [default: the target,
    /// in tables of more than 2,000 rows]
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) condition_on: Vec<String>,
    /// What every row keeps: "total = net + tax", "start <= end", "zip -> city", "unique(id)"; repeatable
    #[arg(long, value_name = "CONSTRAINT")]
    pub(crate) constraint: Vec<String>,
    /// The generator: chain, independent, copula, bootstrap, smote or cart (docs/generators); aim and mst are
    /// differentially private, and need --epsilon, --schema and --data-set
    #[arg(long, default_value = "chain", value_name = "NAME")]
    pub(crate) engine: String,
    /// How much effort to spend: fast, balanced or max
    #[arg(long, default_value = "balanced", value_name = "NAME")]
    pub(crate) preset: String,
    /// Private engines: how much may be learned of any one person or row; smaller protects more
    #[arg(long, value_name = "E", allow_negative_numbers = true)]
    pub(crate) epsilon: Option<f64>,
    /// Private engines: the chance, far below 1 over the number of rows, that more is learned
    #[arg(long, value_name = "D", default_value_t = 1e-9, allow_negative_numbers = true)]
    pub(crate) delta: f64,
    /// Private engines: what is public knowledge about each column: bounds, bins, values (docs/privacy.md)
    #[arg(long, value_name = "PUBLIC.toml")]
    pub(crate) schema: Option<PathBuf>,
    /// Private engines: the name under which the owner keeps the budget of this data
    #[arg(long, value_name = "NAME")]
    pub(crate) data_set: Option<String>,
    /// Private engines: the folder of the ledger
    #[arg(long, value_name = "DIR", default_value = "plenish-ledger")]
    pub(crate) ledger: PathBuf,
    /// Private engines: the number of rows at most, as the owner declares it; --delta is checked against it
    #[arg(long, value_name = "N")]
    pub(crate) rows_at_most: Option<u64>,
    /// Private engines: also writes what was promised, asked and spent, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) evidence: Option<PathBuf>,
    /// The seed of all randomness
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = seed)]
    pub(crate) seed: u64,
    /// Note in the model when it was fitted; its bytes then differ from run to run
    #[arg(long)]
    pub(crate) record_time: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Ledger {
    #[command(subcommand)]
    pub(crate) action: LedgerAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LedgerAction {
    /// What a data set has spent and may still give
    Show {
        /// The data set's name
        name: String,
        /// The folder of the ledger
        #[arg(long, value_name = "DIR", default_value = "plenish-ledger")]
        ledger: PathBuf,
    },
    /// Set what all fits to a data set together may cost: for its owner to decide
    Limit {
        /// The data set's name
        name: String,
        /// Epsilon of all fits together, at most
        #[arg(long, value_name = "E", allow_negative_numbers = true)]
        epsilon: f64,
        /// Delta of all fits together
        #[arg(long, value_name = "D", default_value_t = 1e-9, allow_negative_numbers = true)]
        delta: f64,
        /// The folder of the ledger
        #[arg(long, value_name = "DIR", default_value = "plenish-ledger")]
        ledger: PathBuf,
    },
    /// Check that nothing in a ledger was changed or taken out
    Verify {
        /// The data set's name
        name: String,
        /// The folder of the ledger
        #[arg(long, value_name = "DIR", default_value = "plenish-ledger")]
        ledger: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// A model written by `plenish fit`; `-` is standard input
    pub(crate) model: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// A model written by `plenish fit`; `-` is standard input
    pub(crate) model: PathBuf,
    /// How many rows to make [default: as many as are given, or as the model learned from]
    #[arg(long, short = 'n', value_name = "ROWS", conflicts_with = "rows", allow_negative_numbers = true,
        value_parser = row_count)]
    pub(crate) number: Option<u64>,
    /// Make only rows A to B (B not included) of the endless table that model and seed define
    #[arg(long, value_name = "A..B", value_parser = row_range)]
    pub(crate) rows: Option<(u64, u64)>,
    /// Where to write the rows
    #[arg(long, short, value_name = "OUT")]
    pub(crate) output: String,
    /// Make only rows like this: "income = '>50K' and sex = 'Female'"; any columns may be named
    #[arg(long = "where", value_name = "CONDITION")]
    pub(crate) condition: Option<String>,
    /// Complete the rows of this table: its cells are kept, absent columns and missing cells are drawn
    #[arg(long, value_name = "ROWS")]
    pub(crate) given: Option<String>,
    /// Accept given cells like none that was learned from
    #[arg(long, requires = "given")]
    pub(crate) clip: bool,
    /// Give a column's values these shares, exactly: income=0.4,0.6 in rising order (texts by the
    /// alphabet), or income:<=50K=0.4,>50K=0.6; once for each column
    #[arg(long, value_name = "COL=SHARES")]
    pub(crate) set_distribution: Vec<String>,
    /// Below 1 for more typical rows, above 1 for more diverse ones; from 0.1 to 10
    #[arg(long, default_value_t = 1.0, value_name = "T", allow_negative_numbers = true)]
    pub(crate) temperature: f64,
    /// The seed of all randomness
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = seed)]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Impute {
    /// The table with missing cells
    pub(crate) data: String,
    /// Where to write the table with all cells filled
    #[arg(long, short, value_name = "OUT")]
    pub(crate) output: String,
    /// A model written by `plenish fit` [default: learned from DATA itself]
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<PathBuf>,
    /// The column a model is to predict, when one is learned
    #[arg(long, value_name = "COL", conflicts_with = "model")]
    pub(crate) target: Option<String>,
    /// How much effort to spend on learning: fast, balanced or max
    #[arg(long, default_value = "balanced", value_name = "NAME", conflicts_with = "model")]
    pub(crate) preset: String,
    /// The seed of all randomness
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = seed)]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Score {
    /// A model written by `plenish fit`; `-` is standard input
    pub(crate) model: PathBuf,
    /// The table whose rows to score
    pub(crate) data: String,
    /// Where to write a row for each row: its log-likelihood, its least likely column, and the part of
    /// each column
    #[arg(long, short, value_name = "OUT")]
    pub(crate) output: String,
    /// Leave out the parts of the columns
    #[arg(long)]
    pub(crate) no_parts: bool,
}
