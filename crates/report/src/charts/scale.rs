//! A scale from values to places, and the round figures along it.

/// A range of values and where it is drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// A scale that holds every finite value of `ends` with a little room, and is never empty, drawn between `from`
    /// and `to`.
    pub(crate) fn around(ends: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for end in ends.filter(|v| v.abs() < 1e300) {
            low = low.min(end);
            high = high.max(end);
        }
        let (low, high) = if low > high {
            (0.0, 1.0)
        } else {
            let room = match high - low {
                0.0 => low.abs().max(1.0) * 0.05,
                width => width * 0.06,
            };
            (low - room, high + room)
        };
        Self { low, high, from, to }
    }

    /// A scale of shares, from 0 to 1.
    pub(crate) fn unit(from: f64, to: f64) -> Self {
        Self {
            low: 0.0,
            high: 1.0,
            from,
            to,
        }
    }

    /// Where a value is drawn.
    pub(crate) fn at(&self, value: f64) -> f64 {
        self.from + (value - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// Two to six round figures within the range.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        let raw = (self.high - self.low) / 4.5;
        let power = libm::pow(10.0, libm::floor(libm::log10(raw)));
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|n| n * power)
            .find(|&step| step >= raw)
            .unwrap_or(raw);
        let first = (self.low / step).ceil();
        (0..7)
            .map(|i| (first + f64::from(i)) * step + 0.0)
            .take_while(|&tick| tick <= self.high)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Scale;

    #[test]
    fn ticks_are_round_and_inside() {
        let scale = Scale::around([0.013, 0.087].into_iter(), 0.0, 100.0);
        assert_eq!(scale.ticks(), [0.02, 0.04, 0.06, 0.08]);
    }

    #[test]
    fn a_scale_is_never_empty() {
        for ends in [vec![], vec![0.3], vec![f64::NAN, f64::INFINITY], vec![0.0, 0.0]] {
            let scale = Scale::around(ends.iter().copied(), 10.0, 20.0);
            let at = scale.at(0.3);
            assert!(at.is_finite(), "{ends:?}: {at}");
            assert!(scale.ticks().len() >= 2, "{ends:?}");
        }
    }
}
