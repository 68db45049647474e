//! What privacy costs: rho of zero-concentrated differential privacy, added up exactly, and its translation
//! into epsilon and delta, always rounded to the safe side.
//!
//! Bun, Steinke, "Concentrated differential privacy", TCC 2016 (zCDP: costs of questions add up, also when a
//! question depends on earlier answers); Canonne, Kamath, Steinke, `NeurIPS` 2020 (arXiv 2004.00010),
//! proposition 7 and corollary 13 (the translation).

use plenish_table::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A cost in zCDP: a whole number of units of 10^-18, so that sums are exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rho(u128);

impl Rho {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// rho = 1.
    pub const ONE: Self = Self(1_000_000_000_000_000_000);
    /// The largest cost that is dealt with: rho = 10^6, far beyond any protection.
    const MOST: u128 = Self::ONE.0 * 1_000_000;

    pub(crate) fn units(self) -> u128 {
        self.0
    }

    pub(crate) fn from_units(units: u128) -> Self {
        Self(units)
    }

    /// The sum; it stays at its largest rather than overflow.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// What is left after `other`; nothing if that is more.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// `top / bottom` of it, rounded down; `bottom` is at least 1.
    #[must_use]
    pub fn share(self, top: u64, bottom: u64) -> Self {
        // Below 10^24 units times 2^43 at most: within 128 bits for every share that is asked for.
        Self(self.0.saturating_mul(u128::from(top)) / u128::from(bottom.max(1)))
    }

    /// `times` of it.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        Self(self.0.saturating_mul(u128::from(times)))
    }

    /// As a number, for showing and for what is not decided by it.
    pub fn value(self) -> f64 {
        self.0 as f64 / Self::ONE.0 as f64
    }
}

impl fmt::Display for Rho {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / Self::ONE.0, self.0 % Self::ONE.0);
        let digits = format!("{rest:018}");
        write!(f, "{whole}.{}", digits.trim_end_matches('0'))?;
        if rest == 0 { f.write_str("0") } else { Ok(()) }
    }
}

impl std::str::FromStr for Rho {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::data(format!("'{text}' is not an amount of rho such as 0.125"));
        let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(rest) || rest.len() > 18 || whole.len() > 7 {
            return Err(wrong());
        }
        let whole: u128 = whole.parse().map_err(|_| wrong())?;
        let rest: u128 = format!("{rest:0<18}").parse().map_err(|_| wrong())?;
        Ok(Self(whole * Self::ONE.0 + rest))
    }
}

impl Serialize for Rho {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rho {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What is promised: (epsilon, delta)-differential privacy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Guarantee {
    /// Above 0 and finite.
    pub epsilon: f64,
    /// Above 0 and below 1.
    pub delta: f64,
}

/// The delta of those who give none.
pub const DEFAULT_DELTA: f64 = 1e-9;

/// Epsilons beyond this promise nothing.
const LARGEST_EPSILON: f64 = 1_000.0;

impl Guarantee {
    /// A guarantee; fails when `epsilon` is not a positive number up to 1,000 or `delta` not between 0 and 1.
    pub fn new(epsilon: f64, delta: f64) -> Result<Self> {
        if !(epsilon > 0.0 && epsilon <= LARGEST_EPSILON) {
            return Err(Error::usage(format!("epsilon is {epsilon}")).help(
                "epsilon is a number above 0, and at most 1,000; 1 protects well, above 10 hardly anything is promised",
            ));
        }
        if !(delta > 0.0 && delta < 1.0) {
            return Err(Error::usage(format!("delta is {delta}"))
                .help("delta is a number above 0 and below 1 over the number of rows, such as 1e-9"));
        }
        Ok(Self { epsilon, delta })
    }

    /// Fails when delta is above 1/`rows`: such a delta allows to publish a row as it is. The owner of the
    /// data says how many rows there are at most; the true number stays secret.
    pub fn check_rows(&self, rows: u64) -> Result<()> {
        if rows > 0 && self.delta * rows as f64 > 1.0 {
            return Err(
                Error::usage(format!("delta is {}, more than 1 over the number of rows", self.delta)).help(
                    "a delta this large allows to publish somebody's row as it is: choose one far below 1 over the \
                 number of rows, such as 1e-9",
                ),
            );
        }
        Ok(())
    }

    /// How unsure and how sure somebody can become that a unit is in the data who was `before` sure (0 to 1), delta left
    /// aside: what Bayes' rule makes of outcomes that are e^epsilon times as likely with it as without, or the reverse.
    pub fn beliefs(&self, before: f64) -> [f64; 2] {
        // Odds are multiplied by e^-epsilon to e^epsilon.
        [-self.epsilon, self.epsilon].map(|log| before / (before + (1.0 - before) * libm::exp(-log)))
    }

    /// The largest cost that keeps this guarantee, rounded down.
    pub fn budget(&self) -> Result<Rho> {
        let (mut low, mut high) = (0_u128, Rho::MOST);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if epsilon_of(Rho(middle), self.delta) <= self.epsilon {
                low = middle;
            } else {
                high = middle;
            }
        }
        if low == 0 {
            return Err(Error::usage(format!(
                "epsilon {} with delta {} leaves no budget at all",
                self.epsilon, self.delta
            ))
            .help("raise epsilon or delta"));
        }
        Ok(Rho(low))
    }
}

/// The smallest epsilon, rounded up, such that rho-zCDP is (epsilon, `delta`)-differential privacy; `delta` is
/// between 0 and 1.
///
/// Proposition 7: for every alpha > 1,
/// epsilon = alpha rho + ln(alpha - 1) - (ln delta + alpha ln alpha) / (alpha - 1). Every alpha gives a valid
/// bound, so the search for the best one needs no guarantee of its own.
pub fn epsilon_of(rho: Rho, delta: f64) -> f64 {
    if rho == Rho::ZERO {
        return 0.0;
    }
    // The conversion of rho to a number rounds up as well.
    let cost = rho.value() * (1.0 + 1e-15);
    let bound = |log_excess: f64| {
        let excess = libm::exp(log_excess);
        let alpha = 1.0 + excess;
        // alpha ln alpha by log1p: the naive form loses all digits near 1.
        alpha * cost + log_excess - (libm::log(delta) + alpha * libm::log1p(excess)) / excess
    };
    // The bound has one minimum in alpha; thirds of the range of ln(alpha - 1) close in on it.
    let (mut low, mut high) = (-12.0_f64, 46.0_f64);
    for _ in 0..200 {
        let third = (high - low) / 3.0;
        if bound(low + third) <= bound(high - third) {
            high -= third;
        } else {
            low += third;
        }
    }
    let best = bound(f64::midpoint(low, high));
    // Far above the error of a dozen operations on numbers up to 10^4 times the result.
    (best + best.abs() * 1e-10 + 1e-10).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The least delta of proposition 7 by another route: minimised over a fine grid of alpha.
    fn delta_on_a_grid(rho: f64, epsilon: f64) -> f64 {
        (1..400_000)
            .map(|i| {
                let alpha = 1.0 + f64::from(i) * 1e-3;
                let log =
                    (alpha - 1.0) * (alpha * rho - epsilon) - (alpha - 1.0).ln() + alpha * (1.0 - 1.0 / alpha).ln();
                log.exp()
            })
            .fold(1.0, f64::min)
    }

    #[test]
    fn the_translation_is_the_optimum_of_the_proposition() {
        for (rho, delta) in [(0.1, 1e-9), (0.01, 1e-6), (1.0, 1e-5), (0.5, 1e-12)] {
            let epsilon = epsilon_of(rho.to_string().parse().unwrap(), delta);
            let found = delta_on_a_grid(rho, epsilon);
            assert!(found <= delta * (1.0 + 1e-6), "rho {rho}: delta {found} above {delta}");
            assert!(found > delta * 0.999, "rho {rho}: delta {found}, loose");
            // The well-known loose bound is rho + 2 sqrt(rho ln(1/delta)).
            assert!(epsilon < rho + 2.0 * (rho * (1.0 / delta).ln()).sqrt());
        }
    }

    /// The table of docs/privacy.md, and what does not change.
    #[test]
    fn beliefs_are_bounded() {
        for (epsilon, most) in [(0.1, 0.525), (1.0, 0.731), (3.0, 0.953), (10.0, 0.999_95)] {
            let [low, high] = Guarantee::new(epsilon, 1e-9).unwrap().beliefs(0.5);
            assert!(
                (high - most).abs() < 5e-4 && (low + high - 1.0).abs() < 1e-12,
                "{epsilon}: {low} {high}"
            );
        }
        let certain = Guarantee::new(1.0, 1e-9).unwrap();
        assert_eq!([certain.beliefs(0.0), certain.beliefs(1.0)], [[0.0; 2], [1.0; 2]]);
    }

    #[test]
    fn budgets_are_rounded_down() {
        for (epsilon, delta) in [
            (0.1, 1e-9),
            (1.0, 1e-9),
            (10.0, 1e-9),
            (1.0, 1e-5),
            (1000.0, 1e-9),
            (1e-4, 1e-9),
        ] {
            let rho = Guarantee::new(epsilon, delta).unwrap().budget().unwrap();
            assert!(epsilon_of(rho, delta) <= epsilon);
            assert!(epsilon_of(Rho(rho.0 + rho.0 / 100_000 + 1), delta) > epsilon);
        }
    }

    #[test]
    fn guarantees_that_mean_nothing_are_refused() {
        for (epsilon, delta) in [
            (0.0, 1e-9),
            (-1.0, 1e-9),
            (f64::INFINITY, 1e-9),
            (f64::NAN, 1e-9),
            (1.0, 0.0),
            (1.0, -1e-9),
            (1.0, 1.0),
            (1.0, f64::NAN),
        ] {
            assert!(Guarantee::new(epsilon, delta).is_err(), "{epsilon} {delta}");
        }
        let guarantee = Guarantee::new(1.0, 1e-3).unwrap();
        assert!(guarantee.check_rows(1_000).is_ok());
        assert!(guarantee.check_rows(1_001).is_err());
    }

    proptest! {
        #[test]
        fn amounts_survive_text(units in 0..Rho::MOST) {
            prop_assert_eq!(Rho(units).to_string().parse::<Rho>().unwrap(), Rho(units));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[0-9.]{0,30}|\\PC{0,10}") {
            let _ = text.parse::<Rho>();
        }

        #[test]
        fn more_cost_is_more_epsilon(a in 1_u64..u64::MAX / 16, b in 1_u64..u64::MAX / 16, delta in 1e-12_f64..1e-3) {
            let (low, high) = (Rho(u128::from(a.min(b))), Rho(u128::from(a.max(b))));
            prop_assert!(epsilon_of(low, delta) <= epsilon_of(high, delta) + 2e-9);
        }
    }
}
