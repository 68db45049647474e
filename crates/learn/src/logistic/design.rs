//! The dense design of a regression, and the coder that makes one from a table.

use plenish_table::{Column, Error, MISSING_CODE, Result, Table};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Rows x columns of finite numbers, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// `rows * columns` values, row by row.
    pub values: Vec<f64>,
}

impl Dense {
    /// Puts values under their shape; fails when their number differs.
    pub fn new(rows: usize, columns: usize, values: Vec<f64>) -> Result<Self> {
        if values.len() != rows * columns {
            return Err(Error::internal(format!(
                "{} values for {rows} rows of {columns}",
                values.len()
            )));
        }
        Ok(Self { rows, columns, values })
    }

    /// The values of a row.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }
}

/// Categories of a text column that get a column of their own.
const MAX_CATEGORIES: usize = 255;

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Coding {
    /// The value, the mean in place of a missing one; then 1 for missing, if any was.
    Number { mean: f64, indicator: bool },
    /// One column a category; then 1 for missing, if any was.
    Categories { words: Vec<String>, indicator: bool },
}

impl Coding {
    fn width(&self) -> usize {
        match self {
            Self::Number { indicator, .. } => 1 + usize::from(*indicator),
            Self::Categories { words, indicator } => words.len() + usize::from(*indicator),
        }
    }
}

/// How a table's columns become a [`Dense`] design: numbers, times and booleans as they are with the
/// mean for missing values, text one-hot; a missing indicator where the learned table had missing
/// values. Texts that were not learned are 0 in every column.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DenseCoder {
    columns: Vec<(String, Coding)>,
}

impl DenseCoder {
    /// Learns from the columns of `table` at `columns`. Of a text column the 255 most frequent
    /// values get a column.
    pub fn fit(table: &Table, columns: &[usize]) -> Result<Self> {
        let coded = columns
            .iter()
            .map(|&index| {
                let column = table
                    .columns()
                    .get(index)
                    .ok_or_else(|| Error::internal("a column index is out of range"))?;
                let indicator = column.missing_count() > 0;
                let coding = if let Column::Text(text) = column {
                    let mut words = text.frequencies();
                    words.truncate(MAX_CATEGORIES);
                    Coding::Categories {
                        words: words.into_iter().map(|(word, _)| word.to_owned()).collect(),
                        indicator,
                    }
                } else {
                    let (sum, count) = (0..column.len())
                        .filter_map(|row| column.number(row))
                        .fold((0.0, 0_u64), |(sum, count), v| (sum + v, count + 1));
                    Coding::Number {
                        mean: sum / count.max(1) as f64,
                        indicator,
                    }
                };
                Ok((table.schema().columns[index].name.clone(), coding))
            })
            .collect::<Result<_>>()?;
        Ok(Self { columns: coded })
    }

    /// Columns of the design.
    pub fn width(&self) -> usize {
        self.columns.iter().map(|(_, coding)| coding.width()).sum()
    }

    /// The design of `table`; fails when a learned column is absent or no longer text (or not).
    pub fn encode(&self, table: &Table) -> Result<Dense> {
        let width = self.width();
        let mut values = vec![0.0; table.rows() * width];
        let mut start = 0;
        for (name, coding) in &self.columns {
            let column = table.column(table.schema().require(name)?);
            match (coding, column) {
                (Coding::Categories { words, indicator }, Column::Text(text)) => {
                    let index: HashMap<&str, usize> =
                        words.iter().enumerate().map(|(i, word)| (word.as_str(), i)).collect();
                    let places: Vec<Option<usize>> = text
                        .dictionary
                        .iter()
                        .map(|word| index.get(word.as_str()).copied())
                        .collect();
                    for (row, &code) in text.codes.iter().enumerate() {
                        let place = if code == MISSING_CODE {
                            indicator.then_some(words.len())
                        } else {
                            places[code as usize]
                        };
                        if let Some(place) = place {
                            values[row * width + start + place] = 1.0;
                        }
                    }
                }
                (Coding::Number { mean, indicator }, column) if !matches!(column, Column::Text(_)) => {
                    for row in 0..table.rows() {
                        let number = column.number(row);
                        values[row * width + start] = number.unwrap_or(*mean);
                        if *indicator && number.is_none() {
                            values[row * width + start + 1] = 1.0;
                        }
                    }
                }
                _ => {
                    return Err(Error::data(format!(
                        "holds {} values, unlike when it was learned",
                        column.kind().name()
                    ))
                    .in_column(name)
                    .help("give both tables the same types"));
                }
            }
            start += coding.width();
        }
        Dense::new(table.rows(), width, values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_table::{ColumnSchema, ColumnType, Schema, TextColumn};

    #[test]
    fn tables_are_coded_with_missing_values_and_unseen_texts() {
        let schema = Schema::new(vec![
            ColumnSchema::new("n", ColumnType::Integer),
            ColumnSchema::new("t", ColumnType::Text),
        ])
        .unwrap();
        let make = |numbers: Vec<i64>, texts: &[Option<&str>]| {
            let text = Column::Text(TextColumn::from_cells(texts.iter().copied()));
            Table::new(schema.clone(), vec![Column::Integer(numbers), text]).unwrap()
        };
        let learned = make(
            vec![1, plenish_table::MISSING_INTEGER, 3],
            &[Some("b"), Some("a"), Some("b")],
        );
        let coder = DenseCoder::fit(&learned, &[0, 1]).unwrap();
        assert_eq!(coder.width(), 4);
        let other = make(vec![plenish_table::MISSING_INTEGER, 7], &[Some("new"), None]);
        let coded = coder.encode(&other).unwrap();
        assert_eq!(coded.values, vec![2.0, 1.0, 0.0, 0.0, 7.0, 0.0, 0.0, 0.0]);
    }
}
