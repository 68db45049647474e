//! The states of an ordered column: heavy values alone, all others in bins of about equal mass.

use super::bin::{Bin, OWN_MASS_ROWS, Spans};
use super::grid::Grid;
use plenish_learn::bins;
use plenish_table::{Column, ColumnSchema, ColumnType, Comparison, Test, Value};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ordered {
    grid: Grid,
    /// Between the bins: a value's bin is the number of cuts below it.
    cuts: Vec<f64>,
    bins: Vec<Bin>,
}

impl Ordered {
    /// Learns at most `most` states from a column with at least one value.
    pub(crate) fn fit(column: &Column, schema: &ColumnSchema, most: usize) -> Self {
        let decimals = if schema.kind == ColumnType::Real {
            schema.decimals
        } else {
            Some(0)
        };
        let values = bins::distinct(&column.numbers());
        let grid = Grid::of(values.iter().map(|v| v.0), decimals);
        let ends = if values.len() <= most {
            own_or_joined(&values)
        } else {
            bins::equal_mass(&values, most)
        };
        let cuts: Vec<f64> = ends[..ends.len() - 1]
            .iter()
            .map(|&end| {
                let (low, high) = (values[end - 1].0, values[end].0);
                let middle = low + (high - low) / 2.0;
                if middle >= high { low } else { middle }
            })
            .collect();
        let described = ends
            .iter()
            .enumerate()
            .map(|(i, &end)| {
                let start = if i == 0 { 0 } else { ends[i - 1] };
                let floor = if i == 0 { f64::NEG_INFINITY } else { cuts[i - 1] };
                let ceiling = cuts.get(i).copied().unwrap_or(f64::INFINITY);
                Bin::of(
                    &values[start..end],
                    floor,
                    ceiling,
                    grid,
                    start == 0,
                    end == values.len(),
                )
            })
            .collect();
        Self {
            grid,
            cuts,
            bins: described,
        }
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
            return bin.value(u, self.grid);
        }
        bin.value_within(u, &self.spans(tests), self.grid, passes(tests, kind))
    }

    /// Whether sizes fit together.
    pub(crate) fn is_sound(&self) -> bool {
        self.bins.len() == self.cuts.len() + 1 && self.bins.iter().all(Bin::is_sound)
    }

    /// How much of each bin's mass passes all `tests`.
    pub(crate) fn shares(&self, tests: &[&Test], kind: ColumnType) -> Vec<f64> {
        let spans = self.spans(tests);
        self.bins
            .iter()
            .map(|bin| bin.share(&spans, self.grid, passes(tests, kind)))
            .collect()
    }

    /// The stretches of the number line that land, after snapping to the grid, on values that pass
    /// all `tests`. They decide for sloped parts of bins; single values are asked one by one.
    fn spans(&self, tests: &[&Test]) -> Spans {
        let (grid, step) = (self.grid, self.grid.spacing());
        let half = step / 2.0;
        let mut spans: Spans = vec![(f64::NEG_INFINITY, f64::INFINITY)];
        for test in tests {
            let all = (f64::NEG_INFINITY, f64::INFINITY);
            // A value off the grid is equal to nothing.
            let at = |v: &Value| number(v).filter(|&v| grid.snap(v) == v).map(|v| (v - half, v + half));
            let accepted: Spans = match test {
                Test::Missing => Vec::new(),
                Test::Present => vec![all],
                Test::In(values) => merged(values.iter().filter_map(at).collect()),
                Test::NotIn(values) => outside(&values.iter().filter_map(at).collect::<Vec<_>>()),
                Test::Compare(how, value) => {
                    let Some(v) = number(value) else { return Vec::new() };
                    let near = grid.snap(v);
                    // The edge lies half a step before the first, or after the last, point that passes.
                    let from = |first: f64| vec![(first - half, f64::INFINITY)];
                    let to = |last: f64| vec![(f64::NEG_INFINITY, last + half)];
                    match how {
                        Comparison::Equal => at(value).into_iter().collect(),
                        Comparison::NotEqual => outside(&at(value).into_iter().collect::<Vec<_>>()),
                        Comparison::Less => to(if near < v { near } else { near - step }),
                        Comparison::LessOrEqual => to(if near <= v { near } else { near - step }),
                        Comparison::Greater => from(if near > v { near } else { near + step }),
                        Comparison::GreaterOrEqual => from(if near >= v { near } else { near + step }),
                    }
                }
            };
            spans = intersect(&spans, &accepted);
        }
        spans
    }
}

/// Whether a number passes all `tests`.
fn passes<'a>(tests: &'a [&'a Test], kind: ColumnType) -> impl Fn(f64) -> bool + 'a {
    move |value| {
        let cell = cell(value, kind);
        tests.iter().all(|test| test.accepts(&cell))
    }
}

/// The same stretches in rising order, without overlaps.
fn merged(mut spans: Spans) -> Spans {
    spans.sort_unstable_by(|x, y| x.0.total_cmp(&y.0));
    let mut out: Spans = Vec::new();
    for (low, high) in spans {
        match out.last_mut() {
            Some(last) if low <= last.1 => last.1 = last.1.max(high),
            _ => out.push((low, high)),
        }
    }
    out
}

fn intersect(a: &[(f64, f64)], b: &[(f64, f64)]) -> Spans {
    let mut out: Spans = Vec::new();
    for &(al, ah) in a {
        for &(bl, bh) in b {
            let (low, high) = (al.max(bl), ah.min(bh));
            if low <= high {
                out.push((low, high));
            }
        }
    }
    out.sort_unstable_by(|x, y| x.0.total_cmp(&y.0));
    out
}

fn outside(spans: &[(f64, f64)]) -> Spans {
    let mut sorted = spans.to_vec();
    sorted.sort_unstable_by(|x, y| x.0.total_cmp(&y.0));
    let mut out = Vec::new();
    let mut from = f64::NEG_INFINITY;
    for (low, high) in sorted {
        if low > from {
            out.push((from, low));
        }
        from = from.max(high);
    }
    out.push((from, f64::INFINITY));
    out
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(v) | Value::Timestamp(v) => Some(*v as f64),
        Value::Real(v) => Some(*v),
        Value::Date(v) => Some(f64::from(*v)),
        Value::Boolean(v) => Some(f64::from(u8::from(*v))),
        Value::Missing | Value::Text(_) => None,
    }
}

fn cell(value: f64, kind: ColumnType) -> Value {
    match kind {
        ColumnType::Real => Value::Real(value),
        ColumnType::Date => Value::Date(value as i32),
        ColumnType::Timestamp => Value::Timestamp(value as i64),
        _ => Value::Integer(value as i64),
    }
}

/// Every value frequent enough stands alone; runs of rarer neighbours are joined until a run holds
/// enough rows.
fn own_or_joined(values: &[(f64, u32)]) -> Vec<usize> {
    let mut ends: Vec<usize> = Vec::new();
    let mut run = 0;
    for (index, &(_, count)) in values.iter().enumerate() {
        if count >= OWN_MASS_ROWS {
            if run > 0 {
                ends.push(index);
            }
            ends.push(index + 1);
            run = 0;
        } else {
            run += count;
            if run >= 2 * OWN_MASS_ROWS {
                ends.push(index + 1);
                run = 0;
            }
        }
    }
    if run > 0 {
        ends.push(values.len());
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    use proptest::prelude::*;

    fn fit(numbers: &[i64], most: usize) -> Ordered {
        Ordered::fit(
            &Column::Integer(numbers.to_vec()),
            &ColumnSchema::new("n", ColumnType::Integer),
            most,
        )
    }

    proptest! {
        /// Whatever is drawn in a state is a value of that state, inside the column's range.
        #[test]
        fn decoding_stays_in_the_state(numbers in proptest::collection::vec(-50_i64..5000, 1..400), most in 2_usize..40, bits: u64) {
            let ordered = fit(&numbers, most);
            let (low, high) = (*numbers.iter().min().unwrap() as f64, *numbers.iter().max().unwrap() as f64);
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
            let ordered = Ordered::fit(&column, &schema, 8);
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
