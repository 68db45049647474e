//! Residual coding: the states of a column that is close to a prediction from the columns before it.
//!
//! A state is "missing", a value with a mass of its own (nothing owed, say), or a stretch of the
//! difference between value and prediction. Where a relation is tight, such a state is far narrower
//! than any stretch of the values themselves, and where it is exact (the same as the month before) the
//! difference is a single value.

use super::grid::Grid;
use super::ordered::Ordered;
use super::own_mass::standing_out;
use super::spans::passes;
use super::{Codec, Kind};
use plenish_learn::bins;
use plenish_table::{Column, ColumnType, Test};
use serde::{Deserialize, Serialize};

/// Values with a mass of their own, at most.
const MOST_HEAVY: usize = 8;
/// The share of rows that makes a value worth a state beside the differences, in thousandths.
const HEAVY_SHARE: usize = 10;

/// How values are put on the scale on which they are predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Scale {
    /// As they are.
    Linear,
    /// Their logarithms; only positive values have one.
    Logarithm,
    /// Not at all: the column's own states, beside one for what equals its prediction.
    Own,
}

impl Scale {
    /// A value on the scale of predictions.
    pub(crate) fn of(self, value: f64) -> f64 {
        match self {
            Self::Linear | Self::Own => value,
            Self::Logarithm => libm::log(value.max(f64::MIN_POSITIVE)),
        }
    }

    /// How far a value is from its prediction.
    pub(crate) fn difference(self, value: f64, prediction: f64) -> f64 {
        match self {
            Self::Own => value,
            _ => self.of(value) - prediction,
        }
    }

    /// The value that far from a prediction.
    fn value(self, difference: f64, prediction: f64) -> f64 {
        match self {
            Self::Linear => prediction + difference,
            Self::Logarithm => libm::exp(prediction + difference),
            Self::Own => difference,
        }
    }
}

/// The states of a column relative to a prediction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Residual {
    scale: Scale,
    missing: bool,
    /// Values with a state of their own, in rising order.
    heavy: Vec<f64>,
    /// Whether there is a state for values equal to their prediction.
    exact: bool,
    /// The states of the differences.
    rest: Ordered,
    counts: Vec<u32>,
}

/// One row's question to a residual codec: what its column is without a prediction, and the prediction.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) codec: &'a Codec,
    pub(crate) prediction: f64,
    pub(crate) tests: &'a [&'a Test],
    /// From and to which value, both included.
    pub(crate) room: (f64, f64),
    pub(crate) kind: ColumnType,
}

/// Values of `column` that deserve a state of their own beside differences from a prediction.
pub(crate) fn heavy_values(numbers: &[f64]) -> Vec<f64> {
    let values = bins::distinct(numbers);
    let rows: usize = values.iter().map(|v| v.1 as usize).sum();
    let own = standing_out(&values, Grid::Free);
    let mut heavy: Vec<(f64, u32)> = values
        .iter()
        .zip(own)
        .filter(|(v, own)| *own > 0 && v.1 as usize * 1000 >= rows * HEAVY_SHARE)
        .map(|(v, _)| *v)
        .collect();
    heavy.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.total_cmp(&b.0)));
    heavy.truncate(MOST_HEAVY);
    let mut heavy: Vec<f64> = heavy.into_iter().map(|v| v.0).collect();
    heavy.sort_unstable_by(f64::total_cmp);
    heavy
}

impl Residual {
    /// Learns at most `most` states of the differences between `numbers` (NaN where missing) and
    /// `predictions`. Returns each row's state beside it. `None` if no differences are left.
    pub(crate) fn fit(numbers: &[f64], predictions: &[f64], scale: Scale, most: usize) -> Option<(Self, Vec<u16>)> {
        let exact = scale == Scale::Own;
        let heavy = heavy_values(numbers);
        let is_heavy = |v: f64| heavy.binary_search_by(|h| h.total_cmp(&v)).is_ok();
        let differences: Vec<f64> = numbers
            .iter()
            .zip(predictions)
            .filter(|(v, p)| !(v.is_nan() || is_heavy(**v + 0.0) || exact && is_equal(**v, **p)))
            .map(|(v, p)| scale.difference(*v, *p))
            .collect();
        let values = bins::distinct(&differences);
        if values.len() < 4 {
            return None;
        }
        // The column's own values lie on its own grid; differences from a real number do not.
        let decimals = (0..=9_u8).filter(|_| exact).find(|&d| {
            let unit = 10_f64.powi(i32::from(d));
            let near = |v: f64| (v * unit - (v * unit).round()).abs() < 1e-6 * unit.max(1.0);
            values.iter().all(|v| near(v.0))
        });
        let grid = Grid::of(values.iter().map(|v| v.0), decimals);
        let mut codec = Self {
            scale,
            missing: numbers.iter().any(|v| v.is_nan()),
            heavy,
            exact,
            rest: Ordered::of(&values, grid, most),
            counts: Vec::new(),
        };
        let states: Vec<u16> = numbers
            .iter()
            .zip(predictions)
            .map(|(&v, &p)| codec.state((!v.is_nan()).then_some(v), p))
            .collect();
        codec.counts = vec![0; codec.states()];
        for &state in &states {
            codec.counts[usize::from(state)] += 1;
        }
        Some((codec, states))
    }

    /// States that stand alone, before the differences: missing, the heavy values, and what equals its
    /// prediction.
    pub(crate) fn alone(&self) -> usize {
        usize::from(self.missing) + self.heavy.len() + usize::from(self.exact)
    }

    /// Number of states.
    pub(crate) fn states(&self) -> usize {
        self.alone() + self.rest.states()
    }

    /// Training rows in each state.
    pub(crate) fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// The rows expected in each state, less what is chance in the counts.
    pub(crate) fn expected(&self) -> Vec<f32> {
        let alone = self.counts[..self.alone()].iter().map(|&c| c as f32);
        alone.chain(self.rest.expected().iter().copied()).collect()
    }

    /// The state of a value.
    pub(crate) fn state(&self, value: Option<f64>, prediction: f64) -> u16 {
        let Some(value) = value else { return 0 };
        let first = usize::from(self.missing);
        match self.heavy.binary_search_by(|h| h.total_cmp(&(value + 0.0))) {
            Ok(index) => (first + index) as u16,
            Err(_) if self.exact && is_equal(value, prediction) => self.alone() as u16 - 1,
            Err(_) => self.alone() as u16 + self.rest.state(self.scale.difference(value, prediction)),
        }
    }

    /// The share of every state that a row leaves open.
    pub(crate) fn shares(&self, row: &Row) -> Vec<f64> {
        (0..self.states() as u16).map(|state| self.share(state, row)).collect()
    }

    fn share(&self, state: u16, row: &Row) -> f64 {
        let state = usize::from(state);
        if self.missing && state == 0 {
            return f64::from(u8::from(row.tests.iter().all(|t| **t == Test::Missing)));
        }
        if state < self.alone() {
            return f64::from(u8::from(accepts(row, self.single(state, row))));
        }
        let (bin, line) = self.rest.bin((state - self.alone()) as u16);
        bin.share(&self.spans(row), line, |difference| {
            accepts(row, self.value_of(row, difference))
        })
    }

    /// The one value of a state that stands alone.
    fn single(&self, state: usize, row: &Row) -> f64 {
        match self.heavy.get(state - usize::from(self.missing)) {
            Some(&value) => value,
            None => row.codec.snapped(row.prediction),
        }
    }

    /// The value drawn in a state by 64 random bits; `None` for missing.
    pub(crate) fn value(&self, state: u16, bits: u64, row: &Row) -> Option<f64> {
        let state = usize::from(state);
        if self.missing && state == 0 {
            return None;
        }
        if state < self.alone() {
            return Some(self.single(state, row));
        }
        let u = (bits >> 11) as f64 * (1.0 / (1_u64 << 53) as f64);
        let (bin, line) = self.rest.bin((state - self.alone()) as u16);
        let mut row = *row;
        if row.tests.is_empty() && row.room == EVERYWHERE {
            let value = self.scale.value(bin.value(u, line), row.prediction);
            match row.codec.range() {
                // What lies beyond the column's range is drawn again from the part of the state inside.
                Some((low, high)) if value < low || value > high => row.room = (low, high),
                _ => return Some(row.codec.snapped(value)),
            }
        }
        let row = &row;
        let accepted = |difference: f64| accepts(row, self.value_of(row, difference));
        let drawn = self.value_of(row, bin.value_within(u, &self.spans(row), line, accepted));
        // Rounding may carry a value over the edge of what is open by a step.
        let step = row.codec.spacing();
        [0.0, step, -step, 2.0 * step, -2.0 * step]
            .into_iter()
            .map(|shift| row.codec.snapped(drawn + shift))
            .find(|&value| accepts(row, value))
            .or(Some(drawn))
    }

    /// The probability of a value's place within its state, of the width of a value.
    pub(crate) fn inside(&self, value: Option<f64>, state: u16, row: &Row) -> f64 {
        let (Some(value), true) = (value, usize::from(state) >= self.alone()) else {
            return 1.0;
        };
        let (bin, line) = self.rest.bin(state - self.alone() as u16);
        let half = row.codec.width() / 2.0;
        let low = self.scale.difference(value - half, row.prediction);
        let high = self.scale.difference(value + half, row.prediction);
        bin.share(&[(low, high)], line, |difference| {
            difference >= low && difference <= high
        })
    }

    /// What later columns see of a state: the difference, in at most `most` codes in its order, with 0 for
    /// missing and heavy values; or only whether the value equals its prediction, where that is all
    /// that the states tell of the difference.
    pub(crate) fn code(&self, state: u16, most: usize) -> u8 {
        let state = usize::from(state);
        if self.exact {
            return u8::from(state + 1 == self.alone());
        }
        let Some(index) = state.checked_sub(self.alone()) else {
            return 0;
        };
        let states = self.rest.states();
        (1 + index * states.min(most) / states) as u8
    }

    /// How many codes there are.
    pub(crate) fn codes(&self, most: usize) -> u16 {
        if self.exact {
            2
        } else {
            1 + self.rest.states().min(most) as u16
        }
    }

    /// Whether sizes fit together: for models read from files.
    pub(crate) fn is_sound(&self) -> bool {
        self.rest.is_sound()
            && self.counts.len() == self.states()
            && u16::try_from(self.states()).is_ok()
            && self.heavy.is_sorted_by(|a, b| a < b)
    }

    fn value_of(&self, row: &Row, difference: f64) -> f64 {
        row.codec.snapped(self.scale.value(difference, row.prediction))
    }

    /// The stretches of differences that lead to values the row leaves open.
    fn spans(&self, row: &Row) -> Vec<(f64, f64)> {
        let to = |edge: f64| match self.scale {
            Scale::Logarithm if edge <= 0.0 => f64::NEG_INFINITY,
            _ if edge.is_infinite() => edge,
            scale => scale.difference(edge, row.prediction),
        };
        row.codec
            .spans(row.tests, row.room)
            .into_iter()
            .map(|(low, high)| (to(low), to(high)))
            .collect()
    }
}

/// Whether a value is its prediction, but for rounding.
pub(crate) fn is_equal(value: f64, prediction: f64) -> bool {
    (value - prediction).abs() <= 1e-9 * value.abs().max(1e-3)
}

/// Every value is open.
pub(crate) const EVERYWHERE: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

fn accepts(row: &Row, value: f64) -> bool {
    value >= row.room.0 && value <= row.room.1 && passes(row.tests, row.kind)(value)
}

impl Codec {
    /// The nearest value that the column yields.
    fn snapped(&self, value: f64) -> f64 {
        match &self.kind {
            Kind::Ordered(ordered) => ordered.snapped(value),
            _ => value,
        }
    }

    fn spacing(&self) -> f64 {
        match &self.kind {
            Kind::Ordered(ordered) => ordered.bin(0).1.grid.spacing(),
            _ => 0.0,
        }
    }

    fn width(&self) -> f64 {
        match &self.kind {
            Kind::Ordered(ordered) => ordered.width(),
            _ => 1.0,
        }
    }

    fn spans(&self, tests: &[&Test], room: (f64, f64)) -> Vec<(f64, f64)> {
        match &self.kind {
            Kind::Ordered(ordered) => ordered.room_spans(tests, room),
            _ => Vec::new(),
        }
    }

    /// The cells that `numbers` are, in the type of the column.
    pub(crate) fn column_of(numbers: impl Iterator<Item = Option<f64>>, kind: ColumnType) -> Column {
        super::numbers_as(numbers, kind, 0)
    }

    /// The mean log-probability of the values of `numbers` within their `states`, at the width of a
    /// value: what is left of a row's likelihood after its states'.
    pub(crate) fn mean_log_inside(&self, numbers: &[f64], states: &[u16], rows: &[u32]) -> f64 {
        let Kind::Ordered(ordered) = &self.kind else { return 0.0 };
        mean_log(rows, |row| {
            let value = numbers[row];
            if value.is_nan() {
                1.0
            } else {
                ordered.mass_at(states[row] - u16::from(self.missing), value)
            }
        })
    }
}

impl Residual {
    /// [`Codec::mean_log_inside`] for residual coding.
    pub(crate) fn mean_log_inside(
        &self,
        codec: &Codec,
        numbers: &[f64],
        predictions: &[f64],
        states: &[u16],
        rows: &[u32],
    ) -> f64 {
        mean_log(rows, |row| {
            let question = Row {
                codec,
                prediction: predictions[row],
                tests: &[],
                room: EVERYWHERE,
                kind: ColumnType::Real,
            };
            let value = numbers[row];
            self.inside((!value.is_nan()).then_some(value), states[row], &question)
        })
    }
}

/// Less than this no value is told to be: what no state can yield is judged once, not for ever.
const LEAST_INSIDE: f64 = 1e-6;

fn mean_log(rows: &[u32], probability: impl Fn(usize) -> f64) -> f64 {
    let sum: f64 = rows
        .iter()
        .map(|&row| libm::log(probability(row as usize).max(LEAST_INSIDE)))
        .sum();
    sum / rows.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_table::{ColumnSchema, Comparison, Value};
    use proptest::prelude::*;

    proptest! {
        /// What is drawn in a state, under a test that leaves some of it, passes the test; and coding
        /// what was drawn freely gives the state back, but for values rounded to the column's grid.
        #[test]
        fn draws_pass_their_tests(
            rows in proptest::collection::vec((0_i32..400, -20_i32..20), 60..200),
            limit in 0_i32..400,
            bits: u64,
        ) {
            let numbers: Vec<f64> = rows.iter().map(|r| f64::from(r.0 + r.1)).collect();
            let predictions: Vec<f64> = rows.iter().map(|r| f64::from(r.0)).collect();
            let column = Column::Integer(numbers.iter().map(|v| *v as i64).collect());
            let settings = super::super::CodecSettings { bins: 32, rare: 5 };
            let (codec, _) = Codec::fit(&column, &ColumnSchema::new("n", ColumnType::Integer), settings);
            let Some((residual, states)) = Residual::fit(&numbers, &predictions, Scale::Linear, 16) else {
                return Ok(());
            };
            let test = Test::Compare(Comparison::Less, Value::Integer(i64::from(limit)));
            let tests = [&test];
            for (row, &state) in states.iter().enumerate().take(40) {
                let free = Row { codec: &codec, prediction: predictions[row], tests: &[], room: EVERYWHERE, kind: ColumnType::Integer };
                let value = residual.value(state, bits, &free).unwrap();
                let (low, high) = codec.range().unwrap();
                prop_assert!(value >= low && value <= high && value.fract() == 0.0);
                let tested = Row { tests: &tests, ..free };
                if residual.shares(&tested)[usize::from(state)] > 1e-9 {
                    let value = residual.value(state, bits, &tested).unwrap();
                    prop_assert!(value < f64::from(limit), "{value} {limit}");
                }
            }
        }
    }
}
