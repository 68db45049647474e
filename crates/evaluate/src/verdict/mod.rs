//! From gates and experiment to the verdict.

mod beside;
mod gates;
pub(crate) mod words;

pub use gates::experiment_gates;

use crate::criteria::Criteria;
use crate::cross_validation::{CrossArm, CrossMetric, CrossValidation, LearnerChange};
use crate::experiment::{BOTH, REAL, SYNTHETIC};
use crate::judged::gains_are_shares;
use crate::results::{Arm, Decision, Evaluation, Experiment, Gate, Interval, Verdict};
use serde::{Deserialize, Serialize};
use words::{change, figure, lower_first, p_value, signed, spoken, with_article};

/// What the synthetic rows are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// To stand in for the real rows: they must pass every gate, and a model trained on them alone
    /// must be nearly as good.
    #[default]
    Publish,
    /// To be added to the real rows: they must also make a model better.
    Augment,
}

/// The arm a purpose is about.
fn subject(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Publish => SYNTHETIC,
        Purpose::Augment => BOTH,
    }
}

fn arm<'a>(experiment: &'a Experiment, name: &str) -> Option<&'a Arm> {
    experiment.arms.iter().find(|arm| arm.name == name)
}

fn metric_of(arm: &Arm, name: &str) -> Option<Interval> {
    arm.metrics.iter().find(|m| m.name == name).map(|m| m.value)
}

fn difference_of(arm: &Arm, name: &str) -> Option<Interval> {
    arm.against_real.iter().find(|m| m.name == name).map(|m| m.value)
}

/// The metric that decides; none without arms.
fn deciding(experiment: &Experiment) -> Option<(&str, bool)> {
    let first = experiment.arms.first()?.metrics.first()?;
    Some((&first.name, first.higher_is_better))
}

/// The arm of real rows that `real + synthetic` is compared with: treated as that is, in probabilities and decisions.
fn treated_alike(experiment: &Experiment) -> Option<&Arm> {
    let both = arm(experiment, BOTH)?;
    // Results of before there were such arms do not name one.
    arm(experiment, &both.compared_with).or_else(|| arm(experiment, REAL))
}

/// What synthetic rows beside the real ones gained.
struct Gain {
    /// The gain with its interval: in the metric, or as a share of the error.
    by: Interval,
    /// What is gained, in words.
    of: String,
    /// What a metric does that gains.
    does: &'static str,
}

fn gain(experiment: &Experiment) -> Option<Gain> {
    let both = arm(experiment, BOTH)?;
    let (metric, higher) = deciding(experiment)?;
    let change = difference_of(both, metric)?;
    if higher {
        return Some(Gain {
            by: change,
            of: spoken(metric),
            does: "changed",
        });
    }
    let shares = gains_are_shares((metric, higher));
    let real = metric_of(treated_alike(experiment)?, metric)?.value;
    let fallen = |by: f64| match (shares, real > 0.0) {
        (false, _) => -by,
        (true, true) => -by / real,
        (true, false) => 0.0,
    };
    Some(Gain {
        by: Interval {
            value: fallen(change.value),
            low: fallen(change.high),
            high: fallen(change.low),
        },
        of: counted(metric, higher),
        does: "fell",
    })
}

/// A metric in words, with how gains in it are counted.
fn counted(metric: &str, higher_is_better: bool) -> String {
    if gains_are_shares((metric, higher_is_better)) {
        format!("{} (as a share of it)", spoken(metric))
    } else {
        spoken(metric)
    }
}

/// Concludes: reject if a gate fails; else, to augment, accept if real and synthetic rows together
/// beat real rows as the criteria ask and no-benefit if not; to publish, accept.
///
/// If arms were compared in folds, the best arm there has to gain more than the best of the arms that cost no
/// generator, and more than the criteria ask for certain: either in the folds, with a p-value that holds for all arms
/// below 0.05, when the locked test does not show that it is worse; or on the locked test, with an interval that holds
/// what trainings vary by, when the folds point the same way.
///
/// The gates are those of `evaluation`, and those of [`experiment_gates`] that are not among them
/// already.
pub fn judge(
    purpose: Purpose,
    evaluation: &Evaluation,
    experiment: Option<&Experiment>,
    criteria: &Criteria,
) -> Verdict {
    let mut gates = evaluation.gates.clone();
    if let Some(experiment) = experiment {
        for gate in experiment_gates(purpose, experiment, criteria) {
            if !gates.iter().any(|g| g.name == gate.name) {
                gates.push(gate);
            }
        }
    }
    let failed: Vec<&Gate> = gates.iter().filter(|gate| gate.is_closed()).collect();
    let mut reasons: Vec<String> = failed.iter().map(|gate| failure(gate, evaluation)).collect();
    let warnings: Vec<&Gate> = gates.iter().filter(|gate| gate.is_warning()).collect();
    if failed.is_empty() {
        reasons.push(match (gates.len(), warnings.len()) {
            (0, _) => "No gate was checked.".to_owned(),
            (1, 0) => "The one gate passed.".to_owned(),
            (several, 0) => format!("All {several} gates passed."),
            (all, warnings) => format!("{} of {all} gates passed, and none closed.", all - warnings),
        });
    }
    reasons.extend(warnings.iter().map(|gate| warning(gate)));
    let mut beats = false;
    if let Some(experiment) = experiment {
        let (helps, sentences) = benefit(experiment, criteria);
        beats = helps;
        reasons.extend(sentences);
    } else {
        reasons.push("No experiment was run, so nothing shows that the rows are of use to a model.".to_owned());
    }
    reasons.extend(
        experiment
            .map(|e| beside::sentences(e, subject(purpose), criteria))
            .unwrap_or_default(),
    );
    let verdict = match purpose {
        _ if !failed.is_empty() => Decision::Reject,
        Purpose::Augment if !beats => Decision::NoBenefit,
        Purpose::Publish | Purpose::Augment => Decision::Accept,
    };
    Verdict { verdict, reasons }
}

/// Concludes from an experiment alone: accept if real and synthetic rows together beat real rows as the
/// criteria ask, else no-benefit.
pub fn judge_experiment(experiment: &Experiment, criteria: &Criteria) -> Verdict {
    let (beats, mut reasons) = benefit(experiment, criteria);
    reasons.extend(beside::sentences(experiment, BOTH, criteria));
    Verdict {
        verdict: if beats { Decision::Accept } else { Decision::NoBenefit },
        reasons,
    }
}

/// Whether adding the rows to the real ones helps as the criteria ask, and what the experiment showed.
fn benefit(experiment: &Experiment, criteria: &Criteria) -> (bool, Vec<String>) {
    let mut sentences: Vec<String> = alone(experiment).into_iter().collect();
    let gain = gain(experiment);
    let Some(gain) = gain else {
        sentences.push("The experiment could not tell whether adding the synthetic rows helps.".to_owned());
        return (false, sentences);
    };
    let beats = gain.by.low > criteria.benefit;
    let help = help(&gain, beats, criteria.benefit);
    sentences.push(match experiment.trainings {
        0 => help,
        times => format!("{help} The interval holds what {times} trainings on parts of the rows vary by."),
    });
    let Some(folds) = &experiment.folds else {
        return (beats, sentences);
    };
    let folds = in_folds(folds, criteria.benefit);
    sentences.extend(folds.sentences);
    // Two ways to be sure. The folds alone: then the locked test must not contradict them. Or the locked test, which
    // took no part in choosing the arm and so needs no adjustment for the others, if its interval holds what trainings
    // vary by: then the folds must point the same way.
    let confirmed = beats && experiment.trainings > 0;
    let helps = folds.ahead && ((folds.surely && gain.by.high >= 0.0) || (confirmed && folds.gain > 0.0));
    if helps && !folds.surely {
        sentences.push(
            "The folds chose the arm and point the same way; the locked test, which took no part in that, confirms it."
                .to_owned(),
        );
    }
    (helps, sentences)
}

/// Why a gate failed, with the column to look at where one is to blame.
fn failure(gate: &Gate, evaluation: &Evaluation) -> String {
    let bound = if gate.at_least { "at least" } else { "at most" };
    let question = lower_first(gate.question.trim_end_matches('.'));
    let mut sentence = format!(
        "Gate '{}' failed: {} where {bound} {} is asked for. It measures: {question}.",
        gate.name,
        words::beside(gate.value, gate.threshold),
        figure(gate.threshold)
    );
    if gate.name == "validity" {
        let problems = evaluation.validity.columns.iter();
        let named: Vec<String> = problems
            .filter_map(|c| c.problems.first().map(|p| format!("'{}': {p}", c.name)))
            .take(3)
            .collect();
        if !named.is_empty() {
            sentence.push_str(" Column ");
            sentence.push_str(&named.join("; column "));
            sentence.push('.');
        }
    }
    if gate.name == "constraints" {
        let problems = evaluation.constraints.iter().filter_map(|c| c.problem.as_ref());
        for problem in problems.take(3) {
            sentence.push(' ');
            sentence.push_str(problem);
            sentence.push('.');
        }
    }
    sentence
}

/// What a gate warns of that closes nothing.
fn warning(gate: &Gate) -> String {
    let mut sentence = format!(
        "Gate '{}' warns: {} where {} {} is asked for. It measures: {}.",
        gate.name,
        words::beside(gate.value, gate.threshold),
        if gate.at_least { "at least" } else { "at most" },
        figure(gate.threshold),
        lower_first(gate.question.trim_end_matches('.'))
    );
    if gate.name == "nearer" {
        sentence.push_str(
            " Beside the real rows these give away no more than those do; do not give them away without the real ones.",
        );
    }
    sentence
}

/// How the synthetic rows do alone.
fn alone(experiment: &Experiment) -> Option<String> {
    let (real, synthetic) = (arm(experiment, REAL)?, arm(experiment, SYNTHETIC)?);
    let (metric, _) = deciding(experiment)?;
    let (with, without) = (metric_of(synthetic, metric)?, metric_of(real, metric)?);
    Some(format!(
        "A model trained on synthetic rows alone reaches {} of {} on the locked test, one trained on real rows {}: \
         a difference of {}.",
        with_article(&spoken(metric)),
        figure(with.value),
        figure(without.value),
        change(&difference_of(synthetic, metric)?)
    ))
}

/// What the folds say of the best arm with synthetic rows.
#[derive(Default)]
struct InFolds {
    /// What it gained on average: in the metric, or as a share of the error.
    gain: f64,
    /// Whether that is certainly more than is asked for.
    surely: bool,
    /// Whether no arm that costs no generator gained as much.
    ahead: bool,
    sentences: Vec<String>,
}

fn in_folds(folds: &CrossValidation, benefit: f64) -> InFolds {
    let named = |name: &String| folds.arms.iter().find(|arm| arm.name == *name);
    let (Some(best), Some(real)) = (folds.best.as_ref().and_then(named), folds.arms.first()) else {
        let none = "No arm with synthetic rows beside the real ones was compared.".to_owned();
        return InFolds {
            sentences: vec![if folds.front.why.is_empty() {
                none
            } else {
                folds.front.why.clone()
            }],
            ..InFolds::default()
        };
    };
    let (Some(change), Some(base)) = (best.against_real.first(), real.metrics.first()) else {
        return InFolds::default();
    };
    let gains = |metric: &CrossMetric| {
        let sign = if metric.higher_is_better { 1.0 } else { -1.0 };
        let scale = if gains_are_shares((&metric.name, metric.higher_is_better)) {
            base.value.value.abs().max(f64::MIN_POSITIVE)
        } else {
            1.0
        };
        let value = |v: f64| sign * v / scale;
        let (a, b) = (value(metric.value.low), value(metric.value.high));
        (value(metric.value.value), a.min(b), a.max(b))
    };
    let of = counted(&change.name, change.higher_is_better);
    let (gain, low, high) = gains(change);
    let p = best.p_adjusted.unwrap_or(1.0);
    let mut surely = p < 0.05 && low > benefit;
    let mut sentences = vec![format!(
        "Over {} x {} folds, '{}' {} the {of} by {} (95 % interval {} to {}, p = {}{}): {}.",
        folds.repeats,
        folds.folds,
        best.name,
        if change.higher_is_better { "changed" } else { "lowered" },
        signed(gain),
        signed(low),
        signed(high),
        p_value(p),
        match folds.arms.len() {
            0..=2 => String::new(),
            arms => format!(" for all {} arms together", arms - 1),
        },
        if surely {
            "more than chance explains"
        } else if low > 0.0 && p < 0.05 {
            "certain, but less than is asked for"
        } else {
            "no more than chance explains"
        }
    )];
    sentences.push(learners(best));
    let free = named(&folds.best_free).filter(|arm| arm.spec.is_free());
    let ahead = match (free, best.against_free.as_ref()) {
        (Some(free), Some(difference)) => {
            let (lead, low, high) = gains(difference);
            let ahead = lead > 0.0;
            let treated = best.spec.recalibration.is_some() || best.spec.group_thresholds.is_some();
            // What is done to probabilities and decisions may gain by itself: the rows have to gain beside it.
            surely &= !treated || low > benefit;
            sentences.push(format!(
                "It is {} of the best of what costs no generator, '{}': {} (95 % interval {} to {}).",
                if ahead { "ahead" } else { "not ahead" },
                free.name,
                signed(lead),
                signed(low),
                signed(high)
            ));
            ahead
        }
        _ => true,
    };
    InFolds {
        gain,
        surely,
        ahead,
        sentences,
    }
}

/// Whether other learners agree about an arm.
fn learners(arm: &CrossArm) -> String {
    let (agree, not): (Vec<&LearnerChange>, Vec<&LearnerChange>) = arm.by_learner.iter().partition(|l| l.agrees);
    let names = |of: &[&LearnerChange]| {
        let named: Vec<String> = of
            .iter()
            .map(|l| format!("{} ({})", l.learner, signed(l.against_real.value.value)))
            .collect();
        named.join(", ")
    };
    match (agree.is_empty(), not.is_empty()) {
        (true, true) => "No other learner was asked.".to_owned(),
        (false, true) => format!("Other learners agree in sign: {}.", names(&agree)),
        (true, false) => format!("No other learner agrees in sign: {}.", names(&not)),
        (false, false) => format!("In sign {} agree, {} do not.", names(&agree), names(&not)),
    }
}

/// Whether adding the rows helped.
fn help(gain: &Gain, beats: bool, benefit: f64) -> String {
    let Gain { by, of, does } = gain;
    let interval = format!("by {}", change(by));
    if beats {
        format!("Adding the synthetic rows to the real ones improved the {of} {interval}.")
    } else if by.high < 0.0 {
        format!("Adding the synthetic rows to the real ones made the {of} worse: it {does} {interval}.")
    } else if by.low > 0.0 {
        format!(
            "Adding the synthetic rows to the real ones improved the {of} {interval}, less than the {} asked for.",
            figure(benefit)
        )
    } else {
        format!("Adding the synthetic rows to the real ones did not clearly improve the {of}: it {does} {interval}.")
    }
}
