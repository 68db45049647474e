//! How far a row moves from one row towards another, and which moves satisfy a condition.

use crate::codec::Grid;

/// Stretches of [0, 1], in rising order.
pub(super) type Gaps = Vec<(f64, f64)>;

/// Shorter stretches than this are no mass: rounding could carry a draw out of them.
const SHORTEST: f64 = 1e-9;

/// The number at `gap` of the way, on the grid and between both ends.
pub(super) fn between(from: f64, to: f64, gap: f64, grid: Grid) -> f64 {
    // Not from + gap * (to - from): the difference could overflow.
    let value = from * (1.0 - gap) + to * gap;
    grid.snap(value).clamp(from.min(to), from.max(to))
}

/// What of `open` leads from one number to another through `spans`, stretches of the number line.
/// Where both are the same number, `accepts` decides.
pub(super) fn gaps(open: &Gaps, from: f64, to: f64, spans: &[(f64, f64)], accepts: impl Fn(f64) -> bool) -> Gaps {
    if from == to {
        return if accepts(from) { open.clone() } else { Vec::new() };
    }
    let mut out: Gaps = Vec::new();
    for &(low, high) in spans {
        // Halves, because the difference of two numbers could overflow.
        let at = |v: f64| ((v / 2.0 - from / 2.0) / (to / 2.0 - from / 2.0)).clamp(0.0, 1.0);
        let (a, b) = if from < to {
            (at(low), at(high))
        } else {
            (at(high), at(low))
        };
        for &(start, end) in open {
            let (start, end) = (start.max(a), end.min(b));
            if end - start > SHORTEST {
                out.push((start, end));
            }
        }
    }
    out.sort_unstable_by(|x, y| x.0.total_cmp(&y.0));
    out
}

/// The gap at probability `u` of the stretches, a little away from their ends.
pub(super) fn at(open: &Gaps, u: f64) -> f64 {
    let total: f64 = open.iter().map(|g| g.1 - g.0).sum();
    let mut left = u * total;
    let mut chosen = 0.0;
    for &(start, end) in open {
        let length = end - start;
        let inside = (left / length).clamp(0.0, 1.0);
        chosen = start + length * (0.001 + 0.998 * inside);
        if left < length {
            break;
        }
        left -= length;
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_lead_through_the_spans() {
        let all = vec![(0.0, 1.0)];
        let spans = [(f64::NEG_INFINITY, 2.5), (7.5, f64::INFINITY)];
        assert_eq!(gaps(&all, 0.0, 10.0, &spans, |v| v > 7.0), [(0.0, 0.25), (0.75, 1.0)]);
        assert_eq!(gaps(&all, 10.0, 0.0, &spans, |v| v > 7.0), [(0.0, 0.25), (0.75, 1.0)]);
        assert_eq!(gaps(&all, 3.0, 7.0, &spans, |v| v > 7.0), []);
        assert_eq!(gaps(&all, 8.0, 8.0, &spans, |v| v > 7.0), all);
        let halves = vec![(0.0, 0.25), (0.75, 1.0)];
        assert!((at(&halves, 0.75) - 0.875).abs() < 1e-9);
    }

    #[test]
    fn the_ends_of_the_number_line_do_not_overflow() {
        let grid = Grid::Free;
        assert!(between(f64::MIN, f64::MAX, 0.3, grid).is_finite());
        assert_eq!(
            gaps(&vec![(0.0, 1.0)], f64::MIN, f64::MAX, &[(0.0, f64::INFINITY)], |_| {
                false
            }),
            [(0.5, 1.0)]
        );
    }
}
