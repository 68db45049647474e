//! The target in each group of each protected column.

use crate::columns::share;
use crate::labels::{Labels, NONE, labels};
use crate::profile::ProfileSettings;
use plenish_learn::bins::{cuts, distinct};
use plenish_table::{Column, ColumnSchema, Role, Table};
use serde::{Deserialize, Serialize};

/// The target in the groups of one protected column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupCounts {
    /// The protected column.
    pub column: String,
    /// The target column.
    pub target: String,
    /// The groups, largest first; ranges in rising order for a protected number.
    pub groups: Vec<Group>,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// A value of the protected column, a range of it, `(missing)`, or `(all others)`.
    pub name: String,
    /// Rows in the group.
    pub rows: usize,
    /// Share of all rows.
    pub share: f64,
    /// The target's values within the group, in the same order for every group; empty for a target
    /// with more than [`TARGET_VALUES`] numbers.
    pub target: Vec<TargetCount>,
    /// The mean of the target within the group, for ordered targets.
    pub mean: Option<f64>,
}

/// How often the target has a value within a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetCount {
    /// The value, or `(missing)`, or `(all others)`.
    pub value: String,
    /// Rows of the group with it.
    pub count: usize,
    /// Share of the group's rows.
    pub share: f64,
}

/// How many values of a target are counted apart.
pub const TARGET_VALUES: usize = 20;
/// A protected number with more values than this is cut into ranges of about equal mass.
const RANGES: usize = 5;

/// Counts the target by the groups of each protected column; nothing without a target.
pub(crate) fn group_counts(table: &Table, settings: &ProfileSettings) -> Vec<GroupCounts> {
    let schema = table.schema();
    let Some(target) = schema.target() else {
        return Vec::new();
    };
    let described = &schema.columns[target];
    let values = named(
        described,
        table.column(target),
        TARGET_VALUES,
        described.kind.is_ordered(),
    );
    let numbers = described.kind.is_ordered().then(|| table.column(target).numbers());
    schema
        .with_role(Role::Protected)
        .into_iter()
        .map(|index| {
            let column = &schema.columns[index];
            let groups = groups_of(column, table.column(index), settings.groups);
            GroupCounts {
                column: column.name.clone(),
                target: described.name.clone(),
                groups: count(&groups, values.as_ref(), numbers.as_deref()),
            }
        })
        .collect()
}

/// Names with a code for each row; every row has a code.
struct Named {
    names: Vec<String>,
    codes: Vec<u32>,
}

/// The `most` frequent labels, the others and the missing ones under names of their own. None if
/// `ordered` and there are more labels than that.
fn named(schema: &ColumnSchema, column: &Column, most: usize, ordered: bool) -> Option<Named> {
    let Labels { values, codes } = labels(schema, column);
    if ordered && values.len() > most {
        return None;
    }
    let mut names: Vec<String> = values.iter().take(most).map(|v| v.0.clone()).collect();
    let others = (values.len() > most).then(|| {
        names.push("(all others)".to_owned());
        names.len() as u32 - 1
    });
    let missing = codes.contains(&NONE).then(|| {
        names.push("(missing)".to_owned());
        names.len() as u32 - 1
    });
    let codes = codes
        .into_iter()
        .map(|code| match code {
            NONE => missing.unwrap_or(NONE),
            code if (code as usize) < most => code,
            _ => others.unwrap_or(NONE),
        })
        .collect();
    Some(Named { names, codes })
}

fn groups_of(schema: &ColumnSchema, column: &Column, most: usize) -> Named {
    let numbers = if schema.kind.is_ordered() {
        column.numbers()
    } else {
        Vec::new()
    };
    let values = distinct(&numbers);
    if values.len() > TARGET_VALUES {
        return ranges(schema, &numbers, &values);
    }
    named(schema, column, most, false).unwrap_or(Named {
        names: Vec::new(),
        codes: Vec::new(),
    })
}

fn ranges(schema: &ColumnSchema, numbers: &[f64], values: &[(f64, u32)]) -> Named {
    let cuts = cuts(values, RANGES);
    let bin = |x: f64| cuts.partition_point(|&cut| cut < x);
    let mut ends: Vec<(f64, f64)> = Vec::new();
    for &(value, _) in values {
        match ends.get_mut(bin(value)) {
            Some(end) => end.1 = value,
            None => ends.push((value, value)),
        }
    }
    let mut names: Vec<String> = ends
        .iter()
        .map(
            |&(low, high)| match (schema.show_number(low), schema.show_number(high)) {
                (low, high) if low == high => low,
                (low, high) => format!("{low} to {high}"),
            },
        )
        .collect();
    let missing = names.len() as u32;
    if numbers.iter().any(|x| x.is_nan()) {
        names.push("(missing)".to_owned());
    }
    let codes = numbers
        .iter()
        .map(|&x| if x.is_nan() { missing } else { bin(x) as u32 })
        .collect();
    Named { names, codes }
}

fn count(groups: &Named, values: Option<&Named>, numbers: Option<&[f64]>) -> Vec<Group> {
    let rows = groups.codes.len();
    groups
        .names
        .iter()
        .enumerate()
        .map(|(group, name)| {
            let members: Vec<usize> = (0..rows).filter(|&row| groups.codes[row] as usize == group).collect();
            let target = values.map_or_else(Vec::new, |values| {
                let mut counts = vec![0; values.names.len()];
                for &row in &members {
                    if let Some(count) = counts.get_mut(values.codes[row] as usize) {
                        *count += 1;
                    }
                }
                let named = values.names.iter().zip(counts);
                named
                    .map(|(value, count)| TargetCount {
                        value: value.clone(),
                        count,
                        share: share(count, members.len()),
                    })
                    .collect()
            });
            let mean = numbers.and_then(|numbers| {
                let (mut n, mut mean) = (0.0, 0.0);
                for x in members.iter().map(|&row| numbers[row]).filter(|x| !x.is_nan()) {
                    n += 1.0;
                    mean += (x - mean) / n;
                }
                (n > 0.0 && f64::is_finite(mean)).then_some(mean)
            });
            Group {
                name: name.clone(),
                rows: members.len(),
                share: share(members.len(), rows),
                target,
                mean,
            }
        })
        .collect()
}
