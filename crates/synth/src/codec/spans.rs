//! What conditions leave of the number line.

use super::bin::Spans;
use super::grid::Grid;
use plenish_table::{ColumnType, Comparison, Test, Value};

/// The stretches of the number line that land, after snapping to the grid, on values that pass
/// all `tests`. They decide for sloped parts of bins; single values are asked one by one.
pub(crate) fn spans(grid: Grid, tests: &[&Test]) -> Spans {
    let step = grid.spacing();
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

/// Whether a number passes all `tests`.
pub(crate) fn passes<'a>(tests: &'a [&'a Test], kind: ColumnType) -> impl Fn(f64) -> bool + 'a {
    move |value| {
        let cell = cell(value, kind);
        tests.iter().all(|test| test.accepts(&cell))
    }
}

/// Whether a number lies in `room`, ends included, and passes.
pub(crate) fn within(room: (f64, f64), passes: impl Fn(f64) -> bool) -> impl Fn(f64) -> bool {
    move |value| value >= room.0 && value <= room.1 && passes(value)
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

pub(crate) fn intersect(a: &[(f64, f64)], b: &[(f64, f64)]) -> Spans {
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

pub(crate) fn cell(value: f64, kind: ColumnType) -> Value {
    match kind {
        ColumnType::Real => Value::Real(value),
        ColumnType::Date => Value::Date(value as i32),
        ColumnType::Timestamp => Value::Timestamp(value as i64),
        _ => Value::Integer(value as i64),
    }
}
