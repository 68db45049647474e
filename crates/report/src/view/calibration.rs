//! How well the probabilities of each arm are calibrated.

use super::arms::Arms;
use super::sheet::{Head, Sheet};
use crate::charts::{Bin, reliability};
use crate::figures::{count, figure, interval, percent, trimmed};
use plenish_evaluate::{Experiment, Interval, Reliability};
use plenish_learn::metrics::{BrierDecomposition, ReliabilityPoint};

pub(crate) struct Calibration {
    pub(crate) cards: Vec<Card>,
    /// The Brier score of each arm taken apart; none if it was not.
    pub(crate) parts: Option<Sheet>,
}

pub(crate) struct Card {
    pub(crate) arm: String,
    /// How many bins leave no doubt that they are off, in words.
    pub(crate) says: String,
    pub(crate) chart: String,
    pub(crate) sheet: Sheet,
}

impl Calibration {
    pub(crate) fn new(of: &Experiment) -> Option<Self> {
        let arms = Arms(&of.arms);
        let drawn = of.reliability.iter().filter(|r| !r.curve.is_empty());
        let cards: Vec<Card> = drawn
            .enumerate()
            .map(|(index, of)| {
                let says = says(&of.curve);
                let bins: Vec<Bin> = of.curve.iter().map(bin).collect();
                Card {
                    chart: reliability(
                        &format!("reliability-{index}"),
                        &format!("Reliability curve: {}", of.arm),
                        &format!("{} {says}", furthest(&of.curve)),
                        &bins,
                        arms.named(&of.arm),
                    ),
                    sheet: sheet(of),
                    arm: of.arm.clone(),
                    says,
                }
            })
            .collect();
        (!cards.is_empty()).then(|| Self {
            cards,
            parts: parts(&of.reliability),
        })
    }
}

fn bin(of: &ReliabilityPoint) -> Bin {
    Bin {
        predicted: of.predicted,
        observed: of.observed,
        low: of.low,
        high: of.high,
    }
}

fn says(curve: &[ReliabilityPoint]) -> String {
    let above = curve.iter().filter(|p| p.low > p.predicted).count();
    let below = curve.iter().filter(|p| p.high < p.predicted).count();
    match (above, below) {
        (0, 0) => format!("The band of each of the {} bins holds the diagonal.", curve.len()),
        _ => format!(
            "Bins whose whole band lies above the diagonal (probabilities too low): {above} of {n}; below it (too high): {below} of {n}.",
            n = curve.len()
        ),
    }
}

fn furthest(curve: &[ReliabilityPoint]) -> String {
    let gap = |p: &ReliabilityPoint| (p.observed - p.predicted).abs();
    let worst = curve.iter().max_by(|a, b| gap(a).total_cmp(&gap(b)));
    worst.map_or_else(String::new, |p| {
        format!(
            "Furthest from the diagonal at a predicted probability of {}, where the share of positives is {}.",
            figure(p.predicted),
            figure(p.observed)
        )
    })
}

fn sheet(of: &Reliability) -> Sheet {
    let row = |p: &ReliabilityPoint| {
        let observed = Interval {
            value: p.observed,
            low: p.low,
            high: p.high,
        };
        vec![
            format!("{} to {}", trimmed(p.from), trimmed(p.to)),
            count(p.rows),
            percent(p.share),
            figure(p.predicted),
            interval(&observed),
        ]
    };
    Sheet {
        name: format!("Figures for the reliability of {}", of.arm),
        caption: "Bins of about equal mass, with 95 % Wilson intervals".to_owned(),
        heads: vec![
            Head::words("Probabilities"),
            Head::number("Test rows"),
            Head::number("Share"),
            Head::number("Mean probability"),
            Head::interval("Share of positives"),
        ],
        rows: of.curve.iter().map(row).collect(),
    }
}

fn parts(of: &[Reliability]) -> Option<Sheet> {
    let row = |arm: &str, by: &str, parts: &BrierDecomposition| {
        let mut cells = vec![arm.to_owned(), by.to_owned()];
        cells.extend(
            [
                parts.brier(),
                parts.reliability,
                parts.resolution,
                parts.uncertainty,
                parts.within_bins,
            ]
            .map(figure),
        );
        cells
    };
    let rows: Vec<Vec<String>> = of
        .iter()
        .flat_map(|r| {
            let bins = r.decomposition.as_ref().map(|d| row(&r.arm, "bins of equal mass", d));
            let steps = r.isotonic.as_ref().map(|d| row(&r.arm, "isotonic steps", d));
            bins.into_iter().chain(steps)
        })
        .collect();
    (!rows.is_empty()).then(|| Sheet {
        name: "The Brier score taken apart".to_owned(),
        caption: "Brier score = miscalibration − resolution + uncertainty + rest within bins".to_owned(),
        heads: vec![
            Head::words("Arm"),
            Head::words("Over"),
            Head::number("Brier score"),
            Head::number("Miscalibration"),
            Head::number("Resolution"),
            Head::number("Uncertainty"),
            Head::number("Within bins"),
        ],
        rows,
    })
}
