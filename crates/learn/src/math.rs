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

    #[test]
    fn extremes_stay_finite() {
        assert!(exp(1e30).is_finite() && exp(-1e30) > 0.0);
        assert_eq!(sigmoid(0.0), 0.5);
        assert!(sigmoid(-200.0) > 0.0 && sigmoid(200.0) == 1.0);
    }
}
