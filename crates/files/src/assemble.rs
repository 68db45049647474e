//! Puts the columns of all blocks together into a table.

use crate::ReadOptions;
use crate::cells::{Cells, Collector};
use crate::infer::{RawColumn, TypedColumn, infer};
use crate::options::MissingRule;
use plenish_table::{ColumnSchema, Context, Error, Result, Schema, Table};
use rayon::prelude::*;

/// What one block holds: for each column of the file that is wanted, its cells.
#[derive(Debug)]
pub(crate) struct ParsedBlock {
    pub(crate) columns: Vec<Collector>,
    pub(crate) rows: usize,
    pub(crate) lines: RowLines,
}

/// The lines of a block's rows: consecutive but for a few jumps.
#[derive(Debug, Default)]
pub(crate) struct RowLines {
    /// From this row on, rows are on consecutive lines from this line on.
    jumps: Vec<(usize, u64)>,
}

impl RowLines {
    /// Notes that `row` begins on `line`; rows come in order.
    #[inline]
    pub(crate) fn note(&mut self, row: usize, line: u64) {
        match self.jumps.last() {
            Some(&(from, first)) if first + (row - from) as u64 == line => {}
            _ => self.jumps.push((row, line)),
        }
    }

    fn line(&self, row: usize) -> u64 {
        let after = self.jumps.partition_point(|&(from, _)| from <= row);
        match after.checked_sub(1).map(|at| self.jumps[at]) {
            Some((from, line)) => line + (row - from) as u64,
            None => 0,
        }
    }
}

/// The rows of all blocks so far.
pub(crate) struct Assembly {
    columns: Vec<RawColumn>,
    lines: Vec<(usize, RowLines)>,
    rows: usize,
}

impl Assembly {
    /// For columns of these names, as they stand in the file.
    pub(crate) fn new(names: &[String], schema: Option<&Schema>) -> Self {
        let mut assembly = Self {
            columns: Vec::new(),
            lines: Vec::new(),
            rows: 0,
        };
        for name in names {
            assembly.add_column(name, schema);
        }
        assembly
    }

    /// A column that begins now; its earlier cells are missing.
    pub(crate) fn add_column(&mut self, name: &str, schema: Option<&Schema>) {
        self.columns.push(RawColumn {
            name: name.to_owned(),
            blocks: vec![Cells::Missing(self.rows)],
            strings: false,
            plain: false,
            declared: schema.and_then(|schema| schema.column(name)).cloned(),
        });
    }

    /// Adds a block, whose columns are those of this assembly at `places`; the others have only
    /// missing cells in it.
    pub(crate) fn add(&mut self, block: ParsedBlock, places: &[usize]) {
        for (cells, &place) in block.columns.into_iter().zip(places) {
            let column = &mut self.columns[place];
            column.strings |= cells.strings;
            column.plain |= cells.plain;
            column.blocks.push(cells.cells);
        }
        self.lines.push((self.rows, block.lines));
        self.rows += block.rows;
        if places.len() < self.columns.len() {
            for column in &mut self.columns {
                let held: usize = column.blocks.iter().map(Cells::len).sum();
                if held < self.rows {
                    column.blocks.push(Cells::Missing(self.rows - held));
                }
            }
        }
    }

    /// Gives each column its type.
    pub(crate) fn finish(self, name: &str, options: &ReadOptions, rule: &MissingRule, cx: &Context) -> Result<Table> {
        if self.rows == 0 {
            return Err(Error::data("there are no rows of data").in_file(name).help(
                "the file must hold at least one row below the header; if its first row is data, say that it has no header",
            ));
        }
        let lines = &self.lines;
        let locate = |row: usize| {
            let after = lines.partition_point(|&(first, _)| first <= row);
            after.checked_sub(1).map_or(0, |at| lines[at].1.line(row - lines[at].0))
        };
        let typed: Vec<Result<TypedColumn>> = self
            .columns
            .into_par_iter()
            .map(|raw| {
                cx.check()?;
                infer(raw, rule, &locate).map_err(|error| error.in_file(name))
            })
            .collect();
        let (mut columns, mut described): (Vec<_>, Vec<ColumnSchema>) = (Vec::new(), Vec::new());
        for column in typed {
            let column = column?;
            for warning in &column.warnings {
                cx.warn(&format!("{name}: {warning}"));
            }
            columns.push(column.column);
            described.push(column.schema);
        }
        let table = Table::new(Schema::new(described).map_err(|error| error.in_file(name))?, columns)?;
        arrange(table, name, options)
    }
}

/// Which of the file's columns are wanted; fails when a wanted one is not there.
pub(crate) fn wanted(names: &[String], file: &str, options: &ReadOptions, cx: &Context) -> Result<Vec<bool>> {
    let chosen = chosen(options);
    let Some(chosen) = chosen else {
        return Ok(vec![true; names.len()]);
    };
    for (index, name) in chosen.iter().enumerate() {
        if chosen[..index].contains(name) {
            return Err(Error::usage("the column is asked for twice")
                .in_column(*name)
                .help("name it once"));
        }
        if !names.iter().any(|n| n == name) {
            let mut known: Vec<&str> = names.iter().take(20).map(String::as_str).collect();
            if names.len() > known.len() {
                known.push("…");
            }
            return Err(Error::data("the file has no such column")
                .in_file(file)
                .in_column(*name)
                .help(format!("its columns are: {}", known.join(", "))));
        }
    }
    let wanted: Vec<bool> = names.iter().map(|name| chosen.contains(&name.as_str())).collect();
    let ignored: Vec<&str> = names
        .iter()
        .zip(&wanted)
        .filter(|&(_, &wanted)| !wanted)
        .map(|(name, _)| name.as_str())
        .collect();
    if !ignored.is_empty() && options.columns.is_none() {
        let shown = ignored.iter().take(20).copied().collect::<Vec<_>>().join(", ");
        let more = if ignored.len() > 20 { ", …" } else { "" };
        cx.warn(&format!(
            "{file}: left out, as the schema does not name them: {shown}{more}"
        ));
    }
    Ok(wanted)
}

/// The names of the columns asked for, in order; `None` for all.
pub(crate) fn chosen(options: &ReadOptions) -> Option<Vec<&str>> {
    match (&options.columns, &options.schema) {
        (Some(columns), _) => Some(columns.iter().map(String::as_str).collect()),
        (None, Some(schema)) => Some(schema.columns.iter().map(|c| c.name.as_str()).collect()),
        (None, None) => None,
    }
}

/// The columns in the order asked for.
pub(crate) fn arrange(table: Table, file: &str, options: &ReadOptions) -> Result<Table> {
    let Some(chosen) = chosen(options) else {
        return Ok(table);
    };
    let order: Vec<usize> = chosen
        .iter()
        .map(|name| table.schema().require(name).map_err(|error| error.in_file(file)))
        .collect::<Result<_>>()?;
    if order.len() == table.columns().len() && order.iter().enumerate().all(|(i, &at)| i == at) {
        return Ok(table);
    }
    Ok(table.select(&order))
}
