//! Tables nobody hopes for give sensible values and no panic.

use crate::{bins, table, text};
use plenish_profile::{ProfileSettings, associations, compare_columns, profile};
use plenish_table::{Column, ColumnType, Context, Role, Table};

fn described(table: &Table) -> plenish_profile::Profile {
    let found = profile(table, &ProfileSettings::default(), &Context::silent()).unwrap();
    for pair in &found.associations.pairs {
        assert!(pair.value.is_finite() && pair.value.abs() <= 1.0, "{pair:?}");
    }
    compare_columns(table, table, &bins(table), 12).unwrap();
    found
}

/// An association with a column that says nothing is 0.
#[test]
fn missing_and_constant_columns() {
    let rows = 50;
    let table = table(vec![
        ("gone", Column::all_missing(ColumnType::Integer, rows)),
        ("gone too", Column::all_missing(ColumnType::Text, rows)),
        ("same", Column::Real(vec![0.003; rows])),
        ("also same", text((0..rows).map(|_| Some("x".to_owned())))),
        ("day", Column::Date((0..rows as i32).collect())),
        ("flag", Column::Boolean((0..rows as u8).map(|i| i % 3).collect())),
    ]);
    let found = described(&table);
    for pair in &found.associations.pairs {
        let says_something = ["day", "flag"].contains(&pair.a.as_str()) && ["day", "flag"].contains(&pair.b.as_str());
        assert!(says_something || pair.value == 0.0, "{pair:?}");
    }
    assert_eq!(found.columns[0].numbers, None);
    assert_eq!((found.columns[0].missing_share, found.columns[0].distinct), (1.0, 0));
    assert_eq!(
        found.columns[4].numbers.as_ref().unwrap().quantiles[8].text,
        "1970-02-19"
    );
}

#[test]
fn one_row_and_none() {
    for rows in [0, 1] {
        let table = table(vec![
            ("a", Column::Integer(vec![7; rows])),
            ("b", text((0..rows).map(|_| Some("x".to_owned())))),
            ("c", Column::Timestamp(vec![0; rows])),
        ]);
        assert!(described(&table).associations.pairs.iter().all(|p| p.value == 0.0));
    }
}

/// Twenty thousand categories neither fill the memory nor look related to anything.
#[test]
fn very_many_categories() {
    let rows = 20_000;
    let mut schema = table(vec![
        ("id", text((0..rows).map(|i| Some(format!("id {i}"))))),
        (
            "half",
            text((0..rows).map(|i| Some(format!("half {}", i / 2 * 7919 % 9973)))),
        ),
        ("x", Column::Integer((0..rows).map(|i| i * 7919 % 10_007).collect())),
    ]);
    assert!(described(&schema).associations.pairs.iter().all(|p| p.value < 0.1));
    // The values of an identifier are nobody's business.
    let mut named = schema.schema().clone();
    named.columns[0].role = Role::Identifier;
    named.columns[1].role = Role::Target;
    named.columns[2].role = Role::Protected;
    schema = schema.with_schema(named).unwrap();
    let found = described(&schema);
    assert!(found.columns[0].frequent.is_empty());
    assert_eq!(found.columns[0].rest, 20_000);
    assert_eq!(found.associations.columns, ["half", "x"]);
}

/// The ends of the number scale.
#[test]
fn extreme_numbers() {
    let table = table(vec![
        (
            "huge",
            Column::Real(vec![
                f64::MAX,
                -f64::MAX,
                1e300,
                0.0,
                -0.0,
                5e-324,
                1.0,
                2.0,
                3.0,
                4.0,
                5.0,
                6.0,
            ]),
        ),
        ("tiny", Column::Real((0..12).map(|i| 5e-324 * f64::from(i)).collect())),
        (
            "long",
            Column::Integer(vec![i64::MAX, i64::MIN + 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ),
        (
            "far",
            Column::Date(vec![i32::MAX, i32::MIN + 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ),
    ]);
    let found = described(&table);
    assert_eq!(found.columns[0].distinct, 11);
}

/// Categories and numbers that only the second table has are counted, not lost.
#[test]
fn a_second_table_with_news() {
    let real = table(vec![
        ("c", text(["a", "b", "a", "b"].map(|v| Some(v.to_owned())))),
        ("n", Column::Integer(vec![1, 2, 3, 4])),
    ]);
    let news = table(vec![
        ("c", text(["a", "z", "z", "z"].map(|v| Some(v.to_owned())))),
        ("n", Column::Real(vec![1.0, 1.5, 99.0, f64::NAN])),
    ]);
    let ruler = bins(&real);
    let found = compare_columns(&real, &news, &ruler, 12).unwrap();
    assert_eq!(found[0].rest.as_ref().map(|r| (r.real, r.synthetic)), Some((0.0, 0.75)));
    assert_eq!(found[1].rest.as_ref().map(|r| (r.real, r.synthetic)), Some((0.0, 0.5)));
    assert_eq!(found[1].missing_synthetic, 0.25);
    associations(&news, &ruler).unwrap();
    let other = table(vec![("c", Column::Integer(vec![1])), ("n", Column::Integer(vec![1]))]);
    let error = associations(&other, &ruler).unwrap_err().to_string();
    assert_eq!(
        error,
        "column 'c': holds integer values, but text is expected; give both tables the same types"
    );
}
