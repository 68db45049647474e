//! Values as small numbers, so that equal cells can be found and counted whatever their type.

use crate::{Column, MISSING_CODE};
use std::collections::HashMap;
use std::hash::Hash;

/// A number for every cell, equal where cells are equal, counted from 0 in the order of first
/// appearance; missing cells have the number of their own, if there are any. Beside it, how many
/// different numbers there are.
pub fn value_codes(columns: &[&Column]) -> (Vec<u32>, u32) {
    let mut codes: Option<(Vec<u32>, u32)> = None;
    for column in columns {
        let own = of_column(column);
        codes = Some(match codes {
            None => own,
            Some(before) => number(
                before
                    .0
                    .iter()
                    .zip(&own.0)
                    .map(|(&a, &b)| u64::from(a) << 32 | u64::from(b)),
            ),
        });
    }
    codes.unwrap_or_default()
}

fn of_column(column: &Column) -> (Vec<u32>, u32) {
    match column {
        Column::Boolean(cells) => number(cells.iter().copied()),
        Column::Integer(cells) | Column::Timestamp(cells) => number(cells.iter().copied()),
        Column::Date(cells) => number(cells.iter().copied()),
        // Both zeros are one value, and so are all marks of a missing cell.
        Column::Real(cells) => number(
            cells
                .iter()
                .map(|v| if v.is_nan() { f64::NAN } else { v + 0.0 }.to_bits()),
        ),
        Column::Text(text) => {
            // One place a word and one for missing cells: no hashing of words.
            let mut places = vec![u32::MAX; text.dictionary.len() + 1];
            let mut next = 0;
            let codes = text
                .codes
                .iter()
                .map(|&code| {
                    let at = if code == MISSING_CODE {
                        text.dictionary.len()
                    } else {
                        code as usize
                    };
                    if places[at] == u32::MAX {
                        places[at] = next;
                        next += 1;
                    }
                    places[at]
                })
                .collect();
            (codes, next)
        }
    }
}

fn number<T: Eq + Hash>(cells: impl Iterator<Item = T>) -> (Vec<u32>, u32) {
    let mut seen: HashMap<T, u32> = HashMap::new();
    let codes = cells
        .map(|cell| {
            let next = seen.len() as u32;
            *seen.entry(cell).or_insert(next)
        })
        .collect();
    (codes, seen.len() as u32)
}
