//! Order between columns, in every row, under whatever else is asked.

use crate::asks::{fails, holds, make, under};
use crate::{fast, table};
use plenish_synth::{Ask, Inequality, Model, Settings, generator};
use plenish_table::{Column, ColumnSchema, ColumnType, Context, MISSING_INTEGER, Schema, Seed, Table};
use proptest::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// Start and end of stays, an age between two others, all with gaps.
fn ordered_table(rows: usize, strict: bool) -> Table {
    let mut stream = Seed::new(8).stream(0, 0);
    let mut columns: [Vec<i64>; 4] = Default::default();
    for _ in 0..rows {
        let start = stream.below(300) as i64;
        let stop = start + i64::from(strict) + stream.below(30) as i64 * stream.below(4) as i64;
        let paid = stop + i64::from(strict) + stream.below(100) as i64;
        let gap = stream.below(8);
        columns[0].push(if gap == 0 { MISSING_INTEGER } else { start });
        columns[1].push(if gap == 1 { MISSING_INTEGER } else { stop });
        columns[2].push(paid);
        columns[3].push(stream.below(3) as i64);
    }
    let schema = ["start", "stop", "paid", "kind"].map(|n| ColumnSchema {
        missing: true,
        ..ColumnSchema::new(n, ColumnType::Integer)
    });
    Table::new(
        Schema::new(schema.to_vec()).unwrap(),
        columns.map(Column::Integer).to_vec(),
    )
    .unwrap()
}

fn in_order(strict: bool) -> Vec<Inequality> {
    [("start", "stop"), ("stop", "paid"), ("start", "paid")]
        .map(|(low, high)| Inequality {
            low: low.into(),
            high: high.into(),
            strict,
        })
        .to_vec()
}

fn broken(made: &Table, strict: bool) -> usize {
    let numbers = |name: &str| made.by_name(name).unwrap().numbers();
    let pairs = in_order(strict)
        .into_iter()
        .flat_map(|i| numbers(&i.low).into_iter().zip(numbers(&i.high)).collect::<Vec<_>>());
    pairs.filter(|(a, b)| if strict { a >= b } else { a > b }).count()
}

/// Order between columns holds in every row: free, under conditions on either end, and with given cells.
#[test]
fn inequalities_hold_in_every_row() {
    for strict in [false, true] {
        let whole = ordered_table(1500, strict);
        for condition_on in [vec![], vec!["paid".to_owned()], vec!["stop".to_owned()]] {
            let settings = Settings {
                inequalities: in_order(strict),
                condition_on,
                ..fast()
            };
            let chain = generator("chain").unwrap();
            let model = chain.fit(&whole, &settings, &Seed::new(1), &Context::silent()).unwrap();
            let model = plenish_synth::open(&plenish_synth::save(model.as_ref()).unwrap()).unwrap();
            let made = make(model.as_ref(), &Ask::default(), 0..12_000);
            assert_eq!(broken(&made, strict), 0);
            assert!(made.by_name("start").unwrap().missing_count() > 1000);
            let middle: Vec<u32> = (4000..4200).collect();
            assert_eq!(make(model.as_ref(), &Ask::default(), 4000..4200), made.take(&middle));
            for text in [
                "paid < 60",
                "start > 250",
                "stop between 100 and 110 and paid > 180",
                "start is missing and paid < 90",
                "stop > 290 and kind = 1",
            ] {
                let ask = under(model.as_ref(), text);
                let made = make(model.as_ref(), &ask, 0..600);
                assert!(holds(&ask, &made), "{text}");
                assert_eq!(broken(&made, strict), 0, "{text}");
            }
            for text in ["start > 200 and paid < 150", "stop > 100 and paid < 90"] {
                let error = fails(model.as_ref(), &under(model.as_ref(), text));
                assert!(
                    error.contains("no row can satisfy") && error.contains("paid"),
                    "{text}: {error}"
                );
                assert!(error.contains("the model keeps st"), "{text}: {error}");
            }
            // A given end bounds the start, wherever it is in the chain.
            let ends = Column::Integer((0..600).map(|i| 30 + i % 250).collect());
            let given = Table::new(
                Schema::new(vec![ColumnSchema::new("paid", ColumnType::Integer)]).unwrap(),
                vec![ends],
            );
            let ask = Ask {
                given: Some(Arc::new(given.unwrap())),
                ..Ask::default()
            };
            assert_eq!(broken(&make(model.as_ref(), &ask, 0..600), strict), 0);
        }
        let settings = Settings {
            inequalities: vec![Inequality {
                low: "paid".into(),
                high: "start".into(),
                strict,
            }],
            ..fast()
        };
        let error = generator("chain")
            .unwrap()
            .fit(&whole, &settings, &Seed::new(1), &Context::silent())
            .unwrap_err();
        assert!(error.to_string().contains("does not hold in"), "{error}");
    }
}

#[test]
fn inequalities_that_make_no_sense_are_refused() {
    let whole = table(200);
    for (low, high, said) in [
        ("age", "wage", "there is no such column"),
        ("age", "age", "compares a column with itself"),
        ("age", "job", "needs columns with an order"),
        ("age", "day", "compares integer with date"),
    ] {
        let settings = Settings {
            inequalities: vec![Inequality {
                low: low.into(),
                high: high.into(),
                strict: false,
            }],
            ..fast()
        };
        let error = generator("chain")
            .unwrap()
            .fit(&whole, &settings, &Seed::new(1), &Context::silent())
            .unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]
    /// Whatever is asked of a small model: rows that keep it all, or an error; the same in ranges.
    #[test]
    fn every_ask_is_kept_or_refused(
        limits in proptest::collection::vec((0_usize..3, 0_usize..4, -20_i64..420), 0..4),
        given in proptest::collection::vec((proptest::option::of(0_i64..300), proptest::option::of(0_i64..330)), 40),
        with_given: bool,
        temperature in 0.3_f64..3.0,
        complete: bool,
    ) {
        let whole = ordered_table(300, false);
        let settings = Settings { inequalities: in_order(false), ..fast() };
        let model = generator("chain").unwrap().fit(&whole, &settings, &Seed::new(1), &Context::silent()).unwrap();
        let text: Vec<String> = limits.iter().map(|&(column, how, limit)| {
            format!("{} {} {limit}", ["start", "stop", "paid"][column], ["<", ">=", "!=", ">"][how])
        }).collect();
        let mut ask = if text.is_empty() { Ask::default() } else { under(model.as_ref(), &text.join(" and ")) };
        ask.temperature = temperature;
        ask.complete = complete;
        ask.clip = true;
        if with_given {
            let (starts, ends): (Vec<_>, Vec<_>) = given.iter().copied().unzip();
            let cells = |cells: Vec<Option<i64>>| {
                Column::Integer(cells.into_iter().map(|c| c.unwrap_or(MISSING_INTEGER)).collect())
            };
            let schema = ["start", "paid"].map(|n| ColumnSchema::new(n, ColumnType::Integer)).to_vec();
            ask.given = Some(Arc::new(Table::new(Schema::new(schema).unwrap(), vec![cells(starts), cells(ends)]).unwrap()));
        }
        match model.generate(&ask, 0..40, &Seed::new(1), &Context::silent()) {
            Err(error) => prop_assert!(error.kind() != plenish_table::Kind::Internal, "{error}"),
            Ok(made) => {
                prop_assert!(holds(&ask, &made));
                prop_assert_eq!(broken(&made, false), 0);
                prop_assert!(!complete || made.columns().iter().all(|c| c.missing_count() == 0));
                let middle: Vec<u32> = (10..20).collect();
                prop_assert_eq!(make_with(model.as_ref(), &ask, 10..20), made.take(&middle));
            }
        }
    }
}

fn make_with(model: &dyn Model, ask: &Ask, units: Range<u64>) -> Table {
    model.generate(ask, units, &Seed::new(1), &Context::silent()).unwrap()
}
