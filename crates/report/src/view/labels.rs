//! Whether labels can be believed: three witnesses, classes, and the rows in quarantine.

use crate::figures::{count, percent, percent_interval};
use plenish_evaluate::LabelAudit;

pub(crate) struct Labels<'a> {
    pub(crate) target: &'a str,
    pub(crate) not_judged: Option<&'a str>,
    pub(crate) rows: String,
    /// Witness, synthetic, real.
    pub(crate) witnesses: Vec<[String; 3]>,
    /// Class, rows, share that is wrong, suspects.
    pub(crate) classes: Vec<[String; 4]>,
    pub(crate) conclusion: String,
    /// Row, label, doubt, reason.
    pub(crate) examples: Vec<[String; 4]>,
}

impl<'a> Labels<'a> {
    pub(crate) fn new(of: &'a LabelAudit) -> Self {
        let mut witnesses = vec![[
            "A model of the real rows".to_owned(),
            percent_interval(&of.noise),
            percent(of.noise_holdout),
        ]];
        if !of.classes.is_empty() {
            witnesses.push([
                "Rows with the same features and another label".to_owned(),
                percent_interval(&of.contradictions),
                percent(of.contradictions_expected),
            ]);
        }
        if let (Some(found), Some(real)) = (&of.disagreement, of.disagreement_holdout) {
            witnesses.push([
                format!("The {} nearest real rows: share with another label", of.neighbours),
                percent_interval(found),
                percent(real),
            ]);
        }
        let conclusion = match of.suspects {
            0 => "No more labels are in doubt than real rows would show: nothing is in quarantine.".to_owned(),
            n if of.sample_of.is_some() => format!(
                "{} of the rows drawn exceed what real rows would show: {} by the model, {} by contradictions.",
                count(n),
                count(of.by_model),
                count(of.by_contradiction)
            ),
            n => format!(
                "{} rows are in quarantine, as many as exceed what real rows would show: {} by the model, {} by contradictions.",
                count(n),
                count(of.by_model),
                count(of.by_contradiction)
            ),
        };
        Self {
            target: &of.target,
            not_judged: of.not_judged.as_deref(),
            rows: match of.sample_of {
                Some(all) => format!("{} of {}", count(of.rows), count(all)),
                None => count(of.rows),
            },
            witnesses,
            classes: of
                .classes
                .iter()
                .map(|class| {
                    let noise = class
                        .noise
                        .as_ref()
                        .map_or_else(|| "cannot be judged".to_owned(), percent_interval);
                    [class.class.clone(), count(class.rows), noise, count(class.suspects)]
                })
                .collect(),
            conclusion,
            examples: of
                .examples
                .iter()
                .map(|s| {
                    [
                        count(s.row + 1),
                        s.label.clone(),
                        format!("{:.2}", s.doubt),
                        s.reason.clone(),
                    ]
                })
                .collect(),
        }
    }
}
