//! What can be asked of a codec beside coding: its range and values, whether it knows a cell, how much
//! of a state lies between bounds, and how likely a cell is within its state.

use super::{Codec, Kind};
use plenish_table::{Column, ColumnType, Test, Value};

/// How a cell differs from all that was seen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Strange {
    /// A text that is no category.
    Unknown,
    /// A number below the smallest or above the largest that the column yields.
    Outside(f64, f64),
    /// The column never had a value.
    AnyValue,
}

impl Codec {
    fn to_numbers(&self, (low, high): (f64, f64)) -> (f64, f64) {
        (low + self.origin as f64, high + self.origin as f64)
    }

    /// The smallest and the largest number the column yields; `None` if it has no numbers.
    pub(crate) fn range(&self) -> Option<(f64, f64)> {
        match &self.kind {
            Kind::Ordered(ordered) => Some(self.to_numbers(ordered.range())),
            _ => None,
        }
    }

    /// The smallest and the largest number the column yields under `tests`; `None` if it has none.
    pub(crate) fn range_under(&self, tests: &[&Test], kind: ColumnType) -> Option<(f64, f64)> {
        match &self.kind {
            Kind::Ordered(ordered) if tests.is_empty() => Some(self.to_numbers(ordered.range())),
            Kind::Ordered(ordered) => {
                let moved = self.tests_from_origin(tests);
                let moved: Vec<&Test> = moved.iter().collect();
                ordered.range_under(&moved, kind).map(|range| self.to_numbers(range))
            }
            _ => None,
        }
    }

    /// The state of a number; 0 in columns without numbers.
    pub(crate) fn state_of(&self, number: f64) -> u16 {
        match &self.kind {
            Kind::Ordered(ordered) => u16::from(self.missing) + ordered.state(self.less_origin(number)),
            _ => 0,
        }
    }

    /// How much of a state's mass passes `tests` and lies from `low` to `high`, both included.
    pub(crate) fn share_within(&self, state: u16, tests: &[&Test], low: f64, high: f64, kind: ColumnType) -> f64 {
        match &self.kind {
            Kind::Ordered(ordered) if !(self.missing && state == 0) => {
                let moved = self.tests_from_origin(tests);
                let moved: Vec<&Test> = moved.iter().collect();
                let room = (self.less_origin(low), self.less_origin(high));
                ordered.share_within(state - u16::from(self.missing), &moved, room, kind)
            }
            _ => 0.0,
        }
    }

    /// All values the column yields, in rising order, texts by the alphabet; `None` if they cannot be
    /// listed.
    pub(crate) fn values(&self, kind: ColumnType) -> Option<Vec<Value>> {
        match &self.kind {
            Kind::Categories(categories) => {
                let mut words: Vec<&String> = categories.dictionary().iter().collect();
                words.sort_unstable();
                Some(words.into_iter().map(|w| Value::Text(w.clone())).collect())
            }
            Kind::Boolean => Some(vec![Value::Boolean(false), Value::Boolean(true)]),
            Kind::Ordered(ordered) if self.has_own_scale() => ordered.values(kind),
            Kind::Ordered(_) | Kind::Identifier(_) | Kind::Empty => None,
        }
    }

    /// How a cell differs from all that was seen; `None` if it does not, or is missing.
    pub(crate) fn strange(&self, cells: &Column, row: usize) -> Option<Strange> {
        if cells.is_missing(row) {
            return None;
        }
        match (&self.kind, cells) {
            (Kind::Categories(categories), Column::Text(text)) => {
                (!categories.knows(text.get(row)?)).then_some(Strange::Unknown)
            }
            (Kind::Ordered(ordered), cells) => {
                let (low, high) = self.to_numbers(ordered.range());
                let value = cells.number(row)?;
                (value < low || value > high).then_some(Strange::Outside(low, high))
            }
            // Prose and identifiers are never learned, and empty columns have no type of their own.
            (Kind::Empty, _) => Some(Strange::AnyValue),
            _ => None,
        }
    }

    /// The probability of a cell's place within its `state`: 1 where the state is the value; for
    /// numbers that of a step of the grid. 0 for what never comes from the state.
    pub(crate) fn inside(&self, cells: &Column, row: usize, state: u16) -> f64 {
        if cells.is_missing(row) {
            return f64::from(u8::from(self.missing));
        }
        let first = u16::from(self.missing);
        match (&self.kind, cells) {
            (Kind::Categories(categories), Column::Text(text)) => {
                text.get(row).map_or(0.0, |word| categories.share_of(word))
            }
            (Kind::Ordered(ordered), cells) => match cells.number(row) {
                Some(value) => ordered.mass_at(state - first, self.less_origin(value)),
                None => 0.0,
            },
            (Kind::Empty, _) => 0.0,
            _ => 1.0,
        }
    }

    /// Over how many values a column spreads what is left for cells like none that was seen.
    pub(crate) fn places(&self) -> f64 {
        match &self.kind {
            Kind::Categories(categories) => categories.dictionary().len().max(1) as f64,
            Kind::Boolean => 2.0,
            Kind::Ordered(ordered) => ordered.places(),
            Kind::Identifier(_) | Kind::Empty => 1.0,
        }
    }
}
