//! Planted shifts of the locked test: whether an arm holds up when the world is not quite as it was.

use super::{Bench, Rows, ShiftArm, ShiftOutcome};
use crate::groups::Groups;
use crate::interval::centred_percentiles;
use crate::judged::{Judged, Judging};
use crate::model::Model;
use crate::results::Interval;
use plenish_learn::math::normal_quantile;
use plenish_table::{Column, MISSING_CODE, Result, Seed, Table};
use rayon::prelude::*;

/// Replicates of the bootstrap of each shift.
const REPLICATES: u64 = 200;
/// Noise on numbers, in standard deviations.
const NOISE: [f64; 2] = [0.1, 0.3];
/// Shares of cells that go missing.
const MISSING: [f64; 2] = [0.1, 0.3];
/// Categorical columns that lose their commonest value, one after another: the first so many.
const CATEGORIES: usize = 3;
/// A row counts at most so often when groups are weighted alike.
const MOST: usize = 1_000;

/// A changed test.
struct Shift {
    kind: &'static str,
    about: String,
    table: Table,
    /// How often each row counts.
    counts: Vec<u16>,
}

/// Judges the models on every shift, in the metric that decides.
pub(super) fn shifts(
    bench: &Bench<'_>,
    arms: &[Rows],
    models: &[Model],
    groups: &[Groups],
) -> Result<Vec<ShiftOutcome>> {
    let judging = Judging {
        names: &bench.judging.names[..1],
        ..bench.judging
    };
    let ones = vec![1_u16; bench.test.rows()];
    let clean: Vec<f64> = models
        .iter()
        .map(|model| Ok(Judged::new(judging, model.predict(bench.test)?).values(&ones)[0]))
        .collect::<Result<_>>()?;
    let shifts = planted(bench, groups)?;
    bench.cx.step("shifting the test rows", shifts.len() as u64, || {
        shifts
            .iter()
            .map(|shift| {
                let outcome = judge(bench, judging, shift, arms, models, &clean)?;
                bench.cx.advance(1);
                Ok(outcome)
            })
            .collect()
    })
}

fn judge(
    bench: &Bench<'_>,
    judging: Judging<'_>,
    shift: &Shift,
    arms: &[Rows],
    models: &[Model],
    clean: &[f64],
) -> Result<ShiftOutcome> {
    let judged: Vec<Judged<'_>> = models
        .iter()
        .map(|model| Ok(Judged::new(judging, model.predict(&shift.table)?)))
        .collect::<Result<_>>()?;
    let resampled: Vec<Vec<f64>> = (0..REPLICATES)
        .into_par_iter()
        .map(|replicate| {
            bench.cx.check()?;
            let drawn = bench.counts(replicate);
            let counts: Vec<u16> = drawn
                .iter()
                .zip(&shift.counts)
                .map(|(a, b)| a.saturating_mul(*b))
                .collect();
            Ok(judged.iter().map(|arm| arm.values(&counts)[0]).collect())
        })
        .collect::<Result<_>>()?;
    let values: Vec<f64> = judged.iter().map(|arm| arm.values(&shift.counts)[0]).collect();
    let of = |place: usize| -> ShiftArm {
        let value = values[place];
        let difference = value - values[0];
        let mut replicates: Vec<f64> = resampled.iter().map(|r| r[place] - r[0]).collect();
        let (low, high) = centred_percentiles(&mut replicates, difference);
        ShiftArm {
            arm: arms[place].name.clone(),
            value,
            change: value - clean[place],
            against_real: (place > 0 && difference.is_finite()).then_some(Interval {
                value: difference,
                low,
                high,
            }),
        }
    };
    Ok(ShiftOutcome {
        kind: shift.kind.to_owned(),
        about: shift.about.clone(),
        arms: (0..arms.len()).map(of).filter(|arm| arm.value.is_finite()).collect(),
    })
}

fn planted(bench: &Bench<'_>, groups: &[Groups]) -> Result<Vec<Shift>> {
    let test = bench.test;
    let ones = vec![1_u16; test.rows()];
    let seed = bench.seed.derive("shifts");
    let mut out = Vec::new();
    let changed = |change: &dyn Fn(usize, &Column) -> Column| -> Result<Table> {
        let columns = test.columns().iter().enumerate().map(|(index, column)| {
            if bench.columns.contains(&index) {
                change(index, column)
            } else {
                column.clone()
            }
        });
        Table::new(test.shared_schema(), columns.collect())
    };
    for sd in NOISE {
        if bench.columns.iter().any(|&i| spread(test.column(i)).is_some()) {
            out.push(Shift {
                kind: "noise",
                about: format!("Normal noise of {sd} standard deviations on every number."),
                table: changed(&|index, column| noisy(column, sd, &seed.child(index as u64)))?,
                counts: ones.clone(),
            });
        }
    }
    for share in MISSING {
        out.push(Shift {
            kind: "missing",
            about: format!("{} % of the cells of every column missing at random.", share * 100.0),
            table: changed(&|index, column| holes(column, share, &seed.derive("holes").child(index as u64)))?,
            counts: ones.clone(),
        });
    }
    for group in groups {
        let mut rows = vec![0_usize; group.names.len()];
        group.of().iter().for_each(|&g| rows[g] += 1);
        let most = rows.iter().copied().max().unwrap_or(0);
        if rows.iter().filter(|&&n| n > 0).count() < 2 {
            continue;
        }
        let counts = group.of().iter().map(|&g| (most as f64 / rows[g] as f64).round());
        out.push(Shift {
            kind: "groups",
            about: format!("All groups of '{}' as frequent as the largest.", group.column()),
            table: test.clone(),
            counts: counts.map(|n| n.clamp(1.0, MOST as f64) as u16).collect(),
        });
    }
    let categorical = bench.columns.iter().filter_map(|&index| {
        let (word, rows) = commonest(test.column(index))?;
        Some((index, word, rows))
    });
    for (index, word, rows) in categorical.take(CATEGORIES) {
        let Column::Text(text) = test.column(index) else {
            continue;
        };
        let name = &test.schema().columns[index].name;
        out.push(Shift {
            kind: "category",
            about: format!(
                "The commonest value of '{name}', '{}' ({rows} rows), no longer recorded: missing there.",
                text.dictionary[word as usize]
            ),
            table: changed(&|at, column| match column {
                Column::Text(text) if at == index => {
                    let mut text = text.clone();
                    text.codes
                        .iter_mut()
                        .filter(|c| **c == word)
                        .for_each(|c| *c = MISSING_CODE);
                    Column::Text(text)
                }
                other => other.clone(),
            })?,
            counts: ones.clone(),
        });
    }
    Ok(out)
}

/// The standard deviation of a number; none for other columns and for constants.
fn spread(column: &Column) -> Option<f64> {
    if !matches!(column, Column::Integer(_) | Column::Real(_)) {
        return None;
    }
    let numbers: Vec<f64> = (0..column.len()).filter_map(|row| column.number(row)).collect();
    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
    let variance = numbers.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / numbers.len() as f64;
    (variance.is_finite() && variance > 0.0).then(|| variance.sqrt())
}

fn noisy(column: &Column, sd: f64, seed: &Seed) -> Column {
    let Some(spread) = spread(column) else {
        return column.clone();
    };
    let mut stream = seed.stream(0, 0);
    let mut noise = || sd * spread * normal_quantile(stream.uniform().max(f64::EPSILON));
    match column {
        Column::Real(values) => Column::Real(values.iter().map(|v| v + noise()).collect()),
        Column::Integer(values) => {
            let value = |(row, v): (usize, &i64)| {
                let by = noise().round();
                if column.is_missing(row) {
                    *v
                } else {
                    v.saturating_add(by as i64)
                }
            };
            Column::Integer(values.iter().enumerate().map(value).collect())
        }
        other => other.clone(),
    }
}

fn holes(column: &Column, share: f64, seed: &Seed) -> Column {
    let mut stream = seed.stream(0, 0);
    let mut out = column.clone();
    for row in (0..column.len()).filter(|_| stream.uniform() < share) {
        out.set_missing(row);
    }
    out
}

/// The value of a text column that most rows have, and how many; none where it has one value only.
fn commonest(column: &Column) -> Option<(u32, usize)> {
    let Column::Text(text) = column else { return None };
    let mut counts = vec![0_usize; text.dictionary.len()];
    for &code in text.codes.iter().filter(|&&code| code != MISSING_CODE) {
        counts[code as usize] += 1;
    }
    if counts.iter().filter(|&&n| n > 0).count() < 2 {
        return None;
    }
    let most = (0..counts.len()).rev().max_by_key(|&code| counts[code])?;
    Some((most as u32, counts[most]))
}
