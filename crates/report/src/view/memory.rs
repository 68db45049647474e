//! Copies, memory, and whether every cell is possible.

use super::summary::line;
use crate::charts::{Forest, Labels, Mark, Marker, forest};
use crate::figures::{percent, percent_interval};
use plenish_evaluate::Evaluation;

pub(crate) struct Memory<'a> {
    pub(crate) copies: String,
    pub(crate) expected: String,
    pub(crate) verdict: &'static str,
    pub(crate) nearer: String,
    pub(crate) nearer_says: &'static str,
    pub(crate) chart: String,
    pub(crate) detection: String,
    pub(crate) detection_train: String,
    pub(crate) valid: String,
    pub(crate) all_valid: bool,
    /// Column, share of valid cells, problems.
    pub(crate) problems: Vec<(&'a str, String, &'a [String])>,
    /// Column, missing in the real and in the synthetic rows.
    pub(crate) missing: Vec<(&'a str, String, String)>,
}

impl<'a> Memory<'a> {
    pub(crate) fn new(of: &'a Evaluation) -> Self {
        let nearer = of.copies.nearer;
        let chart = Forest {
            rows: vec![(
                "synthetic rows".to_owned(),
                percent_interval(&nearer),
                vec![Mark {
                    marker: Marker::Synthetic,
                    estimate: Some(nearer),
                }],
            )],
            labels: Labels::Beside,
            reference: Some(0.5),
            at_least: Some((0.4, 0.6)),
            show: &|v| format!("{:.0} %", v * 100.0),
        };
        let columns = &of.validity.columns;
        Self {
            copies: percent(of.copies.synthetic),
            expected: percent(of.copies.expected),
            verdict: if of.copies.synthetic <= of.copies.expected {
                "no more than chance gives"
            } else {
                "more than chance gives"
            },
            nearer: percent_interval(&nearer),
            nearer_says: if nearer.low > 0.5 {
                "The interval lies above 50 %: the generator remembers some of the rows it saw."
            } else {
                "The interval does not lie above 50 %: no memory is found."
            },
            chart: forest(
                "nearer",
                "Share of synthetic rows nearer to a seen row",
                &format!(
                    "{}; the line is at 50 %, which means no memory.",
                    percent_interval(&nearer)
                ),
                &chart,
            ),
            detection: line(&of.fidelity.detection),
            detection_train: line(&of.fidelity.detection_train),
            valid: percent(of.validity.share),
            all_valid: columns.iter().all(|c| c.problems.is_empty() && c.share == 1.0),
            problems: columns
                .iter()
                .filter(|c| !c.problems.is_empty() || c.share < 1.0)
                .map(|c| (c.name.as_str(), percent(c.share), c.problems.as_slice()))
                .collect(),
            missing: columns
                .iter()
                .filter(|c| c.missing_real > 0.0 || c.missing_synthetic > 0.0)
                .map(|c| (c.name.as_str(), percent(c.missing_real), percent(c.missing_synthetic)))
                .collect(),
        }
    }
}
