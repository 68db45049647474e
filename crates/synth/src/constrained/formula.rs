//! Formulas: one column is left out of what the generator learns and calculated afterwards. Where the
//! result would leave the range of its column, the columns it comes from give way.

use super::numbers::{Room, set};
use plenish_table::{BoundFormula, Column, ColumnType, MISSING_INTEGER, Number};
use serde::{Deserialize, Serialize};

/// A column that is calculated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Calculation {
    /// The formula, solved for the column that is left out.
    pub(crate) formula: BoundFormula,
    /// The generator's column that tells in which rows the result is missing for no other reason.
    pub(crate) absence: Option<String>,
    /// Whether the generator learns the column as well, for rows in which a part is missing.
    pub(crate) learned: bool,
    /// Where results may lie; none if anywhere.
    pub(crate) room: Option<Room>,
    /// Terms, by place, that may give way, with the room they have: those with the widest first.
    pub(crate) movable: Vec<(u32, Room)>,
}

impl Calculation {
    /// The column that is left out.
    pub(crate) fn column(&self) -> usize {
        self.formula.total
    }

    /// Calculates the column in all rows; `absent` says where it is missing. Cells that are `fixed`, by column
    /// and row, stay as they are.
    pub(crate) fn apply(
        &self,
        columns: &mut [Option<Column>],
        kind: ColumnType,
        rows: usize,
        absent: Option<&Column>,
        fixed: &dyn Fn(usize, usize) -> bool,
    ) {
        // Columns stand in their place or were calculated before: the plan sees to it.
        let empty = Column::empty(kind);
        let mut moved: Vec<(usize, Column)> = Vec::new();
        let drawn = if self.learned {
            columns[self.column()].take()
        } else {
            None
        };
        let before = drawn.clone().or_else(|| columns[self.column()].take());
        let mut result = before.unwrap_or_else(|| Column::all_missing(kind, rows));
        for row in 0..rows {
            if fixed(self.column(), row) {
                continue;
            }
            if drawn.as_ref().is_some_and(|c| c.is_missing(row)) {
                continue;
            }
            if let Some(Column::Boolean(flags)) = absent
                && flags[row] == 1
            {
                continue;
            }
            let value = |moved: &[(usize, Column)]| {
                let column = |index: usize| match moved.iter().find(|m| m.0 == index) {
                    Some((_, column)) => column,
                    None => columns[index].as_ref().unwrap_or(&empty),
                };
                self.formula.total_of(&column, row)
            };
            let Some(mut number) = value(&moved) else { continue };
            if let Some(room) = &self.room {
                for (place, space) in &self.movable {
                    if room.holds(number.value()) {
                        break;
                    }
                    let (slope, index) = self.formula.terms[*place as usize];
                    if fixed(index, row) {
                        continue;
                    }
                    if !moved.iter().any(|m| m.0 == index) {
                        let Some(column) = &columns[index] else { continue };
                        moved.push((index, column.clone()));
                    }
                    let Some((_, column)) = moved.iter_mut().find(|m| m.0 == index) else {
                        continue;
                    };
                    let Some(old) = column.number(row) else { continue };
                    let change = (room.clamp(number.value()) - number.value()) / slope;
                    let new = if change > 0.0 {
                        space.up(old + change, false).min(space.high)
                    } else {
                        space.down(old + change, false).max(space.low)
                    };
                    set(column, row, new);
                    let Some(again) = value(&moved) else { break };
                    number = again;
                }
            }
            match (&mut result, number) {
                (Column::Integer(v), Number::Whole(n)) => v[row] = n,
                (Column::Integer(v), Number::Real(x)) => {
                    v[row] = if x.is_finite() { x as i64 } else { MISSING_INTEGER }
                }
                (Column::Real(v), number) => v[row] = number.value(),
                _ => {}
            }
        }
        for (index, column) in moved {
            columns[index] = Some(column);
        }
        columns[self.column()] = Some(result);
    }

    /// Whether sizes fit together: for models read from files.
    pub(crate) fn is_sound(&self, width: usize) -> bool {
        self.formula.columns().all(|c| c < width)
            && self.room.as_ref().is_none_or(Room::is_sound)
            && self
                .movable
                .iter()
                .all(|(place, room)| (*place as usize) < self.formula.terms.len() && room.is_sound())
    }
}
