//! How good predictions are. Definitions are those of scikit-learn 1.9 where it has the metric.
//!
//! `weights` count how often a row occurs; none means once each. Labels, scores and weights must be
//! equally long; what exceeds the shortest is not looked at. No function panics on NaN: it sorts
//! after all numbers, and reaches sums as NaN.

use std::ops::Range;

/// Rows in the order of their scores, with tied scores as one group: made once, used for many
/// weightings of the same scores (the bootstrap).
#[derive(Debug, Clone)]
pub struct Ranked {
    order: Vec<u32>,
    /// The end of each group of equal scores in `order`.
    ends: Vec<u32>,
}

impl Ranked {
    /// Sorts `scores`.
    pub fn new(scores: &[f64]) -> Self {
        let mut order: Vec<u32> = (0..scores.len() as u32).collect();
        order.sort_unstable_by(|&a, &b| scores[a as usize].total_cmp(&scores[b as usize]).then(a.cmp(&b)));
        let mut ends = Vec::new();
        for (place, &row) in order.iter().enumerate() {
            if place > 0 && scores[order[place - 1] as usize] == scores[row as usize] {
                ends.pop();
            }
            ends.push(place as u32 + 1);
        }
        Self { order, ends }
    }

    fn groups(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(self.ends.iter())
            .map(|(start, &end)| start as usize..end as usize)
    }

    /// The area under the ROC curve; `None` unless both classes have weight. Ties count half
    /// (Mann and Whitney 1947).
    pub fn roc_auc(&self, label: impl Fn(usize) -> bool, weight: impl Fn(usize) -> f64) -> Option<f64> {
        let (mut positive, mut negative, mut area) = (0.0, 0.0, 0.0);
        for group in self.groups() {
            let (mut p, mut n) = (0.0, 0.0);
            for &row in &self.order[group] {
                let w = weight(row as usize);
                if label(row as usize) {
                    p += w;
                } else {
                    n += w;
                }
            }
            area += p * (negative + n / 2.0);
            positive += p;
            negative += n;
        }
        (positive > 0.0 && negative > 0.0).then(|| area / (positive * negative))
    }

    /// The expected calibration error; see [`calibration_error`]. `None` without weight.
    pub fn calibration_error(
        &self,
        scores: &[f64],
        label: impl Fn(usize) -> bool,
        weight: impl Fn(usize) -> f64,
        bins: usize,
    ) -> Option<f64> {
        let bins = bins.max(1);
        let total: f64 = self.order.iter().map(|&row| weight(row as usize)).sum();
        if total.is_nan() || total <= 0.0 {
            return None;
        }
        // For each bin: sum of weights times (score - label).
        let mut gaps = vec![0.0_f64; bins];
        let mut below = 0.0;
        for group in self.groups() {
            let (mut mass, mut gap) = (0.0, 0.0);
            for &row in &self.order[group] {
                let row = row as usize;
                let w = weight(row);
                mass += w;
                gap += w * (scores[row] - f64::from(u8::from(label(row))));
            }
            let middle = below + mass / 2.0;
            gaps[((bins as f64 * middle / total) as usize).min(bins - 1)] += gap;
            below += mass;
        }
        Some(gaps.iter().map(|gap| gap.abs()).sum::<f64>() / total)
    }
}

fn weight_of(weights: Option<&[f64]>) -> impl Fn(usize) -> f64 {
    move |row| weights.map_or(1.0, |w| w[row])
}

/// The area under the ROC curve, 0 to 1, 0.5 for guessing; `None` unless both classes are present.
pub fn roc_auc(labels: &[bool], scores: &[f64], weights: Option<&[f64]>) -> Option<f64> {
    Ranked::new(scores).roc_auc(|row| labels[row], weight_of(weights))
}

/// The mean over classes of the area under the ROC curve of that class against the rest.
/// `probabilities` holds `classes` values a row. Classes that no row or every row has are left out;
/// `None` if that leaves none.
pub fn roc_auc_one_vs_rest(
    labels: &[usize],
    probabilities: &[f64],
    classes: usize,
    weights: Option<&[f64]>,
) -> Option<f64> {
    let areas: Vec<f64> = (0..classes)
        .filter_map(|class| {
            let scores: Vec<f64> = probabilities.iter().skip(class).step_by(classes).copied().collect();
            Ranked::new(&scores).roc_auc(|row| labels[row] == class, weight_of(weights))
        })
        .collect();
    (!areas.is_empty()).then(|| areas.iter().sum::<f64>() / areas.len() as f64)
}

/// What one row adds to the log loss: minus the natural logarithm of the probability given to what
/// happened, which is kept within one machine epsilon (2.2e-16) of 0 and 1.
pub fn log_loss_of(probability: f64) -> f64 {
    -libm::log(probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON))
}

/// The mean log loss of probabilities of `true`, at least 0, less is better.
pub fn log_loss(labels: &[bool], probabilities: &[f64], weights: Option<&[f64]>) -> f64 {
    let rows = labels.iter().zip(probabilities);
    mean(rows.map(|(&y, &p)| log_loss_of(if y { p } else { 1.0 - p })), weights)
}

/// The mean log loss over several classes; `probabilities` holds `classes` values a row.
pub fn log_loss_multiclass(labels: &[usize], probabilities: &[f64], classes: usize, weights: Option<&[f64]>) -> f64 {
    let rows = labels.iter().zip(probabilities.chunks_exact(classes.max(1)));
    mean(rows.map(|(&y, p)| log_loss_of(p[y])), weights)
}

/// The Brier score: the mean squared difference of probability and outcome, 0 to 1, less is better.
pub fn brier(labels: &[bool], probabilities: &[f64], weights: Option<&[f64]>) -> f64 {
    let rows = labels.iter().zip(probabilities);
    mean(rows.map(|(&y, &p)| (p - f64::from(u8::from(y))).powi(2)), weights)
}

/// What one row adds to the Brier score over several classes: the sum over classes of squared
/// differences, 0 to 2.
pub fn brier_of(label: usize, probabilities: &[f64]) -> f64 {
    let squares = probabilities.iter().enumerate();
    squares
        .map(|(class, p)| (p - f64::from(u8::from(class == label))).powi(2))
        .sum()
}

/// The Brier score over several classes (Brier 1950): the mean of [`brier_of`].
pub fn brier_multiclass(labels: &[usize], probabilities: &[f64], classes: usize, weights: Option<&[f64]>) -> f64 {
    let rows = labels.iter().zip(probabilities.chunks_exact(classes.max(1)));
    mean(rows.map(|(&y, p)| brier_of(y, p)), weights)
}

/// The bins that [`calibration_error`] is usually asked for.
pub const CALIBRATION_BINS: usize = 15;

/// The expected calibration error (Naeini, Cooper and Hauskrecht, AAAI 2015) over `bins` bins of
/// about equal mass: the mean over rows of how far a bin's mean probability is from its share of
/// `true`; 0 to 1, less is better; `None` without weight.
///
/// Rows with the same probability lie in one bin, the one where the middle of their mass falls:
/// `floor(bins * (mass below + own mass / 2) / all mass)`.
pub fn calibration_error(labels: &[bool], probabilities: &[f64], weights: Option<&[f64]>, bins: usize) -> Option<f64> {
    Ranked::new(probabilities).calibration_error(probabilities, |row| labels[row], weight_of(weights), bins)
}

/// The root of the mean squared error, on the target's scale, less is better.
pub fn rmse(targets: &[f64], predictions: &[f64], weights: Option<&[f64]>) -> f64 {
    let rows = targets.iter().zip(predictions);
    mean(rows.map(|(y, p)| (y - p).powi(2)), weights).sqrt()
}

/// The share of the target's variance that is explained: 1 at best, 0 for the mean, negative below
/// it. For a constant target 1 if every prediction is right, else 0.
pub fn r2(targets: &[f64], predictions: &[f64], weights: Option<&[f64]>) -> f64 {
    let centre = mean(targets.iter().copied(), weights);
    let rest = mean(targets.iter().zip(predictions).map(|(y, p)| (y - p).powi(2)), weights);
    let all = mean(targets.iter().map(|y| (y - centre).powi(2)), weights);
    if all > 0.0 {
        1.0 - rest / all
    } else {
        f64::from(u8::from(rest == 0.0))
    }
}

fn mean(values: impl Iterator<Item = f64>, weights: Option<&[f64]>) -> f64 {
    let weight = weight_of(weights);
    let (mut sum, mut total) = (0.0, 0.0);
    for (row, value) in values.enumerate() {
        sum += weight(row) * value;
        total += weight(row);
    }
    sum / total
}

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
        let mut counts = Self::default();
        let weight = weight_of(weights);
        for (row, (&y, &p)) in labels.iter().zip(probabilities).enumerate() {
            let cell = match (p >= threshold, y) {
                (true, true) => &mut counts.true_positive,
                (true, false) => &mut counts.false_positive,
                (false, false) => &mut counts.true_negative,
                (false, true) => &mut counts.false_negative,
            };
            *cell += weight(row);
        }
        counts
    }

    /// The weight of all rows.
    pub fn total(&self) -> f64 {
        self.true_positive + self.false_positive + self.true_negative + self.false_negative
    }

    /// The share predicted positive; `None` without rows.
    pub fn selection_rate(&self) -> Option<f64> {
        share(self.true_positive + self.false_positive, self.total())
    }

    /// The share of positives predicted positive (true positive rate); `None` without positives.
    pub fn recall(&self) -> Option<f64> {
        share(self.true_positive, self.true_positive + self.false_negative)
    }

    /// The share of negatives predicted positive; `None` without negatives.
    pub fn false_positive_rate(&self) -> Option<f64> {
        share(self.false_positive, self.false_positive + self.true_negative)
    }

    /// The share of positive predictions that are right; `None` without any.
    pub fn precision(&self) -> Option<f64> {
        share(self.true_positive, self.true_positive + self.false_positive)
    }

    /// The share of right predictions; `None` without rows.
    pub fn accuracy(&self) -> Option<f64> {
        share(self.true_positive + self.true_negative, self.total())
    }
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The area equals its definition: the share of (positive, negative) pairs in the right
        /// order, ties half; and integer weights equal repeated rows.
        #[test]
        fn the_area_is_the_share_of_ordered_pairs(rows in proptest::collection::vec((any::<bool>(), 0_i32..8, 0_u8..3), 1..60)) {
            let mut labels = Vec::new();
            let mut scores = Vec::new();
            for &(label, score, times) in &rows {
                for _ in 0..times {
                    labels.push(label);
                    scores.push(f64::from(score));
                }
            }
            let mut sum = 0.0;
            let mut pairs = 0.0;
            for (i, &a) in labels.iter().enumerate() {
                for (j, &b) in labels.iter().enumerate() {
                    if a && !b {
                        pairs += 1.0;
                        sum += if scores[i] > scores[j] { 1.0 } else if scores[i] < scores[j] { 0.0 } else { 0.5 };
                    }
                }
            }
            let weighted: Vec<f64> = rows.iter().map(|r| f64::from(r.2)).collect();
            let all_labels: Vec<bool> = rows.iter().map(|r| r.0).collect();
            let all_scores: Vec<f64> = rows.iter().map(|r| f64::from(r.1)).collect();
            for area in [roc_auc(&labels, &scores, None), roc_auc(&all_labels, &all_scores, Some(&weighted))] {
                match area {
                    None => prop_assert_eq!(pairs, 0.0),
                    Some(area) => prop_assert!((area - sum / pairs).abs() < 1e-12),
                }
            }
        }

        /// Calibration error lies in 0..1, is 0 for a constant equal to the base rate, and does not
        /// depend on the order of rows.
        #[test]
        fn calibration_error_behaves(rows in proptest::collection::vec((any::<bool>(), 0_u8..=10), 1..80)) {
            let labels: Vec<bool> = rows.iter().map(|r| r.0).collect();
            let p: Vec<f64> = rows.iter().map(|r| f64::from(r.1) / 10.0).collect();
            let error = calibration_error(&labels, &p, None, 15).unwrap();
            prop_assert!((0.0..=1.0).contains(&error));
            let base = labels.iter().filter(|&&y| y).count() as f64 / labels.len() as f64;
            let flat = vec![base; labels.len()];
            prop_assert!(calibration_error(&labels, &flat, None, 15).unwrap() < 1e-12);
            let back: (Vec<bool>, Vec<f64>) = rows.iter().rev().map(|r| (r.0, f64::from(r.1) / 10.0)).unzip();
            prop_assert!((calibration_error(&back.0, &back.1, None, 15).unwrap() - error).abs() < 1e-12);
        }
    }

    #[test]
    fn nothing_panics_without_rows_or_classes() {
        assert_eq!(roc_auc(&[], &[], None), None);
        assert_eq!(roc_auc(&[true], &[f64::NAN], None), None);
        assert_eq!(roc_auc_one_vs_rest(&[], &[], 3, None), None);
        assert_eq!(calibration_error(&[], &[], None, 0), None);
        assert_eq!(Confusion::at(0.5, &[], &[], None).recall(), None);
        assert!(log_loss(&[], &[], None).is_nan());
    }
}
