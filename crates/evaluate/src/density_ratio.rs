//! Weights that make synthetic rows count as their like among the real rows do.
//!
//! A row's weight is the density of the real rows there over that of the synthetic ones, by a classifier that tells the
//! two apart: p(real | row) / p(synthetic | row), times the number of synthetic rows over that of real ones (Sugiyama,
//! Suzuki and Kanamori, "Density Ratio Estimation in Machine Learning", 2012, section 4.1). The model that
//! weighs a row has not learned from it.

use crate::align::{sample, scored};
use plenish_learn::{BoostSettings, Booster, EarlyStopping, FeatureCoder, Task};
use plenish_table::{Context, Error, Result, Seed, Table};

/// Parts that the rows of both tables are divided into.
const PARTS: usize = 3;
/// Rows of each table that a model learns from at most.
const MOST_ROWS: usize = 20_000;
/// Rows of each table at least: fewer tell nothing, and all weights are 1.
const LEAST_ROWS: usize = 60;
/// No row counts more than ten times as much as it would without, or less than a tenth: the variance of what is learned
/// from weighted rows rises with the largest weights.
const CLIP: f64 = 10.0;

/// Small trees, and as many as lower the loss of rows kept aside: tables that cannot be told apart get equal weights.
fn settings() -> BoostSettings {
    BoostSettings {
        trees: 200,
        leaves: 15,
        early_stopping: Some(EarlyStopping {
            share: 0.2,
            patience: 10,
        }),
        ..BoostSettings::default()
    }
}

/// A weight for each of the `synthetic` rows, from 0.1 to 10 before they are brought to a mean of 1, that is the greater
/// the more of the `real` rows are like it. All columns but identifiers, prose and weights are looked at, the target too;
/// rows of fewer than 60 are not weighed.
///
/// Fails when the tables do not share their columns, when there is no column to look at, and when asked to stop.
pub fn density_ratio_weights(real: &Table, synthetic: &Table, seed: &Seed, cx: &Context) -> Result<Vec<f64>> {
    let rows = synthetic.rows();
    if real.rows() < LEAST_ROWS || rows < LEAST_ROWS {
        return Ok(vec![1.0; rows]);
    }
    let seed = seed.derive("density ratio");
    let columns = scored(real.schema())?;
    let coder = FeatureCoder::fit(&[real, synthetic], &columns, 255)?;
    let mut both = real.clone();
    both.append(synthetic)?;
    let matrix = coder.encode(&both)?;
    let sides = [(0, real.rows(), "real"), (real.rows(), rows, "synthetic")];
    // The parts of a table's rows, at random.
    let parts = sides.map(|(start, rows, name)| {
        let mut order: Vec<u32> = (start as u32..(start + rows) as u32).collect();
        seed.derive(name).stream(0, 0).shuffle(&mut order);
        order
    });
    let mut weights = vec![1.0; rows];
    for part in 0..PARTS {
        cx.check()?;
        let seed = seed.child(part as u64);
        let mut learned: Vec<u32> = Vec::new();
        let mut counts = [0_usize; 2];
        for (side, order) in parts.iter().enumerate() {
            let others: Vec<u32> = order
                .iter()
                .enumerate()
                .filter(|(at, _)| at % PARTS != part)
                .map(|(_, &row)| row)
                .collect();
            let kept = sample(others.len(), others.len().min(MOST_ROWS), &seed.derive(sides[side].2));
            counts[side] = kept.len();
            learned.extend(kept.into_iter().map(|at| others[at as usize]));
        }
        let target: Vec<f64> = learned
            .iter()
            .map(|&row| f64::from(u8::from((row as usize) < real.rows())))
            .collect();
        let model = Booster::fit(
            &matrix.take(&learned),
            &target,
            None,
            Task::Binary,
            &settings(),
            &seed,
            &Context::silent(),
        )?;
        let own: Vec<u32> = parts[1]
            .iter()
            .enumerate()
            .filter(|(at, _)| at % PARTS == part)
            .map(|(_, &row)| row)
            .collect();
        let prior = counts[1] as f64 / counts[0] as f64;
        for (&row, p) in own.iter().zip(model.predict(&matrix.take(&own))) {
            let odds = p / (1.0 - p).max(f64::MIN_POSITIVE);
            weights[row as usize - real.rows()] = (odds * prior).clamp(1.0 / CLIP, CLIP);
        }
    }
    if weights.iter().any(|weight| !weight.is_finite()) {
        return Err(Error::internal("a density ratio is no number"));
    }
    Ok(to_mean(&weights, 1.0))
}

/// The weights brought to a mean; they are above 0.
pub(crate) fn to_mean(weights: &[f64], mean: f64) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    let scale = mean * weights.len() as f64 / sum.max(f64::MIN_POSITIVE);
    weights.iter().map(|weight| weight * scale).collect()
}
