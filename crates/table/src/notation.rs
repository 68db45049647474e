//! Notations: how days, points in time, times of day and durations are written in a file, where that
//! is not the way of ISO 8601 that [`format_date`](crate::format_date) and
//! [`format_timestamp`](crate::format_timestamp) write.
//!
//! A notation is part of a column's schema. Cells hold days or microseconds whatever the notation;
//! it matters only where text is read or written. For every notation and every text that it reads,
//! writing gives the same text again.

mod parts;

use crate::ColumnType;
use parts::{Rest, iso_duration, scan_iso};
use serde::{Deserialize, Serialize};
use std::fmt::{self, Write as _};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// Longer texts are written in no notation.
const LONGEST: usize = 48;
/// Digits of a count of hours or days at most: so many microseconds fit 64 bits.
const MOST_DIGITS: usize = 8;

/// How the values of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notation {
    /// A day, as `31/12/2020`: a date column.
    Day(DayStyle),
    /// A point in time, as `31/12/2020 14:05`: a timestamp column.
    Moment {
        /// The day.
        day: DayStyle,
        /// A blank between day and time of day instead of `T`.
        blank: bool,
        /// The time of day.
        clock: ClockStyle,
        /// The zone behind it.
        zone: Zone,
    },
    /// A time of day, as `14:05`: an integer column of microseconds since midnight.
    TimeOfDay(ClockStyle),
    /// Hours, minutes and perhaps seconds, as `26:30:00`: an integer column of microseconds.
    Clock(ClockStyle),
    /// Days and a time of day, as `5 days 03:00:00`: an integer column of microseconds.
    Days {
        /// The time after the days.
        clock: ClockStyle,
        /// `1 day` in the singular, and no days at all when there are none.
        english: bool,
        /// A comma after the days.
        comma: bool,
    },
    /// As ISO 8601, `PT5M30S`, with this as the largest unit: an integer column of microseconds.
    Iso(IsoUnit),
}

/// How a day is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DayStyle {
    /// What comes first.
    pub order: DayOrder,
    /// Between the parts: `-`, `/` or `.`.
    pub separator: char,
    /// Days and months always have two digits.
    pub padded: bool,
}

/// The order of year, month and day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayOrder {
    /// 2020-12-31
    YearMonthDay,
    /// 31/12/2020
    DayMonthYear,
    /// 12/31/2020
    MonthDayYear,
}

/// How a time of day, or hours of a duration, are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ClockStyle {
    /// Hours have at least two digits.
    pub padded: bool,
    /// What follows the minutes.
    pub seconds: Seconds,
}

/// What follows the minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seconds {
    /// Nothing.
    No,
    /// Whole seconds.
    Whole,
    /// Seconds, with six decimals when they are not whole.
    AsNeeded,
    /// Seconds with so many decimals, 1 to 6.
    Decimals(u8),
}

/// What follows the time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Zone {
    /// Nothing.
    No,
    /// `Z`
    Utc,
    /// The same distance to UTC in all cells.
    Offset {
        /// East of Greenwich.
        minutes: i16,
        /// `+01:00`, not `+0100`.
        colon: bool,
    },
}

/// A unit of durations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IsoUnit {
    /// `P1DT2H3M4S`
    Day,
    /// `PT26H3M4S`
    Hour,
    /// `PT1563M4S`
    Minute,
    /// `PT93784S`
    Second,
}

impl Notation {
    /// The type of the columns it is for.
    pub fn kind(self) -> ColumnType {
        match self {
            Self::Day(_) => ColumnType::Date,
            Self::Moment { .. } => ColumnType::Timestamp,
            Self::TimeOfDay(_) | Self::Clock(_) | Self::Days { .. } | Self::Iso(_) => ColumnType::Integer,
        }
    }

    /// Whether it is what a column of its type is written in without a notation.
    pub fn is_default(self) -> bool {
        let iso = |day: DayStyle| day.order == DayOrder::YearMonthDay && day.separator == '-' && day.padded;
        match self {
            Self::Day(day) => iso(day),
            Self::Moment {
                day,
                blank,
                clock,
                zone,
            } => {
                iso(day)
                    && !blank
                    && clock.padded
                    && matches!(clock.seconds, Seconds::Whole | Seconds::AsNeeded)
                    && matches!(zone, Zone::No | Zone::Utc)
            }
            _ => false,
        }
    }

    /// Reads a cell: days for a date column, else microseconds. Nothing if the text is not what
    /// [`Notation::write`] would write.
    pub fn read(self, text: &str) -> Option<i64> {
        if text.len() > LONGEST || !text.is_ascii() {
            return None;
        }
        let mut rest = Rest(text.as_bytes());
        let value = self.scan(&mut rest)?;
        (rest.0.is_empty() && self.write(value) == text).then_some(value)
    }

    /// Writes a cell. Parts of a value too fine for the notation are cut off.
    pub fn write(self, value: i64) -> String {
        let mut out = String::new();
        match self {
            Self::Day(day) => day.write(value, &mut out),
            Self::Moment {
                day,
                blank,
                clock,
                zone,
            } => {
                let local = match zone {
                    Zone::Offset { minutes, .. } => value.saturating_add(i64::from(minutes) * 60 * SECOND),
                    Zone::No | Zone::Utc => value,
                };
                day.write(local.div_euclid(DAY), &mut out);
                out.push(if blank { ' ' } else { 'T' });
                clock.write(local.rem_euclid(DAY), &mut out);
                zone.write(&mut out);
            }
            Self::TimeOfDay(clock) | Self::Clock(clock) => {
                // What is cut off to nothing has no sign.
                if value < 0 && value.unsigned_abs() >= clock.finest() {
                    out.push('-');
                }
                clock.write(value.saturating_abs(), &mut out);
            }
            Self::Days { clock, english, comma } => {
                let days = value.div_euclid(DAY);
                if days != 0 || !english {
                    let unit = if english && days.abs() == 1 { "day" } else { "days" };
                    let comma = if comma { "," } else { "" };
                    let sign = if days < 0 && !english { "+" } else { "" };
                    let _ = write!(out, "{days} {unit}{comma} {sign}");
                }
                clock.write(value.rem_euclid(DAY), &mut out);
            }
            Self::Iso(largest) => iso_duration(value, largest, &mut out),
        }
        out
    }

    fn scan(self, rest: &mut Rest) -> Option<i64> {
        match self {
            Self::Day(day) => day.scan(rest),
            Self::Moment {
                day,
                blank,
                clock,
                zone,
            } => {
                let days = day.scan(rest)?;
                rest.expect(if blank { b' ' } else { b'T' })?;
                let local = days * DAY + clock.scan(rest).filter(|&at| at < DAY)?;
                zone.scan(rest)?;
                match zone {
                    Zone::Offset { minutes, .. } => Some(local - i64::from(minutes) * 60 * SECOND),
                    Zone::No | Zone::Utc => Some(local),
                }
            }
            Self::TimeOfDay(clock) => clock.scan(rest).filter(|&at| at < DAY),
            Self::Clock(clock) => {
                let negative = rest.expect(b'-').is_some();
                let at = clock.scan(rest)?;
                Some(if negative { -at } else { at })
            }
            Self::Days { clock, english, .. } => {
                let mut days = 0;
                if !english || rest.0.contains(&b'd') {
                    let negative = rest.expect(b'-').is_some();
                    days = rest.number(1, MOST_DIGITS)?;
                    days = if negative { -days } else { days };
                    // Whether the words are right is seen when the value is written again.
                    while rest.0.first().is_some_and(|b| b" days,+".contains(b)) {
                        rest.0 = &rest.0[1..];
                    }
                }
                Some(days * DAY + clock.scan(rest).filter(|&at| at < DAY)?)
            }
            Self::Iso(_) => scan_iso(rest),
        }
    }

    /// Notations that read `text`, likeliest first. Where the order of day and month is open, both
    /// are among them.
    pub fn guesses(text: &str) -> Vec<Self> {
        if text.len() > LONGEST
            || !text.is_ascii()
            || !text.starts_with(|c: char| c.is_ascii_digit() || "-P".contains(c))
        {
            return Vec::new();
        }
        let mut out = Vec::new();
        let negative = text.strip_prefix('-').unwrap_or(text);
        if negative.starts_with('P') {
            out.extend([IsoUnit::Day, IsoUnit::Hour, IsoUnit::Minute, IsoUnit::Second].map(Self::Iso));
        } else if let Some((_, clock)) = text.split_once("day") {
            let clock = clock.trim_start_matches(|c: char| !c.is_ascii_digit());
            for clock in ClockStyle::guesses(clock) {
                for (english, comma) in [(false, false), (true, false), (true, true), (false, true)] {
                    out.push(Self::Days { clock, english, comma });
                }
            }
        } else {
            let (day, clock) = text.split_at(text.find([' ', 'T']).unwrap_or(text.len()));
            let days = DayStyle::guesses(day);
            match clock.get(1..) {
                None => {
                    out.extend(days.iter().copied().map(Self::Day));
                    let clocks = ClockStyle::guesses(negative);
                    out.extend(clocks.iter().copied().map(Self::TimeOfDay));
                    out.extend(clocks.iter().copied().map(Self::Clock));
                    for clock in clocks {
                        for comma in [false, true] {
                            let english = true;
                            out.push(Self::Days { clock, english, comma });
                        }
                    }
                }
                Some(rest) => {
                    let zone_at = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
                    let (time, zone) = rest.split_at(zone_at);
                    for zone in Zone::guesses(zone) {
                        for clock in ClockStyle::guesses(time) {
                            out.extend(days.iter().map(|&day| Self::Moment {
                                day,
                                blank: clock_blank(text),
                                clock,
                                zone,
                            }));
                        }
                    }
                }
            }
        }
        out.retain(|notation| notation.read(text).is_some());
        out
    }

    /// The order of year, month and day, if days are written.
    pub fn day_order(self) -> Option<DayOrder> {
        match self {
            Self::Day(day) | Self::Moment { day, .. } => Some(day.order),
            _ => None,
        }
    }
}

fn clock_blank(text: &str) -> bool {
    text.contains(' ')
}

/// `DD/MM/YYYY`, `YYYY-MM-DD HH:MM`, `5 days 03:00:00`: the way notations are named in messages.
impl fmt::Display for Notation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "{day}"),
            Self::Moment {
                day,
                blank,
                clock,
                zone,
            } => {
                let mut end = String::new();
                zone.write(&mut end);
                write!(f, "{day}{}{clock}{end}", if *blank { ' ' } else { 'T' })
            }
            Self::TimeOfDay(clock) | Self::Clock(clock) => write!(f, "{clock}"),
            Self::Days { clock, comma, .. } => write!(f, "D days{} {clock}", if *comma { "," } else { "" }),
            Self::Iso(IsoUnit::Day) => f.write_str("PnDTnHnMnS"),
            Self::Iso(IsoUnit::Hour) => f.write_str("PTnHnMnS"),
            Self::Iso(IsoUnit::Minute) => f.write_str("PTnMnS"),
            Self::Iso(IsoUnit::Second) => f.write_str("PTnS"),
        }
    }
}

impl fmt::Display for DayStyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (day, month) = if self.padded { ("DD", "MM") } else { ("D", "M") };
        let s = self.separator;
        match self.order {
            DayOrder::YearMonthDay => write!(f, "YYYY{s}{month}{s}{day}"),
            DayOrder::DayMonthYear => write!(f, "{day}{s}{month}{s}YYYY"),
            DayOrder::MonthDayYear => write!(f, "{month}{s}{day}{s}YYYY"),
        }
    }
}

impl fmt::Display for ClockStyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.padded { "HH:MM" } else { "H:MM" })?;
        match self.seconds {
            Seconds::No => Ok(()),
            Seconds::Whole | Seconds::AsNeeded => f.write_str(":SS"),
            Seconds::Decimals(digits) => write!(f, ":SS.{}", "f".repeat(usize::from(digits))),
        }
    }
}

#[cfg(test)]
mod tests;
