//! Each gate must catch the defect it is there for, and let real rows pass.

use crate::adult::{block, fill, with_column, with_schema};
use plenish_evaluate::{Criteria, Decision, Evaluation, Inputs, Purpose, evaluate, judge};
use plenish_table::{Column, ColumnSchema, ColumnType, Constraint, Context, Role, Schema, Seed, Table, TextColumn};
use std::sync::OnceLock;

const ROWS: usize = 2500;

fn run(synthetic: &Table) -> Evaluation {
    let (real, holdout) = (block(ROWS, 0), block(ROWS, 1));
    let inputs = Inputs {
        real: &real,
        holdout: &holdout,
        synthetic,
    };
    let protected = ["sex".to_owned()];
    let (criteria, seed) = (Criteria::default(), Seed::new(1));
    evaluate(inputs, Some("income"), &protected, &criteria, &seed, &Context::silent()).unwrap()
}

/// Rows that neither the training nor the holdout part holds, as a perfect generator would make them.
fn clean() -> Table {
    block(ROWS, 2)
}

fn clean_evaluation() -> &'static Evaluation {
    static CLEAN: OnceLock<Evaluation> = OnceLock::new();
    CLEAN.get_or_init(|| run(&clean()))
}

fn failed(evaluation: &Evaluation) -> Vec<&str> {
    evaluation
        .gates
        .iter()
        .filter(|g| !g.passed)
        .map(|g| g.name.as_str())
        .collect()
}

#[test]
fn unseen_real_rows_pass_every_gate() {
    let evaluation = clean_evaluation();
    assert_eq!(evaluation.gates.len(), 17);
    assert_eq!(failed(evaluation), Vec::<&str>::new(), "{:?}", evaluation.gates);
    let fidelity = &evaluation.fidelity;
    assert!(fidelity.overall.normalised.unwrap() > 0.97, "{:?}", fidelity.overall);
    assert!(fidelity.detection.value > 0.93, "{:?}", fidelity.detection);
    let nearer = evaluation.copies.nearer;
    assert!(nearer.low < 0.5 && nearer.high > 0.5, "{nearer:?}");
    for score in [fidelity.shapes, fidelity.pairs, fidelity.detection, fidelity.overall] {
        assert!(score.low.unwrap() <= score.value && score.value <= score.high.unwrap());
    }
    let verdict = judge(Purpose::Publish, evaluation, None, &Criteria::default());
    assert_eq!(verdict.verdict, Decision::Accept);
    let verdict = judge(Purpose::Augment, evaluation, None, &Criteria::default());
    assert_eq!(verdict.verdict, Decision::NoBenefit);
}

#[test]
fn shuffled_columns_fail_pairs_and_detection() {
    let table = clean();
    let columns = table.columns().iter().enumerate().map(|(i, column)| {
        let mut rows: Vec<u32> = (0..table.rows() as u32).collect();
        Seed::new(9).stream(i as u64, 0).shuffle(&mut rows);
        column.take(&rows)
    });
    let shuffled = Table::new(table.shared_schema(), columns.collect()).unwrap();
    let evaluation = run(&shuffled);
    let failed = failed(&evaluation);
    assert!(failed.contains(&"pairs") && failed.contains(&"detection"), "{failed:?}");
    assert!(!failed.contains(&"shapes"), "single columns are as they were");
    let overall = evaluation.fidelity.overall.normalised.unwrap();
    assert!(
        (-0.06..0.03).contains(&overall),
        "a shuffled table is the floor: {overall}"
    );
    let verdict = judge(Purpose::Publish, &evaluation, None, &Criteria::default());
    assert_eq!(verdict.verdict, Decision::Reject);
    println!("{:#?}", verdict.reasons);
    assert!(
        verdict.reasons.iter().any(|r| r.contains("'pairs'")),
        "{:?}",
        verdict.reasons
    );
}

#[test]
fn a_column_with_another_distribution_fails_shapes() {
    let shifted = ["age", "hours_per_week", "education_num"]
        .iter()
        .fold(clean(), |table, name| {
            with_column(&table, name, |column| {
                let Column::Integer(values) = column else {
                    panic!("not an integer")
                };
                let least = *values.iter().min().unwrap();
                values.fill(least);
            })
        });
    assert!(failed(&run(&shifted)).contains(&"shapes"));
}

#[test]
fn one_value_out_of_range_fails_validity_and_is_named() {
    let table = with_column(&clean(), "age", |column| {
        let Column::Integer(values) = column else {
            panic!("not an integer")
        };
        values[7] = 412;
    });
    let evaluation = run(&table);
    assert_eq!(failed(&evaluation), ["validity"]);
    let verdict = judge(Purpose::Publish, &evaluation, None, &Criteria::default());
    assert!(
        verdict.reasons[0].contains("'age'") && verdict.reasons[0].contains("412"),
        "{:?}",
        verdict.reasons
    );
}

/// One row whose education has the number of another fails the constraint, and is named.
#[test]
fn a_broken_constraint_fails_its_gate() {
    let (real, holdout) = (block(ROWS, 0), block(ROWS, 1));
    let constraint = Constraint::parse("education -> education_num", real.schema()).unwrap();
    let check = |synthetic: &Table| {
        let mut evaluation = clean_evaluation().clone();
        let inputs = Inputs {
            real: &real,
            holdout: &holdout,
            synthetic,
        };
        evaluation
            .check_constraints(inputs, std::slice::from_ref(&constraint), &Criteria::default())
            .unwrap();
        evaluation
    };
    let passed = check(&clean());
    assert_eq!((passed.gates.len(), failed(&passed).len()), (18, 0));
    let broken = check(&with_column(&clean(), "education_num", |column| {
        let Column::Integer(values) = column else {
            panic!("not an integer")
        };
        values[11] = 1 + values[11] % 16;
    }));
    assert_eq!(failed(&broken), ["constraints"]);
    assert_eq!(broken.constraints[0].broken, 1);
    let verdict = judge(Purpose::Publish, &broken, None, &Criteria::default());
    assert_eq!(verdict.verdict, Decision::Reject);
    let reason = &verdict.reasons[0];
    assert!(
        reason.contains("education -> education_num") && reason.contains("1 row: 12"),
        "{reason}"
    );
}

#[test]
fn a_new_category_fails_validity() {
    let table = with_column(&clean(), "workclass", |column| {
        let Column::Text(text) = column else { panic!("not text") };
        let cells: Vec<Option<String>> = (0..text.codes.len())
            .map(|row| text.get(row).map(str::to_owned))
            .collect();
        let changed = cells
            .iter()
            .enumerate()
            .map(|(i, c)| if i == 3 { Some("Pirate") } else { c.as_deref() });
        *text = TextColumn::from_cells(changed);
    });
    let evaluation = run(&table);
    assert_eq!(failed(&evaluation), ["validity"]);
    let column = evaluation
        .validity
        .columns
        .iter()
        .find(|c| c.name == "workclass")
        .unwrap();
    assert!(column.problems[0].contains("Pirate"));
}

/// Without bounds in the schema, the real rows say what is possible.
#[test]
fn real_rows_stand_in_for_bounds_and_categories() {
    let free = |table: &Table| {
        with_schema(
            &with_schema(table, "age", |c| (c.min, c.max) = (None, None)),
            "sex",
            |c| c.allowed = None,
        )
    };
    let (real, holdout) = (free(&block(200, 0)), free(&block(200, 1)));
    let columns: Vec<usize> = (0..real.columns().len()).collect();
    let table = with_column(&holdout, "age", |column| {
        let Column::Integer(values) = column else {
            panic!("not an integer")
        };
        values[0] = 3;
    });
    let validity = plenish_evaluate::validity(&real, &holdout, &table, &columns);
    let age = validity.columns.iter().find(|c| c.name == "age").unwrap();
    assert!(
        age.share < 1.0 && age.problems[0].contains("the least being 3"),
        "{age:?}"
    );
    assert!(
        validity
            .columns
            .iter()
            .filter(|c| c.name != "age")
            .all(|c| c.problems.is_empty())
    );
}

#[test]
fn copied_rows_fail_copies_and_nearness() {
    let mut table = clean().take(&(0..1800).collect::<Vec<u32>>());
    table
        .append(&block(ROWS, 0).take(&(0..600).collect::<Vec<u32>>()))
        .unwrap();
    let evaluation = run(&table);
    assert_eq!(failed(&evaluation), ["copies", "nearer"]);
    assert!(
        (evaluation.copies.synthetic - 0.25).abs() < 0.02,
        "{:?}",
        evaluation.copies
    );
}

/// Beside the real rows, rows near them give nothing away: a warning, and no reason to reject.
#[test]
fn nearness_only_warns_where_it_does_not_close() {
    let copied = block(ROWS, 0).take(&(0..600).collect::<Vec<u32>>());
    let mut table = clean().take(&(0..1800).collect::<Vec<u32>>());
    table.append(&copied).unwrap();
    let (real, holdout) = (block(ROWS, 0), block(ROWS, 1));
    let inputs = Inputs {
        real: &real,
        holdout: &holdout,
        synthetic: &table,
    };
    let judged = |nearer_closes| {
        let criteria = Criteria {
            nearer_closes,
            copies: None,
            ..Criteria::default()
        };
        let (seed, cx) = (Seed::new(1), Context::silent());
        let evaluation = evaluate(inputs, Some("income"), &[], &criteria, &seed, &cx).unwrap();
        assert_eq!(failed(&evaluation), ["nearer"]);
        judge(Purpose::Augment, &evaluation, None, &criteria)
    };
    assert_eq!(judged(true).verdict, Decision::Reject);
    let warned = judged(false);
    assert_eq!(warned.verdict, Decision::NoBenefit);
    let says = |text: &str| warned.reasons.iter().any(|reason| reason.contains(text));
    assert!(
        says("none closed") && says("Gate 'nearer' warns"),
        "{:?}",
        warned.reasons
    );
}

#[test]
fn missing_values_that_are_gone_fail_their_gate() {
    let table = fill(&fill(&clean(), "workclass"), "occupation");
    let evaluation = run(&table);
    assert!(
        failed(&evaluation).contains(&"missing_gap"),
        "{:?}",
        failed(&evaluation)
    );
}

#[test]
fn the_same_bits_on_any_number_of_threads() {
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let alone = one.install(|| run(&clean()));
    let three = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    assert_eq!(
        serde_json::to_string(&alone).unwrap(),
        serde_json::to_string(&three.install(|| run(&clean()))).unwrap()
    );
}

fn small(kind: ColumnType, column: Column) -> Table {
    let rows = column.len() as i64;
    let schema = Schema::new(vec![
        ColumnSchema::new("x", kind),
        ColumnSchema::new("y", ColumnType::Integer),
    ]);
    Table::new(
        schema.unwrap(),
        vec![column, Column::Integer((0..rows).map(|v| v % 5).collect())],
    )
    .unwrap()
}

fn try_evaluate(real: &Table, holdout: &Table, synthetic: &Table) -> Result<Evaluation, String> {
    let inputs = Inputs {
        real,
        holdout,
        synthetic,
    };
    let (criteria, seed) = (Criteria::default(), Seed::new(1));
    evaluate(inputs, None, &[], &criteria, &seed, &Context::silent()).map_err(|e| e.to_string())
}

#[test]
fn tables_that_do_not_fit_are_refused_with_the_column_named() {
    let integers = small(ColumnType::Integer, Column::Integer((0..40).collect()));
    let texts = small(
        ColumnType::Text,
        Column::Text(TextColumn::from_cells(vec![Some("a"); 40])),
    );
    let error = try_evaluate(&integers, &integers, &texts).unwrap_err();
    assert!(
        error.contains("'x'") && error.contains("synthetic") && error.contains("text"),
        "{error}"
    );
    let error = try_evaluate(&integers, &integers.select(&[0]), &integers).unwrap_err();
    assert!(error.contains("'y'") && error.contains("holdout"), "{error}");
    let error = try_evaluate(&integers.select(&[0]), &integers.select(&[0]), &integers).unwrap_err();
    assert!(error.contains("'y'") && error.contains("synthetic"), "{error}");
    let error = try_evaluate(&integers, &integers, &integers.take(&[0, 1])).unwrap_err();
    assert!(error.contains("2 rows"), "{error}");
    let named = with_schema(&integers.select(&[0]), "x", |c| c.role = Role::Identifier);
    let error = try_evaluate(&named, &named, &named).unwrap_err();
    assert!(error.contains("no column is left"), "{error}");
}

/// Odd but legal tables: integers beside reals, constants, all missing, one column.
#[test]
fn odd_tables_are_evaluated() {
    let integers = small(ColumnType::Integer, Column::Integer((0..40).collect()));
    let reals = small(
        ColumnType::Real,
        Column::Real((0..40).map(|v| f64::from(v) / 2.0).collect()),
    );
    let evaluation = try_evaluate(&integers, &integers, &reals).unwrap();
    assert!(evaluation.fidelity.shapes.value > 0.4);
    assert!(try_evaluate(&reals, &integers, &integers).is_ok());
    for column in [Column::all_missing(ColumnType::Real, 40), Column::Real(vec![2.5; 40])] {
        let table = small(ColumnType::Real, column);
        let evaluation = try_evaluate(&table, &table, &table).unwrap();
        let text = serde_json::to_string(&evaluation).unwrap();
        let back: Evaluation = serde_json::from_str(&text).unwrap();
        assert_eq!(back, evaluation, "no figure is NaN");
        assert!(try_evaluate(&table.select(&[0]), &table.select(&[0]), &table.select(&[0])).is_ok());
    }
}

#[test]
fn criteria_are_strict_and_can_be_switched_off() {
    let read = |text: &str| serde_json::from_str::<Criteria>(text).map_err(|e| e.to_string());
    assert_eq!(read("{}").unwrap(), Criteria::default());
    let criteria = read(r#"{"shapes": false, "pairs": 1, "group_recall_gap": 0.1}"#).unwrap();
    assert_eq!((criteria.shapes, criteria.pairs), (None, Some(1.0)));
    assert_eq!(criteria.group_recall_gap, Some(0.1));
    let text = serde_json::to_string(&criteria).unwrap();
    assert_eq!(read(&text).unwrap(), criteria);
    assert!(read(r#"{"shape": 0.9}"#).is_err());
    assert!(read(r#"{"shapes": true}"#).is_err());
    assert!(read(r#"{"shapes": "high"}"#).is_err());
    assert!(
        Criteria {
            pairs: Some(90.0),
            ..Criteria::default()
        }
        .check()
        .is_err()
    );
}

/// Rows to judge by that were learned from are found; rows of the same kind are not.
#[test]
fn holdout_rows_that_are_training_rows_are_found() {
    let (real, holdout) = (block(ROWS, 0), block(ROWS, 1));
    let (clean, again) = plenish_evaluate::holdout_repeats(&real, &holdout).unwrap();
    assert!(clean < 0.01 && again < 0.01, "{clean} {again}");
    let mut half = holdout.take(&(0..500).collect::<Vec<u32>>());
    half.append(&real.take(&(0..500).collect::<Vec<u32>>())).unwrap();
    let (found, _) = plenish_evaluate::holdout_repeats(&real, &half).unwrap();
    assert!((found - 0.5).abs() < 0.01, "{found}");
}
