//! Cuts through ordered columns that a person can read: 40 rather than 38.5, a first of January
//! rather than some day in December.

use plenish_learn::bins::equal_mass;
use plenish_table::{ColumnSchema, ColumnType, calendar};

/// A cut may move as long as it takes at most this share of the lighter bin beside it along.
const SLACK: f64 = 0.25;
/// Numbers are tried down to this many decimal places below the size of the window.
const PLACES: i32 = 17;
/// Days around the middle of a window that are looked at for a first of a month.
const DAYS: i64 = 800;
const MICROSECONDS_A_DAY: f64 = 86_400e6;

/// Cuts between at most `bins` runs of about equal mass; a value that alone has the mass of a bin stays
/// alone. A number lies in run `cuts.partition_point(|cut| *cut <= number)`: at a cut begins the
/// upper run. `values` are distinct, in rising order, with their counts.
pub(crate) fn readable(values: &[(f64, u32)], bins: usize, column: &ColumnSchema) -> Vec<f64> {
    let ends = equal_mass(values, bins.max(1));
    let mass = |from: usize, to: usize| values[from..to].iter().map(|v| f64::from(v.1)).sum::<f64>();
    (1..ends.len())
        .map(|run| {
            let (end, next) = (ends[run - 1], ends[run]);
            let start = if run == 1 { 0 } else { ends[run - 2] };
            let (mut left, mut right) = (end, end);
            if end - start > 1 && next - end > 1 {
                let slack = SLACK * mass(start, end).min(mass(end, next));
                while left - 1 > start && mass(left - 1, end) <= slack {
                    left -= 1;
                }
                while right + 1 < next && mass(end, right + 1) <= slack {
                    right += 1;
                }
            }
            let middle = f64::midpoint(values[end - 1].0, values[end].0);
            roundest(values[left - 1].0, values[right].0, middle, column)
        })
        .collect()
}

/// The roundest number above `low` and not above `high` on the number scale of `column`; of several as
/// round as each other the one nearest to `near`.
pub(crate) fn roundest(low: f64, high: f64, near: f64, column: &ColumnSchema) -> f64 {
    match column.kind {
        ColumnType::Date => round_day(low, high, near),
        ColumnType::Timestamp => {
            let days = |x: f64| x / MICROSECONDS_A_DAY;
            if (days(high)).floor() > days(low) {
                // The last midnight that is not above `low` does not lie in the window.
                round_day(days(low).floor(), days(high).floor(), days(near)) * MICROSECONDS_A_DAY
            } else {
                round_time(low, high, near)
            }
        }
        ColumnType::Integer if column.is_duration() => round_time(low, high, near),
        ColumnType::Real => round_number(low, high, near, false),
        ColumnType::Integer | ColumnType::Boolean | ColumnType::Text => round_number(low, high, near, true),
    }
}

/// A multiple of the largest step of 1, 2 or 5 times a power of ten.
fn round_number(low: f64, high: f64, near: f64, whole: bool) -> f64 {
    let size = low.abs().max(high.abs());
    if !(size.is_finite() && size > 0.0) {
        return high;
    }
    let largest = libm::log10(size).floor() as i32 + 1;
    let places = if whole { largest } else { PLACES };
    for place in 0..=places {
        let power = largest - place;
        for digit in [5.0, 2.0, 1.0] {
            // Dividing by a power of ten rounds once; multiplying by its inverse would round twice.
            let times = |count: f64| {
                if power >= 0 {
                    count * digit * libm::pow(10.0, f64::from(power))
                } else {
                    count * digit / libm::pow(10.0, f64::from(-power))
                }
            };
            let step = times(1.0);
            if step == 0.0 || !step.is_finite() {
                continue;
            }
            let (first, last) = ((low / step).floor() + 1.0, (high / step).floor());
            if first <= last {
                let cut = times((near / step).round().clamp(first, last));
                if low < cut && cut <= high {
                    return cut + 0.0;
                }
            }
        }
    }
    high
}

/// A first of January before a first of a month before any day.
fn round_day(low: f64, high: f64, near: f64) -> f64 {
    let (first, last) = (low as i64 + 1, high as i64);
    let near = (near.round() as i64).clamp(first, last.max(first));
    let window = first.max(near - DAYS)..=last.min(near + DAYS);
    let best = window.min_by_key(|&day| {
        let (month, of_month, _) = calendar(day as i32);
        let roundness = match (month, of_month) {
            (1, 1) => 0,
            (_, 1) => 1,
            _ => 2,
        };
        (roundness, (day - near).abs(), day)
    });
    best.map_or(high, |day| day as f64)
}

/// Whole hours before minutes, seconds, milliseconds and microseconds.
fn round_time(low: f64, high: f64, near: f64) -> f64 {
    for unit in [MICROSECONDS_A_DAY, 3600e6, 60e6, 1e6, 1e3] {
        if (high / unit).floor() > (low / unit).floor() {
            let cut = round_number((low / unit).floor(), (high / unit).floor(), near / unit, true) * unit;
            if low < cut && cut <= high {
                return cut;
            }
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_learn::bins::distinct;
    use plenish_table::parse_date;
    use proptest::prelude::*;

    fn of(kind: ColumnType) -> ColumnSchema {
        ColumnSchema::new("x", kind)
    }

    #[test]
    fn cuts_are_round() {
        let integer = of(ColumnType::Integer);
        assert_eq!(roundest(37.0, 42.0, 38.0, &integer), 40.0);
        assert_eq!(roundest(0.0, 114.0, 57.0, &integer), 100.0);
        assert_eq!(roundest(38.0, 39.0, 38.5, &integer), 39.0);
        assert_eq!(roundest(-3.0, 2.0, -0.5, &integer), 0.0);
        let real = of(ColumnType::Real);
        assert_eq!(roundest(0.123, 0.349, 0.26, &real), 0.2);
        assert_eq!(roundest(0.291, 0.309, 0.30, &real), 0.3);
        let day = |text| f64::from(parse_date(text).unwrap());
        let date = of(ColumnType::Date);
        let found = roundest(day("2003-11-12"), day("2004-02-03"), day("2003-12-20"), &date);
        assert_eq!(found, day("2004-01-01"));
        let stamp = of(ColumnType::Timestamp);
        let noon = day("2003-11-12") * MICROSECONDS_A_DAY + 12.0 * 3600e6;
        assert_eq!(roundest(noon - 1e6, noon + 7e6, noon + 3e6, &stamp), noon);
        assert_eq!(
            roundest(noon, noon + 86_400e6, noon, &stamp),
            day("2003-11-13") * MICROSECONDS_A_DAY
        );
    }

    proptest! {
        /// A cut separates what it was meant to separate, on every scale.
        #[test]
        fn a_round_cut_lies_in_its_window(a in -1e6_f64..1e6, gap in 1e-6_f64..1e5, kind in 0_usize..4) {
            let kind = [ColumnType::Integer, ColumnType::Real, ColumnType::Date, ColumnType::Timestamp][kind];
            let (low, high) = if kind == ColumnType::Real { (a, a + gap) } else { (a.floor(), a.floor() + 1.0 + gap.floor()) };
            let cut = roundest(low, high, f64::midpoint(low, high), &of(kind));
            prop_assert!(low < cut && cut <= high, "{low} {cut} {high}");
            prop_assert!(kind == ColumnType::Real || cut.fract() == 0.0);
        }

        /// No run is empty, and there are no more than asked for.
        #[test]
        fn readable_cuts_leave_no_run_empty(numbers in proptest::collection::vec(-50_i32..50, 1..300), bins in 1_usize..9) {
            let values = distinct(&numbers.into_iter().map(f64::from).collect::<Vec<_>>());
            let cuts = readable(&values, bins, &of(ColumnType::Integer));
            prop_assert!(cuts.len() < bins);
            for run in 0..=cuts.len() {
                prop_assert!(values.iter().any(|v| cuts.partition_point(|cut| *cut <= v.0) == run), "{cuts:?}");
            }
        }
    }
}
