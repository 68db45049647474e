//! Noise on the cells of one column.

use plenish_learn::math::normal_quantile;
use plenish_table::{Column, ColumnSchema, MISSING_BOOLEAN, MISSING_CODE, MISSING_INTEGER, Seed, TextColumnBuilder};

/// Quantiles between which the spread is measured.
const INNER: [f64; 2] = [0.05, 0.95];

/// The column with noise; [`crate::Step::Noise`] says which. Numbers stay between the bounds of the schema, or where it
/// has none between the smallest and the largest of the column: what would leave them is reflected.
pub(crate) fn noisy(column: &Column, schema: &ColumnSchema, strength: f64, seed: &Seed) -> Column {
    match column {
        Column::Boolean(cells) => Column::Boolean(
            (0_u64..)
                .zip(cells)
                .map(|(row, &cell)| match answer(row, strength, 2, seed) {
                    Some(other) if cell != MISSING_BOOLEAN => other as u8,
                    _ => cell,
                })
                .collect(),
        ),
        Column::Text(text) => {
            let mut words: Vec<&str> = match &schema.allowed {
                Some(allowed) => allowed.iter().map(String::as_str).collect(),
                None => text.frequencies().into_iter().map(|(word, _)| word).collect(),
            };
            // The order of a dictionary is that of the rows of a file; it decides nothing.
            words.sort_unstable();
            let mut out = TextColumnBuilder::default();
            for (row, &code) in (0_u64..).zip(&text.codes) {
                let cell = (code != MISSING_CODE).then(|| text.dictionary[code as usize].as_str());
                out.push(cell.map(|word| match answer(row, strength, words.len(), seed) {
                    Some(other) => words[other],
                    None => word,
                }));
            }
            Column::Text(out.finish())
        }
        Column::Integer(cells) => Column::Integer(whole(cells, &Scale::new(column, schema, strength), seed)),
        Column::Timestamp(cells) => Column::Timestamp(whole(cells, &Scale::new(column, schema, strength), seed)),
        Column::Date(days) => {
            let widened: Vec<i64> = days
                .iter()
                .enumerate()
                .map(|(row, &day)| {
                    if column.is_missing(row) {
                        MISSING_INTEGER
                    } else {
                        i64::from(day)
                    }
                })
                .collect();
            let noisy = whole(&widened, &Scale::new(column, schema, strength), seed);
            let narrow = |(&new, &old): (&i64, &i32)| if new == MISSING_INTEGER { old } else { new as i32 };
            Column::Date(noisy.iter().zip(days).map(narrow).collect())
        }
        Column::Real(cells) => {
            let scale = Scale::new(column, schema, strength);
            let digits = schema.decimals.map(|d| 10_f64.powi(i32::from(d)));
            let change = |(row, &cell): (u64, &f64)| {
                if cell.is_nan() {
                    return cell;
                }
                let moved = reflected(cell + scale.deviation * normal(row, seed), scale.low, scale.high);
                let written = digits.map_or(moved, |d| (moved * d).round() / d);
                written.clamp(scale.low, scale.high)
            };
            Column::Real((0_u64..).zip(cells).map(change).collect())
        }
    }
}

/// How far numbers move, and between which bounds.
struct Scale {
    deviation: f64,
    low: f64,
    high: f64,
}

impl Scale {
    fn new(column: &Column, schema: &ColumnSchema, strength: f64) -> Self {
        let mut numbers: Vec<f64> = (0..column.len()).filter_map(|row| column.number(row)).collect();
        numbers.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| numbers[((numbers.len() - 1) as f64 * share).round() as usize];
        let (Some(&first), Some(&last)) = (numbers.first(), numbers.last()) else {
            return Self {
                deviation: 0.0,
                low: 0.0,
                high: 0.0,
            };
        };
        let mut spread = at(INNER[1]) - at(INNER[0]);
        if spread <= 0.0 {
            let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
            let square = numbers.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / numbers.len() as f64;
            spread = square.sqrt();
        }
        // Cells that lie beyond the bounds already stay within their own range.
        Self {
            deviation: strength * spread,
            low: schema.min.map_or(first, |min| min.min(first)),
            high: schema.max.map_or(last, |max| max.max(last)),
        }
    }
}

fn whole(cells: &[i64], scale: &Scale, seed: &Seed) -> Vec<i64> {
    let (low, high) = (scale.low.ceil() as i128, scale.high.floor() as i128);
    let change = |(row, &cell): (u64, &i64)| {
        if cell == MISSING_INTEGER || scale.deviation <= 0.0 {
            return cell;
        }
        let moved = i128::from(cell) + (scale.deviation * normal(row, seed)).round() as i128;
        let span = high - low;
        if span <= 0 {
            return cell;
        }
        let along = (moved - low).rem_euclid(2 * span);
        (low + along.min(2 * span - along)) as i64
    };
    (0_u64..).zip(cells).map(change).collect()
}

/// A number brought between two bounds by mirrors at both.
fn reflected(value: f64, low: f64, high: f64) -> f64 {
    let span = high - low;
    if span <= 0.0 {
        return low;
    }
    let along = (value - low).rem_euclid(2.0 * span);
    low + along.min(2.0 * span - along)
}

/// A draw of the standard normal distribution.
fn normal(row: u64, seed: &Seed) -> f64 {
    let (bits, _) = seed.pair(row, 0);
    normal_quantile(((bits >> 11) as f64 + 0.5) / (1_u64 << 53) as f64)
}

/// The place of the value that replaces a cell; none if it stays.
fn answer(row: u64, probability: f64, values: usize, seed: &Seed) -> Option<usize> {
    let mut stream = seed.stream(row, 0);
    (stream.uniform() < probability && values > 0).then(|| stream.below(values as u64) as usize)
}
