//! Reads CSV, TSV and other delimited text.

use crate::ReadOptions;
use crate::assemble::{Assembly, ParsedBlock, RowLines, wanted};
use crate::blocks::{Block, BlockReader, Layout};
use crate::cells::Collector;
use crate::detect;
use crate::options::MissingRule;
use crate::records::{Fault, Splitter, records};
use memchr::{memchr, memchr_iter};
use plenish_table::{ColumnType, Context, Error, Result, Schema, Table};
use rayon::prelude::*;
use std::io::Read;

/// Enough for the first lines, by which layout and header are detected.
const HEAD: usize = 256 << 10;
const LONGEST_HEAD: usize = 64 << 20;
/// The size of a block: several for a small file, and not many cells at once in memory.
const BLOCK: usize = 1 << 20;

/// The layout of the whole text and what is wanted of it.
struct Plan<'a> {
    file: &'a str,
    delimiter: u8,
    end: u8,
    names: Vec<String>,
    /// For each column of the file, its place among the columns to be read.
    places: Vec<Option<usize>>,
    /// For each column to be read, whether it is declared as text.
    texts: Vec<bool>,
    rule: &'a MissingRule,
}

pub(crate) fn read(
    input: Box<dyn Read + Send + '_>,
    file: &str,
    tabs: bool,
    options: &ReadOptions,
    cx: &Context,
) -> Result<Table> {
    read_in_blocks(input, file, tabs, options, cx, BLOCK)
}

fn read_in_blocks(
    input: Box<dyn Read + Send + '_>,
    file: &str,
    tabs: bool,
    options: &ReadOptions,
    cx: &Context,
    block_size: usize,
) -> Result<Table> {
    let rule = MissingRule::new(&options.missing);
    let mut reader = BlockReader::new(input, file, block_size);
    let plan = plan(&mut reader, file, tabs, options, &rule, cx)?;
    let read_names: Vec<String> = plan
        .names
        .iter()
        .zip(&plan.places)
        .filter(|(_, place)| place.is_some())
        .map(|(name, _)| name.clone())
        .collect();
    let mut assembly = Assembly::new(&read_names, options.schema.as_ref());
    let everywhere: Vec<usize> = (0..read_names.len()).collect();
    let at_once = 2 * rayon::current_num_threads();
    let mut blocks = reader.next_blocks(at_once)?;
    while !blocks.is_empty() {
        cx.check()?;
        let amount: usize = blocks.iter().map(|block| block.bytes.len()).sum();
        let (parsed, next) = rayon::join(
            || {
                blocks
                    .into_par_iter()
                    .map(|block| parse(&block, &plan))
                    .collect::<Vec<_>>()
            },
            || reader.next_blocks(at_once),
        );
        for block in parsed {
            assembly.add(block?, &everywhere);
        }
        cx.advance(amount as u64);
        blocks = next?;
    }
    assembly.finish(file, options, &rule, cx)
}

fn plan<'a>(
    reader: &mut BlockReader,
    file: &'a str,
    tabs: bool,
    options: &ReadOptions,
    rule: &'a MissingRule,
    cx: &Context,
) -> Result<Plan<'a>> {
    let mut size = HEAD;
    // A very wide table may have a longer first line.
    while size < LONGEST_HEAD {
        let (head, whole) = reader.head(size)?;
        if whole || memchr(b'\n', head).is_some() {
            break;
        }
        size *= 4;
    }
    let (head, whole) = reader.head(HEAD)?;
    if head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) {
        return Err(Error::data("this is UTF-16 text, not UTF-8")
            .in_file(file)
            .help("convert it first: iconv -f UTF-16 -t UTF-8 old.csv > new.csv"));
    }
    let mark = if head.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let head = &head[mark..];
    let end = detect::record_end(head);
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The head may end within a character.
        Err(error) if error.error_len().is_none() && !whole => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return Err(not_utf8(head, file, end, 1)),
    };
    no_nul(text.as_bytes(), file, end, 1)?;
    let delimiter = match options.delimiter {
        Some(delimiter) => delimiter,
        None if tabs => b'\t',
        None => detect::delimiter(text, end, whole),
    };
    if matches!(delimiter, b'"' | b'\n' | b'\r') || !delimiter.is_ascii() {
        return Err(Error::usage("a quote, a line end or a byte beyond ASCII cannot be the delimiter").in_file(file));
    }
    let first = records(text, delimiter, end, 1).into_iter().next();
    let Some(first) = first else {
        return Err(first_record_fault(text, delimiter, end, file));
    };
    let header = options.header.unwrap_or_else(|| {
        let named = options.schema.as_ref().is_some_and(|schema| {
            detect::is_header_of(&first, &schema.columns.iter().map(|c| c.name.as_str()).collect())
        });
        named || detect::has_header(text, delimiter, end, rule)
    });
    let names: Vec<String> = if header {
        first.into_iter().map(|(text, _)| text).collect()
    } else {
        match &options.schema {
            Some(schema) if schema.columns.len() == first.len() => {
                schema.columns.iter().map(|c| c.name.clone()).collect()
            }
            _ => (1..=first.len()).map(|number| format!("column_{number}")).collect(),
        }
    };
    let (mut skipped, mut lines) = (mark, 0);
    if header {
        let mut splitter = Splitter::new(text, delimiter, end, 1);
        splitter.find_record();
        let line = splitter.line();
        check_names(&names, file, line)?;
        while splitter.cell().is_ok_and(|cell| !cell.last) {}
        skipped += splitter.position();
        lines = splitter.line() - 1;
    }
    reader.skip(skipped, lines);
    reader.set_layout(Layout {
        end,
        quotes_after: Some(delimiter),
    });
    let wanted = wanted(&names, file, options, cx)?;
    let mut count = 0;
    let places = wanted
        .iter()
        .map(|&wanted| {
            wanted.then(|| {
                count += 1;
                count - 1
            })
        })
        .collect();
    let is_text = |name: &String| declared(options.schema.as_ref(), name) == Some(ColumnType::Text);
    let texts = names
        .iter()
        .zip(&wanted)
        .filter(|&(_, &wanted)| wanted)
        .map(|(name, _)| is_text(name))
        .collect();
    Ok(Plan {
        file,
        delimiter,
        end,
        names,
        places,
        texts,
        rule,
    })
}

fn declared(schema: Option<&Schema>, name: &str) -> Option<ColumnType> {
    schema.and_then(|schema| schema.column(name)).map(|column| column.kind)
}

/// Why there is no first record.
fn first_record_fault(text: &str, delimiter: u8, end: u8, file: &str) -> Error {
    let mut splitter = Splitter::new(text, delimiter, end, 1);
    if !splitter.find_record() {
        return Error::data("the file is empty")
            .in_file(file)
            .help("check how it was made, or whether this is the file you mean");
    }
    loop {
        match splitter.cell() {
            Ok(cell) if !cell.last => {}
            Ok(_) => return Error::internal("a first record was not found").in_file(file),
            Err(fault) => return quote_fault(&fault, file),
        }
    }
}

fn check_names(names: &[String], file: &str, line: u64) -> Result<()> {
    let mut seen = std::collections::BTreeMap::new();
    for (index, name) in names.iter().enumerate() {
        let number = index + 1;
        if name.is_empty() {
            return Err(Error::data(format!("column {number} has no name"))
                .in_file(file)
                .at_line(line)
                .help("name it in the first line; if it is an index that another program added, write the file without it"));
        }
        if let Some(before) = seen.insert(name.as_str(), number) {
            return Err(Error::data(format!("columns {before} and {number} have the same name"))
                .in_file(file)
                .at_line(line)
                .in_column(name)
                .help("rename one of them; if the first line is data, say that the file has no header"));
        }
    }
    Ok(())
}

fn quote_fault(fault: &Fault, file: &str) -> Error {
    match *fault {
        Fault::Unclosed(line) => Error::data("a quoted cell begins on this line and is never closed")
            .help("close it with a quote; a quote within a quoted cell is doubled")
            .at_line(line),
        Fault::AfterQuote(line) => Error::data("a quoted cell goes on after its closing quote")
            .help("double the quotes within a quoted cell")
            .at_line(line),
    }
    .in_file(file)
}

/// The error for text that is not UTF-8; `bytes` begins on line `first_line`.
pub(crate) fn not_utf8(bytes: &[u8], file: &str, end: u8, first_line: u64) -> Error {
    let at = std::str::from_utf8(bytes).err().map_or(0, |error| error.valid_up_to());
    let before = &bytes[..at];
    let line_start = memchr::memrchr(end, before).map_or(0, |at| at + 1);
    let position = String::from_utf8_lossy(&before[line_start..]).chars().count() as u64 + 1;
    let byte = bytes.get(at).copied().unwrap_or_default();
    Error::data(format!("byte 0x{byte:02X} is not part of UTF-8 text"))
        .in_file(file)
        .at_line(first_line + memchr_iter(end, before).count() as u64)
        .at_position(position)
        .help("convert the file first; if it is Latin-1: iconv -f LATIN1 -t UTF-8 old > new")
}

/// Fails when there is a NUL byte.
pub(crate) fn no_nul(bytes: &[u8], file: &str, end: u8, first_line: u64) -> Result<()> {
    match memchr(0, bytes) {
        None => Ok(()),
        Some(at) => Err(Error::data("a NUL byte is not part of a text table")
            .in_file(file)
            .at_line(first_line + memchr_iter(end, &bytes[..at]).count() as u64)
            .help("this may be another kind of file, or UTF-16 text; convert it to CSV in UTF-8")),
    }
}

fn parse(block: &Block, plan: &Plan) -> Result<ParsedBlock> {
    let Ok(text) = std::str::from_utf8(&block.bytes) else {
        return Err(not_utf8(&block.bytes, plan.file, plan.end, block.first_line));
    };
    no_nul(text.as_bytes(), plan.file, plan.end, block.first_line)?;
    let mut columns: Vec<Collector> = plan.texts.iter().map(|&text| Collector::new(text)).collect();
    let mut lines = RowLines::default();
    let mut rows = 0;
    let mut scratch = String::new();
    let mut splitter = Splitter::new(text, plan.delimiter, plan.end, block.first_line);
    while splitter.find_record() {
        let line = splitter.line();
        lines.note(rows, line);
        let mut index = 0;
        loop {
            let cell = splitter.cell().map_err(|fault| quote_fault(&fault, plan.file))?;
            if let Some(&Some(place)) = plan.places.get(index) {
                let column = &mut columns[place];
                if !cell.quoted && plan.rule.is_missing(cell.text) {
                    column.push_missing();
                } else {
                    column.push(cell.text(&mut scratch));
                }
            }
            index += 1;
            if cell.last {
                break;
            }
        }
        if index != plan.places.len() {
            return Err(width_fault(index, line, plan));
        }
        rows += 1;
    }
    Ok(ParsedBlock { columns, rows, lines })
}

fn width_fault(found: usize, line: u64, plan: &Plan) -> Error {
    let expected = plan.places.len();
    let cells = if found == 1 { "cell" } else { "cells" };
    let help = if found > expected {
        "put cells that hold the delimiter in quotes"
    } else {
        "add the cells that are missing; an empty cell still needs its delimiter"
    };
    let delimiter = match plan.delimiter {
        b'\t' => "a tab".to_owned(),
        other => format!("'{}'", char::from(other)),
    };
    Error::data(format!(
        "the row has {found} {cells}, but {expected} are expected (the delimiter is {delimiter})"
    ))
    .in_file(plan.file)
    .at_line(line)
    .help(help)
}
