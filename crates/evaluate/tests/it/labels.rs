//! What the questioning of labels promises: wrong labels are counted and found, right ones pass.

use crate::adult::{blocks, with_column};
use crate::plant::words;
use plenish_evaluate::{Criteria, Evaluation, Inputs, LabelAudit, audit_labels, evaluate};
use plenish_table::{Column, ColumnSchema, ColumnType, Context, MISSING_CODE, Schema, Seed, Table, TextColumn};
use std::collections::BTreeSet;

fn audit(real: &Table, holdout: &Table, synthetic: &Table, target: &str) -> LabelAudit {
    audit_labels(
        real,
        Some(holdout),
        synthetic,
        target,
        None,
        &Seed::new(1),
        &Context::silent(),
    )
    .unwrap()
}

/// The rows with one label in twenty exchanged, and which.
fn flipped(table: &Table, seed: u64) -> (Table, BTreeSet<usize>) {
    let mut order: Vec<usize> = (0..table.rows()).collect();
    Seed::new(seed).stream(0, 0).shuffle(&mut order);
    let chosen: BTreeSet<usize> = order[..table.rows() / 20].iter().copied().collect();
    let table = words(table, "income", |row, word| {
        let other = if word == ">50K" { "<=50K" } else { ">50K" };
        if chosen.contains(&row) { other } else { word }.to_owned()
    });
    (table, chosen)
}

fn gate(real: &Table, holdout: &Table, synthetic: &Table, name: &str) -> bool {
    let inputs = Inputs {
        real,
        holdout,
        synthetic,
    };
    let found: Evaluation = evaluate(
        inputs,
        Some("income"),
        &[],
        &Criteria::default(),
        &Seed::new(1),
        &Context::silent(),
    )
    .unwrap();
    found.gates.iter().find(|gate| gate.name == name).unwrap().passed
}

/// With 5 % of labels exchanged, their share is estimated, and the rows in quarantine are mostly those.
#[test]
fn exchanged_labels_are_counted_and_found() {
    let [real, holdout, unseen] = blocks(10_000, 1);
    let (wrong, chosen) = flipped(&unseen, 3);
    let found = audit(&real, &holdout, &wrong, "income");
    let caught = found.quarantine.iter().filter(|s| chosen.contains(&s.row)).count();
    let precision = caught as f64 / found.quarantine.len() as f64;
    let recall = caught as f64 / chosen.len() as f64;
    let f1 = 2.0 * precision * recall / (precision + recall);
    println!(
        "{:?} precision {precision:.3} recall {recall:.3} F1 {f1:.3}",
        found.noise
    );
    assert!(found.noise.low < 0.055 && found.noise.high > 0.045, "{:?}", found.noise);
    assert!(precision >= 0.64 && f1 >= 0.49);
    assert!(!gate(&real, &holdout, &wrong, "label_noise"));
    // The right labels of the same rows pass.
    let clean = audit(&real, &holdout, &unseen, "income");
    println!("clean {:?} {}", clean.noise, clean.suspects);
    assert!(clean.noise_beyond() < 0.01 && clean.suspects < 60, "{clean:?}");
    assert!(gate(&real, &holdout, &unseen, "label_noise"));
}

/// Rows chosen for their label, or for a feature, are not taken for wrong.
#[test]
fn rows_chosen_on_purpose_are_not_wrong() {
    let [real, holdout, unseen] = blocks(10_000, 4);
    let of = |name: &str, value: &str| -> Table {
        let column = unseen.by_name(name).unwrap();
        let rows: Vec<u32> = (0..unseen.rows() as u32)
            .filter(|&row| column.value(row as usize).to_string() == value)
            .collect();
        unseen.take(&rows)
    };
    for (name, value) in [("income", ">50K"), ("sex", "Female"), ("education", "Bachelors")] {
        let found = audit(&real, &holdout, &of(name, value), "income");
        println!(
            "{name} = {value}: {:?} {} of {}",
            found.noise, found.suspects, found.rows
        );
        assert!(found.noise_beyond() < 0.02, "{name}: {found:?}");
    }
}

/// 1 % of the rows are rows that are there already, with the other label.
#[test]
fn contradictions_close_their_gate() {
    let [real, holdout, unseen] = blocks(3_000, 2);
    for original in [&real, &unseen] {
        let copies = original.take(&(0..30).collect::<Vec<_>>());
        let turned = words(&copies, "income", |_, word| {
            if word == ">50K" { "<=50K" } else { ">50K" }.to_owned()
        });
        let mut wrong = unseen.take(&(0..2_970).collect::<Vec<_>>());
        wrong.append(&turned).unwrap();
        let found = audit(&real, &holdout, &wrong, "income");
        assert!(found.by_contradiction >= 20, "{found:?}");
        assert!(
            found
                .quarantine
                .iter()
                .any(|s| s.reason.contains("the same in all other columns"))
        );
        assert!(!gate(&real, &holdout, &wrong, "contradictions"));
    }
    assert!(gate(&real, &holdout, &unseen, "contradictions"));
}

/// A table in which labels depend on two words and chance alone: every combination has both labels.
fn coarse(rows: usize, seed: u64) -> Table {
    let mut stream = Seed::new(seed).stream(0, 0);
    let mut cells: [Vec<u32>; 3] = [vec![], vec![], vec![]];
    for _ in 0..rows {
        let (a, b) = (stream.below(3) as u32, stream.below(4) as u32);
        let label = u32::from(stream.uniform() < 0.2 + 0.2 * f64::from(a));
        for (column, code) in cells.iter_mut().zip([a, b, label]) {
            column.push(code);
        }
    }
    let columns = cells.map(|codes| {
        Column::Text(TextColumn {
            codes,
            dictionary: std::sync::Arc::new(["p", "q", "r", "s"].map(str::to_owned).to_vec()),
        })
    });
    let schema = ["a", "b", "label"].map(|name| ColumnSchema::new(name, ColumnType::Text));
    Table::new(Schema::new(schema.to_vec()).unwrap(), columns.to_vec()).unwrap()
}

/// Where real rows contradict each other as often, nothing is in doubt.
#[test]
fn contradictions_that_real_rows_have_are_no_fault() {
    let found = audit(&coarse(800, 1), &coarse(500, 2), &coarse(700, 3), "label");
    assert!(found.contradictions.value > 0.2, "{found:?}");
    assert_eq!((found.contradictions_beyond, found.suspects), (0.0, 0), "{found:?}");
}

/// Clean rows pass both gates: at most one false flag in forty tables, small ones included.
#[test]
fn right_labels_pass() {
    let limits = Criteria::default();
    let mut flagged = 0;
    for seed in 0..40 {
        let [real, holdout, unseen] = blocks([200, 500, 1_500][seed % 3], 50 + seed as u64);
        let found = audit(&real, &holdout, &unseen, "income");
        let closed = found.noise_beyond() > limits.label_noise.unwrap()
            || found.contradictions_beyond > limits.contradictions.unwrap();
        flagged += usize::from(closed);
    }
    assert!(flagged <= 1, "{flagged}");
}

/// Numbers that are far from what real rows have there are counted and found.
#[test]
fn wrong_numbers_are_found() {
    let [real, holdout, unseen] = blocks(4_000, 3);
    let clean = audit(&real, &holdout, &unseen, "education_num");
    assert!(clean.noise_beyond() < 0.01, "{:?}", clean.noise);
    // One age in twelve is turned round: far above any real one.
    let wrong = crate::plant::integers(&unseen, "age", |values| {
        for value in values.iter_mut().step_by(12) {
            *value = 250 - *value;
        }
    });
    let found = audit(&real, &holdout, &wrong, "age");
    let caught = found.quarantine.iter().filter(|s| s.row % 12 == 0).count();
    assert!(
        caught as f64 >= 0.9 * found.suspects as f64 && caught > 200,
        "{caught} of {}",
        found.suspects
    );
    assert!(
        found.noise.value > 0.05 && found.noise.value < 0.10,
        "{:?}",
        found.noise
    );
}

/// What cannot be judged is said, not guessed.
#[test]
fn what_cannot_be_judged_is_said() {
    let [real, holdout, unseen] = blocks(300, 6);
    let few = audit(&real.take(&(0..30).collect::<Vec<_>>()), &holdout, &unseen, "income");
    assert!(few.not_judged.unwrap().contains("50 are needed"));
    let none = with_column(&unseen, "income", |column| {
        let Column::Text(text) = column else { panic!("not text") };
        text.codes.fill(MISSING_CODE);
    });
    let found = audit(&real, &holdout, &none, "income");
    assert!(found.not_judged.unwrap().contains("no synthetic row"));
    let missing = audit_labels(&real, None, &unseen, "wage", None, &Seed::new(1), &Context::silent());
    assert!(missing.is_err());
}

/// An evaluation of a large table asks a sample, says so, and names rows by their places in the whole table.
#[test]
fn a_large_table_is_asked_by_a_sample() {
    let [real, holdout, unseen] = blocks(2_000, 9);
    let (wrong, _) = flipped(&unseen, 3);
    let many: Vec<u32> = (0..60_000).map(|row| row % 2_000).collect();
    let many = wrong.take(&many);
    let inputs = Inputs {
        real: &real,
        holdout: &holdout,
        synthetic: &many,
    };
    let (seed, cx) = (Seed::new(1), Context::silent());
    let found = evaluate(inputs, Some("income"), &[], &Criteria::default(), &seed, &cx).unwrap();
    let labels = found.labels.unwrap();
    assert_eq!((labels.rows, labels.sample_of), (50_000, Some(60_000)));
    assert!(
        labels.noise.low < 0.055 && labels.noise.high > 0.045,
        "{:?}",
        labels.noise
    );
    let income = many.column(many.schema().require("income").unwrap());
    assert!(!labels.examples.is_empty() && labels.quarantine.iter().any(|s| s.row >= 50_000));
    for suspect in labels.examples.iter().chain(&labels.quarantine) {
        assert_eq!(income.value(suspect.row).to_string(), suspect.label);
    }
}
