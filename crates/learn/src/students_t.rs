//! Student's t distribution.

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

/// The regularised incomplete beta function at `x`, by its continued fraction (DLMF 8.17.22), evaluated
/// by Lentz's method.
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // The fraction converges quickly below the mean; above it the other tail does.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let front =
        libm::exp(libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * libm::log(x) + b * libm::log1p(-x)) / a;
    let tiny = 1e-300;
    let away = |v: f64| if v.abs() < tiny { tiny } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..500 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / away(1.0 + term * d);
            c = away(1.0 + term / c);
            fraction *= c * d;
            change = c * d;
        }
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    front * fraction
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
