//! The profile against SciPy, on real data, and on tables nobody hopes for.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

mod adult;
mod bad_tables;
mod golden;
mod propose;

use plenish_profile::{ProfileSettings, SharedBins, shared_bins};
use plenish_table::{Column, ColumnSchema, Schema, Table, TextColumn};

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

fn text(cells: impl IntoIterator<Item = Option<String>>) -> Column {
    let cells: Vec<Option<String>> = cells.into_iter().collect();
    Column::Text(TextColumn::from_cells(cells.iter().map(Option::as_deref)))
}

fn bins(table: &Table) -> SharedBins {
    shared_bins(&[table], &ProfileSettings::default()).unwrap()
}
