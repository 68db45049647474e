//! What one column looks like.

use crate::histogram::{Edges, Histogram, histogram_on};
use crate::labels::labels;
use crate::profile::ProfileSettings;
use plenish_learn::bins;
use plenish_table::{Column, ColumnSchema, ColumnType, Role};
use serde::{Deserialize, Serialize};

/// What one column looks like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnProfile {
    /// The column.
    pub name: String,
    /// The type of its values.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// What it is for.
    pub role: Role,
    /// Missing cells.
    pub missing: usize,
    /// Share of missing cells, 0 to 1; 0 for a table without rows.
    pub missing_share: f64,
    /// Distinct values, not counting missing.
    pub distinct: usize,
    /// Location and spread, for numbers, dates and timestamps with at least one value.
    pub numbers: Option<NumberProfile>,
    /// The most frequent values, by falling count and then by text. Empty for identifiers and free
    /// text, whose values say who somebody is.
    pub frequent: Vec<FrequentValue>,
    /// Cells that are neither missing nor among the most frequent values.
    pub rest: usize,
}

/// Location and spread of an ordered column, missing cells left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NumberProfile {
    /// Quantiles at 0 (minimum), 1, 5, 25, 50, 75, 95, 99 and 100 % (maximum).
    pub quantiles: Vec<Quantile>,
    /// The mean; none if it is beyond 64-bit reals.
    pub mean: Option<f64>,
    /// The mean as a cell would be written, with at most two more decimals than the cells have.
    pub mean_text: Option<String>,
    /// The sample standard deviation (n - 1), in days for dates and microseconds for timestamps;
    /// none for a single value.
    pub deviation: Option<f64>,
    /// Counts on bins that outliers do not stretch.
    pub histogram: Histogram,
}

/// A value of the data that a share of the values does not exceed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quantile {
    /// The share, 0 to 1.
    pub share: f64,
    /// The smallest value that at least this share of the values does not exceed (the inverse of the
    /// empirical distribution function), on the number scale.
    pub value: f64,
    /// The same as a cell is written.
    pub text: String,
}

/// A value and how often it occurs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrequentValue {
    /// The value, as a cell is written.
    pub value: String,
    /// Cells that hold it.
    pub count: usize,
    /// Share of all cells, missing ones included.
    pub share: f64,
}

const SHARES: [f64; 9] = [0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0];

/// `part / whole`, and 0 of nothing.
pub(crate) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Whether a column's values may be shown: not those that name a person or are prose.
pub(crate) fn may_be_shown(schema: &ColumnSchema) -> bool {
    !matches!(schema.role, Role::Identifier | Role::FreeText)
}

/// Describes one column.
pub(crate) fn column_profile(schema: &ColumnSchema, column: &Column, settings: &ProfileSettings) -> ColumnProfile {
    let rows = column.len();
    let missing = column.missing_count();
    let listed = if may_be_shown(schema) { settings.frequent } else { 0 };
    let (distinct, frequent, numbers) = if schema.kind.is_ordered() {
        let numbers = column.numbers();
        let values = bins::distinct(&numbers);
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| values[b].1.cmp(&values[a].1).then(a.cmp(&b)));
        let frequent = order
            .into_iter()
            .take(listed)
            .map(|i| frequent_value(schema.show_number(values[i].0), values[i].1 as usize, rows))
            .collect();
        let described = number_profile(schema, &numbers, &values, settings);
        (values.len(), frequent, described)
    } else {
        let values = labels(schema, column).values;
        let distinct = values.len();
        let frequent = values
            .into_iter()
            .take(listed)
            .map(|(value, count)| frequent_value(value, count, rows))
            .collect();
        (distinct, frequent, None)
    };
    let frequent: Vec<FrequentValue> = frequent;
    let named: usize = frequent.iter().map(|f| f.count).sum();
    ColumnProfile {
        name: schema.name.clone(),
        kind: schema.kind,
        role: schema.role,
        missing,
        missing_share: share(missing, rows),
        distinct,
        numbers,
        rest: rows - missing - named,
        frequent,
    }
}

fn frequent_value(value: String, count: usize, rows: usize) -> FrequentValue {
    FrequentValue {
        value,
        count,
        share: share(count, rows),
    }
}

fn number_profile(
    schema: &ColumnSchema,
    numbers: &[f64],
    values: &[(f64, u32)],
    settings: &ProfileSettings,
) -> Option<NumberProfile> {
    let total: u64 = values.iter().map(|&(_, count)| u64::from(count)).sum();
    if total == 0 {
        return None;
    }
    let quantiles = SHARES
        .iter()
        .map(|&share| {
            let value = quantile(values, total, share);
            Quantile {
                share,
                value,
                text: schema.show_number(value),
            }
        })
        .collect();
    let (mean, deviation) = moments(numbers);
    Some(NumberProfile {
        quantiles,
        mean,
        mean_text: mean.map(|mean| mean_text(schema, mean)),
        deviation,
        histogram: histogram_on(numbers, &Edges::robust(values, settings.histogram_bins, schema)),
    })
}

/// The smallest value whose cumulative share is at least `share`.
pub(crate) fn quantile(values: &[(f64, u32)], total: u64, share: f64) -> f64 {
    // A share such as 0.95 of 20 must not become the 20th value by rounding: 0.95 * 20 = 19.000…
    let rank = (share * total as f64 - 1e-9).ceil().max(1.0) as u64;
    let mut seen = 0;
    for &(value, count) in values {
        seen += u64::from(count);
        if seen >= rank {
            return value;
        }
    }
    values.last().map_or(f64::NAN, |v| v.0)
}

/// Mean and sample standard deviation, in one pass in the order of the rows (Welford 1962); none
/// where undefined or beyond 64-bit reals.
fn moments(numbers: &[f64]) -> (Option<f64>, Option<f64>) {
    let (mut n, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for &x in numbers.iter().filter(|x| !x.is_nan()) {
        n += 1.0;
        let delta = x - mean;
        mean += delta / n;
        squares += delta * (x - mean);
    }
    let deviation = (n > 1.0)
        .then(|| libm::sqrt(squares / (n - 1.0)))
        .filter(|d| d.is_finite());
    (Some(mean).filter(|m| m.is_finite()), deviation)
}

fn mean_text(schema: &ColumnSchema, mean: f64) -> String {
    match schema.kind {
        ColumnType::Integer => format!("{mean:.2}"),
        ColumnType::Real if mean.abs() < 1e15 => {
            format!("{mean:.*}", usize::from(schema.decimals.unwrap_or(4)) + 2)
        }
        _ => schema.show_number(mean),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `numpy.quantile` gives with `method="inverted_cdf"`.
    #[test]
    fn quantiles_are_values_of_the_data() {
        let values: Vec<(f64, u32)> = (1..=20).map(|i| (f64::from(i), 1)).collect();
        let at = |share| quantile(&values, 20, share);
        assert_eq!(
            [at(0.0), at(0.05), at(0.25), at(0.5), at(0.95), at(0.99), at(1.0)],
            [1.0, 1.0, 5.0, 10.0, 19.0, 20.0, 20.0]
        );
    }

    #[test]
    fn moments_of_few_values_are_left_open() {
        assert_eq!(moments(&[3.0, f64::NAN]), (Some(3.0), None));
        assert_eq!(moments(&[1.0, 3.0]), (Some(2.0), Some(libm::sqrt(2.0))));
        assert_eq!(moments(&[f64::MAX, -f64::MAX]).1, None);
    }
}
