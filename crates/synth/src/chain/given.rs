//! Partial rows to be completed: checked against what the model knows, and laid over what is drawn.

use super::ChainModel;
use crate::Ask;
use crate::codec::{Draws, Strange};
use plenish_table::{
    Column, ColumnSchema, Condition, Error, MISSING_CODE, Result, Role, Seed, TextColumn, TextColumnBuilder,
};
use std::sync::Arc;

/// The given columns, by their place in the chain.
#[derive(Debug)]
pub(crate) struct Given {
    columns: Vec<Option<Column>>,
    pub(crate) rows: u64,
}

impl Given {
    /// The rows that `ask` gives, if any. Fails, naming row and column, when a column is none of the
    /// model's or of another type, a cell is like none that was learned from (unless clipped), or does
    /// not satisfy the condition.
    pub(crate) fn of(model: &ChainModel, ask: &Ask) -> Result<Option<Self>> {
        let Some(table) = &ask.given else { return Ok(None) };
        for described in &table.schema().columns {
            model.schema.require(&described.name)?;
        }
        let mut columns = vec![None; model.columns.len()];
        for (place, slot) in columns.iter_mut().enumerate() {
            let schema = model.column_schema(place);
            let Some(cells) = table.by_name(&schema.name) else {
                continue;
            };
            let cells = typed(cells, schema)?;
            if ask.distributions.iter().any(|d| d.column == schema.name) {
                return Err(Error::usage("it is given and has a distribution as well")
                    .in_column(&schema.name)
                    .help("leave it out of the given rows, or set no distribution"));
            }
            if !ask.clip {
                check_known(model, place, &cells)?;
            }
            check_condition(&ask.condition, schema, &cells)?;
            if cells.missing_count() < cells.len() {
                *slot = Some(in_dictionary_of(model, place, cells));
            }
        }
        Ok(Some(Self {
            columns,
            rows: table.rows() as u64,
        }))
    }

    /// The column at `place`, if any of its cells is given.
    pub(crate) fn column(&self, place: usize) -> Option<&Column> {
        self.columns[place].as_ref()
    }

    /// The given cell of a unit: its number, NaN for text; `None` if it is to be drawn.
    pub(crate) fn cell(&self, place: usize, unit: u64) -> Option<f64> {
        let (cells, row) = (self.columns[place].as_ref()?, unit as usize);
        (!cells.is_missing(row)).then(|| cells.number(row).unwrap_or(f64::NAN))
    }
}

fn typed(cells: &Column, schema: &ColumnSchema) -> Result<Column> {
    match (cells, schema.kind) {
        (Column::Integer(_), plenish_table::ColumnType::Real) => Ok(Column::Real(cells.numbers())),
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

fn check_known(model: &ChainModel, place: usize, cells: &Column) -> Result<()> {
    let (codec, schema) = (&model.columns[place].codec, model.column_schema(place));
    if matches!(schema.role, Role::FreeText | Role::Identifier) {
        return Ok(());
    }
    let strange = (0..cells.len()).find_map(|row| Some((row, codec.strange(cells, row)?)));
    let Some((row, strange)) = strange else { return Ok(()) };
    let value = cells.value(row);
    let message = match strange {
        Strange::Unknown => format!("'{value}' is no value that the model has seen"),
        Strange::Outside(low, high) => format!(
            "{} is out of the range of the model, {} to {}",
            schema.show_number(cells.number(row).unwrap_or(f64::NAN)),
            schema.show_number(low),
            schema.show_number(high)
        ),
        Strange::AnyValue => format!("'{value}' is given, but the model has never seen a value"),
    };
    Err(Error::data(message)
        .at_row(row as u64 + 1)
        .in_column(&schema.name)
        .help("correct the row, or accept it with --clip: it is then completed like the nearest value or a rare one"))
}

fn check_condition(condition: &Condition, schema: &ColumnSchema, cells: &Column) -> Result<()> {
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

/// Texts as codes of the model's own dictionary, with those it does not know at its end: rows drawn in
/// different blocks then share one dictionary.
fn in_dictionary_of(model: &ChainModel, place: usize, cells: Column) -> Column {
    let Column::Text(text) = cells else { return cells };
    let draws = Draws {
        units: &[],
        bits: &[],
        key: &Seed::new(0),
    };
    let schema = model.column_schema(place);
    let none = model.columns[place].codec.decode_drawn(&[], draws, &[], None, schema);
    let mut builder = TextColumnBuilder::default();
    if let Column::Text(own) = none {
        for word in own.dictionary.iter() {
            builder.code(word);
        }
    }
    for row in 0..text.codes.len() {
        builder.push(text.get(row));
    }
    Column::Text(builder.finish())
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
