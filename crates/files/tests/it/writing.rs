//! Files appear whole or not at all, and their bytes depend on the cells alone.

use crate::round_trip::{bytes_of, table};
use crate::{Listener, same};
use plenish_files::{
    Compression, Format, ReadOptions, Writer, read, sha256_bytes, sha256_file, write, write_bytes_atomically,
    write_with_summary,
};
use plenish_table::{Column, ColumnSchema, ColumnType, Context, Schema, Table, TextColumn};
use proptest::prelude::*;
use std::sync::Arc;

fn names(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn long(rows: usize) -> Table {
    let schema = Schema::new(vec![
        ColumnSchema::new("n", ColumnType::Integer),
        ColumnSchema::new("t", ColumnType::Text),
        ColumnSchema::new("r", ColumnType::Real),
    ])
    .unwrap();
    let texts: Vec<String> = (0..rows).map(|i| format!("v{}", i * 31 % 977)).collect();
    Table::new(
        schema,
        vec![
            Column::Integer((0..rows as i64).collect()),
            Column::Text(TextColumn::from_cells(texts.iter().map(|t| Some(t.as_str())))),
            Column::Real((0..rows).map(|i| i as f64 / 8.0).collect()),
        ],
    )
    .unwrap()
}

/// The same cells under a dictionary in another order, with strings that no cell uses.
fn recoded(table: &Table) -> Table {
    let columns = table
        .columns()
        .iter()
        .map(|column| match column {
            Column::Text(text) => {
                let last = text.dictionary.len() as u32;
                let mut dictionary: Vec<String> = text.dictionary.iter().rev().cloned().collect();
                dictionary.push("unused\u{1}".to_owned());
                let codes = text
                    .codes
                    .iter()
                    .map(|&c| if c == u32::MAX { c } else { last - 1 - c })
                    .collect();
                Column::Text(TextColumn {
                    codes,
                    dictionary: Arc::new(dictionary),
                })
            }
            other => other.clone(),
        })
        .collect();
    Table::new(table.shared_schema(), columns).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn bytes_depend_on_cells_alone(table in table(), batch in 1_usize..12) {
        for format in Format::ALL {
            let whole = bytes_of(&table, format, Compression::None, 1000);
            prop_assert!(whole == bytes_of(&recoded(&table), format, Compression::None, batch), "{}", format.name());
        }
    }
}

/// More rows than a group holds, in batches that do not divide it, on one thread and on two.
#[test]
fn groups_do_not_show_the_batches() {
    let table = long(300_000);
    for format in [Format::Parquet, Format::Arrow, Format::Csv] {
        let on = |threads: usize, batch: usize| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap()
                .install(|| bytes_of(&table, format, Compression::None, batch))
        };
        let whole = on(2, 300_000);
        assert!(whole == on(1, 70_001), "{}", format.name());
        let options = ReadOptions {
            format: Some(format),
            ..ReadOptions::default()
        };
        let back = plenish_files::read_from(&whole[..], "t", &options, &Context::silent()).unwrap();
        assert!(same(&table, &back), "{}", format.name());
    }
}

#[test]
fn files_appear_whole() {
    let folder = tempfile::tempdir().unwrap();
    let table = long(1000);
    let cx = Context::silent();
    for name in ["a.csv", "a.tsv.gz", "a.jsonl.zst", "a.parquet", "a.feather"] {
        let path = folder.path().join(name);
        let target = path.to_str().unwrap();
        let summary = write_with_summary(&table, target, &cx).unwrap();
        assert_eq!(summary.rows, 1000);
        assert_eq!(summary.bytes, std::fs::metadata(&path).unwrap().len());
        assert_eq!(summary.sha256, sha256_file(&path).unwrap());
        assert!(
            same(&table, &read(target, &ReadOptions::default(), &cx).unwrap()),
            "{name}"
        );
    }
    assert_eq!(
        names(folder.path()),
        ["a.csv", "a.feather", "a.jsonl.zst", "a.parquet", "a.tsv.gz"]
    );
    assert_eq!(
        sha256_bytes(b"abc"),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "the example of FIPS 180-4"
    );
}

#[test]
fn failure_and_stopping_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let target = path.to_str().unwrap();
    write_bytes_atomically(&path, b"before").unwrap();
    for name in ["a.csv", "b.parquet"] {
        let listener = Listener::patient(4);
        let stopped = write(
            &long(400_000),
            folder.path().join(name).to_str().unwrap(),
            &Context::new(&listener),
        );
        assert!(stopped.unwrap_err().to_string().starts_with("stopped on request"));
    }
    let mut writer = Writer::create(target, long(1).shared_schema()).unwrap();
    writer.write_batch(&long(1)).unwrap();
    drop(writer);
    assert_eq!(names(folder.path()), ["a.csv"]);
    assert_eq!(std::fs::read(&path).unwrap(), b"before");
}

#[test]
fn bad_targets_are_told() {
    let table = long(1);
    let cx = Context::silent();
    let message = |target: &str| write(&table, target, &cx).unwrap_err().to_string();
    assert_eq!(
        message("a.xlsx"),
        "a.xlsx: the extension names no known format; use .csv, .tsv, .jsonl (each also with .gz or .zst), .parquet or .arrow"
    );
    assert_eq!(
        message("a.parquet.gz"),
        "a.parquet.gz: Parquet is compressed by itself and takes no .gz or .zst; leave the last extension out"
    );
    assert!(message("no/such/a.csv").contains("no/such/a.csv: cannot write: "));
    let folder = tempfile::Builder::new().suffix(".csv").tempdir().unwrap();
    assert!(message(folder.path().to_str().unwrap()).contains("this is a folder"));
}

/// A new file is as readable as any the user makes; the temporary file is private otherwise.
#[cfg(unix)]
#[test]
fn permissions_are_those_of_a_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (ours, plain) = (folder.path().join("a.csv"), folder.path().join("b"));
    write(&long(1), ours.to_str().unwrap(), &Context::silent()).unwrap();
    std::fs::write(&plain, "").unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&ours), mode(&plain));
}
