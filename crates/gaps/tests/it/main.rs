//! Gaps against brute force, planted ones, on real data, and on tables nobody hopes for.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

mod adult;
mod bad_input;
mod planted;
mod population;
mod random_tables;

use plenish_gaps::Region;
use plenish_table::{Column, ColumnSchema, Context, Schema, Seed, Table, TextColumn};

/// A table of these columns, under their names.
fn table(columns: Vec<(&str, Column)>) -> Table {
    let schema = columns
        .iter()
        .map(|(name, column)| ColumnSchema::new(*name, column.kind()))
        .collect();
    Table::new(
        Schema::new(schema).unwrap(),
        columns.into_iter().map(|(_, column)| column).collect(),
    )
    .unwrap()
}

fn text(cells: impl IntoIterator<Item = String>) -> Column {
    let cells: Vec<String> = cells.into_iter().collect();
    Column::Text(TextColumn::from_cells(cells.iter().map(|cell| Some(cell.as_str()))))
}

/// How many rows satisfy a condition, read from its text.
fn count(condition: &str, table: &Table) -> usize {
    let condition = plenish_table::Condition::parse(condition, table.schema()).unwrap();
    condition
        .mask(table)
        .unwrap()
        .into_iter()
        .filter(|inside| *inside)
        .count()
}

/// How many rows a region's condition holds for; its text says the same.
fn count_of(region: &Region, table: &Table) -> usize {
    if region.condition.is_empty() {
        return table.rows();
    }
    let inside = region
        .condition
        .mask(table)
        .unwrap()
        .into_iter()
        .filter(|inside| *inside)
        .count();
    assert_eq!(count(&region.text, table), inside, "{}", region.text);
    inside
}

/// A number in [0, 1) for each row and column.
fn draw(seed: u64, row: usize, column: u32) -> f64 {
    Seed::new(seed).stream(row as u64, column).uniform()
}

fn silent() -> Context<'static> {
    Context::silent()
}
