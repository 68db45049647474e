//! Models with constraints complete given rows, fill missing cells, and score rows.

use crate::constraints::{ALL, check, fit, same, table};
use plenish_synth::{Ask, Model};
use plenish_table::{
    Column, ColumnSchema, ColumnType, Condition, Constraint, Context, Schema, Seed, Table, TextColumn, Value,
    violations,
};
use proptest::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// `table` with some cells left out: each by chance, of the columns that `chosen` tells.
fn with_gaps(table: &Table, chosen: &[bool], share: f64, seed: u64) -> Table {
    let mut stream = Seed::new(seed).derive("gaps").stream(0, 0);
    let columns = table
        .columns()
        .iter()
        .zip(chosen.iter().cycle())
        .map(|(column, &open)| {
            let rows = column.len() as u32;
            let mut longer = column.clone();
            assert!(longer.append(&Column::all_missing(column.kind(), 1)));
            let gone: Vec<u32> = (0..rows)
                .map(|row| if open && stream.uniform() < share { rows } else { row })
                .collect();
            longer.take(&gone)
        })
        .collect();
    Table::new(table.shared_schema(), columns).unwrap()
}

fn complete(model: &dyn Model, ask: &Ask, units: Range<u64>) -> plenish_table::Result<Table> {
    model.generate(ask, units, &Seed::new(5), &Context::silent())
}

fn given(rows: Table) -> Ask {
    Ask {
        given: Some(Arc::new(rows)),
        clip: true,
        ..Ask::default()
    }
}

fn holds(real: &Table, made: &Table, texts: &[&str]) {
    let set: Vec<Constraint> = texts
        .iter()
        .map(|t| Constraint::parse(t, real.schema()).unwrap())
        .collect();
    for reference in [None, Some(real)] {
        let broken = violations(made, reference, &set).unwrap();
        assert!(broken.is_empty(), "{}", broken[0]);
    }
}

/// No given cell is changed.
fn kept(given: &Table, made: &Table) {
    for (schema, cells) in given.schema().columns.iter().zip(given.columns()) {
        let whole = made.by_name(&schema.name).unwrap();
        for row in (0..given.rows()).filter(|&row| !cells.is_missing(row)) {
            assert_eq!(cells.value(row), whole.value(row), "'{}' of row {row}", schema.name);
        }
    }
}

fn words(cells: &[&str]) -> Column {
    Column::Text(TextColumn::from_cells(
        cells.iter().map(|c| (!c.is_empty()).then_some(*c)),
    ))
}

fn rows_of(columns: &[(&str, Column)]) -> Table {
    let schema = columns.iter().map(|(n, c)| ColumnSchema::new(*n, c.kind())).collect();
    Table::new(
        Schema::new(schema).unwrap(),
        columns.iter().map(|c| c.1.clone()).collect(),
    )
    .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]
    /// Whatever cells of real rows are given: they are kept, all constraints hold in the completed rows, keys
    /// do not repeat, and any range of rows is a slice of the whole. When all cells are to be filled, none is
    /// left that a value goes with.
    #[test]
    fn given_cells_are_kept_and_constraints_hold(
        bits: u64,
        constraints in proptest::collection::vec(any::<bool>(), ALL.len()),
        open in proptest::collection::vec(any::<bool>(), 14),
        share in 0.1_f64..1.0,
        start in 0_u64..60,
        fill: bool,
    ) {
        let real = table(200, bits);
        let texts: Vec<&str> = ALL.iter().zip(&constraints).filter(|(_, c)| **c).map(|(t, _)| *t).collect();
        let model = fit("chain", &real, &texts, &[]);
        let gaps = with_gaps(&real.take(&(0..100).collect::<Vec<_>>()), &open, share, bits);
        let ask = Ask { complete: fill, ..given(gaps.clone()) };
        let made = complete(model.as_ref(), &ask, 0..100).unwrap();
        prop_assert_eq!(made.rows(), 100);
        kept(&gaps, &made);
        holds(&real, &made, &texts);
        let part = complete(model.as_ref(), &ask, start..start + 40).unwrap();
        same(&part, &made.take(&(start as u32..start as u32 + 40).collect::<Vec<u32>>()));
        if fill {
            for name in ["first", "second", "start", "end", "due", "number", "city", "carrier", "code"] {
                prop_assert_eq!(made.by_name(name).unwrap().missing_count(), 0, "{}", name);
            }
        }
    }
}

/// What follows from given cells is not drawn, and what is drawn goes with them.
#[test]
fn what_follows_is_exact() {
    let real = table(700, 11);
    let model = fit("chain", &real, &ALL, &[]);
    let gap = plenish_table::MISSING_INTEGER;
    let rows = rows_of(&[
        ("first", Column::Integer(vec![7, 30, gap, gap, gap])),
        ("second", Column::Integer(vec![gap, 40, gap, 100, gap])),
        ("total", Column::Integer(vec![57, gap, 200, gap, gap])),
        (
            "price",
            Column::Real(vec![f64::NAN, f64::NAN, f64::NAN, 6.25, f64::NAN]),
        ),
        ("carrier", words(&["c4", "", "c8", "", ""])),
        ("name", words(&["", "name 2", "", "", ""])),
        ("country", words(&["", "", "", "country 1", ""])),
        ("city", words(&["city 3", "", "", "", ""])),
        ("state", words(&["", "state 1", "", "", ""])),
        ("end", Column::Integer(vec![gap, gap, gap, 60, gap])),
        ("number", Column::Integer(vec![gap, 10_007, gap, gap, gap])),
    ]);
    let made = complete(model.as_ref(), &given(rows.clone()), 0..5).unwrap();
    kept(&rows, &made);
    check(&real, &made, &ALL, "");
    let value = |name: &str, row: usize| made.by_name(name).unwrap().value(row);
    assert_eq!(value("second", 0), Value::Integer(50));
    assert_eq!(value("total", 1), Value::Integer(70));
    assert_eq!(value("first", 3), Value::Integer(10));
    assert_eq!(value("total", 3), Value::Integer(110));
    assert_eq!(value("name", 0), Value::Text("name 2".into()));
    assert!(["c4", "c5"].contains(&value("carrier", 1).to_string().as_str()));
    assert_eq!(value("state", 0), Value::Text("state 3".into()));
    // Together with a condition on what was left out.
    let ask = Ask {
        condition: Condition::parse("country = 'country 1' and total > 100", real.schema()).unwrap(),
        ..given(rows_of(&[
            ("city", words(&["city 1", "city 2", ""])),
            ("first", Column::Integer(vec![10, gap, 20])),
        ]))
    };
    let made = complete(model.as_ref(), &ask, 0..3).unwrap();
    check(&real, &made, &ALL, "country = 'country 1' and total > 100");
}

/// Rows that cannot be completed are refused by row, with the constraint and the cells.
#[test]
fn rows_against_a_constraint_are_named() {
    let real = table(700, 12);
    let model = fit("chain", &real, &ALL, &[]);
    let whole = |v: [i64; 2]| Column::Integer(v.to_vec());
    for (rows, clip, message) in [
        (
            vec![
                ("first", whole([5, 5])),
                ("second", whole([50, 50])),
                ("total", whole([55, 56])),
            ],
            true,
            "row 2: the given values break `total = first + second`: total 56, first 5, second 50",
        ),
        (
            vec![("start", whole([5, 9])), ("end", whole([5, 8]))],
            true,
            "row 2: the given values break `start <= end`",
        ),
        (
            vec![("first", whole([5, 5])), ("total", whole([55, 6]))],
            false,
            "row 2: column 'second': only 1, out of its range 3 to",
        ),
        (
            vec![("price", Column::Real(vec![1.75, 1.8]))],
            true,
            "row 2: column 'first': no value of it makes `price = 0.5 * first + 1.25` hold beside price 1.8",
        ),
        (
            vec![
                ("carrier", words(&["c4", "c4"])),
                ("name", words(&["name 2", "name 5"])),
            ],
            true,
            "row 2: column 'name': the given values break `carrier -> name`: beside 'c4' stands 'name 2', not 'name 5'",
        ),
        (
            vec![
                ("carrier", words(&["new", "new"])),
                ("name", words(&["name 2", "name 5"])),
            ],
            true,
            "the given values break `carrier -> name`",
        ),
        (
            vec![("name", words(&["", "name 99"]))],
            true,
            "row 2: column 'name': no value of 'carrier'",
        ),
        (
            vec![("city", words(&["", "city 3"])), ("state", words(&["", "state 4"]))],
            true,
            "row 2: no row that the model has seen has city 'city 3' and state 'state 4'",
        ),
        (
            vec![("number", whole([10_000, 10_000]))],
            true,
            "row 2: the given values break `unique(number)`: number 10000, as in row 1",
        ),
        (
            vec![("code", words(&["AB-123", "nothing"]))],
            true,
            "row 2: the given values break `code matches",
        ),
        (
            vec![("start", whole([3, 4000]))],
            false,
            "row 2: column 'start': 4000 is out of the range of the model",
        ),
    ] {
        let ask = Ask {
            clip,
            ..given(rows_of(&rows))
        };
        let error = complete(model.as_ref(), &ask, 0..1).unwrap_err().to_string();
        assert!(error.contains(message), "{error}\n  expected: {message}");
    }
    let ask = Ask {
        condition: Condition::parse("name = 'name 9'", real.schema()).unwrap(),
        ..given(rows_of(&[("carrier", words(&["c18", "c4"]))]))
    };
    let error = complete(model.as_ref(), &ask, 0..2).unwrap_err().to_string();
    assert!(error.contains("row 2: column 'name'"), "{error}");
    // Generators that complete no rows say so.
    let plain = fit("independent", &real, &["start <= end"], &[]);
    let error = complete(plain.as_ref(), &given(rows_of(&[("start", whole([1, 2]))])), 0..2).unwrap_err();
    assert!(error.to_string().contains("cannot complete given rows"), "{error}");
}

/// Rows without a gap pass as they are, also those that break a constraint; keys that are made are new.
#[test]
fn whole_rows_pass_unchanged() {
    let real = table(300, 13);
    let model = fit("chain", &real, &ALL, &[]);
    let mut columns = real.columns().to_vec();
    let gap = plenish_table::MISSING_INTEGER;
    let whole = |row: usize| !real.columns().iter().any(|c| c.is_missing(row));
    let dirty = (0..300).step_by(2).find(|&row| whole(row)).unwrap();
    if let (Column::Integer(total), Column::Integer(second)) = (real.column(2), &mut columns[1]) {
        second[dirty] = total[dirty] + 1;
    }
    if let Column::Integer(numbers) = &mut columns[6] {
        numbers.iter_mut().skip(1).step_by(2).for_each(|n| *n = gap);
    }
    let holes = Table::new(real.shared_schema(), columns).unwrap();
    let ask = Ask {
        complete: true,
        ..given(holes.clone())
    };
    let made = complete(model.as_ref(), &ask, 0..300).unwrap();
    kept(&holes, &made);
    let numbers = made.by_name("number").unwrap();
    assert_eq!(numbers.missing_count(), 0);
    assert_eq!(plenish_table::value_codes(&[numbers]).1, 300);
}

/// Parts stand under the user's columns and add up; what follows adds nothing; rows that break a constraint
/// are told by it, and no others.
#[test]
fn rows_are_scored_under_constraints() {
    let real = table(900, 14);
    let model = fit("chain", &real, &ALL, &[]);
    let score = |rows: &Table| model.log_density(rows, &Context::silent()).unwrap().unwrap();
    let density = score(&real);
    assert_eq!(density.sound().count(), 900);
    assert_eq!(density.parts.len(), real.columns().len());
    let index = |name: &str| real.schema().index(name).unwrap();
    for row in 0..900 {
        let sum: f64 = density.parts.iter().map(|p| p[row]).sum();
        assert!((sum - density.totals[row]).abs() < 1e-9 && sum.is_finite() && sum < 0.0);
        assert_eq!(density.parts[index("state")][row], 0.0);
        let part = density.parts[index("name")][row];
        let carrier = real.by_name("carrier").unwrap();
        assert!(part == 0.0 || carrier.is_missing(row), "{part}");
    }
    // Bits of a mixed-up table: each broken row is told by a constraint that it does break.
    let rows: Vec<u32> = (0..900).collect();
    let shift = |by: u32| rows.iter().map(|r| (r + by) % 900).collect::<Vec<u32>>();
    let mut columns = real.columns().to_vec();
    columns[index("total")] = columns[index("total")].take(&shift(1));
    columns[index("state")] = columns[index("state")].take(&shift(2));
    let mixed = Table::new(real.shared_schema(), columns).unwrap();
    let density = score(&mixed);
    let set = model.constraints();
    let broken: Vec<Vec<bool>> = set.iter().map(|c| c.broken(&mixed, Some(&real)).unwrap()).collect();
    let mut told = 0;
    for (row, &told_by) in density.broken.iter().enumerate() {
        let any = (0..set.len()).find(|&c| broken[c][row]);
        assert_eq!(told_by, any.map(|c| c as u32), "row {row}");
        assert_eq!(density.totals[row].is_finite(), any.is_none());
        told += usize::from(any.is_some());
    }
    assert!(told > 600, "{told}");
    assert_eq!(real.schema().columns[0].kind, ColumnType::Integer);
}
