//! Where predictions are cut into positive and negative ones.

use super::ranked::Ranked;
use super::tally::Tie;
use serde::{Deserialize, Serialize};

/// How the threshold is chosen. The rates are those of the rows it is applied to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperatingPoint {
    /// Rows with at least this probability are selected.
    Threshold(f64),
    /// This share of all rows is selected, the ones with the highest probability.
    SelectionRate(f64),
    /// As many rows are selected as this false positive rate allows.
    FalsePositiveRate(f64),
    /// As few rows are selected as this recall allows.
    Recall(f64),
}

impl Default for OperatingPoint {
    /// A threshold of one half.
    fn default() -> Self {
        Self::Threshold(0.5)
    }
}

impl OperatingPoint {
    /// Whether the number lies in 0 to 1, as rates and probabilities do.
    pub fn is_valid(&self) -> bool {
        let (Self::Threshold(x) | Self::SelectionRate(x) | Self::FalsePositiveRate(x) | Self::Recall(x)) = self;
        (0.0..=1.0).contains(x)
    }

    /// The cut that meets the stated rate exactly; `None` where that rate has no meaning, because no
    /// row (no negative, no positive) has weight, or where it is outside 0 to 1.
    pub fn cut(&self, ranked: &Ranked, label: impl Fn(usize) -> bool, weight: impl Fn(usize) -> f64) -> Option<Cut> {
        if !self.is_valid() {
            return None;
        }
        let rate = match *self {
            Self::Threshold(threshold) => return Some(Cut::at(threshold)),
            Self::SelectionRate(rate) | Self::FalsePositiveRate(rate) | Self::Recall(rate) => rate,
        };
        let mass = |tie: &Tie| match self {
            Self::FalsePositiveRate(_) => tie.negative,
            Self::Recall(_) => tie.positive,
            _ => tie.weight(),
        };
        let tally = ranked.tally(label, weight);
        // In the order of the walk below, so that a rate of 1 is met at the end and not before.
        let total: f64 = tally.ties().iter().rev().map(mass).sum();
        if total.is_nan() || total <= 0.0 {
            return None;
        }
        let wanted = rate * total;
        // Rows that cost nothing at a false positive rate already reached are selected as well.
        let free = matches!(self, Self::FalsePositiveRate(_));
        let (mut above, mut lowest) = (0.0, f64::INFINITY);
        for tie in tally.ties().iter().rev() {
            let own = mass(tie);
            lowest = tie.score;
            let ends = if free {
                above + own > wanted
            } else {
                above + own >= wanted
            };
            if ends {
                let at_threshold = if own > 0.0 {
                    ((wanted - above) / own).clamp(0.0, 1.0)
                } else {
                    0.0
                };
                return Some(Cut {
                    threshold: lowest,
                    at_threshold,
                });
            }
            above += own;
        }
        Some(Cut::at(lowest))
    }
}

/// A threshold, and what happens to rows that lie on it.
///
/// A stated rate often falls into a group of rows with one score. Taking all or none of them would
/// miss the rate, and compare models at different rates, the more so the coarser their scores. So a
/// share of each of these rows is selected, which is the expectation over choosing among them at
/// random.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cut {
    /// Rows above are selected, rows below are not.
    pub threshold: f64,
    /// The share of the rows exactly at the threshold that is selected, 0 to 1.
    pub at_threshold: f64,
}

impl Cut {
    /// Selects every row whose score is at least `threshold`.
    pub fn at(threshold: f64) -> Self {
        Self {
            threshold,
            at_threshold: 1.0,
        }
    }

    /// The share of a row with this score that is selected; 0 for NaN.
    #[inline]
    pub fn selects(&self, score: f64) -> f64 {
        if score > self.threshold {
            1.0
        } else if score == self.threshold {
            self.at_threshold
        } else {
            0.0
        }
    }
}
