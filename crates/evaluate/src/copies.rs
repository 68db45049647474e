//! Repeated real rows, and whether synthetic rows lie nearer to the rows the generator saw than to
//! rows it never saw.
//!
//! Nearness detects copying; it is no measure of privacy.

use crate::align::sample;
use crate::coded::{Codes, codes};
use crate::interval::wilson;
use crate::results::{Copies, Interval};
use plenish_table::{Column, Context, Result, Seed, Table};
use rayon::prelude::*;

/// Synthetic rows whose nearest neighbours are looked up, at most.
const QUERIES: usize = 3_000;
/// Real rows of each part they are looked up in, at most.
const NEIGHBOURS: usize = 50_000;
/// Distances closer than this are a tie.
const TIE: f32 = 1e-6;

/// Compares `synthetic` with the rows the generator saw (`real`) and never saw (`holdout`) over the
/// columns at `columns`; the tables share a schema.
///
/// `nearer`: for up to 3,000 synthetic rows, the distance to the nearest of equally many real and
/// holdout rows; the share nearer to a real one, ties counting half, with its Wilson interval. The
/// distance is Gower's (1971) in the form of the L1 norm: numbers and times scaled to the range of
/// `real` with -1 for missing, and 1 for categories that differ.
pub fn copies(
    real: &Table,
    holdout: &Table,
    synthetic: &Table,
    columns: &[usize],
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<Copies> {
    let tables = [real, holdout, synthetic];
    let coded: Vec<Codes> = columns
        .par_iter()
        .map(|&index| codes(&tables.map(|table| table.column(index))))
        .collect();
    let rows = tables.map(Table::rows);
    let share = |of: usize, among: usize, chance: usize| {
        let seen = Seen::new(&coded, among, rows[among]);
        (seen.share(of, rows[of]), seen.share(chance, rows[chance]))
    };
    let (synthetic, expected) = share(2, 0, 1);
    let (holdout, holdout_expected) = share(2, 1, 0);
    cx.check()?;
    Ok(Copies {
        synthetic,
        expected,
        holdout,
        holdout_expected,
        nearer: nearer(&tables, &coded, columns, seed, cx)?,
    })
}

/// The rows of one table, found by hash and then compared cell by cell.
struct Seen<'a> {
    coded: &'a [Codes],
    table: usize,
    /// (hash, row), sorted.
    index: Vec<(u64, u32)>,
}

impl<'a> Seen<'a> {
    fn new(coded: &'a [Codes], table: usize, rows: usize) -> Self {
        let mut index: Vec<(u64, u32)> = hashes(coded, table, rows)
            .into_iter()
            .enumerate()
            .map(|(row, hash)| (hash, row as u32))
            .collect();
        index.par_sort_unstable();
        Self { coded, table, index }
    }

    /// The share of rows of a table that are among the seen ones.
    fn share(&self, table: usize, rows: usize) -> f64 {
        let found: usize = hashes(self.coded, table, rows)
            .par_iter()
            .enumerate()
            .filter(|&(row, &hash)| {
                let start = self.index.partition_point(|entry| entry.0 < hash);
                self.index[start..]
                    .iter()
                    .take_while(|entry| entry.0 == hash)
                    .any(|&(_, seen)| {
                        let same = |c: &Codes| c.tables[self.table][seen as usize] == c.tables[table][row];
                        self.coded.iter().all(same)
                    })
            })
            .count();
        found as f64 / rows.max(1) as f64
    }
}

fn hashes(coded: &[Codes], table: usize, rows: usize) -> Vec<u64> {
    let mut hashes = vec![0x9E37_79B9_7F4A_7C15_u64; rows];
    for column in coded {
        for (hash, &code) in hashes.iter_mut().zip(&column.tables[table]) {
            let mixed = (*hash ^ u64::from(code)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
            *hash = mixed ^ (mixed >> 32);
        }
    }
    hashes
}

/// Rows as numbers on the distance's scale and as categories, column by column.
struct Points {
    numbers: Vec<Vec<f32>>,
    categories: Vec<Vec<u32>>,
    rows: usize,
}

/// Rows held against one query at a time: their distances stay in the first-level cache.
const BLOCK: usize = 1024;

impl Points {
    /// The distance from a row of `query` to the nearest of these points.
    fn nearest(&self, query: &Self, row: usize) -> f32 {
        let mut best = f32::INFINITY;
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
            best = distances.iter().fold(best, |best, &d| if d < best { d } else { best });
        }
        best
    }
}

fn nearer(tables: &[&Table; 3], coded: &[Codes], columns: &[usize], seed: &Seed, cx: &Context<'_>) -> Result<Interval> {
    let side = tables[0].rows().min(tables[1].rows()).min(NEIGHBOURS);
    let queries = tables[2].rows().min(QUERIES);
    let chosen = [
        sample(tables[0].rows(), side, &seed.derive("real")),
        sample(tables[1].rows(), side, &seed.derive("holdout")),
        sample(tables[2].rows(), queries, &seed.derive("queries")),
    ];
    // The scale of each number: its range in the rows the generator saw.
    let scales: Vec<Option<(f64, f64)>> = columns
        .iter()
        .map(|&index| {
            let column = tables[0].column(index);
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
        .collect();
    let points = |part: usize| -> Points {
        let rows = &chosen[part];
        let mut numbers = Vec::new();
        let mut categories = Vec::new();
        for ((&index, scale), coded) in columns.iter().zip(&scales).zip(coded) {
            if let Some((low, span)) = scale {
                let column = tables[part].column(index);
                let scaled = |&row: &u32| column.number(row as usize).map_or(-1.0, |v| ((v - low) / span) as f32);
                numbers.push(rows.iter().map(scaled).collect());
            } else {
                categories.push(rows.iter().map(|&row| coded.tables[part][row as usize]).collect());
            }
        }
        Points {
            numbers,
            categories,
            rows: rows.len(),
        }
    };
    let (seen, unseen, asked) = (points(0), points(1), points(2));
    cx.check()?;
    // Twice the wins, so that the sum is of whole numbers.
    let wins: u64 = (0..queries)
        .into_par_iter()
        .map(|row| {
            let (a, b) = (seen.nearest(&asked, row), unseen.nearest(&asked, row));
            if a.is_finite() && b.is_finite() && (a - b).abs() > TIE {
                if a < b { 2 } else { 0 }
            } else {
                1
            }
        })
        .sum();
    Ok(wilson(wins as f64 / (2 * queries.max(1)) as f64, queries as f64))
}
