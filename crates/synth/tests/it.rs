//! The promises every generator makes, on made-up tables of every type.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "it/asks.rs"]
mod asks;
#[path = "it/baselines.rs"]
mod baselines;
#[path = "it/codecs.rs"]
mod codecs;
#[path = "it/completing.rs"]
mod completing;
#[path = "it/constraints.rs"]
mod constraints;
#[path = "it/density.rs"]
mod density;
#[path = "it/given.rs"]
mod given;
#[path = "it/order.rs"]
mod order;

use plenish_synth::{
    Ask, Generator, Header, Model, Preset, Provenance, Settings, generator, generators, inspect, open, save, save_with,
};
use plenish_table::{
    Column, ColumnSchema, ColumnType, Condition, Context, MISSING_INTEGER, Role, Schema, Seed, Table, TextColumn,
};
use proptest::prelude::*;

/// A table of every type in which `income` follows from `age` and `job`, `day` from `job`, and
/// `bonus` is missing for one job.
fn table(rows: usize) -> Table {
    let seed = Seed::new(9).derive("test table");
    let mut stream = seed.stream(0, 0);
    let (mut age, mut job, mut income, mut day, mut at, mut bonus, mut member, mut height) =
        (vec![], vec![], vec![], vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..rows {
        let a = 18 + stream.below(50) as i64;
        let j = stream.below(4);
        age.push(a);
        job.push(["clerk", "nurse", "smith", "miner"][j as usize]);
        let odds = 0.05 + 0.9 * f64::from(u8::from(a > 40 && j > 1));
        income.push(if stream.uniform() < odds { "high" } else { "low" });
        day.push(15_000 + (j * 100 + stream.below(100)) as i32);
        at.push((1_600_000_000 + stream.below(10_000) as i64 * 3600) * 1_000_000);
        bonus.push(if j == 0 {
            MISSING_INTEGER
        } else {
            (stream.below(40) * 50) as i64
        });
        member.push(u8::from(stream.uniform() < 0.3));
        height.push(((stream.uniform() * 4000.0).round() + 15_000.0) / 100.0);
    }
    let mut columns = vec![
        ColumnSchema::new("age", ColumnType::Integer),
        ColumnSchema::new("job", ColumnType::Text),
        ColumnSchema {
            role: Role::Target,
            ..ColumnSchema::new("income", ColumnType::Text)
        },
        ColumnSchema::new("day", ColumnType::Date),
        ColumnSchema::new("at", ColumnType::Timestamp),
        ColumnSchema {
            missing: true,
            ..ColumnSchema::new("bonus", ColumnType::Integer)
        },
        ColumnSchema::new("member", ColumnType::Boolean),
        ColumnSchema {
            decimals: Some(2),
            ..ColumnSchema::new("height", ColumnType::Real)
        },
    ];
    columns[1].role = Role::Protected;
    let text = |cells: &[&str]| Column::Text(TextColumn::from_cells(cells.iter().map(|c| Some(*c))));
    Table::new(
        Schema::new(columns).unwrap(),
        vec![
            Column::Integer(age),
            text(&job),
            text(&income),
            Column::Date(day),
            Column::Timestamp(at),
            Column::Integer(bonus),
            Column::Boolean(member),
            Column::Real(height),
        ],
    )
    .unwrap()
}

fn fast() -> Settings {
    Settings {
        preset: Preset::Fast,
        ..Settings::default()
    }
}

fn fit(generator: &dyn Generator, table: &Table) -> Box<dyn Model> {
    generator
        .fit(table, &fast(), &Seed::new(1), &Context::silent())
        .unwrap()
}

fn rows(model: &dyn Model, units: std::ops::Range<u64>) -> Table {
    model
        .generate(&Ask::default(), units, &Seed::new(1), &Context::silent())
        .unwrap()
}

fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap()
        .install(work)
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let table = table(3000);
    for &generator in generators() {
        let made: Vec<(Vec<u8>, Table)> = [1, 2, 8]
            .into_iter()
            .map(|threads| {
                on_threads(threads, || {
                    let model = fit(generator, &table);
                    let made = rows(model.as_ref(), 0..5000);
                    (save(model.as_ref()).unwrap(), made)
                })
            })
            .collect();
        assert!(made[0] == made[1] && made[0] == made[2], "{}", generator.name());
    }
}

#[test]
fn any_range_equals_that_slice_of_the_whole() {
    let table = table(1500);
    for &generator in generators() {
        let model = fit(generator, &table);
        let whole = rows(model.as_ref(), 0..10_000);
        for (start, end) in [(1000, 2000), (4095, 4097), (0, 1), (9999, 10_000), (7, 7)] {
            let wanted: Vec<u32> = (start..end).collect();
            assert_eq!(
                rows(model.as_ref(), start.into()..end.into()),
                whole.take(&wanted),
                "{}",
                generator.name()
            );
        }
    }
}

/// Relations: the share of "high" among older smiths and miners is 0.95, among all others 0.05.
#[test]
fn the_chain_keeps_relations_that_independent_columns_lose() {
    let table = table(4000);
    let share = |made: &Table| {
        let condition = Condition::parse("age > 40 and job in ('smith', 'miner')", made.schema()).unwrap();
        let high = Condition::parse("income = 'high'", made.schema()).unwrap();
        let (a, b) = (condition.mask(made).unwrap(), high.mask(made).unwrap());
        let all = a.iter().filter(|x| **x).count();
        a.iter().zip(&b).filter(|(x, y)| **x && **y).count() as f64 / all as f64
    };
    let chain = share(&rows(fit(generator("chain").unwrap(), &table).as_ref(), 0..4000));
    let floor = share(&rows(fit(generator("independent").unwrap(), &table).as_ref(), 0..4000));
    assert!(chain > 0.88, "{chain}");
    assert!(floor < 0.45, "{floor}");
}

#[test]
fn values_lie_on_the_columns_grid_and_in_its_range() {
    let table = table(2000);
    for &generator in generators() {
        let made = rows(fit(generator, &table).as_ref(), 0..4000);
        let numbers = |name: &str| made.by_name(name).unwrap().numbers();
        assert!(
            numbers("bonus")
                .iter()
                .filter(|v| !v.is_nan())
                .all(|v| v % 50.0 == 0.0 && (0.0..=1950.0).contains(v))
        );
        assert!(numbers("at").iter().all(|v| (v - 1.6e15) % 3.6e9 == 0.0));
        for v in numbers("height") {
            let on_grid = ((v * 100.0).round() / 100.0) == v;
            assert!(on_grid && (150.0..=190.0).contains(&v), "{}: {v}", generator.name());
        }
        let missing = made.by_name("bonus").unwrap().missing_count() as f64 / 4000.0;
        assert!((missing - 0.25).abs() < 0.04, "{missing}");
    }
}

#[test]
fn conditions_hold_in_every_row_and_leave_the_rest_of_the_distribution_alone() {
    let table = table(4000);
    let model = fit(generator("chain").unwrap(), &table);
    for text in [
        "income = 'high' and job = 'miner'",
        "job in ('clerk', 'nurse')",
        "income != 'low'",
    ] {
        let ask = Ask::under(Condition::parse(text, table.schema()).unwrap());
        let made = model
            .generate(&ask, 0..5000, &Seed::new(2), &Context::silent())
            .unwrap();
        assert!(ask.condition.mask(&made).unwrap().iter().all(|held| *held), "{text}");
        // The ages of rows made under a condition are those of the unconditional rows that meet it.
        let free = rows(model.as_ref(), 0..60_000);
        let kept: Vec<u32> = ask
            .condition
            .mask(&free)
            .unwrap()
            .iter()
            .enumerate()
            .filter(|(_, k)| **k)
            .map(|(i, _)| i as u32)
            .collect();
        let mean = |t: &Table| t.by_name("age").unwrap().numbers().iter().sum::<f64>() / t.rows() as f64;
        // 15 years of spread over at least 3,000 rows each: 4 standard errors are 1.5 years.
        assert!((mean(&made) - mean(&free.take(&kept))).abs() < 1.5, "{text}");
    }
}

#[test]
fn ranges_are_exact_conditions_on_numbers_at_the_head() {
    let table = table(3000);
    let settings = Settings {
        condition_on: vec!["height".into(), "age".into()],
        ..fast()
    };
    let model = generator("chain")
        .unwrap()
        .fit(&table, &settings, &Seed::new(1), &Context::silent())
        .unwrap();
    for text in [
        "height between 160.5 and 160.75 and age >= 60",
        "age = 33 and height < 151",
        "height > 189.5",
    ] {
        let ask = Ask::under(Condition::parse(text, table.schema()).unwrap());
        let made = model.generate(&ask, 0..500, &Seed::new(3), &Context::silent()).unwrap();
        assert!(ask.condition.mask(&made).unwrap().iter().all(|held| *held), "{text}");
    }
}

/// Rare words share a state; a condition on them chooses among its members, never outside them.
#[test]
fn conditions_choose_among_rare_words() {
    let words: Vec<String> = (0..400)
        .map(|i| {
            if i % 20 == 0 {
                format!("rare {}", i / 40)
            } else {
                "common".to_owned()
            }
        })
        .collect();
    let schema = ColumnSchema {
        role: Role::Target,
        ..ColumnSchema::new("word", ColumnType::Text)
    };
    let cells = TextColumn::from_cells(words.iter().map(|w| Some(w.as_str())));
    let table = Table::new(Schema::new(vec![schema]).unwrap(), vec![Column::Text(cells)]).unwrap();
    for &generator in generators() {
        let model = fit(generator, &table);
        for text in [
            "word != 'common' and word != 'rare 0' and word != 'rare 1'",
            "word between 'rare 2' and 'rare 4'",
        ] {
            let ask = Ask::under(Condition::parse(text, table.schema()).unwrap());
            let made = model
                .generate(&ask, 0..2000, &Seed::new(1), &Context::silent())
                .unwrap();
            assert!(ask.condition.mask(&made).unwrap().iter().all(|held| *held), "{text}");
        }
        let none = Condition::parse("word > 'rare 3' and word < 'rare 3'", table.schema()).unwrap();
        assert!(
            model
                .generate(&Ask::under(none), 0..10, &Seed::new(1), &Context::silent())
                .is_err()
        );
    }
}

#[test]
fn impossible_conditions_say_why() {
    let table = table(500);
    let model = fit(generator("chain").unwrap(), &table);
    let fails = |text: &str| {
        let ask = Ask::under(Condition::parse(text, table.schema()).unwrap());
        model
            .generate(&ask, 0..10, &Seed::new(1), &Context::silent())
            .unwrap_err()
            .to_string()
    };
    assert!(
        fails("income = 'none'").contains("no row can satisfy"),
        "{}",
        fails("income = 'none'")
    );
}

#[test]
fn a_model_file_is_read_back_as_the_same_model() {
    let table = table(800);
    for &generator in generators() {
        let model = fit(generator, &table);
        let bytes = save(model.as_ref()).unwrap();
        let read = open(&bytes).unwrap();
        assert_eq!(rows(read.as_ref(), 0..300), rows(model.as_ref(), 0..300));
        assert_eq!(save(read.as_ref()).unwrap(), bytes);
    }
}

#[test]
fn damaged_and_foreign_model_files_are_refused() {
    let table = table(200);
    let bytes = save(fit(generator("chain").unwrap(), &table).as_ref()).unwrap();
    let mut stream = Seed::new(5).stream(0, 0);
    for _ in 0..300 {
        let mut changed = bytes.clone();
        let at = stream.below(bytes.len() as u64) as usize;
        changed[at] ^= 1 << stream.below(8);
        assert!(open(&changed).is_err(), "a changed bit in byte {at} was not noticed");
        assert!(open(&bytes[..at]).is_err(), "a file cut at byte {at} was not noticed");
    }
    let mut newer = bytes;
    newer[8] = 99;
    assert!(open(&newer).unwrap_err().to_string().contains("version 99"));
    assert!(
        open(b"age,job\n")
            .unwrap_err()
            .to_string()
            .contains("not a Plenish model file")
    );
}

/// What a model is can be told from the first bytes alone, and is the same as what the model says.
#[test]
fn the_header_tells_what_a_model_is() {
    let model = fit(generator("chain").unwrap(), &table(300));
    let provenance = Provenance {
        program: "plenish test".to_owned(),
        seed: Some(1),
        preset: Some(Preset::Fast),
        fitted: Some("2024-01-31T10:00:00Z".to_owned()),
    };
    let bytes = save_with(model.as_ref(), &provenance).unwrap();
    let mut reader = &bytes[..];
    let header = Header::read(&mut reader).unwrap();
    assert_eq!(header.body_bytes as usize, reader.len(), "the body is left unread");
    assert_eq!(
        (&header.summary, &header.schema, &header.provenance),
        (&model.summary(), model.schema(), &provenance)
    );
    assert_eq!(inspect(&bytes).unwrap(), header);
    let bare = inspect(&save(model.as_ref()).unwrap()).unwrap();
    assert_eq!(bare.checksum, header.checksum, "the checksum is the model's alone");
    for end in 0..bytes.len() - reader.len() {
        assert!(Header::read(&mut &bytes[..end]).is_err(), "cut at {end}");
    }
}

/// Files of an earlier version are refused with what to do: this one was written by version 1.
#[test]
fn model_files_of_version_1_are_refused_clearly() {
    let error = open(include_bytes!("format-1.plenish")).unwrap_err().to_string();
    assert_eq!(
        error,
        "is a model file of version 1; this program reads version 3; an older release made it: fit the model again, or \
         generate with that release"
    );
}

#[test]
fn odd_tables_work_or_say_why_not() {
    let one = |column: Column, rows: usize| {
        let mut schema = ColumnSchema::new("x", column.kind());
        schema.missing = column.missing_count() > 0;
        assert_eq!(column.len(), rows);
        Table::new(Schema::new(vec![schema]).unwrap(), vec![column]).unwrap()
    };
    let words: Vec<String> = (0..20_000).map(|i| format!("word {i}")).collect();
    for &generator in generators() {
        for table in [
            one(Column::Integer(vec![7; 50]), 50),
            one(Column::all_missing(ColumnType::Real, 50), 50),
            one(Column::Real([f64::MAX, f64::MIN, 0.0, 1e-300].repeat(10)), 40),
            one(Column::Integer((0..400).map(|i| i64::MAX - i).collect()), 400),
            one(
                Column::Text(TextColumn::from_cells(words.iter().map(|w| Some(w.as_str())))),
                20_000,
            ),
        ] {
            let made = rows(fit(generator, &table).as_ref(), 0..100);
            assert_eq!(made.rows(), 100);
        }
        let short = one(Column::Integer(vec![1; 1]), 1);
        let error = generator
            .fit(&short, &fast(), &Seed::new(1), &Context::silent())
            .unwrap_err()
            .to_string();
        assert!(error.contains("the table has 1 row;"), "{error}");
    }
}

/// Nobody's own value: a text that occurs once is only ever drawn from the shared rare state, and
/// the largest number of a heavy tail is not shown.
#[test]
fn the_extreme_of_a_heavy_tail_is_not_shown() {
    let numbers: Vec<i64> = (0..4000_i64).map(|i| i * i * i).collect();
    let largest = numbers[3999];
    let table = Table::new(
        Schema::new(vec![ColumnSchema::new("x", ColumnType::Integer)]).unwrap(),
        vec![Column::Integer(numbers)],
    )
    .unwrap();
    let made = rows(fit(generator("chain").unwrap(), &table).as_ref(), 0..20_000);
    assert!(made.column(0).numbers().iter().all(|v| *v < largest as f64));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Any small table of numbers, words and gaps can be learned from, and comes back in its schema.
    #[test]
    fn no_table_makes_a_generator_panic(
        cells in proptest::collection::vec((proptest::option::of(-5_i64..5), proptest::option::of("[ab]{0,2}"), any::<f32>()), 10..60),
    ) {
        let numbers = cells.iter().map(|c| c.0.unwrap_or(MISSING_INTEGER)).collect();
        let reals = cells.iter().map(|c| if c.2.is_finite() { f64::from(c.2) } else { f64::NAN }).collect();
        let words = TextColumn::from_cells(cells.iter().map(|c| c.1.as_deref()));
        let schema = Schema::new(vec![
            ColumnSchema { missing: true, ..ColumnSchema::new("n", ColumnType::Integer) },
            ColumnSchema { missing: true, ..ColumnSchema::new("w", ColumnType::Text) },
            ColumnSchema { missing: true, ..ColumnSchema::new("r", ColumnType::Real) },
        ]).unwrap();
        let table = Table::new(schema, vec![Column::Integer(numbers), Column::Text(words), Column::Real(reals)]).unwrap();
        for &generator in generators() {
            let made = rows(fit(generator, &table).as_ref(), 0..50);
            prop_assert_eq!(made.schema(), table.schema());
            prop_assert_eq!(made.rows(), 50);
        }
    }
}
