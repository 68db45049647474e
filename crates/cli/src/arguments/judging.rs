//! What the user may say to commands that judge synthetic rows, or change them.

use super::values::seed;
use clap::Args;
use std::path::PathBuf;

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
    /// Also tries arms with a threshold for each protected group that makes groups alike:
    /// 'equalized-odds 0.02', 'equal-opportunity 0.02', 'demographic-parity 0.02', 'disparate-impact 0.8'
    #[arg(long, value_name = "P,Q", value_delimiter = ',')]
    pub(crate) group_thresholds: Vec<String>,
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
