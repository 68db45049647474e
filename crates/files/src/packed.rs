//! Cells in a form that is both a number and its text.
//!
//! The type of a column is known only when its last cell has been seen. Until then a cell such as
//! `12.50` is held as (1250, two decimals): nine bytes from which both the number and the exact
//! text come back. What does not fit this form, `1e5` or `007` say, is held as text.

use plenish_table::{format_date, format_timestamp};
use std::fmt::Write as _;

/// Tags up to this one are numbers; the tag is the count of decimals.
pub(crate) const MOST_DECIMALS: u8 = 18;
/// A date; the payload is days.
pub(crate) const DATE: u8 = 32;
/// A timestamp; the payload is microseconds, and the low bits say how it is written.
pub(crate) const TIME: u8 = 40;
/// Bits of a timestamp's tag: a blank instead of `T`, a `Z` at the end, six decimals.
const BLANK: u8 = 1;
pub(crate) const UTC: u8 = 2;
const MICROS: u8 = 4;
/// A cell held elsewhere, as text.
pub(crate) const OTHER: u8 = 254;
/// A missing cell.
pub(crate) const MISSING: u8 = 255;

const DAY: i64 = 86_400_000_000;

/// Payload and tag of a cell, if exactly this text can be made from them again.
#[inline]
pub(crate) fn pack(text: &[u8]) -> Option<(i64, u8)> {
    match text.first()? {
        b'-' => number(&text[1..], true),
        b'0'..=b'9' => number(text, false).or_else(|| moment(text)),
        _ => None,
    }
}

#[inline]
fn number(digits: &[u8], negative: bool) -> Option<(i64, u8)> {
    // Eighteen digits and a point fit 64 bits for sure.
    if digits.len() > 19 {
        return None;
    }
    let mut value = 0_i64;
    let mut point = None;
    for (i, &byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            value = value * 10 + i64::from(digit);
        } else if byte == b'.' && point.is_none() {
            point = Some(i);
        } else {
            return None;
        }
        // Nineteen digits without a point might overflow on the last one.
        if i == 17 && point.is_none() && digits.len() == 19 && digits[18] != b'.' {
            return None;
        }
    }
    let whole = point.unwrap_or(digits.len());
    let decimals = point.map_or(0, |at| digits.len() - at - 1);
    let leading_zero = whole > 1 && digits[0] == b'0';
    if whole == 0 || leading_zero || (point.is_some() && decimals == 0) || (negative && value == 0) {
        return None;
    }
    Some((if negative { -value } else { value }, decimals as u8))
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0_i64, |n, &byte| {
        byte.is_ascii_digit().then(|| n * 10 + i64::from(byte - b'0'))
    })
}

fn moment(text: &[u8]) -> Option<(i64, u8)> {
    if text.len() < 10 || text[4] != b'-' {
        return None;
    }
    let days = day(&text[..10])?;
    if text.len() == 10 {
        return Some((days, DATE));
    }
    let mut tag = TIME;
    let clock = match text.strip_suffix(b"Z") {
        Some(rest) => {
            tag |= UTC;
            rest
        }
        None => text,
    };
    match text[10] {
        b'T' => {}
        b' ' => tag |= BLANK,
        _ => return None,
    }
    let clock = clock.get(11..)?;
    if clock.len() < 8 || clock[2] != b':' || clock[5] != b':' {
        return None;
    }
    let (hour, minute, second) = (digits(&clock[..2])?, digits(&clock[3..5])?, digits(&clock[6..8])?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let micros = match &clock[8..] {
        [] => 0,
        [b'.', rest @ ..] if rest.len() == 6 => {
            tag |= MICROS;
            digits(rest)?
        }
        _ => return None,
    };
    Some((
        days * DAY + (hour * 3600 + minute * 60 + second) * 1_000_000 + micros,
        tag,
    ))
}

/// Days since 1970-01-01 of `YYYY-MM-DD`: Hinnant, "chrono-compatible low-level date algorithms",
/// `days_from_civil`.
fn day(text: &[u8]) -> Option<i64> {
    if text[7] != b'-' {
        return None;
    }
    let (year, month, day) = (digits(&text[..4])?, digits(&text[5..7])?, digits(&text[8..10])?);
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if year < 1 || day < 1 || day > length {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted / 400;
    let of_era = shifted - era * 400;
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// Appends the text that `pack` was given.
pub(crate) fn unpack(payload: i64, tag: u8, out: &mut String) {
    match tag {
        0 => {
            let _ = write!(out, "{payload}");
        }
        1..=MOST_DECIMALS => {
            let unit = 10_u64.pow(u32::from(tag));
            let magnitude = payload.unsigned_abs();
            let sign = if payload < 0 { "-" } else { "" };
            let width = usize::from(tag);
            let _ = write!(out, "{sign}{}.{:0width$}", magnitude / unit, magnitude % unit);
        }
        DATE => out.push_str(&format_date(payload as i32)),
        _ => {
            let whole = payload.div_euclid(1_000_000) * 1_000_000;
            let text = format_timestamp(whole, false);
            let _ = match text.split_once('T') {
                Some((date, clock)) if tag & BLANK != 0 => write!(out, "{date} {clock}"),
                _ => write!(out, "{text}"),
            };
            if tag & MICROS != 0 {
                let _ = write!(out, ".{:06}", payload - whole);
            }
            if tag & UTC != 0 {
                out.push('Z');
            }
        }
    }
}

const POWERS: [f64; 19] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
];

/// The nearest 64-bit real to `payload` / 10^`decimals`.
#[inline]
pub(crate) fn real(payload: i64, decimals: u8) -> f64 {
    if payload.unsigned_abs() <= 1 << 53 {
        // Both are exact, so that the quotient is rounded once: Clinger 1990.
        return payload as f64 / POWERS[usize::from(decimals)];
    }
    let mut text = String::with_capacity(24);
    let _ = write!(text, "{payload}e-{decimals}");
    text.parse().unwrap_or(f64::NAN)
}

/// Microseconds of a date.
pub(crate) fn midnight(days: i64) -> i64 {
    days * DAY
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_table::{parse_date, parse_timestamp};
    use proptest::prelude::*;

    fn survives(text: &str) -> bool {
        match pack(text.as_bytes()) {
            None => true,
            Some((payload, tag)) => {
                let mut out = String::new();
                unpack(payload, tag, &mut out);
                out == text
            }
        }
    }

    proptest! {
        /// Whatever is packed can be unpacked to the same text: a column may turn out to be text.
        #[test]
        fn packed_cells_give_their_text_back(
            text in prop_oneof![
                "-?[0-9]{1,20}",
                "-?[0-9]{0,12}\\.[0-9]{0,12}",
                "[0-9]{4}-[0-1][0-9]-[0-3][0-9]",
                "[0-9]{4}-[0-1][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{6})?Z?",
                "[-0-9.eT: Z]{0,30}",
            ]
        ) {
            prop_assert!(survives(&text), "{}", text);
        }

        /// The number is the one that the standard parser reads.
        #[test]
        fn packed_numbers_are_the_nearest(whole in "-?(0|[1-9][0-9]{0,9})", part in "(\\.[0-9]{1,8})?") {
            let text = whole + &part;
            if let Some((payload, tag)) = pack(text.as_bytes()) {
                prop_assert_eq!(real(payload, tag).to_bits(), text.parse::<f64>().unwrap().to_bits());
            }
        }

        /// Dates and times agree with the table room's parsers.
        #[test]
        fn packed_moments_agree(text in "[0-2][0-9]{3}-[0-1][0-9]-[0-3][0-9](T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{6})?Z?)?") {
            match pack(text.as_bytes()) {
                Some((days, DATE)) => prop_assert_eq!(parse_date(&text), Some(days as i32)),
                Some((micros, tag)) => prop_assert_eq!(parse_timestamp(&text), Some((micros, tag & UTC != 0))),
                None => prop_assert!(parse_date(&text).is_none() && parse_timestamp(&text).is_none()),
            }
        }
    }

    #[test]
    fn unusual_numbers_stay_text() {
        for text in [
            "",
            "-",
            "-0",
            "-0.0",
            "007",
            "1.",
            ".5",
            "+1",
            "1e5",
            "9999999999999999999",
            "1.2.3",
        ] {
            assert_eq!(pack(text.as_bytes()), None, "{text}");
        }
        assert_eq!(pack(b"-0.5"), Some((-5, 1)));
        assert_eq!(pack(b"0"), Some((0, 0)));
        assert_eq!(pack(b"0.00"), Some((0, 2)));
    }
}
