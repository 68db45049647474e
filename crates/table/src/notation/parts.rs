//! How the parts of a notation are read and written: days, clocks, zones, ISO 8601 durations.

use super::{ClockStyle, DAY, DayOrder, DayStyle, IsoUnit, MOST_DIGITS, SECOND, Seconds, Zone};
use chrono::{Datelike, NaiveDate};
use std::fmt::Write as _;

impl DayStyle {
    pub(super) fn guesses(text: &str) -> Vec<Self> {
        let Some(separator) = text
            .chars()
            .find(|c| !c.is_ascii_digit())
            .filter(|c| "-/.".contains(*c))
        else {
            return Vec::new();
        };
        let orders: &[DayOrder] = if text.find(separator) == Some(4) {
            &[DayOrder::YearMonthDay]
        } else {
            &[DayOrder::DayMonthYear, DayOrder::MonthDayYear]
        };
        let mut out = Vec::new();
        for &order in orders {
            for padded in [true, false] {
                out.push(Self {
                    order,
                    separator,
                    padded,
                });
            }
        }
        out
    }

    pub(super) fn scan(self, rest: &mut Rest) -> Option<i64> {
        let shortest = if self.padded { 2 } else { 1 };
        let separator = self.separator as u8;
        let mut parts = [0; 3];
        for (index, part) in parts.iter_mut().enumerate() {
            if index > 0 {
                rest.expect(separator)?;
            }
            let is_year = index == if self.order == DayOrder::YearMonthDay { 0 } else { 2 };
            *part = if is_year {
                rest.number(4, 4)?
            } else {
                rest.number(shortest, 2)?
            };
        }
        let (year, month, day) = match self.order {
            DayOrder::YearMonthDay => (parts[0], parts[1], parts[2]),
            DayOrder::DayMonthYear => (parts[2], parts[1], parts[0]),
            DayOrder::MonthDayYear => (parts[2], parts[0], parts[1]),
        };
        let date = NaiveDate::from_ymd_opt(year as i32, month as u32, day as u32)?;
        (year > 0).then(|| i64::from(date.to_epoch_days()))
    }

    pub(super) fn write(self, days: i64, out: &mut String) {
        let nearest = if days < 0 { NaiveDate::MIN } else { NaiveDate::MAX };
        let date = i32::try_from(days)
            .ok()
            .and_then(NaiveDate::from_epoch_days)
            .unwrap_or(nearest);
        let (year, month, day) = (date.year(), date.month(), date.day());
        let (s, w) = (self.separator, if self.padded { 2 } else { 1 });
        let _ = match self.order {
            DayOrder::YearMonthDay => write!(out, "{year:04}{s}{month:0w$}{s}{day:0w$}"),
            DayOrder::DayMonthYear => write!(out, "{day:0w$}{s}{month:0w$}{s}{year:04}"),
            DayOrder::MonthDayYear => write!(out, "{month:0w$}{s}{day:0w$}{s}{year:04}"),
        };
    }
}

impl ClockStyle {
    pub(super) fn guesses(text: &str) -> Vec<Self> {
        let seconds = match (text.matches(':').count(), text.split_once('.')) {
            (1, None) => vec![Seconds::No],
            (2, None) => vec![Seconds::Whole, Seconds::AsNeeded],
            (2, Some((_, decimals))) if decimals.len() == 6 => vec![Seconds::AsNeeded, Seconds::Decimals(6)],
            (2, Some((_, decimals))) => vec![Seconds::Decimals(decimals.len().min(9) as u8)],
            _ => Vec::new(),
        };
        let mut out = Vec::new();
        for padded in [true, false] {
            out.extend(seconds.iter().map(|&seconds| Self { padded, seconds }));
        }
        out
    }

    pub(super) fn scan(self, rest: &mut Rest) -> Option<i64> {
        let hours = rest.number(if self.padded { 2 } else { 1 }, MOST_DIGITS)?;
        rest.expect(b':')?;
        let minutes = rest.number(2, 2).filter(|&m| m < 60)?;
        let mut micros = (hours * 60 + minutes) * 60 * SECOND;
        if self.seconds != Seconds::No {
            rest.expect(b':')?;
            micros += rest.number(2, 2).filter(|&s| s < 60)? * SECOND;
            let digits = match self.seconds {
                Seconds::Decimals(digits) => usize::from(digits),
                Seconds::AsNeeded if rest.0.first() == Some(&b'.') => 6,
                _ => 0,
            };
            if (1..=6).contains(&digits) {
                rest.expect(b'.')?;
                micros += rest.number(digits, digits)? * 10_i64.pow(6 - digits as u32);
            }
        }
        Some(micros)
    }

    /// The smallest difference it can write, in microseconds.
    pub(super) fn finest(self) -> u64 {
        match self.seconds {
            Seconds::No => 60 * SECOND as u64,
            Seconds::Whole => SECOND as u64,
            Seconds::AsNeeded => 1,
            Seconds::Decimals(digits) => 10_u64.pow(6 - u32::from(digits.min(6))),
        }
    }

    pub(super) fn write(self, micros: i64, out: &mut String) {
        let (seconds, part) = (micros / SECOND, micros % SECOND);
        let w = if self.padded { 2 } else { 1 };
        let _ = write!(out, "{:0w$}:{:02}", seconds / 3600, seconds / 60 % 60);
        if self.seconds != Seconds::No {
            let _ = write!(out, ":{:02}", seconds % 60);
        }
        let _ = match self.seconds {
            Seconds::AsNeeded if part != 0 => write!(out, ".{part:06}"),
            Seconds::Decimals(digits @ 1..=6) => {
                let w = usize::from(digits);
                write!(out, ".{:0w$}", part / 10_i64.pow(6 - u32::from(digits)))
            }
            _ => Ok(()),
        };
    }
}

impl Zone {
    pub(super) fn guesses(text: &str) -> Vec<Self> {
        match text {
            "" => vec![Self::No],
            "Z" => vec![Self::Utc],
            _ => {
                let colon = text.contains(':');
                let digits: String = text.chars().filter(char::is_ascii_digit).collect();
                let (Ok(number), 4) = (digits.parse::<i16>(), digits.len()) else {
                    return Vec::new();
                };
                let minutes = number / 100 * 60 + number % 100;
                let minutes = if text.starts_with('-') { -minutes } else { minutes };
                vec![Self::Offset { minutes, colon }]
            }
        }
    }

    pub(super) fn scan(self, rest: &mut Rest) -> Option<()> {
        let mut text = String::new();
        self.write(&mut text);
        rest.0 = rest.0.strip_prefix(text.as_bytes())?;
        Some(())
    }

    pub(super) fn write(self, out: &mut String) {
        let _ = match self {
            Self::No => Ok(()),
            Self::Utc => write!(out, "Z"),
            Self::Offset { minutes, colon } => {
                let (sign, m) = (if minutes < 0 { '-' } else { '+' }, minutes.unsigned_abs());
                write!(out, "{sign}{:02}{}{:02}", m / 60, if colon { ":" } else { "" }, m % 60)
            }
        };
    }
}

/// `P[nD]T[nH][nM][nS]`, `largest` being the first unit used; parts of nothing are left out.
pub(super) fn iso_duration(value: i64, largest: IsoUnit, out: &mut String) {
    out.push_str(if value < 0 { "-P" } else { "P" });
    let mut left = value.unsigned_abs();
    let mut take = |unit: IsoUnit, micros: u64| {
        if unit < largest {
            return 0;
        }
        let count = left / micros;
        left %= micros;
        count
    };
    let second = SECOND as u64;
    let (days, hours, minutes, seconds) = (
        take(IsoUnit::Day, 86_400 * second),
        take(IsoUnit::Hour, 3_600 * second),
        take(IsoUnit::Minute, 60 * second),
        take(IsoUnit::Second, second),
    );
    if days > 0 {
        let _ = write!(out, "{days}D");
    }
    let clock = (hours, minutes, seconds, left) != (0, 0, 0, 0) || days == 0;
    if !clock {
        return;
    }
    out.push('T');
    for (count, letter) in [(hours, 'H'), (minutes, 'M')] {
        if count > 0 {
            let _ = write!(out, "{count}{letter}");
        }
    }
    if left > 0 {
        let part = format!("{left:06}");
        let _ = write!(out, "{seconds}.{}S", part.trim_end_matches('0'));
    } else if seconds > 0 || out.ends_with('T') {
        let _ = write!(out, "{seconds}S");
    }
}

pub(super) fn scan_iso(rest: &mut Rest) -> Option<i64> {
    let negative = rest.expect(b'-').is_some();
    rest.expect(b'P')?;
    let mut total = 0_i64;
    let mut in_clock = false;
    while !rest.0.is_empty() {
        if !in_clock && rest.expect(b'T').is_some() {
            in_clock = true;
            continue;
        }
        let count = rest.number(1, 13)?;
        let mut part = 0;
        if rest.expect(b'.').is_some() {
            let before = rest.0.len();
            let digits = rest.number(1, 6)?;
            part = digits * 10_i64.pow(6 - (before - rest.0.len()) as u32);
        }
        let (&unit, after) = rest.0.split_first()?;
        rest.0 = after;
        let micros = match (unit, in_clock) {
            (b'D', false) => DAY,
            (b'H', true) => 3_600 * SECOND,
            (b'M', true) => 60 * SECOND,
            (b'S', true) => SECOND,
            _ => return None,
        };
        total = total.checked_add(count.checked_mul(micros)?)?.checked_add(part)?;
    }
    Some(if negative { -total } else { total })
}

/// What is left of a text to read.
pub(super) struct Rest<'a>(pub(super) &'a [u8]);

impl Rest<'_> {
    pub(super) fn expect(&mut self, byte: u8) -> Option<()> {
        let (&first, rest) = self.0.split_first()?;
        (first == byte).then(|| self.0 = rest)
    }

    /// A number of `least` to `most` digits.
    pub(super) fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        let digits = self.0.iter().take(most).take_while(|b| b.is_ascii_digit()).count();
        if digits < least {
            return None;
        }
        let (digits, rest) = self.0.split_at(digits);
        self.0 = rest;
        Some(digits.iter().fold(0, |n, &b| n * 10 + i64::from(b - b'0')))
    }
}
