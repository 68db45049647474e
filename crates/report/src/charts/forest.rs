//! Estimates with their intervals under one another, on one scale.

use crate::figures::clip;
use crate::svg::{Anchor, Svg};
use plenish_evaluate::Interval;

/// Whose estimate a mark shows; shape and colour both tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marker {
    /// A blue disc.
    Real,
    /// A grey square.
    Both,
    /// An orange diamond.
    Synthetic,
}

/// One estimate; none if it could not be judged.
pub(crate) struct Mark {
    pub(crate) marker: Marker,
    pub(crate) estimate: Option<Interval>,
}

/// A chart of estimates.
pub(crate) struct Forest<'a> {
    /// What each row is about, a second line below it, and its marks.
    pub(crate) rows: Vec<(String, String, Vec<Mark>)>,
    /// Where a vertical line stands.
    pub(crate) reference: Option<f64>,
    /// The range that the scale holds at least.
    pub(crate) at_least: Option<(f64, f64)>,
    /// How figures on the scale are written.
    pub(crate) show: &'a dyn Fn(f64) -> String,
}

const WIDTH: f64 = 340.0;
const LEFT: f64 = 154.0;
const RIGHT: f64 = 328.0;

/// Draws the estimates.
pub(crate) fn forest(id: &str, title: &str, description: &str, of: &Forest<'_>) -> String {
    let mut svg = Svg::new(id, WIDTH);
    let (low, high) = range(of);
    let x = |v: f64| LEFT + (v - low) / (high - low) * (RIGHT - LEFT);
    let heights: Vec<f64> = of
        .rows
        .iter()
        .map(|r| (r.2.len() as f64 * 11.0 + 8.0).max(30.0))
        .collect();
    let foot = 4.0 + heights.iter().sum::<f64>();
    for tick in ticks(low, high) {
        svg.line("grid", (x(tick), 4.0), (x(tick), foot));
        svg.text("v", (x(tick), foot + 12.0), Anchor::Middle, &(of.show)(tick), None);
    }
    if let Some(reference) = of.reference {
        svg.line("reference", (x(reference), 2.0), (x(reference), foot));
    }
    let mut y = 4.0;
    for ((label, below, marks), height) in of.rows.iter().zip(heights) {
        let middle = y + height / 2.0;
        let lift = if below.is_empty() { 3.5 } else { -2.0 };
        svg.text("l", (0.0, middle + lift), Anchor::Start, &clip(label, 22), Some(label));
        svg.text("v", (0.0, middle + 10.0), Anchor::Start, below, None);
        let first = middle - (marks.len() as f64 - 1.0) * 5.5;
        // Once is enough to say that no arm can be judged here.
        let (shown, first) = if marks.iter().all(|m| m.estimate.is_none()) {
            (1, middle)
        } else {
            (marks.len(), first)
        };
        for (i, mark) in marks.iter().take(shown).enumerate() {
            draw(&mut svg, mark, first + i as f64 * 11.0, &x);
        }
        y += height;
    }
    svg.finish(foot + 17.0, 1.3, title, description)
}

fn draw(svg: &mut Svg, mark: &Mark, y: f64, x: &dyn Fn(f64) -> f64) {
    let Some(Interval { value, low, high }) = mark.estimate else {
        svg.text("few", (LEFT + 2.0, y + 3.0), Anchor::Start, "too few to judge", None);
        return;
    };
    let (line, dot) = match mark.marker {
        Marker::Real => ("rline", "rdot"),
        Marker::Both => ("bline", "bdot"),
        Marker::Synthetic => ("sline", "sdot"),
    };
    svg.line(line, (x(low), y), (x(high), y));
    let at = x(value);
    match mark.marker {
        Marker::Real => svg.disc(dot, at, y, 4.0),
        Marker::Both => svg.rect(dot, at - 3.5, y - 3.5, 7.0, 7.0),
        Marker::Synthetic => svg.path(dot, &[(at - 5.0, y), (at, y - 5.0), (at + 5.0, y), (at, y + 5.0)], true),
    }
}

/// A range that holds every finite end with a little room, and is never empty.
fn range(of: &Forest<'_>) -> (f64, f64) {
    let marks = of.rows.iter().flat_map(|r| &r.2).filter_map(|m| m.estimate);
    let ends = marks.flat_map(|i| [i.low, i.value, i.high]).chain(of.reference);
    let ends = ends.chain(of.at_least.into_iter().flat_map(|(low, high)| [low, high]));
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for end in ends.filter(|v| v.abs() < 1e300) {
        low = low.min(end);
        high = high.max(end);
    }
    if low > high {
        return (0.0, 1.0);
    }
    let room = match high - low {
        0.0 => low.abs().max(1.0) * 0.05,
        width => width * 0.06,
    };
    (low - room, high + room)
}

/// Two to six round figures within the range.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let raw = (high - low) / 4.5;
    let power = libm::pow(10.0, libm::floor(libm::log10(raw)));
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|n| n * power)
        .find(|&step| step >= raw)
        .unwrap_or(raw);
    let first = (low / step).ceil();
    (0..7)
        .map(|i| (first + f64::from(i)) * step + 0.0)
        .take_while(|&tick| tick <= high)
        .collect()
}
