//! One file a command: from what the user said to the library's functions, and from their answers
//! to what the user reads.

mod audit;
mod evaluate;
mod experiment;
mod fit;
mod gaps;
mod generate;
mod impute;
mod init;
mod ledger;
mod perturb;
mod plan;
mod profile;
mod rows;
mod run;
mod score;
mod show;
mod store;
mod text;

pub(crate) use audit::audit;
pub(crate) use evaluate::evaluate;
pub(crate) use experiment::experiment;
pub(crate) use fit::fit;
pub(crate) use generate::generate;
pub(crate) use impute::impute;
pub(crate) use init::init;
pub(crate) use ledger::ledger;
pub(crate) use perturb::perturb;
pub(crate) use plan::plan;
pub(crate) use profile::profile;
pub(crate) use run::run;
pub(crate) use score::score;
pub(crate) use show::show;
pub(crate) use store::store;

use plenish_table::{Constraint, Error, Result, Role, Schema, Table};
use serde::Serialize;
use std::io::{Read, Write};
use std::path::Path;

/// Prints on standard output. A reader that has gone away is no failure.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints one JSON object; fails when it cannot be written, as half of an object is none.
fn say_json(value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(|e| Error::internal(format!("the answer as JSON: {e}")))?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")
        .and_then(|()| out.flush())
        .map_err(|e| Error::io("write", Path::new("standard output"), &e))
}

/// The bytes of a model file; `-` is standard input.
fn read_model(path: &Path) -> Result<Vec<u8>> {
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    }
    .map_err(|e| Error::io("read", path, &e))
}

/// The table with the roles that options name.
fn with_roles(table: Table, target: Option<&str>, protected: &[String]) -> Result<Table> {
    let mut schema = table.schema().clone();
    for name in protected {
        if Some(name.as_str()) == target {
            return Err(Error::usage("the target cannot be protected as well")
                .in_column(name)
                .help("name it in one of the two"));
        }
        let index = schema.require(name)?;
        schema.columns[index].role = Role::Protected;
    }
    if let Some(name) = target {
        let index = schema.require(name)?;
        schema.columns[index].role = Role::Target;
    }
    table.with_schema(schema)
}

/// The constraints that options name.
fn constraints(texts: &[String], schema: &Schema) -> Result<Vec<Constraint>> {
    let read = |text: &String| Constraint::parse(text, schema).map_err(|e| e.in_file("--constraint"));
    texts.iter().map(read).collect()
}
