//! The classifier two-sample test (Lopez-Paz and Oquab, "Revisiting classifier two-sample tests",
//! ICLR 2017) with boosted trees: can a model tell synthetic rows from real ones it has not learned
//! from?
//!
//! Equally many rows of both tables (at most [`MAX_SIDE`]) are put in three folds; each fold's rows
//! are scored by a model of the other two. The value is `1 - (2 * max(0.5, AUC) - 1)`: 1 when rows
//! cannot be told apart, 0 when they always can.

use crate::align::sample;
use plenish_learn::metrics::Ranked;
use plenish_learn::{BoostSettings, Booster, FeatureCoder, Matrix, Task};
use plenish_table::{Context, Result, Seed, Table};
use rayon::prelude::*;

/// Rows of each table at most: the standard error of the AUC is then below 0.003.
pub const MAX_SIDE: usize = 20_000;
const FOLDS: usize = 3;
const REPLICATES: u64 = 200;

/// The outcome of one test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// 1: cannot be told apart; 0: always told apart.
    pub value: f64,
    /// Area under the ROC curve of the rows scored out of fold.
    pub auc: f64,
    /// Lower end of the 95 % percentile interval of `value`.
    pub low: f64,
    /// Upper end of it.
    pub high: f64,
}

/// The steps of learning rate 0.2 find in 100 trees what 0.1 would need 200 for.
fn settings() -> BoostSettings {
    BoostSettings {
        learning_rate: 0.2,
        ..BoostSettings::default()
    }
}

struct Test {
    matrix: Matrix,
    target: Vec<f64>,
    fold: Vec<u8>,
    seed: Seed,
}

impl Test {
    fn new(a: &Table, b: &Table, columns: &[usize], seed: &Seed) -> Result<Self> {
        let side = a.rows().min(b.rows()).min(MAX_SIDE);
        let mut both = a.take(&sample(a.rows(), side, &seed.derive("first")));
        let second = b.take(&sample(b.rows(), side, &seed.derive("second")));
        let coder = FeatureCoder::fit(&[&both, &second], columns, 255)?;
        both.append(&second)?;
        let matrix = coder.encode(&both)?;
        let target = (0..2 * side).map(|row| f64::from(u8::from(row >= side))).collect();
        // Folds hold as many rows of one side as of the other.
        let mut fold = Vec::with_capacity(2 * side);
        for part in 0..2 {
            let mut rows: Vec<u8> = (0..side).map(|row| (row % FOLDS) as u8).collect();
            seed.derive("folds").stream(part, 0).shuffle(&mut rows);
            fold.extend(rows);
        }
        Ok(Self {
            matrix,
            target,
            fold,
            seed: *seed,
        })
    }

    /// Scores the rows of one fold by a model of the others.
    fn score(&self, fold: usize, cx: &Context<'_>) -> Result<Vec<(u32, f64)>> {
        cx.check()?;
        let rows = |held: bool| -> Vec<u32> {
            (0..self.fold.len())
                .filter(|&row| (usize::from(self.fold[row]) == fold) == held)
                .map(|row| row as u32)
                .collect()
        };
        let (train, held) = (rows(false), rows(true));
        let target: Vec<f64> = train.iter().map(|&row| self.target[row as usize]).collect();
        let booster = Booster::fit(
            &self.matrix.take(&train),
            &target,
            None,
            Task::Binary,
            &settings(),
            &self.seed.child(fold as u64),
            cx,
        )?;
        let scores = booster.predict(&self.matrix.take(&held));
        cx.advance(1);
        Ok(held.into_iter().zip(scores).collect())
    }

    fn judge(&self, scored: &[(u32, f64)]) -> Detection {
        let mut scores = vec![0.0; self.target.len()];
        for &(row, score) in scored {
            scores[row as usize] = score;
        }
        let ranked = Ranked::new(&scores);
        let label = |row: usize| self.target[row] == 1.0;
        let auc = ranked.roc_auc(label, |_| 1.0).unwrap_or(0.5);
        let half = self.target.len() / 2;
        let mut replicates: Vec<f64> = (0..REPLICATES)
            .into_par_iter()
            .map(|replicate| {
                // Each side is resampled by itself, as it was sampled.
                let mut stream = self.seed.derive("bootstrap").stream(replicate, 0);
                let mut counts = vec![0_u16; self.target.len()];
                for row in 0..self.target.len() {
                    let start = if row < half { 0 } else { half };
                    counts[start + stream.below(half as u64) as usize] += 1;
                }
                value(ranked.roc_auc(label, |row| f64::from(counts[row])).unwrap_or(0.5))
            })
            .collect();
        let (low, high) = crate::interval::percentiles(&mut replicates, value(auc));
        Detection {
            value: value(auc),
            auc,
            low,
            high,
        }
    }
}

fn value(auc: f64) -> f64 {
    1.0 - (2.0 * auc.max(0.5) - 1.0)
}

/// Runs the test on each pair of tables, which share a schema, over the columns at `columns`. Every
/// table needs at least ten rows. `cx` advances by three a pair.
pub fn detect(pairs: &[(&Table, &Table)], columns: &[usize], seed: &Seed, cx: &Context<'_>) -> Result<Vec<Detection>> {
    let tests: Vec<Test> = pairs
        .par_iter()
        .enumerate()
        .map(|(i, (a, b))| Test::new(a, b, columns, &seed.child(i as u64)))
        .collect::<Result<_>>()?;
    let jobs: Vec<(usize, usize)> = (0..tests.len())
        .flat_map(|test| (0..FOLDS).map(move |fold| (test, fold)))
        .collect();
    let scored: Vec<Vec<(u32, f64)>> = jobs
        .par_iter()
        .with_max_len(1)
        .map(|&(test, fold)| tests[test].score(fold, cx))
        .collect::<Result<_>>()?;
    Ok(tests
        .iter()
        .zip(scored.chunks(FOLDS))
        .map(|(test, folds)| test.judge(&folds.concat()))
        .collect())
}
