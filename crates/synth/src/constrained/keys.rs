//! Cells of given rows that hang on the row's number: columns without repetition, and identifiers. Given ones
//! stay, and none that is made equals one of them.

use super::ConstrainedModel;
use super::known::Known;
use crate::Ask;
use crate::partial::overlay;
use plenish_table::{Column, Constraint, Context, Error, Result, Role, Seed, Table};
use std::collections::HashMap;

impl ConstrainedModel {
    /// For each column without repetition or of identifiers, its cells in all given rows.
    pub(super) fn keys(&self, known: &Known, ask: &Ask, seed: &Seed, cx: &Context) -> Result<Vec<(usize, Column)>> {
        let plan = &self.plan;
        let rows = known.table.rows() as u64;
        let open = |index: usize| (0..known.table.rows()).any(|row| !known.has(index, row));
        let made = |index: usize| plan.unique.iter().any(|u| u.0.column as usize == index);
        let identifiers: Vec<usize> = plan.schema.with_role(Role::Identifier);
        let identifiers: Vec<usize> = identifiers.into_iter().filter(|&i| !made(i) && open(i)).collect();
        let flagged = |u: &&(_, Option<String>)| u.1.is_some() && !ask.complete;
        let flags = plan.unique.iter().filter(|u| open(u.0.column as usize));
        let drawn = if identifiers.is_empty() && flags.clone().find(flagged).is_none() {
            None
        } else {
            let free = Ask {
                complete: ask.complete,
                ..Ask::default()
            };
            Some(self.inner.generate(&free, 0..rows, seed, cx)?)
        };
        let mut out = Vec::new();
        for (distinct, missing) in flags {
            let index = distinct.column as usize;
            let given = known.table.column(index);
            let flags = missing.as_ref().filter(|_| !ask.complete);
            let flags = flags.and_then(|name| drawn.as_ref()?.by_name(name));
            out.push((index, distinct.cells_beside(given, seed, flags)?));
        }
        for index in identifiers {
            let name = &plan.schema.columns[index].name;
            let Some(cells) = drawn.as_ref().and_then(|d| d.by_name(name)) else {
                continue;
            };
            let distinct = plan.constraints.iter().any(|c| match c {
                Constraint::Unique { columns } => columns == std::slice::from_ref(name),
                _ => false,
            });
            let given = known.table.column(index);
            let cells = if distinct {
                apart(cells, given, name)?
            } else {
                cells.clone()
            };
            out.push((index, overlay(cells, given, &(0..rows).collect::<Vec<_>>())));
        }
        Ok(out)
    }
}

/// The table of given rows `rows` with their keys.
pub(super) fn with_keys(table: &Table, rows: &[u32], keys: &[(usize, Column)]) -> Result<Table> {
    let mut columns = table.columns().to_vec();
    for (index, cells) in keys {
        columns[*index] = cells.take(rows);
    }
    Table::new(table.shared_schema(), columns)
}

/// `drawn`, with cells that equal a given one replaced by what was drawn for the row of that given one, which
/// does not need it.
fn apart(drawn: &Column, given: &Column, name: &str) -> Result<Column> {
    let there = (0..given.len()).filter(|&row| !given.is_missing(row));
    let taken: HashMap<String, usize> = there.map(|row| (given.value(row).to_string(), row)).collect();
    let mut rows: Vec<u32> = Vec::with_capacity(drawn.len());
    for row in 0..drawn.len() {
        let (mut from, mut steps) = (row, 0);
        // A path over different rows, as each has a cell of its own: it ends after all of them at the latest.
        while given.is_missing(row)
            && let Some(&next) = taken.get(&drawn.value(from).to_string())
        {
            (from, steps) = (next, steps + 1);
            if steps > drawn.len() {
                return Err(Error::data("no identifiers can be made that none of the given rows has").in_column(name));
            }
        }
        rows.push(from as u32);
    }
    Ok(drawn.take(&rows))
}
