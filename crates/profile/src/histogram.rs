//! Histograms on bins that outliers do not stretch and that other tables can be counted on.

use crate::columns::quantile;
use plenish_table::{ColumnSchema, ColumnType};
use serde::{Deserialize, Serialize};

/// The edges of a histogram's inner bins, in rising order. Bin `i` holds `edges[i] <= x <
/// edges[i + 1]`; the last one holds its upper edge, too. What lies outside is counted apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edges {
    /// The edges; none, or at least two.
    pub edges: Vec<f64>,
}

/// Counts on [`Edges`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// The edges.
    pub edges: Edges,
    /// Values below the first edge.
    pub below: usize,
    /// Values in each inner bin; one fewer than there are edges.
    pub counts: Vec<usize>,
    /// Values above the last edge.
    pub above: usize,
}

impl Edges {
    /// Edges at round numbers around the 1 % and 99 % quantile of `values` (distinct, in rising
    /// order, with counts), about `bins` of them, at most half as many again and a few. Without values there are no edges.
    pub(crate) fn robust(values: &[(f64, u32)], bins: usize, schema: &ColumnSchema) -> Self {
        let total: u64 = values.iter().map(|&(_, count)| u64::from(count)).sum();
        if total == 0 {
            return Self { edges: Vec::new() };
        }
        let (low, high) = (quantile(values, total, 0.01), quantile(values, total, 0.99));
        let whole = schema.kind != ColumnType::Real;
        let step = round_step((high - low) / (1.5 * bins as f64), whole);
        let first = (low / step).floor() * step;
        // Beyond 2^53 steps, or an infinite range, round numbers cannot be told apart: two edges have to do.
        let count = ((high - first) / step).floor() + 1.0;
        if !count.is_finite() || count > 4.0 * bins as f64 || first + step <= first || step.is_infinite() {
            let edges = if low < high { vec![low, high] } else { vec![low, low] };
            return Self { edges };
        }
        Self {
            edges: (0..=count as usize).map(|i| first + i as f64 * step).collect(),
        }
    }

    /// How many inner bins there are.
    pub fn bins(&self) -> usize {
        self.edges.len().saturating_sub(1)
    }
}

/// The smallest of 1, 2, 5 times a power of ten that is at least `step`; at least 1 if `whole`.
fn round_step(step: f64, whole: bool) -> f64 {
    if step.is_nan() || step <= 0.0 {
        return 1.0;
    }
    if whole && step <= 1.0 {
        return 1.0;
    }
    let exponent = libm::floor(libm::log10(step));
    let power = libm::pow(10.0, exponent);
    // A range that cannot be divided keeps its own size.
    if power == 0.0 || !power.is_finite() {
        return step;
    }
    let lead = step / power;
    [1.0, 2.0, 5.0]
        .into_iter()
        .find(|&n| lead <= n * (1.0 + 1e-9))
        .unwrap_or(10.0)
        * power
}

/// Counts numbers on edges; NaN is left out.
pub fn histogram_on(numbers: &[f64], edges: &Edges) -> Histogram {
    let mut histogram = Histogram {
        edges: edges.clone(),
        below: 0,
        counts: vec![0; edges.bins()],
        above: 0,
    };
    let (Some(&first), Some(&last)) = (edges.edges.first(), edges.edges.last()) else {
        // Nothing is known of where values lie, so all of them are beyond.
        histogram.above = numbers.iter().filter(|x| !x.is_nan()).count();
        return histogram;
    };
    for &x in numbers.iter().filter(|x| !x.is_nan()) {
        if x < first {
            histogram.below += 1;
        } else if x > last {
            histogram.above += 1;
        } else {
            let bin = edges.edges.partition_point(|&edge| edge <= x).max(1) - 1;
            histogram.counts[bin.min(edges.bins() - 1)] += 1;
        }
    }
    histogram
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_learn::bins::distinct;
    use proptest::prelude::*;

    proptest! {
        /// Every value is counted once, on any finite numbers, and bins stay few.
        #[test]
        fn every_value_is_counted_once(numbers in proptest::collection::vec(proptest::num::f64::NORMAL | proptest::num::f64::ZERO | proptest::num::f64::SUBNORMAL, 0..60), scale in 0..3) {
            let numbers: Vec<f64> = numbers.iter().map(|x| match scale { 0 => *x, 1 => x % 100.0, _ => (x % 50.0).round() }).collect();
            let schema = ColumnSchema::new("x", ColumnType::Real);
            let edges = Edges::robust(&distinct(&numbers), 24, &schema);
            prop_assert!(edges.edges.windows(2).all(|w| w[0] <= w[1]));
            prop_assert!(edges.bins() <= 100);
            let histogram = histogram_on(&numbers, &edges);
            prop_assert_eq!(histogram.below + histogram.above + histogram.counts.iter().sum::<usize>(), numbers.len());
        }
    }

    /// One outlier in ten thousand rows leaves the bins where they are.
    #[test]
    fn an_outlier_does_not_stretch_the_bins() {
        let schema = ColumnSchema::new("x", ColumnType::Integer);
        let mut numbers: Vec<f64> = (0..10_000).map(|i| f64::from(i % 90)).collect();
        let before = Edges::robust(&distinct(&numbers), 24, &schema);
        numbers.push(1e18);
        assert_eq!(Edges::robust(&distinct(&numbers), 24, &schema), before);
        assert_eq!(before.edges.first(), Some(&0.0));
        assert_eq!(histogram_on(&numbers, &before).above, 1);
    }
}
