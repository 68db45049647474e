//! The data against a reference population: what it has a far smaller share of.

use crate::attributes::{AttributeSettings, Attributes, NONE};
use crate::lattice::{Fate, Sides, minimal};
use crate::patterns::check;
use crate::region::Region;
use plenish_table::{Column, ColumnType, Condition, Context, Error, Result, Schema, Table, Test, Value};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Whom the data should be like.
#[derive(Debug, Clone)]
pub enum Reference {
    /// Rows of the population, in columns of the data.
    Rows(Table),
    /// Shares of groups of it.
    Margins(Vec<Margin>),
}

/// What share of a population satisfies a condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Margin {
    /// The condition.
    pub region: Region,
    /// The share, 0 to 1.
    pub share: f64,
}

/// A combination of values that a far smaller share of the data has than of the reference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Underrepresented {
    /// The combination.
    #[serde(rename = "where")]
    pub region: Region,
    /// Rows that have it.
    pub rows: usize,
    /// Rows that would if the data had the reference's share.
    pub expected: f64,
    /// Share of the data.
    pub share: f64,
    /// Share of the reference.
    pub reference_share: f64,
}

/// A share is far smaller if it is at most this part of the reference's.
const FAR: f64 = 0.5;
/// The difference has to be this many standard deviations: very many combinations are looked at.
const CERTAIN: f64 = 4.0;
/// Shares of a margin may miss 1 by rounding.
const ROUNDING: f64 = 0.005;
/// The columns of a file of margins.
const WHERE: &str = "where";
const SHARE: &str = "share";

impl Reference {
    /// Reads a reference: a table with the columns `where` (conditions as `--where` reads them) and `share` is
    /// of margins, any other of the population's rows. Conditions on the same columns are one margin.
    ///
    /// Fails on columns and categories that `data` does not have, on types that differ, on shares outside
    /// 0 to 1, and on margins whose shares do not add up to 1 or whose conditions overlap.
    pub fn read(reference: Table, data: &Table) -> Result<Self> {
        let names: BTreeSet<&str> = reference.schema().columns.iter().map(|c| c.name.as_str()).collect();
        if names == BTreeSet::from([WHERE, SHARE]) {
            return margins(&reference, data);
        }
        if reference.rows() == 0 {
            return Err(Error::data("the reference has no rows").help("give rows of the population, or margins"));
        }
        for column in &reference.schema().columns {
            if data.schema().column(&column.name).is_none() {
                return Err(Error::data("the reference has a column that the data does not have")
                    .in_column(&column.name)
                    .help("leave it out of the reference; a file of margins has the columns where and share"));
            }
        }
        Ok(Self::Rows(reference))
    }

    /// The shares of groups: margins as they are, of rows the shares of the combined values of `columns` (places in
    /// `data`), cut as the data's are. Combinations that only the data has have the share 0; reference rows with a missing
    /// cell where the data has none are not counted.
    ///
    /// Fails when the reference's rows lack a column, have another type or values that the data does not have, when a
    /// column cannot be cut into values or there are more than `most` combinations, and when no row can be counted.
    pub fn shares(&self, data: &Table, columns: &[usize], most: usize) -> Result<Vec<Margin>> {
        let rows = match self {
            Self::Margins(margins) => return Ok(margins.clone()),
            Self::Rows(rows) => rows,
        };
        let attributes = Attributes::new(data, columns, &AttributeSettings::default());
        if let Some(left) = attributes.left_out.first() {
            return Err(
                Error::data(format!("the column cannot be cut into groups: {}", left.reason)).in_column(&left.column),
            );
        }
        let referred = attributes.encode(rows).map_err(|e| e.in_file("the reference"))?;
        let mut counts: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
        for row in 0..data.rows() {
            let group = attributes.attributes.iter().map(|a| a.codes[row]).collect();
            counts.entry(group).or_insert(0);
        }
        let mut counted = 0;
        for row in 0..rows.rows() {
            let group: Vec<u8> = referred.iter().map(|codes| codes[row]).collect();
            if !group.contains(&NONE) {
                *counts.entry(group).or_insert(0) += 1;
                counted += 1;
            }
            if counts.len() > most {
                return Err(Error::data(format!("the columns make more than {most} groups"))
                    .help("name fewer columns to compare with the reference"));
            }
        }
        if counted == 0 {
            return Err(
                Error::data("every row of the reference has a missing cell where the data has none")
                    .help("give rows of the population with values in the columns that are compared"),
            );
        }
        Ok(counts
            .into_iter()
            .map(|(group, count)| {
                let items: Vec<(usize, usize)> = group.into_iter().map(usize::from).enumerate().collect();
                Margin {
                    region: attributes.region(&items),
                    share: count as f64 / counted as f64,
                }
            })
            .collect())
    }
}

fn margins(reference: &Table, data: &Table) -> Result<Reference> {
    let column = |name: &str| reference.column(reference.schema().index(name).unwrap_or_default());
    let (texts, shares) = (column(WHERE), column(SHARE));
    if !matches!(texts, Column::Text(_)) || !matches!(shares.kind(), ColumnType::Real | ColumnType::Integer) {
        return Err(
            Error::data("margins need conditions in the column where and numbers in the column share")
                .help("a line reads like: \"sex = 'Female' and age < 30\",0.12"),
        );
    }
    let mut margins = Vec::new();
    let mut places: BTreeMap<BTreeSet<String>, Vec<usize>> = BTreeMap::new();
    for row in 0..reference.rows() {
        let at = |error: Error| error.at_row(row as u64 + 1);
        let Value::Text(text) = texts.value(row) else {
            return Err(at(Error::data("the condition is missing").in_column(WHERE)));
        };
        let share = shares.number(row).filter(|share| (0.0..=1.0).contains(share));
        let share = share.ok_or_else(|| {
            at(Error::data("a share is a number from 0 to 1")
                .in_column(SHARE)
                .help("write 12 % as 0.12"))
        })?;
        let condition = Condition::parse(&text, data.schema()).map_err(at)?;
        known(&condition, data).map_err(at)?;
        let columns = condition.terms.iter().map(|term| term.column.clone()).collect();
        places.entry(columns).or_default().push(margins.len());
        let region = Region {
            text: condition.show(data.schema()),
            condition,
        };
        margins.push(Margin { region, share });
    }
    if margins.is_empty() {
        return Err(Error::data("the reference has no margins").help("give a line for each group, with its share"));
    }
    for (columns, places) in places {
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        let names = names.join(" and ");
        let total: f64 = places.iter().map(|&place| margins[place].share).sum();
        if (total - 1.0).abs() > ROUNDING {
            return Err(Error::data(format!(
                "the shares of the margin of {names} add up to {total:.3}, not to 1"
            ))
            .help("give the share of every group, the small ones too"));
        }
        let mut taken: Vec<Option<usize>> = vec![None; data.rows()];
        for place in places {
            let mask = margins[place].region.condition.mask(data)?;
            for (row, taken) in taken.iter_mut().enumerate().filter(|(row, _)| mask[*row]) {
                if let Some(other) = taken.replace(place) {
                    return Err(Error::data(format!(
                        "groups of the margin of {names} overlap: row {} of the data is in '{}' and in '{}'",
                        row + 1,
                        margins[other].region.text,
                        margins[place].region.text
                    ))
                    .help("write conditions of which every row satisfies one at most"));
                }
            }
        }
    }
    Ok(Reference::Margins(margins))
}

/// Fails on a category that no row of the data has.
fn known(condition: &Condition, data: &Table) -> Result<()> {
    for term in &condition.terms {
        let values: &[Value] = match &term.test {
            Test::Compare(_, value) => std::slice::from_ref(value),
            Test::In(values) | Test::NotIn(values) => values,
            Test::Missing | Test::Present => &[],
        };
        let Some(Column::Text(text)) = data.by_name(&term.column) else {
            continue;
        };
        let frequencies = text.frequencies();
        for value in values {
            if let Value::Text(word) = value
                && !frequencies.iter().any(|(known, _)| known == word)
            {
                return Err(Error::data(format!("'{word}' is no value of the data"))
                    .in_column(&term.column)
                    .help("write categories as the data does; what it has none of cannot be learned from it"));
            }
        }
    }
    Ok(())
}

/// The combinations of up to `levels` values of which the data has at most half the reference's share, though
/// at least `threshold` rows were to be expected and none of the parts lacks as much; those that lack most
/// rows first. None if there are more than `limit`. Of the attributes those count that the reference has.
pub fn underrepresented(
    data: &Table,
    reference: &Reference,
    columns: &[usize],
    (threshold, levels, limit): (usize, usize, usize),
    cx: &Context,
) -> Result<Option<Vec<Underrepresented>>> {
    check(threshold, levels)?;
    let found = match reference {
        Reference::Rows(rows) => from_rows(data, rows, columns, (threshold, levels, limit), cx)?,
        Reference::Margins(margins) => Some(from_margins(data, margins, threshold)?),
    };
    Ok(found.map(|mut found| {
        found.sort_by(|a, b| {
            let lacking = |u: &Underrepresented| u.expected - u.rows as f64;
            let order = lacking(b).total_cmp(&lacking(a));
            order.then_with(|| a.region.text.cmp(&b.region.text))
        });
        found
    }))
}

/// Whether `rows` of `all` are far fewer than the share `expected` of them, which `of` rows of a reference tell
/// (infinitely many for a known share).
fn far_fewer(rows: f64, all: f64, share: f64, of: f64) -> bool {
    let pooled = if of.is_finite() {
        (rows + share * of) / (all + of)
    } else {
        share
    };
    let deviation = (pooled * (1.0 - pooled) * (1.0 / all + 1.0 / of)).sqrt();
    rows <= FAR * share * all && share - rows / all >= CERTAIN * deviation
}

fn from_rows(
    data: &Table,
    reference: &Table,
    columns: &[usize],
    (threshold, levels, limit): (usize, usize, usize),
    cx: &Context,
) -> Result<Option<Vec<Underrepresented>>> {
    let schema: &Schema = data.schema();
    let shared: Vec<usize> = columns
        .iter()
        .copied()
        .filter(|&column| reference.schema().index(&schema.columns[column].name).is_some())
        .collect();
    if shared.is_empty() {
        return Err(Error::data("the reference has none of the columns that are looked at")
            .help("give rows of the population in columns of the data, or name these columns"));
    }
    let attributes = Attributes::new(data, &shared, &AttributeSettings::default());
    let codes = attributes.encode(reference).map_err(|e| e.in_file("the reference"))?;
    let sides = Sides {
        codes: [
            attributes.attributes.iter().map(|a| a.codes.as_slice()).collect(),
            codes.iter().map(Vec::as_slice).collect(),
        ],
        levels: attributes.attributes.iter().map(|a| a.levels.len()).collect(),
        rows: [data.rows(), reference.rows()],
    };
    let (all, of) = (data.rows() as f64, reference.rows() as f64);
    let fate = |[rows, referred]: [u32; 2]| {
        let share = f64::from(referred) / of;
        if share * all < threshold as f64 {
            Fate::Closed
        } else if far_fewer(f64::from(rows), all, share, of) {
            Fate::Found
        } else {
            Fate::Open
        }
    };
    let found = minimal(&sides, levels, false, fate, limit, cx)?;
    let one = |items: &[(usize, usize)], rows: u32, referred: u32| {
        let share = f64::from(referred) / of;
        Underrepresented {
            region: attributes.region(items),
            rows: rows as usize,
            expected: share * all,
            share: f64::from(rows) / all,
            reference_share: share,
        }
    };
    Ok(found.map(|found| found.iter().map(|m| one(&m.items, m.rows[0], m.rows[1])).collect()))
}

/// Shares of the data are of its rows that are in any group of the margin.
fn from_margins(data: &Table, margins: &[Margin], threshold: usize) -> Result<Vec<Underrepresented>> {
    let columns = |margin: &Margin| -> BTreeSet<String> {
        let terms = margin.region.condition.terms.iter();
        terms.map(|term| term.column.clone()).collect()
    };
    let mut counted: Vec<(BTreeSet<String>, &Margin, usize)> = Vec::new();
    for margin in margins {
        let mask = margin.region.condition.mask(data)?;
        counted.push((
            columns(margin),
            margin,
            mask.into_iter().filter(|inside| *inside).count(),
        ));
    }
    let mut found = Vec::new();
    for (columns, margin, rows) in &counted {
        let all: usize = counted.iter().filter(|one| one.0 == *columns).map(|one| one.2).sum();
        let expected = margin.share * all as f64;
        if expected >= threshold as f64 && far_fewer(*rows as f64, all as f64, margin.share, f64::INFINITY) {
            found.push(Underrepresented {
                region: margin.region.clone(),
                rows: *rows,
                expected,
                share: *rows as f64 / all as f64,
                reference_share: margin.share,
            });
        }
    }
    Ok(found)
}
