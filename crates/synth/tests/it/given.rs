//! Completing given rows, and filling missing cells.

use crate::asks::{chain, fails, holds, make, under};
use crate::table;
use plenish_synth::Ask;
use plenish_table::{
    Column, ColumnSchema, ColumnType, Condition, Context, MISSING_DATE, Schema, Seed, Table, TextColumn, Value,
};
use std::sync::Arc;

/// Half of the cells of rows are hidden, and drawn: those that were given stay, and what is drawn fits
/// to them, also where the given cell comes later in the chain.
#[test]
fn given_cells_stay_and_what_is_drawn_fits_them() {
    let whole = table(3000);
    let model = chain(&whole);
    let days: Vec<i32> = (0..1200)
        .map(|i| if i % 3 == 0 { MISSING_DATE } else { 15_005 + i % 390 })
        .collect();
    let words = ["high", "low", "?"];
    let incomes = TextColumn::from_cells((0..1200).map(|i| (i % 4 > 0).then(|| words[i % 2])));
    let schema = Schema::new(vec![
        ColumnSchema::new("day", ColumnType::Date),
        ColumnSchema::new("income", ColumnType::Text),
    ]);
    let given = Table::new(
        schema.unwrap(),
        vec![Column::Date(days.clone()), Column::Text(incomes.clone())],
    )
    .unwrap();
    let mut ask = under(model.as_ref(), "height > 155");
    ask.given = Some(Arc::new(given));
    let made = make(model.as_ref(), &ask, 0..1200);
    assert!(holds(&ask, &made));
    let (mut right, mut all) = (0, 0);
    for row in 0..1200 {
        if days[row] != MISSING_DATE {
            assert_eq!(made.by_name("day").unwrap().value(row), Value::Date(days[row]));
            // The day says the job: hundred days for each.
            let job = ["clerk", "nurse", "smith", "miner"][(days[row] - 15_000) as usize / 100];
            all += 1;
            right += usize::from(made.by_name("job").unwrap().value(row) == Value::Text(job.into()));
        }
        if let Some(word) = incomes.get(row) {
            assert_eq!(made.by_name("income").unwrap().value(row), Value::Text(word.into()));
        }
    }
    assert!(
        f64::from(right as u32) > 0.93 * f64::from(all as u32),
        "{right} of {all}"
    );
    let middle: Vec<u32> = (100..200).collect();
    assert_eq!(make(model.as_ref(), &ask, 100..200), made.take(&middle));
    let error = model
        .generate(&ask, 0..1201, &Seed::new(1), &Context::silent())
        .unwrap_err();
    assert!(error.to_string().contains("only 1200 given rows"), "{error}");
}

/// Given cells that nothing was learned from are errors that name the row; clipped, they are kept.
#[test]
fn strange_given_cells_are_refused_unless_clipped() {
    let model = chain(&table(1000));
    let given = |name: &str, column: Column| Ask {
        given: Some(Arc::new(
            Table::new(
                Schema::new(vec![ColumnSchema::new(name, column.kind())]).unwrap(),
                vec![column],
            )
            .unwrap(),
        )),
        ..Ask::default()
    };
    let text = |words: [&str; 2]| Column::Text(TextColumn::from_cells(words.map(Some)));
    for (ask, said) in [
        (
            given("job", text(["miner", "pilot"])),
            "row 2: column 'job': 'pilot' is no value that the model has seen",
        ),
        (
            given("age", Column::Integer(vec![20, 200])),
            "row 2: column 'age': 200 is out of the range of the model",
        ),
        (
            given("day", Column::Date(vec![15_100, -1])),
            "row 2: column 'day': 1969-12-31 is out of the range",
        ),
    ] {
        let error = model
            .generate(&ask, 0..2, &Seed::new(1), &Context::silent())
            .unwrap_err()
            .to_string();
        assert!(error.contains(said), "{error}");
        let clipped = Ask { clip: true, ..ask };
        let made = make(model.as_ref(), &clipped, 0..2);
        let given = clipped.given.unwrap();
        let name = &given.schema().columns[0].name;
        assert_eq!(made.by_name(name).unwrap().value(1), given.column(0).value(1));
    }
    assert!(fails(model.as_ref(), &given("wage", Column::Integer(vec![1]))).contains("there is no such column"));
    assert!(fails(model.as_ref(), &given("age", text(["a", "b"]))).contains("hold text values"));
    let mut both = given("age", Column::Integer(vec![30, 40]));
    both.condition = Condition::parse("age > 35", model.schema()).unwrap();
    assert!(
        fails(model.as_ref(), &both).contains("row 1: column 'age': the given value '30' does not satisfy: age > 35")
    );
}

/// Filling: no cell is missing, also where the model learned that it would be.
#[test]
fn complete_rows_have_no_missing_cell() {
    let model = chain(&table(2000));
    let job = TextColumn::from_cells((0..500).map(|_| Some("clerk")));
    let given = Table::new(
        Schema::new(vec![ColumnSchema::new("job", ColumnType::Text)]).unwrap(),
        vec![Column::Text(job)],
    );
    let ask = Ask {
        given: Some(Arc::new(given.unwrap())),
        complete: true,
        ..Ask::default()
    };
    let made = make(model.as_ref(), &ask, 0..500);
    assert!(made.columns().iter().all(|c| c.missing_count() == 0));
    let ask = Ask { complete: false, ..ask };
    assert!(
        make(model.as_ref(), &ask, 0..500)
            .by_name("bonus")
            .unwrap()
            .missing_count()
            > 480
    );
}
