//! What a text may stand for, and its value as each type.

use crate::options::MissingRule;
use crate::packed;
use plenish_table::{ColumnSchema, ColumnType, MISSING_DATE, MISSING_INTEGER, parse_date, parse_timestamp};

/// What the text of a cell may stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Missing, unless the column is text.
    Missing,
    Integer,
    /// All digits, but beyond 64 bits.
    LongInteger,
    /// Decimals after the point; `None` with an exponent.
    Real(Option<usize>),
    /// A number beyond 64-bit reals.
    Overflow,
    /// `inf` or `infinity`, in any case.
    Infinite,
    Boolean,
    Date,
    /// With or without `Z`.
    Timestamp(bool),
    Text,
}

/// The parts of a number in text.
struct Shape {
    padded: bool,
    /// Neither point nor exponent.
    whole: bool,
    decimals: Option<usize>,
}

fn shape(text: &str) -> Option<Shape> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match digits.find(['e', 'E']) {
        Some(at) => (&digits[..at], Some(&digits[at + 1..])),
        None => (digits, None),
    };
    let (whole, part) = match mantissa.split_once('.') {
        Some((whole, part)) => (whole, Some(part)),
        None => (mantissa, None),
    };
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() && part.unwrap_or_default().is_empty() {
        return None;
    }
    if !all_digits(whole) || !all_digits(part.unwrap_or_default()) {
        return None;
    }
    if let Some(exponent) = exponent {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if exponent.is_empty() || !all_digits(exponent) {
            return None;
        }
    }
    Some(Shape {
        padded: whole.len() > 1 && whole.starts_with('0'),
        whole: part.is_none() && exponent.is_none(),
        decimals: exponent.is_none().then(|| part.map_or(0, str::len)),
    })
}

fn is_infinite(text: &str) -> bool {
    let word = text.strip_prefix(['+', '-']).unwrap_or(text);
    word.eq_ignore_ascii_case("inf") || word.eq_ignore_ascii_case("infinity")
}

/// What `text` may stand for.
pub(crate) fn classify(text: &str, rule: &MissingRule) -> Class {
    let trimmed = text.trim();
    if rule.is_missing_number(trimmed) {
        return Class::Missing;
    }
    let Some(&first) = trimmed.as_bytes().first() else {
        return Class::Missing;
    };
    if matches!(first, b'0'..=b'9' | b'+' | b'-' | b'.') {
        if let Some(shape) = shape(trimmed) {
            return match shape {
                Shape { padded: true, .. } => Class::Text,
                Shape { whole: true, .. } => match integer(trimmed) {
                    Some(_) => Class::Integer,
                    None => Class::LongInteger,
                },
                Shape { decimals, .. } => match trimmed.parse::<f64>() {
                    Ok(value) if value.is_finite() => Class::Real(decimals),
                    _ => Class::Overflow,
                },
            };
        }
        if parse_date(trimmed).is_some() {
            return Class::Date;
        }
        if let Some((_, utc)) = parse_timestamp(trimmed) {
            return Class::Timestamp(utc);
        }
    }
    if boolean(trimmed).is_some() {
        Class::Boolean
    } else if is_infinite(trimmed) {
        Class::Infinite
    } else {
        Class::Text
    }
}

fn integer(text: &str) -> Option<i64> {
    text.parse().ok().filter(|&value| value != MISSING_INTEGER)
}

fn boolean(text: &str) -> Option<u8> {
    if text.eq_ignore_ascii_case("true") {
        Some(1)
    } else if text.eq_ignore_ascii_case("false") {
        Some(0)
    } else {
        None
    }
}

/// A type whose cells are read from packed form or text.
pub(crate) trait Cell: Copy + Send {
    const MISSING: Self;
    fn of_packed(payload: i64, tag: u8) -> Option<Self>;
    fn of_text(text: &str) -> Option<Self>;
    /// Of days or microseconds, as notations read them.
    fn of_value(_: i64) -> Option<Self> {
        None
    }
}

/// 0, 1.
#[derive(Clone, Copy)]
pub(crate) struct BooleanCell(pub(crate) u8);
/// A whole number.
#[derive(Clone, Copy)]
pub(crate) struct IntegerCell(pub(crate) i64);
/// A finite number.
#[derive(Clone, Copy)]
pub(crate) struct RealCell(pub(crate) f64);
/// Days.
#[derive(Clone, Copy)]
pub(crate) struct DateCell(pub(crate) i32);
/// Microseconds.
#[derive(Clone, Copy)]
pub(crate) struct TimestampCell(pub(crate) i64);

impl Cell for BooleanCell {
    const MISSING: Self = Self(plenish_table::MISSING_BOOLEAN);

    fn of_packed(payload: i64, tag: u8) -> Option<Self> {
        (tag == 0 && (0..=1).contains(&payload)).then_some(Self(payload as u8))
    }

    fn of_text(text: &str) -> Option<Self> {
        match text {
            "0" => Some(Self(0)),
            "1" => Some(Self(1)),
            _ => boolean(text).map(Self),
        }
    }
}

impl Cell for IntegerCell {
    const MISSING: Self = Self(MISSING_INTEGER);

    #[inline]
    fn of_packed(payload: i64, tag: u8) -> Option<Self> {
        match tag {
            0 => Some(Self(payload)),
            1..=packed::MOST_DECIMALS => {
                let unit = 10_i64.pow(u32::from(tag));
                (payload % unit == 0).then_some(Self(payload / unit))
            }
            _ => None,
        }
    }

    fn of_text(text: &str) -> Option<Self> {
        integer(text).map(Self).or_else(|| {
            let value = RealCell::of_text(text)?.0;
            // Beyond 2^53 a real no longer says which integer is meant.
            (value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0).then_some(Self(value as i64))
        })
    }

    fn of_value(value: i64) -> Option<Self> {
        Some(Self(value))
    }
}

impl Cell for RealCell {
    const MISSING: Self = Self(f64::NAN);

    #[inline]
    fn of_packed(payload: i64, tag: u8) -> Option<Self> {
        (tag <= packed::MOST_DECIMALS).then(|| Self(packed::real(payload, tag)))
    }

    fn of_text(text: &str) -> Option<Self> {
        shape(text)?;
        text.parse().ok().filter(|value: &f64| value.is_finite()).map(Self)
    }
}

impl Cell for DateCell {
    const MISSING: Self = Self(MISSING_DATE);

    fn of_packed(payload: i64, tag: u8) -> Option<Self> {
        (tag == packed::DATE).then_some(Self(payload as i32))
    }

    fn of_text(text: &str) -> Option<Self> {
        parse_date(text).map(Self)
    }

    fn of_value(value: i64) -> Option<Self> {
        value.try_into().ok().map(Self)
    }
}

impl Cell for TimestampCell {
    const MISSING: Self = Self(MISSING_INTEGER);

    fn of_packed(payload: i64, tag: u8) -> Option<Self> {
        match tag {
            packed::DATE => Some(Self(packed::midnight(payload))),
            packed::TIME.. => Some(Self(payload)),
            _ => None,
        }
    }

    fn of_text(text: &str) -> Option<Self> {
        match parse_timestamp(text) {
            Some((micros, _)) => Some(Self(micros)),
            None => parse_date(text).map(|days| Self(packed::midnight(i64::from(days)))),
        }
    }

    fn of_value(value: i64) -> Option<Self> {
        Some(Self(value))
    }
}

/// Why a cell is not a value of `kind`, and what to do.
pub(crate) fn complaint(text: &str, schema: &ColumnSchema) -> (String, &'static str) {
    let kind = schema.kind;
    let mut shown: String = text.chars().take(40).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    let trimmed = text.trim();
    if let Some(notation) = schema.notation {
        return (
            format!("'{shown}' is not written as {notation}"),
            "correct the cell, or declare the column as text",
        );
    }
    if is_infinite(trimmed) && kind != ColumnType::Text {
        return (
            format!("'{shown}' is not a finite number"),
            "leave the cell empty if the value is not known",
        );
    }
    if matches!(kind, ColumnType::Real | ColumnType::Integer) && shape(trimmed).is_some() {
        if trimmed.parse::<f64>().is_ok_and(f64::is_infinite) {
            return (
                format!("'{shown}' is too large for a real number, which ends at about 1.8e308"),
                "correct the cell, or leave it empty if the value is not known",
            );
        }
        return (
            format!("'{shown}' is not a whole number of 64 bits"),
            "correct the cell, or declare the column as real",
        );
    }
    let (what, help) = match kind {
        ColumnType::Boolean => ("true or false", "correct the cell, or declare the column as text"),
        ColumnType::Integer => ("a whole number", "correct the cell, or declare the column as text"),
        ColumnType::Real => ("a number", "correct the cell, or declare the column as text"),
        ColumnType::Date => ("a date", "write dates as YYYY-MM-DD, or declare the column as text"),
        ColumnType::Timestamp => (
            "a timestamp",
            "write timestamps as YYYY-MM-DDTHH:MM:SS, or declare the column as text",
        ),
        ColumnType::Text => ("text", "correct the cell"),
    };
    (format!("'{shown}' is not {what}"), help)
}
