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
    let all = mean(density.sound().map(|row| density.totals[row]));
    let states = mean(density.sound().map(|row| density.of_states(row)));
    let broken = rows.rows() - density.sound().count();
    if broken > 0 && density.sound().next().is_none() {
        cx.warn("every row breaks a constraint of the model; see the column 'breaks'");
    }
    if json && arguments.output != "-" {
        say_json(&json!({
            "rows": written.rows, "log_likelihood": all, "log_likelihood_states": states,
            "log_likelihood_fit": model.summary().log_likelihood, "broken": broken, "seconds": seconds, "sha256": written.sha256,
        }))?;
    } else if !quiet && arguments.output != "-" {
        say(&format!(
            "Scored {} rows in {seconds:.1} s; log-likelihood {} a row, {} for the states alone{}{}. Wrote {} (sha256 {}).",
            text::count(written.rows),
            figure(all),
            figure(states),
            model
                .summary()
                .log_likelihood
                .map_or_else(String::new, |l| format!(" (at the fit {l:.3})")),
            match broken {
                0 => String::new(),
                1 => "; 1 row breaks a constraint and has none".to_owned(),
                many => format!("; {} rows break a constraint and have none", text::count(many as u64)),
            },
            arguments.output,
            written.sha256
        ));
    }
    Ok(0)
}

/// The mean, if there is any value.
fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u64), |(sum, count), v| (sum + v, count + 1));
    (count > 0).then(|| sum / count as f64)
}

fn figure(mean: Option<f64>) -> String {
    mean.map_or_else(|| "-".to_owned(), |mean| format!("{mean:.3}"))
}

/// A row for each row: log-likelihood, the least likely column, for models with constraints the one that the
/// row breaks, and the parts. Fine columns have small parts in every row; the least likely one is that whose
/// part lies furthest below its mean over the table. Rows that break a constraint have no log-likelihood.
fn scores(model: &dyn Model, density: &Density, parts: bool) -> Result<Table> {
    let names: Vec<&str> = model.schema().columns.iter().map(|c| c.name.as_str()).collect();
    let number = |name: String| ColumnSchema {
        decimals: Some(DECIMALS),
        ..ColumnSchema::new(name, ColumnType::Real)
    };
    let rounded = |values: &[f64]| Column::Real(values.iter().map(|v| (v * UNIT).round() / UNIT).collect());
    let mean_of = |part: &Vec<f64>| mean(density.sound().map(|row| part[row])).unwrap_or(0.0);
    let means: Vec<f64> = density.parts.iter().map(mean_of).collect();
    let below = |column: usize, row: usize| density.parts[column][row] - means[column];
    let least = (0..density.totals.len()).map(|row| {
        let smallest = (0..names.len()).min_by(|&a, &b| below(a, row).total_cmp(&below(b, row)));
        smallest.map(|column| names[column])
    });
    let mut schema = vec![
        number("log_likelihood".to_owned()),
        ColumnSchema::new("least_likely", ColumnType::Text),
    ];
    let totals: Vec<f64> = density
        .totals
        .iter()
        .map(|&total| if total.is_finite() { total } else { f64::NAN })
        .collect();
    schema[0].missing = density.sound().count() < totals.len();
    let mut columns = vec![rounded(&totals), Column::Text(TextColumn::from_cells(least))];
    if !model.constraints().is_empty() {
        let shown: Vec<String> = model.constraints().iter().map(|c| c.show(model.schema())).collect();
        let breaks = density
            .broken
            .iter()
            .map(|b| b.and_then(|at| shown.get(at as usize)).map(String::as_str));
        schema.push(ColumnSchema {
            missing: true,
            ..ColumnSchema::new("breaks", ColumnType::Text)
        });
        columns.push(Column::Text(TextColumn::from_cells(breaks)));
    }
    if parts {
        for (name, part) in names.iter().zip(&density.parts) {
            schema.push(number(format!("log_likelihood_{name}")));
            columns.push(rounded(part));
        }
    }
    Table::new(Schema::new(schema)?, columns)
}
