//! The experiment: arms, metrics, differences, groups.

use super::folds::Folds;
use crate::charts::{Forest, Mark, Marker, forest};
use crate::figures::{count, interval, percent_interval, signed_interval, trimmed};
use plenish_evaluate::{Arm, Experiment, GroupValue, Interval};

/// Groups of one protected column that are drawn: the largest.
const DRAWN: usize = 12;

pub(crate) struct Trial<'a> {
    pub(crate) target: &'a str,
    pub(crate) task: &'a str,
    pub(crate) positive: Option<&'a str>,
    pub(crate) test_rows: String,
    pub(crate) left_out: String,
    pub(crate) arms: Vec<ArmRow<'a>>,
    pub(crate) metrics: Vec<Metric>,
    pub(crate) groups: Vec<GroupCharts<'a>>,
    pub(crate) folds: Option<Folds>,
}

pub(crate) struct ArmRow<'a> {
    pub(crate) name: &'a str,
    pub(crate) mark: &'static str,
    pub(crate) rows: String,
    pub(crate) ratio: String,
    pub(crate) weight: String,
}

pub(crate) struct Metric {
    pub(crate) name: String,
    pub(crate) better: &'static str,
    pub(crate) values: String,
    pub(crate) differences: Option<String>,
    /// Arm, value, difference against real, what the difference says.
    pub(crate) rows: Vec<(String, String, String, &'static str)>,
}

pub(crate) struct GroupCharts<'a> {
    pub(crate) column: &'a str,
    pub(crate) selection: String,
    pub(crate) recall: String,
    /// Groups that are in the table alone.
    pub(crate) undrawn: usize,
    pub(crate) arms: Vec<&'a str>,
    /// Group, test rows, selection rate and recall of each arm.
    pub(crate) rows: Vec<(&'a str, String, Vec<String>)>,
    /// Whether any group was too small to judge.
    pub(crate) few: bool,
}

fn marker(arm: &Arm, first: bool) -> Marker {
    if first {
        Marker::Real
    } else if arm.ratio.is_none() {
        Marker::Synthetic
    } else {
        Marker::Both
    }
}

impl<'a> Trial<'a> {
    pub(crate) fn new(of: &'a Experiment) -> Self {
        let arms = of
            .arms
            .iter()
            .enumerate()
            .map(|(i, arm)| ArmRow {
                name: &arm.name,
                mark: match marker(arm, i == 0) {
                    Marker::Real => "real",
                    Marker::Both => "both",
                    Marker::Synthetic => "synthetic",
                },
                rows: count(arm.rows),
                ratio: arm
                    .ratio
                    .map_or_else(|| "no real rows".to_owned(), |r| format!("{r:.2}")),
                weight: format!("{:.2}", arm.weight),
            })
            .collect();
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
            arms,
            metrics: names
                .iter()
                .enumerate()
                .map(|(i, m)| metric(i, &m.name, m.higher_is_better, &of.arms))
                .collect(),
            groups: groups(&of.arms),
            folds: of.folds.as_ref().map(Folds::new),
        }
    }
}

pub(crate) fn spoken(name: &str) -> String {
    match name {
        "roc_auc" => "ROC AUC".to_owned(),
        "log_loss" => "Log loss".to_owned(),
        "brier" => "Brier score".to_owned(),
        "calibration_error" => "Calibration error".to_owned(),
        "rmse" => "Root mean squared error".to_owned(),
        "r2" => "R²".to_owned(),
        other => {
            let mut letters = other.chars();
            let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
            first + &letters.as_str().replace('_', " ")
        }
    }
}

fn metric(index: usize, name: &str, higher: bool, arms: &[Arm]) -> Metric {
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
                marker: marker(arm, i == 0),
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

/// What a difference says once its interval is looked at.
fn says(change: &Interval, higher: bool) -> &'static str {
    let (better, worse) = if higher {
        (change.low > 0.0, change.high < 0.0)
    } else {
        (change.high < 0.0, change.low > 0.0)
    };
    match (better, worse) {
        (true, _) => "better than real alone",
        (_, true) => "worse than real alone",
        _ => "no clear difference",
    }
}

fn groups(arms: &[Arm]) -> Vec<GroupCharts<'_>> {
    let Some(first) = arms.first() else {
        return Vec::new();
    };
    let mut columns: Vec<&str> = Vec::new();
    for group in &first.groups {
        if !columns.contains(&group.column.as_str()) {
            columns.push(&group.column);
        }
    }
    columns
        .into_iter()
        .enumerate()
        .map(|(index, column)| {
            let groups: Vec<&GroupValue> = first.groups.iter().filter(|g| g.column == column).collect();
            let find = |arm: &'_ Arm, name: &str| {
                let of = arm.groups.iter().find(|g| g.column == column && g.group == name);
                (of.and_then(|g| g.selection_rate), of.and_then(|g| g.recall))
            };
            let mut drawn: Vec<usize> = (0..groups.len()).collect();
            drawn.sort_by(|&a, &b| groups[b].rows.cmp(&groups[a].rows).then(a.cmp(&b)));
            drawn.truncate(DRAWN);
            let chart = |what: &str, id: &str, recall: bool| {
                let pick = |both: (Option<Interval>, Option<Interval>)| if recall { both.1 } else { both.0 };
                let rows = drawn
                    .iter()
                    .map(|&g| {
                        let marks = arms.iter().enumerate().map(|(i, arm)| Mark {
                            marker: marker(arm, i == 0),
                            estimate: pick(find(arm, &groups[g].group)),
                        });
                        let below = format!("{} test rows", count(groups[g].rows));
                        (groups[g].group.clone(), below, marks.collect())
                    })
                    .collect();
                forest(
                    &format!("{id}-{index}"),
                    &format!("{what} by {column}"),
                    "One line for each group and arm, with its interval. All figures are in the table below the charts.",
                    &Forest {
                        rows,
                        reference: None,
                        at_least: Some((0.0, 0.0)),
                        show: &|v| format!("{:.0} %", v * 100.0),
                    },
                )
            };
            let said = |of: Option<Interval>| of.map_or_else(|| "too few to judge".to_owned(), |v| percent_interval(&v));
            GroupCharts {
                column,
                selection: chart("Selection rate", "selection", false),
                recall: chart("Recall", "recall", true),
                undrawn: groups.len() - drawn.len(),
                arms: arms.iter().map(|arm| arm.name.as_str()).collect(),
                few: groups.iter().any(|g| g.selection_rate.is_none() || g.recall.is_none()),
                rows: groups
                    .iter()
                    .map(|g| {
                        let cells = arms.iter().flat_map(|arm| {
                            let (selection, recall) = find(arm, &g.group);
                            [said(selection), said(recall)]
                        });
                        (g.group.as_str(), count(g.rows), cells.collect())
                    })
                    .collect(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_judged_by_its_interval_and_direction() {
        let change = |low, high| Interval { value: 0.0, low, high };
        assert_eq!(says(&change(0.001, 0.002), true), "better than real alone");
        assert_eq!(says(&change(0.001, 0.002), false), "worse than real alone");
        assert_eq!(says(&change(-0.001, 0.002), false), "no clear difference");
    }
}
