//! Which lines a plan has.

use crate::{fitted, gaps, people, planned};
use plenish_gaps::GapKind;
use plenish_plan::{MakeSettings, PlanSettings, Pool, make_rows, recheck};
use plenish_table::{Context, Seed};

fn only(kind: GapKind) -> PlanSettings {
    PlanSettings {
        kinds: vec![kind],
        most: 10.0,
        ..PlanSettings::default()
    }
}

/// Rare combinations are covered; what never occurs is named and left out, not invented.
#[test]
fn patterns_are_covered_and_the_impossible_is_left_out() {
    let real = people();
    let gaps = gaps(&real, 25);
    let model = fitted(&real);
    let (seed, cx) = (Seed::new(1), Context::silent());
    let pool = Pool::new(model.as_ref(), real.rows(), &seed, &cx).unwrap();
    let plan = planned(&real, &gaps, &pool, &only(GapKind::Pattern));
    let left: Vec<&str> = plan.left_out.iter().map(|left| left.region.text.as_str()).collect();
    assert!(left.contains(&"sex = 'man' and job = 'midwife'"), "{left:?}");
    let reason = &plan
        .left_out
        .iter()
        .find(|l| l.region.text.contains("midwife"))
        .unwrap()
        .reason;
    assert!(reason.contains("seem to exclude each other"), "{reason}");
    assert!(
        plan.accepted.iter().any(|(region, _)| region.text.contains("nurse")),
        "{:?}",
        plan.accepted
    );

    let made = make_rows(
        &plan,
        model.as_ref(),
        Some(&pool),
        &real,
        &MakeSettings::default(),
        &seed,
        &cx,
    )
    .unwrap();
    let found = recheck(&plan, Some(&gaps), &real, &made.table, &made.line).unwrap();
    assert!(
        found.closed as f64 >= 0.95 * found.accepted as f64,
        "{} of {}",
        found.closed,
        found.accepted
    );
    // Each pattern by itself would take the sum of what all lack.
    let apart: usize = found
        .patterns
        .iter()
        .filter(|pattern| pattern.accepted)
        .map(|pattern| 25_usize.saturating_sub(pattern.before))
        .sum();
    assert!(
        made.table.rows() <= apart,
        "{} rows where {apart} would do one by one",
        made.table.rows()
    );
}

/// The group with the lower share of the rarer outcome gets rows up to the other's share.
#[test]
fn groups_are_brought_level() {
    let real = people();
    let gaps = gaps(&real, 25);
    let model = fitted(&real);
    let (seed, cx) = (Seed::new(1), Context::silent());
    let pool = Pool::new(model.as_ref(), real.rows(), &seed, &cx).unwrap();
    let plan = planned(&real, &gaps, &pool, &only(GapKind::Group));
    assert_eq!(plan.lines.len(), 1, "{:?}", plan.lines);
    let line = &plan.lines[0];
    assert_eq!(line.region.text, "sex = 'woman' and paid = 'well'");
    let count = |value: &str, paid: Option<&str>| {
        let (sex, outcome) = (real.by_name("sex").unwrap(), real.by_name("paid").unwrap());
        (0..real.rows())
            .filter(|&row| sex.value(row).to_string() == value)
            .filter(|&row| paid.is_none_or(|paid| outcome.value(row).to_string() == paid))
            .count() as f64
    };
    let best = count("man", Some("well")) / count("man", None);
    let after = (count("woman", Some("well")) + line.rows as f64) / (count("woman", None) + line.rows as f64);
    assert!((after - best).abs() < 0.002, "{after} {best}");
}

/// What a line brings is not asked for again by the next.
#[test]
fn lines_count_what_those_before_them_bring() {
    let real = people();
    let gaps = gaps(&real, 200);
    let model = fitted(&real);
    let cx = Context::silent();
    let pool = Pool::new(model.as_ref(), real.rows(), &Seed::new(1), &cx).unwrap();
    let rows = |kinds: &[GapKind]| {
        let settings = PlanSettings {
            kinds: kinds.to_vec(),
            most: 10.0,
            ..PlanSettings::default()
        };
        planned(&real, &gaps, &pool, &settings).rows()
    };
    let (group, pattern) = (rows(&[GapKind::Group]), rows(&[GapKind::Pattern]));
    let both = rows(&[GapKind::Group, GapKind::Pattern]);
    assert!(both < group + pattern, "{both} {group} {pattern}");
}

/// A limit is kept, and said.
#[test]
fn a_limit_is_kept() {
    let real = people();
    let gaps = gaps(&real, 25);
    let model = fitted(&real);
    let cx = Context::silent();
    let pool = Pool::new(model.as_ref(), real.rows(), &Seed::new(1), &cx).unwrap();
    let settings = PlanSettings {
        most: 0.05,
        ..only(GapKind::Group)
    };
    let plan = planned(&real, &gaps, &pool, &settings);
    assert!(
        plan.rows() <= 200 && plan.notes[0].contains("more than the limit"),
        "{plan:?}"
    );
}

/// A line that few real rows support names what it borrows from, and gets no more than these bear.
#[test]
fn few_rows_borrow_and_are_limited() {
    let real = people();
    let gaps = gaps(&real, 400);
    let model = fitted(&real);
    let cx = Context::silent();
    let pool = Pool::new(model.as_ref(), real.rows(), &Seed::new(1), &cx).unwrap();
    let plan = planned(&real, &gaps, &pool, &only(GapKind::Pattern));
    let thin: Vec<_> = plan.lines.iter().filter(|line| line.have < 20).collect();
    assert!(!thin.is_empty());
    for line in thin {
        let borrowed = line.borrowed.as_ref().unwrap();
        assert!(borrowed.rows >= 20 && !borrowed.columns.is_empty(), "{line:?}");
        assert!(line.rows <= 20 * borrowed.rows as u64, "{line:?}");
    }
}
