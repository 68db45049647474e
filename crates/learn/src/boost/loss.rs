//! What boosting lowers: the loss of each task, its gradient, and the constant to start from.

use super::Task;
use serde::{Deserialize, Serialize};

/// What a task's margins are judged by.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) enum Loss {
    /// Log loss of the log-odds of class 1.
    Binary,
    /// Log loss of the softmax of so many margins.
    Multiclass(usize),
    /// Half the squared error.
    Squared,
    /// The pinball loss, lowest at this quantile (Koenker and Bassett, "Regression quantiles", 1978).
    Quantile(f64),
}

impl Loss {
    pub(super) fn new(task: Task, quantile: Option<f64>) -> Self {
        match (task, quantile) {
            (Task::Binary, _) => Self::Binary,
            (Task::Multiclass(classes), _) => Self::Multiclass(classes),
            (Task::Regression, None) => Self::Squared,
            (Task::Regression, Some(level)) => Self::Quantile(level),
        }
    }

    /// The best constant margins.
    pub(super) fn base(self, target: &[f64], weight: &dyn Fn(usize) -> f64) -> Vec<f64> {
        let total: f64 = (0..target.len()).map(weight).sum();
        match self {
            Self::Squared => vec![target.iter().enumerate().map(|(i, y)| weight(i) * y).sum::<f64>() / total],
            Self::Quantile(level) => {
                let mut values: Vec<(f64, f64)> = target.iter().enumerate().map(|(i, &y)| (y, weight(i))).collect();
                vec![weighted_quantile(&mut values, level)]
            }
            Self::Binary => {
                let p = target.iter().enumerate().map(|(i, y)| weight(i) * y).sum::<f64>() / total;
                let p = p.clamp(1e-12, 1.0 - 1e-12);
                vec![libm::log(p / (1.0 - p))]
            }
            Self::Multiclass(classes) => {
                let mut mass = vec![0.0; classes];
                for (i, &y) in target.iter().enumerate() {
                    mass[y as usize] += weight(i);
                }
                mass.into_iter().map(|m| libm::log((m / total).max(1e-12))).collect()
            }
        }
    }

    /// The gradient and hessian of a row by each of its margins.
    pub(super) fn gradients(self, margins: &[f64], target: f64, weight: f64, out: &mut [(f64, f64)]) {
        match self {
            Self::Squared => out[0] = ((margins[0] - target) * weight, weight),
            // The hessian is none: a plain step of the gradient, and leaves are fitted again after.
            Self::Quantile(level) => {
                let g = if target <= margins[0] { 1.0 - level } else { -level };
                out[0] = (g * weight, weight);
            }
            Self::Binary => {
                let p = sigmoid(margins[0]);
                out[0] = ((p - target) * weight, (p * (1.0 - p)).max(1e-16) * weight);
            }
            Self::Multiclass(classes) => {
                // Friedman 2001, algorithm 6: the diagonal of the hessian, times K / (K - 1).
                let (classes, others) = (classes as f64, (classes as f64 - 1.0).max(1.0));
                let highest = margins.iter().copied().fold(f64::MIN, f64::max);
                let mut sum = 0.0;
                for (slot, m) in out.iter_mut().zip(margins) {
                    slot.0 = libm::exp(m - highest);
                    sum += slot.0;
                }
                for (class, slot) in out.iter_mut().enumerate() {
                    let p = slot.0 / sum;
                    let hit = f64::from(u8::from(target as usize == class));
                    *slot = (
                        (p - hit) * weight,
                        (p * (1.0 - p) * classes / others).max(1e-16) * weight,
                    );
                }
            }
        }
    }

    /// The loss of a row.
    pub(super) fn of(self, margins: &[f64], target: f64) -> f64 {
        match self {
            Self::Squared => (margins[0] - target) * (margins[0] - target),
            Self::Quantile(level) => {
                let above = target - margins[0];
                if above > 0.0 {
                    level * above
                } else {
                    (level - 1.0) * above
                }
            }
            Self::Binary => {
                let signed = if target == 1.0 { -margins[0] } else { margins[0] };
                signed.max(0.0) + libm::log1p(libm::exp(-signed.abs()))
            }
            Self::Multiclass(_) => {
                let highest = margins.iter().copied().fold(f64::MIN, f64::max);
                let sum: f64 = margins.iter().map(|m| libm::exp(m - highest)).sum();
                highest + libm::log(sum) - margins[target as usize]
            }
        }
    }

    /// Margins become predictions, in place.
    pub(super) fn predict(self, margins: &mut [f64]) {
        match self {
            Self::Binary => margins[0] = sigmoid(margins[0]),
            Self::Multiclass(_) => softmax(margins),
            Self::Squared | Self::Quantile(_) => {}
        }
    }
}

/// The smallest of `values` (value, weight) at which the weight up to and with it is `level` of all;
/// 0 if there is none. Puts them in order.
pub(super) fn weighted_quantile(values: &mut [(f64, f64)], level: f64) -> f64 {
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let goal = level * values.iter().map(|v| v.1).sum::<f64>();
    let mut sum = 0.0;
    for &(value, weight) in values.iter() {
        sum += weight;
        if weight > 0.0 && sum >= goal {
            return value;
        }
    }
    values.last().map_or(0.0, |v| v.0)
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

fn softmax(margins: &mut [f64]) {
    let highest = margins.iter().copied().fold(f64::MIN, f64::max);
    let mut sum = 0.0;
    for m in margins.iter_mut() {
        *m = libm::exp(*m - highest);
        sum += *m;
    }
    for m in margins {
        *m /= sum;
    }
}
