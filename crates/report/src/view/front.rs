//! What the arms in folds trade for what, and which was chosen.

use super::arms::cross_marker;
use super::sheet::{Head, Sheet};
use super::words::spoken;
use crate::charts::{Axes, Marker, Point, scatter};
use crate::figures::{figure, percent, trimmed};
use plenish_evaluate::{CrossValidation, FrontPoint};

/// Arms that are drawn and listed.
const SHOWN: usize = 40;

pub(crate) struct FrontView {
    /// Why the chosen arm was chosen, or why none was.
    pub(crate) why: String,
    /// Title and chart of each trade.
    pub(crate) charts: Vec<(String, String)>,
    /// The arms in the order of their numbers.
    pub(crate) names: Vec<String>,
    pub(crate) without: usize,
    pub(crate) sheet: Sheet,
}

/// An arm with its number and its mark.
struct Numbered<'a> {
    number: usize,
    marker: Marker,
    point: &'a FrontPoint,
    chosen: bool,
}

impl FrontView {
    /// None where there are no points: results of before there was a front.
    pub(crate) fn new(of: &CrossValidation) -> Option<Self> {
        let finite = of.front.points.iter().filter(|point| point.metric.is_finite());
        let all: Vec<Numbered<'_>> = finite
            .enumerate()
            .map(|(place, point)| {
                let arm = of.arms.iter().position(|arm| arm.name == point.arm);
                Numbered {
                    number: place + 1,
                    marker: arm.map_or(Marker::Both, |at| cross_marker(at, &of.arms[at])),
                    point,
                    chosen: of.front.chosen.as_ref() == Some(&point.arm),
                }
            })
            .collect();
        if all.is_empty() {
            return None;
        }
        let shown = &all[..all.len().min(SHOWN)];
        let metric = spoken(&of.metric);
        let first = of.arms.first().and_then(|arm| arm.metrics.first());
        let higher = first.is_none_or(|m| m.higher_is_better);
        let trades: [Trade<'_>; 4] = [
            ("Calibration error", &|p| p.calibration_error, &trimmed),
            ("Gap between groups", &|p| p.group_gap, &trimmed),
            ("Share of synthetic rows", &|p| Some(p.share), &|v| {
                format!("{:.0} %", v * 100.0)
            }),
            ("Share decided wrongly", &|p| p.wrong, &trimmed),
        ];
        // A metric against itself is a diagonal.
        let itself = match &of.metric[..] {
            "calibration_error" => Some(0),
            "equalized_odds_difference" => Some(1),
            _ => None,
        };
        let charts = trades
            .iter()
            .enumerate()
            .filter(|(index, _)| Some(*index) != itself)
            .filter_map(|(index, trade)| draw(index, shown, &metric, higher, trade));
        Some(Self {
            why: of.front.why.clone(),
            charts: charts.collect(),
            names: shown.iter().map(name).collect(),
            without: all.len() - shown.len(),
            sheet: sheet(shown, &metric),
        })
    }
}

/// What costs, how much of it a point has, and how that is written.
type Trade<'a> = (
    &'a str,
    &'a dyn Fn(&FrontPoint) -> Option<f64>,
    &'a dyn Fn(f64) -> String,
);

fn name(of: &Numbered<'_>) -> String {
    match (of.chosen, of.point.on_front) {
        (true, true) => format!("{} (chosen, on the front)", of.point.arm),
        (true, false) => format!("{} (chosen)", of.point.arm),
        (false, true) => format!("{} (on the front)", of.point.arm),
        (false, false) => of.point.arm.clone(),
    }
}

fn draw(
    index: usize,
    arms: &[Numbered<'_>],
    metric: &str,
    higher: bool,
    (cost, of, show): &Trade<'_>,
) -> Option<(String, String)> {
    let points: Vec<Point> = arms
        .iter()
        .filter_map(|arm| {
            let y = of(arm.point).filter(|y| y.is_finite())?;
            Some(Point {
                x: arm.point.metric,
                y,
                marker: arm.marker,
                filled: arm.point.on_front,
                ringed: arm.chosen,
                number: arm.number,
                tip: format!(
                    "{}: {metric} {}, {} {}",
                    name(arm),
                    figure(arm.point.metric),
                    cost.to_lowercase(),
                    show(y)
                ),
            })
        })
        .collect();
    if points.len() < 2 {
        return None;
    }
    let side = if higher { "right" } else { "left" };
    let title = format!("{cost} against {metric}");
    let chart = scatter(
        &format!("front-{index}"),
        &title,
        &format!(
            "One point for each of {} arms; better is further to the {side} and further down. All figures are in the table below the charts.",
            points.len()
        ),
        &points,
        &Axes {
            x: &format!(
                "{metric} ({})",
                if higher { "higher is better" } else { "lower is better" }
            ),
            y: &format!("{cost} (lower is better)"),
            show_x: &trimmed,
            show_y: *show,
        },
    );
    Some((title, chart))
}

fn sheet(arms: &[Numbered<'_>], metric: &str) -> Sheet {
    let or_none = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), figure);
    // Only thresholds by group cost decisions and nothing else.
    let wrong = arms.iter().any(|arm| arm.point.wrong.is_some());
    let row = |arm: &Numbered<'_>| {
        let point = arm.point;
        let mut row = vec![
            point.arm.clone(),
            arm.number.to_string(),
            figure(point.metric),
            or_none(point.calibration_error),
            or_none(point.group_gap),
            percent(point.share),
            if point.on_front { "yes" } else { "no" }.to_owned(),
            if arm.chosen {
                "chosen".to_owned()
            } else {
                point.breaks.join("; ")
            },
        ];
        if wrong {
            row.insert(6, or_none(point.wrong));
        }
        row
    };
    let mut heads = vec![
        Head::words("Arm"),
        Head::number("Number"),
        Head::number(metric),
        Head::number("Calibration error"),
        Head::number("Equalised odds difference"),
        Head::number("Share of synthetic rows"),
        Head::words("On the front"),
        Head::words("Chosen, or the limit it breaks"),
    ];
    if wrong {
        heads.insert(6, Head::number("Share decided wrongly"));
    }
    Sheet {
        name: "Figures for the front".to_owned(),
        caption: "What each arm reaches and costs, as means over folds; on the front is what no other arm beats in everything"
            .to_owned(),
        heads,
        rows: arms.iter().map(row).collect(),
    }
}
