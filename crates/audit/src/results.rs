//! What an audit finds. Everything here tells of training rows and is as sensitive as they are.

use plenish_evaluate::{Copies, Gate, Interval};
use serde::{Deserialize, Serialize};

/// What stands at the head of every audit.
pub const SENSITIVE: &str = "These results tell about the rows the generator learned from. Keep them with those rows; \
                             they are no part of what is released.";

/// Everything an audit found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// That the results are sensitive, and where they belong.
    pub sensitive: String,
    /// Rows the attacks worked with.
    pub rows: AuditRows,
    /// Whether training and holdout rows differ by themselves.
    pub control: Control,
    /// Attacks that tell training rows from others, in a fixed order.
    pub attacks: Vec<Attack>,
    /// The attacks that succeed most.
    pub worst: Worst,
    /// Attacks that could not be made, and why.
    pub not_judged: Vec<NotJudged>,
    /// Guessing a cell from the other cells of a person.
    pub attribute: AttributeInference,
    /// Conditions that fit exactly one person.
    pub singling_out: SinglingOut,
    /// Bringing together two parts of a person's record.
    pub linkability: Linkability,
    /// Copied training rows.
    pub copies: CopyReport,
    /// What the synthetic rows teach about each protected column.
    pub traits: Vec<Trait>,
    /// Findings held against the criteria.
    pub gates: Vec<Gate>,
}

/// Rows of each table that an audit worked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRows {
    /// Rows the generator learned from: those whose membership is attacked.
    pub train: usize,
    /// Rows it never saw: the control.
    pub holdout: usize,
    /// Synthetic rows.
    pub synthetic: usize,
}

/// Whether a model tells training rows from holdout rows without any synthetic row: if it does, the two differ by
/// themselves, and what attacks find is not what the synthetic rows gave away.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// Area under the ROC curve of that model, 0.5 if the parts are alike.
    pub auc: f64,
    /// Lower end of its 95 % interval.
    pub auc_low: f64,
    /// Upper end.
    pub auc_high: f64,
    /// Whether the parts are alike as far as the model can tell.
    pub alike: bool,
}

/// How well one attack tells members (training rows) from others (holdout rows).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Success {
    /// Area under the ROC curve, 0 to 1; 0.5 is guessing.
    pub auc: f64,
    /// Lower end of its 95 % interval.
    pub auc_low: f64,
    /// Upper end.
    pub auc_high: f64,
    /// One-sided p-value of guessing.
    pub p: f64,
    /// Share of members found while at most 1 % of others are taken for members; guessing finds 1 %. None with
    /// fewer than 100 others.
    pub tpr_at_1pct_fpr: Option<f64>,
    /// Lower end of its exact 95 % interval.
    pub tpr_at_1pct_fpr_low: Option<f64>,
    /// Upper end.
    pub tpr_at_1pct_fpr_high: Option<f64>,
    /// The same at 0.1 %. None with fewer than 1,000 others.
    pub tpr_at_0_1pct_fpr: Option<f64>,
    /// Lower end.
    pub tpr_at_0_1pct_fpr_low: Option<f64>,
    /// Upper end.
    pub tpr_at_0_1pct_fpr_high: Option<f64>,
    /// Members attacked.
    pub members: usize,
    /// Others attacked.
    pub others: usize,
}

/// One attack on membership.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attack {
    /// Its name.
    pub name: String,
    /// What it does, and what whoever makes it has to know.
    pub how: String,
    /// Its success over all rows.
    #[serde(flatten)]
    pub success: Success,
    /// The p-value adjusted for all attacks together (Holm).
    pub p_holm: f64,
    /// Its success on the twentieth of rows that is the most unlike other real rows; none where those are too few.
    pub exposed: Option<Success>,
}

/// The attacks that succeed most, with intervals that hold for all attacks together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Worst {
    /// The attack with the largest area that is certain.
    pub name: String,
    /// Its area.
    pub auc: f64,
    /// Lower end: with 95 % confidence for all attacks together.
    pub auc_low: f64,
    /// Upper end.
    pub auc_high: f64,
    /// Its p-value, adjusted (Holm).
    pub p_holm: f64,
    /// The attack that for certain finds most members at 1 % false alarms.
    pub tpr_name: Option<String>,
    /// Share of members it finds.
    pub tpr_at_1pct_fpr: Option<f64>,
    /// Lower end, for all attacks together.
    pub tpr_at_1pct_fpr_low: Option<f64>,
    /// Upper end.
    pub tpr_at_1pct_fpr_high: Option<f64>,
    /// The attack with the largest area that is certain on exposed rows.
    pub exposed_name: Option<String>,
    /// Its area there.
    pub exposed_auc: Option<f64>,
    /// Lower end, for all attacks together.
    pub exposed_auc_low: Option<f64>,
    /// Upper end.
    pub exposed_auc_high: Option<f64>,
}

/// An attack that could not be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotJudged {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// How an attack on people the generator saw compares with the same attack on people it never saw.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Risk {
    /// Share of attacks on training rows that succeed.
    pub main: Interval,
    /// Share of the same attacks on holdout rows that do: what the synthetic rows teach about everybody.
    pub control: Interval,
    /// Share that succeeds without looking at rows.
    pub naive: Interval,
    /// `(main - control) / (1 - control)`: what is due to having been in the training rows.
    pub risk: Interval,
    /// Lower end of the risk that holds for all attacks of its kind together.
    pub risk_low_together: f64,
    /// One-sided p-value of main not exceeding control.
    pub p: f64,
    /// Attacks on training rows, and as many on holdout rows.
    pub attacks: usize,
}

/// Guessing cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttributeInference {
    /// What the attacker knows: all other columns unless keys were named.
    pub known: Vec<String>,
    /// One result for each column that was guessed.
    pub columns: Vec<GuessedColumn>,
    /// Columns that were not guessed because there are too many.
    pub left_out: Vec<String>,
    /// The column with the highest risk that is certain.
    pub worst: Option<String>,
}

/// Guessing the cells of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GuessedColumn {
    /// The column.
    pub column: String,
    /// How guessing went.
    #[serde(flatten)]
    pub risk: Risk,
    /// The p-value adjusted for all columns together (Holm).
    pub p_holm: f64,
}

/// Isolating people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SinglingOut {
    /// How the conditions did: one that fits exactly one row of as many training or holdout rows has succeeded.
    #[serde(flatten)]
    pub risk: Risk,
    /// Rows among which a condition has to fit exactly one.
    pub among: usize,
    /// Columns that a condition names, on average.
    pub columns: f64,
}

/// Linking two parts of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Linkability {
    /// How linking went.
    #[serde(flatten)]
    pub risk: Risk,
    /// Records of which one is the right one; guessing finds it once in so many.
    pub candidates: usize,
    /// The columns of the first part, for each way the columns were divided.
    pub divisions: Vec<Vec<String>>,
}

/// Copies of training rows. They detect copying; none is a measure of privacy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CopyReport {
    /// Exact copies, and rows nearer to a training than to a holdout row.
    #[serde(flatten)]
    pub exact: Copies,
    /// Share of synthetic rows as near to a training row as only one in a hundred holdout rows is.
    pub near: Interval,
    /// Share of holdout rows that are: about 0.01, more where many rows are alike.
    pub near_expected: Interval,
    /// By how much `near` exceeds that for certain: the lower end of the excess.
    pub near_beyond: f64,
}

/// What the synthetic rows teach about a protected column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trait {
    /// The protected column.
    pub column: String,
    /// Area under the ROC curve of a model learned from synthetic rows that predicts the column of holdout rows
    /// from all others; for several values the mean over each against the rest, for numbers whether they lie above
    /// the middle.
    pub from_synthetic: Interval,
    /// The same of a model learned from the training rows.
    pub from_real: Interval,
    /// By how much more the synthetic rows teach; below 0 if less.
    pub difference: Interval,
    /// The area of the model learned from synthetic rows on the training rows.
    pub on_train: Interval,
    /// By how much it does better on training rows than on holdout rows: what it teaches of those very people.
    pub memory: Interval,
}
