//! Predicted probabilities against the share of positives, with its band.

use super::marker::Marker;
use super::scale::Scale;
use crate::figures::trimmed;
use crate::svg::{Anchor, Svg};

/// One bin of rows with about the same probability; all values are shares from 0 to 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bin {
    pub(crate) predicted: f64,
    pub(crate) observed: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

const WIDTH: f64 = 340.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 326.0;
const TOP: f64 = 8.0;
const FOOT: f64 = TOP + RIGHT - LEFT;

/// Draws the curve on a square with its diagonal, where predicted and observed are equal.
pub(crate) fn reliability(id: &str, title: &str, description: &str, bins: &[Bin], marker: Marker) -> String {
    let mut svg = Svg::new(id, WIDTH);
    let (x, y) = (Scale::unit(LEFT, RIGHT), Scale::unit(FOOT, TOP));
    for tick in x.ticks() {
        let label = trimmed(tick);
        svg.line("grid", (x.at(tick), TOP), (x.at(tick), FOOT));
        svg.line("grid", (LEFT, y.at(tick)), (RIGHT, y.at(tick)));
        svg.text("v", (x.at(tick), FOOT + 12.0), Anchor::Middle, &label, None);
        svg.text("v", (LEFT - 5.0, y.at(tick) + 3.0), Anchor::End, &label, None);
    }
    svg.line("reference", (x.at(0.0), y.at(0.0)), (x.at(1.0), y.at(1.0)));
    let upper = bins.iter().map(|b| (x.at(b.predicted), y.at(b.high)));
    let lower = bins.iter().rev().map(|b| (x.at(b.predicted), y.at(b.low)));
    let band: Vec<(f64, f64)> = upper.chain(lower).collect();
    if bins.len() > 1 {
        svg.path(marker.area(), &band, true);
    }
    let curve: Vec<(f64, f64)> = bins.iter().map(|b| (x.at(b.predicted), y.at(b.observed))).collect();
    if bins.len() > 1 {
        svg.path(marker.line(), &curve, false);
    }
    for (bin, &(at, height)) in bins.iter().zip(&curve) {
        if bins.len() == 1 {
            svg.line(marker.line(), (at, y.at(bin.low)), (at, y.at(bin.high)));
        }
        marker.draw(&mut svg, at, height, true);
    }
    svg.text(
        "m",
        (f64::midpoint(LEFT, RIGHT), FOOT + 28.0),
        Anchor::Middle,
        "predicted probability",
        None,
    );
    svg.upward_text("m", (12.0, f64::midpoint(TOP, FOOT) + 38.0), "share of positives", 10.5);
    svg.finish(FOOT + 33.0, 1.3, title, description)
}
