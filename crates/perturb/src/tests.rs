//! What the steps promise, on random tables.

use crate::{Calendar, Inputs, Nearest, Question, Step, Unit, measure, perturb};
use plenish_evaluate::nearest_distances;
use plenish_table::{
    Column, ColumnSchema, ColumnType, Constraint, Context, MISSING_DATE, MISSING_INTEGER, Schema, Seed, Table,
    TextColumn,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A column of every type, with missing cells; `low` and `high` are at most and at least `n`.
fn table(rows: u64, seed: u64) -> Table {
    let mut stream = Seed::new(seed).derive("table").stream(0, 0);
    let (mut n, mut x, mut w, mut b, mut d, mut t, mut high) = (vec![], vec![], vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..rows {
        let missing = stream.below(10) == 0;
        let number = stream.below(50) as i64;
        n.push(if missing { MISSING_INTEGER } else { number });
        high.push(number + stream.below(3) as i64);
        x.push(if stream.below(10) == 0 {
            f64::NAN
        } else {
            (stream.uniform() * 1000.0).round() / 100.0
        });
        w.push(["red", "green", "blue", "rare"].get(stream.below(5) as usize).copied());
        b.push(stream.below(3) as u8);
        d.push(if missing {
            MISSING_DATE
        } else {
            stream.below(20_000) as i32
        });
        t.push(stream.below(1 << 50) as i64);
    }
    let kinds = [
        ("n", ColumnType::Integer),
        ("high", ColumnType::Integer),
        ("x", ColumnType::Real),
        ("w", ColumnType::Text),
        ("b", ColumnType::Boolean),
        ("d", ColumnType::Date),
        ("t", ColumnType::Timestamp),
    ];
    let mut columns = kinds.map(|(name, kind)| ColumnSchema::new(name, kind)).to_vec();
    columns[2].decimals = Some(2);
    Table::new(
        Schema::new(columns).unwrap(),
        vec![
            Column::Integer(n),
            Column::Integer(high),
            Column::Real(x),
            Column::Text(TextColumn::from_cells(w)),
            Column::Boolean(b),
            Column::Date(d),
            Column::Timestamp(t),
        ],
    )
    .unwrap()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| (*n).to_owned()).collect()
}

fn after(synthetic: &Table, real: &Table, step: &Step, seed: u64) -> Table {
    perturb(
        synthetic,
        real,
        std::slice::from_ref(step),
        &[],
        &Seed::new(seed),
        &Context::silent(),
    )
    .unwrap()
    .table
}

/// How often each combination of values of `columns` occurs.
fn counts(table: &Table, columns: &[&str]) -> BTreeMap<Vec<String>, usize> {
    let mut out = BTreeMap::new();
    for row in 0..table.rows() {
        let key = columns
            .iter()
            .map(|c| format!("{:?}", table.by_name(c).unwrap().value(row)))
            .collect();
        *out.entry(key).or_insert(0) += 1;
    }
    out
}

fn differing(a: &Table, b: &Table, column: &str) -> usize {
    let (a, b) = (a.by_name(column).unwrap(), b.by_name(column).unwrap());
    (0..a.len()).filter(|&row| a.value(row) != b.value(row)).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What a column holds stays; columns of one step move together; exactly the share of rows, down to an even number,
    /// is in pairs (each row has a value of its own here, so a swapped row shows).
    #[test]
    fn swapping_keeps_marginals_and_swaps_the_share(rows in 2_u64..200, share in 0.01_f64..1.0, seed: u64) {
        let mut made = table(rows, seed);
        let mut columns = made.columns().to_vec();
        columns[0] = Column::Integer((0..rows as i64).collect());
        made = Table::new(made.shared_schema(), columns).unwrap();
        let step = Step::Swap { columns: names(&["n", "w"]), share };
        let changed = after(&made, &made, &step, seed);
        prop_assert_eq!(counts(&changed, &["n", "w"]), counts(&made, &["n", "w"]));
        prop_assert_eq!(counts(&changed, &["x", "b", "d", "t"]), counts(&made, &["x", "b", "d", "t"]));
        let pairs = (rows as f64 * share / 2.0 + 1e-9).floor() as usize;
        prop_assert_eq!(differing(&made, &changed, "n"), 2 * pairs);
        prop_assert_eq!(differing(&made, &changed, "t"), 0);
    }

    /// No combination is left that fewer real rows have, and none is lost that enough have; real rows are on the same
    /// grid as rounded ones.
    #[test]
    fn no_rare_combination_is_left(rows in 5_u64..150, least in 2_usize..6, unit in 1_u8..30, seed: u64) {
        let (made, real) = (table(rows, seed), table(2 * rows, seed ^ 1));
        let round = Step::Round { columns: names(&["n"]), unit: Unit::Number(f64::from(unit)) };
        let suppress = Step::Suppress { columns: names(&["n", "w"]), fewer_than: least };
        let on_grid = counts(&after(&real, &real, &round, 1), &["n", "w"]);
        let expected: BTreeMap<_, _> = counts(&after(&made, &real, &round, 1), &["n", "w"])
            .into_iter()
            .filter(|(key, _)| on_grid.get(key).is_some_and(|count| *count >= least))
            .collect();
        let found = perturb(&made, &real, &[round, suppress], &[], &Seed::new(seed), &Context::silent());
        match found {
            Ok(found) => prop_assert_eq!(counts(&found.table, &["n", "w"]), expected),
            Err(error) => {
                prop_assert!(expected.is_empty());
                prop_assert!(error.to_string().contains("leaves no row"), "{}", error);
            }
        }
    }

    /// Rounded numbers are multiples, no further than half of one away; times are whole hours at or before what they were.
    #[test]
    fn rounding_leaves_a_grid(rows in 1_u64..100, whole in 1_i64..40, seed: u64) {
        let made = table(rows, seed);
        let changed = perturb(
            &made,
            &made,
            &[
                Step::Round { columns: names(&["n"]), unit: Unit::Number(whole as f64) },
                Step::Round { columns: names(&["x"]), unit: Unit::Number(0.05) },
                Step::Round { columns: names(&["t"]), unit: Unit::Calendar(Calendar::Hour) },
                Step::Round { columns: names(&["d"]), unit: Unit::Calendar(Calendar::Month) },
            ],
            &[],
            &Seed::new(1),
            &Context::silent(),
        ).unwrap().table;
        prop_assert_eq!(changed.schema(), made.schema());
        for row in 0..made.rows() {
            let of = |table: &Table, name: &str| table.by_name(name).unwrap().number(row);
            match (of(&made, "n"), of(&changed, "n")) {
                (Some(a), Some(b)) => {
                    prop_assert_eq!(b % whole as f64, 0.0);
                    prop_assert!(2.0 * (a - b).abs() <= whole as f64);
                }
                (a, b) => prop_assert_eq!(a, b),
            }
            if let (Some(a), Some(b)) = (of(&made, "x"), of(&changed, "x")) {
                prop_assert_eq!((b * 20.0).round() / 20.0, b);
                prop_assert!((a - b).abs() <= 0.025 + 1e-9);
            }
            if let (Some(a), Some(b)) = (of(&made, "t"), of(&changed, "t")) {
                prop_assert!(b % 3.6e9 == 0.0 && (0.0..3.6e9).contains(&(a - b)));
            }
            if let (Some(a), Some(b)) = (of(&made, "d"), of(&changed, "d")) {
                prop_assert_eq!(plenish_table::calendar(b as i32).1, 1);
                prop_assert!((0.0..31.0).contains(&(a - b)));
            }
        }
    }

    /// Types, missing cells and bounds stay; the same seed gives the same rows, another one others.
    #[test]
    fn noise_keeps_types_missing_cells_and_bounds(rows in 30_u64..100, strength in 0.05_f64..1.0, seed: u64) {
        let made = table(rows, seed);
        let all = names(&["n", "x", "w", "b", "d", "t"]);
        let step = Step::Noise { columns: all.clone(), strength };
        let changed = after(&made, &made, &step, seed);
        // Column by column: a missing real number equals no other.
        let gaps = |other: Table| all.iter().map(|name| differing(&changed, &other, name)).sum::<usize>();
        prop_assert_eq!(gaps(after(&made, &made, &step, seed)), 0);
        prop_assert_ne!(gaps(after(&made, &made, &step, seed ^ 1)), 0);
        prop_assert_eq!(changed.schema(), made.schema());
        prop_assert_eq!(differing(&made, &changed, "high"), 0);
        for name in &all {
            let (old, new) = (made.by_name(name).unwrap(), changed.by_name(name).unwrap());
            let ends = |column: &Column| {
                (0..column.len())
                    .filter_map(|row| column.number(row))
                    .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)))
            };
            prop_assert!(ends(old).0 <= ends(new).0 && ends(new).1 <= ends(old).1, "{}", name);
            for row in 0..made.rows() {
                prop_assert_eq!(old.is_missing(row), new.is_missing(row));
            }
            if let (Column::Real(new), true) = (new, name == "x") {
                prop_assert!(new.iter().all(|v| v.is_nan() || (v * 100.0).round() / 100.0 == *v));
            }
        }
    }

    /// Exactly the share goes, the nearest first; with a distance, all that are nearer and nothing else.
    #[test]
    fn the_nearest_rows_go(rows in 10_u64..120, share in 0.01_f64..0.9, seed: u64) {
        let (made, real) = (table(rows, seed), table(60, seed ^ 1));
        let distances = nearest_distances(&real, &made, &Context::silent()).unwrap();
        let mut sorted = distances.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let gone = (rows as f64 * share + 1e-9) as usize;
        let left = after(&made, &real, &Step::DropNearest(Nearest::Share(share)), seed);
        prop_assert_eq!(left.rows(), made.rows() - gone);
        let mut kept = nearest_distances(&real, &left, &Context::silent()).unwrap();
        kept.sort_unstable_by(f64::total_cmp);
        prop_assert_eq!(&kept, &sorted[gone..]);
        let limit = sorted[sorted.len() / 2];
        if limit > 0.0 {
            let left = after(&made, &real, &Step::DropNearest(Nearest::Distance(limit)), seed);
            prop_assert_eq!(left.rows(), sorted.iter().filter(|d| **d >= limit).count());
        }
    }

    /// A rule that held holds after every step, also between columns of which one was changed.
    #[test]
    fn rules_that_hold_still_do(rows in 10_u64..100, seed: u64) {
        let made = table(rows, seed);
        let rule = Constraint::parse("n <= high", made.schema()).unwrap();
        let broken = |table: &Table| rule.broken(table, None).unwrap().into_iter().filter(|b| *b).count();
        prop_assert_eq!(broken(&made), 0);
        for step in [
            Step::Noise { columns: names(&["n"]), strength: 0.3 },
            Step::Swap { columns: names(&["high"]), share: 1.0 },
            Step::Round { columns: names(&["n"]), unit: Unit::Number(7.0) },
        ] {
            let changed = perturb(&made, &made, &[step], std::slice::from_ref(&rule), &Seed::new(seed), &Context::silent()).unwrap();
            prop_assert_eq!(broken(&changed.table), 0);
            if changed.outcomes[0].step.starts_with("swap") {
                prop_assert_eq!(counts(&changed.table, &["high"]), counts(&made, &["high"]));
            }
        }
    }
}

/// Of 20,000 cells about the share changes that randomised response says, and noise has the standard deviation that its
/// step says; the seed is fixed.
#[test]
fn noise_is_as_strong_as_it_says() {
    let made = table(20_000, 3);
    let step = Step::Noise {
        columns: names(&["w", "b"]),
        strength: 0.2,
    };
    let changed = after(&made, &made, &step, 1);
    let share = |column: &str| {
        let of = made.by_name(column).unwrap();
        differing(&made, &changed, column) as f64 / (of.len() - of.missing_count()) as f64
    };
    // A replaced cell is what it was once in four (two) times.
    assert!((share("w") - 0.15).abs() < 0.01, "{}", share("w"));
    assert!((share("b") - 0.10).abs() < 0.01, "{}", share("b"));
    // Evenly spread from 0 to 2^50: nine tenths of it lie between the quantiles.
    let step = Step::Noise {
        columns: names(&["t"]),
        strength: 0.01,
    };
    let changed = after(&made, &made, &step, 1);
    let (old, new) = (made.by_name("t").unwrap(), changed.by_name("t").unwrap());
    let square: f64 = (0..made.rows())
        .map(|row| (old.number(row).unwrap() - new.number(row).unwrap()).powi(2))
        .sum::<f64>()
        / made.rows() as f64;
    let expected = 0.01 * 0.9 * (1_u64 << 50) as f64;
    assert!(
        (square.sqrt() / expected - 1.0).abs() < 0.03,
        "{}",
        square.sqrt() / expected
    );
}

#[test]
fn steps_that_cannot_be_taken_say_why() {
    let made = table(50, 1);
    let noise = |columns: &[&str], strength| Step::Noise {
        columns: names(columns),
        strength,
    };
    let round = |columns: &[&str], unit| Step::Round {
        columns: names(columns),
        unit,
    };
    let swap = |share| Step::Swap {
        columns: names(&["n"]),
        share,
    };
    for (step, told) in [
        (noise(&["nobody"], 0.1), "no such column"),
        (noise(&["n", "n"], 0.1), "twice"),
        (noise(&[], 0.1), "no column"),
        (noise(&["n"], 0.0), "strength is 0"),
        (noise(&["w"], 1.5), "probability"),
        (noise(&["n"], f64::NAN), "strength"),
        (round(&["w"], Unit::Number(1.0)), "texts are not rounded"),
        (round(&["n"], Unit::Number(2.5)), "whole numbers"),
        (round(&["x"], Unit::Number(0.001)), "digits after the point"),
        (
            round(&["d"], Unit::Calendar(Calendar::Hour)),
            "no hour to be rounded to",
        ),
        (round(&["t"], Unit::Number(10.0)), "dates and times"),
        (swap(0.0), "share is 0"),
        (swap(1.1), "share is 1.1"),
        (
            Step::Suppress {
                columns: names(&["n"]),
                fewer_than: 1,
            },
            "at least 2",
        ),
        (
            Step::Suppress {
                columns: names(&["t"]),
                fewer_than: 2,
            },
            "leaves no row",
        ),
        (Step::DropNearest(Nearest::Share(1.0)), "share is 1"),
        (Step::DropNearest(Nearest::Distance(-0.1)), "distance is -0.1"),
    ] {
        let error = perturb(
            &made,
            &made,
            std::slice::from_ref(&step),
            &[],
            &Seed::new(1),
            &Context::silent(),
        );
        let error = error.unwrap_err().to_string();
        assert!(error.contains(told), "{step}: {error}");
    }
    assert!(perturb(&made, &made, &[], &[], &Seed::new(1), &Context::silent()).is_err());
}

/// Copies of the training rows: with a model, attacks and fidelity side by side. Leaving out what is near stops the
/// copy, and strong noise ruins both the copy and the fidelity.
#[test]
fn the_effect_of_steps_on_copies_is_measured() {
    let tables = [table(400, 1), table(400, 2)].map(|made| made.select(&[0, 1, 2, 3]));
    let [train, holdout] = &tables;
    let cx = Context::silent();
    let step = Step::Noise {
        columns: names(&["n", "high", "x", "w"]),
        strength: 0.8,
    };
    let after = after(train, train, &step, 1);
    let inputs = Inputs {
        train,
        holdout,
        before: train,
        after: &after,
    };
    let question = Question {
        target: Some("n".to_owned()),
        attacked: 300,
        ..Question::default()
    };
    let effect = measure(&inputs, &question, &Seed::new(1), &cx).unwrap();
    assert_eq!(effect.attacked, [300, 300]);
    let of = |name: &str| {
        let change = effect
            .changes
            .iter()
            .find(|c| c.name == name)
            .unwrap_or_else(|| panic!("no {name}"));
        (change.before.unwrap().value, change.after.unwrap().value)
    };
    let (before, after) = of("membership, distance (AUC)");
    assert!(before > 0.95 && after < 0.65, "{before} to {after}");
    let (before, after) = of("rows that equal a training row");
    assert!(before == 1.0 && after < 0.1, "{before} to {after}");
    let (before, after) = of("R squared predicting n");
    assert!(before > 0.9 && after < 0.7, "{before} to {after}");
    let (before, after) = of("agreement of pairs");
    assert!(before > after, "{before} to {after}");
    assert_eq!(effect, measure(&inputs, &question, &Seed::new(1), &cx).unwrap());
}
