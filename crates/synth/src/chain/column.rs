//! A fitted column of the chain. Everything asked of its codec goes through here, together with the
//! earlier cells of the same rows.

use super::features::Features;
use super::model::ColumnModel;
use super::relative::Relative;
use crate::codec::{Bounds, Codec, Draws};
use plenish_learn::FeatureKind;
use plenish_table::{Column, ColumnSchema, ColumnType, Test};
use serde::{Deserialize, Serialize};

/// One column, in the order of the chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ChainColumn {
    pub(crate) codec: Codec,
    pub(crate) features: Features,
    pub(crate) model: ColumnModel,
    pub(crate) log_likelihood: f64,
    /// The relative coding that its states are of, if they are.
    pub(crate) coding: Option<Relative>,
}

/// The columns of a block of rows that are known so far, in the order of the chain.
#[derive(Debug, Clone, Default)]
pub(crate) struct Prefix {
    /// What later columns see: one vector of codes a feature.
    pub(crate) features: Vec<Vec<u8>>,
    /// The states, column by column.
    pub(crate) states: Vec<Vec<u16>>,
    /// The cells, column by column.
    pub(crate) cells: Vec<Column>,
}

impl Prefix {
    /// Adds the next column.
    pub(crate) fn push(&mut self, column: &ChainColumn, states: Vec<u16>, cells: Column) {
        column.features_of(&self.cells, &states, &cells, &mut self.features);
        self.states.push(states);
        self.cells.push(cells);
    }

    /// Keeps `rows`, in that order.
    pub(crate) fn keep(&mut self, rows: &[u32]) {
        fn pick<T: Copy>(values: &mut Vec<T>, rows: &[u32]) {
            *values = rows.iter().map(|&row| values[row as usize]).collect();
        }
        self.features.iter_mut().for_each(|codes| pick(codes, rows));
        self.states.iter_mut().for_each(|states| pick(states, rows));
        for cells in &mut self.cells {
            *cells = cells.take(rows);
        }
    }
}

/// The states that lie between two numbers, and how much of the outermost ones does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Window {
    pub(crate) first: u16,
    pub(crate) last: u16,
    pub(crate) first_share: f64,
    pub(crate) last_share: f64,
    /// Whether state 0 is "missing", which no bound concerns.
    pub(crate) missing: bool,
}

impl ChainColumn {
    /// Whether states, and their shares under tests, mean the same in every row.
    pub(crate) fn is_absolute(&self) -> bool {
        self.coding.is_none()
    }

    /// Whether later columns can tell rows apart that share this column's state.
    pub(crate) fn follows_from_state(&self) -> bool {
        self.coding.is_none() && !self.features.has_parts()
    }

    /// Number of states.
    pub(crate) fn states(&self) -> usize {
        self.coding
            .as_ref()
            .map_or(self.codec.states(), |r| r.residual.states())
    }

    /// What the features that later columns see mean.
    pub(crate) fn kinds(&self) -> Vec<FeatureKind> {
        let mut kinds = self.features.kinds();
        kinds.extend(self.coding.as_ref().map(|relative| FeatureKind {
            codes: relative.codes(),
            ordered: true,
        }));
        kinds
    }

    /// Adds the features that later columns see, one vector of codes each.
    fn features_of(&self, before: &[Column], states: &[u16], cells: &Column, out: &mut Vec<Vec<u8>>) {
        if self.coding.is_some() {
            out.extend(self.features.encode(&self.codec.encode(cells), cells));
        } else {
            out.extend(self.features.encode(states, cells));
        }
        out.extend(self.coding.as_ref().map(|relative| relative.codes_of(before, cells)));
    }

    /// The states of `cells`, which continue the rows of `prefix`.
    pub(crate) fn encode(&self, prefix: &Prefix, cells: &Column) -> Vec<u16> {
        match &self.coding {
            Some(relative) => relative.encode(&prefix.cells, cells),
            None => self.codec.encode(cells),
        }
    }

    /// How much of each state passes `tests` in `row`, and lies in `room`, both ends included, where
    /// states are relative; elsewhere [`ChainColumn::window`] tells of rooms.
    pub(crate) fn shares(
        &self,
        prefix: &Prefix,
        row: usize,
        tests: &[&Test],
        room: Option<(f64, f64)>,
        kind: ColumnType,
    ) -> Vec<f64> {
        match &self.coding {
            Some(relative) => {
                let question = relative.row(&prefix.cells, row, &self.codec, tests, room, kind);
                relative.residual.shares(&question)
            }
            None => self.codec.shares_of_all(tests, kind),
        }
    }

    /// The states of `row` from `room.0` to `room.1`, both included, under `tests`; `None` if that
    /// leaves nothing out.
    pub(crate) fn window(
        &self,
        _prefix: &Prefix,
        _row: usize,
        tests: &[&Test],
        room: (f64, f64),
        kind: ColumnType,
    ) -> Option<Window> {
        if self.coding.is_some() {
            return None;
        }
        let (low, high) = self.codec.range()?;
        if room.0 <= low && room.1 >= high {
            return None;
        }
        let share = |state: u16| self.codec.share_within(state, tests, room.0, room.1, kind);
        let (first, last) = (self.codec.state_of(room.0), self.codec.state_of(room.1));
        let empty = room.0 > room.1;
        Some(Window {
            first,
            last,
            first_share: if empty { 0.0 } else { share(first) },
            last_share: if empty { 0.0 } else { share(last) },
            missing: self.codec.has_missing(),
        })
    }

    /// Cells for `states`; see [`Codec::decode_drawn`].
    pub(crate) fn decode(
        &self,
        prefix: &Prefix,
        states: &[u16],
        draws: Draws,
        tests: &[&Test],
        rooms: Option<&[(f64, f64)]>,
        schema: &ColumnSchema,
    ) -> Column {
        let Some(relative) = &self.coding else {
            return self.codec.decode_drawn(states, draws, tests, rooms, schema);
        };
        let within = Bounds::of(schema);
        let numbers = states.iter().enumerate().map(|(row, &state)| {
            let room = rooms.map(|rooms| rooms[row]);
            let question = relative.row(&prefix.cells, row, &self.codec, tests, room, schema.kind);
            let value = relative.residual.value(state, draws.bits[row], &question)?;
            // A condition decides by itself; without one the schema's bounds hold.
            let free = tests.is_empty() && room.is_none();
            Some(if free { within.clip(value, 0) } else { value })
        });
        Codec::column_of(numbers, schema.kind)
    }

    /// The probability of the cell of `row` within its `state`; see [`Codec::inside`].
    pub(crate) fn inside(&self, prefix: &Prefix, cells: &Column, row: usize, state: u16) -> f64 {
        let Some(relative) = &self.coding else {
            return self.codec.inside(cells, row, state);
        };
        let question = relative.row(&prefix.cells, row, &self.codec, &[], None, cells.kind());
        relative.residual.inside(cells.number(row), state, &question)
    }
}
