//! How often the verdict is right on planted cases, over many seeds.
//!
//!     cargo run --release -p plenish-evaluate --example verdicts -- SEEDS [ROWS [FIRST]]
//!
//! Random disjoint blocks of Adult are the real rows (ROWS of them, 3 of 100 with a high income), the locked test, and
//! rows that nobody has seen. Three makers, each in folds of the real rows and on the locked test: real rows drawn
//! again, real rows with the labels of others, and unseen rows of the rare class. The first two must be no benefit, the
//! last must be accepted. Seeds count from FIRST (0). A second line tells of the same rows when they are given: the locked test alone, with
//! trainings on parts of the rows.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on should stop"
)]

#[path = "../tests/it/adult.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests")]
mod adult;

use plenish_evaluate::{
    ArmKind, Augmentation, ChoiceLimits, Criteria, CrossValidationPlan, Decision, Experiment, Makers, Question,
    TRAININGS, cross_validate, experiment, judge_experiment,
};
use plenish_table::{Context, Result, Seed, Table};

type Make<'a> = dyn Fn(&Table, u64, &Seed) -> Result<Table> + Sync + 'a;

fn positives(table: &Table) -> (Vec<u32>, Vec<u32>) {
    let target = table.column(table.schema().require("income").unwrap());
    (0..table.rows() as u32).partition(|&row| target.value(row as usize).to_string() == ">50K")
}

/// So many rows, 3 of 100 of the rare class.
fn rare(table: &Table, rows: usize) -> Table {
    let (mut positive, mut negative) = positives(table);
    positive.truncate(rows * 3 / 100);
    negative.truncate(rows - positive.len());
    positive.extend(negative);
    positive.sort_unstable();
    table.take(&positive)
}

#[expect(clippy::unnecessary_wraps, reason = "it is a maker, and makers may fail")]
fn again(real: &Table, rows: u64, seed: &Seed) -> Result<Table> {
    let mut stream = seed.stream(0, 0);
    let rows: Vec<u32> = (0..rows).map(|_| stream.below(real.rows() as u64) as u32).collect();
    Ok(real.take(&rows))
}

fn noise(real: &Table, rows: u64, seed: &Seed) -> Result<Table> {
    let (a, b) = (again(real, rows, &seed.child(1))?, again(real, rows, &seed.child(2))?);
    let target = real.schema().require("income")?;
    let mut columns = a.columns().to_vec();
    columns[target] = b.column(target).clone();
    Table::new(real.shared_schema(), columns)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, default: usize| arguments.get(place).map_or(default, |n| n.parse().unwrap());
    let (seeds, rows, first) = (number(0, 20), number(1, 1500), number(2, 0));
    let question = Question::new("income", &[])
        .with_learners(&["boosted".to_owned()])
        .unwrap();
    let cx = Context::silent();
    // Right in folds and on the locked test, right on the locked test with given rows.
    let mut right = [[0; 2]; 3];
    for seed in (first..first + seeds).map(|seed| seed as u64) {
        let [real, test, unseen] = adult::blocks(10_000, seed);
        let (real, test) = (rare(&real, rows), rare(&test, 6_000));
        let fresh = |_: &Table, rows: u64, seed: &Seed| -> Result<Table> {
            let (positive, _) = positives(&unseen);
            let mut stream = seed.stream(0, 0);
            let rows: Vec<u32> = (0..rows)
                .map(|_| positive[stream.below(positive.len() as u64) as usize])
                .collect();
            Ok(unseen.take(&rows))
        };
        let makers: [(&Make<'_>, Decision); 3] = [
            (&again, Decision::NoBenefit),
            (&noise, Decision::NoBenefit),
            (&fresh, Decision::Accept),
        ];
        for (place, (make, wanted)) in makers.into_iter().enumerate() {
            let ratio = 0.5;
            let arms = [
                ArmKind::Both { ratio, weight: 1.0 },
                ArmKind::ClassWeights,
                ArmKind::Oversampled,
            ];
            let plan = CrossValidationPlan {
                arms: arms.map(Into::into).to_vec(),
                folds: 2,
                repeats: 5,
                benefit: 0.0,
                stop_early: true,
                density_ratio: false,
                limits: ChoiceLimits::default(),
            };
            let seed = Seed::new(seed);
            let makers = Makers {
                generator: make,
                smote: None,
            };
            let folds = cross_validate(&real, &question, &plan, makers, &seed, &cx).unwrap();
            let synthetic = make(&real, real.rows() as u64, &seed).unwrap();
            let how = Augmentation {
                ratio,
                trainings: TRAININGS,
                ..Augmentation::default()
            };
            let given = experiment(&real, &test, &synthetic, &question, how, &seed, &cx).unwrap();
            let made = Experiment {
                folds: Some(folds),
                ..given.clone()
            };
            for (way, result) in [made, given].iter().enumerate() {
                let verdict = judge_experiment(result, &Criteria::default());
                right[place][way] += usize::from(verdict.verdict == wanted);
                if verdict.verdict != wanted {
                    println!("  wrong, case {place}, way {way}: {}", verdict.reasons.join(" "));
                }
            }
        }
    }
    for (name, [made, given]) in ["rows drawn again", "labels of others", "unseen rows of the rare class"]
        .iter()
        .zip(right)
    {
        println!("{name}: right in {made} of {seeds} in folds, in {given} of {seeds} where rows are given");
    }
}
