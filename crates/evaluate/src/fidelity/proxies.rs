//! Proxy power: how well the other columns predict a protected one.
//!
//! Rows are scored by models of the other half of their table. The measure is the area under the ROC
//! curve of each class against the rest, averaged over the classes that have enough rows.

use super::codes::{HOLDOUT, Level, REAL, SYNTHETIC, Shared};
use super::results::{Proxy, ProxyPower};
use crate::align::sample;
use plenish_learn::metrics::Ranked;
use plenish_learn::{BoostSettings, Booster, Task};
use plenish_table::{Context, Result, Seed};
use rayon::prelude::*;

/// Codes of a protected column: quarters of a number, the most frequent texts.
const CLASSES: (usize, usize) = (4, 5);
/// Codes of the columns it is predicted from.
const FEATURES: (usize, usize) = (16, 30);
/// Rows of a table that models of all columns learn from and are asked about, at most.
const MAX_SIDE: usize = 4_000;
/// A class is judged if every table has as many rows in it, and outside it.
const MIN_ROWS: usize = 50;
const FOLDS: usize = 2;
/// What is known of a rare code counts as this many rows of the average.
const PRIOR: f64 = 10.0;
/// Differences within this many standard errors are chance.
const CHANCE: f64 = 3.0;

/// The tables that are compared.
const TABLES: [usize; 3] = [REAL, HOLDOUT, SYNTHETIC];

/// An area with its variance.
#[derive(Clone, Copy)]
struct Area {
    value: f64,
    variance: f64,
}

pub(crate) fn proxies(shared: &Shared, protected: &[String], seed: &Seed, cx: &Context<'_>) -> Result<Vec<Proxy>> {
    let classes = shared.level(CLASSES.0, CLASSES.1);
    let features = shared.level(FEATURES.0, FEATURES.1);
    let mut out = Vec::new();
    for name in protected {
        let Some(place) = shared.place(name) else { continue };
        let judged = judged(&classes, place);
        let mut proxy = Proxy {
            column: name.clone(),
            classes: judged
                .iter()
                .map(|&c| shared.shapes[place].group(&classes.members(place, c)))
                .collect(),
            all: None,
            single: Vec::new(),
        };
        if judged.len() >= 2 {
            proxy.single = (0..shared.shapes.len())
                .into_par_iter()
                .filter(|&other| other != place)
                .map(|other| {
                    let areas = TABLES.map(|t| single(&classes, &features, t, place, other, &judged));
                    power(shared.name(other), areas)
                })
                .collect();
            proxy.single.sort_by(|a, b| b.synthetic.total_cmp(&a.synthetic));
            if shared.shapes.len() > 1 {
                let seed = seed.derive(name);
                let areas: Vec<Area> = TABLES
                    .par_iter()
                    .map(|&t| {
                        all(
                            shared,
                            &classes,
                            &features,
                            t,
                            place,
                            &judged,
                            &seed.child(t as u64),
                            cx,
                        )
                    })
                    .collect::<Result<_>>()?;
                proxy.all = Some(power("", [areas[0], areas[1], areas[2]]));
            }
        }
        out.push(proxy);
    }
    Ok(out)
}

/// The classes with enough rows, in every table, to be told from the rest.
fn judged(level: &Level, place: usize) -> Vec<u8> {
    (0..level.sizes[place] as u8)
        .filter(|&class| {
            TABLES.iter().all(|&t| {
                let cells = &level.tables[t][place];
                let rows: usize = cells.iter().map(|&c| usize::from(c == class)).sum();
                rows >= MIN_ROWS && cells.len() - rows >= MIN_ROWS
            })
        })
        .collect()
}

fn power(column: &str, [real, holdout, synthetic]: [Area; 3]) -> ProxyPower {
    let reference = if real.value > holdout.value { real } else { holdout };
    let error = libm::sqrt(synthetic.variance + reference.variance);
    ProxyPower {
        column: column.to_owned(),
        real: real.value,
        holdout: holdout.value,
        synthetic: synthetic.value,
        gain: (synthetic.value - reference.value - CHANCE * error).max(0.0),
    }
}

/// Hanley and `McNeil` (1982), equation 2 and table 2.
fn variance(area: f64, positive: f64, negative: f64) -> f64 {
    let (q1, q2) = (area / (2.0 - area), 2.0 * area * area / (1.0 + area));
    let square = area * area;
    ((area * (1.0 - area) + (positive - 1.0) * (q1 - square) + (negative - 1.0) * (q2 - square))
        / (positive * negative))
        .max(0.0)
}

fn average(areas: &[Area]) -> Area {
    let n = areas.len().max(1) as f64;
    Area {
        value: areas.iter().map(|a| a.value).sum::<f64>() / n,
        // Errors of classes of the same rows go along with each other: their mean is the cautious one.
        variance: areas.iter().map(|a| a.variance).sum::<f64>() / n,
    }
}

/// One column alone: rows are scored by the share of the class among rows of the other half that
/// have the same code.
fn single(classes: &Level, features: &Level, table: usize, place: usize, other: usize, judged: &[u8]) -> Area {
    let (labels, codes) = (&classes.tables[table][place], &features.tables[table][other]);
    let size = features.sizes[other];
    let areas: Vec<Area> = judged
        .iter()
        .map(|&class| {
            // (positive, all) for each fold and code.
            let mut counts = vec![[0.0_f64; 2]; FOLDS * size];
            for (row, (&label, &code)) in labels.iter().zip(codes).enumerate() {
                let cell = &mut counts[row % FOLDS * size + usize::from(code)];
                cell[0] += f64::from(u8::from(label == class));
                cell[1] += 1.0;
            }
            // (score, positive, negative) of each held-out group of rows.
            let mut groups: Vec<(f64, f64, f64)> = Vec::with_capacity(FOLDS * size);
            for fold in 0..FOLDS {
                let known = &counts[(FOLDS - 1 - fold) * size..][..size];
                let sum = known.iter().fold([0.0, 0.0], |s, c| [s[0] + c[0], s[1] + c[1]]);
                let base = if sum[1] > 0.0 { sum[0] / sum[1] } else { 0.5 };
                for (held, known) in counts[fold * size..][..size].iter().zip(known) {
                    // Against the average of its own half: halves may differ in it.
                    let score = (known[0] + PRIOR * base) / (known[1] + PRIOR) - base;
                    groups.push((score, held[0], held[1] - held[0]));
                }
            }
            groups.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (mut area, mut positive, mut negative) = (0.0, 0.0, 0.0);
            for tied in groups.chunk_by(|a, b| a.0 == b.0) {
                let (p, n) = tied.iter().fold((0.0, 0.0), |s, g| (s.0 + g.1, s.1 + g.2));
                area += p * (negative + n / 2.0);
                positive += p;
                negative += n;
            }
            let value = area / (positive * negative).max(1.0);
            Area {
                value,
                variance: variance(value, positive, negative),
            }
        })
        .collect();
    average(&areas)
}

/// All other columns together, by boosted trees.
#[expect(clippy::too_many_arguments, reason = "the parts of one model")]
fn all(
    shared: &Shared,
    classes: &Level,
    features: &Level,
    table: usize,
    place: usize,
    judged: &[u8],
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<Area> {
    let rows: Vec<u32> = sample(shared.rows[table], MAX_SIDE, seed)
        .into_iter()
        .filter(|&row| judged.contains(&classes.tables[table][place][row as usize]))
        .collect();
    let label = |row: &u32| {
        let code = classes.tables[table][place][*row as usize];
        judged.iter().position(|&c| c == code).unwrap_or(0)
    };
    let task = if judged.len() == 2 {
        Task::Binary
    } else {
        Task::Multiclass(judged.len())
    };
    let settings = BoostSettings {
        trees: 20,
        learning_rate: 0.3,
        leaves: 8,
        ..BoostSettings::default()
    };
    let outputs = if judged.len() == 2 { 1 } else { judged.len() };
    let mut labels = Vec::new();
    let mut scores: Vec<Vec<f64>> = vec![Vec::new(); outputs];
    for fold in 0..FOLDS {
        let part = |held: bool| -> Vec<u32> {
            let of = rows.iter().enumerate().filter(|(i, _)| (i % FOLDS == fold) == held);
            of.map(|(_, &row)| row).collect()
        };
        let (known, held) = (part(false), part(true));
        if known.is_empty() || held.is_empty() {
            continue;
        }
        let target: Vec<f64> = known.iter().map(|row| label(row) as f64).collect();
        let matrix = features.matrix(&shared.shapes, &[(table, &known)], Some(place))?;
        let booster = Booster::fit(&matrix, &target, None, task, &settings, seed, cx)?;
        let predicted = booster.predict(&features.matrix(&shared.shapes, &[(table, &held)], Some(place))?);
        for (output, scores) in scores.iter_mut().enumerate() {
            scores.extend(predicted.iter().skip(output).step_by(outputs));
        }
        labels.extend(held.iter().map(label));
    }
    let areas: Vec<Area> = scores
        .iter()
        .enumerate()
        .filter_map(|(output, scores)| {
            let class = if outputs == 1 { 1 } else { output };
            let value = Ranked::new(scores).roc_auc(|row| labels[row] == class, |_| 1.0)?;
            let positive = labels.iter().filter(|&&l| l == class).count() as f64;
            Some(Area {
                value,
                variance: variance(value, positive, labels.len() as f64 - positive),
            })
        })
        .collect();
    if areas.is_empty() {
        return Ok(Area {
            value: 0.5,
            variance: 0.25,
        });
    }
    Ok(average(&areas))
}
