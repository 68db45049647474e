//! What the simpler generators promise beside the chain.

use super::{fit, rows, table};
use plenish_synth::{Ask, generator, generators, save};
use plenish_table::{Column, ColumnSchema, ColumnType, Condition, Context, Schema, Seed, Table, TextColumn};

/// Any column, also several together, also "missing": every row satisfies the condition, any range
/// is that slice of the whole, and what a condition leaves alone stays as in the free rows that
/// happen to satisfy it.
#[test]
fn simpler_generators_take_conditions_on_any_columns() {
    let table = table(4000);
    for &generator in generators().iter().filter(|g| g.name() != "chain") {
        let model = fit(generator, &table);
        let free = rows(model.as_ref(), 0..40_000);
        for text in [
            "income = 'high' and job = 'miner'",
            "age > 40 and height < 170.255 and member = true",
            "bonus is missing",
            "bonus >= 1000 and job != 'smith' and day > '2011-06-01'",
            "at < '2020-12-01T00:00:00' and age between 30 and 35",
        ] {
            let place = format!("{}: {text}", generator.name());
            let ask = Ask {
                condition: Condition::parse(text, table.schema()).unwrap(),
                ..Ask::default()
            };
            let make = |units| model.generate(&ask, units, &Seed::new(2), &Context::silent()).unwrap();
            let made = make(0..4500);
            assert!(ask.condition.mask(&made).unwrap().iter().all(|held| *held), "{place}");
            assert_eq!(
                make(4090..4100),
                made.take(&(4090..4100).collect::<Vec<u32>>()),
                "{place}"
            );
            let kept: Vec<u32> = (0..)
                .zip(ask.condition.mask(&free).unwrap())
                .filter(|k| k.1)
                .map(|k| k.0)
                .collect();
            // Independent columns know no rows in which the bonus is missing for a reason.
            assert!(kept.len() > 400, "{place}: {}", kept.len());
            for name in ["age", "height"] {
                let mean = |t: &Table| t.by_name(name).unwrap().numbers().iter().sum::<f64>() / t.rows() as f64;
                // Spreads of 15 and 11.5, over at least 400 rows: 5 standard errors are 3.8.
                let (wanted, found) = (mean(&free.take(&kept)), mean(&made));
                assert!((wanted - found).abs() < 3.8, "{place}: {name} {wanted} {found}");
            }
        }
    }
}

/// A condition that names no column, or leaves nothing, fails at once and says so.
#[test]
fn conditions_without_any_row_are_refused_by_every_generator() {
    let table = table(500);
    for &generator in generators() {
        let model = fit(generator, &table);
        for text in ["income = 'none'", "income = 'high' and income = 'low'"] {
            let ask = Ask {
                condition: Condition::parse(text, table.schema()).unwrap(),
                ..Ask::default()
            };
            let error = model
                .generate(&ask, 0..10, &Seed::new(1), &Context::silent())
                .unwrap_err()
                .to_string();
            assert!(error.contains("no row can satisfy"), "{}: {error}", generator.name());
        }
    }
}

/// The same relation: trees and real rows keep it nearly whole, the copula the pairwise part of it.
#[test]
fn simpler_generators_keep_the_relations_that_are_theirs_to_keep() {
    let table = table(4000);
    for (name, least) in [("cart", 0.85), ("bootstrap", 0.75), ("smote", 0.85), ("copula", 0.4)] {
        let made = rows(fit(generator(name).unwrap(), &table).as_ref(), 0..4000);
        let condition = Condition::parse("age > 40 and job in ('smith', 'miner')", made.schema()).unwrap();
        let high = Condition::parse("income = 'high'", made.schema()).unwrap();
        let (a, b) = (condition.mask(&made).unwrap(), high.mask(&made).unwrap());
        let all = a.iter().filter(|x| **x).count() as f64;
        let share = a.iter().zip(&b).filter(|(x, y)| **x && **y).count() as f64 / all;
        assert!(share > least, "{name}: {share}");
    }
}

/// A model says of itself whether it holds training rows: a real value so exact that nobody would
/// find it by chance is looked for in the model's bytes.
#[test]
fn only_models_that_say_so_hold_training_rows() {
    let mut stream = Seed::new(4).stream(0, 0);
    let numbers: Vec<f64> = (0..2000).map(|_| stream.uniform() * 1e6).collect();
    let words: Vec<&str> = (0..2000).map(|i| if i % 3 == 0 { "a" } else { "b" }).collect();
    let schema = Schema::new(vec![
        ColumnSchema::new("x", ColumnType::Real),
        ColumnSchema::new("w", ColumnType::Text),
    ])
    .unwrap();
    let words = TextColumn::from_cells(words.into_iter().map(Some));
    let table = Table::new(schema, vec![Column::Real(numbers.clone()), Column::Text(words)]).unwrap();
    for &generator in generators() {
        let model = fit(generator, &table);
        let bytes = save(model.as_ref()).unwrap();
        let held = |value: &f64| {
            let wanted = value.to_le_bytes();
            bytes.windows(8).any(|w| w == wanted)
        };
        // All rows but those at the edges of bins, where a bin of two rows has a knot on each.
        let share = numbers.iter().step_by(20).filter(|v| held(v)).count() as f64 / 100.0;
        let says = model.summary().holds_rows;
        if generator.name() == "smote" {
            assert!(share == 1.0 && says);
        } else {
            // A bootstrap holds the rows as states: exact values are not in it, rows are.
            assert!(share < 0.1, "{}: {share}", generator.name());
            assert_eq!(says, generator.name() == "bootstrap");
        }
    }
}

/// Ten rows are the fewest there may be; every type of column, and a target.
#[test]
fn ten_rows_are_enough() {
    let table = table(10);
    for &generator in generators() {
        let made = rows(fit(generator, &table).as_ref(), 0..200);
        assert_eq!(made.rows(), 200, "{}", generator.name());
    }
}
