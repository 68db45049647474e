//! How long the evaluation takes, and its parts.
//!
//!     RAYON_NUM_THREADS=1 cargo run --release -p plenish-evaluate --example speed -- adult
//!     RAYON_NUM_THREADS=1 cargo run --release -p plenish-evaluate --example speed -- ROWS COLUMNS
//!
//! Prints seconds, of the clock and of all cores, that the robust measures and the whole evaluation take, and the peak
//! memory.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on should stop"
)]
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

#[path = "../tests/it/adult.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests")]
mod adult;

use plenish_evaluate::{Criteria, Inputs, evaluate, robust};
use plenish_table::{Column, ColumnSchema, ColumnType, Context, Schema, Seed, Table, TextColumn};
use std::sync::Arc;
use std::time::Instant;

/// Numbers, times and texts that hang together through a hidden number.
fn made(rows: usize, columns: usize, seed: u64) -> Table {
    let words: Arc<Vec<String>> = Arc::new((0..40).map(|w| format!("w{w}")).collect());
    let kinds = [ColumnType::Integer, ColumnType::Text, ColumnType::Real];
    let schema: Vec<ColumnSchema> = (0..columns)
        .map(|c| ColumnSchema::new(format!("c{c}"), kinds[c % 3]))
        .collect();
    let seed = Seed::new(seed);
    let cells = (0..columns)
        .map(|c| {
            let draw = |row: usize| {
                let hidden = seed.stream(row as u64, 1_000_000).uniform();
                0.5 * hidden + 0.5 * seed.stream(row as u64, c as u32).uniform()
            };
            match kinds[c % 3] {
                ColumnType::Integer => Column::Integer((0..rows).map(|r| (draw(r) * 1000.0) as i64).collect()),
                ColumnType::Text => Column::Text(TextColumn {
                    codes: (0..rows).map(|r| (draw(r) * 40.0) as u32).collect(),
                    dictionary: Arc::clone(&words),
                }),
                _ => Column::Real((0..rows).map(draw).collect()),
            }
        })
        .collect();
    Table::new(Schema::new(schema).unwrap(), cells).unwrap()
}

/// Seconds of all threads so far (`proc(5)`: fields 14 and 15 of `stat`, hundredths of a second).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let field = |place: usize| {
        after_name
            .split_whitespace()
            .nth(place)
            .map_or(0.0, |n| n.parse().unwrap())
    };
    (field(11) + field(12)) / 100.0
}

/// Does it, and prints how long that took.
fn timed(what: &str, run: impl FnOnce()) {
    let (start, cpu) = (Instant::now(), cpu_seconds());
    run();
    println!(
        "{what}: {:.2} s, {:.2} CPU-s",
        start.elapsed().as_secs_f64(),
        cpu_seconds() - cpu
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (tables, target, protected) = if arguments.first().is_none_or(|a| a == "adult") {
        let [train, test] = adult::parts();
        let first: Vec<u32> = (0..16_280).collect();
        let second: Vec<u32> = (16_280..32_560).collect();
        let tables = [train.take(&first), test.clone(), train.take(&second)];
        (tables, Some("income"), vec!["sex".to_owned(), "race".to_owned()])
    } else {
        let [rows, columns] = [0, 1].map(|i| arguments[i].parse::<usize>().unwrap());
        let tables = [made(rows, columns, 1), made(rows, columns, 2), made(rows, columns, 3)];
        (tables, Some("c1"), vec!["c4".to_owned()])
    };
    let [real, holdout, synthetic] = &tables;
    let columns: Vec<usize> = (0..real.columns().len()).collect();
    let (seed, cx) = (Seed::new(1), Context::silent());
    timed("robust measures", || {
        robust(real, holdout, synthetic, &columns, target, &protected, &seed, &cx).unwrap();
    });
    let inputs = Inputs {
        real,
        holdout,
        synthetic,
    };
    timed("whole evaluation", || {
        evaluate(inputs, target, &protected, &Criteria::default(), &seed, &cx).unwrap();
    });
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        println!(
            "{}",
            status.lines().find(|l| l.starts_with("VmHWM")).unwrap_or_default()
        );
    }
}
