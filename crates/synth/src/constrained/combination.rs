//! Fixed combinations: their columns are one column of words for the generator, a word for each
//! combination that occurs, and are taken apart again afterwards.

use plenish_table::{Column, Error, MISSING_CODE, Result, Seed, Table, Test, TextColumn, value_codes};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// Columns of which only certain combinations of values occur.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Combination {
    /// Columns of the whole table.
    pub(crate) columns: Vec<u32>,
    /// The generator's name for them together.
    pub(crate) name: String,
    /// For each of the columns, its cell in every combination, most frequent combination first.
    values: Vec<Column>,
    /// Training rows with the combinations up to and including each.
    mass: Vec<u64>,
}

impl Combination {
    /// Learns the combinations of `columns`; beside them, the column of words. Fails when most rows have
    /// a combination of their own, so that keeping them would repeat real rows.
    pub(crate) fn fit(data: &Table, columns: Vec<u32>, name: String) -> Result<(Self, Column)> {
        let cells: Vec<&Column> = columns.iter().map(|&c| data.column(c as usize)).collect();
        let (codes, count) = value_codes(&cells);
        let mut rows = vec![0_u64; count as usize];
        let mut first = vec![u32::MAX; count as usize];
        for (row, &code) in codes.iter().enumerate() {
            rows[code as usize] += 1;
            first[code as usize] = first[code as usize].min(row as u32);
        }
        let alone = rows.iter().filter(|&&r| r == 1).count();
        if 2 * alone > data.rows() {
            return Err(Error::data(format!(
                "the combination of {name} is one of a kind in {alone} of {} rows; to keep such combinations is to \
                 repeat real rows",
                data.rows()
            ))
            .help("combine columns with fewer different values"));
        }
        // Not in the order of the rows, which a model file has no need to tell.
        let shown = |code: usize| -> Vec<String> {
            cells
                .iter()
                .map(|c| c.value(first[code] as usize).to_string())
                .collect()
        };
        let mut order: Vec<usize> = (0..count as usize).collect();
        order.sort_by_cached_key(|&code| (std::cmp::Reverse(rows[code]), shown(code), first[code]));
        let mut place = vec![0_u32; order.len()];
        for (at, &code) in order.iter().enumerate() {
            place[code] = at as u32;
        }
        let words = Column::Text(TextColumn {
            codes: codes.iter().map(|&code| place[code as usize]).collect(),
            dictionary: Arc::new((0..order.len()).map(|at| at.to_string()).collect()),
        });
        let heads: Vec<u32> = order.iter().map(|&code| first[code]).collect();
        let mut total = 0;
        let mass = order
            .iter()
            .map(|&code| {
                total += rows[code];
                total
            })
            .collect();
        let values = cells.iter().map(|c| compact(&c.take(&heads))).collect();
        Ok((
            Self {
                columns,
                name,
                values,
                mass,
            },
            words,
        ))
    }

    /// The cells of each column for a column of words. A word that is no combination, which a generator
    /// may make up for the rarest, is replaced by one that is.
    pub(crate) fn split(&self, words: &Column, units: &Range<u64>, seed: &Seed, address: u32) -> Vec<Column> {
        let Column::Text(text) = words else {
            return self
                .values
                .iter()
                .map(|v| Column::all_missing(v.kind(), words.len()))
                .collect();
        };
        let known: Vec<Option<u32>> = text
            .dictionary
            .iter()
            .map(|word| word.parse().ok().filter(|&at: &u32| (at as usize) < self.mass.len()))
            .collect();
        let total = self.mass.last().copied().unwrap_or(0);
        let places: Vec<u32> = text
            .codes
            .iter()
            .zip(units.clone())
            .map(|(&code, unit)| {
                let found = if code == MISSING_CODE {
                    None
                } else {
                    known[code as usize]
                };
                found.unwrap_or_else(|| {
                    let at = ((u128::from(seed.pair(unit, address).0) * u128::from(total)) >> 64) as u64;
                    self.mass.partition_point(|&mass| mass <= at) as u32
                })
            })
            .collect();
        self.values.iter().map(|v| v.take(&places)).collect()
    }

    /// The word of each row's cells in the combined columns, which are `cells`; none where no training row had
    /// that combination.
    pub(crate) fn places(&self, cells: &[&Column]) -> Vec<Option<String>> {
        let joined: Vec<Column> = self
            .values
            .iter()
            .zip(cells)
            .map(|(own, cells)| {
                let mut joined = own.clone();
                let _ = joined.append(cells);
                joined
            })
            .collect();
        let (codes, _) = value_codes(&joined.iter().collect::<Vec<_>>());
        let (own, asked) = codes.split_at(self.mass.len().min(codes.len()));
        let places: HashMap<u32, usize> = own.iter().enumerate().map(|(at, &code)| (code, at)).collect();
        asked
            .iter()
            .map(|code| places.get(code).map(usize::to_string))
            .collect()
    }

    /// The words of the combinations that pass all tests on its columns.
    pub(crate) fn passing(&self, tests: &[(u32, &Test)]) -> Vec<String> {
        (0..self.mass.len())
            .filter(|&at| {
                tests.iter().all(|(column, test)| {
                    let place = self.columns.iter().position(|c| c == column);
                    place.is_some_and(|p| test.accepts(&self.values[p].value(at)))
                })
            })
            .map(|at| at.to_string())
            .collect()
    }

    /// Whether sizes fit together: for models read from files.
    pub(crate) fn is_sound(&self, width: usize) -> bool {
        self.columns.len() == self.values.len()
            && self.columns.iter().all(|&c| (c as usize) < width)
            && self.values.iter().all(|v| v.len() == self.mass.len() && is_sound(v))
            && !self.mass.is_empty()
            && self.mass.is_sorted_by(|a, b| a < b)
    }
}

/// A column without words that no cell uses.
pub(crate) fn compact(column: &Column) -> Column {
    match column {
        Column::Text(text) => Column::Text(TextColumn::from_cells((0..text.codes.len()).map(|row| text.get(row)))),
        other => other.clone(),
    }
}

/// Whether a column read from a file refers to words that are there.
pub(crate) fn is_sound(column: &Column) -> bool {
    match column {
        Column::Text(text) => text
            .codes
            .iter()
            .all(|&c| c == MISSING_CODE || (c as usize) < text.dictionary.len()),
        _ => true,
    }
}
