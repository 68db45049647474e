//! Arms in folds: right on planted cases, the same on any number of threads, clear on bad input.

use crate::adult::block;
use crate::plant::words;
use plenish_evaluate::{
    ArmKind, ArmSpec, Augmentation, ChoiceLimits, Criteria, CrossValidation, CrossValidationPlan, Decision, Makers,
    Question, cross_validate, experiment, judge_experiment,
};
use plenish_learn::metrics::GroupParity;
use plenish_table::{Context, Result, Seed, Table};

const BOTH: ArmKind = ArmKind::Both {
    ratio: 1.0,
    weight: 1.0,
};

fn plan(arms: &[ArmKind], repeats: usize) -> CrossValidationPlan {
    CrossValidationPlan {
        arms: arms.iter().map(|&kind| kind.into()).collect(),
        folds: 2,
        repeats,
        benefit: 0.0,
        stop_early: true,
        density_ratio: false,
        limits: ChoiceLimits::default(),
    }
}

fn question() -> Question {
    Question::new("income", &["sex".to_owned()])
}

type Make = dyn Fn(&Table, u64, &Seed) -> Result<Table> + Sync;

fn compare(train: &Table, plan: &CrossValidationPlan, make: &Make, seed: u64) -> Result<CrossValidation> {
    let makers = Makers {
        generator: make,
        smote: None,
    };
    let (seed, cx) = (Seed::new(seed), Context::silent());
    cross_validate(train, &question(), plan, makers, &seed, &cx)
}

/// Rows of the table itself, drawn again.
#[expect(clippy::unnecessary_wraps, reason = "it is a maker, and makers may fail")]
fn resample(real: &Table, rows: u64, seed: &Seed) -> Result<Table> {
    let mut stream = seed.stream(0, 0);
    let rows: Vec<u32> = (0..rows).map(|_| stream.below(real.rows() as u64) as u32).collect();
    Ok(real.take(&rows))
}

/// The same with targets of other rows.
fn noise(real: &Table, rows: u64, seed: &Seed) -> Result<Table> {
    let (a, b) = (
        resample(real, rows, &seed.child(1))?,
        resample(real, rows, &seed.child(2))?,
    );
    let target = real.schema().require("income")?;
    let mut columns = a.columns().to_vec();
    columns[target] = b.column(target).clone();
    Table::new(real.shared_schema(), columns)
}

fn verdict(train: &Table, test: &Table, make: &Make, seed: u64) -> (Decision, Vec<String>) {
    let folds = compare(
        train,
        &plan(&[BOTH, ArmKind::Oversampled, ArmKind::ClassWeights], 5),
        make,
        seed,
    )
    .unwrap();
    let synthetic = make(train, train.rows() as u64, &Seed::new(seed)).unwrap();
    let mut result = experiment(
        train,
        test,
        &synthetic,
        &Question::new("income", &[]),
        Augmentation {
            trainings: 10,
            ..Augmentation::default()
        },
        &Seed::new(seed),
        &Context::silent(),
    )
    .unwrap();
    result.folds = Some(folds);
    let verdict = judge_experiment(&result, &Criteria::default());
    (verdict.verdict, verdict.reasons)
}

/// Rows drawn again and rows with labels of others help nobody; rows the study never had do.
#[test]
fn verdicts_are_right_on_planted_cases() {
    let test = block(2000, 5);
    for seed in 0..2 {
        let train = block(1200, seed as usize);
        for make in [&resample as &Make, &noise] {
            let (decision, reasons) = verdict(&train, &test, make, seed);
            assert_eq!(decision, Decision::NoBenefit, "{reasons:?}");
        }
        let fresh = |_: &Table, rows: u64, _: &Seed| -> Result<Table> {
            let others = block(9000, 2);
            Ok(others.take(&(0..rows as u32).map(|row| row % 9000).collect::<Vec<_>>()))
        };
        let several = ArmKind::Both {
            ratio: 8.0,
            weight: 1.0,
        };
        let folds = compare(&train, &plan(&[several, ArmKind::ClassWeights], 5), &fresh, seed).unwrap();
        assert!(
            folds.arms[1].p_adjusted.unwrap() < 0.05,
            "{:?}",
            folds.arms[1].against_real[0]
        );
        assert!(folds.arms[1].against_real[0].value.low > 0.0);
        assert_eq!(folds.best.as_deref(), Some("real + 8 x synthetic"));
    }
}

/// A generator that is fitted on the rows of its own fold alone: rows that judge never reach it.
#[test]
fn makers_see_no_row_that_judges() {
    let train = block(300, 0);
    let seen = std::sync::Mutex::new(Vec::new());
    let spy = |real: &Table, rows: u64, seed: &Seed| {
        seen.lock().unwrap().push(real.rows());
        resample(real, rows, seed)
    };
    // The maker borrows, so it is not of the type above.
    let makers = Makers {
        generator: &spy,
        smote: None,
    };
    let (seed, cx) = (Seed::new(1), Context::silent());
    let plan = CrossValidationPlan {
        folds: 3,
        ..plan(&[BOTH], 2)
    };
    let result = cross_validate(&train, &question(), &plan, makers, &seed, &cx).unwrap();
    assert_eq!(*seen.lock().unwrap(), vec![200; 6]);
    assert_eq!((result.repeats, result.planned), (2, 2));
}

#[test]
fn threads_do_not_matter() {
    let train = block(400, 0);
    let arms = [
        BOTH,
        ArmKind::Synthetic,
        ArmKind::Oversampled,
        ArmKind::Reweighed,
        ArmKind::ClassWeights,
    ];
    let of = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| compare(&train, &plan(&arms, 2), &resample, 7).unwrap())
    };
    assert_eq!(of(1), of(3));
}

/// An answer that is clear ends the repeats.
#[test]
fn clear_answers_come_early() {
    let train = block(2000, 0);
    let result = compare(
        &train,
        &plan(
            &[ArmKind::Both {
                ratio: 3.0,
                weight: 3.0,
            }],
            30,
        ),
        &noise,
        1,
    )
    .unwrap();
    assert!(result.repeats < 30, "{}", result.repeats);
    assert!(result.arms[1].against_real[0].value.high < 0.0);
}

#[test]
fn bad_input_says_what_to_do() {
    let train = block(300, 0);
    let error = |plan: &CrossValidationPlan, train: &Table| compare(train, plan, &resample, 1).unwrap_err().to_string();
    for bad in [f64::NAN, 0.0, -1.0, f64::INFINITY] {
        let arms = [ArmKind::Both {
            ratio: bad,
            weight: 1.0,
        }];
        assert!(error(&plan(&arms, 1), &train).contains("above 0"));
    }
    assert!(error(&plan(&[BOTH], 0), &train).contains("repeat"));
    assert!(error(&plan(&[BOTH], 1), &block(50, 0)).contains("100"));
    let failing =
        |_: &Table, _: u64, _: &Seed| -> Result<Table> { Err(plenish_table::Error::data("the generator broke")) };
    assert!(
        compare(&train, &plan(&[BOTH], 1), &failing, 1)
            .unwrap_err()
            .to_string()
            .contains("broke")
    );
}

/// Recalibration repairs what a weight broke; the front says what each arm trades, and a limit keeps an arm from
/// being chosen, however good it is.
#[test]
fn the_front_weighs_calibration_and_share() {
    let train = block(2500, 0);
    let fresh = |_: &Table, rows: u64, _: &Seed| -> Result<Table> {
        // Positives only, as many as are asked for: a better ranking of few rows, and probabilities far too high.
        let others = block(12_000, 1);
        let target = others.schema().require("income")?;
        let positive: Vec<u32> = (0..others.rows() as u32)
            .filter(|&row| others.column(target).value(row as usize).to_string() == ">50K")
            .collect();
        Ok(others.take(&positive.iter().copied().cycle().take(rows as usize).collect::<Vec<_>>()))
    };
    let both = |ratio| ArmKind::Both { ratio, weight: 1.0 };
    let isotonic = ArmSpec {
        kind: both(1.0),
        recalibration: Some(plenish_learn::metrics::RecalibrationMethod::Isotonic),
        group_thresholds: None,
    };
    let run = |limits: ChoiceLimits| {
        let plan = CrossValidationPlan {
            arms: vec![both(0.25).into(), both(1.0).into(), isotonic],
            limits,
            ..plan(&[], 2)
        };
        compare(&train, &plan, &fresh, 3).unwrap()
    };
    let free = run(ChoiceLimits::default());
    let point = |name: &str| free.front.points.iter().find(|p| p.arm == name).unwrap().clone();
    let (plain, repaired) = (point("real + 1 x synthetic"), point("real + 1 x synthetic, isotonic"));
    assert!(plain.calibration_error.unwrap() > 0.1, "{plain:?}");
    assert!(repaired.calibration_error.unwrap() < 0.05, "{repaired:?}");
    assert!((plain.share - 0.5).abs() < 1e-12 && point("real").share == 0.0);
    assert!(free.front.points[0].on_front, "nothing has less of what is synthetic");
    assert_eq!(free.front.chosen, free.best);
    // With a limit on the share, the arms of ratio 1 cannot be chosen.
    let limited = run(ChoiceLimits {
        synthetic_share: Some(0.3),
        ..ChoiceLimits::default()
    });
    assert_eq!(limited.best.as_deref(), Some("real + 0.25 x synthetic"));
    assert!(limited.front.why.contains("keeps the limits"), "{}", limited.front.why);
    let none = run(ChoiceLimits {
        calibration_error: Some(0.0),
        ..ChoiceLimits::default()
    });
    assert_eq!(none.best, None);
    assert!(none.front.why.contains("calibration error"), "{}", none.front.why);
}

/// The metric of the question decides, and every learner is asked.
#[test]
fn another_metric_decides_if_the_question_says_so() {
    let train = block(1500, 0);
    let question = Question {
        metric: Some("worst_group_accuracy".to_owned()),
        ..question()
    };
    let makers = Makers {
        generator: &resample,
        smote: None,
    };
    let (seed, cx) = (Seed::new(1), Context::silent());
    let result = cross_validate(&train, &question, &plan(&[BOTH], 2), makers, &seed, &cx).unwrap();
    assert_eq!(result.metric, "worst_group_accuracy");
    assert_eq!(result.arms[0].metrics[0].name, "worst_group_accuracy");
    let learners: Vec<&str> = result.arms[1].by_learner.iter().map(|l| &l.learner[..]).collect();
    assert_eq!(learners, ["forest", "logistic"]);
    let unknown = Question {
        metric: Some("auc".to_owned()),
        ..question.clone()
    };
    let error = cross_validate(&train, &unknown, &plan(&[BOTH], 1), makers, &seed, &cx).unwrap_err();
    assert!(error.to_string().contains("roc_auc"), "{error}");
    let alone = Question {
        protected: Vec::new(),
        ..question
    };
    let error = cross_validate(&train, &alone, &plan(&[BOTH], 1), makers, &seed, &cx).unwrap_err();
    assert!(error.to_string().contains("protected column"), "{error}");
}

/// Where half of the rows have the wrong label, weights by density ratios keep some of the harm off.
#[test]
fn density_ratios_weigh_down_what_is_unlike_real_rows() {
    let train = block(1_500, 3);
    let make = |real: &Table, rows: u64, seed: &Seed| -> Result<Table> {
        let mut both = resample(real, rows / 2, &seed.child(3))?;
        let wrong = words(
            &resample(real, rows - rows / 2, &seed.child(4))?,
            "income",
            |_, word| if word == ">50K" { "<=50K" } else { ">50K" }.to_owned(),
        );
        both.append(&wrong)?;
        let mut order: Vec<u32> = (0..both.rows() as u32).collect();
        seed.derive("order").stream(0, 0).shuffle(&mut order);
        Ok(both.take(&order))
    };
    let gain = |density_ratio: bool| {
        let plan = CrossValidationPlan {
            density_ratio,
            stop_early: false,
            ..plan(&[BOTH], 3)
        };
        let found = compare(&train, &plan, &make, 1).unwrap();
        found.arms[1].against_real[0].value.value
    };
    let (plain, weighted) = (gain(false), gain(true));
    println!("{plain} without, {weighted} with");
    assert!(plain < -0.02, "{plain}");
    assert!(weighted > 0.5 * plain, "{plain} without, {weighted} with");
}

/// Thresholds by group are an arm that costs no generator, and show on the front by the decisions they cost.
#[test]
fn thresholds_by_group_are_free_and_cost_decisions() {
    let train = block(4000, 0);
    let again = |_: &Table, rows: u64, _: &Seed| -> Result<Table> { Ok(block(rows as usize, 1)) };
    let parity = GroupParity::DisparateImpact(0.9);
    let alike = |kind: ArmKind| ArmSpec {
        group_thresholds: Some(parity),
        ..kind.into()
    };
    let both = ArmKind::Both {
        ratio: 0.5,
        weight: 1.0,
    };
    let question = Question {
        metric: Some("demographic_parity_ratio".to_owned()),
        ..Question::new("income", &["sex".to_owned()])
            .with_learners(&["boosted".to_owned()])
            .unwrap()
    };
    let limited = |least| {
        let plan = CrossValidationPlan {
            arms: vec![both.into(), alike(ArmKind::Real), alike(both)],
            limits: ChoiceLimits {
                disparate_impact: Some(least),
                ..ChoiceLimits::default()
            },
            ..plan(&[], 2)
        };
        let makers = Makers {
            generator: &again,
            smote: None,
        };
        let cx = Context::silent();
        cross_validate(&train, &question, &plan, makers, &Seed::new(5), &cx).unwrap()
    };
    let found = limited(0.6);
    assert_eq!(found.best_free, "real, disparate impact of 0.9");
    assert_eq!(
        found.best.as_deref(),
        Some("real + 0.5 x synthetic, disparate impact of 0.9")
    );
    let point = |name: &str| found.front.points.iter().find(|p| p.arm == name).unwrap();
    let (real, alike) = (point("real"), point("real, disparate impact of 0.9"));
    assert!(real.metric < 0.5 && alike.metric > 0.7, "{real:?} {alike:?}");
    assert!(real.wrong.unwrap() < alike.wrong.unwrap(), "{real:?} {alike:?}");
    let broken = point("real + 0.5 x synthetic");
    assert!(broken.breaks[0].contains("disparate impact"), "{broken:?}");
    assert_eq!(limited(1.0).best, None);
}

/// Groups with too few rows to be judged are an error, and not the best of all gaps.
#[test]
fn a_metric_that_no_fold_defines_is_refused() {
    let train = block(300, 0);
    let question = Question {
        metric: Some("equalized_odds_difference".to_owned()),
        ..Question::new("income", &["native_country".to_owned()])
            .with_learners(&["boosted".to_owned()])
            .unwrap()
    };
    let makers = Makers {
        generator: &resample,
        smote: None,
    };
    let (seed, cx) = (Seed::new(5), Context::silent());
    let error = cross_validate(&train, &question, &plan(&[BOTH], 1), makers, &seed, &cx).unwrap_err();
    assert!(error.to_string().contains("defined in no fold"), "{error}");
}
