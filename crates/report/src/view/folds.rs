//! Arms compared in folds of the training rows.

use super::experiment::spoken;
use crate::charts::{Forest, Mark, Marker, forest};
use crate::figures::{interval, signed_interval, trimmed};
use plenish_evaluate::{ArmKind, CrossArm, CrossValidation, Interval};

pub(crate) struct Folds {
    pub(crate) metric: String,
    pub(crate) repeats: usize,
    pub(crate) parts: usize,
    /// Whether fewer repeats were made than planned.
    pub(crate) early: bool,
    pub(crate) chart: String,
    /// Arm, value, difference from real rows, p-value for all arms, difference from the best free arm.
    pub(crate) rows: Vec<[String; 5]>,
    pub(crate) best_free: Option<String>,
}

impl Folds {
    pub(crate) fn new(of: &CrossValidation) -> Self {
        let first = |arm: &CrossArm| arm.metrics.first().map(|m| m.value);
        let change = |arm: &CrossArm| arm.against_real.first().map(|m| m.value);
        let metric = spoken(&of.metric);
        let rows = of.arms.iter().filter_map(|arm| Some((arm, change(arm)?)));
        let chart = Forest {
            rows: rows
                .map(|(arm, change)| {
                    let mark = Mark {
                        marker: marker(arm.spec.kind),
                        estimate: Some(change),
                    };
                    (arm.name.clone(), signed_interval(&change), vec![mark])
                })
                .collect(),
            reference: Some(0.0),
            at_least: None,
            show: &trimmed,
        };
        let said = |value: Option<Interval>, how: &dyn Fn(&Interval) -> String| {
            value.map_or_else(|| "-".to_owned(), |value| how(&value))
        };
        Self {
            chart: forest(
                "folds",
                &format!("{metric} of each arm against real rows alone"),
                "Differences with 95 % intervals of the corrected test over folds",
                &chart,
            ),
            metric,
            repeats: of.repeats,
            parts: of.folds,
            early: of.repeats < of.planned,
            rows: of
                .arms
                .iter()
                .map(|arm| {
                    [
                        arm.name.clone(),
                        said(first(arm), &interval),
                        said(change(arm), &signed_interval),
                        arm.p_adjusted.map_or_else(|| "-".to_owned(), |p| format!("{p:.4}")),
                        said(arm.against_free.as_ref().map(|m| m.value), &signed_interval),
                    ]
                })
                .collect(),
            best_free: of
                .arms
                .iter()
                .any(|arm| arm.name == of.best_free && arm.spec.is_free())
                .then(|| of.best_free.clone()),
        }
    }
}

fn marker(kind: ArmKind) -> Marker {
    match kind {
        ArmKind::Both { .. } => Marker::Both,
        ArmKind::Synthetic => Marker::Synthetic,
        _ => Marker::Real,
    }
}
