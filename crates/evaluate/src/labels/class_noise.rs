//! How many labels of a class are wrong, and which.
//!
//! The idea is that of confident learning (Northcutt, Jiang and Chuang, "Confident learning: estimating
//! uncertainty in dataset labels", JAIR 70, 2021, section 3): count by class how many labels are wrong,
//! then take that many of the least likely ones. Its count by thresholds calls hard rows wrong where classes
//! overlap; here they are counted against real rows, whose labels are right, and overlap as much.
//!
//! With p the model's probability of a row's label, the likelihood of its features under another label over that
//! under its own is r = (1-p)/p * c/(1-c), c being the share of the class in the real rows. Of labels of which a share
//! e is wrong, the mean of any function g(r) is (1-e) times its mean over real rows of the class plus e times that over
//! real rows of others; so e follows from three means. g is the score of a small share of wrong labels,
//! r / (1 - e0 + e0 r), by which the estimate varies least near e0.

use crate::interval::Z;
use crate::results::Interval;

/// Where the estimate varies least: the share of wrong labels that matters and is hard to see.
const E0: f64 = 0.05;
/// Standard errors from which on labels are taken for wrong.
pub(super) const SURE: f64 = 3.0;
/// Real rows of the class, and of others, at least.
const MIN_REAL: usize = 20;
/// Means of real rows of the class and of others closer than this say nothing.
const MIN_APART: f64 = 0.2;
/// A model is never so sure that a ratio would be infinite.
const LEAST: f64 = 1e-4;

/// The estimated share of wrong labels among those of one class.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noise {
    /// The share; chance may take it a little below 0.
    pub(super) share: f64,
    /// Its standard error.
    pub(super) error: f64,
    /// The share of the class among the real rows.
    class: f64,
}

/// What to compare: the probability of the class for rows.
pub(super) struct Rows<'a> {
    /// Real rows that have the class, each with its weight.
    pub(super) own: &'a [(f64, f64)],
    /// Real rows that have others, with theirs.
    pub(super) others: &'a [(f64, f64)],
    /// The share of the class among all real rows.
    pub(super) class: f64,
    /// Whether the real rows are of the same kinds as the labelled ones already.
    pub(super) matched: bool,
    /// Rows labelled so.
    pub(super) labelled: &'a [f64],
    /// Rows labelled otherwise.
    pub(super) rest: &'a [f64],
}

impl Noise {
    /// None where the real rows are too few, or the model does not tell the class from others.
    ///
    /// Rows may be chosen by their label (more of a rare class) or by their features (more of a region): the first
    /// leaves features given labels as they are, the second labels given features. Either can explain why labels
    /// look less likely than in real rows, and the one that finds less fault is believed. Where the real
    /// rows are of the same kinds there is nothing to explain.
    pub(super) fn estimate(rows: &Rows<'_>) -> Option<Self> {
        if rows.own.len() < MIN_REAL || rows.others.len() < MIN_REAL || rows.labelled.is_empty() {
            return None;
        }
        let class = rows.class;
        let g = |p: f64| score(ratio(p, class));
        let (own, others, labelled) = (
            Mean::of(rows.own, g),
            Mean::of(rows.others, g),
            Mean::of(&plain(rows.labelled), g),
        );
        let apart = others.mean - own.mean;
        if apart < MIN_APART {
            return None;
        }
        let error = (own.variance + labelled.variance).sqrt() / apart;
        // What the model itself expects of real rows, against what they show.
        let expected = |a: &[(f64, f64)], b: &[(f64, f64)], weight: &dyn Fn(f64) -> f64| {
            let (mut sum, mut total) = (0.0, 0.0);
            for &(p, own) in a.iter().chain(b) {
                sum += own * weight(p) * g(p);
                total += own * weight(p);
            }
            if total > 0.0 { sum / total } else { 0.0 }
        };
        let by_label = (labelled.mean - own.mean) / apart;
        let shift = |weight: &dyn Fn(f64) -> f64, shown: f64| {
            shown + expected(&plain(rows.labelled), &plain(rows.rest), weight) - expected(rows.own, rows.others, weight)
        };
        let (own_there, others_there) = (shift(&|p| p, own.mean), shift(&|p| 1.0 - p, others.mean));
        let by_features = if rows.matched || others_there - own_there < MIN_APART {
            by_label
        } else {
            (labelled.mean - own_there) / (others_there - own_there)
        };
        Some(Self {
            share: by_label.min(by_features).min(1.0),
            error,
            class,
        })
    }

    /// Whether the share is more than chance.
    pub(super) fn is_sure(&self) -> bool {
        self.share > SURE * self.error
    }

    /// The probability that a label of which the model says `p` is wrong.
    pub(super) fn doubt(&self, p: f64) -> f64 {
        let share = self.share.max(0.0);
        let wrong = share * ratio(p, self.class);
        wrong / (wrong + 1.0 - share).max(f64::MIN_POSITIVE)
    }

    pub(super) fn interval(&self) -> Interval {
        around(self.share, self.error)
    }
}

/// A share within its 95 % interval, both from 0 to 1.
pub(super) fn around(share: f64, error: f64) -> Interval {
    Interval {
        value: share.clamp(0.0, 1.0),
        low: (share - Z * error).clamp(0.0, 1.0),
        high: (share + Z * error).clamp(0.0, 1.0),
    }
}

fn plain(values: &[f64]) -> Vec<(f64, f64)> {
    values.iter().map(|&value| (value, 1.0)).collect()
}

fn ratio(p: f64, class: f64) -> f64 {
    let p = p.clamp(LEAST, 1.0 - LEAST);
    (1.0 - p) / p * class / (1.0 - class)
}

fn score(ratio: f64) -> f64 {
    ratio / (1.0 - E0 + E0 * ratio)
}

struct Mean {
    mean: f64,
    /// Of the mean.
    variance: f64,
}

impl Mean {
    fn of(values: &[(f64, f64)], g: impl Fn(f64) -> f64) -> Self {
        let total: f64 = values.iter().map(|v| v.1).sum();
        let mean = values.iter().map(|&(v, weight)| weight * g(v)).sum::<f64>() / total;
        let squares: f64 = values.iter().map(|&(v, weight)| (weight * (g(v) - mean)).powi(2)).sum();
        let n = values.len() as f64;
        Self {
            mean,
            // Of a mean of rows with unequal weights; with equal ones the plain variance over their number.
            variance: squares / (total * total) * n / (n - 1.0).max(1.0),
        }
    }
}
