//! A symmetrical matrix as coloured cells.

use crate::figures::{clip, signed};
use crate::svg::{Anchor, Svg};

/// What a matrix shows.
pub(crate) struct Cells<'a> {
    /// The columns, along both sides.
    pub(crate) names: &'a [&'a str],
    /// The value of two columns; none where nothing is said of them.
    pub(crate) value: &'a dyn Fn(usize, usize) -> Option<f64>,
    /// The class of its colour.
    pub(crate) class: &'a dyn Fn(usize, usize) -> &'static str,
    /// The value at which a colour is at its strongest.
    pub(crate) full: f64,
}

/// Up to this many columns, every cell has its figure and a tooltip.
const DETAILED: usize = 18;
const LABEL: f64 = 86.0;
const SIDE: f64 = 270.0;

/// Draws a matrix.
pub(crate) fn heatmap(id: &str, title: &str, description: &str, cells: &Cells<'_>) -> String {
    let n = cells.names.len();
    let size = (SIDE / n.max(1) as f64).min(30.0);
    let font = (size * 0.62).clamp(2.0, 9.0);
    let letters = (LABEL / (font * 0.54)) as usize;
    let mut svg = Svg::new(id, LABEL + size * n as f64 + 4.0);
    let place = |i: usize| LABEL + i as f64 * size;
    for (i, name) in cells.names.iter().enumerate() {
        let label = clip(name, letters);
        let middle = place(i) + size / 2.0 + font * 0.35;
        svg.sized_text("h", (LABEL - 4.0, middle), true, &label, font);
        svg.upward_text("h", (middle, LABEL - 4.0), &label, font);
    }
    for i in 0..n {
        for j in 0..n {
            let at = (place(j), place(i));
            if i == j {
                svg.cell("same", at, size - 0.6, 1.0, "");
                continue;
            }
            let Some(value) = (cells.value)(i, j) else {
                svg.cell("blank", at, size - 0.6, 1.0, "");
                continue;
            };
            let tip = if n <= DETAILED {
                format!("{} and {}: {}", cells.names[i], cells.names[j], signed(value))
            } else {
                String::new()
            };
            let strength = if cells.full > 0.0 {
                value.abs() / cells.full
            } else {
                0.0
            };
            svg.cell((cells.class)(i, j), at, size - 0.6, strength, &tip);
            let shown = format!("{:.0}", value.abs() * 100.0);
            if n <= DETAILED && shown != "0" {
                // Which of light and dark letters stand out depends on the strength, and on the scheme.
                let class = match strength {
                    s if s > 0.75 => "cv on",
                    s if s > 0.55 => "cv mid",
                    _ => "cv",
                };
                let sign = if value < 0.0 { "−" } else { "" };
                let at = (place(j) + size / 2.0, place(i) + size / 2.0 + 2.2);
                svg.text(class, at, Anchor::Middle, &format!("{sign}{shown}"), None);
            }
        }
    }
    let enlarged = if n <= DETAILED { 1.5 } else { 3.0 };
    svg.finish(LABEL + size * n as f64 + 4.0, enlarged, title, description)
}

/// A scale of one or two colours from 0 to `full`, with words at its ends.
pub(crate) fn legend(
    id: &str,
    title: &str,
    low: (&str, &'static str),
    high: (&str, &'static str),
    full: f64,
) -> String {
    let (width, steps, size) = (340.0, 10, 15.0);
    let mut svg = Svg::new(id, width);
    let start = 20.0;
    for i in 0..=2 * steps {
        let part = f64::from(i - steps) / f64::from(steps);
        let class = if part < 0.0 { low.1 } else { high.1 };
        svg.cell(class, (start + f64::from(i) * size, 2.0), size - 0.6, part.abs(), "");
    }
    let end = start + f64::from(2 * steps + 1) * size;
    svg.text("m", (start, 30.0), Anchor::Start, low.0, None);
    svg.text("m", (f64::midpoint(start, end), 30.0), Anchor::Middle, "0", None);
    svg.text("m", (end, 30.0), Anchor::End, high.0, None);
    let description = format!(
        "Colours from {} through 0 to {}, strongest at {full:.2}.",
        low.0, high.0
    );
    svg.finish(34.0, 1.2, title, &description)
}
