//! What is planted is found, and nothing where nothing is.

use crate::{count_of, draw, silent, table, text};
use plenish_gaps::{
    AttributeSettings, Attributes, FailingSettings, Options, PatternSettings, SliceSettings, failing, find, patterns,
};
use plenish_table::{Column, Seed, Table};

const ROWS: usize = 2000;

/// Six columns of categories and numbers that have nothing to do with each other.
fn plain(seed: u64, rows: usize) -> Table {
    let words =
        |column: u32, count: f64| text((0..rows).map(move |r| format!("w{}", (draw(seed, r, column) * count) as u32)));
    let numbers =
        |column: u32, size: f64| Column::Integer((0..rows).map(|r| (draw(seed, r, column) * size) as i64).collect());
    table(vec![
        ("c1", words(1, 2.0)),
        ("c2", words(2, 3.0)),
        ("c3", words(3, 5.0)),
        ("c4", words(4, 8.0)),
        ("n1", numbers(5, 100.0)),
        ("n2", numbers(6, 1000.0)),
    ])
}

fn slices_of(table: &Table, errors: &[f64], seed: u64) -> Vec<plenish_gaps::FailingSlice> {
    let settings = FailingSettings {
        slices: SliceSettings {
            alpha: 0.95,
            support: 32,
            top: 10,
            levels: 3,
        },
        false_discovery: 0.05,
    };
    failing(
        table,
        &[0, 1, 2, 3, 4, 5],
        errors,
        &settings,
        &Seed::new(seed),
        &silent(),
    )
    .unwrap()
}

/// An error with the long tail that losses have.
fn long_tailed(seed: u64, row: usize) -> f64 {
    -(1.0 - draw(seed, row, 99)).ln()
}

/// A slice of about 5 % of the rows in which the error is larger by twice its standard deviation, in two categories
/// and a range in the middle of a number: among those reported in 95 of 100 seeds at least.
#[test]
fn a_planted_slice_is_found() {
    let mut hits = 0;
    for seed in 0..100 {
        let table = plain(seed, 2 * ROWS);
        let planted = |row: usize| {
            let number = |column: usize| table.column(column).number(row).unwrap();
            table.column(0).value(row).to_string() == "w1"
                && table.column(1).value(row).to_string() == "w2"
                && (30.0..60.0).contains(&number(4))
        };
        let errors: Vec<f64> = (0..2 * ROWS)
            .map(|row| long_tailed(seed, row) + if planted(row) { 2.0 } else { 0.0 })
            .collect();
        let found = slices_of(&table, &errors, seed);
        // Most of its rows are planted ones, and it holds most of those.
        hits += usize::from(found.iter().any(|slice| {
            let mask = slice.region.condition.mask(&table).unwrap();
            let both = (0..mask.len()).filter(|&row| mask[row] && planted(row)).count();
            let either = (0..mask.len()).filter(|&row| mask[row] || planted(row)).count();
            2 * both > either
        }));
    }
    assert!(hits >= 95, "{hits} of 100");
}

/// Errors that have nothing to do with the columns: no slice in 95 of 100 seeds at least.
#[test]
fn chance_is_not_reported() {
    let clean = (0..100)
        .filter(|&seed| {
            let table = plain(seed, ROWS);
            let errors: Vec<f64> = (0..ROWS).map(|row| long_tailed(seed, row)).collect();
            slices_of(&table, &errors, seed).is_empty()
        })
        .count();
    assert!(clean >= 95, "{clean} of 100");
}

/// Rows of one combination are taken out: it is reported, and no part of it.
#[test]
fn a_planted_hole_is_an_uncovered_pattern() {
    let whole = plain(3, ROWS);
    let hole = "c1 = 'w0' and c2 = 'w1' and c3 = 'w4'";
    let condition = plenish_table::Condition::parse(hole, whole.schema()).unwrap();
    let inside = condition.mask(&whole).unwrap();
    let kept: Vec<u32> = (0..ROWS as u32).filter(|&row| !inside[row as usize]).collect();
    assert!(kept.len() + 40 < ROWS);
    let table = whole.take(&kept);
    let attributes = Attributes::new(&table, &[0, 1, 2], &AttributeSettings::default());
    let settings = PatternSettings {
        threshold: 20,
        levels: 3,
        limit: 1000,
    };
    let found = patterns(&attributes, &settings, &silent()).unwrap().unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].region.text.as_str(), found[0].rows), (hole, 0));
    assert!(found[0].may_be_impossible);
    assert!(
        (found[0].expected - 2000.0 / 30.0).abs() < 15.0,
        "{}",
        found[0].expected
    );
    // Too many to list is told apart from none.
    let none = PatternSettings { limit: 0, ..settings };
    assert!(patterns(&attributes, &none, &silent()).unwrap().is_none());
}

/// A whole search: a target with a rare class and noise in one slice, groups that are unequal, numbers with a
/// hole between them and an empty corner.
#[test]
fn everything_that_is_planted_is_found() {
    let rows = 4000;
    let base = plain(11, rows);
    let sex = |row: usize| if draw(11, row, 20) < 0.5 { "m" } else { "f" };
    let number = |row: usize, column: usize| base.column(column).number(row).unwrap();
    // Told by c4, unless in the slice, where it is anybody's guess; men have it more often.
    let outcome = |row: usize| {
        let u = draw(11, row, 21);
        let slice = base.column(2).value(row).to_string() == "w3";
        let told = base.column(3).value(row).to_string().as_str() < "w3";
        if draw(11, row, 22) < 0.01 {
            "rare"
        } else if slice {
            if u < 0.5 { "yes" } else { "no" }
        } else if told && (sex(row) == "m" || u < 0.6) {
            "yes"
        } else {
            "no"
        }
    };
    // Nothing between 40 and 60, and nothing where both are high.
    let low = |row: usize| {
        let x = number(row, 4);
        (if x < 40.0 { x } else { 60.0 + (x - 40.0) * 40.0 / 60.0 }) as i64
    };
    let high = |row: usize| {
        let y = number(row, 5);
        (if low(row) >= 80 && y > 500.0 { y - 500.0 } else { y }) as i64
    };
    let table = table(vec![
        ("c3", base.column(2).clone()),
        ("c4", base.column(3).clone()),
        ("x", Column::Integer((0..rows).map(low).collect())),
        ("y", Column::Integer((0..rows).map(high).collect())),
        ("sex", text((0..rows).map(|row| sex(row).to_owned()))),
        ("outcome", text((0..rows).map(|row| outcome(row).to_owned()))),
    ]);
    let seed = Seed::new(1);
    let options = Options::default();
    let gaps = find(&table, Some("outcome"), &["sex".to_owned()], &options, &seed, &silent()).unwrap();

    assert_eq!(gaps.slices[0].region.text, "c3 = 'w3'", "{:?}", gaps.slices);
    assert!(gaps.slices[0].error > 1.5 * gaps.error.unwrap());
    assert_eq!(gaps.rare[0].region.text, "outcome = 'rare'");
    assert_eq!(gaps.rare[0].rows, crate::count("outcome = 'rare'", &table));
    assert_eq!(gaps.importance[0].column, "c4");
    assert!(gaps.importance.iter().find(|i| i.column == "x").unwrap().importance < 0.1 * gaps.importance[0].importance);

    let unequal = gaps
        .groups
        .iter()
        .find(|cell| cell.region.text == "sex = 'f' and outcome = 'yes'")
        .unwrap();
    let add = unequal.rows_to_equalise.unwrap() as f64;
    let rate = |rows: f64, of: f64| rows / of;
    let reached = rate(unequal.rows as f64 + add, unequal.group_rows as f64 + add);
    let before = rate(unequal.rows as f64 + add - 1.0, unequal.group_rows as f64 + add - 1.0);
    assert!(
        before < unequal.best_rate.unwrap() && unequal.best_rate.unwrap() <= reached + 1e-12,
        "{unequal:?}"
    );

    let hole = gaps
        .sparse
        .iter()
        .find(|s| s.region.text.starts_with("x >= 4") && !s.region.text.contains('y'))
        .unwrap();
    assert_eq!(hole.region.text, "x >= 40 and x < 60");
    assert_eq!((hole.rows, count_of(&hole.region, &table)), (0, 0));
    let corner = gaps
        .sparse
        .iter()
        .find(|s| s.region.text.contains('x') && s.region.text.contains('y'))
        .unwrap();
    assert_eq!(corner.rows, count_of(&corner.region, &table));
    // The cut of y is one of a few that its rows are divided at.
    assert!(
        corner.region.text.starts_with("x >= 80 and y >= 5"),
        "{}",
        corner.region.text
    );
    assert!((corner.expected as usize) > 10 * corner.rows.max(1));
    assert_eq!(
        gaps.uncertain.first().map(|s| s.region.text.contains("c3 = 'w3'")),
        Some(true),
        "{:?}",
        gaps.uncertain
    );
}
