//! Each kind of bad input gives an error that says where and what to do, word for word.

use crate::{shown, text};
use plenish_files::{ReadOptions, read, read_from};
use plenish_table::{ColumnSchema, ColumnType, Context, Result, Schema, Table};
use std::io::Write;

fn bytes(name: &str, bytes: &[u8]) -> Result<Table> {
    read_from(bytes, name, &ReadOptions::default(), &Context::silent())
}

#[track_caller]
fn says(result: Result<Table>, expected: &str) {
    let message = result.map(|table| table.rows()).unwrap_err().to_string();
    assert_eq!(message, expected);
}

#[test]
fn no_file_and_a_folder() {
    let cx = Context::silent();
    let options = ReadOptions::default();
    says(
        read("no/such.csv", &options, &cx),
        "no/such.csv: cannot read: No such file or directory (os error 2); check the path",
    );
    says(
        read("src", &options, &cx),
        "src: this is a folder, not a file; name a file in it",
    );
}

#[test]
fn nothing_to_read() {
    let empty = "t.csv: the file is empty; check how it was made, or whether this is the file you mean";
    says(text("t.csv", ""), empty);
    says(text("t.csv", "\n  \n"), empty);
    says(
        text("t.csv", "a,b\n"),
        "t.csv: there are no rows of data; the file must hold at least one row below the header; if its first row is data, say that it has no header",
    );
    says(text("t.parquet", ""), &empty.replace("csv", "parquet"));
}

#[test]
fn rows_of_another_width() {
    says(
        text("t.csv", "a,b\n1,2\n\n3\n"),
        "t.csv:4: the row has 1 cell, but 2 are expected (the delimiter is ','); add the cells that are missing; an empty cell still needs its delimiter",
    );
    says(
        text("t.csv", "a,b\n\"x\ny\",2\n3,4,5\n"),
        "t.csv:4: the row has 3 cells, but 2 are expected (the delimiter is ','); put cells that hold the delimiter in quotes",
    );
}

#[test]
fn other_encodings() {
    says(
        bytes("t.csv", b"a,b\n1,x\n2,caf\xE9\n"),
        "t.csv:3:6: byte 0xE9 is not part of UTF-8 text; convert the file first; if it is Latin-1: iconv -f LATIN1 -t UTF-8 old > new",
    );
    let late = [b"a,b\n".to_vec(), b"1,x\n".repeat(200_000), b"2,\xFF\n".to_vec()].concat();
    says(
        bytes("t.csv", &late),
        "t.csv:200002:3: byte 0xFF is not part of UTF-8 text; convert the file first; if it is Latin-1: iconv -f LATIN1 -t UTF-8 old > new",
    );
    says(
        bytes("t.csv", b"\xFF\xFEa\0,\0b\0\n\0"),
        "t.csv: this is UTF-16 text, not UTF-8; convert it first: iconv -f UTF-16 -t UTF-8 old.csv > new.csv",
    );
    says(
        bytes("t.csv", b"a,b\n1,x\n2,\0\n"),
        "t.csv:3: a NUL byte is not part of a text table; this may be another kind of file, or UTF-16 text; convert it to CSV in UTF-8",
    );
}

#[test]
fn names_of_columns() {
    says(
        text("t.csv", "a,b,a\n1,2,3\n"),
        "t.csv:1: column 'a': columns 1 and 3 have the same name; rename one of them; if the first line is data, say that the file has no header",
    );
    says(
        text("t.csv", "\n,b\n1,2\n"),
        "t.csv:2: column 1 has no name; name it in the first line; if it is an index that another program added, write the file without it",
    );
}

#[test]
fn quotes() {
    says(
        text("t.csv", "a,b\n1,\"x\n2,y\n"),
        "t.csv:2: a quoted cell begins on this line and is never closed; close it with a quote; a quote within a quoted cell is doubled",
    );
    says(
        text("t.csv", "a,b\n1,x\n2,\"y\"z\n"),
        "t.csv:3: a quoted cell goes on after its closing quote; double the quotes within a quoted cell",
    );
}

#[test]
fn numbers_out_of_range() {
    says(
        text("t.csv", "a,b\n\"1\",x\n\n1e400,y\n"),
        "t.csv:4: column 'a': '1e400' is too large for a real number, which ends at about 1.8e308; correct the cell, or leave it empty if the value is not known",
    );
    says(
        text("t.csv", "a,b\n1,x\n2,y\n-inf,z\n"),
        "t.csv:4: column 'a': '-inf' is not a finite number; leave the cell empty if the value is not known",
    );
    says(
        text("t.jsonl", "{\"a\":1}\n{\"a\":1e999}\n"),
        "t.jsonl:2: column 'a': '1e999' is too large for a real number, which ends at about 1.8e308; correct the cell, or leave it empty if the value is not known",
    );
    // A name is not a number.
    let table = text("t.csv", "brand\nInfinity\nFord\n").unwrap();
    assert_eq!(shown(&table, "brand"), ["Infinity", "Ford"]);
}

#[test]
fn json() {
    says(
        text("t.jsonl", "{\"a\":1}\n\n{\"a\":{\"b\":2}}\n"),
        "t.jsonl:3:6: column 'a': the value is an object or an array; a table holds plain values; flatten it, for instance with jq, into one key a value",
    );
    says(
        text("t.jsonl", "{\"a\":1}\n{\"é\":1,}\n"),
        "t.jsonl:2:8: this is not JSON: a key in quotes is expected here; each line must hold one object, such as {\"age\": 39, \"job\": \"clerk\"}",
    );
    says(
        text("t.jsonl", "{\"a\":1}\n[1]\n"),
        "t.jsonl:2:1: the line does not hold an object; each line must hold one object, such as {\"age\": 39, \"job\": \"clerk\"}",
    );
    says(
        text("t.jsonl", "{\"a\":1,\"a\":2}\n"),
        "t.jsonl:1: column 'a': the key occurs twice in one object; give each key once",
    );
}

#[test]
fn declared_types() {
    let declared = |kind| ReadOptions {
        schema: Some(Schema::new(vec![ColumnSchema::new("b", kind)]).unwrap()),
        ..ReadOptions::default()
    };
    let read = |kind| {
        read_from(
            "a,b\n1,5\n\"x\ny\",seven\n".as_bytes(),
            "t.csv",
            &declared(kind),
            &Context::silent(),
        )
    };
    says(
        read(ColumnType::Integer),
        "t.csv:3: column 'b': 'seven' is not a whole number; correct the cell, or declare the column as text",
    );
    says(
        read(ColumnType::Date),
        "t.csv:2: column 'b': '5' is not a date; write dates as YYYY-MM-DD, or declare the column as text",
    );
    says(
        read_from(
            "a,c\n1,5\n".as_bytes(),
            "t.csv",
            &declared(ColumnType::Text),
            &Context::silent(),
        ),
        "t.csv: column 'b': the file has no such column; its columns are: a, c",
    );
}

#[test]
fn damaged_compression() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let mut rows = String::from("a,b\n");
    for i in 0..100_000 {
        rows += &i.to_string();
        rows += ",";
        rows += &(i * 7919 % 10_007).to_string();
        rows += "\n";
    }
    gzip.write_all(rows.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    assert_eq!(bytes("t.csv.gz", &gzip).unwrap().rows(), 100_000);
    for damaged in [&gzip[..gzip.len() / 2], &gzip[..5]] {
        let message = bytes("t.csv.gz", damaged).unwrap_err().to_string();
        assert!(
            message.starts_with("t.csv.gz: the compressed data is damaged or cut short"),
            "{message}"
        );
    }
    let mut flipped = gzip.clone();
    let middle = flipped.len() / 2;
    flipped[middle..middle + 20].fill(0xA5);
    let message = bytes("t.csv.gz", &flipped).unwrap_err().to_string();
    assert!(message.contains("damaged"), "{message}");

    let zstd = zstd::encode_all(rows.as_bytes(), 3).unwrap();
    let message = bytes("t.csv.zst", &zstd[..zstd.len() / 2]).unwrap_err().to_string();
    assert!(
        message.starts_with("t.csv.zst: the compressed data is damaged or cut short"),
        "{message}"
    );
}
