//! Intervals of shares and of what they are compared by.

use plenish_evaluate::Interval;
use plenish_learn::math::{incomplete_beta, normal_quantile};

/// Two-sided level of all intervals that stand alone.
pub(crate) const LEVEL: f64 = 0.95;

/// The quantile of the standard normal that a two-sided interval of `level` reaches to.
pub(crate) fn reach(level: f64) -> f64 {
    normal_quantile(f64::midpoint(1.0, level))
}

/// `level` shared among `tests`, so that all intervals together hold with it (Bonferroni).
pub(crate) fn shared_level(level: f64, tests: usize) -> f64 {
    1.0 - (1.0 - level) / tests.max(1) as f64
}

/// The exact interval of a share of `found` in `of` (Clopper and Pearson, "The use of confidence or fiducial
/// limits illustrated in the case of the binomial", Biometrika 26, 1934); 0 to 1 of nothing.
pub(crate) fn clopper_pearson(found: u64, of: u64, level: f64) -> Interval {
    if of == 0 {
        return Interval {
            value: 0.0,
            low: 0.0,
            high: 1.0,
        };
    }
    let tail = (1.0 - level) / 2.0;
    let (k, n) = (found as f64, of as f64);
    // The beta quantiles by bisection: the distribution function rises in x.
    let quantile = |p: f64, a: f64, b: f64| {
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if incomplete_beta(middle, a, b) < p {
                low = middle;
            } else {
                high = middle;
            }
        }
        f64::midpoint(low, high)
    };
    Interval {
        value: k / n,
        low: if found == 0 {
            0.0
        } else {
            quantile(tail, k, n - k + 1.0)
        },
        high: if found >= of {
            1.0
        } else {
            quantile(1.0 - tail, k + 1.0, n - k)
        },
    }
}

/// The score interval of a share (Wilson, "Probable inference, the law of succession, and statistical
/// inference", JASA 22, 1927); 0 to 1 of nothing.
pub(crate) fn wilson(found: u64, of: u64, level: f64) -> Interval {
    if of == 0 {
        return Interval {
            value: 0.0,
            low: 0.0,
            high: 1.0,
        };
    }
    let (z, n) = (reach(level), of as f64);
    let (share, z2) = (found as f64 / n, z * z);
    let centre = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = z / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    Interval {
        value: share,
        low: (centre - half).clamp(0.0, share),
        high: (centre + half).clamp(share, 1.0),
    }
}

/// What an attack on people the generator saw does better than the same attack on people it never saw, as a
/// share of what there is to do better: `(main - control) / (1 - control)`; at most 1, below 0 where it does worse, and
/// -1 for all that is less still. Each is a share of `found` in `of`.
///
/// The excess is 1 less the ratio of the two shares of failures, so its interval is that of a ratio of
/// proportions from their score intervals (Donner and Zou, "Closed-form confidence intervals for functions of
/// the normal mean and standard deviation", Statistical Methods in Medical Research 21, 2012, section 2).
pub(crate) fn excess(main: (u64, u64), control: (u64, u64), level: f64) -> Interval {
    let failures = |(found, of): (u64, u64)| wilson(of - found.min(of), of, level);
    let (a, b) = (failures(main), failures(control));
    if main.1 == 0 || control.1 == 0 || b.value <= 0.0 {
        // Nobody is left whom the attack fails on: nothing to do better.
        return Interval {
            value: 0.0,
            low: if b.value <= 0.0 && a.value > 0.0 { -1.0 } else { 0.0 },
            high: 1.0,
        };
    }
    let product = a.value * b.value;
    let root = |x: f64, y: f64| {
        // Rounding may leave a little less than nothing.
        (product * product - x * y * (2.0 * a.value - x) * (2.0 * b.value - y))
            .max(0.0)
            .sqrt()
    };
    let below = b.high * (2.0 * b.value - b.high);
    let above = b.low * (2.0 * b.value - b.low);
    let least = if below > 0.0 {
        ((product - root(a.low, b.high)) / below).max(0.0)
    } else {
        0.0
    };
    let most = if above > 0.0 {
        (product + root(a.high, b.low)) / above
    } else {
        f64::INFINITY
    };
    Interval {
        value: (1.0 - a.value / b.value).max(-1.0),
        low: (1.0 - most).max(-1.0),
        high: (1.0 - least).max(-1.0),
    }
}

/// The one-sided p-value of a share of `main` being no higher than that of `control`: the pooled test of two
/// proportions.
pub(crate) fn p_of_excess(main: (u64, u64), control: (u64, u64)) -> f64 {
    let (m, n) = (main.1 as f64, control.1 as f64);
    if main.1 == 0 || control.1 == 0 {
        return 1.0;
    }
    let pooled = (main.0 + control.0) as f64 / (m + n);
    let error = (pooled * (1.0 - pooled) * (1.0 / m + 1.0 / n)).sqrt();
    let gap = main.0 as f64 / m - control.0 as f64 / n;
    if error <= 0.0 {
        return 1.0;
    }
    1.0 - plenish_learn::math::normal_cdf(gap / error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_table::Seed;

    fn close(found: Interval, low: f64, high: f64) {
        assert!(
            (found.low - low).abs() < 1e-6 && (found.high - high).abs() < 1e-6,
            "{found:?}"
        );
    }

    /// R: `binom.test(k, n)$conf.int`.
    #[test]
    fn exact_intervals_are_those_of_r() {
        close(clopper_pearson(10, 50, LEVEL), 0.100_302_2, 0.337_183_1);
        close(clopper_pearson(0, 20, LEVEL), 0.0, 0.168_433_5);
        close(clopper_pearson(20, 20, LEVEL), 0.831_566_5, 1.0);
    }

    /// 10 of 50: the textbook interval is 0.1124 to 0.3304.
    #[test]
    fn score_intervals_are_as_in_the_textbook() {
        let found = wilson(10, 50, LEVEL);
        assert!(
            (found.low - 0.1124).abs() < 1e-4 && (found.high - 0.3304).abs() < 1e-4,
            "{found:?}"
        );
    }

    /// Of 2,000 draws, intervals of the excess hold the truth in about 95 %: a binomial of that size leaves
    /// 0.935 to 0.965 in one of 500 runs; the seed is fixed.
    #[test]
    fn the_interval_of_an_excess_holds_it() {
        let (p, q, n) = (0.4, 0.25, 300);
        let truth = (p - q) / (1.0 - q);
        let mut held = 0;
        for draw in 0..2_000 {
            let mut stream = Seed::new(3).stream(draw, 0);
            let mut count = |share: f64| (0..n).filter(|_| stream.uniform() < share).count() as u64;
            let (main, control) = (count(p), count(q));
            let found = excess((main, n), (control, n), LEVEL);
            held += u32::from(found.low <= truth && truth <= found.high);
        }
        assert!((1_870..=1_930).contains(&held), "{held} of 2,000");
    }

    #[test]
    fn an_excess_of_nothing_is_nothing() {
        assert_eq!(excess((5, 5), (5, 5), LEVEL).value, 0.0);
        assert_eq!(excess((0, 0), (0, 0), LEVEL).high, 1.0);
        assert_eq!(excess((5, 5), (0, 5), LEVEL).value, 1.0);
        assert!(excess((0, 50), (25, 50), LEVEL).high < 0.0);
    }
}
