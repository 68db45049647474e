//! How long gaps take on Adult (or any table), in processor seconds.
//!
//!     cargo run --release -p plenish-gaps --example adult [TABLE TARGET COLUMN...]
//!
//! Prints the seconds of each search and what it found. Without arguments: the training part of Adult, with the
//! eight columns workclass, education, `marital_status`, occupation, relationship, race, sex and income.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on should stop"
)]

use plenish_files::{ReadOptions, read};
use plenish_gaps::{
    AttributeSettings, Attributes, Options, PatternSettings, SliceSettings, disagreement, find, importance,
    out_of_fold, patterns, slices,
};
use plenish_table::{Context, Seed};

/// Processor seconds of all threads of this process so far.
fn cpu() -> f64 {
    // Fields 14 and 15 after the name in parentheses, in ticks of a hundredth.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (after[11].parse::<f64>().unwrap() + after[12].parse::<f64>().unwrap()) / 100.0
}

/// The mean processor seconds of one run, over enough runs to tell.
fn timed<T>(what: &str, work: impl Fn() -> T) -> T {
    let start = cpu();
    let mut result = work();
    let mut runs = 1.0;
    while cpu() - start < 0.5 {
        result = work();
        runs += 1.0;
    }
    println!("{what:<60} {:8.4} CPU-s", (cpu() - start) / runs);
    result
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (source, target, named) = match arguments.as_slice() {
        [source, target, named @ ..] => (source.clone(), target.clone(), named.to_vec()),
        _ => (
            concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../examples/adult/data/adult_train.csv.gz"
            )
            .to_owned(),
            "income".to_owned(),
            [
                "workclass",
                "education",
                "marital_status",
                "occupation",
                "relationship",
                "race",
                "sex",
                "income",
            ]
            .map(str::to_owned)
            .to_vec(),
        ),
    };
    let cx = Context::silent();
    let seed = Seed::new(1);
    let table = read(&source, &ReadOptions::default(), &cx).unwrap();
    let places: Vec<usize> = named.iter().map(|name| table.schema().require(name).unwrap()).collect();
    let coded = timed("columns to values", || {
        Attributes::new(&table, &places, &AttributeSettings::default())
    });
    for levels in 1..=5 {
        let settings = PatternSettings {
            threshold: 33,
            levels,
            limit: usize::MAX,
        };
        let count = places.len();
        let found = timed(
            &format!("uncovered patterns, {count} columns, level {levels}, threshold 33"),
            || patterns(&coded, &settings, &cx).unwrap().unwrap(),
        );
        println!("  {} found", found.len());
    }
    let all: Vec<usize> = (0..table.columns().len()).collect();
    let every = Attributes::new(&table, &all, &AttributeSettings::default());
    for levels in [3, 4, 5] {
        let settings = PatternSettings {
            threshold: 33,
            levels,
            limit: usize::MAX,
        };
        let found = timed(
            &format!("uncovered patterns, {} columns, level {levels}", every.attributes.len()),
            || patterns(&every, &settings, &cx).unwrap().unwrap(),
        );
        println!("  {} found", found.len());
    }
    let predicted = timed("out-of-fold predictions", || {
        out_of_fold(&table, &target, &seed, &cx).unwrap()
    });
    let features = Attributes::new(&predicted.table, &predicted.features, &AttributeSettings::default());
    for levels in 1..=4 {
        let settings = SliceSettings {
            alpha: 0.95,
            support: predicted.errors.len() / 100,
            top: 10,
            levels,
        };
        let count = features.attributes.len();
        let found = timed(&format!("top 10 slices, {count} columns, level {levels}"), || {
            slices(&features, &predicted.errors, &settings, &cx).unwrap()
        });
        println!("  best score {:.4}", found[0].score);
    }
    timed("where bagged trees disagree", || {
        disagreement(&predicted, &seed, &cx).unwrap()
    });
    timed("importance", || importance(&predicted, &seed, &cx).unwrap());
    let gaps = timed("everything, all columns", || {
        find(&table, Some(&target), &[], &Options::default(), &seed, &cx).unwrap()
    });
    println!(
        "{}",
        serde_json::to_string_pretty(&(
            &gaps.slices,
            &gaps.uncertain,
            &gaps.sparse,
            &gaps.rare,
            &gaps.importance,
            &gaps.notes,
            &gaps.left_out
        ))
        .unwrap()
    );
    println!(
        "{}",
        serde_json::to_string_pretty(&gaps.patterns[..gaps.patterns.len().min(12)]).unwrap()
    );
}
