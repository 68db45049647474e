//! Functional dependencies: the column that follows is left out of what the generator learns, and looked
//! up afterwards.

use super::combination::{compact, is_sound};
use plenish_table::{Column, MISSING_CODE, Seed, Table, Test, Value, value_codes};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::ops::Range;

/// Which value of one column follows from which of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lookup {
    /// Column of the whole table that decides.
    pub(crate) determinant: u32,
    /// Column that follows.
    pub(crate) dependent: u32,
    /// The values that decide, none missing; rising where they have an order.
    keys: Column,
    /// What follows from each key; then a missing cell; then the values beside a missing determinant.
    values: Column,
    /// For each key, training rows in which the dependent is there, and in which it is missing.
    present: Vec<u32>,
    absent: Vec<u32>,
    /// Rows of the keys up to and including each.
    mass: Vec<u64>,
    /// Rows without a determinant, up to and including each of the values at the end of `values`.
    unbound: Vec<u64>,
}

/// A value that equals another of its column just when their numbers here do; none for text.
fn exact(column: &Column, row: usize) -> Option<u64> {
    match column {
        Column::Integer(v) | Column::Timestamp(v) => Some(v[row] as u64),
        Column::Date(v) => Some(i64::from(v[row]) as u64),
        Column::Boolean(v) => Some(u64::from(v[row])),
        Column::Real(v) => Some((v[row] + 0.0).to_bits()),
        Column::Text(_) => None,
    }
}

fn pick(mass: &[u64], bits: u64) -> usize {
    let total = mass.last().copied().unwrap_or(0);
    let at = ((u128::from(bits) * u128::from(total)) >> 64) as u64;
    mass.partition_point(|&m| m <= at)
}

fn cumulative(rows: impl Iterator<Item = u64>) -> Vec<u64> {
    rows.scan(0, |sum, r| {
        *sum += r;
        Some(*sum)
    })
    .collect()
}

impl Lookup {
    /// Learns what follows from what; no row of `data` breaks the dependency.
    pub(crate) fn fit(data: &Table, determinant: u32, dependent: u32) -> Self {
        let (by, of) = (data.column(determinant as usize), data.column(dependent as usize));
        let (codes, count) = value_codes(&[by]);
        let mut head = vec![u32::MAX; count as usize];
        let mut counts = vec![[0_u32; 2]; count as usize];
        let mut loose: Vec<u32> = Vec::new();
        for (row, &code) in codes.iter().enumerate() {
            if by.is_missing(row) {
                loose.push(row as u32);
                continue;
            }
            let (head, counts) = (&mut head[code as usize], &mut counts[code as usize]);
            let missing = of.is_missing(row);
            if *head == u32::MAX || (counts[0] == 0 && !missing) {
                *head = row as u32;
            }
            counts[usize::from(missing)] += 1;
        }
        let mut order: Vec<usize> = (0..head.len()).filter(|&c| head[c] != u32::MAX).collect();
        let row = |code: usize| head[code] as usize;
        match by {
            Column::Text(text) => order.sort_by_key(|&c| text.get(row(c))),
            _ => order.sort_by(|&a, &b| {
                let number = |c| by.number(row(c)).unwrap_or(f64::NAN);
                number(a).total_cmp(&number(b)).then_with(|| {
                    exact(by, row(a))
                        .map(|v| v as i64)
                        .cmp(&exact(by, row(b)).map(|v| v as i64))
                })
            }),
        }
        let heads: Vec<u32> = order.iter().map(|&c| head[c]).collect();
        let mut values = of.take(&heads);
        let _ = values.append(&Column::all_missing(of.kind(), 1));
        let beside = of.take(&loose);
        let (codes, count) = value_codes(&[&beside]);
        let mut rows = vec![0_u64; count as usize];
        let mut first = vec![0_u32; count as usize];
        for (row, &code) in codes.iter().enumerate() {
            if rows[code as usize] == 0 {
                first[code as usize] = row as u32;
            }
            rows[code as usize] += 1;
        }
        let _ = values.append(&beside.take(&first));
        Self {
            determinant,
            dependent,
            keys: compact(&by.take(&heads)),
            values: compact(&values),
            present: order.iter().map(|&c| counts[c][0]).collect(),
            absent: order.iter().map(|&c| counts[c][1]).collect(),
            mass: cumulative(order.iter().map(|&c| u64::from(counts[c][0]) + u64::from(counts[c][1]))),
            unbound: cumulative(rows.into_iter()),
        }
    }

    /// The dependent cells for cells of the determinant. A number that no training row has is taken for
    /// its nearest neighbour; a text that none has, for one chosen by its letters: the same always gives
    /// the same.
    pub(crate) fn apply(&self, by: &Column, units: &Range<u64>, seed: &Seed, address: u32) -> Column {
        if self.mass.is_empty() {
            // The determinant was never there: only what stood beside it is known.
            return self.loose(by.len(), units, seed, address);
        }
        let places = self.places(by);
        let keys = self.mass.len();
        let rows: Vec<u32> = places
            .iter()
            .zip(units.clone())
            .map(|(place, unit)| match *place {
                Some(key) if self.absent[key] == 0 || self.present[key] == 0 => key as u32,
                Some(key) => {
                    let all = u64::from(self.present[key]) + u64::from(self.absent[key]);
                    let at = ((u128::from(seed.pair(unit, address).0) * u128::from(all)) >> 64) as u64;
                    if at < u64::from(self.present[key]) {
                        key as u32
                    } else {
                        keys as u32
                    }
                }
                None => self.beside(seed.pair(unit, address).0),
            })
            .collect();
        self.values.take(&rows)
    }

    /// The place of the key of every cell of the determinant, none where it is missing.
    fn places(&self, by: &Column) -> Vec<Option<usize>> {
        if let (Column::Text(text), Column::Text(keys)) = (by, &self.keys) {
            let known: HashMap<&str, usize> = (0..keys.codes.len()).filter_map(|k| Some((keys.get(k)?, k))).collect();
            let unknown = |word: &str| pick(&self.mass, Seed::new(0).derive(word).pair(0, 0).0);
            let word = |word: &String| known.get(word.as_str()).copied().unwrap_or_else(|| unknown(word));
            let words: Vec<usize> = text.dictionary.iter().map(word).collect();
            let place = |&code: &u32| (code != MISSING_CODE).then(|| words[code as usize]);
            return text.codes.iter().map(place).collect();
        }
        let known: HashMap<u64, usize> = (0..self.mass.len())
            .filter_map(|k| Some((exact(&self.keys, k)?, k)))
            .collect();
        let numbers = self.keys.numbers();
        let place = |row: usize| {
            if by.is_missing(row) {
                return None;
            }
            let found = exact(by, row).and_then(|v| known.get(&v).copied());
            found.or_else(|| Some(nearest(&numbers, by.number(row)?)))
        };
        (0..by.len()).map(place).collect()
    }

    /// The place of the key of every cell of the determinant; none where it is missing, and where no training
    /// row has it.
    pub(crate) fn known(&self, by: &Column) -> Vec<Option<usize>> {
        let places = if self.mass.is_empty() {
            vec![None; by.len()]
        } else {
            self.places(by)
        };
        let same = |row: usize, key: usize| by.value(row) == self.keys.value(key);
        let known = |(row, place): (usize, Option<usize>)| place.filter(|&key| same(row, key));
        places.into_iter().enumerate().map(known).collect()
    }

    /// What follows from a key, missing if nothing ever did.
    pub(crate) fn value(&self, key: usize) -> Value {
        if self.present[key] > 0 {
            self.values.value(key)
        } else {
            Value::Missing
        }
    }

    /// The cells that follow from keys without any doubt; all others are missing.
    pub(crate) fn certain(&self, keys: &[Option<usize>], complete: bool) -> Column {
        let sure = |&key: &usize| self.present[key] > 0 && (complete || self.absent[key] == 0);
        let place = |key: &Option<usize>| key.filter(sure).unwrap_or(self.mass.len()) as u32;
        self.values.take(&keys.iter().map(place).collect::<Vec<_>>())
    }

    /// The keys from which `value` follows, and whether it stands beside a missing determinant.
    pub(crate) fn leading_to(&self, value: &Value) -> (Vec<Value>, bool) {
        let keys = (0..self.mass.len()).filter(|&key| self.value(key) == *value);
        let loose = (0..self.unbound.len()).any(|i| self.values.value(self.mass.len() + 1 + i) == *value);
        (keys.map(|key| self.keys.value(key)).collect(), loose)
    }

    /// The share of a dependent cell among the training rows with its key, if that has one.
    pub(crate) fn share(&self, key: Option<usize>, value: &Value) -> f64 {
        let Some(key) = key else {
            let rows = |i: usize| self.unbound[i] - if i == 0 { 0 } else { self.unbound[i - 1] };
            let here = (0..self.unbound.len()).find(|&i| self.values.value(self.mass.len() + 1 + i) == *value);
            return here.map_or(0.0, |i| rows(i) as f64 / *self.unbound.last().unwrap_or(&1) as f64);
        };
        let all = f64::from(self.present[key]) + f64::from(self.absent[key]);
        match value {
            Value::Missing => f64::from(self.absent[key]) / all,
            value if *value == self.value(key) => f64::from(self.present[key]) / all,
            _ => 0.0,
        }
    }

    fn loose(&self, rows: usize, units: &Range<u64>, seed: &Seed, address: u32) -> Column {
        let places: Vec<u32> = units
            .clone()
            .map(|unit| self.beside(seed.pair(unit, address).0))
            .collect();
        debug_assert_eq!(places.len(), rows);
        self.values.take(&places)
    }

    /// The place of a value beside a missing determinant.
    fn beside(&self, bits: u64) -> u32 {
        if self.unbound.is_empty() {
            return pick(&self.mass, bits) as u32;
        }
        (self.mass.len() + 1 + pick(&self.unbound, bits)) as u32
    }

    /// The determinants whose dependents pass all `tests`, and whether rows with them pass for certain;
    /// none where rows without a determinant may pass as well.
    pub(crate) fn passing(&self, tests: &[&Test]) -> Option<(Vec<Value>, bool)> {
        let passes = |place: usize| {
            let value = self.values.value(place);
            tests.iter().all(|t| t.accepts(&value))
        };
        let keys = self.mass.len();
        if (0..self.unbound.len()).any(|i| passes(keys + 1 + i)) {
            return None;
        }
        let gap = tests.iter().all(|t| t.accepts(&Value::Missing));
        let mut certain = true;
        let mut out = Vec::new();
        for key in 0..keys {
            let (there, gone) = (self.present[key] > 0 && passes(key), self.absent[key] > 0 && gap);
            if there || gone {
                certain &= self.present[key] == 0 || self.absent[key] == 0 || (there && gone);
                out.push(self.keys.value(key));
            }
        }
        Some((out, certain))
    }

    /// Whether sizes fit together: for models read from files.
    pub(crate) fn is_sound(&self, width: usize) -> bool {
        let keys = self.mass.len();
        (self.determinant as usize) < width
            && (self.dependent as usize) < width
            && self.keys.len() == keys
            && self.present.len() == keys
            && self.absent.len() == keys
            && self.values.len() == keys + 1 + self.unbound.len()
            && keys + self.unbound.len() > 0
            && [&self.mass, &self.unbound].iter().all(|m| m.is_sorted_by(|a, b| a < b))
            && is_sound(&self.keys)
            && is_sound(&self.values)
    }
}

/// The place of the number in a rising list that is nearest to `x`, the smaller of two.
fn nearest(numbers: &[f64], x: f64) -> usize {
    let above = numbers.partition_point(|&n| n < x);
    match (above.checked_sub(1), numbers.get(above)) {
        (Some(below), Some(&n)) if x - numbers[below] > n - x => above,
        (Some(below), _) => below,
        (None, _) => 0,
    }
}
