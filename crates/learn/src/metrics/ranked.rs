//! Rows ranked by their scores, and the area under the ROC curve that a ranking gives.

use super::tally::Tally;
use super::{shared, weight_of};

/// Rows in the order of their scores, with tied scores as one group: made once, used for many
/// weightings of the same scores (the bootstrap).
#[derive(Debug, Clone)]
pub struct Ranked {
    order: Vec<u32>,
    /// The end of each group of equal scores in `order`.
    ends: Vec<u32>,
    /// The score of each group.
    scores: Vec<f64>,
}

impl Ranked {
    /// Sorts `scores`.
    pub fn new(scores: &[f64]) -> Self {
        let mut order: Vec<u32> = (0..scores.len() as u32).collect();
        order.sort_unstable_by(|&a, &b| scores[a as usize].total_cmp(&scores[b as usize]).then(a.cmp(&b)));
        let (mut ends, mut distinct) = (Vec::new(), Vec::new());
        for (place, &row) in order.iter().enumerate() {
            if place > 0 && scores[order[place - 1] as usize] == scores[row as usize] {
                ends.pop();
                distinct.pop();
            }
            ends.push(place as u32 + 1);
            distinct.push(scores[row as usize]);
        }
        Self {
            order,
            ends,
            scores: distinct,
        }
    }

    /// The groups of rows with equal scores, lowest score first.
    pub(super) fn ties(&self) -> impl Iterator<Item = (f64, &[u32])> + '_ {
        (0..self.ends.len()).map(|group| {
            let start = if group == 0 { 0 } else { self.ends[group - 1] as usize };
            (self.scores[group], &self.order[start..self.ends[group] as usize])
        })
    }

    /// What the rows come to at each distinct score.
    pub fn tally(&self, label: impl Fn(usize) -> bool, weight: impl Fn(usize) -> f64) -> Tally {
        let mut tally = Tally::default();
        tally.fill(self, label, weight);
        tally
    }

    /// The area under the ROC curve; `None` unless both classes have weight. Ties count half
    /// (Mann and Whitney 1947).
    pub fn roc_auc(&self, label: impl Fn(usize) -> bool, weight: impl Fn(usize) -> f64) -> Option<f64> {
        let (mut positive, mut negative, mut area) = (0.0, 0.0, 0.0);
        for (_, tie) in self.ties() {
            let (mut p, mut n) = (0.0, 0.0);
            for &row in tie {
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
}

/// The area under the ROC curve, 0 to 1, 0.5 for guessing; `None` unless both classes are present.
pub fn roc_auc(labels: &[bool], scores: &[f64], weights: Option<&[f64]>) -> Option<f64> {
    let rows = shared(labels.len(), scores.len(), weights);
    Ranked::new(&scores[..rows]).roc_auc(|row| labels[row], weight_of(weights))
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
    let rows = shared(labels.len(), probabilities.len() / classes.max(1), weights);
    let areas: Vec<f64> = (0..classes)
        .filter_map(|class| {
            let scores: Vec<f64> = probabilities
                .iter()
                .skip(class)
                .step_by(classes)
                .take(rows)
                .copied()
                .collect();
            Ranked::new(&scores).roc_auc(|row| labels[row] == class, weight_of(weights))
        })
        .collect();
    (!areas.is_empty()).then(|| areas.iter().sum::<f64>() / areas.len() as f64)
}
