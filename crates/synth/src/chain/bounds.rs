//! Order between columns, kept in every row: the smallest and largest value each column may still take
//! in each row, given the columns drawn so far and whatever else binds it.

use super::ChainModel;
use crate::Inequality;
use plenish_table::{ColumnType, Error, Result, Schema, Table};
use serde::{Deserialize, Serialize};

/// What a column may still take in a row, on its number scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RowBounds {
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Whether the row is sure to have a value here: only then do these bounds concern other columns.
    pub(crate) binds: bool,
}

impl RowBounds {
    /// Anything.
    pub(crate) const FREE: Self = Self {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
        binds: false,
    };

    /// What is known of a cell: its value, or that it is missing.
    pub(crate) fn of(cell: Option<f64>) -> Self {
        cell.map_or(Self::FREE, |value| Self {
            low: value,
            high: value,
            binds: true,
        })
    }

    /// Both ends.
    pub(crate) fn room(&self) -> (f64, f64) {
        (self.low, self.high)
    }
}

/// One inequality, between two of the bound columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Pair {
    low: u32,
    high: u32,
    strict: bool,
}

/// The inequalities of a model.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Bounds {
    /// The places in the chain of the columns that are bound, in rising order.
    places: Vec<u32>,
    pairs: Vec<Pair>,
}

impl Bounds {
    /// The inequalities of columns whose places in the chain `place` tells. Fails when a column is
    /// absent or not ordered, the two have different types, or a row of `data` breaks one.
    pub(crate) fn of(inequalities: &[Inequality], data: &Table, place: impl Fn(usize) -> usize) -> Result<Self> {
        let mut ends = Vec::new();
        for inequality in inequalities {
            let (low, high) = check(inequality, data.schema())?;
            check_rows(inequality, data, low, high)?;
            ends.push((place(low) as u32, place(high) as u32, inequality.strict));
        }
        let mut places: Vec<u32> = ends.iter().flat_map(|e| [e.0, e.1]).collect();
        places.sort_unstable();
        places.dedup();
        let slot = |place: u32| places.binary_search(&place).map_or(0, |at| at as u32);
        let pairs = ends
            .iter()
            .map(|&(low, high, strict)| Pair {
                low: slot(low),
                high: slot(high),
                strict,
            })
            .collect();
        Ok(Self { places, pairs })
    }

    /// Whether references fit: for models read from files.
    pub(crate) fn is_sound(&self, columns: usize) -> bool {
        self.places.is_sorted_by(|a, b| a < b)
            && self.places.iter().all(|&p| (p as usize) < columns)
            && self
                .pairs
                .iter()
                .all(|p| (p.low.max(p.high) as usize) < self.places.len())
    }

    /// The bound columns' places in the chain, in rising order; bounds of a row come in this order.
    pub(crate) fn places(&self) -> impl ExactSizeIterator<Item = usize> {
        self.places.iter().map(|&p| p as usize)
    }

    /// Where in the bounds of a row the column at `place` is.
    pub(crate) fn slot(&self, place: usize) -> Option<usize> {
        self.places.binary_search(&(place as u32)).ok()
    }

    /// The last place that is bound.
    pub(crate) fn last(&self) -> Option<usize> {
        self.places.last().map(|&p| p as usize)
    }

    /// Narrows the bounds of a row until all inequalities between columns that are sure to have a value
    /// hold at both ends. Fails with the inequality that leaves no room.
    pub(crate) fn settle(&self, row: &mut [RowBounds]) -> Result<(), usize> {
        // Each round settles at least one more column of a chain of inequalities.
        for _ in 0..=self.places.len() {
            let mut changed = false;
            for (index, pair) in self.pairs.iter().enumerate() {
                let (low, high) = (row[pair.low as usize], row[pair.high as usize]);
                let (above, below) = if pair.strict {
                    (low.low.next_up(), high.high.next_down())
                } else {
                    (low.low, high.high)
                };
                if low.binds && above > high.low {
                    row[pair.high as usize].low = above;
                    changed = true;
                }
                if high.binds && below < low.high {
                    row[pair.low as usize].high = below;
                    changed = true;
                }
                let none = |b: RowBounds| b.binds && b.low > b.high;
                if none(row[pair.low as usize]) || none(row[pair.high as usize]) {
                    return Err(index);
                }
            }
            if !changed {
                break;
            }
        }
        Ok(())
    }

    /// An inequality in words.
    pub(crate) fn show(&self, pair: usize, model: &ChainModel) -> String {
        let Pair { low, high, strict } = self.pairs[pair];
        let name = |slot: u32| model.column_schema(self.places[slot as usize] as usize).name.clone();
        let (low, high) = (name(low), name(high));
        Inequality { low, high, strict }.to_string()
    }
}

fn check(inequality: &Inequality, schema: &Schema) -> Result<(usize, usize)> {
    let (low, high) = (schema.require(&inequality.low)?, schema.require(&inequality.high)?);
    let kind = |index: usize| schema.columns[index].kind;
    if low == high {
        return Err(Error::usage(format!("'{inequality}' compares a column with itself")).in_column(&inequality.low));
    }
    for index in [low, high] {
        if matches!(kind(index), ColumnType::Text | ColumnType::Boolean) {
            return Err(Error::usage(format!("'{inequality}' needs columns with an order"))
                .in_column(&schema.columns[index].name)
                .help("name two columns of numbers, of dates or of timestamps"));
        }
    }
    let number = |kind| matches!(kind, ColumnType::Integer | ColumnType::Real);
    if kind(low) != kind(high) && !(number(kind(low)) && number(kind(high))) {
        return Err(Error::usage(format!(
            "'{inequality}' compares {} with {}",
            kind(low).name(),
            kind(high).name()
        ))
        .help("name two columns of the same type"));
    }
    Ok((low, high))
}

fn check_rows(inequality: &Inequality, data: &Table, low: usize, high: usize) -> Result<()> {
    let breaks = |row: usize| {
        let (a, b) = (data.column(low).number(row)?, data.column(high).number(row)?);
        Some(if inequality.strict { a >= b } else { a > b })
    };
    let mut wrong = (0..data.rows()).filter(|&row| breaks(row) == Some(true));
    let Some(first) = wrong.next() else { return Ok(()) };
    let rows = 1 + wrong.count();
    Err(Error::data(format!(
        "'{inequality}' does not hold in {rows} row{}",
        if rows == 1 { "" } else { "s" }
    ))
    .at_row(first as u64 + 1)
    .help("only what holds in every row can be kept; correct the rows, or leave the inequality out"))
}
