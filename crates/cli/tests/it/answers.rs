//! `--json`: one object on standard output, with keys that other programs rely on.

use crate::ground::{Ground, customers};
use serde_json::Value;

/// The value at a path of keys, such as `fidelity.overall`.
fn at<'a>(answer: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(answer, |value, key| {
        value.get(key).unwrap_or_else(|| panic!("no {path} in {answer}"))
    })
}

fn is_score(score: &Value) {
    for key in ["value", "low", "high", "floor", "ceiling", "normalised"] {
        assert!(score.get(key).is_some(), "no {key} in {score}");
    }
}

fn is_evaluation(answer: &Value) {
    for name in ["overall", "shapes", "pairs", "detection"] {
        is_score(at(answer, &format!("fidelity.{name}")));
    }
    assert!(at(answer, "copies.synthetic").is_f64());
    assert!(at(answer, "copies.expected").is_f64());
    let gates = at(answer, "gates").as_array().unwrap();
    assert!(!gates.is_empty());
    for gate in gates {
        assert!(at(gate, "name").is_string());
        assert!(at(gate, "value").is_f64());
        assert!(at(gate, "threshold").is_f64());
        assert!(at(gate, "passed").is_boolean());
    }
}

fn are_arms(arms: &Value) {
    let arms = arms.as_array().unwrap();
    assert_eq!(arms.len(), 3);
    for arm in arms {
        assert!(at(arm, "name").is_string());
        for key in ["ratio", "weight", "metrics", "against_real"] {
            at(arm, key);
        }
    }
}

/// `fit` and `generate`: what was done, and the hash of the file that is there.
#[test]
fn fit_and_generate() {
    let ground = Ground::with_customers(300);
    let fit = ground
        .plenish("fit customers.csv --target buys -o m.plenish --json")
        .json();
    assert_eq!(at(&fit, "model"), "m.plenish");
    assert_eq!(at(&fit, "rows"), 300);
    assert_eq!(at(&fit, "columns"), 7);
    assert!(at(&fit, "seconds").is_f64());
    assert!(at(&fit, "log_likelihood").as_f64().unwrap() < 0.0);
    for rows in ["-n 20", "--rows 5..25", "-n 0", "--rows 5..5"] {
        let made = ground
            .plenish(&format!("generate m.plenish {rows} -o x.csv --json"))
            .json();
        let lines = ground.text("x.csv").lines().count() - 1;
        assert_eq!(at(&made, "rows"), lines);
        assert!(at(&made, "seconds").is_f64());
        let hash = plenish_files::sha256_file(&ground.path("x.csv")).unwrap();
        assert_eq!(at(&made, "sha256"), hash.as_str());
    }
    // As many rows as were learned from, unless told otherwise.
    let made = ground.plenish("generate m.plenish -o x.parquet --json").json();
    assert_eq!(at(&made, "rows"), 300);
}

/// `evaluate`, alone and with the experiment that a target adds.
#[test]
fn evaluate() {
    let ground = Ground::with_customers(300);
    ground.write("holdout.csv", customers(600));
    let command = "evaluate --real customers.csv --holdout holdout.csv --synthetic customers.csv --json";
    let said = ground.plenish(command);
    is_evaluation(&said.json());
    // The training rows themselves are no synthetic data: the gate against copies says so.
    assert_eq!(said.code, Some(3));
    let answer = ground
        .plenish(&format!("{command} --target buys --protected sex,age"))
        .json();
    is_evaluation(&answer);
    are_arms(at(&answer, "experiment.arms"));
}

/// `run`: everything, with the verdict and the version.
#[test]
fn run() {
    let ground = Ground::with_customers(400);
    ground.study(&[]);
    let answer = ground.plenish("run study.toml --json").worked().json();
    is_evaluation(&answer);
    are_arms(at(&answer, "arms"));
    let verdict = at(&answer, "verdict").as_str().unwrap();
    assert!(["accept", "reject", "no-benefit"].contains(&verdict), "{verdict}");
    assert!(!at(&answer, "reasons").as_array().unwrap().is_empty());
    let version = at(&answer, "version").as_str().unwrap();
    let shown = ground.plenish(&format!("store show {version} --json")).json();
    assert_eq!(at(&shown, "id"), version);
}

/// `init`, `profile` and `store`: an object each.
#[test]
fn the_other_commands() {
    let ground = Ground::with_customers(400);
    let answer = ground.plenish("init customers.csv --target buys --json").json();
    assert_eq!(at(&answer, "study"), "study.toml");
    let answer = ground
        .plenish("profile customers.csv --target buys --protected sex --json")
        .json();
    assert_eq!(at(&answer, "rows"), 400);
    assert_eq!(at(&answer, "columns").as_array().unwrap().len(), 7);
    at(&answer, "associations");
    ground.plenish("run study.toml -q").worked();
    assert_eq!(
        at(&ground.plenish("store log --json").json(), "entries")
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(at(&ground.plenish("store verify --json").json(), "ok"), true);
}

/// `--quiet`: files, exit codes and errors stay; talk goes.
#[test]
fn quiet_says_nothing() {
    let ground = Ground::with_customers(400);
    for command in [
        "init customers.csv --target buys -q",
        "run study.toml -q",
        "fit customers.csv -o m.plenish -q",
        "generate m.plenish -n 5 -o x.csv -q",
    ] {
        let said = ground.plenish(command).worked();
        assert_eq!((said.text().as_str(), said.err.as_str()), ("", ""), "{command}");
    }
    let said = ground.plenish("fit absent.csv -o m.plenish -q");
    assert!(said.code == Some(1) && !said.err.is_empty());
}
