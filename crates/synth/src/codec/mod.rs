//! Column codecs: a value becomes a discrete *state*, then a place inside it, and back.
//!
//! State 0 is "missing" where the column has missing cells. Every other state is a category, a
//! value with a mass of its own, or a bin of neighbouring values.

mod bin;
mod categories;
mod grid;
mod ordered;

pub(crate) use categories::Categories;
pub(crate) use ordered::Ordered;

use plenish_table::{
    Column, ColumnSchema, ColumnType, MISSING_BOOLEAN, MISSING_CODE, MISSING_DATE, MISSING_INTEGER, Seed, Test,
    TextColumn, Value,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Settings of the codecs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CodecSettings {
    /// Bins of an ordered column at most.
    pub(crate) bins: usize,
    /// Categories with fewer rows share one state.
    pub(crate) rare: u32,
}

/// How a column's values become states and back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Codec {
    /// Whether state 0 is "missing".
    missing: bool,
    kind: Kind,
    /// Training rows in each state.
    counts: Vec<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Kind {
    /// Never learned: a new number for each row, or missing.
    Identifier(ColumnType),
    Categories(Categories),
    Boolean,
    Ordered(Ordered),
    /// No value at all.
    Empty,
}

impl Codec {
    /// Learns the states of a column and returns each row's state beside it.
    pub(crate) fn fit(column: &Column, schema: &ColumnSchema, settings: CodecSettings) -> (Self, Vec<u16>) {
        let kind = match schema.role {
            plenish_table::Role::Identifier => Kind::Identifier(schema.kind),
            plenish_table::Role::FreeText => Kind::Empty,
            _ => match column {
                _ if column.missing_count() == column.len() => Kind::Empty,
                Column::Text(text) => Kind::Categories(Categories::fit(text, settings.rare)),
                Column::Boolean(_) => Kind::Boolean,
                _ => Kind::Ordered(Ordered::fit(column, schema, settings.bins)),
            },
        };
        let missing = match kind {
            Kind::Identifier(_) => false,
            Kind::Empty => true,
            _ => column.missing_count() > 0,
        };
        let mut codec = Self {
            missing,
            kind,
            counts: Vec::new(),
        };
        let states = codec.encode(column);
        let mut counts = vec![0; codec.states()];
        for &state in &states {
            counts[usize::from(state)] += 1;
        }
        codec.counts = counts;
        (codec, states)
    }

    /// Number of states.
    pub(crate) fn states(&self) -> usize {
        usize::from(self.missing)
            + match &self.kind {
                Kind::Identifier(_) => 1,
                Kind::Categories(categories) => categories.states(),
                Kind::Boolean => 2,
                Kind::Ordered(ordered) => ordered.states(),
                Kind::Empty => 0,
            }
    }

    /// Training rows in each state.
    pub(crate) fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// Whether the states but "missing" are in a meaningful order.
    pub(crate) fn is_ordered(&self) -> bool {
        matches!(self.kind, Kind::Ordered(_) | Kind::Boolean)
    }

    /// Whether state 0 is "missing".
    pub(crate) fn has_missing(&self) -> bool {
        self.missing
    }

    /// The state of every cell; values never seen fall into the nearest or the rare state.
    pub(crate) fn encode(&self, column: &Column) -> Vec<u16> {
        let first = u16::from(self.missing);
        match (&self.kind, column) {
            (Kind::Categories(categories), Column::Text(text)) => {
                let map: Vec<u16> = text
                    .dictionary
                    .iter()
                    .map(|word| first + categories.state(word))
                    .collect();
                text.codes
                    .iter()
                    .map(|&c| if c == MISSING_CODE { 0 } else { map[c as usize] })
                    .collect()
            }
            (Kind::Boolean, Column::Boolean(cells)) => cells
                .iter()
                .map(|&c| if c == MISSING_BOOLEAN { 0 } else { first + u16::from(c) })
                .collect(),
            (Kind::Ordered(ordered), column) => (0..column.len())
                .map(|row| column.number(row).map_or(0, |v| first + ordered.state(v)))
                .collect(),
            _ => vec![0; column.len()],
        }
    }

    /// How much of each state's mass satisfies all `tests` at once, from 0 to 1.
    pub(crate) fn shares_of_all(&self, tests: &[&Test], kind: ColumnType) -> Vec<f64> {
        let whole = |accepted: bool| f64::from(u8::from(accepted));
        let mut shares = Vec::with_capacity(self.states());
        if self.missing {
            shares.push(whole(tests.iter().all(|t| **t == Test::Missing)));
        }
        match &self.kind {
            Kind::Categories(categories) => shares.extend(categories.shares(tests)),
            Kind::Boolean => {
                shares.extend([false, true].map(|b| whole(tests.iter().all(|t| t.accepts(&Value::Boolean(b))))));
            }
            Kind::Ordered(ordered) => shares.extend(ordered.shares(tests, kind)),
            // An identifier is known to be there before it is known which it is.
            Kind::Identifier(_) => shares.push(whole(tests.iter().all(|t| **t == Test::Present))),
            Kind::Empty => {}
        }
        shares
    }

    /// Whether sizes and references fit together: for models read from files.
    pub(crate) fn is_sound(&self) -> bool {
        self.counts.len() == self.states()
            && self.states() > 0
            && match &self.kind {
                Kind::Categories(categories) => categories.is_sound(),
                Kind::Ordered(ordered) => ordered.is_sound(),
                Kind::Identifier(_) | Kind::Boolean | Kind::Empty => true,
            }
    }

    /// Cells for `states`, drawn inside each state; `units` are the rows' numbers, `tests` must hold
    /// for every cell whose state they share in part.
    pub(crate) fn decode(
        &self,
        states: &[u16],
        units: std::ops::Range<u64>,
        address: u32,
        seed: &Seed,
        tests: &[&Test],
        schema: &ColumnSchema,
    ) -> Column {
        let first = u16::from(self.missing);
        let inside = |index: usize| seed.pair(units.start + index as u64, address).1;
        let is_missing = |state: u16| self.missing && state == 0;
        match &self.kind {
            Kind::Empty => Column::all_missing(schema.kind, states.len()),
            Kind::Identifier(kind) => identifiers(*kind, units),
            Kind::Boolean => Column::Boolean(
                states
                    .iter()
                    .map(|&s| {
                        if is_missing(s) {
                            MISSING_BOOLEAN
                        } else {
                            (s - first) as u8
                        }
                    })
                    .collect(),
            ),
            Kind::Categories(categories) => Column::Text(TextColumn {
                codes: states
                    .iter()
                    .enumerate()
                    .map(|(i, &s)| {
                        if is_missing(s) {
                            MISSING_CODE
                        } else {
                            categories.code(s - first, inside(i), tests)
                        }
                    })
                    .collect(),
                dictionary: Arc::clone(categories.dictionary()),
            }),
            Kind::Ordered(ordered) => {
                let numbers = states.iter().enumerate().map(|(i, &s)| {
                    if is_missing(s) {
                        None
                    } else {
                        Some(ordered.value(s - first, inside(i), tests, schema.kind))
                    }
                });
                match schema.kind {
                    ColumnType::Real => Column::Real(numbers.map(|n| n.unwrap_or(f64::NAN)).collect()),
                    ColumnType::Date => Column::Date(numbers.map(|n| n.map_or(MISSING_DATE, |v| v as i32)).collect()),
                    ColumnType::Timestamp => {
                        Column::Timestamp(numbers.map(|n| n.map_or(MISSING_INTEGER, |v| v as i64)).collect())
                    }
                    _ => Column::Integer(numbers.map(|n| n.map_or(MISSING_INTEGER, |v| v as i64)).collect()),
                }
            }
        }
    }
}

fn identifiers(kind: ColumnType, units: std::ops::Range<u64>) -> Column {
    let numbers = units.clone().map(|unit| unit as i64 + 1);
    match kind {
        ColumnType::Integer => Column::Integer(numbers.collect()),
        ColumnType::Real => Column::Real(numbers.map(|n| n as f64).collect()),
        ColumnType::Text => {
            let words: Vec<String> = numbers.map(|n| format!("synthetic-{n}")).collect();
            Column::Text(TextColumn {
                codes: (0..words.len() as u32).collect(),
                dictionary: Arc::new(words),
            })
        }
        other => Column::all_missing(other, (units.end - units.start) as usize),
    }
}
