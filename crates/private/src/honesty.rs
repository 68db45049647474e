//! Probes for tests: what every question saw, answers put in from outside, and planted mistakes.
//!
//! The idea of record and replay: run a fit on a table and keep its answers; run it on a neighbour and put the same
//! answers in. If privacy holds, nothing but the distance behind each answer may differ: the questions, the charges and
//! the model must be the same to the last bit, and each distance is at most the declared sensitivity.

use crate::accounting::Rho;
use crate::domain::Domain;
use crate::fit::Learned;
use crate::noise::{Strength, Variance};
use learning::Threshold;
use plenish_table::Table;
use std::cell::RefCell;
use std::collections::BTreeMap;

mod game;
pub(crate) mod learning;
mod replay;
mod replay_learning;

/// A planted mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// Noise of half the standard deviation that is declared.
    HalfTheNoise,
    /// A choice that is not charged.
    UnchargedChoice,
    /// A bin that exists only when the data need it.
    DomainFromData,
    /// The exact number of rows in the model.
    ExactRows,
    /// The same noise for two questions.
    ReusedNoise,
    /// A choice whose declared sensitivity is half the true one.
    HalfTheSensitivity,
    /// Counts without noise where they are 0: what is absent stays absent.
    NoNoiseOnZeros,
    /// A row that counts twice.
    CountedTwice,
    /// A choice that is the best one, always.
    BestChoice,
    /// A charge that is half of what the noise costs.
    HalfTheCharge,
    /// A threshold for values that leaves no room for noise.
    LowThreshold,
    /// Learned bounds that are the exact smallest and largest number.
    BoundsFromData,
    /// A domain that is learned and not charged.
    UnchargedDomain,
}

/// One question, as it was seen from inside.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Seen {
    Counts {
        clique: Vec<usize>,
        exact: Vec<i64>,
        answer: Vec<i64>,
        variance: Variance,
        sensitivity: u64,
        rho: Rho,
    },
    Choice {
        scores: Vec<i128>,
        chosen: usize,
        sensitivity: u64,
        strength: Strength,
        rho: Rho,
    },
    /// A column to be learned, by public cells.
    Cells {
        name: String,
        exact: Vec<i64>,
        answer: Vec<i64>,
        variance: Variance,
        sensitivity: u64,
        rho: Rho,
    },
    /// The values of a column to be learned.
    Values {
        name: String,
        exact: BTreeMap<String, i64>,
        answer: BTreeMap<String, i64>,
        threshold: Threshold,
        variance: Variance,
        sensitivity: u64,
        rho: Rho,
    },
}

#[derive(Debug, Default)]
struct State {
    mistake: Option<Mistake>,
    /// Answers to put in, the next one last.
    script: Option<Vec<Seen>>,
    seen: Vec<Seen>,
    /// The questions of the second run were others than those of the first.
    strayed: bool,
    noise: Option<Vec<i64>>,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// Runs `work` with a planted mistake and answers to put in; gives its result, what was seen, and whether the questions
/// strayed from the script.
pub(crate) fn watched<T>(
    mistake: Option<Mistake>,
    script: Option<Vec<Seen>>,
    work: impl FnOnce() -> T,
) -> (T, Vec<Seen>, bool) {
    STATE.set(State {
        mistake,
        script: script.map(|s| s.into_iter().rev().collect()),
        ..State::default()
    });
    let result = work();
    let state = STATE.take();
    let left = state.script.is_some_and(|s| !s.is_empty());
    (result, state.seen, state.strayed || left)
}

fn is_planted(mistake: Mistake) -> bool {
    STATE.with_borrow(|s| s.mistake == Some(mistake))
}

/// Where the curator lets tests look.
pub(crate) struct Probe;

impl Probe {
    pub(crate) fn take() -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "the curator holds it")]
    pub(crate) fn before_counts(&self, mut exact: Vec<i64>, variance: Variance) -> (Vec<i64>, Variance) {
        if is_planted(Mistake::CountedTwice)
            && let Some(last) = exact.iter_mut().rev().find(|c| **c > 0)
        {
            *last += *last;
        }
        (
            exact,
            if is_planted(Mistake::HalfTheNoise) {
                variance.quartered()
            } else {
                variance
            },
        )
    }

    #[expect(clippy::unused_self, reason = "the curator holds it")]
    pub(crate) fn counts(
        &self,
        clique: &[usize],
        exact: &[i64],
        mut noise: Vec<i64>,
        variance: Variance,
        sensitivity: u64,
        rho: Rho,
    ) -> Vec<i64> {
        STATE.with_borrow_mut(|state| {
            if state.mistake == Some(Mistake::ReusedNoise) {
                let kept = state.noise.get_or_insert_with(|| noise.clone());
                let length = kept.len();
                noise.iter_mut().enumerate().for_each(|(i, n)| *n = kept[i % length]);
            }
            if state.mistake == Some(Mistake::NoNoiseOnZeros) {
                noise
                    .iter_mut()
                    .zip(exact)
                    .filter(|(_, e)| **e == 0)
                    .for_each(|(n, _)| *n = 0);
            }
            let mut answer: Vec<i64> = exact.iter().zip(&noise).map(|(e, n)| e + n).collect();
            if let Some(script) = &mut state.script {
                match script.pop() {
                    Some(Seen::Counts {
                        clique: c,
                        answer: a,
                        variance: v,
                        ..
                    }) if c == clique && a.len() == answer.len() && v == variance => answer = a,
                    _ => state.strayed = true,
                }
                noise = exact.iter().zip(&answer).map(|(e, a)| a - e).collect();
            }
            state.seen.push(Seen::Counts {
                clique: clique.to_vec(),
                exact: exact.to_vec(),
                answer,
                variance,
                sensitivity,
                rho,
            });
        });
        noise
    }

    #[expect(clippy::unused_self, reason = "the curator holds it")]
    pub(crate) fn charge_of_choice(&self, rho: Rho) -> Rho {
        if is_planted(Mistake::UnchargedChoice) {
            Rho::ZERO
        } else if is_planted(Mistake::HalfTheCharge) {
            rho.share(1, 2)
        } else {
            rho
        }
    }

    #[expect(clippy::unused_self, reason = "the curator holds it")]
    pub(crate) fn choice(
        &self,
        scores: &[i128],
        mut chosen: usize,
        mut sensitivity: u64,
        strength: Strength,
        rho: Rho,
    ) -> usize {
        STATE.with_borrow_mut(|state| {
            if state.mistake == Some(Mistake::HalfTheSensitivity) {
                sensitivity /= 2;
            }
            if state.mistake == Some(Mistake::BestChoice) {
                chosen = (0..scores.len()).max_by_key(|&i| scores[i]).unwrap_or(0);
            }
            if let Some(script) = &mut state.script {
                match script.pop() {
                    Some(Seen::Choice {
                        chosen: c,
                        scores: s,
                        sensitivity: d,
                        strength: e,
                        ..
                    }) if s.len() == scores.len() && d == sensitivity && e == strength => chosen = c,
                    _ => state.strayed = true,
                }
            }
            state.seen.push(Seen::Choice {
                scores: scores.to_vec(),
                chosen,
                sensitivity,
                strength,
                rho,
            });
        });
        chosen
    }
}

/// [`Mistake::DomainFromData`]: drops the state of missing cells where no cell is missing.
pub(crate) fn tamper_domain(mut domain: Domain, table: &Table) -> Domain {
    if is_planted(Mistake::DomainFromData) {
        for axis in &mut domain.axes {
            axis.missing &= table.by_name(&axis.column.name).is_some_and(|c| c.missing_count() > 0);
        }
    }
    domain
}

/// [`Mistake::ExactRows`].
pub(crate) fn tamper_total(mut learned: Learned, exact: usize) -> Learned {
    if is_planted(Mistake::ExactRows) {
        learned.model.total = exact.max(1) as f64;
    }
    learned
}
