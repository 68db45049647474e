//! What an audit may find before a gate closes.

use crate::results::Audit;
use plenish_evaluate::Gate;
use plenish_table::{Error, Result};
use serde::{Deserialize, Serialize};

/// Thresholds of the gates; one that is not set is not checked. A gate closes only on what is certain: it holds the
/// lower end of an interval against the threshold, for all attacks of a kind together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditCriteria {
    /// Area under the ROC curve of the worst attack on membership, at most; 0.5 (guessing) to 1.
    pub audit_auc: Option<f64>,
    /// The same on the rows most unlike others.
    pub audit_exposed_auc: Option<f64>,
    /// Share of members found at 1 % false alarms by the worst attack, at most; 0 to 1.
    pub audit_tpr: Option<f64>,
    /// Risk of guessing any column of a training row, at most; 0 to 1.
    pub audit_attribute: Option<f64>,
    /// Risk of singling out a training row, at most; 0 to 1.
    pub audit_singling_out: Option<f64>,
    /// Risk of linking two parts of a training row, at most; 0 to 1.
    pub audit_linkability: Option<f64>,
    /// Share of near copies beyond that of the holdout, at most; 0 to 1.
    pub audit_copies: Option<f64>,
    /// By how much better (ROC AUC) a model learned from synthetic rows predicts any protected column of training
    /// rows than of holdout rows, at most; 0 to 1.
    pub audit_traits: Option<f64>,
}

impl Default for AuditCriteria {
    fn default() -> Self {
        Self {
            audit_auc: Some(0.55),
            audit_exposed_auc: Some(0.60),
            audit_tpr: Some(0.03),
            audit_attribute: Some(0.05),
            audit_singling_out: Some(0.05),
            audit_linkability: Some(0.05),
            audit_copies: Some(0.01),
            audit_traits: Some(0.02),
        }
    }
}

/// The names of all criteria, in their order.
const NAMES: [&str; 8] = [
    "audit_auc",
    "audit_exposed_auc",
    "audit_tpr",
    "audit_attribute",
    "audit_singling_out",
    "audit_linkability",
    "audit_copies",
    "audit_traits",
];

impl AuditCriteria {
    /// Changes a criterion as a user writes it: `audit_auc=0.6`, or `audit_tpr=off`. Fails on names there are not, and
    /// on values that are no number from 0 to 1.
    pub fn set(&mut self, text: &str) -> Result<()> {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Error::usage(format!("'{text}' is no criterion")).help("write audit_auc=0.6, or audit_auc=off")
        })?;
        let value = match value.trim() {
            "off" | "false" => None,
            number => match number.parse::<f64>() {
                Ok(threshold) if (0.0..=1.0).contains(&threshold) => Some(threshold),
                _ => {
                    return Err(Error::usage(format!("the criterion '{}' is {number}", name.trim()))
                        .help("give a number from 0 to 1, or off"));
                }
            },
        };
        *self.of(name.trim())? = value;
        Ok(())
    }

    /// The criterion called `name`; fails when there is none.
    pub fn of(&mut self, name: &str) -> Result<&mut Option<f64>> {
        Ok(match name {
            "audit_auc" => &mut self.audit_auc,
            "audit_exposed_auc" => &mut self.audit_exposed_auc,
            "audit_tpr" => &mut self.audit_tpr,
            "audit_attribute" => &mut self.audit_attribute,
            "audit_singling_out" => &mut self.audit_singling_out,
            "audit_linkability" => &mut self.audit_linkability,
            "audit_copies" => &mut self.audit_copies,
            "audit_traits" => &mut self.audit_traits,
            _ => {
                return Err(Error::usage(format!("there is no criterion '{name}'"))
                    .help(format!("the criteria are: {}", NAMES.join(", "))));
            }
        })
    }

    /// Fails when a threshold is no number from 0 to 1.
    pub fn check(mut self) -> Result<()> {
        for name in NAMES {
            if let Some(value) = *self.of(name)?
                && !(0.0..=1.0).contains(&value)
            {
                return Err(
                    Error::usage(format!("the criterion '{name}' is {value}")).help("give a number from 0 to 1")
                );
            }
        }
        Ok(())
    }

    /// The gates of an audit; none for what could not be measured.
    pub(crate) fn gates(&self, audit: &Audit) -> Vec<Gate> {
        let worst = &audit.worst;
        let together = "at the lower end of an interval that holds for all attacks together";
        let guessed = |column: &&crate::results::GuessedColumn| Some(&column.column) == audit.attribute.worst.as_ref();
        let mut gates = Vec::new();
        let mut add = |name: &str, question: String, value: Option<f64>, threshold: Option<f64>| {
            if let (Some(value), Some(threshold)) = (value, threshold) {
                gates.push(Gate {
                    warns: false,
                    name: name.to_owned(),
                    question,
                    value,
                    threshold,
                    at_least: false,
                    passed: value <= threshold,
                });
            }
        };
        add(
            NAMES[0],
            format!(
                "How well the worst attack ('{}') tells training rows from others (0.5 is guessing), {together}.",
                worst.name
            ),
            (!worst.name.is_empty()).then_some(worst.auc_low),
            self.audit_auc,
        );
        add(
            NAMES[1],
            format!("The same on the twentieth of rows that is most unlike others, {together}."),
            worst.exposed_auc_low,
            self.audit_exposed_auc,
        );
        add(
            NAMES[2],
            format!(
                "Share of training rows found while 1 % of others are taken for one (0.01 is guessing), {together}."
            ),
            worst.tpr_at_1pct_fpr_low,
            self.audit_tpr,
        );
        let attribute = audit.attribute.columns.iter().find(guessed);
        add(
            NAMES[3],
            format!(
                "How much better cells of training rows are guessed than those of others, most of all '{}'.",
                audit.attribute.worst.as_deref().unwrap_or_default()
            ),
            attribute.map(|column| column.risk.risk_low_together.max(0.0)),
            self.audit_attribute,
        );
        add(
            NAMES[4],
            "How much more often conditions fit exactly one training row than one of others.".to_owned(),
            Some(audit.singling_out.risk.risk_low_together.max(0.0)),
            self.audit_singling_out,
        );
        add(
            NAMES[5],
            "How much more often two parts of a training row are brought together than those of others.".to_owned(),
            Some(audit.linkability.risk.risk_low_together.max(0.0)),
            self.audit_linkability,
        );
        add(
            NAMES[6],
            "Share of synthetic rows as near to a training row as one in a hundred holdout rows is, beyond those."
                .to_owned(),
            Some(audit.copies.near_beyond),
            self.audit_copies,
        );
        let memory = audit.traits.iter().map(|t| t.memory.low.max(0.0)).reduce(f64::max);
        add(
            NAMES[7],
            "By how much better a protected column is predicted for training rows than for others.".to_owned(),
            memory,
            self.audit_traits,
        );
        gates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn criteria_are_set_by_name() {
        let mut criteria = AuditCriteria::default();
        for name in NAMES {
            criteria.set(&format!("{name}=0.25")).unwrap();
            assert_eq!(*criteria.of(name).unwrap(), Some(0.25));
            criteria.set(&format!("{name} = off")).unwrap();
            assert_eq!(*criteria.of(name).unwrap(), None);
        }
        for wrong in [
            "audit_auc",
            "audit_auc=2",
            "audit_auc=NaN",
            "audit_auc=x",
            "privacy=0.1",
        ] {
            assert!(criteria.set(wrong).is_err(), "{wrong}");
        }
        criteria.audit_tpr = Some(-1.0);
        assert!(criteria.check().is_err());
    }
}
