//! Agreement of single columns, pairs and triples with the holdout on shared robust bins.
//!
//! Scores are affinities of cell shares, which chance lowers by the square of what it moves a share:
//! a total variation distance would blur the way from floor to ceiling. What gates look at is that
//! distance, because it is a share of rows.
//!
//! The floor is what the real rows reach with their columns shuffled, the ceiling what they reach as
//! they are; both have as many rows as are looked at of the synthetic ones, so that chance lowers
//! all three alike.

use super::codes::{HOLDOUT, Level, REAL, SHUFFLED, SYNTHETIC, Shared, gather};
use super::results::{Agreement, ColumnAgreement, PairAgreement, TripleAgreement};
use super::{normalised, overall};
use crate::interval::{Z, deviation};
use crate::results::Score;
use plenish_table::{Context, Result, Seed};
use rayon::prelude::*;
use std::collections::BTreeSet;

/// Bins of numbers and codes of texts in pairs: about 200 cells.
const PAIR: (usize, usize) = (12, 20);
/// The same in triples.
const TRIPLE: (usize, usize) = (5, 6);
/// Triples that are looked at, at most; of more, that many are drawn.
const TRIPLES: usize = 300;
/// Triples that are listed.
const LISTED: usize = 20;
/// Bootstrap replicates, and rows drawn for one at most; the error of fewer rows is scaled down
/// (Bickel, Goetze and van Zwet 1997).
const REPLICATES: u64 = 40;
const DRAWS: usize = 5_000;
/// Differences within this many standard errors are chance.
const CHANCE: f64 = 3.0;

/// Columns that are counted together.
type Places = [usize];

/// How often each combination of codes occurs.
pub(crate) fn count(table: &[Vec<u8>], sizes: &[usize], places: &Places) -> Vec<u32> {
    let mut cells = vec![0_u32; places.iter().map(|&p| sizes[p]).product()];
    match *places {
        [a] => {
            for &x in &table[a] {
                cells[usize::from(x)] += 1;
            }
        }
        [a, b] => {
            let width = sizes[b];
            for (&x, &y) in table[a].iter().zip(&table[b]) {
                cells[usize::from(x) * width + usize::from(y)] += 1;
            }
        }
        [a, b, c] => {
            let (width, depth) = (sizes[b], sizes[c]);
            for ((&x, &y), &z) in table[a].iter().zip(&table[b]).zip(&table[c]) {
                cells[(usize::from(x) * width + usize::from(y)) * depth + usize::from(z)] += 1;
            }
        }
        _ => {}
    }
    cells
}

/// How alike two tables of counts are.
#[derive(Clone, Copy, Default)]
pub(crate) struct Likeness {
    /// Bhattacharyya's (1943) affinity: the sum of the geometric means of shares; 1 where all shares
    /// are equal, 0 where no cell is in both.
    pub(crate) affinity: f64,
    /// The total variation distance: the share of rows that would have to change their cell.
    apart: f64,
}

pub(crate) fn likeness(a: &[u32], b: &[u32]) -> Likeness {
    let total = |counts: &[u32]| counts.iter().map(|&c| u64::from(c)).sum::<u64>().max(1) as f64;
    let (n, m) = (total(a), total(b));
    let (mut affinity, mut apart) = (0.0, 0.0);
    for (&x, &y) in a.iter().zip(b) {
        let (p, q) = (f64::from(x) / n, f64::from(y) / m);
        affinity += (p * q).sqrt();
        apart += (p - q).abs();
    }
    Likeness {
        affinity: affinity.min(1.0),
        apart: apart / 2.0,
    }
}

/// What is measured of the synthetic rows, the floor and the ceiling, one entry a combination of
/// columns.
struct Measured {
    value: Vec<f64>,
    floor: Vec<f64>,
    ceiling: Vec<f64>,
    /// How much farther apart the synthetic rows are from the holdout than real ones are.
    farther: Vec<f64>,
    /// Standard errors of values and of distances.
    errors: Vec<[Option<f64>; 2]>,
}

fn measure(level: &Level, places: &[Vec<usize>]) -> Measured {
    let rows: Vec<[Likeness; 3]> = places
        .par_iter()
        .map(|places| {
            let of = |table: usize| count(&level.tables[table], &level.sizes, places);
            let holdout = of(HOLDOUT);
            [SYNTHETIC, SHUFFLED, REAL].map(|table| likeness(&of(table), &holdout))
        })
        .collect();
    let column = |i: usize| rows.iter().map(|row| row[i].affinity).collect();
    Measured {
        value: column(0),
        floor: column(1),
        ceiling: column(2),
        farther: rows.iter().map(|row| row[0].apart - row[2].apart).collect(),
        errors: vec![[None; 2]; rows.len()],
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

impl Measured {
    fn score(&self, place: usize) -> Score {
        let error = self.errors[place][0];
        score(self.value[place], error, self.floor[place], self.ceiling[place])
    }

    /// The share of rows in the wrong cells, beyond what real rows have and chance.
    fn gap(&self, place: usize) -> f64 {
        (self.farther[place] - CHANCE * self.errors[place][1].unwrap_or(0.0)).max(0.0)
    }

    fn mean(&self, error: Option<f64>) -> Score {
        if self.value.is_empty() {
            return Score {
                value: 1.0,
                ..Score::default()
            };
        }
        score(mean(&self.value), error, mean(&self.floor), mean(&self.ceiling))
    }
}

fn score(value: f64, error: Option<f64>, floor: f64, ceiling: f64) -> Score {
    Score {
        value,
        low: error.map(|e| (value - Z * e).max(0.0)),
        high: error.map(|e| (value + Z * e).min(1.0)),
        floor: Some(floor),
        ceiling: Some(ceiling),
        normalised: normalised(value, Some(floor), Some(ceiling)),
    }
}

pub(crate) fn agreements(shared: &Shared, seed: &Seed, cx: &Context<'_>) -> Result<Agreement> {
    let n = shared.shapes.len();
    let levels = [
        shared.level(usize::MAX, usize::MAX),
        shared.level(PAIR.0, PAIR.1),
        shared.level(TRIPLE.0, TRIPLE.1),
    ];
    let singles: Vec<Vec<usize>> = (0..n).map(|a| vec![a]).collect();
    let pairs: Vec<Vec<usize>> = (0..n).flat_map(|a| (a + 1..n).map(move |b| vec![a, b])).collect();
    let places = [singles, pairs, triples(n, seed)];
    let mut measured: Vec<Measured> = levels
        .iter()
        .zip(&places)
        .map(|(level, places)| measure(level, places))
        .collect();
    cx.check()?;
    let means = errors(&levels, &places, &mut measured, shared, seed);
    let [columns, pairs, triples] = [0, 1, 2].map(|order| measured[order].mean(means[order]));
    let parts: Vec<Score> = [columns, pairs, triples]
        .into_iter()
        .zip(&places)
        .filter(|(_, places)| !places.is_empty())
        .map(|(score, _)| score)
        .collect();
    let name = |place: usize| shared.name(place).to_owned();
    let mut worst: Vec<usize> = (0..places[2].len()).collect();
    let short = |t: &usize| measured[2].farther[*t];
    worst.sort_by(|a, b| short(b).total_cmp(&short(a)));
    Ok(Agreement {
        overall: overall(&parts),
        columns,
        pairs,
        triples,
        by_column: (0..n)
            .map(|place| ColumnAgreement {
                name: name(place),
                score: measured[0].score(place),
                gap: measured[0].gap(place),
            })
            .collect(),
        by_pair: places[1]
            .iter()
            .enumerate()
            .map(|(place, pair)| PairAgreement {
                a: name(pair[0]),
                b: name(pair[1]),
                score: measured[1].score(place),
                gap: measured[1].gap(place),
            })
            .collect(),
        worst_triples: worst
            .into_iter()
            .take(LISTED)
            .map(|place| TripleAgreement {
                columns: places[2][place].iter().map(|&p| name(p)).collect(),
                score: measured[2].score(place),
            })
            .collect(),
        triples_measured: places[2].len(),
    })
}

/// All triples, or as many as are looked at, drawn without replacement, in order.
fn triples(n: usize, seed: &Seed) -> Vec<Vec<usize>> {
    if n * n.saturating_sub(1) * n.saturating_sub(2) / 6 <= TRIPLES {
        return (0..n)
            .flat_map(|a| (a + 1..n).flat_map(move |b| (b + 1..n).map(move |c| vec![a, b, c])))
            .collect();
    }
    let mut stream = seed.derive("triples").stream(0, 0);
    let mut chosen = BTreeSet::new();
    while chosen.len() < TRIPLES {
        let triple: BTreeSet<usize> = (0..3).map(|_| stream.below(n as u64) as usize).collect();
        if triple.len() == 3 {
            chosen.insert(triple.into_iter().collect());
        }
    }
    chosen.into_iter().collect()
}

/// Standard errors by the bootstrap of synthetic and holdout rows: those of single columns and pairs
/// are put in `measured`, those of the three means returned.
fn errors(
    levels: &[Level; 3],
    places: &[Vec<Vec<usize>>; 3],
    measured: &mut [Measured],
    shared: &Shared,
    seed: &Seed,
) -> [Option<f64>; 3] {
    let rows = [shared.rows[SYNTHETIC], shared.rows[HOLDOUT]];
    let share = (DRAWS as f64 / rows[0].max(rows[1]).max(1) as f64).min(1.0);
    let draws = rows.map(|n| ((n as f64 * share).round() as usize).max(1));
    let seed = seed.derive("bootstrap");
    let replicates: Vec<[Vec<Likeness>; 3]> = (0..REPLICATES)
        .into_par_iter()
        .map(|replicate| {
            let drawn: Vec<Vec<u32>> = (0..2)
                .map(|side| {
                    let mut stream = seed.stream(replicate, side as u32);
                    (0..draws[side])
                        .map(|_| stream.below(rows[side] as u64) as u32)
                        .collect()
                })
                .collect();
            [0, 1, 2].map(|order| {
                let level = &levels[order];
                let table = |of: usize, rows: &[u32]| -> Vec<Vec<u8>> {
                    level.tables[of].iter().map(|cells| gather(cells, rows)).collect()
                };
                let (synthetic, holdout) = (table(SYNTHETIC, &drawn[0]), table(HOLDOUT, &drawn[1]));
                places[order]
                    .iter()
                    .map(|places| {
                        let of = |table: &[Vec<u8>]| count(table, &level.sizes, places);
                        likeness(&of(&synthetic), &of(&holdout))
                    })
                    .collect()
            })
        })
        .collect();
    let scaled = |values: Vec<f64>| deviation(&values).map(|d| d * share.sqrt());
    for order in 0..2 {
        measured[order].errors = (0..places[order].len())
            .map(|place| {
                let of = |part: &dyn Fn(&Likeness) -> f64| {
                    scaled(replicates.iter().map(|r| part(&r[order][place])).collect())
                };
                [of(&|l| l.affinity), of(&|l| l.apart)]
            })
            .collect();
    }
    let average = |found: &[Likeness]| mean(&found.iter().map(|l| l.affinity).collect::<Vec<_>>());
    [0, 1, 2].map(|order| scaled(replicates.iter().map(|r| average(&r[order])).collect()))
}
