//! The private engines from the command line: the budget is asked first, and nothing passes it by.

use crate::ground::Ground;
use std::fmt::Write;

const SCHEMA: &str = r#"
[columns.age]
type = "integer"
min = 18
max = 90
bins = 12
missing = false
[columns.city]
values = ["Graz", "Linz", "Wien"]
[columns.buys]
values = ["no", "yes"]
"#;

/// Rows whose values are partly outside of what the schema says.
fn ground() -> Ground {
    let ground = Ground::new();
    let mut csv = String::from("age,city,buys\n");
    for row in 0..3_000 {
        let city = ["Wien", "Graz", "Linz", "Bonn"][row % 4];
        let buys = if row % 3 == 0 { "yes" } else { "no" };
        let _ = writeln!(csv, "{},{city},{buys}", 15 + row * 7 % 80);
    }
    ground.write("rows.csv", csv.as_bytes());
    ground.write("public.toml", SCHEMA.as_bytes());
    ground
}

const FIT: &str = "fit rows.csv -o m.plenish --engine mst --epsilon 1 --schema public.toml --data-set shop";

/// Without a limit nothing is learned; with one, fits are charged until it is spent, and the refusal comes before
/// anything is computed.
#[test]
fn a_spent_budget_refuses() {
    let ground = ground();
    let said = ground.plenish(FIT);
    assert!(
        said.code == Some(2) && said.err.contains("no privacy limit"),
        "{said:?}"
    );
    assert!(!ground.names().contains(&"m.plenish".to_owned()));
    ground.plenish("ledger limit shop --epsilon 1.2").worked();
    let fitted = ground.plenish(&format!("{FIT} --evidence evidence.json --json")).json();
    assert_eq!(fitted["evidence"]["private"], true, "{fitted}");
    // Three columns and a tree of two pairs, each with a bound.
    let errors = &fitted["evidence"]["errors"];
    assert_eq!(
        (errors["level"].as_f64(), errors["marginals"].as_array().unwrap().len()),
        (Some(0.95), 5)
    );
    for marginal in errors["marginals"].as_array().unwrap() {
        let bound = marginal["total_variation"].as_f64().unwrap();
        assert!(bound > 0.0 && bound < 0.5, "{marginal}");
    }
    assert!(
        (fitted["ledger"]["epsilon"].as_f64().unwrap() - 1.0).abs() < 1e-6,
        "{fitted}"
    );
    let said = ground.plenish(FIT);
    assert!(
        said.code == Some(2) && said.err.contains("does not allow this"),
        "{said:?}"
    );
    // A smaller question still fits.
    ground.plenish(&FIT.replace("--epsilon 1 ", "--epsilon 0.1 ")).worked();
    let shown = ground.plenish("ledger show shop --json").json();
    assert_eq!(shown["balance"]["runs"], serde_json::json!([2, 2]), "{shown}");
    assert_eq!(ground.plenish("ledger verify shop").code, Some(0));
}

/// Rows lie in the public domain, keep conditions, and follow from their seed; the model does not.
#[test]
fn private_rows_keep_the_public_domain() {
    let ground = ground();
    ground.plenish("ledger limit shop --epsilon 20").worked();
    ground.plenish(&FIT.replace("--epsilon 1 ", "--epsilon 5 ")).worked();
    let rows = ground.plenish("generate m.plenish -n 500 -o - --seed 3").worked();
    assert_eq!(
        rows.text(),
        ground
            .plenish("generate m.plenish -n 500 -o - --seed 3")
            .worked()
            .text()
    );
    for line in rows.text().lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let age: i64 = cells[0].parse().unwrap();
        assert!((18..=90).contains(&age) && cells[1] != "Bonn", "{line}");
    }
    let some = ground
        .run(
            &[
                "generate",
                "m.plenish",
                "-n",
                "50",
                "-o",
                "-",
                "--where",
                "buys = 'yes'",
            ],
            b"",
        )
        .worked();
    assert!(
        some.text().lines().skip(1).all(|line| line.ends_with(",yes")),
        "{}",
        some.text()
    );
    let first = ground.read("m.plenish");
    ground.plenish(&FIT.replace("--epsilon 1 ", "--epsilon 5 ")).worked();
    assert_ne!(first, ground.read("m.plenish"), "noise must not follow from the seed");
}

/// A ledger that was edited by hand is found out by every use.
#[test]
fn an_edited_ledger_is_found() {
    let ground = ground();
    ground.plenish("ledger limit shop --epsilon 1").worked();
    let log = std::fs::read_dir(ground.path("plenish-ledger/shop"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "jsonl" || e == "log"))
        .unwrap();
    let text = std::fs::read_to_string(&log)
        .unwrap()
        .replacen("\"epsilon\":1", "\"epsilon\":9", 1);
    std::fs::write(&log, text).unwrap();
    let said = ground.plenish("ledger verify shop");
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_ne!(ground.plenish(FIT).code, Some(0));
}

/// What is missing or makes no sense is said before the ledger is charged.
#[test]
fn what_cannot_be_promised() {
    let ground = ground();
    ground.plenish("ledger limit shop --epsilon 10").worked();
    for (command, part) in [
        (FIT.replace("--epsilon 1 ", ""), "needs --epsilon"),
        (FIT.replace("--schema public.toml ", ""), "needs --schema"),
        (FIT.replace(" --data-set shop", ""), "needs --data-set"),
        (FIT.replace("--epsilon 1 ", "--epsilon 0 "), "epsilon is 0"),
        (FIT.replace("--epsilon 1 ", "--epsilon -1 "), "epsilon is -1"),
        (FIT.replace("--epsilon 1 ", "--epsilon inf "), "epsilon is inf"),
        (
            format!("{FIT} --delta 0.01 --rows-at-most 3000"),
            "more than 1 over the number of rows",
        ),
        (FIT.replace("--engine mst ", ""), "not differentially private"),
        (FIT.replace("shop", "Shop"), "cannot name a data set"),
    ] {
        let said = ground.plenish(&command);
        assert!(said.code == Some(2) && said.err.contains(part), "{command}: {said:?}");
    }
    let shown = ground.plenish("ledger show shop --json").json();
    assert_eq!(shown["balance"]["runs"], serde_json::json!([0, 0]), "{shown}");
}
