use super::rows::read_model;
use super::{say, say_json, text};
use crate::arguments::Score;
use crate::clock;
use plenish_files::ReadOptions;
use plenish_synth::{Density, Model};
use plenish_table::{Column, ColumnSchema, ColumnType, Context, Error, Result, Schema, Table, TextColumn};
use serde_json::json;
use std::sync::Arc;

/// A log-likelihood is written to a millionth.
const DECIMALS: u8 = 6;
const UNIT: f64 = 1e6;

pub(crate) fn score(arguments: &Score, json: bool, quiet: bool, cx: &Context) -> Result<u8> {
    if arguments.model.as_os_str() == "-" && arguments.data == "-" {
        return Err(
            Error::usage("model and rows cannot both come from standard input").help("name a file for one of them")
        );
    }
    let model = read_model(&arguments.model)?;
    let options = ReadOptions {
        schema: Some(model.schema().clone()),
        ..ReadOptions::default()
    };
    let rows = plenish_files::read(&arguments.data, &options, cx)?
        .conform(&Arc::new(model.schema().clone()))
        .map_err(|e| e.in_file(&arguments.data))?;
    let watch = clock::Stopwatch::start();
    let density = cx.step("scoring rows", rows.rows() as u64, || {
        model.log_density(&rows, cx).unwrap_or_else(|| {
            Err(
                Error::usage(format!("the generator '{}' has no density", model.generator()))
                    .help("fit with the generator 'chain'"),
            )
        })
    })?;
    let scores = scores(model.as_ref(), &density, !arguments.no_parts)?;
    let written = plenish_files::write_with_summary(&scores, &arguments.output, cx)?;
    let seconds = watch.seconds();
    let (all, states) = (mean(&density.totals), mean(&density.states));
    if json && arguments.output != "-" {
        say_json(&json!({
            "rows": written.rows, "log_likelihood": all, "log_likelihood_states": states,
            "log_likelihood_fit": model.summary().log_likelihood, "seconds": seconds, "sha256": written.sha256,
        }))?;
    } else if !quiet && arguments.output != "-" {
        say(&format!(
            "Scored {} rows in {seconds:.1} s; log-likelihood {all:.3} a row, {states:.3} for the states alone{}. Wrote {} (sha256 {}).",
            text::count(written.rows),
            model
                .summary()
                .log_likelihood
                .map_or_else(String::new, |l| format!(" (at the fit {l:.3})")),
            arguments.output,
            written.sha256
        ));
    }
    Ok(0)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// A row for each row: log-likelihood, the least likely column, and the parts. Fine columns have small
/// parts in every row; the least likely one is that whose part lies furthest below its mean over the table.
fn scores(model: &dyn Model, density: &Density, parts: bool) -> Result<Table> {
    let names: Vec<&str> = model.schema().columns.iter().map(|c| c.name.as_str()).collect();
    let number = |name: String| ColumnSchema {
        decimals: Some(DECIMALS),
        ..ColumnSchema::new(name, ColumnType::Real)
    };
    let rounded = |values: &[f64]| Column::Real(values.iter().map(|v| (v * UNIT).round() / UNIT).collect());
    let means: Vec<f64> = density.parts.iter().map(|part| mean(part)).collect();
    let below = |column: usize, row: usize| density.parts[column][row] - means[column];
    let least = (0..density.totals.len()).map(|row| {
        let smallest = (0..names.len()).min_by(|&a, &b| below(a, row).total_cmp(&below(b, row)));
        smallest.map(|column| names[column])
    });
    let mut schema = vec![
        number("log_likelihood".to_owned()),
        ColumnSchema::new("least_likely", ColumnType::Text),
    ];
    let mut columns = vec![rounded(&density.totals), Column::Text(TextColumn::from_cells(least))];
    if parts {
        for (name, part) in names.iter().zip(&density.parts) {
            schema.push(number(format!("log_likelihood_{name}")));
            columns.push(rounded(part));
        }
    }
    Table::new(Schema::new(schema)?, columns)
}
