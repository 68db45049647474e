//! Reads Parquet and Arrow IPC files.

use crate::ReadOptions;
use crate::arrow_columns::Incoming;
use crate::assemble::{arrange, wanted};
use crate::cells::Collector;
use crate::infer::{RawColumn, infer};
use crate::options::MissingRule;
use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::reader::{FileReader, StreamDecoder, read_footer_length};
use arrow_schema::{ArrowError, Schema as ArrowSchema};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::reader::ChunkReader;
use plenish_table::{Column, ColumnSchema, ColumnType, Context, Error, Result, Schema, Table, Value};
use rayon::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Cells decoded at once.
const BATCH: usize = 1 << 16;

/// Reads a Parquet file.
pub(crate) fn read_parquet(
    input: impl ChunkReader + 'static,
    name: &str,
    options: &ReadOptions,
    cx: &Context,
) -> Result<Table> {
    guarded(name, "Parquet", || {
        let builder =
            ParquetRecordBatchReaderBuilder::try_new(input).map_err(|error| damaged(name, "Parquet", &error))?;
        let schema = builder.schema().clone();
        let rows = builder.metadata().file_metadata().num_rows().max(0) as u64;
        let wanted = wanted_fields(&schema, name, options, cx)?;
        let roots = (0..wanted.len()).filter(|&index| wanted[index]);
        let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
        let reader = builder
            .with_projection(mask)
            .with_batch_size(BATCH)
            .build()
            .map_err(|error| damaged(name, "Parquet", &error))?;
        cx.step(&format!("reading {name}"), rows, || {
            collect(&schema, &wanted, reader, false, name, "Parquet", options, cx)
        })
    })
}

/// Reads an Arrow IPC file or stream.
pub(crate) fn read_arrow(input: Bytes, name: &str, options: &ReadOptions, cx: &Context) -> Result<Table> {
    guarded(name, "Arrow", || {
        let failed = |error: ArrowError| damaged(name, "Arrow", &error);
        let (schema, batches): (_, Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>>) =
            if input.starts_with(b"ARROW1") {
                check_lengths(&input).map_err(|error| damaged(name, "Arrow", &error))?;
                let reader = FileReader::try_new(std::io::Cursor::new(input), None).map_err(failed)?;
                (reader.schema(), Box::new(reader))
            } else {
                let mut buffer = Buffer::from(input);
                let mut decoder = StreamDecoder::new();
                let first = decoder.decode(&mut buffer).map_err(failed)?;
                let schema = decoder
                    .schema()
                    .ok_or_else(|| damaged(name, "Arrow", &"it has no schema"))?;
                let rest = std::iter::from_fn(move || match decoder.decode(&mut buffer) {
                    Ok(None) => decoder.finish().err().map(Err),
                    other => other.transpose(),
                });
                (schema, Box::new(first.into_iter().map(Ok).chain(rest)))
            };
        let wanted = wanted_fields(&schema, name, options, cx)?;
        cx.step(&format!("reading {name}"), 0, || {
            collect(&schema, &wanted, batches, true, name, "Arrow", options, cx)
        })
    })
}

/// Whether the lengths in an Arrow file's footer lie within the file. The reader makes room for
/// them before it looks, and a damaged length may ask for more memory than there is.
fn check_lengths(file: &[u8]) -> Result<(), &'static str> {
    const FOOTER: &str = "its footer is damaged";
    let body = file.len().checked_sub(10).ok_or("it has no footer")?;
    let trailer = file[body..].try_into().map_err(|_| FOOTER)?;
    let length = read_footer_length(trailer).map_err(|_| "it has no footer")?;
    let start = body.checked_sub(length).ok_or(FOOTER)?;
    let footer = arrow_ipc::root_as_footer(&file[start..body]).map_err(|_| FOOTER)?;
    let blocks = footer
        .dictionaries()
        .into_iter()
        .flatten()
        .chain(footer.recordBatches().into_iter().flatten());
    for block in blocks {
        let parts = [block.offset(), i64::from(block.metaDataLength()), block.bodyLength()];
        let end = parts
            .iter()
            .try_fold(0_usize, |sum, &part| sum.checked_add(usize::try_from(part).ok()?));
        if end.is_none_or(|end| end > file.len()) {
            return Err(FOOTER);
        }
    }
    Ok(())
}

/// Runs a decoder; where it gives up with a panic on damaged bytes, that is an error too.
fn guarded<T>(name: &str, format: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(damaged(name, format, &"its parts do not fit together")))
}

fn damaged(name: &str, format: &str, error: &impl std::fmt::Display) -> Error {
    let error = error.to_string();
    let detail = error.rsplit_once("error: ").map_or(error.as_str(), |(_, rest)| rest);
    Error::data(format!("this is not a whole {format} file: {}", detail.trim()))
        .in_file(name)
        .help("it may be cut short or of another format; fetch or write it again")
}

fn wanted_fields(schema: &ArrowSchema, name: &str, options: &ReadOptions, cx: &Context) -> Result<Vec<bool>> {
    let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    // Names that are empty or occur twice are told before anything is read.
    Schema::new(
        names
            .iter()
            .map(|name| ColumnSchema::new(name, ColumnType::Text))
            .collect(),
    )
    .map_err(|error| error.in_file(name))?;
    wanted(&names, name, options, cx)
}

#[expect(clippy::too_many_arguments, reason = "one call for each of two formats")]
fn collect(
    schema: &ArrowSchema,
    wanted: &[bool],
    batches: impl Iterator<Item = Result<RecordBatch, ArrowError>>,
    all_columns: bool,
    name: &str,
    format: &str,
    options: &ReadOptions,
    cx: &Context,
) -> Result<Table> {
    let places: Vec<usize> = (0..wanted.len()).filter(|&index| wanted[index]).collect();
    let mut incoming = places
        .iter()
        .map(|&index| Incoming::new(schema.field(index)).map_err(|error| error.in_file(name)))
        .collect::<Result<Vec<_>>>()?;
    let mut rows = 0;
    for batch in batches {
        cx.check()?;
        let batch = batch.map_err(|error| damaged(name, format, &error))?;
        incoming
            .par_iter_mut()
            .enumerate()
            .map(|(order, column)| {
                let at = if all_columns { places[order] } else { order };
                column.append(batch.column(at).as_ref())
            })
            .collect::<Vec<Result<()>>>()
            .into_iter()
            .collect::<Result<()>>()
            .map_err(|error| error.in_file(name))?;
        rows += batch.num_rows();
        cx.advance(batch.num_rows() as u64);
    }
    if rows == 0 {
        return Err(Error::data("there are no rows of data")
            .in_file(name)
            .help("check how it was made, or whether this is the file you mean"));
    }
    for column in incoming.iter().filter(|column| column.shortened) {
        cx.warn(&format!(
            "{name}: column '{}' is in nanoseconds and was cut to microseconds",
            column.name
        ));
    }
    let finished: Vec<(Column, ColumnSchema)> = incoming.into_par_iter().map(Incoming::finish).collect();
    let (mut columns, mut described) = (Vec::new(), Vec::new());
    for (column, found) in finished {
        let declared = options.schema.as_ref().and_then(|schema| schema.column(&found.name));
        let (column, schema) = match declared {
            Some(declared) => recast(column, &found, declared, name, cx)?,
            None => (column, found),
        };
        columns.push(column);
        described.push(schema);
    }
    let schema = Schema::new(described).map_err(|error| error.in_file(name))?;
    arrange(Table::new(schema, columns)?, name, options)
}

/// A column under its declared type: cells of another type are read from their text.
fn recast(
    column: Column,
    found: &ColumnSchema,
    declared: &ColumnSchema,
    name: &str,
    cx: &Context,
) -> Result<(Column, ColumnSchema)> {
    let mut schema = declared.clone();
    if found.missing && !schema.missing {
        schema.missing = true;
        cx.warn(&format!(
            "{name}: column '{}' has missing cells, though the schema says that it has none",
            found.name
        ));
    }
    if column.kind() == declared.kind {
        return Ok((column, schema));
    }
    if column.kind() == ColumnType::Integer && declared.kind == ColumnType::Real {
        return Ok((Column::Real(column.numbers()), schema));
    }
    let mut cells = Collector::new(declared.kind == ColumnType::Text);
    for row in 0..column.len() {
        match column.value(row) {
            Value::Missing => cells.push_missing(),
            value => cells.push(&value.to_string()),
        }
    }
    let raw = RawColumn {
        name: found.name.clone(),
        blocks: vec![cells.cells],
        strings: false,
        plain: false,
        declared: Some(schema),
    };
    // A binary file has rows, not lines.
    let row = std::sync::atomic::AtomicUsize::new(0);
    let locate = |at: usize| {
        row.store(at + 1, std::sync::atomic::Ordering::Relaxed);
        0
    };
    let typed = infer(raw, &MissingRule::new(&[]), &locate).map_err(|error| {
        let row = row.load(std::sync::atomic::Ordering::Relaxed);
        Error::data(format!("row {row}: {}", error.message()))
            .help(error.advice().unwrap_or_default().to_owned())
            .in_file(name)
            .in_column(&found.name)
    })?;
    Ok((typed.column, typed.schema))
}
