//! Column codecs: a value becomes a discrete *state*, then a place inside it, and back.
//!
//! State 0 is "missing" where the column has missing cells. Every other state is a category, a
//! value with a mass of its own, or a bin of neighbouring values.

mod bin;
mod categories;
mod clock;
mod grid;
mod identifiers;
mod inquire;
mod line;
mod ordered;
mod own_mass;
mod pattern;
mod permutation;
mod residual;
mod smooth;
mod spans;
mod tail;

pub(crate) use categories::Categories;
pub(crate) use grid::Grid;
pub(crate) use inquire::Strange;
pub(crate) use ordered::Ordered;
pub(crate) use residual::{EVERYWHERE, Residual, Row, Scale, heavy_values, is_equal};
pub(crate) use spans::{passes, spans};

use identifiers::Identifiers;
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
    /// Taken from integers before they are seen as reals: where they lie beyond 2^53, but close enough
    /// together, their differences are exact.
    origin: i64,
    /// Training rows in each state.
    counts: Vec<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Kind {
    /// Never learned: a new one of the same pattern for each row.
    Identifier(Identifiers),
    Categories(Categories),
    Boolean,
    Ordered(Ordered),
    /// No value at all.
    Empty,
}

/// What decides the cells of a block of rows inside their states.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draws<'a> {
    /// The rows' numbers.
    pub(crate) units: &'a [u64],
    /// 64 random bits for each row.
    pub(crate) bits: &'a [u64],
    /// What identifiers are shuffled by: one for all rows of a column.
    pub(crate) key: &'a Seed,
}

impl Codec {
    /// Learns the states of a column and returns each row's state beside it.
    pub(crate) fn fit(column: &Column, schema: &ColumnSchema, settings: CodecSettings) -> (Self, Vec<u16>) {
        let origin = origin(column);
        let shifted = shifted(column, origin);
        let column = shifted.as_ref().unwrap_or(column);
        let kind = match schema.role {
            plenish_table::Role::Identifier => Kind::Identifier(Identifiers::of(column)),
            plenish_table::Role::FreeText => Kind::Empty,
            _ => match column {
                _ if column.missing_count() == column.len() => Kind::Empty,
                Column::Text(text) if names_rows(text) => Kind::Identifier(Identifiers::of(column)),
                Column::Text(text) => Kind::Categories(Categories::fit(text, settings.rare, schema.allowed.as_deref())),
                Column::Boolean(_) => Kind::Boolean,
                _ => Kind::Ordered(Ordered::fit(
                    column,
                    schema,
                    Bounds::of(schema).less(origin),
                    settings.bins,
                )),
            },
        };
        let missing = match kind {
            Kind::Empty => true,
            _ => column.missing_count() > 0,
        };
        let mut codec = Self {
            missing,
            kind,
            origin,
            counts: Vec::new(),
        };
        let states = codec.encode_shifted(column);
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

    /// The rows expected in each state: the counts, less what is chance in them.
    pub(crate) fn expected(&self) -> Vec<f32> {
        let mut rows: Vec<f32> = self.counts.iter().map(|&c| c as f32).collect();
        if let Kind::Ordered(ordered) = &self.kind {
            rows.splice(usize::from(self.missing).., ordered.expected().iter().copied());
        }
        rows
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
        match shifted(column, self.origin) {
            Some(column) => self.encode_shifted(&column),
            None => self.encode_shifted(column),
        }
    }

    fn encode_shifted(&self, column: &Column) -> Vec<u16> {
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
            (Kind::Identifier(_), column) => (0..column.len())
                .map(|row| if column.is_missing(row) { 0 } else { first })
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
            Kind::Ordered(ordered) if self.origin != 0 => {
                let tests = self.tests_from_origin(tests);
                shares.extend(ordered.shares(&tests.iter().collect::<Vec<_>>(), kind));
            }
            Kind::Ordered(ordered) => shares.extend(ordered.shares(tests, kind)),
            // An identifier is known to be there before it is known which it is.
            Kind::Identifier(_) => shares.push(whole(tests.iter().all(|t| **t == Test::Present))),
            Kind::Empty => {}
        }
        shares
    }

    /// The same tests of values less the origin.
    fn tests_from_origin(&self, tests: &[&Test]) -> Vec<Test> {
        let moved = |value: &Value| match value {
            Value::Integer(v) => Value::Integer(v.saturating_sub(self.origin)),
            other => other.clone(),
        };
        tests
            .iter()
            .map(|test| match test {
                Test::Compare(how, value) => Test::Compare(*how, moved(value)),
                Test::In(values) => Test::In(values.iter().map(moved).collect()),
                Test::NotIn(values) => Test::NotIn(values.iter().map(moved).collect()),
                Test::Missing | Test::Present => (*test).clone(),
            })
            .collect()
    }

    /// For every text of `column`, which rare category it is; `None` if there are none.
    pub(crate) fn rare_members(&self, column: &Column) -> Option<Vec<Option<u32>>> {
        match (&self.kind, column) {
            (Kind::Categories(categories), Column::Text(text)) => categories.members(text),
            _ => None,
        }
    }

    /// Gives rare categories a state for each group, and returns each row's state anew.
    pub(crate) fn regroup(&mut self, group_of: &[u16], column: &Column) -> Vec<u16> {
        if let Kind::Categories(categories) = &mut self.kind {
            categories.regroup(group_of);
        }
        let states = self.encode(column);
        self.counts = vec![0; self.states()];
        for &state in &states {
            self.counts[usize::from(state)] += 1;
        }
        states
    }

    /// Whether sizes and references fit together: for models read from files.
    pub(crate) fn is_sound(&self) -> bool {
        self.counts.len() == self.states()
            && self.states() > 0
            && match &self.kind {
                Kind::Categories(categories) => categories.is_sound(),
                Kind::Ordered(ordered) => ordered.is_sound(),
                Kind::Identifier(identifiers) => identifiers.is_sound(),
                Kind::Boolean | Kind::Empty => true,
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
        let units: Vec<u64> = units.collect();
        let bits: Vec<u64> = units.iter().map(|&unit| seed.pair(unit, address).1).collect();
        let draws = Draws {
            units: &units,
            bits: &bits,
            key: &seed.child(u64::from(address)),
        };
        self.decode_drawn(states, draws, tests, None, schema)
    }

    /// [`Codec::decode`] with the random bits of every row, and, for numbers, with `rooms` that hold
    /// smallest and largest value allowed in each row.
    pub(crate) fn decode_drawn(
        &self,
        states: &[u16],
        draws: Draws,
        tests: &[&Test],
        rooms: Option<&[(f64, f64)]>,
        schema: &ColumnSchema,
    ) -> Column {
        let first = u16::from(self.missing);
        let Draws { units, bits, key } = draws;
        let is_missing = |state: u16| self.missing && state == 0;
        match &self.kind {
            Kind::Empty => Column::all_missing(schema.kind, states.len()),
            Kind::Identifier(identifiers) => identifiers.make(schema.kind, units, |row| !is_missing(states[row]), key),
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
                            categories.code(s - first, bits[i], tests)
                        }
                    })
                    .collect(),
                dictionary: Arc::clone(categories.dictionary()),
            }),
            Kind::Ordered(ordered) => {
                let moved = self.tests_from_origin(tests);
                let moved: Vec<&Test> = moved.iter().collect();
                let within = Bounds::of(schema);
                let numbers = states.iter().enumerate().map(|(i, &s)| {
                    if is_missing(s) {
                        return None;
                    }
                    let state = s - first;
                    Some(match rooms.map(|rooms| rooms[i]) {
                        Some((low, high)) => {
                            let room = (self.less_origin(low), self.less_origin(high));
                            ordered.value_within(state, bits[i], &moved, room, schema.kind)
                        }
                        // A condition decides by itself; without one the schema's bounds hold.
                        None if tests.is_empty() => {
                            within.clip(ordered.value(state, bits[i], &moved, schema.kind), self.origin)
                        }
                        None => ordered.value(state, bits[i], &moved, schema.kind),
                    })
                });
                numbers_as(numbers, schema.kind, self.origin)
            }
        }
    }

    /// A number of the column on the scale that its states are cut on.
    pub(crate) fn less_origin(&self, number: f64) -> f64 {
        number - self.origin as f64
    }

    /// Whether its states are cut on the scale of its numbers.
    pub(crate) fn has_own_scale(&self) -> bool {
        self.origin == 0
    }
}

/// Numbers as cells of `kind`, `origin` added to whole ones; `None` is missing.
fn numbers_as(numbers: impl Iterator<Item = Option<f64>>, kind: ColumnType, origin: i64) -> Column {
    let whole = |n: Option<f64>| n.map_or(MISSING_INTEGER, |v| (v as i64).saturating_add(origin));
    match kind {
        ColumnType::Real => Column::Real(numbers.map(|n| n.unwrap_or(f64::NAN)).collect()),
        ColumnType::Date => Column::Date(numbers.map(|n| n.map_or(MISSING_DATE, |v| v as i32)).collect()),
        ColumnType::Timestamp => Column::Timestamp(numbers.map(|n| n.map_or(MISSING_INTEGER, |v| v as i64)).collect()),
        _ => Column::Integer(numbers.map(whole).collect()),
    }
}

/// The bounds that a schema sets, on the grid of whole numbers where there is one.
pub(crate) struct Bounds(f64, f64);

impl Bounds {
    pub(crate) fn of(schema: &ColumnSchema) -> Self {
        let whole = schema.kind != ColumnType::Real;
        let low = schema.min.map(|v| if whole { v.ceil() } else { v });
        let high = schema.max.map(|v| if whole { v.floor() } else { v });
        Self(low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY))
    }

    /// The bounds of what is left of values less `origin`.
    fn less(&self, origin: i64) -> tail::Limits {
        // Beyond 2^53 they are no longer exact, and left alone.
        if origin == 0 { (self.0, self.1) } else { tail::UNLIMITED }
    }

    /// The value nearest to `value` inside the bounds.
    pub(crate) fn clip(&self, value: f64, origin: i64) -> f64 {
        let (low, high) = self.less(origin);
        if low <= high { value.clamp(low, high) } else { value }
    }
}

/// Up to here every whole number is a real number of its own.
const EXACT: u64 = 1 << 53;

/// What to take from an integer column so that reals hold it exactly; 0 if they do, or never can.
fn origin(column: &Column) -> i64 {
    let Column::Integer(cells) = column else { return 0 };
    let present = || cells.iter().copied().filter(|&c| c != MISSING_INTEGER);
    let (Some(low), Some(high)) = (present().min(), present().max()) else {
        return 0;
    };
    let exact = low.unsigned_abs() <= EXACT && high.unsigned_abs() <= EXACT;
    if exact || high.abs_diff(low) > EXACT { 0 } else { low }
}

fn shifted(column: &Column, origin: i64) -> Option<Column> {
    match column {
        Column::Integer(cells) if origin != 0 => {
            let cells = cells.iter().map(|&c| match c {
                MISSING_INTEGER => c,
                // What was never seen may lie anywhere; only its nearest state matters.
                c => c.saturating_sub(origin).max(MISSING_INTEGER + 1),
            });
            Some(Column::Integer(cells.collect()))
        }
        _ => None,
    }
}

/// Fewer cells may all differ by chance.
const FEWEST_NAMES: usize = 50;

/// A few texts may occur twice: names that two people share, identifiers drawn at random.
const LEAST_DISTINCT: f64 = 0.95;

/// Whether hardly a text occurs twice: such a column names its rows, whatever its role, and words of it
/// are nobody's to repeat.
pub(crate) fn names_rows(text: &TextColumn) -> bool {
    let words = text.frequencies();
    let cells: f64 = words.iter().map(|w| f64::from(w.1)).sum();
    words.len() >= FEWEST_NAMES && words.len() as f64 >= LEAST_DISTINCT * cells
}
