//! Any table survives every format, given its schema; arbitrary bytes never cause a panic.

use crate::same;
use plenish_files::{Compression, Format, ReadOptions, Writer, read_from};
use plenish_table::{
    Column, ColumnSchema, ColumnType, Context, MISSING_BOOLEAN, MISSING_DATE, MISSING_INTEGER, Schema, Table,
    TextColumn,
};
use proptest::collection::vec;
use proptest::prelude::*;
use std::io::Write;
use std::sync::{Arc, Mutex};

/// Bytes that can still be looked at when their writer is gone.
#[derive(Clone, Default)]
pub(crate) struct Kept(pub(crate) Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The bytes of a table, written in batches of these sizes.
pub(crate) fn bytes_of(table: &Table, format: Format, compression: Compression, batch: usize) -> Vec<u8> {
    let kept = Kept::default();
    let mut writer =
        Writer::to_stream(Box::new(kept.clone()), "t", format, compression, table.shared_schema()).unwrap();
    let rows: Vec<u32> = (0..table.rows() as u32).collect();
    for rows in rows.chunks(batch.max(1)) {
        writer.write_batch(&table.take(rows)).unwrap();
    }
    writer.finish().unwrap();
    kept.0.lock().unwrap().clone()
}

fn odd_text() -> impl Strategy<Value = Option<String>> {
    proptest::option::weighted(
        0.85,
        prop_oneof![
            "[a-c]{1,3}",
            "[ ,;\t|\"'\n\r\\\\x?-]{0,6}",
            prop_oneof![
                Just("NA"),
                Just(""),
                Just("None"),
                Just("?"),
                Just("007"),
                Just("1e5"),
                Just("true"),
                Just("-0"),
                Just("2020-01-01"),
                Just("1.50"),
                Just(" 1 "),
                Just("\u{FEFF}x")
            ]
            .prop_map(String::from),
            "[^\\x00]{0,8}",
        ],
    )
}

fn column(kind: ColumnType, rows: usize) -> BoxedStrategy<Column> {
    let real = prop_oneof![
        Just(f64::NAN),
        Just(-0.0),
        (-1000_i32..1000).prop_map(f64::from),
        (-100_000_i32..100_000).prop_map(|v| f64::from(v) / 100.0),
        proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO,
    ];
    match kind {
        ColumnType::Boolean => vec(prop_oneof![Just(0_u8), Just(1), Just(MISSING_BOOLEAN)], rows).prop_map(Column::Boolean).boxed(),
        ColumnType::Integer => vec(prop_oneof![Just(MISSING_INTEGER), -5_i64..5, any::<i64>()], rows).prop_map(Column::Integer).boxed(),
        ColumnType::Real => vec(real, rows).prop_map(Column::Real).boxed(),
        ColumnType::Date => vec(prop_oneof![1 => Just(MISSING_DATE), 6 => -719_162_i32..2_932_896], rows).prop_map(Column::Date).boxed(),
        ColumnType::Timestamp => vec(
            prop_oneof![1 => Just(MISSING_INTEGER), 3 => -62_135_596_800_000_000_i64..253_402_300_799_999_999, 3 => (-1_000_000_i64..1_000_000).prop_map(|s| s * 1_000_000)],
            rows,
        )
        .prop_map(Column::Timestamp)
        .boxed(),
        ColumnType::Text => vec(odd_text(), rows)
            .prop_map(|cells| Column::Text(TextColumn::from_cells(cells.iter().map(Option::as_deref))))
            .boxed(),
    }
}

fn kinds() -> impl Strategy<Value = Vec<ColumnType>> {
    vec(proptest::sample::select(ColumnType::ALL.to_vec()), 1..6)
}

pub(crate) fn table() -> impl Strategy<Value = Table> {
    (kinds(), 1_usize..12)
        .prop_flat_map(|(kinds, rows)| {
            let columns: Vec<_> = kinds.iter().map(|&kind| column(kind, rows)).collect();
            let names = vec("[a-z1 ,\"é\n]{0,4}", kinds.len());
            let decimals = vec(proptest::option::of(0_u8..16), kinds.len());
            (Just(kinds), columns, names, decimals, any::<bool>())
        })
        .prop_map(|(kinds, columns, names, decimals, utc)| {
            let described = kinds
                .iter()
                .zip(names)
                .zip(decimals)
                .zip(&columns)
                .enumerate()
                .map(|(index, (((&kind, name), decimals), column))| {
                    let mut schema = ColumnSchema::new(format!("{name}{index}"), kind);
                    schema.missing = column.missing_count() > 0;
                    schema.utc = utc && kind == ColumnType::Timestamp;
                    schema.decimals = decimals.filter(|_| kind == ColumnType::Real);
                    schema
                })
                .collect();
            Table::new(Schema::new(described).unwrap(), columns).unwrap()
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn tables_survive_every_format(table in table(), batch in 1_usize..12) {
        let options = ReadOptions { schema: Some(table.schema().clone()), ..ReadOptions::default() };
        for format in Format::ALL {
            for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
                if compression != Compression::None && !format.is_text() {
                    continue;
                }
                let bytes = bytes_of(&table, format, compression, batch);
                let options = ReadOptions { format: Some(format), ..options.clone() };
                let back = read_from(&bytes[..], "t", &options, &Context::silent());
                let back = back.map_err(|error| TestCaseError::fail(format!("{}: {error}", format.name())))?;
                prop_assert!(same(&table, &back), "{}: {:?} became {:?}", format.name(), table, back);
                prop_assert_eq!(table.schema(), back.schema());
            }
        }
    }

    /// Without a schema the cells may get other types, but rows and columns stay.
    #[test]
    fn inference_keeps_the_shape(table in table()) {
        for format in [Format::Parquet, Format::Arrow] {
            let bytes = bytes_of(&table, format, Compression::None, 100);
            let back = read_from(&bytes[..], "t", &ReadOptions::default(), &Context::silent());
            prop_assert!(same(&table, &back.unwrap()));
        }
        let bytes = bytes_of(&table, Format::Csv, Compression::None, 100);
        let options = ReadOptions { header: Some(true), delimiter: Some(b','), ..ReadOptions::default() };
        let back = read_from(&bytes[..], "t.csv", &options, &Context::silent()).unwrap();
        prop_assert_eq!((back.rows(), back.columns().len()), (table.rows(), table.columns().len()));
    }

    #[test]
    fn bytes_never_cause_a_panic(bytes in vec(any::<u8>(), 0..200), format in proptest::sample::select(Format::ALL.to_vec())) {
        for format in [None, Some(format)] {
            let options = ReadOptions { format, ..ReadOptions::default() };
            let _ = read_from(&bytes[..], "t", &options, &Context::silent());
        }
    }

    #[test]
    fn text_never_causes_a_panic(text in "[-+0-9a-bTZ:.,;\"\n\r\t |?NAeEinf{}]{0,80}") {
        for name in ["t.csv", "t.tsv", "t", "t.jsonl"] {
            let _ = crate::text(name, &text);
        }
    }

    /// A file with some bytes changed or cut off is an error or a table, never a panic.
    #[test]
    fn damaged_binary_files_are_told(table in table(), at in any::<prop::sample::Index>(), byte: u8, cut: bool) {
        for format in [Format::Parquet, Format::Arrow] {
            let mut bytes = bytes_of(&table, format, Compression::None, 100);
            let at = at.index(bytes.len());
            if cut { bytes.truncate(at) } else { bytes[at] = byte }
            let options = ReadOptions { format: Some(format), ..ReadOptions::default() };
            let read = read_from(&bytes[..], "t", &options, &Context::silent());
            prop_assert!(!cut || read.is_err(), "{}", format.name());
        }
    }
}
