//! Arrow arrays as columns.

use crate::infer::MOST_WRITTEN_DECIMALS;
use crate::interner::Interner;
use crate::packed;
use arrow_array::cast::AsArray;
use arrow_array::types as a;
use arrow_array::{Array, ArrowPrimitiveType};
use arrow_schema::{DataType, Field, TimeUnit};
use plenish_table::{
    ClockStyle, Column, ColumnSchema, ColumnType, Error, MISSING_BOOLEAN, MISSING_CODE, MISSING_DATE, MISSING_INTEGER,
    Notation, Result, Seconds, TextColumn,
};
use std::sync::Arc;

/// A column that grows by Arrow arrays of one type.
pub(crate) struct Incoming {
    pub(crate) name: String,
    utc: bool,
    notation: Option<Notation>,
    cells: Cells,
    /// Nanoseconds were cut to microseconds.
    pub(crate) shortened: bool,
}

enum Cells {
    Boolean(Vec<u8>),
    Integer(Vec<i64>),
    Real(Vec<f64>),
    Date(Vec<i32>),
    Timestamp(Vec<i64>),
    Text { codes: Vec<u32>, texts: Interner },
}

fn kind(data: &DataType) -> Option<ColumnType> {
    use DataType as D;
    Some(match data {
        D::Boolean => ColumnType::Boolean,
        D::Int8 | D::Int16 | D::Int32 | D::Int64 | D::UInt8 | D::UInt16 | D::UInt32 | D::UInt64 => ColumnType::Integer,
        data if data.is_floating() || data.is_decimal() => ColumnType::Real,
        D::Date32 | D::Date64 => ColumnType::Date,
        D::Timestamp(..) => ColumnType::Timestamp,
        D::Time32(_) | D::Time64(_) | D::Duration(_) => ColumnType::Integer,
        D::Utf8 | D::LargeUtf8 | D::Utf8View | D::Null => ColumnType::Text,
        D::Dictionary(_, values) if !matches!(**values, D::Dictionary(..)) => kind(values)?,
        _ => return None,
    })
}

fn is_zoned(data: &DataType) -> bool {
    match data {
        DataType::Timestamp(_, zone) => zone.is_some(),
        DataType::Dictionary(_, values) => is_zoned(values),
        _ => false,
    }
}

/// How times of day and durations are written where their file is one of text.
fn notation(data: &DataType) -> Option<Notation> {
    let clock = ClockStyle {
        padded: true,
        seconds: Seconds::AsNeeded,
    };
    match data {
        DataType::Time32(_) | DataType::Time64(_) => Some(Notation::TimeOfDay(clock)),
        DataType::Duration(_) => Some(Notation::Days {
            clock,
            english: false,
            comma: false,
        }),
        DataType::Dictionary(_, values) => notation(values),
        _ => None,
    }
}

impl Incoming {
    /// For a field; fails when its type is not one of a table's.
    pub(crate) fn new(field: &Field) -> Result<Self> {
        let data = field.data_type();
        let Some(kind) = kind(data) else {
            return Err(Error::data(format!("the type {data} cannot be read as a column"))
                .in_column(field.name())
                .help("leave the column out or turn it into numbers, text, booleans, dates or timestamps"));
        };
        Ok(Self {
            name: field.name().clone(),
            utc: is_zoned(data),
            notation: notation(data),
            cells: Cells::new(kind),
            shortened: false,
        })
    }

    /// Adds the cells of an array.
    pub(crate) fn append(&mut self, array: &dyn Array) -> Result<()> {
        let shortened = &mut self.shortened;
        append(&mut self.cells, array, shortened).map_err(|error| error.in_column(&self.name))
    }

    /// The column and what is known of it.
    pub(crate) fn finish(self) -> (Column, ColumnSchema) {
        let column = self.cells.finish();
        let mut schema = ColumnSchema::new(self.name, column.kind());
        schema.missing = column.missing_count() > 0;
        schema.utc = self.utc;
        schema.notation = self.notation;
        if let Column::Real(values) = &column {
            schema.decimals = decimals(values);
        }
        (column, schema)
    }
}

impl Cells {
    fn new(kind: ColumnType) -> Self {
        match kind {
            ColumnType::Boolean => Self::Boolean(Vec::new()),
            ColumnType::Integer => Self::Integer(Vec::new()),
            ColumnType::Real => Self::Real(Vec::new()),
            ColumnType::Date => Self::Date(Vec::new()),
            ColumnType::Timestamp => Self::Timestamp(Vec::new()),
            ColumnType::Text => Self::Text {
                codes: Vec::new(),
                texts: Interner::default(),
            },
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Boolean(v) => v.len(),
            Self::Integer(v) | Self::Timestamp(v) => v.len(),
            Self::Real(v) => v.len(),
            Self::Date(v) => v.len(),
            Self::Text { codes, .. } => codes.len(),
        }
    }

    fn finish(self) -> Column {
        match self {
            Self::Boolean(v) => Column::Boolean(v),
            Self::Integer(v) => Column::Integer(v),
            Self::Real(v) => Column::Real(v),
            Self::Date(v) => Column::Date(v),
            Self::Timestamp(v) => Column::Timestamp(v),
            Self::Text { codes, texts } => Column::Text(TextColumn {
                codes,
                dictionary: Arc::new(texts.into_strings()),
            }),
        }
    }
}

fn too_large(row: usize) -> Error {
    Error::data(format!(
        "row {} holds a number that does not fit 64 signed bits",
        row + 1
    ))
    .help("write the column as text or as real numbers")
}

fn primitive<T: ArrowPrimitiveType, U>(
    out: &mut Vec<U>,
    array: &dyn Array,
    missing: impl Fn() -> U,
    convert: impl Fn(T::Native, usize) -> Result<U>,
) -> Result<()> {
    out.reserve(array.len());
    for cell in array.as_primitive::<T>() {
        let value = match cell {
            None => missing(),
            Some(value) => convert(value, out.len())?,
        };
        out.push(value);
    }
    Ok(())
}

fn integers<T: ArrowPrimitiveType>(out: &mut Vec<i64>, array: &dyn Array) -> Result<()>
where
    T::Native: TryInto<i64>,
{
    primitive::<T, i64>(
        out,
        array,
        || MISSING_INTEGER,
        |value, row| match value.try_into() {
            Ok(MISSING_INTEGER) | Err(_) => Err(too_large(row)),
            Ok(value) => Ok(value),
        },
    )
}

fn finite(value: f64, row: usize) -> Result<f64> {
    if value.is_infinite() {
        Err(Error::data(format!("row {} holds an infinite number", row + 1))
            .help("put a missing value in its place if the number is not known"))
    } else {
        Ok(value)
    }
}

/// A 32-bit real as the 64-bit real with the same shortest text: 0.1 stays 0.1.
fn widen(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::NAN)
}

fn decimal(value: &impl std::fmt::Display, small: Option<i64>, scale: i8, row: usize) -> Result<f64> {
    match (small, u8::try_from(scale)) {
        (Some(small), Ok(scale)) if scale <= packed::MOST_DECIMALS => Ok(packed::real(small, scale)),
        _ => finite(
            format!("{value}e{}", -i32::from(scale))
                .parse()
                .unwrap_or(f64::INFINITY),
            row,
        ),
    }
}

fn texts<'t>(codes: &mut Vec<u32>, set: &mut Interner, cells: impl Iterator<Item = Option<&'t str>>) {
    codes.extend(cells.map(|cell| cell.map_or(MISSING_CODE, |text| set.intern(text))));
}

const DAY_MILLISECONDS: i64 = 86_400_000;

fn append(cells: &mut Cells, array: &dyn Array, shortened: &mut bool) -> Result<()> {
    use DataType as D;
    let data = array.data_type();
    if let D::Dictionary(..) = data {
        return append_dictionary(cells, array, shortened);
    }
    match (cells, data) {
        (Cells::Boolean(out), D::Boolean) => {
            out.extend(
                array
                    .as_boolean()
                    .iter()
                    .map(|cell| cell.map_or(MISSING_BOOLEAN, u8::from)),
            );
            Ok(())
        }
        (Cells::Integer(out), D::Int8) => integers::<a::Int8Type>(out, array),
        (Cells::Integer(out), D::Int16) => integers::<a::Int16Type>(out, array),
        (Cells::Integer(out), D::Int32) => integers::<a::Int32Type>(out, array),
        (Cells::Integer(out), D::Int64) => integers::<a::Int64Type>(out, array),
        (Cells::Integer(out), D::UInt8) => integers::<a::UInt8Type>(out, array),
        (Cells::Integer(out), D::UInt16) => integers::<a::UInt16Type>(out, array),
        (Cells::Integer(out), D::UInt32) => integers::<a::UInt32Type>(out, array),
        (Cells::Integer(out), D::UInt64) => integers::<a::UInt64Type>(out, array),
        (Cells::Real(out), D::Float16) => {
            primitive::<a::Float16Type, _>(out, array, || f64::NAN, |v, row| finite(widen(v.to_f32()), row))
        }
        (Cells::Real(out), D::Float32) => {
            primitive::<a::Float32Type, _>(out, array, || f64::NAN, |v, row| finite(widen(v), row))
        }
        (Cells::Real(out), D::Float64) => primitive::<a::Float64Type, _>(out, array, || f64::NAN, finite),
        (Cells::Real(out), D::Decimal32(_, scale)) => primitive::<a::Decimal32Type, _>(
            out,
            array,
            || f64::NAN,
            |v, row| decimal(&v, Some(v.into()), *scale, row),
        ),
        (Cells::Real(out), D::Decimal64(_, scale)) => {
            primitive::<a::Decimal64Type, _>(out, array, || f64::NAN, |v, row| decimal(&v, Some(v), *scale, row))
        }
        (Cells::Real(out), D::Decimal128(_, scale)) => primitive::<a::Decimal128Type, _>(
            out,
            array,
            || f64::NAN,
            |v, row| decimal(&v, v.try_into().ok(), *scale, row),
        ),
        (Cells::Real(out), D::Decimal256(_, scale)) => {
            primitive::<a::Decimal256Type, _>(out, array, || f64::NAN, |v, row| decimal(&v, None, *scale, row))
        }
        (Cells::Date(out), D::Date32) => {
            primitive::<a::Date32Type, _>(out, array, || MISSING_DATE, |v, _| Ok(v.max(MISSING_DATE + 1)))
        }
        (Cells::Date(out), D::Date64) => primitive::<a::Date64Type, _>(
            out,
            array,
            || MISSING_DATE,
            |v, row| i32::try_from(v.div_euclid(DAY_MILLISECONDS)).map_err(|_| too_large(row)),
        ),
        (Cells::Timestamp(out), D::Timestamp(unit, _)) => moments(out, array, *unit, shortened),
        (Cells::Integer(out), D::Time32(_) | D::Time64(_) | D::Duration(_)) => spans(out, array, shortened),
        (Cells::Text { codes, texts: set }, D::Utf8) => {
            texts(codes, set, array.as_string::<i32>().iter());
            Ok(())
        }
        (Cells::Text { codes, texts: set }, D::LargeUtf8) => {
            texts(codes, set, array.as_string::<i64>().iter());
            Ok(())
        }
        (Cells::Text { codes, texts: set }, D::Utf8View) => {
            texts(codes, set, array.as_string_view().iter());
            Ok(())
        }
        (Cells::Text { codes, .. }, D::Null) => {
            codes.resize(codes.len() + array.len(), MISSING_CODE);
            Ok(())
        }
        (_, data) => Err(Error::data(format!("a part of the column has another type: {data}"))),
    }
}

fn scaled(v: i64, factor: i64, row: usize) -> Result<i64> {
    v.checked_mul(factor)
        .filter(|&v| v != MISSING_INTEGER)
        .ok_or_else(|| too_large(row))
}

/// Times of day and durations as microseconds.
fn spans(out: &mut Vec<i64>, array: &dyn Array, shortened: &mut bool) -> Result<()> {
    use DataType as D;
    use TimeUnit as U;
    let none = || MISSING_INTEGER;
    match array.data_type() {
        D::Time32(U::Second) => {
            primitive::<a::Time32SecondType, _>(out, array, none, |v, r| scaled(v.into(), 1_000_000, r))
        }
        D::Time32(_) => primitive::<a::Time32MillisecondType, _>(out, array, none, |v, r| scaled(v.into(), 1_000, r)),
        D::Time64(U::Microsecond) => primitive::<a::Time64MicrosecondType, _>(out, array, none, |v, r| scaled(v, 1, r)),
        D::Duration(U::Second) => {
            primitive::<a::DurationSecondType, _>(out, array, none, |v, r| scaled(v, 1_000_000, r))
        }
        D::Duration(U::Millisecond) => {
            primitive::<a::DurationMillisecondType, _>(out, array, none, |v, r| scaled(v, 1_000, r))
        }
        D::Duration(U::Microsecond) => {
            primitive::<a::DurationMicrosecondType, _>(out, array, none, |v, r| scaled(v, 1, r))
        }
        other => {
            // Nanoseconds, which are cut.
            let start = out.len();
            if matches!(other, D::Time64(_)) {
                primitive::<a::Time64NanosecondType, _>(out, array, none, |v, _| Ok(v))?;
            } else {
                primitive::<a::DurationNanosecondType, _>(out, array, none, |v, _| Ok(v))?;
            }
            for cell in out[start..].iter_mut().filter(|c| **c != MISSING_INTEGER) {
                *shortened |= *cell % 1_000 != 0;
                *cell = cell.div_euclid(1_000);
            }
            Ok(())
        }
    }
}

fn moments(out: &mut Vec<i64>, array: &dyn Array, unit: TimeUnit, shortened: &mut bool) -> Result<()> {
    let none = || MISSING_INTEGER;
    match unit {
        TimeUnit::Second => primitive::<a::TimestampSecondType, _>(out, array, none, |v, r| scaled(v, 1_000_000, r)),
        TimeUnit::Millisecond => {
            primitive::<a::TimestampMillisecondType, _>(out, array, none, |v, r| scaled(v, 1_000, r))
        }
        TimeUnit::Microsecond => primitive::<a::TimestampMicrosecondType, _>(out, array, none, |v, r| scaled(v, 1, r)),
        TimeUnit::Nanosecond => {
            *shortened |= array
                .as_primitive::<a::TimestampNanosecondType>()
                .iter()
                .flatten()
                .any(|v| v % 1_000 != 0);
            primitive::<a::TimestampNanosecondType, _>(out, array, none, |v, _| Ok(v.div_euclid(1_000)))
        }
    }
}

/// Puts in place of the values from `start` on those of them that the keys name.
fn pick<T: Copy>(out: &mut Vec<T>, start: usize, keys: &[Option<usize>], missing: T) {
    let values = out.split_off(start);
    out.extend(keys.iter().map(|key| key.map_or(missing, |key| values[key])));
}

fn append_dictionary(cells: &mut Cells, array: &dyn Array, shortened: &mut bool) -> Result<()> {
    let dictionary = array.as_any_dictionary();
    let values = dictionary.values();
    let keys: Vec<Option<usize>> = if values.is_empty() {
        vec![None; array.len()]
    } else {
        let keys = dictionary.normalized_keys();
        (0..array.len())
            .map(|i| (!array.is_null(i)).then_some(keys[i]))
            .collect()
    };
    // The values as cells of their own, which the keys then pick from.
    let start = cells.len();
    append(cells, values.as_ref(), shortened)?;
    match cells {
        Cells::Boolean(out) => pick(out, start, &keys, MISSING_BOOLEAN),
        Cells::Integer(out) | Cells::Timestamp(out) => pick(out, start, &keys, MISSING_INTEGER),
        Cells::Real(out) => pick(out, start, &keys, f64::NAN),
        Cells::Date(out) => pick(out, start, &keys, MISSING_DATE),
        Cells::Text { codes, .. } => pick(codes, start, &keys, MISSING_CODE),
    }
    Ok(())
}

/// The fewest digits after the point, at least one, that write all values exactly; `None` beyond
/// fifteen, or where an exponent would be written.
pub(crate) fn decimals(values: &[f64]) -> Option<u8> {
    let mut digits = 1_usize;
    for &value in values.iter().filter(|value| !value.is_nan()) {
        let magnitude = value.abs();
        if magnitude >= 1e16 || (magnitude != 0.0 && magnitude < 1e-15) {
            return None;
        }
        loop {
            let unit = 10_f64.powi(digits as i32);
            let scaled = (value * unit).round();
            if scaled.abs() < 9_007_199_254_740_992.0 && scaled / unit == value {
                break;
            }
            if scaled.abs() >= 9_007_199_254_740_992.0 {
                // Too long for the short cut: count the digits of the shortest text.
                let text = format!("{value}");
                let needed = text.split_once('.').map_or(0, |(_, part)| part.len());
                if needed > MOST_WRITTEN_DECIMALS {
                    return None;
                }
                digits = digits.max(needed);
                break;
            }
            digits += 1;
            if digits > MOST_WRITTEN_DECIMALS {
                return None;
            }
        }
    }
    Some(digits as u8)
}
