//! Distances between rows with columns of all types.
//!
//! Gower's (1971) in the form of the L1 norm: numbers and times scaled to the range of one table with -1
//! for missing, and 1 for categories that differ.

use crate::coded::Codes;
use plenish_table::{Column, Table};

/// Rows held against one query at a time: their distances stay in the first-level cache.
const BLOCK: usize = 1024;

/// The lowest value and the span of each column that is a number or a time; none for categories.
pub(crate) fn scales(table: &Table, columns: &[usize]) -> Vec<Option<(f64, f64)>> {
    columns
        .iter()
        .map(|&index| {
            let column = table.column(index);
            if matches!(column, Column::Text(_) | Column::Boolean(_)) {
                return None;
            }
            let present = (0..column.len()).filter_map(|row| column.number(row));
            let (low, high) = present.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
            let span = high - low;
            Some(if low > high {
                (0.0, 1.0)
            } else {
                (low, if span > 0.0 { span } else { 1.0 })
            })
        })
        .collect()
}

/// Rows as numbers on the distance's scale and as categories, column by column.
pub(crate) struct Points {
    numbers: Vec<Vec<f32>>,
    categories: Vec<Vec<u32>>,
    rows: usize,
}

impl Points {
    /// The chosen rows of a table, whose codes are those of table `part` in `coded`.
    pub(crate) fn new(
        table: &Table,
        coded: &[Codes],
        part: usize,
        columns: &[usize],
        scales: &[Option<(f64, f64)>],
        chosen: &[u32],
    ) -> Self {
        let mut numbers = Vec::new();
        let mut categories = Vec::new();
        for ((&index, scale), coded) in columns.iter().zip(scales).zip(coded) {
            if let Some((low, span)) = scale {
                let column = table.column(index);
                let scaled = |&row: &u32| column.number(row as usize).map_or(-1.0, |v| ((v - low) / span) as f32);
                numbers.push(chosen.iter().map(scaled).collect());
            } else {
                categories.push(chosen.iter().map(|&row| coded.tables[part][row as usize]).collect());
            }
        }
        Self {
            numbers,
            categories,
            rows: chosen.len(),
        }
    }

    /// Hands out the distances of these points from a row of `query`, a block at a time with the place of
    /// its first.
    pub(crate) fn each_block(&self, query: &Self, row: usize, mut hand: impl FnMut(usize, &[f32])) {
        let (mut distances, mut differing) = ([0.0_f32; BLOCK], [0_u32; BLOCK]);
        for start in (0..self.rows).step_by(BLOCK) {
            let end = (start + BLOCK).min(self.rows);
            let (distances, differing) = (&mut distances[..end - start], &mut differing[..end - start]);
            differing.fill(0);
            for (column, wanted) in self.categories.iter().zip(&query.categories) {
                let wanted = wanted[row];
                for (d, &code) in differing.iter_mut().zip(&column[start..end]) {
                    *d += u32::from(code != wanted);
                }
            }
            for (distance, &d) in distances.iter_mut().zip(&*differing) {
                *distance = d as f32;
            }
            for (column, wanted) in self.numbers.iter().zip(&query.numbers) {
                let wanted = wanted[row];
                for (distance, &x) in distances.iter_mut().zip(&column[start..end]) {
                    *distance += (x - wanted).abs();
                }
            }
            hand(start, distances);
        }
    }

    /// The distance from a row of `query` to the nearest of these points; infinite if there is none.
    pub(crate) fn nearest(&self, query: &Self, row: usize) -> f32 {
        let mut best = f32::INFINITY;
        self.each_block(query, row, |_, distances| {
            best = distances.iter().fold(best, |best, &d| if d < best { d } else { best });
        });
        best
    }

    /// The places of the `count` points nearest to a row of `query`, the nearest first; of points equally
    /// far, those that come first.
    pub(crate) fn neighbours(&self, query: &Self, row: usize, count: usize) -> Vec<u32> {
        let mut found: Vec<(f32, u32)> = Vec::with_capacity(count + 1);
        self.each_block(query, row, |start, distances| {
            for (place, &distance) in distances.iter().enumerate() {
                if found.len() == count && found.last().is_none_or(|last| distance >= last.0) {
                    continue;
                }
                let at = found.partition_point(|known| known.0 <= distance);
                found.insert(at, (distance, (start + place) as u32));
                found.truncate(count);
            }
        });
        found.into_iter().map(|(_, place)| place).collect()
    }
}
