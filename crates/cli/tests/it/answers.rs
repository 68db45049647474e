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

/// `show`: what a model is, where it comes from, and that it is whole.
#[test]
fn show() {
    let ground = Ground::with_model();
    let shown = ground.plenish("show model.plenish --json").json();
    for (key, value) in [("generator", "chain"), ("preset", "fast"), ("model", "model.plenish")] {
        assert_eq!(at(&shown, key), value);
    }
    assert_eq!((at(&shown, "rows"), at(&shown, "seed")), (&400.into(), &1.into()));
    assert_eq!(at(&shown, "bytes"), ground.read("model.plenish").len());
    assert_eq!(at(&shown, "checksum").as_str().unwrap().len(), 64);
    assert!(at(&shown, "fitted").is_null(), "the same fit leaves the same bytes");
    let columns = at(&shown, "details").as_array().unwrap();
    assert_eq!(columns.len(), 7);
    assert_eq!(at(&columns[4], "type"), "date");
    let text = ground.plenish("show model.plenish").worked().text();
    let text = text.replace(at(&shown, "checksum").as_str().unwrap(), "[checksum]");
    // Figures that every change of the generator changes are not shown.
    let about: Vec<&str> = text
        .lines()
        .take_while(|line| !line.is_empty())
        .filter(|line| !line.contains("log-likelihood") && !line.contains(" KB"))
        .collect();
    insta::assert_snapshot!(
        about
            .join("\n")
            .replace(concat!(" ", env!("CARGO_PKG_VERSION")), " [version]")
    );
    assert_eq!(
        ground
            .plenish("fit customers.csv -o t.plenish --preset fast --record-time -q")
            .code,
        Some(0)
    );
    assert!(at(&ground.plenish("show t.plenish --json").json(), "fitted").is_string());
}

/// A model that holds training rows says so: in the answer, and as a warning, with every engine that
/// does. Engines without a density have no likelihood to show.
#[test]
fn models_that_hold_rows_say_so() {
    let ground = Ground::with_customers(300);
    for (engine, holds) in [
        ("chain", false),
        ("copula", false),
        ("bootstrap", true),
        ("smote", true),
        ("cart", false),
    ] {
        let said = ground.plenish(&format!(
            "fit customers.csv --target buys --condition-on buys,age --engine {engine} -o m.plenish --json"
        ));
        assert_eq!(at(&said.json(), "holds_rows"), holds, "{engine}");
        assert_eq!(said.err.contains("holds the training rows"), holds, "{engine}");
        assert_eq!(at(&said.json(), "log_likelihood").is_null(), engine != "chain");
        let condition = "buys = 'yes' and age > 30";
        let made = ground.run(
            &["generate", "m.plenish", "-n", "20", "-o", "x.csv", "--where", condition],
            b"",
        );
        assert_eq!(made.code, Some(0), "{engine}: {made:?}");
    }
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
