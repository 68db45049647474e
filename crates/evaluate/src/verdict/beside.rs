//! What an experiment shows beside the metric that decides, in a sentence each: learners, margins, groups, shifts.

use super::words::{change, figure, signed, spoken};
use super::{arm, deciding, difference_of, metric_of, treated_alike};
use crate::criteria::Criteria;
use crate::experiment::{BOTH, REAL};
use crate::results::{Arm, Experiment};

/// The sentences about one arm.
pub(super) fn sentences(experiment: &Experiment, subject: &str, criteria: &Criteria) -> Vec<String> {
    [
        margin(experiment, subject, criteria),
        learners(experiment),
        groups(experiment, subject),
        thresholds(experiment, subject),
        shifts(experiment, subject),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Whether an arm is shown to be no worse than the criteria allow, which an estimate alone does not show.
fn margin(experiment: &Experiment, subject: &str, criteria: &Criteria) -> Option<String> {
    let arm = arm(experiment, subject)?;
    let (change, margin) = (difference_of(arm, "roc_auc")?, criteria.auc_loss?);
    let loss = -change.low;
    Some(if loss <= margin {
        format!(
            "The model of '{subject}' is shown to be no more than {} worse in ROC AUC than that of the real rows: with \
             95 % confidence it loses at most {}.",
            figure(margin),
            figure(loss.max(0.0))
        )
    } else if -change.high > margin {
        format!(
            "The model of '{subject}' is shown to be worse in ROC AUC than the {} allowed: with 95 % confidence it loses \
             at least {}.",
            figure(margin),
            figure(-change.high)
        )
    } else {
        format!(
            "Whether the model of '{subject}' loses more than the {} of ROC AUC that are allowed cannot be told from {} \
             test rows: with 95 % confidence it may lose up to {}.",
            figure(margin),
            experiment.test_rows,
            figure(loss)
        )
    })
}

/// Whether other learners see the same on the locked test. Folds have said so already, if there were any.
fn learners(experiment: &Experiment) -> Option<String> {
    if experiment.folds.is_some() || experiment.learners.len() < 2 {
        return None;
    }
    let others: Vec<String> = experiment
        .learners
        .iter()
        .skip(1)
        .filter_map(|learner| {
            let both = learner.arms.iter().find(|arm| arm.arm == BOTH)?;
            Some(format!("{} {}", learner.learner, signed(both.against_real?.value)))
        })
        .collect();
    let agree = experiment.learners.iter().all(|l| l.agrees);
    Some(format!(
        "Other learners {} in sign about adding the synthetic rows: {}.",
        if agree { "agree" } else { "do not all agree" },
        others.join(", ")
    ))
}

/// The equalised odds difference of each protected column, and what became of it.
fn groups(experiment: &Experiment, subject: &str) -> Option<String> {
    let of = |arm: &str| experiment.fairness.iter().find(|fairness| fairness.arm == arm);
    let (real, own) = (of(REAL)?, of(subject)?);
    // Real rows treated alike, where both together are treated: what differs is then the rows' doing.
    let alike = treated_alike(experiment)
        .filter(|arm| subject == BOTH && arm.name != REAL)
        .and_then(|arm| of(&arm.name));
    let gap = |family: &crate::FamilyFairness| {
        let of = |g: &&crate::FairnessGap| g.name == "equalized_odds_difference";
        let gap = family.gaps.iter().find(of)?.clone();
        Some((gap.value.value()?, gap.against_first.and_then(|j| j.value())))
    };
    let columns: Vec<String> = own
        .families
        .iter()
        .enumerate()
        .filter(|(_, family)| family.columns.len() == 1)
        .filter_map(|(place, family)| {
            let ((before, _), (after, by)) = (gap(&real.families[place])?, gap(family)?);
            let (after, before) = (figure(after.value), figure(before.value));
            let treated = alike.and_then(|alike| gap(&alike.families[place]));
            Some(match (treated, by) {
                (Some((treated, _)), _) => format!(
                    "by '{}' {after} where real rows treated alike give {}, and real rows alone {before}",
                    family.name,
                    figure(treated.value)
                ),
                (None, Some(by)) => format!(
                    "by '{}' {after} where real rows give {before}, a change of {}",
                    family.name,
                    change(&by)
                ),
                (None, None) => format!("by '{}' {after} where real rows give {before}", family.name),
            })
        })
        .collect();
    (!columns.is_empty()).then(|| format!("Equalised odds difference of '{subject}': {}.", columns.join("; ")))
}

/// What thresholds by group are, and what they cost.
fn thresholds(experiment: &Experiment, subject: &str) -> Option<String> {
    let arm = arm(experiment, subject)?;
    let thresholds = arm.thresholds.as_ref()?;
    let percent = |arm: &Arm, metric| metric_of(arm, metric).map(|of| 100.0 * of.value);
    let real = experiment.arms.first()?;
    let (right, right_before) = (percent(arm, "accuracy")?, percent(real, "accuracy")?);
    let (found, found_before) = (percent(arm, "recall")?, percent(real, "recall")?);
    let groups = match thresholds.groups.len() {
        0 => "no group has rows enough for one of its own, so that nothing is made alike".to_owned(),
        1 => "one group has rows enough for one of its own, and all others follow it".to_owned(),
        several => format!("{several} groups have their own"),
    };
    Some(format!(
        "The decisions of '{subject}' have thresholds by group ({}; {groups}): {right:.1} % are right and {found:.1} % of \
         the positives are found, where one threshold for the model of the real rows gives {right_before:.1} % and \
         {found_before:.1} %. Whoever decides has to know the group.",
        thresholds.parity
    ))
}

/// Whether an arm holds up when the test rows are not quite as they were.
fn shifts(experiment: &Experiment, subject: &str) -> Option<String> {
    let (metric, higher) = deciding(experiment)?;
    let sign = if higher { 1.0 } else { -1.0 };
    let found: Vec<(&str, crate::Interval)> = experiment
        .shifts
        .iter()
        .filter_map(|shift| {
            let own = shift.arms.iter().find(|arm| arm.arm == subject)?;
            Some((&shift.about[..], own.against_real?))
        })
        .collect();
    if found.is_empty() {
        return None;
    }
    let worse: Vec<&(&str, crate::Interval)> = found
        .iter()
        .filter(|(_, by)| if higher { by.high < 0.0 } else { by.low > 0.0 })
        .collect();
    let worst = worse
        .iter()
        .min_by(|a, b| (sign * a.1.value).total_cmp(&(sign * b.1.value)));
    Some(match worst {
        None => format!(
            "Under {} planted shifts of the test rows '{subject}' is never clearly worse than real rows.",
            found.len()
        ),
        Some((about, by)) => format!(
            "Under {} of {} planted shifts of the test rows '{subject}' is clearly worse than real rows in {}, most under \
             this one: {} It changes by {}.",
            worse.len(),
            found.len(),
            spoken(metric),
            about,
            change(by)
        ),
    })
}
