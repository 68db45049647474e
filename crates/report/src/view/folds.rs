//! Arms compared in folds of the training rows.

use super::arms::cross_marker;
use super::front::FrontView;
use super::sheet::{Head, Sheet};
use super::words::{learner, spoken};
use crate::charts::{Forest, Labels, Mark, forest};
use crate::figures::{interval, signed_interval, trimmed};
use plenish_evaluate::{CrossArm, CrossValidation, Interval, LearnerOutcome};

/// Arms whose metrics or learners are listed.
const LISTED: usize = 40;

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
    /// The arm whose difference is drawn by learner, the chart, and the figures of all arms.
    pub(crate) by_learner: Option<(String, String, Sheet)>,
    /// All metrics of all arms; none if there is only the one that decides.
    pub(crate) all_metrics: Option<Sheet>,
    pub(crate) front: Option<FrontView>,
}

impl Folds {
    pub(crate) fn new(of: &CrossValidation, learners: &[LearnerOutcome]) -> Self {
        let first = |arm: &CrossArm| arm.metrics.first().map(|m| m.value);
        let metric = spoken(&of.metric);
        let rows = of.arms.iter().enumerate();
        let chart = Forest {
            rows: rows
                .filter_map(|(place, arm)| {
                    let change = change(arm)?;
                    let mark = Mark {
                        marker: cross_marker(place, arm),
                        estimate: Some(change),
                    };
                    Some((arm.name.clone(), signed_interval(&change), vec![mark]))
                })
                .collect(),
            labels: Labels::Above,
            reference: Some(0.0),
            at_least: None,
            show: &trimmed,
        };
        Self {
            chart: forest(
                "folds",
                &format!("{metric} of each arm against real rows alone"),
                "Differences with 95 % intervals of the corrected test over folds; the line is at no difference. All figures are in the table below the chart.",
                &chart,
            ),
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
            by_learner: by_learner(of, learners, &metric),
            all_metrics: all_metrics(of),
            front: FrontView::new(of),
            metric,
        }
    }
}

fn change(arm: &CrossArm) -> Option<Interval> {
    arm.against_real.first().map(|m| m.value)
}

fn said(value: Option<Interval>, how: &dyn Fn(&Interval) -> String) -> String {
    value.map_or_else(|| "-".to_owned(), |value| how(&value))
}

/// The chosen arm by every learner, or the first arm that others were asked about.
fn by_learner(of: &CrossValidation, learners: &[LearnerOutcome], metric: &str) -> Option<(String, String, Sheet)> {
    let asked = |arm: &&CrossArm| !arm.by_learner.is_empty();
    let chosen = of.arms.iter().filter(|arm| Some(&arm.name) == of.best.as_ref());
    let drawn = chosen.chain(&of.arms).find(asked)?;
    let first = learners
        .first()
        .map_or_else(|| "the first learner".to_owned(), |l| learner(&l.learner));
    let place = of.arms.iter().position(|arm| arm.name == drawn.name).unwrap_or(0);
    let row = |name: String, value: Interval| {
        let mark = Mark {
            marker: cross_marker(place, drawn),
            estimate: Some(value),
        };
        (name, signed_interval(&value), vec![mark])
    };
    let own = change(drawn).map(|value| row(first.clone(), value));
    let others = drawn
        .by_learner
        .iter()
        .map(|by| row(learner(&by.learner), by.against_real.value));
    let chart = forest(
        "folds-learners",
        &format!("{metric} of {} against real rows alone, by learner", drawn.name),
        "Differences with 95 % intervals of the corrected test over folds; the line is at no difference. All figures are in the table below the chart.",
        &Forest {
            rows: own.into_iter().chain(others).collect(),
            labels: Labels::Beside,
            reference: Some(0.0),
            at_least: None,
            show: &trimmed,
        },
    );
    let rows = of.arms.iter().filter(asked).take(LISTED).flat_map(|arm| {
        let own = vec![
            arm.name.clone(),
            first.clone(),
            said(change(arm), &signed_interval),
            "decides".to_owned(),
        ];
        let others = arm.by_learner.iter().map(|by| {
            vec![
                arm.name.clone(),
                learner(&by.learner),
                signed_interval(&by.against_real.value),
                if by.agrees { "agrees" } else { "differs" }.to_owned(),
            ]
        });
        std::iter::once(own).chain(others)
    });
    let sheet = Sheet {
        name: "Figures for the learners in folds".to_owned(),
        caption: format!("{metric} of each arm against real rows alone, by learner"),
        heads: vec![
            Head::words("Arm"),
            Head::words("Learner"),
            Head::interval("Against real"),
            Head::words("Sign as by the first learner"),
        ],
        rows: rows.collect(),
    };
    Some((drawn.name.clone(), chart, sheet))
}

fn all_metrics(of: &CrossValidation) -> Option<Sheet> {
    let first = of.arms.first().filter(|arm| arm.metrics.len() > 1)?;
    let rows = of.arms.iter().take(LISTED).flat_map(|arm| {
        arm.metrics.iter().map(|metric| {
            let change = arm.against_real.iter().find(|m| m.name == metric.name);
            vec![
                arm.name.clone(),
                spoken(&metric.name),
                if metric.higher_is_better { "higher" } else { "lower" }.to_owned(),
                interval(&metric.value),
                said(change.map(|m| m.value), &signed_interval),
            ]
        })
    });
    Some(Sheet {
        name: "All metrics of the arms in folds".to_owned(),
        caption: format!(
            "{} metrics, as means over folds with intervals of the corrected test",
            first.metrics.len()
        ),
        heads: vec![
            Head::words("Arm"),
            Head::words("Metric"),
            Head::words("Better is"),
            Head::interval("Mean"),
            Head::interval("Against real"),
        ],
        rows: rows.collect(),
    })
}
