//! What a row holds, as bytes that do not depend on how its file was written or its types were inferred.

use plenish_table::{Column, Table};

/// The contents of the rows of a table: its columns in the order of their names.
pub(crate) struct Contents<'a> {
    names: Vec<&'a str>,
    columns: Vec<&'a Column>,
    /// Each text of a text column as it counts.
    texts: Vec<Vec<String>>,
}

impl<'a> Contents<'a> {
    pub(crate) fn new(table: &'a Table) -> Self {
        let mut order: Vec<usize> = (0..table.columns().len()).collect();
        let name = |&c: &usize| table.schema().columns[c].name.as_str();
        order.sort_by(|a, b| name(a).cmp(name(b)));
        let columns: Vec<&Column> = order.iter().map(|&c| table.column(c)).collect();
        let texts = columns.iter().map(|column| match column {
            Column::Text(text) => text.dictionary.iter().map(|t| plain(t)).collect(),
            _ => Vec::new(),
        });
        Self {
            names: order.iter().map(name).collect(),
            texts: texts.collect(),
            columns,
        }
    }

    /// The names of the columns, in their order.
    pub(crate) fn names(&self) -> &[&'a str] {
        &self.names
    }

    /// Writes the content of `row` into `out`, which is emptied first. Rows of the same columns are alike if and only
    /// if their bytes are.
    pub(crate) fn of(&self, row: usize, out: &mut Vec<u8>) {
        out.clear();
        for (column, texts) in self.columns.iter().zip(&self.texts) {
            match column {
                _ if column.is_missing(row) => {}
                Column::Text(text) => out.extend_from_slice(texts[text.codes[row] as usize].as_bytes()),
                Column::Integer(_) | Column::Real(_) => {
                    out.extend_from_slice(number(column.number(row).unwrap_or(f64::NAN)).as_bytes());
                }
                _ => out.extend_from_slice(column.value(row).to_string().as_bytes()),
            }
            // No text that a reader accepts has a zero byte in it.
            out.push(0);
        }
    }
}

/// A text that is a number as that number: a part of a table may be read as numbers where the whole is read as text.
fn plain(text: &str) -> String {
    let text = text.trim();
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => number(value),
        _ => text.to_owned(),
    }
}

fn number(value: f64) -> String {
    format!("{}", value + 0.0)
}
