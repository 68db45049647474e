//! What can be asked of a chain: conditions on any columns, distributions, temperature.

use crate::{fit, on_threads, rows, table};
use plenish_synth::{Ask, Distribution, Model, generator};
use plenish_table::{Column, ColumnSchema, ColumnType, Condition, Context, Schema, Seed, Table};
use std::ops::Range;

pub(crate) fn chain(table: &Table) -> Box<dyn Model> {
    fit(generator("chain").unwrap(), table)
}

pub(crate) fn make(model: &dyn Model, ask: &Ask, units: Range<u64>) -> Table {
    model.generate(ask, units, &Seed::new(4), &Context::silent()).unwrap()
}

pub(crate) fn fails(model: &dyn Model, ask: &Ask) -> String {
    let made = model.generate(ask, 0..10, &Seed::new(4), &Context::silent());
    made.unwrap_err().to_string()
}

pub(crate) fn under(model: &dyn Model, text: &str) -> Ask {
    Ask::under(Condition::parse(text, model.schema()).unwrap())
}

pub(crate) fn holds(ask: &Ask, made: &Table) -> bool {
    ask.condition.mask(made).unwrap().iter().all(|held| *held)
}

/// The share of each value of a column.
fn shares(table: &Table, name: &str) -> std::collections::BTreeMap<String, f64> {
    let column = table.by_name(name).unwrap();
    let mut counts = std::collections::BTreeMap::new();
    for row in 0..table.rows() {
        *counts.entry(column.value(row).to_string()).or_insert(0.0) += 1.0 / table.rows() as f64;
    }
    counts
}

fn distance(a: &Table, b: &Table, name: &str) -> f64 {
    let (a, b) = (shares(a, name), shares(b, name));
    let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    keys.iter()
        .map(|k| (a.get(*k).unwrap_or(&0.0) - b.get(*k).unwrap_or(&0.0)).abs())
        .sum::<f64>()
        / 2.0
}

fn entropy(table: &Table, name: &str) -> f64 {
    -shares(table, name).values().map(|p| p * p.ln()).sum::<f64>()
}

/// Conditions on columns anywhere in the chain, of every kind of test: they hold in every row, ranges
/// are slices of the whole, and threads do not matter.
#[test]
fn conditions_on_any_column_hold() {
    let table = table(3000);
    let model = chain(&table);
    for text in [
        "height > 185.5",
        "bonus is missing and age < 30",
        "at >= '2020-11-01 00:00' and day between '2011-03-01' and '2011-09-01' and bonus in (50, 100, 150, 1900)",
        "bonus > 500 and bonus < 1000 and bonus != 700 and member = true and income = 'high'",
        "day is not missing and age not in (30, 31, 32)",
    ] {
        let ask = under(model.as_ref(), text);
        let whole = on_threads(2, || make(model.as_ref(), &ask, 0..1500));
        assert!(holds(&ask, &whole), "{text}");
        assert_eq!(on_threads(1, || make(model.as_ref(), &ask, 0..1500)), whole, "{text}");
        let middle: Vec<u32> = (700..801).collect();
        assert_eq!(make(model.as_ref(), &ask, 700..801), whole.take(&middle), "{text}");
        let seed = Seed::new(4);
        let drawing = model.prepare(&ask, &seed, &Context::silent()).unwrap();
        assert_eq!(drawing.rows(700..801, &Context::silent()).unwrap(), whole.take(&middle));
        let estimate = drawing.estimate().unwrap();
        assert!(
            estimate.probability > 0.0 && estimate.probability <= 1.0,
            "{estimate:?}"
        );
        assert!(
            estimate.effective_sample_size <= estimate.particles as f64 + 1e-9,
            "{estimate:?}"
        );
    }
}

/// What stands before the column under test follows Bayes' rule: as among the unconditional rows that
/// satisfy the condition. The estimated probability is their share.
#[test]
fn columns_before_a_condition_follow_bayes() {
    let table = table(4000);
    let model = chain(&table);
    let free = rows(model.as_ref(), 0..120_000);
    for text in ["day < '2011-03-01'", "bonus is missing", "height > 188 and age > 50"] {
        let ask = under(model.as_ref(), text);
        let mask = ask.condition.mask(&free).unwrap();
        let kept: Vec<u32> = (0..free.rows() as u32).filter(|&r| mask[r as usize]).collect();
        let kept = free.take(&kept);
        let made = make(model.as_ref(), &ask, 0..8000);
        for name in ["income", "job", "member"] {
            let distance = distance(&made, &kept, name);
            // Four standard errors of the smaller sample, and what choosing among candidates costs.
            let allowed = 0.02 + 2.0 / (kept.rows().min(8000) as f64).sqrt();
            assert!(distance < allowed, "{text}: {name} is off by {distance}, of {allowed}");
        }
        let seed = Seed::new(4);
        let estimate = model
            .prepare(&ask, &seed, &Context::silent())
            .unwrap()
            .estimate()
            .unwrap();
        let share = kept.rows() as f64 / free.rows() as f64;
        let ratio = estimate.probability / share;
        assert!((0.85..1.15).contains(&ratio), "{text}: {estimate:?}, {share}");
    }
}

/// A rare target at the end of the chain is found: the columns before it are drawn towards it.
#[test]
fn a_rare_end_is_found_by_tilting_what_comes_before() {
    let mut stream = Seed::new(3).stream(0, 0);
    let (mut columns, names) = ([vec![], vec![], vec![], vec![]], ["a", "b", "noise", "rare"]);
    for _ in 0..20_000 {
        let (x, y) = (stream.below(30) as i64, stream.below(30) as i64);
        let odds = if x >= 27 && y >= 27 { 0.8 } else { 0.0 };
        // A column of more values than the others stands behind them in the chain.
        let rare = if stream.uniform() < odds {
            1000
        } else {
            stream.below(40) as i64
        };
        for (column, value) in columns.iter_mut().zip([x, y, stream.below(30) as i64, rare]) {
            column.push(value);
        }
    }
    let schema = names.map(|n| ColumnSchema::new(n, ColumnType::Integer)).to_vec();
    let columns = columns.map(Column::Integer).to_vec();
    let model = chain(&Table::new(Schema::new(schema).unwrap(), columns).unwrap());
    let ask = under(model.as_ref(), "rare = 1000");
    let seed = Seed::new(4);
    let drawing = model.prepare(&ask, &seed, &Context::silent()).unwrap();
    let estimate = drawing.estimate().unwrap();
    assert!(
        !estimate.exact && (0.002..0.02).contains(&estimate.probability),
        "{estimate:?}"
    );
    // Without the tilt candidates would be worth a hundredth of their number.
    assert!(
        estimate.effective_sample_size > 0.2 * estimate.particles as f64,
        "{estimate:?}"
    );
    let made = drawing.rows(0..2000, &Context::silent()).unwrap();
    assert!(holds(&ask, &made));
    // As many as among the unconditional rows that satisfy it.
    let both = |rows: &Table| {
        let (x, y) = (rows.column(0).numbers(), rows.column(1).numbers());
        x.iter().zip(&y).filter(|(x, y)| **x >= 27.0 && **y >= 27.0).count() as f64 / rows.rows() as f64
    };
    let free = rows(model.as_ref(), 0..150_000);
    let mask = ask.condition.mask(&free).unwrap();
    let kept: Vec<u32> = (0..free.rows() as u32).filter(|&r| mask[r as usize]).collect();
    let (found, wanted) = (both(&made), both(&free.take(&kept)));
    assert!(wanted > 0.2 && (found - wanted).abs() < 0.1, "{found} {wanted}");
    let ratio = estimate.probability * free.rows() as f64 / kept.len() as f64;
    assert!((0.75..1.33).contains(&ratio), "{ratio}");
}

#[test]
fn conditions_that_hardly_anything_satisfies_say_how_likely_they_are() {
    let table = table(2000);
    let model = chain(&table);
    // Days of miners begin 300 days after those of clerks.
    let ask = under(
        model.as_ref(),
        "job = 'clerk' and day > '2011-12-05' and bonus > 1900 and age = 18 and member = true and height > 189.5 and at < '2020-09-20 00:00' and income = 'high'",
    );
    let error = fails(model.as_ref(), &ask);
    assert!(
        error.contains("nearly impossible") && error.contains("about 1 row in"),
        "{error}"
    );
    let error = fails(model.as_ref(), &under(model.as_ref(), "height < 100"));
    assert!(error.contains("no row can satisfy: height < 100"), "{error}");
    let error = fails(model.as_ref(), &under(model.as_ref(), "height > 170 and height < 160"));
    assert!(error.contains("no row can satisfy"), "{error}");
}

fn distribution(model: &dyn Model, text: &str) -> Distribution {
    Distribution::parse(text, model.schema(), |column| Ok(model.values(column))).unwrap()
}

/// Counts are exact in every run of rows from 0 on, the rest of the row follows, ranges are slices, and
/// a condition holds as well.
#[test]
fn distributions_are_exact() {
    let table = table(3000);
    let model = chain(&table);
    let mut ask = under(model.as_ref(), "height < 180");
    ask.distributions = vec![distribution(model.as_ref(), "job=0.125,0.25,0.125,0.5")];
    let made = make(model.as_ref(), &ask, 0..2000);
    assert!(holds(&ask, &made));
    let count =
        |table: &Table, word: &str| (shares(table, "job").get(word).unwrap_or(&0.0) * table.rows() as f64).round();
    for (word, share) in [("clerk", 0.125), ("miner", 0.25), ("nurse", 0.125), ("smith", 0.5)] {
        assert_eq!(count(&made, word), 2000.0 * share, "{word}");
        for n in [1, 7, 100, 333] {
            let first: Vec<u32> = (0..n).collect();
            let counted = count(&made.take(&first), word);
            assert!((counted - f64::from(n) * share).abs() < 1.0, "{word}: {counted} of {n}");
        }
    }
    // Clerks have no bonus, all others have one; an average of fits is a little less sure of it.
    let missing = made.by_name("bonus").unwrap().missing_count();
    assert!(missing.abs_diff(250) < 20, "{missing}");
    let middle: Vec<u32> = (555..666).collect();
    assert_eq!(make(model.as_ref(), &ask, 555..666), made.take(&middle));
    ask.distributions.push(distribution(model.as_ref(), "member=0.25,0.75"));
    let made = make(model.as_ref(), &ask, 0..1600);
    let members = shares(&made, "member");
    assert!((members["true"] - 0.75).abs() < 1e-9, "{members:?}");
    ask.distributions = vec![distribution(model.as_ref(), "age:20=0.5,44=0.5")];
    let ages = shares(&make(model.as_ref(), &ask, 0..100), "age");
    assert!(
        ages.len() == 2 && ages.values().all(|s| (s - 0.5).abs() < 1e-9),
        "{ages:?}"
    );
    let unknown = Distribution::parse("age:20=0.5,99=0.5", model.schema(), |column| Ok(model.values(column)));
    assert!(unknown.unwrap_err().to_string().contains("'99' is none of its values"));
    ask.distributions = vec![distribution(model.as_ref(), "height:160.5=0.5,999=0.5")];
    assert!(fails(model.as_ref(), &ask).contains("no row can satisfy"));
}

#[test]
fn temperature_moves_diversity() {
    let table = table(3000);
    let model = chain(&table);
    let at = |temperature: f64, name: &str| {
        let ask = Ask {
            temperature,
            ..Ask::default()
        };
        entropy(&make(model.as_ref(), &ask, 0..4000), name)
    };
    for name in ["income", "member"] {
        let [cold, plain, hot] = [0.4, 1.0, 3.0].map(|t| at(t, name));
        assert!(
            cold + 0.05 < plain && plain + 0.03 < hot,
            "{name}: {cold} {plain} {hot}"
        );
    }
    for temperature in [0.0, -1.0, 11.0, f64::NAN] {
        let ask = Ask {
            temperature,
            ..Ask::default()
        };
        assert!(fails(model.as_ref(), &ask).contains("is out of range; it is a number from 0.1 to 10"));
    }
}
