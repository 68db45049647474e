//! Rounding the cells of one column to a grid.

use crate::step::{Calendar, Unit, is_number};
use plenish_table::{Column, ColumnSchema, ColumnType, Error, MISSING_DATE, MISSING_INTEGER, Result, calendar};

const MINUTE: i64 = 60 * 1_000_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Fails where the grid does not suit the column.
pub(crate) fn check(column: &ColumnSchema, unit: Unit) -> Result<()> {
    let kind = column.kind;
    let fail = |message: String, help: &str| Err(Error::usage(format!("round: {message}")).help(help));
    match unit {
        Unit::Number(number) => {
            if !is_number(kind) || column.is_duration() {
                return fail(
                    format!("a {} cannot be rounded to {number}", kind_name(column)),
                    "dates and times are rounded to minute, hour, day, week, month or year; texts are not rounded",
                );
            }
            if kind == ColumnType::Integer && (number.fract() != 0.0 || number > 1e15) {
                return fail(
                    format!("whole numbers cannot be rounded to {number}"),
                    "give a whole number",
                );
            }
            if let (ColumnType::Real, Some(decimals)) = (kind, column.decimals) {
                let steps = number * 10_f64.powi(i32::from(decimals));
                if steps < 0.5 || (steps - steps.round()).abs() > 1e-6 * steps {
                    return fail(
                        format!(
                            "the column has {decimals} digits after the point, which cannot show multiples of {number}"
                        ),
                        "give a coarser number",
                    );
                }
            }
            let (low, high) = bounds(column, number);
            if low > high {
                return fail(
                    format!("no multiple of {number} lies between the column's bounds"),
                    "give a smaller number",
                );
            }
            Ok(())
        }
        Unit::Calendar(unit) => {
            let suits = match kind {
                ColumnType::Timestamp => true,
                ColumnType::Date => !matches!(unit, Calendar::Minute | Calendar::Hour | Calendar::Day),
                ColumnType::Integer => column.is_duration() && matches!(unit, Calendar::Minute | Calendar::Hour),
                _ => false,
            };
            if suits {
                Ok(())
            } else {
                fail(
                    format!("a {} has no {} to be rounded to", kind_name(column), unit.name()),
                    "numbers are rounded to a number, dates to week, month or year, durations to minute or hour",
                )
            }
        }
    }
}

fn kind_name(column: &ColumnSchema) -> &'static str {
    if column.is_duration() {
        "duration"
    } else {
        column.kind.name()
    }
}

/// The first and the last multiple of `number` within the bounds of the schema, counted in multiples.
fn bounds(column: &ColumnSchema, number: f64) -> (f64, f64) {
    // What is a hair off a multiple by the rounding of binary fractions is one.
    (
        column.min.map_or(f64::NEG_INFINITY, |min| (min / number - 1e-9).ceil()),
        column.max.map_or(f64::INFINITY, |max| (max / number + 1e-9).floor()),
    )
}

/// The column on the grid. Numbers go to the nearest multiple, half away from zero, within the bounds of the schema;
/// dates and times to the start of their unit, so that a month stands for all of its days.
pub(crate) fn rounded(column: &Column, schema: &ColumnSchema, unit: Unit) -> Column {
    let keep = |missing: i64, change: &dyn Fn(i64) -> i64, cells: &[i64]| -> Vec<i64> {
        cells
            .iter()
            .map(|&c| if c == missing { c } else { change(c) })
            .collect()
    };
    match (column, unit) {
        (Column::Integer(cells), Unit::Number(number)) => {
            let (step, (low, high)) = (number as i64, bounds(schema, number));
            let nearest = |cell: i64| {
                let (cell, step) = (i128::from(cell), i128::from(step.max(1)));
                let half = (cell.abs() * 2 + step) / (2 * step) * cell.signum();
                let place = half.clamp(low.max(-1e18) as i128, high.min(1e18) as i128);
                let last = i128::from(i64::MAX) / step;
                (place.clamp(-last, last) * step) as i64
            };
            Column::Integer(keep(MISSING_INTEGER, &nearest, cells))
        }
        (Column::Real(cells), Unit::Number(number)) => {
            let (low, high) = bounds(schema, number);
            // A tenth is no binary number, but ten is: divided by it, multiples of a tenth are what they are written as.
            let inverse = (1.0 / number).round();
            let exact = number < 1.0 && (1.0 / number - inverse).abs() < 1e-9 * inverse;
            let nearest = |cell: f64| {
                let place = (cell / number).round().clamp(low, high);
                if exact { place / inverse } else { place * number }
            };
            Column::Real(cells.iter().map(|&c| if c.is_nan() { c } else { nearest(c) }).collect())
        }
        (Column::Integer(cells), Unit::Calendar(unit)) => {
            let length = if unit == Calendar::Hour { 60 * MINUTE } else { MINUTE };
            let start = |cell: i64| cell.div_euclid(length) * length;
            Column::Integer(keep(MISSING_INTEGER, &start, cells))
        }
        (Column::Timestamp(cells), Unit::Calendar(unit)) => {
            let start = |cell: i64| {
                let day = cell.div_euclid(DAY);
                match unit {
                    Calendar::Minute => cell.div_euclid(MINUTE) * MINUTE,
                    Calendar::Hour => cell.div_euclid(60 * MINUTE) * 60 * MINUTE,
                    _ => i64::from(start_of_day(day as i32, unit)) * DAY,
                }
            };
            Column::Timestamp(keep(MISSING_INTEGER, &start, cells))
        }
        (Column::Date(days), Unit::Calendar(unit)) => Column::Date(
            days.iter()
                .map(|&day| {
                    if day == MISSING_DATE {
                        day
                    } else {
                        start_of_day(day, unit)
                    }
                })
                .collect(),
        ),
        (other, _) => other.clone(),
    }
}

/// The first day of the unit that a day lies in.
fn start_of_day(day: i32, unit: Calendar) -> i32 {
    let (month, of_month, of_week) = calendar(day);
    let first = day - i32::from(of_month) + 1;
    match unit {
        Calendar::Minute | Calendar::Hour | Calendar::Day => day,
        Calendar::Week => day - i32::from(of_week),
        Calendar::Month => first,
        Calendar::Year => (1..month).fold(first, |first, _| {
            // The day before the first of a month is in the month before.
            let (_, length, _) = calendar(first - 1);
            first - i32::from(length)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_table::{format_date, parse_date};

    #[test]
    fn units_of_the_calendar_start_where_they_do() {
        for (unit, day, start) in [
            (Calendar::Year, "2024-12-31", "2024-01-01"),
            (Calendar::Year, "2023-03-01", "2023-01-01"),
            (Calendar::Month, "2024-02-29", "2024-02-01"),
            (Calendar::Week, "2026-11-29", "2026-11-23"),
            (Calendar::Year, "1969-05-05", "1969-01-01"),
        ] {
            assert_eq!(format_date(start_of_day(parse_date(day).unwrap(), unit)), start);
        }
    }

    #[test]
    fn multiples_are_what_they_are_written_as() {
        let schema = ColumnSchema {
            decimals: Some(2),
            ..ColumnSchema::new("x", ColumnType::Real)
        };
        let found = rounded(&Column::Real(vec![0.31, -0.26, f64::NAN]), &schema, Unit::Number(0.1));
        let Column::Real(found) = found else { unreachable!() };
        assert_eq!((found[0], found[1]), (0.3, -0.3));
        assert!(found[2].is_nan());
        assert!(check(&schema, Unit::Number(0.005)).is_err());
        assert!(check(&schema, Unit::Number(0.25)).is_ok());
        let narrow = ColumnSchema {
            min: Some(3.0),
            max: Some(7.0),
            ..ColumnSchema::new("n", ColumnType::Integer)
        };
        assert!(check(&narrow, Unit::Number(10.0)).is_err());
        let found = rounded(&Column::Integer(vec![3, 4, 7, 8]), &narrow, Unit::Number(5.0));
        assert_eq!(found, Column::Integer(vec![5, 5, 5, 5]));
    }
}
