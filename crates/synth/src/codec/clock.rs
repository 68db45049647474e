//! The hours and weekdays at which times fall: where a state is a week wide, values in it are spread
//! over the hours as they are in all rows.
//!
//! A clock turns time into *operational time* (Feller 1971, "An Introduction to Probability Theory and Its
//! Applications" II, chapter X), which runs fast when many rows fall and slow when few do; a
//! week remains a week. In it, times are spread as smoothly as other numbers.

use serde::{Deserialize, Serialize};

/// Hours of a week.
const HOURS: usize = 168;
/// Hours of a day.
const DAY: usize = 24;
/// Times must span so many weeks: in less, states are narrow and tell the hour themselves.
const FEWEST_WEEKS: f64 = 3.0;
/// An hour of the week counts for itself as much as weekday and hour of the day tell of it, when it has
/// so many rows.
const OWN_ROWS: f64 = 20.0;
/// What the hours tell of times, in nats a row, at least.
const LEAST: f64 = 0.01;

/// The share of each hour of the week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Clock {
    /// A week in the units of the column.
    week: f64,
    /// What is added to a time so that hours begin half-way between values.
    shift: f64,
    /// The share of a week up to the end of each hour; the last is 1.
    shares: Vec<f64>,
}

impl Clock {
    /// The clock of distinct `values` with their counts, in rising order, `spacing` apart; `None` if they span
    /// only a few weeks, or fall at all hours alike.
    pub(crate) fn fit(values: &[(f64, u32)], spacing: f64, week: f64) -> Option<Self> {
        let (first, last) = (values.first()?.0, values.last()?.0);
        if last - first < FEWEST_WEEKS * week || spacing >= week {
            return None;
        }
        let mut clock = Self {
            week,
            shift: spacing / 2.0,
            shares: Vec::new(),
        };
        let mut rows = [0.0; HOURS];
        for &(value, count) in values {
            rows[clock.hour(value)] += f64::from(count);
        }
        // Hours at which no value can be are not empty by choice.
        let mut possible = [false; HOURS];
        let hour = week / HOURS as f64;
        if spacing < hour {
            possible = [true; HOURS];
        } else {
            // Steps that do not divide a week lead to all of its hours in the end.
            for step in 0..10 * HOURS {
                possible[clock.hour(first + step as f64 * spacing)] = true;
            }
        }
        let all: f64 = rows.iter().sum();
        let places = possible.iter().filter(|p| **p).count() as f64;
        let gain: f64 = rows
            .iter()
            .filter(|r| **r > 0.0)
            .map(|r| r * libm::log(r * places / all))
            .sum();
        // Twice what equal hours would show by chance (Miller 1955).
        if gain - (places - 1.0) < LEAST * all {
            return None;
        }
        let mut of_day = [0.0; DAY];
        let mut of_week = [0.0; HOURS / DAY];
        for (hour, rows) in rows.iter().enumerate() {
            of_day[hour % DAY] += rows;
            of_week[hour / DAY] += rows;
        }
        let own = all / (all + OWN_ROWS * places);
        let share = |hour: usize| {
            let day = (of_day[hour % DAY] + 0.5) / (all + 0.5 * DAY as f64);
            let weekday = (of_week[hour / DAY] + 0.5) / (all + 0.5 * (HOURS / DAY) as f64);
            own * rows[hour] / all + (1.0 - own) * day * weekday
        };
        let mut sum = 0.0;
        clock.shares = (0..HOURS)
            .map(|hour| {
                sum += share(hour);
                sum
            })
            .collect();
        for end in &mut clock.shares {
            *end /= sum;
        }
        Some(clock)
    }

    /// Whether sizes fit together.
    pub(crate) fn is_sound(&self) -> bool {
        self.week.is_finite()
            && self.week > 0.0
            && self.shift.is_finite()
            && self.shares.len() == HOURS
            && self.shares.is_sorted_by(|a, b| a < b)
            && self.shares[0] > 0.0
            && self.shares[HOURS - 1] == 1.0
    }

    fn hour(&self, value: f64) -> usize {
        let part = ((value + self.shift) / self.week).fract();
        let part = if part < 0.0 { part + 1.0 } else { part };
        // What lies on the edge of two hours, but for rounding, belongs to the later.
        (part * HOURS as f64 + 1e-6) as usize % HOURS
    }

    fn before(&self, hour: usize) -> f64 {
        if hour == 0 { 0.0 } else { self.shares[hour - 1] }
    }

    /// A time in operational time.
    pub(crate) fn to(&self, value: f64) -> f64 {
        if !value.is_finite() {
            return value;
        }
        let weeks = ((value + self.shift) / self.week).floor();
        let part = ((value + self.shift) - weeks * self.week) / self.week * HOURS as f64;
        let hour = (part as usize).min(HOURS - 1);
        let (low, high) = (self.before(hour), self.shares[hour]);
        (weeks + low + (high - low) * (part - hour as f64).min(1.0)) * self.week
    }

    /// The time that [`Clock::to`] turns into `at`.
    pub(crate) fn from(&self, at: f64) -> f64 {
        if !at.is_finite() {
            return at;
        }
        let weeks = (at / self.week).floor();
        let part = at / self.week - weeks;
        let hour = self.shares.partition_point(|&end| end <= part).min(HOURS - 1);
        let (low, high) = (self.before(hour), self.shares[hour]);
        let inside = ((part - low) / (high - low)).clamp(0.0, 1.0);
        (weeks + (hour as f64 + inside) / HOURS as f64) * self.week - self.shift
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WEEK: f64 = 604_800.0;

    /// Four weeks of seconds of working hours, more on some days than on others.
    fn office() -> Vec<(f64, u32)> {
        let at = |day: u32, hour: u32| f64::from(day * 86_400 + hour * 3600);
        (0..28)
            .filter(|day| day % 7 < 5)
            .flat_map(|day| (9..17).map(move |hour| (at(day, hour) + f64::from(day * 60), 20 + day % 7 * 10)))
            .collect()
    }

    /// Half of the mass between eight in the morning and eight in the evening of a working day is half of
    /// the way, and hours in which nothing falls take hardly any of it.
    #[test]
    fn operational_time_stands_still_at_night() {
        let clock = Clock::fit(&office(), 1.0, WEEK).unwrap();
        let hour = |day: f64, hour: f64| clock.to(day * 86_400.0 + hour * 3600.0);
        let (evening, morning) = (hour(1.0, 20.0), hour(2.0, 8.0));
        assert!(morning - evening < 0.01 * WEEK, "{}", morning - evening);
        assert!(hour(1.0, 17.0) - hour(1.0, 9.0) > 0.1 * WEEK);
        let weekend = hour(7.0, 0.0) - hour(5.0, 0.0);
        assert!(weekend < 0.02 * WEEK, "{weekend}");
        assert_eq!(hour(7.0, 0.0) - hour(0.0, 0.0), WEEK);
    }

    /// Days that fall on all weekdays alike, whatever the step, and times of a few weeks need no clock.
    #[test]
    fn even_times_have_no_clock() {
        let days: Vec<(f64, u32)> = (0..700).map(|day| (f64::from(day), 30)).collect();
        assert_eq!(Clock::fit(&days, 1.0, 7.0), None);
        let weekly: Vec<(f64, u32)> = (0..100).map(|week| (f64::from(week * 7), 30)).collect();
        assert_eq!(Clock::fit(&weekly, 7.0, 7.0), None);
        assert_eq!(Clock::fit(&office()[..80], 1.0, WEEK), None);
        let workdays: Vec<(f64, u32)> = days.into_iter().filter(|d| d.0 % 7.0 < 5.0).collect();
        assert!(Clock::fit(&workdays, 1.0, 7.0).is_some());
    }

    proptest! {
        /// Times keep their order and come back, before 1970 as well.
        #[test]
        fn times_come_back(a in -1e9..1e9_f64, b in -1e9..1e9_f64) {
            let clock = Clock::fit(&office(), 1.0, WEEK).unwrap();
            // A second at night is a hair of operational time.
            prop_assert!((clock.from(clock.to(a)) - a).abs() < 1.0, "{}", clock.from(clock.to(a)));
            prop_assert_eq!(a < b, clock.to(a) < clock.to(b));
        }
    }
}
