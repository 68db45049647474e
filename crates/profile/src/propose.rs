//! Constraints that hold in all rows of a table and are too unlikely to do so by chance: proposals, for
//! somebody who knows the data to confirm.

mod dependencies;
mod formulas;
mod inequalities;

use plenish_table::{
    Column, ColumnType, Constraint, Context, Result, Role, Schema, Seed, Table, value_codes, violations,
};
use serde::{Deserialize, Serialize};

/// Fewer rows than this support nothing.
const FEWEST_ROWS: usize = 50;
/// Rows that are looked at first; what holds in them is then checked on all.
const SAMPLE: usize = 4000;

/// A constraint that holds in every row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// What holds.
    pub constraint: Constraint,
    /// Rows in which all its columns have a value.
    pub rows: usize,
    /// What makes it more than chance, in words.
    pub evidence: String,
}

/// The columns of a table as the searches see them.
struct Searched<'a> {
    table: &'a Table,
    /// A few thousand rows of it, in order.
    sample: Table,
    schema: &'a Schema,
    /// Codes of the values of every column in all rows, and how many there are.
    codes: Vec<(Vec<u32>, u32)>,
}

impl Searched<'_> {
    fn is_number(&self, index: usize) -> bool {
        let column = &self.schema.columns[index];
        matches!(column.kind, ColumnType::Integer | ColumnType::Real) && self.is_modelled(index)
    }

    fn is_modelled(&self, index: usize) -> bool {
        let role = self.schema.columns[index].role;
        !matches!(role, Role::Identifier | Role::FreeText | Role::Weight)
    }

    fn name(&self, index: usize) -> String {
        self.schema.columns[index].name.clone()
    }

    /// Whether `constraint` holds in all rows.
    fn holds(&self, constraint: &Constraint) -> Result<bool> {
        Ok(violations(self.table, None, std::slice::from_ref(constraint))?.is_empty())
    }

    /// Rows in which all of these columns have a value.
    fn complete(&self, columns: &[usize]) -> usize {
        let cells: Vec<&Column> = columns.iter().map(|&c| self.table.column(c)).collect();
        (0..self.table.rows())
            .filter(|&row| !cells.iter().any(|c| c.is_missing(row)))
            .count()
    }
}

/// The constraints that hold in all rows of `table` and are not to be expected by chance: formulas of two
/// or three columns, order between columns, functional dependencies, fixed combinations, identifiers.
/// What follows from another proposal is left out. The same on any number of threads.
pub fn propose(table: &Table, cx: &Context) -> Result<Vec<Proposal>> {
    if table.rows() < FEWEST_ROWS {
        return Ok(Vec::new());
    }
    cx.step("looking for constraints", 0, || {
        let mut rows: Vec<u32> = (0..table.rows() as u32).collect();
        if rows.len() > SAMPLE {
            Seed::new(1).derive("constraints").stream(0, 0).shuffle(&mut rows);
            rows.truncate(SAMPLE);
            rows.sort_unstable();
        }
        let searched = Searched {
            table,
            sample: table.take(&rows),
            schema: table.schema(),
            codes: table.columns().iter().map(|c| value_codes(&[c])).collect(),
        };
        cx.check()?;
        let formulas = formulas::formulas(&searched, cx)?;
        let inequalities = inequalities::inequalities(&searched, &formulas, cx)?;
        let dependencies = dependencies::dependencies(&searched, &formulas, cx)?;
        let mut out = formulas;
        out.extend(inequalities);
        out.extend(dependencies);
        out.extend(keys(&searched));
        Ok(out)
    })
}

/// Whole numbers and texts that never repeat although there is reason to expect it.
fn keys(searched: &Searched) -> Vec<Proposal> {
    let rows = searched.table.rows();
    let mut out = Vec::new();
    for (index, column) in searched.schema.columns.iter().enumerate() {
        let cells = searched.table.column(index);
        if column.role == Role::FreeText || searched.codes[index].1 as usize != rows || cells.missing_count() > 0 {
            continue;
        }
        let chance = match cells {
            // The birthday problem: pairs of rows over numbers in the range.
            Column::Integer(v) => {
                let (low, high) = v.iter().fold((i64::MAX, i64::MIN), |r, &v| (r.0.min(v), r.1.max(v)));
                let room = high.abs_diff(low) as f64 + 1.0;
                rows as f64 * (rows as f64 - 1.0) / 2.0 / room
            }
            Column::Text(_) => f64::INFINITY,
            _ => continue,
        };
        // e^-20 would be the chance of no repetition.
        if chance < 20.0 {
            continue;
        }
        out.push(Proposal {
            constraint: Constraint::Unique {
                columns: vec![searched.name(index)],
            },
            rows,
            evidence: "no value occurs twice".to_owned(),
        });
    }
    out
}
