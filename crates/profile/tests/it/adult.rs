//! On real data: figures that can be checked by hand, and the properties that the report relies on.

use crate::bins;
use plenish_files::{ReadOptions, read};
use plenish_profile::{ProfileSettings, associations, compare_columns, profile};
use plenish_table::{Column, Context, Role, Table};

fn adult() -> Table {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/adult/data/adult_train.csv.gz"
    );
    let table = read(path, &ReadOptions::default(), &Context::silent()).unwrap();
    let mut schema = table.schema().clone();
    for column in &mut schema.columns {
        match column.name.as_str() {
            "income" => column.role = Role::Target,
            "sex" | "race" | "age" => column.role = Role::Protected,
            _ => {}
        }
    }
    table.with_schema(schema).unwrap()
}

/// Published figures of Adult's training part: 32,561 rows, 24.08 % above 50K, 10.95 % of the women.
#[test]
fn adult_is_described_as_it_is() {
    let found = profile(&adult(), &ProfileSettings::default(), &Context::silent()).unwrap();
    assert_eq!(found.rows, 32_561);
    let age = found.columns.iter().find(|c| c.name == "age").unwrap();
    let numbers = age.numbers.as_ref().unwrap();
    let texts: Vec<&str> = numbers.quantiles.iter().map(|q| q.text.as_str()).collect();
    assert_eq!(texts, ["17", "17", "19", "28", "37", "48", "63", "74", "90"]);
    assert_eq!(numbers.mean_text.as_deref(), Some("38.58"));
    assert!((numbers.deviation.unwrap() - 13.640_432_553_581_146).abs() < 1e-9);
    let income = found.columns.iter().find(|c| c.name == "income").unwrap();
    assert_eq!(
        (income.frequent[1].value.as_str(), income.frequent[1].count),
        (">50K", 7841)
    );
    let occupation = found.columns.iter().find(|c| c.name == "occupation").unwrap();
    assert_eq!((occupation.missing, occupation.distinct), (1843, 14));
    let sex = found.groups.iter().find(|g| g.column == "sex").unwrap();
    let women = sex.groups.iter().find(|g| g.name == "Female").unwrap();
    assert_eq!((women.rows, women.target[1].count), (10_771, 1179));
    let age = found.groups.iter().find(|g| g.column == "age").unwrap();
    assert_eq!(age.groups.len(), 5);
    assert_eq!(age.groups.iter().map(|g| g.rows).sum::<usize>(), 32_561);
}

/// One absurd row moves no association by more than 0.002, on its own bins or on shared ones.
#[test]
fn one_outlier_changes_nothing() {
    let clean = adult();
    let ruler = bins(&clean);
    let before = associations(&clean, &ruler).unwrap();
    let mut columns = clean.columns().to_vec();
    for column in &mut columns {
        if let Column::Integer(cells) = column {
            cells[100] = i64::from(i32::MAX) * 1000;
        }
    }
    let dirty = Table::new(clean.shared_schema(), columns).unwrap();
    for ruler in [&ruler, &bins(&dirty)] {
        let after = associations(&dirty, ruler).unwrap();
        for (a, b) in before.pairs.iter().zip(&after.pairs) {
            assert!((a.value - b.value).abs() < 0.002, "{a:?} {b:?}");
        }
    }
}

/// The same value on one thread and on four, and through JSON.
#[test]
fn a_profile_is_the_same_on_any_number_of_threads() {
    let table = adult();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| profile(&table, &ProfileSettings::default(), &Context::silent()).unwrap())
    };
    let (one, four) = (on(1), on(4));
    let json = serde_json::to_string(&one).unwrap();
    assert_eq!(json, serde_json::to_string(&four).unwrap());
    assert_eq!(serde_json::from_str::<plenish_profile::Profile>(&json).unwrap(), one);
}

/// Whatever is shown of a column, its shares account for every row once.
#[test]
fn compared_shares_sum_to_one() {
    let real = adult();
    let odd: Vec<u32> = (0..real.rows() as u32).filter(|r| r % 7 == 0).collect();
    let other = real.take(&odd);
    for column in compare_columns(&real, &other, &bins(&real), 8).unwrap() {
        let histogram = column.histogram.as_ref();
        for (missing, pick, inner) in [
            (column.missing_real, 0, histogram.map(|h| &h.real)),
            (column.missing_synthetic, 1, histogram.map(|h| &h.synthetic)),
        ] {
            let single = column.values.iter().chain(&column.rest);
            let shares: f64 = single.map(|v| if pick == 0 { v.real } else { v.synthetic }).sum();
            let sum = missing + shares + inner.map_or(0.0, |shares| shares.iter().sum());
            assert!((sum - 1.0).abs() < 1e-9, "{}: {sum}", column.name);
        }
    }
}
