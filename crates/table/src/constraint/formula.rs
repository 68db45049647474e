//! A formula with its columns found: what holds, and what a left-out column has to be.

use super::{Formula, decimals};
use crate::{Column, ColumnType, MISSING_INTEGER, Result, Schema};
use serde::{Deserialize, Serialize};

/// Relative error that adding up binary fractions may leave.
const BLUR: f64 = 1e-9;

/// A formula on the columns of one schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoundFormula {
    /// Index of the column on the left.
    pub total: usize,
    /// Coefficients with the indices of their columns.
    pub terms: Vec<(f64, usize)>,
    /// What is added.
    pub constant: f64,
    /// Whether everything in it is a whole number: sums are exact then.
    whole: bool,
    /// Decimals of the total.
    decimals: Option<u8>,
}

/// `number` with `digits` decimals.
fn rounded(number: f64, digits: Option<u8>) -> f64 {
    let Some(digits) = digits else { return number };
    let scale = 10_f64.powi(i32::from(digits));
    let scaled = number * scale;
    if scaled.abs() < 9e15 {
        scaled.round() / scale
    } else {
        number
    }
}

impl BoundFormula {
    /// Finds the columns; fails when one is absent.
    pub fn new(formula: &Formula, schema: &Schema) -> Result<Self> {
        let total = schema.require(&formula.total)?;
        let terms = formula
            .terms
            .iter()
            .map(|(c, name)| Ok((*c, schema.require(name)?)))
            .collect::<Result<Vec<_>>>()?;
        let is_whole = |i: usize| schema.columns[i].kind == ColumnType::Integer;
        // Coefficients stay far from where a product of 128 bits could overflow.
        let small = |v: f64| v.fract() == 0.0 && v.abs() < 1e15;
        Ok(Self {
            total,
            whole: is_whole(total) && terms.iter().all(|t| is_whole(t.1) && small(t.0)) && small(formula.constant),
            decimals: decimals(&schema.columns[total]),
            terms,
            constant: formula.constant,
        })
    }

    /// The columns in it, the total first.
    pub fn columns(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.total).chain(self.terms.iter().map(|t| t.1))
    }

    /// The sum on the right in whole numbers; none if a cell is missing.
    fn whole_sum<'a>(&self, column: &impl Fn(usize) -> &'a Column, row: usize) -> Option<i128> {
        let mut sum = self.constant as i128;
        for &(coefficient, index) in &self.terms {
            match column(index) {
                Column::Integer(v) if v[row] != MISSING_INTEGER => sum += coefficient as i128 * i128::from(v[row]),
                _ => return None,
            }
        }
        Some(sum)
    }

    /// The sum on the right, and the size of the largest part of it; none if a cell is missing.
    fn sum<'a>(&self, column: &impl Fn(usize) -> &'a Column, row: usize) -> Option<(f64, f64)> {
        let (mut sum, mut size) = (self.constant, self.constant.abs());
        for &(coefficient, index) in &self.terms {
            let part = coefficient * column(index).number(row)?;
            sum += part;
            size = size.max(part.abs());
        }
        Some((sum, size))
    }

    /// Whether it holds in a row; a missing cell breaks nothing.
    pub fn holds<'a>(&self, column: &impl Fn(usize) -> &'a Column, row: usize) -> bool {
        if self.whole {
            let Column::Integer(total) = column(self.total) else {
                return true;
            };
            return total[row] == MISSING_INTEGER
                || self
                    .whole_sum(column, row)
                    .is_none_or(|sum| sum == i128::from(total[row]));
        }
        let (Some(total), Some((sum, size))) = (column(self.total).number(row), self.sum(column, row)) else {
            return true;
        };
        // Halves may have been rounded up or down where the data was made.
        let half = self.decimals.map_or(0.0, |d| 0.5 * 10_f64.powi(-i32::from(d)));
        (total - sum).abs() <= half + BLUR * size.max(total.abs())
    }

    /// What the total has to be in a row, on its grid; none if a cell is missing, or if no number of
    /// its type is that large.
    pub fn total_of<'a>(&self, column: &impl Fn(usize) -> &'a Column, row: usize) -> Option<Number> {
        if self.whole {
            let sum = i64::try_from(self.whole_sum(column, row)?).ok()?;
            return (sum != MISSING_INTEGER).then_some(Number::Whole(sum));
        }
        let sum = rounded(self.sum(column, row)?.0, self.decimals);
        if self.decimals == Some(0) && column(self.total).kind() == ColumnType::Integer {
            return (sum.abs() < 9e18).then_some(Number::Whole(sum as i64));
        }
        sum.is_finite().then_some(Number::Real(sum))
    }

    /// The same formula solved for the term at `place`, whose coefficient must be 1 or -1, for a
    /// column on a grid at least as fine as all others; none where that could not be exact.
    pub fn solved_for(&self, place: usize, schema: &Schema) -> Option<Self> {
        let (own, index) = self.terms[place];
        let grid = decimals(&schema.columns[index]);
        let fits = |other: Option<u8>| match (grid, other) {
            (None, _) => true,
            (Some(mine), Some(theirs)) => theirs <= mine,
            (Some(_), None) => false,
        };
        let exact = |v: f64| rounded(v, grid) == v;
        if own.abs() != 1.0
            || !self.columns().all(|c| fits(decimals(&schema.columns[c])))
            || !self.terms.iter().all(|t| t.0.fract() == 0.0)
            || !exact(self.constant)
        {
            return None;
        }
        let mut terms = vec![(own, self.total)];
        terms.extend(
            self.terms
                .iter()
                .enumerate()
                .filter(|(i, _)| *i != place)
                .map(|(_, &(c, i))| (-c * own, i)),
        );
        Some(Self {
            total: index,
            terms,
            constant: -self.constant * own,
            whole: self.whole,
            decimals: grid,
        })
    }
}

/// What a formula gives for a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// For a column of whole numbers.
    Whole(i64),
    /// For a column of real numbers.
    Real(f64),
}

impl Number {
    /// On the number scale of columns.
    pub fn value(self) -> f64 {
        match self {
            Self::Whole(v) => v as f64,
            Self::Real(v) => v,
        }
    }
}
