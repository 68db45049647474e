//! What arms trade for what: the Pareto front over the metric that decides, calibration, the gap between groups,
//! the share of synthetic rows and, with thresholds by group, wrong decisions.

use super::results::CrossArm;
use crate::cross_validation::ArmKind;
use serde::{Deserialize, Serialize};

/// What an arm has to keep to be chosen; nothing where none is stated.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ChoiceLimits {
    /// The share of synthetic rows in the weight of all rows, at most.
    pub synthetic_share: Option<f64>,
    /// The calibration error, at most.
    pub calibration_error: Option<f64>,
    /// The equalised odds difference, at most.
    pub equalized_odds: Option<f64>,
    /// The lowest selection rate of a protected group over the highest, at least.
    pub disparate_impact: Option<f64>,
}

/// Every arm with what it reaches and costs, and which of them no other beats in everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Front {
    /// The arms, in their order.
    pub points: Vec<FrontPoint>,
    /// The arm that was chosen; none if none with synthetic rows keeps the limits.
    pub chosen: Option<String>,
    /// Why, in a sentence.
    pub why: String,
}

/// One arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrontPoint {
    /// The arm.
    pub arm: String,
    /// The share of synthetic rows in the weight of all.
    pub share: f64,
    /// The mean over folds of the metric that decides.
    pub metric: f64,
    /// The same of the calibration error; none for numbers.
    pub calibration_error: Option<f64>,
    /// The same of the equalised odds difference; none without protected columns, or if too few rows could be
    /// judged.
    pub group_gap: Option<f64>,
    /// The mean share of rows that are decided wrongly, where groups of some arm have thresholds of their own: those cost
    /// decisions and leave the ranking as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong: Option<f64>,
    /// Whether no other arm is at least as good in everything and better in something.
    pub on_front: bool,
    /// Which limits it breaks, in words; empty if it could be chosen.
    pub breaks: Vec<String>,
}

impl FrontPoint {
    /// Everything that is better if it is less.
    fn costs(&self, sign: f64) -> [f64; 5] {
        let or_none = |value: Option<f64>| value.unwrap_or(0.0);
        [
            -sign * self.metric,
            or_none(self.calibration_error),
            or_none(self.group_gap),
            self.share,
            or_none(self.wrong),
        ]
    }
}

impl Front {
    /// The points of `arms`, none of them chosen yet.
    pub(super) fn new(arms: &[CrossArm], limits: &ChoiceLimits) -> Self {
        let sign = arms
            .first()
            .and_then(|arm| arm.metrics.first())
            .map_or(1.0, |m| if m.higher_is_better { 1.0 } else { -1.0 });
        let decided = arms.iter().any(|arm| arm.spec.group_thresholds.is_some());
        let mut points: Vec<FrontPoint> = arms.iter().map(|arm| point(arm, limits, decided)).collect();
        let costs: Vec<[f64; 5]> = points.iter().map(|p| p.costs(sign)).collect();
        for (place, own) in points.iter_mut().enumerate() {
            own.on_front = !costs.iter().any(|other| dominates(other, &costs[place]));
        }
        Self {
            points,
            chosen: None,
            why: String::new(),
        }
    }

    /// Whether the arm at `place` keeps the limits.
    pub(super) fn keeps(&self, place: usize) -> bool {
        self.points[place].breaks.is_empty()
    }

    /// Says which arm was chosen, and why.
    pub(super) fn choose(&mut self, chosen: Option<usize>, arms: &[CrossArm], metric: &str) {
        let with: Vec<&FrontPoint> = arms
            .iter()
            .zip(&self.points)
            .filter(|(arm, _)| matches!(arm.spec.kind, ArmKind::Both { .. }))
            .map(|(_, point)| point)
            .collect();
        let kept = with.iter().filter(|point| point.breaks.is_empty()).count();
        self.why = match chosen.map(|place| &self.points[place]) {
            None if with.is_empty() => "No arm with synthetic rows beside the real ones was compared.".to_owned(),
            None => format!(
                "None of the {} arms with synthetic rows beside the real ones keeps the limits of the criteria: {}.",
                with.len(),
                with.iter()
                    .flat_map(|point| point.breaks.iter().map(move |b| format!("'{}' {b}", point.arm)))
                    .take(3)
                    .collect::<Vec<_>>()
                    .join("; ")
            ),
            Some(point) => format!(
                "'{}' has the best {metric} of the {} with synthetic rows beside the real ones{}; {}.",
                point.arm,
                if kept == 1 {
                    "one arm".to_owned()
                } else {
                    format!("{kept} arms")
                },
                if kept == with.len() {
                    " (all keep the limits of the criteria)".to_owned()
                } else {
                    format!(
                        " that {} the limits of the criteria, of {}",
                        if kept == 1 { "keeps" } else { "keep" },
                        with.len()
                    )
                },
                if point.on_front {
                    "no arm is better in everything"
                } else {
                    "another arm is at least as good in everything"
                }
            ),
        };
        self.chosen = chosen.map(|place| self.points[place].arm.clone());
    }
}

fn point(arm: &CrossArm, limits: &ChoiceLimits, decided: bool) -> FrontPoint {
    let of = |name: &str| {
        let metric = arm.metrics.iter().find(|m| m.name == name)?;
        metric.value.value.is_finite().then_some(metric.value.value)
    };
    let share = arm.spec.share();
    let (calibration_error, group_gap) = (of("calibration_error"), of("equalized_odds_difference"));
    let wrong = of("accuracy").filter(|_| decided).map(|accuracy| 1.0 - accuracy);
    let impact = of("demographic_parity_ratio")
        .zip(limits.disparate_impact)
        .filter(|(value, limit)| value < limit)
        .map(|(value, limit)| format!("has a disparate impact of {value:.3}, below {limit}"));
    let breaks = [
        ("a share of synthetic rows", Some(share), limits.synthetic_share),
        ("a calibration error", calibration_error, limits.calibration_error),
        ("an equalised odds difference", group_gap, limits.equalized_odds),
    ];
    FrontPoint {
        arm: arm.name.clone(),
        share,
        metric: arm.metrics.first().map_or(f64::NAN, |m| m.value.value),
        calibration_error,
        group_gap,
        wrong,
        on_front: false,
        breaks: breaks
            .into_iter()
            .filter_map(|(what, value, limit)| {
                let (value, limit) = (value?, limit?);
                (value > limit).then(|| format!("has {what} of {value:.3}, above {limit}"))
            })
            .chain(impact)
            .collect(),
    }
}

/// Whether `a` is at least as good as `b` in everything and better in something.
fn dominates(a: &[f64; 5], b: &[f64; 5]) -> bool {
    a.iter().zip(b).all(|(a, b)| a <= b) && a.iter().zip(b).any(|(a, b)| a < b)
}

#[cfg(test)]
mod tests {
    use super::dominates;

    #[test]
    fn an_equal_point_does_not_dominate() {
        assert!(dominates(&[0.0, 0.0, 0.0, 1.0, 0.0], &[0.0, 0.0, 0.1, 1.0, 0.0]));
        assert!(!dominates(&[0.0, 0.0, 0.1, 1.0, 0.0], &[0.0, 0.0, 0.1, 1.0, 0.0]));
        assert!(!dominates(&[0.0, 0.0, 0.0, 1.0, 0.0], &[0.0, 0.0, 0.1, 0.9, 0.0]));
    }
}
