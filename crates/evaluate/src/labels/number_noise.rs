//! How many numbers of a target are wrong, and which: those further from a prediction than real ones are.

use super::class_noise::{SURE, around};
use crate::interval::percentile;
use crate::results::Interval;

/// Ranges of the prediction, in each of which distances have a scale of their own.
const RANGES: usize = 10;
/// Real rows of a range, at least.
const MIN_RANGE: usize = 50;
/// The share of real rows within the limit beyond which a number is far.
const WITHIN: f64 = 0.95;

/// Distances of real numbers from predictions of models that did not see them.
pub(super) struct Distances {
    /// The upper ends of the ranges but the last, ascending.
    cuts: Vec<f64>,
    /// The median distance in each.
    scales: Vec<f64>,
    /// Real distances in units of their scale, ascending.
    real: Vec<f64>,
    /// The distance beyond which a number is far.
    limit: f64,
}

impl Distances {
    pub(super) fn new(predicted: &[f64], target: &[f64]) -> Self {
        let mut sorted = predicted.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let ranges = (sorted.len() / MIN_RANGE).clamp(1, RANGES);
        let mut cuts: Vec<f64> = (1..ranges)
            .map(|i| percentile(&sorted, i as f64 / ranges as f64))
            .collect();
        cuts.dedup();
        let mut of_range: Vec<Vec<f64>> = vec![Vec::new(); cuts.len() + 1];
        for (&p, &y) in predicted.iter().zip(target) {
            of_range[cuts.partition_point(|&cut| cut < p)].push((p - y).abs());
        }
        let all: f64 = predicted.iter().zip(target).map(|(p, y)| (p - y).abs()).sum::<f64>() / predicted.len() as f64;
        let scales = of_range
            .iter_mut()
            .map(|own| {
                own.sort_unstable_by(f64::total_cmp);
                // Where most are met exactly, any other number would be infinitely far.
                percentile(own, 0.5).max(0.01 * all).max(f64::MIN_POSITIVE)
            })
            .collect();
        let mut found = Self {
            cuts,
            scales,
            real: Vec::new(),
            limit: 0.0,
        };
        found.real = predicted.iter().zip(target).map(|(&p, &y)| found.of(p, y)).collect();
        found.real.sort_unstable_by(f64::total_cmp);
        found.limit = percentile(&found.real, WITHIN);
        found
    }

    /// The distance of a number from its prediction, in units of what is usual there.
    pub(super) fn of(&self, predicted: f64, target: f64) -> f64 {
        (predicted - target).abs() / self.scales[self.cuts.partition_point(|&cut| cut < predicted)]
    }

    /// The share of numbers that are wrong, from how many more are far than among real ones, its standard error,
    /// and whether it is more than chance.
    pub(super) fn noise(&self, distances: &[f64]) -> (Interval, bool) {
        let n = distances.len() as f64;
        let far = distances.iter().filter(|d| **d > self.limit).count() as f64 / n;
        let share = (far - (1.0 - WITHIN)) / WITHIN;
        let real = (1.0 - WITHIN) * WITHIN / self.real.len() as f64;
        let error = (far.max(1.0 - WITHIN) * (1.0 - far).max(0.05) / n + real).sqrt() / WITHIN;
        (around(share, error), share > SURE * error)
    }

    /// The share of real numbers that are less far.
    pub(super) fn doubt(&self, distance: f64) -> f64 {
        self.real.partition_point(|&d| d < distance) as f64 / self.real.len() as f64
    }
}
