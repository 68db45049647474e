//! Cells without an order as codes with labels, whatever their type.

use plenish_table::{Column, ColumnSchema, MISSING_CODE};
use std::collections::BTreeMap;

/// Marks a missing cell, or one whose label is not among those asked for.
pub(crate) const NONE: u32 = u32::MAX;

/// A column as labels, most frequent first, and a code for each row.
pub(crate) struct Labels {
    /// The labels in use with their counts: by falling count, then by first row for numbers and by
    /// text for the rest.
    pub(crate) values: Vec<(String, usize)>,
    /// One code a row: an index into `values`, or [`NONE`] if missing.
    pub(crate) codes: Vec<u32>,
}

/// Labels every cell. Numbers and dates are labelled as they are written in files.
pub(crate) fn labels(schema: &ColumnSchema, column: &Column) -> Labels {
    let (names, raw): (Vec<String>, Vec<u32>) = match column {
        Column::Text(text) => (text.dictionary.as_ref().clone(), text.codes.clone()),
        Column::Boolean(cells) => (
            vec!["false".to_owned(), "true".to_owned()],
            cells
                .iter()
                .map(|&c| if c > 1 { MISSING_CODE } else { u32::from(c) })
                .collect(),
        ),
        _ => by_number(schema, column),
    };
    let mut counts = vec![0_usize; names.len()];
    for &code in &raw {
        if let Some(count) = counts.get_mut(code as usize) {
            *count += 1;
        }
    }
    let mut order: Vec<usize> = (0..names.len()).filter(|&i| counts[i] > 0).collect();
    order.sort_by(|&a, &b| counts[b].cmp(&counts[a]).then_with(|| names[a].cmp(&names[b])));
    let mut place = vec![NONE; names.len()];
    for (position, &name) in order.iter().enumerate() {
        place[name] = position as u32;
    }
    Labels {
        codes: raw
            .iter()
            .map(|&code| place.get(code as usize).copied().unwrap_or(NONE))
            .collect(),
        values: order.into_iter().map(|i| (names[i].clone(), counts[i])).collect(),
    }
}

fn by_number(schema: &ColumnSchema, column: &Column) -> (Vec<String>, Vec<u32>) {
    let mut index: BTreeMap<u64, u32> = BTreeMap::new();
    let mut names = Vec::new();
    let codes = (0..column.len())
        .map(|row| {
            column.number(row).map_or(MISSING_CODE, |number| {
                *index.entry((number + 0.0).to_bits()).or_insert_with(|| {
                    names.push(schema.show_number(number));
                    names.len() as u32 - 1
                })
            })
        })
        .collect();
    (names, codes)
}
