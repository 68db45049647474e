//! Types, missing cells and layout as they are inferred from text.

use crate::round_trip::bytes_of;
use crate::{Listener, shown, text};
use plenish_files::{Compression, Format, ReadOptions, describe_missing_rule, read, read_from};
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

/// A line of that cell and another.
fn line(cell: &str) -> String {
    if cell.contains(',') {
        format!("\"{cell}\",x\n")
    } else {
        format!("{cell},x\n")
    }
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

/// Days, times and durations in other notations than ISO 8601's: type and notation are found, every
/// format gives the cells back, and text formats in the notation they came in.
#[test]
fn notations_are_found_and_kept() {
    use ColumnType as T;
    for (cells, kind, notation) in [
        (&["31/12/2020", "01/02/1999"][..], T::Date, "DD/MM/YYYY"),
        (&["12/31/2020", "01/02/1999"], T::Date, "MM/DD/YYYY"),
        (&["1.2.2020", "31.12.1999"], T::Date, "D.M.YYYY"),
        (&["2020/12/31", "NA", "1999/01/02"], T::Date, "YYYY/MM/DD"),
        (
            &["2020-12-31 14:05", "1999-01-02 00:00"],
            T::Timestamp,
            "YYYY-MM-DD HH:MM",
        ),
        (
            &["2020-12-31 14:05:00", "1999-01-02 00:00:01"],
            T::Timestamp,
            "YYYY-MM-DD HH:MM:SS",
        ),
        (
            &["2020-12-31 14:05:00.250000", "1999-01-02 00:00:01"],
            T::Timestamp,
            "YYYY-MM-DD HH:MM:SS",
        ),
        (
            &["2020-12-31T14:05:00.250", "1999-01-02T00:00:01.001"],
            T::Timestamp,
            "YYYY-MM-DDTHH:MM:SS.fff",
        ),
        (
            &["2020-12-31T14:05:00+01:00", "1999-01-02T00:00:01+01:00"],
            T::Timestamp,
            "YYYY-MM-DDTHH:MM:SS+01:00",
        ),
        (&["12/31/2020 9:05", "1/2/1999 23:10"], T::Timestamp, "M/D/YYYY H:MM"),
        (&["14:35", "09:05", "", "00:00"], T::Integer, "HH:MM"),
        (&["01:23:45", "120:00:00"], T::Integer, "HH:MM:SS"),
        (
            &["5 days 03:00:00", "0 days 00:00:00.500000", "-1 days +23:00:00"],
            T::Integer,
            "D days HH:MM:SS",
        ),
        (
            &["1 day, 3:00:00", "3:00:00", "12 days, 0:00:01"],
            T::Integer,
            "D days, H:MM:SS",
        ),
        (&["PT5M30S", "PT0S", "P2DT1H"], T::Integer, "PnDTnHnMnS"),
    ] {
        let file = format!(
            "cell,other\n{}",
            cells.iter().map(|cell| line(cell)).collect::<String>()
        );
        let table = text("t.csv", &file).unwrap();
        let schema = &table.schema().columns[0];
        let found = schema.notation.map(|n| n.to_string());
        assert_eq!((schema.kind, found.as_deref()), (kind, Some(notation)), "{cells:?}");
        for format in Format::ALL {
            let bytes = bytes_of(&table, format, Compression::None, 2);
            let options = ReadOptions {
                format: Some(format),
                schema: Some(table.schema().clone()),
                ..ReadOptions::default()
            };
            let back = read_from(&bytes[..], "t", &options, &Context::silent()).unwrap();
            assert!(crate::same(&table, &back), "{cells:?} in {}", format.name());
            assert_eq!(table.schema(), back.schema());
            if format == Format::Csv {
                let expected = file.replace("NA,", ",");
                assert_eq!(String::from_utf8(bytes).unwrap(), expected);
            }
        }
        // Without a schema, a binary file keeps the cells and a JSON file the notation as well.
        for format in [Format::JsonLines, Format::Parquet, Format::Arrow] {
            let bytes = bytes_of(&table, format, Compression::None, 2);
            let back = read_from(&bytes[..], "t", &ReadOptions::default(), &Context::silent()).unwrap();
            assert!(crate::same(&table, &back), "{cells:?} in {}", format.name());
        }
        // A condition names a value the way cells are written.
        let last = cells.last().unwrap();
        let condition = plenish_table::Condition::parse(&format!("cell = '{last}'"), table.schema()).unwrap();
        assert_eq!(condition.mask(&table).unwrap().last(), Some(&true), "{last}");
    }
}

/// Where cells leave their notation open, or one does not keep it, the column is text, with the reason.
#[test]
fn open_notations_stay_text() {
    let many: Vec<String> = (1..=20)
        .map(|i| format!("{i:02}:15"))
        .chain(["25h".to_owned()])
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (cells, reason) in [
        (
            &["01/02/2020", "03/04/2020"][..],
            Some(
                "its dates may be DD/MM/YYYY as well as MM/DD/YYYY, and no cell tells which; write them as YYYY-MM-DD",
            ),
        ),
        (
            &many,
            Some("most of its cells are written as HH:MM, but not all: '25h' is not"),
        ),
        (&["31/12/2020", "soon"], None),
        (&["2020-01-01T10:00:00+01:00", "2020-07-01T10:00:00+02:00"], None),
        (&["1/02/2020", "31/1/2020"], None),
    ] {
        let listener = Listener::patient(usize::MAX);
        let file = format!(
            "cell,other\n{}",
            cells.iter().map(|cell| line(cell)).collect::<String>()
        );
        let table = read_from(
            file.as_bytes(),
            "t.csv",
            &ReadOptions::default(),
            &Context::new(&listener),
        )
        .unwrap();
        assert_eq!(kind(&table, "cell"), ColumnType::Text, "{cells:?}");
        assert_eq!(shown(&table, "cell"), cells);
        let expected: Vec<String> = reason
            .iter()
            .map(|why| format!("t.csv: column 'cell' is read as text, because {why}"))
            .collect();
        assert_eq!(listener.warnings(), expected, "{cells:?}");
    }
}

/// A cell that breaks a declared notation is an error with its line; a bare number has no unit.
#[test]
fn cells_that_break_a_declared_notation() {
    let schema = text("t.csv", "pace\n01:30\n26:10\n").unwrap().schema().clone();
    for cell in ["1:30", "90", "late"] {
        let options = ReadOptions {
            schema: Some(schema.clone()),
            ..ReadOptions::default()
        };
        let file = format!("pace\n01:30\n{cell}\n");
        let error = read_from(file.as_bytes(), "t.csv", &options, &Context::silent()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "t.csv:3: column 'pace': '{cell}' is not written as HH:MM; correct the cell, or declare the column as text"
            )
        );
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
