//! What lies around a row in a table: how near the nearest rows are, and how densely they lie.

use crate::points::Points;
use crate::sweep::{farthest, histogram};
use plenish_table::{Context, Result, Seed};
use rayon::prelude::*;

/// The second distance that is looked at, so that one near row does not decide alone.
const FIFTH: u32 = 5;
/// Rows the width of the kernel is chosen by, at most.
const PILOT: usize = 512;
/// The kernel reaches this many of its widths: what lies beyond weighs less than 1e-8.
const REACH: f64 = 20.0;
/// The kernel's width as a share of the usual distance to the fifth nearest row.
const WIDTH: f64 = 0.125;

/// What lies around one row.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Around {
    /// Distance to the nearest row, in 255ths of a column.
    pub(crate) nearest: f64,
    /// Distance to the fifth nearest.
    pub(crate) fifth: f64,
    /// Logarithm of the mean of exp(-distance / width) over all rows.
    pub(crate) log_density: f64,
}

/// How quickly rows count less with their distance: Laplace's kernel.
pub(crate) struct Kernel {
    width: f64,
    /// Weights by distance beyond the nearest row.
    weights: Vec<f64>,
}

impl Kernel {
    /// A width that suits how densely `targets` lie around some of the rows asked about.
    pub(crate) fn new(targets: &Points, asked: &[&Points], seed: &Seed) -> Self {
        let total: usize = asked.iter().map(|points| points.rows).sum();
        let chosen = plenish_evaluate::sample(total, PILOT, seed);
        let mut fifths: Vec<u32> = chosen
            .par_iter()
            .map_init(
                || counts_for(targets),
                |counts, &place| {
                    let (mut part, mut row) = (0, place as usize);
                    while row >= asked[part].rows {
                        row -= asked[part].rows;
                        part += 1;
                    }
                    histogram(targets, asked[part], row, counts);
                    place_of(counts, FIFTH)
                },
            )
            .collect();
        fifths.sort_unstable();
        let usual = fifths.get(fifths.len() / 2).copied().unwrap_or(0);
        let width = (f64::from(usual) * WIDTH).max(1.0);
        let weights = (0..=(REACH * width) as usize)
            .map(|d| libm::exp(-(d as f64) / width))
            .collect();
        Self { width, weights }
    }

    /// What lies among `targets` around the rows of `asked` at `rows`.
    pub(crate) fn survey(
        &self,
        targets: &Points,
        asked: &Points,
        rows: &[u32],
        cx: &Context<'_>,
    ) -> Result<Vec<Around>> {
        rows.par_iter()
            .map_init(
                || counts_for(targets),
                |counts, &row| {
                    if row % 256 == 0 {
                        cx.check()?;
                    }
                    histogram(targets, asked, row as usize, counts);
                    Ok(self.around(counts, targets.rows))
                },
            )
            .collect()
    }

    fn around(&self, counts: &[u32], rows: usize) -> Around {
        let nearest = place_of(counts, 1) as usize;
        // Relative to the nearest, so that nothing vanishes however far it is.
        let near = counts[nearest..].iter().zip(&self.weights);
        let sum: f64 = near.map(|(&count, weight)| f64::from(count) * weight).sum();
        Around {
            nearest: nearest as f64,
            fifth: f64::from(place_of(counts, FIFTH)),
            log_density: libm::log(sum.max(f64::MIN_POSITIVE) / rows.max(1) as f64) - nearest as f64 / self.width,
        }
    }
}

fn counts_for(targets: &Points) -> Vec<u32> {
    vec![0; usize::from(farthest(targets.columns.len())) + 1]
}

/// The distance within which `rank` rows lie; the largest there is if there are fewer.
fn place_of(counts: &[u32], rank: u32) -> u32 {
    let mut within = 0;
    for (distance, &count) in counts.iter().enumerate() {
        within += count;
        if within >= rank {
            return distance as u32;
        }
    }
    counts.len() as u32 - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::points::Cells;

    fn points(levels: &[u8]) -> Points {
        Points {
            columns: vec![Cells::Levels(levels.to_vec())],
            rows: levels.len(),
        }
    }

    /// Against the definition: the mean of exp(-distance / width).
    #[test]
    fn the_density_is_that_of_the_definition() {
        let targets = points(&[100, 110, 130, 130, 131, 250]);
        let asked = points(&[100, 120, 10]);
        let kernel = Kernel::new(&targets, &[&asked], &Seed::new(1));
        let found = kernel.survey(&targets, &asked, &[0, 1, 2], &Context::silent()).unwrap();
        for (around, from) in found.iter().zip([100.0, 120.0, 10.0_f64]) {
            let mean: f64 = [100.0, 110.0, 130.0, 130.0, 131.0, 250.0]
                .iter()
                .map(|x: &f64| (-(x - from).abs() / kernel.width).exp())
                .sum::<f64>()
                / 6.0;
            assert!((around.log_density - mean.ln()).abs() < 1e-6, "{around:?}");
        }
        assert_eq!((found[1].nearest, found[1].fifth), (10.0, 20.0));
        assert_eq!(found[2].nearest, 90.0);
    }
}
