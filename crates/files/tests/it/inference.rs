//! Types, missing cells and layout as they are inferred from text.

use crate::{Listener, shown, text};
use plenish_files::{ReadOptions, describe_missing_rule, read, read_from};
use plenish_table::{ColumnType, Context, Table};
use std::fmt::Write;

fn kind(table: &Table, name: &str) -> ColumnType {
    table.schema().column(name).unwrap().kind
}

/// One column of these cells; the other column keeps blank cells from being blank lines.
fn of(cells: &[&str]) -> (ColumnType, Option<u8>, Vec<String>) {
    let table = text("t.csv", &format!("cell,other\n{},k\n", cells.join(",k\n"))).unwrap();
    (
        kind(&table, "cell"),
        table.schema().columns[0].decimals,
        shown(&table, "cell"),
    )
}

#[test]
fn types_come_from_whole_columns() {
    use ColumnType as T;
    for (cells, expected) in [
        (&["1", "-2", "+3"][..], T::Integer),
        (&["1", "2.0"], T::Real),
        (&["1e3", "5"], T::Real),
        (&[".5", "5."], T::Real),
        (&["00123", "12"], T::Text),
        (&["12345678901234567890", "1"], T::Text),
        (&["12345678901234567890", "1.5"], T::Real),
        (&["9223372036854775807", "1"], T::Integer),
        (&["true", "False", "TRUE"], T::Boolean),
        (&["true", "1"], T::Text),
        (&["2020-02-29", "1999-12-31"], T::Date),
        (&["2021-02-29", "1999-12-31"], T::Text),
        (&["2020-02-29T10:00:00", "2020-02-29 10:00:00.5"], T::Timestamp),
        (&["2020-02-29T10:00:00Z", "2020-02-29"], T::Timestamp),
        (&["2020-02-29T10:00:00Z", "2020-02-29T10:00:00"], T::Text),
        (&["1", "x"], T::Text),
        (&["?", "NA"], T::Text),
    ] {
        assert_eq!(of(cells).0, expected, "{cells:?}");
    }
}

/// The type changes on the last of many rows, several blocks in; all texts come back as they were.
#[test]
fn a_late_text_turns_the_whole_column_to_text() {
    let mut file = String::from("a,b,c\n");
    for i in 0..300_000 {
        let _ = writeln!(file, "{}.{:02},{i},2020-01-{:02}", i % 1000, i % 100, i % 28 + 1);
    }
    file += "n/a ok,x,y\n";
    let listener = Listener::patient(usize::MAX);
    let table = read_from(
        file.as_bytes(),
        "t.csv",
        &ReadOptions::default(),
        &Context::new(&listener),
    )
    .unwrap();
    assert!(table.schema().columns.iter().all(|c| c.kind == ColumnType::Text));
    for row in [0, 1, 7, 299_999] {
        assert_eq!(
            table.column(0).value(row).to_string(),
            format!("{}.{:02}", row % 1000, row % 100)
        );
        assert_eq!(table.column(1).value(row).to_string(), row.to_string());
    }
    assert_eq!(
        listener.warnings()[..2],
        [
            "t.csv: column 'a' is read as text, because 1 of its 300001 cells are not numbers; the first is on line 300002: 'n/a ok' is not a number",
            "t.csv: column 'b' is read as text, because 1 of its 300001 cells are not numbers; the first is on line 300002: 'x' is not a number",
        ]
    );
}

#[test]
fn decimals_are_the_longest() {
    assert_eq!(of(&["1.50", "2.123", "3"]).1, Some(3));
    assert_eq!(of(&["1.0", "2.0"]).1, Some(1));
    assert_eq!(of(&["1.5", "2e-3"]).1, None);
    assert_eq!(of(&["0.1234567890123456"]).1, None);
}

#[test]
fn missing_cells_follow_the_rule() {
    let hard = ["5", "", "?", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL"];
    let expected = [vec!["5"], vec!["∅"; 9]].concat();
    assert_eq!(of(&hard).2, expected);
    for text in &hard[2..] {
        assert!(
            describe_missing_rule().contains(text),
            "the documented rule names {text}"
        );
    }
    // A number among them: the other marks are missing too. A text: they are values.
    assert_eq!(
        of(&["5", "None", "-", ".", "\"NA\"", "\"\""]).2,
        ["5", "∅", "∅", "∅", "∅", "∅"]
    );
    assert_eq!(
        of(&["x", "None", "-", ".", "\"NA\"", "\"\""]).2,
        ["x", "None", "-", ".", "NA", ""]
    );
    assert_eq!(of(&[" 5 ", " ? "]).2, ["5", "∅"]);
    let options = ReadOptions {
        missing: vec!["-999".to_owned()],
        ..ReadOptions::default()
    };
    let table = read_from("a,b\n1,NA\n-999,\n".as_bytes(), "t.csv", &options, &Context::silent()).unwrap();
    assert_eq!(shown(&table, "a"), ["1", "∅"]);
    assert_eq!(shown(&table, "b"), ["NA", "∅"]);
}

#[test]
fn layouts() {
    for (name, file) in [
        ("bom.csv", "\u{FEFF}a,b\n1,x\n2,y\n"),
        ("crlf.csv", "a,b\r\n1,x\r\n2,y\r\n"),
        ("cr.csv", "a,b\r1,x\r2,y\r"),
        ("open.csv", "a,b\n1,x\n2,y"),
        ("blank.csv", "\na,b\n\n1,x\n  \n2,y\n\n"),
        ("semicolon.csv", "a;b\n1;x\n2;y\n"),
        ("bar.txt", "a|b\n1|x\n2|y\n"),
        ("tab.tsv", "a\tb\n1\tx\n2\ty\n"),
        ("quotes.csv", "\"a\",\"b\"\n\"1\",\"x\"\n\"2\", \"y\" \n"),
        ("lines", "{\"a\":1,\"b\":\"x\"}\n{\"b\":\"y\",\"a\":2}\n"),
    ] {
        let table = text(name, file).unwrap();
        assert_eq!(kind(&table, "a"), ColumnType::Integer, "{name}");
        assert_eq!(
            (shown(&table, "a"), shown(&table, "b")),
            (vec!["1".into(), "2".into()], vec!["x".into(), "y".into()]),
            "{name}"
        );
    }
    let table = text("t.csv", "39, x\n40, y\n").unwrap();
    assert_eq!(shown(&table, "column_2"), ["x", "y"]);
    let options = ReadOptions {
        columns: Some(vec!["c".into(), "a".into()]),
        ..ReadOptions::default()
    };
    let table = read_from("a,b,c\n1,2,3\n".as_bytes(), "t.csv", &options, &Context::silent()).unwrap();
    let names: Vec<&str> = table.schema().columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["c", "a"]);
}

#[test]
fn json_keys_may_come_late_and_strings_stay_strings() {
    let listener = Listener::patient(usize::MAX);
    let file =
        "{\"a\":1,\"id\":\"7\",\"m\":\"x\"}\n{\"b\":true,\"id\":\"8\",\"m\":5}\n{\"d\":\"2020-01-01\",\"a\":2.50}\n";
    let table = read_from(
        file.as_bytes(),
        "t.jsonl",
        &ReadOptions::default(),
        &Context::new(&listener),
    )
    .unwrap();
    let kinds: Vec<(&str, &str)> = table
        .schema()
        .columns
        .iter()
        .map(|c| (c.name.as_str(), c.kind.name()))
        .collect();
    assert_eq!(
        kinds,
        [
            ("a", "real"),
            ("id", "text"),
            ("m", "text"),
            ("b", "boolean"),
            ("d", "date")
        ]
    );
    assert_eq!(shown(&table, "a"), ["1", "∅", "2.5"]);
    assert_eq!(shown(&table, "b"), ["∅", "true", "∅"]);
    assert_eq!(table.schema().columns[0].decimals, Some(2));
    assert_eq!(
        listener.warnings(),
        ["t.jsonl: column 'm' is read as text, because it holds strings as well as numbers or booleans"]
    );
}

/// Twenty thousand categories are a table like any other.
#[test]
fn many_categories() {
    let mut file = String::from("a,b\n");
    for i in 0..20_000 {
        let _ = writeln!(file, "c{i},{i}");
    }
    let table = text("t.csv", &file).unwrap();
    assert_eq!(table.column(0).value(19_999).to_string(), "c19999");
}

/// The real table: shape, types, missing cells; CSV and Parquet give the same.
#[test]
fn adult() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/adult/data/");
    let read = |name: &str| read(&format!("{folder}{name}"), &ReadOptions::default(), &Context::silent()).unwrap();
    let (csv, parquet) = (read("adult_train.csv.gz"), read("adult_train.parquet"));
    assert_eq!((csv.rows(), csv.columns().len()), (32_561, 15));
    assert!(crate::same(&csv, &parquet));
    assert_eq!(csv.schema(), parquet.schema());
    assert_eq!(csv.by_name("workclass").unwrap().missing_count(), 1836);
    assert_eq!(kind(&csv, "age"), ColumnType::Integer);
}
