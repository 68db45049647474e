//! From the scores of attacks to their success, and to the worst of them.

use super::{Membership, Scores};
use crate::intervals::{LEVEL, shared_level};
use crate::results::{Attack, Success, Worst};
use crate::roc::Roc;
use plenish_evaluate::Interval;
use plenish_learn::multiple_tests::holm;

/// Exposed rows of each kind at least.
const FEWEST_EXPOSED: usize = 30;

/// All attacks with their success, and the worst of them.
pub(crate) fn tested(membership: &Membership) -> (Vec<Attack>, Worst) {
    let tests = membership.attacks.len();
    let together = shared_level(LEVEL, tests);
    let mut worst = Worst {
        name: String::new(),
        auc: 0.5,
        auc_low: 0.0,
        auc_high: 1.0,
        p_holm: 1.0,
        tpr_name: None,
        tpr_at_1pct_fpr: None,
        tpr_at_1pct_fpr_low: None,
        tpr_at_1pct_fpr_high: None,
        exposed_name: None,
        exposed_auc: None,
        exposed_auc_low: None,
        exposed_auc_high: None,
    };
    let mut attacks = Vec::with_capacity(tests);
    for scores in &membership.attacks {
        let (members, others) = attacked(scores, None);
        let Some(roc) = Roc::new(&members, &others) else {
            continue;
        };
        let whole = success(&roc, members.len(), others.len());
        let area = roc.auc(together);
        if worst.name.is_empty() || above(area, worst.auc_low, worst.auc) {
            scores.name.clone_into(&mut worst.name);
            (worst.auc, worst.auc_low, worst.auc_high) = (area.value, area.low, area.high);
        }
        if let Some(caught) = roc.caught(0.01, together) {
            let share = caught.share;
            if worst
                .tpr_at_1pct_fpr_low
                .is_none_or(|low| above(share, low, worst.tpr_at_1pct_fpr.unwrap_or(0.0)))
            {
                worst.tpr_name = Some(scores.name.to_owned());
                worst.tpr_at_1pct_fpr = Some(share.value);
                worst.tpr_at_1pct_fpr_low = Some(share.low);
                worst.tpr_at_1pct_fpr_high = Some(share.high);
            }
        }
        let (few, rest) = attacked(scores, Some(&membership.exposed));
        let enough = few.len().min(rest.len()) >= FEWEST_EXPOSED;
        let roc_exposed = Roc::new(&few, &rest).filter(|_| enough);
        if let Some(area) = roc_exposed.as_ref().map(|roc| roc.auc(together))
            && worst
                .exposed_auc_low
                .is_none_or(|low| above(area, low, worst.exposed_auc.unwrap_or(0.0)))
        {
            worst.exposed_name = Some(scores.name.to_owned());
            worst.exposed_auc = Some(area.value);
            worst.exposed_auc_low = Some(area.low);
            worst.exposed_auc_high = Some(area.high);
        }
        attacks.push(Attack {
            name: scores.name.to_owned(),
            how: scores.how.to_owned(),
            success: whole,
            p_holm: 1.0,
            exposed: roc_exposed.map(|roc| success(&roc, few.len(), rest.len())),
        });
    }
    let adjusted = holm(&attacks.iter().map(|a| a.success.p).collect::<Vec<_>>());
    for (attack, p) in attacks.iter_mut().zip(adjusted) {
        attack.p_holm = p;
        if attack.name == worst.name {
            worst.p_holm = p;
        }
    }
    (attacks, worst)
}

/// Whether an interval says for certain more than one with the lower end `low` and the estimate `value`.
fn above(interval: Interval, low: f64, value: f64) -> bool {
    interval.low > low || interval.low == low && interval.value > value
}

/// Scores of the members and others that were attacked; of exposed ones only, if it is told which are.
fn attacked(scores: &Scores, exposed: Option<&[Vec<bool>; 2]>) -> (Vec<f64>, Vec<f64>) {
    let of = |scores: &[f64], part: usize| {
        let all = scores.iter().enumerate();
        let chosen = all.filter(|&(row, score)| !score.is_nan() && exposed.is_none_or(|exposed| exposed[part][row]));
        chosen.map(|(_, &score)| score).collect()
    };
    (of(&scores.members, 0), of(&scores.others, 1))
}

fn success(roc: &Roc<'_>, members: usize, others: usize) -> Success {
    let area = roc.auc(LEVEL);
    let [one, tenth] = [0.01, 0.001].map(|share| roc.caught(share, LEVEL).map(|caught| caught.share));
    Success {
        auc: area.value,
        auc_low: area.low,
        auc_high: area.high,
        p: roc.p(),
        tpr_at_1pct_fpr: one.map(|i| i.value),
        tpr_at_1pct_fpr_low: one.map(|i| i.low),
        tpr_at_1pct_fpr_high: one.map(|i| i.high),
        tpr_at_0_1pct_fpr: tenth.map(|i| i.value),
        tpr_at_0_1pct_fpr_low: tenth.map(|i| i.low),
        tpr_at_0_1pct_fpr_high: tenth.map(|i| i.high),
        members,
        others,
    }
}
