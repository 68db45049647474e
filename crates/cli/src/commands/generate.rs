use super::{say_json, text};
use crate::arguments::Generate;
use crate::clock;
use plenish_files::Writer;
use plenish_synth::{Ask, open};
use plenish_table::{Condition, Context, Error, Result, Seed};
use serde_json::json;
use std::io::Read;
use std::sync::Arc;

/// Rows made and written at a time: what keeps memory flat however many are asked for.
const BATCH: u64 = 1 << 16;

pub(crate) fn generate(arguments: &Generate, json: bool, quiet: bool, cx: &Context) -> Result<u8> {
    let shown = arguments.model.display().to_string();
    let bytes = if shown == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(&arguments.model)
    };
    let bytes = bytes.map_err(|e| Error::io("read", &arguments.model, &e))?;
    let model = open(&bytes).map_err(|e| e.in_file(&shown))?;
    let condition = match &arguments.condition {
        Some(text) => Condition::parse(text, model.schema()).map_err(|e| e.in_file("--where"))?,
        None => Condition::default(),
    };
    let ask = Ask { condition };
    let (start, end) = arguments
        .rows
        .unwrap_or_else(|| (0, arguments.number.unwrap_or(model.summary().rows as u64)));
    let seed = Seed::new(arguments.seed);
    let watch = clock::Stopwatch::start();
    let mut writer = Writer::create(&arguments.output, Arc::new(model.schema().clone()))?;
    cx.step("generating rows", end - start, || {
        let mut at = start;
        loop {
            cx.check()?;
            let until = at.saturating_add(BATCH).min(end);
            writer.write_batch(&model.generate(&ask, at..until, &seed, cx)?)?;
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
        say_json(&json!({ "rows": written.rows, "seconds": seconds, "sha256": written.sha256 }))?;
    } else if !quiet && !to_output {
        super::say(&format!(
            "Wrote {} rows to {} in {seconds:.1} s (sha256 {}).",
            text::count(written.rows),
            arguments.output,
            written.sha256
        ));
    }
    Ok(0)
}
