//! How often the intervals of each attack hold 0.5 when the synthetic rows are as new as the holdout:
//!
//!     cargo run --release -p plenish-audit --example calibration -- [DRAWS] [ROWS]
//!
//! Three disjoint samples of Adult are training, holdout and "synthetic" rows.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program that prints")]

#[path = "../tests/it/data.rs"]
mod data;

use plenish_audit::{AuditCriteria, Inputs, Question, audit};
use plenish_table::{Context, Seed};
use std::collections::BTreeMap;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|word| word.parse::<usize>().unwrap());
    let (draws, rows) = (arguments.next().unwrap_or(200), arguments.next().unwrap_or(1_000));
    let cx = Context::silent();
    let mut held: BTreeMap<String, (usize, usize, usize)> = BTreeMap::new();
    let (mut rejected, mut closed) = (0, 0);
    for draw in 0..draws as u64 {
        let [train, holdout, synthetic] = data::parts([rows; 3], draw);
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
        let found = audit(&inputs, &question, &AuditCriteria::default(), &Seed::new(draw), &cx).unwrap();
        let mut add = |name: &str, low: f64, high: f64, null: f64| {
            let counts = held.entry(name.to_owned()).or_default();
            counts.0 += 1;
            counts.1 += usize::from(low <= null && null <= high);
            counts.2 += usize::from(low > null);
        };
        for attack in &found.attacks {
            add(&attack.name, attack.success.auc_low, attack.success.auc_high, 0.5);
            if let Some(exposed) = &attack.exposed {
                add(
                    &format!("{} (exposed)", attack.name),
                    exposed.auc_low,
                    exposed.auc_high,
                    0.5,
                );
            }
        }
        for column in &found.attribute.columns {
            add(
                &format!("attribute {}", column.column),
                column.risk.risk.low,
                column.risk.risk.high,
                0.0,
            );
        }
        let single = found.singling_out.risk.risk;
        add("singling out", single.low, single.high, 0.0);
        let link = found.linkability.risk.risk;
        add("linkability", link.low, link.high, 0.0);
        rejected += usize::from(found.worst.p_holm < 0.05);
        closed += usize::from(found.gates.iter().any(|gate| !gate.passed));
    }
    println!(
        "{draws} draws of three times {rows} rows; share of 95 % intervals that hold the truth, and that lie above it"
    );
    for (name, (all, held, above)) in held {
        println!(
            "{name:32} {:.3} {:.3}",
            held as f64 / all as f64,
            above as f64 / all as f64
        );
    }
    println!(
        "audits whose worst attack has an adjusted p below 0.05: {:.3}",
        rejected as f64 / draws as f64
    );
    println!("audits with a gate closed: {:.3}", closed as f64 / draws as f64);
}
