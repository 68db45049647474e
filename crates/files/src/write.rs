//! Writes tables, whole or in batches.

use crate::arrow_arrays::{array, field};
use crate::disk::Output;
use crate::text_rows::TextRows;
use crate::{Compression, Format};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::Schema as ArrowSchema;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, ArrowWriterOptions, compute_leaves};
use parquet::basic::{Compression as PageCompression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use plenish_table::{Context, Error, Kind, Result, Schema, Table};
use rayon::prelude::*;
use std::io::Write;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Rows in a row group of Parquet and a batch of Arrow.
const GROUP: usize = 1 << 18;
/// Rows put into text by one thread at a time.
const CHUNK: usize = 1 << 13;
/// Rows between two looks at whether to stop.
const BETWEEN_CHECKS: usize = 1 << 16;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteSummary {
    /// Rows.
    pub rows: u64,
    /// Size of the file, compressed if it is.
    pub bytes: u64,
    /// SHA-256 of the file's bytes, as 64 hexadecimal digits.
    pub sha256: String,
}

/// Writes `table` to a file, in the format of the extension of `target`, or as CSV to standard
/// output if `target` is `-`.
///
/// The file appears whole or not at all. Its bytes depend on the cells and the schema alone.
pub fn write(table: &Table, target: &str, cx: &Context) -> Result<()> {
    write_with_summary(table, target, cx).map(|_| ())
}

/// Like [`write()`]; tells what was written.
pub fn write_with_summary(table: &Table, target: &str, cx: &Context) -> Result<WriteSummary> {
    let mut writer = Writer::create(target, table.shared_schema())?;
    cx.step(&format!("writing {target}"), table.rows() as u64, || {
        let mut start = 0;
        while start < table.rows() {
            cx.check()?;
            let end = table.rows().min(start + BETWEEN_CHECKS);
            writer.write_rows(table, start..end)?;
            cx.advance((end - start) as u64);
            start = end;
        }
        cx.check()?;
        writer.finish()
    })
}

/// Writes rows as they come, so that a table larger than memory can be written. Without
/// [`Writer::finish`], nothing is left behind. The bytes do not depend on how rows are batched.
pub struct Writer {
    name: String,
    schema: Arc<Schema>,
    sink: Sink,
    /// Rows that do not fill a group yet.
    pending: Vec<Table>,
    rows: u64,
}

enum Sink {
    Text {
        rows: TextRows,
        encoder: Encoder,
    },
    Parquet {
        file: SerializedFileWriter<Output>,
        groups: ArrowRowGroupWriterFactory,
        schema: Arc<ArrowSchema>,
        written: usize,
    },
    Arrow {
        file: arrow_ipc::writer::FileWriter<Output>,
        schema: Arc<ArrowSchema>,
    },
}

enum Encoder {
    Plain(Output),
    Gzip(flate2::write::GzEncoder<Output>),
    Zstd(zstd::stream::write::Encoder<'static, Output>),
}

impl Encoder {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        match self {
            Self::Plain(out) => out.write_all(bytes),
            Self::Gzip(out) => out.write_all(bytes),
            Self::Zstd(out) => out.write_all(bytes),
        }
    }

    fn finish(self) -> std::io::Result<Output> {
        match self {
            Self::Plain(out) => Ok(out),
            Self::Gzip(out) => out.finish(),
            Self::Zstd(out) => out.finish(),
        }
    }
}

impl Writer {
    /// Begins a file in the format of the extension of `target`; CSV on standard output for `-`.
    /// Fails when the extension is not known or the folder cannot be written to.
    pub fn create(target: &str, schema: impl Into<Arc<Schema>>) -> Result<Self> {
        if target == "-" {
            let stream = std::io::BufWriter::new(std::io::stdout());
            return Self::to_stream(
                Box::new(stream),
                "standard output",
                Format::Csv,
                Compression::None,
                schema,
            );
        }
        let Some((format, compression)) = Format::of(target) else {
            return Err(Error::usage("the extension names no known format")
                .in_file(target)
                .help("use .csv, .tsv, .jsonl (each also with .gz or .zst), .parquet or .arrow"));
        };
        check(format, compression, target)?;
        Self::with_output(
            Output::create(Path::new(target))?,
            target,
            format,
            compression,
            schema.into(),
        )
    }

    /// Begins writing to a stream; `name` stands for it in messages.
    pub fn to_stream(
        stream: Box<dyn Write + Send>,
        name: &str,
        format: Format,
        compression: Compression,
        schema: impl Into<Arc<Schema>>,
    ) -> Result<Self> {
        check(format, compression, name)?;
        Self::with_output(Output::stream(stream, name), name, format, compression, schema.into())
    }

    fn with_output(
        output: Output,
        name: &str,
        format: Format,
        compression: Compression,
        schema: Arc<Schema>,
    ) -> Result<Self> {
        let arrow = || Arc::new(ArrowSchema::new(schema.columns.iter().map(field).collect::<Vec<_>>()));
        let sink = match format {
            Format::Csv | Format::Tsv | Format::JsonLines => {
                let rows = match format {
                    Format::Csv => TextRows::delimited(b','),
                    Format::Tsv => TextRows::delimited(b'\t'),
                    _ => TextRows::json(&schema),
                };
                let mut encoder = match compression {
                    Compression::None => Encoder::Plain(output),
                    // No time and no name in the gzip header.
                    Compression::Gzip => {
                        Encoder::Gzip(flate2::GzBuilder::new().write(output, flate2::Compression::default()))
                    }
                    Compression::Zstd => Encoder::Zstd(
                        zstd::stream::write::Encoder::new(output, 3).map_err(|error| failed(name, &error))?,
                    ),
                };
                let header = rows.header(&schema).map_err(|error| error.in_file(name))?;
                encoder.write(header.as_bytes()).map_err(|error| failed(name, &error))?;
                Sink::Text { rows, encoder }
            }
            Format::Parquet => {
                let properties = WriterProperties::builder()
                    .set_created_by("plenish".to_owned())
                    .set_compression(PageCompression::ZSTD(ZstdLevel::default()))
                    .set_max_row_group_row_count(Some(GROUP))
                    .build();
                let options = ArrowWriterOptions::new()
                    .with_properties(properties)
                    .with_skip_arrow_metadata(true);
                let schema = arrow();
                let (file, groups) = ArrowWriter::try_new_with_options(output, Arc::clone(&schema), options)
                    .and_then(ArrowWriter::into_serialized_writer)
                    .map_err(|error| refused(name, &error))?;
                Sink::Parquet {
                    file,
                    groups,
                    schema,
                    written: 0,
                }
            }
            Format::Arrow => {
                let schema = arrow();
                let file =
                    arrow_ipc::writer::FileWriter::try_new(output, &schema).map_err(|error| refused(name, &error))?;
                Sink::Arrow { file, schema }
            }
        };
        Ok(Self {
            name: name.to_owned(),
            schema,
            sink,
            pending: Vec::new(),
            rows: 0,
        })
    }

    /// Adds the rows of `table`, whose columns must have the types of the writer's schema.
    pub fn write_batch(&mut self, table: &Table) -> Result<()> {
        self.write_rows(table, 0..table.rows())
    }

    fn write_rows(&mut self, table: &Table, range: Range<usize>) -> Result<()> {
        let fits = table.columns().len() == self.schema.columns.len()
            && table
                .columns()
                .iter()
                .zip(&self.schema.columns)
                .all(|(column, wanted)| column.kind() == wanted.kind);
        if !fits {
            return Err(
                Error::internal("rows of other types than those of the file cannot be added").in_file(&self.name),
            );
        }
        self.rows += range.len() as u64;
        if let Sink::Text { rows, encoder } = &mut self.sink {
            // Decimals and zones are those of the writer's schema.
            let renamed;
            let table = if table.schema() == &*self.schema {
                table
            } else {
                renamed = table.clone().with_schema(Arc::clone(&self.schema))?;
                &renamed
            };
            let at_once = CHUNK * 4 * rayon::current_num_threads();
            let mut start = range.start;
            while start < range.end {
                let end = range.end.min(start + at_once);
                let chunks: Vec<Range<usize>> = (start..end).step_by(CHUNK).map(|s| s..end.min(s + CHUNK)).collect();
                let texts: Vec<Result<String>> = chunks.into_par_iter().map(|chunk| rows.rows(table, chunk)).collect();
                for text in texts {
                    let text = text.map_err(|error| error.in_file(&self.name))?;
                    encoder
                        .write(text.as_bytes())
                        .map_err(|error| failed(&self.name, &error))?;
                }
                start = end;
            }
            return Ok(());
        }
        let mut start = range.start;
        loop {
            let held: usize = self.pending.iter().map(Table::rows).sum();
            let end = range.end.min(start + GROUP - held);
            if held + end - start < GROUP {
                if end > start {
                    let rows: Vec<u32> = (start as u32..end as u32).collect();
                    self.pending.push(table.take(&rows));
                }
                return Ok(());
            }
            self.write_group(Some((table, start..end)))?;
            start = end;
        }
    }

    /// Writes the pending rows and these as one group.
    fn write_group(&mut self, last: Option<(&Table, Range<usize>)>) -> Result<()> {
        let pending = std::mem::take(&mut self.pending);
        let pieces: Vec<(&Table, Range<usize>)> = pending
            .iter()
            .map(|table| (table, 0..table.rows()))
            .chain(last)
            .collect();
        let columns = &self.schema.columns;
        let make = |index: usize| -> Result<ArrayRef> {
            let pieces: Vec<_> = pieces
                .iter()
                .map(|(table, range)| (table.column(index), range.clone()))
                .collect();
            array(&pieces, &columns[index])
        };
        let name = &self.name;
        match &mut self.sink {
            Sink::Text { .. } => Ok(()),
            Sink::Arrow { file, schema } => {
                let arrays = (0..columns.len())
                    .into_par_iter()
                    .map(make)
                    .collect::<Result<Vec<_>>>()?;
                let batch = RecordBatch::try_new(Arc::clone(schema), arrays).map_err(|error| refused(name, &error))?;
                file.write(&batch).map_err(|error| refused(name, &error))
            }
            Sink::Parquet {
                file,
                groups,
                schema,
                written,
            } => {
                let writers = groups
                    .create_column_writers(*written)
                    .map_err(|error| refused(name, &error))?;
                let chunks: Vec<Result<_>> = writers
                    .into_par_iter()
                    .enumerate()
                    .map(|(index, mut column)| {
                        let leaves = compute_leaves(schema.field(index), &make(index)?);
                        for leaf in leaves.map_err(|error| refused(name, &error))? {
                            column.write(&leaf).map_err(|error| refused(name, &error))?;
                        }
                        column.close().map_err(|error| refused(name, &error))
                    })
                    .collect();
                let mut group = file.next_row_group().map_err(|error| refused(name, &error))?;
                for chunk in chunks {
                    chunk?
                        .append_to_row_group(&mut group)
                        .map_err(|error| refused(name, &error))?;
                }
                group.close().map_err(|error| refused(name, &error))?;
                *written += 1;
                Ok(())
            }
        }
    }

    /// Completes the file and gives it its name.
    pub fn finish(mut self) -> Result<WriteSummary> {
        if !self.pending.is_empty() {
            self.write_group(None)?;
        }
        let name = &self.name;
        let output = match self.sink {
            Sink::Text { encoder, .. } => encoder.finish().map_err(|error| failed(name, &error))?,
            Sink::Parquet { file, .. } => file.into_inner().map_err(|error| refused(name, &error))?,
            Sink::Arrow { mut file, .. } => {
                file.finish().map_err(|error| refused(name, &error))?;
                file.into_inner().map_err(|error| refused(name, &error))?
            }
        };
        let (bytes, sha256) = output.commit()?;
        Ok(WriteSummary {
            rows: self.rows,
            bytes,
            sha256,
        })
    }
}

fn check(format: Format, compression: Compression, name: &str) -> Result<()> {
    if compression != Compression::None && !format.is_text() {
        return Err(Error::usage(format!(
            "{} is compressed by itself and takes no .gz or .zst",
            format.name()
        ))
        .in_file(name)
        .help("leave the last extension out"));
    }
    Ok(())
}

fn failed(name: &str, error: &std::io::Error) -> Error {
    Error::io("write", Path::new(name), error)
}

fn refused(name: &str, error: &impl std::fmt::Display) -> Error {
    Error::new(Kind::Io, format!("cannot write: {error}")).in_file(name)
}
