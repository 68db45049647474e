use super::{say, say_json, text};
use crate::arguments::Plan;
use plenish_study::{Study, write_plan};
use plenish_table::{Context, Error, Result};
use serde_json::json;

/// Lines that are shown; the file has all.
const SHOWN: usize = 30;

pub(crate) fn plan(arguments: &Plan, json: bool, quiet: bool, cx: &Context) -> Result<u8> {
    let study = Study::load(&arguments.study)?;
    let to_output = arguments.output.as_deref() == Some("-");
    let path = match &arguments.output {
        Some(output) => output.into(),
        None => arguments.study.with_file_name("plan.toml"),
    };
    if !to_output && !arguments.force && path.exists() {
        return Err(Error::usage("there is a plan already")
            .in_file(path.display().to_string())
            .help("look at it, name another file with -o, or replace it with --force"));
    }
    let (plan, gaps) = plenish_study::plan(&study, cx)?;
    let written = write_plan(&plan);
    if to_output {
        if json {
            return Err(Error::usage("standard output takes the plan or the JSON, not both"));
        }
        say(&written);
        return Ok(0);
    }
    plenish_files::write_bytes_atomically(&path, written.as_bytes())?;
    if json {
        say_json(
            &json!({ "plan": path.display().to_string(), "rows": plan.rows(), "lines": plan.lines, "left_out": plan.left_out, "notes": plan.notes }),
        )?;
        return Ok(0);
    }
    if quiet {
        return Ok(0);
    }
    let mut lines = vec![
        ["gap", "rows now", "to make", "where", "why"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for line in plan.lines.iter().take(SHOWN) {
        lines.push(vec![
            line.gap.name().to_owned(),
            text::count(line.have as u64),
            text::count(line.rows),
            line.region.text.clone(),
            line.reason.clone(),
        ]);
    }
    say(&text::columns(&lines, &[1, 2]));
    if plan.lines.len() > SHOWN {
        say(&format!("and {} more lines", plan.lines.len() - SHOWN));
    }
    if let Some(gaps) = gaps.filter(|gaps| !gaps.patterns.is_empty()) {
        say(&format!(
            "{} combinations of {} have fewer than {} rows: {} are to be covered, {} are left out.",
            text::count(gaps.patterns.len() as u64),
            gaps.columns.join(", "),
            gaps.threshold,
            text::count(plan.accepted.len() as u64),
            text::count((gaps.patterns.len() - plan.accepted.len()) as u64)
        ));
    }
    for note in &plan.notes {
        say(note);
    }
    say(&format!(
        "\n{} rows in {} {}. Wrote {}: edit it, and have the study obey it with file = \"plan.toml\" in [plan].",
        text::count(plan.rows()),
        text::count(plan.lines.len() as u64),
        if plan.lines.len() == 1 { "line" } else { "lines" },
        path.display()
    ));
    Ok(0)
}
