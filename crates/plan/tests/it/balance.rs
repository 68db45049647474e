//! Groups brought to a goal.

use crate::{fitted, gaps, people};
use plenish_gaps::Reference;
use plenish_plan::{Balance, BalanceGoal, Plan, PlanSettings, Pool, Sources, propose};
use plenish_table::{Column, ColumnSchema, ColumnType, Context, Result, Schema, Seed, Table, TextColumn};
use std::collections::BTreeMap;

fn balanced(real: &Table, goal: BalanceGoal, columns: &[&str], reference: Option<&Reference>) -> Result<Plan> {
    let gaps = gaps(real, 25);
    let model = fitted(real);
    let cx = Context::silent();
    let pool = Pool::new(model.as_ref(), real.rows(), &Seed::new(1), &cx).unwrap();
    let settings = PlanSettings {
        kinds: Vec::new(),
        most: 10.0,
        balance: Some(Balance {
            columns: columns.iter().map(|c| (*c).to_owned()).collect(),
            goal,
        }),
        ..PlanSettings::default()
    };
    let sources = Sources {
        real,
        gaps: &gaps,
        reference,
        pool: &pool,
        constraints: &[],
    };
    propose(sources, &settings, &cx)
}

/// Rows of each sex and outcome with those of the plan, which lies in no other cells.
fn cells(real: &Table, plan: &Plan) -> BTreeMap<(String, String), f64> {
    let mut out = BTreeMap::new();
    let (sex, paid) = (real.by_name("sex").unwrap(), real.by_name("paid").unwrap());
    for row in 0..real.rows() {
        *out.entry((sex.value(row).to_string(), paid.value(row).to_string()))
            .or_insert(0.0) += 1.0;
    }
    for line in &plan.lines {
        let cell = out
            .iter_mut()
            .find(|(cell, _)| line.region.text == format!("sex = '{}' and paid = '{}'", cell.0, cell.1))
            .unwrap();
        *cell.1 += line.rows as f64;
    }
    out
}

#[test]
fn cells_are_made_equal() {
    let real = people();
    let plan = balanced(&real, BalanceGoal::EqualCells, &["sex"], None).unwrap();
    let counts: Vec<f64> = cells(&real, &plan).into_values().collect();
    let (low, high) = counts
        .iter()
        .fold((f64::MAX, 0.0), |(l, h): (f64, f64), &c| (l.min(c), h.max(c)));
    // The smallest cell has too few rows to learn as many from, which is said.
    assert!(high - low <= 1.0 || plan.notes[0].contains("bear"), "{counts:?}");
    assert!(low > 0.95 * high, "{counts:?}");
}

#[test]
fn a_rate_is_reached_from_both_sides() {
    let real = people();
    let plan = balanced(&real, BalanceGoal::Rate(0.2), &["sex"], None).unwrap();
    let counts = cells(&real, &plan);
    for sex in ["man", "woman"] {
        let of = |paid: &str| counts[&(sex.to_owned(), paid.to_owned())];
        let rate = of("well") / (of("well") + of("badly"));
        assert!((rate - 0.2).abs() < 0.001, "{sex}: {rate}");
    }
}

#[test]
fn margins_of_a_reference_are_met() {
    let real = people();
    let file = Table::new(
        Schema::new(vec![
            ColumnSchema::new("where", ColumnType::Text),
            ColumnSchema::new("share", ColumnType::Real),
        ])
        .unwrap(),
        vec![
            Column::Text(TextColumn::from_cells(
                ["sex = 'woman'", "sex = 'man'"].into_iter().map(Some),
            )),
            Column::Real(vec![0.5, 0.5]),
        ],
    )
    .unwrap();
    let reference = Reference::read(file, &real).unwrap();
    let plan = balanced(&real, BalanceGoal::Reference, &["sex"], Some(&reference)).unwrap();
    let women = real.by_name("sex").unwrap();
    let women = (0..real.rows())
        .filter(|&row| women.value(row).to_string() == "woman")
        .count() as u64;
    assert_eq!(plan.lines.len(), 1);
    assert_eq!(women + plan.lines[0].rows, real.rows() as u64 - women);
}

/// Rows of a population are as good as margins: groups of both columns get the shares that its rows have.
#[test]
fn rows_of_a_reference_are_matched() {
    let real = people();
    let text = |cells: &[&str]| Column::Text(TextColumn::from_cells(cells.iter().map(|cell| Some(*cell))));
    let population = |names: [&str; 2], cells: [&[&str]; 2]| {
        let schema = Schema::new(names.map(|name| ColumnSchema::new(name, ColumnType::Text)).to_vec()).unwrap();
        Table::new(schema, cells.map(text).to_vec()).unwrap()
    };
    let sexes = ["woman", "woman", "woman", "man", "man"];
    let regions = ["north", "south", "south", "north", "south"];
    let file = population(["sex", "region"], [&sexes, &regions]);
    let reference = Reference::read(file, &real).unwrap();
    let plan = balanced(&real, BalanceGoal::Reference, &["sex", "region"], Some(&reference)).unwrap();
    let mut counts: BTreeMap<String, f64> = BTreeMap::new();
    let (sex, region) = (real.by_name("sex").unwrap(), real.by_name("region").unwrap());
    for row in 0..real.rows() {
        let cell = format!("sex = '{}' and region = '{}'", sex.value(row), region.value(row));
        *counts.entry(cell).or_insert(0.0) += 1.0;
    }
    for line in &plan.lines {
        *counts.get_mut(&line.region.text).unwrap() += line.rows as f64;
    }
    let all: f64 = counts.values().sum();
    for (cell, share) in [
        ("sex = 'woman' and region = 'north'", 0.2),
        ("sex = 'woman' and region = 'south'", 0.4),
        ("sex = 'man' and region = 'north'", 0.2),
        ("sex = 'man' and region = 'south'", 0.2),
    ] {
        assert!((counts[cell] / all - share).abs() < 0.001, "{cell}: {counts:?}");
    }
    // What the reference does not have, and what the data does not.
    let error = |file: Table, columns: &[&str]| {
        let reference = Reference::read(file, &real).unwrap();
        let found = balanced(&real, BalanceGoal::Reference, columns, Some(&reference));
        found.unwrap_err().to_string()
    };
    let file = population(["sex", "region"], [&["woman", "child"], &["north", "south"]]);
    assert!(error(file, &["sex"]).contains("'child' is no value of the data"));
    let file = population(["sex", "region"], [&["woman", "man"], &["north", "south"]]);
    assert!(error(file, &["sex", "job"]).contains("job"));
}

#[test]
fn what_cannot_be_balanced_is_said() {
    let real = people();
    let error = |goal, columns: &[&str]| balanced(&real, goal, columns, None).unwrap_err().to_string();
    assert!(error(BalanceGoal::EqualCells, &[]).contains("no columns are named"));
    assert!(error(BalanceGoal::EqualCells, &["age"]).contains("no such column"));
    assert!(error(BalanceGoal::Reference, &["sex"]).contains("reference"));
}
