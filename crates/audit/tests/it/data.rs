//! The Adult rows of the examples.

use flate2::read::GzDecoder;
use plenish_table::{Column, ColumnSchema, ColumnType, Schema, Seed, Table, TextColumnBuilder};
use std::io::Read;
use std::sync::OnceLock;

/// Training and test part together, 48,842 rows.
pub(crate) fn adult() -> &'static Table {
    static ADULT: OnceLock<Table> = OnceLock::new();
    ADULT.get_or_init(|| {
        let texts = ["train", "test"].map(|part| {
            let root = env!("CARGO_MANIFEST_DIR");
            let path = format!("{root}/../../examples/adult/data/adult_{part}.csv.gz");
            let mut text = String::new();
            GzDecoder::new(std::fs::File::open(path).unwrap())
                .read_to_string(&mut text)
                .unwrap();
            text
        });
        let lines: Vec<Vec<&str>> = texts
            .iter()
            .flat_map(|text| text.lines().skip(1))
            .map(|line| line.split(',').map(str::trim).collect())
            .collect();
        let names = texts[0].lines().next().unwrap().split(',').map(str::trim);
        let (mut schema, mut columns) = (Vec::new(), Vec::new());
        for (place, name) in names.enumerate() {
            let cells: Vec<&str> = lines.iter().map(|line| line[place]).collect();
            let numbers: Option<Vec<i64>> = cells.iter().map(|cell| cell.parse().ok()).collect();
            columns.push(if let Some(numbers) = numbers {
                Column::Integer(numbers)
            } else {
                let mut words = TextColumnBuilder::default();
                for cell in cells {
                    words.push((!cell.is_empty() && cell != "?").then_some(cell));
                }
                Column::Text(words.finish())
            });
            let mut column = ColumnSchema::new(name, columns[place].kind());
            column.missing = column.kind == ColumnType::Text;
            schema.push(column);
        }
        Table::new(Schema { columns: schema }, columns).unwrap()
    })
}

/// Disjoint tables of these sizes, drawn by `seed`.
pub(crate) fn parts<const N: usize>(sizes: [usize; N], seed: u64) -> [Table; N] {
    let table = adult();
    let mut all: Vec<u32> = (0..table.rows() as u32).collect();
    Seed::new(seed).derive("parts").stream(0, 0).shuffle(&mut all);
    let mut from = 0;
    sizes.map(|size| {
        let rows = &all[from..from + size];
        from += size;
        table.take(rows)
    })
}
