//! The constraints that `init` proposes: what holds in every row and is too unlikely to by chance.

use super::{explain, identifies, toml_text};
use crate::file::Section;
use plenish_profile::{Proposal, propose};
use plenish_synth::{Settings, can_keep};
use plenish_table::{Constraint, Context, Result, Role, Table};
use std::fmt::Write as _;

/// Proposals that are tried together one by one, where not all can be kept together.
const MOST_TRIED: usize = 40;

/// The key a proposal stands under, and its text there.
fn entry(constraint: &Constraint) -> Option<(&'static str, String)> {
    let text = constraint.to_string();
    let inside = |function: &str| text[function.len() + 1..text.len() - 1].to_owned();
    Some(match constraint {
        Constraint::Formula(_) => ("formulas", text),
        Constraint::Inequality { .. } => ("inequalities", text),
        Constraint::Dependency { .. } => ("dependencies", text),
        Constraint::Combination { .. } => ("combinations", inside("combination")),
        Constraint::Unique { .. } => ("unique", inside("unique")),
        Constraint::Range { .. } | Constraint::Pattern { .. } => return None,
    })
}

/// Whether a proposal takes effect unless it is removed: what is exact in every row does. Combinations
/// that do not occur may only be rare, and columns without repetition are not learned from: these wait for
/// somebody to say so, but for columns that the file calls identifiers.
fn is_active(proposal: &Proposal, table: &Table, target: &str, protected: &[String]) -> bool {
    match &proposal.constraint {
        Constraint::Combination { .. } => false,
        Constraint::Unique { columns } => columns.iter().all(|name| {
            let named = name != target && !protected.contains(name);
            let column = table.schema().index(name);
            named && column.is_some_and(|i| identifies(&table.schema().columns[i], table.column(i)).is_some())
        }),
        _ => true,
    }
}

/// Which proposals take effect: as many as can be kept together, the first ones first.
fn active(proposals: &[Proposal], table: &Table, target: &str, protected: &[String]) -> Result<Vec<bool>> {
    let mut schema = table.schema().clone();
    for (column, values) in schema.columns.iter_mut().zip(table.columns()) {
        column.role = if column.name == target {
            Role::Target
        } else if protected.contains(&column.name) {
            Role::Protected
        } else if identifies(column, values).is_some() {
            Role::Identifier
        } else {
            column.role
        };
    }
    let table = table.clone().with_schema(schema)?;
    let keeps = |constraints: Vec<Constraint>| {
        let settings = Settings {
            constraints,
            ..Settings::default()
        };
        can_keep(&table, &settings).is_ok()
    };
    let wanted: Vec<bool> = proposals
        .iter()
        .map(|p| is_active(p, &table, target, protected))
        .collect();
    let chosen = |mask: &[bool]| -> Vec<Constraint> {
        let all = proposals.iter().zip(mask).filter(|(_, wanted)| **wanted);
        all.map(|(p, _)| p.constraint.clone()).collect()
    };
    if keeps(chosen(&wanted)) {
        return Ok(wanted);
    }
    let mut mask = vec![false; wanted.len()];
    for index in (0..wanted.len()).filter(|&i| wanted[i]).take(MOST_TRIED) {
        mask[index] = true;
        mask[index] = keeps(chosen(&mask));
    }
    Ok(mask)
}

pub(super) fn write(
    out: &mut String,
    section: &Section,
    table: &Table,
    target: &str,
    protected: &[String],
) -> Result<()> {
    let mut proposals = propose(table, &Context::silent())?;
    // Identifiers take no part in anything but being unique.
    let identifier = |name: &&str| {
        let column = table.schema().index(name);
        let free = *name != target && !protected.iter().any(|p| p == name);
        free && column.is_some_and(|i| identifies(&table.schema().columns[i], table.column(i)).is_some())
    };
    proposals.retain(|p| {
        matches!(p.constraint, Constraint::Unique { .. }) || !p.constraint.columns().iter().any(identifier)
    });
    let active = active(&proposals, table, target, protected)?;
    if !proposals.is_empty() {
        let _ = writeln!(
            out,
            "# Found in the data: they hold in every row. Remove those that hold by accident; remove the # before\n\
             # one that is to be kept: those that bind the same columns as others cannot all be."
        );
    }
    for key in section.keys {
        explain(out, key);
        let mut lines = Vec::new();
        for (proposal, &active) in proposals.iter().zip(&active) {
            let Some((name, text)) = entry(&proposal.constraint) else {
                continue;
            };
            if name == key.name {
                let mark = if active { "" } else { "# " };
                lines.push(format!(
                    "    {mark}{}, # in all {} rows: {}",
                    toml_text(&text),
                    proposal.rows,
                    proposal.evidence
                ));
            }
        }
        let _ = if lines.is_empty() {
            writeln!(out, "# {} = {}", key.name, key.example)
        } else {
            writeln!(out, "{} = [\n{}\n]", key.name, lines.join("\n"))
        };
    }
    Ok(())
}
