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
        let settings = MakeSettings {
            alike: 1.0,
            ..MakeSettings::default()
        };
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

/// Rows of a rare class of the target are the surest of several; other lines have the rows that they had.
#[test]
fn rare_classes_have_the_surest_of_several_rows() {
    let real = people();
    let model = fitted(&real);
    let cx = Context::silent();
    let rare = PlanLine {
        gap: GapKind::Rare,
        ..line(&real, "paid = 'well'", 200)
    };
    let made = |lines: Vec<PlanLine>, candidates: u64| {
        let plan = Plan {
            lines,
            ..Plan::default()
        };
        // These words repeat each other by nature.
        let settings = MakeSettings { alike: 1.0, candidates };
        make_rows(&plan, model.as_ref(), None, &real, &settings, &Seed::new(5), &cx).unwrap()
    };
    let women = |table: &Table| {
        let condition = Condition::parse("sex = 'woman'", real.schema()).unwrap();
        condition.mask(table).unwrap().into_iter().filter(|own| *own).count()
    };
    let paid = |table: &Table| {
        let condition = Condition::parse("paid = 'well'", real.schema()).unwrap();
        condition.mask(table).unwrap().into_iter().filter(|own| *own).count()
    };
    // A woman is paid well one time in twenty, a man one in three: a woman's label is never the surer one.
    let (all, surest) = (made(vec![rare.clone()], 1), made(vec![rare.clone()], 10));
    assert!(women(&all.table) > 5, "{} women", women(&all.table));
    assert_eq!(
        (women(&surest.table), surest.table.rows(), paid(&surest.table)),
        (0, 200, 200)
    );
    assert!(made(vec![rare], 10).table == surest.table);
    // A line of another kind, and one that names more than the target, is what it would be without.
    let other = |gap: GapKind, text: &str| PlanLine {
        gap,
        ..line(&real, text, 60)
    };
    for other in [
        other(GapKind::Group, "paid = 'well'"),
        other(GapKind::Rare, "job = 'nurse'"),
        other(GapKind::Rare, "paid = 'well' and sex = 'woman'"),
    ] {
        assert!(made(vec![other.clone()], 1).table == made(vec![other], 10).table);
    }
}
