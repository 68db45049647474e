//! Predictions against outcomes once a threshold has decided.

use super::operating::Cut;
use super::{share, shared, weight_of};

/// Predictions against outcomes at one threshold; the fields are weights of rows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Confusion {
    /// Predicted positive, and positive.
    pub true_positive: f64,
    /// Predicted positive, but negative.
    pub false_positive: f64,
    /// Predicted negative, and negative.
    pub true_negative: f64,
    /// Predicted negative, but positive.
    pub false_negative: f64,
}

impl Confusion {
    /// Counts rows; a probability of at least `threshold` is a positive prediction.
    pub fn at(threshold: f64, labels: &[bool], probabilities: &[f64], weights: Option<&[f64]>) -> Self {
        let rows = shared(labels.len(), probabilities.len(), weights);
        let weight = weight_of(weights);
        let mut counts = Self::default();
        for row in 0..rows {
            counts.add(
                labels[row],
                f64::from(u8::from(probabilities[row] >= threshold)),
                weight(row),
            );
        }
        counts
    }

    /// Counts rows at a cut; see [`Cut`] for rows at the threshold itself.
    pub fn at_cut(cut: Cut, labels: &[bool], probabilities: &[f64], weights: Option<&[f64]>) -> Self {
        let rows = shared(labels.len(), probabilities.len(), weights);
        let weight = weight_of(weights);
        let mut counts = Self::default();
        for row in 0..rows {
            counts.add(labels[row], cut.selects(probabilities[row]), weight(row));
        }
        counts
    }

    /// Counts one row of which the share `selected`, 0 to 1, is predicted positive.
    #[inline]
    pub fn add(&mut self, label: bool, selected: f64, weight: f64) {
        let (chosen, left) = (weight * selected, weight * (1.0 - selected));
        if label {
            self.true_positive += chosen;
            self.false_negative += left;
        } else {
            self.false_positive += chosen;
            self.true_negative += left;
        }
    }

    /// The weight of all rows.
    pub fn total(&self) -> f64 {
        self.true_positive + self.false_positive + self.true_negative + self.false_negative
    }

    /// The weight of the positives.
    pub fn positives(&self) -> f64 {
        self.true_positive + self.false_negative
    }

    /// The weight of the negatives.
    pub fn negatives(&self) -> f64 {
        self.false_positive + self.true_negative
    }

    /// The share of positives among all rows (base rate, prevalence); `None` without rows.
    pub fn base_rate(&self) -> Option<f64> {
        share(self.positives(), self.total())
    }

    /// The share predicted positive; `None` without rows.
    pub fn selection_rate(&self) -> Option<f64> {
        share(self.true_positive + self.false_positive, self.total())
    }

    /// The share of positives predicted positive (true positive rate, sensitivity); `None` without
    /// positives.
    pub fn recall(&self) -> Option<f64> {
        share(self.true_positive, self.positives())
    }

    /// The share of negatives predicted positive; `None` without negatives.
    pub fn false_positive_rate(&self) -> Option<f64> {
        share(self.false_positive, self.negatives())
    }

    /// The share of negatives predicted negative (true negative rate); `None` without negatives.
    pub fn specificity(&self) -> Option<f64> {
        share(self.true_negative, self.negatives())
    }

    /// The share of positive predictions that are right (positive predictive value); `None` without
    /// any.
    pub fn precision(&self) -> Option<f64> {
        share(self.true_positive, self.true_positive + self.false_positive)
    }

    /// The share of right predictions; `None` without rows.
    pub fn accuracy(&self) -> Option<f64> {
        share(self.true_positive + self.true_negative, self.total())
    }

    /// The harmonic mean of precision and recall, `2 TP / (2 TP + FP + FN)`; `None` where neither
    /// outcome nor prediction is ever positive (scikit-learn says 0 there).
    pub fn f1(&self) -> Option<f64> {
        let hits = 2.0 * self.true_positive;
        share(hits, hits + self.false_positive + self.false_negative)
    }

    /// The mean of recall and specificity, 0.5 for a constant; `None` unless both classes are there.
    pub fn balanced_accuracy(&self) -> Option<f64> {
        Some(f64::midpoint(self.recall()?, self.specificity()?))
    }

    /// The correlation of prediction and outcome, -1 to 1 (Matthews 1975); `None` where either is
    /// constant (scikit-learn says 0 there).
    pub fn matthews(&self) -> Option<f64> {
        let (selected, left) = (
            self.true_positive + self.false_positive,
            self.true_negative + self.false_negative,
        );
        if !(selected > 0.0 && left > 0.0 && self.positives() > 0.0 && self.negatives() > 0.0) {
            return None;
        }
        let agree = self.true_positive * self.true_negative - self.false_positive * self.false_negative;
        // Root by root, so that the product of four large weights does not overflow.
        let scale = (selected * left).sqrt() * (self.positives() * self.negatives()).sqrt();
        Some((agree / scale).clamp(-1.0, 1.0))
    }
}
