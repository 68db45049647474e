use super::{constraints, say, say_json, text, with_roles};
use crate::arguments::Fit;
use crate::clock;
use plenish_files::ReadOptions;
use plenish_synth::{Preset, Provenance, Settings, generator, save_with};
use plenish_table::{Context, Error, Result, Seed};
use serde_json::json;
use std::io::Write;
use std::path::Path;

pub(crate) fn fit(arguments: &Fit, json: bool, quiet: bool, cx: &Context) -> Result<u8> {
    let engine = generator(&arguments.engine)?;
    let preset = Preset::of(&arguments.preset)?;
    let table = plenish_files::read(&arguments.train, &ReadOptions::default(), cx)?;
    let place = |e: Error| e.in_file(&arguments.train);
    let table = with_roles(table, arguments.target.as_deref(), &[]).map_err(place)?;
    let settings = Settings {
        preset,
        condition_on: arguments.condition_on.clone(),
        constraints: constraints(&arguments.constraint, table.schema())?,
        ..Settings::default()
    };
    if arguments.output.as_os_str() != "-" {
        plenish_files::check_writable(&arguments.output)?;
    }
    let watch = clock::Stopwatch::start();
    let model = engine
        .fit(&table, &settings, &Seed::new(arguments.seed), cx)
        .map_err(place)?;
    let seconds = watch.seconds();
    let provenance = Provenance {
        program: concat!("plenish ", env!("CARGO_PKG_VERSION")).to_owned(),
        seed: Some(arguments.seed),
        preset: Some(settings.preset),
        fitted: arguments.record_time.then(clock::now),
    };
    let bytes = save_with(model.as_ref(), &provenance)?;
    cx.check()?;
    if arguments.output.as_os_str() == "-" {
        // The model is the answer; nothing else may stand beside it.
        let mut out = std::io::stdout().lock();
        let written = out.write_all(&bytes).and_then(|()| out.flush());
        return written
            .map(|()| 0)
            .map_err(|e| Error::io("write", Path::new("standard output"), &e));
    }
    plenish_files::write_bytes_atomically(&arguments.output, &bytes)?;
    let summary = model.summary();
    let shown = arguments.output.display().to_string();
    if json {
        say_json(&json!({
            "model": shown, "rows": summary.rows, "columns": summary.columns, "seconds": seconds,
            "log_likelihood": summary.log_likelihood, "condition_on": summary.condition_on,
            "holds_rows": summary.holds_rows,
            "constraints": model.constraints().iter().map(|c| c.show(model.schema())).collect::<Vec<_>>(),
            "details": summary.details,
        }))?;
    } else if !quiet {
        let mut lines = vec![
            ["column", "states", "trees", "log-likelihood"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for column in &summary.details {
            lines.push(vec![
                column.name.clone(),
                column.states.to_string(),
                column.trees.to_string(),
                column
                    .log_likelihood
                    .map_or_else(|| "-".to_owned(), |l| format!("{l:.3}")),
            ]);
        }
        say(&text::columns(&lines, &[1, 2, 3]));
        say(&format!(
            "Learned from {} rows in {seconds:.1} s{}. Wrote {shown} ({} KB).",
            text::count(summary.rows as u64),
            summary
                .log_likelihood
                .map_or_else(String::new, |l| format!("; log-likelihood {l:.3} a row")),
            text::count(bytes.len() as u64 / 1024)
        ));
        for constraint in model.constraints() {
            say(&format!("Every row keeps: {}", constraint.show(model.schema())));
        }
        if !summary.condition_on.is_empty() {
            say(&format!("Conditions are exact on: {}", summary.condition_on.join(", ")));
        }
    }
    Ok(0)
}
