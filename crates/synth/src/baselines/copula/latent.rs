//! A column's states as intervals of a standard normal variable.

use plenish_learn::math::{normal_density, normal_quantile};
use serde::{Deserialize, Serialize};

/// Terms of Mehler's expansion.
const TERMS: usize = 16;

/// Correlations beyond this are not told apart from it.
const STRONGEST: f64 = 0.995;

/// What of its column a latent variable decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Decides {
    /// Whether the cell is missing (first position) or not (second).
    Presence,
    /// The state, of a cell that is not missing if there is a latent variable for presence.
    State,
}

/// A standard normal variable, cut into positions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Latent {
    pub(super) column: u32,
    pub(super) decides: Decides,
    /// The column's state at each position; for [`Decides::Presence`] two place holders.
    pub(super) states: Vec<u16>,
    /// Between the positions, in rising order.
    pub(super) cuts: Vec<f64>,
}

impl Latent {
    /// Positions with `rows` training rows each, in the order of the states.
    pub(super) fn new(column: u32, decides: Decides, states: Vec<u16>, rows: &[f64]) -> Self {
        let total: f64 = rows.iter().sum();
        let mut mass = 0.0;
        let cuts = rows[..rows.len() - 1]
            .iter()
            .map(|count| {
                mass += count;
                normal_quantile(mass / total)
            })
            .collect();
        Self {
            column,
            decides,
            states,
            cuts,
        }
    }

    /// Whether sizes and references fit together; `states` is the number of states of its column.
    pub(super) fn is_sound(&self, states: usize) -> bool {
        self.states.len() == self.cuts.len() + 1
            && self.states.iter().all(|&s| usize::from(s) < states)
            && self.cuts.is_sorted()
            && self.cuts.iter().all(|c| !c.is_nan())
    }

    /// The ends of a position.
    pub(super) fn ends(&self, position: usize) -> (f64, f64) {
        let low = if position == 0 {
            f64::NEG_INFINITY
        } else {
            self.cuts[position - 1]
        };
        (low, self.cuts.get(position).copied().unwrap_or(f64::INFINITY))
    }

    /// The mean of the normal variable inside each position.
    pub(super) fn scores(&self, rows: &[f64]) -> Vec<f64> {
        let total: f64 = rows.iter().sum();
        rows.iter()
            .enumerate()
            .map(|(position, count)| {
                let (low, high) = self.ends(position);
                (normal_density(low) - normal_density(high)) * total / count.max(1e-9)
            })
            .collect()
    }

    /// The coefficients of the scores, as a step function of the normal variable, on the normalised
    /// Hermite polynomials 1, 2, ….
    pub(super) fn hermite(&self, scores: &[f64]) -> [f64; TERMS] {
        // At each end: the polynomials of degree 0, 1, … times the density.
        let at = |x: f64| {
            let mut values = [0.0; TERMS];
            if x.is_finite() {
                let (mut before, mut now) = (0.0, normal_density(x));
                for (m, value) in values.iter_mut().enumerate() {
                    *value = now;
                    let m = m as f64;
                    let next = (x * now - libm::sqrt(m) * before) / libm::sqrt(m + 1.0);
                    (before, now) = (now, next);
                }
            }
            values
        };
        let mut sums = [0.0; TERMS];
        for (position, score) in scores.iter().enumerate() {
            let (low, high) = self.ends(position);
            for (m, (sum, (a, b))) in sums.iter_mut().zip(at(low).into_iter().zip(at(high))).enumerate() {
                *sum += score * (a - b) / libm::sqrt(m as f64 + 1.0);
            }
        }
        sums
    }
}

/// The correlation of two normal variables whose step functions, with the coefficients `a` and `b`,
/// have this `covariance`: Mehler's formula (1866) says that it is the sum of `a b rho^m`.
pub(super) fn correlation(covariance: f64, a: &[f64; TERMS], b: &[f64; TERMS]) -> f64 {
    let of = |rho: f64| a.iter().zip(b).rev().fold(0.0, |sum, (a, b)| (sum + a * b) * rho);
    let (mut low, mut high) = (-STRONGEST, STRONGEST);
    if covariance <= of(low) {
        return low;
    }
    if covariance >= of(high) {
        return high;
    }
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if of(middle) < covariance {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two halves of a normal variable: the probability of the same half is 1/2 + asin(rho) / pi
    /// (Sheppard 1899), so the covariance of the scores is known.
    #[test]
    fn the_correlation_behind_two_halves_is_found() {
        let latent = Latent::new(0, Decides::State, vec![0, 1], &[500.0, 500.0]);
        let scores = latent.scores(&[500.0, 500.0]);
        let a = latent.hermite(&scores);
        for rho in [-0.8, -0.3, 0.0, 0.2, 0.6] {
            let same = 0.5 + libm::asin(rho) / std::f64::consts::PI;
            let covariance = scores[1] * scores[1] * (2.0 * same - 1.0);
            assert!((correlation(covariance, &a, &a) - rho).abs() < 0.01, "{rho}");
        }
    }
}
