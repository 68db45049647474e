//! Options and tables that cannot be used, and columns that are left out.

use crate::{draw, silent, table, text};
use plenish_gaps::{Gaps, Options, find};
use plenish_table::{Column, Context, Progress, Result, Role, Seed, Table, TextColumn};

fn people(rows: usize) -> Table {
    let sex = |row| if draw(1, row, 0) < 0.5 { "f" } else { "m" };
    table(vec![
        ("sex", text((0..rows).map(|row| sex(row).to_owned()))),
        (
            "age",
            Column::Integer((0..rows).map(|row| (18.0 + 60.0 * draw(1, row, 1)) as i64).collect()),
        ),
        ("land", text((0..rows).map(|_| "here".to_owned()))),
        (
            "buys",
            text((0..rows).map(|row| if draw(1, row, 2) < 0.5 { "yes" } else { "no" }.to_owned())),
        ),
    ])
}

fn search(table: &Table, target: Option<&str>, protected: &[&str], options: &Options) -> Result<Gaps> {
    let protected: Vec<String> = protected.iter().map(|&name| name.to_owned()).collect();
    find(table, target, &protected, options, &Seed::new(1), &silent())
}

#[test]
fn mistakes_are_told() {
    let table = people(200);
    let named = |names: &[&str]| Options {
        columns: names.iter().map(|&name| name.to_owned()).collect(),
        ..Options::default()
    };
    let threshold = |threshold| Options {
        threshold: Some(threshold),
        ..Options::default()
    };
    let levels = |levels| Options {
        levels: Some(levels),
        ..Options::default()
    };
    let plain = Options::default();
    let cases: [(Option<&str>, &[&str], Options, &str); 12] = [
        (None, &[], threshold(0), "a threshold of 0 rows leaves no gap"),
        (None, &[], threshold(201), "fewer than the threshold of 201"),
        (None, &[], levels(0), "0 values cannot be combined"),
        (None, &[], levels(6), "6 values cannot be combined; combine from 1 to 5"),
        (None, &[], named(&["sexx"]), "column 'sexx': there is no such column"),
        (None, &[], named(&["sex", "sex"]), "named twice"),
        (
            None,
            &[],
            named(&["land"]),
            "there is no column whose values can be combined; land: it is the same in every row",
        ),
        (
            Some("buyss"),
            &[],
            plain.clone(),
            "column 'buyss': there is no such column",
        ),
        (
            Some("buys"),
            &["town"],
            plain.clone(),
            "column 'town': there is no such column",
        ),
        (
            Some("buys"),
            &["land"],
            plain.clone(),
            "column 'land': a protected column with one value has no groups",
        ),
        (Some("buys"), &["buys"], plain.clone(), "the target cannot be protected"),
        (
            Some("land"),
            &[],
            plain.clone(),
            "column 'land': the target has one value only",
        ),
    ];
    for (target, protected, options, part) in cases {
        let error = search(&table, target, protected, &options).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    let none = Options {
        top: 0,
        ..Options::default()
    };
    assert!(search(&table, None, &[], &none).is_err());
    for rows in [0, 1, 19] {
        let error = search(&people(rows), None, &[], &Options::default())
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            format!("{rows} rows are too few to look for what they lack; give at least 20 rows")
        );
    }
}

/// Columns that cannot be combined are left out with a reason, and the rest is looked at.
#[test]
fn columns_are_left_out_with_a_reason() {
    let rows = 20_000;
    let base = people(rows);
    let word = |row: usize, count: f64| format!("w{}", (draw(2, row, 0) * count) as u32);
    let whole = table(vec![
        ("sex", base.column(0).clone()),
        ("land", base.column(2).clone()),
        ("many", text((0..rows).map(|row| word(row, 10_000.0)))),
        ("name", text((0..rows).map(|row| format!("name {row}")))),
        ("number", Column::Integer((0..rows as i64).map(|n| n + 1000).collect())),
        (
            "huge",
            Column::Integer((0..rows as i64).map(|n| i64::MAX - n * n).collect()),
        ),
        ("gone", Column::Text(TextColumn::from_cells((0..rows).map(|_| None)))),
        ("id", text((0..rows).map(|row| word(row, 3.0)))),
        ("weight", base.column(1).clone()),
    ]);
    let mut schema = whole.schema().clone();
    schema.columns[7].role = Role::Identifier;
    schema.columns[8].role = Role::Weight;
    let whole = whole.with_schema(schema).unwrap();
    let found = search(&whole, None, &[], &Options::default()).unwrap();
    let left_out: Vec<&str> = found.left_out.iter().map(|out| out.column.as_str()).collect();
    assert_eq!(
        left_out,
        ["land", "many", "name", "number", "huge", "gone", "id", "weight"]
    );
    let reason = |name: &str| &found.left_out.iter().find(|out| out.column == name).unwrap().reason;
    assert!(
        reason("many").contains("at most 100 can be combined"),
        "{}",
        reason("many")
    );
    assert!(reason("name").contains("nearly every cell is different"));
    assert!(reason("number").contains("numbers the rows"));
    assert!(reason("huge").contains("2^53"));
    assert!(reason("gone").contains("same in every row"));
    assert!(reason("id").contains("identifier"));
    assert!(found.notes.iter().any(|note| note.contains("no target")));
}

/// Few rows with a target: what needs a model is left out, and the rest is there.
#[test]
fn small_tables_get_what_they_can() {
    let found = search(&people(60), Some("buys"), &["sex"], &Options::default()).unwrap();
    assert!(found.slices.is_empty() && found.importance.is_empty() && found.error.is_none());
    assert!(
        found.notes.iter().any(|note| note.contains("60 rows have a target")),
        "{:?}",
        found.notes
    );
    // A number as target, cells that are missing everywhere, and enough rows for a model.
    let rows = 300;
    let holes = |row: usize, column: u32| draw(3, row, column) < 0.2;
    let number = |column: u32| {
        Column::Real(
            (0..rows)
                .map(|row| {
                    if holes(row, column) {
                        f64::NAN
                    } else {
                        draw(4, row, column)
                    }
                })
                .collect(),
        )
    };
    let numbers = table(vec![("a", number(0)), ("b", number(1)), ("y", number(2))]);
    let found = search(&numbers, Some("y"), &["a"], &Options::default()).unwrap();
    assert_eq!(found.loss, Some("squared_error"));
    assert!(found.error.is_some_and(f64::is_finite));
}

/// Many columns: fewer values are combined, and it says so.
#[test]
fn wide_tables_are_searched_less_deeply() {
    let columns: Vec<(String, Column)> = (0..60)
        .map(|column| {
            (
                format!("c{column}"),
                text((0..4000).map(|row| format!("w{}", (draw(5, row, column) * 6.0) as u32))),
            )
        })
        .collect();
    let wide = table(
        columns
            .iter()
            .map(|(name, column)| (name.as_str(), column.clone()))
            .collect(),
    );
    let options = Options {
        threshold: Some(50),
        levels: Some(4),
        ..Options::default()
    };
    let found = search(&wide, None, &[], &options).unwrap();
    assert!(found.levels < 4 && found.patterns.len() <= 200_000);
    assert!(
        found.notes.iter().any(|note| note.contains("name fewer columns")),
        "{:?}",
        found.notes
    );
}

/// Somebody who stops at once is obeyed.
#[test]
fn a_search_can_be_stopped() {
    struct Stopped;
    impl Progress for Stopped {
        fn begin(&self, _: &str, _: u64) {}
        fn advance(&self, _: u64) {}
        fn end(&self) {}
        fn warn(&self, _: &str) {}
        fn cancelled(&self) -> bool {
            true
        }
    }
    let error = find(
        &people(200),
        None,
        &[],
        &Options::default(),
        &Seed::new(1),
        &Context::new(&Stopped),
    );
    assert_eq!(error.unwrap_err().kind(), plenish_table::Kind::Cancelled);
}
