//! Estimates with their intervals under one another, on one scale.

use super::marker::Marker;
use super::scale::Scale;
use crate::figures::{clip, wrap};
use crate::svg::{Anchor, Svg};
use plenish_evaluate::Interval;

/// One estimate; none if it could not be judged.
pub(crate) struct Mark {
    pub(crate) marker: Marker,
    pub(crate) estimate: Option<Interval>,
}

/// Where the label of a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Labels {
    /// To the left of its marks: short ones.
    Beside,
    /// Above them, over the whole width: sentences.
    Above,
}

/// A chart of estimates.
pub(crate) struct Forest<'a> {
    /// What each row is about, a second line below it, and its marks.
    pub(crate) rows: Vec<(String, String, Vec<Mark>)>,
    /// Where labels stand.
    pub(crate) labels: Labels,
    /// Where a vertical line stands.
    pub(crate) reference: Option<f64>,
    /// The range that the scale holds at least.
    pub(crate) at_least: Option<(f64, f64)>,
    /// How figures on the scale are written.
    pub(crate) show: &'a dyn Fn(f64) -> String,
}

pub(super) const WIDTH: f64 = 340.0;
pub(super) const RIGHT: f64 = 328.0;
const LEFT: f64 = 154.0;
/// Where marks start if labels are above them.
pub(super) const LEFT_BELOW: f64 = 12.0;
/// Letters of a label and of the line below it that fit beside marks, and above them.
const BESIDE: (usize, usize) = (22, 29);
const ABOVE: (usize, usize) = (54, 62);
/// Lines of a label above marks at most.
const LINES: usize = 2;
/// The height of a mark, and of a line of a label.
const MARK: f64 = 11.0;
pub(super) const LINE: f64 = 13.0;

/// Draws the estimates.
pub(crate) fn forest(id: &str, title: &str, description: &str, of: &Forest<'_>) -> String {
    let mut svg = Svg::new(id, WIDTH);
    let left = if of.labels == Labels::Beside { LEFT } else { LEFT_BELOW };
    let scale = scale(of, left);
    let places = places(of);
    let foot = 4.0 + places.iter().map(|p| p.height).sum::<f64>();
    for tick in scale.ticks() {
        svg.line("grid", (scale.at(tick), 4.0), (scale.at(tick), foot));
        svg.text(
            "v",
            (scale.at(tick), foot + 12.0),
            Anchor::Middle,
            &(of.show)(tick),
            None,
        );
    }
    if let Some(reference) = of.reference {
        svg.line("reference", (scale.at(reference), 2.0), (scale.at(reference), foot));
    }
    let mut y = 4.0;
    for ((label, below, marks), place) in of.rows.iter().zip(places) {
        let first = if of.labels == Labels::Beside {
            let middle = y + place.height / 2.0;
            let lift = if below.is_empty() { 3.5 } else { -2.0 };
            svg.text("l", (0.0, middle + lift), Anchor::Start, &place.lines[0], Some(label));
            let cut = clip(below, BESIDE.1);
            svg.text("v", (0.0, middle + 10.0), Anchor::Start, &cut, Some(below));
            middle - (place.marks as f64 - 1.0) * MARK / 2.0
        } else {
            let used = heading(&mut svg, y, &place.lines, label, below);
            used + MARK / 2.0 + 2.0
        };
        for (i, mark) in marks.iter().take(place.marks).enumerate() {
            draw(&mut svg, mark, first + i as f64 * MARK, left, &scale);
        }
        y += place.height;
    }
    svg.finish(foot + 17.0, 1.3, title, description)
}

/// The lines of a label above marks, and the line below them; returns where these end.
pub(super) fn heading(svg: &mut Svg, y: f64, lines: &[String], label: &str, below: &str) -> f64 {
    let mut used = y;
    for (i, line) in lines.iter().enumerate() {
        used += LINE;
        // The whole text once, where it had to be cut.
        let full = (i + 1 == lines.len() && line.ends_with('…')).then_some(label);
        svg.text("l", (0.0, used - 2.0), Anchor::Start, line, full);
    }
    if !below.is_empty() {
        used += LINE;
        svg.text(
            "v",
            (0.0, used - 3.0),
            Anchor::Start,
            &clip(below, ABOVE.1),
            Some(below),
        );
    }
    used
}

/// The lines of a label above marks.
pub(super) fn lines_above(label: &str) -> Vec<String> {
    wrap(label, ABOVE.0, LINES)
}

/// The room of one row.
struct Place {
    lines: Vec<String>,
    /// Marks that are drawn.
    marks: usize,
    height: f64,
}

fn places(of: &Forest<'_>) -> Vec<Place> {
    let place = |(label, below, marks): &(String, String, Vec<Mark>)| {
        let judged = marks.iter().any(|m| m.estimate.is_some());
        // Once is enough to say that no arm can be judged here.
        let shown = if judged { marks.len() } else { marks.len().min(1) };
        match of.labels {
            Labels::Beside => Place {
                lines: vec![clip(label, BESIDE.0)],
                marks: shown,
                height: (marks.len() as f64 * MARK + 8.0).max(30.0),
            },
            Labels::Above => {
                let lines = lines_above(label);
                let written = lines.len() + usize::from(!below.is_empty());
                Place {
                    height: written as f64 * LINE + shown as f64 * MARK + 12.0,
                    lines,
                    marks: shown,
                }
            }
        }
    };
    of.rows.iter().map(place).collect()
}

fn draw(svg: &mut Svg, mark: &Mark, y: f64, left: f64, scale: &Scale) {
    let Some(Interval { value, low, high }) = mark.estimate else {
        svg.text("few", (left + 2.0, y + 3.0), Anchor::Start, "too few to judge", None);
        return;
    };
    if !value.is_finite() {
        svg.text("few", (left + 2.0, y + 3.0), Anchor::Start, "not defined", None);
        return;
    }
    if low < high {
        // An interval without an end goes as far as the chart.
        let within = |end: f64| scale.at(end).clamp(left, RIGHT);
        svg.line(mark.marker.line(), (within(low), y), (within(high), y));
    }
    mark.marker.draw(svg, scale.at(value), y, true);
}

fn scale(of: &Forest<'_>, left: f64) -> Scale {
    let marks = of.rows.iter().flat_map(|r| &r.2).filter_map(|m| m.estimate);
    let ends = marks.flat_map(|i| [i.low, i.value, i.high]).chain(of.reference);
    let ends = ends.chain(of.at_least.into_iter().flat_map(|(low, high)| [low, high]));
    Scale::around(ends, left, RIGHT)
}
