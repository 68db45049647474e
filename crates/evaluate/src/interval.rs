//! Intervals at 95 %.

use crate::results::Interval;

/// The standard normal's 97.5 % point.
pub(crate) const Z: f64 = 1.959_963_984_540_054;

/// The 2.5 % and 97.5 % points of bootstrap replicates, by linear interpolation; those that are
/// not finite are left out. `value` twice if fewer than two remain.
pub(crate) fn percentiles(replicates: &mut Vec<f64>, value: f64) -> (f64, f64) {
    replicates.retain(|v| v.is_finite());
    if replicates.len() < 2 {
        return (value, value);
    }
    replicates.sort_unstable_by(f64::total_cmp);
    (percentile(replicates, 0.025), percentile(replicates, 0.975))
}

/// The value below which `share` of the ascending values lie, by linear interpolation; NaN of none.
pub(crate) fn percentile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let place = share * last as f64;
    let low = (place as usize).min(last);
    let next = (low + 1).min(last);
    sorted[low] + (place - low as f64) * (sorted[next] - sorted[low])
}

/// The same, moved by what the replicates' mean says of their bias, so that an estimate that is
/// never below 0 (a calibration error) does not fall out of its own interval.
pub(crate) fn centred_percentiles(replicates: &mut Vec<f64>, value: f64) -> (f64, f64) {
    let (low, high) = percentiles(replicates, value);
    let mean = replicates.iter().sum::<f64>() / replicates.len().max(1) as f64;
    let bias = if replicates.is_empty() { 0.0 } else { mean - value };
    ((low - bias).min(value), (high - bias).max(value))
}

/// The standard deviation of replicates; none with fewer than two.
pub(crate) fn deviation(replicates: &[f64]) -> Option<f64> {
    if replicates.len() < 2 {
        return None;
    }
    let n = replicates.len() as f64;
    let mean = replicates.iter().sum::<f64>() / n;
    Some((replicates.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}

/// A share of `n` with its [Wilson score interval](plenish_learn::metrics::wilson).
pub(crate) fn wilson(share: f64, n: f64) -> Interval {
    let (low, high) = plenish_learn::metrics::wilson(share, n);
    Interval {
        value: share,
        low,
        high,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 10 of 50: the textbook interval is 0.1124 to 0.3304.
    #[test]
    fn wilson_is_as_in_the_textbook() {
        let i = wilson(0.2, 50.0);
        assert!((i.low - 0.1124).abs() < 1e-4 && (i.high - 0.3304).abs() < 1e-4, "{i:?}");
        assert_eq!(wilson(0.0, 10.0).low, 0.0);
        assert_eq!(wilson(1.0, 10.0).high, 1.0);
    }
}
