//! What figures are called, and what differences say.

use plenish_evaluate::Interval;

/// The name of a metric as people say it.
pub(crate) fn spoken(name: &str) -> String {
    match name {
        "roc_auc" => "ROC AUC".to_owned(),
        "log_loss" => "Log loss".to_owned(),
        "brier" => "Brier score".to_owned(),
        "calibration_error" => "Calibration error".to_owned(),
        "equalized_odds_difference" => "Equalised odds difference".to_owned(),
        "rmse" => "Root mean squared error".to_owned(),
        "mae" => "Mean absolute error".to_owned(),
        "r2" => "R²".to_owned(),
        other => {
            let mut letters = other.chars();
            let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
            first + &letters.as_str().replace('_', " ")
        }
    }
}

/// The name of a learner as people say it.
pub(crate) fn learner(name: &str) -> String {
    match name {
        "boosted" => "boosted trees",
        "forest" => "random forest",
        "logistic" => "logistic regression",
        other => other,
    }
    .to_owned()
}

/// Whether a difference is clearly above (1) or below (-1) nothing; 0 if its interval leaves doubt.
pub(crate) fn clear_sign(change: &Interval) -> i8 {
    i8::from(change.low > 0.0) - i8::from(change.high < 0.0)
}

/// What a difference says once its interval is looked at.
pub(crate) fn says(change: &Interval, higher_is_better: bool) -> &'static str {
    match clear_sign(change) * if higher_is_better { 1 } else { -1 } {
        1 => "better than real alone",
        -1 => "worse than real alone",
        _ => "no clear difference",
    }
}

/// Names in a row: `a`, `a and b`, `a, b and c`.
pub(crate) fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_judged_by_its_interval_and_direction() {
        let change = |low, high| Interval { value: 0.0, low, high };
        assert_eq!(says(&change(0.001, 0.002), true), "better than real alone");
        assert_eq!(says(&change(0.001, 0.002), false), "worse than real alone");
        assert_eq!(says(&change(-0.001, 0.002), false), "no clear difference");
        assert_eq!(says(&change(f64::NAN, f64::NAN), true), "no clear difference");
    }

    #[test]
    fn names_are_listed_as_in_a_sentence() {
        let names = ["a", "b", "c"].map(str::to_owned);
        assert_eq!([1, 2, 3].map(|n| listed(&names[..n])), ["a", "a and b", "a, b and c"]);
    }
}
