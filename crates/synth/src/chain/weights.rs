//! Importance weights of a row's candidates: what they are worth together, and the choice of one.

/// Weights of candidates, made to be drawn from.
pub(crate) struct Weights {
    /// Relative to the largest.
    pub(crate) each: Vec<f64>,
    /// The logarithm of their mean.
    pub(crate) log_mean: f64,
    /// How many equal ones they are worth: (sum of w)^2 / sum of w^2 (Kong 1992).
    pub(crate) effective: f64,
}

/// The weights of candidates of which a `share` was drawn without the tilt (Owen and Zhou, "Safe and
/// effective importance sampling", JASA 95, 2000).
pub(crate) fn normalised(weights: &[f64], ratios: &[f64], share: f64) -> Weights {
    let logs: Vec<f64> = weights
        .iter()
        .zip(ratios)
        .map(|(&weight, &ratio)| {
            if share >= 1.0 {
                weight
            } else {
                weight - libm::log(share + (1.0 - share) * libm::exp(ratio))
            }
        })
        .collect();
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY {
        return Weights {
            each: vec![0.0; logs.len()],
            log_mean: most,
            effective: 0.0,
        };
    }
    let each: Vec<f64> = logs.iter().map(|&l| libm::exp(l - most)).collect();
    let (sum, squares) = each.iter().fold((0.0, 0.0), |(s, q), &w| (s + w, q + w * w));
    Weights {
        log_mean: most + libm::log(sum / each.len() as f64),
        effective: sum * sum / squares,
        each,
    }
}

impl Weights {
    /// The candidate at probability `u` in [0, 1).
    pub(crate) fn choose(&self, u: f64) -> usize {
        let mut left = u * self.each.iter().sum::<f64>();
        for (at, &weight) in self.each.iter().enumerate() {
            if left < weight {
                return at;
            }
            left -= weight;
        }
        self.each.iter().rposition(|&w| w > 0.0).unwrap_or(0)
    }
}
