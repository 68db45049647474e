//! The public domain: what each column may hold, decided before anybody looks at the data.
//!
//! Everything that a private fit does follows from the domain and from noisy answers. So a domain comes from a
//! file its owner wrote ([`Domain::parse`]), from a declared schema ([`Domain::from_schema`]), or is learned with
//! noise out of an explicit share of the budget. It never comes from the table.
//!
//! Values that it does not foresee are clipped to the nearest bin or taken for "other", silently: an error, or
//! even a count, would tell something about a row.

mod accepted;
mod axis;
mod coding;
mod outside;
mod parse;

pub(crate) use accepted::Accepted;
pub use axis::{Axis, Origin, States};
pub(crate) use coding::Coded;
pub use outside::Outside;

use plenish_table::{ColumnSchema, ColumnType, Error, Result, Role, Schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Bins of a number when nobody says how many.
pub const DEFAULT_BINS: usize = 50;
/// More states than this would not fit the codes of a column.
pub const MOST_STATES: usize = 10_000;
/// More columns than this make too many pairs to choose from.
const MOST_COLUMNS: usize = 500;

/// Whose presence is hidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A row: for tables in which each person has one row.
    Row,
    /// A person, with at most so many rows; further rows of the same person are left out.
    Person {
        /// The column that names the person; it is not modelled.
        column: String,
        /// How many rows of a person count, at least 1.
        rows: u64,
    },
}

impl Unit {
    /// How many rows a neighbouring table may differ in.
    pub(crate) fn rows(&self) -> u64 {
        match self {
            Self::Row => 1,
            Self::Person { rows, .. } => *rows,
        }
    }
}

/// What each column may hold, and whose presence is hidden.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Domain {
    /// The columns, in the order of the table that is made.
    pub axes: Vec<Axis>,
    /// Whose presence is hidden.
    pub unit: Unit,
    /// The share of the budget that learns the columns whose domain is not public, in thousandths; 0 for none.
    pub learn_thousandths: u16,
}

impl Domain {
    /// A domain of these columns; fails when there are none or too many, a name occurs twice, or a column is to be
    /// learned and no share of the budget is set aside for it.
    pub fn new(axes: Vec<Axis>, unit: Unit, learn_thousandths: u16) -> Result<Self> {
        if axes.is_empty() {
            return Err(Error::usage("the domain has no columns").help("describe each column of the table"));
        }
        if axes.len() > MOST_COLUMNS {
            let count = axes.len();
            return Err(
                Error::usage(format!("the domain has {count} columns, more than {MOST_COLUMNS}"))
                    .help("leave out columns that nobody needs: each one costs budget"),
            );
        }
        let mut names = BTreeSet::new();
        for axis in &axes {
            axis.check()?;
            if !names.insert(axis.column.name.as_str()) {
                return Err(Error::usage("the column is described twice").in_column(&axis.column.name));
            }
        }
        if let Unit::Person { column, rows } = &unit {
            if *rows == 0 {
                return Err(Error::usage("a person has at least 1 row").help("set rows_per_person to 1 or more"));
            }
            if names.contains(column.as_str()) {
                return Err(Error::usage("names persons, and so cannot be modelled")
                    .in_column(column)
                    .help("leave it out of the columns"));
            }
        }
        let pending = axes.iter().find(|a| a.states.is_none());
        match pending {
            Some(axis) if learn_thousandths == 0 => {
                return Err(
                    Error::usage("has no public domain, and no share of the budget is set aside to learn it")
                        .in_column(&axis.column.name)
                        .help("give min and max, or the values; or set learn_share, such as 0.1"),
                );
            }
            None if learn_thousandths > 0 => {
                return Err(Error::usage("learn_share is set, but every column has a public domain")
                    .help("leave learn_share out: what it takes is lost to the rest"));
            }
            _ => {}
        }
        if learn_thousandths > 500 {
            return Err(Error::usage("learn_share is above 0.5").help("0.1 is enough for most tables"));
        }
        Ok(Self {
            axes,
            unit,
            learn_thousandths,
        })
    }

    /// The domain that a declared schema tells: `min` and `max` of ordered columns, cut into `bins` bins, and the
    /// `allowed` values of text. What the schema says must have been declared, not found in the data.
    /// Fails when a column has neither.
    pub fn from_schema(schema: &Schema, bins: usize) -> Result<Self> {
        let axes = schema
            .columns
            .iter()
            .map(|column| {
                if matches!(column.role, Role::Identifier | Role::FreeText | Role::Weight) {
                    return Err(
                        Error::usage(format!("has the role {}, which cannot be private", column.role.name()))
                            .in_column(&column.name)
                            .help("leave the column out"),
                    );
                }
                let states = match (column.kind, &column.allowed, column.min, column.max) {
                    (ColumnType::Boolean, ..) => States::Boolean,
                    (ColumnType::Text, Some(values), ..) => States::categories(values.clone(), true),
                    (ColumnType::Text, None, ..) => return Err(no_domain(column, "the allowed values")),
                    (_, _, Some(low), Some(high)) => {
                        States::even(column.kind, low, high, bins).map_err(|e| e.in_column(&column.name))?
                    }
                    _ => return Err(no_domain(column, "min and max")),
                };
                Ok(Axis {
                    column: column.clone(),
                    states: Some(states),
                    bins,
                    missing: column.missing,
                    origin: Origin::Declared,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Self::new(axes, Unit::Row, 0)
    }

    /// The schema of the table that is made.
    pub fn schema(&self) -> Result<Arc<Schema>> {
        Schema::new(self.axes.iter().map(Axis::output_schema).collect()).map(Arc::new)
    }

    /// The schema to read the data with, so that no type depends on the rows: that of the table that is made, and the
    /// column that names persons, as text.
    pub fn reading_schema(&self) -> Result<Schema> {
        let mut columns: Vec<ColumnSchema> = self.axes.iter().map(Axis::output_schema).collect();
        if let Unit::Person { column, .. } = &self.unit {
            columns.push(ColumnSchema::new(column, ColumnType::Text));
        }
        Schema::new(columns)
    }

    /// How many states each column has; fails when one is yet to be learned.
    pub(crate) fn sizes(&self) -> Result<Vec<usize>> {
        self.axes
            .iter()
            .map(|a| {
                a.size()
                    .ok_or_else(|| Error::internal("a domain that is yet to be learned"))
            })
            .collect()
    }

    /// The combinations of states that cannot be are given by the names and values of two or more columns;
    /// as places in the domain. Fails when a name or value is unknown.
    pub(crate) fn place(&self, column: &str, value: &str) -> Result<(usize, usize)> {
        let index = self
            .axes
            .iter()
            .position(|a| a.column.name == column)
            .ok_or_else(|| Error::usage("there is no such column in the domain").in_column(column))?;
        let state = self.axes[index]
            .state_of_text(value)
            .ok_or_else(|| Error::usage(format!("'{value}' is no value of its domain")).in_column(column))?;
        Ok((index, state))
    }
}

fn no_domain(column: &ColumnSchema, what: &str) -> Error {
    Error::usage(format!("has no public domain: {what} are not declared"))
        .in_column(&column.name)
        .help("declare them from what is known about such data, never from this table; or learn them privately")
}

#[cfg(test)]
mod tests;
