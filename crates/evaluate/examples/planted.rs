//! How often each gate closes on real holdouts and on planted defects, over many seeds.
//!
//!     cargo run --release -p plenish-evaluate --example planted -- SEEDS ROWS [DEFECT]
//!
//! Three disjoint random blocks of Adult are the real, holdout and "synthetic" rows; each defect
//! changes the third. Prints one line a case: the share of seeds in which each gate failed.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on should stop"
)]

#[path = "../tests/it/adult.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests")]
mod adult;
#[path = "../tests/it/plant.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests")]
mod plant;

use plenish_evaluate::{Criteria, Inputs, evaluate};
use plenish_table::{Context, Seed};
use std::collections::BTreeMap;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, default: usize| arguments.get(place).map_or(default, |n| n.parse().unwrap());
    let (seeds, rows) = (number(0, 20).max(1), number(1, 2500));
    let wanted = |name: &str| arguments.get(2).is_none_or(|only| only == name);
    for (name, plant) in plant::DEFECTS.iter().filter(|(name, _)| wanted(name)) {
        let mut failed: BTreeMap<String, usize> = BTreeMap::new();
        let (mut none, mut overall) = (0, Vec::new());
        for seed in 0..seeds {
            let [real, holdout, unseen] = adult::blocks(rows, seed as u64);
            let synthetic = plant(&real, &holdout, unseen);
            let inputs = Inputs {
                real: &real,
                holdout: &holdout,
                synthetic: &synthetic,
            };
            let (criteria, protected) = (Criteria::default(), ["sex".to_owned(), "race".to_owned()]);
            let found = evaluate(
                inputs,
                Some("income"),
                &protected,
                &criteria,
                &Seed::new(seed as u64),
                &Context::silent(),
            )
            .unwrap();
            let closed: Vec<_> = found.gates.iter().filter(|g| !g.passed).collect();
            none += usize::from(closed.is_empty());
            overall.push(found.robust.agreement.overall.normalised.unwrap_or(f64::NAN));
            for gate in closed {
                *failed.entry(gate.name.clone()).or_default() += 1;
            }
        }
        overall.sort_by(f64::total_cmp);
        let (low, high) = (overall[0], overall[overall.len() - 1]);
        println!("{name}: {none} of {seeds} pass all; agreement {low:.4} to {high:.4}; closed: {failed:?}");
    }
}
