//! What a column's codec promises: missing cells, identifiers, rare words, bounds, exact integers; and
//! that neither cells nor the model file repeat the training rows.

use super::{fast, fit, rows};
use plenish_synth::{Ask, generator, generators, save};
use plenish_table::{
    Column, ColumnSchema, ColumnType, Condition, Context, MISSING_INTEGER, Role, Schema, Seed, Stream, Table,
    TextColumn, Value,
};
use std::collections::HashSet;

fn stream(purpose: &str) -> Stream {
    Seed::new(31).derive(purpose).stream(0, 0)
}

fn text(cells: &[String]) -> Column {
    Column::Text(TextColumn::from_cells(cells.iter().map(|c| Some(c.as_str()))))
}

fn table(columns: Vec<(ColumnSchema, Column)>) -> Table {
    let (mut schema, cells): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    for (schema, cells) in schema.iter_mut().zip(&cells) {
        schema.missing = cells.missing_count() > 0;
    }
    Table::new(Schema::new(schema).unwrap(), cells).unwrap()
}

fn words(table: &Table, name: &str) -> Vec<String> {
    let column = table.by_name(name).unwrap();
    (0..table.rows()).map(|row| column.value(row).to_string()).collect()
}

/// A number that is missing for nine in ten of one kind and one in twenty of the other: generated
/// rows keep both shares.
#[test]
fn missing_cells_depend_on_other_columns() {
    let mut s = stream("missing");
    let kinds: Vec<String> = (0..3000).map(|_| ["a", "b"][s.below(2) as usize].to_owned()).collect();
    let numbers = kinds
        .iter()
        .map(|kind| {
            let missing = s.uniform() < if kind == "a" { 0.9 } else { 0.05 };
            if missing { MISSING_INTEGER } else { s.below(500) as i64 }
        })
        .collect();
    let table = table(vec![
        (ColumnSchema::new("n", ColumnType::Integer), Column::Integer(numbers)),
        (ColumnSchema::new("kind", ColumnType::Text), text(&kinds)),
    ]);
    let made = rows(fit(generator("chain").unwrap(), &table).as_ref(), 0..4000);
    let kinds = words(&made, "kind");
    for (kind, expected) in [("a", 0.9), ("b", 0.05)] {
        let of_kind: Vec<usize> = (0..4000).filter(|&row| kinds[row] == kind).collect();
        let missing = of_kind.iter().filter(|&&row| made.column(0).is_missing(row)).count();
        let share = missing as f64 / of_kind.len() as f64;
        // 2,000 rows of each kind: four standard errors are 0.027, and as much for what is learned.
        assert!((share - expected).abs() < 0.055, "{kind}: {share}");
    }
}

/// Bounds of the schema that lie beyond what was seen widen a column: some of its values lie there, none
/// out of bounds, conditions reach them, and given ones are accepted.
#[test]
fn a_schema_that_allows_more_widens_a_column() {
    let mut s = stream("bounds");
    let numbers: Vec<f64> = (0..2000).map(|_| (-400.0 * s.uniform().ln()).round() / 10.0).collect();
    let seen = numbers.iter().copied().fold(0.0, f64::max);
    let max = seen + 100.0;
    let schema = ColumnSchema {
        min: Some(0.0),
        max: Some(max),
        decimals: Some(1),
        ..ColumnSchema::new("x", ColumnType::Real)
    };
    let table = table(vec![(schema, Column::Real(numbers))]);
    for generator in [generator("chain").unwrap(), generator("copula").unwrap()] {
        let model = fit(generator, &table);
        let made = rows(model.as_ref(), 0..50_000).column(0).numbers();
        assert!(made.iter().all(|v| (0.0..=max).contains(v)));
        // An exponential distribution has a 2,000th part beyond the largest of 2,000 values.
        let beyond = made.iter().filter(|v| **v > seen).count();
        assert!((3..200).contains(&beyond), "{beyond}");
        let condition = Condition::parse(&format!("x > {seen}"), model.schema()).unwrap();
        let asked = Ask {
            condition,
            ..Ask::default()
        };
        let made = model
            .generate(&asked, 0..100, &Seed::new(1), &Context::silent())
            .unwrap();
        assert!(made.column(0).numbers().iter().all(|v| *v > seen && *v <= max));
    }
    let model = fit(generator("chain").unwrap(), &table);
    for (value, accepted) in [(max, true), (max + 1.0, false)] {
        let schema = Schema::new(vec![ColumnSchema::new("x", ColumnType::Real)]).unwrap();
        let given = Table::new(schema, vec![Column::Real(vec![value])]).unwrap();
        let ask = Ask {
            given: Some(std::sync::Arc::new(given)),
            ..Ask::default()
        };
        let made = model.generate(&ask, 0..1, &Seed::new(1), &Context::silent());
        assert_eq!(made.is_ok(), accepted, "{value}");
    }
}

/// Texts that never repeat name rows: none of them is ever shown, whatever the role; missing ones
/// stay missing at their rate; and no two rows share one.
#[test]
fn identifiers_are_new_and_never_repeat() {
    let mut s = stream("identifiers");
    let ids: Vec<String> = (0..600).map(|_| format!("ID-{:08X}", s.next_u64() as u32)).collect();
    let numbers: Vec<i64> = (0..600).map(|i| 1000 + i).collect();
    let gaps: Vec<Option<&str>> = ids
        .iter()
        .enumerate()
        .map(|(i, id)| (i % 4 != 0).then_some(id.as_str()))
        .collect();
    let identifier = |name: &str, kind| ColumnSchema {
        role: Role::Identifier,
        ..ColumnSchema::new(name, kind)
    };
    let table = table(vec![
        (identifier("id", ColumnType::Text), text(&ids)),
        (identifier("number", ColumnType::Integer), Column::Integer(numbers)),
        (
            ColumnSchema::new("plain", ColumnType::Text),
            Column::Text(TextColumn::from_cells(gaps)),
        ),
    ]);
    let known: HashSet<&str> = ids.iter().map(String::as_str).collect();
    for generator in generators() {
        let model = fit(*generator, &table);
        let made = rows(model.as_ref(), 0..9000);
        for name in ["id", "number", "plain"] {
            let column = made.by_name(name).unwrap();
            let present: Vec<String> = (0..9000)
                .filter(|&r| !column.is_missing(r))
                .map(|r| column.value(r).to_string())
                .collect();
            assert_eq!(
                present.iter().collect::<HashSet<_>>().len(),
                present.len(),
                "{name} repeats"
            );
            let share = present.len() as f64 / 9000.0;
            assert!(
                (share - if name == "plain" { 0.75 } else { 1.0 }).abs() < 0.06,
                "{name}: {share}"
            );
            assert!(present.iter().all(|id| !known.contains(id.as_str())), "{name}");
            let shape = |id: &String| id.len() == 11 && id.starts_with("ID-");
            assert!(name == "number" || present.iter().all(shape), "{name}");
        }
        let numbers = made.by_name("number").unwrap().numbers();
        assert_eq!(numbers[0], 1600.0, "counting goes on above 1599");
    }
}

/// A thousand towns of four rows each, all of one of five states: rare towns are drawn with their state.
#[test]
fn rare_words_keep_what_they_go_along_with() {
    let mut s = stream("towns");
    let towns: Vec<u64> = (0..4000).map(|_| s.below(1000)).collect();
    let table = table(vec![
        (
            ColumnSchema::new("town", ColumnType::Text),
            text(&towns.iter().map(|t| format!("town {t}")).collect::<Vec<_>>()),
        ),
        (
            ColumnSchema::new("state", ColumnType::Text),
            text(&towns.iter().map(|t| format!("state {}", t % 5)).collect::<Vec<_>>()),
        ),
    ]);
    let made = rows(fit(generator("chain").unwrap(), &table).as_ref(), 0..4000);
    let (towns, states) = (words(&made, "town"), words(&made, "state"));
    let agree = towns
        .iter()
        .zip(&states)
        .filter(|(town, state)| town[5..].parse::<u64>().unwrap() % 5 == state[6..].parse::<u64>().unwrap())
        .count();
    assert!(agree > 3600, "{agree} of 4000 towns lie in their state");
    assert!(towns.iter().collect::<HashSet<_>>().len() > 800);
}

/// Bounds and allowed words of the schema hold, even where the data breaks them.
#[test]
fn bounds_and_allowed_words_of_the_schema_hold() {
    let mut s = stream("bounds");
    let numbers = (0..2000).map(|_| s.below(1000) as i64).collect();
    let reals = (0..2000).map(|_| s.uniform()).collect();
    let colours: Vec<String> = (0..2000)
        .map(|_| ["red", "blue", "odd"][s.below(3) as usize].to_owned())
        .collect();
    let mut integer = ColumnSchema::new("n", ColumnType::Integer);
    (integer.min, integer.max) = (Some(99.5), Some(900.0));
    let mut real = ColumnSchema::new("x", ColumnType::Real);
    real.max = Some(0.75);
    let mut word = ColumnSchema::new("w", ColumnType::Text);
    word.allowed = Some(vec!["red".to_owned(), "blue".to_owned(), "green".to_owned()]);
    let table = table(vec![
        (integer, Column::Integer(numbers)),
        (real, Column::Real(reals)),
        (word, text(&colours)),
    ]);
    for generator in generators() {
        let made = rows(fit(*generator, &table).as_ref(), 0..3000);
        assert!(
            made.column(0).numbers().iter().all(|v| (100.0..=900.0).contains(v)),
            "{}",
            generator.name()
        );
        assert!(made.column(1).numbers().iter().all(|v| *v <= 0.75));
        assert!(
            words(&made, "w").iter().all(|w| w == "red" || w == "blue"),
            "{}",
            generator.name()
        );
    }
}

/// Numbers beyond 2^53 that lie close together come back to the last digit.
#[test]
fn large_integers_are_exact() {
    let base = 9_007_199_254_740_993_000_i64;
    let numbers: Vec<i64> = (0..600).map(|i| base + [0, 1, 7][i % 3]).collect();
    let known: HashSet<i64> = numbers.iter().copied().collect();
    let mut schema = ColumnSchema::new("n", ColumnType::Integer);
    schema.role = Role::Target;
    let table = table(vec![(schema, Column::Integer(numbers))]);
    // SMOTE counts with real numbers.
    for generator in generators().iter().filter(|g| g.name() != "smote") {
        let model = fit(*generator, &table);
        let Column::Integer(made) = rows(model.as_ref(), 0..500).column(0).clone() else {
            panic!()
        };
        assert_eq!(
            made.iter().copied().collect::<HashSet<_>>(),
            known,
            "{}",
            generator.name()
        );
        let condition = plenish_table::Condition::parse(&format!("n > {base}"), table.schema()).unwrap();
        let ask = plenish_synth::Ask::under(condition);
        let made = model.generate(&ask, 0..500, &Seed::new(1), &Context::silent()).unwrap();
        assert!(ask.condition.mask(&made).unwrap().iter().all(|held| *held));
    }
}

/// What happens at night is generated at night: columns follow the hour of a time stamp, though its
/// states are weeks wide.
#[test]
fn columns_follow_the_hour_of_a_time() {
    let mut s = stream("hours");
    let (mut at, mut shift) = (Vec::new(), Vec::new());
    for _ in 0..4000 {
        let (day, minute) = (s.below(2000) as i64, s.below(1440) as i64);
        at.push((day * 1440 + minute) * 60_000_000);
        shift.push(if minute < 480 { "night" } else { "day" }.to_owned());
    }
    let table = table(vec![
        (ColumnSchema::new("shift", ColumnType::Text), text(&shift)),
        (ColumnSchema::new("at", ColumnType::Timestamp), Column::Timestamp(at)),
    ]);
    let made = rows(fit(generator("chain").unwrap(), &table).as_ref(), 0..3000);
    let shifts = words(&made, "shift");
    let right = (0..3000)
        .filter(|&row| {
            let Value::Timestamp(at) = made.by_name("at").unwrap().value(row) else {
                panic!()
            };
            (at.rem_euclid(86_400_000_000) < 8 * 3_600_000_000) == (shifts[row] == "night")
        })
        .count();
    assert!(right > 2850, "{right} of 3000");
}

/// Tables of next to nothing: one value, two values, only rare words.
#[test]
fn tables_of_next_to_nothing() {
    let constant = vec!["same".to_owned(); 40];
    let two: Vec<String> = (0..40).map(|i| ["x", "y"][i % 2].to_owned()).collect();
    let rare: Vec<String> = (0..40).map(|i| format!("w{}", i / 2)).collect();
    for cells in [constant, two, rare] {
        let known: HashSet<String> = cells.iter().cloned().collect();
        let table = table(vec![(ColumnSchema::new("x", ColumnType::Text), text(&cells))]);
        for generator in generators() {
            let made = words(&rows(fit(*generator, &table).as_ref(), 0..200), "x");
            assert!(made.iter().all(|w| known.contains(w)));
            assert!(known.len() > 2 || made.iter().collect::<HashSet<_>>().len() == known.len());
        }
    }
}

/// A real number is generated again no more often than chance would have it: no more often than
/// unseen rows repeat it, plus four standard errors.
#[test]
fn real_cells_repeat_training_cells_no_more_than_unseen_ones_do() {
    let mut s = stream("copies");
    let mut draw = |rows: usize| -> [Vec<f64>; 2] {
        let normal = |s: &mut Stream| (0..12).map(|_| s.uniform()).sum::<f64>() - 6.0;
        let pairs: Vec<(f64, f64)> = (0..rows)
            .map(|_| {
                let common = normal(&mut s);
                let long = (libm::exp(3.0 + 0.5 * common + 0.2 * normal(&mut s)) * 1e4).round() / 1e4;
                let flat = (100.0 * common + 30.0 * normal(&mut s)) * 1.000_001;
                (long, (flat * 1e3).round() / 1e3)
            })
            .collect();
        [pairs.iter().map(|p| p.0).collect(), pairs.iter().map(|p| p.1).collect()]
    };
    let (real, unseen) = (draw(4000), draw(4000));
    let column = |name: &str, decimals| ColumnSchema {
        decimals: Some(decimals),
        ..ColumnSchema::new(name, ColumnType::Real)
    };
    let table = table(vec![
        (column("long", 4), Column::Real(real[0].clone())),
        (column("flat", 3), Column::Real(real[1].clone())),
    ]);
    let made = rows(fit(generator("chain").unwrap(), &table).as_ref(), 0..4000);
    for index in 0..2 {
        let known: HashSet<u64> = real[index].iter().map(|v| v.to_bits()).collect();
        let share =
            |cells: &[f64]| cells.iter().filter(|v| known.contains(&v.to_bits())).count() as f64 / cells.len() as f64;
        let (again, chance) = (share(&made.column(index).numbers()), share(&unseen[index]));
        let noise = 4.0 * (2.0 * chance.max(1.0 / 4000.0) / 4000.0).sqrt();
        assert!(again <= chance + noise, "{index}: {again} against {chance}");
    }
}

/// The ways a row of numbers could stand in a file: as 64-bit or 32-bit reals, or as variable-length
/// integers.
fn spellings(row: &[f64]) -> Vec<Vec<u8>> {
    let varint = |value: f64| {
        let number = value as i64;
        let mut zigzag = (number << 1 ^ number >> 63) as u64;
        let mut bytes = Vec::new();
        while zigzag >= 128 {
            bytes.push(zigzag as u8 | 128);
            zigzag >>= 7;
        }
        bytes.push(zigzag as u8);
        bytes
    };
    vec![
        row.iter().flat_map(|v| v.to_le_bytes()).collect(),
        row.iter().flat_map(|v| (*v as f32).to_le_bytes()).collect(),
        row.iter().copied().flat_map(varint).collect(),
    ]
}

/// How many of `rows` stand in `bytes`, in the order of their columns or the other way round.
fn rows_inside(rows: &[Vec<f64>], bytes: &[u8]) -> usize {
    let starts: HashSet<[u8; 4]> = bytes.windows(4).map(|w| [w[0], w[1], w[2], w[3]]).collect();
    let inside = |pattern: &[u8]| {
        starts.contains(&[pattern[0], pattern[1], pattern[2], pattern[3]])
            && bytes.windows(pattern.len()).any(|w| w == pattern)
    };
    rows.iter()
        .filter(|row| {
            let back: Vec<f64> = row.iter().rev().copied().collect();
            spellings(row).iter().chain(&spellings(&back)).any(|p| inside(p))
        })
        .count()
}

/// The model file holds no training row; the same search finds rows where they are.
#[test]
fn a_model_file_holds_no_training_row() {
    let mut s = stream("rows");
    let real: Vec<Vec<f64>> = (0..400)
        .map(|_| {
            let first = (1_000 + s.below(900_000)) as f64;
            vec![
                first,
                first * 2.0 + s.below(5_000) as f64,
                (s.below(1_000_000) + 70_000) as f64,
            ]
        })
        .collect();
    let columns = (0..3)
        .map(|c| {
            let cells = real.iter().map(|row| row[c] as i64).collect();
            (
                ColumnSchema::new(format!("c{c}"), ColumnType::Integer),
                Column::Integer(cells),
            )
        })
        .collect();
    let table = table(columns);
    for generator in generators() {
        let model = generator
            .fit(&table, &fast(), &Seed::new(1), &Context::silent())
            .unwrap();
        let bytes = save(model.as_ref()).unwrap();
        assert_eq!(rows_inside(&real, &bytes), 0, "{}", generator.name());
        for spelling in 0..3 {
            let mut planted = bytes.clone();
            let at = planted.len() / 2;
            planted.splice(
                at..at,
                real.iter().take(5).flat_map(|row| spellings(row).swap_remove(spelling)),
            );
            assert_eq!(rows_inside(&real, &planted), 5, "planted rows are found");
        }
    }
}
