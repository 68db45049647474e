//! An experiment with a little of everything that a report shows.

use plenish_evaluate::{
    Arm, ArmKind, ArmSpec, ArmThresholds, CrossArm, CrossMetric, CrossValidation, Experiment, Fairness, FairnessGap,
    FairnessGroup, FairnessMetric, FamilyFairness, Front, FrontPoint, GroupThreshold, GroupValue, Interval, Judgement,
    LearnerArm, LearnerChange, LearnerOutcome, MetricValue, NotJudged, Reliability, ShiftArm, ShiftOutcome, Slice,
};
use plenish_learn::metrics::{
    BrierDecomposition, Cut, GroupParity, OperatingPoint, RecalibrationMethod, ReliabilityPoint,
};

const ARMS: [&str; 3] = ["real", "real + synthetic", "synthetic"];

pub(crate) fn at(value: f64) -> Interval {
    Interval {
        value,
        low: value - 0.01,
        high: value + 0.01,
    }
}

/// The experiment; its protected column and the values of that have these names.
pub(crate) fn trial(column: &str, values: [&str; 3]) -> Experiment {
    Experiment {
        target: "ill".to_owned(),
        task: "binary".to_owned(),
        positive: Some("true".to_owned()),
        test_rows: 100,
        left_out: 2,
        metric: "roc_auc".to_owned(),
        operating_point: OperatingPoint::SelectionRate(0.2),
        trainings: 10,
        arms: arms(column),
        learners: learners(),
        fairness: (0..3).map(|place| fairness(place, column, values)).collect(),
        reliability: (0..3).map(reliability).collect(),
        shifts: shifts(column, values),
        slices: slices(column, values),
        asked: asked(column, values),
        folds: Some(folds(column)),
    }
}

/// The same with more groups, slices, shifts and arms than a page can show.
pub(crate) fn many(mut of: Experiment) -> Experiment {
    let numbered = |name: &str, i: usize| format!("{name} {i}");
    for arm in &mut of.fairness {
        let family = arm.families[0].clone();
        let group = family.groups[0].clone();
        arm.families = (0..40)
            .map(|i| FamilyFairness {
                name: numbered(&family.name, i),
                groups: (0..200)
                    .map(|k| FairnessGroup {
                        name: numbered(&group.name, k),
                        rows: 1000 - k,
                        ..group.clone()
                    })
                    .collect(),
                ..family.clone()
            })
            .collect();
    }
    of.slices = (0..300)
        .map(|i| Slice {
            value: numbered("value", i),
            ..of.slices[0].clone()
        })
        .collect();
    of.shifts = (0..100)
        .map(|i| ShiftOutcome {
            about: numbered("The test rows were changed in some way that takes long to tell:", i),
            ..of.shifts[0].clone()
        })
        .collect();
    if let Some(folds) = &mut of.folds {
        folds.arms = (0..100)
            .map(|i| CrossArm {
                name: numbered("arm", i),
                ..folds.arms[2].clone()
            })
            .collect();
        folds.front.points = (0..100)
            .map(|i| FrontPoint {
                arm: numbered("arm", i),
                metric: 0.9 + i as f64 / 1e4,
                ..folds.front.points[2].clone()
            })
            .collect();
    }
    of
}

fn metric(value: f64) -> Vec<MetricValue> {
    vec![MetricValue {
        name: "roc_auc".to_owned(),
        higher_is_better: true,
        value: at(value),
    }]
}

fn arms(column: &str) -> Vec<Arm> {
    let arm = |name: &str, ratio, value, against: Vec<MetricValue>| Arm {
        name: name.to_owned(),
        rows: 300,
        ratio,
        weight: 1.0,
        recalibration: ratio
            .is_some_and(|ratio| ratio > 0.0)
            .then_some(RecalibrationMethod::Platt),
        compared_with: if name == ARMS[0] {
            String::new()
        } else {
            ARMS[0].to_owned()
        },
        thresholds: ratio.is_some_and(|ratio| ratio > 0.0).then(|| ArmThresholds {
            parity: GroupParity::EqualizedOdds(0.02),
            columns: vec![column.to_owned()],
            groups: vec![GroupThreshold {
                group: vec!["north".to_owned()],
                threshold: 0.41,
            }],
            others: 0.5,
        }),
        metrics: metric(value),
        against_real: against,
        groups: ["north", "south"]
            .iter()
            .enumerate()
            .map(|(i, name)| GroupValue {
                column: column.to_owned(),
                group: (*name).to_owned(),
                rows: 60 >> (4 * i),
                selection_rate: Some(at(0.3)),
                recall: (i == 0).then(|| at(0.7)),
            })
            .collect(),
    };
    vec![
        arm(ARMS[0], Some(0.0), 0.9, Vec::new()),
        arm(ARMS[1], Some(0.67), 0.905, metric(0.005)),
        arm(ARMS[2], None, 0.85, metric(-0.05)),
    ]
}

fn learners() -> Vec<LearnerOutcome> {
    let outcome = |name: &str, change: f64, agrees| LearnerOutcome {
        learner: name.to_owned(),
        arms: ARMS
            .iter()
            .enumerate()
            .map(|(i, arm)| LearnerArm {
                arm: (*arm).to_owned(),
                value: Some(at(0.9 + change * i as f64)),
                against_real: (i > 0).then(|| at(change * i as f64)),
            })
            .collect(),
        agrees,
    };
    vec![
        outcome("boosted", 0.02, true),
        outcome("forest", 0.015, true),
        outcome("<my> learner", -0.01, false),
    ]
}

fn judged(value: Option<f64>) -> Judgement {
    value.map_or(
        Judgement::NotJudged(NotJudged::TooFewRows { found: 3, needed: 30 }),
        |value| Judgement::Value(at(value)),
    )
}

fn fairness(place: usize, column: &str, values: [&str; 3]) -> Fairness {
    let move_by = place as f64 * 0.02;
    let against = |value: Option<f64>| (place > 0).then(|| judged(value.map(|_| move_by)));
    let group = |name: &str, rows: usize| FairnessGroup {
        name: name.to_owned(),
        rows,
        positives: rows / 4,
        share: Some(rows as f64 / 100.0),
        metrics: ["selection_rate", "recall", "calibration_bias"]
            .iter()
            .map(|metric| {
                let value = (rows >= 30).then_some(0.3 + move_by);
                FairnessMetric {
                    name: (*metric).to_owned(),
                    higher_is_better: None,
                    value: judged(value),
                    against_first: against(value),
                }
            })
            .collect(),
    };
    let family = |columns: &[&str], value: Option<f64>| FamilyFairness {
        name: columns.join(" & "),
        columns: columns.iter().map(|c| (*c).to_owned()).collect(),
        groups: values.iter().zip([60, 37, 3]).map(|(v, rows)| group(v, rows)).collect(),
        gaps: [
            ("demographic_parity_difference", false, value),
            ("demographic_parity_ratio", true, value.map(|v| 0.9 - v)),
            ("equalized_odds_difference", false, None),
            ("worst_group_accuracy", true, value.map(|v| 0.8 - v)),
        ]
        .map(|(name, higher_is_better, value)| FairnessGap {
            name: name.to_owned(),
            higher_is_better,
            value: judged(value),
            against_first: against(value),
            groups: 2,
            left_out: 1,
            between: if value.is_some() {
                vec![values[0].to_owned(), values[1].to_owned()]
            } else {
                Vec::new()
            },
        })
        .to_vec(),
    };
    Fairness {
        arm: ARMS[place].to_owned(),
        operating_point: OperatingPoint::SelectionRate(0.2),
        cut: Some(Cut::at(0.4)),
        replicates: 200,
        families: vec![
            family(&[column], Some(0.1 + move_by)),
            family(&[column, "ward"], Some(0.2 + move_by)),
        ],
    }
}

fn reliability(place: usize) -> Reliability {
    let parts = BrierDecomposition {
        reliability: 0.002,
        resolution: 0.08,
        uncertainty: 0.19,
        within_bins: 0.0001,
    };
    Reliability {
        arm: ARMS[place].to_owned(),
        curve: [0.1, 0.4, 0.8]
            .map(|predicted| ReliabilityPoint {
                from: predicted - 0.05,
                to: predicted + 0.05,
                predicted,
                observed: predicted + 0.06 * place as f64,
                low: predicted + 0.06 * place as f64 - 0.05,
                high: predicted + 0.06 * place as f64 + 0.05,
                rows: 33,
                share: 1.0 / 3.0,
            })
            .to_vec(),
        decomposition: Some(parts),
        isotonic: (place == 0).then_some(parts),
    }
}

fn shifts(column: &str, values: [&str; 3]) -> Vec<ShiftOutcome> {
    let shift = |kind: &str, about: String, change: f64| ShiftOutcome {
        kind: kind.to_owned(),
        about,
        arms: ARMS
            .iter()
            .enumerate()
            .map(|(i, arm)| ShiftArm {
                arm: (*arm).to_owned(),
                value: 0.9 - change + 0.02 * i as f64,
                change: -change,
                against_real: (i > 0).then(|| at(0.02 * i as f64)),
            })
            .collect(),
    };
    vec![
        shift(
            "noise",
            "Normal noise of 0.1 standard deviations on every number.".to_owned(),
            0.03,
        ),
        shift(
            "category",
            format!(
                "The commonest value of '{column}', '{}' (60 rows), no longer recorded: missing there.",
                values[0]
            ),
            0.01,
        ),
    ]
}

fn slices(column: &str, values: [&str; 3]) -> Vec<Slice> {
    let slice = |value: &str, change: f64, p_adjusted| Slice {
        column: column.to_owned(),
        value: value.to_owned(),
        rows: 60,
        before: 0.41,
        after: 0.41 + change,
        change: at(change),
        p_adjusted,
    };
    vec![
        slice(values[0], -0.04, 0.0002),
        slice(values[1], 0.03, 0.021),
        slice(values[2], 0.002, 0.7),
    ]
}

/// The test rows of the first two lines of `planned::planned`.
fn asked(column: &str, values: [&str; 3]) -> Vec<Slice> {
    let slices = slices(column, values).into_iter().take(2);
    let asked = |slice: Slice| Slice {
        value: crate::planned::condition(&slice.column, &slice.value),
        column: String::new(),
        ..slice
    };
    slices.map(asked).collect()
}

fn folds(column: &str) -> CrossValidation {
    let measured = |name: &str, value: f64| CrossMetric {
        name: name.to_owned(),
        higher_is_better: name == "roc_auc",
        value: at(value),
    };
    let arm = |kind: ArmKind, change: f64| CrossArm {
        name: kind.name(),
        spec: ArmSpec::from(kind),
        metrics: vec![
            measured("roc_auc", 0.9 + change),
            measured("calibration_error", 0.03 - change),
        ],
        against_real: if kind == ArmKind::Real {
            Vec::new()
        } else {
            vec![measured("roc_auc", change), measured("calibration_error", -change)]
        },
        p: Some(0.01),
        p_adjusted: (kind != ArmKind::Real).then_some(0.03),
        against_free: kind.is_synthetic().then(|| measured("roc_auc", change - 0.005)),
        by_learner: if kind.is_synthetic() {
            vec![LearnerChange {
                learner: "logistic".to_owned(),
                against_real: measured("roc_auc", -0.002),
                agrees: false,
            }]
        } else {
            Vec::new()
        },
    };
    let arms = vec![
        arm(ArmKind::Real, 0.0),
        arm(ArmKind::Smote, 0.005),
        arm(
            ArmKind::Both {
                ratio: 1.0,
                weight: 1.0,
            },
            0.02,
        ),
        arm(ArmKind::Synthetic, -0.05),
    ];
    let points = arms.iter().enumerate().map(|(place, arm)| FrontPoint {
        arm: arm.name.clone(),
        share: arm.spec.share(),
        metric: arm.metrics[0].value.value,
        calibration_error: Some(arm.metrics[1].value.value),
        group_gap: (place != 1).then_some(0.1 + place as f64 / 50.0),
        wrong: (place != 1).then_some(0.14),
        on_front: place != 3,
        breaks: if place == 3 {
            vec!["has a share of synthetic rows of 1.000, above 0.6".to_owned()]
        } else {
            Vec::new()
        },
    });
    CrossValidation {
        metric: "roc_auc".to_owned(),
        folds: 2,
        repeats: 3,
        planned: 5,
        best_free: arms[1].name.clone(),
        best: Some(arms[2].name.clone()),
        front: Front {
            points: points.collect(),
            chosen: Some(arms[2].name.clone()),
            why: format!(
                "'{}' has the best roc_auc; groups of {column} were looked at.",
                arms[2].name
            ),
        },
        arms,
    }
}
