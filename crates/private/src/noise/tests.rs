//! Counts of draws against the exact probabilities, by chi-square; the seeds are fixed, and each test fails by
//! chance for one seed in a million.

use super::*;
use crate::accounting::Rho;

/// The value that a chi-square of `freedom` degrees exceeds once in a million times (Wilson-Hilferty; 4.7534
/// is that point of the normal distribution).
fn limit(freedom: usize) -> f64 {
    let k = freedom as f64;
    let part = 2.0 / (9.0 * k);
    k * (1.0 - part + 4.7534 * part.sqrt()).powi(3)
}

/// Compares draws with probabilities given by their logarithm up to a constant, in cells of `width` values,
/// the tails joined until every cell expects at least 50 draws.
fn check(draws: &[i64], width: i64, reach: i64, log_weight: impl Fn(f64) -> f64, what: &str) {
    let weights: Vec<f64> = (-reach..=reach).map(|x| log_weight(x as f64).exp()).collect();
    let total: f64 = weights.iter().sum();
    let cells = ((2 * reach + 1) / width + 1) as usize;
    let mut expected = vec![0.0; cells];
    for (i, w) in weights.iter().enumerate() {
        expected[i / width as usize] += w / total * draws.len() as f64;
    }
    let mut counts = vec![0_u64; cells];
    for &x in draws {
        counts[((x + reach).clamp(0, 2 * reach) / width) as usize] += 1;
    }
    let (mut chi, mut freedom, mut e, mut c) = (0.0, 0, 0.0, 0.0);
    let mut pending = None;
    for (x, n) in expected.iter().zip(&counts) {
        e += x;
        c += *n as f64;
        if e >= 50.0 {
            if let Some((e, c)) = pending.replace((e, c)) {
                let (e, c): (f64, f64) = (e, c);
                chi += (c - e) * (c - e) / e;
                freedom += 1;
            }
            (e, c) = (0.0, 0.0);
        }
    }
    // What is left over joins the last cell.
    if let Some((pe, pc)) = pending {
        let (e, c) = (e + pe, c + pc);
        chi += (c - e) * (c - e) / e;
    }
    assert!(
        freedom > 0 && chi < limit(freedom),
        "{what}: chi-square {chi} with {freedom} degrees"
    );
}

#[test]
fn gaussians_have_their_exact_probabilities() {
    let mut source = Source::not_private(1);
    // Variances from 0.1 to 10^6, among them fractions: twenty scales, 10^7 draws in all.
    for i in 0..20 {
        let value = 0.1 * 10_f64.powf(f64::from(i) * 7.0 / 19.0);
        let rho = Rho::from_units((1e18 / (2.0 * value)) as u128);
        let variance = Variance::for_budget(rho, 1).unwrap();
        let sigma = variance.sigma();
        let draws: Vec<i64> = (0..500_000).map(|_| gaussian(&mut source, variance)).collect();
        let width = ((sigma / 8.0) as i64).max(1);
        check(
            &draws,
            width,
            (sigma * 9.0) as i64 + 3,
            |x| -x * x / (2.0 * variance.value()),
            &format!("variance {}", variance.value()),
        );
    }
}

#[test]
fn laplaces_have_their_exact_probabilities() {
    let mut source = Source::not_private(2);
    for scale in [1_u64, 2, 3, 7, 20, 100, 1000] {
        let draws: Vec<i64> = (0..300_000).map(|_| laplace(&mut source, scale)).collect();
        let width = (scale as i64 / 8).max(1);
        check(
            &draws,
            width,
            scale as i64 * 30,
            |x| -x.abs() / scale as f64,
            &format!("scale {scale}"),
        );
    }
}

/// The share of successes against exp(-p/q); 5 standard errors.
#[test]
fn decisions_have_their_exact_probability() {
    let mut source = Source::not_private(3);
    let wide = 3_u128 << 90;
    for (p, q) in [
        (0, 1),
        (1, 1),
        (1, 3),
        (5, 2),
        (7, 1),
        (wide / 7, wide),
        (2 * wide, wide),
        (u128::MAX / 4, u128::MAX / 2),
    ] {
        let n = 400_000;
        let count = (0..n).filter(|_| exp_minus(&mut source, p, q)).count();
        let exact = (-(p as f64 / q as f64)).exp();
        let error = (exact * (1.0 - exact) / f64::from(n)).sqrt();
        let share = count as f64 / f64::from(n);
        assert!(
            (share - exact).abs() <= 5.0 * error,
            "exp(-{p}/{q}): {share} instead of {exact}"
        );
    }
}

#[test]
fn choices_have_their_exact_probabilities() {
    let mut source = Source::not_private(4);
    let strength = Strength::for_budget("0.5".parse().unwrap());
    assert!((strength.epsilon() - 2.0).abs() < 1e-9);
    let scores = [10, 12, 0, 12, 7, -40];
    let mut counts = [0_u32; 6];
    for _ in 0..600_000 {
        counts[exponential(&mut source, &scores, 3, strength)] += 1;
    }
    let weights: Vec<f64> = scores.iter().map(|&s| (s as f64 * 2.0 / 6.0).exp()).collect();
    let total: f64 = weights.iter().sum();
    let chi: f64 = weights
        .iter()
        .zip(counts)
        .map(|(w, c)| {
            let e = w / total * 600_000.0;
            (f64::from(c) - e).powi(2) / e.max(1.0)
        })
        .sum();
    assert!(chi < limit(5), "chi-square {chi}: {counts:?}");
}

/// What a variance or a strength costs is never more than what it was made for, and hardly less.
#[test]
fn costs_stay_within_their_budget() {
    for units in [1_u128 << 20, 12_345_678_901, 1 << 50, 777_777_777_777_777_777, 1 << 63] {
        let rho = Rho::from_units(units);
        for sensitivity in [1, 2, 7, 50] {
            let cost = Variance::for_budget(rho, sensitivity)
                .unwrap()
                .cost(sensitivity)
                .unwrap();
            assert!(cost <= rho && cost.value() > rho.value() * 0.999, "{rho}: {cost}");
        }
        if units < 1 << 60 {
            let cost = Strength::for_budget(rho).cost();
            assert!(cost <= rho && cost.value() > rho.value() * 0.999, "{rho}: {cost}");
        }
    }
    assert!(Variance::for_budget(Rho::ZERO, 1).is_err());
    assert!(Variance::for_budget(Rho::from_units(1), 1).is_err());
}

#[test]
fn secret_sources_differ_and_say_so() {
    let (mut a, mut b) = (Source::secret().unwrap(), Source::secret().unwrap());
    assert_ne!(a.bits(), b.bits());
    assert!(a.is_secret() && !Source::not_private(1).is_secret());
    assert!(Source::not_private(1).describe().starts_with("NOT PRIVATE"));
}
