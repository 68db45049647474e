//! Constraints are found where they are, and not where they are not.

use plenish_profile::propose;
use plenish_table::{Column, ColumnSchema, ColumnType, Context, MISSING_INTEGER, Schema, Seed, Table, TextColumn};

fn texts(cells: &[String]) -> Column {
    Column::Text(TextColumn::from_cells(cells.iter().map(|c| Some(c.as_str()))))
}

fn table(columns: Vec<(&str, Column)>) -> Table {
    let schema = columns
        .iter()
        .map(|(name, column)| ColumnSchema {
            missing: column.missing_count() > 0,
            decimals: (column.kind() == ColumnType::Real).then_some(2),
            ..ColumnSchema::new(*name, column.kind())
        })
        .collect();
    Table::new(Schema::new(schema).unwrap(), columns.into_iter().map(|c| c.1).collect()).unwrap()
}

fn found(table: &Table) -> Vec<String> {
    let mut out: Vec<String> = propose(table, &Context::silent())
        .unwrap()
        .iter()
        .map(|p| p.constraint.show(table.schema()))
        .collect();
    out.sort();
    out
}

#[test]
fn what_always_holds_is_found_once() {
    let mut stream = Seed::new(4).stream(0, 0);
    let mut below = |n: u64| stream.below(n) as i64;
    let rows = 2000;
    let casual: Vec<i64> = (0..rows).map(|_| below(3000)).collect();
    let registered: Vec<i64> = (0..rows).map(|_| below(6000)).collect();
    let count: Vec<i64> = casual.iter().zip(&registered).map(|(a, b)| a + b).collect();
    let net: Vec<f64> = (0..rows).map(|_| below(100_000) as f64 / 100.0).collect();
    let tax: Vec<f64> = net.iter().map(|n| (n * 19.0).round() / 100.0).collect();
    let gross: Vec<f64> = net
        .iter()
        .zip(&tax)
        .map(|(n, t)| ((n + t) * 100.0).round() / 100.0)
        .collect();
    let start: Vec<i32> = (0..rows).map(|_| 18_000 + below(700) as i32).collect();
    let end: Vec<i32> = start.iter().map(|s| s + below(60) as i32).collect();
    let carrier: Vec<i64> = (0..rows).map(|_| below(30)).collect();
    let hub: Vec<i64> = carrier.iter().map(|c| c % 7).collect();
    let bonus: Vec<i64> = casual
        .iter()
        .map(|&c| if c % 5 == 0 { MISSING_INTEGER } else { c + 17 })
        .collect();
    let paid: Vec<i64> = bonus
        .iter()
        .zip(&registered)
        .map(|(&b, r)| if b == MISSING_INTEGER { b } else { b + r })
        .collect();
    let table = table(vec![
        ("id", Column::Integer((0..rows).map(|i| 1000 + i).collect())),
        ("casual", Column::Integer(casual)),
        ("registered", Column::Integer(registered)),
        ("cnt", Column::Integer(count)),
        ("net", Column::Real(net)),
        ("tax", Column::Real(tax)),
        ("gross", Column::Real(gross)),
        ("start", Column::Date(start)),
        ("end", Column::Date(end)),
        (
            "carrier",
            texts(&carrier.iter().map(|c| format!("c{c}")).collect::<Vec<_>>()),
        ),
        (
            "name",
            texts(&carrier.iter().map(|c| format!("name of {c}")).collect::<Vec<_>>()),
        ),
        (
            "hub",
            texts(&hub.iter().map(|h| format!("hub {h}")).collect::<Vec<_>>()),
        ),
        ("bonus", Column::Integer(bonus)),
        ("paid", Column::Integer(paid)),
    ]);
    let found = found(&table);
    for wanted in [
        "cnt = casual + registered",
        "gross = net + tax",
        "start <= end",
        "carrier -> name",
        "unique(id)",
        "paid = registered + bonus",
    ] {
        assert!(found.contains(&wanted.to_owned()), "{wanted} is not in {found:?}");
    }
    assert!(found.iter().any(|f| f.ends_with("-> hub")), "{found:?}");
    assert!(
        !found.iter().any(|f| f == "casual <= cnt"),
        "follows from a formula: {found:?}"
    );
}

/// Columns drawn independently of each other: 20 tables of 12 columns, 400 and 3,000 rows, with few and
/// many values, skewed and even. Nothing may be proposed; a single false alarm in about 5,000 pairs of
/// columns would fail.
#[test]
fn independent_columns_give_no_false_alarm() {
    for seed in 0..20 {
        let mut stream = Seed::new(seed).derive("independent").stream(0, 0);
        let rows = if seed % 2 == 0 { 400 } else { 3000 };
        let names: Vec<String> = (0..12).map(|i| format!("x{i}")).collect();
        let columns = names
            .iter()
            .enumerate()
            .map(|(i, name)| {
                let values = [2, 3, 5, 12, 40, 200][i % 6];
                let mut draw = || {
                    let v = stream.below(values);
                    // Half of the columns are skewed to small values.
                    if i % 4 < 2 {
                        v.min(stream.below(values)).min(stream.below(values))
                    } else {
                        v
                    }
                };
                let column = match i % 3 {
                    0 => texts(&(0..rows).map(|_| format!("v{}", draw())).collect::<Vec<_>>()),
                    1 => Column::Integer((0..rows).map(|_| draw() as i64).collect()),
                    _ => Column::Real((0..rows).map(|_| draw() as f64 / 4.0).collect()),
                };
                (name.as_str(), column)
            })
            .collect();
        let table = table(columns);
        assert_eq!(found(&table), [] as [String; 0], "seed {seed}");
    }
}

/// A hundred columns of many rows take seconds at most; few rows propose nothing.
#[test]
fn wide_tables_are_searched_and_small_ones_are_not() {
    let names: Vec<String> = (0..100).map(|i| format!("x{i}")).collect();
    let mut stream = Seed::new(1).stream(0, 0);
    let columns = names
        .iter()
        .map(|name| {
            (
                name.as_str(),
                Column::Integer((0..5000).map(|_| stream.below(1000) as i64).collect()),
            )
        })
        .collect();
    let wide = table(columns);
    assert_eq!(found(&wide), [] as [String; 0]);
    let small = wide.take(&(0..30).collect::<Vec<u32>>());
    assert_eq!(found(&small), [] as [String; 0]);
}
