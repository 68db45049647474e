//! Processor seconds of an audit of 48,000 x 48,000 rows of Adult with its 15 columns:
//!
//!     cargo build --release -p plenish-audit --example audit_speed && time target/release/examples/audit_speed [ROWS]
//!
//! Adult has 48,842 rows; all three tables are drawn from them and half of their cells are changed to those of other
//! rows, so that they are as large as asked and hardly a row is in two.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program that prints")]

#[path = "../tests/it/data.rs"]
mod data;

use plenish_audit::{AuditCriteria, Inputs, Question, audit};
use plenish_table::{Context, Progress, Seed, Table};

/// Prints each step.
struct Steps;

impl Progress for Steps {
    fn begin(&self, step: &str, _total: u64) {
        println!("{step}");
    }
    fn advance(&self, _amount: u64) {}
    fn end(&self) {}
    fn warn(&self, message: &str) {
        println!("warning: {message}");
    }
    fn cancelled(&self) -> bool {
        false
    }
}

fn main() {
    let rows = std::env::args()
        .nth(1)
        .map_or(48_000, |word| word.parse::<usize>().unwrap());
    let [adult] = data::parts([48_842], 1);
    let mixed = |number: u64| {
        let mut stream = Seed::new(number).stream(0, 0);
        let mut draw = || -> Vec<u32> { (0..rows).map(|_| stream.below(48_842) as u32).collect() };
        let (a, b) = (draw(), draw());
        let columns = adult.columns().iter().enumerate();
        let columns = columns
            .map(|(place, column)| column.take(if place % 2 == 0 { &a } else { &b }))
            .collect();
        Table::new(adult.shared_schema(), columns).unwrap()
    };
    let (train, holdout, synthetic) = (mixed(1), mixed(2), mixed(3));
    let inputs = Inputs {
        train: &train,
        holdout: &holdout,
        synthetic: &synthetic,
        model: None,
    };
    let question = Question {
        protected: vec!["sex".to_owned()],
        ..Question::default()
    };
    let cx = Context::new(&Steps);
    let found = audit(&inputs, &question, &AuditCriteria::default(), &Seed::new(1), &cx).unwrap();
    println!("{:?}", found.worst);
}
