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
        bin.value_within(u, &self.spans(tests), self.grid, |value| {
            tests.iter().all(|t| t.accepts(&cell(value, kind)))
        })
    }

    /// Whether sizes fit together.
    pub(crate) fn is_sound(&self) -> bool {
        self.bins.len() == self.cuts.len() + 1 && self.bins.iter().all(Bin::is_sound)
    }

    /// How much of each bin's mass passes all `tests`.
    pub(crate) fn shares(&self, tests: &[&Test]) -> Vec<f64> {
        let spans = self.spans(tests);
        self.bins.iter().map(|bin| bin.share(&spans)).collect()
    }

    /// The stretches of the number line that land, after snapping to the grid, on values that pass
    /// all `tests`.
    fn spans(&self, tests: &[&Test]) -> Spans {
        let half = self.grid.spacing() / 2.0;
        let mut spans: Spans = vec![(f64::NEG_INFINITY, f64::INFINITY)];
        for test in tests {
            let all = (f64::NEG_INFINITY, f64::INFINITY);
            let at = |v: &Value| number(v).map(|v| (v - half, v + half));
            let accepted: Spans = match test {
                Test::Missing => Vec::new(),
                Test::Present => vec![all],
                Test::In(values) => values.iter().filter_map(at).collect(),
                Test::NotIn(values) => outside(&values.iter().filter_map(at).collect::<Vec<_>>()),
                Test::Compare(how, value) => {
                    let Some(v) = number(value) else { return Vec::new() };
                    match how {
                        Comparison::Equal => vec![(v - half, v + half)],
                        Comparison::NotEqual => outside(&[(v - half, v + half)]),
                        Comparison::Less => vec![(f64::NEG_INFINITY, v - half)],
                        Comparison::LessOrEqual => vec![(f64::NEG_INFINITY, v + half)],
                        Comparison::Greater => vec![(v + half, f64::INFINITY)],
                        Comparison::GreaterOrEqual => vec![(v - half, f64::INFINITY)],
                    }
                }
            };
            spans = intersect(&spans, &accepted);
        }
        spans
    }
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
            let (a, b) = (ordered.shares(&[&below]), ordered.shares(&[&above]));
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
    }
}
