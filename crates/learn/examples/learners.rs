//! Fits the learners of this crate to parts of a table and says how well they do and how long they take:
//! the half of `bench/learners.py` that is ours.
//!
//! ```text
//! learners TABLE TARGET PARTS [boosted|forest|logistic]...
//! ```
//!
//! `PARTS` has a line a split, with a character a row: 1 if the row is learned from, 0 if it is
//! predicted. Prints a line of JSON for each learner and split. Seconds are those of all threads, from
//! the table in memory to the predictions.

#![expect(clippy::print_stdout, reason = "this is a program, not a library")]

use plenish_learn::{Examples, Learner, Task, metrics};
use plenish_table::{Column, ColumnSchema, Context, Error, Result, Schema, Seed, Table, TextColumn};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [source, target, parts, learners @ ..] = arguments.as_slice() else {
        return Err(Error::usage("give a table, a target, and a file of parts"));
    };
    let table = read(source)?;
    let index = table.schema().require(target)?;
    let labels = positive(&table, index);
    let features: Vec<usize> = (0..table.columns().len()).filter(|&c| c != index).collect();
    let parts = std::fs::read_to_string(parts).map_err(|e| Error::usage(e.to_string()))?;
    for learner in learners {
        for (number, part) in parts.lines().enumerate() {
            let rows = |wanted: u8| -> Vec<u32> {
                (0..table.rows())
                    .filter(|&r| part.as_bytes().get(r) == Some(&wanted))
                    .map(|r| r as u32)
                    .collect()
            };
            let (learned, held) = (rows(b'1'), rows(b'0'));
            let (train, test) = (table.take(&learned), table.take(&held));
            let of = |rows: &[u32]| -> Vec<bool> { rows.iter().map(|&r| labels[r as usize]).collect() };
            let y: Vec<f64> = of(&learned).into_iter().map(|l| f64::from(u8::from(l))).collect();
            let start = cpu();
            let examples = Examples {
                table: &train,
                features: &features,
                target: &y,
                weights: None,
                task: Task::Binary,
            };
            let fitted = named(learner)?.fit(&examples, &Seed::new(number as u64), &Context::silent())?;
            let middle = cpu();
            let p = fitted.predict(&test)?;
            let done = cpu();
            let auc = metrics::roc_auc(&of(&held), &p, None).unwrap_or(f64::NAN);
            println!(
                "{{\"learner\": \"{learner}\", \"split\": {number}, \"auc\": {auc}, \"fit\": {}, \"predict\": {}}}",
                middle - start,
                done - middle
            );
        }
    }
    Ok(())
}

/// The learner of this name with its defaults.
fn named(name: &str) -> Result<Learner> {
    Learner::all()
        .into_iter()
        .find(|(known, _)| *known == name)
        .map(|(_, learner)| learner)
        .ok_or_else(|| Error::usage(format!("there is no learner {name}")))
}

/// Reads a table with a row of names, commas and no quotes; a column of numbers is real, others text.
fn read(source: &str) -> Result<Table> {
    let text = std::fs::read_to_string(source).map_err(|e| Error::usage(format!("{source}: {e}")))?;
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<&str>>());
    let names = lines.next().unwrap_or_default();
    let rows: Vec<Vec<&str>> = lines.collect();
    let mut schema = Vec::new();
    let mut columns = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let cells: Vec<Option<&str>> = rows
            .iter()
            .map(|row| row.get(index).copied().filter(|cell| !cell.is_empty()))
            .collect();
        let numbers: Option<Vec<f64>> = cells
            .iter()
            .map(|cell| cell.map_or(Some(f64::NAN), |cell| cell.parse().ok()))
            .collect();
        columns.push(match numbers {
            Some(numbers) => Column::Real(numbers),
            None => Column::Text(TextColumn::from_cells(cells)),
        });
        schema.push(ColumnSchema::new(*name, columns[index].kind()));
    }
    Table::new(Schema::new(schema)?, columns)
}

/// Whether a row has the rarer of the target's two values.
fn positive(table: &Table, index: usize) -> Vec<bool> {
    let values: Vec<String> = (0..table.rows())
        .map(|r| table.column(index).value(r).to_string())
        .collect();
    let first = values.iter().filter(|v| **v == values[0]).count();
    values
        .iter()
        .map(|v| (*v == values[0]) == (2 * first < values.len()))
        .collect()
}

/// Processor seconds of all threads of this process that are alive.
fn cpu() -> f64 {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else {
        return f64::NAN;
    };
    tasks
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok())
        .filter_map(|text| text.split(' ').next()?.parse::<f64>().ok())
        .sum::<f64>()
        / 1e9
}
