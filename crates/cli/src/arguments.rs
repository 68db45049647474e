//! What the user may say on the command line.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Above the options that every command has.
const EVERYWHERE: &str = "Options of every command";

/// Plenish fills what a training data set lacks with synthetic rows, and proves that it helped.
///
/// A study starts with two commands:
///
///     plenish init data.csv --target income
///     plenish run study.toml
///
/// `init` writes study.toml: the schema it found, the criteria, every setting with a comment.
/// `run` profiles the data, fits a generator, makes synthetic rows, checks them against rows the
/// generator never saw, tries them in an experiment, and leaves synthetic.parquet,
/// augmented.parquet, report.html and verdict.json beside the study, and a version in its store.
///
/// Files may be CSV, TSV, Parquet, JSON lines or Arrow, by their extension, text also .gz or .zst;
/// `-` is standard input or output. Nothing leaves this machine.
///
/// Exit codes: 0 done or accepted, 1 failure, 2 bad usage, 3 rejected by a gate, 130 interrupted.
#[derive(Debug, Parser)]
#[command(name = "plenish", version, verbatim_doc_comment, propagate_version = true)]
pub(crate) struct Arguments {
    /// Print one JSON object on standard output instead of text
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub(crate) json: bool,
    /// Print no progress and no summary
    #[arg(long, short, global = true, help_heading = EVERYWHERE)]
    pub(crate) quiet: bool,
    /// Threads to use [default: one for each core]; results do not depend on it
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a commented study.toml for a table
    Init(Init),
    /// Run a whole study: profile, generate, check, experiment, publish
    Run(Run),
    /// Find what a study's data lacks and write a plan that fills it, for you to edit
    Plan(Plan),
    /// Describe a table: every column, associations, groups
    Profile(Profile),
    /// Learn a generator from a table
    Fit(Fit),
    /// Make synthetic rows with a fitted generator
    Generate(Generate),
    /// Fill the missing cells of a table
    Impute(Impute),
    /// Tell how likely each row of a table is under a fitted generator
    Score(Score),
    /// Tell what a model file holds: generator, columns, conditions, where it comes from
    Show(Show),
    /// Compare a synthetic table with real ones
    Evaluate(Evaluate),
    /// Attack synthetic rows: what do they give away of the rows they were learned from?
    Audit(Box<Audit>),
    /// Change synthetic rows by named steps (noise, rounding, swapping, leaving out) and measure what that does
    Perturb(Box<Perturb>),
    /// Try synthetic rows in models, beside real rows and what costs nothing
    Experiment(Box<Experiment>),
    /// Show, limit or check the privacy budget of a data set
    Ledger(Ledger),
    /// Look into the store of a study
    #[command(subcommand)]
    Store(Store),
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The table to learn from
    pub(crate) data: String,
    /// The column a model is to predict
    #[arg(long, value_name = "COL")]
    pub(crate) target: String,
    /// Columns whose groups must be treated alike
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) protected: Vec<String>,
    /// A table for the locked test [default: a share of DATA is locked]
    #[arg(long, value_name = "FILE")]
    pub(crate) test: Option<String>,
    /// Where to write the study
    #[arg(long, short, default_value = "study.toml", value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Replace a study that is there already
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The study file
    pub(crate) study: PathBuf,
    /// Use this seed instead of the study's
    #[arg(long, allow_negative_numbers = true, value_parser = seed)]
    pub(crate) seed: Option<u64>,
}

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

#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// The study file, with a section `plan`
    #[arg(value_name = "STUDY")]
    pub(crate) study: PathBuf,
    /// Where to write the plan; beside the study if not named, `-` for standard output
    #[arg(short, long, value_name = "PLAN.toml")]
    pub(crate) output: Option<String>,
    /// Replaces a plan that is there
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// Real rows the generator learned from
    #[arg(long, value_name = "A")]
    pub(crate) real: String,
    /// Real rows it never saw
    #[arg(long, value_name = "B")]
    pub(crate) holdout: String,
    /// The synthetic rows
    #[arg(long, value_name = "S")]
    pub(crate) synthetic: String,
    /// The column to predict: adds the experiment of three arms, with the holdout as locked test
    #[arg(long, value_name = "COL")]
    pub(crate) target: Option<String>,
    /// Columns whose groups are compared
    #[arg(long, value_name = "C,D", value_delimiter = ',', requires = "target")]
    pub(crate) protected: Vec<String>,
    /// What every synthetic row has to keep, as for `plenish fit`; repeatable
    #[arg(long, value_name = "CONSTRAINT")]
    pub(crate) constraint: Vec<String>,
    /// Writes the synthetic rows whose label is in doubt, with the reasons
    #[arg(long, value_name = "FILE", requires = "target")]
    pub(crate) quarantine: Option<String>,
    /// The seed of all randomness
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = seed)]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// Real rows the generator learned from
    #[arg(long, value_name = "A")]
    pub(crate) train: String,
    /// Real rows from the same source that it never saw; without them an audit means nothing
    #[arg(long, value_name = "B")]
    pub(crate) holdout: Option<String>,
    /// The synthetic rows, made by anything
    #[arg(long, value_name = "S")]
    pub(crate) synthetic: String,
    /// The fitted model, if attackers are thought to have it
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<PathBuf>,
    /// The column a model is to predict; guessed before others where columns are many
    #[arg(long, value_name = "COL")]
    pub(crate) target: Option<String>,
    /// Columns whose traits are sensitive
    #[arg(long, value_name = "C,D", value_delimiter = ',')]
    pub(crate) protected: Vec<String>,
    /// What attackers know of a person (quasi-identifiers) [default: all but what they guess]
    #[arg(long, value_name = "E,F", value_delimiter = ',')]
    pub(crate) keys: Vec<String>,
    /// Also fits this many shadow models on halves of the real rows (2 to 64)
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(2..=64))]
    pub(crate) shadow: Option<u16>,
    /// The generator of the shadow models: chain, independent, copula, bootstrap, smote or cart
    #[arg(long, default_value = "chain", value_name = "NAME", requires = "shadow")]
    pub(crate) engine: String,
    /// The effort of each shadow model: fast, balanced or max
    #[arg(long, default_value = "balanced", value_name = "NAME", requires = "shadow")]
    pub(crate) preset: String,
    /// Changes a gate: `audit_auc=0.6`, or `audit_tpr=off`; repeatable (docs/audit.md)
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) gate: Vec<String>,
    /// Where to write the results as JSON; they are as sensitive as the training rows
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Where to write them as a page with charts, as sensitive as the results
    #[arg(long, value_name = "HTML")]
    pub(crate) report: Option<PathBuf>,
    /// What was promised, as `plenish fit --evidence` wrote it; shown on the page
    #[arg(long, value_name = "FILE", requires = "report")]
    pub(crate) evidence: Option<PathBuf>,
    /// The seed of all randomness
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = seed)]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Perturb {
    /// The synthetic rows to change
    #[arg(long, value_name = "S")]
    pub(crate) synthetic: String,
    /// Real rows the generator learned from: rare combinations are counted in them, near rows found
    #[arg(long, value_name = "A")]
    pub(crate) train: String,
    /// Where to write the changed rows; `-` is standard output
    #[arg(long, short, value_name = "OUT")]
    pub(crate) output: String,
    /// A file of steps, taken in its order (docs/perturb.md)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["noise", "swap", "round", "suppress", "drop_nearest", "drop_nearer_than"])]
    pub(crate) steps: Option<PathBuf>,
    /// Noise: `age=0.05` is a twentieth of the column's spread; texts are replaced with that probability; repeatable
    #[arg(long, value_name = "COLS=X")]
    pub(crate) noise: Vec<String>,
    /// Exchanges cells within random pairs of rows: `zip=0.1` of all rows; several columns move together; repeatable
    #[arg(long, value_name = "COLS=SHARE")]
    pub(crate) swap: Vec<String>,
    /// Rounds: `income=1000`, or `born=month` (minute, hour, day, week, year); repeatable
    #[arg(long, value_name = "COLS=UNIT")]
    pub(crate) round: Vec<String>,
    /// Leaves rows out whose combination fewer real rows have: `age,sex,zip=5`; repeatable
    #[arg(long, value_name = "COLS=K")]
    pub(crate) suppress: Vec<String>,
    /// Leaves out this share of the rows: those nearest to a real one
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(crate) drop_nearest: Option<f64>,
    /// Leaves out all rows nearer to a real one than this distance (0 to 1)
    #[arg(
        long,
        value_name = "DISTANCE",
        allow_negative_numbers = true,
        conflicts_with = "drop_nearest"
    )]
    pub(crate) drop_nearer_than: Option<f64>,
    /// A rule that rows keep: a row that would break it stays as it was; repeatable
    #[arg(long, value_name = "RULE")]
    pub(crate) constraint: Vec<String>,
    /// Real rows the generator never saw: fidelity, a model and attacks are measured before and after
    #[arg(long, value_name = "B")]
    pub(crate) holdout: Option<String>,
    /// The column a model is to predict, before and after
    #[arg(long, value_name = "COL", requires = "holdout")]
    pub(crate) target: Option<String>,
    /// What attackers know of a person [default: all but what they guess]
    #[arg(long, value_name = "E,F", value_delimiter = ',', requires = "holdout")]
    pub(crate) keys: Vec<String>,
    /// Real rows of each kind that are attacked, at most
    #[arg(long, value_name = "N", default_value_t = plenish_perturb::MAX_ATTACKED as u32, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(100..=50_000))]
    pub(crate) attacked: u32,
    /// Where to write the measurements as JSON; they are as sensitive as the training rows
    #[arg(long, value_name = "FILE", requires = "holdout")]
    pub(crate) effect: Option<PathBuf>,
    /// The seed of all randomness
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = seed)]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Experiment {
    /// Real rows to train on
    #[arg(long, value_name = "A")]
    pub(crate) real: String,
    /// Real rows that only judge: the locked test
    #[arg(long, value_name = "B")]
    pub(crate) holdout: String,
    /// The column to predict
    #[arg(long, value_name = "COL")]
    pub(crate) target: String,
    /// Synthetic rows made by anybody, tried on the locked test alone; without them an engine makes rows, in
    /// folds of the real ones as well
    #[arg(long, value_name = "S", conflicts_with_all = ["engine", "preset", "constraint", "generate_where"])]
    pub(crate) synthetic: Option<String>,
    /// Columns whose groups are compared, and that reweighing looks at
    #[arg(long, value_name = "C,D", value_delimiter = ',')]
    pub(crate) protected: Vec<String>,
    /// What makes the rows: chain, independent, copula, bootstrap, smote or cart
    #[arg(long, default_value = "chain")]
    pub(crate) engine: String,
    /// How much effort it spends: fast, balanced or max
    #[arg(long, default_value = "balanced")]
    pub(crate) preset: String,
    /// What every synthetic row satisfies, as for `plenish generate`
    #[arg(long = "where", value_name = "CONDITION")]
    pub(crate) generate_where: Option<String>,
    /// What every synthetic row keeps, as for `plenish fit`; repeatable
    #[arg(long, value_name = "CONSTRAINT")]
    pub(crate) constraint: Vec<String>,
    /// Synthetic rows for each real one to compare
    #[arg(
        long,
        value_name = "R,S",
        value_delimiter = ',',
        default_value = "1",
        allow_negative_numbers = true
    )]
    pub(crate) ratio: Vec<f64>,
    /// Weights of a synthetic row to compare; a real one has 1
    #[arg(
        long,
        value_name = "V,W",
        value_delimiter = ',',
        default_value = "1",
        allow_negative_numbers = true
    )]
    pub(crate) weight: Vec<f64>,
    /// What costs no generator and has to be beaten
    #[arg(
        long,
        value_name = "X,Y",
        value_delimiter = ',',
        default_value = "class-weights,oversampling,smote,reweighing"
    )]
    pub(crate) baseline: Vec<String>,
    /// What is trained: boosted, forest, logistic; the first decides, the others show whether they agree
    #[arg(
        long,
        value_name = "L,M",
        value_delimiter = ',',
        default_value = "boosted,forest,logistic"
    )]
    pub(crate) learner: Vec<String>,
    /// The metric that decides, such as `average_precision`; the area under the ROC curve for classes and the root
    /// mean squared error for numbers if not named
    #[arg(long, value_name = "METRIC")]
    pub(crate) metric: Option<String>,
    /// Where probabilities of two classes are cut: 'threshold 0.5', 'selection-rate 0.2',
    /// 'false-positive-rate 0.05' or 'recall 0.8'
    #[arg(long, value_name = "POINT")]
    pub(crate) operating_point: Option<String>,
    /// Also tries arms with recalibrated probabilities: isotonic, platt
    #[arg(long, value_name = "M,N", value_delimiter = ',')]
    pub(crate) recalibrate: Vec<String>,
    /// Parts that the real rows are divided into
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(2..=20))]
    pub(crate) folds: u16,
    /// Times that they are; 0 tries rows on the locked test alone
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(0..=100))]
    pub(crate) repeats: u16,
    /// What a model must gain for certain: ROC AUC, or a share of the error
    #[arg(long, value_name = "GAIN", default_value_t = 0.0, allow_negative_numbers = true)]
    pub(crate) benefit: f64,
    /// Makes all repeats, however clear the answer is
    #[arg(long)]
    pub(crate) all_repeats: bool,
    /// Keeps generated rows whose label a model of the real rows doubts; they are left out otherwise
    #[arg(long, conflicts_with = "synthetic")]
    pub(crate) keep_suspects: bool,
    /// The seed of all randomness
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = seed)]
    pub(crate) seed: u64,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Store {
    /// List what happened, newest last
    Log(StoreFolder),
    /// Show one version
    Show {
        /// A version, the beginning of one, or `latest`
        version: String,
        #[command(flatten)]
        folder: StoreFolder,
    },
    /// Hash everything again and compare; all versions if none is named
    Verify {
        /// A version, the beginning of one, or `latest`
        version: Option<String>,
        /// Also run the version again and compare the bytes of its data
        #[arg(long)]
        regenerate: bool,
        #[command(flatten)]
        folder: StoreFolder,
    },
}

#[derive(Debug, Args)]
pub(crate) struct StoreFolder {
    /// The study's folder
    #[arg(long, default_value = ".", value_name = "FOLDER")]
    pub(crate) study: PathBuf,
}

/// Rows are numbered up to here; more than anybody can make.
const LAST_ROW: u64 = i64::MAX as u64;

fn seed(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("a seed is a whole number from 0 to {}", u64::MAX))
}

fn row_count(text: &str) -> Result<u64, String> {
    text.parse()
        .ok()
        .filter(|&count| count <= LAST_ROW)
        .ok_or_else(|| format!("a count of rows is a whole number from 0 to {LAST_ROW}"))
}

fn row_range(text: &str) -> Result<(u64, u64), String> {
    let wrong = || format!("'{text}' is not a range of rows; write it like 1000..2000");
    let (start, end) = text.split_once("..").ok_or_else(wrong)?;
    let (start, end) = (
        start.trim().parse().map_err(|_| wrong())?,
        end.trim().parse().map_err(|_| wrong())?,
    );
    if start > end {
        Err(format!("the range {text} ends before it begins"))
    } else if end > LAST_ROW {
        Err(format!("rows end at {LAST_ROW}"))
    } else {
        Ok((start, end))
    }
}
