//! From the settings of a study to the question that its experiment asks.

use crate::input::Real;
use crate::{ExperimentSettings, Study};
use plenish_evaluate::Question;
use plenish_learn::metrics::{GroupParity, OperatingPoint, RecalibrationMethod};
use plenish_table::{Error, Result};

/// What an experiment with these settings asks. Fails for an unknown learner, and an operating point that is
/// none.
pub fn question(target: &str, protected: &[String], settings: &ExperimentSettings) -> Result<Question> {
    let mut question = Question::new(target, protected);
    if !settings.learners.is_empty() {
        question = question.with_learners(&settings.learners)?;
    }
    question.metric.clone_from(&settings.metric);
    if let Some(text) = &settings.operating_point {
        question.operating_point = operating_point(text)?;
    }
    Ok(question)
}

impl Study {
    /// Fails, pointing into the study file, when what the experiment asks does not suit the target; before anything is
    /// learned.
    pub(crate) fn check_question(&self, real: &Real) -> Result<()> {
        let asked = question(&self.target, &self.protected, &self.experiment)?;
        if self.experiment.metric.is_some() {
            asked
                .check_metric(&real.train, &real.test)
                .map_err(|error| self.pointing("experiment.metric", error))?;
        }
        for parity in group_parities(&self.experiment.group_thresholds)? {
            asked
                .check_group_thresholds(parity, &real.train, &real.test)
                .map_err(|error| self.pointing("experiment.group_thresholds", error))?;
        }
        Ok(())
    }
}

/// Reads `threshold 0.5`, `selection-rate 0.2`, `false-positive-rate 0.05` or `recall 0.8`; a number alone is a
/// threshold.
pub(crate) fn operating_point(text: &str) -> Result<OperatingPoint> {
    let fail = || {
        Error::usage(format!("'{text}' is no operating point")).help(
            "write a kind and a number from 0 to 1: threshold 0.5, selection-rate 0.2, false-positive-rate 0.05 or \
             recall 0.8",
        )
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let (kind, number) = match words[..] {
        [number] => ("threshold", number),
        [kind, number] => (kind, number),
        _ => return Err(fail()),
    };
    let number: f64 = number.parse().map_err(|_| fail())?;
    let point = match kind {
        "threshold" => OperatingPoint::Threshold(number),
        "selection-rate" => OperatingPoint::SelectionRate(number),
        "false-positive-rate" => OperatingPoint::FalsePositiveRate(number),
        "recall" => OperatingPoint::Recall(number),
        _ => return Err(fail()),
    };
    if point.is_valid() { Ok(point) } else { Err(fail()) }
}

/// Reads `isotonic` or `platt`.
pub(crate) fn recalibration(text: &str) -> Result<RecalibrationMethod> {
    match text {
        "isotonic" => Ok(RecalibrationMethod::Isotonic),
        "platt" => Ok(RecalibrationMethod::Platt),
        other => Err(Error::usage(format!("there is no recalibration '{other}'"))
            .help("the recalibrations are: isotonic, platt")),
    }
}

/// Reads `equalized-odds 0.02`, `equal-opportunity 0.02`, `demographic-parity 0.02` or `disparate-impact 0.8`; a kind
/// alone has the number 0.01, or 0.8.
pub(crate) fn group_parity(text: &str) -> Result<GroupParity> {
    let fail = || {
        Error::usage(format!("'{text}' is no rule for thresholds by group")).help(
            "write a kind and a number from 0 to 1: equalized-odds 0.02, equal-opportunity 0.02, \
             demographic-parity 0.02 or disparate-impact 0.8",
        )
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let (kind, number) = match words[..] {
        [kind] => (kind, None),
        [kind, number] => (kind, Some(number.parse::<f64>().map_err(|_| fail())?)),
        _ => return Err(fail()),
    };
    let parity = match kind {
        "equalized-odds" | "equalised-odds" => GroupParity::EqualizedOdds(number.unwrap_or(0.01)),
        "equal-opportunity" => GroupParity::EqualOpportunity(number.unwrap_or(0.01)),
        "demographic-parity" => GroupParity::DemographicParity(number.unwrap_or(0.01)),
        "disparate-impact" => GroupParity::DisparateImpact(number.unwrap_or(0.8)),
        _ => return Err(fail()),
    };
    if parity.is_valid() { Ok(parity) } else { Err(fail()) }
}

/// Reads several, each no more than once.
pub(crate) fn group_parities(texts: &[String]) -> Result<Vec<GroupParity>> {
    let mut parities = Vec::new();
    for text in texts {
        let parity = group_parity(text)?;
        if parities.contains(&parity) {
            return Err(Error::usage(format!("'{text}' is named twice")).help("remove one"));
        }
        parities.push(parity);
    }
    Ok(parities)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operating_points_are_read_or_refused_with_an_example() {
        assert_eq!(operating_point("0.3").unwrap(), OperatingPoint::Threshold(0.3));
        assert_eq!(operating_point("recall 0.8").unwrap(), OperatingPoint::Recall(0.8));
        for bad in [
            "",
            "recall",
            "recall 2",
            "recall NaN",
            "0.5 0.5",
            "best f1",
            "precision 0.5",
        ] {
            let error = operating_point(bad).unwrap_err();
            assert!(error.to_string().contains(bad), "{error}");
        }
    }

    #[test]
    fn parities_are_read_or_refused_with_an_example() {
        for (text, parity) in [
            ("equalized-odds", GroupParity::EqualizedOdds(0.01)),
            ("equal-opportunity 0.05", GroupParity::EqualOpportunity(0.05)),
            ("demographic-parity 0", GroupParity::DemographicParity(0.0)),
            ("disparate-impact", GroupParity::DisparateImpact(0.8)),
        ] {
            assert_eq!(group_parity(text).unwrap(), parity);
        }
        for bad in [
            "",
            "0.1",
            "parity 0.1",
            "equalized-odds 2",
            "equalized-odds NaN",
            "disparate-impact 0.8 0.9",
        ] {
            let error = group_parity(bad).unwrap_err();
            assert!(error.to_string().contains(&format!("'{bad}'")), "{error}");
        }
    }
}
