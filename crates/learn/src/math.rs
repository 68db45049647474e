//! Transcendental functions whose result depends on nothing but their argument, fast enough for
//! inner loops. Only additions, multiplications and bit operations are used, so that every machine
//! and every vector width gives the same bits.

/// e to the power of `x`, to within 2 units in the last place for |x| <= 87; clamped outside.
///
/// Cody-Waite range reduction (Cody and Waite, "Software Manual for the Elementary Functions",
/// 1980, chapter 6) and a polynomial of degree 6 (Taylor about 0 on |r| <= ln 2 / 2).
#[inline]
pub fn exp(x: f32) -> f32 {
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    // Adding 1.5 * 2^23 rounds to the nearest integer, which is then the low bits of the sum: no call
    // and no conversion, so that the compiler can do several at once.
    const ROUND: f32 = 12_582_912.0;
    let shifted = x.clamp(-87.0, 87.0) * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let x = x.clamp(-87.0, 87.0);
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    let p = 1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0))))));
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127);
    p * f32::from_bits(exponent << 23)
}

/// The logistic function 1 / (1 + exp(-x)).
#[inline]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// The standard normal distribution function.
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// The standard normal density.
pub fn normal_density(x: f64) -> f64 {
    libm::exp(-0.5 * x * x) * 0.398_942_280_401_432_7
}

/// The standard normal quantile function; infinite at 0 and 1.
///
/// A start by Hastings' rational approximation (Abramowitz and Stegun, "Handbook of Mathematical
/// Functions", 26.2.23, error below 4.5e-4), then three of Halley's steps, which triple the exact
/// digits each time: to within 1e-13 relative to max(1, |x|) for p in [1e-300, 1 - 1e-16].
pub fn normal_quantile(p: f64) -> f64 {
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    // The smaller tail keeps its digits.
    let tail = p.min(1.0 - p);
    let t = libm::sqrt(-2.0 * libm::log(tail));
    let start =
        t - (2.515_517 + t * (0.802_853 + t * 0.010_328)) / (1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308)));
    let mut x = -start;
    for _ in 0..3 {
        let slope = normal_density(x);
        if slope < 1e-300 {
            break;
        }
        let error = (normal_cdf(x) - tail) / slope;
        x -= error / (1.0 + 0.5 * x * error);
    }
    if p < 0.5 { x } else { -x }
}

/// The regularised incomplete beta function at `x` of `a` and `b` above 0, by its continued fraction
/// (DLMF 8.17.22), evaluated by Lentz's method; 0 to 1.
pub fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
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
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn exp_is_close_to_the_exact_one(x in -87.0_f32..87.0) {
            let exact = f64::from(x).exp();
            prop_assert!((f64::from(exp(x)) - exact).abs() <= 3e-7 * exact, "{x}: {} {exact}", exp(x));
        }
    }

    proptest! {
        /// The quantile undoes the distribution function, far out in the tails too.
        #[test]
        fn the_normal_quantile_inverts_the_distribution(x in -37.0_f64..8.0) {
            let p = normal_cdf(x);
            // Near 1 a double holds fewer digits of the tail than of p.
            let tolerance = if x > 0.0 { 1e-13 + 2.3e-16 / normal_density(x) } else { 1e-12 * x.abs().max(1.0) };
            prop_assert!((normal_quantile(p) - x).abs() <= tolerance, "{x}: {}", normal_quantile(p));
        }
    }

    /// Values of SciPy 1.17 (`scipy.stats.norm`).
    #[test]
    fn normal_values_are_those_of_a_table() {
        for (p, x) in [
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_054),
            (1e-10, -6.361_340_902_404_056),
        ] {
            assert!((normal_quantile(p) - x).abs() < 1e-12, "{p}: {}", normal_quantile(p));
        }
        assert!((normal_cdf(1.0) - 0.841_344_746_068_542_9).abs() < 1e-15);
        assert!((normal_density(1.0) - 0.241_970_724_519_143_37).abs() < 1e-15);
        assert_eq!(
            (normal_quantile(0.0), normal_quantile(1.0)),
            (f64::NEG_INFINITY, f64::INFINITY)
        );
    }

    #[test]
    fn extremes_stay_finite() {
        assert!(exp(1e30).is_finite() && exp(-1e30) > 0.0);
        assert_eq!(sigmoid(0.0), 0.5);
        assert!(sigmoid(-200.0) > 0.0 && sigmoid(200.0) == 1.0);
    }
}
