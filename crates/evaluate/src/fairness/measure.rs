//! The metrics of one group, prepared for many weightings of its rows.

use super::results::NotJudged;
use super::{FairnessArm, Limits};
use plenish_learn::metrics::{
    CALIBRATION_BINS, CalibrationBin, Confusion, Cut, Ranked, Tally, debiased_squared_calibration_error,
};

/// Rows of a calibration bin at least; groups too small for the usual bins have fewer.
const ROWS_A_BIN: f64 = 10.0;

/// What is known of a metric.
pub(super) struct MetricCard {
    pub(super) name: &'static str,
    pub(super) higher_is_better: Option<bool>,
    pub(super) range: (f64, f64),
}

const fn card(name: &'static str, higher_is_better: Option<bool>, lowest: f64) -> MetricCard {
    MetricCard {
        name,
        higher_is_better,
        range: (lowest, 1.0),
    }
}

/// The metrics of a group, in the order of [`Values`].
pub(super) const METRICS: [MetricCard; 10] = [
    card("base_rate", None, 0.0),
    card("selection_rate", None, 0.0),
    card("recall", Some(true), 0.0),
    card("false_positive_rate", Some(false), 0.0),
    card("precision", Some(true), 0.0),
    card("accuracy", Some(true), 0.0),
    card("roc_auc", Some(true), 0.0),
    card("brier", Some(false), 0.0),
    card("calibration_error", Some(false), 0.0),
    card("calibration_bias", None, -1.0),
];

// Places in `METRICS`.
const BASE_RATE: usize = 0;
pub(super) const SELECTION_RATE: usize = 1;
pub(super) const RECALL: usize = 2;
pub(super) const FALSE_POSITIVE_RATE: usize = 3;
pub(super) const PRECISION: usize = 4;
pub(super) const ACCURACY: usize = 5;
pub(super) const ROC_AUC: usize = 6;
const BRIER: usize = 7;
pub(super) const CALIBRATION_ERROR: usize = 8;
pub(super) const CALIBRATION_BIAS: usize = 9;

/// A value for each of [`METRICS`]; NaN where undefined or not judged.
pub(super) type Values = [f64; METRICS.len()];

/// The number of equally weighted rows whose mean varies as much (Kish 1965).
#[derive(Default, Clone, Copy)]
struct Effective {
    sum: f64,
    squares: f64,
}

impl Effective {
    fn add(&mut self, weight: f64) {
        self.sum += weight;
        self.squares += weight * weight;
    }

    fn rows(self) -> f64 {
        if self.squares > 0.0 {
            self.sum * self.sum / self.squares
        } else {
            0.0
        }
    }
}

/// One group's rows under one arm.
pub(super) struct GroupRows {
    members: Vec<u32>,
    labels: Vec<bool>,
    /// How much of each member is selected, where it is not a cut that decides.
    decided: Option<Vec<f64>>,
    ranked: Ranked,
    bins: usize,
    /// Rows with weight.
    pub(super) rows: usize,
    /// Positives among them.
    pub(super) positives: usize,
    /// Their weight.
    pub(super) weight: f64,
    /// Why a metric is not judged; none if it is.
    pub(super) reasons: [Option<NotJudged>; METRICS.len()],
    /// The effective rows that a rate is a share of; none for what is no share of rows.
    pub(super) denominators: [Option<f64>; METRICS.len()],
}

impl GroupRows {
    /// Takes the group's rows out of all of them, and decides what there is enough of.
    pub(super) fn new(
        members: &[u32],
        labels: &[bool],
        arm: &FairnessArm<'_>,
        cut: Cut,
        weight: impl Fn(usize) -> f64,
        limits: Limits,
    ) -> Self {
        let mut members: Vec<u32> = members
            .iter()
            .copied()
            .filter(|&row| weight(row as usize) > 0.0)
            .collect();
        let probabilities = arm.probabilities;
        // In the order of the ranking, so that the bootstrap walks through the labels from end to end.
        members.sort_by(|&a, &b| probabilities[a as usize].total_cmp(&probabilities[b as usize]));
        let labels: Vec<bool> = members.iter().map(|&row| labels[row as usize]).collect();
        let scores: Vec<f64> = members.iter().map(|&row| probabilities[row as usize]).collect();
        let decided: Option<Vec<f64>> = arm
            .selected
            .map(|selected| members.iter().map(|&row| selected[row as usize]).collect());
        let [mut all, mut positive, mut negative, mut selected] = [Effective::default(); 4];
        for (place, &row) in members.iter().enumerate() {
            let w = weight(row as usize);
            all.add(w);
            if labels[place] { &mut positive } else { &mut negative }.add(w);
            selected.add(
                w * decided
                    .as_ref()
                    .map_or_else(|| cut.selects(scores[place]), |of| of[place]),
            );
        }
        // A hair of tolerance: 30 equal weights of 0.1 are 30 rows.
        let enough = |effective: Effective, needed: usize| effective.rows() + 1e-9 >= needed as f64;
        let found = |effective: Effective| (effective.rows() + 1e-9) as usize;
        let (needed_rows, needed) = (limits.rows.max(2), limits.class.max(1));
        let rows_reason = (!enough(all, needed_rows)).then(|| NotJudged::TooFewRows {
            found: found(all),
            needed: needed_rows,
        });
        let positives_reason = (!enough(positive, needed)).then(|| NotJudged::TooFewPositives {
            found: found(positive),
            needed,
        });
        let negatives_reason = (!enough(negative, needed)).then(|| NotJudged::TooFewNegatives {
            found: found(negative),
            needed,
        });
        let selected_reason = (!enough(selected, needed)).then(|| NotJudged::TooFewSelected {
            found: found(selected),
            needed,
        });
        let mut reasons: [Option<NotJudged>; METRICS.len()] = std::array::from_fn(|_| rows_reason.clone());
        let mut also = |metric: usize, reason: Option<NotJudged>| {
            if reasons[metric].is_none() {
                reasons[metric] = reason;
            }
        };
        also(RECALL, positives_reason.clone());
        also(FALSE_POSITIVE_RATE, negatives_reason.clone());
        also(PRECISION, selected_reason);
        also(ROC_AUC, positives_reason);
        also(ROC_AUC, negatives_reason);
        let mut denominators = [None; METRICS.len()];
        for (metric, of) in [
            (BASE_RATE, all),
            (SELECTION_RATE, all),
            (RECALL, positive),
            (FALSE_POSITIVE_RATE, negative),
            (PRECISION, selected),
            (ACCURACY, all),
        ] {
            denominators[metric] = Some(of.rows());
        }
        Self {
            rows: members.len(),
            positives: labels.iter().filter(|&&y| y).count(),
            weight: all.sum,
            bins: ((all.rows() / ROWS_A_BIN) as usize).clamp(1, CALIBRATION_BINS),
            ranked: Ranked::new(&scores),
            members,
            labels,
            decided,
            reasons,
            denominators,
        }
    }

    pub(super) fn is_decided(&self) -> bool {
        self.decided.is_some()
    }

    /// The metrics with these weights, by row of the whole test; `tally` lends its memory.
    pub(super) fn values(&self, cut: Cut, weight: impl Fn(usize) -> f64, tally: &mut Tally) -> Values {
        let mut values = [f64::NAN; METRICS.len()];
        let judged = |metric: usize| self.reasons[metric].is_none();
        if !judged(BASE_RATE) {
            return values;
        }
        tally.fill(
            &self.ranked,
            |place| self.labels[place],
            |place| weight(self.members[place] as usize),
        );
        let counts = match &self.decided {
            Some(selected) => {
                let mut counts = Confusion::default();
                for (place, &row) in self.members.iter().enumerate() {
                    counts.add(self.labels[place], selected[place], weight(row as usize));
                }
                counts
            }
            None => tally.confusion(cut),
        };
        let bins = tally.calibration_bins(self.bins);
        let total: f64 = bins.iter().map(|bin| bin.weight).sum();
        let mean = |of: &dyn Fn(&CalibrationBin) -> f64| bins.iter().map(of).sum::<f64>() / total;
        let mut set = |metric: usize, value: Option<f64>| {
            if judged(metric) {
                values[metric] = value.unwrap_or(f64::NAN);
            }
        };
        set(BASE_RATE, counts.base_rate());
        set(SELECTION_RATE, counts.selection_rate());
        set(RECALL, counts.recall());
        set(FALSE_POSITIVE_RATE, counts.false_positive_rate());
        set(PRECISION, counts.precision());
        set(ACCURACY, counts.accuracy());
        set(ROC_AUC, tally.roc_auc());
        set(BRIER, Some(mean(&|bin| bin.squared_error)));
        set(CALIBRATION_BIAS, Some(mean(&|bin| bin.probability - bin.positive)));
        let error = debiased_squared_calibration_error(&bins).map(|squared| squared.max(0.0).sqrt());
        set(CALIBRATION_ERROR, error);
        values
    }
}
