use super::{say, say_json};
use crate::arguments::Init;
use plenish_files::ReadOptions;
use plenish_study::{Study, relative_path, write_study};
use plenish_table::{Context, Error, Result};
use serde_json::json;
use std::path::Path;

pub(crate) fn init(arguments: &Init, json: bool, quiet: bool, cx: &Context) -> Result<u8> {
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
    let folder = output
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(
            Error::usage("the study cannot be written there: there is no such folder")
                .in_file(&shown)
                .help("make the folder first, or give another name with -o"),
        );
    }
    let table = plenish_files::read(&arguments.data, &ReadOptions::default(), cx)?;
    let data = relative_path(folder, Path::new(&arguments.data))?;
    let (test, test_path) = match &arguments.test {
        Some(path) => {
            let options = ReadOptions {
                schema: Some(table.schema().clone()),
                ..ReadOptions::default()
            };
            let test = plenish_files::read(path, &options, cx)?;
            (Some(test), Some(relative_path(folder, Path::new(path))?))
        }
        None => (None, None),
    };
    let text = write_study(
        &table,
        &data,
        test_path.as_deref(),
        &arguments.target,
        &arguments.protected,
    )
    .map_err(|e| e.in_file(&arguments.data))?;
    // What is written has to be what `run` can run.
    let (rows, columns) = (table.rows(), table.columns().len());
    Study::parse(&text, &shown)?
        .in_folder(folder)
        .check_tables(table, test)?;
    plenish_files::write_bytes_atomically(output, text.as_bytes())?;
    if json {
        say_json(&json!({ "study": shown, "rows": rows, "columns": columns }))?;
    } else if !quiet {
        say(&format!(
            "Wrote {shown}: {} columns, target '{}'.\nLook at its schema and criteria, then: plenish run {shown}",
            columns, arguments.target
        ));
    }
    Ok(0)
}
