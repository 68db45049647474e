//! The table: a schema and its columns.

use crate::{Column, Error, Result, Schema, Seed};
use std::sync::Arc;

/// Columns of equal length with their schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    schema: Arc<Schema>,
    columns: Vec<Column>,
    rows: usize,
}

impl Table {
    /// Puts columns under a schema; fails when number, types or lengths differ.
    pub fn new(schema: impl Into<Arc<Schema>>, columns: Vec<Column>) -> Result<Self> {
        let schema = schema.into();
        if schema.columns.len() != columns.len() {
            return Err(Error::internal(format!(
                "{} columns under a schema of {}",
                columns.len(),
                schema.columns.len()
            )));
        }
        let rows = columns.first().map_or(0, Column::len);
        for (described, column) in schema.columns.iter().zip(&columns) {
            if described.kind != column.kind() {
                return Err(Error::internal(format!(
                    "{} values under the type {}",
                    column.kind().name(),
                    described.kind.name()
                ))
                .in_column(&described.name));
            }
            if column.len() != rows {
                return Err(
                    Error::internal(format!("{} rows instead of {rows}", column.len())).in_column(&described.name)
                );
            }
        }
        Ok(Self { schema, columns, rows })
    }

    /// The schema.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The schema, shared.
    pub fn shared_schema(&self) -> Arc<Schema> {
        Arc::clone(&self.schema)
    }

    /// The same columns under another schema of the same types.
    pub fn with_schema(self, schema: impl Into<Arc<Schema>>) -> Result<Self> {
        Self::new(schema, self.columns)
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns, in the order of the schema.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column at `index`.
    pub fn column(&self, index: usize) -> &Column {
        &self.columns[index]
    }

    /// The column called `name`.
    pub fn by_name(&self, name: &str) -> Option<&Column> {
        self.schema.index(name).map(|i| &self.columns[i])
    }

    /// The rows at `rows`, in that order, repeats allowed.
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Self {
        Self {
            schema: Arc::clone(&self.schema),
            columns: self.columns.iter().map(|c| c.take(rows)).collect(),
            rows: rows.len(),
        }
    }

    /// The columns at `columns`, in that order.
    #[must_use]
    pub fn select(&self, columns: &[usize]) -> Self {
        Self {
            schema: Arc::new(Schema {
                columns: columns.iter().map(|&i| self.schema.columns[i].clone()).collect(),
            }),
            columns: columns.iter().map(|&i| self.columns[i].clone()).collect(),
            rows: self.rows,
        }
    }

    /// The columns in the order, and under the schema, of `schema`; fails when one is absent or
    /// of another type. An integer column is widened to real where `schema` says so.
    pub fn conform(&self, schema: &Arc<Schema>) -> Result<Self> {
        let mut columns = Vec::with_capacity(schema.columns.len());
        for wanted in &schema.columns {
            let column = &self.columns[self.schema.require(&wanted.name)?];
            columns.push(match (column, wanted.kind) {
                (Column::Integer(_), crate::ColumnType::Real) => Column::Real(column.numbers()),
                (column, kind) if column.kind() == kind => column.clone(),
                (column, kind) if column.missing_count() == column.len() => Column::all_missing(kind, column.len()),
                (column, kind) => {
                    return Err(Error::data(format!(
                        "holds {} values, but {} is expected",
                        column.kind().name(),
                        kind.name()
                    ))
                    .in_column(&wanted.name)
                    .help("give both tables the same types"));
                }
            });
        }
        Self::new(Arc::clone(schema), columns)
    }

    /// Adds the rows of `other`, which must have the same columns.
    pub fn append(&mut self, other: &Self) -> Result<()> {
        if self.columns.len() != other.columns.len() {
            return Err(Error::internal("tables with different columns cannot be joined"));
        }
        for (index, (mine, theirs)) in self.columns.iter_mut().zip(&other.columns).enumerate() {
            if !mine.append(theirs) {
                return Err(Error::internal("columns of different types cannot be joined")
                    .in_column(&self.schema.columns[index].name));
            }
        }
        self.rows += other.rows;
        Ok(())
    }

    /// Cuts the rows in two at random: the first part holds `share` of the rows. When `by` names a
    /// column, its values keep their shares in both parts as far as whole rows allow: rows are put in
    /// the order of its values and cut at even distances. Rows keep their order within a part.
    pub fn split(&self, share: f64, by: Option<usize>, seed: &Seed) -> (Self, Self) {
        let mut groups: std::collections::BTreeMap<String, Vec<u32>> = std::collections::BTreeMap::new();
        for row in 0..self.rows {
            let key = by.map_or_else(String::new, |index| self.columns[index].value(row).to_string());
            groups.entry(key).or_default().push(row as u32);
        }
        let mut stream = seed.derive("split").stream(0, 0);
        // Where in its stride the first cut falls is left to chance.
        let start = stream.uniform();
        let (mut first, mut second) = (Vec::new(), Vec::new());
        let mut seen = 0.0;
        for rows in groups.values_mut() {
            stream.shuffle(rows);
            for &row in rows.iter() {
                // A row goes to the first part whenever the running total passes a whole number.
                let before = (seen * share + start).floor();
                seen += 1.0;
                if (seen * share + start).floor() > before {
                    first.push(row);
                } else {
                    second.push(row);
                }
            }
        }
        first.sort_unstable();
        second.sort_unstable();
        (self.take(&first), self.take(&second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ColumnSchema, ColumnType};
    use proptest::prelude::*;

    proptest! {
        /// Every row lands in one part, the parts have the sizes asked for, and each value keeps its
        /// share to within a row, however many values there are.
        #[test]
        fn a_split_keeps_shares(values in proptest::collection::vec(0_i64..200, 1..400), share in 0.0_f64..1.0, seed: u64) {
            let schema = Schema::new(vec![ColumnSchema::new("x", ColumnType::Integer)]).unwrap();
            let table = Table::new(schema, vec![Column::Integer(values.clone())]).unwrap();
            let (a, b) = table.split(share, Some(0), &Seed::new(seed));
            prop_assert_eq!(a.rows() + b.rows(), values.len());
            prop_assert!((a.rows() as f64 - share * values.len() as f64).abs() <= 1.0);
            let count = |t: &Table, v: f64| t.column(0).numbers().iter().filter(|x| **x == v).count() as f64;
            for &v in &values {
                prop_assert!((count(&a, v as f64) - share * count(&table, v as f64)).abs() <= 1.0 + 1e-9);
            }
        }
    }
}
