//! Student's t distribution.

use crate::math::incomplete_beta;

/// The probability that Student's t with so many degrees of freedom exceeds `t` >= 0.
pub fn t_upper_tail(t: f64, freedom: f64) -> f64 {
    0.5 * incomplete_beta(freedom / (freedom + t * t), freedom / 2.0, 0.5)
}

/// The quantile of Student's t at `p` in [0.5, 1), to 1e-12 of its size.
pub fn t_quantile(p: f64, freedom: f64) -> f64 {
    let tail = 1.0 - p;
    let (mut low, mut high) = (0.0, 2.0);
    while t_upper_tail(high, freedom) > tail && high < 1e12 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if t_upper_tail(middle, freedom) > tail {
            low = middle;
        } else {
            high = middle;
        }
        if high - low <= 1e-12 * high {
            break;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of SciPy 1.16: `t.sf`, `t.ppf`.
    #[test]
    fn students_t_is_that_of_scipy() {
        for (t, freedom, tail) in [
            (0.0, 5.0, 0.5),
            (1.0, 1.0, 0.25),
            (2.262_157_162_740_991_5, 9.0, 0.025),
            (4.0, 9.0, 0.001_555_214_155_192_927),
            (0.5, 99.0, 0.309_092_322_012_203),
        ] {
            assert!(
                (t_upper_tail(t, freedom) - tail).abs() < 1e-9,
                "{t} {freedom}: {}",
                t_upper_tail(t, freedom)
            );
        }
        assert!((t_quantile(0.975, 9.0) - 2.262_157_162_798_205).abs() < 1e-9);
        assert!((t_quantile(0.9995, 19.0) - 3.883_405_852_592_131).abs() < 1e-6);
    }
}
