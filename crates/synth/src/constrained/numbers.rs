//! Cells on the number scale: where a column's values lie, and how one is changed.

use plenish_table::{Column, ColumnSchema, ColumnType};
use serde::{Deserialize, Serialize};

/// Numbers above this are not all whole in 64 bits of floating point.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Rows that an extreme is shared by at least.
const SHARED: usize = 5;

/// The values a column of numbers may take: a range, and the grid in it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Room {
    /// Smallest value.
    pub(crate) low: f64,
    /// Largest value.
    pub(crate) high: f64,
    /// Distance of neighbouring values; 0 for none.
    pub(crate) step: f64,
    /// Digits after the decimal point, where those make the grid.
    decimals: Option<u8>,
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl Room {
    /// The room that the values of `column` take; none without a value, and where numbers of 64 bits
    /// could not tell them apart.
    pub(crate) fn of(column: &Column, schema: &ColumnSchema) -> Option<Self> {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in (0..column.len()).filter_map(|row| column.number(row)) {
            low = low.min(value);
            high = high.max(value);
        }
        if low > high || low.abs() > EXACT || high.abs() > EXACT {
            return None;
        }
        let (step, decimals) = match (schema.kind, schema.decimals) {
            (ColumnType::Real, Some(d)) if high.abs().max(low.abs()) * 10_f64.powi(i32::from(d)) < EXACT => {
                (10_f64.powi(-i32::from(d)), Some(d))
            }
            (ColumnType::Real, _) => (0.0, None),
            _ => {
                let step = (0..column.len())
                    .filter_map(|row| column.number(row))
                    .fold(0, |g, v| gcd((v - low) as u64, g));
                (step.max(1) as f64, None)
            }
        };
        Some(Self {
            low,
            high,
            step,
            decimals,
        })
    }

    /// The room that all but the few smallest and largest values of `column` take: what is made to fit
    /// into a range must not come to lie on somebody's own extreme.
    pub(crate) fn of_most(column: &Column, schema: &ColumnSchema) -> Option<Self> {
        let room = Self::of(column, schema)?;
        let mut numbers: Vec<f64> = column.numbers().into_iter().filter(|v| !v.is_nan()).collect();
        numbers.sort_by(f64::total_cmp);
        let kept = if numbers.len() < 10 * SHARED { 0 } else { SHARED - 1 };
        Some(Self {
            low: numbers[kept],
            high: numbers[numbers.len() - 1 - kept],
            ..room
        })
    }

    /// The smallest value in the room that is at least `x`, or above it if `strict`; the largest if none
    /// is.
    pub(crate) fn up(&self, x: f64, strict: bool) -> f64 {
        let enough = |v: f64| if strict { v > x } else { v >= x };
        if enough(self.low) || !enough(self.high) {
            return if enough(self.low) { self.low } else { self.high };
        }
        if self.step == 0.0 {
            return if strict { x.next_up() } else { x };
        }
        let mut place = self.place(x) - 1.0;
        while !enough(self.at(place)) {
            place += 1.0;
        }
        self.at(place)
    }

    /// The largest value in the room that is at most `x`, or below it if `strict`; the smallest if none
    /// is.
    pub(crate) fn down(&self, x: f64, strict: bool) -> f64 {
        let enough = |v: f64| if strict { v < x } else { v <= x };
        if enough(self.high) || !enough(self.low) {
            return if enough(self.high) { self.high } else { self.low };
        }
        if self.step == 0.0 {
            return if strict { x.next_down() } else { x };
        }
        let mut place = self.place(x) + 1.0;
        while !enough(self.at(place)) {
            place -= 1.0;
        }
        self.at(place)
    }

    /// The number of the grid's value next to `x`.
    fn place(&self, x: f64) -> f64 {
        match self.decimals {
            Some(d) => (x * 10_f64.powi(i32::from(d))).round(),
            None => ((x - self.low) / self.step).round(),
        }
    }

    fn at(&self, place: f64) -> f64 {
        match self.decimals {
            Some(d) => place / 10_f64.powi(i32::from(d)),
            None => self.low + place * self.step,
        }
    }

    /// `x`, or the nearer end of the range.
    pub(crate) fn clamp(&self, x: f64) -> f64 {
        x.max(self.low).min(self.high)
    }

    /// Whether `x` lies in the range.
    pub(crate) fn holds(&self, x: f64) -> bool {
        (self.low..=self.high).contains(&x)
    }

    /// Whether its bounds are numbers.
    pub(crate) fn is_sound(&self) -> bool {
        self.low <= self.high && self.low.abs() <= EXACT && self.high.abs() <= EXACT && self.step >= 0.0
    }
}

/// Puts a number into a cell.
pub(crate) fn set(column: &mut Column, row: usize, number: f64) {
    match column {
        Column::Integer(v) | Column::Timestamp(v) => v[row] = number as i64,
        Column::Real(v) => v[row] = number,
        Column::Date(v) => v[row] = number as i32,
        Column::Boolean(_) | Column::Text(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Neighbours on the grid lie on the right side, and no nearer one does.
        #[test]
        fn neighbours_are_the_nearest(decimals in proptest::option::of(0_u8..4), x in -1000.0_f64..1000.0, strict: bool) {
            let schema = ColumnSchema { decimals, ..ColumnSchema::new("x", ColumnType::Real) };
            let room = Room::of(&Column::Real(vec![-1000.0, 1000.0]), &schema).unwrap();
            let (up, down) = (room.up(x, strict), room.down(x, strict));
            prop_assert!(down <= x && x <= up && (!strict || (down < x && x < up)));
            prop_assert!(up - down <= 2.0 * room.step + 1e-9);
        }
    }

    #[test]
    fn whole_numbers_keep_their_step() {
        let column = Column::Integer(vec![100, 250, 400, i64::MIN]);
        let room = Room::of(&column, &ColumnSchema::new("x", ColumnType::Integer)).unwrap();
        assert_eq!((room.low, room.high, room.step), (100.0, 400.0, 150.0));
        assert_eq!(
            (room.up(101.0, false), room.up(250.0, true), room.down(399.0, false)),
            (250.0, 400.0, 250.0)
        );
        let huge = Column::Integer(vec![i64::MAX, 0]);
        assert_eq!(Room::of(&huge, &ColumnSchema::new("x", ColumnType::Integer)), None);
    }
}
