//! What questioning labels shows; the keys of `--json`.

use crate::results::Interval;
use serde::{Deserialize, Serialize};

/// What a model of the real rows, and the real rows themselves, say of the labels of synthetic rows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LabelAudit {
    /// The column that labels are.
    pub target: String,
    /// Synthetic rows that were questioned: those with a label that real rows have.
    pub rows: usize,
    /// Of how many synthetic rows those are a random sample; none where all were questioned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample_of: Option<usize>,
    /// Why labels could not be questioned; none if they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_judged: Option<String>,
    /// The estimated share of wrong labels.
    pub noise: Interval,
    /// What the same estimate finds in the real holdout.
    pub noise_holdout: f64,
    /// The classes; empty for numbers.
    pub classes: Vec<ClassNoise>,
    /// The share of rows whose features are those of real rows, or of more synthetic rows, that have another label.
    pub contradictions: Interval,
    /// The same share among as many real rows.
    pub contradictions_expected: f64,
    /// By how much the first exceeds the second beyond three standard errors; 0 if it does not.
    pub contradictions_beyond: f64,
    /// The mean share of the nearest real rows with another label; none for numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disagreement: Option<Interval>,
    /// The same of holdout rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disagreement_holdout: Option<f64>,
    /// Nearest rows that are asked.
    pub neighbours: usize,
    /// Suspects: as many rows as exceed what real rows would show.
    pub suspects: usize,
    /// Suspects by a model of the real rows.
    pub by_model: usize,
    /// Suspects that contradict other rows.
    pub by_contradiction: usize,
    /// The most suspicious of them.
    pub examples: Vec<Suspect>,
    /// All of them, in the order of rows.
    #[serde(skip)]
    pub quarantine: Vec<Suspect>,
}

/// The labels of one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassNoise {
    /// The class.
    pub class: String,
    /// Synthetic rows that have it as their label.
    pub rows: usize,
    /// The estimated share of them that should have another; none where real rows are too few, or alike.
    pub noise: Option<Interval>,
    /// Rows among the suspects.
    pub suspects: usize,
}

/// A synthetic row whose label is in doubt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suspect {
    /// Its place in the synthetic table, from 0.
    pub row: usize,
    /// Its label.
    pub label: String,
    /// What a model of the real rows would have it be.
    pub suggested: String,
    /// The probability of its label by that model; none for numbers.
    pub probability: Option<f64>,
    /// The estimated probability that the label is wrong, 0 to 1.
    pub doubt: f64,
    /// Why, in words.
    pub reason: String,
}
