//! Points on two scales, numbered.

use super::marker::Marker;
use super::scale::Scale;
use crate::svg::{Anchor, Svg};

/// One point.
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) marker: Marker,
    /// Whether it is drawn filled.
    pub(crate) filled: bool,
    /// Whether a ring is drawn around it.
    pub(crate) ringed: bool,
    /// The number beside it, where there is room.
    pub(crate) number: usize,
    /// Its tooltip.
    pub(crate) tip: String,
}

/// What stands along the two sides, and how their figures are written.
pub(crate) struct Axes<'a> {
    pub(crate) x: &'a str,
    pub(crate) y: &'a str,
    pub(crate) show_x: &'a dyn Fn(f64) -> String,
    pub(crate) show_y: &'a dyn Fn(f64) -> String,
}

const WIDTH: f64 = 340.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 328.0;
const TOP: f64 = 8.0;
const FOOT: f64 = 228.0;
/// The radius of the ring around a point.
const RING: f64 = 8.5;

/// Draws the points.
pub(crate) fn scatter(id: &str, title: &str, description: &str, points: &[Point], axes: &Axes<'_>) -> String {
    let mut svg = Svg::new(id, WIDTH);
    let x = Scale::around(points.iter().map(|p| p.x), LEFT, RIGHT);
    let y = Scale::around(points.iter().map(|p| p.y), FOOT, TOP);
    for tick in x.ticks() {
        svg.line("grid", (x.at(tick), TOP), (x.at(tick), FOOT));
        svg.text(
            "v",
            (x.at(tick), FOOT + 12.0),
            Anchor::Middle,
            &(axes.show_x)(tick),
            None,
        );
    }
    for tick in y.ticks() {
        svg.line("grid", (LEFT, y.at(tick)), (RIGHT, y.at(tick)));
        svg.text(
            "v",
            (LEFT - 5.0, y.at(tick) + 3.0),
            Anchor::End,
            &(axes.show_y)(tick),
            None,
        );
    }
    let places: Vec<(f64, f64)> = points.iter().map(|p| (x.at(p.x), y.at(p.y))).collect();
    let mut taken: Vec<Frame> = points
        .iter()
        .zip(&places)
        .map(|(point, &at)| Frame::around(at, if point.ringed { RING } else { 5.0 }))
        .collect();
    // What is ringed is named first.
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by_key(|&i| (!points[i].ringed, !points[i].filled, i));
    for &i in order.iter().rev() {
        let (point, at) = (&points[i], places[i]);
        svg.open_tip(&point.tip);
        if point.ringed {
            svg.disc("ring", at.0, at.1, RING);
        }
        point.marker.draw(&mut svg, at.0, at.1, point.filled);
        svg.close_tip();
    }
    for &i in &order {
        let text = points[i].number.to_string();
        if let Some(frame) = free_place(places[i], text.len(), points[i].ringed, i, &taken) {
            let (left, base) = (frame.left, frame.bottom - 1.0);
            svg.text("n", (left, base), Anchor::Start, &text, None);
            taken.push(frame);
        }
    }
    svg.text(
        "m",
        (f64::midpoint(LEFT, RIGHT), FOOT + 27.0),
        Anchor::Middle,
        axes.x,
        None,
    );
    let start = f64::midpoint(TOP, FOOT) + axes.y.chars().count() as f64 * 2.5;
    svg.upward_text("m", (10.0, start.min(FOOT)), axes.y, 10.5);
    svg.finish(FOOT + 32.0, 1.3, title, description)
}

/// A box that something is drawn in.
#[derive(Debug, Clone, Copy)]
struct Frame {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Frame {
    fn around((x, y): (f64, f64), radius: f64) -> Self {
        Self {
            left: x - radius,
            top: y - radius,
            right: x + radius,
            bottom: y + radius,
        }
    }

    fn meets(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    fn is_inside(&self) -> bool {
        self.left >= LEFT && self.right <= WIDTH && self.top >= 0.0 && self.bottom <= FOOT
    }
}

/// A place for a number beside its point that nothing else takes; none if there is none.
fn free_place(at: (f64, f64), digits: usize, ringed: bool, own: usize, taken: &[Frame]) -> Option<Frame> {
    let (width, height) = (digits as f64 * 6.0 + 1.0, 10.0);
    let away = if ringed { 10.0 } else { 6.0 };
    let sides = [
        (away, -height / 2.0),
        (-away - width, -height / 2.0),
        (-width / 2.0, -away - height),
        (-width / 2.0, away),
        (away * 0.7, -away * 0.7 - height),
        (away * 0.7, away * 0.7),
        (-away * 0.7 - width, -away * 0.7 - height),
        (-away * 0.7 - width, away * 0.7),
    ];
    sides.into_iter().find_map(|(dx, dy)| {
        let frame = Frame {
            left: at.0 + dx,
            top: at.1 + dy,
            right: at.0 + dx + width,
            bottom: at.1 + dy + height,
        };
        let free = taken
            .iter()
            .enumerate()
            .all(|(i, other)| i == own || !frame.meets(other));
        (free && frame.is_inside()).then_some(frame)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_clear_of_other_points() {
        let point = |x, y| Frame::around((x, y), 5.0);
        let alone = free_place((100.0, 100.0), 1, false, 0, &[point(100.0, 100.0)]).unwrap();
        assert!(alone.left > 100.0);
        let pressed = [point(100.0, 100.0), point(110.0, 100.0)];
        let other = free_place((100.0, 100.0), 1, false, 0, &pressed).unwrap();
        assert!(other.right < 100.0 && !other.meets(&pressed[1]));
        let surrounded: Vec<Frame> = (0..25)
            .map(|i| point(76.0 + f64::from(i % 5) * 12.0, 76.0 + f64::from(i / 5) * 12.0))
            .collect();
        assert!(free_place((100.0, 100.0), 1, false, 12, &surrounded).is_none());
    }
}
