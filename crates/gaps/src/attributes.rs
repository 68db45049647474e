//! Columns as a few values each, whose combinations can be counted.

use crate::cuts::readable;
use crate::region::Region;
use plenish_learn::bins::distinct;
use plenish_table::{
    Column, ColumnSchema, ColumnType, Comparison, Error, MISSING_CODE, Result, Role, Schema, Table, Term, Test, Value,
};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;

/// Marks a cell that has none of the values of its attribute.
pub(crate) const NONE: u8 = u8::MAX;
/// Whole numbers beyond this, 2^53, are not all reals, so that a cut might fall beside them.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// So many rows have to be numbered through before a numbering is taken for one.
const NUMBERED: usize = 50;

/// How finely columns are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttributeSettings {
    /// Ranges of about equal mass that an ordered column is cut into; 2 to 50.
    pub ranges: usize,
    /// An ordered column with at most so many values keeps them; at most 100.
    pub few: usize,
    /// A column of text with more values is left out; at most 250.
    pub most: usize,
}

impl Default for AttributeSettings {
    /// 5 ranges, 10 numbers, 100 categories: as many as a person may want to read, and few enough for the
    /// combinations to be counted.
    fn default() -> Self {
        Self {
            ranges: 5,
            few: 10,
            most: 100,
        }
    }
}

/// Columns as attributes with a few values each.
#[derive(Debug, Clone, Default)]
pub struct Attributes {
    /// Number of rows.
    pub rows: usize,
    /// The attributes, in the order the columns were named in.
    pub attributes: Vec<Attribute>,
    /// Columns that were asked for and cannot be attributes.
    pub left_out: Vec<LeftOut>,
    schema: Arc<Schema>,
}

/// One column as a few values.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// The column's place in the table.
    pub column: usize,
    /// The column's name.
    pub name: String,
    /// Its values: categories by falling frequency, ranges in rising order, missing last.
    pub levels: Vec<Level>,
    /// The place among `levels` of each row's value.
    pub codes: Vec<u8>,
    coding: Coding,
}

/// One value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// What the cells satisfy.
    pub terms: Vec<Term>,
    /// Rows that have it.
    pub rows: usize,
}

/// A column that is not looked at, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// The column.
    pub column: String,
    /// Why, in words.
    pub reason: String,
}

#[derive(Debug, Clone)]
enum Coding {
    /// These values; the code of missing comes after them.
    Values(Vec<Value>),
    /// A run for each number of cuts that are not above the cell; the code of missing comes after them.
    Cuts(Vec<f64>),
}

/// Where an ordered column is cut, given its place in the table and its distinct values with counts.
pub(crate) type Cutter<'a> = &'a (dyn Fn(usize, &[(f64, u32)]) -> Vec<f64> + Sync);

impl Attributes {
    /// Codes the columns at `columns` of `table`: categories as they are, numbers and times cut at
    /// readable places, missing as a value of its own.
    pub fn new(table: &Table, columns: &[usize], settings: &AttributeSettings) -> Self {
        let schema = table.shared_schema();
        let ranges = settings.ranges.clamp(2, 50);
        Self::cut(table, columns, settings, &|column, values| {
            readable(values, ranges, &schema.columns[column])
        })
    }

    /// The same with cuts from elsewhere for ordered columns of more than a few values.
    pub(crate) fn cut(table: &Table, columns: &[usize], settings: &AttributeSettings, cutter: Cutter<'_>) -> Self {
        let schema = table.shared_schema();
        let coded: Vec<Result<Attribute, LeftOut>> = columns
            .par_iter()
            .map(|&column| {
                let described = &schema.columns[column];
                attribute(column, described, table.column(column), settings, cutter).map_err(|reason| LeftOut {
                    column: described.name.clone(),
                    reason,
                })
            })
            .collect();
        let mut attributes = Vec::new();
        let mut left_out = Vec::new();
        for one in coded {
            match one {
                Ok(attribute) => attributes.push(attribute),
                Err(reason) => left_out.push(reason),
            }
        }
        Self {
            rows: table.rows(),
            attributes,
            left_out,
            schema,
        }
    }

    /// The rows that have these values: pairs of an attribute's place and a level's.
    pub fn region(&self, items: &[(usize, usize)]) -> Region {
        let mut items = items.to_vec();
        items.sort_unstable();
        self.region_in_order(&items)
    }

    /// The same with the terms in the order of the values.
    pub(crate) fn region_in_order(&self, items: &[(usize, usize)]) -> Region {
        let terms = items
            .iter()
            .flat_map(|&(attribute, level)| self.attributes[attribute].levels[level].terms.clone());
        Region::new(terms.collect(), &self.schema)
    }

    /// The name of the table's column at `column`.
    pub(crate) fn name_of(&self, column: usize) -> String {
        self.schema.columns[column].name.clone()
    }

    /// The same attributes on the rows at `rows`; the levels keep the counts of all rows.
    pub(crate) fn take(&self, rows: &[u32]) -> Self {
        let attributes = self.attributes.iter().map(|attribute| Attribute {
            codes: rows.iter().map(|&row| attribute.codes[row as usize]).collect(),
            ..attribute.clone()
        });
        Self {
            rows: rows.len(),
            attributes: attributes.collect(),
            left_out: self.left_out.clone(),
            schema: Arc::clone(&self.schema),
        }
    }

    /// For each row, whether it has all these values.
    pub(crate) fn mask(&self, items: &[(usize, usize)]) -> Vec<bool> {
        let mut mask = vec![true; self.rows];
        for &(attribute, level) in items {
            for (keep, &code) in mask.iter_mut().zip(&self.attributes[attribute].codes) {
                *keep &= usize::from(code) == level;
            }
        }
        mask
    }

    /// The codes of another table's column for each attribute, [`NONE`] where a cell is missing as none
    /// here is. Fails when a column is absent or of another type, and on categories that are unknown here.
    pub(crate) fn encode(&self, other: &Table) -> Result<Vec<Vec<u8>>> {
        self.attributes
            .iter()
            .map(|attribute| {
                let described = &self.schema.columns[attribute.column];
                let column = other.column(other.schema().require(&described.name)?);
                attribute.encode(described, column)
            })
            .collect()
    }
}

impl Attribute {
    /// Where an ordered column is cut, in rising order; none if its values are kept as they are.
    pub(crate) fn cuts(&self) -> Option<&[f64]> {
        match &self.coding {
            Coding::Cuts(cuts) => Some(cuts),
            Coding::Values(_) => None,
        }
    }

    fn encode(&self, described: &ColumnSchema, column: &Column) -> Result<Vec<u8>> {
        let number = |kind: ColumnType| matches!(kind, ColumnType::Integer | ColumnType::Real);
        if column.kind() != described.kind && !(number(column.kind()) && number(described.kind)) {
            return Err(Error::data(format!(
                "holds {} values, but {} is expected",
                column.kind().name(),
                described.kind.name()
            ))
            .in_column(&self.name)
            .help("give both tables the same types"));
        }
        let codes = self.coding.codes(column, self.levels.len());
        for (row, &code) in codes.iter().enumerate() {
            if code == NONE && !column.is_missing(row) {
                return Err(Error::data(format!("'{}' is no value of the data", column.value(row)))
                    .in_column(&self.name)
                    .at_row(row as u64 + 1)
                    .help("give both tables the same categories, or leave out the rows with this one"));
            }
        }
        Ok(codes)
    }
}

impl Coding {
    fn count(&self) -> usize {
        match self {
            Self::Values(values) => values.len(),
            Self::Cuts(cuts) => cuts.len() + 1,
        }
    }

    /// A code a cell; [`NONE`] for values that have none, and for missing if `levels` has no place for it.
    fn codes(&self, column: &Column, levels: usize) -> Vec<u8> {
        let missing = if self.count() < levels {
            self.count() as u8
        } else {
            NONE
        };
        let texts = |values: &[Value]| -> HashMap<String, u8> {
            values
                .iter()
                .enumerate()
                .map(|(i, v)| (v.to_string(), i as u8))
                .collect()
        };
        match (self, column) {
            (Self::Values(values), Column::Text(text)) => {
                let index = texts(values);
                let map: Vec<u8> = text
                    .dictionary
                    .iter()
                    .map(|word| index.get(word).copied().unwrap_or(NONE))
                    .collect();
                let code = |&code: &u32| {
                    if code == MISSING_CODE {
                        missing
                    } else {
                        map[code as usize]
                    }
                };
                text.codes.iter().map(code).collect()
            }
            (Self::Values(values), column) => {
                let numbers: Vec<f64> = values.iter().filter_map(number).collect();
                (0..column.len())
                    .map(|row| {
                        column.number(row).map_or(missing, |x| {
                            numbers.iter().position(|&v| v == x).map_or(NONE, |place| place as u8)
                        })
                    })
                    .collect()
            }
            (Self::Cuts(cuts), column) => (0..column.len())
                .map(|row| {
                    column
                        .number(row)
                        .map_or(missing, |x| cuts.partition_point(|cut| *cut <= x) as u8)
                })
                .collect(),
        }
    }
}

/// A value on the number scale of columns.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Boolean(v) => Some(f64::from(u8::from(*v))),
        Value::Integer(v) | Value::Timestamp(v) => Some(*v as f64),
        Value::Real(v) => Some(*v),
        Value::Date(v) => Some(f64::from(*v)),
        Value::Missing | Value::Text(_) => None,
    }
}

/// The value of `column` at a place on its number scale.
pub(crate) fn value_at(column: &ColumnSchema, number: f64) -> Value {
    match column.kind {
        ColumnType::Boolean => Value::Boolean(number >= 0.5),
        ColumnType::Integer => Value::Integer(number as i64),
        ColumnType::Date => Value::Date(number as i32),
        ColumnType::Timestamp => Value::Timestamp(number as i64),
        ColumnType::Real | ColumnType::Text => Value::Real(number + 0.0),
    }
}

/// What cells from `low` on and below `high` satisfy; either may be open.
pub(crate) fn range(column: &ColumnSchema, low: Option<f64>, high: Option<f64>) -> Vec<Term> {
    let term = |how, number| Term {
        column: column.name.clone(),
        test: Test::Compare(how, value_at(column, number)),
    };
    let low = low.map(|number| term(Comparison::GreaterOrEqual, number));
    let high = high.map(|number| term(Comparison::Less, number));
    low.into_iter().chain(high).collect()
}

/// Why a column cannot be looked at because of its role; none if it can.
pub(crate) fn excluded(column: &ColumnSchema) -> Option<&'static str> {
    match column.role {
        Role::Identifier => Some("an identifier says which row it is, not what it is like"),
        Role::FreeText => Some("free text has no values to combine"),
        Role::Weight => Some("a weight says how much a row counts"),
        Role::Feature | Role::Target | Role::Protected | Role::Time => None,
    }
}

fn attribute(
    place: usize,
    described: &ColumnSchema,
    column: &Column,
    settings: &AttributeSettings,
    cutter: Cutter<'_>,
) -> Result<Attribute, String> {
    if let Some(reason) = excluded(described) {
        return Err(reason.to_owned());
    }
    let coding = match column {
        Column::Text(text) => categories(text.frequencies(), settings.most.clamp(2, 250))?,
        Column::Boolean(_) => {
            let seen = distinct(&column.numbers());
            Coding::Values(seen.iter().map(|v| value_at(described, v.0)).collect())
        }
        _ => ordered(place, described, column, settings, cutter)?,
    };
    let missing = (0..column.len()).any(|row| column.is_missing(row));
    let codes = coding.codes(column, coding.count() + usize::from(missing));
    let mut counts = vec![0_usize; coding.count() + usize::from(missing)];
    for &code in &codes {
        if let Some(count) = counts.get_mut(usize::from(code)) {
            *count += 1;
        }
    }
    if counts.iter().filter(|count| **count > 0).count() < 2 {
        return Err("it is the same in every row".to_owned());
    }
    let one = |test| {
        vec![Term {
            column: described.name.clone(),
            test,
        }]
    };
    let mut terms: Vec<Vec<Term>> = match &coding {
        Coding::Values(values) => values
            .iter()
            .map(|value| one(Test::Compare(Comparison::Equal, value.clone())))
            .collect(),
        Coding::Cuts(cuts) if cuts.is_empty() => vec![one(Test::Present)],
        Coding::Cuts(cuts) => (0..=cuts.len())
            .map(|run| range(described, (run > 0).then(|| cuts[run - 1]), cuts.get(run).copied()))
            .collect(),
    };
    if missing {
        terms.push(one(Test::Missing));
    }
    let levels = terms.into_iter().zip(counts).map(|(terms, rows)| Level { terms, rows });
    Ok(Attribute {
        column: place,
        name: described.name.clone(),
        levels: levels.collect(),
        codes,
        coding,
    })
}

/// Categories as they are, unless there are too many.
fn categories(values: Vec<(&str, u32)>, most: usize) -> Result<Coding, String> {
    if values.len() > most {
        let cells: u64 = values.iter().map(|v| u64::from(v.1)).sum();
        // Nearly as many values as cells: names, numbers, prose.
        if values.len() as u64 * 10 >= cells * 9 {
            return Err(format!(
                "nearly every cell is different ({} values): an identifier or free text",
                values.len()
            ));
        }
        return Err(format!(
            "it has {} values, and at most {most} can be combined; merge the rare ones to have it looked at",
            values.len()
        ));
    }
    let value = |(word, _): (&str, u32)| Value::Text(word.to_owned());
    Ok(Coding::Values(values.into_iter().map(value).collect()))
}

/// A few numbers as they are, more of them cut.
fn ordered(
    place: usize,
    described: &ColumnSchema,
    column: &Column,
    settings: &AttributeSettings,
    cutter: Cutter<'_>,
) -> Result<Coding, String> {
    let values = distinct(&column.numbers());
    let whole = !matches!(column, Column::Real(_));
    if whole && values.iter().any(|v| v.0.abs() > EXACT) {
        return Err("its numbers are beyond 2^53, where neighbours cannot be told apart".to_owned());
    }
    if let (Column::Integer(_), [(first, _), .., (last, _)]) = (column, &values[..])
        && !described.is_duration()
        && values.len() >= NUMBERED
        && values.len() == column.len()
        && last - first + 1.0 == values.len() as f64
    {
        return Err("it numbers the rows".to_owned());
    }
    if values.len() <= settings.few.min(100) {
        let value = |&(number, _): &(f64, u32)| value_at(described, number);
        return Ok(Coding::Values(values.iter().map(value).collect()));
    }
    Ok(Coding::Cuts(cutter(place, &values)))
}
