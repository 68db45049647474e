//! Audits of generators on Adult: learned from the official training part, with the test part as holdout.
//!
//!     cargo run --release -p plenish-audit --example generators -- chain,bootstrap,smote rows|model [SHADOWS]
//!
//! Attackers have the synthetic `rows`, or the `model` as well. Prints what docs/generators shows.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program that prints")]

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../tests/it/data.rs"]
mod data;

use plenish_audit::{AuditCriteria, Inputs, Question, Shadows, audit};
use plenish_synth::{Ask, Preset, Settings, generator};
use plenish_table::{Context, Role, Seed};

/// Rows of the official training part.
const TRAIN: u32 = 32_561;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let engines = arguments.next().unwrap_or_else(|| "chain,bootstrap,smote".to_owned());
    let with_model = arguments.next().is_some_and(|word| word == "model");
    let shadows = arguments.next().map(|word| word.parse::<usize>().unwrap());
    let (seed, cx) = (Seed::new(1), Context::silent());
    let adult = data::adult();
    let mut schema = adult.schema().clone();
    let income = schema.index("income").unwrap();
    schema.columns[income].role = Role::Target;
    let adult = adult.clone().with_schema(schema).unwrap();
    let train = adult.take(&(0..TRAIN).collect::<Vec<_>>());
    let holdout = adult.take(&(TRAIN..adult.rows() as u32).collect::<Vec<_>>());
    for name in engines.split(',') {
        let engine = generator(name).unwrap();
        let model = engine.fit(&train, &Settings::default(), &seed, &cx).unwrap();
        let synthetic = model
            .generate(&Ask::default(), 0..u64::from(TRAIN), &seed, &cx)
            .unwrap();
        let question = Question {
            target: Some("income".to_owned()),
            protected: vec!["sex".to_owned(), "race".to_owned()],
            shadows: shadows.map(|models| Shadows {
                engine,
                preset: Preset::Balanced,
                models,
            }),
            ..Question::default()
        };
        let inputs = Inputs {
            train: &train,
            holdout: &holdout,
            synthetic: &synthetic,
            model: with_model.then_some(model.as_ref()),
        };
        let found = audit(&inputs, &question, &AuditCriteria::default(), &seed, &cx).unwrap();
        println!("{name}: control {:?}", found.control);
        for attack in &found.attacks {
            let (s, e) = (&attack.success, attack.exposed.unwrap());
            println!(
                "| {} | {:.3} ({:.3} … {:.3}) | {:.2} % ({:.2} … {:.2}) | {:.2} % ({:.2} … {:.2}) | {:.3} ({:.3} … {:.3}) | {:.4} |",
                attack.name,
                s.auc,
                s.auc_low,
                s.auc_high,
                100.0 * s.tpr_at_1pct_fpr.unwrap(),
                100.0 * s.tpr_at_1pct_fpr_low.unwrap(),
                100.0 * s.tpr_at_1pct_fpr_high.unwrap(),
                100.0 * s.tpr_at_0_1pct_fpr.unwrap(),
                100.0 * s.tpr_at_0_1pct_fpr_low.unwrap(),
                100.0 * s.tpr_at_0_1pct_fpr_high.unwrap(),
                e.auc,
                e.auc_low,
                e.auc_high,
                attack.p_holm
            );
        }
        println!("worst {:?}", found.worst);
        let risk = |name: &str, r: &plenish_audit::Risk| {
            println!(
                "| {name} | {:.3} | {:.3} | {:.3} | {:.3} ({:.3} … {:.3}) |",
                r.main.value, r.control.value, r.naive.value, r.risk.value, r.risk.low, r.risk.high
            );
        };
        risk("singling out", &found.singling_out.risk);
        risk("linking", &found.linkability.risk);
        for column in &found.attribute.columns {
            risk(&column.column, &column.risk);
        }
        println!("{:?}", found.copies);
        for t in &found.traits {
            println!("{t:?}");
        }
        for gate in &found.gates {
            println!(
                "gate {} {:.4} <= {} {}",
                gate.name, gate.value, gate.threshold, gate.passed
            );
        }
        println!("not judged: {:?}", found.not_judged);
    }
}
