//! The arms, and the marks that stand for them in every chart.

use crate::charts::Marker;
use crate::figures::{count, figure};
use plenish_evaluate::{Arm, ArmKind, BOTH, CrossArm, REAL};
use plenish_learn::metrics::RecalibrationMethod;

/// One arm as the key and the table of arms show it.
pub(crate) struct ArmRow<'a> {
    pub(crate) name: &'a str,
    pub(crate) mark: &'static str,
    pub(crate) rows: String,
    pub(crate) ratio: String,
    pub(crate) weight: String,
    /// How its probabilities are recalibrated.
    pub(crate) recalibration: &'static str,
}

/// The thresholds of an arm whose groups have their own.
pub(crate) struct Thresholds<'a> {
    pub(crate) arm: &'a str,
    /// What they make alike.
    pub(crate) parity: String,
    /// The protected columns.
    pub(crate) columns: String,
    /// Group and threshold; the others last.
    pub(crate) rows: Vec<(String, String)>,
}

/// The arms on the locked test.
#[derive(Clone, Copy)]
pub(crate) struct Arms<'a>(pub(crate) &'a [Arm]);

impl<'a> Arms<'a> {
    /// The mark of the arm at a place.
    pub(crate) fn marker(self, place: usize) -> Marker {
        match self.0.get(place).map(|arm| arm.ratio) {
            _ if place == 0 => Marker::Real,
            Some(Some(0.0)) => Marker::Free,
            Some(Some(_)) => Marker::Both,
            _ => Marker::Synthetic,
        }
    }

    /// The mark of the arm with this name.
    pub(crate) fn named(self, name: &str) -> Marker {
        let place = self.0.iter().position(|arm| arm.name == name);
        self.marker(place.unwrap_or(usize::MAX))
    }

    /// The arm of real rows that is treated as both together are, if they are.
    pub(crate) fn treated_alike(self) -> Option<&'a str> {
        let both = self.0.iter().find(|arm| arm.name == BOTH)?;
        Some(&both.compared_with[..]).filter(|name| !name.is_empty() && *name != REAL)
    }

    /// The thresholds of those arms whose groups have their own.
    pub(crate) fn thresholds(self) -> Vec<Thresholds<'a>> {
        let of = |arm: &'a Arm| {
            let own = arm.thresholds.as_ref()?;
            let rows = own.groups.iter().map(|of| (of.group.join(" & "), figure(of.threshold)));
            Some(Thresholds {
                arm: &arm.name,
                parity: own.parity.to_string(),
                columns: own.columns.join(" & "),
                rows: rows.chain([("all others".to_owned(), figure(own.others))]).collect(),
            })
        };
        self.0.iter().filter_map(of).collect()
    }

    pub(crate) fn rows(self) -> Vec<ArmRow<'a>> {
        let row = |(place, arm): (usize, &'a Arm)| ArmRow {
            name: &arm.name,
            mark: match self.marker(place) {
                Marker::Real => "real",
                Marker::Free => "free",
                Marker::Both => "both",
                Marker::Synthetic => "synthetic",
            },
            rows: count(arm.rows),
            ratio: arm
                .ratio
                .map_or_else(|| "no real rows".to_owned(), |r| format!("{r:.2}")),
            weight: format!("{:.2}", arm.weight),
            recalibration: match arm.recalibration {
                None => "none",
                Some(RecalibrationMethod::Isotonic) => "isotonic",
                Some(RecalibrationMethod::Platt) => "Platt",
            },
        };
        self.0.iter().enumerate().map(row).collect()
    }
}

/// The mark of an arm in folds.
pub(crate) fn cross_marker(place: usize, arm: &CrossArm) -> Marker {
    match arm.spec.kind {
        ArmKind::Both { .. } => Marker::Both,
        ArmKind::Synthetic => Marker::Synthetic,
        _ if place == 0 => Marker::Real,
        _ => Marker::Free,
    }
}
