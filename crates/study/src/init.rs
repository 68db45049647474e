//! `plenish init`: a study file for a table, with every key explained and the schema filled in.

mod constraints;

use crate::file::{Key, ROOT, SECTIONS, Section};
use plenish_evaluate::MIN_TEST_ROWS;
use plenish_table::{
    Column, ColumnSchema, ColumnType, Error, Result, Role, Table, format_date, format_real, format_timestamp,
    parse_date, parse_timestamp,
};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Text columns with more values than this get no list of allowed values.
const MOST_LISTED: usize = 50;
/// Characters in a line of listed values.
const WIDTH: usize = 100;
/// Names, in any case, of columns that often name groups to be treated alike.
const SENSITIVE: [&str; 16] = [
    "sex",
    "gender",
    "race",
    "ethnicity",
    "ethnic",
    "religion",
    "nationality",
    "native_country",
    "citizenship",
    "disability",
    "marital_status",
    "age",
    "age_group",
    "sexual_orientation",
    "personal_status",
    "foreign_worker",
];

/// The text of a study file for `table`, read from `data_path` (as it is to stand in the file: it
/// starts at the folder of the study file), with a locked test in `test_path` if there is one.
///
/// Fails when the target or a protected column is not in the data, or the target has no two
/// values.
pub fn write_study(
    table: &Table,
    data_path: &str,
    test_path: Option<&str>,
    target: &str,
    protected: &[String],
) -> Result<String> {
    check(table, data_path, target, protected)?;
    let known = table.rows() - table.column(table.schema().require(target)?).missing_count();
    let mut out = String::from(
        "# A Plenish study: what it wants to reach, with which data, and how success is judged.\n\
         # Run it with `plenish run` and the name of this file. Lines that begin with # are comments;\n\
         # a key that is commented out shows an example, and its default holds.\n\n",
    );
    for key in ROOT.keys {
        let value = match key.name {
            "title" => Some(toml_text(&title(data_path))),
            "objective" => Some(toml_text("")),
            "target" => Some(toml_text(target)),
            "protected" if !protected.is_empty() => Some(toml_list(protected.iter().map(String::as_str))),
            "protected" => {
                if let Some(guess) = sensitive(table, target) {
                    explain(&mut out, key);
                    let _ = writeln!(
                        out,
                        "# These columns look as if they named such groups; remove the # if so."
                    );
                    let _ = writeln!(out, "# protected = {guess}");
                    continue;
                }
                None
            }
            "format" | "purpose" | "seed" => Some(key.example.to_owned()),
            _ => None,
        };
        write_key(&mut out, key, value);
    }
    for section in SECTIONS {
        let _ = writeln!(out, "\n# {}", section.about);
        if section.name == "columns" {
            write_columns(&mut out, section, table, target, protected);
            continue;
        }
        if section.name == "privacy" {
            // Its keys need values that nobody but the owner of the data can know.
            let _ = writeln!(out, "# [privacy]");
            section.keys.iter().for_each(|key| write_key(&mut out, key, None));
            continue;
        }
        let _ = writeln!(out, "[{}]", section.name);
        if section.name == "constraints" {
            constraints::write(&mut out, section, table, target, protected)?;
            continue;
        }
        for key in section.keys {
            let value = match (section.name, key.name) {
                ("data", "train") => Some(toml_text(data_path)),
                ("data", "test") => test_path.map(toml_text),
                ("data", "test_share") if test_path.is_some() => None,
                ("data", "delimiter" | "missing")
                | ("generator", "condition_on" | "rows" | "where")
                | ("plan" | "balance" | "audit", _)
                // The purpose may still be changed in the file.
                | ("criteria", "nearer_closes")
                | (
                    "experiment",
                    "repeats" | "ratios" | "weights" | "baselines" | "recalibration" | "group_thresholds" | "learners"
                    | "metric" | "operating_point",
                ) => None,
                ("data", "test_share") => Some(format_real(test_share(known))),
                ("criteria", _) if key.default == Some("false") => None,
                _ => Some(key.example.to_owned()),
            };
            write_key(&mut out, key, value);
        }
    }
    Ok(out)
}

/// The share of `rows` with a target to lock away: a quarter, and more where that would be too few
/// to judge by.
fn test_share(rows: usize) -> f64 {
    (5..=10)
        .map(|twentieths| f64::from(twentieths) / 20.0)
        .find(|share| rows as f64 * share >= MIN_TEST_ROWS as f64 * 1.2)
        .unwrap_or(0.25)
}

fn check(table: &Table, data_path: &str, target: &str, protected: &[String]) -> Result<()> {
    let schema = table.schema();
    let index = schema.require(target).map_err(|e| e.in_file(data_path))?;
    for name in protected {
        schema.require(name).map_err(|e| e.in_file(data_path))?;
        if name == target {
            return Err(Error::usage("the target cannot be protected as well")
                .in_column(name)
                .help("name it in one of the two"));
        }
    }
    let column = table.column(index);
    let error = |message: &str| {
        Error::data(message)
            .in_file(data_path)
            .in_column(target)
            .help("a target needs at least two values to be learned; choose another column")
    };
    let mut present = (0..table.rows()).filter(|&row| !column.is_missing(row));
    let Some(first) = present.next() else {
        return Err(error("every cell of the target is missing"));
    };
    let value = column.value(first);
    if present.all(|row| column.value(row) == value) {
        let shown = toml_text(&value.to_string());
        return Err(error(&format!("the target has only one value, {shown}")));
    }
    Ok(())
}

/// The name of the data file without folders and endings.
fn title(data_path: &str) -> String {
    let name = data_path.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.split('.').find(|part| !part.is_empty()).unwrap_or("study");
    name.replace(['_', '-'], " ")
}

fn sensitive(table: &Table, target: &str) -> Option<String> {
    let names: Vec<&str> = table
        .schema()
        .columns
        .iter()
        .map(|c| c.name.as_str())
        .filter(|&name| {
            let plain = name.to_lowercase().replace(['.', '-', ' '], "_");
            name != target && SENSITIVE.contains(&plain.as_str())
        })
        .collect();
    (!names.is_empty()).then(|| toml_list(names.into_iter()))
}

fn explain(out: &mut String, key: &Key) {
    let default = match key.default {
        Some(default) => format!(" (default: {default})"),
        None => String::new(),
    };
    let _ = writeln!(out, "# {}{default}", key.about);
}

fn write_key(out: &mut String, key: &Key, value: Option<String>) {
    explain(out, key);
    let _ = match value {
        Some(value) => writeln!(out, "{} = {value}", key.name),
        None => writeln!(out, "# {} = {}", key.name, key.example),
    };
}

fn write_columns(out: &mut String, section: &Section, table: &Table, target: &str, protected: &[String]) {
    for key in section.keys {
        let example = key.wanted.words();
        let _ = writeln!(out, "#   {:<10}{}; {example}", key.name, key.about);
    }
    for (column, values) in table.schema().columns.iter().zip(table.columns()) {
        let _ = writeln!(out, "\n[columns.{}]", toml_key(&column.name));
        let _ = writeln!(out, "type = \"{}\"", column.kind.name());
        let _ = writeln!(out, "{}", role(column, values, target, protected));
        let missing = values.missing_count();
        if missing > 0 {
            let share = missing as f64 * 100.0 / values.len() as f64;
            let _ = writeln!(
                out,
                "missing = true # {missing} of {} cells ({share:.2} %)",
                values.len()
            );
        } else {
            let _ = writeln!(out, "missing = false");
        }
        match values {
            Column::Text(text) => write_allowed(out, text),
            Column::Boolean(_) => {}
            _ => write_bounds(out, column, values),
        }
        if column.kind == ColumnType::Real {
            let _ = match column.decimals {
                Some(digits) => writeln!(out, "decimals = {}", digits.min(15)),
                None => writeln!(out, "# decimals = 2 # in full precision without this"),
            };
        }
    }
}

fn role(column: &ColumnSchema, values: &Column, target: &str, protected: &[String]) -> String {
    let named = |role: Role| format!("role = \"{}\"", role.name());
    if column.name == target {
        return named(Role::Target);
    }
    if protected.contains(&column.name) {
        return named(Role::Protected);
    }
    match identifies(column, values) {
        Some(why) => format!("{} # guessed: {why}; it is not learned from", named(Role::Identifier)),
        None if matches!(column.role, Role::Target | Role::Protected) => named(Role::Feature),
        None => named(column.role),
    }
}

/// Why a column seems to name rows rather than describe them.
fn identifies(column: &ColumnSchema, values: &Column) -> Option<&'static str> {
    let rows = values.len();
    if rows < 2 || values.missing_count() > 0 {
        return None;
    }
    let distinct = match values {
        Column::Integer(v) => v.iter().collect::<BTreeSet<_>>().len() == rows,
        Column::Text(v) => v.codes.iter().collect::<BTreeSet<_>>().len() == rows,
        _ => return None,
    };
    if !distinct {
        return None;
    }
    if named_as_identifier(&column.name) {
        return Some("the name says so and no value occurs twice");
    }
    match values {
        Column::Integer(v) if v.windows(2).all(|w| w[0].checked_add(1) == Some(w[1])) => {
            Some("the values count the rows")
        }
        _ => None,
    }
}

fn named_as_identifier(name: &str) -> bool {
    const WORDS: [&str; 6] = ["id", "uuid", "guid", "key", "identifier", "rowid"];
    let plain = name.to_lowercase().replace(['.', '-', ' '], "_");
    plain.rsplit('_').next().is_some_and(|word| WORDS.contains(&word)) || name.ends_with("Id") || name.ends_with("ID")
}

fn write_allowed(out: &mut String, text: &plenish_table::TextColumn) {
    let used: BTreeSet<&str> = (0..text.codes.len()).filter_map(|row| text.get(row)).collect();
    if used.len() > MOST_LISTED {
        let _ = writeln!(out, "# allowed = [] # {} different texts: too many to list", used.len());
    } else if !used.is_empty() {
        let _ = writeln!(out, "allowed = {}", toml_list(used.into_iter()));
    }
}

fn write_bounds(out: &mut String, column: &ColumnSchema, values: &Column) {
    let (Some(low), Some(high)) = (extreme(column, values, false), extreme(column, values, true)) else {
        return;
    };
    let _ = writeln!(out, "min = {low}\nmax = {high}");
}

/// The smallest or largest value as TOML; none if there is none, or if the file could not say it
/// exactly.
fn extreme(column: &ColumnSchema, values: &Column, largest: bool) -> Option<String> {
    fn pick<T: Copy>(values: impl Iterator<Item = T>, largest: bool, less: impl Fn(T, T) -> bool) -> Option<T> {
        values.reduce(|a, b| if less(b, a) == largest { a } else { b })
    }
    let present = || (0..values.len()).filter(|&row| !values.is_missing(row));
    match values {
        Column::Integer(v) => pick(present().map(|row| v[row]), largest, |a, b| a < b)
            .filter(|n| n.unsigned_abs() <= 1 << 53)
            .map(|n| match column.notation {
                Some(notation) => format!("{n} # microseconds: {}", notation.write(n)),
                None => n.to_string(),
            }),
        Column::Real(v) => pick(present().map(|row| v[row]), largest, |a, b| a < b).map(format_real),
        Column::Date(v) => pick(present().map(|row| v[row]), largest, |a, b| a < b)
            .map(|day| (day, format_date(day)))
            .filter(|(day, text)| parse_date(text) == Some(*day))
            .map(|(_, text)| toml_text(&text)),
        Column::Timestamp(v) => pick(present().map(|row| v[row]), largest, |a, b| a < b)
            .filter(|at| at.unsigned_abs() <= 1 << 53)
            .map(|at| (at, format_timestamp(at, column.utc)))
            .filter(|(at, text)| parse_timestamp(text).is_some_and(|(read, _)| read == *at))
            .map(|(_, text)| toml_text(&text)),
        Column::Boolean(_) | Column::Text(_) => None,
    }
}

/// `text` as a TOML string: in double quotes, with everything escaped that could end it or hide.
pub(crate) fn toml_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// `name` as a TOML key: bare where that is allowed, else in quotes.
fn toml_key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        toml_text(name)
    }
}

/// Texts as a TOML list, on several lines when it is long.
fn toml_list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let items: Vec<String> = texts.map(toml_text).collect();
    let one_line = format!("[{}]", items.join(", "));
    if one_line.chars().count() <= WIDTH {
        return one_line;
    }
    let mut out = String::from("[");
    let mut used = WIDTH;
    for item in items {
        let width = item.chars().count() + 2;
        if used + width > WIDTH {
            out.push_str("\n    ");
            used = 4;
        } else {
            out.push(' ');
        }
        used += width;
        out.push_str(&item);
        out.push(',');
    }
    out.push_str("\n]");
    out
}
