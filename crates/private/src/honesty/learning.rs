//! Probes where a domain is learned, and what they show.

use super::{Mistake, STATE, Seen, is_planted};
use crate::accounting::Rho;
use crate::noise::Variance;
use std::collections::BTreeMap;

/// The bounds of a text column's question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Threshold {
    /// The noisy count that a value needs.
    pub(crate) least: i64,
    /// The chance that a value only one unit has comes out.
    pub(crate) delta: f64,
}

/// Counts of a column by public cells: what was seen, and the answers put in.
pub(crate) fn cells(
    name: &str,
    exact: &[i64],
    mut answer: Vec<i64>,
    variance: Variance,
    sensitivity: u64,
    rho: Rho,
) -> Vec<i64> {
    STATE.with_borrow_mut(|state| {
        if let Some(script) = &mut state.script {
            match script.pop() {
                Some(Seen::Cells {
                    name: n,
                    answer: a,
                    variance: v,
                    ..
                }) if n == name && a.len() == answer.len() && v == variance => answer = a,
                _ => state.strayed = true,
            }
        }
        state.seen.push(Seen::Cells {
            name: name.to_owned(),
            exact: exact.to_vec(),
            answer: answer.clone(),
            variance,
            sensitivity,
            rho,
        });
    });
    answer
}

/// Counts of a column's values. A value that the first table did not have has no answer of its own: it must not come out,
/// but for a chance of delta, so its answer lies below the threshold.
pub(crate) fn values(
    name: &str,
    exact: &BTreeMap<String, i64>,
    mut answer: Vec<(i64, String)>,
    threshold: Threshold,
    variance: Variance,
    sensitivity: u64,
    rho: Rho,
) -> Vec<(i64, String)> {
    STATE.with_borrow_mut(|state| {
        if let Some(script) = &mut state.script {
            match script.pop() {
                Some(Seen::Values {
                    name: n,
                    answer: known,
                    threshold: t,
                    variance: v,
                    ..
                }) if n == name && t == threshold && v == variance => {
                    // What the first table had and the second has not is answered as before, too.
                    for (count, value) in &mut answer {
                        *count = known.get(value).copied().unwrap_or(threshold.least - 1);
                    }
                    let gone = known
                        .iter()
                        .filter(|(value, count)| !exact.contains_key(*value) && **count >= threshold.least);
                    answer.extend(gone.map(|(value, count)| (*count, value.clone())));
                }
                _ => state.strayed = true,
            }
        }
        state.seen.push(Seen::Values {
            name: name.to_owned(),
            exact: exact.clone(),
            answer: answer.iter().map(|(count, value)| (value.clone(), *count)).collect(),
            threshold,
            variance,
            sensitivity,
            rho,
        });
    });
    answer
}

/// [`Mistake::LowThreshold`]: a threshold that leaves no room for noise.
pub(crate) fn tamper_threshold(threshold: i64, contribution: u64) -> i64 {
    if is_planted(Mistake::LowThreshold) {
        contribution as i64 + 1
    } else {
        threshold
    }
}

/// [`Mistake::BoundsFromData`]: the exact smallest and largest number.
pub(crate) fn tamper_bounds(bounds: (f64, f64), numbers: &[f64]) -> (f64, f64) {
    if is_planted(Mistake::BoundsFromData) && !numbers.is_empty() {
        let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
        let most = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        return (least, most.max(least + 1.0));
    }
    bounds
}

/// [`Mistake::UnchargedDomain`]: whether a question about a domain is charged.
pub(crate) fn is_charged() -> bool {
    !is_planted(Mistake::UnchargedDomain)
}

/// What is wrong with one question about a domain, asked of two neighbours; its cost.
pub(super) fn faults(one: &Seen, two: &Seen, out: &mut Vec<&'static str>) -> Rho {
    let (distance, variance, sensitivity, rho) = match (one, two) {
        (
            Seen::Cells {
                exact: a,
                variance,
                sensitivity,
                rho,
                ..
            },
            Seen::Cells { exact: b, .. },
        ) if a.len() == b.len() => {
            let square: i64 = a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum();
            (square, variance, *sensitivity, *rho)
        }
        (
            Seen::Values {
                exact: a,
                answer,
                threshold,
                variance,
                sensitivity,
                rho,
                ..
            },
            Seen::Values { exact: b, .. },
        ) => {
            let mut square = 0;
            let mut lone = 0;
            for value in a.keys().chain(b.keys().filter(|value| !a.contains_key(*value))) {
                let (x, y) = (a.get(value), b.get(value));
                let gap = x.unwrap_or(&0) - y.unwrap_or(&0);
                square += gap * gap;
                if x.is_none() || y.is_none() {
                    lone += 1;
                    if answer.get(value).is_some_and(|count| *count >= threshold.least) {
                        out.push("a value that gives somebody away");
                    }
                }
            }
            if lone > *sensitivity {
                out.push("more new values than one unit may bring");
            }
            // Each of so many new values has at most as many rows; the noise must reach the rest of the threshold.
            let rest = (threshold.least - *sensitivity as i64 - 1) as f64;
            let chance = *sensitivity as f64 * (-rest * rest / (2.0 * variance.value())).exp() / 2.0;
            if rest < 0.0 || chance > threshold.delta * (1.0 + 1e-9) {
                out.push("a threshold too low for its delta");
            }
            (square, variance, *sensitivity, *rho)
        }
        _ => {
            out.push("other questions");
            return Rho::ZERO;
        }
    };
    if distance as u64 > sensitivity * sensitivity {
        out.push("counts beyond their sensitivity");
    }
    if variance.cost(sensitivity).is_none_or(|cost| cost > rho) {
        out.push("noise that costs more than its charge");
    }
    rho
}
