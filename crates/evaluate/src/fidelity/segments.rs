//! Fidelity within parts of the table: each class of the target, each protected group; and whether
//! the groups have their shares and their rates of the target.

use super::agreement::{count, likeness};
use super::codes::{HOLDOUT, Level, REAL, SYNTHETIC, Shared, gather};
use super::normalised;
use super::results::{GroupRate, Segment};
use crate::results::Score;
use plenish_table::{Context, Result, Seed};
use rayon::prelude::*;

/// Groups of a column: quarters of a number, the most frequent texts.
const GROUPS: (usize, usize) = (4, 12);
/// Codes in pairs of columns within a segment, which has few rows.
const PAIR: (usize, usize) = (6, 10);
/// Segments with fewer rows in a table are not judged.
const MIN_ROWS: usize = 100;
/// Rows of a segment that are looked at, at most.
const MAX_SIDE: usize = 5_000;
/// Groups with fewer rows in a table have no rate.
const MIN_RATE_ROWS: usize = 30;
/// Differences within this many standard errors are chance.
const CHANCE: f64 = 3.0;

/// The rows of each table that have a code.
fn members(level: &Level, place: usize, code: u8) -> [Vec<u32>; 3] {
    [REAL, HOLDOUT, SYNTHETIC].map(|table| {
        let cells = &level.tables[table][place];
        (0..cells.len() as u32)
            .filter(|&row| cells[row as usize] == code)
            .collect()
    })
}

/// `count` of `rows`, evenly spread over them.
fn spread(rows: &[u32], count: usize) -> Vec<u32> {
    (0..count.min(rows.len()))
        .map(|i| rows[i * rows.len() / count.min(rows.len())])
        .collect()
}

pub(crate) fn segments(
    shared: &Shared,
    target: Option<&str>,
    protected: &[String],
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<Vec<Segment>> {
    let groups = shared.level(GROUPS.0, GROUPS.1);
    let coarse = shared.level(PAIR.0, PAIR.1);
    let mut out: Vec<Segment> = Vec::new();
    for name in target.into_iter().chain(protected.iter().map(String::as_str)) {
        let Some(place) = shared.place(name) else { continue };
        if out.iter().any(|segment| segment.column == name) {
            continue;
        }
        for code in 0..groups.sizes[place] as u8 {
            cx.check()?;
            let rows = members(&groups, place, code);
            if rows.iter().all(Vec::is_empty) {
                continue;
            }
            let few = rows.iter().any(|rows| rows.len() < MIN_ROWS);
            out.push(Segment {
                column: name.to_owned(),
                group: shared.shapes[place].group(&groups.members(place, code)),
                real: rows[0].len(),
                holdout: rows[1].len(),
                synthetic: rows[2].len(),
                agreement: (!few).then(|| within(&coarse, &rows, place, seed)),
            });
        }
    }
    Ok(out)
}

/// The mean agreement of all pairs without the segment's own column.
fn within(level: &Level, rows: &[Vec<u32>; 3], without: usize, seed: &Seed) -> Score {
    let side = rows[0].len().min(rows[2].len()).min(MAX_SIDE);
    let holdout = spread(&rows[1], MAX_SIDE);
    let (real, synthetic) = (spread(&rows[0], side), spread(&rows[2], side));
    let places: Vec<usize> = (0..level.sizes.len()).filter(|&p| p != without).collect();
    let table = |of: usize, rows: &[u32]| -> Vec<Vec<u8>> {
        level.tables[of].iter().map(|cells| gather(cells, rows)).collect()
    };
    let (real, holdout, synthetic) = (
        table(REAL, &real),
        table(HOLDOUT, &holdout),
        table(SYNTHETIC, &synthetic),
    );
    // Shuffled within the segment, so that the floor has its single columns.
    let shuffled: Vec<Vec<u8>> = real
        .iter()
        .enumerate()
        .map(|(place, cells)| {
            let mut cells = cells.clone();
            seed.stream(0, place as u32).shuffle(&mut cells);
            cells
        })
        .collect();
    let mut all: Vec<Vec<usize>> = places.iter().map(|&a| vec![a]).collect();
    for (i, &a) in places.iter().enumerate() {
        all.extend(places[i + 1..].iter().map(|&b| vec![a, b]));
    }
    let found: Vec<[f64; 3]> = all
        .par_iter()
        .map(|places| {
            let of = |table: &[Vec<u8>]| count(table, &level.sizes, places);
            let holdout = of(&holdout);
            [&synthetic, &shuffled, &real].map(|table| likeness(&of(table), &holdout).affinity)
        })
        .collect();
    let mean = |i: usize| found.iter().map(|f| f[i]).sum::<f64>() / found.len().max(1) as f64;
    if found.is_empty() {
        return Score {
            value: 1.0,
            ..Score::default()
        };
    }
    Score {
        value: mean(0),
        low: None,
        high: None,
        floor: Some(mean(1)),
        ceiling: Some(mean(2)),
        normalised: normalised(mean(0), Some(mean(1)), Some(mean(2))),
    }
}

/// The share of each protected group, and of each class of the target within it.
pub(crate) fn rates(shared: &Shared, target: Option<&str>, protected: &[String]) -> Vec<GroupRate> {
    let groups = shared.level(GROUPS.0, GROUPS.1);
    let target = target.and_then(|name| shared.place(name));
    let mut out = Vec::new();
    let all = [REAL, HOLDOUT, SYNTHETIC].map(|table| shared.rows[table]);
    for name in protected {
        let Some(place) = shared.place(name) else { continue };
        for code in 0..groups.sizes[place] as u8 {
            let rows = members(&groups, place, code);
            if rows.iter().all(Vec::is_empty) {
                continue;
            }
            let sizes = [0, 1, 2].map(|t| rows[t].len());
            let group = shared.shapes[place].group(&groups.members(place, code));
            let rate = |class: Option<String>, of: [usize; 3], among: [usize; 3]| {
                let [real, holdout, synthetic] = [0, 1, 2].map(|t| of[t] as f64 / among[t].max(1) as f64);
                GroupRate {
                    column: name.clone(),
                    group: group.clone(),
                    class,
                    rows: among[1].min(among[2]),
                    real,
                    holdout,
                    synthetic,
                    gap: among.iter().all(|&n| n >= MIN_RATE_ROWS).then(|| beyond(of, among)),
                }
            };
            out.push(rate(None, sizes, all));
            let Some(target) = target.filter(|&t| t != place) else {
                continue;
            };
            for class in 0..groups.sizes[target] as u8 {
                let of = [REAL, HOLDOUT, SYNTHETIC].map(|table| {
                    let cells = &groups.tables[table][target];
                    rows[table].iter().filter(|row| cells[**row as usize] == class).count()
                });
                if of.iter().any(|&count| count > 0) {
                    let class = shared.shapes[target].group(&groups.members(target, class));
                    out.push(rate(Some(class), of, sizes));
                }
            }
        }
    }
    out
}

/// How far the synthetic share lies outside the two real ones, beyond three standard errors.
fn beyond(of: [usize; 3], among: [usize; 3]) -> f64 {
    let share = |t: usize| of[t] as f64 / among[t] as f64;
    let (low, high) = (share(0).min(share(1)), share(0).max(share(1)));
    let outside = (share(2) - high).max(low - share(2)).max(0.0);
    let n = among.map(|n| n as f64);
    let pooled = of.iter().sum::<usize>() as f64 / n.iter().sum::<f64>();
    let nearest = if share(2) > high {
        usize::from(share(1) > share(0))
    } else {
        usize::from(share(1) < share(0))
    };
    let error = (pooled * (1.0 - pooled) * (1.0 / n[2] + 1.0 / n[nearest])).sqrt();
    (outside - CHANCE * error).max(0.0)
}
