//! The criteria a study fixes before anything is generated.

use crate::cross_validation::ChoiceLimits;
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
    /// Share of synthetic rows equal to a row the generator saw, beyond that of the holdout and
    /// chance, at most; 0 to 1.
    #[serde(with = "threshold")]
    pub copies: Option<f64>,
    /// Share of synthetic rows nearer to a row the generator saw than to an unseen one, at most: the
    /// gate closes when the whole 95 % interval lies above; 0.5 means no memory.
    #[serde(with = "threshold")]
    pub nearer: Option<f64>,
    /// Whether more than `nearer` closes the gate; otherwise it is a warning. Rows that stay beside the real ones tell
    /// nobody more than those do, so that studies that augment only warn unless they ask for more.
    pub nearer_closes: bool,
    /// Share of synthetic rows equal to a holdout row, beyond what real rows do by chance, at most; 0
    /// to 1.
    #[serde(with = "threshold")]
    pub copies_holdout: Option<f64>,
    /// Share of rows in the wrong bin of any column, beyond what unseen real rows have and chance, at
    /// most; 0 to 1.
    #[serde(with = "threshold")]
    pub column_gap: Option<f64>,
    /// The same of any pair of columns, at most; 0 to 1.
    #[serde(with = "threshold")]
    pub pair_gap: Option<f64>,
    /// What any link between two columns lost in strength (Cramér's V) beyond chance, at most; 0 to 1.
    #[serde(with = "threshold")]
    pub lost_links: Option<f64>,
    /// What any link between two columns gained in strength beyond chance, at most; 0 to 1.
    #[serde(with = "threshold")]
    pub invented_links: Option<f64>,
    /// By how much better (ROC AUC) a protected column is predicted from others than in the real rows,
    /// beyond chance, at most; 0 to 1.
    #[serde(with = "threshold")]
    pub proxy: Option<f64>,
    /// Share of the real rows with a value that next to no synthetic row has, at most; 0 to 1.
    #[serde(with = "threshold")]
    pub values_gone: Option<f64>,
    /// How far the share of any protected group, or of any class of the target within it, is from the
    /// real one, beyond chance, at most; 0 to 1.
    #[serde(with = "threshold")]
    pub group_rate: Option<f64>,
    /// Share of labels that a model of the real rows takes for wrong, less two standard errors, at most; 0 to 1.
    #[serde(with = "threshold")]
    pub label_noise: Option<f64>,
    /// Share of synthetic rows in quarantine because of their labels, at most, where rows in quarantine are left out:
    /// that takes the place of `label_noise`; 0 to 1.
    #[serde(with = "threshold")]
    pub quarantine: Option<f64>,
    /// Share of synthetic rows with the features of other rows and another label, beyond that of real rows and
    /// chance, at most; 0 to 1.
    #[serde(with = "threshold")]
    pub contradictions: Option<f64>,
    /// Share of synthetic rows in which two times stand in an order that real rows do not have, at
    /// most; 0 to 1.
    #[serde(with = "threshold")]
    pub time_order: Option<f64>,
    /// Share of synthetic rows that stand before the row they follow, by a time that real rows are
    /// sorted by, at most; not checked unless set: rows of most generators have no order.
    #[serde(with = "threshold")]
    pub row_order: Option<f64>,
    /// What a model may lose in ROC AUC against one trained on the real rows, at most; for classes: the model of
    /// synthetic rows alone when they are to be published, of both together when they are to be added and another
    /// metric decides.
    #[serde(with = "threshold")]
    pub auc_loss: Option<f64>,
    /// The same for numbers: the root mean squared error over that of a model trained on the real rows, at most.
    #[serde(with = "threshold")]
    pub rmse_ratio: Option<f64>,
    /// What synthetic rows beside the real ones must gain, when that is what they are for: the lower
    /// end of the paired 95 % interval of the gain has to exceed this. The gain is in the metric that decides (ROC AUC
    /// for classes unless another is named); where less is better it is the share by which it falls.
    pub benefit: f64,
    /// Whether margins have to be kept by the worse end of the 95 % interval (non-inferiority is shown) rather
    /// than by the estimate; for those of models: `auc_loss`, `rmse_ratio`, `calibration_error`, and between groups.
    pub strict_margins: bool,
    /// The share of synthetic rows in the weight of all rows, at most, in an arm that can be chosen.
    #[serde(with = "threshold")]
    pub synthetic_share: Option<f64>,
    /// The calibration error of the model that the purpose is about, at most; not checked unless set.
    #[serde(with = "threshold")]
    pub calibration_error: Option<f64>,
    /// The largest difference in recall or false positive rate between two groups of a protected column, at most;
    /// not checked unless set.
    #[serde(with = "threshold")]
    pub equalized_odds: Option<f64>,
    /// The lowest selection rate of a protected group over the highest, at least; not checked unless set; 0.8 is
    /// the four-fifths rule.
    #[serde(with = "threshold")]
    pub disparate_impact: Option<f64>,
    /// The accuracy in the protected group where it is lowest, at least; not checked unless set.
    #[serde(with = "threshold")]
    pub worst_group_accuracy: Option<f64>,
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
            nearer_closes: true,
            copies_holdout: Some(0.005),
            column_gap: Some(0.10),
            pair_gap: Some(0.10),
            lost_links: Some(0.10),
            invented_links: Some(0.10),
            proxy: Some(0.05),
            values_gone: Some(0.0),
            group_rate: Some(0.03),
            label_noise: Some(0.02),
            quarantine: Some(0.2),
            contradictions: Some(0.001),
            time_order: Some(0.01),
            row_order: None,
            auc_loss: Some(0.03),
            rmse_ratio: Some(1.10),
            benefit: 0.0,
            strict_margins: false,
            synthetic_share: Some(0.9),
            calibration_error: None,
            equalized_odds: None,
            disparate_impact: None,
            worst_group_accuracy: None,
            group_recall_gap: None,
        }
    }
}

impl Criteria {
    /// What the arm that is chosen has to keep.
    pub fn limits(&self) -> ChoiceLimits {
        ChoiceLimits {
            synthetic_share: self.synthetic_share,
            calibration_error: self.calibration_error,
            equalized_odds: self.equalized_odds,
            disparate_impact: self.disparate_impact,
        }
    }

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
            ("copies_holdout", self.copies_holdout),
            ("column_gap", self.column_gap),
            ("pair_gap", self.pair_gap),
            ("lost_links", self.lost_links),
            ("invented_links", self.invented_links),
            ("proxy", self.proxy),
            ("values_gone", self.values_gone),
            ("group_rate", self.group_rate),
            ("label_noise", self.label_noise),
            ("quarantine", self.quarantine),
            ("contradictions", self.contradictions),
            ("time_order", self.time_order),
            ("row_order", self.row_order),
            ("auc_loss", self.auc_loss),
            ("group_recall_gap", self.group_recall_gap),
            ("synthetic_share", self.synthetic_share),
            ("calibration_error", self.calibration_error),
            ("equalized_odds", self.equalized_odds),
            ("disparate_impact", self.disparate_impact),
            ("worst_group_accuracy", self.worst_group_accuracy),
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
