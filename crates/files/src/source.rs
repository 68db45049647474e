//! Opens what is to be read, takes off compression, and hands it to the reader of its format.

use crate::blocks::read_error;
use crate::{Compression, Format, ReadOptions, arrow_files, delimited, json_lines};
use bytes::Bytes;
use plenish_table::{Context, Error, Result, Table};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Reads a table from a file, or from standard input if `source` is `-`.
///
/// Format: what `options` say, else by the extension, else by the content. Compression with gzip
/// or zstd is recognised by the content. Types are inferred from whole columns unless a schema is
/// declared; see the crate's documentation for the rules.
///
/// Fails, naming file and line, when the file cannot be read, is empty or damaged, or a cell, a
/// row or the header is not what it must be.
pub fn read(source: &str, options: &ReadOptions, cx: &Context) -> Result<Table> {
    if source == "-" {
        return read_from(std::io::stdin(), "standard input", options, cx);
    }
    let path = Path::new(source);
    let failed = |error: std::io::Error| Error::io("read", path, &error);
    if std::fs::metadata(path).map_err(failed)?.is_dir() {
        return Err(Error::usage("this is a folder, not a file")
            .in_file(source)
            .help("name a file in it"));
    }
    let file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_or(0, |about| about.len());
    read_stream(Box::new(file), Some(path), size, source, options, cx)
}

/// Reads a table from a stream; `name` stands for the file in messages, and its extension says
/// the format if `options` do not. Otherwise like [`read`].
pub fn read_from(reader: impl Read + Send, name: &str, options: &ReadOptions, cx: &Context) -> Result<Table> {
    read_stream(Box::new(reader), None, 0, name, options, cx)
}

fn read_stream(
    mut input: Box<dyn Read + Send + '_>,
    path: Option<&Path>,
    size: u64,
    name: &str,
    options: &ReadOptions,
    cx: &Context,
) -> Result<Table> {
    let head = peek(&mut input, name)?;
    let compression = Compression::sniff(&head);
    let raw: Box<dyn Read + Send + '_> = Box::new(std::io::Cursor::new(head.clone()).chain(input));
    let (mut input, head) = match compression {
        Compression::None => (raw, head),
        Compression::Gzip => peeked(Box::new(flate2::read::MultiGzDecoder::new(raw)), name)?,
        Compression::Zstd => {
            let decoder = zstd::stream::read::Decoder::new(raw).map_err(|error| read_error(name, &error))?;
            peeked(Box::new(decoder), name)?
        }
    };
    if head.is_empty() {
        return Err(Error::data("the file is empty")
            .in_file(name)
            .help("check how it was made, or whether this is the file you mean"));
    }
    let sniffed = Format::sniff(&head);
    let format = options.format.unwrap_or_else(|| match Format::of(name) {
        // A name may say CSV of a file that can only be binary.
        Some((named, _)) if named.is_text() && !sniffed.is_text() && head[0] != 0xFF => sniffed,
        Some((named, _)) => named,
        None => sniffed,
    });
    let total = if compression == Compression::None { size } else { 0 };
    let step = format!("reading {name}");
    match format {
        Format::Csv => cx.step(&step, total, || delimited::read(input, name, false, options, cx)),
        Format::Tsv => cx.step(&step, total, || delimited::read(input, name, true, options, cx)),
        Format::JsonLines => cx.step(&step, total, || json_lines::read(input, name, options, cx)),
        Format::Parquet => match path.filter(|_| compression == Compression::None) {
            Some(path) => {
                let file = File::open(path).map_err(|error| Error::io("read", path, &error))?;
                arrow_files::read_parquet(file, name, options, cx)
            }
            None => arrow_files::read_parquet(everything(&mut input, name)?, name, options, cx),
        },
        Format::Arrow => arrow_files::read_arrow(everything(&mut input, name)?, name, options, cx),
    }
}

fn everything(input: &mut dyn Read, name: &str) -> Result<Bytes> {
    let mut bytes = Vec::new();
    input
        .read_to_end(&mut bytes)
        .map_err(|error| read_error(name, &error))?;
    Ok(Bytes::from(bytes))
}

/// The first bytes; fewer only if there are no more.
fn peek(input: &mut dyn Read, name: &str) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    input
        .take(64)
        .read_to_end(&mut head)
        .map_err(|error| read_error(name, &error))?;
    Ok(head)
}

type Stream<'r> = Box<dyn Read + Send + 'r>;

fn peeked<'r>(mut input: Stream<'r>, name: &str) -> Result<(Stream<'r>, Vec<u8>)> {
    let head = peek(&mut input, name)?;
    Ok((Box::new(std::io::Cursor::new(head.clone()).chain(input)), head))
}
