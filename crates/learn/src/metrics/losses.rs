//! Losses of single rows and their means.

use super::weight_of;

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
    let rows = weights.map_or(usize::MAX, <[f64]>::len);
    for (row, value) in values.take(rows).enumerate() {
        sum += weight(row) * value;
        total += weight(row);
    }
    sum / total
}
