//! Recalibration: a monotone function from a model's probabilities to better calibrated ones, fitted
//! on rows that the model was not trained on.

use super::scored::check;
use plenish_table::{Error, Result};
use serde::{Deserialize, Serialize};

/// Which function is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecalibrationMethod {
    /// A step-like non-decreasing function; needs about a thousand rows (Niculescu-Mizil and Caruana,
    /// ICML 2005).
    Isotonic,
    /// A logistic curve of the log-odds; suits few rows.
    Platt,
}

/// A fitted function from probabilities to probabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recalibration {
    /// See [`Isotonic`].
    Isotonic(Isotonic),
    /// See [`Platt`]; its score is the [log-odds](log_odds).
    Platt(Platt),
}

impl Recalibration {
    /// Fits `method` on probabilities of rows the model has not seen. Fails as [`Isotonic::fit`].
    pub fn fit(
        method: RecalibrationMethod,
        labels: &[bool],
        probabilities: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        Ok(match method {
            RecalibrationMethod::Isotonic => Self::Isotonic(Isotonic::fit(labels, probabilities, weights)?),
            RecalibrationMethod::Platt => {
                let scores: Vec<f64> = probabilities.iter().map(|&p| log_odds(p)).collect();
                Self::Platt(Platt::fit(labels, &scores, weights)?)
            }
        })
    }

    /// The recalibrated probability; NaN for NaN.
    pub fn apply(&self, probability: f64) -> f64 {
        match self {
            Self::Isotonic(isotonic) => isotonic.apply(probability),
            Self::Platt(platt) => platt.apply(log_odds(probability)),
        }
    }
}

/// The logarithm of `p / (1 - p)`, with `p` kept within 1e-12 of 0 and 1.
pub fn log_odds(probability: f64) -> f64 {
    let p = probability.clamp(1e-12, 1.0 - 1e-12);
    libm::log(p) - libm::log1p(-p)
}

/// Isotonic regression: the non-decreasing function of the score with the least squared error, found
/// by pooling adjacent violators (Ayer et al. 1955). Linear between the scores it was fitted on, and
/// constant outside them, as scikit-learn's with `out_of_bounds="clip"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Isotonic {
    /// Scores in ascending order, at least one.
    scores: Vec<f64>,
    /// The value at each.
    values: Vec<f64>,
}

/// Rows that were given one value.
struct Block {
    from: f64,
    to: f64,
    weight: f64,
    sum: f64,
}

impl Block {
    fn value(&self) -> f64 {
        self.sum / self.weight
    }
}

impl Isotonic {
    /// Fits the share of `true` to any finite scores. Fails unless labels, scores and weights are
    /// equally many, scores finite, weights finite and not negative, and both classes have weight.
    pub fn fit(labels: &[bool], scores: &[f64], weights: Option<&[f64]>) -> Result<Self> {
        check_classes(labels, scores, weights)?;
        let targets: Vec<f64> = labels.iter().map(|&y| f64::from(u8::from(y))).collect();
        Self::fit_targets(scores, &targets, weights)
    }

    /// Fits any finite targets. Fails as [`Isotonic::fit`], but asks for no classes, only for weight.
    pub fn fit_targets(scores: &[f64], targets: &[f64], weights: Option<&[f64]>) -> Result<Self> {
        check(targets.len(), scores, weights)?;
        if let Some(row) = targets.iter().position(|t| !t.is_finite()) {
            return Err(Error::data("a target is not a finite number").at_row(row as u64 + 1));
        }
        let weight = super::weight_of(weights);
        let mut order: Vec<usize> = (0..scores.len()).filter(|&row| weight(row) > 0.0).collect();
        order.sort_unstable_by(|&a, &b| scores[a].total_cmp(&scores[b]).then(a.cmp(&b)));
        let mut tied: Vec<Block> = Vec::new();
        for &row in &order {
            let (score, w) = (scores[row], weight(row));
            match tied.last_mut() {
                Some(last) if last.to == score => {
                    last.weight += w;
                    last.sum += w * targets[row];
                }
                _ => tied.push(Block {
                    from: score,
                    to: score,
                    weight: w,
                    sum: w * targets[row],
                }),
            }
        }
        let mut blocks: Vec<Block> = Vec::with_capacity(tied.len());
        for mut block in tied {
            while let Some(before) = blocks.pop_if(|before| before.value() >= block.value()) {
                block.from = before.from;
                block.weight += before.weight;
                block.sum += before.sum;
            }
            blocks.push(block);
        }
        let (mut knots, mut values) = (Vec::new(), Vec::new());
        for block in &blocks {
            knots.push(block.from);
            values.push(block.value());
            if block.to > block.from {
                knots.push(block.to);
                values.push(block.value());
            }
        }
        Ok(Self { scores: knots, values })
    }

    /// The fitted value at a score; NaN for NaN.
    pub fn apply(&self, score: f64) -> f64 {
        let (Some(&first), Some(&last)) = (self.values.first(), self.values.last()) else {
            return f64::NAN;
        };
        if score.is_nan() {
            return f64::NAN;
        }
        let after = self.scores.partition_point(|&s| s <= score);
        if after == 0 {
            return first;
        }
        if after == self.scores.len() {
            return last;
        }
        let (x0, x1) = (self.scores[after - 1], self.scores[after]);
        let (y0, y1) = (self.values[after - 1], self.values[after]);
        // Halves, because the difference of two finite numbers may not be finite.
        let part = (score / 2.0 - x0 / 2.0) / (x1 / 2.0 - x0 / 2.0);
        (y0 + part * (y1 - y0)).clamp(y0.min(y1), y0.max(y1))
    }
}

/// Platt scaling: the probability is the logistic function of `slope * score + intercept`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    /// What a unit of the score adds to the log-odds.
    pub slope: f64,
    /// The log-odds at a score of 0.
    pub intercept: f64,
}

impl Platt {
    /// Fits finite scores, best [log-odds](log_odds) or another unbounded score, by maximum likelihood
    /// with Platt's targets, `(P + 1) / (P + 2)` and `1 / (N + 2)` for weights `P` and `N` of the classes
    /// (Platt 1999), which keep the slope finite where scores separate the classes. Newton's steps with
    /// backtracking (Lin, Lin and Weng, Machine Learning 68, 2007). Fails as [`Isotonic::fit`].
    pub fn fit(labels: &[bool], scores: &[f64], weights: Option<&[f64]>) -> Result<Self> {
        let (positives, negatives) = check_classes(labels, scores, weights)?;
        let weight = super::weight_of(weights);
        let targets = [1.0 / (negatives + 2.0), (positives + 1.0) / (positives + 2.0)];
        // Scores within 1, so that the two coefficients are of one size.
        let scale = scores.iter().fold(0.0_f64, |most, s| most.max(s.abs())).max(1e-300);
        let rows =
            || (0..scores.len()).map(|row| (scores[row] / scale, targets[usize::from(labels[row])], weight(row)));
        let loss = |slope: f64, intercept: f64| -> f64 {
            rows()
                .map(|(x, t, w)| {
                    let z = slope * x + intercept;
                    // log(1 + exp(z)) - t z, without overflow.
                    w * (z.max(0.0) + libm::log1p(libm::exp(-z.abs())) - t * z)
                })
                .sum()
        };
        let (mut slope, mut intercept) = (0.0, libm::log((positives + 1.0) / (negatives + 1.0)));
        let mut now = loss(slope, intercept);
        for _ in 0..100 {
            let (mut g, mut h) = ([0.0; 2], [0.0; 3]);
            for (x, t, w) in rows() {
                let p = logistic(slope * x + intercept);
                let (d1, d2) = (w * (p - t), w * p * (1.0 - p));
                g[0] += d1 * x;
                g[1] += d1;
                h[0] += d2 * x * x;
                h[1] += d2 * x;
                h[2] += d2;
            }
            // A constant score has no slope of its own; this keeps the equations solvable.
            let ridge = 1e-12 * (h[0] + h[2]);
            h[0] += ridge;
            h[2] += ridge;
            let determinant = h[0] * h[2] - h[1] * h[1];
            let step = [
                (h[2] * g[0] - h[1] * g[1]) / determinant,
                (h[0] * g[1] - h[1] * g[0]) / determinant,
            ];
            if !(step[0].is_finite() && step[1].is_finite()) {
                break;
            }
            let promised = step[0] * g[0] + step[1] * g[1];
            let mut length = 1.0;
            while length > 1e-10 {
                let there = (slope - length * step[0], intercept - length * step[1]);
                let then = loss(there.0, there.1);
                // The slack is the sum's rounding, without which the last steps would be refused.
                if then <= now - 1e-4 * length * promised + 1e-12 * now {
                    (slope, intercept) = there;
                    now = then;
                    break;
                }
                length /= 2.0;
            }
            if length <= 1e-10 || step[0].abs().max(step[1].abs()) < 1e-11 * (1.0 + slope.abs().max(intercept.abs())) {
                break;
            }
        }
        Ok(Self {
            slope: slope / scale,
            intercept,
        })
    }

    /// The probability at a score; NaN for NaN.
    pub fn apply(&self, score: f64) -> f64 {
        logistic(self.slope * score + self.intercept)
    }
}

fn logistic(z: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-z))
}

/// The weights of the positives and the negatives; both are there.
fn check_classes(labels: &[bool], scores: &[f64], weights: Option<&[f64]>) -> Result<(f64, f64)> {
    check(labels.len(), scores, weights)?;
    let weight = super::weight_of(weights);
    let (mut positives, mut negatives) = (0.0, 0.0);
    for (row, &label) in labels.iter().enumerate() {
        *(if label { &mut positives } else { &mut negatives }) += weight(row);
    }
    if positives > 0.0 && negatives > 0.0 {
        return Ok((positives, negatives));
    }
    Err(Error::data("probabilities cannot be recalibrated on rows of one class")
        .help("give rows of both classes, with weight, that the model was not trained on"))
}
