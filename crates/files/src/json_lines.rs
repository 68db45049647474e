//! Reads JSON lines: one flat object a line; columns in the order in which keys are first seen.

use crate::ReadOptions;
use crate::assemble::{Assembly, ParsedBlock, RowLines, wanted};
use crate::blocks::{Block, BlockReader};
use crate::cells::Collector;
use crate::delimited::{no_nul, not_utf8};
use crate::json::{Fault, Flat, What, object};
use crate::options::MissingRule;
use plenish_table::{Context, Error, Result, Table};
use rayon::prelude::*;
use std::collections::HashMap;
use std::io::Read;

const BLOCK: usize = 1 << 20;
/// More keys than this are taken for data written as keys.
const MOST_COLUMNS: usize = 20_000;

/// The columns of one block, in the order of their keys.
struct Keyed {
    names: Vec<String>,
    block: ParsedBlock,
}

pub(crate) fn read(input: Box<dyn Read + Send + '_>, file: &str, options: &ReadOptions, cx: &Context) -> Result<Table> {
    let rule = MissingRule::new(&options.missing);
    let mut reader = BlockReader::new(input, file, BLOCK);
    if reader.head(3)?.0.starts_with(b"\xEF\xBB\xBF") {
        reader.skip(3, 0);
    }
    let schema = options.schema.as_ref();
    let mut names: Vec<String> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    let mut assembly = Assembly::new(&[], schema);
    let at_once = 2 * rayon::current_num_threads();
    let mut blocks = reader.next_blocks(at_once)?;
    while !blocks.is_empty() {
        cx.check()?;
        let amount: usize = blocks.iter().map(|block| block.bytes.len()).sum();
        let (parsed, next) = rayon::join(
            || {
                blocks
                    .into_par_iter()
                    .map(|block| parse(&block, file, &rule))
                    .collect::<Vec<_>>()
            },
            || reader.next_blocks(at_once),
        );
        for keyed in parsed {
            let keyed = keyed?;
            let places: Vec<usize> = keyed
                .names
                .iter()
                .map(|name| {
                    *index.entry(name.clone()).or_insert_with(|| {
                        names.push(name.clone());
                        assembly.add_column(name, schema);
                        names.len() - 1
                    })
                })
                .collect();
            if names.len() > MOST_COLUMNS {
                return Err(too_many_keys(file));
            }
            assembly.add(keyed.block, &places);
        }
        cx.advance(amount as u64);
        blocks = next?;
    }
    // A declared column whose key never occurs is missing throughout.
    for name in crate::assemble::chosen(options).unwrap_or_default() {
        if schema.is_some_and(|s| s.index(name).is_some()) && !index.contains_key(name) && !names.is_empty() {
            names.push(name.to_owned());
            assembly.add_column(name, schema);
        }
    }
    if !names.is_empty() {
        wanted(&names, file, options, cx)?;
    }
    assembly.finish(file, options, &rule, cx)
}

fn too_many_keys(file: &str) -> Error {
    Error::data(format!("there are more than {MOST_COLUMNS} different keys"))
        .in_file(file)
        .help("keys are taken for columns; write what varies as values")
}

fn parse(block: &Block, file: &str, rule: &MissingRule) -> Result<Keyed> {
    let Ok(text) = std::str::from_utf8(&block.bytes) else {
        return Err(not_utf8(&block.bytes, file, b'\n', block.first_line));
    };
    no_nul(text.as_bytes(), file, b'\n', block.first_line)?;
    let mut names: Vec<String> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    let mut columns: Vec<Collector> = Vec::new();
    let mut lines = RowLines::default();
    let mut rows = 0;
    for (offset, record) in text.split('\n').enumerate() {
        if record.trim().is_empty() {
            continue;
        }
        let line = block.first_line + offset as u64;
        lines.note(rows, line);
        let mut twice = None;
        let mut next = 0;
        let outcome = object(record, |key, value| {
            // Keys mostly come in the same order on all lines.
            let at = if names.get(next).is_some_and(|name| *name == key) {
                next
            } else {
                index.get(key.as_ref()).copied().unwrap_or_else(|| {
                    names.push(key.clone().into_owned());
                    index.insert(key.clone().into_owned(), names.len() - 1);
                    columns.push(Collector::new(false));
                    names.len() - 1
                })
            };
            next = at + 1;
            let column = &mut columns[at];
            if column.len() > rows {
                twice = Some(key.into_owned());
                return;
            }
            while column.len() < rows {
                column.push_missing();
            }
            match value {
                Flat::Null => column.push_missing(),
                Flat::Boolean(value) => column.push_plain(if value { "true" } else { "false" }),
                Flat::Number(number) => column.push_plain(number),
                Flat::String(text) => column.push_string(&text, rule.is_missing_number(&text)),
            }
        });
        if let Err(fault) = outcome {
            return Err(describe(&fault, record).in_file(file).at_line(line));
        }
        if let Some(key) = twice {
            return Err(Error::data("the key occurs twice in one object")
                .in_file(file)
                .at_line(line)
                .in_column(key)
                .help("give each key once"));
        }
        if names.len() > MOST_COLUMNS {
            return Err(too_many_keys(file));
        }
        rows += 1;
    }
    for column in &mut columns {
        while column.len() < rows {
            column.push_missing();
        }
    }
    Ok(Keyed {
        names,
        block: ParsedBlock { columns, rows, lines },
    })
}

fn describe(fault: &Fault, record: &str) -> Error {
    let position = record.get(..fault.at).map_or(0, |before| before.chars().count()) as u64 + 1;
    match &fault.what {
        What::Expected(what) => Error::data(format!("this is not JSON: {what} is expected here"))
            .help("each line must hold one object, such as {\"age\": 39, \"job\": \"clerk\"}"),
        What::NotObject => Error::data("the line does not hold an object")
            .help("each line must hold one object, such as {\"age\": 39, \"job\": \"clerk\"}"),
        What::Nested(key) => Error::data("the value is an object or an array")
            .in_column(key)
            .help("a table holds plain values; flatten it, for instance with jq, into one key a value"),
    }
    .at_position(position)
}
