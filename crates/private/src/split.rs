//! Setting rows aside so that a row more or less moves no other row.

use crate::contents::Contents;
use crate::domain::Unit;
use plenish_table::{Error, Result, Seed, Table};
use std::collections::HashMap;

/// Divides `table` into rows to learn from, about `share` of them, and a locked test. With `unit` a row, where a row
/// goes follows from its content and from how many rows like it stand before it; with persons, from the person's name:
/// so neighbouring tables have neighbouring parts, and what is promised for the first part is promised for the table.
/// A split that keeps the shares of a column, or the one number of rows, would move many rows for one.
///
/// Fails when the column that names persons is not in the table.
pub fn split(table: &Table, unit: &Unit, share: f64, seed: &Seed) -> Result<(Table, Table)> {
    let key = *blake3::hash(
        format!(
            "plenish private split {}",
            seed.derive("private split").stream(0, 0).next_u64()
        )
        .as_bytes(),
    )
    .as_bytes();
    let goes_first = |content: &[u8]| {
        let hash = blake3::keyed_hash(&key, content);
        // 53 bits of the hash as a number from 0 to 1, 1 not included.
        let mut first = [0; 8];
        first.copy_from_slice(&hash.as_bytes()[..8]);
        ((u64::from_le_bytes(first) >> 11) as f64) / (1_u64 << 53) as f64 <= share
    };
    let mut parts = [Vec::new(), Vec::new()];
    match unit {
        Unit::Row => {
            let contents = Contents::new(table);
            let mut seen: HashMap<[u8; 32], u64> = HashMap::new();
            let mut bytes = Vec::new();
            for row in 0..table.rows() {
                contents.of(row, &mut bytes);
                let alike = seen.entry(*blake3::hash(&bytes).as_bytes()).or_default();
                bytes.extend_from_slice(&alike.to_le_bytes());
                *alike += 1;
                parts[usize::from(!goes_first(&bytes))].push(row as u32);
            }
        }
        Unit::Person { column, .. } => {
            let person = table
                .by_name(column)
                .ok_or_else(|| Error::usage("the column that names persons is not in the table").in_column(column))?;
            for row in 0..table.rows() {
                parts[usize::from(!goes_first(person.value(row).to_string().as_bytes()))].push(row as u32);
            }
        }
    }
    Ok((table.take(&parts[0]), table.take(&parts[1])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_table::{Column, ColumnSchema, ColumnType, Schema};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn table(rows: &[(i64, i64)]) -> Table {
        let schema = Schema::new(vec![
            ColumnSchema::new("who", ColumnType::Integer),
            ColumnSchema::new("what", ColumnType::Integer),
        ]);
        let column = |f: fn(&(i64, i64)) -> i64| Column::Integer(rows.iter().map(f).collect());
        Table::new(schema.unwrap(), vec![column(|r| r.0), column(|r| r.1)]).unwrap()
    }

    /// How often each row occurs.
    fn counted(table: &Table) -> BTreeMap<String, i64> {
        let mut counts = BTreeMap::new();
        for row in 0..table.rows() {
            *counts
                .entry(format!("{} {}", table.column(0).value(row), table.column(1).value(row)))
                .or_default() += 1;
        }
        counts
    }

    fn distance(a: &Table, b: &Table) -> i64 {
        let (a, b) = (counted(a), counted(b));
        let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
        let count = |of: &BTreeMap<String, i64>, key: &String| of.get(key).copied().unwrap_or(0);
        keys.into_iter()
            .map(|key| (count(&a, key) - count(&b, key)).abs())
            .sum()
    }

    proptest! {
        /// A row more or less, wherever it stands and however many are like it, changes one part by one row.
        #[test]
        fn neighbours_have_neighbouring_parts(
            mut rows in proptest::collection::vec((0_i64..6, 0_i64..3), 1..60), at: prop::sample::Index, seed: u64,
        ) {
            let whole = table(&rows);
            rows.remove(at.index(rows.len()));
            let less = table(&rows);
            let seed = Seed::new(seed);
            let ((a, b), (c, d)) = (
                split(&whole, &Unit::Row, 0.7, &seed).unwrap(), split(&less, &Unit::Row, 0.7, &seed).unwrap(),
            );
            prop_assert_eq!(a.rows() + b.rows(), whole.rows());
            prop_assert_eq!(distance(&a, &c) + distance(&b, &d), 1);
        }

        /// All rows of a person go one way, and a person more or less moves nobody else.
        #[test]
        fn persons_stay_together(
            rows in proptest::collection::vec((0_i64..9, 0_i64..3), 1..60), gone in 0_i64..9, seed: u64,
        ) {
            let unit = Unit::Person { column: "who".to_owned(), rows: 2 };
            let seed = Seed::new(seed);
            let (a, b) = split(&table(&rows), &unit, 0.6, &seed).unwrap();
            let persons = |t: &Table| t.column(0).numbers().iter().map(|v| *v as i64).collect::<std::collections::BTreeSet<_>>();
            prop_assert!(persons(&a).is_disjoint(&persons(&b)));
            let rest: Vec<_> = rows.iter().copied().filter(|r| r.0 != gone).collect();
            let (c, d) = split(&table(&rest), &unit, 0.6, &seed).unwrap();
            let theirs = rows.len() - rest.len();
            prop_assert_eq!((distance(&a, &c) + distance(&b, &d)) as usize, theirs);
            prop_assert!(distance(&a, &c) == 0 || distance(&b, &d) == 0);
        }
    }

    /// The share is kept on average, and the seed decides.
    #[test]
    fn the_share_is_kept() {
        let rows: Vec<(i64, i64)> = (0..20_000).map(|i| (i, i % 7)).collect();
        let first = |seed| split(&table(&rows), &Unit::Row, 0.75, &Seed::new(seed)).unwrap().0;
        let (a, b) = (first(1), first(2));
        // Five standard deviations of a binomial count.
        assert!(
            (a.rows() as f64 - 15_000.0).abs() < 5.0 * (20_000.0_f64 * 0.75 * 0.25).sqrt(),
            "{}",
            a.rows()
        );
        assert_eq!(a, first(1));
        assert!(distance(&a, &b) > 5_000);
    }
}
