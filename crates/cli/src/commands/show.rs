use super::{read_model, say, say_json, text};
use crate::arguments::Show;
use plenish_synth::{ColumnSummary, inspect};
use plenish_table::Result;
use serde_json::json;

pub(crate) fn show(arguments: &Show, json: bool) -> Result<u8> {
    let shown = arguments.model.display().to_string();
    let bytes = read_model(&arguments.model)?;
    let header = inspect(&bytes).map_err(|e| e.in_file(&shown))?;
    let (summary, from) = (&header.summary, &header.provenance);
    let learned = |name: &str| summary.details.iter().find(|d| d.name == name);
    let preset = from.preset.map(plenish_synth::Preset::name);
    if json {
        let columns: Vec<_> = header
            .schema
            .columns
            .iter()
            .map(|c| {
                let learned = learned(&c.name);
                json!({
                    "name": c.name, "type": c.kind.name(), "notation": c.notation.map(|n| n.to_string()), "role": c.role.name(), "missing": c.missing,
                    "states": learned.map(|d| d.states), "trees": learned.map(|d| d.trees),
                    "log_likelihood": learned.map(|d| d.log_likelihood),
                })
            })
            .collect();
        say_json(&json!({
            "model": shown, "bytes": bytes.len(), "checksum": header.checksum, "generator": summary.generator,
            "program": from.program, "preset": preset, "seed": from.seed, "fitted": from.fitted,
            "rows": summary.rows, "columns": summary.columns, "log_likelihood": summary.log_likelihood,
            "condition_on": summary.condition_on, "constraints": header.constraints, "details": columns,
        }))?;
        return Ok(0);
    }
    let mut facts = vec![("generator", summary.generator.clone())];
    if !from.program.is_empty() {
        facts.push(("fitted by", from.program.clone()));
    }
    facts.extend(from.fitted.clone().map(|time| ("fitted at", time)));
    facts.extend(preset.map(|name| ("preset", name.to_owned())));
    facts.extend(from.seed.map(|seed| ("seed", seed.to_string())));
    facts.push((
        "learned from",
        format!(
            "{} rows of {} columns",
            text::count(summary.rows as u64),
            text::count(summary.columns as u64)
        ),
    ));
    if let Some(likelihood) = summary.log_likelihood {
        facts.push(("log-likelihood", format!("{likelihood:.3} a row")));
    }
    if !summary.condition_on.is_empty() {
        facts.push(("conditions on", summary.condition_on.join(", ")));
    }
    facts.extend(
        header
            .constraints
            .iter()
            .map(|constraint| ("every row keeps", constraint.clone())),
    );
    facts.push(("size", format!("{} KB", text::count(bytes.len() as u64 / 1024))));
    facts.push(("checksum", format!("{} (verified)", header.checksum)));
    let facts: Vec<Vec<String>> = facts
        .into_iter()
        .map(|(name, what)| vec![name.to_owned(), what])
        .collect();
    say(&shown);
    say(&text::columns(&facts, &[]));
    let heading = ["column", "type", "role", "missing", "states", "trees", "log-likelihood"];
    let mut lines = vec![heading.map(str::to_owned).to_vec()];
    let figure = |d: Option<&ColumnSummary>, show: fn(&ColumnSummary) -> String| d.map_or_else(|| "-".to_owned(), show);
    for column in &header.schema.columns {
        let learned = learned(&column.name);
        lines.push(vec![
            column.name.clone(),
            match column.notation {
                Some(notation) => format!("{} {notation}", column.kind.name()),
                None => column.kind.name().to_owned(),
            },
            column.role.name().to_owned(),
            if column.missing { "yes" } else { "no" }.to_owned(),
            figure(learned, |d| d.states.to_string()),
            figure(learned, |d| d.trees.to_string()),
            figure(learned, |d| {
                d.log_likelihood.map_or_else(|| "-".to_owned(), |l| format!("{l:.3}"))
            }),
        ]);
    }
    say(text::columns(&lines, &[4, 5, 6]).trim_end());
    Ok(0)
}
