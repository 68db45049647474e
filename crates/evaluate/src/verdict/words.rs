//! Figures and metrics in words.

use crate::results::Interval;

/// A metric in a sentence.
pub(crate) fn spoken(metric: &str) -> String {
    match metric {
        "roc_auc" => "ROC AUC".to_owned(),
        "average_precision" => "average precision".to_owned(),
        "brier" => "Brier score".to_owned(),
        "f1" => "F1 score".to_owned(),
        "rmse" => "root mean squared error".to_owned(),
        "mae" => "mean absolute error".to_owned(),
        "r2" => "R²".to_owned(),
        "equalized_odds_difference" => "equalised odds difference".to_owned(),
        "worst_group_rmse" => "root mean squared error in the worst group".to_owned(),
        "worst_group_accuracy" => "accuracy in the worst group".to_owned(),
        other => other.replace('_', " "),
    }
}

/// A noun with the article that is spoken before it.
pub(super) fn with_article(noun: &str) -> String {
    let vowel = noun.starts_with(['a', 'e', 'i', 'o', 'u']) || noun.starts_with("F1") || noun.starts_with("R²");
    format!("{} {noun}", if vowel { "an" } else { "a" })
}

/// A difference with its interval.
pub(super) fn change(of: &Interval) -> String {
    format!(
        "{} (95 % interval {} to {})",
        signed(of.value),
        signed(of.low),
        signed(of.high)
    )
}

pub(super) fn p_value(p: f64) -> String {
    if p < 0.0001 {
        "0.0001 or less".to_owned()
    } else {
        format!("{p:.4}")
    }
}

/// Four decimals, and more where they would hide on which side of the threshold a value is.
pub(super) fn beside(value: f64, threshold: f64) -> String {
    let short = figure(value);
    if short == figure(threshold) && value != threshold {
        format!("{value:.9}")
    } else {
        short
    }
}

pub(super) fn figure(value: f64) -> String {
    if value.abs() >= 1000.0 {
        return format!("{value:.1}");
    }
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

pub(super) fn signed(value: f64) -> String {
    let text = figure(value);
    if value > 0.0 && text != "0" {
        format!("+{text}")
    } else {
        text
    }
}

pub(super) fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_lowercase().chain(chars).collect())
        .unwrap_or_default()
}
