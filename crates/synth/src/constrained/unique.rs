//! Columns without repetition: a value for each row's number by a keyed one-to-one mapping onto the
//! values the column may have, so that any range of rows is made alone and no value comes twice.

use plenish_table::{Column, ColumnSchema, ColumnType, Error, MISSING_CODE, Result, Seed};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;

/// Texts of more letters than this are not made up letter by letter.
const LONGEST: usize = 64;

/// A column whose values never repeat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Distinct {
    /// Column of the whole table.
    pub(crate) column: u32,
    /// Its name.
    name: String,
    space: Space,
}

/// The values there are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Space {
    /// Whole numbers from the first on in steps of the second, as many as the third; divided by ten to
    /// the power of the fourth.
    Numbers(i64, u64, u64, u8),
    /// Texts with one of these letters at each place.
    Letters(Vec<Vec<char>>),
}

impl Space {
    fn count(&self) -> u64 {
        match self {
            Self::Numbers(_, _, count, _) => *count,
            Self::Letters(places) => places
                .iter()
                .fold(1_u64, |n, letters| n.saturating_mul(letters.len() as u64)),
        }
    }
}

/// A class of letters a letter stands for: what else may stand at its place.
fn class(letter: char) -> Vec<char> {
    match letter {
        '0'..='9' => ('0'..='9').collect(),
        'a'..='z' => ('a'..='z').collect(),
        'A'..='Z' => ('A'..='Z').collect(),
        other => vec![other],
    }
}

impl Distinct {
    /// The values that a column without repetition may have, in its range or of the shape of its texts.
    /// Fails where those are too few, or not known.
    pub(crate) fn fit(column: &Column, schema: &ColumnSchema, at: u32) -> Result<Self> {
        let refuse = |why: &str| {
            Error::usage(format!("unique values cannot be made for it: {why}"))
                .in_column(&schema.name)
                .help("give it the role \"identifier\", or remove the constraint")
        };
        let space = match column {
            Column::Integer(v) | Column::Timestamp(v) => numbers(v.iter().copied().filter(|&n| n != i64::MIN), 0),
            Column::Date(v) => numbers(v.iter().filter(|&&n| n != i32::MIN).map(|&n| i64::from(n)), 0),
            Column::Real(v) => {
                let digits = schema
                    .decimals
                    .ok_or_else(|| refuse("its numbers have no fixed count of decimals"))?;
                let scale = 10_f64.powi(i32::from(digits));
                numbers(
                    v.iter()
                        .filter(|n| !n.is_nan() && (*n * scale).abs() < 9e15)
                        .map(|n| (n * scale).round() as i64),
                    digits,
                )
            }
            Column::Text(text) => {
                let words: BTreeSet<&str> = (0..text.codes.len()).filter_map(|row| text.get(row)).collect();
                letters(&words).ok_or_else(|| refuse("its texts have no common shape, like AB-1234"))?
            }
            Column::Boolean(_) => return Err(refuse("there are only two values")),
        };
        let present = column.len() - column.missing_count();
        if space.count() < present as u64 {
            return Err(refuse("its values do not lie on a grid"));
        }
        Ok(Self {
            column: at,
            name: schema.name.clone(),
            space,
        })
    }

    /// The values of rows `units`. Fails when there are not as many values as rows.
    pub(crate) fn cells(
        &self,
        units: &Range<u64>,
        seed: &Seed,
        kind: ColumnType,
        missing: Option<&Column>,
    ) -> Result<Column> {
        let count = self.space.count();
        if units.end > count {
            return Err(Error::usage(format!(
                "row {} is asked for, but there are only {count} different values",
                units.end
            ))
            .in_column(&self.name)
            .help(format!(
                "make at most {count} rows, or remove the constraint unique({})",
                self.name
            )));
        }
        let seed = seed.derive("unique").child(u64::from(self.column));
        let is_missing = |row: usize| matches!(missing, Some(Column::Boolean(flags)) if flags[row] == 1);
        let places = units.clone().map(|unit| shuffled(unit, count, &seed));
        let mut column = Column::all_missing(kind, 0);
        match (&self.space, &mut column) {
            (Space::Letters(shape), Column::Text(text)) => {
                let mut words = Vec::new();
                for (row, place) in places.enumerate() {
                    if is_missing(row) {
                        text.codes.push(MISSING_CODE);
                    } else {
                        text.codes.push(words.len() as u32);
                        words.push(spell(shape, place));
                    }
                }
                text.dictionary = Arc::new(words);
            }
            (Space::Numbers(first, step, _, digits), column) => {
                *column = Column::all_missing(kind, (units.end - units.start) as usize);
                for (row, place) in places.enumerate().filter(|(row, _)| !is_missing(*row)) {
                    let number = first.wrapping_add((place * step) as i64);
                    match column {
                        Column::Integer(v) | Column::Timestamp(v) => v[row] = number,
                        Column::Date(v) => v[row] = number as i32,
                        Column::Real(v) => v[row] = number as f64 / 10_f64.powi(i32::from(*digits)),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        Ok(column)
    }

    /// The cells of given rows: those that are there as they are, all others by their number among the others,
    /// and none like a given one; `missing` tells which stay missing. Fails when there are not as many values
    /// as rows.
    pub(crate) fn cells_beside(&self, given: &Column, seed: &Seed, missing: Option<&Column>) -> Result<Column> {
        let open: Vec<u32> = (0..given.len() as u32)
            .filter(|&row| given.is_missing(row as usize))
            .collect();
        let flags = missing.map(|flags| flags.take(&open));
        // Numbers beyond those of the open rows stand for values that turn out to be given.
        let spare = given.len() as u64 - open.len() as u64;
        let (count, own) = (self.space.count(), open.len() as u64);
        let all = self.cells(&(0..(own + spare).min(count).max(own)), seed, given.kind(), None)?;
        let taken: HashSet<String> = (0..given.len())
            .filter(|&row| !given.is_missing(row))
            .map(|row| given.value(row).to_string())
            .collect();
        let free = |row: &usize| !taken.contains(&all.value(*row).to_string());
        let mut spares = (open.len()..all.len()).filter(free);
        let mut places: Vec<u32> = Vec::with_capacity(given.len());
        for row in 0..open.len() {
            let place = if free(&row) { Some(row) } else { spares.next() };
            places.push(place.ok_or_else(|| {
                Error::usage(format!("{own} of {} rows lack a value, but only {count} different values are known, some of which are given", given.len()))
                    .in_column(&self.name)
                    .help(format!("give more of them, or remove the constraint unique({})", self.name))
            })? as u32);
        }
        let mut made = all.take(&places);
        if let Some(Column::Boolean(flags)) = &flags {
            // A cell that stays missing: what is taken from a column with one at its end.
            let last = made.len() as u32;
            let _ = made.append(&Column::all_missing(given.kind(), 1));
            let kept = |(row, &flag): (u32, &u8)| if flag == 1 { last } else { row };
            made = made.take(&(0..).zip(flags).map(kept).collect::<Vec<_>>());
        }
        let mut joined = given.clone();
        if !joined.append(&made) {
            return Err(Error::internal("keys of another type"));
        }
        let mut order: Vec<u32> = (0..given.len() as u32).collect();
        for (at, &row) in open.iter().enumerate() {
            order[row as usize] = given.len() as u32 + at as u32;
        }
        Ok(joined.take(&order))
    }

    /// A few values, for a check against what else holds for the column.
    pub(crate) fn examples(&self, kind: ColumnType) -> Result<Column> {
        self.cells(&(0..self.space.count().min(200)), &Seed::new(1), kind, None)
    }

    /// Whether sizes fit together: for models read from files.
    pub(crate) fn is_sound(&self, width: usize) -> bool {
        (self.column as usize) < width
            && match &self.space {
                Space::Numbers(_, step, count, digits) => *step > 0 && *count > 0 && *digits < 20,
                Space::Letters(places) => places.iter().all(|letters| !letters.is_empty()),
            }
    }
}

fn numbers(values: impl Iterator<Item = i64> + Clone, digits: u8) -> Space {
    let low = values.clone().min().unwrap_or(0);
    let high = values.clone().max().unwrap_or(0);
    let mut step = 0_u64;
    for value in values {
        let (mut a, mut b) = (value.abs_diff(low), step);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        step = a;
    }
    let step = step.max(1);
    Space::Numbers(low, step, (high.abs_diff(low) / step).saturating_add(1), digits)
}

fn letters(words: &BTreeSet<&str>) -> Option<Space> {
    let length = words.first()?.chars().count();
    if length == 0 || length > LONGEST || words.iter().any(|w| w.chars().count() != length) {
        return None;
    }
    let mut places: Vec<BTreeSet<char>> = vec![BTreeSet::new(); length];
    for word in words {
        for (place, letter) in places.iter_mut().zip(word.chars()) {
            place.insert(letter);
        }
    }
    // A place that never changes is part of the shape; one that does may hold its whole classes.
    let shape = places
        .into_iter()
        .map(|seen| {
            if seen.len() == 1 {
                return seen.into_iter().collect();
            }
            let all: BTreeSet<char> = seen.into_iter().flat_map(class).collect();
            all.into_iter().collect()
        })
        .collect();
    Some(Space::Letters(shape))
}

fn spell(shape: &[Vec<char>], mut place: u64) -> String {
    let mut word: Vec<char> = shape
        .iter()
        .rev()
        .map(|letters| {
            let letter = letters[(place % letters.len() as u64) as usize];
            place /= letters.len() as u64;
            letter
        })
        .collect();
    word.reverse();
    word.into_iter().collect()
}

/// The place of `unit` in a shuffle of 0..`count`: a Feistel network of four rounds over the next power
/// of four, walked until it ends inside (Black and Rogaway, "Ciphers with arbitrary finite domains",
/// CT-RSA 2002). The walk is on a circle through `unit`, which lies inside: it ends.
fn shuffled(unit: u64, count: u64, seed: &Seed) -> u64 {
    let bits = (64 - count.saturating_sub(1).leading_zeros()).div_ceil(2).max(1);
    let mask = (1_u64 << bits) - 1;
    let mut at = unit;
    loop {
        let (mut left, mut right) = (at >> bits, at & mask);
        for round in 0..4 {
            let mixed = seed.pair(right, round).0 & mask;
            (left, right) = (right, left ^ mixed);
        }
        at = left << bits | right;
        if at < count {
            return at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_table::TextColumn;
    use proptest::prelude::*;

    proptest! {
        /// Every value comes once, whatever their count.
        #[test]
        fn a_shuffle_repeats_nothing(count in 1_u64..3000, seed: u64) {
            let seed = Seed::new(seed);
            let seen: BTreeSet<u64> = (0..count).map(|unit| shuffled(unit, count, &seed)).collect();
            prop_assert_eq!(seen.len() as u64, count);
            prop_assert!(seen.iter().all(|&at| at < count));
        }
    }

    #[test]
    fn texts_keep_their_shape() {
        let text = TextColumn::from_cells(["AB-104", "AX-977", "AC-310"].map(Some));
        let schema = ColumnSchema::new("code", ColumnType::Text);
        let made = Distinct::fit(&Column::Text(text), &schema, 0).unwrap();
        let Column::Text(cells) = made.cells(&(100..400), &Seed::new(1), ColumnType::Text, None).unwrap() else {
            panic!("no text")
        };
        let words: BTreeSet<&str> = (0..300).filter_map(|row| cells.get(row)).collect();
        assert_eq!(words.len(), 300);
        for word in words {
            let ok = word.starts_with('A') && word.as_bytes()[2] == b'-' && word[3..].parse::<u32>().is_ok();
            assert!(ok && word.as_bytes()[1].is_ascii_uppercase(), "{word}");
        }
        let error = made
            .cells(&(0..26_001), &Seed::new(1), ColumnType::Text, None)
            .unwrap_err();
        assert!(error.to_string().contains("only 26000 different values"), "{error}");
    }
}
