//! The promises of the learners.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

mod bad_input;
mod boost;
mod forest;
mod learner;

use plenish_learn::{FeatureKind, Matrix};
use plenish_table::{Column, ColumnSchema, Schema, Seed, Table, TextColumn};

/// Uniform numbers from a stream of their own.
fn uniform(stream: u64, count: usize) -> Vec<f64> {
    let mut stream = Seed::new(77).stream(stream, 0);
    (0..count).map(|_| stream.uniform()).collect()
}

/// A matrix of one ordered feature for each slice of numbers in 0..1, in `codes` bins; NaN is missing.
fn matrix(features: &[&[f64]], codes: u16) -> Matrix {
    let kind = FeatureKind {
        codes: codes + 1,
        ordered: true,
    };
    let columns: Vec<Vec<u8>> = features
        .iter()
        .map(|values| {
            let code = |v: &f64| {
                if v.is_nan() {
                    0
                } else {
                    1 + (v * f64::from(codes)) as u8
                }
            };
            values.iter().map(code).collect()
        })
        .collect();
    Matrix::from_columns(vec![kind; features.len()], &columns, features[0].len()).unwrap()
}

/// A table of two numbers, one of them with missing values, and a text; with a binary target that
/// hangs on all of them, on missing values too, and a target with three classes.
fn table(rows: usize) -> (Table, Vec<f64>, Vec<f64>) {
    let (a, b, c, noise) = (uniform(1, rows), uniform(2, rows), uniform(3, rows), uniform(4, rows));
    let b: Vec<f64> = b.into_iter().map(|v| if v > 0.8 { f64::NAN } else { v }).collect();
    let words = ["red", "green", "blue", "grey"];
    let text: Vec<&str> = c.iter().map(|v| words[(v * 4.0) as usize]).collect();
    let score = |row: usize| {
        a[row]
            + if b[row].is_nan() { 0.8 } else { 0.0 }
            + if text[row] == "green" { 0.5 } else { 0.0 }
            + 0.6 * (noise[row] - 0.5)
    };
    let binary = (0..rows).map(|row| f64::from(u8::from(score(row) > 0.8))).collect();
    let three = (0..rows)
        .map(|row| f64::from(u8::from(score(row) > 0.5)) + f64::from(u8::from(score(row) > 1.0)))
        .collect();
    let columns = vec![
        Column::Real(a),
        Column::Real(b),
        Column::Text(TextColumn::from_cells(text.into_iter().map(Some))),
    ];
    let schema = ["a", "b", "c"]
        .iter()
        .zip(&columns)
        .map(|(name, column)| ColumnSchema::new(*name, column.kind()))
        .collect();
    (
        Table::new(Schema::new(schema).unwrap(), columns).unwrap(),
        binary,
        three,
    )
}

/// The area under the ROC curve of scores against targets 0 and 1.
fn auc(target: &[f64], scores: &[f64]) -> f64 {
    let labels: Vec<bool> = target.iter().map(|&y| y == 1.0).collect();
    plenish_learn::metrics::roc_auc(&labels, scores, None).unwrap()
}

/// Runs `work` on so many threads.
fn threads<T: Send>(number: usize, work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(number).build().unwrap();
    pool.install(work)
}
