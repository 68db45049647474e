//! What each arm of an experiment trains on.

use crate::density_ratio::to_mean;
use crate::groups::Groups;
use crate::model::Training;
use crate::question::recalibrated;
use plenish_learn::Task;
use plenish_learn::metrics::{GroupParity, RecalibrationMethod};
use plenish_learn::target::Goal;
use plenish_table::{Result, Seed, Table};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What an arm trains on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "rows")]
pub enum ArmKind {
    /// Real rows alone.
    Real,
    /// Real rows, and synthetic ones beside them.
    Both {
        /// Synthetic rows for each real one, above 0.
        ratio: f64,
        /// Weight of a synthetic row, above 0; a real one has 1.
        weight: f64,
    },
    /// Synthetic rows alone, as many as there are real ones.
    Synthetic,
    /// Real rows, weighted so that all classes weigh the same (the `balanced` class weights of
    /// scikit-learn).
    ClassWeights,
    /// Real rows, those of rarer classes drawn again until all classes have as many.
    Oversampled,
    /// Real rows, and interpolated ones of the rarer classes until all have as many (Chawla et al., "SMOTE",
    /// JAIR 16, 2002).
    Smote,
    /// Real rows, weighted so that target and protected columns are independent (Kamiran and Calders, "Data
    /// preprocessing techniques for classification without discrimination", KAIS 33, 2012).
    Reweighed,
}

impl ArmKind {
    /// Whether the arm costs no generator: synthetic rows have to beat all of these.
    pub fn is_free(self) -> bool {
        matches!(
            self,
            Self::ClassWeights | Self::Oversampled | Self::Smote | Self::Reweighed
        )
    }

    /// Whether it has synthetic rows of the generator in question.
    pub fn is_synthetic(self) -> bool {
        matches!(self, Self::Both { .. } | Self::Synthetic)
    }

    /// How reports call it.
    pub fn name(self) -> String {
        match self {
            Self::Real => "real".to_owned(),
            Self::Both { ratio, weight: 1.0 } => format!("real + {} x synthetic", short(ratio)),
            Self::Both { ratio, weight } => format!("real + {} x synthetic, weight {weight}", short(ratio)),
            Self::Synthetic => "synthetic".to_owned(),
            Self::ClassWeights => "class weights".to_owned(),
            Self::Oversampled => "oversampling".to_owned(),
            Self::Smote => "SMOTE-NC".to_owned(),
            Self::Reweighed => "reweighing".to_owned(),
        }
    }
}

/// A number with three digits that tell.
fn short(number: f64) -> f64 {
    let scale = 10_f64.powi(2 - number.abs().log10().floor() as i32);
    if number == 0.0 || !scale.is_finite() {
        return number;
    }
    (number * scale).round() / scale
}

/// One arm: its rows, and what is done to its probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ArmSpec {
    /// What it trains on.
    #[serde(flatten)]
    pub kind: ArmKind,
    /// How its probabilities are recalibrated, on real rows that its model has not seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recalibration: Option<RecalibrationMethod>,
    /// What is made alike between the groups of protected columns by thresholds of their own, learned on such rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_thresholds: Option<GroupParity>,
}

impl From<ArmKind> for ArmSpec {
    /// With nothing done to its probabilities.
    fn from(kind: ArmKind) -> Self {
        Self {
            kind,
            recalibration: None,
            group_thresholds: None,
        }
    }
}

impl ArmSpec {
    /// Real rows alone, and nothing done to them.
    pub const REAL: Self = Self {
        kind: ArmKind::Real,
        recalibration: None,
        group_thresholds: None,
    };

    /// Whether the arm costs no generator: synthetic rows have to beat all of these.
    pub fn is_free(self) -> bool {
        let changed = self.recalibration.is_some() || self.group_thresholds.is_some();
        self.kind.is_free() || (self.kind == ArmKind::Real && changed)
    }

    /// How reports call it.
    pub fn name(self) -> String {
        let mut name = self.kind.name();
        if let Some(method) = self.recalibration {
            let _ = write!(name, ", {}", recalibrated(method));
        }
        if let Some(parity) = self.group_thresholds {
            let _ = write!(name, ", {parity}");
        }
        name
    }

    /// The share of synthetic rows in the weight of all, 0 to 1; interpolated and repeated real rows are not counted.
    pub fn share(self) -> f64 {
        match self.kind {
            ArmKind::Both { ratio, weight } => ratio * weight / (1.0 + ratio * weight),
            ArmKind::Synthetic => 1.0,
            _ => 0.0,
        }
    }
}

/// Weights of real rows, 1 each, and of `added` ones with a mean of `weight`; none if all are 1.
pub(crate) fn weights(real: usize, added: usize, weight: f64, ratios: Option<&[f64]>) -> Option<Vec<f64>> {
    let mut weights = vec![1.0; real];
    match ratios {
        Some(ratios) => weights.extend(to_mean(ratios, weight)),
        None if weight == 1.0 => return None,
        None => weights.resize(real + added, weight),
    }
    Some(weights)
}

/// Makes rows like those of a table: the table, how many, what randomness comes from.
pub type Maker<'a> = dyn Fn(&Table, u64, &Seed) -> Result<Table> + Sync + 'a;

/// Makes rows of the rarer classes of a table: the table, and how many of which class (as text).
pub type ClassMaker<'a> = dyn Fn(&Table, &[(String, u64)], &Seed) -> Result<Table> + Sync + 'a;

/// The real rows of one fold, and what was made from them.
pub(crate) struct Material<'a> {
    pub(crate) goal: &'a Goal,
    pub(crate) real: &'a Table,
    pub(crate) target: &'a [f64],
    /// Rows of the generator in question; empty if no arm wants any.
    pub(crate) synthetic: &'a Table,
    pub(crate) synthetic_target: &'a [f64],
    /// How much each synthetic row counts beside real ones, around 1; all the same if not given.
    pub(crate) density_ratios: Option<&'a [f64]>,
    /// The groups that reweighing looks at, one a protected column.
    pub(crate) protected: &'a [Groups],
    pub(crate) smote: Option<&'a ClassMaker<'a>>,
}

impl Material<'_> {
    /// What an arm trains on; none if it makes no sense for this target: balancing a number.
    pub(crate) fn training(&self, kind: ArmKind, seed: &Seed) -> Result<Option<Training>> {
        let real = |weights| Training {
            table: self.real.clone(),
            target: self.target.to_vec(),
            weights,
            real: self.real.rows(),
        };
        let classes = self.goal.task != Task::Regression;
        Ok(match kind {
            ArmKind::Real => Some(real(None)),
            ArmKind::Both { ratio, weight } => {
                let added = ((self.real.rows() as f64 * ratio).round() as usize).min(self.synthetic.rows());
                let ratios = self.density_ratios.map(|ratios| &ratios[..added]);
                let weights = weights(self.real.rows(), added, weight, ratios);
                Some(self.with(self.synthetic, self.synthetic_target, added, weights)?)
            }
            ArmKind::Synthetic => {
                let rows = self.real.rows().min(self.synthetic.rows());
                Some(Training {
                    table: self.synthetic.take(&(0..rows as u32).collect::<Vec<_>>()),
                    target: self.synthetic_target[..rows].to_vec(),
                    weights: None,
                    real: 0,
                })
            }
            ArmKind::ClassWeights if classes => Some(real(Some(self.class_weights()))),
            ArmKind::Oversampled if classes => {
                let mut rows: Vec<u32> = (0..self.real.rows() as u32).collect();
                let mut stream = seed.derive("oversampling").stream(0, 0);
                for (class, missing) in self.missing() {
                    let own: Vec<u32> = (0..self.real.rows() as u32)
                        .filter(|&row| self.target[row as usize] as usize == class)
                        .collect();
                    rows.extend((0..missing).map(|_| own[stream.below(own.len() as u64) as usize]));
                }
                Some(Training {
                    table: self.real.take(&rows),
                    target: rows.iter().map(|&row| self.target[row as usize]).collect(),
                    weights: None,
                    real: self.real.rows(),
                })
            }
            ArmKind::Smote if classes => match self.smote {
                Some(make) => {
                    let wanted: Vec<(String, u64)> = self
                        .missing()
                        .into_iter()
                        .filter(|(_, missing)| *missing > 0)
                        .map(|(class, missing)| (self.goal.classes[class].clone(), missing))
                        .collect();
                    let made = if wanted.is_empty() {
                        self.real.take(&[])
                    } else {
                        make(self.real, &wanted, &seed.derive("smote"))?
                    };
                    let (rows, target) = self.goal.rows(&made);
                    let added = rows.len();
                    Some(self.with(&made.take(&rows), &target, added, None)?)
                }
                None => None,
            },
            ArmKind::Reweighed if classes && !self.protected.is_empty() => Some(real(Some(self.reweighed()))),
            _ => None,
        })
    }

    /// The real rows with the first `added` of others behind them.
    fn with(&self, others: &Table, target: &[f64], added: usize, weights: Option<Vec<f64>>) -> Result<Training> {
        let mut table = self.real.clone();
        table.append(&others.take(&(0..added as u32).collect::<Vec<_>>()))?;
        Ok(Training {
            table,
            target: [self.target, &target[..added]].concat(),
            weights,
            real: self.real.rows(),
        })
    }

    fn counts(&self) -> BTreeMap<usize, u64> {
        let mut counts = BTreeMap::new();
        for &y in self.target {
            *counts.entry(y as usize).or_insert(0) += 1;
        }
        counts
    }

    /// For every class, how many rows it has fewer than the largest.
    fn missing(&self) -> Vec<(usize, u64)> {
        let counts = self.counts();
        let most = counts.values().copied().max().unwrap_or(0);
        counts.into_iter().map(|(class, count)| (class, most - count)).collect()
    }

    fn class_weights(&self) -> Vec<f64> {
        let counts = self.counts();
        let share = self.target.len() as f64 / counts.len().max(1) as f64;
        self.target
            .iter()
            .map(|&y| share / counts[&(y as usize)] as f64)
            .collect()
    }

    /// P(group) P(class) / P(group and class), the groups being combinations of the protected columns.
    fn reweighed(&self) -> Vec<f64> {
        let group = |row: usize| -> Vec<usize> { self.protected.iter().map(|groups| groups.of()[row]).collect() };
        let groups: Vec<Vec<usize>> = (0..self.real.rows()).map(group).collect();
        let mut cells: BTreeMap<(&[usize], usize), f64> = BTreeMap::new();
        let mut of_group: BTreeMap<&[usize], f64> = BTreeMap::new();
        for (group, &y) in groups.iter().zip(self.target) {
            *cells.entry((group, y as usize)).or_insert(0.0) += 1.0;
            *of_group.entry(group).or_insert(0.0) += 1.0;
        }
        let counts = self.counts();
        let rows = self.target.len() as f64;
        groups
            .iter()
            .zip(self.target)
            .map(|(group, &y)| {
                of_group[&group[..]] * counts[&(y as usize)] as f64 / (rows * cells[&(&group[..], y as usize)])
            })
            .collect()
    }
}
