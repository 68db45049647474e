//! The criteria a study fixes before anything is generated, and the checks that follow from them.

use crate::results::{Copies, Fidelity, Gate, Score, Validity};
use crate::validity::missing_gap;
use plenish_table::{Error, Result};
use serde::{Deserialize, Serialize};

/// Thresholds of the gates. A criterion that is not written has its default; one written as `false`
/// is not checked.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Criteria {
    /// Share of synthetic cells that the schema allows, at least; 0 to 1.
    #[serde(with = "threshold")]
    pub validity: Option<f64>,
    /// Share of synthetic rows that keep all constraints, at least; 0 to 1.
    #[serde(with = "threshold")]
    pub constraints: Option<f64>,
    /// Difference in any column's share of missing cells, beyond three standard errors, at most; 0
    /// to 1.
    #[serde(with = "threshold")]
    pub missing_gap: Option<f64>,
    /// Column Shapes against the real rows, at least, or what unseen real rows reach if that is less;
    /// 0 to 1.
    #[serde(with = "threshold")]
    pub shapes: Option<f64>,
    /// Column Pair Trends against the real rows, at least, or what unseen real rows reach if that is
    /// less; 0 to 1.
    #[serde(with = "threshold")]
    pub pairs: Option<f64>,
    /// The two-sample test against the holdout, at least; 0 (always told apart) to 1 (never).
    #[serde(with = "threshold")]
    pub detection: Option<f64>,
    /// Share of synthetic rows equal to a row the generator saw, beyond that of the holdout, at
    /// most; 0 to 1.
    #[serde(with = "threshold")]
    pub copies: Option<f64>,
    /// Share of synthetic rows nearer to a row the generator saw than to an unseen one, at most: the
    /// gate closes when the whole 95 % interval lies above; 0.5 means no memory.
    #[serde(with = "threshold")]
    pub nearer: Option<f64>,
    /// What a model trained on synthetic rows alone may lose in ROC AUC against one trained on the
    /// real rows, at most; for classes, when rows are to be published.
    #[serde(with = "threshold")]
    pub auc_loss: Option<f64>,
    /// The root mean squared error of a model trained on synthetic rows alone over that of one
    /// trained on the real rows, at most; for numbers, when rows are to be published.
    #[serde(with = "threshold")]
    pub rmse_ratio: Option<f64>,
    /// What synthetic rows beside the real ones must gain, when that is what they are for: the lower
    /// end of the paired 95 % interval of the gain has to exceed this. The gain is in ROC AUC for
    /// classes; for numbers it is the share by which the root mean squared error falls.
    pub benefit: f64,
    /// Difference between the highest and the lowest recall of any two groups of a protected column,
    /// at most; not checked unless set.
    #[serde(with = "threshold")]
    pub group_recall_gap: Option<f64>,
}

impl Default for Criteria {
    fn default() -> Self {
        Self {
            validity: Some(1.0),
            constraints: Some(1.0),
            missing_gap: Some(0.02),
            shapes: Some(0.95),
            pairs: Some(0.90),
            detection: Some(0.5),
            copies: Some(0.005),
            nearer: Some(0.55),
            auc_loss: Some(0.03),
            rmse_ratio: Some(1.10),
            benefit: 0.0,
            group_recall_gap: None,
        }
    }
}

impl Criteria {
    /// Fails when a threshold is not a number, or lies outside its range.
    pub fn check(&self) -> Result<()> {
        let shares = [
            ("validity", self.validity),
            ("constraints", self.constraints),
            ("missing_gap", self.missing_gap),
            ("shapes", self.shapes),
            ("pairs", self.pairs),
            ("detection", self.detection),
            ("copies", self.copies),
            ("nearer", self.nearer),
            ("auc_loss", self.auc_loss),
            ("group_recall_gap", self.group_recall_gap),
        ];
        for (name, value) in shares {
            if let Some(value) = value
                && !(0.0..=1.0).contains(&value)
            {
                return Err(
                    Error::usage(format!("the criterion '{name}' is {value}")).help("give a number from 0 to 1")
                );
            }
        }
        if let Some(ratio) = self.rmse_ratio
            && (ratio.is_nan() || ratio <= 0.0)
        {
            return Err(Error::usage(format!("the criterion 'rmse_ratio' is {ratio}"))
                .help("give a number above 0, such as 1.1"));
        }
        if !(-1.0..=1.0).contains(&self.benefit) {
            return Err(Error::usage(format!("the criterion 'benefit' is {}", self.benefit))
                .help("give a number from -1 to 1, such as 0"));
        }
        Ok(())
    }
}

/// A threshold in files: a number, or `false` for "not checked".
mod threshold {
    use serde::{Deserializer, Serializer, de};
    use std::fmt;

    #[expect(clippy::ref_option, reason = "the signature serde asks for")]
    pub(super) fn serialize<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(number) => serializer.serialize_f64(*number),
            None => serializer.serialize_bool(false),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
        deserializer.deserialize_any(Visitor)
    }

    struct Visitor;

    impl de::Visitor<'_> for Visitor {
        type Value = Option<f64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number, or false to leave the check out")
        }

        fn visit_f64<E: de::Error>(self, value: f64) -> Result<Self::Value, E> {
            Ok(Some(value))
        }

        fn visit_i64<E: de::Error>(self, value: i64) -> Result<Self::Value, E> {
            Ok(Some(value as f64))
        }

        fn visit_u64<E: de::Error>(self, value: u64) -> Result<Self::Value, E> {
            Ok(Some(value as f64))
        }

        fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
            if value {
                Err(E::invalid_value(de::Unexpected::Bool(true), &self))
            } else {
                Ok(None)
            }
        }

        fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }
}

/// A gate whose value has to be at least `threshold`; nothing if that is not set.
pub(crate) fn at_least(name: &str, question: impl Into<String>, value: f64, threshold: Option<f64>) -> Option<Gate> {
    let threshold = threshold?;
    Some(Gate {
        name: name.to_owned(),
        question: question.into(),
        value,
        threshold,
        at_least: true,
        passed: value >= threshold,
    })
}

/// A gate whose value has to be at most `threshold`; nothing if that is not set.
pub(crate) fn at_most(name: &str, question: impl Into<String>, value: f64, threshold: Option<f64>) -> Option<Gate> {
    let gate = at_least(name, question, value, threshold)?;
    Some(Gate {
        at_least: false,
        passed: value <= gate.threshold,
        ..gate
    })
}

/// A gate on likeness, which asks for no more than unseen real rows reach: where few rows or many
/// categories keep even those below the criterion, their score is the threshold.
fn no_more_than_real(name: &str, question: &str, score: &Score, threshold: Option<f64>) -> Option<Gate> {
    let threshold = threshold?;
    match score.ceiling {
        Some(ceiling) if ceiling < threshold => at_least(
            name,
            format!("{question} The criterion is {threshold}, but unseen real rows reach no more than {ceiling:.4}."),
            score.value,
            Some(ceiling),
        ),
        _ => at_least(name, question, score.value, Some(threshold)),
    }
}

/// The gates that tables alone decide, in the order of [`Criteria`].
pub(crate) fn table_gates(
    criteria: &Criteria,
    validity: &Validity,
    fidelity: &Fidelity,
    copies: &Copies,
    rows: (usize, usize),
) -> Vec<Gate> {
    let (gap, column) = missing_gap(validity, rows.0, rows.1);
    let missing = match column {
        Some(column) => format!(
            "How far the share of missing cells is from the real one, beyond chance, where it is farthest ('{column}')."
        ),
        None => "How far any column's share of missing cells is from the real one, beyond chance.".to_owned(),
    };
    [
        at_least(
            "validity",
            "Share of synthetic cells that the schema allows.",
            validity.share,
            criteria.validity,
        ),
        at_most("missing_gap", missing, gap, criteria.missing_gap),
        no_more_than_real(
            "shapes",
            "How alike the single columns are (Column Shapes, 1 is equal).",
            &fidelity.shapes,
            criteria.shapes,
        ),
        no_more_than_real(
            "pairs",
            "How alike the relations of two columns are (Column Pair Trends, 1 is equal).",
            &fidelity.pairs,
            criteria.pairs,
        ),
        at_least(
            "detection",
            "How hard it is for a model to tell synthetic rows from unseen real ones (1 is impossible).",
            fidelity.detection.value,
            criteria.detection,
        ),
        at_most(
            "copies",
            "Share of synthetic rows that repeat a row the generator saw, beyond what unseen real rows do.",
            copies.synthetic - copies.expected,
            criteria.copies,
        ),
        at_most(
            "nearer",
            "Share of synthetic rows nearer to a row the generator saw than to an unseen one (0.5 is no memory), at the \
             lower end of its 95 % interval.",
            copies.nearer.low,
            criteria.nearer,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
