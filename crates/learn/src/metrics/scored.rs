//! Predictions and outcomes whose shapes and numbers were checked once.

use super::calibration::{BrierDecomposition, CalibrationBin, ReliabilityPoint, debiased_squared_calibration_error};
use super::confusion::Confusion;
use super::operating::{Cut, OperatingPoint};
use super::ranked::Ranked;
use super::tally::Tally;
use super::{losses, weight_of};
use plenish_table::{Error, Result};

/// Probabilities of `true` beside what happened: equally many, finite, weights not negative, not all
/// of them 0.
#[derive(Debug, Clone)]
pub struct Scored<'a> {
    labels: &'a [bool],
    probabilities: &'a [f64],
    weights: Option<&'a [f64]>,
    ranked: Ranked,
}

/// Fails unless there is a row, scores are finite and as many as the labels, and weights finite, not
/// negative, not all 0 and as many.
pub(super) fn check(labels: usize, scores: &[f64], weights: Option<&[f64]>) -> Result<()> {
    if labels != scores.len() {
        return Err(
            Error::data(format!("there are {} scores for {labels} outcomes", scores.len()))
                .help("give one score for each row"),
        );
    }
    if labels == 0 {
        return Err(Error::data("there is no row to judge").help("give at least one row"));
    }
    if let Some(row) = scores.iter().position(|score| !score.is_finite()) {
        return Err(Error::data(format!("a score is {}, not a finite number", scores[row])).at_row(row as u64 + 1));
    }
    check_weights(labels, weights)
}

/// Fails unless weights are as many as `rows`, finite, not negative and not all 0.
fn check_weights(rows: usize, weights: Option<&[f64]>) -> Result<()> {
    let Some(weights) = weights else { return Ok(()) };
    if weights.len() != rows {
        return Err(
            Error::data(format!("there are {} weights for {rows} rows", weights.len()))
                .help("give one weight for each row"),
        );
    }
    if let Some(row) = weights.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
        return Err(Error::data(format!("the weight {} cannot be used", weights[row]))
            .at_row(row as u64 + 1)
            .help("weights are finite numbers of at least 0"));
    }
    let sum: f64 = weights.iter().sum();
    if sum > 0.0 && sum.is_finite() {
        return Ok(());
    }
    Err(Error::data(format!("the weights add up to {sum}")).help("some rows need a weight above 0, none a huge one"))
}

impl<'a> Scored<'a> {
    /// Checks and ranks. Fails when lengths differ, there is no row, a probability is not a number in
    /// 0 to 1, or a weight is negative or not finite; the error names the row, from 1.
    pub fn new(labels: &'a [bool], probabilities: &'a [f64], weights: Option<&'a [f64]>) -> Result<Self> {
        check(labels.len(), probabilities, weights)?;
        if let Some(row) = probabilities.iter().position(|p| !(0.0..=1.0).contains(p)) {
            return Err(Error::data(format!("{} is not a probability", probabilities[row]))
                .at_row(row as u64 + 1)
                .help("probabilities lie in 0 to 1"));
        }
        Ok(Self {
            labels,
            probabilities,
            weights,
            ranked: Ranked::new(probabilities),
        })
    }

    /// The ranking, for other weightings of the same rows.
    pub fn ranked(&self) -> &Ranked {
        &self.ranked
    }

    fn label(&self) -> impl Fn(usize) -> bool + Copy + '_ {
        |row| self.labels[row]
    }

    fn weight(&self) -> impl Fn(usize) -> f64 + Copy + '_ {
        weight_of(self.weights)
    }

    /// See [`Ranked::roc_auc`].
    pub fn roc_auc(&self) -> Option<f64> {
        self.ranked.roc_auc(self.label(), self.weight())
    }

    /// See [`Tally::average_precision`].
    pub fn average_precision(&self) -> Option<f64> {
        self.tally().average_precision()
    }

    /// See [`losses::log_loss`].
    pub fn log_loss(&self) -> f64 {
        losses::log_loss(self.labels, self.probabilities, self.weights)
    }

    /// See [`losses::brier`].
    pub fn brier(&self) -> f64 {
        losses::brier(self.labels, self.probabilities, self.weights)
    }

    /// What the rows come to at each distinct probability.
    pub fn tally(&self) -> Tally {
        self.ranked.tally(self.label(), self.weight())
    }

    /// At most `bins` bins of about equal mass; see [`Tally::calibration_bins`].
    pub fn bins(&self, bins: usize) -> Vec<CalibrationBin> {
        self.tally().calibration_bins(bins)
    }

    /// See [`super::calibration_error`].
    pub fn calibration_error(&self, bins: usize) -> Option<f64> {
        self.ranked
            .calibration_error(self.probabilities, self.label(), self.weight(), bins)
    }

    /// The root of [`debiased_squared_calibration_error`], 0 where that is negative.
    pub fn debiased_calibration_error(&self, bins: usize) -> Option<f64> {
        debiased_squared_calibration_error(&self.bins(bins)).map(|squared| squared.max(0.0).sqrt())
    }

    /// See [`ReliabilityPoint::curve`].
    pub fn reliability_curve(&self, bins: usize) -> Vec<ReliabilityPoint> {
        ReliabilityPoint::curve(&self.bins(bins))
    }

    /// See [`BrierDecomposition::of_bins`].
    pub fn brier_decomposition(&self, bins: usize) -> Option<BrierDecomposition> {
        BrierDecomposition::of_bins(&self.bins(bins))
    }

    /// See [`BrierDecomposition::isotonic`].
    pub fn isotonic_decomposition(&self) -> Option<BrierDecomposition> {
        BrierDecomposition::isotonic(self.labels, self.probabilities, self.weights)
    }

    /// The cut that meets the operating point on these rows. Fails when its rate is outside 0 to 1, or
    /// has no meaning here because a class is missing.
    pub fn cut(&self, point: OperatingPoint) -> Result<Cut> {
        if !point.is_valid() {
            return Err(Error::usage(format!("the operating point {point:?} is outside 0 to 1")));
        }
        point.cut(&self.ranked, self.label(), self.weight()).ok_or_else(|| {
            Error::data(format!(
                "the operating point {point:?} cannot be met: a class is missing"
            ))
            .help("give rows of both classes, or a threshold")
        })
    }

    /// Predictions against outcomes at the operating point. Fails as [`Scored::cut`].
    pub fn confusion(&self, point: OperatingPoint) -> Result<Confusion> {
        Ok(Confusion::at_cut(
            self.cut(point)?,
            self.labels,
            self.probabilities,
            self.weights,
        ))
    }
}
