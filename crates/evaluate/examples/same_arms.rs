//! How often arms that are alike are called different in folds, over many seeds.
//!
//!     cargo run --release -p plenish-evaluate --example same_arms -- SEEDS [ROWS [LEARNER]]
//!
//! Random disjoint blocks of Adult are the real rows (ROWS of them) and rows that nobody has seen. The "synthetic" rows of
//! a fold are drawn from the latter without replacement: trained on as many, neither arm is better than the other but by
//! chance. Prints the share of seeds with p < 0.05 in 5 x 2 folds.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on should stop"
)]

#[path = "../tests/it/adult.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests")]
mod adult;

use plenish_evaluate::{ArmKind, ChoiceLimits, CrossValidationPlan, Makers, Question, cross_validate};
use plenish_table::{Context, Result, Seed, Table};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, default: usize| arguments.get(place).map_or(default, |n| n.parse().unwrap());
    let (seeds, rows) = (number(0, 100), number(1, 1500));
    let learner = arguments.get(2).map_or("boosted", String::as_str);
    let question = Question::new("income", &[])
        .with_learners(&[learner.to_owned()])
        .unwrap();
    let mut different = 0;
    for seed in 0..seeds as u64 {
        let [real, unseen, _] = adult::blocks(10_000, seed);
        let real = real.take(&(0..rows as u32).collect::<Vec<_>>());
        let fresh = |_: &Table, rows: u64, seed: &Seed| -> Result<Table> {
            let mut order: Vec<u32> = (0..unseen.rows() as u32).collect();
            seed.stream(0, 0).shuffle(&mut order);
            order.truncate(rows as usize);
            Ok(unseen.take(&order))
        };
        let plan = CrossValidationPlan {
            arms: vec![ArmKind::Synthetic.into()],
            density_ratio: false,
            folds: 2,
            repeats: 5,
            benefit: 0.0,
            stop_early: false,
            limits: ChoiceLimits::default(),
        };
        let makers = Makers {
            generator: &fresh,
            smote: None,
        };
        let folds = cross_validate(&real, &question, &plan, makers, &Seed::new(seed), &Context::silent()).unwrap();
        different += usize::from(folds.arms[1].p.unwrap() < 0.05);
    }
    println!("{learner}: arms that are alike differ (p < 0.05) in {different} of {seeds}");
}
