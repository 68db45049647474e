//! Typed values out of a parsed file; what does not fit becomes a [`Problem`], and reading goes on.

use super::keys::{Key, ROOT, SECTIONS, Section, Wanted};
use super::source::{Problem, Source, advice, nearest};
use std::ops::Range;
use toml_edit::{Item, TableLike, Value};

/// Reads values and gathers problems.
pub(crate) struct Reader {
    pub(crate) source: Source,
    pub(crate) problems: Vec<Problem>,
}

/// One table of the file, with the section it belongs to and its path.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) table: Option<&'a dyn TableLike>,
    pub(crate) section: &'static Section,
    pub(crate) path: &'a str,
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

fn type_words(item: &Item) -> &'static str {
    match item.type_name() {
        "string" => "text",
        "integer" => "a whole number",
        "float" => "a number with a decimal point",
        "boolean" => "true or false",
        "datetime" => "a date without quotes",
        "array" => "a list",
        "array of tables" => "a list of sections",
        "table" | "inline table" => "a section",
        _ => "something else",
    }
}

impl Reader {
    pub(crate) fn problem(&mut self, span: Range<usize>, message: impl Into<String>, help: Option<String>) {
        self.problems.push(Problem {
            span,
            message: message.into(),
            help,
        });
    }

    /// The table called `name` in `parent`, and whether it is there.
    pub(crate) fn table<'a>(&mut self, parent: &'a dyn TableLike, path: &str, name: &str) -> Option<&'a dyn TableLike> {
        let (key, item) = parent.get_key_value(name)?;
        let span = key.span().or(item.span()).unwrap_or(0..0);
        let path = join(path, name);
        let found = item.as_table_like();
        if found.is_none() {
            let header = if path.contains('.') { "columns.NAME" } else { name };
            self.problem(
                span.clone(),
                format!("`{path}` has to be a section, and is {}", type_words(item)),
                Some(format!("write [{header}] on a line of its own, and its keys below")),
            );
        }
        self.source.spans.insert(path, span);
        found
    }

    /// Reports each key of a table that its section does not have.
    pub(crate) fn unknown_keys(&mut self, at: At) {
        let Some(table) = at.table else { return };
        let root = at.section.name.is_empty();
        for (name, _) in table.iter() {
            if at.section.key(name).is_some() || (root && SECTIONS.iter().any(|s| s.name == name)) {
                continue;
            }
            let item = table.get(name);
            let span = table.key(name).and_then(toml_edit::Key::span).unwrap_or(0..0);
            let is_section = item.is_some_and(|i| i.is_table() || i.is_array_of_tables());
            let mut known: Vec<&str> = at.section.keys.iter().map(|k| k.name).collect();
            let (what, all) = if root && is_section {
                known = SECTIONS.iter().map(|s| s.name).collect();
                (format!("there is no section [{name}]"), "the sections")
            } else if root {
                known.extend(SECTIONS.iter().map(|s| s.name));
                (
                    format!("there is no key `{name}` above the first section"),
                    "the keys and sections",
                )
            } else {
                (format!("there is no key `{name}` in [{}]", at.path), "the keys")
            };
            let elsewhere = SECTIONS.iter().chain([&ROOT]).find(|s| s.key(name).is_some());
            let help = match elsewhere {
                Some(section) if nearest(name, known.iter().copied()).is_none() => match section.name {
                    "" => format!("`{name}` belongs above the first section"),
                    "columns" => format!("`{name}` belongs in [columns.NAME]"),
                    other => format!("`{name}` belongs in [{other}]"),
                },
                _ => advice(name, &known, all),
            };
            self.problem(span, what, Some(help));
        }
    }

    fn wrong(&mut self, at: At, key: &Key, span: Range<usize>, found: &str) {
        let path = join(at.path, key.name);
        let example = match key.wanted {
            Wanted::Bound if found.starts_with('\'') => "\"2024-01-31\"",
            _ => key.example,
        };
        self.problem(
            span,
            format!("`{path}` has to be {}, and is {found}", key.wanted.words()),
            Some(format!("like {} = {}", key.name, example)),
        );
    }

    /// The value of a key, its description and its place.
    fn item<'a>(&mut self, at: At<'a>, name: &str) -> Option<(&'a Item, &'static Key, Range<usize>)> {
        let key = at.section.key(name)?;
        let item = at.table?.get(name)?;
        let span = item.span().unwrap_or(0..0);
        self.source.spans.insert(join(at.path, name), span.clone());
        Some((item, key, span))
    }

    /// Text, also one of a choice.
    pub(crate) fn text(&mut self, at: At, name: &str) -> Option<String> {
        let (item, key, span) = self.item(at, name)?;
        let Some(text) = item.as_str() else {
            self.wrong(at, key, span, type_words(item));
            return None;
        };
        if let Wanted::Choice(names) = key.wanted
            && !names.contains(&text)
        {
            self.not_a_choice(&join(at.path, name), text, names, span);
            return None;
        }
        Some(text.to_owned())
    }

    fn not_a_choice(&mut self, path: &str, text: &str, names: &[&str], span: Range<usize>) {
        self.problem(
            span,
            format!("`{path}` cannot be '{text}'"),
            Some(advice(text, names, "the possible values")),
        );
    }

    /// A list of texts, also of a choice. A text that stands twice is a problem.
    pub(crate) fn texts(&mut self, at: At, name: &str) -> Option<Vec<String>> {
        let (item, key, span) = self.item(at, name)?;
        let Some(array) = item.as_array() else {
            self.wrong(at, key, span, type_words(item));
            return None;
        };
        let path = join(at.path, name);
        let mut out: Vec<String> = Vec::with_capacity(array.len());
        for (index, value) in array.iter().enumerate() {
            let span = value.span().unwrap_or(span.clone());
            self.source.spans.insert(format!("{path}[{index}]"), span.clone());
            match value.as_str() {
                None => self.wrong(at, key, span, "a list with something else in it"),
                Some(text) => {
                    if let Wanted::Choices(names) = key.wanted
                        && !names.contains(&text)
                    {
                        self.not_a_choice(&path, text, names, span);
                    } else if out.iter().any(|o| o == text) {
                        self.problem(
                            span,
                            format!("'{text}' stands twice in `{path}`"),
                            Some("remove one".to_owned()),
                        );
                    }
                    out.push(text.to_owned());
                }
            }
        }
        Some(out)
    }

    /// A whole number within its bounds.
    pub(crate) fn whole(&mut self, at: At, name: &str) -> Option<u64> {
        let (item, key, span) = self.item(at, name)?;
        let Some(number) = item.as_integer() else {
            self.wrong(at, key, span, type_words(item));
            return None;
        };
        match (u64::try_from(number), key.wanted) {
            (Ok(n), Wanted::Whole(low, high)) if (low..=high).contains(&n) => Some(n),
            _ => {
                self.wrong(at, key, span, &number.to_string());
                None
            }
        }
    }

    /// A number within its bounds; whole numbers count as numbers.
    pub(crate) fn number(&mut self, at: At, name: &str) -> Option<f64> {
        let (item, key, span) = self.item(at, name)?;
        let Some(number) = as_number(item) else {
            self.wrong(at, key, span, type_words(item));
            return None;
        };
        match key.wanted {
            Wanted::Number(low, high) if (low..=high).contains(&number) => Some(number),
            _ => {
                self.wrong(at, key, span, &number.to_string());
                None
            }
        }
    }

    /// A list of numbers within their bounds. One that stands twice is a problem.
    pub(crate) fn numbers(&mut self, at: At, name: &str) -> Option<Vec<f64>> {
        let (item, key, span) = self.item(at, name)?;
        let Some(array) = item.as_array() else {
            self.wrong(at, key, span, type_words(item));
            return None;
        };
        let mut out: Vec<f64> = Vec::with_capacity(array.len());
        for value in array {
            let span = value.span().unwrap_or(span.clone());
            let number = value.as_float().or_else(|| value.as_integer().map(|n| n as f64));
            match (number, key.wanted) {
                (Some(number), Wanted::Numbers(low, high)) if (low..=high).contains(&number) => {
                    if out.contains(&number) {
                        self.problem(
                            span,
                            format!("{number} stands twice in `{}`", join(at.path, name)),
                            Some("remove one".to_owned()),
                        );
                    }
                    out.push(number);
                }
                (Some(number), _) => self.wrong(at, key, span, &format!("a list with {number} in it")),
                (None, _) => self.wrong(at, key, span, "a list with something else in it"),
            }
        }
        Some(out)
    }

    /// Puts a number within its bounds, or none for `false`, into `value`, if the key is there.
    pub(crate) fn threshold(&mut self, at: At, name: &str, value: &mut Option<f64>) {
        let Some((item, key, span)) = self.item(at, name) else {
            return;
        };
        match (item.as_bool(), as_number(item), key.wanted) {
            (Some(false), ..) => *value = None,
            (_, Some(number), Wanted::Threshold(low, high)) if (low..=high).contains(&number) => *value = Some(number),
            (_, Some(number), _) => self.wrong(at, key, span, &number.to_string()),
            _ => {
                let found = item.as_bool().map_or(type_words(item), |_| "true");
                self.wrong(at, key, span, found);
            }
        }
    }

    /// true or false.
    pub(crate) fn flag(&mut self, at: At, name: &str) -> Option<bool> {
        let (item, key, span) = self.item(at, name)?;
        let flag = item.as_bool();
        if flag.is_none() {
            self.wrong(at, key, span, type_words(item));
        }
        flag
    }

    /// A bound: a number, or a day or point in time, with or without quotes.
    pub(crate) fn bound(&mut self, at: At, name: &str) -> Option<super::Bound> {
        let (item, key, span) = self.item(at, name)?;
        if let Some(number) = as_number(item).filter(|n| n.is_finite()) {
            return Some(super::Bound::Number(number));
        }
        let text = match item.as_value() {
            Some(Value::Datetime(time)) => Some(time.value().to_string()),
            _ => item.as_str().map(str::to_owned),
        };
        match text {
            Some(text) if plenish_table::parse_date(&text).is_some() => Some(super::Bound::Time(text)),
            Some(text) if plenish_table::parse_timestamp(&text).is_some() => Some(super::Bound::Time(text)),
            Some(text) => {
                self.wrong(at, key, span, &format!("'{text}'"));
                None
            }
            None => {
                self.wrong(at, key, span, type_words(item));
                None
            }
        }
    }

    /// Reports a key that must be there and is not, at its section's header.
    pub(crate) fn required(&mut self, at: At, name: &str) {
        let Some(key) = at.section.key(name) else { return };
        if at.table.is_some_and(|t| t.contains_key(name)) {
            return;
        }
        let span = self.source.span(at.path);
        let section = at.section.name;
        let place = match (section, at.table.is_some()) {
            ("", _) => "above the first section".to_owned(),
            (_, true) => format!("in [{section}]"),
            (_, false) => format!("in a section [{section}], which is not there either"),
        };
        self.problem(
            span,
            format!("the key `{name}` is missing {place}"),
            Some(format!("add it ({}), like {name} = {}", key.about, key.example)),
        );
    }
}

fn as_number(item: &Item) -> Option<f64> {
    item.as_float().or_else(|| item.as_integer().map(|n| n as f64))
}
