use super::rows::{at_line_of, read_model, read_partial};
use super::{say_json, text};
use crate::arguments::Generate;
use crate::clock;
use plenish_files::Writer;
use plenish_synth::{Ask, Distribution, Estimate, Model};
use plenish_table::{Condition, Context, Error, Result, Seed};
use serde_json::{Value, json};
use std::sync::Arc;

/// Rows made and written at a time: what keeps memory flat however many are asked for.
const BATCH: u64 = 1 << 16;

pub(crate) fn generate(arguments: &Generate, json: bool, quiet: bool, cx: &Context) -> Result<u8> {
    let model = read_model(&arguments.model)?;
    let ask = ask(arguments, model.as_ref(), cx)?;
    let given = ask.given.as_ref().map(|given| given.rows());
    let (start, end) = arguments.rows.unwrap_or_else(|| {
        let all = given.unwrap_or_else(|| model.summary().rows);
        (0, arguments.number.unwrap_or(all as u64))
    });
    let seed = Seed::new(arguments.seed);
    let place = |error: Error| match (&arguments.given, given) {
        (Some(source), Some(rows)) => at_line_of(error, source, rows),
        _ => error,
    };
    let watch = clock::Stopwatch::start();
    let drawing = cx
        .step("weighing the condition", 0, || model.prepare(&ask, &seed, cx))
        .map_err(place)?;
    let mut writer = Writer::create(&arguments.output, Arc::new(model.schema().clone()))?;
    cx.step("generating rows", end - start, || {
        let mut at = start;
        loop {
            cx.check()?;
            let until = at.saturating_add(BATCH).min(end);
            writer.write_batch(&drawing.rows(at..until, cx).map_err(place)?)?;
            at = until;
            if at == end {
                return Ok(());
            }
        }
    })?;
    let written = writer.finish()?;
    let seconds = watch.seconds();
    let to_output = arguments.output == "-";
    if json && !to_output {
        say_json(&json!({
            "rows": written.rows, "seconds": seconds, "sha256": written.sha256, "condition": drawing.estimate(),
            "distributions": distributions(&ask),
        }))?;
    } else if !quiet && !to_output {
        for distribution in &ask.distributions {
            let shares: Vec<String> = distribution.shares.iter().map(|(v, s)| format!("{v} {s}")).collect();
            super::say(&format!("Set {}: {}", distribution.column, shares.join(", ")));
        }
        if let Some(estimate) = drawing.estimate() {
            super::say(&likely(&estimate, ask.distributions.is_empty()));
        }
        super::say(&format!(
            "Wrote {} rows to {} in {seconds:.1} s (sha256 {}).",
            text::count(written.rows),
            arguments.output,
            written.sha256
        ));
    }
    Ok(0)
}

fn ask(arguments: &Generate, model: &dyn Model, cx: &Context) -> Result<Ask> {
    let condition = match &arguments.condition {
        Some(text) => Condition::parse(text, model.schema()).map_err(|e| e.in_file("--where"))?,
        None => Condition::default(),
    };
    let given = match &arguments.given {
        Some(source) => Some(Arc::new(read_partial(source, model.schema(), cx)?)),
        None => None,
    };
    if !arguments.set_distribution.is_empty() {
        model.check_distribution(None)?;
    }
    let values = |column: usize| {
        model.check_distribution(Some(column))?;
        Ok(model.values(column))
    };
    let distributions = arguments
        .set_distribution
        .iter()
        .map(|text| Distribution::parse(text, model.schema(), values).map_err(|e| e.in_file("--set-distribution")))
        .collect::<Result<_>>()?;
    Ok(Ask {
        condition,
        given,
        clip: arguments.clip,
        complete: false,
        temperature: arguments.temperature,
        distributions,
    })
}

/// How likely a condition is, in a sentence.
fn likely(estimate: &Estimate, whole: bool) -> String {
    let what = if whole {
        "The condition"
    } else {
        "The least likely of these"
    };
    let percent = 100.0 * estimate.probability;
    let share = if percent >= 0.01 {
        format!("{percent:.2} %")
    } else {
        format!("{:.1e}", estimate.probability)
    };
    if estimate.exact {
        return format!("{what} holds in {share} of all rows; it is met exactly.");
    }
    format!(
        "{what} holds in about {share} of all rows; each row was chosen among {} candidates worth {:.1}.",
        estimate.particles, estimate.effective_sample_size
    )
}

fn distributions(ask: &Ask) -> Value {
    let each = |distribution: &Distribution| {
        let shares = distribution.shares.iter();
        let shares: Vec<Value> = shares
            .map(|(value, share)| json!({ "value": value.to_string(), "share": share }))
            .collect();
        json!({ "column": distribution.column, "shares": shares })
    };
    ask.distributions.iter().map(each).collect()
}
