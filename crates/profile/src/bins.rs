//! Bins laid on real tables and shared by every table that is compared with them.

use crate::columns::may_be_shown;
use crate::histogram::Edges;
use crate::labels::labels;
use crate::profile::ProfileSettings;
use plenish_learn::bins::{cuts, distinct};
use plenish_table::{Column, ColumnSchema, ColumnType, Error, MISSING_CODE, Result, Role, Table};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The bins of every column that is compared, in the order of the schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SharedBins {
    /// One entry a column.
    pub columns: Vec<Bins>,
}

/// The bins of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bins {
    /// The column as the real tables describe it.
    pub schema: ColumnSchema,
    /// How cells become codes for associations.
    pub coding: Coding,
    /// For ordered columns: values so heavy that a histogram shows them apart, in rising order.
    pub heavy: Vec<f64>,
    /// For ordered columns: the edges of a histogram of all other values.
    pub edges: Edges,
}

/// How the cells of a column become a few codes. Missing is one more code, the last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Coding {
    /// Categories by falling frequency. Any other value gets the code after them.
    Values(Vec<String>),
    /// Numbers by cuts of equal mass: the code is how many cuts lie below. A heavy value has a code
    /// of its own.
    Cuts(Vec<f64>),
}

/// A single value with this share of the cells stands beside the histogram instead of in it, where
/// it would flatten everything else.
const HEAVY: f64 = 0.25;
/// An ordered column with at most this many values is shown value by value.
const FEW: usize = 10;

/// Lays bins on the rows of all `tables` together, which must have the columns of the first.
///
/// Identifiers, free text and weights have no bins, and so are neither compared nor associated.
/// Fails when a table lacks a column of the first or holds another type in it.
pub fn shared_bins(tables: &[&Table], settings: &ProfileSettings) -> Result<SharedBins> {
    let settings = settings.bounded();
    let Some((first, others)) = tables.split_first() else {
        return Err(Error::internal("bins need at least one table"));
    };
    let schema = first.shared_schema();
    let others = others.iter().map(|t| t.conform(&schema)).collect::<Result<Vec<_>>>()?;
    let columns: Vec<usize> = (0..schema.columns.len())
        .filter(|&i| may_be_shown(&schema.columns[i]) && schema.columns[i].role != Role::Weight)
        .collect();
    let columns = columns
        .into_par_iter()
        .map(|index| {
            if others.is_empty() {
                return Ok(bins(&schema.columns[index], first.column(index), &settings));
            }
            let mut all = first.column(index).clone();
            for other in &others {
                if !all.append(other.column(index)) {
                    return Err(Error::internal("columns of different types").in_column(&schema.columns[index].name));
                }
            }
            Ok(bins(&schema.columns[index], &all, &settings))
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(SharedBins { columns })
}

fn bins(schema: &ColumnSchema, column: &Column, settings: &ProfileSettings) -> Bins {
    if !schema.kind.is_ordered() {
        let mut values = labels(schema, column).values;
        values.truncate(settings.levels);
        return Bins {
            schema: schema.clone(),
            coding: Coding::Values(values.into_iter().map(|(value, _)| value).collect()),
            heavy: Vec::new(),
            edges: Edges { edges: Vec::new() },
        };
    }
    let values = distinct(&column.numbers());
    let heavy: Vec<f64> = values
        .iter()
        .filter(|&&(_, count)| values.len() <= FEW || f64::from(count) >= HEAVY * column.len() as f64)
        .map(|v| v.0)
        .collect();
    let light: Vec<(f64, u32)> = values.iter().copied().filter(|v| !heavy.contains(&v.0)).collect();
    Bins {
        schema: schema.clone(),
        coding: Coding::Cuts(cuts(&values, settings.association_bins)),
        heavy,
        edges: Edges::robust(&light, settings.histogram_bins, schema),
    }
}

impl Bins {
    /// Whether the codes have an order.
    pub fn is_ordered(&self) -> bool {
        matches!(self.coding, Coding::Cuts(_))
    }

    /// How many codes there are, the one for missing included.
    pub fn codes(&self) -> usize {
        match &self.coding {
            Coding::Values(values) => values.len() + 2,
            Coding::Cuts(cuts) => cuts.len() + 2,
        }
    }

    /// The code of missing cells: the last one.
    pub fn missing_code(&self) -> usize {
        self.codes() - 1
    }

    /// The code of each cell of a column of this type.
    pub(crate) fn encode(&self, column: &Column) -> Vec<u16> {
        let missing = self.missing_code() as u16;
        match &self.coding {
            Coding::Cuts(cuts) => column
                .numbers()
                .iter()
                .map(|&x| {
                    if x.is_nan() {
                        missing
                    } else {
                        cuts.partition_point(|&cut| cut < x) as u16
                    }
                })
                .collect(),
            Coding::Values(values) => {
                let others = values.len() as u16;
                let index: HashMap<&str, u16> =
                    values.iter().enumerate().map(|(i, v)| (v.as_str(), i as u16)).collect();
                let code = |text: &str| index.get(text).copied().unwrap_or(others);
                if let Column::Text(text) = column {
                    let map: Vec<u16> = text.dictionary.iter().map(|s| code(s)).collect();
                    text.codes
                        .iter()
                        .map(|&c| if c == MISSING_CODE { missing } else { map[c as usize] })
                        .collect()
                } else {
                    let both = [code("false"), code("true")];
                    (0..column.len())
                        .map(|row| column.number(row).map_or(missing, |x| both[usize::from(x >= 0.5)]))
                        .collect()
                }
            }
        }
    }
}

/// The column that `bins` describes, in `table`; integers are widened where the bins are of reals
/// and the other way round. Fails when it is absent or of another type.
pub(crate) fn column_for<'a>(table: &'a Table, bins: &Bins) -> Result<&'a Column> {
    let column = table.column(table.schema().require(&bins.schema.name)?);
    let number = |kind| matches!(kind, ColumnType::Integer | ColumnType::Real);
    let (wanted, found) = (bins.schema.kind, column.kind());
    if wanted == found || number(wanted) && number(found) || column.missing_count() == column.len() {
        return Ok(column);
    }
    Err(Error::data(format!(
        "holds {} values, but {} is expected",
        found.name(),
        wanted.name()
    ))
    .in_column(&bins.schema.name)
    .help("give both tables the same types"))
}
