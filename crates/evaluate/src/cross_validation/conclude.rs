//! From the metrics of every fold to means, tests and the best arm.

use super::corrected::corrected;
use super::front::Front;
use super::results::{CrossArm, CrossMetric, CrossValidation, LearnerChange};
use super::{ArmKind, ArmSpec, CrossValidationPlan};
use crate::judged::{Name, gains_are_shares};
use crate::question::Question;
use crate::verdict::words::spoken;
use plenish_learn::multiple_tests::holm;
use plenish_table::{Error, Result};

/// A comparison is clear, and further repeats are spared, when every interval at this level agrees with
/// it (the boundary of Haybittle, 1971, and Peto et al., 1976, which leaves the last look its level).
const CLEAR: f64 = 0.999;

/// For every fold, arm by arm and learner by learner, the metrics; none for arms that make no sense for the
/// target.
type Folds = Vec<Vec<Option<Vec<Vec<f64>>>>>;

/// What the folds so far showed.
pub(super) struct Outcomes<'a> {
    folds: Folds,
    arms: &'a [ArmSpec],
    names: &'a [Name],
    plan: &'a CrossValidationPlan,
    question: &'a Question,
}

impl<'a> Outcomes<'a> {
    pub(super) fn new(
        arms: &'a [ArmSpec],
        names: &'a [Name],
        plan: &'a CrossValidationPlan,
        question: &'a Question,
    ) -> Self {
        Self {
            folds: Vec::new(),
            arms,
            names,
            plan,
            question,
        }
    }

    pub(super) fn extend(&mut self, folds: Folds) {
        self.folds.extend(folds);
    }

    /// 1 if more of the metric that decides is better, -1 if less.
    fn sign(&self) -> f64 {
        if self.names[0].1 { 1.0 } else { -1.0 }
    }

    fn test_to_train(&self) -> f64 {
        1.0 / (self.plan.folds - 1) as f64
    }

    /// One metric of one arm by one learner, fold by fold.
    fn values(&self, arm: usize, learner: usize, metric: usize) -> Vec<f64> {
        let own = self.folds.iter().filter_map(|fold| fold[arm].as_ref());
        own.filter_map(|by| Some(by.get(learner)?[metric]))
            .filter(|v| v.is_finite())
            .collect()
    }

    /// The mean of an arm's first metric by the first learner; NaN of none.
    fn mean(&self, arm: usize) -> f64 {
        let values = self.values(arm, 0, 0);
        values.iter().sum::<f64>() / values.len() as f64
    }

    /// The differences of one arm from another in one metric by one learner, fold by fold.
    fn differences(&self, arm: usize, from: usize, learner: usize, metric: usize) -> Vec<f64> {
        let of = |fold: &Vec<Option<Vec<Vec<f64>>>>| {
            Some(fold[arm].as_ref()?.get(learner)?[metric] - fold[from].as_ref()?.get(learner)?[metric])
        };
        self.folds.iter().filter_map(of).filter(|d| d.is_finite()).collect()
    }

    /// Fails when the metric that decides is defined in no fold.
    pub(super) fn check_defined(&self) -> Result<()> {
        if !self.values(0, 0, 0).is_empty() {
            return Ok(());
        }
        let name = self.names[0].0;
        let of_groups = ["difference", "ratio", "group"].iter().any(|word| name.contains(word));
        let error = Error::data(format!("the metric '{name}' is defined in no fold")).in_column(&self.question.target);
        Err(error.help(if of_groups {
            "a group counts with 30 rows, and ten of either class: choose another metric, protect a column with larger \
             groups, or give more rows"
        } else {
            "choose another metric, or give more rows of the rarer class"
        }))
    }

    /// Whether every arm beside the real rows is clearly above what it has to gain, or clearly not.
    pub(super) fn is_clear(&self) -> bool {
        let sign = self.sign();
        // What errors gain is counted as a share of the error.
        let scale = if gains_are_shares(self.names[0]) {
            self.mean(0).max(f64::MIN_POSITIVE)
        } else {
            1.0
        };
        (1..self.arms.len()).all(|arm| {
            let gains: Vec<f64> = self
                .differences(arm, 0, 0, 0)
                .iter()
                .map(|d| sign * d / scale)
                .collect();
            let interval = corrected(&gains, self.test_to_train(), CLEAR).mean;
            interval.low > self.plan.benefit || interval.high < self.plan.benefit
        })
    }

    fn metric(&self, place: usize, values: &[f64]) -> CrossMetric {
        CrossMetric {
            name: self.names[place].0.to_owned(),
            higher_is_better: self.names[place].1,
            value: corrected(values, self.test_to_train(), 0.95).mean,
        }
    }

    /// The metrics that some fold defines, and what `values` gives for each.
    fn metrics(&self, values: impl Fn(usize) -> Vec<f64>) -> Vec<CrossMetric> {
        (0..self.names.len())
            .map(|m| (m, values(m)))
            .filter(|(m, values)| *m == 0 || !values.is_empty())
            .map(|(m, values)| self.metric(m, &values))
            .collect()
    }

    pub(super) fn conclude(&self, repeats: usize) -> CrossValidation {
        let has = |arm: usize| self.folds.iter().all(|fold| fold[arm].is_some());
        let arms: Vec<usize> = (0..self.arms.len()).filter(|&arm| has(arm)).collect();
        let best = |candidates: &mut dyn Iterator<Item = usize>| {
            candidates.fold(None, |best: Option<usize>, arm| match best {
                Some(best) if self.sign() * self.mean(best) >= self.sign() * self.mean(arm) => Some(best),
                _ => Some(arm),
            })
        };
        let is_free = |arm: &usize| self.arms[*arm] == ArmSpec::REAL || self.arms[*arm].is_free();
        let free = best(&mut arms.iter().copied().filter(is_free)).unwrap_or(0);
        let differences: Vec<Vec<f64>> = arms.iter().skip(1).map(|&arm| self.differences(arm, 0, 0, 0)).collect();
        let p: Vec<f64> = differences
            .iter()
            .map(|of| corrected(of, self.test_to_train(), 0.95).p)
            .collect();
        let adjusted = holm_of_distinct(&differences, &p);
        let results: Vec<CrossArm> = arms
            .iter()
            .enumerate()
            .map(|(place, &arm)| CrossArm {
                name: self.arms[arm].name(),
                spec: self.arms[arm],
                metrics: self.metrics(|m| self.values(arm, 0, m)),
                against_real: if arm == 0 {
                    Vec::new()
                } else {
                    self.metrics(|m| self.differences(arm, 0, 0, m))
                },
                p: place.checked_sub(1).map(|at| p[at]),
                p_adjusted: place.checked_sub(1).map(|at| adjusted[at]),
                against_free: self.arms[arm]
                    .kind
                    .is_synthetic()
                    .then(|| self.metric(0, &self.differences(arm, free, 0, 0))),
                by_learner: if arm == 0 { Vec::new() } else { self.by_learner(arm) },
            })
            .collect();
        let mut front = Front::new(&results, &self.plan.limits);
        let chosen = best(
            &mut arms
                .iter()
                .enumerate()
                .filter(|(place, arm)| matches!(self.arms[**arm].kind, ArmKind::Both { .. }) && front.keeps(*place))
                .map(|(_, &arm)| arm),
        );
        let place = chosen.and_then(|arm| arms.iter().position(|&a| a == arm));
        front.choose(place, &results, &spoken(self.names[0].0));
        CrossValidation {
            metric: self.names[0].0.to_owned(),
            folds: self.plan.folds,
            repeats,
            planned: self.plan.repeats,
            best_free: self.arms[free].name(),
            best: chosen.map(|arm| self.arms[arm].name()),
            arms: results,
            front,
        }
    }

    /// What the learners after the first make of an arm.
    fn by_learner(&self, arm: usize) -> Vec<LearnerChange> {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let first = mean(&self.differences(arm, 0, 0, 0));
        self.question
            .learners
            .iter()
            .enumerate()
            .skip(1)
            .map(|(learner, (name, _))| (name, self.differences(arm, 0, learner, 0)))
            .filter(|(_, differences)| !differences.is_empty())
            .map(|(name, differences)| LearnerChange {
                learner: name.clone(),
                agrees: mean(&differences) * first >= 0.0,
                against_real: self.metric(0, &differences),
            })
            .collect()
    }
}

/// Holm's p-values, where arms that cannot differ are one comparison: thresholds by group leave a ranking as it is.
fn holm_of_distinct(differences: &[Vec<f64>], p: &[f64]) -> Vec<f64> {
    let first: Vec<usize> = (0..p.len())
        .map(|arm| {
            let same = differences[..arm].iter().position(|other| *other == differences[arm]);
            same.unwrap_or(arm)
        })
        .collect();
    let distinct: Vec<usize> = (0..p.len()).filter(|&arm| first[arm] == arm).collect();
    let adjusted = holm(&distinct.iter().map(|&arm| p[arm]).collect::<Vec<_>>());
    first
        .iter()
        .map(|of| adjusted[distinct.partition_point(|arm| arm < of)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::holm_of_distinct;

    /// What is compared once counts once.
    #[test]
    fn arms_that_cannot_differ_are_one_comparison() {
        let (a, b) = (vec![0.1, 0.2], vec![0.3, -0.1]);
        let once = holm_of_distinct(&[a.clone(), b.clone()], &[0.01, 0.04]);
        let again = holm_of_distinct(
            &[a.clone(), b.clone(), a.clone(), a, b],
            &[0.01, 0.04, 0.01, 0.01, 0.04],
        );
        assert_eq!(once, [0.02, 0.04]);
        assert_eq!(again, [0.02, 0.04, 0.02, 0.02, 0.04]);
    }
}
