//! A score on the way from its floor to its ceiling.

use crate::figures::{figure, percent, score};
use crate::svg::{Anchor, Svg};
use plenish_evaluate::Score;

const WIDTH: f64 = 340.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 294.0;

/// A bar from 0 (shuffled columns) to 1 (the real holdout) with the score and its interval on it;
/// none where no floor or ceiling was measured. `labelled` writes both ends out below.
pub(crate) fn score_bar(id: &str, name: &str, of: &Score, labelled: bool) -> Option<String> {
    let (value, floor, ceiling) = (of.normalised?, of.floor?, of.ceiling?);
    // A little beyond both ends is shown; what lies further is drawn at the end.
    let x = |v: f64| (LEFT + v * (RIGHT - LEFT)).clamp(8.0, WIDTH - 8.0);
    let middle = 13.0;
    let mut svg = Svg::new(id, WIDTH);
    svg.rect("track", x(0.0), middle - 5.0, x(1.0) - x(0.0), 10.0);
    svg.rect("sfill", x(0.0), middle - 5.0, x(value) - x(0.0), 10.0);
    for end in [0.0, 1.0] {
        svg.line("tick", (x(end), middle - 9.0), (x(end), middle + 9.0));
    }
    let mut within = String::new();
    if let (Some(low), Some(high)) = (of.low, of.high)
        && ceiling != floor
    {
        let at = |v: f64| x((v - floor) / (ceiling - floor));
        svg.line("whisker", (at(low), middle), (at(high), middle));
        for end in [low, high] {
            svg.line("whisker", (at(end), middle - 3.0), (at(end), middle + 3.0));
        }
        within = " with its interval".to_owned();
    }
    let d = 6.0;
    let point = x(value);
    svg.path(
        "sdot",
        &[(point - d, middle), (point, middle - d), (point + d, middle), (point, middle + d)],
        true,
    );
    if labelled {
        svg.text("m", (x(0.0), 35.0), Anchor::Middle, &format!("shuffled {}", figure(floor)), None);
        svg.text("m", (x(1.0), 35.0), Anchor::Middle, &format!("holdout {}", figure(ceiling)), None);
    }
    let description = format!(
        "{}{within}, on a bar from {} for shuffled columns to {} for the real holdout: {} of the way.",
        score(of),
        figure(floor),
        figure(ceiling),
        percent(value)
    );
    Some(svg.finish(if labelled { 40.0 } else { 26.0 }, 1.25, name, &description))
}
