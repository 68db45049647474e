//! Record and replay on neighbouring tables, and what the planted mistakes do to it.

use super::{Mistake, Seen, watched};
use crate::accounting::{Guarantee, Rho};
use crate::domain::Domain;
use crate::fit::{Engine, Settings, fit_not_private};
use plenish_synth::Model;
use plenish_table::{Column, ColumnSchema, ColumnType, Context, MISSING_INTEGER, Schema, Seed, Table, TextColumn};

const SCHEMA: &str = r#"
[columns.a]
values = ["x", "y"]
[columns.b]
type = "integer"
min = 0
max = 9
bins = 4
[columns.c]
type = "boolean"
[columns.d]
values = ["p", "q", "r"]
other = false
missing = false
"#;

const PERSONS: &str = "person = \"who\"\nrows_per_person = 2\n";

fn domain(persons: bool) -> Domain {
    let text = if persons {
        format!("{PERSONS}{SCHEMA}")
    } else {
        SCHEMA.to_owned()
    };
    Domain::parse(&text).unwrap()
}

/// A row: who, a, b, c, d, in the order of the columns; -1 is missing.
pub(super) type Row = [i64; 5];

fn row(stream: &mut plenish_table::Stream, person: i64) -> Row {
    let mut draw = |n: u64| stream.below(n) as i64 - i64::from(n > 3);
    [person, draw(4), draw(13), draw(3), draw(3)]
}

fn table(rows: &[Row]) -> Table {
    let text = |words: &[&str], at: usize| {
        let cells = rows
            .iter()
            .map(|r| usize::try_from(r[at]).ok().and_then(|i| words.get(i).copied()));
        Column::Text(TextColumn::from_cells(cells))
    };
    let numbers = |at: usize| {
        rows.iter()
            .map(move |r| if r[at] < 0 { MISSING_INTEGER } else { r[at] })
    };
    let schema = [
        ("who", ColumnType::Integer),
        ("a", ColumnType::Text),
        ("b", ColumnType::Integer),
        ("c", ColumnType::Boolean),
        ("d", ColumnType::Text),
    ];
    Table::new(
        Schema::new(schema.map(|(n, k)| ColumnSchema::new(n, k)).to_vec()).unwrap(),
        vec![
            Column::Integer(numbers(0).collect()),
            text(&["x", "y", "unforeseen"], 1),
            Column::Integer(numbers(2).collect()),
            Column::Boolean(rows.iter().map(|r| if r[3] > 1 { 2 } else { r[3] as u8 }).collect()),
            text(&["p", "q", "r"], 4),
        ],
    )
    .unwrap()
}

pub(super) struct Found {
    pub(super) seen: Vec<Seen>,
    again: Vec<Seen>,
    strayed: bool,
    same_model: bool,
    pub(super) charged: Rho,
    pub(super) budget: Rho,
}

/// Fits to `rows`, and to a neighbour with the answers of the first fit.
pub(super) fn neighbours(
    first: &[Row],
    second: &[Row],
    engine: Engine,
    domain: &Domain,
    seed: u64,
    mistake: Option<Mistake>,
) -> Found {
    let guarantee = Guarantee::new(2.0, 1e-6).unwrap();
    let settings = Settings::new(engine, guarantee);
    let fit = |rows: &[Row]| fit_not_private(&table(rows), domain, &settings, seed, &Context::silent()).unwrap();
    let (model, seen, _) = watched(mistake, None, || fit(first));
    let (other, again, strayed) = watched(mistake, Some(seen.clone()), || fit(second));
    Found {
        seen,
        again,
        strayed,
        same_model: model.save().unwrap() == other.save().unwrap(),
        charged: model.evidence().spent(),
        budget: model.evidence().rho,
    }
}

/// What is wrong; nothing if privacy holds.
pub(super) fn faults(found: &Found) -> Vec<&'static str> {
    let mut out = Vec::new();
    if found.strayed || found.seen.len() != found.again.len() {
        out.push("other questions");
    }
    if !found.same_model {
        out.push("another model");
    }
    let mut cost = Rho::ZERO;
    for (one, two) in found.seen.iter().zip(&found.again) {
        match (one, two) {
            (
                Seen::Counts {
                    exact: a,
                    variance,
                    sensitivity,
                    rho,
                    ..
                },
                Seen::Counts { exact: b, .. },
            ) if a.len() == b.len() => {
                let square: i64 = a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum();
                if square as u64 > sensitivity * sensitivity {
                    out.push("counts beyond their sensitivity");
                }
                if variance.cost(*sensitivity).unwrap() > *rho {
                    out.push("noise that costs more than its charge");
                }
                cost = cost.plus(*rho);
            }
            (
                Seen::Choice {
                    scores: a,
                    sensitivity,
                    strength,
                    rho,
                    ..
                },
                Seen::Choice { scores: b, .. },
            ) => {
                if a.iter().zip(b).any(|(x, y)| x.abs_diff(*y) > u128::from(*sensitivity)) {
                    out.push("scores beyond their sensitivity");
                }
                if strength.cost() > *rho {
                    out.push("a choice that costs more than its charge");
                }
                cost = cost.plus(*rho);
            }
            _ => cost = cost.plus(super::learning::faults(one, two, &mut out)),
        }
    }
    if cost != found.charged || cost > found.budget {
        out.push("charges that do not add up");
    }
    out
}

/// A random table and a neighbour of it.
pub(super) fn pair(seed: u64, persons: bool) -> (Vec<Row>, Vec<Row>) {
    let mut stream = Seed::new(seed).derive("pairs").stream(0, 0);
    let rows = match seed % 5 {
        0 => 0,
        1 => 1,
        _ => stream.below(60) as usize + 2,
    };
    let missing = seed % 7 == 3;
    let mut first: Vec<Row> = (0..rows)
        .map(|i| row(&mut stream, i as i64 / if persons { 3 } else { 1 }))
        .collect();
    if missing {
        for r in &mut first {
            *r = [r[0], -1, -1, 2, -1];
        }
    }
    let mut second = first.clone();
    if persons {
        // All rows of a new person, more of them than count, spread over the table.
        for _ in 0..=stream.below(5) {
            let at = stream.below(second.len() as u64 + 1) as usize;
            let new = row(&mut stream, 1_000);
            second.insert(at, new);
        }
    } else {
        let at = stream.below(second.len() as u64 + 1) as usize;
        let new = row(&mut stream, 1_000);
        second.insert(at, new);
    }
    if seed.is_multiple_of(2) {
        (first, second)
    } else {
        (second, first)
    }
}

#[test]
fn neighbours_are_asked_the_same_and_differ_within_the_sensitivity() {
    for seed in 0..120 {
        for engine in Engine::ALL {
            let persons = seed % 3 == 2;
            let (first, second) = pair(seed, persons);
            let found = neighbours(&first, &second, engine, &domain(persons), seed, None);
            assert_eq!(faults(&found), [""; 0], "seed {seed}, {}", engine.name());
            assert!(found.seen.len() > 4);
            // Nothing is left over but what rounding a share down leaves.
            assert!(
                found.budget.minus(found.charged).units() < 1_000,
                "seed {seed}: {}",
                found.charged
            );
        }
    }
}

/// Mistakes that replay shows, with what it shows.
#[test]
fn planted_mistakes_are_found_by_replay() {
    for (mistake, fault) in [
        (Mistake::UnchargedChoice, "charges that do not add up"),
        (Mistake::HalfTheCharge, "charges that do not add up"),
        (Mistake::DomainFromData, "other questions"),
        (Mistake::ExactRows, "another model"),
        (Mistake::HalfTheSensitivity, "scores beyond their sensitivity"),
        (Mistake::CountedTwice, "counts beyond their sensitivity"),
    ] {
        for engine in Engine::ALL {
            let found = (0..40).any(|seed| {
                let (first, second) = pair(seed, false);
                faults(&neighbours(
                    &first,
                    &second,
                    engine,
                    &domain(false),
                    seed,
                    Some(mistake),
                ))
                .contains(&fault)
            });
            assert!(found, "{mistake:?} in {}", engine.name());
        }
    }
}

/// The noise of all questions of several fits, each over its standard deviation.
fn noise(mistake: Option<Mistake>) -> Vec<Vec<f64>> {
    let settings = Settings::new(Engine::Aim, Guarantee::new(0.5, 1e-6).unwrap());
    let mut out = Vec::new();
    for seed in 0..40 {
        let (rows, _) = pair(seed, false);
        let fit = || fit_not_private(&table(&rows), &domain(false), &settings, seed, &Context::silent()).unwrap();
        let (_, seen, _) = watched(mistake, None, fit);
        for question in seen {
            if let Seen::Counts {
                exact,
                answer,
                variance,
                ..
            } = question
            {
                out.push(
                    exact
                        .iter()
                        .zip(&answer)
                        .map(|(e, a)| (a - e) as f64 / variance.sigma())
                        .collect(),
                );
            }
        }
    }
    out
}

/// The mean square of the noise, its correlation between questions that follow each other, and the share of zeros.
fn figures(noise: &[Vec<f64>]) -> (f64, f64, f64) {
    let all: Vec<f64> = noise.iter().flatten().copied().collect();
    let square = all.iter().map(|n| n * n).sum::<f64>() / all.len() as f64;
    let (mut product, mut count) = (0.0, 0.0);
    for two in noise.windows(2) {
        for (a, b) in two[0].iter().zip(&two[1]) {
            product += a * b;
            count += 1.0;
        }
    }
    let zeros = all.iter().filter(|n| **n == 0.0).count() as f64 / all.len() as f64;
    (square, product / count, zeros)
}

/// With tens of thousands of draws the figures of honest noise lie within a few hundredths of 1, 0 and 0.
#[test]
fn planted_mistakes_are_found_in_the_noise() {
    let honest = |(square, correlation, zeros): (f64, f64, f64)| {
        (square - 1.0).abs() < 0.05 && correlation.abs() < 0.05 && zeros < 0.05
    };
    let found = figures(&noise(None));
    assert!(honest(found), "{found:?}");
    for mistake in [Mistake::HalfTheNoise, Mistake::ReusedNoise, Mistake::NoNoiseOnZeros] {
        let found = figures(&noise(Some(mistake)));
        assert!(!honest(found), "{mistake:?}: {found:?}");
    }
}

/// Choices follow the exponential mechanism: the share of choices that were the best is what it should be.
#[test]
fn a_choice_that_is_always_the_best_is_found() {
    let gap = |mistake: Option<Mistake>| {
        let settings = Settings::new(Engine::Mst, Guarantee::new(20.0, 1e-6).unwrap());
        let (mut best, mut expected, mut variance) = (0.0, 0.0, 0.0);
        for seed in 0..60 {
            let (rows, _) = pair(seed * 5 + 2, false);
            let fit = || fit_not_private(&table(&rows), &domain(false), &settings, seed, &Context::silent()).unwrap();
            let (_, seen, _) = watched(mistake, None, fit);
            for question in seen {
                if let Seen::Choice {
                    scores,
                    chosen,
                    sensitivity,
                    strength,
                    ..
                } = question
                {
                    let top = *scores.iter().max().unwrap();
                    let weight = |s: i128| (strength.epsilon() * (s - top) as f64 / (2.0 * sensitivity as f64)).exp();
                    let all: f64 = scores.iter().map(|&s| weight(s)).sum();
                    let p = scores.iter().filter(|s| **s == top).count() as f64 / all;
                    best += f64::from(u8::from(scores[chosen] == top));
                    expected += p;
                    variance += p * (1.0 - p);
                }
            }
        }
        let gap: f64 = (best - expected).abs() / f64::sqrt(variance);
        gap
    };
    assert!(gap(None) < 4.0);
    assert!(gap(Some(Mistake::BestChoice)) > 4.0);
}

#[test]
fn a_seed_of_the_rows_or_of_the_fit_does_not_make_the_noise() {
    use plenish_synth::Generator;
    let folder = tempfile::tempdir().unwrap();
    let ledger = crate::ledger::Ledger::open(folder.path(), "people").unwrap();
    ledger.set_limit(Guarantee::new(10.0, 1e-6).unwrap(), "now").unwrap();
    let settings = Settings::new(Engine::Mst, Guarantee::new(1.0, 1e-7).unwrap());
    let domain = domain(false);
    let generator = crate::PrivateGenerator {
        domain: &domain,
        settings: &settings,
        ledger: &ledger,
        at: "now",
    };
    let (rows, _) = pair(2, false);
    let fit = || {
        generator
            .fit(
                &table(&rows),
                &plenish_synth::Settings::default(),
                &Seed::new(1),
                &Context::silent(),
            )
            .unwrap()
    };
    let (a, b) = (fit(), fit());
    assert_ne!(a.save().unwrap(), b.save().unwrap());
    let balance = ledger.balance().unwrap();
    assert_eq!(balance.runs, [2, 2]);
    assert_eq!(balance.charged, settings.guarantee.budget().unwrap().times(2));
}

#[test]
fn evidence_of_noise_from_a_seed_says_so() {
    let settings = Settings::new(Engine::Mst, Guarantee::new(1.0, 1e-7).unwrap());
    let model = fit_not_private(&table(&[]), &domain(false), &settings, 1, &Context::silent()).unwrap();
    assert!(!model.evidence().private);
    assert!(model.evidence().noise_source.starts_with("NOT PRIVATE"));
}
