//! Constraints: what holds in every row of a table because of what its columns mean.
//!
//! A constraint is written as one line of text: `cnt = casual + registered`, `start <= end`,
//! `carrier -> name`, `combination(city, state)`, `unique(id)`, `code matches '[A-Z]{3}'`,
//! `age between 0 and 120`. A name that has other signs than letters, digits, `_` and `.` stands in
//! double quotes. A cell that is missing breaks no constraint.

mod check;
mod codes;
mod formula;
mod parse;
mod set;

pub use check::{Violation, schema_violations, violations};
pub use codes::value_codes;
pub use formula::{BoundFormula, Number};
pub use set::contradiction;

use crate::{Column, ColumnSchema, ColumnType, Error, Result, Schema, Value};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What holds in every row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Constraint {
    /// One column is never above another.
    Inequality {
        /// The column with the smaller values.
        low: String,
        /// The column with the larger values.
        high: String,
        /// Whether they are never equal either.
        strict: bool,
    },
    /// One column is a sum of others.
    Formula(Formula),
    /// Only combinations of values that occur in the real rows; a missing cell is a value here.
    Combination {
        /// At least two columns.
        columns: Vec<String>,
    },
    /// The value of one column decides that of another.
    Dependency {
        /// The column that decides.
        determinant: String,
        /// The column that follows.
        dependent: String,
    },
    /// No two rows have the same values.
    Unique {
        /// At least one column.
        columns: Vec<String>,
    },
    /// No value outside these bounds.
    Range {
        /// An ordered column.
        column: String,
        /// Smallest value, on the number scale of [`Column::number`].
        min: Option<f64>,
        /// Largest value.
        max: Option<f64>,
    },
    /// Every text matches a regular expression from its first letter to its last.
    Pattern {
        /// A column of text.
        column: String,
        /// The expression, in the syntax of the crate `regex-lite`.
        pattern: String,
    },
}

/// `total = constant + sum of coefficient * column`, rounded to the decimals of `total`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Formula {
    /// The column on the left.
    pub total: String,
    /// Coefficients, finite and not 0, with their columns.
    pub terms: Vec<(f64, String)>,
    /// What is added.
    pub constant: f64,
}

impl Constraint {
    /// Reads a constraint on the columns of `schema`. Fails, with the position in the text, on a
    /// syntax error and an unknown column; names the column whose type does not suit.
    pub fn parse(text: &str, schema: &Schema) -> Result<Self> {
        let constraint = parse::parse(text, schema)?;
        constraint.check(schema)?;
        Ok(constraint)
    }

    /// The columns it names.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Self::Inequality { low, high, .. } => vec![low, high],
            Self::Formula(formula) => std::iter::once(formula.total.as_str())
                .chain(formula.terms.iter().map(|t| t.1.as_str()))
                .collect(),
            Self::Combination { columns } | Self::Unique { columns } => columns.iter().map(String::as_str).collect(),
            Self::Dependency { determinant, dependent } => vec![determinant, dependent],
            Self::Range { column, .. } | Self::Pattern { column, .. } => vec![column],
        }
    }

    /// Whether the columns it names are in `schema`, of types it has a meaning for.
    pub fn check(&self, schema: &Schema) -> Result<()> {
        let names = self.columns();
        let mut columns = Vec::with_capacity(names.len());
        for name in &names {
            columns.push(&schema.columns[schema.require(name)?]);
        }
        let twice = (0..names.len()).find(|&i| names[..i].contains(&names[i]));
        if let Some(twice) = twice {
            return Err(Error::usage(format!("`{self}` names the column twice"))
                .in_column(names[twice])
                .help("name each column once"));
        }
        match self {
            Self::Inequality { .. } => {
                let (a, b) = (columns[0], columns[1]);
                let scale = |c: &ColumnSchema| match c.kind {
                    ColumnType::Integer | ColumnType::Real => Some(0),
                    ColumnType::Date => Some(1),
                    ColumnType::Timestamp => Some(2),
                    _ => None,
                };
                if scale(a).is_none() || scale(a) != scale(b) {
                    return Err(
                        Error::usage(format!("`{self}` compares {} with {}", a.kind.name(), b.kind.name()))
                            .in_column(&b.name)
                            .help("an inequality holds between two numbers, two dates or two timestamps"),
                    );
                }
            }
            Self::Formula(formula) => {
                for column in columns {
                    if !matches!(column.kind, ColumnType::Integer | ColumnType::Real) {
                        return Err(Error::usage(format!(
                            "`{self}` calculates with values of type {}",
                            column.kind.name()
                        ))
                        .in_column(&column.name)
                        .help("a formula is for columns of numbers"));
                    }
                }
                let sound = |c: f64| c.is_finite() && c != 0.0;
                if !formula.terms.iter().all(|t| sound(t.0)) || !formula.constant.is_finite() {
                    return Err(Error::usage(format!(
                        "`{self}` has a coefficient that is 0 or no finite number"
                    )));
                }
            }
            Self::Combination { .. } | Self::Unique { .. } => {
                let least = usize::from(matches!(self, Self::Combination { .. })) + 1;
                if columns.len() < least {
                    return Err(Error::usage(format!("`{self}` names too few columns"))
                        .help("a combination is of two columns or more, and something unique of one or more"));
                }
            }
            Self::Dependency { .. } => {}
            Self::Range { min, max, .. } => {
                let column = columns[0];
                if !column.kind.is_ordered() {
                    return Err(
                        Error::usage(format!("`{self}` is a range of values of type {}", column.kind.name()))
                            .in_column(&column.name)
                            .help("a range is for numbers, dates and timestamps"),
                    );
                }
                if let (Some(min), Some(max)) = (min, max)
                    && min > max
                {
                    return Err(Error::usage(format!("`{self}` leaves no value"))
                        .in_column(&column.name)
                        .help("exchange the bounds"));
                }
            }
            Self::Pattern { pattern, .. } => {
                let column = columns[0];
                if column.kind != ColumnType::Text {
                    return Err(Error::usage(format!(
                        "`{self}` is a pattern of values of type {}",
                        column.kind.name()
                    ))
                    .in_column(&column.name)
                    .help("a pattern is for columns of text"));
                }
                whole_pattern(pattern).map_err(|e| e.in_column(&column.name))?;
            }
        }
        Ok(())
    }

    /// How it is written, with values of `schema`'s columns as cells are written.
    pub fn show(&self, schema: &Schema) -> String {
        match self {
            Self::Range { column, min, max } => {
                let number = |v: f64| schema.column(column).map_or(v.to_string(), |c| bound(c, v));
                range(column, min.map(number), max.map(number))
            }
            other => other.to_string(),
        }
    }
}

/// The regular expression that matches whole texts.
pub(crate) fn whole_pattern(pattern: &str) -> Result<regex_lite::Regex> {
    regex_lite::Regex::new(&format!("^(?:{pattern})$")).map_err(|e| {
        Error::usage(format!("'{pattern}' is no regular expression: {e}")).help("a pattern reads like [A-Z]{3}-[0-9]+")
    })
}

fn bound(column: &ColumnSchema, number: f64) -> String {
    match column.kind {
        ColumnType::Date | ColumnType::Timestamp => format!("'{}'", column.show_number(number)),
        _ => column.show_number(number),
    }
}

fn range(column: &str, min: Option<String>, max: Option<String>) -> String {
    let column = name(column);
    match (min, max) {
        (Some(min), Some(max)) => format!("{column} between {min} and {max}"),
        (Some(min), None) => format!("{column} >= {min}"),
        (None, Some(max)) => format!("{column} <= {max}"),
        (None, None) => format!("{column} in any range"),
    }
}

/// A name as a constraint writes it.
fn name(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.');
    let key = ["combination", "unique"].iter().any(|k| name.eq_ignore_ascii_case(k));
    if plain && !key && name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |columns: &[String]| columns.iter().map(|c| name(c)).collect::<Vec<_>>().join(", ");
        match self {
            Self::Inequality { low, high, strict } => {
                write!(f, "{} {} {}", name(low), if *strict { "<" } else { "<=" }, name(high))
            }
            Self::Formula(formula) => write!(f, "{formula}"),
            Self::Combination { columns } => write!(f, "combination({})", list(columns)),
            Self::Dependency { determinant, dependent } => write!(f, "{} -> {}", name(determinant), name(dependent)),
            Self::Unique { columns } => write!(f, "unique({})", list(columns)),
            Self::Range { column, min, max } => {
                let number = |v: f64| Value::Real(v).to_string();
                f.write_str(&range(column, min.map(number), max.map(number)))
            }
            Self::Pattern { column, pattern } => {
                write!(f, "{} matches '{}'", name(column), pattern.replace('\'', "''"))
            }
        }
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = ", name(&self.total))?;
        for (i, (coefficient, column)) in self.terms.iter().enumerate() {
            f.write_str(match (i, *coefficient < 0.0) {
                (0, false) => "",
                (0, true) => "-",
                (_, false) => " + ",
                (_, true) => " - ",
            })?;
            if coefficient.abs() != 1.0 {
                write!(f, "{} * ", coefficient.abs())?;
            }
            f.write_str(&name(column))?;
        }
        if self.constant != 0.0 || self.terms.is_empty() {
            let (sign, size) = (if self.constant < 0.0 { "-" } else { "+" }, self.constant.abs());
            if self.terms.is_empty() {
                write!(f, "{}", self.constant)?;
            } else {
                write!(f, " {sign} {size}")?;
            }
        }
        Ok(())
    }
}

/// The digits after the decimal point of a column's values: 0 for whole numbers, none where a value
/// is written in full precision.
pub(crate) fn decimals(column: &ColumnSchema) -> Option<u8> {
    match column.kind {
        ColumnType::Real => column.decimals,
        _ => Some(0),
    }
}

/// A few cells of a row, for messages.
fn show_cells(columns: &[(&str, &Column)], row: usize) -> String {
    let cell = |column: &Column| match column.value(row) {
        Value::Missing => "missing".to_owned(),
        Value::Text(text) => format!("'{text}'"),
        other => other.to_string(),
    };
    columns
        .iter()
        .map(|(name, column)| format!("{name} {}", cell(column)))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests;
