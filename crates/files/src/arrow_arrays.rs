//! Columns as Arrow arrays.

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, DurationMicrosecondArray, Float64Array, Int64Array, StringArray,
    Time64MicrosecondArray, TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field, TimeUnit};
use plenish_table::{
    Column, ColumnSchema, ColumnType, Error, MISSING_BOOLEAN, MISSING_DATE, MISSING_INTEGER, Notation, Result, Zone,
};
use std::ops::Range;
use std::sync::Arc;

/// Whether a timestamp says how far from UTC it is.
fn is_utc(column: &ColumnSchema) -> bool {
    column.utc || matches!(column.notation, Some(Notation::Moment { zone, .. }) if zone != Zone::No)
}

/// The Arrow field of a column.
pub(crate) fn field(column: &ColumnSchema) -> Field {
    let data = match column.kind {
        ColumnType::Boolean => DataType::Boolean,
        ColumnType::Integer => match column.notation {
            Some(Notation::TimeOfDay(_)) => DataType::Time64(TimeUnit::Microsecond),
            Some(_) => DataType::Duration(TimeUnit::Microsecond),
            None => DataType::Int64,
        },
        ColumnType::Real => DataType::Float64,
        ColumnType::Text => DataType::Utf8,
        ColumnType::Date => DataType::Date32,
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, is_utc(column).then(|| Arc::from("UTC"))),
    };
    Field::new(&column.name, data, true)
}

/// A run of cells of one column, in pieces: an array whose bytes depend on the cells alone.
pub(crate) fn array(pieces: &[(&Column, Range<usize>)], schema: &ColumnSchema) -> Result<ArrayRef> {
    macro_rules! gather {
        ($variant:ident, $array:ty, $missing:expr, $value:expr) => {{
            let mut cells = Vec::with_capacity(pieces.iter().map(|(_, range)| range.len()).sum());
            for (column, range) in pieces {
                let Column::$variant(values) = column else {
                    return Err(mixed());
                };
                cells.extend(values[range.clone()].iter().map(|&v| (!$missing(v)).then(|| $value(v))));
            }
            <$array>::from(cells)
        }};
    }
    Ok(match pieces.first().map(|(column, _)| *column) {
        None => return Err(mixed()),
        Some(Column::Boolean(_)) => Arc::new(gather!(Boolean, BooleanArray, |v| v == MISSING_BOOLEAN, |v| v == 1)),
        Some(Column::Integer(_)) => {
            let missing = |v| v == MISSING_INTEGER;
            match schema.notation {
                Some(Notation::TimeOfDay(_)) => Arc::new(gather!(Integer, Time64MicrosecondArray, missing, |v| v)),
                Some(_) => Arc::new(gather!(Integer, DurationMicrosecondArray, missing, |v| v)),
                None => Arc::new(gather!(Integer, Int64Array, missing, |v| v)),
            }
        }
        Some(Column::Real(_)) => Arc::new(gather!(Real, Float64Array, f64::is_nan, |v| v)),
        Some(Column::Date(_)) => Arc::new(gather!(Date, Date32Array, |v| v == MISSING_DATE, |v| v)),
        Some(Column::Timestamp(_)) => {
            let cells = gather!(Timestamp, TimestampMicrosecondArray, |v| v == MISSING_INTEGER, |v| v);
            Arc::new(if is_utc(schema) {
                cells.with_timezone("UTC")
            } else {
                cells
            })
        }
        Some(Column::Text(_)) => {
            let mut cells = Vec::with_capacity(pieces.iter().map(|(_, range)| range.len()).sum());
            for (column, range) in pieces {
                let Column::Text(text) = column else {
                    return Err(mixed());
                };
                cells.extend(range.clone().map(|row| text.get(row)));
            }
            Arc::new(StringArray::from(cells))
        }
    })
}

fn mixed() -> Error {
    Error::internal("columns of different types cannot be written as one")
}
