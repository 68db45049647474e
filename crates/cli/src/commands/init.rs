use super::{say, say_json};
use crate::arguments::Init;
use plenish_files::ReadOptions;
use plenish_study::{Study, relative_path, write_study};
use plenish_table::{Context, Error, Result};
use serde_json::json;
use std::path::Path;

pub(crate) fn init(arguments: &Init, json: bool, cx: &Context) -> Result<u8> {
    let output = &arguments.output;
    let shown = output.display().to_string();
    if output.exists() && !arguments.force {
        return Err(Error::usage("is there already")
            .in_file(&shown)
            .help("give another name with -o, or --force to replace it"));
    }
    if arguments.data == "-" {
        return Err(Error::usage("a study cannot read standard input").help("save the data to a file first"));
    }
    let table = plenish_files::read(&arguments.data, &ReadOptions::default(), cx)?;
    let folder = output
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let data = relative_path(folder, Path::new(&arguments.data))?;
    let test = arguments
        .test
        .as_ref()
        .map(|test| relative_path(folder, Path::new(test)))
        .transpose()?;
    let text = write_study(&table, &data, test.as_deref(), &arguments.target, &arguments.protected)?;
    // What is written has to be what `run` can read.
    Study::parse(&text, &shown)?;
    plenish_files::write_bytes_atomically(output, text.as_bytes())?;
    if json {
        say_json(&json!({ "study": shown, "rows": table.rows(), "columns": table.columns().len() }))?;
    } else {
        say(&format!(
            "Wrote {shown}: {} columns, target '{}'.\nLook at its schema and criteria, then: plenish run {shown}",
            table.columns().len(),
            arguments.target
        ));
    }
    Ok(0)
}
