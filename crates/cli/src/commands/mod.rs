//! One file a command: from what the user said to the library's functions, and from their answers
//! to what the user reads.

mod evaluate;
mod fit;
mod generate;
mod init;
mod profile;
mod run;
mod store;
mod text;

pub(crate) use evaluate::evaluate;
pub(crate) use fit::fit;
pub(crate) use generate::generate;
pub(crate) use init::init;
pub(crate) use profile::profile;
pub(crate) use run::run;
pub(crate) use store::store;

use plenish_table::{Error, Result, Role, Table};
use serde::Serialize;
use std::io::Write;

/// Prints on standard output. A reader that has gone away is no failure.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints one JSON object.
fn say_json(value: &impl Serialize) -> Result<()> {
    say(&serde_json::to_string_pretty(value).map_err(|e| Error::internal(format!("the answer as JSON: {e}")))?);
    Ok(())
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
