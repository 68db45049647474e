//! Rare classes and events: values of one column that hardly occur.

use crate::attributes::{Attribute, Attributes, range};
use crate::region::Region;
use plenish_learn::bins::distinct;
use plenish_table::{Table, Test};
use serde::Serialize;

/// A value or range of one column that few rows have.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rare {
    /// The value.
    #[serde(rename = "where")]
    pub region: Region,
    /// Its column.
    pub column: String,
    /// Rows that have it.
    pub rows: usize,
    /// Their share of the rows in which the column is not missing.
    pub share: f64,
    /// The share below which a class is rare; none for numbers far out.
    pub limit: Option<f64>,
}

/// A class is rare if it has less than this part of an even share: one of two classes below 5 %.
const OF_EVEN: f64 = 0.1;
/// A number far out lies more than so many times the distance of the quartiles beyond the nearer one
/// (the outer fences of Tukey, "Exploratory data analysis", 1977, section 2D).
const FENCES: f64 = 3.0;
/// A column with more numbers has events far out rather than classes.
const CLASSES: usize = 10;

/// The rare values of the columns at `columns`: classes with less than a tenth of an even share, and numbers
/// far out. The rarest come first.
pub fn rare(table: &Table, attributes: &Attributes, columns: &[usize]) -> Vec<Rare> {
    let mut found = Vec::new();
    for &column in columns {
        let described = &table.schema().columns[column];
        let numbers = table.column(column);
        if described.kind.is_ordered() {
            let values = distinct(&numbers.numbers());
            if values.len() > CLASSES {
                found.extend(far_out(table, column, &values));
                continue;
            }
        }
        if let Some(attribute) = attributes.attributes.iter().find(|a| a.column == column) {
            found.extend(classes(table, attribute));
        }
    }
    found.sort_by(|a, b| {
        a.share
            .total_cmp(&b.share)
            .then_with(|| a.region.text.cmp(&b.region.text))
    });
    found
}

fn classes(table: &Table, attribute: &Attribute) -> Vec<Rare> {
    let present = || {
        attribute
            .levels
            .iter()
            .filter(|level| level.terms[0].test != Test::Missing)
    };
    let rows: usize = present().map(|level| level.rows).sum();
    let limit = OF_EVEN / present().count().max(1) as f64;
    present()
        .filter(|level| (level.rows as f64) < limit * rows as f64)
        .map(|level| Rare {
            region: Region::new(level.terms.clone(), table.schema()),
            column: attribute.name.clone(),
            rows: level.rows,
            share: level.rows as f64 / rows as f64,
            limit: Some(limit),
        })
        .collect()
}

/// The rows on either side whose number is far out; none where the quartiles are the same.
fn far_out(table: &Table, column: usize, values: &[(f64, u32)]) -> Vec<Rare> {
    let described = &table.schema().columns[column];
    let total: u64 = values.iter().map(|v| u64::from(v.1)).sum();
    let quantile = |share: f64| {
        let mut below = 0;
        let reached = values.iter().find(|(_, count)| {
            below += u64::from(*count);
            below as f64 >= share * total as f64
        });
        reached.map_or(0.0, |v| v.0)
    };
    let (low, high) = (quantile(0.25), quantile(0.75));
    let fence = FENCES * (high - low);
    if !(fence.is_finite() && fence > 0.0) {
        return Vec::new();
    }
    let one = |from: Option<f64>, to: Option<f64>| {
        let inside = |value: f64| from.is_none_or(|from| value >= from) && to.is_none_or(|to| value < to);
        let rows: u64 = values.iter().filter(|v| inside(v.0)).map(|v| u64::from(v.1)).sum();
        (rows > 0).then(|| Rare {
            region: Region::new(range(described, from, to), table.schema()),
            column: described.name.clone(),
            rows: rows as usize,
            share: rows as f64 / total as f64,
            limit: None,
        })
    };
    // A fence may lie where no cell can, between two days or whole numbers: the values next to it are cut at.
    let above = values.iter().find(|v| v.0 > high + fence).map(|v| v.0);
    let below = values.iter().find(|v| v.0 >= low - fence).map(|v| v.0);
    let above = above.and_then(|from| one(Some(from), None));
    let below = below.filter(|&to| to > values[0].0).and_then(|to| one(None, Some(to)));
    above.into_iter().chain(below).collect()
}
