//! How the tails of a column go on where the schema allows more than was seen.
//!
//! Without bounds in the schema a column ends at the fifth value from either end. Up to a bound
//! further out, values are made with an exponentially falling density, the one that leads from the
//! twentieth value to the fifth: the four most extreme rows have no say in it.

/// The smallest and the largest value that the schema allows, infinite where it says nothing.
pub(crate) type Limits = (f64, f64);

/// Values beyond an edge, outwards, and the share of all rows beyond each.
pub(crate) type Tail = Vec<(f64, f64)>;

/// The schema says nothing.
pub(crate) const UNLIMITED: Limits = (f64::NEG_INFINITY, f64::INFINITY);

/// Rows from an end whose distance from the first of a tail tells how fast it falls.
pub(crate) const SLOPE_ROWS: f64 = 20.0;

/// A tail is described at half its mass, a quarter, and so on; the last of it is spread evenly up to the limit,
/// or to where so little of an endless tail is left.
const HALVINGS: i32 = 6;

/// Where a tail begins, seen from the middle of the column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge {
    pub(crate) value: f64,
    /// The share of all rows beyond it.
    pub(crate) mass: f64,
}

/// The tail beyond `edge`, no further than `limit`; beyond its last value lies nothing. Empty if nothing lies beyond the edge, or the limit is no further out than the
/// edge. `inner` is a place nearer to the middle than the edge.
pub(crate) fn beyond(edge: Edge, inner: Edge, limit: f64) -> Tail {
    let room = (limit - edge.value).abs();
    let outwards = edge.value - inner.value;
    let scale = outwards.abs() / libm::log(inner.mass / edge.mass);
    let is_open = limit.is_finite() && edge.mass > 0.0 && inner.mass > edge.mass && scale > 0.0;
    if !is_open || (limit - edge.value) * outwards <= 0.0 {
        return Vec::new();
    }
    // The exponential distribution up to the limit, by inversion.
    let whole = -libm::expm1(-room / scale);
    (1..=HALVINGS)
        .map(|halving| {
            let left = libm::exp2(-f64::from(halving));
            let (far, mass) = if halving == HALVINGS {
                (-scale * libm::log(left), 0.0)
            } else {
                (-scale * libm::log1p(-(1.0 - left) * whole), edge.mass * left)
            };
            (edge.value + far.min(room) * outwards.signum(), mass)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From 20 rows at 0 to 4 at 16 of 1,000: the density falls to a fifth over 16, and to less near a bound.
    #[test]
    fn tails_fall_as_they_did_before() {
        let edge = |value, rows: f64| Edge {
            value,
            mass: rows / 1000.0,
        };
        let scale = 16.0 / 5.0_f64.ln();
        let far = beyond(edge(16.0, 4.0), edge(0.0, 20.0), 1e6);
        assert!((far[0].0 - (16.0 + scale * 2.0_f64.ln())).abs() < 1e-6, "{far:?}");
        assert!(far.windows(2).all(|w| w[1].0 > w[0].0 && w[1].1 < w[0].1), "{far:?}");
        assert_eq!(far[5].1, 0.0);
        let near = beyond(edge(16.0, 4.0), edge(0.0, 20.0), 20.0);
        assert!(near.iter().all(|point| point.0 > 16.0 && point.0 <= 20.0), "{near:?}");
        let below = beyond(edge(-16.0, 4.0), edge(0.0, 20.0), -20.0);
        assert_eq!(below.iter().map(|p| (-p.0, p.1)).collect::<Vec<_>>(), near);
    }

    /// No room, nothing beyond, nothing to tell the slope from: no tail.
    #[test]
    fn tails_need_room_and_rows() {
        let edge = |value, mass| Edge { value, mass };
        for (at, inner, limit) in [
            (edge(16.0, 0.004), edge(0.0, 0.02), f64::INFINITY),
            (edge(16.0, 0.004), edge(0.0, 0.02), 12.0),
            (edge(16.0, 0.0), edge(0.0, 0.02), 20.0),
            (edge(16.0, 0.004), edge(16.0, 0.02), 20.0),
            (edge(16.0, 0.02), edge(0.0, 0.02), 20.0),
        ] {
            assert_eq!(beyond(at, inner, limit), [], "{at:?} {inner:?} {limit}");
        }
    }
}
