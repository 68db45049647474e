//! How much of a difference between arms is the training's own: the arms trained again on parts of their rows.
//!
//! One training of each arm and a bootstrap of the test rows call a difference certain that another draw of
//! training rows would turn round: rows that were merely drawn again beside the real ones then "help" far more
//! often than one time in twenty.

use super::{Bench, Rows};
use crate::cross_validation::corrected::corrected;
use crate::judged::{Judged, Name};
use crate::results::{Interval, MetricValue};
use plenish_learn::Learner;
use plenish_table::Result;
use rayon::prelude::*;

/// The share of its rows that each training has.
const SHARE: f64 = 0.8;

/// For each of `times` trainings, each arm and each metric, its value on the test.
pub(super) fn repeat(bench: &Bench<'_>, arms: &[Rows], learner: &Learner, times: usize) -> Result<Vec<Vec<Vec<f64>>>> {
    let total = (times * arms.len()) as u64;
    let ones = vec![1_u16; bench.test.rows()];
    bench.cx.step("training on parts of the rows", total, || {
        (0..times)
            .into_par_iter()
            .map(|time| {
                let seed = bench.seed.derive("trainings").child(time as u64);
                arms.par_iter()
                    .map(|rows| {
                        bench.cx.check()?;
                        // The same real rows in every arm, so that differences are paired.
                        let part = rows.training.part(SHARE, &seed.derive("rows"));
                        let model = bench.train_on(rows, &part, learner, &seed.derive(rows.draws))?;
                        bench.cx.advance(1);
                        Ok(Judged::new(bench.judging, model.predict(bench.test)?).values(&ones))
                    })
                    .collect()
            })
            .collect()
    })
}

/// Metrics moved to the mean over trainings. For differences, the interval then holds what the trainings vary by
/// beside what the test rows do: the variance of the mean over overlapping parts is corrected after Nadeau and Bengio
/// (Machine Learning 52, 2003), with the rows left out in the place of those that test.
pub(super) fn moved(
    metrics: Vec<MetricValue>,
    trained: impl Fn(usize) -> Vec<f64>,
    names: &[Name],
    differences: bool,
) -> Vec<MetricValue> {
    metrics
        .into_iter()
        .map(|metric| {
            let place = names.iter().position(|(name, _)| *name == metric.name);
            let values: Vec<f64> = place.map(&trained).unwrap_or_default();
            let values: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
            if values.len() < 2 {
                return metric;
            }
            let training = corrected(&values, (1.0 - SHARE) / SHARE, 0.95).mean;
            let spread = if differences {
                training.high - training.value
            } else {
                0.0
            };
            let Interval { value, low, high } = metric.value;
            MetricValue {
                value: Interval {
                    value: training.value,
                    low: training.value - (value - low).hypot(spread),
                    high: training.value + (high - value).hypot(spread),
                },
                ..metric
            }
        })
        .collect()
}
