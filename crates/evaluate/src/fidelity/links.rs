//! Links between columns that the synthetic rows lost or invented.
//!
//! The strength of a link is Cramér's V with Bergsma's bias correction (2013) on shared robust bins.
//! A difference of strengths is held against a parametric bootstrap: counts of both tables drawn from
//! the pooled shares of all cells, as if both came from one population. The p-values of all pairs are
//! adjusted together (Benjamini and Hochberg 1995).

use super::agreement::count;
use super::codes::{HOLDOUT, REAL, SYNTHETIC, Shared};
use super::results::{Link, Links};
use plenish_learn::math::normal_cdf;
use plenish_learn::multiple_tests::benjamini_hochberg;
use plenish_table::{Context, Result, Seed};
use rayon::prelude::*;

/// Bins of numbers and codes of texts.
const LEVEL: (usize, usize) = (8, 15);
/// Differences smaller than this are not tested: they would change no conclusion.
const MIN_DIFFERENCE: f64 = 0.03;
/// Tables drawn for a pair.
const REPLICATES: u64 = 499;
/// The false discovery rate.
const RATE: f64 = 0.05;

pub(crate) fn links(shared: &Shared, seed: &Seed, cx: &Context<'_>) -> Result<Links> {
    let level = shared.level(LEVEL.0, LEVEL.1);
    let n = shared.shapes.len();
    let places: Vec<[usize; 2]> = (0..n).flat_map(|a| (a + 1..n).map(move |b| [a, b])).collect();
    let mut found: Vec<Link> = places
        .par_iter()
        .enumerate()
        .map(|(pair, places)| {
            cx.check()?;
            let [real, holdout, synthetic] =
                [REAL, HOLDOUT, SYNTHETIC].map(|t| count(&level.tables[t], &level.sizes, places));
            let width = level.sizes[places[1]];
            let pooled: Vec<u32> = real.iter().zip(&holdout).map(|(a, b)| a + b).collect();
            let strength = |cells: &[u32]| cramers_v(cells, width);
            let difference = strength(&synthetic) - strength(&pooled);
            let p = if difference.abs() < MIN_DIFFERENCE {
                1.0
            } else {
                p_value(&pooled, &synthetic, width, difference, &seed.child(pair as u64))
            };
            let (r, h, s) = (strength(&real), strength(&holdout), strength(&synthetic));
            Ok(Link {
                a: shared.name(places[0]).to_owned(),
                b: shared.name(places[1]).to_owned(),
                real: r,
                holdout: h,
                synthetic: s,
                excess: if difference > 0.0 { s - r.max(h) } else { r.min(h) - s }.max(0.0),
                p,
                adjusted: p,
            })
        })
        .collect::<Result<_>>()?;
    let adjusted = benjamini_hochberg(&found.iter().map(|link| link.p).collect::<Vec<_>>());
    for (link, adjusted) in found.iter_mut().zip(adjusted) {
        link.adjusted = adjusted;
    }
    let tested = found.len();
    found.retain(|link| link.adjusted <= RATE && link.excess > 0.0);
    // Sorting is stable: equal strengths stay in the order of the schema.
    found.sort_by(|a, b| b.excess.total_cmp(&a.excess));
    let (invented, lost) = found.into_iter().partition(|link| link.synthetic > link.real);
    Ok(Links { tested, lost, invented })
}

/// Bias-corrected Cramér's V of a table of counts `width` cells wide; 0 where undefined.
fn cramers_v(cells: &[u32], width: usize) -> f64 {
    let mut columns = vec![0.0; width];
    let rows: Vec<f64> = cells
        .chunks(width)
        .map(|row| {
            for (sum, &cell) in columns.iter_mut().zip(row) {
                *sum += f64::from(cell);
            }
            row.iter().map(|&cell| u64::from(cell)).sum::<u64>() as f64
        })
        .collect();
    let n: f64 = rows.iter().sum();
    let used = |sums: &[f64]| sums.iter().filter(|sum| **sum > 0.0).count() as f64;
    let (r, c) = (used(&rows), used(&columns));
    if n < 2.0 || r < 2.0 || c < 2.0 {
        return 0.0;
    }
    let mut sum = 0.0;
    for (row, &row_sum) in cells.chunks(width).zip(&rows) {
        for (&cell, &column_sum) in row.iter().zip(&columns) {
            if cell > 0 {
                sum += f64::from(cell) / row_sum * (f64::from(cell) / column_sum);
            }
        }
    }
    let squared = (sum - 1.0 - (r - 1.0) * (c - 1.0) / (n - 1.0)).max(0.0);
    let corrected = |k: f64| k - (k - 1.0) * (k - 1.0) / (n - 1.0);
    let least = corrected(r).min(corrected(c)) - 1.0;
    if least <= 0.0 {
        return 0.0;
    }
    libm::sqrt((squared / least).min(1.0))
}

/// How often tables of one population differ in strength as much as `difference`. Where none of the
/// replicates does, the tail of a normal distribution with twice their deviation is taken if it is
/// smaller than what so many replicates can show: strengths near 0 spread more than their deviation
/// says.
fn p_value(real: &[u32], synthetic: &[u32], width: usize, difference: f64, seed: &Seed) -> f64 {
    let total = |cells: &[u32]| cells.iter().map(|&c| u64::from(c)).sum::<u64>() as f64;
    let sizes = [total(real), total(synthetic)];
    let all = sizes[0] + sizes[1];
    let shares: Vec<f64> = real
        .iter()
        .zip(synthetic)
        .map(|(&a, &b)| (f64::from(a) + f64::from(b)) / all)
        .collect();
    let (mut beyond, mut sum, mut squares) = (0_u32, 0.0, 0.0);
    let mut drawn = vec![0_u32; shares.len()];
    for replicate in 0..REPLICATES {
        let mut stream = seed.stream(replicate, 0);
        let [a, b] = sizes.map(|size| {
            for (cell, share) in drawn.iter_mut().zip(&shares) {
                *cell = poisson(size * share, || stream.uniform());
            }
            cramers_v(&drawn, width)
        });
        let apart = b - a;
        beyond += u32::from(apart.abs() >= difference.abs());
        sum += apart;
        squares += apart * apart;
    }
    let count = REPLICATES as f64;
    let p = (f64::from(beyond) + 1.0) / (count + 1.0);
    if beyond > 0 {
        return p;
    }
    let centre = sum / count;
    let spread = libm::sqrt((squares / count - centre * centre).max(0.0));
    if spread <= 0.0 {
        return p;
    }
    let z = (difference.abs() - centre.abs()) / (2.0 * spread);
    p.min(2.0 * normal_cdf(-z))
}

/// A Poisson count: by inversion, or beyond a mean of 30 a rounded normal number.
fn poisson(mean: f64, mut uniform: impl FnMut() -> f64) -> u32 {
    if mean <= 0.0 {
        return 0;
    }
    if mean > 30.0 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - uniform()));
        let normal = radius * libm::cos(std::f64::consts::TAU * uniform());
        return (mean + libm::sqrt(mean) * normal).round().max(0.0) as u32;
    }
    let u = uniform();
    let mut mass = libm::exp(-mean);
    let (mut below, mut count) = (mass, 0_u32);
    // Past 150 nothing is left of a mean of 30.
    while u >= below && count < 150 {
        count += 1;
        mass *= mean / f64::from(count);
        below += mass;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poisson_counts_have_their_mean_and_variance() {
        for mean in [0.3, 4.0, 29.0, 200.0] {
            let mut stream = Seed::new(3).stream(0, 0);
            let drawn: Vec<f64> = (0..20_000)
                .map(|_| f64::from(poisson(mean, || stream.uniform())))
                .collect();
            let centre = drawn.iter().sum::<f64>() / 20_000.0;
            let variance = drawn.iter().map(|d| (d - centre).powi(2)).sum::<f64>() / 20_000.0;
            assert!(
                (centre - mean).abs() < 4.0 * (mean / 20_000.0).sqrt(),
                "{mean}: {centre}"
            );
            assert!((variance / mean - 1.0).abs() < 0.08, "{mean}: {variance}");
        }
    }

    /// A perfect link is 1, no link about 0, and rows of one population rarely differ.
    #[test]
    fn strengths_and_p_values_tell_a_link_from_none() {
        assert_eq!(cramers_v(&[50, 0, 0, 50], 2), 1.0);
        assert_eq!(cramers_v(&[25, 25, 25, 25], 2), 0.0);
        let seed = Seed::new(1);
        assert!(p_value(&[500, 0, 0, 500], &[250, 250, 250, 250], 2, -1.0, &seed) < 1e-6);
        assert!(p_value(&[50, 50, 50, 50], &[55, 45, 47, 53], 2, 0.05, &seed) > 0.05);
    }
}
