//! Models, and tables that are read for a model: with its types, and its columns only.

use plenish_files::{Format, ReadOptions};
use plenish_private::open;
use plenish_synth::Model;
use plenish_table::{Context, Error, Result, Schema, Table};
use std::io::Read;
use std::path::Path;

/// Reads a model; `-` is standard input.
pub(super) fn read_model(path: &Path) -> Result<Box<dyn Model>> {
    let bytes = super::read_model(path)?;
    open(&bytes).map_err(|e| e.in_file(path.display().to_string()))
}

/// Reads rows that may lack some of `schema`'s columns, but have no others, with the types of `schema`.
pub(super) fn read_partial(source: &str, schema: &Schema, cx: &Context) -> Result<Table> {
    // Standard input can be read only once, but may have to be looked at twice.
    let piped = if source == "-" {
        let mut bytes = Vec::new();
        let read = std::io::stdin().read_to_end(&mut bytes);
        read.map_err(|e| Error::io("read", Path::new("standard input"), &e))?;
        Some(bytes)
    } else {
        None
    };
    let read = |options: &ReadOptions| match &piped {
        Some(bytes) => plenish_files::read_from(bytes.as_slice(), "standard input", options, cx),
        None => plenish_files::read(source, options, cx),
    };
    let table = read(&ReadOptions::default())?;
    let mut columns = Vec::new();
    for found in &table.schema().columns {
        let index = schema.require(&found.name).map_err(|e| {
            let help = e.advice().unwrap_or_default().to_owned();
            Error::data("the model has no such column")
                .in_file(shown(source))
                .in_column(&found.name)
                .help(help)
        })?;
        columns.push(schema.columns[index].clone());
    }
    let declared = Schema::new(columns)?;
    let same = declared
        .columns
        .iter()
        .zip(&table.schema().columns)
        .all(|(a, b)| a.kind == b.kind);
    if same {
        return table.with_schema(declared);
    }
    let options = ReadOptions {
        schema: Some(declared.clone()),
        ..ReadOptions::default()
    };
    read(&options)?.with_schema(declared)
}

/// An error about a row of a table, with the line of the file that the row stands on, if rows and lines
/// go together.
pub(super) fn at_line_of(error: Error, source: &str, rows: usize) -> Error {
    let Some(row) = error.place().row else { return error };
    let error = error.in_file(shown(source));
    let text = matches!(
        Format::of(source),
        Some((Format::Csv | Format::Tsv, plenish_files::Compression::None))
    );
    match std::fs::read(source) {
        Ok(bytes) if text && lines(&bytes) == rows + 1 => error.at_line(row + 1),
        _ => error,
    }
}

fn lines(bytes: &[u8]) -> usize {
    let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    text.split(|&b| b == b'\n').count()
}

fn shown(source: &str) -> &str {
    if source == "-" { "standard input" } else { source }
}
