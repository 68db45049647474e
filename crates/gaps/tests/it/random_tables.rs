//! Patterns and slices are what counting every combination finds.

use crate::{silent, table};
use plenish_gaps::{AttributeSettings, Attributes, PatternSettings, SliceSettings, patterns, slices};
use plenish_table::{Column, MISSING_INTEGER, Table, TextColumn};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Rows of up to five columns with up to four values each, the first one missing; columns hang together as
/// each cell may repeat the one before.
fn rows() -> impl Strategy<Value = Vec<Vec<usize>>> {
    (2_usize..=5, 1_usize..=60).prop_flat_map(|(columns, rows)| {
        let cell = prop_oneof![3 => 0_usize..4, 1 => Just(9)];
        let row = proptest::collection::vec(cell, columns).prop_map(|cells| {
            let mut last = 0;
            let repeat = |cell: usize| {
                last = if cell == 9 { last } else { cell };
                last
            };
            cells.into_iter().map(repeat).collect::<Vec<usize>>()
        });
        proptest::collection::vec(row, rows)
    })
}

/// The rows as a table: texts and whole numbers by turns, value 0 missing.
fn as_table(rows: &[Vec<usize>]) -> Table {
    let names = ["a", "b", "c", "d", "e"];
    let columns = (0..rows[0].len()).map(|column| {
        let cells = rows.iter().map(|row| row[column]);
        let cells = if column % 2 == 0 {
            let words = ["", "x", "y's", "z"];
            Column::Text(TextColumn::from_cells(
                cells.map(|cell| (cell > 0).then(|| words[cell])),
            ))
        } else {
            Column::Integer(
                cells
                    .map(|cell| if cell > 0 { cell as i64 } else { MISSING_INTEGER })
                    .collect(),
            )
        };
        (names[column], cells)
    });
    table(columns.collect())
}

/// A combination: a value for each column that has one.
type Combination = BTreeMap<usize, usize>;

/// All combinations of at most `levels` values that columns have somewhere; the empty one too.
fn combinations(rows: &[Vec<usize>], levels: usize) -> Vec<Combination> {
    let mut all = vec![Combination::new()];
    for column in 0..rows[0].len() {
        let mut values: Vec<usize> = rows.iter().map(|row| row[column]).collect();
        values.sort_unstable();
        values.dedup();
        for place in 0..all.len() {
            if all[place].len() < levels {
                for &value in &values {
                    let mut longer = all[place].clone();
                    longer.insert(column, value);
                    all.push(longer);
                }
            }
        }
    }
    all
}

fn inside(row: &[usize], combination: &Combination) -> bool {
    combination.iter().all(|(&column, &value)| row[column] == value)
}

/// The combination that the text of a condition means, by the values of the first row it holds for, or by name.
fn read(condition: &str) -> Combination {
    let mut found = Combination::new();
    for term in condition.split(" and ").filter(|term| !term.is_empty()) {
        let (name, test) = term.split_once(' ').unwrap();
        let column = ["a", "b", "c", "d", "e"].iter().position(|n| *n == name).unwrap();
        let value = match test {
            "is missing" => 0,
            "= 'x'" | "= 1" => 1,
            "= 'y''s'" | "= 2" => 2,
            "= 'z'" | "= 3" => 3,
            other => panic!("{other}"),
        };
        found.insert(column, value);
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Every pattern with too few rows all of whose parts have enough, and no other, with its rows and
    /// the rows to be expected.
    #[test]
    fn patterns_are_those_of_brute_force(rows in rows(), threshold in 1_usize..8, levels in 1_usize..=5) {
        let table = as_table(&rows);
        let columns: Vec<usize> = (0..rows[0].len()).collect();
        let attributes = Attributes::new(&table, &columns, &AttributeSettings::default());
        let settings = PatternSettings { threshold, levels, limit: usize::MAX };
        let found = patterns(&attributes, &settings, &silent()).unwrap().unwrap();

        let all = combinations(&rows, levels);
        let count = |combination: &Combination| rows.iter().filter(|row| inside(row, combination)).count();
        let counts: BTreeMap<&Combination, usize> = all.iter().map(|c| (c, count(c))).collect();
        let part = |combination: &Combination, column: usize| {
            let mut part = combination.clone();
            part.remove(&column);
            part
        };
        let mut wanted: Vec<(Combination, usize)> = counts
            .iter()
            .filter(|(_, rows)| **rows < threshold)
            .filter(|(c, _)| c.keys().all(|&column| counts[&part(c, column)] >= threshold))
            .map(|(c, rows)| ((*c).clone(), *rows))
            .collect();
        wanted.sort();
        let mut got: Vec<(Combination, usize)> = found.iter().map(|p| (read(&p.region.text), p.rows)).collect();
        got.sort();
        prop_assert_eq!(&got, &wanted);

        for pattern in &found {
            prop_assert_eq!(crate::count_of(&pattern.region, &table), pattern.rows);
            let combination = read(&pattern.region.text);
            if combination.len() > 1 {
                let alone = |(&column, &value): (&usize, &usize)| counts[&Combination::from([(column, value)])];
                let parts: Vec<usize> = combination.iter().map(alone).collect();
                prop_assert_eq!(&pattern.parts, &parts);
                let n = rows.len() as f64;
                let independent = parts.iter().fold(n, |rows, &part| rows * part as f64 / n);
                prop_assert!((pattern.expected - independent).abs() < 1e-9);
                let mut least = f64::INFINITY;
                for &first in combination.keys() {
                    for &second in combination.keys().filter(|&&second| second > first) {
                        let (a, b) = (part(&combination, first), part(&combination, second));
                        let both = counts[&part(&a, second)];
                        least = least.min(counts[&a] as f64 * counts[&b] as f64 / both as f64);
                    }
                }
                prop_assert!((pattern.expected_from_parts - least).abs() < 1e-9);
            }
        }
    }

    /// The best slices, with their rows, errors and scores; equal scores may stand for each other.
    #[test]
    fn slices_are_those_of_brute_force(
        rows in rows(),
        support in 1_usize..8,
        levels in 1_usize..=4,
        top in 1_usize..8,
        alpha in 0.3_f64..=1.0,
        seed: u64,
    ) {
        let table = as_table(&rows);
        let columns: Vec<usize> = (0..rows[0].len()).collect();
        let attributes = Attributes::new(&table, &columns, &AttributeSettings::default());
        // Larger where the first two columns agree, so that there is something to find.
        let errors: Vec<f64> = rows
            .iter()
            .enumerate()
            .map(|(row, cells)| crate::draw(seed, row, 0) + f64::from(u8::from(cells[0] == cells[1])))
            .collect();
        let settings = SliceSettings { alpha, support, top, levels };
        let found = slices(&attributes, &errors, &settings, &silent()).unwrap();

        let n = rows.len() as f64;
        let mean = errors.iter().sum::<f64>() / n;
        // The paper's equation 1.
        let judge = |combination: &Combination| {
            let own: Vec<f64> = rows.iter().zip(&errors).filter(|(row, _)| inside(row, combination)).map(|(_, e)| *e).collect();
            let size = own.len() as f64;
            let error = own.iter().sum::<f64>() / size;
            (own.len(), error, alpha * (error / mean - 1.0) - (1.0 - alpha) * (n / size - 1.0))
        };
        // A column that is the same in every row says nothing, and is left out.
        let varies = |column: &usize| rows.iter().any(|row| row[*column] != rows[0][*column]);
        let mut wanted: Vec<f64> = combinations(&rows, levels)
            .iter()
            .filter(|c| !c.is_empty() && c.keys().all(varies))
            .map(judge)
            .filter(|(rows, _, score)| *rows >= support && *score > 1e-6)
            .map(|judged| judged.2)
            .collect();
        wanted.sort_by(|a, b| b.total_cmp(a));
        wanted.truncate(top);
        let certain: Vec<f64> = found.iter().map(|s| s.score).filter(|score| *score > 1e-6).collect();
        prop_assert_eq!(certain.len(), wanted.len());
        for (got, wanted) in certain.iter().zip(&wanted) {
            prop_assert!((got - wanted).abs() < 1e-6, "{certain:?} {wanted}");
        }
        for slice in &found {
            let (rows, error, score) = judge(&read(&attributes.region(&slice.items).text));
            prop_assert_eq!(rows, slice.rows);
            prop_assert!((error - slice.error).abs() < 1e-6 && (score - slice.score).abs() < 1e-6);
        }
    }
}
