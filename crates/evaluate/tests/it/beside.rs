//! What an experiment shows beside its metrics: learners, groups, calibration, shifts, slices, and what the training
//! itself varies by.

use crate::adult::{block, with_column};
use plenish_evaluate::{
    Augmentation, BOTH, Criteria, Decision, Experiment, Purpose, Question, REAL, SYNTHETIC, TRAININGS, experiment,
    experiment_gates, judge_experiment,
};
use plenish_learn::metrics::{GroupParity, OperatingPoint, RecalibrationMethod};
use plenish_table::{Column, Context, Result, Seed, Table};

fn question() -> Question {
    Question::new("income", &["sex".to_owned(), "race".to_owned()])
}

fn run(train: &Table, test: &Table, synthetic: &Table, question: &Question, how: Augmentation) -> Result<Experiment> {
    experiment(train, test, synthetic, question, how, &Seed::new(5), &Context::silent())
}

fn metric(experiment: &Experiment, arm: &str, name: &str) -> f64 {
    let arm = experiment.arms.iter().find(|a| a.name == arm).unwrap();
    arm.metrics.iter().find(|m| m.name == name).unwrap().value.value
}

#[test]
fn everything_beside_the_metrics_is_there_and_adds_up() {
    let (train, test, fresh) = (block(3000, 0), block(4000, 1), block(3000, 2));
    let result = run(&train, &test, &fresh, &question(), Augmentation::default()).unwrap();
    let learners: Vec<&str> = result.learners.iter().map(|l| &l.learner[..]).collect();
    assert_eq!(learners, ["boosted", "forest", "logistic"]);
    for learner in &result.learners {
        assert_eq!(learner.arms.len(), 3);
        let auc = learner.arms[0].value.unwrap().value;
        assert!((0.85..0.94).contains(&auc), "{}: {auc}", learner.learner);
        assert!(learner.agrees, "twice the rows help every learner: {learner:?}");
    }
    // Groups: each protected column, and the two together.
    let families: Vec<&str> = result.fairness[0].families.iter().map(|f| &f.name[..]).collect();
    assert_eq!(families, ["sex", "race", "sex & race"]);
    let gap = |arm: usize, name: &str| {
        let gaps = &result.fairness[arm].families[0].gaps;
        gaps.iter()
            .find(|g| g.name == name)
            .unwrap()
            .value
            .value()
            .unwrap()
            .value
    };
    // The metric of the arm is the worst column's; sex alone cannot be larger.
    assert!(gap(0, "equalized_odds_difference") <= metric(&result, REAL, "equalized_odds_difference") + 1e-12);
    // The metrics of the arms and the measures of groups are two ways to the same figures: those of the worst column.
    for (name, most) in [
        ("demographic_parity_difference", true),
        ("equalized_odds_difference", true),
        ("worst_group_accuracy", false),
    ] {
        for fairness in &result.fairness {
            let columns = fairness.families.iter().filter(|family| family.columns.len() == 1);
            let values = columns.filter_map(|family| {
                let gap = family.gaps.iter().find(|g| g.name == name)?;
                Some(gap.value.value()?.value)
            });
            let worst = values.reduce(|a, b| if most { a.max(b) } else { a.min(b) }).unwrap();
            let own = metric(&result, &fairness.arm, name);
            assert!((worst - own).abs() < 1e-9, "{name} of {}: {worst}, {own}", fairness.arm);
        }
    }
    // Calibration: the curve's bins hold all test rows, the decomposition is the Brier score.
    for reliability in &result.reliability {
        assert_eq!(reliability.curve.iter().map(|p| p.rows).sum::<usize>(), 4000);
        let brier = metric(&result, &reliability.arm, "brier");
        assert!((reliability.decomposition.unwrap().brier() - brier).abs() < 1e-12);
        assert!((reliability.isotonic.unwrap().brier() - brier).abs() < 1e-12);
    }
    // Shifts: noise and holes cost something, and more of them more.
    let of = |kind: &str| -> Vec<f64> {
        let shifts = result.shifts.iter().filter(|s| s.kind == kind);
        shifts.map(|s| s.arms[0].change).collect()
    };
    assert!(
        of("noise")[1] < of("noise")[0] && of("noise")[0] < 0.0,
        "{:?}",
        of("noise")
    );
    assert!(
        of("missing")[1] < of("missing")[0] && of("missing")[0] < 0.0,
        "{:?}",
        of("missing")
    );
    assert_eq!((of("groups").len(), of("category").len()), (2, 3));
    // Slices of a column hold its rows, and their losses average to the log loss.
    let sex: Vec<_> = result.slices.iter().filter(|s| s.column == "sex").collect();
    if sex.len() == 2 {
        let sum: f64 = sex.iter().map(|s| s.before * s.rows as f64).sum();
        assert!((sum / 4000.0 - metric(&result, REAL, "log_loss")).abs() < 1e-9);
    }
    assert!(!result.slices.is_empty() && result.slices.len() <= 40);
    assert!(
        result
            .slices
            .iter()
            .all(|s| s.change.low <= s.change.value && s.rows >= 50)
    );
}

/// Rows that were merely drawn again must not help: with trainings on parts of the rows the interval knows that.
#[test]
fn rows_drawn_again_are_not_called_a_benefit() {
    let test = block(4000, 5);
    let mut called = (0, 0);
    let seeds = 12;
    for seed in 0..seeds {
        let train = block(800, seed as usize);
        let mut stream = Seed::new(seed).stream(0, 0);
        let rows: Vec<u32> = (0..800).map(|_| stream.below(800) as u32).collect();
        let again = train.take(&rows);
        let alone = Question::new("income", &[])
            .with_learners(&["boosted".to_owned()])
            .unwrap();
        let benefit = |trainings| {
            let how = Augmentation {
                trainings,
                ..Augmentation::default()
            };
            let result = run(&train, &test, &again, &alone, how).unwrap();
            judge_experiment(&result, &Criteria::default()).verdict == Decision::Accept
        };
        called.0 += u32::from(benefit(TRAININGS));
        called.1 += u32::from(benefit(0));
    }
    assert!(called.0 <= 1, "{called:?} of {seeds}");
}

#[test]
fn margins_and_groups_are_gates_if_the_criteria_ask() {
    let (train, test, fresh) = (block(1500, 0), block(1500, 1), block(1500, 2));
    let result = run(&train, &test, &fresh, &question(), Augmentation::default()).unwrap();
    let closed = |criteria: &Criteria| -> Vec<String> {
        let gates = experiment_gates(Purpose::Publish, &result, criteria);
        gates.into_iter().filter(|g| !g.passed).map(|g| g.name).collect()
    };
    assert!(closed(&Criteria::default()).is_empty());
    let strict = Criteria {
        auc_loss: Some(0.0001),
        strict_margins: true,
        ..Criteria::default()
    };
    assert_eq!(closed(&strict), ["auc_loss"]);
    let all = Criteria {
        calibration_error: Some(0.0),
        equalized_odds: Some(0.0),
        disparate_impact: Some(1.0),
        worst_group_accuracy: Some(1.0),
        ..Criteria::default()
    };
    assert_eq!(
        closed(&all),
        [
            "calibration_error",
            "equalized_odds",
            "disparate_impact",
            "worst_group_accuracy"
        ]
    );
    // What was asked for and cannot be judged does not pass.
    let one = with_column(&test, "sex", |column| {
        let Column::Text(text) = column else { panic!() };
        let first = text.codes[0];
        text.codes.fill(first);
    });
    let alone = Question::new("income", &["sex".to_owned()]);
    let result = run(&train, &one, &fresh, &alone, Augmentation::default()).unwrap();
    let gates = experiment_gates(Purpose::Publish, &result, &all);
    let gate = gates.iter().find(|g| g.name == "disparate_impact").unwrap();
    assert!(
        !gate.passed && gate.question.contains("Too few rows to judge: sex"),
        "{gate:?}"
    );
}

#[test]
fn operating_point_and_recalibration_reach_the_arms() {
    let (train, test, fresh) = (block(1500, 0), block(2000, 1), block(1500, 2));
    let question = Question {
        operating_point: OperatingPoint::Recall(0.9),
        ..Question::new("income", &[])
            .with_learners(&["boosted".to_owned()])
            .unwrap()
    };
    let how = Augmentation {
        weight: 1.0,
        recalibration: Some(RecalibrationMethod::Platt),
        ..Augmentation::default()
    };
    let result = run(&train, &test, &fresh, &question, how).unwrap();
    for arm in [REAL, BOTH, SYNTHETIC] {
        assert!((metric(&result, arm, "recall") - 0.9).abs() < 1e-9);
    }
    assert_eq!(result.arms[1].recalibration, Some(RecalibrationMethod::Platt));
    // Platt's curve changes probabilities and no order.
    let plain = Augmentation {
        recalibration: None,
        ..how
    };
    let plain = run(&train, &test, &fresh, &question, plain).unwrap();
    assert!((metric(&result, BOTH, "roc_auc") - metric(&plain, BOTH, "roc_auc")).abs() < 1e-9);
    assert!(metric(&result, BOTH, "brier") != metric(&plain, BOTH, "brier"));
    assert_eq!(metric(&result, REAL, "brier"), metric(&plain, REAL, "brier"));
    let impossible = Question {
        operating_point: OperatingPoint::Recall(1.5),
        ..question
    };
    let error = run(&train, &test, &fresh, &impossible, how).unwrap_err();
    assert!(error.to_string().contains("outside 0 to 1"), "{error}");
}

/// Thresholds by group bring groups together on rows that nothing was learned from, leave the ranking as it is, and are
/// told to whoever is to use them.
#[test]
fn thresholds_by_group_close_the_gap() {
    let (train, test, fresh) = (block(6000, 0), block(6000, 1), block(6000, 2));
    let sex = ["sex".to_owned()];
    let question = Question::new("income", &sex)
        .with_learners(&["boosted".to_owned()])
        .unwrap();
    let plain = run(&train, &test, &fresh, &question, Augmentation::default()).unwrap();
    let how = |parity| Augmentation {
        group_thresholds: Some(parity),
        ..Augmentation::default()
    };
    let alike = run(
        &train,
        &test,
        &fresh,
        &question,
        how(GroupParity::DemographicParity(0.01)),
    )
    .unwrap();
    for arm in [REAL, BOTH] {
        assert_eq!(metric(&plain, arm, "roc_auc"), metric(&alike, arm, "roc_auc"));
    }
    let gap = "demographic_parity_difference";
    assert_eq!(metric(&plain, REAL, gap), metric(&alike, REAL, gap));
    assert!(metric(&plain, BOTH, gap) > 0.1, "{}", metric(&plain, BOTH, gap));
    assert!(metric(&alike, BOTH, gap) < 0.05, "{}", metric(&alike, BOTH, gap));
    // The groups' own figures and the families' gaps are of the same decisions.
    let rates: Vec<f64> = alike.arms[1]
        .groups
        .iter()
        .filter_map(|group| Some(group.selection_rate?.value))
        .collect();
    assert!(
        (rates[0] - rates[1]).abs() - metric(&alike, BOTH, gap) < 1e-9,
        "{rates:?}"
    );
    let family = &alike.fairness.iter().find(|f| f.arm == BOTH).unwrap().families[0];
    let found = family
        .gaps
        .iter()
        .find(|g| g.name == gap)
        .unwrap()
        .value
        .value()
        .unwrap();
    assert!((found.value - metric(&alike, BOTH, gap)).abs() < 1e-9, "{found:?}");
    let told = alike.arms[1].thresholds.as_ref().unwrap();
    assert_eq!((&told.columns[..], told.groups.len()), (&sex[..], 2));
    assert!(alike.arms[0].thresholds.is_none());
    // What synthetic rows are credited with is the difference to real rows with thresholds of the same kind.
    let twin = "real, demographic parity within 0.01";
    assert_eq!(metric(&alike, twin, "roc_auc"), metric(&alike, REAL, "roc_auc"));
    let change = alike.arms[1].against_real.iter().find(|m| m.name == gap).unwrap();
    let rows_alone = metric(&alike, BOTH, gap) - metric(&alike, twin, gap);
    assert!((change.value.value - rows_alone).abs() < 1e-9, "{change:?}");
    assert_eq!(alike.arms[1].compared_with, twin);
    assert_eq!(
        alike.arms[1].label(),
        "real + synthetic, demographic parity within 0.01"
    );
    let verdict = plenish_evaluate::judge_experiment(&alike, &Criteria::default());
    assert!(
        verdict.reasons.iter().any(|r| r.contains("thresholds by group")),
        "{verdict:?}"
    );

    let many = Question::new("race", &sex)
        .with_learners(&["boosted".to_owned()])
        .unwrap();
    let error = run(&train, &test, &fresh, &many, how(GroupParity::EqualizedOdds(0.01))).unwrap_err();
    assert!(error.to_string().contains("two classes"), "{error}");
    let alone = Question::new("income", &[]);
    let error = run(&train, &test, &fresh, &alone, how(GroupParity::EqualizedOdds(0.01))).unwrap_err();
    assert!(error.to_string().contains("no column is protected"), "{error}");
    let error = run(&train, &test, &fresh, &question, how(GroupParity::EqualizedOdds(2.0))).unwrap_err();
    assert!(error.to_string().contains("outside 0 to 1"), "{error}");
    let rate = Question {
        operating_point: OperatingPoint::Recall(0.8),
        ..question
    };
    let error = run(&train, &test, &fresh, &rate, how(GroupParity::EqualizedOdds(0.01))).unwrap_err();
    assert!(error.to_string().contains("which is a rate"), "{error}");
}
