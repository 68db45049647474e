//! Which rows break a constraint, or the schema.

use super::{BoundFormula, Constraint, show_cells, value_codes, whole_pattern};
use crate::{Column, ColumnSchema, Error, MISSING_CODE, Result, Table};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

/// Rows named in a message at most.
const NAMED: usize = 5;

/// What some rows break.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Violation {
    /// The constraint as it is written, or what the schema says.
    pub what: String,
    /// How many rows break it.
    pub rows: usize,
    /// The first few of them, counted from 1.
    pub first: Vec<u64>,
    /// The cells of the first of them.
    pub example: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<String> = self.first.iter().map(u64::to_string).collect();
        let more = self.rows - self.first.len().min(self.rows);
        write!(
            f,
            "{} does not hold in {} row{}: {}{} ({})",
            self.what,
            self.rows,
            if self.rows == 1 { "" } else { "s" },
            named.join(", "),
            if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            },
            self.example
        )
    }
}

impl Violation {
    fn of(what: String, broken: &[bool], columns: &[(&str, &Column)]) -> Option<Self> {
        let mut rows = broken.iter().enumerate().filter(|(_, b)| **b).map(|(row, _)| row);
        let first: Vec<usize> = rows.by_ref().take(NAMED).collect();
        let example = show_cells(columns, *first.first()?);
        Some(Self {
            what,
            rows: first.len() + rows.count(),
            first: first.iter().map(|&row| row as u64 + 1).collect(),
            example,
        })
    }

    /// The error for real rows that break what was said of them.
    pub fn error(found: &[Self], said: &str) -> Option<Error> {
        let first = found.first()?;
        let mut error = Error::data(format!("the data contradicts {said}: {first}"))
            .help("correct these rows, or change what is said of them; rows are counted from 1, without the header");
        if found.len() > 1 {
            let rest: Vec<String> = found[1..].iter().map(|v| format!("  also: {v}")).collect();
            error = error.detail(rest.join("\n"));
        }
        Some(error)
    }
}

/// The constraints that rows of `table` break, in the order of `constraints`. What occurs is what
/// occurs in `reference` if one is given: combinations, and which value follows from which. Fails
/// when a column is absent or of a type that does not suit.
pub fn violations(table: &Table, reference: Option<&Table>, constraints: &[Constraint]) -> Result<Vec<Violation>> {
    let mut found = Vec::new();
    for constraint in constraints {
        let broken = constraint.broken(table, reference)?;
        let columns: Vec<(&str, &Column)> = constraint
            .columns()
            .into_iter()
            .filter_map(|name| Some((name, table.by_name(name)?)))
            .collect();
        let what = format!("`{}`", constraint.show(table.schema()));
        found.extend(Violation::of(what, &broken, &columns));
    }
    Ok(found)
}

impl Constraint {
    /// For each row of `table`, whether it breaks the constraint; see [`violations`].
    pub fn broken(&self, table: &Table, reference: Option<&Table>) -> Result<Vec<bool>> {
        self.check(table.schema())?;
        let column = |name: &str| Ok::<_, Error>(table.column(table.schema().require(name)?));
        let rows = table.rows();
        match self {
            Self::Inequality { low, high, strict } => {
                let (low, high) = (column(low)?, column(high)?);
                Ok((0..rows)
                    .map(|row| match compare(low, high, row) {
                        Some(order) => order.is_gt() || (*strict && order.is_eq()),
                        None => false,
                    })
                    .collect())
            }
            Self::Formula(formula) => {
                let bound = BoundFormula::new(formula, table.schema())?;
                let column = |index: usize| table.column(index);
                Ok((0..rows).map(|row| !bound.holds(&column, row)).collect())
            }
            Self::Combination { columns } => {
                let Some(reference) = reference else {
                    return Ok(vec![false; rows]);
                };
                let (known, cells) = joined_codes(columns, reference, table)?;
                let known: HashSet<u32> = known.into_iter().collect();
                Ok(cells.iter().map(|code| !known.contains(code)).collect())
            }
            Self::Dependency { determinant, dependent } => {
                let own = |name: &String| Ok::<_, Error>(value_codes(&[column(name)?]).0);
                let (keys, values) = match reference {
                    None => (own(determinant)?, own(dependent)?),
                    Some(reference) => {
                        let (mut keys, more) = joined_codes(std::slice::from_ref(determinant), reference, table)?;
                        keys.extend(more);
                        let (mut values, more) = joined_codes(std::slice::from_ref(dependent), reference, table)?;
                        values.extend(more);
                        (keys, values)
                    }
                };
                let skip = keys.len() - rows;
                let at = |name: &String, row: usize| -> Result<bool> {
                    let column = match reference {
                        Some(reference) if row < skip => reference.by_name(name),
                        _ => table.by_name(name),
                    };
                    let row = if row < skip { row } else { row - skip };
                    Ok(column.is_none_or(|c| c.is_missing(row)))
                };
                // The value that is right is the most frequent one, of the reference if that knows it.
                let mut counts: HashMap<(u32, u32), [usize; 2]> = HashMap::new();
                let mut bound = vec![false; keys.len()];
                for (row, bound) in bound.iter_mut().enumerate() {
                    *bound = !at(determinant, row)? && !at(dependent, row)?;
                    if *bound {
                        counts.entry((keys[row], values[row])).or_default()[usize::from(row >= skip)] += 1;
                    }
                }
                let mut right: HashMap<u32, ([usize; 2], u32)> = HashMap::new();
                for (&(key, value), &count) in &counts {
                    let entry = right.entry(key).or_insert((count, value));
                    // Equally frequent: the one that was seen first, whatever the order of the map.
                    if count > entry.0 || (count == entry.0 && value < entry.1) {
                        *entry = (count, value);
                    }
                }
                Ok((skip..keys.len())
                    .map(|row| bound[row] && right[&keys[row]].1 != values[row])
                    .collect())
            }
            Self::Unique { columns } => {
                let cells = columns.iter().map(|c| column(c)).collect::<Result<Vec<_>>>()?;
                let (codes, count) = value_codes(&cells);
                let mut seen = vec![false; count as usize];
                Ok((0..rows)
                    .map(|row| {
                        !cells.iter().any(|c| c.is_missing(row))
                            && std::mem::replace(&mut seen[codes[row] as usize], true)
                    })
                    .collect())
            }
            Self::Range { column: name, min, max } => {
                let column = column(name)?;
                Ok((0..rows).map(|row| outside(column, row, *min, *max)).collect())
            }
            Self::Pattern { column: name, pattern } => {
                let pattern = whole_pattern(pattern)?;
                Ok(words_broken(column(name)?, |word| !pattern.is_match(word)))
            }
        }
    }
}

/// Codes of the same values in both tables.
fn joined_codes(names: &[String], reference: &Table, table: &Table) -> Result<(Vec<u32>, Vec<u32>)> {
    let mut joined = Vec::with_capacity(names.len());
    for name in names {
        let index = reference.schema().require(name)?;
        let mut column = reference.column(index).clone();
        if !column.append(table.column(table.schema().require(name)?)) {
            return Err(Error::data("two tables hold values of different types").in_column(name));
        }
        joined.push(column);
    }
    let (mut codes, _) = value_codes(&joined.iter().collect::<Vec<_>>());
    let own = codes.split_off(reference.rows());
    Ok((codes, own))
}

/// The order of two cells; none if one is missing.
fn compare(a: &Column, b: &Column, row: usize) -> Option<std::cmp::Ordering> {
    if a.is_missing(row) || b.is_missing(row) {
        return None;
    }
    match (a, b) {
        (Column::Integer(a), Column::Integer(b)) | (Column::Timestamp(a), Column::Timestamp(b)) => {
            Some(a[row].cmp(&b[row]))
        }
        _ => a.number(row)?.partial_cmp(&b.number(row)?),
    }
}

fn outside(column: &Column, row: usize, min: Option<f64>, max: Option<f64>) -> bool {
    column
        .number(row)
        .is_some_and(|v| min.is_some_and(|min| v < min) || max.is_some_and(|max| v > max))
}

fn words_broken(column: &Column, broken: impl Fn(&str) -> bool) -> Vec<bool> {
    let Column::Text(text) = column else {
        return vec![false; column.len()];
    };
    let words: Vec<bool> = text.dictionary.iter().map(|word| broken(word)).collect();
    text.codes
        .iter()
        .map(|&code| code != MISSING_CODE && words[code as usize])
        .collect()
}

/// Which rows of a table contradict its own schema: missing cells where none may be, values outside
/// the bounds, texts that are not allowed. In the order of the columns.
pub fn schema_violations(table: &Table) -> Vec<Violation> {
    table
        .schema()
        .columns
        .iter()
        .zip(table.columns())
        .flat_map(|(schema, column)| column_violations(schema, column))
        .collect()
}

fn column_violations(schema: &ColumnSchema, column: &Column) -> Vec<Violation> {
    let named = [(schema.name.as_str(), column)];
    let rows = column.len();
    let mut found = Vec::new();
    if !schema.missing && column.missing_count() > 0 {
        let broken: Vec<bool> = (0..rows).map(|row| column.is_missing(row)).collect();
        found.extend(Violation::of(
            format!("'{}' is never missing, which", schema.name),
            &broken,
            &named,
        ));
    }
    if schema.min.is_some() || schema.max.is_some() {
        let broken: Vec<bool> = (0..rows)
            .map(|row| outside(column, row, schema.min, schema.max))
            .collect();
        let number = |v: f64| super::bound(schema, v);
        let what = super::range(&schema.name, schema.min.map(number), schema.max.map(number));
        found.extend(Violation::of(format!("`{what}`"), &broken, &named));
    }
    if let Some(allowed) = &schema.allowed {
        let allowed: BTreeSet<&str> = allowed.iter().map(String::as_str).collect();
        let broken = words_broken(column, |word| !allowed.contains(word));
        found.extend(Violation::of(
            format!("'{}' holds allowed values only, which", schema.name),
            &broken,
            &named,
        ));
    }
    found
}

/// The bounds of a column by the schema and all constraints together.
impl Constraint {
    /// Bounds that `constraints` and `schema` put on columns, by name.
    pub fn bounds<'a>(constraints: &'a [Self], schema: &'a crate::Schema) -> BTreeMap<&'a str, (f64, f64)> {
        let mut bounds: BTreeMap<&str, (f64, f64)> = schema
            .columns
            .iter()
            .map(|c| {
                let (min, max) = (c.min.unwrap_or(f64::NEG_INFINITY), c.max.unwrap_or(f64::INFINITY));
                (c.name.as_str(), (min, max))
            })
            .collect();
        for constraint in constraints {
            if let Self::Range { column, min, max } = constraint
                && let Some(bound) = bounds.get_mut(column.as_str())
            {
                bound.0 = bound.0.max(min.unwrap_or(f64::NEG_INFINITY));
                bound.1 = bound.1.min(max.unwrap_or(f64::INFINITY));
            }
        }
        bounds
    }
}
