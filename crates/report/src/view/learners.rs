//! What each learner makes of the arms, on the locked test.

use super::arms::Arms;
use super::sheet::{Head, Sheet};
use super::words::{learner, listed, spoken};
use crate::charts::{Forest, Labels, Mark, Marker, forest};
use crate::figures::{interval, signed_interval, trimmed};
use plenish_evaluate::{Experiment, LearnerOutcome};

pub(crate) struct Learners {
    pub(crate) metric: String,
    pub(crate) better: &'static str,
    /// Whether they agree, in words.
    pub(crate) says: String,
    pub(crate) chart: String,
    pub(crate) sheet: Sheet,
}

impl Learners {
    /// None where fewer than two learners were asked.
    pub(crate) fn new(of: &Experiment) -> Option<Self> {
        if of.learners.len() < 2 {
            return None;
        }
        let arms = Arms(&of.arms);
        let metric = spoken(&of.metric);
        let higher = of.arms.first().and_then(|arm| arm.metrics.first());
        let better = match higher.map(|m| m.higher_is_better) {
            Some(true) => "higher is better",
            Some(false) => "lower is better",
            None => "",
        };
        let row = |outcome: &LearnerOutcome| {
            let others = outcome.arms.iter().filter(|arm| arms.named(&arm.arm) != Marker::Real);
            let marks = others
                .map(|arm| Mark {
                    marker: arms.named(&arm.arm),
                    estimate: arm.against_real,
                })
                .collect();
            (learner(&outcome.learner), String::new(), marks)
        };
        let described: Vec<String> = of
            .learners
            .iter()
            .flat_map(|outcome| {
                outcome.arms.iter().filter_map(|arm| {
                    let change = signed_interval(&arm.against_real?);
                    Some(format!("{}, {}: {change}", learner(&outcome.learner), arm.arm))
                })
            })
            .collect();
        let chart = forest(
            "learners",
            &format!("{metric}: difference against real rows alone, by learner"),
            &format!("{}. The line is at no difference.", described.join("; ")),
            &Forest {
                rows: of.learners.iter().map(row).collect(),
                labels: Labels::Beside,
                reference: Some(0.0),
                at_least: None,
                show: &trimmed,
            },
        );
        Some(Self {
            says: agreement(&of.learners, arms),
            sheet: sheet(of, &metric),
            metric,
            better,
            chart,
        })
    }
}

/// Whether the learners agree in the direction in which synthetic rows move the metric.
fn agreement(learners: &[LearnerOutcome], arms: Arms<'_>) -> String {
    let change = |outcome: &LearnerOutcome| {
        let both = outcome.arms.iter().find(|arm| arms.named(&arm.arm) == Marker::Both);
        both.and_then(|arm| arm.against_real)
    };
    let Some(first) = learners.first().and_then(|outcome| Some((outcome, change(outcome)?))) else {
        return "No learner tried synthetic rows beside the real ones.".to_owned();
    };
    let direction = if first.1.value < 0.0 { "falls" } else { "rises" };
    let apart: Vec<String> = learners
        .iter()
        .filter(|outcome| !outcome.agrees)
        .map(|outcome| learner(&outcome.learner))
        .collect();
    let name = learner(&first.0.learner);
    if apart.is_empty() {
        format!(
            "All {} learners agree in sign: with synthetic rows beside the real ones, the metric {direction}.",
            learners.len()
        )
    } else {
        format!(
            "The learners do not agree in sign: with synthetic rows beside the real ones, the metric {direction} according to {name}, but not according to {}. The answer belongs to the learner.",
            listed(&apart)
        )
    }
}

fn sheet(of: &Experiment, metric: &str) -> Sheet {
    let rows = of.learners.iter().flat_map(|outcome| {
        outcome.arms.iter().map(|arm| {
            let said = |value: Option<String>, none: &str| value.unwrap_or_else(|| none.to_owned());
            vec![
                learner(&outcome.learner),
                arm.arm.clone(),
                said(arm.value.as_ref().map(interval), "not defined"),
                said(arm.against_real.as_ref().map(signed_interval), "-"),
                if outcome.agrees { "agrees" } else { "differs" }.to_owned(),
            ]
        })
    });
    Sheet {
        name: "Figures for the learners".to_owned(),
        caption: format!("{metric} on the locked test, by learner; the first decides"),
        heads: vec![
            Head::words("Learner"),
            Head::words("Arm"),
            Head::interval("Value"),
            Head::interval("Against real"),
            Head::words("Sign as by the first learner"),
        ],
        rows: rows.collect(),
    }
}
