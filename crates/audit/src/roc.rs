//! How well scores tell members from others: the area under the ROC curve, and the share of members found at
//! few false alarms, with intervals.

use crate::intervals::{clopper_pearson, reach};
use plenish_evaluate::Interval;
use plenish_learn::math::normal_cdf;

/// Scores of members and of others, and what they come to. Higher means "a member".
pub(crate) struct Roc<'a> {
    members: &'a [f64],
    others: &'a [f64],
    auc: f64,
    /// `DeLong`'s variance of the area.
    variance: f64,
    /// The variance of the area if members and others were one crowd.
    null_variance: f64,
}

/// Share of members found at a share of false alarms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Caught {
    pub(crate) share: Interval,
    /// What the threshold in truth lets pass among the others: at most what was asked.
    pub(crate) false_alarms: f64,
}

impl<'a> Roc<'a> {
    /// `None` unless there are two of each. Scores that are not numbers count as the lowest.
    pub(crate) fn new(members: &'a [f64], others: &'a [f64]) -> Option<Self> {
        let (m, n) = (members.len(), others.len());
        if m < 2 || n < 2 {
            return None;
        }
        let mut all: Vec<(f64, u32)> = members
            .iter()
            .chain(others)
            .enumerate()
            .map(|(place, &score)| (ranked(score), place as u32))
            .collect();
        all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        // For each member the share of others below it, for each other the share of members above (ties half):
        // the placements of DeLong, DeLong and Clarke-Pearson, "Comparing the areas under two or more correlated
        // receiver operating characteristic curves", Biometrics 44, 1988; in one pass as Sun and Xu, 2014.
        let (mut sum_m, mut squares_m, mut sum_n, mut squares_n) = (0.0, 0.0, 0.0, 0.0);
        let (mut members_below, mut others_below, mut ties) = (0_usize, 0_usize, 0.0);
        for tie in all.chunk_by(|a, b| a.0 == b.0) {
            let here_m = tie.iter().filter(|entry| (entry.1 as usize) < m).count();
            let here_n = tie.len() - here_m;
            let of_member = (others_below as f64 + here_n as f64 / 2.0) / n as f64;
            let of_other = 1.0 - (members_below as f64 + here_m as f64 / 2.0) / m as f64;
            sum_m += here_m as f64 * of_member;
            squares_m += here_m as f64 * of_member * of_member;
            sum_n += here_n as f64 * of_other;
            squares_n += here_n as f64 * of_other * of_other;
            members_below += here_m;
            others_below += here_n;
            let size = tie.len() as f64;
            ties += size * size * size - size;
        }
        let (mf, nf) = (m as f64, n as f64);
        let auc = sum_m / mf;
        let spread = |sum: f64, squares: f64, count: f64| (squares - sum * sum / count).max(0.0) / (count - 1.0);
        let total = mf + nf;
        Some(Self {
            members,
            others,
            auc,
            variance: spread(sum_m, squares_m, mf) / mf + spread(sum_n, squares_n, nf) / nf,
            // Mann and Whitney's, with the correction for ties.
            null_variance: (total + 1.0 - ties / (total * (total - 1.0))) / (12.0 * mf * nf),
        })
    }

    /// The area with its interval: `DeLong`'s on the scale of the log-odds, which keeps it between 0 and 1 (Pepe,
    /// "The statistical evaluation of medical tests", 2003, section 5.2); where all members score above all
    /// others or none does, `DeLong` knows no spread, and Newcombe's holds ("Confidence intervals for an effect
    /// size measure based on the Mann-Whitney statistic", part 2, Statistics in Medicine 25, 2006, method 5).
    pub(crate) fn auc(&self, level: f64) -> Interval {
        let (auc, z) = (self.auc, reach(level));
        let rest = auc * (1.0 - auc);
        let (low, high) = if rest <= 1e-12 {
            self.newcombe(z)
        } else {
            let odds = libm::log(auc / (1.0 - auc));
            let half = z * self.variance.sqrt() / rest;
            let back = |x: f64| 1.0 / (1.0 + libm::exp(-x));
            (back(odds - half), back(odds + half))
        };
        Interval {
            value: auc,
            low: low.min(auc),
            high: high.max(auc),
        }
    }

    /// The values that are no further from the area than `z` of the standard errors they would have.
    fn newcombe(&self, z: f64) -> (f64, f64) {
        let (m, n) = (self.members.len() as f64, self.others.len() as f64);
        let half = f64::midpoint(m, n) - 1.0;
        let gap = |theta: f64| {
            let spread = 1.0 + half * ((1.0 - theta) / (2.0 - theta) + theta / (1.0 + theta));
            (self.auc - theta).abs() - z * (theta * (1.0 - theta) * spread / (m * n)).sqrt()
        };
        let edge = |from: f64, to: f64| {
            let (mut out, mut inside) = (from, to);
            for _ in 0..60 {
                let middle = f64::midpoint(out, inside);
                if gap(middle) > 0.0 {
                    out = middle;
                } else {
                    inside = middle;
                }
            }
            inside
        };
        (edge(0.0, self.auc), edge(1.0, self.auc))
    }

    /// The one-sided p-value of members scoring no higher than others.
    pub(crate) fn p(&self) -> f64 {
        if self.null_variance <= 0.0 {
            return 1.0;
        }
        normal_cdf((0.5 - self.auc) / self.null_variance.sqrt())
    }

    /// The share of members above the lowest threshold that lets at most `share` of the others pass, with its
    /// exact interval for that threshold; `None` with fewer others than one false alarm takes.
    pub(crate) fn caught(&self, share: f64, level: f64) -> Option<Caught> {
        let allowed = (share * self.others.len() as f64 + 1e-9) as usize;
        if allowed == 0 {
            return None;
        }
        let mut others: Vec<f64> = self.others.iter().map(|&score| ranked(score)).collect();
        others.sort_unstable_by(|a, b| b.total_cmp(a));
        // Everybody strictly above the first that must not pass.
        let threshold = others.get(allowed).copied().unwrap_or(f64::NEG_INFINITY);
        let above = |scores: &[f64]| scores.iter().filter(|&&score| ranked(score) > threshold).count() as u64;
        Some(Caught {
            share: clopper_pearson(above(self.members), self.members.len() as u64, level),
            false_alarms: above(self.others) as f64 / self.others.len() as f64,
        })
    }
}

/// Scores in an order: what is not a number is lowest, and zero has one sign.
fn ranked(score: f64) -> f64 {
    if score.is_nan() { f64::NEG_INFINITY } else { score + 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intervals::LEVEL;
    use plenish_table::Seed;
    use proptest::prelude::*;

    proptest! {
        /// Area and variance are those of the definition, ties included.
        #[test]
        fn the_area_is_that_of_the_definition(
            a in proptest::collection::vec(-3_i32..3, 2..30),
            b in proptest::collection::vec(-3_i32..3, 2..30),
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = (a.iter().map(|&x| f64::from(x)).collect(), b.iter().map(|&x| f64::from(x)).collect());
            let kernel = |x: f64, y: f64| if x > y { 1.0 } else if x == y { 0.5 } else { 0.0 };
            let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
            let var = |v: &[f64]| v.iter().map(|x| (x - mean(v)).powi(2)).sum::<f64>() / (v.len() as f64 - 1.0);
            let of_a: Vec<f64> = a.iter().map(|&x| mean(&b.iter().map(|&y| kernel(x, y)).collect::<Vec<_>>())).collect();
            let of_b: Vec<f64> = b.iter().map(|&y| mean(&a.iter().map(|&x| kernel(x, y)).collect::<Vec<_>>())).collect();
            let roc = Roc::new(&a, &b).unwrap();
            prop_assert!((roc.auc - mean(&of_a)).abs() < 1e-12);
            let variance = var(&of_a) / a.len() as f64 + var(&of_b) / b.len() as f64;
            prop_assert!((roc.variance - variance).abs() < 1e-12);
            let interval = roc.auc(LEVEL);
            prop_assert!(0.0 <= interval.low && interval.low <= interval.value && interval.high <= 1.0);
            prop_assert!(interval.value <= interval.high);
        }
    }

    /// Intervals hold the truth in 95 of 100 draws (930 to 970 of 1,000 in all but one of 250 runs; the seed is
    /// fixed), and so does the test keep its level.
    #[test]
    fn intervals_and_tests_keep_their_level() {
        let (mut held, mut found) = (0, 0);
        for draw in 0..1_000 {
            let mut stream = Seed::new(5).stream(draw, 0);
            let mut scores = |n: usize| (0..n).map(|_| (stream.uniform() * 40.0).floor()).collect::<Vec<f64>>();
            let (a, b) = (scores(80), scores(50));
            let roc = Roc::new(&a, &b).unwrap();
            let interval = roc.auc(LEVEL);
            held += u32::from(interval.low <= 0.5 && 0.5 <= interval.high);
            found += u32::from(roc.p() < 0.05);
        }
        assert!((930..=970).contains(&held), "{held}");
        assert!((30..=70).contains(&found), "{found}");
    }

    #[test]
    fn members_above_all_others_leave_an_interval() {
        let roc = Roc::new(&[3.0; 40], &[1.0; 40]).unwrap();
        let interval = roc.auc(LEVEL);
        assert!(
            interval.low > 0.85 && interval.low < 0.99 && interval.high == 1.0,
            "{interval:?}"
        );
        assert!(roc.p() < 1e-6);
    }

    #[test]
    fn ties_never_let_more_pass_than_allowed() {
        // Three others share the best score: no threshold lets just one of them pass.
        let mut others = vec![0.0; 97];
        others.extend([5.0; 3]);
        let members = [5.0, 5.0, 6.0, 0.0];
        let caught = Roc::new(&members, &others).unwrap().caught(0.01, LEVEL).unwrap();
        assert_eq!((caught.share.value, caught.false_alarms), (0.25, 0.0));
        assert!(Roc::new(&members, &others).unwrap().caught(0.001, LEVEL).is_none());
    }
}
