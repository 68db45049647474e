//! A study's settings, with every default filled in.

use super::privacy::{AuditSettings, PrivacySettings};
use super::source::Source;
use plenish_evaluate::{Criteria, Purpose};
use plenish_table::{ColumnType, Role};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The format of study files that this version reads.
pub const STUDY_FORMAT: u32 = 1;

/// A whole study file. Serialised, it is the record's settings; read back, the study runs again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Study {
    /// Format of the file.
    pub format: u32,
    /// What the report calls it; may be empty.
    pub title: String,
    /// What it is to reach, in the user's words; may be empty.
    pub objective: String,
    /// What the synthetic rows are for.
    pub purpose: Purpose,
    /// The column to predict.
    pub target: String,
    /// Columns whose groups must be treated alike.
    pub protected: Vec<String>,
    /// What all randomness comes from.
    pub seed: u64,
    /// The real rows.
    pub data: Data,
    /// What makes the synthetic rows.
    pub generator: GeneratorSettings,
    /// How synthetic rows join real ones.
    pub augment: Augment,
    /// What gaps are filled.
    #[serde(default)]
    pub plan: PlanSettings,
    /// How groups are balanced.
    #[serde(default)]
    pub balance: BalanceSettings,
    /// What a private run promises; there is no promise if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy: Option<PrivacySettings>,
    /// How the rows are attacked.
    #[serde(default, skip_serializing_if = "AuditSettings::is_default")]
    pub audit: AuditSettings,
    /// How arms are compared in folds.
    #[serde(default)]
    pub experiment: ExperimentSettings,
    /// What has to hold.
    pub criteria: Criteria,
    /// What is written.
    pub output: Output,
    /// What every row keeps.
    #[serde(default)]
    pub constraints: Constraints,
    /// What the file says about columns, in its order.
    pub columns: Vec<ColumnOverride>,
    /// The text and the places in it.
    #[serde(skip)]
    pub(crate) source: Source,
    /// The folder that paths start at.
    #[serde(skip)]
    pub(crate) folder: PathBuf,
}

/// The real rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// Path of the rows to learn from, as in the file.
    pub train: String,
    /// Path of the locked test, as in the file; a share of the training file is locked if none.
    pub test: Option<String>,
    /// That share, 0.05 to 0.5.
    pub test_share: f64,
    /// The character between the cells of a CSV file; detected if none.
    pub delimiter: Option<char>,
    /// Texts that stand for a missing cell; the reader's own rule if none.
    pub missing: Option<Vec<String>>,
}

/// What makes the synthetic rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeneratorSettings {
    /// The name of a generator.
    pub name: String,
    /// `fast`, `balanced` or `max`.
    pub preset: String,
    /// Columns that conditions name most, and which come first; the target and the protected columns if empty.
    pub condition_on: Vec<String>,
    /// Rows to make; as many as there are to learn from if none.
    pub rows: Option<u64>,
    /// What every row must satisfy, in the language of conditions.
    #[serde(rename = "where")]
    pub condition: Option<String>,
}

/// How synthetic rows join real ones.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augment {
    /// Synthetic rows for each real one, 0 to 100.
    pub ratio: f64,
    /// Weight of a synthetic row, 0 to 10; a real one has 1.
    pub weight: f64,
    /// Whether rows whose label is in doubt are left out. Records that do not say are of a time when none were.
    #[serde(default)]
    pub quarantine: bool,
    /// Whether synthetic rows are weighted around `weight` by how much likelier they are among real ones. Records that do
    /// not say are of a time when none were.
    #[serde(default)]
    pub density_ratio: bool,
}

impl Augment {
    /// The same with the ratio and weight that were chosen.
    pub(crate) fn chosen(self, of: plenish_evaluate::Augmentation) -> Self {
        Self {
            ratio: of.ratio,
            weight: of.weight,
            ..self
        }
    }
}

/// What gaps are filled, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanSettings {
    /// Kinds of gaps, by name; none are looked for if empty.
    pub gaps: Vec<String>,
    /// Path of a plan to obey, as in the file.
    pub file: Option<String>,
    /// Columns whose combinations are to be covered; chosen if empty.
    pub columns: Vec<String>,
    /// Combinations with fewer rows are uncovered; at least 1.
    pub threshold: Option<u64>,
    /// Values that are combined at most, 1 to 5.
    pub levels: u64,
    /// Path of a reference, as in the file.
    pub reference: Option<String>,
    /// Rows of the plan for each real one at most, above 0.
    pub most: f64,
    /// The share that a rare class is brought to, 0 to 1.
    pub rare_share: f64,
    /// Rows for each real row of a failing slice, 0 to 10.
    pub slice_rows: f64,
    /// Share of a line's rows that may be nearly the same as others, 0 to 1.
    pub alike: f64,
    /// Rows made for each row of a rare class of the target, 1 to 100. Records of before there was a choice have none.
    #[serde(default = "no_choice")]
    pub candidates: u64,
    /// Rounds of the loop that errors drive.
    pub rounds: u64,
}

impl PlanSettings {
    /// Whether anything is planned, whatever is balanced.
    pub(crate) fn is_some(&self) -> bool {
        !self.gaps.is_empty() || self.file.is_some() || self.rounds > 0
    }
}

fn no_choice() -> u64 {
    1
}

impl Default for PlanSettings {
    /// No plan.
    fn default() -> Self {
        Self {
            gaps: Vec::new(),
            file: None,
            columns: Vec::new(),
            threshold: None,
            levels: 3,
            reference: None,
            most: 1.0,
            rare_share: 0.1,
            slice_rows: 0.5,
            alike: 0.02,
            candidates: 10,
            rounds: 0,
        }
    }
}

/// How groups are balanced.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BalanceSettings {
    /// `best-group`, `equal-cells`, `rate` or `reference`; groups are left as they are if none.
    pub goal: Option<String>,
    /// The columns whose combined values are groups; the protected ones if empty.
    pub columns: Vec<String>,
    /// For `rate`: the share of the rarer outcome, above 0 and below 1.
    pub rate: Option<f64>,
}

impl Study {
    /// Whether rows are made for gaps rather than like all real rows.
    pub fn is_planned(&self) -> bool {
        self.plan.is_some() || self.balance.goal.is_some()
    }
}

/// How arms are compared in folds of the training rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExperimentSettings {
    /// Times that the rows are divided into folds; none of them if 0, which also stands for a record from
    /// before there was such a comparison.
    pub repeats: usize,
    /// Folds of each, 2 to 20.
    pub folds: usize,
    /// Synthetic rows for each real one to compare; that of [`Augment`] if empty.
    pub ratios: Vec<f64>,
    /// Weights to compare; that of [`Augment`] if empty.
    pub weights: Vec<f64>,
    /// `class-weights`, `oversampling`, `smote`, `reweighing`.
    pub baselines: Vec<String>,
    /// `isotonic`, `platt`: arms that are tried with recalibrated probabilities as well.
    #[serde(default)]
    pub recalibration: Vec<String>,
    /// What thresholds by group make alike, as it is written (`equalized-odds 0.02`): arms that are tried with such
    /// thresholds as well.
    #[serde(default)]
    pub group_thresholds: Vec<String>,
    /// `boosted`, `forest`, `logistic`, the one that decides first; all of them if empty.
    #[serde(default)]
    pub learners: Vec<String>,
    /// The metric that decides; that of the kind of target if none.
    #[serde(default)]
    pub metric: Option<String>,
    /// Where probabilities are cut, as it is written; a threshold of one half if none.
    #[serde(default)]
    pub operating_point: Option<String>,
    /// Whether repeats end as soon as the answer is clear.
    pub stop_early: bool,
}

/// What is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// The folder, as in the file.
    pub folder: String,
    /// `parquet`, `csv`; at least one.
    pub formats: Vec<String>,
}

/// What every row keeps, as it is written: see [`plenish_table::Constraint`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constraints {
    /// Columns that are sums of others: `total = net + tax`.
    pub formulas: Vec<String>,
    /// Columns in order: `start <= end`.
    pub inequalities: Vec<String>,
    /// Columns that follow from others: `zip -> city`.
    pub dependencies: Vec<String>,
    /// Columns of which only known combinations occur: `city, state`.
    pub combinations: Vec<String>,
    /// Columns in which no two rows are alike: `order_id`.
    pub unique: Vec<String>,
}

impl Constraints {
    /// Those of the kind called `name`.
    pub(crate) fn of(&self, name: &str) -> &[String] {
        match name {
            "formulas" => &self.formulas,
            "inequalities" => &self.inequalities,
            "dependencies" => &self.dependencies,
            "combinations" => &self.combinations,
            _ => &self.unique,
        }
    }
}

/// What the file says about one column; what it does not say is inferred from the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnOverride {
    /// The column.
    pub name: String,
    /// Type of its values.
    #[serde(rename = "type")]
    pub kind: Option<ColumnType>,
    /// What it is for.
    pub role: Option<Role>,
    /// Whether cells may be missing.
    pub missing: Option<bool>,
    /// Smallest value allowed.
    pub min: Option<Bound>,
    /// Largest value allowed.
    pub max: Option<Bound>,
    /// Texts allowed.
    pub allowed: Option<Vec<String>>,
    /// Regular expression that every text matches as a whole.
    #[serde(default)]
    pub pattern: Option<String>,
    /// Digits after the decimal point.
    pub decimals: Option<u8>,
}

/// A bound as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bound {
    /// A number.
    Number(f64),
    /// A day or a point in time.
    Time(String),
}

impl Study {
    /// The study with every default filled in: what the record keeps.
    pub fn resolved(&self) -> Value {
        // Fails only for maps with keys that are no text, of which there are none.
        serde_json::to_value(self).unwrap_or(Value::Null)
    }

    /// BLAKE3 of the canonical JSON of the criteria: what is fixed before anything is generated.
    pub fn criteria_hash(&self) -> String {
        let criteria = serde_json::to_value(self.criteria).unwrap_or(Value::Null);
        if !self.audit.make {
            return plenish_store::hash_json(&criteria);
        }
        let audit = serde_json::to_value(self.audit.criteria).unwrap_or(Value::Null);
        plenish_store::hash_json(&serde_json::json!({ "criteria": criteria, "audit": audit }))
    }

    /// The folder that paths in the file start at.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The same study with paths that start at `folder`, as for one read from a record.
    #[must_use]
    pub fn in_folder(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.folder);
        self
    }

    /// A path of the file, from the current folder; as it stands where that is the study's folder.
    pub(crate) fn beside(&self, path: &str) -> PathBuf {
        if self.folder == Path::new(".") {
            PathBuf::from(path)
        } else {
            self.folder.join(path)
        }
    }

    /// The file of rows to learn from.
    pub fn train_path(&self) -> PathBuf {
        self.beside(&self.data.train)
    }

    /// The file of the locked test, if one is named.
    pub fn test_path(&self) -> Option<PathBuf> {
        self.data.test.as_ref().map(|path| self.beside(path))
    }

    /// The folder for data, report and verdict.
    pub fn output_folder(&self) -> PathBuf {
        if self.output.folder == "." {
            self.folder.clone()
        } else {
            self.beside(&self.output.folder)
        }
    }

    /// The folder of the store: `.plenish` in the study's folder.
    pub fn store_folder(&self) -> PathBuf {
        self.folder.join(plenish_store::FOLDER_NAME)
    }
}
