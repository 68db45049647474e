//! The experiment: arms, metrics, differences; the other views of it are its parts.

use super::arms::{ArmRow, Arms, Thresholds};
use super::calibration::Calibration;
use super::fairness::Gaps;
use super::folds::Folds;
use super::groups::{GroupCharts, groups};
use super::learners::Learners;
use super::shifts::Shifts;
use super::slices::Slices;
use super::words::{says, spoken};
use crate::charts::{Forest, Labels, Mark, forest};
use crate::figures::{count, interval, percent, signed_interval, trimmed};
use plenish_evaluate::{Arm, Experiment, Interval};
use plenish_learn::metrics::OperatingPoint;

pub(crate) struct Trial<'a> {
    pub(crate) target: &'a str,
    pub(crate) task: &'a str,
    pub(crate) positive: Option<&'a str>,
    pub(crate) test_rows: String,
    pub(crate) left_out: String,
    pub(crate) arms: Vec<ArmRow<'a>>,
    pub(crate) metrics: Vec<Metric>,
    /// Where probabilities are cut; empty where there are none of two classes.
    pub(crate) cut: String,
    pub(crate) thresholds: Vec<Thresholds<'a>>,
    /// The arm of real rows that is treated as both together are, if they are.
    pub(crate) alike: Option<&'a str>,
    /// Trainings of each arm; 0 if it was trained once.
    pub(crate) trainings: usize,
    pub(crate) learners: Option<Learners>,
    pub(crate) folds: Option<Folds>,
    pub(crate) calibration: Option<Calibration>,
    pub(crate) gaps: Option<Gaps>,
    pub(crate) groups: Vec<GroupCharts>,
    pub(crate) shifts: Option<Shifts>,
    pub(crate) slices: Option<Slices>,
}

pub(crate) struct Metric {
    pub(crate) name: String,
    pub(crate) better: &'static str,
    pub(crate) values: String,
    pub(crate) differences: Option<String>,
    /// Arm, value, difference against real, what the difference says.
    pub(crate) rows: Vec<(String, String, String, &'static str)>,
}

impl<'a> Trial<'a> {
    pub(crate) fn new(of: &'a Experiment) -> Self {
        let arms = Arms(&of.arms);
        let names = of.arms.first().map_or(&[][..], |arm| &arm.metrics);
        Self {
            target: &of.target,
            task: &of.task,
            positive: of.positive.as_deref(),
            test_rows: count(of.test_rows),
            left_out: if of.left_out > 0 {
                count(of.left_out)
            } else {
                String::new()
            },
            arms: arms.rows(),
            cut: if of.task == "binary" {
                cut(of.operating_point)
            } else {
                String::new()
            },
            thresholds: arms.thresholds(),
            alike: arms.treated_alike(),
            trainings: of.trainings,
            metrics: names
                .iter()
                .enumerate()
                .map(|(i, m)| metric(i, &m.name, m.higher_is_better, arms))
                .collect(),
            learners: Learners::new(of),
            folds: of.folds.as_ref().map(|folds| Folds::new(folds, &of.learners)),
            calibration: Calibration::new(of),
            gaps: Gaps::new(of),
            groups: groups(of),
            shifts: Shifts::new(of),
            slices: Slices::new(of),
        }
    }
}

/// Where probabilities of two classes are cut, as the end of a sentence.
fn cut(point: OperatingPoint) -> String {
    match point {
        OperatingPoint::Threshold(at) => format!("whose probability is {} or more", trimmed(at)),
        OperatingPoint::SelectionRate(rate) => format!("with the highest probability, {} of all rows", percent(rate)),
        OperatingPoint::FalsePositiveRate(rate) => {
            format!(
                "with the highest probability, as many as a false positive rate of {} allows",
                percent(rate)
            )
        }
        OperatingPoint::Recall(rate) => {
            format!(
                "with the highest probability, as few as a recall of {} allows",
                percent(rate)
            )
        }
    }
}

fn metric(index: usize, name: &str, higher: bool, of_arms: Arms<'_>) -> Metric {
    let arms = of_arms.0;
    let of = |arm: &Arm| arm.metrics.iter().find(|m| m.name == name).map(|m| m.value);
    let against = |arm: &Arm| arm.against_real.iter().find(|m| m.name == name).map(|m| m.value);
    let title = spoken(name);
    let row = |(i, arm): (usize, &Arm), value: Option<Interval>, difference: bool| {
        let below = value.map_or(String::new(), |v| {
            if difference { signed_interval(&v) } else { interval(&v) }
        });
        (
            arm.name.clone(),
            below,
            vec![Mark {
                marker: of_arms.marker(i),
                estimate: value,
            }],
        )
    };
    let values = Forest {
        rows: arms
            .iter()
            .enumerate()
            .map(|(i, arm)| row((i, arm), of(arm), false))
            .collect(),
        labels: Labels::Beside,
        reference: arms.first().and_then(of).map(|v| v.value),
        at_least: None,
        show: &trimmed,
    };
    let others: Vec<_> = arms
        .iter()
        .enumerate()
        .filter(|(_, arm)| against(arm).is_some())
        .collect();
    let differences = (!others.is_empty()).then(|| {
        let chart = Forest {
            rows: others
                .iter()
                .map(|&(i, arm)| row((i, arm), against(arm), true))
                .collect(),
            reference: Some(0.0),
            labels: Labels::Beside,
            at_least: None,
            show: &trimmed,
        };
        let text = others
            .iter()
            .filter_map(|(_, arm)| Some(format!("{}: {}", arm.name, signed_interval(&against(arm)?))))
            .collect::<Vec<_>>()
            .join("; ");
        forest(
            &format!("diff-{index}"),
            &format!("{title}: difference against real rows alone"),
            &format!("{text}. The line is at no difference."),
            &chart,
        )
    });
    let text = arms
        .iter()
        .filter_map(|arm| Some(format!("{}: {}", arm.name, interval(&of(arm)?))))
        .collect::<Vec<_>>()
        .join("; ");
    Metric {
        better: if higher { "higher is better" } else { "lower is better" },
        values: forest(
            &format!("metric-{index}"),
            &format!("{title} of each arm on the locked test"),
            &format!("{text}. The line is at the value of real rows alone."),
            &values,
        ),
        differences,
        rows: arms
            .iter()
            .map(|arm| {
                let change = against(arm);
                (
                    arm.name.clone(),
                    of(arm).map_or_else(|| "not defined".to_owned(), |v| interval(&v)),
                    change.map_or_else(String::new, |v| signed_interval(&v)),
                    change.map_or("", |v| says(&v, higher)),
                )
            })
            .collect(),
        name: title,
    }
}
