use super::rows::{at_line_of, read_model, read_partial};
use super::{say, say_json, text, with_roles};
use crate::arguments::Impute;
use crate::clock;
use plenish_files::ReadOptions;
use plenish_synth::{Ask, Model, Preset, Settings, generator};
use plenish_table::{Context, Error, Result, Seed, Table};
use serde_json::{Map, json};
use std::sync::Arc;

pub(crate) fn impute(arguments: &Impute, json: bool, quiet: bool, cx: &Context) -> Result<u8> {
    let seed = Seed::new(arguments.seed);
    let watch = clock::Stopwatch::start();
    let (table, model) = match &arguments.model {
        Some(path) => {
            let model = read_model(path)?;
            (read_partial(&arguments.data, model.schema(), cx)?, model)
        }
        None => learn(arguments, &seed, cx)?,
    };
    let filled = fill(&table, model.as_ref(), &seed, cx)
        .map_err(|e| at_line_of(e.in_file(&arguments.data), &arguments.data, table.rows()))?;
    let mut counts: Vec<(String, usize)> = Vec::new();
    for (index, described) in table.schema().columns.iter().enumerate() {
        let (before, after) = (
            table.column(index).missing_count(),
            filled.column(index).missing_count(),
        );
        if after > 0 {
            cx.warn(&format!(
                "column '{}' stays as it is: there is no value to learn from",
                described.name
            ));
        }
        if before > after {
            counts.push((described.name.clone(), before - after));
        }
    }
    let written = plenish_files::write_with_summary(&filled, &arguments.output, cx)?;
    let seconds = watch.seconds();
    let to_output = arguments.output == "-";
    let total: usize = counts.iter().map(|c| c.1).sum();
    if json && !to_output {
        let columns: Map<String, serde_json::Value> = counts.into_iter().map(|(name, n)| (name, json!(n))).collect();
        say_json(&json!({
            "rows": written.rows, "filled": total, "columns": columns, "seconds": seconds, "sha256": written.sha256,
        }))?;
    } else if !quiet && !to_output {
        for (name, count) in &counts {
            say(&format!("  {name}: {} filled", text::count(*count as u64)));
        }
        say(&format!(
            "Filled {} cells of {} rows in {seconds:.1} s; wrote {} (sha256 {}).",
            text::count(total as u64),
            text::count(written.rows),
            arguments.output,
            written.sha256
        ));
    }
    Ok(0)
}

/// The table, and a model of itself.
fn learn(arguments: &Impute, seed: &Seed, cx: &Context) -> Result<(Table, Box<dyn Model>)> {
    let settings = Settings {
        preset: Preset::of(&arguments.preset)?,
        ..Settings::default()
    };
    let place = |e: Error| e.in_file(&arguments.data);
    let table = plenish_files::read(&arguments.data, &ReadOptions::default(), cx)?;
    let table = with_roles(table, arguments.target.as_deref(), &[]).map_err(place)?;
    let model = generator("chain")?.fit(&table, &settings, seed, cx).map_err(place)?;
    Ok((table, model))
}

/// The table with every missing cell drawn; all others as they are.
fn fill(table: &Table, model: &dyn Model, seed: &Seed, cx: &Context) -> Result<Table> {
    let ask = Ask {
        given: Some(Arc::new(table.clone())),
        // What is in the table is there: an outlier is no reason to leave its row unfilled.
        clip: true,
        complete: true,
        ..Ask::default()
    };
    let rows = table.rows() as u64;
    let whole = cx.step("filling cells", rows, || model.generate(&ask, 0..rows, seed, cx))?;
    let columns = table
        .schema()
        .columns
        .iter()
        .map(|c| whole.schema().require(&c.name))
        .collect::<Result<Vec<usize>>>()?;
    whole.select(&columns).with_schema(table.shared_schema())
}
