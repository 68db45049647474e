//! The Adult data of the examples as tables, with the schema a study would have.

use flate2::read::GzDecoder;
use plenish_table::{
    Column, ColumnSchema, ColumnType, MISSING_CODE, MISSING_INTEGER, Role, Schema, Seed, Table, TextColumnBuilder,
};
use std::io::Read;
use std::sync::{Arc, OnceLock};

/// The official training and test parts.
pub(crate) fn parts() -> &'static [Table; 2] {
    static PARTS: OnceLock<[Table; 2]> = OnceLock::new();
    PARTS.get_or_init(|| {
        let files = ["train", "test"].map(|part| {
            let path = format!(
                "{}/../../examples/adult/data/adult_{part}.csv.gz",
                env!("CARGO_MANIFEST_DIR")
            );
            let mut text = String::new();
            GzDecoder::new(std::fs::File::open(path).unwrap())
                .read_to_string(&mut text)
                .unwrap();
            text
        });
        let schema = Arc::new(schema(&files));
        files.map(|text| parse(&text, &schema))
    })
}

/// `rows` rows of the training part, chosen at random, without those of smaller `block` numbers.
pub(crate) fn block(rows: usize, block: usize) -> Table {
    let train = &parts()[0];
    let mut all: Vec<u32> = (0..train.rows() as u32).collect();
    Seed::new(5).stream(0, 0).shuffle(&mut all);
    train.take(&all[block * rows..(block + 1) * rows])
}

/// Three disjoint blocks of `rows` rows of the training part, drawn by `seed`.
pub(crate) fn blocks(rows: usize, seed: u64) -> [Table; 3] {
    let train = &parts()[0];
    let mut all: Vec<u32> = (0..train.rows() as u32).collect();
    Seed::new(seed).derive("blocks").stream(0, 0).shuffle(&mut all);
    [0, 1, 2].map(|block| train.take(&all[block * rows..(block + 1) * rows]))
}

fn cells(line: &str) -> impl Iterator<Item = &str> {
    line.split(',').map(str::trim)
}

fn is_missing(cell: &str) -> bool {
    cell.is_empty() || cell == "?"
}

/// Types, bounds and categories of both parts together.
fn schema(files: &[String; 2]) -> Schema {
    let names: Vec<&str> = cells(files[0].lines().next().unwrap()).collect();
    let columns = names.iter().enumerate().map(|(index, name)| {
        let values: Vec<&str> = files
            .iter()
            .flat_map(|text| text.lines().skip(1))
            .map(|line| cells(line).nth(index).unwrap())
            .collect();
        let present = || values.iter().copied().filter(|v| !is_missing(v));
        let numeric = present().all(|v| v.parse::<i64>().is_ok());
        let kind = if numeric { ColumnType::Integer } else { ColumnType::Text };
        let mut column = ColumnSchema::new(*name, kind);
        column.missing = values.iter().any(|v| is_missing(v));
        if numeric {
            let numbers = || present().filter_map(|v| v.parse::<f64>().ok());
            column.min = numbers().reduce(f64::min);
            column.max = numbers().reduce(f64::max);
        } else {
            let mut words: Vec<String> = present().map(str::to_owned).collect();
            words.sort();
            words.dedup();
            column.allowed = Some(words);
        }
        column.role = match *name {
            "income" => Role::Target,
            "sex" | "race" => Role::Protected,
            _ => Role::Feature,
        };
        column
    });
    Schema::new(columns.collect()).unwrap()
}

fn parse(text: &str, schema: &Arc<Schema>) -> Table {
    let mut numbers: Vec<Vec<i64>> = vec![Vec::new(); schema.columns.len()];
    let mut texts: Vec<TextColumnBuilder> = schema.columns.iter().map(|_| TextColumnBuilder::default()).collect();
    for line in text.lines().skip(1) {
        for (index, cell) in cells(line).enumerate() {
            let present = (!is_missing(cell)).then_some(cell);
            match schema.columns[index].kind {
                ColumnType::Integer => numbers[index].push(present.map_or(MISSING_INTEGER, |v| v.parse().unwrap())),
                _ => texts[index].push(present),
            }
        }
    }
    let columns = schema
        .columns
        .iter()
        .zip(numbers.into_iter().zip(texts))
        .map(|(column, (numbers, texts))| match column.kind {
            ColumnType::Integer => Column::Integer(numbers),
            _ => Column::Text(texts.finish()),
        })
        .collect();
    Table::new(Arc::clone(schema), columns).unwrap()
}

/// The table with one column changed.
pub(crate) fn with_column(table: &Table, name: &str, change: impl FnOnce(&mut Column)) -> Table {
    let mut columns = table.columns().to_vec();
    change(&mut columns[table.schema().index(name).unwrap()]);
    Table::new(table.shared_schema(), columns).unwrap()
}

/// The table with another schema for one column.
pub(crate) fn with_schema(table: &Table, name: &str, change: impl FnOnce(&mut ColumnSchema)) -> Table {
    let mut schema = table.schema().clone();
    let index = schema.index(name).unwrap();
    change(&mut schema.columns[index]);
    table.clone().with_schema(schema).unwrap()
}

/// The text column `name` with its missing cells filled.
pub(crate) fn fill(table: &Table, name: &str) -> Table {
    with_column(table, name, |column| {
        let Column::Text(text) = column else { panic!("not text") };
        for code in text.codes.iter_mut().filter(|c| **c == MISSING_CODE) {
            *code = 0;
        }
    })
}
