//! One column of values. Missing cells are marked in band, with a value that no reader accepts
//! as data, so that a column is one plain vector.

use crate::{ColumnType, Value};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// Marks a missing cell of a boolean column.
pub const MISSING_BOOLEAN: u8 = 2;
/// Marks a missing cell of an integer or timestamp column.
pub const MISSING_INTEGER: i64 = i64::MIN;
/// Marks a missing cell of a date column.
pub const MISSING_DATE: i32 = i32::MIN;
/// Marks a missing cell of a text column.
pub const MISSING_CODE: u32 = u32::MAX;

/// Values of one column; `len()` cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Column {
    /// 0, 1 or [`MISSING_BOOLEAN`].
    Boolean(Vec<u8>),
    /// Numbers or [`MISSING_INTEGER`].
    Integer(Vec<i64>),
    /// Finite numbers, or NaN for missing.
    Real(Vec<f64>),
    /// Codes into a dictionary.
    Text(TextColumn),
    /// Days since 1970-01-01, or [`MISSING_DATE`].
    Date(Vec<i32>),
    /// Microseconds since 1970-01-01T00:00:00 (UTC), or [`MISSING_INTEGER`].
    Timestamp(Vec<i64>),
}

/// Text as codes into a dictionary of distinct strings.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TextColumn {
    /// One code a cell, or [`MISSING_CODE`].
    pub codes: Vec<u32>,
    /// The strings; distinct, in any order, possibly with strings no cell uses.
    pub dictionary: Arc<Vec<String>>,
}

impl PartialEq for TextColumn {
    fn eq(&self, other: &Self) -> bool {
        self.codes.len() == other.codes.len() && (0..self.codes.len()).all(|i| self.get(i) == other.get(i))
    }
}

impl TextColumn {
    /// The text of a cell; `None` if missing.
    pub fn get(&self, row: usize) -> Option<&str> {
        match self.codes[row] {
            MISSING_CODE => None,
            code => Some(&self.dictionary[code as usize]),
        }
    }

    /// The texts that occur, with their counts: most frequent first, equally frequent ones in the order
    /// of the alphabet, whatever the order of the dictionary.
    pub fn frequencies(&self) -> Vec<(&str, u32)> {
        let mut counts = vec![0_u32; self.dictionary.len()];
        for &code in self.codes.iter().filter(|&&code| code != MISSING_CODE) {
            counts[code as usize] += 1;
        }
        let mut words: Vec<(&str, u32)> = self
            .dictionary
            .iter()
            .map(String::as_str)
            .zip(counts)
            .filter(|(_, count)| *count > 0)
            .collect();
        words.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        words
    }

    /// Builds a column from cells.
    pub fn from_cells<'a>(cells: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let mut builder = TextColumnBuilder::default();
        for cell in cells {
            builder.push(cell);
        }
        builder.finish()
    }
}

/// Collects cells of text into a [`TextColumn`].
#[derive(Debug, Default)]
pub struct TextColumnBuilder {
    codes: Vec<u32>,
    dictionary: Vec<String>,
    index: HashMap<String, u32>,
}

impl TextColumnBuilder {
    /// Adds a cell.
    pub fn push(&mut self, cell: Option<&str>) {
        let code = match cell {
            None => MISSING_CODE,
            Some(text) => self.code(text),
        };
        self.codes.push(code);
    }

    /// The code of `text`, which joins the dictionary if it is new.
    pub fn code(&mut self, text: &str) -> u32 {
        if let Some(&code) = self.index.get(text) {
            return code;
        }
        let code = self.dictionary.len() as u32;
        self.dictionary.push(text.to_owned());
        self.index.insert(text.to_owned(), code);
        code
    }

    /// Number of cells so far.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there are no cells yet.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The column.
    pub fn finish(self) -> TextColumn {
        TextColumn {
            codes: self.codes,
            dictionary: Arc::new(self.dictionary),
        }
    }
}

impl Column {
    /// An empty column of `kind`.
    pub fn empty(kind: ColumnType) -> Self {
        Self::all_missing(kind, 0)
    }

    /// A column of `rows` missing cells.
    pub fn all_missing(kind: ColumnType, rows: usize) -> Self {
        match kind {
            ColumnType::Boolean => Self::Boolean(vec![MISSING_BOOLEAN; rows]),
            ColumnType::Integer => Self::Integer(vec![MISSING_INTEGER; rows]),
            ColumnType::Real => Self::Real(vec![f64::NAN; rows]),
            ColumnType::Text => Self::Text(TextColumn {
                codes: vec![MISSING_CODE; rows],
                dictionary: Arc::default(),
            }),
            ColumnType::Date => Self::Date(vec![MISSING_DATE; rows]),
            ColumnType::Timestamp => Self::Timestamp(vec![MISSING_INTEGER; rows]),
        }
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        match self {
            Self::Boolean(v) => v.len(),
            Self::Integer(v) | Self::Timestamp(v) => v.len(),
            Self::Real(v) => v.len(),
            Self::Text(v) => v.codes.len(),
            Self::Date(v) => v.len(),
        }
    }

    /// Whether there are no cells.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type of the values.
    pub fn kind(&self) -> ColumnType {
        match self {
            Self::Boolean(_) => ColumnType::Boolean,
            Self::Integer(_) => ColumnType::Integer,
            Self::Real(_) => ColumnType::Real,
            Self::Text(_) => ColumnType::Text,
            Self::Date(_) => ColumnType::Date,
            Self::Timestamp(_) => ColumnType::Timestamp,
        }
    }

    /// Whether a cell is missing.
    pub fn is_missing(&self, row: usize) -> bool {
        match self {
            Self::Boolean(v) => v[row] == MISSING_BOOLEAN,
            Self::Integer(v) | Self::Timestamp(v) => v[row] == MISSING_INTEGER,
            Self::Real(v) => v[row].is_nan(),
            Self::Text(v) => v.codes[row] == MISSING_CODE,
            Self::Date(v) => v[row] == MISSING_DATE,
        }
    }

    /// Makes a cell missing.
    pub fn set_missing(&mut self, row: usize) {
        match self {
            Self::Boolean(v) => v[row] = MISSING_BOOLEAN,
            Self::Integer(v) | Self::Timestamp(v) => v[row] = MISSING_INTEGER,
            Self::Real(v) => v[row] = f64::NAN,
            Self::Text(v) => v.codes[row] = MISSING_CODE,
            Self::Date(v) => v[row] = MISSING_DATE,
        }
    }

    /// Whether there are two cells with different values; missing cells do not count.
    pub fn varies(&self) -> bool {
        let mut present = (0..self.len()).filter(|&row| !self.is_missing(row));
        let Some(first) = present.next().map(|row| self.value(row)) else {
            return false;
        };
        present.any(|row| self.value(row) != first)
    }

    /// How many cells are missing.
    pub fn missing_count(&self) -> usize {
        (0..self.len()).filter(|&row| self.is_missing(row)).count()
    }

    /// The cell on the number scale: 0 or 1 for booleans, days for dates, microseconds for
    /// timestamps; `None` if missing, and for text.
    pub fn number(&self, row: usize) -> Option<f64> {
        if self.is_missing(row) {
            return None;
        }
        match self {
            Self::Boolean(v) => Some(f64::from(v[row])),
            Self::Integer(v) | Self::Timestamp(v) => Some(v[row] as f64),
            Self::Real(v) => Some(v[row]),
            Self::Date(v) => Some(f64::from(v[row])),
            Self::Text(_) => None,
        }
    }

    /// All cells on the number scale, NaN where missing; all NaN for text.
    pub fn numbers(&self) -> Vec<f64> {
        match self {
            Self::Real(v) => v.clone(),
            _ => (0..self.len())
                .map(|row| self.number(row).unwrap_or(f64::NAN))
                .collect(),
        }
    }

    /// A cell.
    pub fn value(&self, row: usize) -> Value {
        if self.is_missing(row) {
            return Value::Missing;
        }
        match self {
            Self::Boolean(v) => Value::Boolean(v[row] == 1),
            Self::Integer(v) => Value::Integer(v[row]),
            Self::Real(v) => Value::Real(v[row]),
            Self::Text(v) => Value::Text(v.get(row).unwrap_or_default().to_owned()),
            Self::Date(v) => Value::Date(v[row]),
            Self::Timestamp(v) => Value::Timestamp(v[row]),
        }
    }

    /// The cells at `rows`, in that order, repeats allowed.
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Self {
        fn pick<T: Copy>(values: &[T], rows: &[u32]) -> Vec<T> {
            rows.iter().map(|&row| values[row as usize]).collect()
        }
        match self {
            Self::Boolean(v) => Self::Boolean(pick(v, rows)),
            Self::Integer(v) => Self::Integer(pick(v, rows)),
            Self::Real(v) => Self::Real(pick(v, rows)),
            Self::Text(v) => Self::Text(TextColumn {
                codes: pick(&v.codes, rows),
                dictionary: Arc::clone(&v.dictionary),
            }),
            Self::Date(v) => Self::Date(pick(v, rows)),
            Self::Timestamp(v) => Self::Timestamp(pick(v, rows)),
        }
    }

    /// Adds the cells of `other`, which must be of the same type; returns whether it was.
    #[must_use]
    pub fn append(&mut self, other: &Self) -> bool {
        match (self, other) {
            (Self::Boolean(a), Self::Boolean(b)) => a.extend_from_slice(b),
            (Self::Integer(a), Self::Integer(b)) | (Self::Timestamp(a), Self::Timestamp(b)) => a.extend_from_slice(b),
            (Self::Real(a), Self::Real(b)) => a.extend_from_slice(b),
            (Self::Date(a), Self::Date(b)) => a.extend_from_slice(b),
            (Self::Text(a), Self::Text(b)) => {
                if Arc::ptr_eq(&a.dictionary, &b.dictionary) {
                    a.codes.extend_from_slice(&b.codes);
                } else {
                    let index: HashMap<String, u32> = a
                        .dictionary
                        .iter()
                        .enumerate()
                        .map(|(i, s)| (s.clone(), i as u32))
                        .collect();
                    let mut builder = TextColumnBuilder {
                        codes: std::mem::take(&mut a.codes),
                        dictionary: a.dictionary.as_ref().clone(),
                        index,
                    };
                    let map: Vec<u32> = b.dictionary.iter().map(|s| builder.code(s)).collect();
                    builder.codes.extend(
                        b.codes
                            .iter()
                            .map(|&c| if c == MISSING_CODE { c } else { map[c as usize] }),
                    );
                    *a = builder.finish();
                }
            }
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_do_not_depend_on_the_order_of_rows() {
        let cells = [Some("b"), None, Some("a"), Some("c"), Some("c")];
        let forward = TextColumn::from_cells(cells);
        let backward = TextColumn::from_cells(cells.into_iter().rev());
        assert_eq!(forward.frequencies(), [("c", 2), ("a", 1), ("b", 1)]);
        assert_eq!(forward.frequencies(), backward.frequencies());
    }
}
