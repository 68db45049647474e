//! One cell, and how dates, timestamps and reals are written and read as text.

use crate::{ColumnSchema, ColumnType};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime};
use std::fmt;

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value.
    Missing,
    /// true or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A finite real number.
    Real(f64),
    /// Text.
    Text(String),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since 1970-01-01T00:00:00 (UTC).
    Timestamp(i64),
}

impl Value {
    /// Reads a value of type `kind`, as conditions write it (without quotes). Whole numbers may be
    /// written like `1e3`; booleans in any case.
    pub fn parse(text: &str, kind: ColumnType) -> Option<Self> {
        match kind {
            ColumnType::Boolean => match text.to_ascii_lowercase().as_str() {
                "true" => Some(Self::Boolean(true)),
                "false" => Some(Self::Boolean(false)),
                _ => None,
            },
            ColumnType::Integer => text
                .parse::<i64>()
                .ok()
                .or_else(|| {
                    let number = text.parse::<f64>().ok()?;
                    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
                })
                .map(Self::Integer),
            ColumnType::Real => text.parse::<f64>().ok().filter(|v| v.is_finite()).map(Self::Real),
            ColumnType::Text => Some(Self::Text(text.to_owned())),
            ColumnType::Date => parse_date(text).map(Self::Date),
            ColumnType::Timestamp => parse_timestamp(text).map(|(v, _)| Self::Timestamp(v)),
        }
    }

    /// [`Value::parse`] for a cell of `column`, in its notation too.
    pub fn parse_in(text: &str, column: &ColumnSchema) -> Option<Self> {
        let read = || column.notation?.read(text);
        match column.kind {
            ColumnType::Integer if column.is_duration() => read().map(Self::Integer),
            ColumnType::Date => Self::parse(text, column.kind).or_else(|| read()?.try_into().ok().map(Self::Date)),
            ColumnType::Timestamp => Self::parse(text, column.kind).or_else(|| read().map(Self::Timestamp)),
            kind => Self::parse(text, kind),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => Ok(()),
            Self::Boolean(v) => write!(f, "{v}"),
            Self::Integer(v) => write!(f, "{v}"),
            Self::Real(v) => f.write_str(&format_real(*v)),
            Self::Text(v) => f.write_str(v),
            Self::Date(v) => f.write_str(&format_date(*v)),
            Self::Timestamp(v) => f.write_str(&format_timestamp(*v, false)),
        }
    }
}

/// A real number in the shortest form that reads back as the same number.
pub fn format_real(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-5..1e16).contains(&magnitude) {
        format!("{value:e}")
    } else {
        format!("{value}")
    }
}

/// A day as `YYYY-MM-DD`. Days outside the calendar's range give the nearest day in it.
pub fn format_date(days: i32) -> String {
    let date = NaiveDate::from_epoch_days(days).unwrap_or(if days < 0 { NaiveDate::MIN } else { NaiveDate::MAX });
    format!("{date}")
}

/// A point in time as `YYYY-MM-DDTHH:MM:SS`, with microseconds if there are any, and `Z` if `utc`.
pub fn format_timestamp(microseconds: i64, utc: bool) -> String {
    let time = DateTime::from_timestamp_micros(microseconds).map_or(
        if microseconds < 0 {
            NaiveDateTime::MIN
        } else {
            NaiveDateTime::MAX
        },
        |t| t.naive_utc(),
    );
    let zone = if utc { "Z" } else { "" };
    if microseconds.rem_euclid(1_000_000) == 0 {
        format!("{}{zone}", time.format("%Y-%m-%dT%H:%M:%S"))
    } else {
        format!("{}{zone}", time.format("%Y-%m-%dT%H:%M:%S%.6f"))
    }
}

/// Month (1 to 12), day of the month (1 to 31) and day of the week (0 = Monday) of a day.
pub fn calendar(days: i32) -> (u8, u8, u8) {
    let date = NaiveDate::from_epoch_days(days).unwrap_or_default();
    (
        date.month() as u8,
        date.day() as u8,
        date.weekday().num_days_from_monday() as u8,
    )
}

/// Reads `YYYY-MM-DD` as days since 1970-01-01; years 1 to 9999.
pub fn parse_date(text: &str) -> Option<i32> {
    let b = text.as_bytes();
    if b.len() != 10 || b[4] != b'-' || b[7] != b'-' {
        return None;
    }
    let digits = |from: usize, to: usize| -> Option<u32> {
        b[from..to]
            .iter()
            .try_fold(0_u32, |n, &c| c.is_ascii_digit().then(|| n * 10 + u32::from(c - b'0')))
    };
    let date = NaiveDate::from_ymd_opt(digits(0, 4)? as i32, digits(5, 7)?, digits(8, 10)?)?;
    (date.year() > 0).then(|| date.to_epoch_days())
}

/// Reads `YYYY-MM-DD[T ]HH:MM[:SS[.ffffff]][Z]` as microseconds since 1970-01-01T00:00:00, and
/// whether it ended in `Z`. Other offsets are not accepted.
pub fn parse_timestamp(text: &str) -> Option<(i64, bool)> {
    let (text, utc) = match text.strip_suffix('Z') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    if !text.is_ascii() || text.len() < 16 || !matches!(text.as_bytes()[10], b'T' | b' ') {
        return None;
    }
    let days = parse_date(&text[..10])?;
    let clock = &text[11..];
    let time = NaiveTime::parse_from_str(clock, "%H:%M:%S%.f")
        .or_else(|_| NaiveTime::parse_from_str(clock, "%H:%M"))
        .ok()?;
    let since = time.signed_duration_since(NaiveTime::MIN).num_microseconds()?;
    Some((i64::from(days) * 86_400_000_000 + since, utc))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What is written is read back, over all representable years.
        #[test]
        fn dates_and_timestamps_survive_text(days in -719_162_i32..2_932_896, micros in 0_i64..86_400_000_000, utc: bool) {
            prop_assert_eq!(parse_date(&format_date(days)), Some(days));
            let at = i64::from(days) * 86_400_000_000 + micros;
            prop_assert_eq!(parse_timestamp(&format_timestamp(at, utc)), Some((at, utc)));
        }

        #[test]
        fn reals_survive_text(value in proptest::num::f64::NORMAL | proptest::num::f64::ZERO | proptest::num::f64::SUBNORMAL) {
            prop_assert_eq!(format_real(value).parse::<f64>().unwrap(), value);
        }

        #[test]
        fn no_text_makes_the_parsers_panic(text in "\\PC{0,30}") {
            let _ = parse_date(&text);
            let _ = parse_timestamp(&text);
        }
    }

    #[test]
    fn impossible_days_are_refused() {
        for text in [
            "2023-02-29",
            "2023-13-01",
            "0000-01-01",
            "2023-1-1",
            "20230101",
            "2023-01-0x",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
        assert_eq!(
            parse_timestamp("2013-01-01T10:00:00Z"),
            Some((1_357_034_400_000_000, true))
        );
        assert_eq!(
            parse_timestamp("2013-01-01 10:00"),
            Some((1_357_034_400_000_000, false))
        );
    }
}
