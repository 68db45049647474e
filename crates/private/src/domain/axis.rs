//! One column of a domain: its states, and what cells they stand for.

use super::{Accepted, MOST_STATES};
use plenish_table::{Column, ColumnSchema, ColumnType, Error, Result, Stream, TextColumnBuilder, Value};
use serde::{Deserialize, Serialize};

/// Steps that a bin of real numbers is cut into when a value is drawn from it.
const REAL_STEPS: u64 = 1 << 20;

/// Where a column's domain comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The owner declared it.
    Declared,
    /// It was learned with noise, out of the budget.
    Learned,
}

/// The states of a column, apart from missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum States {
    /// false, true.
    Boolean,
    /// These texts.
    Categories {
        /// The texts, all different.
        values: Vec<String>,
        /// Which of them stands for all others, if one does.
        other: Option<usize>,
    },
    /// Bins of whole numbers, days or microseconds: from one edge up to but without the next.
    Whole {
        /// Rising.
        edges: Vec<i64>,
    },
    /// Bins of real numbers: from one edge up to but without the next; the last bin has its upper edge too.
    Real {
        /// Rising, finite.
        edges: Vec<f64>,
    },
}

impl States {
    /// The texts `values`, with one more for all others if `other`.
    pub fn categories(mut values: Vec<String>, other: bool) -> Self {
        let place = other.then(|| {
            values.iter().position(|v| v == "other").unwrap_or_else(|| {
                values.push("other".to_owned());
                values.len() - 1
            })
        });
        Self::Categories { values, other: place }
    }

    /// `bins` bins of equal width from `low` to `high`, both of which are values themselves; fewer where the
    /// range has fewer whole numbers.
    pub fn even(kind: ColumnType, low: f64, high: f64, bins: usize) -> Result<Self> {
        if !(low.is_finite() && high.is_finite() && low <= high) {
            return Err(Error::usage(format!(
                "min {low} and max {high} are not the ends of a range"
            )));
        }
        if bins == 0 {
            return Err(Error::usage("bins is 0").help("give 1 bin or more"));
        }
        if kind == ColumnType::Real {
            if low == high {
                return Err(Error::usage("min and max are the same").help("a column of one value needs no model"));
            }
            let edge = |i: usize| {
                if i == bins {
                    high
                } else {
                    low + (high - low) * (i as f64 / bins as f64)
                }
            };
            return Ok(Self::Real {
                edges: (0..=bins).map(edge).collect(),
            });
        }
        let (low, high) = (i128::from(low as i64), i128::from(high as i64));
        let width = high - low + 1;
        let bins = (bins as i128).min(width);
        let edges = (0..=bins)
            .map(|i| (low + width * i / bins).min(i128::from(i64::MAX)) as i64)
            .collect();
        Ok(Self::Whole { edges })
    }

    fn size(&self) -> usize {
        match self {
            Self::Boolean => 2,
            Self::Categories { values, .. } => values.len(),
            Self::Whole { edges } => edges.len().saturating_sub(1),
            Self::Real { edges } => edges.len().saturating_sub(1),
        }
    }
}

/// A column of the domain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Its name, type and notation.
    pub column: ColumnSchema,
    /// Its states apart from missing; none if they are yet to be learned.
    pub states: Option<States>,
    /// How many bins to learn, or values at most.
    pub bins: usize,
    /// Whether missing is a state.
    pub missing: bool,
    /// Where the states come from.
    pub origin: Origin,
}

impl Axis {
    /// Fails when the states do not fit the type, are too many, or do not rise.
    pub(crate) fn check(&self) -> Result<()> {
        let wrong = |what: &str| Err(Error::usage(what).in_column(&self.column.name));
        let ordered = self.column.kind.is_ordered();
        if self.states.is_none() && (self.bins == 0 || self.bins > MOST_STATES) {
            return wrong("bins is out of range: 1 to 10,000");
        }
        match &self.states {
            None => {}
            Some(States::Boolean) if self.column.kind == ColumnType::Boolean => {}
            Some(States::Categories { values, other }) if self.column.kind == ColumnType::Text => {
                let mut sorted: Vec<&String> = values.iter().collect();
                sorted.sort_unstable();
                sorted.dedup();
                if sorted.len() != values.len() || other.is_some_and(|o| o >= values.len()) {
                    return wrong("a value is listed twice");
                }
            }
            Some(States::Whole { edges }) if ordered && self.column.kind != ColumnType::Real => {
                if !edges.is_sorted_by(|a, b| a < b) {
                    return wrong("the edges do not rise");
                }
                let days = edges.iter().all(|&e| i32::try_from(e).is_ok());
                if self.column.kind == ColumnType::Date && !days || edges.first() == Some(&i64::MIN) {
                    return wrong("the edges lie beyond what the type can hold");
                }
            }
            Some(States::Real { edges }) if self.column.kind == ColumnType::Real => {
                let rise = edges.is_sorted_by(|a, b| a < b) && edges.iter().all(|e| e.is_finite());
                if !rise {
                    return wrong("the edges do not rise");
                }
            }
            Some(_) => return wrong("the states do not fit the type"),
        }
        match self.size() {
            Some(0) => wrong("there is not a single value"),
            Some(n) if n > MOST_STATES => wrong("has more than 10,000 states; use fewer bins"),
            _ => Ok(()),
        }
    }

    /// How many states it has, with missing; none if they are yet to be learned.
    pub fn size(&self) -> Option<usize> {
        self.states.as_ref().map(|s| s.size() + usize::from(self.missing))
    }

    /// The state that stands for missing cells.
    fn missing_state(&self) -> Option<usize> {
        if self.missing {
            self.states.as_ref().map(States::size)
        } else {
            None
        }
    }

    /// The state of what the domain does not foresee: "other", missing, or the first.
    fn unforeseen(&self) -> usize {
        match &self.states {
            Some(States::Categories { other: Some(other), .. }) => *other,
            _ => self.missing_state().unwrap_or(0),
        }
    }

    pub(super) fn state_of_text(&self, text: &str) -> Option<usize> {
        match self.states.as_ref()? {
            States::Categories { values, .. } => values.iter().position(|v| v == text),
            _ => match Value::parse_in(text, &self.column)? {
                Value::Boolean(b) => Some(usize::from(b)),
                Value::Integer(v) | Value::Timestamp(v) => Some(self.state_of_whole(v)),
                Value::Date(v) => Some(self.state_of_whole(i64::from(v))),
                Value::Real(v) => Some(self.state_of_real(v)),
                Value::Missing | Value::Text(_) => None,
            },
        }
    }

    fn state_of_whole(&self, value: i64) -> usize {
        match &self.states {
            Some(States::Whole { edges }) => edges.partition_point(|&e| e <= value).clamp(1, edges.len() - 1) - 1,
            Some(States::Real { .. }) => self.state_of_real(value as f64),
            Some(States::Boolean) if value == 0 || value == 1 => value as usize,
            _ => self.unforeseen(),
        }
    }

    /// The state of a number on the column's number scale.
    pub(crate) fn state_of_number(&self, value: f64) -> usize {
        self.state_of_real(value)
    }

    fn state_of_real(&self, value: f64) -> usize {
        match &self.states {
            Some(States::Real { edges }) => edges.partition_point(|&e| e <= value).clamp(1, edges.len() - 1) - 1,
            // Conversion saturates: numbers beyond all bins go to the last one.
            Some(States::Whole { .. }) => self.state_of_whole(value.floor() as i64),
            Some(States::Boolean) if value == 0.0 || value == 1.0 => value as usize,
            _ => self.unforeseen(),
        }
    }

    /// The state of every cell of a column of any type: the type that a reader of files found may depend on the
    /// cells, so it decides nothing here.
    pub fn encode(&self, column: &Column) -> Vec<u16> {
        let missing = self.missing_state().unwrap_or_else(|| self.unforeseen());
        let state_of_value = |text: &str| self.state_of_text(text).unwrap_or_else(|| self.unforeseen());
        if let Column::Text(text) = column {
            let states: Vec<u16> = text.dictionary.iter().map(|word| state_of_value(word) as u16).collect();
            return text
                .codes
                .iter()
                .map(|&c| states.get(c as usize).map_or(missing as u16, |&s| s))
                .collect();
        }
        let categories = matches!(self.states, Some(States::Categories { .. }));
        (0..column.len())
            .map(|row| {
                let state = if column.is_missing(row) {
                    missing
                } else if categories {
                    state_of_value(&column.value(row).to_string())
                } else {
                    match column.value(row) {
                        Value::Boolean(b) => self.state_of_whole(i64::from(b)),
                        Value::Integer(v) | Value::Timestamp(v) => self.state_of_whole(v),
                        Value::Date(v) => self.state_of_whole(i64::from(v)),
                        Value::Real(v) => self.state_of_real(v),
                        Value::Missing | Value::Text(_) => missing,
                    }
                };
                state as u16
            })
            .collect()
    }

    /// In how many steps the values of `state` are counted: 1 but for bins.
    pub(super) fn steps(&self, state: usize) -> u64 {
        match &self.states {
            Some(States::Whole { edges }) if state + 1 < edges.len() => edges[state + 1].abs_diff(edges[state]),
            Some(States::Real { edges }) if state + 1 < edges.len() => REAL_STEPS,
            _ => 1,
        }
    }

    /// The value of a step of a state.
    pub(super) fn value(&self, state: usize, step: u64) -> Value {
        if self.missing_state() == Some(state) {
            return Value::Missing;
        }
        match &self.states {
            None => Value::Missing,
            Some(States::Boolean) => Value::Boolean(state == 1),
            Some(States::Categories { values, .. }) => Value::Text(values[state].clone()),
            Some(States::Whole { edges }) => {
                let value = edges[state].saturating_add_unsigned(step);
                match self.column.kind {
                    ColumnType::Date => Value::Date(value as i32),
                    ColumnType::Timestamp => Value::Timestamp(value),
                    _ => Value::Integer(value),
                }
            }
            Some(States::Real { .. }) => Value::Real(self.real(state, step)),
        }
    }

    fn real(&self, state: usize, step: u64) -> f64 {
        let Some(States::Real { edges }) = &self.states else {
            return f64::NAN;
        };
        let (low, high) = (edges[state], edges[state + 1]);
        let value = low + (high - low) * ((step as f64 + 0.5) / REAL_STEPS as f64);
        let rounded = match self.column.decimals {
            Some(decimals) => {
                let scale = libm::pow(10.0, f64::from(decimals));
                libm::round(value * scale) / scale
            }
            None => value,
        };
        if rounded.is_finite() {
            rounded.clamp(low, high)
        } else {
            value
        }
    }

    /// Cells for `states`, each drawn evenly from the accepted values of its state. Never a value of the data.
    pub(crate) fn decode(
        &self,
        states: &[u16],
        accepted: &Accepted,
        mut stream: impl FnMut(usize) -> Stream,
    ) -> Column {
        let step = |row: usize, stream: &mut dyn FnMut(usize) -> Stream| {
            let state = states[row] as usize;
            if self.steps(state) == 1 {
                0
            } else {
                accepted.draw(state, &mut stream(row))
            }
        };
        let missing = self.missing_state().map_or(u16::MAX, |m| m as u16);
        let rows = 0..states.len();
        match (&self.states, self.column.kind) {
            (Some(States::Categories { values, .. }), _) => {
                let mut builder = TextColumnBuilder::default();
                let codes: Vec<u32> = values.iter().map(|v| builder.code(v)).collect();
                let mut column = builder.finish();
                column.codes = states
                    .iter()
                    .map(|&s| codes.get(s as usize).copied().unwrap_or(plenish_table::MISSING_CODE))
                    .collect();
                Column::Text(column)
            }
            (Some(States::Boolean), _) => Column::Boolean(
                states
                    .iter()
                    .map(|&s| {
                        if s == missing {
                            plenish_table::MISSING_BOOLEAN
                        } else {
                            s as u8
                        }
                    })
                    .collect(),
            ),
            (Some(States::Real { .. }), _) => Column::Real(
                rows.map(|r| {
                    if states[r] == missing {
                        f64::NAN
                    } else {
                        self.real(states[r] as usize, step(r, &mut stream))
                    }
                })
                .collect(),
            ),
            (Some(States::Whole { edges }), kind) => {
                let cells = rows.map(|r| {
                    if states[r] == missing {
                        None
                    } else {
                        Some(edges[states[r] as usize].saturating_add_unsigned(step(r, &mut stream)))
                    }
                });
                match kind {
                    ColumnType::Date => Column::Date(
                        cells
                            .map(|c| c.map_or(plenish_table::MISSING_DATE, |v| v as i32))
                            .collect(),
                    ),
                    ColumnType::Timestamp => {
                        Column::Timestamp(cells.map(|c| c.unwrap_or(plenish_table::MISSING_INTEGER)).collect())
                    }
                    _ => Column::Integer(cells.map(|c| c.unwrap_or(plenish_table::MISSING_INTEGER)).collect()),
                }
            }
            (None, kind) => Column::all_missing(kind, states.len()),
        }
    }

    /// All values but missing, where each state has one: in rising order, texts by the alphabet.
    pub(crate) fn listed(&self) -> Option<Vec<Value>> {
        let states = self.states.as_ref()?.size();
        if (0..states).any(|s| self.steps(s) > 1) {
            return None;
        }
        let mut values: Vec<Value> = (0..states).map(|s| self.value(s, 0)).collect();
        values.sort_by(|a, b| match (a, b) {
            (Value::Text(a), Value::Text(b)) => a.cmp(b),
            _ => std::cmp::Ordering::Equal,
        });
        Some(values)
    }

    /// The schema of the column that is made: bounds and values are those of the domain.
    pub(crate) fn output_schema(&self) -> ColumnSchema {
        let mut column = self.column.clone();
        column.missing = self.missing;
        match &self.states {
            Some(States::Whole { edges }) => {
                column.min = edges.first().map(|&e| e as f64);
                column.max = edges.last().map(|&e| (e - 1) as f64);
            }
            Some(States::Real { edges }) => {
                column.min = edges.first().copied();
                column.max = edges.last().copied();
            }
            Some(States::Categories { values, .. }) => column.allowed = Some(values.clone()),
            Some(States::Boolean) | None => {}
        }
        column
    }
}
