//! Partial rows, whose given cells are kept: their types, the condition on them, and how they are laid over
//! what is drawn.

use plenish_table::{Column, ColumnSchema, ColumnType, Condition, Error, MISSING_CODE, Result, TextColumn};
use std::sync::Arc;

/// Given cells with the type of the model's column; fails when they are of another.
pub(crate) fn typed(cells: &Column, schema: &ColumnSchema) -> Result<Column> {
    match (cells, schema.kind) {
        (Column::Integer(_), ColumnType::Real) => Ok(Column::Real(cells.numbers())),
        (cells, kind) if cells.kind() == kind => Ok(cells.clone()),
        (cells, kind) if cells.missing_count() == cells.len() => Ok(Column::all_missing(kind, cells.len())),
        (cells, kind) => Err(Error::data(format!(
            "the given rows hold {} values, but the model has {}",
            cells.kind().name(),
            kind.name()
        ))
        .in_column(&schema.name)),
    }
}

/// Fails, naming row and column, when a given cell does not satisfy its terms of the condition.
pub(crate) fn check_condition(condition: &Condition, schema: &ColumnSchema, cells: &Column) -> Result<()> {
    for term in condition.terms.iter().filter(|t| t.column == schema.name) {
        let broken = (0..cells.len()).find(|&row| !cells.is_missing(row) && !term.test.accepts(&cells.value(row)));
        if let Some(row) = broken {
            let shown = Condition {
                terms: vec![term.clone()],
            };
            return Err(Error::usage(format!(
                "the given value '{}' does not satisfy: {shown}",
                cells.value(row)
            ))
            .at_row(row as u64 + 1)
            .in_column(&schema.name)
            .help("leave the row out, or ask for something else"));
        }
    }
    Ok(())
}

/// `drawn` with the cells of `given` that are not missing in their place; `units` are the rows of
/// `given` that the rows of `drawn` belong to.
pub(crate) fn overlay(drawn: Column, given: &Column, units: &[u64]) -> Column {
    fn lay<T: Copy>(mut drawn: Vec<T>, given: &Column, cells: &[T], units: &[u64]) -> Vec<T> {
        for (cell, &unit) in drawn.iter_mut().zip(units) {
            if !given.is_missing(unit as usize) {
                *cell = cells[unit as usize];
            }
        }
        drawn
    }
    match (drawn, given) {
        (Column::Boolean(d), Column::Boolean(g)) => Column::Boolean(lay(d, given, g, units)),
        (Column::Integer(d), Column::Integer(g)) => Column::Integer(lay(d, given, g, units)),
        (Column::Real(d), Column::Real(g)) => Column::Real(lay(d, given, g, units)),
        (Column::Date(d), Column::Date(g)) => Column::Date(lay(d, given, g, units)),
        (Column::Timestamp(d), Column::Timestamp(g)) => Column::Timestamp(lay(d, given, g, units)),
        (Column::Text(d), Column::Text(g)) => {
            let begins = |whole: &[String], part: &[String]| whole.len() >= part.len() && whole[..part.len()] == *part;
            if begins(&g.dictionary, &d.dictionary) {
                return Column::Text(TextColumn {
                    codes: lay(d.codes, given, &g.codes, units),
                    dictionary: Arc::clone(&g.dictionary),
                });
            }
            // Identifiers bring words of their own with every block.
            Column::Text(TextColumn::from_cells(units.iter().enumerate().map(
                |(row, &unit)| match g.codes[unit as usize] {
                    MISSING_CODE => d.get(row),
                    _ => g.get(unit as usize),
                },
            )))
        }
        (drawn, _) => drawn,
    }
}
