//! What the arms of an experiment train on.

use super::{Augmentation, BOTH, REAL, SYNTHETIC};
use crate::cross_validation::arms::weights;
use crate::model::Training;
use plenish_learn::metrics::RecalibrationMethod;
use plenish_table::{Result, Table};

/// What one arm trains on.
pub(super) struct Rows {
    pub(super) name: &'static str,
    pub(super) training: Training,
    /// Synthetic rows for each real one; none for an arm without real rows.
    pub(super) ratio: Option<f64>,
    pub(super) weight: f64,
    pub(super) recalibration: Option<RecalibrationMethod>,
}

impl Rows {
    /// The three arms: real rows, both, synthetic rows.
    pub(super) fn arms(
        (real, real_codes): (Table, Vec<f64>),
        (synthetic, synthetic_codes): (Table, Vec<f64>),
        ratios: Option<&[f64]>,
        augmentation: Augmentation,
    ) -> Result<Vec<Self>> {
        let added = (real.rows() as f64 * augmentation.ratio)
            .round()
            .min(synthetic.rows() as f64) as usize;
        let first: Vec<u32> = (0..added as u32).collect();
        let mut both = real.clone();
        both.append(&synthetic.take(&first))?;
        let ratio = added as f64 / real.rows() as f64;
        let ratios = ratios.map(|ratios| &ratios[..added]);
        let weights = weights(real.rows(), added, augmentation.weight, ratios);
        let rows = real.rows();
        let arm = |name, ratio, weight, training| Self {
            name,
            training,
            ratio,
            weight,
            recalibration: None,
        };
        let training = |table, target, weights, real| Training {
            table,
            target,
            weights,
            real,
        };
        let both_codes = [&real_codes[..], &synthetic_codes[..added]].concat();
        Ok(vec![
            arm(REAL, Some(0.0), 1.0, training(real, real_codes, None, rows)),
            Self {
                recalibration: augmentation.recalibration,
                ..arm(
                    BOTH,
                    Some(ratio),
                    augmentation.weight,
                    training(both, both_codes, weights, rows),
                )
            },
            arm(SYNTHETIC, None, 1.0, training(synthetic, synthetic_codes, None, 0)),
        ])
    }
}
