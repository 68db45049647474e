//! Whether probabilities come true: calibration error, its debiased form, reliability curves and the
//! decomposition of the Brier score, all over the same bins of about equal mass.

use super::ranked::Ranked;
use super::recalibration::Isotonic;
use super::{shared, weight_of};
use serde::{Deserialize, Serialize};

/// The bins that [`calibration_error`] is usually asked for.
pub const CALIBRATION_BINS: usize = 15;

/// Rows of neighbouring probabilities, as [`super::Tally::calibration_bins`] makes them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalibrationBin {
    /// Rows with weight.
    pub rows: usize,
    /// Their weight.
    pub weight: f64,
    /// The sum of their squared weights.
    pub squared_weight: f64,
    /// The weighted sum of their probabilities.
    pub probability: f64,
    /// The weight of the positives among them.
    pub positive: f64,
    /// The weighted sum of squared differences of probability and outcome.
    pub squared_error: f64,
    /// The lowest probability.
    pub low: f64,
    /// The highest probability.
    pub high: f64,
}

impl CalibrationBin {
    /// A bin without rows, which starts at `score`.
    pub(super) fn empty(score: f64) -> Self {
        Self {
            rows: 0,
            weight: 0.0,
            squared_weight: 0.0,
            probability: 0.0,
            positive: 0.0,
            squared_error: 0.0,
            low: score,
            high: score,
        }
    }

    /// The mean probability less the share of positives.
    fn gap(&self) -> f64 {
        (self.probability - self.positive) / self.weight
    }

    /// The share of positives.
    fn rate(&self) -> f64 {
        (self.positive / self.weight).clamp(0.0, 1.0)
    }

    /// The number of equally weighted rows whose mean varies as much (Kish 1965); without weights the
    /// number of rows.
    pub fn effective_rows(&self) -> f64 {
        self.weight * self.weight / self.squared_weight
    }
}

/// The bin of `bins` that rows with the same score share: the one where the middle of their mass
/// falls.
pub(super) fn place(bins: usize, below: f64, mass: f64, total: f64) -> usize {
    ((bins as f64 * (below + mass / 2.0) / total) as usize).min(bins - 1)
}

impl Ranked {
    /// The expected calibration error; see [`calibration_error`]. `None` without weight.
    pub fn calibration_error(
        &self,
        scores: &[f64],
        label: impl Fn(usize) -> bool,
        weight: impl Fn(usize) -> f64,
        bins: usize,
    ) -> Option<f64> {
        let bins = bins.max(1);
        let total: f64 = self
            .ties()
            .flat_map(|(_, tie)| tie)
            .map(|&row| weight(row as usize))
            .sum();
        if total.is_nan() || total <= 0.0 {
            return None;
        }
        // For each bin: sum of weights times (score - label).
        let mut gaps = vec![0.0_f64; bins];
        let mut below = 0.0;
        for (_, tie) in self.ties() {
            let (mut mass, mut gap) = (0.0, 0.0);
            for &row in tie {
                let row = row as usize;
                let w = weight(row);
                mass += w;
                gap += w * (scores[row] - f64::from(u8::from(label(row))));
            }
            gaps[place(bins, below, mass, total)] += gap;
            below += mass;
        }
        Some(gaps.iter().map(|gap| gap.abs()).sum::<f64>() / total)
    }
}

/// The expected calibration error (Naeini, Cooper and Hauskrecht, AAAI 2015) over `bins` bins of
/// about equal mass: the mean over rows of how far a bin's mean probability is from its share of
/// `true`; 0 to 1, less is better; `None` without weight.
///
/// Rows with the same probability lie in one bin, the one where the middle of their mass falls:
/// `floor(bins * (mass below + own mass / 2) / all mass)`.
///
/// Chance alone makes it positive, more so with few rows a bin; see
/// [`debiased_squared_calibration_error`].
pub fn calibration_error(labels: &[bool], probabilities: &[f64], weights: Option<&[f64]>, bins: usize) -> Option<f64> {
    let rows = shared(labels.len(), probabilities.len(), weights);
    let probabilities = &probabilities[..rows];
    Ranked::new(probabilities).calibration_error(probabilities, |row| labels[row], weight_of(weights), bins)
}

/// The debiased squared calibration error (Kumar, Liang and Ma, "Verified uncertainty calibration",
/// `NeurIPS` 2019, section 4): the mean over rows of a bin's squared gap, less what chance adds to it,
/// `y (1 - y) / (n - 1)` for a share of positives `y` among `n` rows. Its expectation is the squared
/// error of the binned probabilities, so that it is 0 on average, and often negative, for calibrated
/// ones. The root, with negative values as 0, has the scale of a probability.
///
/// With weights, `1 / n` is the sum of squared weights over the squared sum of weights (Kish 1965). That
/// suits bootstrap replicates too, whose weights are counts: they average to the estimate. `None` without
/// bins, or where a bin is one row, from which nothing can be told of chance.
pub fn debiased_squared_calibration_error(bins: &[CalibrationBin]) -> Option<f64> {
    let total: f64 = bins.iter().map(|bin| bin.weight).sum();
    if bins.is_empty() || bins.iter().any(|bin| bin.rows < 2) {
        return None;
    }
    let sum: f64 = bins
        .iter()
        .map(|bin| {
            let chance = 1.0 / bin.effective_rows();
            let noise = bin.rate() * (1.0 - bin.rate()) * chance / (1.0 - chance);
            bin.weight * (bin.gap() * bin.gap() - noise)
        })
        .sum();
    (sum / total).is_finite().then_some(sum / total)
}

/// One point of a reliability curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityPoint {
    /// The lowest probability of the bin.
    pub from: f64,
    /// The highest probability of the bin.
    pub to: f64,
    /// The mean probability.
    pub predicted: f64,
    /// The share of positives.
    pub observed: f64,
    /// Lower end of the observed share's 95 % Wilson interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Rows in the bin.
    pub rows: usize,
    /// The bin's share of all weight.
    pub share: f64,
}

impl ReliabilityPoint {
    /// The curve of `bins`. The intervals count a bin's [effective rows](CalibrationBin::effective_rows).
    pub fn curve(bins: &[CalibrationBin]) -> Vec<Self> {
        let total: f64 = bins.iter().map(|bin| bin.weight).sum();
        bins.iter()
            .map(|bin| {
                let (low, high) = wilson(bin.rate(), bin.effective_rows());
                Self {
                    from: bin.low,
                    to: bin.high,
                    predicted: bin.probability / bin.weight,
                    observed: bin.rate(),
                    low,
                    high,
                    rows: bin.rows,
                    share: bin.weight / total,
                }
            })
            .collect()
    }
}

/// The 95 % score interval of a share among `rows` rows (Wilson 1927), which stays within 0 and 1 and
/// is honest for few rows; 0 to 1 without rows.
pub fn wilson(share: f64, rows: f64) -> (f64, f64) {
    /// The standard normal's 97.5 % point.
    const Z: f64 = 1.959_963_984_540_054;
    if rows.is_nan() || rows <= 0.0 || !(0.0..=1.0).contains(&share) {
        return (0.0, 1.0);
    }
    let z2 = Z * Z;
    let centre = (share + z2 / (2.0 * rows)) / (1.0 + z2 / rows);
    let half = Z / (1.0 + z2 / rows) * (share * (1.0 - share) / rows + z2 / (4.0 * rows * rows)).sqrt();
    ((centre - half).clamp(0.0, share), (centre + half).clamp(share, 1.0))
}

/// What the Brier score is made of: `reliability - resolution + uncertainty + within_bins`, exactly.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BrierDecomposition {
    /// The mean squared gap of probability and share of positives, at least 0, less is better.
    pub reliability: f64,
    /// How far the shares of positives differ between probabilities, at least 0, more is better.
    pub resolution: f64,
    /// The variance of the outcome, 0 to 0.25: the score of always predicting the base rate.
    pub uncertainty: f64,
    /// What probabilities that differ within a bin add; 0 if each has a bin of its own.
    pub within_bins: f64,
}

impl BrierDecomposition {
    /// The Brier score.
    pub fn brier(&self) -> f64 {
        self.reliability - self.resolution + self.uncertainty + self.within_bins
    }

    /// Murphy's decomposition (Murphy 1973) over `bins`; the rest that bins of unequal probabilities
    /// leave (Stephenson, Coelho and Jolliffe 2008) is `within_bins`. `None` without bins.
    pub fn of_bins(bins: &[CalibrationBin]) -> Option<Self> {
        let total: f64 = bins.iter().map(|bin| bin.weight).sum();
        if total.is_nan() || total <= 0.0 {
            return None;
        }
        let base = bins.iter().map(|bin| bin.positive).sum::<f64>() / total;
        let mean = |of: &dyn Fn(&CalibrationBin) -> f64| bins.iter().map(of).sum::<f64>() / total;
        let reliability = mean(&|bin| bin.weight * bin.gap() * bin.gap());
        let resolution = mean(&|bin| bin.weight * (bin.rate() - base) * (bin.rate() - base));
        let uncertainty = base * (1.0 - base);
        Some(Self {
            reliability,
            resolution,
            uncertainty,
            within_bins: mean(&|bin| bin.squared_error) - (reliability - resolution + uncertainty),
        })
    }

    /// The decomposition that needs no choice of bins (CORP: Dimitriadis, Gneiting and Jordan, PNAS
    /// 2021): reliability is what isotonic recalibration on these very rows would gain, resolution what
    /// the recalibrated probabilities gain over the base rate. `None` without weight.
    pub fn isotonic(labels: &[bool], probabilities: &[f64], weights: Option<&[f64]>) -> Option<Self> {
        let rows = shared(labels.len(), probabilities.len(), weights);
        let weight = weight_of(weights);
        let targets: Vec<f64> = labels[..rows].iter().map(|&y| f64::from(u8::from(y))).collect();
        let fitted = Isotonic::fit_targets(&probabilities[..rows], &targets, weights).ok()?;
        let (mut total, mut positive, mut own, mut best) = (0.0, 0.0, 0.0, 0.0);
        for row in 0..rows {
            let (w, y, p) = (weight(row), targets[row], probabilities[row]);
            total += w;
            positive += w * y;
            own += w * (p - y) * (p - y);
            best += w * (fitted.apply(p) - y).powi(2);
        }
        let base = positive / total;
        let uncertainty = base * (1.0 - base);
        Some(Self {
            reliability: ((own - best) / total).max(0.0),
            resolution: (uncertainty - best / total).max(0.0),
            uncertainty,
            within_bins: 0.0,
        })
    }
}
