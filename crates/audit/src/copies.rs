//! The copy detector: exact and near copies of training rows, beyond what holdout rows are by chance. It detects
//! copying; that few copies are found is no measure of privacy.

use crate::intervals::{LEVEL, excess, wilson};
use crate::prepare::Prepared;
use crate::results::CopyReport;
use crate::sweep::nearest;
use plenish_table::{Context, Result, Seed};
use rayon::prelude::*;

/// A row is near if only this share of holdout rows lies as near to a training row.
const NEAR: f64 = 0.01;

/// Looks for copies among the synthetic rows.
pub(crate) fn copies(prepared: &Prepared, seed: &Seed, cx: &Context<'_>) -> Result<CopyReport> {
    let all: Vec<usize> = (0..prepared.names.len()).collect();
    let exact = plenish_evaluate::copies(&prepared.train, &prepared.holdout, &prepared.synthetic, &all, seed, cx)?;
    let distances = |points: &crate::points::Points| -> Result<Vec<u16>> {
        (0..points.rows)
            .into_par_iter()
            .map(|row| {
                if row % 256 == 0 {
                    cx.check()?;
                }
                Ok(nearest(&prepared.train_points, points, row))
            })
            .collect()
    };
    let mut expected = distances(&prepared.holdout_points)?;
    let found = distances(&prepared.synthetic_points)?;
    expected.sort_unstable();
    let threshold = expected[((expected.len() as f64 * NEAR) as usize).min(expected.len() - 1)];
    let within = |distances: &[u16]| distances.iter().filter(|&&d| d <= threshold).count() as u64;
    let (a, b) = (
        (within(&found), found.len() as u64),
        (within(&expected), expected.len() as u64),
    );
    Ok(CopyReport {
        exact,
        near: wilson(a.0, a.1, LEVEL),
        near_expected: wilson(b.0, b.1, LEVEL),
        near_beyond: excess(a, b, LEVEL).low.max(0.0),
    })
}
