//! Which values of a column's states a condition accepts.

use super::Axis;
use plenish_table::{Comparison, Stream, Test, Value};
use std::cmp::Ordering;
use std::ops::Range;

/// For each state the steps that are accepted, as ranges.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Accepted {
    ranges: Vec<Vec<Range<u64>>>,
    weights: Vec<f64>,
}

impl Accepted {
    /// What all of `tests` accept.
    pub(crate) fn new(axis: &Axis, tests: &[&Test]) -> Self {
        let size = axis.size().unwrap_or(0);
        let mut out = Self {
            ranges: Vec::with_capacity(size),
            weights: Vec::with_capacity(size),
        };
        for state in 0..size {
            let steps = axis.steps(state);
            let mut ranges: Vec<_> = std::iter::once(0..steps).collect();
            for test in tests {
                ranges = ranges.into_iter().flat_map(|r| within(axis, state, r, test)).collect();
            }
            let open: u64 = ranges.iter().map(|r| r.end - r.start).sum();
            out.weights.push(open as f64 / steps as f64);
            out.ranges.push(ranges);
        }
        out
    }

    /// The accepted share of each state's values.
    pub(crate) fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// An accepted step of `state`, all equally likely; 0 if there is none.
    pub(super) fn draw(&self, state: usize, stream: &mut Stream) -> u64 {
        let ranges = &self.ranges[state];
        let mut at = stream.below(ranges.iter().map(|r| r.end - r.start).sum());
        for range in ranges {
            let length = range.end - range.start;
            if at < length {
                return range.start + at;
            }
            at -= length;
        }
        0
    }
}

/// The parts of `range` that `test` accepts.
fn within(axis: &Axis, state: usize, range: Range<u64>, test: &Test) -> Vec<Range<u64>> {
    if axis.steps(state) == 1 {
        return if test.accepts(&axis.value(state, 0)) {
            vec![range]
        } else {
            Vec::new()
        };
    }
    let equal = |value: &Value| {
        let below = first(&range, |step| {
            compare(&axis.value(state, step), value) != Ordering::Less
        });
        let above = first(&range, |step| {
            compare(&axis.value(state, step), value) == Ordering::Greater
        });
        below..above
    };
    match test {
        Test::Missing => Vec::new(),
        Test::Present => vec![range],
        Test::In(values) => joined(values.iter().map(equal).collect()),
        Test::NotIn(values) => without(range.clone(), joined(values.iter().map(equal).collect())),
        Test::Compare(Comparison::Equal, value) => joined(vec![equal(value)]),
        Test::Compare(Comparison::NotEqual, value) => without(range.clone(), joined(vec![equal(value)])),
        Test::Compare(Comparison::Less | Comparison::LessOrEqual, _) => {
            let end = first(&range, |step| !test.accepts(&axis.value(state, step)));
            joined(std::iter::once(range.start..end).collect())
        }
        Test::Compare(Comparison::Greater | Comparison::GreaterOrEqual, _) => {
            let start = first(&range, |step| test.accepts(&axis.value(state, step)));
            joined(std::iter::once(start..range.end).collect())
        }
    }
}

/// The first step of `range` for which `holds`, which holds from some step on; its end if for none.
fn first(range: &Range<u64>, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

fn compare(cell: &Value, value: &Value) -> Ordering {
    match (cell, value) {
        (Value::Integer(a), Value::Integer(b)) | (Value::Timestamp(a), Value::Timestamp(b)) => a.cmp(b),
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        (Value::Real(a), Value::Real(b)) => a.total_cmp(b),
        // A condition is read by the column's type; a value of another type lies beyond all cells.
        _ => Ordering::Less,
    }
}

fn joined(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.retain(|r| r.start < r.end);
    ranges.sort_unstable_by_key(|r| r.start);
    ranges.dedup();
    ranges
}

fn without(range: Range<u64>, holes: Vec<Range<u64>>) -> Vec<Range<u64>> {
    let mut start = range.start;
    let mut out = Vec::new();
    for hole in holes {
        out.push(start..hole.start);
        start = hole.end;
    }
    out.push(start..range.end);
    joined(out)
}
