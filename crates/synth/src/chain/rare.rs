//! Rare categories that go along with the values of another column: the tail numbers of one airline,
//! the towns of one state. Sharing one state for all rare categories would lose that; here they share
//! one for each value of the column they go along with best.

use crate::codec::Codec;
use plenish_table::{Column, MISSING_CODE, Table};
use rayon::prelude::*;

/// Fewer rows of rare categories are not looked at.
const FEWEST_ROWS: usize = 100;
/// A group has at least so many rows.
const FEWEST_IN_GROUP: u64 = 50;
/// Columns of so many states at most are looked at.
const MOST_STATES: usize = 64;
/// What knowing the category has to tell of another column, in nats a row.
const LEAST_GAIN: f64 = 0.05;

/// Groups the rare categories of every column that has some; `coded` holds the codecs of the columns
/// of `data` and the states of its rows.
pub(crate) fn group_rare(coded: &mut [(Codec, Vec<u16>)], data: &Table) {
    let found: Vec<Option<Vec<u16>>> = (0..coded.len())
        .into_par_iter()
        .map(|index| groups(index, coded, data.column(index)))
        .collect();
    for (index, groups) in found.into_iter().enumerate() {
        if let Some(groups) = groups {
            let (codec, states) = &mut coded[index];
            *states = codec.regroup(&groups, data.column(index));
        }
    }
}

/// The rows of rare categories, those of each category together.
struct RareRows {
    rows: Vec<u32>,
    /// Where each category's rows begin, and the end.
    starts: Vec<usize>,
}

impl RareRows {
    fn of(codec: &Codec, column: &Column) -> Option<Self> {
        let (Column::Text(text), Some(members)) = (column, codec.rare_members(column)) else {
            return None;
        };
        let mut of_row: Vec<(u32, u32)> = text
            .codes
            .iter()
            .enumerate()
            .filter(|(_, code)| **code != MISSING_CODE)
            .filter_map(|(row, &code)| Some((members[code as usize]?, row as u32)))
            .collect();
        of_row.sort_unstable();
        let count = of_row.last()?.0 as usize + 1;
        let starts = (0..=count as u32)
            .map(|member| of_row.partition_point(|r| r.0 < member))
            .collect();
        Some(Self {
            rows: of_row.into_iter().map(|r| r.1).collect(),
            starts,
        })
    }

    /// For each category, how many of its rows are in each of `count` states.
    fn histograms<'a>(&'a self, states: &'a [u16], count: usize) -> impl Iterator<Item = Vec<u32>> + 'a {
        self.starts.windows(2).map(move |w| {
            let mut histogram = vec![0; count];
            for &row in &self.rows[w[0]..w[1]] {
                histogram[usize::from(states[row as usize])] += 1;
            }
            histogram
        })
    }
}

/// The group of every rare category of a column; `None` if they are better left together.
fn groups(index: usize, coded: &[(Codec, Vec<u16>)], column: &Column) -> Option<Vec<u16>> {
    let rare = RareRows::of(&coded[index].0, column).filter(|r| r.rows.len() >= FEWEST_ROWS)?;
    let (_, best) = (0..coded.len())
        .filter(|&other| other != index && (2..=MOST_STATES).contains(&coded[other].0.states()))
        .map(|other| (gain(&rare, &coded[other].1, coded[other].0.states()), other))
        .filter(|(gain, _)| *gain > LEAST_GAIN)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))?;
    let states = coded[best].0.states();
    let mut mass = vec![0_u64; states];
    let likeliest: Vec<usize> = rare
        .histograms(&coded[best].1, states)
        .map(|histogram| {
            let most = (0..states).rev().max_by_key(|&s| histogram[s]).unwrap_or(0);
            mass[most] += histogram.iter().map(|&c| u64::from(c)).sum::<u64>();
            most
        })
        .collect();
    // Small groups are one; if that is small, it joins the largest.
    let large = |state: usize| mass[state] >= FEWEST_IN_GROUP;
    let largest = (0..states).rev().max_by_key(|&s| mass[s])?;
    let left: u64 = (0..states).filter(|&s| !large(s)).map(|s| mass[s]).sum();
    let mut next = 0;
    let mut group = vec![u16::MAX; states];
    for state in (0..states).filter(|&s| large(s)) {
        group[state] = next;
        next += 1;
    }
    let others = if left < FEWEST_IN_GROUP { group[largest] } else { next };
    for slot in group.iter_mut().filter(|g| **g == u16::MAX) {
        *slot = others;
    }
    (next > 1).then(|| likeliest.into_iter().map(|state| group[state]).collect())
}

/// How much likelier a row's state becomes, in nats, by the states of the other rows of its category.
/// Each row is left out of what it is judged by, so that categories of one row tell nothing.
fn gain(rare: &RareRows, states: &[u16], count: usize) -> f64 {
    let total = rare.rows.len() as f64;
    let mut base = vec![0.5 / total; count];
    for &row in &rare.rows {
        base[usize::from(states[row as usize])] += 1.0 / total;
    }
    let mut sum = 0.0;
    for histogram in rare.histograms(states, count) {
        let rows: u32 = histogram.iter().sum();
        for (&here, &base) in histogram.iter().zip(&base).filter(|(here, _)| **here > 0) {
            let others = (f64::from(here - 1) + base) / f64::from(rows);
            sum += f64::from(here) * libm::log(others / base);
        }
    }
    sum / total
}
