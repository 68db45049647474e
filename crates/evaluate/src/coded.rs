//! Cells as codes that several tables share: equal codes are equal values.

use plenish_table::{Column, MISSING_BOOLEAN, MISSING_CODE, MISSING_DATE, MISSING_INTEGER, Table};
use rayon::prelude::*;
use std::collections::HashMap;

/// One column of several tables in common codes.
pub(crate) struct Codes {
    /// For each table, a code a cell; missing cells have the code `count`.
    pub(crate) tables: Vec<Vec<u32>>,
    /// Number of distinct values; for ordered types the codes are their ranks.
    pub(crate) count: usize,
}

/// Codes the same column of several tables, which must be of one type. Reals are compared after
/// rounding to 14 decimals, as `SDMetrics` does.
pub(crate) fn codes(columns: &[&Column]) -> Codes {
    if matches!(columns.first(), Some(Column::Text(_))) {
        return text_codes(columns);
    }
    let keys: Vec<Vec<i64>> = columns.iter().map(|column| keys(column)).collect();
    let present = || keys.iter().flatten().copied().filter(|&k| k != MISSING_INTEGER);
    let (low, high) = present().fold((i64::MAX, i64::MIN), |(l, h), k| (l.min(k), h.max(k)));
    // A narrow range of whole numbers needs no sorting.
    if low <= high && (high.wrapping_sub(low) as u64) < 1 << 20 {
        return narrow(&keys, low, (high - low) as usize);
    }
    let mut sorted: Vec<(i64, u32)> = Vec::new();
    let mut tables: Vec<Vec<u32>> = Vec::with_capacity(keys.len());
    let mut starts = vec![0];
    for keys in &keys {
        let start = starts[starts.len() - 1];
        let cells = keys.iter().enumerate().filter(|(_, key)| **key != MISSING_INTEGER);
        sorted.extend(cells.map(|(row, &key)| (key, (start + row) as u32)));
        starts.push(start + keys.len());
        tables.push(vec![u32::MAX; keys.len()]);
    }
    drop(keys);
    sorted.par_sort_unstable();
    let mut count = 0;
    for equal in sorted.chunk_by(|a, b| a.0 == b.0) {
        for &(_, cell) in equal {
            let table = starts.partition_point(|&start| start <= cell as usize) - 1;
            tables[table][cell as usize - starts[table]] = count as u32;
        }
        count += 1;
    }
    for code in tables.iter_mut().flatten().filter(|code| **code == u32::MAX) {
        *code = count as u32;
    }
    Codes { tables, count }
}

/// Ranks of keys from `low` to `low + span`.
fn narrow(keys: &[Vec<i64>], low: i64, span: usize) -> Codes {
    let mut ranks = vec![u32::MAX; span + 1];
    for &key in keys.iter().flatten().filter(|key| **key != MISSING_INTEGER) {
        ranks[(key - low) as usize] = 0;
    }
    let mut count = 0;
    for rank in ranks.iter_mut().filter(|rank| **rank == 0) {
        *rank = count;
        count += 1;
    }
    let rank = |&key: &i64| {
        if key == MISSING_INTEGER {
            count
        } else {
            ranks[(key - low) as usize]
        }
    };
    Codes {
        tables: keys
            .iter()
            .map(|table| table.par_iter().with_min_len(4096).map(rank).collect())
            .collect(),
        count: count as usize,
    }
}

/// The columns at `columns` of tables with one schema.
pub(crate) fn coded(tables: &[&Table], columns: &[usize]) -> Vec<Codes> {
    columns
        .par_iter()
        .map(|&index| codes(&tables.iter().map(|table| table.column(index)).collect::<Vec<_>>()))
        .collect()
}

/// A number for each of the first `rows` rows of a table, the same for the same cells.
pub(crate) fn hashes(coded: &[Codes], table: usize, rows: usize) -> Vec<u64> {
    let mut hashes = vec![0x9E37_79B9_7F4A_7C15_u64; rows];
    for column in coded {
        for (hash, &code) in hashes.iter_mut().zip(&column.tables[table]) {
            let mixed = (*hash ^ u64::from(code)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
            *hash = mixed ^ (mixed >> 32);
        }
    }
    hashes
}

fn text_codes(columns: &[&Column]) -> Codes {
    let mut index: HashMap<&str, u32> = HashMap::new();
    let mut tables = Vec::with_capacity(columns.len());
    for column in columns {
        let Column::Text(text) = column else {
            tables.push(vec![MISSING_CODE; column.len()]);
            continue;
        };
        let mut used = vec![false; text.dictionary.len()];
        for &code in text.codes.iter().filter(|&&c| c != MISSING_CODE) {
            used[code as usize] = true;
        }
        let map: Vec<u32> = text
            .dictionary
            .iter()
            .zip(&used)
            .map(|(word, &used)| {
                let next = index.len() as u32;
                if used {
                    *index.entry(word.as_str()).or_insert(next)
                } else {
                    MISSING_CODE
                }
            })
            .collect();
        tables.push(
            text.codes
                .iter()
                .map(|&c| if c == MISSING_CODE { c } else { map[c as usize] })
                .collect(),
        );
    }
    let count = index.len();
    for code in tables.iter_mut().flatten() {
        if *code == MISSING_CODE {
            *code = count as u32;
        }
    }
    Codes { tables, count }
}

/// Cells as integers in the same order; missing is [`MISSING_INTEGER`].
fn keys(column: &Column) -> Vec<i64> {
    match column {
        Column::Integer(v) | Column::Timestamp(v) => v.clone(),
        Column::Date(v) => v
            .iter()
            .map(|&d| {
                if d == MISSING_DATE {
                    MISSING_INTEGER
                } else {
                    i64::from(d)
                }
            })
            .collect(),
        Column::Boolean(v) => v
            .iter()
            .map(|&b| {
                if b == MISSING_BOOLEAN {
                    MISSING_INTEGER
                } else {
                    i64::from(b)
                }
            })
            .collect(),
        Column::Real(v) => v.iter().map(|&x| real_key(x)).collect(),
        Column::Text(v) => vec![MISSING_INTEGER; v.codes.len()],
    }
}

fn real_key(x: f64) -> i64 {
    if x.is_nan() {
        return MISSING_INTEGER;
    }
    let scaled = (x * 1e14).round_ties_even() / 1e14;
    // Zero has one sign, and beyond 1.8e294 there is nothing to round.
    let x = if scaled.is_finite() { scaled } else { x } + 0.0;
    let bits = x.to_bits() as i64;
    // The usual order-preserving view of the bits: negative numbers count backwards.
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_table::TextColumn;
    use proptest::prelude::*;

    proptest! {
        /// Codes are equal exactly where values are, rise with the values, and missing is last.
        #[test]
        fn codes_are_ranks(a in proptest::collection::vec(-1e3_f64..1e3, 0..40), b in proptest::collection::vec(-3_i64..3, 0..40)) {
            let mut left: Vec<f64> = a.iter().map(|x| (x * 10.0).round() / 10.0).collect();
            left.push(f64::NAN);
            let right: Vec<f64> = b.iter().map(|&x| x as f64).collect();
            let coded = codes(&[&Column::Real(left.clone()), &Column::Real(right.clone())]);
            prop_assert_eq!(*coded.tables[0].last().unwrap() as usize, coded.count);
            for (i, x) in left.iter().enumerate() {
                for (j, y) in right.iter().enumerate() {
                    if !x.is_nan() {
                        prop_assert_eq!((x + 0.0).total_cmp(&(y + 0.0)), coded.tables[0][i].cmp(&coded.tables[1][j]));
                    }
                }
            }
        }
    }

    #[test]
    fn texts_share_codes_whatever_their_dictionaries() {
        let a = Column::Text(TextColumn::from_cells([Some("x"), Some("y"), None]));
        let b = Column::Text(TextColumn::from_cells([Some("y"), Some("z")]));
        let coded = codes(&[&a, &b]);
        assert_eq!(coded.count, 3);
        assert_eq!(coded.tables[0][1], coded.tables[1][0]);
        assert_eq!(coded.tables[0][2], 3);
    }

    #[test]
    fn integers_far_apart_keep_their_order() {
        let coded = codes(&[&Column::Integer(vec![i64::MAX, i64::MIN + 1, 0, 9_007_199_254_740_993])]);
        assert_eq!(coded.tables[0], vec![3, 0, 1, 2]);
    }
}
