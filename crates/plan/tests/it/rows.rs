//! Rows to a plan.

use crate::{fitted, people};
use plenish_gaps::{GapKind, Region};
use plenish_plan::{MakeSettings, Plan, PlanLine, Pool, make_rows};
use plenish_table::{Condition, Context, Seed, Table};
use proptest::prelude::*;

fn line(real: &Table, text: &str, rows: u64) -> PlanLine {
    let condition = Condition::parse(text, real.schema()).unwrap();
    PlanLine {
        gap: GapKind::Asked,
        region: Region {
            condition,
            text: text.to_owned(),
        },
        have: 0,
        rows,
        reason: String::new(),
        effect: String::new(),
        borrowed: None,
    }
}

const CONDITIONS: [&str; 5] = [
    "sex = 'woman' and paid = 'well'",
    "job = 'nurse' and region = 'north'",
    "paid = 'well'",
    "job in ('clerk', 'nurse')",
    "sex = 'man'",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Every line gets exactly its rows, all of which satisfy its condition, and every part of the rows from the first on
    /// has the lines' proportions; with a pool and without; the same again from the same seed.
    #[test]
    fn counts_are_exact(rows in prop::collection::vec(1_u64..120, 5), seed in 0_u64..1_000, pooled: bool) {
        let real = people();
        let model = fitted(&real);
        let cx = Context::silent();
        let seed = Seed::new(seed);
        let plan = Plan {
            lines: CONDITIONS.iter().zip(&rows).map(|(text, &rows)| line(&real, text, rows)).collect(),
            ..Plan::default()
        };
        let pool = pooled.then(|| Pool::new(model.as_ref(), real.rows(), &seed, &cx).unwrap());
        // These words repeat each other by nature.
        let settings = MakeSettings { alike: 1.0 };
        let make = || make_rows(&plan, model.as_ref(), pool.as_ref(), &real, &settings, &seed, &cx).unwrap();
        let made = make();
        prop_assert_eq!(made.table.rows() as u64, plan.rows());
        for (place, wanted) in plan.lines.iter().enumerate() {
            let mask = wanted.region.condition.mask(&made.table).unwrap();
            let own: Vec<usize> = (0..made.line.len()).filter(|&row| made.line[row] as usize == place).collect();
            prop_assert_eq!(own.len() as u64, wanted.rows);
            prop_assert!(own.iter().all(|&row| mask[row]));
            let half = made.line.len() / 2;
            let early = own.iter().filter(|&&row| row < half).count() as f64;
            prop_assert!((early - wanted.rows as f64 * half as f64 / made.line.len() as f64).abs() <= 3.0);
        }
        let again = make();
        prop_assert!(again.table == made.table && again.line == made.line);
    }
}

/// Where the generator knows no more than a few rows, they repeat, and that is said.
#[test]
fn repeated_rows_are_warned_of() {
    let real = people();
    let model = fitted(&real);
    let plan = Plan {
        lines: vec![line(
            &real,
            "sex = 'woman' and job = 'midwife' and region = 'north' and paid = 'well'",
            40,
        )],
        ..Plan::default()
    };
    let (seed, cx) = (Seed::new(1), Context::silent());
    let made = make_rows(&plan, model.as_ref(), None, &real, &MakeSettings::default(), &seed, &cx).unwrap();
    assert_eq!(made.table.rows(), 40);
    assert!(
        made.warnings[0].text.contains("nearly the same as others"),
        "{:?}",
        made.warnings
    );
}

/// A line that no row can satisfy fails, and names itself.
#[test]
fn an_impossible_line_names_itself() {
    let real = people();
    let model = fitted(&real);
    let plan = Plan {
        lines: vec![line(&real, "sex = 'man' and job = 'midwife'", 5)],
        ..Plan::default()
    };
    let (seed, cx) = (Seed::new(1), Context::silent());
    match make_rows(&plan, model.as_ref(), None, &real, &MakeSettings::default(), &seed, &cx) {
        Err(error) => assert!(error.to_string().contains("sex = 'man' and job = 'midwife'"), "{error}"),
        // A smooth generator may hold it for possible; then the rows are what was asked for.
        Ok(made) => assert_eq!(made.table.rows(), 5),
    }
}
