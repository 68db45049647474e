//! `plan.toml`: what is to be generated, for a person to read, edit and approve.

use super::source::{Problem, Source, advice};
use crate::init::toml_text;
use plenish_gaps::{GapKind, Region};
use plenish_plan::{LeftOut, Plan, PlanLine};
use plenish_table::{Condition, Error, Result, Schema, Table};
use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;
use toml_edit::{Document, Item, TableLike};

/// The format of plans that this version reads.
const FORMAT: i64 = 1;
/// Keys of a line.
const KEYS: [&str; 6] = ["where", "rows", "gap", "have", "reason", "effect"];
/// Rows of a line at most, as a slip of the keyboard would have it.
const MOST: i64 = 100_000_000;

/// A plan as text: one section a line, with what was left out below, as comments.
pub fn write_plan(plan: &Plan) -> String {
    let mut out = String::from(
        "# What is to be generated: one [[line]] for each gap, with the condition every row of it satisfies.\n\
         # Change rows or conditions, remove lines, add your own (`where` and `rows` are enough); then have a study\n\
         # obey it with file = \"plan.toml\" in its section [plan].\n\nformat = 1\n",
    );
    for line in &plan.lines {
        let _ = write!(
            out,
            "\n[[line]]\nwhere = {}\nrows = {}\ngap = {}\nhave = {}\nreason = {}\neffect = {}\n",
            toml_text(&line.region.text),
            line.rows,
            toml_text(line.gap.name()),
            line.have,
            toml_text(&line.reason),
            toml_text(&line.effect),
        );
        if let Some(borrowed) = &line.borrowed {
            let _ = writeln!(
                out,
                "# few rows to learn from: generalised from {} rows where {}",
                borrowed.rows,
                one_line(&borrowed.from)
            );
        }
    }
    let about = |out: &mut String, left: &LeftOut| {
        let _ = writeln!(out, "#   {}: {}", one_line(&left.region.text), one_line(&left.reason));
    };
    if !plan.left_out.is_empty() {
        out.push_str("\n# Left out:\n");
        for left in &plan.left_out {
            about(&mut out, left);
        }
    }
    for note in &plan.notes {
        let _ = writeln!(out, "# {}", one_line(note));
    }
    out
}

/// Text that cannot end a comment.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Reads a plan for the rows of `real`. Its conditions are held against the columns and, where these are words, against
/// the values that there are; a plan of more than `most` rows for each real one is refused.
///
/// Fails, with the line in the file, on a syntax error, an unknown key, a condition that does not fit the columns or
/// names a category that does not exist, and rows that are no whole number of at least 1.
pub fn read_plan(path: &Path, real: &Table, most: f64) -> Result<Plan> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| Error::io("read the plan", path, &e))?;
    let source = Source {
        file: file.clone(),
        text: text.clone(),
        ..Source::default()
    };
    let document = match Document::parse(text.clone()) {
        Ok(document) => document,
        Err(error) => {
            let problem = Problem {
                span: error.span().unwrap_or(0..0),
                message: error.message().replace('\n', ", "),
                help: None,
            };
            return Err(source
                .error(vec![problem])
                .unwrap_or_else(|| Error::internal("no problem to report")));
        }
    };
    let mut reader = PlanReader {
        real,
        problems: Vec::new(),
    };
    let plan = reader.plan(document.as_table());
    if let Some(error) = source.error(reader.problems) {
        return Err(error);
    }
    let limit = (most * real.rows() as f64).floor();
    if plan.rows() as f64 > limit {
        return Err(
            Error::usage(format!("the plan asks for {} rows, more than {limit}", plan.rows()))
                .in_file(file)
                .help("lower the rows of its lines, or raise `most` in [plan]"),
        );
    }
    Ok(plan)
}

struct PlanReader<'a> {
    real: &'a Table,
    problems: Vec<Problem>,
}

impl PlanReader<'_> {
    fn problem(&mut self, span: Option<Range<usize>>, message: impl Into<String>, help: Option<String>) {
        self.problems.push(Problem {
            span: span.unwrap_or(0..0),
            message: message.into(),
            help,
        });
    }

    fn plan(&mut self, root: &dyn TableLike) -> Plan {
        for (name, item) in root.iter() {
            match name {
                "format" if item.as_integer() == Some(FORMAT) => {}
                "format" => self.problem(
                    item.span(),
                    "this is no plan that can be read",
                    Some(format!("plans have format = {FORMAT}; write one with `plenish plan`")),
                ),
                "line" => {}
                other => {
                    let span = root.key(name).and_then(toml_edit::Key::span);
                    self.problem(
                        span,
                        format!("a plan has no key `{other}`"),
                        Some(advice(other, &["format", "line"], "the keys")),
                    );
                }
            }
        }
        let mut plan = Plan::default();
        match root.get("line") {
            Some(Item::ArrayOfTables(lines)) => {
                for line in lines {
                    plan.lines.extend(self.line(line));
                }
            }
            Some(other) => self.problem(
                other.span(),
                "`line` has to be a list of sections",
                Some("write [[line]] on a line of its own, and its keys below".to_owned()),
            ),
            None => self.problem(
                None,
                "the plan has no [[line]]",
                Some("add one, with `where` and `rows`".to_owned()),
            ),
        }
        plan
    }

    fn line(&mut self, table: &toml_edit::Table) -> Option<PlanLine> {
        for (name, _) in table.iter().filter(|(name, _)| !KEYS.contains(name)) {
            let span = table.key(name).and_then(toml_edit::Key::span);
            self.problem(
                span,
                format!("there is no key `{name}` in [[line]]"),
                Some(advice(name, &KEYS, "the keys")),
            );
        }
        let text = |name: &str| table.get(name).and_then(Item::as_str).unwrap_or_default().to_owned();
        let gap = match table.get("gap") {
            None => GapKind::Asked,
            Some(item) => match item.as_str().map(GapKind::of) {
                Some(Ok(gap)) => gap,
                Some(Err(error)) => {
                    self.problem(item.span(), error.message(), error.advice().map(str::to_owned));
                    GapKind::Asked
                }
                None => {
                    self.problem(item.span(), "`gap` has to be text in quotes", None);
                    GapKind::Asked
                }
            },
        };
        let rows = self.rows(table);
        let region = self.region(table)?;
        let mask = region.condition.mask(self.real).ok()?;
        let reason = text("reason");
        Some(PlanLine {
            gap,
            region,
            have: mask.iter().filter(|own| **own).count(),
            rows: rows?,
            reason: if reason.is_empty() {
                "asked for in the plan".to_owned()
            } else {
                reason
            },
            effect: text("effect"),
            borrowed: None,
        })
    }

    fn rows(&mut self, table: &toml_edit::Table) -> Option<u64> {
        let help = Some("like rows = 200".to_owned());
        match table.get("rows") {
            None => self.problem(table.span(), "the key `rows` is missing in [[line]]", help),
            Some(item) => match item.as_integer() {
                Some(rows) if (1..=MOST).contains(&rows) => return Some(rows as u64),
                _ => self.problem(
                    item.span(),
                    format!("`rows` has to be a whole number from 1 to {MOST}"),
                    help,
                ),
            },
        }
        None
    }

    fn region(&mut self, table: &toml_edit::Table) -> Option<Region> {
        let help = "like where = \"sex = 'Female' and income = '>50K'\"";
        let Some(item) = table.get("where") else {
            self.problem(
                table.span(),
                "the key `where` is missing in [[line]]",
                Some(help.to_owned()),
            );
            return None;
        };
        let Some(text) = item.as_str() else {
            self.problem(item.span(), "`where` has to be text in quotes", Some(help.to_owned()));
            return None;
        };
        match read_region(text, self.real.schema(), self.real) {
            Ok(region) => Some(region),
            Err(error) => {
                self.problem(item.span(), error.message(), error.advice().map(str::to_owned));
                None
            }
        }
    }
}

/// A condition that some row could satisfy, as far as words tell.
fn read_region(text: &str, schema: &Schema, real: &Table) -> Result<Region> {
    let condition = Condition::parse(text, schema)?;
    for term in &condition.terms {
        let plenish_table::Column::Text(words) = real.column(schema.require(&term.column)?) else {
            continue;
        };
        let named = match &term.test {
            plenish_table::Test::Compare(plenish_table::Comparison::Equal, value) => std::slice::from_ref(value),
            plenish_table::Test::In(values) => values,
            _ => continue,
        };
        for value in named {
            let value = value.to_string();
            if !words.dictionary.contains(&value) {
                let known: Vec<&str> = words.dictionary.iter().map(String::as_str).collect();
                return Err(
                    Error::data(format!("'{}' has no value '{value}'", term.column)).help(advice(
                        &value,
                        &known,
                        "its values",
                    )),
                );
            }
        }
    }
    let text = condition.show(schema);
    Ok(Region { condition, text })
}
