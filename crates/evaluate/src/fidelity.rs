//! How alike the synthetic and the real tables are, every score between its floor and its ceiling.
//!
//! The floor is what the training part scores after each of its columns was shuffled by itself, the
//! ceiling what the real holdout scores. Shapes survive shuffling, so that their floor is 1 and they
//! are not normalised.

mod agreement;
mod codes;
mod links;
mod presence;
mod proxies;
mod regions;
mod results;
mod robust;
mod segments;
mod spread;
mod tells;
mod times;

pub use codes::MAX_ROWS;
pub use results::{
    Agreement, ColumnAgreement, Gone, GroupRate, Link, Links, PairAgreement, Proxy, ProxyPower, Region, Robust,
    RowOrder, Segment, Spread, Tell, Tells, TimeOrder, Times, TripleAgreement,
};
pub use robust::robust;

use crate::align::sample;
use crate::detection::{Detection, detect};
use crate::interval::{Z, deviation};
use crate::results::{ColumnFidelity, Fidelity, PairFidelity, Score};
use crate::sdmetrics::{Comparison, Quality, is_continuous, mean};
use plenish_table::{Context, Result, Seed, Table};
use rayon::prelude::*;

/// Bootstrap replicates of shapes and pairs.
const REPLICATES: u64 = 100;
/// Rows drawn for a replicate at most.
const DRAWS: usize = 20_000;
/// Rows times pairs of a replicate at most, as long as [`FEWEST`] rows are drawn.
const WORK: usize = 1_000_000;
const FEWEST: usize = 2_000;
/// Floor and ceiling closer than this say nothing about what lies between.
const MIN_SPAN: f64 = 1e-3;

/// Scores `synthetic` against `real` (rows the generator saw) and `holdout` (rows it never saw) over
/// the columns at `columns`; the tables share a schema and have at least ten rows each.
///
/// Intervals of shapes and pairs: 100 bootstrap replicates of the rows of both tables give the
/// standard error, and the interval is the value plus or minus 1.96 of it, because replicates of
/// such distances are biased away from 1 and their percentiles would be too low. Of tables with more
/// than 20,000 rows that many are drawn (fewer where more than 50 pairs count, at least 2,000), and the error is scaled down accordingly (Bickel, Goetze
/// and van Zwet 1997). Intervals of detection: percentiles of 200 replicates of the scored rows. The
/// interval of the overall score adds the three variances as if they were independent.
///
/// Of tables with more than 100,000 rows, as many rows are drawn.
///
/// Where no pair of real columns is associated enough to count, `pairs` is 1 without floor, ceiling
/// and interval, and the overall score is the mean of the others.
pub fn fidelity(
    real: &Table,
    holdout: &Table,
    synthetic: &Table,
    columns: &[usize],
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<Fidelity> {
    // Of large tables as many rows are drawn: the scores change by less than their intervals tell.
    let drawn = [real, holdout, synthetic].map(|table| {
        (table.rows() > MAX_ROWS).then(|| table.take(&sample(table.rows(), MAX_ROWS, &seed.derive("rows"))))
    });
    let [real, holdout, synthetic] = [
        drawn[0].as_ref().unwrap_or(real),
        drawn[1].as_ref().unwrap_or(holdout),
        drawn[2].as_ref().unwrap_or(synthetic),
    ];
    let shuffled = shuffle(real, &seed.derive("floor"));
    let (quality, errors) = {
        // Coded columns are large: no two comparisons are held at a time.
        let comparison = Comparison::new(real, synthetic, columns);
        cx.check()?;
        (
            comparison.quality(),
            Errors::new(&comparison, &seed.derive("bootstrap")),
        )
    };
    cx.check()?;
    let floor = Comparison::new(real, &shuffled, columns).quality();
    let ceiling = Comparison::new(real, holdout, columns).quality();
    cx.check()?;
    let tests = detect(
        &[
            (holdout, synthetic),
            (real, synthetic),
            (holdout, &shuffled),
            (real, &shuffled),
            (real, holdout),
        ],
        columns,
        &seed.derive("detection"),
        cx,
    )?;

    let shapes = score(quality.shapes, errors.shapes, floor.shapes, ceiling.shapes);
    let pairs = score(quality.pairs, errors.pairs, floor.pairs, ceiling.pairs);
    let detection = detection_score(&tests[0], &tests[2], &tests[4]);
    let detection_train = detection_score(&tests[1], &tests[3], &tests[4]);
    let parts: Vec<Score> = [
        quality.shapes.map(|_| shapes),
        quality.pairs.map(|_| pairs),
        Some(detection),
    ]
    .into_iter()
    .flatten()
    .collect();
    let name = |place: usize| real.schema().columns[columns[place]].name.clone();
    Ok(Fidelity {
        overall: overall(&parts),
        shapes,
        pairs,
        detection,
        detection_train,
        columns: (0..columns.len())
            .map(|place| ColumnFidelity {
                name: name(place),
                metric: if is_continuous(real.column(columns[place]).kind()) {
                    "KSComplement"
                } else {
                    "TVComplement"
                }
                .to_owned(),
                shape: score(
                    quality.columns[place],
                    errors.columns[place],
                    floor.columns[place],
                    ceiling.columns[place],
                ),
            })
            .collect(),
        column_pairs: pair_scores(&quality, real, columns, name),
    })
}

fn pair_scores(
    quality: &Quality,
    real: &Table,
    columns: &[usize],
    name: impl Fn(usize) -> String,
) -> Vec<PairFidelity> {
    let continuous = |place: usize| is_continuous(real.column(columns[place]).kind());
    quality
        .column_pairs
        .iter()
        .map(|&(a, b, score)| PairFidelity {
            a: name(a),
            b: name(b),
            metric: if continuous(a) && continuous(b) {
                "CorrelationSimilarity"
            } else {
                "ContingencySimilarity"
            }
            .to_owned(),
            score,
        })
        .collect()
}

/// Each column in an order of its own: the floor of every score about relations.
pub(crate) fn shuffle(table: &Table, seed: &Seed) -> Table {
    let columns = table
        .columns()
        .par_iter()
        .enumerate()
        .map(|(index, column)| {
            let mut rows: Vec<u32> = (0..table.rows() as u32).collect();
            seed.stream(0, index as u32).shuffle(&mut rows);
            column.take(&rows)
        })
        .collect();
    // The same columns under the same schema always fit.
    Table::new(table.shared_schema(), columns).unwrap_or_else(|_| table.clone())
}

/// A score that is not there is 1: nothing was found that differs.
fn score(value: Option<f64>, error: Option<f64>, floor: Option<f64>, ceiling: Option<f64>) -> Score {
    let Some(value) = value else {
        return Score {
            value: 1.0,
            ..Score::default()
        };
    };
    Score {
        value,
        low: error.map(|e| (value - Z * e).max(0.0)),
        high: error.map(|e| (value + Z * e).min(1.0)),
        floor,
        ceiling,
        normalised: normalised(value, floor, ceiling),
    }
}

fn normalised(value: f64, floor: Option<f64>, ceiling: Option<f64>) -> Option<f64> {
    let span = ceiling? - floor?;
    (span > MIN_SPAN).then(|| (value - floor.unwrap_or_default()) / span)
}

fn detection_score(test: &Detection, floor: &Detection, ceiling: &Detection) -> Score {
    Score {
        value: test.value,
        low: Some(test.low),
        high: Some(test.high),
        floor: Some(floor.value),
        ceiling: Some(ceiling.value),
        normalised: normalised(test.value, Some(floor.value), Some(ceiling.value)),
    }
}

fn overall(parts: &[Score]) -> Score {
    let count = parts.len() as f64;
    let average = |of: &dyn Fn(&Score) -> Option<f64>| -> Option<f64> {
        let values: Option<Vec<f64>> = parts.iter().map(of).collect();
        values.map(|v| v.iter().sum::<f64>() / count)
    };
    let value = average(&|s| Some(s.value)).unwrap_or(1.0);
    // Distances to the ends of the intervals add like standard errors.
    let reach = |of: &dyn Fn(&Score) -> Option<f64>| -> Option<f64> {
        let squares: Option<Vec<f64>> = parts.iter().map(|s| of(s).map(|end| (end - s.value).powi(2))).collect();
        squares.map(|v| v.iter().sum::<f64>().sqrt() / count)
    };
    let (floor, ceiling) = (average(&|s| s.floor), average(&|s| s.ceiling));
    Score {
        value,
        low: reach(&|s| s.low).map(|r| (value - r).max(0.0)),
        high: reach(&|s| s.high).map(|r| (value + r).min(1.0)),
        floor,
        ceiling,
        normalised: normalised(value, floor, ceiling),
    }
}

/// Standard errors by bootstrap.
struct Errors {
    shapes: Option<f64>,
    pairs: Option<f64>,
    columns: Vec<Option<f64>>,
}

impl Errors {
    fn new(comparison: &Comparison, seed: &Seed) -> Self {
        let rows = comparison.rows();
        let most = (WORK / comparison.pairs().max(1)).clamp(FEWEST, DRAWS);
        let share = (most as f64 / rows[0].max(rows[1]).max(1) as f64).min(1.0);
        let draws = rows.map(|n| ((n as f64 * share).round() as usize).max(1));
        let replicates: Vec<(Vec<Option<f64>>, Option<f64>)> = (0..REPLICATES)
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
                let drawn = comparison.resampled([&drawn[0], &drawn[1]]);
                (drawn.shapes(), mean(&drawn.trends()))
            })
            .collect();
        let scaled = |values: Vec<f64>| deviation(&values).map(|d| d * share.sqrt());
        Self {
            shapes: scaled(replicates.iter().filter_map(|(shapes, _)| mean(shapes)).collect()),
            pairs: scaled(replicates.iter().filter_map(|(_, pairs)| *pairs).collect()),
            columns: (0..replicates.first().map_or(0, |r| r.0.len()))
                .map(|column| scaled(replicates.iter().filter_map(|(shapes, _)| shapes[column]).collect()))
                .collect(),
        }
    }
}
