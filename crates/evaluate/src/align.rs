//! Bringing tables under one schema, and choosing the columns that scores look at.

use plenish_table::{ColumnType, Error, Result, Role, Schema, Table};
use std::sync::Arc;

/// Tables under one schema: that of the first, with an integer column widened to real where another
/// table holds reals. Fails when a table lacks a column, has one too many, or one of another type;
/// the message names the table by `names`.
pub fn align<const N: usize>(tables: [&Table; N], names: [&str; N]) -> Result<[Table; N]> {
    let first = tables[0];
    for (table, name) in tables.iter().zip(names) {
        for column in &first.schema().columns {
            if table.schema().index(&column.name).is_none() {
                return Err(
                    Error::data(format!("the {name} table lacks this column of the {} table", names[0]))
                        .in_column(&column.name)
                        .help("give all tables the same columns"),
                );
            }
        }
        for column in &table.schema().columns {
            if first.schema().index(&column.name).is_none() {
                return Err(Error::data(format!(
                    "the {name} table has this column, but the {} table has not",
                    names[0]
                ))
                .in_column(&column.name)
                .help("give all tables the same columns"));
            }
        }
    }
    let mut schema: Schema = first.schema().clone();
    for column in &mut schema.columns {
        let kinds = || {
            tables
                .iter()
                .filter_map(|table| table.schema().column(&column.name))
                .map(|c| c.kind)
        };
        if column.kind == ColumnType::Integer && kinds().any(|kind| kind == ColumnType::Real) {
            column.kind = ColumnType::Real;
        }
    }
    let schema = Arc::new(schema);
    let mut out = Vec::with_capacity(N);
    for (table, name) in tables.iter().zip(names) {
        out.push(table.conform(&schema).map_err(|error| in_table(&error, name))?);
    }
    out.try_into()
        .map_err(|_| Error::internal("as many tables come out as go in"))
}

/// Says in an error which table it is about.
fn in_table(error: &Error, name: &str) -> Error {
    let mut named = Error::new(error.kind(), format!("the {name} table {}", error.message()));
    if let Some(column) = &error.place().column {
        named = named.in_column(column);
    }
    match error.advice() {
        Some(advice) => named.help(advice),
        None => named,
    }
}

/// The columns that scores look at: all but identifiers, prose and weights. Fails if there are none.
pub fn scored(schema: &Schema) -> Result<Vec<usize>> {
    let columns: Vec<usize> = (0..schema.columns.len())
        .filter(|&i| !matches!(schema.columns[i].role, Role::Identifier | Role::FreeText | Role::Weight))
        .collect();
    if columns.is_empty() {
        return Err(Error::data("no column is left to compare")
            .help("identifiers, free text and weights are not compared; give at least one column another role"));
    }
    Ok(columns)
}

/// `count` of the rows 0..`rows` in rising order, drawn without replacement; all if `count` is not
/// smaller.
pub fn sample(rows: usize, count: usize, seed: &plenish_table::Seed) -> Vec<u32> {
    let mut all: Vec<u32> = (0..rows as u32).collect();
    if count < rows {
        let mut stream = seed.stream(0, 0);
        // The head of a Fisher-Yates shuffle.
        for i in 0..count {
            all.swap(i, i + stream.below((rows - i) as u64) as usize);
        }
        all.truncate(count);
        all.sort_unstable();
    }
    all
}
