//! Record and replay where the domain is learned out of a share of the budget: texts by their values, numbers by their
//! bounds and bins, for rows and for persons.

use super::replay::{Row, faults, neighbours, pair};
use super::{Mistake, Seen};
use crate::domain::Domain;
use crate::fit::Engine;

const LEARNED: &str = r#"
learn_share = 0.3
[columns.a]
learn = true
bins = 5
[columns.b]
type = "integer"
learn = true
bins = 6
[columns.c]
type = "boolean"
[columns.d]
learn = true
missing = false
"#;

fn domain(persons: bool) -> Domain {
    let persons = if persons {
        "person = \"who\"\nrows_per_person = 2\n"
    } else {
        ""
    };
    Domain::parse(&format!("{persons}{LEARNED}")).unwrap()
}

/// A pair of neighbours with enough rows that values and bounds stand out of the noise.
fn grown(seed: u64, persons: bool) -> (Vec<Row>, Vec<Row>) {
    let (first, second) = pair(seed, persons);
    if seed.is_multiple_of(4) {
        return (first, second);
    }
    let more = |rows: Vec<Row>| -> Vec<Row> {
        // Persons of their own, the same in both tables.
        let others = (0..600).map(|i| [2_000 + i, i % 2, i % 10, i % 2, i % 3]);
        rows.into_iter().chain(others).collect()
    };
    (more(first), more(second))
}

#[test]
fn neighbours_learn_the_same_domain_and_differ_within_the_sensitivity() {
    let (mut values, mut cells) = (0, 0);
    for seed in 0..60 {
        for engine in Engine::ALL {
            let persons = seed % 3 == 2;
            let (first, second) = grown(seed, persons);
            let found = neighbours(&first, &second, engine, &domain(persons), seed, None);
            assert_eq!(faults(&found), [""; 0], "seed {seed}, {}", engine.name());
            assert!(
                found.budget.minus(found.charged).units() < 1_000,
                "seed {seed}: {}",
                found.charged
            );
            for question in &found.seen {
                match question {
                    // Two columns of texts; of one of numbers the powers of two and the grid.
                    Seen::Values { answer, threshold, .. } => {
                        values += usize::from(answer.values().any(|count| *count >= threshold.least));
                    }
                    Seen::Cells { .. } => cells += 1,
                    _ => {}
                }
            }
        }
    }
    assert_eq!(cells, 60 * 2 * 2);
    // Most tables are large enough for something to be learned.
    assert!(values > 100, "{values}");
}

#[test]
fn planted_mistakes_in_learning_are_found() {
    for (mistake, fault) in [
        (Mistake::LowThreshold, "a threshold too low for its delta"),
        (Mistake::BoundsFromData, "another model"),
        (Mistake::UnchargedDomain, "charges that do not add up"),
    ] {
        for engine in Engine::ALL {
            let found = (0..40).any(|seed| {
                let (first, second) = grown(seed, false);
                let found = neighbours(&first, &second, engine, &domain(false), seed, Some(mistake));
                faults(&found).contains(&fault)
            });
            assert!(found, "{mistake:?} in {}", engine.name());
        }
    }
}
