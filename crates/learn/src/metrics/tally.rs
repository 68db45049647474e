//! What a weighting of ranked rows comes to at each distinct score: all that the metrics of binary
//! predictions need.

use super::calibration::CalibrationBin;
use super::confusion::Confusion;
use super::operating::Cut;
use super::ranked::Ranked;

/// The rows of one score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tie {
    /// The score.
    pub score: f64,
    /// Rows with weight.
    pub rows: u32,
    /// The weight of the positives.
    pub positive: f64,
    /// The weight of the negatives.
    pub negative: f64,
    /// The sum of squared weights.
    pub squared_weight: f64,
}

impl Tie {
    /// The weight of all its rows.
    pub fn weight(&self) -> f64 {
        self.positive + self.negative
    }
}

/// The distinct scores of rows with weight. Costs one pass over the rows to make, and each metric one
/// pass over the scores; [`Tally::fill`] uses its memory again, for the bootstrap.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    ties: Vec<Tie>,
}

impl Tally {
    /// Counts the rows of `ranked` anew with these labels and weights.
    pub fn fill(&mut self, ranked: &Ranked, label: impl Fn(usize) -> bool, weight: impl Fn(usize) -> f64) {
        self.ties.clear();
        for (score, rows) in ranked.ties() {
            let mut tie = Tie {
                score,
                rows: 0,
                positive: 0.0,
                negative: 0.0,
                squared_weight: 0.0,
            };
            for &row in rows {
                let w = weight(row as usize);
                // No branch, which labels in no order would make a slow one.
                let positive = w * f64::from(u8::from(label(row as usize)));
                tie.positive += positive;
                tie.negative += w - positive;
                tie.rows += u32::from(w > 0.0);
                tie.squared_weight += w * w;
            }
            if tie.rows > 0 {
                self.ties.push(tie);
            }
        }
    }

    /// The distinct scores of rows with weight, lowest first.
    pub fn ties(&self) -> &[Tie] {
        &self.ties
    }

    /// The weight of all rows.
    pub fn weight(&self) -> f64 {
        self.ties.iter().map(Tie::weight).sum()
    }

    /// See [`Ranked::roc_auc`].
    pub fn roc_auc(&self) -> Option<f64> {
        let (mut positive, mut negative, mut area) = (0.0, 0.0, 0.0);
        for tie in &self.ties {
            area += tie.positive * (negative + tie.negative / 2.0);
            positive += tie.positive;
            negative += tie.negative;
        }
        (positive > 0.0 && negative > 0.0).then(|| area / (positive * negative))
    }

    /// Average precision, the area under the precision-recall curve as a step function: the sum over
    /// the distinct scores, highest first, of the precision of the rows from there on up, times the
    /// recall that the rows of that score add. 0 to 1, more is better; guessing gives the share of
    /// positives. `None` unless both classes have weight.
    pub fn average_precision(&self) -> Option<f64> {
        let (mut positive, mut negative, mut area) = (0.0, 0.0, 0.0);
        for tie in self.ties.iter().rev() {
            positive += tie.positive;
            negative += tie.negative;
            if tie.positive > 0.0 {
                area += tie.positive * (positive / (positive + negative));
            }
        }
        (positive > 0.0 && negative > 0.0).then(|| area / positive)
    }

    /// Predictions against outcomes at a cut.
    pub fn confusion(&self, cut: Cut) -> Confusion {
        let mut counts = Confusion::default();
        for tie in &self.ties {
            let selected = cut.selects(tie.score);
            counts.add(true, selected, tie.positive);
            counts.add(false, selected, tie.negative);
        }
        counts
    }

    /// The rows in at most `bins` bins of about equal mass, as [`super::calibration_error`] has them,
    /// lowest probabilities first; bins without weight are left out.
    pub fn calibration_bins(&self, bins: usize) -> Vec<CalibrationBin> {
        let bins = bins.max(1);
        let total = self.weight();
        let mut out: Vec<CalibrationBin> = Vec::new();
        let (mut below, mut last) = (0.0, usize::MAX);
        for tie in &self.ties {
            let (mass, score) = (tie.weight(), tie.score);
            let number = super::calibration::place(bins, below, mass, total);
            below += mass;
            if number != last {
                last = number;
                out.push(CalibrationBin::empty(score));
            }
            let Some(bin) = out.last_mut() else { continue };
            bin.high = score;
            bin.rows += tie.rows as usize;
            bin.weight += mass;
            bin.squared_weight += tie.squared_weight;
            bin.probability += mass * score;
            bin.positive += tie.positive;
            bin.squared_error += tie.positive * (score - 1.0) * (score - 1.0) + tie.negative * score * score;
        }
        out
    }
}
