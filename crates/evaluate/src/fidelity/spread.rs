//! Whether synthetic rows lie where real ones do (precision), and everywhere they do (recall).
//!
//! Alpha-precision and beta-recall after Alaa, van Breugel, Saveliev and van der Schaar, "How faithful
//! is your synthetic data?", ICML 2022; density and coverage after Naeem, Oh, Uh, Choi and Yoo,
//! "Reliable fidelity and diversity metrics for generative models", ICML 2020. Their embeddings are
//! replaced by a distance for columns of all types: Gower's (1971) with numbers and times as their
//! ranks (Podani 1999), so that no outlier stretches a scale. How typical a row is of a table is its
//! mean distance to the rows of that table.

use super::codes::{HOLDOUT, REAL, SHUFFLED, SYNTHETIC, Shared, gather};
use super::normalised;
use super::results::Spread;
use crate::align::sample;
use crate::interval::{Z, deviation};
use crate::results::Score;
use plenish_table::{Context, Result, Seed};
use rayon::prelude::*;

/// Rows of each table, at most: all are held against all.
const MAX_SIDE: usize = 1_500;
/// Neighbours that reach round a real row; Naeem et al. recommend five.
const NEIGHBOURS: usize = 5;
/// Levels of the curves.
const LEVELS: usize = 20;
const REPLICATES: u64 = 100;
/// Ranks of present cells start here, so that a missing one is far from all.
const PRESENT: usize = 85;

/// Rows on the scale of the distance, column by column.
struct Points {
    ordered: Vec<Vec<u8>>,
    words: Vec<Vec<u8>>,
    rows: usize,
}

/// What is measured of one table against the holdout.
struct Found {
    /// For each row, the share of holdout rows less typical than it, 0 to 1.
    typical: Vec<f64>,
    /// For each row, in how many neighbourhoods of holdout rows it lies.
    inside: Vec<f64>,
    /// For each holdout row, whether a row lies in its neighbourhood, and the share of the table's
    /// rows that are at least as typical of it as that row.
    covered: Vec<Option<f64>>,
}

pub(crate) fn spread(shared: &Shared, seed: &Seed, cx: &Context<'_>) -> Result<Spread> {
    let side = shared.rows.iter().copied().min().unwrap_or(0).min(MAX_SIDE);
    let points = [REAL, HOLDOUT, SYNTHETIC, SHUFFLED].map(|table| {
        // The shuffled rows are those of the real part, drawn alike.
        let rows = sample(shared.rows[table], side, &seed.child(table as u64));
        Points::new(shared, table, &rows)
    });
    let holdout = &points[HOLDOUT];
    let own = distances(holdout, holdout);
    let reach: Vec<u32> = (0..side)
        .map(|row| {
            let mut others: Vec<u32> = own[row].clone();
            others.swap_remove(row);
            others.sort_unstable();
            others.get(NEIGHBOURS - 1).or(others.last()).copied().unwrap_or(0)
        })
        .collect();
    let mut centre: Vec<u64> = own.iter().map(|row| total(row)).collect();
    centre.sort_unstable();
    let mut found = Vec::with_capacity(3);
    for table in [SYNTHETIC, SHUFFLED, REAL] {
        cx.check()?;
        found.push(Found::new(&points[table], holdout, &centre, &reach));
    }
    let score = |part: u32, value: &dyn Fn(&Found, Option<&[u32]>) -> f64, most: f64| {
        let [v, floor, ceiling] = [0, 1, 2].map(|i| value(&found[i], None));
        let replicates: Vec<f64> = (0..REPLICATES)
            .map(|replicate| {
                let mut stream = seed.derive("bootstrap").stream(replicate, part);
                let rows: Vec<u32> = (0..side).map(|_| stream.below(side as u64) as u32).collect();
                value(&found[0], Some(&rows))
            })
            .collect();
        let error = deviation(&replicates);
        Score {
            value: v,
            low: error.map(|e| (v - Z * e).max(0.0)),
            high: error.map(|e| (v + Z * e).min(most)),
            floor: Some(floor),
            ceiling: Some(ceiling),
            // Where shuffling hardly changes a measure, chance would decide what lies between.
            normalised: normalised(v, Some(floor), Some(ceiling))
                .filter(|_| ceiling - floor > 4.0 * error.unwrap_or(0.0)),
        }
    };
    Ok(Spread {
        rows: side,
        neighbours: NEIGHBOURS,
        alpha_precision: score(0, &Found::alpha_precision, 1.0),
        beta_recall: score(1, &Found::beta_recall, 1.0),
        density: score(2, &Found::density, f64::MAX),
        coverage: score(3, &Found::coverage, 1.0),
    })
}

fn total(distances: &[u32]) -> u64 {
    distances.iter().map(|&d| u64::from(d)).sum()
}

impl Points {
    fn new(shared: &Shared, table: usize, rows: &[u32]) -> Self {
        let mut points = Self {
            ordered: Vec::new(),
            words: Vec::new(),
            rows: rows.len(),
        };
        for (place, shape) in shared.shapes.iter().enumerate() {
            let cells = gather(&shared.tables[table][place], rows);
            if shape.is_ordered() {
                let ranks = shape.ranks(PRESENT, 255);
                points
                    .ordered
                    .push(cells.iter().map(|&code| ranks[usize::from(code)]).collect());
            } else {
                points.words.push(cells);
            }
        }
        points
    }
}

/// The distances from each row of `from` to each of `to`, in 255ths of a column.
fn distances(from: &Points, to: &Points) -> Vec<Vec<u32>> {
    (0..from.rows)
        .into_par_iter()
        .map(|row| {
            let mut out = vec![0_u32; to.rows];
            for (a, b) in from.words.iter().zip(&to.words) {
                let wanted = a[row];
                for (d, &code) in out.iter_mut().zip(b) {
                    *d += u32::from(code != wanted) * 255;
                }
            }
            for (a, b) in from.ordered.iter().zip(&to.ordered) {
                let wanted = a[row];
                for (d, &rank) in out.iter_mut().zip(b) {
                    *d += u32::from(rank.abs_diff(wanted));
                }
            }
            out
        })
        .collect()
}

impl Found {
    fn new(table: &Points, holdout: &Points, centre: &[u64], reach: &[u32]) -> Self {
        let across = distances(table, holdout);
        let share = |sorted: &[u64], value: u64| {
            sorted.partition_point(|&other| other < value) as f64 / sorted.len().max(1) as f64
        };
        let typical = across.iter().map(|row| share(centre, total(row))).collect();
        let inside = across
            .iter()
            .map(|row| row.iter().zip(reach).filter(|(d, r)| d <= r).count() as f64)
            .collect();
        let own: Vec<u64> = distances(table, table).iter().map(|row| total(row)).collect();
        let mut sorted = own.clone();
        sorted.sort_unstable();
        let covered = reach
            .iter()
            .enumerate()
            .map(|(place, &reach)| {
                let nearest = (0..table.rows).min_by_key(|&row| across[row][place])?;
                (across[nearest][place] <= reach).then(|| share(&sorted, own[nearest]))
            })
            .collect();
        Self {
            typical,
            inside,
            covered,
        }
    }

    /// One less twice the area between the curve of the share of rows within the alpha most typical
    /// region of the holdout, and alpha.
    fn alpha_precision(&self, rows: Option<&[u32]>) -> f64 {
        curve(each(&self.typical, rows).map(Some))
    }

    /// The same for the share of holdout rows next to one of the beta most typical rows.
    fn beta_recall(&self, rows: Option<&[u32]>) -> f64 {
        curve(each(&self.covered, rows))
    }

    fn density(&self, rows: Option<&[u32]>) -> f64 {
        let (sum, count) = each(&self.inside, rows).fold((0.0, 0.0), |(s, n), v| (s + v, n + 1.0));
        sum / f64::max(count, 1.0) / NEIGHBOURS as f64
    }

    fn coverage(&self, rows: Option<&[u32]>) -> f64 {
        let (sum, count) =
            each(&self.covered, rows).fold((0.0, 0.0), |(s, n), v| (s + f64::from(u8::from(v.is_some())), n + 1.0));
        sum / f64::max(count, 1.0)
    }
}

/// All values, or those of `rows`.
fn each<'a, T: Copy>(values: &'a [T], rows: Option<&'a [u32]>) -> Box<dyn Iterator<Item = T> + 'a> {
    match rows {
        Some(rows) => Box::new(rows.iter().map(|&row| values[row as usize])),
        None => Box::new(values.iter().copied()),
    }
}

/// One less twice the mean distance between a curve of shares and the diagonal.
fn curve(values: impl Iterator<Item = Option<f64>>) -> f64 {
    let mut below = [0.0_f64; LEVELS + 1];
    let mut count = 0.0_f64;
    for value in values {
        count += 1.0;
        if let Some(value) = value {
            // Counted at every level it lies within.
            let first = ((value * LEVELS as f64) as usize + 1).min(LEVELS);
            below[first] += 1.0;
        }
    }
    let (mut sum, mut apart) = (0.0, 0.0);
    for (level, count_here) in below.iter().enumerate().skip(1) {
        sum += count_here;
        apart += (sum / count.max(1.0) - level as f64 / LEVELS as f64).abs();
    }
    1.0 - 2.0 * apart / LEVELS as f64
}
