//! Figures of a whole family: how far its groups are apart, and how the worst of them fares.

use super::measure::{
    ACCURACY, CALIBRATION_BIAS, CALIBRATION_ERROR, FALSE_POSITIVE_RATE, GroupRows, PRECISION, RECALL, ROC_AUC,
    SELECTION_RATE, Values,
};
use super::results::NotJudged;

/// How the values of groups become one figure.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum How {
    /// Largest minus smallest; the largest such over the metrics.
    Difference,
    /// Smallest over largest; the smallest such over the metrics.
    Ratio,
    /// The smallest.
    Lowest,
    /// The largest.
    Highest,
}

/// What is known of a figure.
pub(super) struct GapCard {
    pub(super) name: &'static str,
    pub(super) higher_is_better: bool,
    pub(super) metrics: &'static [usize],
    pub(super) how: How,
}

/// A figure, and the groups that decide it: lowest and highest, or the worst alone.
pub(super) struct Extreme {
    pub(super) value: f64,
    pub(super) between: Vec<usize>,
}

const fn gap(name: &'static str, metrics: &'static [usize], how: How) -> GapCard {
    GapCard {
        name,
        higher_is_better: matches!(how, How::Ratio | How::Lowest),
        metrics,
        how,
    }
}

/// The figures of a family.
pub(super) const GAPS: [GapCard; 14] = [
    gap("demographic_parity_difference", &[SELECTION_RATE], How::Difference),
    gap("demographic_parity_ratio", &[SELECTION_RATE], How::Ratio),
    gap(
        "equalized_odds_difference",
        &[RECALL, FALSE_POSITIVE_RATE],
        How::Difference,
    ),
    gap("equalized_odds_ratio", &[RECALL, FALSE_POSITIVE_RATE], How::Ratio),
    gap("equal_opportunity_difference", &[RECALL], How::Difference),
    gap("equal_opportunity_ratio", &[RECALL], How::Ratio),
    gap("predictive_parity_difference", &[PRECISION], How::Difference),
    gap("predictive_parity_ratio", &[PRECISION], How::Ratio),
    gap("accuracy_difference", &[ACCURACY], How::Difference),
    gap("calibration_error_difference", &[CALIBRATION_ERROR], How::Difference),
    gap("calibration_bias_difference", &[CALIBRATION_BIAS], How::Difference),
    gap("worst_group_accuracy", &[ACCURACY], How::Lowest),
    gap("worst_group_roc_auc", &[ROC_AUC], How::Lowest),
    gap("worst_group_calibration_error", &[CALIBRATION_ERROR], How::Highest),
];

impl GapCard {
    /// Whether the figure makes sense where groups overlap.
    pub(super) fn of_overlapping(&self) -> bool {
        matches!(self.how, How::Lowest | How::Highest)
    }

    /// The largest value there is.
    pub(super) fn most(&self) -> f64 {
        // Bias lies in -1 to 1.
        if self.metrics == [CALIBRATION_BIAS] { 2.0 } else { 1.0 }
    }

    /// The groups in which every metric of the figure is judged.
    pub(super) fn judged<'a>(&self, groups: &'a [GroupRows]) -> impl Iterator<Item = usize> + use<'a> {
        let metrics = self.metrics;
        (0..groups.len()).filter(move |&group| metrics.iter().all(|&m| groups[group].reasons[m].is_none()))
    }

    /// The figure over the groups that are judged. Equalised odds compares the same groups in both of
    /// its rates.
    pub(super) fn measure(&self, groups: &[GroupRows], values: &[Values]) -> Result<Extreme, NotJudged> {
        let needed = if self.of_overlapping() { 1 } else { 2 };
        let found = self.judged(groups).count();
        if found < needed {
            return Err(NotJudged::TooFewGroups { found, needed });
        }
        let mut worst: Option<Extreme> = None;
        for &metric in self.metrics {
            let at = |group: usize| values[group][metric];
            let mut judged = self.judged(groups);
            let start = judged.next().unwrap_or(0);
            let (mut low, mut high) = (start, start);
            let mut known = !at(start).is_nan();
            for group in judged {
                known &= !at(group).is_nan();
                if at(group) < at(low) {
                    low = group;
                }
                if at(group) > at(high) {
                    high = group;
                }
            }
            let value = match self.how {
                _ if !known => f64::NAN,
                How::Difference => at(high) - at(low),
                How::Ratio if at(high) == 0.0 => return Err(NotJudged::AllZero),
                How::Ratio => at(low) / at(high),
                How::Lowest => at(low),
                How::Highest => at(high),
            };
            let between = match self.how {
                How::Difference | How::Ratio => vec![low, high],
                How::Lowest => vec![low],
                How::Highest => vec![high],
            };
            let further = |before: &Extreme| match self.how {
                How::Ratio => value < before.value,
                _ => value > before.value,
            };
            // Once NaN, a figure stays so.
            if worst.as_ref().is_none_or(|before| value.is_nan() || further(before)) {
                worst = Some(Extreme { value, between });
            }
        }
        worst.ok_or(NotJudged::TooFewGroups { found: 0, needed })
    }
}
