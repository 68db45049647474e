//! The gates that the experiment decides.

use super::{Purpose, arm, deciding, difference_of, metric_of, subject};
use crate::criteria::Criteria;
use crate::experiment::REAL;
use crate::gates::{at_least, at_most};
use crate::results::{Arm, Experiment, Gate, Interval};

/// The gates that the experiment decides, about the arm that the purpose is about.
///
/// What a model of that arm may lose in ROC AUC (or its error be larger) against one of the real rows: to
/// publish, and to augment if another metric decides. Calibration error, equalised odds, disparate impact, accuracy in
/// the worst group and the gap in recall between groups, as far as the criteria ask for them; what they ask for and
/// cannot be judged fails. With [`Criteria::strict_margins`] the worse end of the 95 % interval has to keep a margin,
/// otherwise the estimate.
pub fn experiment_gates(purpose: Purpose, experiment: &Experiment, criteria: &Criteria) -> Vec<Gate> {
    let mut gates = Vec::new();
    let Some(arm) = arm(experiment, subject(purpose)) else {
        return gates;
    };
    let rows = match purpose {
        Purpose::Publish => "synthetic rows alone",
        Purpose::Augment => "real and synthetic rows together",
    };
    let decides = |metric: &str| deciding(experiment).is_some_and(|(name, _)| name == metric);
    let strict = criteria.strict_margins;
    if (purpose == Purpose::Publish || !decides("roc_auc"))
        && let Some(change) = difference_of(arm, "roc_auc")
    {
        gates.extend(at_most(
            "auc_loss",
            format!(
                "What a model trained on {rows} loses in ROC AUC against one trained on the real rows.{}",
                how(strict)
            ),
            -pick(change, strict, false),
            criteria.auc_loss,
        ));
    }
    if (purpose == Purpose::Publish || !decides("rmse"))
        && let (Some(change), Some(real)) = (difference_of(arm, "rmse"), real_metric(experiment, "rmse"))
    {
        let worse = pick(change, strict, true);
        // A perfect model of the real rows leaves any error infinitely larger.
        let ratio = if worse == 0.0 {
            1.0
        } else {
            ((real + worse) / real).min(f64::MAX)
        };
        gates.extend(at_most(
            "rmse_ratio",
            format!(
                "The error of a model trained on {rows} over that of one trained on the real rows.{}",
                how(strict)
            ),
            ratio,
            criteria.rmse_ratio,
        ));
    }
    if let Some(error) = metric_of(arm, "calibration_error") {
        gates.extend(at_most(
            "calibration_error",
            format!(
                "How far the probabilities of a model trained on {rows} are from what happens, on average.{}",
                how(strict)
            ),
            pick(error, strict, true),
            criteria.calibration_error,
        ));
    }
    gates.extend(group_gates(experiment, arm, criteria));
    gates
}

fn how(strict: bool) -> &'static str {
    if strict {
        " The worse end of the 95 % interval counts."
    } else {
        ""
    }
}

/// The end of the interval that counts.
fn pick(of: Interval, strict: bool, high_is_worse: bool) -> f64 {
    match (strict, high_is_worse) {
        (false, _) => of.value,
        (true, true) => of.high,
        (true, false) => of.low,
    }
}

fn real_metric(experiment: &Experiment, name: &str) -> Option<f64> {
    Some(metric_of(arm(experiment, REAL)?, name)?.value)
}

fn group_gates(experiment: &Experiment, arm: &Arm, criteria: &Criteria) -> Vec<Gate> {
    let mut gates = Vec::new();
    if let Some(gap) = recall_gap(arm) {
        gates.extend(at_most(
            "group_recall_gap",
            "The largest difference in recall between two groups of a protected column.",
            gap,
            criteria.group_recall_gap,
        ));
    }
    if experiment.fairness.is_empty() {
        // Several classes and numbers know the worst group only.
        if let Some(worst) = metric_of(arm, "worst_group_accuracy") {
            gates.extend(at_least(
                "worst_group_accuracy",
                "The accuracy in the protected group where it is lowest.",
                worst.value,
                criteria.worst_group_accuracy,
            ));
        }
        return gates;
    }
    let strict = criteria.strict_margins;
    for (name, gap, least, threshold, question) in [
        (
            "equalized_odds",
            "equalized_odds_difference",
            false,
            criteria.equalized_odds,
            "The largest difference in recall or false positive rate between two groups of a protected column.",
        ),
        (
            "disparate_impact",
            "demographic_parity_ratio",
            true,
            criteria.disparate_impact,
            "The lowest selection rate of a group over the highest of another, of a protected column.",
        ),
        (
            "worst_group_accuracy",
            "worst_group_accuracy",
            true,
            criteria.worst_group_accuracy,
            "The accuracy in the protected group where it is lowest.",
        ),
    ] {
        let (value, note) = worst(experiment, &arm.name, gap, least, strict);
        let question = format!("{question}{note}");
        gates.extend(if least {
            at_least(name, question, value, threshold)
        } else {
            at_most(name, question, value, threshold)
        });
    }
    gates
}

/// The worst value of a gap over all protected columns, and what to say of it. What cannot be judged for any column
/// is as bad as can be.
fn worst(experiment: &Experiment, arm: &str, gap: &str, least: bool, strict: bool) -> (f64, String) {
    let families = experiment
        .fairness
        .iter()
        .filter(|fairness| fairness.arm == arm)
        .flat_map(|fairness| &fairness.families)
        .filter(|family| family.columns.len() == 1);
    let mut worst: Option<f64> = None;
    let mut unjudged = Vec::new();
    for family in families {
        let Some(found) = family.gaps.iter().find(|g| g.name == gap) else {
            continue;
        };
        match found.value.value() {
            Some(value) => {
                let value = pick(value, strict, !least);
                worst = Some(worst.map_or(value, |w| if least { w.min(value) } else { w.max(value) }));
            }
            None => unjudged.push(family.name.clone()),
        }
    }
    let note = if unjudged.is_empty() {
        how(strict).to_owned()
    } else {
        format!("{} Too few rows to judge: {}.", how(strict), unjudged.join(", "))
    };
    (worst.unwrap_or(if least { 0.0 } else { 1.0 }), note)
}

/// The largest difference in recall within a protected column; none if no column has two groups with
/// a recall.
fn recall_gap(arm: &Arm) -> Option<f64> {
    let mut worst: Option<f64> = None;
    for (i, a) in arm.groups.iter().enumerate() {
        for b in &arm.groups[i + 1..] {
            if a.column == b.column
                && let (Some(x), Some(y)) = (a.recall, b.recall)
            {
                let gap = (x.value - y.value).abs();
                worst = Some(worst.map_or(gap, |w| w.max(gap)));
            }
        }
    }
    worst
}
