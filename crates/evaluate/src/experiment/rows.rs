//! What the arms of an experiment train on.

use super::{Augmentation, BOTH, REAL, SYNTHETIC};
use crate::cross_validation::arms::weights;
use crate::cross_validation::{ArmKind, ArmSpec};
use crate::model::Training;
use plenish_learn::metrics::{GroupParity, RecalibrationMethod};
use plenish_table::{Result, Table};

/// What one arm trains on.
pub(super) struct Rows {
    pub(super) name: String,
    /// What its trainings draw their randomness from: arms of the same rows train the same model.
    pub(super) draws: &'static str,
    pub(super) training: Training,
    /// Synthetic rows for each real one; none for an arm without real rows.
    pub(super) ratio: Option<f64>,
    pub(super) weight: f64,
    pub(super) recalibration: Option<RecalibrationMethod>,
    pub(super) group_thresholds: Option<GroupParity>,
}

impl Rows {
    /// The arms: real rows, both, synthetic rows; and where the probabilities or decisions of both are treated, real rows
    /// treated alike.
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
        let arm = |name: &'static str, ratio, weight, training| Self {
            name: name.to_owned(),
            draws: name,
            training,
            ratio,
            weight,
            recalibration: None,
            group_thresholds: None,
        };
        let training = |table, target, weights, real| Training {
            table,
            target,
            weights,
            real,
        };
        let both_codes = [&real_codes[..], &synthetic_codes[..added]].concat();
        let alike = ArmSpec {
            kind: ArmKind::Real,
            recalibration: augmentation.recalibration,
            group_thresholds: augmentation.group_thresholds,
        };
        let twin = (alike != ArmSpec::REAL).then(|| Self {
            name: alike.name(),
            recalibration: alike.recalibration,
            group_thresholds: alike.group_thresholds,
            ..arm(
                REAL,
                Some(0.0),
                1.0,
                training(real.clone(), real_codes.clone(), None, rows),
            )
        });
        let mut arms = vec![
            arm(REAL, Some(0.0), 1.0, training(real, real_codes, None, rows)),
            Self {
                recalibration: augmentation.recalibration,
                group_thresholds: augmentation.group_thresholds,
                ..arm(
                    BOTH,
                    Some(ratio),
                    augmentation.weight,
                    training(both, both_codes, weights, rows),
                )
            },
            arm(SYNTHETIC, None, 1.0, training(synthetic, synthetic_codes, None, 0)),
        ];
        arms.extend(twin);
        Ok(arms)
    }

    /// The place of the arm that the one at `place` differs from by its rows alone.
    pub(super) fn base(arms: &[Self], place: usize) -> usize {
        let own = &arms[place];
        let alike = |other: &Self| {
            other.ratio == Some(0.0)
                && other.name != BOTH
                && (other.recalibration, other.group_thresholds) == (own.recalibration, own.group_thresholds)
        };
        if own.name == BOTH {
            arms.iter().position(alike).unwrap_or(0)
        } else {
            0
        }
    }
}
