//! Two values of the same thing, before and after, joined by a line.

use super::forest::{LEFT_BELOW, RIGHT, WIDTH, heading, lines_above};
use super::marker::Marker;
use super::scale::Scale;
use crate::svg::{Anchor, Svg};

/// One pair of values.
pub(crate) struct Pair {
    pub(crate) label: String,
    /// A line below the label.
    pub(crate) below: String,
    pub(crate) before: f64,
    pub(crate) after: f64,
}

/// The height of the line that joins two values, with the room around it.
const BAND: f64 = 20.0;

/// Draws the pairs: `marks` are those of before and after, `show` writes the figures of the scale.
pub(crate) fn dumbbell(
    id: &str,
    title: &str,
    description: &str,
    pairs: &[Pair],
    marks: (Marker, Marker),
    show: &dyn Fn(f64) -> String,
) -> String {
    let mut svg = Svg::new(id, WIDTH);
    let scale = Scale::around(pairs.iter().flat_map(|p| [p.before, p.after]), LEFT_BELOW, RIGHT);
    let lines: Vec<Vec<String>> = pairs.iter().map(|p| lines_above(&p.label)).collect();
    let heights = pairs.iter().zip(&lines).map(|(pair, lines)| {
        let written = lines.len() + usize::from(!pair.below.is_empty());
        written as f64 * super::forest::LINE + BAND
    });
    let foot = 4.0 + heights.sum::<f64>();
    for tick in scale.ticks() {
        svg.line("grid", (scale.at(tick), 4.0), (scale.at(tick), foot));
        svg.text("v", (scale.at(tick), foot + 12.0), Anchor::Middle, &show(tick), None);
    }
    let mut y = 4.0;
    for (pair, lines) in pairs.iter().zip(&lines) {
        let used = heading(&mut svg, y, lines, &pair.label, &pair.below);
        let middle = used + BAND / 2.0 - 2.0;
        let (before, after) = (scale.at(pair.before), scale.at(pair.after));
        svg.line("joined", (before, middle), (after, middle));
        marks.0.draw(&mut svg, before, middle, true);
        // An outline, so that what lies below shows where little changed.
        marks.1.draw(&mut svg, after, middle, false);
        y = used + BAND;
    }
    svg.finish(foot + 17.0, 1.3, title, description)
}
