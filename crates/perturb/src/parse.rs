//! Steps as users write them: an option of the command line, or a file.
//!
//! ```toml
//! [[step]]
//! name = "noise"
//! columns = ["age"]
//! strength = 0.05
//!
//! [[step]]
//! name = "round"
//! columns = ["fnlwgt"]
//! to = 1000                # or "month", "hour", ... for dates and times
//!
//! [[step]]
//! name = "swap"
//! columns = ["zip", "city"]
//! share = 0.1
//!
//! [[step]]
//! name = "suppress"
//! columns = ["age", "sex", "zip"]
//! fewer_than = 5
//!
//! [[step]]
//! name = "drop-nearest"
//! share = 0.01             # or distance = 0.02
//! ```

use crate::step::{Nearest, Step, Unit};
use plenish_table::{Error, Result};
use toml_edit::{DocumentMut, Item, Table, Value};

const NAMES: [&str; 5] = ["noise", "round", "swap", "suppress", "drop-nearest"];

/// Reads `COLUMNS=VALUE` for the step called `name` (`noise`, `round`, `swap` or `suppress`), columns with commas between
/// them. Names of columns that hold a comma need a file.
pub fn parse_option(name: &str, text: &str) -> Result<Step> {
    let example = match name {
        "noise" => "age=0.05",
        "round" => "income=1000",
        "swap" => "zip=0.1",
        _ => "age,sex,zip=5",
    };
    let wrong = |what: &str| Error::usage(format!("--{name}: {what}")).help(format!("write --{name} {example}"));
    // Names may hold the sign, values do not.
    let (columns, value) = text
        .rsplit_once('=')
        .ok_or_else(|| wrong(&format!("'{text}' has no '='")))?;
    let columns: Vec<String> = columns.split(',').map(|c| c.trim().to_owned()).collect();
    if columns.iter().any(String::is_empty) {
        return Err(wrong(&format!("'{text}' leaves out the name of a column")));
    }
    let value = value.trim();
    let number = || {
        value
            .parse::<f64>()
            .map_err(|_| wrong(&format!("'{value}' is not a number")))
    };
    Ok(match name {
        "noise" => Step::Noise {
            columns,
            strength: number()?,
        },
        "round" => Step::Round {
            columns,
            unit: Unit::parse(value)?,
        },
        "swap" => Step::Swap {
            columns,
            share: number()?,
        },
        "suppress" => Step::Suppress {
            columns,
            fewer_than: value
                .parse()
                .map_err(|_| wrong(&format!("'{value}' is not a whole number")))?,
        },
        _ => return Err(unknown(name)),
    })
}

/// Reads the text of a file of steps; see the module's documentation for what it says.
pub fn parse_steps(text: &str) -> Result<Vec<Step>> {
    let document: DocumentMut = text
        .parse()
        .map_err(|e: toml_edit::TomlError| Error::usage(format!("the steps are not valid TOML: {}", e.message())))?;
    if let Some((key, _)) = document.as_table().iter().find(|(key, _)| *key != "step") {
        return Err(Error::usage(format!("there is no key '{key}'")).help("write each step as a section [[step]]"));
    }
    let sections = document
        .as_table()
        .get("step")
        .and_then(Item::as_array_of_tables)
        .ok_or_else(|| Error::usage("there is no step").help("write each step as a section [[step]]"))?;
    sections
        .iter()
        .enumerate()
        .map(|(place, section)| Section { section, place }.step())
        .collect()
}

fn unknown(name: &str) -> Error {
    Error::usage(format!("there is no step '{name}'")).help(format!("the steps are: {}", NAMES.join(", ")))
}

/// One section, which says in its errors which it is.
struct Section<'a> {
    section: &'a Table,
    place: usize,
}

impl Section<'_> {
    fn step(&self) -> Result<Step> {
        let name = self
            .section
            .get("name")
            .and_then(Item::as_str)
            .ok_or_else(|| self.wrong("has no name", &format!("the steps are: {}", NAMES.join(", "))))?;
        let keys: &[&str] = match name {
            "noise" => &["name", "columns", "strength"],
            "round" => &["name", "columns", "to"],
            "swap" => &["name", "columns", "share"],
            "suppress" => &["name", "columns", "fewer_than"],
            "drop-nearest" => &["name", "share", "distance"],
            other => return Err(unknown(other)),
        };
        if let Some((key, _)) = self.section.iter().find(|(key, _)| !keys.contains(key)) {
            return Err(self.wrong(
                &format!("('{name}') has no key '{key}'"),
                &format!("its keys are: {}", keys.join(", ")),
            ));
        }
        Ok(match name {
            "noise" => Step::Noise {
                columns: self.columns()?,
                strength: self.number("strength")?,
            },
            "round" => Step::Round {
                columns: self.columns()?,
                unit: match self.section.get("to").and_then(Item::as_str) {
                    Some(text) => Unit::parse(text)?,
                    None => Unit::parse(&self.number("to")?.to_string())?,
                },
            },
            "swap" => Step::Swap {
                columns: self.columns()?,
                share: self.number("share")?,
            },
            "suppress" => Step::Suppress {
                columns: self.columns()?,
                fewer_than: self
                    .section
                    .get("fewer_than")
                    .and_then(Item::as_integer)
                    .and_then(|n| usize::try_from(n).ok())
                    .ok_or_else(|| self.wrong("needs fewer_than", "give a whole number, such as 5"))?,
            },
            _ => Step::DropNearest(
                match (
                    self.section.contains_key("share"),
                    self.section.contains_key("distance"),
                ) {
                    (true, false) => Nearest::Share(self.number("share")?),
                    (false, true) => Nearest::Distance(self.number("distance")?),
                    _ => return Err(self.wrong("needs one of share and distance", "give share = 0.01")),
                },
            ),
        })
    }

    fn wrong(&self, what: &str, help: &str) -> Error {
        Error::usage(format!("step {} {what}", self.place + 1)).help(help)
    }

    fn number(&self, key: &str) -> Result<f64> {
        let item = self.section.get(key);
        item.and_then(|i| i.as_float().or_else(|| i.as_integer().map(|n| n as f64)))
            .ok_or_else(|| self.wrong(&format!("needs {key}"), "give a number"))
    }

    fn columns(&self) -> Result<Vec<String>> {
        let names = self.section.get("columns").and_then(Item::as_array);
        names
            .and_then(|names| names.iter().map(|n| Value::as_str(n).map(str::to_owned)).collect())
            .ok_or_else(|| self.wrong("needs columns", "write columns = [\"age\"]"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_and_files_say_the_same() {
        let file = parse_steps(
            "[[step]]\nname = \"noise\"\ncolumns = [\"a\", \"b\"]\nstrength = 0.5\n\
             [[step]]\nname = \"round\"\ncolumns = [\"a\"]\nto = 10\n\
             [[step]]\nname = \"round\"\ncolumns = [\"d\"]\nto = \"month\"\n\
             [[step]]\nname = \"swap\"\ncolumns = [\"a=b\"]\nshare = 1\n\
             [[step]]\nname = \"suppress\"\ncolumns = [\"a\", \"b\"]\nfewer_than = 5\n\
             [[step]]\nname = \"drop-nearest\"\nshare = 0.01\n",
        )
        .unwrap();
        let options = [
            ("noise", "a,b=0.5"),
            ("round", "a=10"),
            ("round", "d=month"),
            ("swap", "a=b=1"),
            ("suppress", "a, b=5"),
        ];
        let mut steps: Vec<Step> = options.iter().map(|(n, t)| parse_option(n, t).unwrap()).collect();
        steps.push(Step::DropNearest(Nearest::Share(0.01)));
        assert_eq!(file, steps);
    }

    #[test]
    fn mistakes_are_told() {
        for (name, text, told) in [
            ("noise", "age", "has no '='"),
            ("noise", "age=much", "not a number"),
            ("noise", "age,=1", "leaves out"),
            ("round", "age=-3", "cannot round"),
            ("round", "age=decade", "minute, hour"),
            ("suppress", "age=2.5", "whole number"),
        ] {
            let error = parse_option(name, text).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        for (text, told) in [
            ("", "no step"),
            ("steps = 1", "no key 'steps'"),
            ("[[step]]\ncolumns = [\"a\"]", "step 1 has no name"),
            ("[[step]]\nname = \"blur\"", "no step 'blur'"),
            ("[[step]]\nname = \"noise\"\nstrength = 1", "needs columns"),
            ("[[step]]\nname = \"noise\"\ncolumns = [\"a\"]", "needs strength"),
            ("[[step]]\nname = \"noise\"\nshare = 1", "no key 'share'"),
            ("[[step]]\nname = \"drop-nearest\"\nshare = 1\ndistance = 1", "one of"),
            ("[[step]\n", "not valid TOML"),
        ] {
            let error = parse_steps(text).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
