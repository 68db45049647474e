//! Inequalities between columns: rows that break one are put right, with as little change as keeps every
//! column in its range and on its grid.

use super::numbers::{Room, set};
use plenish_table::Column;
use serde::{Deserialize, Serialize};

/// Columns bound by inequalities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Order {
    /// Columns of the whole table, those below before those above.
    columns: Vec<u32>,
    /// Where the values of each may lie so that there is room for those above and below.
    rooms: Vec<Room>,
    /// Which of `columns` is never above which, and whether they are never equal.
    pairs: Vec<(u32, u32, bool)>,
}

impl Order {
    /// The order of columns with the rooms of their values; none where those leave no room. `pairs` are
    /// columns of the whole table and form no circle.
    pub(crate) fn of(pairs: &[(u32, u32, bool)], room: impl Fn(u32) -> Option<Room>) -> Option<Self> {
        let mut left: Vec<u32> = pairs.iter().flat_map(|p| [p.0, p.1]).collect();
        left.sort_unstable();
        left.dedup();
        let mut columns: Vec<u32> = Vec::new();
        while !left.is_empty() {
            let at = left
                .iter()
                .position(|c| !pairs.iter().any(|p| p.1 == *c && left.contains(&p.0)))?;
            columns.push(left.remove(at));
        }
        let mut rooms = columns.iter().map(|&c| room(c)).collect::<Option<Vec<_>>>()?;
        let place = |c: u32| columns.iter().position(|&k| k == c).unwrap_or(0);
        let mut places: Vec<(u32, u32, bool)> = pairs
            .iter()
            .map(|&(a, b, strict)| (place(a) as u32, place(b) as u32, strict))
            .collect();
        places.sort_unstable();
        for &(low, high, strict) in places.iter().rev() {
            let top = rooms[high as usize].high;
            let low = &mut rooms[low as usize];
            low.high = low.down(top, strict);
            if low.high > top || (strict && low.high == top) {
                return None;
            }
        }
        places.sort_unstable_by_key(|p| (p.1, p.0));
        for &(low, high, strict) in &places {
            let bottom = rooms[low as usize].low;
            let high = &mut rooms[high as usize];
            high.low = high.up(bottom, strict);
            if high.low < bottom || (strict && high.low == bottom) {
                return None;
            }
        }
        Some(Self {
            columns,
            rooms,
            pairs: places,
        })
    }

    /// The columns that may be changed.
    pub(crate) fn columns(&self) -> &[u32] {
        &self.columns
    }

    /// Puts a row right by cells that are not `fixed`, also beyond their range where those leave no room in it.
    pub(crate) fn squeeze(&self, columns: &mut [Option<Column>], row: usize, fixed: impl Fn(usize) -> bool) {
        let next = |place: u32, from: f64, strict: bool, up: bool| {
            let step = self.rooms[place as usize].step;
            match (strict, up) {
                (false, _) => from,
                (true, true) if step == 0.0 => from.next_up(),
                (true, false) if step == 0.0 => from.next_down(),
                (true, true) => from + step,
                (true, false) => from - step,
            }
        };
        // A change may reach as many pairs as there are.
        for _ in 0..=self.pairs.len() {
            for &(low, high, strict) in &self.pairs {
                let index = |place: u32| self.columns[place as usize] as usize;
                let number = |place: u32| columns[index(place)].as_ref().and_then(|c| c.number(row));
                let (Some(a), Some(b)) = (number(low), number(high)) else {
                    continue;
                };
                if a < b || (a == b && !strict) {
                    continue;
                }
                let (place, value) = if fixed(index(high)) {
                    (low, next(low, b, strict, false))
                } else {
                    (high, next(high, a, strict, true))
                };
                if !fixed(index(place))
                    && let Some(column) = &mut columns[index(place)]
                {
                    set(column, row, value);
                }
            }
        }
    }

    /// Puts rows right.
    pub(crate) fn apply(&self, columns: &mut [Option<Column>]) {
        let numbers: Vec<Vec<f64>> = self
            .columns
            .iter()
            .map(|&c| columns[c as usize].as_ref().map(Column::numbers).unwrap_or_default())
            .collect();
        let rows = numbers.first().map_or(0, Vec::len);
        let mut values = vec![0.0; numbers.len()];
        for row in 0..rows {
            for (value, numbers) in values.iter_mut().zip(&numbers) {
                *value = numbers[row];
            }
            // A missing cell compares as neither.
            let broken = |values: &[f64], (low, high, strict): (u32, u32, bool)| {
                let (a, b) = (values[low as usize], values[high as usize]);
                a > b || (strict && a == b)
            };
            if !self.pairs.iter().any(|&pair| broken(&values, pair)) {
                continue;
            }
            for &pair in &self.pairs {
                if broken(&values, pair) {
                    let (low, high) = (pair.0 as usize, pair.1 as usize);
                    let (a, b) = (values[low], values[high]);
                    values[low] = self.rooms[low].down(b, false);
                    values[high] = self.rooms[high].up(a, false);
                }
            }
            for (value, room) in values.iter_mut().zip(&self.rooms) {
                if !value.is_nan() {
                    *value = room.clamp(*value);
                }
            }
            for &(low, high, strict) in &self.pairs {
                if broken(&values, (low, high, strict)) {
                    values[high as usize] = self.rooms[high as usize].up(values[low as usize], strict);
                }
            }
            for ((&index, value), before) in self.columns.iter().zip(&values).zip(&numbers) {
                if let Some(column) = &mut columns[index as usize]
                    && *value != before[row]
                    && !value.is_nan()
                {
                    set(column, row, *value);
                }
            }
        }
    }

    /// Whether sizes fit together: for models read from files.
    pub(crate) fn is_sound(&self, width: usize) -> bool {
        let count = self.columns.len();
        self.rooms.len() == count
            && self.rooms.iter().all(Room::is_sound)
            && self.columns.iter().all(|&c| (c as usize) < width)
            && self
                .pairs
                .iter()
                .all(|p| (p.0 as usize) < count && (p.1 as usize) < count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_table::{ColumnSchema, ColumnType};
    use proptest::prelude::*;

    proptest! {
        /// Whatever is drawn from the ranges of real columns that keep an order is put into that order,
        /// without leaving any range or grid.
        #[test]
        fn every_row_is_put_right(
            real in proptest::collection::vec((0_i64..30, 0_i64..30, 0_i64..30), 2..20),
            drawn in proptest::collection::vec((0_usize..20, 0_usize..20, 0_usize..20), 1..40),
            strict: bool,
        ) {
            let gap = i64::from(strict);
            let sorted: Vec<[i64; 3]> = real.iter().map(|&(a, b, c)| [a, a + b + gap, a + b + c + 2 * gap]).collect();
            let column = |k: usize| Column::Integer(sorted.iter().map(|r| 5 * r[k]).collect());
            let schema = ColumnSchema::new("x", ColumnType::Integer);
            let room = |c: u32| Room::of(&column(c as usize), &schema);
            let pairs = [(0, 1, strict), (1, 2, strict), (0, 2, false)];
            let order = Order::of(&pairs, room).unwrap();
            // Any value of each column beside any of the others, as independent columns would be.
            let pick = |k: usize, i: usize| 5 * sorted[i % sorted.len()][k];
            let mut columns = vec![
                Some(Column::Integer(drawn.iter().map(|d| pick(0, d.0)).collect())),
                Some(Column::Integer(drawn.iter().map(|d| pick(1, d.1)).collect())),
                Some(Column::Integer(drawn.iter().map(|d| pick(2, d.2)).collect())),
            ];
            order.apply(&mut columns);
            for row in 0..drawn.len() {
                let value = |k: usize| columns[k].as_ref().unwrap().number(row).unwrap();
                prop_assert!(value(1) - value(0) >= 5.0 * gap as f64 && value(2) - value(1) >= 5.0 * gap as f64);
                for k in 0..3 {
                    let room = room(k as u32).unwrap();
                    prop_assert!(room.holds(value(k)) && (value(k) - room.low) % room.step == 0.0);
                }
            }
        }
    }
}
