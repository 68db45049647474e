//! Rows as lines of CSV, TSV or JSON.

use crate::options::MissingRule;
use plenish_table::{Column, ColumnSchema, Error, Result, Schema, Table, format_date, format_real, format_timestamp};
use std::fmt::Write as _;
use std::ops::Range;

/// Writes rows as text; the same cells always give the same bytes.
pub(crate) enum TextRows {
    /// Cells between delimiters.
    Delimited { delimiter: u8, rule: Box<MissingRule> },
    /// Objects, with the keys ready: `{"a":` and `,"b":`.
    Json { keys: Vec<String> },
}

impl TextRows {
    pub(crate) fn delimited(delimiter: u8) -> Self {
        Self::Delimited {
            delimiter,
            rule: Box::new(MissingRule::new(&[])),
        }
    }

    pub(crate) fn json(schema: &Schema) -> Self {
        let keys = schema
            .columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let mut key = String::from(if index == 0 { "{" } else { "," });
                json_string(&column.name, &mut key);
                key.push(':');
                key
            })
            .collect();
        Self::Json { keys }
    }

    /// The line of names, if the format has one.
    pub(crate) fn header(&self, schema: &Schema) -> Result<String> {
        let mut out = String::new();
        if let Self::Delimited { delimiter, rule } = self {
            for (index, column) in schema.columns.iter().enumerate() {
                if index > 0 {
                    out.push(char::from(*delimiter));
                }
                delimited_text(&column.name, *delimiter, rule, &mut out)
                    .map_err(|error| error.in_column(&column.name))?;
            }
            out.push('\n');
        }
        Ok(out)
    }

    /// The lines of some rows.
    pub(crate) fn rows(&self, table: &Table, rows: Range<usize>) -> Result<String> {
        let mut out = String::with_capacity(rows.len() * (table.columns().len() * 8 + 8));
        for row in rows {
            for (index, (column, schema)) in table.columns().iter().zip(&table.schema().columns).enumerate() {
                match self {
                    Self::Delimited { delimiter, rule } => {
                        if index > 0 {
                            out.push(char::from(*delimiter));
                        }
                        if column.is_missing(row) {
                            // In a table of one column an empty cell would be a blank line.
                            out.push_str(if table.columns().len() == 1 { "NA" } else { "" });
                        } else if let Column::Text(text) = column {
                            delimited_text(text.get(row).unwrap_or_default(), *delimiter, rule, &mut out)
                                .map_err(|error| error.in_column(&schema.name))?;
                        } else if let Some(text) = noted(column, row, schema) {
                            delimited_text(&text, *delimiter, rule, &mut out)
                                .map_err(|error| error.in_column(&schema.name))?;
                        } else {
                            plain(column, row, schema, &mut out);
                        }
                    }
                    Self::Json { keys } => {
                        out.push_str(&keys[index]);
                        match column {
                            _ if column.is_missing(row) => out.push_str("null"),
                            Column::Text(text) => json_string(text.get(row).unwrap_or_default(), &mut out),
                            _ if schema.notation.is_some()
                                || matches!(column, Column::Date(_) | Column::Timestamp(_)) =>
                            {
                                out.push('"');
                                plain(column, row, schema, &mut out);
                                out.push('"');
                            }
                            _ => plain(column, row, schema, &mut out),
                        }
                    }
                }
            }
            out.push_str(match self {
                Self::Delimited { .. } => "\n",
                Self::Json { keys } if keys.is_empty() => "{}\n",
                Self::Json { .. } => "}\n",
            });
        }
        Ok(out)
    }
}

/// A cell in the notation of its column, if it has one.
fn noted(column: &Column, row: usize, schema: &ColumnSchema) -> Option<String> {
    let notation = schema.notation?;
    match column {
        Column::Integer(v) | Column::Timestamp(v) => Some(notation.write(v[row])),
        Column::Date(v) => Some(notation.write(i64::from(v[row]))),
        _ => None,
    }
}

/// A cell that is neither missing nor text.
fn plain(column: &Column, row: usize, schema: &ColumnSchema, out: &mut String) {
    if let Some(text) = noted(column, row, schema) {
        out.push_str(&text);
        return;
    }
    match column {
        Column::Boolean(v) => out.push_str(if v[row] == 1 { "true" } else { "false" }),
        Column::Integer(v) => {
            let _ = write!(out, "{}", v[row]);
        }
        Column::Real(v) => real(v[row], schema.decimals, out),
        Column::Date(v) => out.push_str(&format_date(v[row])),
        Column::Timestamp(v) => out.push_str(&format_timestamp(v[row], schema.utc)),
        Column::Text(_) => {}
    }
}

/// With as many decimals as declared, if that is the number; else the shortest text that is,
/// with a point or an exponent to tell it from an integer.
fn real(value: f64, decimals: Option<u8>, out: &mut String) {
    if let Some(digits) = decimals.filter(|&digits| digits <= 15) {
        let unit = 10_u64.pow(u32::from(digits));
        let scaled = (value * unit as f64).round();
        let exact = scaled.abs() < 9_007_199_254_740_992.0 && scaled / unit as f64 == value;
        if exact && (value != 0.0 || value.is_sign_positive()) {
            let magnitude = scaled.abs() as u64;
            if scaled < 0.0 {
                out.push('-');
            }
            let _ = write!(out, "{}", magnitude / unit);
            if digits > 0 {
                let width = usize::from(digits);
                let _ = write!(out, ".{:0width$}", magnitude % unit);
            }
            return;
        }
    }
    let text = format_real(value);
    out.push_str(&text);
    if !text.contains(['.', 'e']) {
        out.push_str(".0");
    }
}

fn delimited_text(text: &str, delimiter: u8, rule: &MissingRule, out: &mut String) -> Result<()> {
    let bytes = text.as_bytes();
    let edge = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t' | b'\r'));
    let mut quote =
        rule.is_missing(text.trim()) || edge(bytes.first()) || edge(bytes.last()) || text.starts_with('\u{FEFF}');
    let mut doubled = false;
    for &byte in bytes {
        match byte {
            b'"' => doubled = true,
            b'\n' | b'\r' => quote = true,
            0 => {
                return Err(
                    Error::data("a text with a NUL character cannot be written as CSV or TSV")
                        .help("write Parquet, or clean the text"),
                );
            }
            _ => quote |= byte == delimiter,
        }
    }
    if doubled {
        out.push('"');
        for part in text.split_inclusive('"') {
            out.push_str(part);
            if part.ends_with('"') {
                out.push('"');
            }
        }
        out.push('"');
    } else if quote {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(text);
    }
    Ok(())
}

fn json_string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1F}' => {
                let _ = write!(out, "\\u{:04x}", character as u32);
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}
