//! The states of an ordered column: heavy values alone, all others in bins of about equal mass.

use super::bin::{Bin, PIECES, Spans, TAIL_PIECES};
use super::grid::Grid;
use super::line::Line;
use super::own_mass::{own_or_joined, own_rows};
use super::smooth::Smooth;
use super::spans::{cell, intersect, passes, spans, within};
use super::tail::{Limits, UNLIMITED};
use plenish_learn::bins;
use plenish_table::{Column, ColumnSchema, ColumnType, Test, Value};
use serde::{Deserialize, Serialize};

const WEEK_OF_DAYS: f64 = 7.0;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ordered {
    line: Line,
    /// Between the bins: a value's bin is the number of cuts below it.
    cuts: Vec<f64>,
    bins: Vec<Bin>,
    /// Rows that each bin would hold of as many as were learned from, were the values not clumped by
    /// chance.
    expected: Vec<f32>,
}

impl Ordered {
    /// Learns at most `most` states from a column with at least one value. Its tails go on as far as
    /// `limits`, where they are further out than what was seen.
    pub(crate) fn fit(column: &Column, schema: &ColumnSchema, limits: Limits, most: usize) -> Self {
        let decimals = if schema.kind == ColumnType::Real {
            schema.decimals
        } else {
            Some(0)
        };
        let values = bins::distinct(&column.numbers());
        let grid = Grid::of(values.iter().map(|v| v.0), decimals);
        let line = match schema.kind {
            ColumnType::Timestamp => Line::of_times(&values, grid, WEEK_OF_DAYS * 86_400e6),
            ColumnType::Date => Line::of_times(&values, grid, WEEK_OF_DAYS),
            _ => Line::plain(grid),
        };
        Self::within(&values, line, limits, most)
    }

    /// At most `most` states of distinct `values` with their counts, in rising order, at least one.
    pub(crate) fn of(values: &[(f64, u32)], grid: Grid, most: usize) -> Self {
        Self::within(values, Line::plain(grid), UNLIMITED, most)
    }

    fn within(values: &[(f64, u32)], line: Line, limits: Limits, most: usize) -> Self {
        let grid = line.grid;
        let ends = if values.len() <= most {
            own_or_joined(values)
        } else {
            bins::equal_mass(values, most)
        };
        let cuts: Vec<f64> = ends[..ends.len() - 1]
            .iter()
            .map(|&end| grid.cut(values[end - 1].0, values[end].0))
            .collect();
        let own = own_rows(values, &ends, &line);
        let light: Vec<(f64, u32)> = values
            .iter()
            .zip(&own)
            .filter(|(v, own)| v.1 > **own)
            .map(|(v, own)| (v.0, v.1 - own))
            .collect();
        let light_rows: f64 = light.iter().map(|v| f64::from(v.1)).sum();
        let smooth = Smooth::fit(&light, &line, limits);
        let half = grid.spacing() / 2.0;
        // What was seen is never out of bounds. The bound below is a value that may be made.
        let lowest = limits.0.min(values[0].0).next_down();
        let highest = limits.1.max(values[values.len() - 1].0);
        let mut bins = Vec::with_capacity(ends.len());
        // For each bin the rows of its own values, and its share of all others.
        let mut rows = Vec::with_capacity(ends.len());
        for (i, &end) in ends.iter().enumerate() {
            let start = if i == 0 { 0 } else { ends[i - 1] };
            let floor = if i == 0 { f64::NEG_INFINITY } else { cuts[i - 1] };
            let ceiling = cuts.get(i).copied().unwrap_or(f64::INFINITY);
            let (members, own) = (&values[start..end], &own[start..end]);
            let alone: f64 = own.iter().map(|&o| f64::from(o)).sum();
            let others = members.iter().map(|m| f64::from(m.1)).sum::<f64>() - alone;
            let spread = match &smooth {
                Some(smooth) if others > 0.0 => {
                    smooth.share_below(line.to(ceiling)) - smooth.share_below(line.to(floor))
                }
                _ => others,
            };
            rows.push((alone, spread));
            let edges = (floor.max(lowest), ceiling.min(highest));
            let shape = smooth.as_ref().map(|smooth| {
                let (low, high) = smooth.range();
                let (first, last) = (line.to(values[0].0 - half), line.to(values[values.len() - 1].0 + half));
                let has_tail = i == 0 && low < first || i + 1 == ends.len() && high > last;
                (smooth, if has_tail { TAIL_PIECES } else { PIECES })
            });
            bins.push(Bin::of(members, own, edges, &line, shape));
        }
        // The smooth distribution knows nothing of bins that hold none of these rows: their part of it is
        // shared out among the others.
        let all: f64 = rows.iter().map(|r| r.1).sum();
        let scale = if all > 0.0 { light_rows / all } else { 0.0 };
        let expected = rows
            .iter()
            .map(|(alone, spread)| (alone + spread * scale) as f32)
            .collect();
        Self {
            line,
            cuts,
            bins,
            expected,
        }
    }

    /// The bin of a state, and the line of its values.
    pub(crate) fn bin(&self, state: u16) -> (&Bin, &Line) {
        (&self.bins[usize::from(state)], &self.line)
    }

    /// The expected rows in each state.
    pub(crate) fn expected(&self) -> &[f32] {
        &self.expected
    }

    pub(crate) fn states(&self) -> usize {
        self.bins.len()
    }

    pub(crate) fn state(&self, value: f64) -> u16 {
        self.cuts.partition_point(|cut| *cut < value) as u16
    }

    /// The value for `state`; 64 random bits choose the place in it, among those that pass `tests`.
    pub(crate) fn value(&self, state: u16, bits: u64, tests: &[&Test], kind: ColumnType) -> f64 {
        let u = (bits >> 11) as f64 * (1.0 / (1_u64 << 53) as f64);
        let bin = &self.bins[usize::from(state)];
        if tests.is_empty() {
            return bin.value(u, &self.line);
        }
        bin.value_within(u, &spans(self.line.grid, tests), &self.line, passes(tests, kind))
    }

    /// [`Ordered::value`] from `room.0` to `room.1`, both included, as well.
    pub(crate) fn value_within(
        &self,
        state: u16,
        bits: u64,
        tests: &[&Test],
        room: (f64, f64),
        kind: ColumnType,
    ) -> f64 {
        let u = (bits >> 11) as f64 * (1.0 / (1_u64 << 53) as f64);
        let accepts = within(room, passes(tests, kind));
        self.bins[usize::from(state)].value_within(u, &self.room_spans(tests, room), &self.line, accepts)
    }

    /// How much of a state's mass passes `tests` and lies from `room.0` to `room.1`, both included.
    pub(crate) fn share_within(&self, state: u16, tests: &[&Test], room: (f64, f64), kind: ColumnType) -> f64 {
        let bin = &self.bins[usize::from(state)];
        if tests.is_empty() && room.0 <= bin.low && room.1 >= bin.high {
            return 1.0;
        }
        bin.share(
            &self.room_spans(tests, room),
            &self.line,
            within(room, passes(tests, kind)),
        )
    }

    pub(crate) fn room_spans(&self, tests: &[&Test], room: (f64, f64)) -> Spans {
        let (grid, step) = (self.line.grid, self.line.grid.spacing());
        let (near_low, near_high) = (grid.snap(room.0), grid.snap(room.1));
        let low = if near_low >= room.0 { near_low } else { near_low + step };
        let high = if near_high <= room.1 {
            near_high
        } else {
            near_high - step
        };
        if low > high {
            return Vec::new();
        }
        intersect(&spans(self.line.grid, tests), &[(low - step / 2.0, high + step / 2.0)])
    }

    /// The value nearest to `value` that the column yields.
    pub(crate) fn snapped(&self, value: f64) -> f64 {
        let (low, high) = self.range();
        self.line.grid.snap(value.clamp(low, high)).clamp(low, high)
    }

    /// The smallest and the largest value of all states.
    pub(crate) fn range(&self) -> (f64, f64) {
        (self.bins[0].low, self.bins[self.bins.len() - 1].high)
    }

    /// The smallest and the largest value that pass `tests`.
    pub(crate) fn range_under(&self, tests: &[&Test], kind: ColumnType) -> Option<(f64, f64)> {
        let spans = spans(self.line.grid, tests);
        let ends = |bin: &Bin| bin.ends(&spans, &self.line, passes(tests, kind));
        let low = self.bins.iter().find_map(ends)?.0;
        let high = self.bins.iter().rev().find_map(ends)?.1;
        Some((low, high))
    }

    /// All values in rising order, if every state is one.
    pub(crate) fn values(&self, kind: ColumnType) -> Option<Vec<Value>> {
        self.bins.iter().map(|bin| Some(cell(bin.single()?, kind))).collect()
    }

    /// The width of a value: a step of the grid, or a 65,536th of the range.
    pub(crate) fn width(&self) -> f64 {
        let (low, high) = self.range();
        match self.line.grid.spacing() {
            step if step > 0.0 => step,
            _ => (high / 65_536.0 - low / 65_536.0).max(f64::MIN_POSITIVE),
        }
    }

    /// How many values of that width the range has.
    pub(crate) fn places(&self) -> f64 {
        let (low, high) = self.range();
        let width = self.width();
        (high / width - low / width + 1.0).clamp(1.0, 1e18)
    }

    /// The mass that a state gives a value of that width.
    pub(crate) fn mass_at(&self, state: u16, value: f64) -> f64 {
        let half = self.width() / 2.0;
        let (low, high) = (value - half, value + half);
        self.bins[usize::from(state)].share(&[(low, high)], &self.line, |v| {
            // A point of a grid is its own; half-way to the next is not.
            if self.line.grid.spacing() > 0.0 {
                v == value
            } else {
                (low..=high).contains(&v)
            }
        })
    }

    /// Whether sizes fit together.
    pub(crate) fn is_sound(&self) -> bool {
        self.line.is_sound()
            && self.bins.len() == self.cuts.len() + 1
            && self.expected.len() == self.bins.len()
            && self.expected.iter().all(|m| m.is_finite() && *m >= 0.0)
            && self.bins.iter().all(Bin::is_sound)
    }

    /// How much of each bin's mass passes all `tests`.
    pub(crate) fn shares(&self, tests: &[&Test], kind: ColumnType) -> Vec<f64> {
        let spans = spans(self.line.grid, tests);
        self.bins
            .iter()
            .map(|bin| bin.share(&spans, &self.line, passes(tests, kind)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_table::Comparison;
    use plenish_table::Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    use proptest::prelude::*;

    fn fit(numbers: &[i64], most: usize) -> Ordered {
        Ordered::fit(
            &Column::Integer(numbers.to_vec()),
            &ColumnSchema::new("n", ColumnType::Integer),
            UNLIMITED,
            most,
        )
    }

    /// The most frequent of a few whole numbers are the top of a hill, not values that stand out, and the
    /// first is not the foot of one: each state has the rows that were seen in it, but for chance.
    #[test]
    fn states_of_one_value_keep_their_mass() {
        let counts = [
            67, 301, 617, 709, 745, 682, 494, 404, 261, 208, 152, 96, 83, 60, 33, 32, 18, 12,
        ];
        for top in [0, 2] {
            // From its foot on, or cut off on the left.
            let numbers: Vec<i64> = (top..counts.len())
                .flat_map(|value| vec![value as i64; counts[value]])
                .collect();
            let ordered = fit(&numbers, 256);
            assert_eq!(ordered.states(), counts.len() - top);
            for (seen, expected) in counts[top..].iter().zip(ordered.expected()) {
                let off = (*seen as f32 - expected).abs();
                assert!(off < 3.0 * (*seen as f32).sqrt() + 5.0, "{seen} {expected}");
            }
        }
    }

    /// Beside a value that stands out, its neighbours keep their mass as well.
    #[test]
    fn neighbours_of_heavy_values_keep_their_mass() {
        let numbers: Vec<i64> = (0..60).flat_map(|v| vec![v; if v == 40 { 3000 } else { 50 }]).collect();
        let ordered = fit(&numbers, 256);
        for (value, expected) in ordered.expected().iter().enumerate() {
            let seen = if value == 40 { 3000.0 } else { 50.0 };
            assert!((expected - seen).abs() < 0.1 * seen, "{value}: {expected}");
        }
    }

    /// Real numbers that come again and again are a list, however many decimals they have.
    #[test]
    fn values_that_repeat_are_made_as_they_are() {
        let listed: Vec<f64> = (0..300).map(|i| (f64::from(i) * 0.618_033_988).fract().exp()).collect();
        let numbers: Vec<f64> = (0..6000).map(|i| listed[i * 7 % 300]).collect();
        let schema = ColumnSchema::new("x", ColumnType::Real);
        let ordered = Ordered::fit(&Column::Real(numbers), &schema, UNLIMITED, 64);
        for state in 0..ordered.states() as u16 {
            for bits in (0..8).map(|i: u64| i << 61 | 1 << 60) {
                let value = ordered.value(state, bits, &[], ColumnType::Real);
                assert!(listed.contains(&value), "{value}");
            }
        }
    }

    /// With 1,000 rows of a bell (a logistic distribution) and bounds further out, a few of 100,000 values lie
    /// beyond what was seen, on both sides, and none out of bounds; without them, none does.
    #[test]
    fn tails_go_on_as_far_as_the_schema_allows() {
        let share = |i: i32| (f64::from(i) + 0.5) / 1000.0;
        let numbers: Vec<i64> = (0..1000)
            .map(|i| 100 + (15.0 * (share(i) / (1.0 - share(i))).ln()) as i64)
            .collect();
        let (low, high) = (
            *numbers.iter().min().unwrap() as f64,
            *numbers.iter().max().unwrap() as f64,
        );
        let column = Column::Integer(numbers);
        let schema = ColumnSchema::new("n", ColumnType::Integer);
        let values = |limits: Limits| -> Vec<f64> {
            let ordered = Ordered::fit(&column, &schema, limits, 20);
            let states = ordered.states() as u16;
            let draw = |i: u64| {
                ordered.value(
                    i as u16 % states,
                    i.wrapping_mul(0x9e37_79b9_7f4a_7c15),
                    &[],
                    schema.kind,
                )
            };
            (0..100_000).map(draw).collect()
        };
        assert!(values(UNLIMITED).iter().all(|v| (low..=high).contains(v)));
        let wide = (low - 6.0, high + 1000.0);
        let drawn = values(wide);
        assert!(drawn.iter().all(|v| (wide.0..=wide.1).contains(v)));
        let beyond = |passes: &dyn Fn(f64) -> bool| drawn.iter().filter(|v| passes(**v)).count();
        for count in [beyond(&|v| v < low), beyond(&|v| v > high)] {
            assert!((10..600).contains(&count), "{count}");
        }
        let largest = drawn.iter().copied().fold(0.0, f64::max);
        assert!(largest < high + 60.0, "an exponential tail does not reach {largest}");
        // Bounds that are what was seen are reached, and not crossed.
        let drawn = values((low, high));
        assert!(drawn.iter().all(|v| (low..=high).contains(v)) && drawn.contains(&high));
    }

    proptest! {
        /// No mass is lost or made up.
        #[test]
        fn expected_rows_add_up(numbers in proptest::collection::vec(-9_i64..90, 1..400), heavy in 0_usize..300, most in 2_usize..80) {
            let numbers = [numbers, vec![7; heavy]].concat();
            let ordered = fit(&numbers, most);
            let sum: f32 = ordered.expected().iter().sum();
            prop_assert!((sum - numbers.len() as f32).abs() < 0.01 * numbers.len() as f32, "{sum} of {}", numbers.len());
        }

        /// Whatever is drawn in a state is a value of that state, inside the column's range or
        /// the bounds of its schema.
        #[test]
        fn decoding_stays_in_the_state(
            numbers in proptest::collection::vec(-50_i64..5000, 1..400), most in 2_usize..40, bits: u64,
            room in proptest::option::of((0_u16..500, 0_u16..500)),
        ) {
            let seen = (*numbers.iter().min().unwrap() as f64, *numbers.iter().max().unwrap() as f64);
            let limits = room.map_or(UNLIMITED, |(below, above)| (seen.0 - f64::from(below), seen.1 + f64::from(above)));
            let column = Column::Integer(numbers.clone());
            let ordered = Ordered::fit(&column, &ColumnSchema::new("n", ColumnType::Integer), limits, most);
            let (low, high) = if room.is_some() { limits } else { seen };
            for state in 0..ordered.states() as u16 {
                let value = ordered.value(state, bits, &[], ColumnType::Integer);
                prop_assert!(value >= low && value <= high && value.fract() == 0.0, "{value}");
                prop_assert_eq!(ordered.state(value), state);
            }
        }

        /// A draw under a condition satisfies it wherever its share is not zero, and shares of a
        /// test and of its opposite add up to one.
        #[test]
        fn conditions_hold_inside_bins(numbers in proptest::collection::vec(0_i64..500, 1..400), limit in 0_i64..500, bits: u64) {
            let ordered = fit(&numbers, 16);
            let below = Test::Compare(Comparison::Less, Value::Integer(limit));
            let above = Test::Compare(Comparison::GreaterOrEqual, Value::Integer(limit));
            let (a, b) = (ordered.shares(&[&below], ColumnType::Integer), ordered.shares(&[&above], ColumnType::Integer));
            for state in 0..ordered.states() {
                prop_assert!((a[state] + b[state] - 1.0).abs() < 1e-9, "{} {}", a[state], b[state]);
                if a[state] > 0.0 {
                    prop_assert!(ordered.value(state as u16, bits, &[&below], ColumnType::Integer) < limit as f64);
                }
                if b[state] > 0.0 {
                    prop_assert!(ordered.value(state as u16, bits, &[&above], ColumnType::Integer) >= limit as f64);
                }
            }
        }

        /// Whatever the grid (none, whole steps), the kind of test and the value it names: what is
        /// drawn under tests passes them, and shares are shares.
        #[test]
        fn no_draw_breaks_its_tests(
            numbers in proptest::collection::vec((-6_i32..6, 0_usize..3), 5..200),
            decimals in proptest::option::of(0_u8..2),
            tests in proptest::collection::vec((0_usize..8, -14_i32..14), 1..3),
            bits: u64,
        ) {
            // Heavy values, values in between, and a step of five where there is a grid.
            let scale = if decimals.is_some() { 5.0 } else { 0.37 };
            let column = Column::Real(numbers.iter().map(|&(n, k)| f64::from(n) * scale * [1.0, 1.0, 3.0][k]).collect());
            let schema = ColumnSchema { decimals, ..ColumnSchema::new("x", ColumnType::Real) };
            let ordered = Ordered::fit(&column, &schema, UNLIMITED, 8);
            let tests: Vec<Test> = tests.into_iter().map(|(kind, v)| {
                let v = Value::Real(f64::from(v) * scale / 2.0);
                match kind {
                    6 => Test::In(vec![v.clone(), v]),
                    7 => Test::NotIn(vec![v]),
                    other => Test::Compare([Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual][other], v),
                }
            }).collect();
            let tests: Vec<&Test> = tests.iter().collect();
            for (state, share) in ordered.shares(&tests, ColumnType::Real).into_iter().enumerate() {
                prop_assert!((0.0..=1.0).contains(&share), "{share}");
                if share > 1e-9 {
                    let value = ordered.value(state as u16, bits, &tests, ColumnType::Real);
                    prop_assert!(tests.iter().all(|t| t.accepts(&Value::Real(value))), "{value} {tests:?}");
                }
            }
        }
    }
}
