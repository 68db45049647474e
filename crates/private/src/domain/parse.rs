//! The file in which an owner declares a domain.
//!
//! ```toml
//! person = "customer_id"      # with rows_per_person: hides persons instead of rows
//! rows_per_person = 3
//! learn_share = 0.1           # the share of the budget that learns columns without a domain
//!
//! [columns.age]
//! type = "integer"
//! min = 17
//! max = 90
//! bins = 74
//!
//! [columns.job]
//! values = ["nurse", "smith"] # a text column; other values become "other" unless other = false
//! missing = true
//!
//! [columns.income]
//! type = "real"
//! edges = [0, 1_000, 10_000, 100_000]
//! decimals = 2
//!
//! [columns.city]
//! learn = true                # the most frequent values, found with noise; bins says how many at most
//! ```

use super::{Axis, DEFAULT_BINS, Domain, Origin, States, Unit};
use plenish_table::{ColumnSchema, ColumnType, Error, Result, Value};
use toml_edit::{DocumentMut, Item, Table};

const TOP_KEYS: [&str; 4] = ["person", "rows_per_person", "learn_share", "columns"];
const COLUMN_KEYS: [&str; 10] = [
    "type", "min", "max", "bins", "edges", "values", "other", "missing", "decimals", "learn",
];

impl Domain {
    /// Reads the text of a domain's file; see the module's documentation for what it says. Fails, and names the
    /// place, when a key is unknown or a column is not described.
    pub fn parse(text: &str) -> Result<Self> {
        let document: DocumentMut = text.parse().map_err(|e: toml_edit::TomlError| {
            Error::usage(format!("the schema is not valid TOML: {}", e.message()))
        })?;
        let top = document.as_table();
        known(top, &TOP_KEYS, "the schema")?;
        let unit = match (top.get("person"), top.get("rows_per_person")) {
            (None, None) => Unit::Row,
            (Some(person), Some(rows)) => Unit::Person {
                column: string(person, "person")?.to_owned(),
                rows: whole(rows, "rows_per_person")?.try_into().unwrap_or(0),
            },
            _ => {
                return Err(Error::usage("person and rows_per_person go together")
                    .help("say which column names a person, and how many rows of one person count at most"));
            }
        };
        let share = top
            .get("learn_share")
            .map_or(Ok(0.0), |item| number(item, "learn_share"))?;
        if !(0.0..=0.5).contains(&share) {
            return Err(
                Error::usage(format!("learn_share is {share}")).help("it is a share from 0 to 0.5, such as 0.1")
            );
        }
        let columns = top.get("columns").and_then(Item::as_table).ok_or_else(|| {
            Error::usage("the schema describes no columns").help("give each column a section [columns.NAME]")
        })?;
        let axes = columns
            .iter()
            .map(|(name, item)| axis(name, item).map_err(|e| e.in_column(name)))
            .collect::<Result<Vec<_>>>()?;
        Self::new(axes, unit, libm::round(share * 1000.0) as u16)
    }
}

fn axis(name: &str, item: &Item) -> Result<Axis> {
    let table = item
        .as_table()
        .ok_or_else(|| Error::usage("is not a section").help("write [columns.NAME]"))?;
    known(table, &COLUMN_KEYS, "a column")?;
    let get = |key: &str| table.get(key);
    let kind = match get("type") {
        Some(item) => {
            let text = string(item, "type")?;
            ColumnType::ALL.into_iter().find(|k| k.name() == text).ok_or_else(|| {
                let names = ColumnType::ALL.map(ColumnType::name).join(", ");
                Error::usage(format!("there is no type '{text}'")).help(format!("the types are: {names}"))
            })?
        }
        None => ColumnType::Text,
    };
    let mut column = ColumnSchema::new(name, kind);
    if let Some(item) = get("decimals") {
        column.decimals = Some(whole(item, "decimals")?.clamp(0, 15) as u8);
    }
    let bins = get("bins").map_or(Ok(DEFAULT_BINS as i64), |item| whole(item, "bins"))?;
    let bins = usize::try_from(bins).unwrap_or(0);
    let missing = get("missing").map_or(Ok(true), |item| boolean(item, "missing"))?;
    let learn = get("learn").map_or(Ok(false), |item| boolean(item, "learn"))?;
    let states = match (kind, learn) {
        (ColumnType::Boolean, _) => Some(States::Boolean),
        (_, true) => None,
        (ColumnType::Text, false) => Some(categories(table)?),
        (_, false) => Some(numbers(table, &column, bins)?),
    };
    let origin = if states.is_some() {
        Origin::Declared
    } else {
        Origin::Learned
    };
    column.missing = missing;
    Ok(Axis {
        column,
        states,
        bins,
        missing,
        origin,
    })
}

fn categories(table: &Table) -> Result<States> {
    let values = table.get("values").and_then(Item::as_array).ok_or_else(no_domain)?;
    let values = values
        .iter()
        .map(|v| {
            v.as_str()
                .map(str::to_owned)
                .ok_or_else(|| Error::usage("values are not all texts in quotes"))
        })
        .collect::<Result<Vec<_>>>()?;
    let other = table.get("other").map_or(Ok(true), |item| boolean(item, "other"))?;
    Ok(States::categories(values, other))
}

fn numbers(table: &Table, column: &ColumnSchema, bins: usize) -> Result<States> {
    if let Some(item) = table.get("edges") {
        let edges = item.as_array().ok_or_else(|| Error::usage("edges is not a list"))?;
        let edges = edges
            .iter()
            .map(|v| bound(&Item::Value(v.clone()), "edges", column))
            .collect::<Result<Vec<f64>>>()?;
        return Ok(if column.kind == ColumnType::Real {
            States::Real { edges }
        } else {
            States::Whole {
                edges: edges.into_iter().map(|e| e as i64).collect(),
            }
        });
    }
    let low = table
        .get("min")
        .ok_or_else(no_domain)
        .and_then(|item| bound(item, "min", column))?;
    let high = table
        .get("max")
        .ok_or_else(no_domain)
        .and_then(|item| bound(item, "max", column))?;
    States::even(column.kind, low, high, bins)
}

/// A bound on the column's number scale; days and times may be texts.
fn bound(item: &Item, key: &str, column: &ColumnSchema) -> Result<f64> {
    let wrong = || Error::usage(format!("{key} is not a value of type {}", column.kind.name()));
    let Some(text) = item.as_str() else {
        return number(item, key);
    };
    match Value::parse_in(text, column).ok_or_else(wrong)? {
        Value::Integer(v) | Value::Timestamp(v) => Ok(v as f64),
        Value::Date(v) => Ok(f64::from(v)),
        Value::Real(v) => Ok(v),
        _ => Err(wrong()),
    }
}

fn no_domain() -> Error {
    Error::usage("has no public domain").help(
        "give values for text, min and max (or edges) for numbers and times, from what is known about such data and \
         never from this table; or write learn = true and set learn_share",
    )
}

fn known(table: &Table, keys: &[&str], place: &str) -> Result<()> {
    match table.iter().find(|(key, _)| !keys.contains(key)) {
        None => Ok(()),
        Some((key, _)) => {
            Err(Error::usage(format!("{place} has no key '{key}'")).help(format!("the keys are: {}", keys.join(", "))))
        }
    }
}

fn string<'i>(item: &'i Item, key: &str) -> Result<&'i str> {
    item.as_str()
        .ok_or_else(|| Error::usage(format!("{key} is not a text in quotes")))
}

fn whole(item: &Item, key: &str) -> Result<i64> {
    item.as_integer()
        .ok_or_else(|| Error::usage(format!("{key} is not a whole number")))
}

fn number(item: &Item, key: &str) -> Result<f64> {
    let value = item.as_float().or_else(|| item.as_integer().map(|v| v as f64));
    value
        .filter(|v| v.is_finite())
        .ok_or_else(|| Error::usage(format!("{key} is not a number")))
}

fn boolean(item: &Item, key: &str) -> Result<bool> {
    item.as_bool()
        .ok_or_else(|| Error::usage(format!("{key} is neither true nor false")))
}
