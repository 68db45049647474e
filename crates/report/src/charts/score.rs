//! A score between its floor and its ceiling.

use crate::figures::{figure, percent, score};
use crate::svg::{Anchor, Svg};
use plenish_evaluate::Score;

/// Width, and where the bar starts and ends: with room for labels, and without.
const LABELLED: (f64, f64, f64) = (340.0, 46.0, 294.0);
const BARE: (f64, f64, f64) = (150.0, 10.0, 140.0);
const MIDDLE: f64 = 13.0;

/// Where a scale from a round figure to 1 starts, so that it holds all of `scores` and their
/// ceilings.
pub(crate) fn start<'a>(scores: impl Iterator<Item = &'a Score>) -> f64 {
    let least = scores
        .flat_map(|s| [Some(s.value), s.low, s.ceiling])
        .flatten()
        .filter(|v| v.is_finite())
        .fold(1.0, f64::min);
    ((least * 10.0 - 0.3).floor() / 10.0).clamp(-1.0, 0.9)
}

/// The score with its interval on a bar from 0 (shuffled columns) to 1 (the real holdout). Where
/// floor and ceiling do not differ, as for shapes, which shuffling keeps, the bar is from `from` to
/// 1 with a mark at the holdout; none where no ceiling was measured. `labelled` writes the ends out.
pub(crate) fn score_bar(id: &str, name: &str, of: &Score, labelled: bool, from: f64) -> Option<String> {
    let ceiling = of.ceiling?;
    let (low_end, high_end, ends) = match (of.normalised, of.floor) {
        (Some(_), Some(floor)) => (
            floor,
            ceiling,
            [
                (floor, format!("shuffled {}", figure(floor))),
                (ceiling, format!("holdout {}", figure(ceiling))),
            ],
        ),
        _ => (
            from,
            1.0,
            [(from, figure(from)), (ceiling, format!("holdout {}", figure(ceiling)))],
        ),
    };
    let (width, left, right) = if labelled { LABELLED } else { BARE };
    // A little beyond both ends is shown; what lies further is drawn at the end.
    let x = |v: f64| (left + (v - low_end) / (high_end - low_end) * (right - left)).clamp(8.0, width - 8.0);
    let mut svg = Svg::new(id, width);
    svg.rect("track", x(low_end), MIDDLE - 5.0, x(high_end) - x(low_end), 10.0);
    svg.rect("sfill", x(low_end), MIDDLE - 5.0, x(of.value) - x(low_end), 10.0);
    for (end, label) in &ends {
        svg.line("tick", (x(*end), MIDDLE - 9.0), (x(*end), MIDDLE + 9.0));
        if labelled {
            svg.text("m", (x(*end).min(290.0), 35.0), Anchor::Middle, label, None);
        }
    }
    if let (Some(low), Some(high)) = (of.low, of.high) {
        svg.line("whisker", (x(low), MIDDLE), (x(high), MIDDLE));
        for end in [low, high] {
            svg.line("whisker", (x(end), MIDDLE - 3.0), (x(end), MIDDLE + 3.0));
        }
    }
    let (point, d) = (x(of.value), 6.0);
    let diamond = [
        (point - d, MIDDLE),
        (point, MIDDLE - d),
        (point + d, MIDDLE),
        (point, MIDDLE + d),
    ];
    svg.path("sdot", &diamond, true);
    let description = match of.normalised {
        Some(way) => format!(
            "{}, on a bar from {} for shuffled columns to {} for the real holdout: {} of the way.",
            score(of),
            figure(low_end),
            figure(high_end),
            percent(way)
        ),
        None => format!("{}; the real holdout reaches {}.", score(of), figure(ceiling)),
    };
    Some(svg.finish(if labelled { 40.0 } else { 26.0 }, 1.25, name, &description))
}
