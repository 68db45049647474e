use super::{constraints, say, say_json, text, with_roles};
use crate::arguments::Fit;
use crate::clock;
use plenish_files::ReadOptions;
use plenish_private::accounting::Guarantee;
use plenish_private::domain::Domain;
use plenish_synth::{Preset, Provenance, Settings, generator, save_with};
use plenish_table::{Context, Error, Result, Seed, Table};
use serde_json::json;
use std::io::Write;
use std::path::Path;

pub(crate) fn fit(arguments: &Fit, json: bool, quiet: bool, cx: &Context) -> Result<u8> {
    if let Ok(engine) = plenish_private::Engine::of(&arguments.engine) {
        return private(arguments, engine, json, quiet, cx);
    }
    if arguments.epsilon.is_some() || arguments.schema.is_some() || arguments.data_set.is_some() {
        return Err(Error::usage(format!(
            "the engine '{}' is not differentially private",
            arguments.engine
        ))
        .help("choose --engine aim, or leave --epsilon, --schema and --data-set out"));
    }
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

/// Warns when most rows of the table were charged under another name, and remembers them under this one: on the trusted
/// side, beside the ledger.
fn compare_names(arguments: &Fit, name: &str, table: &Table, cx: &Context) -> Result<()> {
    let register = plenish_private::ledger::Register::open(&arguments.ledger)?;
    let sketch = if arguments.train == "-" {
        register.sketch(table, &clock::now())
    } else {
        // As the file is: another schema of the same rows names other columns.
        let whole = plenish_files::read(&arguments.train, &ReadOptions::default(), &Context::silent())?;
        register.sketch(&whole, &clock::now())
    };
    for relative in register.relatives(name, &sketch)? {
        cx.warn(&relative.to_string());
    }
    register.enter(name, sketch)
}

/// Fits a differentially private engine. The seed has no part in it, and the ledger is charged before anything is read
/// from the rows.
fn private(arguments: &Fit, engine: plenish_private::Engine, json: bool, quiet: bool, cx: &Context) -> Result<u8> {
    let needed = |what: &str, why: &str| Error::usage(format!("a private engine needs {what}")).help(why.to_owned());
    let epsilon = arguments
        .epsilon
        .ok_or_else(|| needed("--epsilon", "such as --epsilon 1: smaller protects more"))?;
    let schema = arguments.schema.as_ref().ok_or_else(|| {
        needed(
            "--schema",
            "a file with what is public about each column; docs/privacy.md shows one. What is not public is learned with \
             `learn = true`, at a cost",
        )
    })?;
    let name = arguments.data_set.as_ref().ok_or_else(|| {
        needed(
            "--data-set",
            "the name under which the owner keeps the budget of these rows, and of all parts and copies of them",
        )
    })?;
    if !arguments.constraint.is_empty() {
        return Err(Error::usage("private engines keep no constraints"));
    }
    let text = std::fs::read_to_string(schema).map_err(|e| Error::io("read", schema, &e))?;
    let domain = Domain::parse(&text).map_err(|e| e.in_file(schema.display().to_string()))?;
    let settings = plenish_private::Settings {
        rows_at_most: arguments.rows_at_most,
        code: concat!("plenish ", env!("CARGO_PKG_VERSION")).to_owned(),
        ..plenish_private::Settings::new(engine, Guarantee::new(epsilon, arguments.delta)?)
    };
    plenish_files::check_writable(&arguments.output)?;
    let ledger = plenish_private::ledger::Ledger::open(&arguments.ledger, name)?;
    let (rho, added) = plenish_private::cost(&domain, &settings)?;
    // A spent budget is refused before the rows are read.
    ledger.allows(rho, added)?;
    let options = ReadOptions {
        // Types that were inferred would depend on the rows.
        schema: Some(domain.reading_schema()?),
        ..ReadOptions::default()
    };
    let table = plenish_files::read(&arguments.train, &options, cx)?;
    compare_names(arguments, name, &table, cx)?;
    let watch = clock::Stopwatch::start();
    let model = plenish_private::fit(&table, &domain, &settings, &ledger, &clock::now(), cx)?;
    let seconds = watch.seconds();
    let provenance = Provenance {
        program: concat!("plenish ", env!("CARGO_PKG_VERSION")).to_owned(),
        ..Provenance::default()
    };
    let bytes = save_with(&model, &provenance)?;
    plenish_files::write_bytes_atomically(&arguments.output, &bytes)?;
    let evidence = model.evidence();
    if let Some(path) = &arguments.evidence {
        let text = serde_json::to_string_pretty(evidence).map_err(|e| Error::internal(e.to_string()))?;
        plenish_files::write_bytes_atomically(path, format!("{text}\n").as_bytes())?;
    }
    let balance = ledger.balance()?;
    let shown = arguments.output.display().to_string();
    if json {
        say_json(&json!({ "model": shown, "seconds": seconds, "evidence": evidence, "ledger": balance }))?;
    } else if !quiet {
        say(&format!(
            "Learned by {} in {seconds:.1} s with epsilon {epsilon} and delta {:e}: {}.",
            engine.name(),
            arguments.delta,
            evidence.neighbours
        ));
        say(&format!(
            "{} questions were asked with noise. Of '{name}', epsilon {:.4} is spent{}.",
            evidence.spends.len(),
            balance.epsilon.unwrap_or(f64::NAN),
            balance.limit.map_or_else(String::new, |l| format!(" of {}", l.epsilon))
        ));
        for measured in [true, false] {
            if let (Some(worst), Some(median)) = (evidence.errors.worst(measured), evidence.errors.median(measured)) {
                say(&format!(
                    "{} marginals {}: the model is off by at most {:.4} (middle one) to {:.4} ({}) in total variation, each \
                     with {:.0} % confidence.",
                    evidence
                        .errors
                        .marginals
                        .iter()
                        .filter(|m| m.measured == measured)
                        .count(),
                    if measured {
                        "were measured"
                    } else {
                        "were not, but compared"
                    },
                    median,
                    worst.total_variation,
                    worst.columns.join(", "),
                    100.0 * evidence.errors.level
                ));
            }
        }
        say(&format!(
            "Wrote {shown} ({} KB).",
            text::count(bytes.len() as u64 / 1024)
        ));
    }
    Ok(0)
}
