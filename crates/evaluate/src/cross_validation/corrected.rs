//! Tests of differences between arms over repeated folds.

use crate::results::Interval;
use plenish_learn::students_t::{t_quantile, t_upper_tail};

/// The differences of one arm from another, one for each fold, and what they say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Corrected {
    /// The mean difference with its interval.
    pub(crate) mean: Interval,
    /// The two-sided p-value of there being none.
    pub(crate) p: f64,
}

/// Folds share training rows, so that their differences are not independent and their plain variance is
/// too small: a paired t-test finds a difference between two equal arms in a quarter of all runs. The
/// corrected one (Nadeau and Bengio, "Inference for the generalization error", Machine Learning 52,
/// 2003, section 3.3) adds the ratio of test to training rows to 1 / n. The interval covers `level`,
/// between 0 and 1.
pub(crate) fn corrected(differences: &[f64], test_to_train: f64, level: f64) -> Corrected {
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n.max(1.0);
    if differences.len() < 2 {
        return Corrected {
            mean: Interval {
                value: mean,
                low: f64::MIN,
                high: f64::MAX,
            },
            p: 1.0,
        };
    }
    let variance = differences.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / (n - 1.0);
    let error = (variance * (1.0 / n + test_to_train)).sqrt();
    if error == 0.0 {
        // Equal in every fold, or better by exactly as much in every fold.
        let p = if mean == 0.0 { 1.0 } else { 0.0 };
        return Corrected {
            mean: Interval {
                value: mean,
                low: mean,
                high: mean,
            },
            p,
        };
    }
    let freedom = n - 1.0;
    let half = t_quantile(f64::midpoint(1.0, level), freedom) * error;
    Corrected {
        mean: Interval {
            value: mean,
            low: mean - half,
            high: mean + half,
        },
        p: 2.0 * t_upper_tail((mean / error).abs(), freedom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Folds that share rows: the correction keeps its word where the plain test does not.
    #[test]
    fn equal_arms_are_called_different_in_a_twentieth_of_runs_at_most() {
        let seed = plenish_table::Seed::new(1);
        let (mut plain, mut honest) = (0, 0);
        let runs = 1000;
        for run in 0..runs {
            let mut stream = seed.stream(run, 0);
            let mut normal = || plenish_learn::math::normal_quantile(stream.uniform().max(1e-12));
            // What 5 x 2 folds have in common, and what each has of its own: a correlation of a half.
            let shared = normal();
            let differences: Vec<f64> = (0..10).map(|_| 0.5_f64.sqrt() * (shared + normal())).collect();
            plain += u32::from(corrected(&differences, 0.0, 0.95).p < 0.05);
            honest += u32::from(corrected(&differences, 1.0, 0.95).p < 0.05);
        }
        assert!(plain > 300, "{plain}");
        assert!(honest <= 65, "{honest}");
    }
}
