//! Types of other programs' Parquet and Arrow files.

use crate::{Listener, shown};
use arrow_array::types::Int8Type;
use arrow_array::{
    ArrayRef, Date64Array, Decimal128Array, DictionaryArray, Float32Array, Float64Array, Int8Array, LargeStringArray,
    ListArray, NullArray, RecordBatch, StringViewArray, TimestampNanosecondArray, TimestampSecondArray, UInt64Array,
};
use parquet::arrow::ArrowWriter;
use plenish_files::{ReadOptions, read_from};
use plenish_table::{ColumnSchema, ColumnType, Context, Result, Schema, Table};
use std::sync::Arc;

fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true))).unwrap();
    let mut out = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut out, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    out
}

fn read(bytes: &[u8]) -> Result<Table> {
    let name = if bytes.starts_with(&[0xFF; 4]) {
        "t.arrow"
    } else {
        "t.parquet"
    };
    read_from(bytes, name, &ReadOptions::default(), &Context::silent())
}

#[test]
fn types_of_others_are_read() {
    let dictionary: DictionaryArray<Int8Type> = [Some("x"), None, Some("y")].into_iter().collect();
    let bytes = parquet(vec![
        ("i", Arc::new(Int8Array::from(vec![Some(-5), None, Some(7)]))),
        ("u", Arc::new(UInt64Array::from(vec![1, 2, 3]))),
        ("f", Arc::new(Float32Array::from(vec![0.1, f32::NAN, 2.5]))),
        (
            "d",
            Arc::new(
                Decimal128Array::from(vec![Some(1250), None, Some(-5)])
                    .with_precision_and_scale(10, 2)
                    .unwrap(),
            ),
        ),
        ("l", Arc::new(LargeStringArray::from(vec!["a", "b", "a"]))),
        (
            "v",
            Arc::new(StringViewArray::from(vec!["a", "a longer string than twelve", "a"])),
        ),
        ("k", Arc::new(dictionary)),
        (
            "day",
            Arc::new(Date64Array::from(vec![Some(86_400_000), None, Some(-1)])),
        ),
        (
            "s",
            Arc::new(TimestampSecondArray::from(vec![0, 1, 2]).with_timezone("+02:00")),
        ),
        ("n", Arc::new(TimestampNanosecondArray::from(vec![1500, 2000, -1]))),
        ("none", Arc::new(NullArray::new(3))),
    ]);
    let listener = Listener::patient(usize::MAX);
    let table = read_from(
        &bytes[..],
        "t.parquet",
        &ReadOptions::default(),
        &Context::new(&listener),
    )
    .unwrap();
    assert_eq!(shown(&table, "i"), ["-5", "∅", "7"]);
    assert_eq!(shown(&table, "u"), ["1", "2", "3"]);
    assert_eq!(shown(&table, "f"), ["0.1", "∅", "2.5"]);
    assert_eq!(shown(&table, "d"), ["12.5", "∅", "-0.05"]);
    assert_eq!(table.schema().column("d").unwrap().decimals, Some(2));
    assert_eq!(shown(&table, "l"), ["a", "b", "a"]);
    assert_eq!(shown(&table, "v"), ["a", "a longer string than twelve", "a"]);
    assert_eq!(shown(&table, "k"), ["x", "∅", "y"]);
    assert_eq!(shown(&table, "day"), ["1970-01-02", "∅", "1969-12-31"]);
    assert_eq!(
        shown(&table, "s"),
        ["1970-01-01T00:00:00", "1970-01-01T00:00:01", "1970-01-01T00:00:02"]
    );
    assert!(table.schema().column("s").unwrap().utc);
    assert_eq!(shown(&table, "n")[0], "1970-01-01T00:00:00.000001");
    assert_eq!(shown(&table, "none"), ["∅", "∅", "∅"]);
    assert_eq!(
        listener.warnings(),
        ["t.parquet: column 'n' is in nanoseconds and was cut to microseconds"]
    );
}

#[test]
fn what_is_no_column_is_told() {
    let list = ListArray::from_iter_primitive::<arrow_array::types::Int32Type, _, _>([Some([Some(1)])]);
    let bytes = parquet(vec![
        ("a", Arc::new(Int8Array::from(vec![1]))),
        ("tags", Arc::new(list)),
    ]);
    let message = read(&bytes).unwrap_err().to_string();
    assert!(
        message.starts_with("t.parquet: column 'tags': the type List("),
        "{message}"
    );
    let options = ReadOptions {
        columns: Some(vec!["a".to_owned()]),
        ..ReadOptions::default()
    };
    let table = read_from(&bytes[..], "t.parquet", &options, &Context::silent()).unwrap();
    assert_eq!(shown(&table, "a"), ["1"]);

    let bytes = parquet(vec![("x", Arc::new(Float64Array::from(vec![1.0, f64::INFINITY])))]);
    assert_eq!(
        read(&bytes).unwrap_err().to_string(),
        "t.parquet: column 'x': row 2 holds an infinite number; put a missing value in its place if the number is not known"
    );
    let bytes = parquet(vec![("x", Arc::new(UInt64Array::from(vec![u64::MAX])))]);
    assert_eq!(
        read(&bytes).unwrap_err().to_string(),
        "t.parquet: column 'x': row 1 holds a number that does not fit 64 signed bits; write the column as text or as real numbers"
    );
    let bytes = parquet(vec![("x", Arc::new(Int8Array::from(Vec::<i8>::new())))]);
    assert!(
        read(&bytes)
            .unwrap_err()
            .to_string()
            .contains("there are no rows of data")
    );
}

#[test]
fn a_file_cut_short_is_told() {
    let bytes = parquet(vec![("a", Arc::new(UInt64Array::from_iter_values(0..5000)))]);
    for length in [4, 8, 100, bytes.len() / 2, bytes.len() - 1] {
        let message = read(&bytes[..length]).unwrap_err().to_string();
        assert!(
            message.starts_with("t.parquet: this is not a whole Parquet file: "),
            "{length}: {message}"
        );
        assert!(message.ends_with("it may be cut short or of another format; fetch or write it again"));
    }
    assert!(read(b"a,b\n1,2\n").is_err(), "text under the name of a Parquet file");
}

#[test]
fn a_declared_type_is_taken_from_another() {
    let bytes = parquet(vec![(
        "a",
        Arc::new(LargeStringArray::from(vec![Some("5"), None, Some("x")])),
    )]);
    let declared = |kind| {
        let mut column = ColumnSchema::new("a", kind);
        column.missing = true;
        let options = ReadOptions {
            schema: Some(Schema::new(vec![column]).unwrap()),
            ..ReadOptions::default()
        };
        read_from(&bytes[..], "t.parquet", &options, &Context::silent())
    };
    assert_eq!(shown(&declared(ColumnType::Text).unwrap(), "a"), ["5", "∅", "x"]);
    assert_eq!(
        declared(ColumnType::Real).unwrap_err().to_string(),
        "t.parquet: column 'a': row 3: 'x' is not a number; correct the cell, or declare the column as text"
    );
}

/// Streams, dictionaries that change from batch to batch, and the end that is missing.
#[test]
fn arrow_streams_are_read() {
    let batch = |texts: [&str; 2]| {
        let dictionary: DictionaryArray<Int8Type> = texts.into_iter().collect();
        RecordBatch::try_from_iter([("k", Arc::new(dictionary) as ArrayRef)]).unwrap()
    };
    let mut out = Vec::new();
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(&mut out, &batch(["x", "y"]).schema()).unwrap();
    writer.write(&batch(["x", "y"])).unwrap();
    writer.write(&batch(["y", "z"])).unwrap();
    writer.finish().unwrap();
    drop(writer);
    assert_eq!(shown(&read(&out).unwrap(), "k"), ["x", "y", "y", "z"]);
    let cut = &out[..out.len() - 40];
    assert!(
        read(cut)
            .unwrap_err()
            .to_string()
            .starts_with("t.arrow: this is not a whole Arrow file")
    );
    // A length of two gigabytes at the head of four bytes of data.
    let message = read(&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 1, 2, 3, 4])
        .unwrap_err()
        .to_string();
    assert!(message.contains("this is not a whole Arrow file"), "{message}");
}
