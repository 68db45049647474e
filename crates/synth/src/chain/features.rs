//! What later columns of the chain see of a column: its state, coarsened to one byte, and for dates
//! and times the parts of the calendar.

use crate::codec::Codec;
use plenish_learn::FeatureKind;
use plenish_table::{Column, MISSING_DATE, MISSING_INTEGER, calendar};
use serde::{Deserialize, Serialize};

const DAY: i64 = 86_400_000_000;

/// How a column's states and values become one-byte features.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Features {
    /// The code of each state; 0 is "missing".
    codes: Vec<u8>,
    ordered: bool,
    /// Parts of the calendar that follow the state's feature.
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Part {
    Month,
    Weekday,
    Day,
    Hour,
    Minute,
}

impl Features {
    /// Features of a column: at most `most` codes for its states, and calendar parts that vary.
    pub(crate) fn of(codec: &Codec, column: &Column, most: usize) -> Self {
        let counts = codec.counts();
        let first = usize::from(codec.has_missing());
        let mut codes = vec![0_u8; counts.len()];
        if codec.is_ordered() {
            // Neighbouring states share a code until it has its part of the mass.
            let total: f64 = counts[first..].iter().map(|&c| f64::from(c)).sum();
            let states = counts.len() - first;
            let share = if states <= most { 0.0 } else { total / most as f64 };
            let (mut code, mut mass, mut done) = (1_u8, 0.0, 0.0);
            for state in first..counts.len() {
                codes[state] = code;
                mass += f64::from(counts[state]);
                let full = mass >= share || done + mass >= share * f64::from(code);
                if full && state + 1 < counts.len() && usize::from(code) < most {
                    code += 1;
                    done += mass;
                    mass = 0.0;
                }
            }
        } else {
            for (i, code) in codes[first..].iter_mut().enumerate() {
                *code = (i + 1).min(most) as u8;
            }
        }
        let mut parts = Vec::new();
        if matches!(column, Column::Date(_) | Column::Timestamp(_)) {
            for part in [Part::Month, Part::Weekday, Part::Day, Part::Hour, Part::Minute] {
                let seen: std::collections::BTreeSet<u8> =
                    (0..column.len()).map(|row| part.code(column, row)).collect();
                if seen.iter().filter(|&&c| c > 0).count() > 1 {
                    parts.push(part);
                }
            }
        }
        Self {
            codes,
            ordered: codec.is_ordered(),
            parts,
        }
    }

    /// Whether there is a code for each of `states`.
    pub(crate) fn is_sound(&self, states: usize) -> bool {
        self.codes.len() == states
    }

    /// Whether there are features beside the state's.
    pub(crate) fn has_parts(&self) -> bool {
        !self.parts.is_empty()
    }

    /// What the features' codes mean.
    pub(crate) fn kinds(&self) -> Vec<FeatureKind> {
        let codes = u16::from(self.codes.iter().copied().max().unwrap_or(0)) + 1;
        let mut kinds = vec![FeatureKind {
            codes,
            ordered: self.ordered,
        }];
        kinds.extend(self.parts.iter().map(|part| FeatureKind {
            codes: part.codes(),
            ordered: *part != Part::Weekday,
        }));
        kinds
    }

    /// The features' codes, one vector a feature.
    pub(crate) fn encode(&self, states: &[u16], column: &Column) -> Vec<Vec<u8>> {
        let mut out = vec![states.iter().map(|&s| self.codes[usize::from(s)]).collect::<Vec<u8>>()];
        for part in &self.parts {
            out.push((0..column.len()).map(|row| part.code(column, row)).collect());
        }
        out
    }
}

impl Part {
    fn codes(self) -> u16 {
        match self {
            Self::Month => 13,
            Self::Weekday => 8,
            Self::Day => 32,
            Self::Hour => 25,
            Self::Minute => 61,
        }
    }

    fn code(self, column: &Column, row: usize) -> u8 {
        let (days, minute) = match column {
            Column::Date(days) if days[row] != MISSING_DATE => (days[row], None),
            Column::Timestamp(at) if at[row] != MISSING_INTEGER => (
                at[row].div_euclid(DAY) as i32,
                Some(at[row].rem_euclid(DAY) / (DAY / 1440)),
            ),
            _ => return 0,
        };
        let (month, day, weekday) = calendar(days);
        match self {
            Self::Month => month,
            Self::Weekday => weekday + 1,
            Self::Day => day,
            Self::Hour => minute.map_or(0, |m| (m / 60) as u8 + 1),
            Self::Minute => minute.map_or(0, |m| (m % 60) as u8 + 1),
        }
    }
}
