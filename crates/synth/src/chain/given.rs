//! Partial rows to be completed: checked against what the model knows, and laid over what is drawn.

use super::ChainModel;
use crate::Ask;
use crate::codec::{Draws, Strange};
use crate::partial::{check_condition, typed};
use plenish_table::{Column, ColumnSchema, Error, Result, Role, Seed, TextColumnBuilder, Value};

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

fn check_known(model: &ChainModel, place: usize, cells: &Column) -> Result<()> {
    let (codec, schema) = (&model.columns[place].codec, model.column_schema(place));
    if matches!(schema.role, Role::FreeText | Role::Identifier) {
        return Ok(());
    }
    let strange = (0..cells.len()).find_map(|row| {
        let strange = codec.strange(cells, row)?;
        (!is_declared(&strange, cells, row, schema)).then_some((row, strange))
    });
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

/// Whether the schema names a value that no training row had: it is then completed like the nearest one or
/// a rare one.
fn is_declared(strange: &Strange, cells: &Column, row: usize, schema: &ColumnSchema) -> bool {
    match strange {
        Strange::Unknown => {
            let allowed = schema.allowed.as_ref();
            allowed.is_some_and(|allowed| matches!(cells.value(row), Value::Text(text) if allowed.contains(&text)))
        }
        Strange::Outside(low, high) => cells.number(row).is_some_and(|v| {
            let below = v >= *low || schema.min.is_some_and(|min| v >= min);
            below && (v <= *high || schema.max.is_some_and(|max| v <= max))
        }),
        Strange::AnyValue => false,
    }
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
