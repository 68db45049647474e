//! The studies in `examples`, on a part of their rows.

use crate::ground::Ground;
use plenish_files::ReadOptions;
use plenish_table::Context;
use serde_json::Value;
use std::path::Path;

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
const ADULT: [&str; 2] = ["adult/data/adult_train.csv.gz", "adult/data/adult_test.csv.gz"];

/// The example's folder and every `step`th row of its data, at the places they have there.
fn copied(example: &str, data: &[&str], step: usize) -> Ground {
    let ground = Ground::new();
    let folder = Path::new(EXAMPLES).join(example);
    std::fs::create_dir(ground.path(example)).unwrap();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let is_result = path
            .extension()
            .is_some_and(|e| e == "parquet" || e == "plenish" || e == "html");
        if path.is_file() && !is_result {
            let name = path.file_name().unwrap();
            std::fs::copy(&path, ground.path(example).join(name)).unwrap();
        }
    }
    let cx = Context::silent();
    for file in data {
        let from = format!("{EXAMPLES}/{file}");
        let table = plenish_files::read(&from, &ReadOptions::default(), &cx).unwrap();
        let rows: Vec<u32> = (0..table.rows() as u32).step_by(step).collect();
        let to = ground.path(file);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        plenish_files::write(&table.take(&rows), &to.display().to_string(), &cx).unwrap();
    }
    ground
}

/// The same with one repeat of its experiment with one learner.
fn small(example: &str, data: &[&str], step: usize) -> Ground {
    let ground = copied(example, data, step);
    let name = format!("{example}/study.toml");
    let mut study = ground.text(&name);
    for repeats in ["repeats = 2", "repeats = 3", "repeats = 5"] {
        study = study.replace(repeats, "repeats = 1");
    }
    assert!(study.contains("repeats = 1\n"), "{study}");
    if !study.contains("learners = ") {
        study = study.replace("repeats = 1\n", "repeats = 1\nlearners = [\"boosted\"]\n");
    }
    ground.write(&name, study);
    ground
}

/// Runs the example; its answer.
fn run(ground: &Ground, example: &str) -> Value {
    let said = ground.plenish(&format!("run {example}/study.toml --json")).worked();
    let names = crate::ground::names_in(&ground.path(example));
    for file in [
        "augmented.parquet",
        "model.plenish",
        "quarantine.parquet",
        "report.html",
        "synthetic.parquet",
        "verdict.json",
    ] {
        assert!(names.iter().any(|name| name == file), "no {file} in {names:?}");
    }
    said.json()
}

/// Every planned row was made and satisfies its line, and the counts after are those before and what was added.
fn exact(ground: &Ground, example: &str, answer: &Value) {
    let plan = &answer["plan"];
    let lines = plan["lines"].as_array().unwrap();
    assert!(!lines.is_empty());
    let table = |name: &str| {
        let path = ground.path(example).join(name).display().to_string();
        plenish_files::read(&path, &ReadOptions::default(), &Context::silent()).unwrap()
    };
    let synthetic = table("synthetic.parquet");
    let planned: u64 = lines.iter().map(|line| line["rows"].as_u64().unwrap()).sum();
    assert_eq!(planned, synthetic.rows() as u64);
    for (line, found) in lines.iter().zip(plan["found"]["lines"].as_array().unwrap()) {
        let text = line["where"].as_str().unwrap();
        let condition = plenish_table::Condition::parse(text, synthetic.schema()).unwrap();
        let count = |table| condition.mask(table).unwrap().into_iter().filter(|own| *own).count() as u64;
        assert!(count(&synthetic) >= line["rows"].as_u64().unwrap(), "{line}");
        // Lines of these examples do not overlap.
        let number = |of: &Value, key: &str| of[key].as_u64().unwrap();
        assert_eq!(number(found, "before"), number(line, "have"), "{found}");
        assert_eq!(
            number(found, "after"),
            number(found, "before") + number(found, "added"),
            "{found}"
        );
        assert_eq!(number(found, "after"), count(&table("augmented.parquet")), "{found}");
    }
}

#[test]
fn fairness() {
    let ground = small("fairness", &ADULT, 16);
    let answer = run(&ground, "fairness");
    exact(&ground, "fairness", &answer);
    assert_eq!(
        answer["plan"]["lines"][0]["where"],
        "sex = 'Female' and income = '>50K'"
    );
    // The arms are parts of the plan's rows, each with its place beside the front.
    let points = answer["folds"]["front"]["points"].as_array().unwrap();
    assert!(
        points.len() >= 4 && points.iter().all(|point| point["group_gap"].is_f64()),
        "{points:?}"
    );
}

#[test]
fn rare_event() {
    let ground = small("rare_event", &["rare_event/data/rare_event.csv.gz"], 2);
    let answer = run(&ground, "rare_event");
    exact(&ground, "rare_event", &answer);
    assert_eq!(answer["plan"]["lines"][0]["where"], "class = 'g'");
    let have = answer["plan"]["lines"][0]["have"].as_f64().unwrap();
    assert!(have < 0.02 * answer["rows"]["real"].as_f64().unwrap(), "{answer}");
}

#[test]
fn small_data() {
    let ground = small("small_data", &["german_credit/data/german_credit.csv.gz"], 1);
    let answer = run(&ground, "small_data");
    assert!(answer["plan"].is_null());
    assert_eq!(answer["rows"]["real"], 750);
}

#[test]
fn reference_margins() {
    let ground = small("reference_margins", &ADULT, 16);
    let answer = run(&ground, "reference_margins");
    exact(&ground, "reference_margins", &answer);
    assert!(answer["plan"]["lines"].as_array().unwrap().len() >= 5);
}

/// The private example spends its whole limit in one run; attacks find nothing for certain.
#[test]
fn private() {
    let ground = copied("private", &ADULT, 8);
    ground
        .plenish("ledger limit adult --epsilon 1 --ledger private/plenish-ledger")
        .worked();
    let answer = ground.plenish("run private/study.toml --json").worked().json();
    assert_eq!(
        crate::ground::names_in(&ground.path("private/release")),
        ["evidence.json", "model.plenish", "synthetic.parquet"]
    );
    for gate in answer["gates"].as_array().unwrap() {
        let attacks = gate["name"].as_str().unwrap().starts_with("audit_");
        assert!(!attacks || gate["passed"] == true, "{gate}");
    }
    let spent = answer["privacy"]["ledger"]["epsilon"].as_f64().unwrap();
    assert!((0.999..=1.0).contains(&spent), "{spent}");
    let said = ground.plenish("run private/study.toml");
    assert!(said.code == Some(2) && said.err.contains("privacy budget"), "{said:?}");
}
