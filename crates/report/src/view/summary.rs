//! The verdict, the gates, and the summary figures.

use crate::charts::{score_bar, start};
use crate::figures::{figure, percent, score, trimmed};
use crate::input::ReportInput;
use plenish_evaluate::{Decision, Gate, Score};

pub(crate) struct Summary<'a> {
    /// `good`, `bad` or `open`: the colour.
    pub(crate) class: &'static str,
    pub(crate) sign: &'static str,
    pub(crate) word: &'static str,
    pub(crate) meaning: &'static str,
    pub(crate) reasons: &'a [String],
    pub(crate) gates: Vec<GateRow<'a>>,
    pub(crate) passed: String,
    pub(crate) scores: Vec<ScoreRow>,
}

pub(crate) struct GateRow<'a> {
    pub(crate) name: &'a str,
    pub(crate) question: &'a str,
    pub(crate) value: String,
    pub(crate) threshold: String,
    pub(crate) passed: bool,
    pub(crate) warns: bool,
}

pub(crate) struct ScoreRow {
    pub(crate) name: &'static str,
    pub(crate) question: &'static str,
    pub(crate) value: String,
    pub(crate) interval: String,
    pub(crate) way: String,
    pub(crate) bar: Option<String>,
}

impl<'a> Summary<'a> {
    pub(crate) fn new(input: &ReportInput<'a>) -> Self {
        let warnings = input.gates.iter().filter(|gate| gate.is_warning()).count();
        let (class, sign, word, meaning) = match input.verdict.verdict {
            Decision::Accept if warnings > 0 => (
                "good",
                "✓",
                "Accepted",
                "The objective was met and no gate closed; mind what they warn of.",
            ),
            Decision::Accept => ("good", "✓", "Accepted", "Every gate passed and the objective was met."),
            Decision::Reject => (
                "bad",
                "✗",
                "Rejected",
                "At least one gate failed: do not use these rows.",
            ),
            Decision::NoBenefit if warnings > 0 => (
                "open",
                "–",
                "No benefit",
                "No gate closed, but the synthetic rows did not help.",
            ),
            Decision::NoBenefit => (
                "open",
                "–",
                "No benefit",
                "Every gate passed, but the synthetic rows did not help.",
            ),
        };
        let gates = gate_rows(input.gates);
        let held = gates.iter().filter(|g| g.passed).count();
        let fidelity = &input.evaluation.fidelity;
        let scores = [
            ("Overall", "The mean of the three figures below.", &fidelity.overall),
            ("Column shapes", "How alike the single columns are.", &fidelity.shapes),
            (
                "Pair trends",
                "How alike the relations of two columns are.",
                &fidelity.pairs,
            ),
            (
                "Detection",
                "How hard it is for a model to tell synthetic rows from real rows the generator never saw.",
                &fidelity.detection,
            ),
        ];
        Self {
            class,
            sign,
            word,
            meaning,
            reasons: &input.verdict.reasons,
            passed: match warnings {
                0 => format!("{held} of {} passed", gates.len()),
                1 => format!("{held} of {} passed, one is a warning", gates.len()),
                several => format!("{held} of {} passed, {several} are warnings", gates.len()),
            },
            gates,
            scores: scores
                .into_iter()
                .map(|(name, question, of)| score_row(name, question, of))
                .collect(),
        }
    }
}

/// Gates as the page shows them.
pub(crate) fn gate_rows(gates: &[Gate]) -> Vec<GateRow<'_>> {
    gates
        .iter()
        .map(|gate| GateRow {
            name: &gate.name,
            question: &gate.question,
            value: beside(gate.value, gate.threshold),
            threshold: format!(
                "{} {}",
                if gate.at_least { "at least" } else { "at most" },
                trimmed(gate.threshold)
            ),
            passed: gate.passed,
            warns: gate.warns,
        })
        .collect()
}

fn score_row(name: &'static str, question: &'static str, of: &Score) -> ScoreRow {
    ScoreRow {
        name,
        question,
        value: figure(of.value),
        interval: match (of.low, of.high) {
            (Some(low), Some(high)) => format!("{} to {}", figure(low), figure(high)),
            _ => String::new(),
        },
        way: match (of.normalised, of.ceiling) {
            (Some(way), _) => format!("{} of the way from shuffled columns to the real holdout", percent(way)),
            (None, Some(_)) => {
                "Shuffling keeps the columns as they are, so only the holdout is a yardstick.".to_owned()
            }
            (None, None) => "No floor and no ceiling could be measured.".to_owned(),
        },
        bar: score_bar(
            &format!("score-{}", name.replace(' ', "-").to_lowercase()),
            name,
            of,
            true,
            start(std::iter::once(of)),
        ),
    }
}

/// A value with more digits where it would otherwise look equal to the threshold and is not.
fn beside(value: f64, threshold: f64) -> String {
    let text = figure(value);
    if text == figure(threshold) && value != threshold {
        format!("{value:.6}").replace('-', "−")
    } else {
        text
    }
}

/// A score in one line.
pub(crate) fn line(of: &Score) -> String {
    let mut text = score(of);
    if let Some(way) = of.normalised {
        text = format!("{text}, {} of the way from floor to ceiling", percent(way));
    }
    text
}
