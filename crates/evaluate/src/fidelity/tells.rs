//! What gives synthetic rows away: the columns a detector leans on, and the regions of the table that
//! hold too many of them or too few.

use super::codes::{HOLDOUT, SYNTHETIC, Shared};
use super::regions::grow;
use super::results::{Tell, Tells};
use crate::align::sample;
use plenish_learn::metrics::Ranked;
use plenish_learn::{BoostSettings, Booster, Matrix, Task};
use plenish_table::{Context, Result, Seed};
use rayon::prelude::*;

/// Rows of each side, at most.
const MAX_SIDE: usize = 5_000;
const LEVEL: (usize, usize) = (32, 60);
const FOLDS: usize = 2;

pub(crate) fn tells(shared: &Shared, seed: &Seed, cx: &Context<'_>) -> Result<Tells> {
    let level = shared.level(LEVEL.0, LEVEL.1);
    let side = shared.rows[HOLDOUT].min(shared.rows[SYNTHETIC]).min(MAX_SIDE);
    // In random order, so that halves are alike.
    let [real, synthetic] = [HOLDOUT, SYNTHETIC].map(|table| {
        let seed = seed.child(table as u64);
        let mut rows = sample(shared.rows[table], side, &seed);
        seed.derive("order").stream(0, 0).shuffle(&mut rows);
        rows
    });
    let matrix = level.matrix(&shared.shapes, &[(HOLDOUT, &real), (SYNTHETIC, &synthetic)], None)?;
    let is_synthetic = |row: u32| row as usize >= side;
    let half = |fold: usize| -> Vec<u32> {
        (0..2 * side as u32)
            .filter(|row| *row as usize % FOLDS == fold)
            .collect()
    };
    let settings = BoostSettings {
        trees: 30,
        learning_rate: 0.3,
        leaves: 15,
        ..BoostSettings::default()
    };
    // For each fold, the area and what each column is worth of it.
    let folds: Vec<(f64, Vec<f64>)> = (0..FOLDS)
        .into_par_iter()
        .map(|fold| {
            let known = half(1 - fold);
            let target: Vec<f64> = known.iter().map(|&r| f64::from(u8::from(is_synthetic(r)))).collect();
            let seed = seed.derive("fold").child(fold as u64);
            let booster = Booster::fit(&matrix.take(&known), &target, None, Task::Binary, &settings, &seed, cx)?;
            let asked = half(fold);
            let held = matrix.take(&asked);
            let area = |matrix: &Matrix| {
                Ranked::new(&booster.predict(matrix))
                    .roc_auc(|row| is_synthetic(asked[row]), |_| 1.0)
                    .unwrap_or(0.5)
            };
            let whole = area(&held);
            let worth = (0..held.features())
                .into_par_iter()
                .map(|feature| {
                    cx.check()?;
                    Ok((whole - area(&exchanged(&held, feature, &seed)?)).max(0.0))
                })
                .collect::<Result<_>>()?;
            Ok((whole, worth))
        })
        .collect::<Result<_>>()?;
    let auc = folds.iter().map(|fold| fold.0).sum::<f64>() / FOLDS as f64;
    let mut columns: Vec<Tell> = (0..shared.shapes.len())
        .map(|place| Tell {
            column: shared.name(place).to_owned(),
            worth: folds.iter().map(|fold| fold.1[place]).sum::<f64>() / FOLDS as f64,
        })
        .collect();
    columns.sort_by(|a, b| b.worth.total_cmp(&a.worth));
    Ok(Tells {
        rows: side,
        auc,
        columns,
        regions: grow(&matrix, side, &half(0), &half(1), shared, &level),
    })
}

/// The matrix with the codes of one feature in random order.
fn exchanged(matrix: &Matrix, feature: usize, seed: &Seed) -> Result<Matrix> {
    let width = matrix.features();
    let mut codes = matrix.codes().to_vec();
    let mut column: Vec<u8> = codes.iter().skip(feature).step_by(width).copied().collect();
    seed.derive("exchange").stream(0, feature as u32).shuffle(&mut column);
    for (cell, code) in codes.iter_mut().skip(feature).step_by(width).zip(column) {
        *cell = code;
    }
    Matrix::new(matrix.kinds().to_vec(), codes, matrix.rows())
}
