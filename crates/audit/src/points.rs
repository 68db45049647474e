//! Rows on the scale of one distance, column by column.
//!
//! Gower's distance (1971) with numbers and times as their ranks (Podani, "Extending Gower's general
//! coefficient of similarity to ordinal characters", Taxon 48, 1999), in 255ths of a column: words that differ
//! are 255 apart, numbers by their ranks. The ranks are those of the real and synthetic rows together, so
//! that the scale says nothing of which real row the generator saw.

use plenish_table::{Column, Table};
use rayon::prelude::*;
use std::collections::HashMap;

/// Levels of present numbers start here, so that a missing cell (0) is far from all.
const PRESENT: u8 = 85;
/// Words with a code of their own where codes are bytes; 0 is missing, 255 any other word.
const SHORT: usize = 254;
/// The same where codes are two bytes.
const LONG: usize = 65_534;

/// What a column's cells are turned into.
enum Measure {
    /// Distinct numbers in rising order with their levels.
    Ordered(Vec<f64>, Vec<u8>),
    /// Codes of words, and the code of all others.
    Words(HashMap<String, u16>, u16),
}

/// How cells of several tables become levels and codes.
pub(crate) struct Scale {
    columns: Vec<(usize, Measure)>,
}

/// The cells of one column.
#[derive(Debug, Clone)]
pub(crate) enum Cells {
    /// Levels, whose differences are distances.
    Levels(Vec<u8>),
    /// Codes, which are equal or not.
    Words(Vec<u8>),
    /// Codes of a column with many words.
    LongWords(Vec<u16>),
}

/// Rows of one table on the scale.
#[derive(Debug, Clone)]
pub(crate) struct Points {
    pub(crate) columns: Vec<Cells>,
    pub(crate) rows: usize,
}

impl Scale {
    /// The scale of the columns at `columns` of tables with one schema.
    pub(crate) fn new(tables: &[&Table], columns: &[usize]) -> Self {
        let measure = |&index: &usize| {
            let parts: Vec<&Column> = tables.iter().map(|table| table.column(index)).collect();
            let measure = match parts.first() {
                Some(Column::Text(_) | Column::Boolean(_)) => words(&parts),
                _ => ordered(&parts),
            };
            (index, measure)
        };
        Self {
            columns: columns.par_iter().map(measure).collect(),
        }
    }

    /// The rows of a table with the schema the scale was made from. Numbers it did not see take the level of the
    /// next one above.
    pub(crate) fn points(&self, table: &Table) -> Points {
        Points {
            columns: self
                .columns
                .par_iter()
                .map(|(index, measure)| cells(table.column(*index), measure))
                .collect(),
            rows: table.rows(),
        }
    }
}

impl Points {
    /// The rows at `rows`.
    pub(crate) fn take(&self, rows: &[u32]) -> Self {
        fn pick<T: Copy>(cells: &[T], rows: &[u32]) -> Vec<T> {
            rows.iter().map(|&row| cells[row as usize]).collect()
        }
        Self {
            columns: self
                .columns
                .iter()
                .map(|cells| match cells {
                    Cells::Levels(c) => Cells::Levels(pick(c, rows)),
                    Cells::Words(c) => Cells::Words(pick(c, rows)),
                    Cells::LongWords(c) => Cells::LongWords(pick(c, rows)),
                })
                .collect(),
            rows: rows.len(),
        }
    }

    /// The columns at `places`.
    pub(crate) fn select(&self, places: &[usize]) -> Self {
        Self {
            columns: places.iter().map(|&place| self.columns[place].clone()).collect(),
            rows: self.rows,
        }
    }

    /// The code of a cell.
    pub(crate) fn code(&self, place: usize, row: usize) -> u16 {
        match &self.columns[place] {
            Cells::Levels(c) | Cells::Words(c) => u16::from(c[row]),
            Cells::LongWords(c) => c[row],
        }
    }
}

/// Middle ranks of all present numbers as levels from [`PRESENT`] to 255.
fn ordered(parts: &[&Column]) -> Measure {
    let mut numbers: Vec<f64> = parts
        .iter()
        .flat_map(|column| (0..column.len()).filter_map(|row| column.number(row)))
        .collect();
    numbers.par_sort_unstable_by(f64::total_cmp);
    let total = numbers.len().max(1) as f64;
    let span = f64::from(u8::MAX - PRESENT);
    let (mut distinct, mut levels, mut before) = (Vec::new(), Vec::new(), 0_usize);
    for equal in numbers.chunk_by(|a, b| a == b) {
        distinct.push(equal[0]);
        let middle = (before as f64 + equal.len() as f64 / 2.0) / total;
        levels.push(PRESENT + (middle * span).round() as u8);
        before += equal.len();
    }
    Measure::Ordered(distinct, levels)
}

/// The most frequent words of all parts, in the order of their frequency and then the alphabet.
fn words(parts: &[&Column]) -> Measure {
    let mut counts: HashMap<String, u64> = HashMap::new();
    for column in parts {
        match column {
            Column::Text(text) => {
                for (word, count) in text.frequencies() {
                    *counts.entry(word.to_owned()).or_default() += u64::from(count);
                }
            }
            column => {
                for row in (0..column.len()).filter(|&row| !column.is_missing(row)) {
                    *counts.entry(column.value(row).to_string()).or_default() += 1;
                }
            }
        }
    }
    let mut sorted: Vec<(String, u64)> = counts.into_iter().collect();
    sorted.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let long = sorted.len() > SHORT;
    sorted.truncate(if long { LONG } else { SHORT });
    let codes = sorted
        .into_iter()
        .enumerate()
        .map(|(place, (word, _))| (word, place as u16 + 1))
        .collect();
    Measure::Words(codes, if long { u16::MAX } else { u16::from(u8::MAX) })
}

fn cells(column: &Column, measure: &Measure) -> Cells {
    match measure {
        Measure::Ordered(distinct, levels) => {
            let level = |row| {
                column.number(row).map_or(0, |number| {
                    let place = distinct.partition_point(|&known| known < number);
                    levels.get(place).or(levels.last()).copied().unwrap_or(PRESENT)
                })
            };
            Cells::Levels(
                (0..column.len())
                    .into_par_iter()
                    .with_min_len(4096)
                    .map(level)
                    .collect(),
            )
        }
        Measure::Words(known, other) => {
            let of = |word: &str| known.get(word).copied().unwrap_or(*other);
            let codes: Vec<u16> = if let Column::Text(text) = column {
                let map: Vec<u16> = text.dictionary.iter().map(|word| of(word)).collect();
                // A missing cell's code lies outside the dictionary.
                text.codes
                    .iter()
                    .map(|&code| map.get(code as usize).copied().unwrap_or(0))
                    .collect()
            } else {
                let cell = |row| {
                    if column.is_missing(row) {
                        0
                    } else {
                        of(&column.value(row).to_string())
                    }
                };
                (0..column.len()).map(cell).collect()
            };
            if *other == u16::MAX {
                Cells::LongWords(codes)
            } else {
                Cells::Words(codes.into_iter().map(|code| code as u8).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_table::{ColumnSchema, ColumnType, Schema, TextColumn};

    fn table(numbers: Vec<f64>, words: &[Option<&str>]) -> Table {
        let schema = Schema {
            columns: vec![
                ColumnSchema::new("x", ColumnType::Real),
                ColumnSchema::new("w", ColumnType::Text),
            ],
        };
        let words = TextColumn::from_cells(words.iter().copied());
        Table::new(schema, vec![Column::Real(numbers), Column::Text(words)]).unwrap()
    }

    #[test]
    fn cells_are_on_one_scale_whatever_the_table() {
        let a = table(vec![1.0, 2.0, f64::NAN], &[Some("x"), Some("y"), None]);
        let b = table(vec![2.0, 9.0], &[Some("z"), Some("y")]);
        let scale = Scale::new(&[&a, &b], &[0, 1]);
        let (a, b) = (scale.points(&a), scale.points(&b));
        assert_eq!(a.code(0, 2), 0, "missing");
        assert_eq!(a.code(0, 1), b.code(0, 0));
        assert!(a.code(0, 0) < a.code(0, 1) && b.code(0, 0) < b.code(0, 1));
        assert!(a.code(0, 0) >= u16::from(PRESENT));
        assert_eq!(a.code(1, 1), b.code(1, 1));
        assert_eq!(a.code(1, 2), 0);
        assert!(a.code(1, 0) != b.code(1, 0));
    }

    #[test]
    fn many_words_keep_codes_of_their_own() {
        let names: Vec<String> = (0..1000).map(|i| format!("w{i}")).collect();
        let cells: Vec<Option<&str>> = names.iter().map(|n| Some(n.as_str())).collect();
        let t = table(vec![0.0; 1000], &cells);
        let points = Scale::new(&[&t], &[0, 1]).points(&t);
        let mut codes: Vec<u16> = (0..1000).map(|row| points.code(1, row)).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), 1000);
    }
}
