//! The keys of `[experiment]`.

use super::keys::{BASELINES, Section, Wanted, key};

pub(crate) const RECALIBRATIONS: &[&str] = &["isotonic", "platt"];
pub(crate) const LEARNERS: &[&str] = &["boosted", "forest", "logistic"];
pub(crate) const METRICS: &[&str] = &[
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier",
    "calibration_error",
    "debiased_calibration_error",
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "f1",
    "demographic_parity_difference",
    "demographic_parity_ratio",
    "equalized_odds_difference",
    "worst_group_accuracy",
    "rmse",
    "mae",
    "r2",
    "worst_group_rmse",
];

pub(crate) const EXPERIMENT: Section = Section {
    name: "experiment",
    about: "How arms are compared in folds of the training rows, the generator fitted anew in each.",
    keys: &[
        key(
            "repeats",
            Wanted::Whole(0, 100),
            "5",
            Some("5 to augment, 0 to publish"),
            "times that the rows are divided into folds; 0 leaves the comparison out",
        ),
        key(
            "folds",
            Wanted::Whole(2, 20),
            "2",
            Some("2"),
            "parts that the rows are divided into; each judges what was learned from the others",
        ),
        key(
            "ratios",
            Wanted::Numbers(0.01, 100.0),
            "[0.5, 1.0, 2.0]",
            Some("that of [augment]"),
            "synthetic rows for each real one to compare; with several, the best decides the augmented table",
        ),
        key(
            "weights",
            Wanted::Numbers(0.01, 10.0),
            "[0.5, 1.0]",
            Some("that of [augment]"),
            "weights of a synthetic row to compare; every ratio is tried with every weight",
        ),
        key(
            "baselines",
            Wanted::Choices(BASELINES),
            "[\"class-weights\", \"smote\"]",
            Some("all of them"),
            "what costs no generator, and has to be beaten: \"class-weights\", \"oversampling\", \"smote\", \"reweighing\"",
        ),
        key(
            "recalibration",
            Wanted::Choices(RECALIBRATIONS),
            "[\"isotonic\"]",
            Some("none"),
            "also tries these arms with recalibrated probabilities: \"isotonic\", \"platt\"",
        ),
        key(
            "group_thresholds",
            Wanted::TextList,
            "[\"equalized-odds 0.02\"]",
            Some("none"),
            "also tries these arms with a threshold for each protected group: equalized-odds, equal-opportunity, demographic-parity or disparate-impact, and a number",
        ),
        key(
            "learners",
            Wanted::Choices(LEARNERS),
            "[\"boosted\", \"logistic\"]",
            Some("all"),
            "what is trained: \"boosted\", \"forest\", \"logistic\"; the first decides, the others show whether they agree",
        ),
        key(
            "metric",
            Wanted::Choice(METRICS),
            "\"average_precision\"",
            Some("\"roc_auc\" for classes, \"rmse\" for numbers"),
            "the metric that decides",
        ),
        key(
            "operating_point",
            Wanted::Text,
            "\"selection-rate 0.2\"",
            Some("\"threshold 0.5\""),
            "where probabilities are cut: a threshold, selection-rate, false-positive-rate or recall, and a number",
        ),
        key(
            "stop_early",
            Wanted::Flag,
            "true",
            Some("true"),
            "whether repeats end as soon as the answer is clear",
        ),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_metrics_are_those_of_the_evaluation() {
        assert_eq!(METRICS, plenish_evaluate::metric_names());
    }
}
