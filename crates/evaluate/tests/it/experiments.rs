//! The experiment on real data, and on targets that are odd.

use crate::adult::{block, with_column};
use plenish_evaluate::{
    Arm, Augmentation, BOTH, Criteria, Decision, Evaluation, Experiment, Purpose, Question, REAL, SYNTHETIC,
    experiment, experiment_gates, judge,
};
use plenish_table::{Column, ColumnSchema, ColumnType, Context, MISSING_CODE, Schema, Seed, Table, TextColumn};

fn run(train: &Table, test: &Table, synthetic: &Table, target: &str, protected: &[&str]) -> Result<Experiment, String> {
    let protected: Vec<String> = protected.iter().map(|p| (*p).to_owned()).collect();
    let (seed, cx) = (Seed::new(3), Context::silent());
    experiment(
        train,
        test,
        synthetic,
        &Question::new(target, &protected),
        Augmentation::default(),
        &seed,
        &cx,
    )
    .map_err(|e| e.to_string())
}

fn arm<'a>(experiment: &'a Experiment, name: &str) -> &'a Arm {
    experiment.arms.iter().find(|a| a.name == name).unwrap()
}

fn value(arm: &Arm, metric: &str) -> f64 {
    arm.metrics.iter().find(|m| m.name == metric).unwrap().value.value
}

/// An evaluation without gates, to look at those of the experiment alone.
fn no_gates() -> Evaluation {
    let text = r#"{"rows":{"real":1,"holdout":1,"synthetic":1},"validity":{"share":1,"columns":[]},"fidelity":{"overall":{"value":1},
        "shapes":{"value":1},"pairs":{"value":1},"detection":{"value":1},"detection_train":{"value":1},"columns":[],"column_pairs":[]},
        "copies":{"synthetic":0,"expected":0,"nearer":{"value":0.5,"low":0,"high":1}},"gates":[]}"#;
    serde_json::from_str(text).unwrap()
}

#[test]
fn fresh_real_rows_stand_in_for_real_ones() {
    let (train, test, fresh) = (block(4000, 0), block(4000, 1), block(4000, 2));
    let result = run(&train, &test, &fresh, "income", &["sex", "age"]).unwrap();
    assert_eq!(result.positive.as_deref(), Some(">50K"));
    assert_eq!((result.test_rows, result.left_out), (4000, 0));
    let auc = value(arm(&result, REAL), "roc_auc");
    assert!((0.90..0.94).contains(&auc), "{auc}");
    for arm in &result.arms {
        let names: Vec<&str> = arm.metrics.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names[..4], ["roc_auc", "average_precision", "log_loss", "brier"]);
        assert_eq!(names.len(), 15, "{names:?}");
        for metric in &arm.metrics {
            assert!(
                metric.value.low <= metric.value.value && metric.value.value <= metric.value.high,
                "{metric:?}"
            );
            assert!(metric.value.low < metric.value.high, "{metric:?}");
        }
        assert_eq!(arm.groups.iter().filter(|g| g.column == "sex").count(), 2);
        assert_eq!(
            arm.groups.iter().filter(|g| g.column == "age").count(),
            4,
            "{:?}",
            arm.groups
        );
        assert_eq!(
            arm.groups
                .iter()
                .filter(|g| g.column == "age")
                .map(|g| g.rows)
                .sum::<usize>(),
            4000
        );
    }
    // Twice the real rows are better than half of them.
    assert!(
        arm(&result, BOTH).against_real[0].value.low > 0.0,
        "{:?}",
        arm(&result, BOTH).against_real
    );
    let verdict = judge(Purpose::Augment, &no_gates(), Some(&result), &Criteria::default());
    assert_eq!(verdict.verdict, Decision::Accept, "{:?}", verdict.reasons);
    let verdict = judge(Purpose::Publish, &no_gates(), Some(&result), &Criteria::default());
    assert_eq!(verdict.verdict, Decision::Accept, "{:?}", verdict.reasons);
    println!("{:#?}", verdict.reasons);
    let gap = Criteria {
        group_recall_gap: Some(0.001),
        ..Criteria::default()
    };
    assert!(
        experiment_gates(Purpose::Publish, &result, &gap)
            .iter()
            .any(|g| g.name == "group_recall_gap" && !g.passed)
    );
}

#[test]
fn labels_without_meaning_are_rejected_for_publication_and_no_benefit_otherwise() {
    let (train, test) = (block(2000, 0), block(2000, 1));
    let noise = with_column(&block(2000, 2), "income", |column| {
        let mut rows: Vec<u32> = (0..2000).collect();
        Seed::new(4).stream(0, 0).shuffle(&mut rows);
        *column = column.take(&rows);
    });
    let result = run(&train, &test, &noise, "income", &[]).unwrap();
    assert!(value(arm(&result, SYNTHETIC), "roc_auc") < 0.7);
    let verdict = judge(Purpose::Publish, &no_gates(), Some(&result), &Criteria::default());
    assert_eq!(verdict.verdict, Decision::Reject);
    assert!(verdict.reasons[0].contains("auc_loss"), "{:?}", verdict.reasons);
    let verdict = judge(Purpose::Augment, &no_gates(), Some(&result), &Criteria::default());
    assert_eq!(verdict.verdict, Decision::NoBenefit, "{:?}", verdict.reasons);
    // Gates that the flow has added already are not counted twice.
    let mut evaluation = no_gates();
    evaluation.gates = experiment_gates(Purpose::Publish, &result, &Criteria::default());
    let twice = judge(Purpose::Publish, &evaluation, Some(&result), &Criteria::default());
    assert_eq!(twice.reasons.iter().filter(|r| r.contains("auc_loss")).count(), 1);
}

#[test]
fn several_classes_and_numbers_are_predicted() {
    let (train, test, fresh) = (block(1500, 0), block(1500, 1), block(1500, 2));
    let result = run(&train, &test, &fresh, "relationship", &["sex"]).unwrap();
    assert_eq!(result.task, "multiclass");
    let auc = value(arm(&result, REAL), "roc_auc");
    assert!(auc > 0.8, "{auc}");
    assert!(result.arms.iter().all(|a| a.groups.is_empty()));
    // A class of the test part that no synthetic row has.
    let without = {
        let column = fresh.by_name("relationship").unwrap();
        let keep: Vec<u32> = (0..1500_u32)
            .filter(|&r| column.value(r as usize).to_string() != "Wife")
            .collect();
        fresh.take(&keep)
    };
    assert!(without.rows() < 1500);
    let result = run(&train, &test, &without, "relationship", &[]).unwrap();
    assert!(value(arm(&result, SYNTHETIC), "log_loss") > value(arm(&result, REAL), "log_loss"));

    let result = run(&train, &test, &fresh, "age", &["sex"]).unwrap();
    assert_eq!((result.task.as_str(), result.positive.as_deref()), ("regression", None));
    assert!(value(arm(&result, REAL), "r2") > 0.2 && value(arm(&result, REAL), "rmse") < 13.0);
    let verdict = judge(Purpose::Publish, &no_gates(), Some(&result), &Criteria::default());
    assert_eq!(verdict.verdict, Decision::Accept, "{:?}", verdict.reasons);
    assert!(experiment_gates(Purpose::Publish, &result, &Criteria::default())[0].name == "rmse_ratio");
}

#[test]
fn one_synthetic_class_does_not_break_it() {
    let (train, test) = (block(500, 0), block(500, 1));
    let column = train.by_name("income").unwrap();
    let poor: Vec<u32> = (0..500_u32)
        .filter(|&r| column.value(r as usize).to_string() == "<=50K")
        .collect();
    let result = run(&train, &test, &train.take(&poor), "income", &[]).unwrap();
    assert_eq!(value(arm(&result, SYNTHETIC), "roc_auc"), 0.5);
    let text = serde_json::to_string(&result).unwrap();
    assert_eq!(serde_json::from_str::<Experiment>(&text).unwrap(), result);
}

#[test]
fn rows_without_a_target_are_left_out_and_counted() {
    let (train, test, fresh) = (block(500, 0), block(500, 1), block(500, 2));
    let holes = with_column(&test, "income", |column| {
        let Column::Text(text) = column else { panic!("not text") };
        text.codes[..30].fill(MISSING_CODE);
    });
    let result = run(&train, &holes, &fresh, "income", &[]).unwrap();
    assert_eq!((result.test_rows, result.left_out), (470, 30));
}

#[test]
fn what_cannot_be_tried_is_refused_in_words() {
    let (train, test) = (block(500, 0), block(500, 1));
    let error = run(&train, &test, &train, "salary", &[]).unwrap_err();
    assert!(
        error.contains("no such column") && error.contains("'salary'"),
        "{error}"
    );
    let error = run(&train, &test, &train, "income", &["gender"]).unwrap_err();
    assert!(error.contains("'gender'"), "{error}");
    let error = run(
        &train,
        &test.take(&(0..49).collect::<Vec<u32>>()),
        &train,
        "income",
        &[],
    )
    .unwrap_err();
    assert!(error.contains("49 rows"), "{error}");
    let column = train.by_name("income").unwrap();
    let poor: Vec<u32> = (0..500_u32)
        .filter(|&r| column.value(r as usize).to_string() == "<=50K")
        .collect();
    let error = run(&train.take(&poor), &test, &train, "income", &[]).unwrap_err();
    assert!(error.contains("one value only"), "{error}");
    let error = run(&train, &train.take(&poor), &train, "income", &[]).unwrap_err();
    assert!(error.contains("one value only in the test rows"), "{error}");
    let words: Vec<String> = (0..300).map(|i| format!("w{i}")).collect();
    let schema = Schema::new(vec![
        ColumnSchema::new("t", ColumnType::Text),
        ColumnSchema::new("x", ColumnType::Integer),
    ]);
    let many = Table::new(
        schema.unwrap(),
        vec![
            Column::Text(TextColumn::from_cells(words.iter().map(|w| Some(w.as_str())))),
            Column::Integer((0..300).collect()),
        ],
    );
    let many = many.unwrap();
    let error = run(&many, &many, &many, "t", &[]).unwrap_err();
    assert!(error.contains("more than 100 classes"), "{error}");
    let error = run(&many.select(&[0]), &many.select(&[0]), &many.select(&[0]), "t", &[]).unwrap_err();
    assert!(
        error.contains("100 classes") || error.contains("no column to predict"),
        "{error}"
    );
}
