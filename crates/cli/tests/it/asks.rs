//! Completing given rows, filling cells, setting distributions, temperature, and scoring.

use crate::conditions::cells;
use crate::ground::{Ground, customers, with_cell};
use std::fmt::Write as _;

/// Given cells come out as they went in, row by row; what is asked of the rest holds.
#[test]
fn given_rows_are_completed() {
    let ground = Ground::with_model();
    let mut given = "region,age\n".to_owned();
    for row in 0..200 {
        let region = ["West", "", "\"South, coast\"", "North"][row % 4];
        let age = if row % 3 == 0 {
            String::new()
        } else {
            (20 + row % 50).to_string()
        };
        let _ = writeln!(given, "{region},{age}");
    }
    ground.write("given.csv", &given);
    let command = "generate model.plenish --given given.csv --where";
    let words: Vec<&str> = command.split(' ').chain(["income > 50000", "-o", "-"]).collect();
    let made = ground.run(&words, b"").worked().text();
    for name in ["region", "age"] {
        let (kept, was) = (cells(&made, name), cells(&given, name));
        assert_eq!(kept.len(), 200);
        assert!(kept.iter().zip(&was).all(|(kept, was)| was.is_empty() || kept == was));
    }
    assert!(
        cells(&made, "income")
            .iter()
            .all(|v| v.parse::<f64>().unwrap() > 50_000.0)
    );
    let part = ground
        .run(&[&words[..], &["--rows", "50..60"]].concat(), b"")
        .worked()
        .text();
    assert_eq!(
        part.lines().skip(1).collect::<Vec<_>>(),
        made.lines().skip(51).take(10).collect::<Vec<_>>()
    );
    // Through a pipe, and clipped.
    let said = ground.run(
        &["generate", "model.plenish", "--given", "-", "--clip", "-o", "-"],
        b"age,region\n200,Mars\n",
    );
    let made = said.worked().text();
    assert_eq!(
        (cells(&made, "age"), cells(&made, "region")),
        (vec!["200".to_owned()], vec!["Mars".to_owned()])
    );
}

/// Given rows, distributions and temperatures that cannot be.
#[test]
fn asks_that_are_wrong() {
    let ground = Ground::with_model();
    ground.write("region.csv", "age,region\n30,West\n\n31,Mars\n");
    ground.write("age.csv", "age\n30\n300\n");
    ground.write("old.csv", "age,sex\n30,Male\nold,Male\n");
    ground.write("extra.csv", "age,wage\n30,1\n");
    ground.write("buys.csv", "buys,age\nno,30\nyes,31\n");
    ground.write("empty.csv", "");
    assert_eq!(
        ground
            .plenish("fit customers.csv -q --engine independent -o floor.plenish")
            .code,
        Some(0)
    );
    let given = |file| ["generate", "model.plenish", "-o", "x.csv", "--given", file];
    let set = |text| ["generate", "model.plenish", "-o", "x.csv", "--set-distribution", text];
    insta::assert_snapshot!(ground.failures(&[
        &given("absent.csv"),
        &given("empty.csv"),
        &given("region.csv"),
        &given("age.csv"),
        &given("old.csv"),
        &given("extra.csv"),
        &["generate", "model.plenish", "-o", "x.csv", "--clip"],
        &[
            "generate",
            "model.plenish",
            "-o",
            "x.csv",
            "--given",
            "buys.csv",
            "-n",
            "3"
        ],
        &[
            "generate",
            "model.plenish",
            "-o",
            "x.csv",
            "--given",
            "buys.csv",
            "--where",
            "buys = 'no'"
        ],
        &[
            "generate",
            "model.plenish",
            "-o",
            "x.csv",
            "--given",
            "buys.csv",
            "--set-distribution",
            "buys=0.5,0.5"
        ],
        &set("buys"),
        &set("buys=1"),
        &set("buys=0.5,0.6"),
        &set("buys=0.5,half"),
        &set("buys:maybe=1"),
        &set("income=0.5,0.5"),
        &set("income:rich=1"),
        &set("income:1=1"),
        &set("wage=1"),
        &[
            "generate",
            "model.plenish",
            "-o",
            "x.csv",
            "--set-distribution",
            "buys=1,0",
            "--set-distribution",
            "buys=0,1"
        ],
        &["generate", "model.plenish", "-o", "x.csv", "--temperature", "0"],
        &["generate", "model.plenish", "-o", "x.csv", "--temperature", "hot"],
        &["generate", "floor.plenish", "-o", "x.csv", "--temperature", "2"],
        &["generate", "floor.plenish", "-o", "x.csv", "--given", "buys.csv"],
        &[
            "generate",
            "floor.plenish",
            "-o",
            "x.csv",
            "--set-distribution",
            "income=0.5,0.5"
        ],
        &["impute", "absent.csv", "-o", "x.csv"],
        &["impute", "extra.csv", "--model", "model.plenish", "-o", "x.csv"],
        &["impute", "age.csv", "-o", "x.csv"],
        &["impute", "customers.csv", "-o", "x.csv", "--target", "wage"],
        &[
            "impute",
            "customers.csv",
            "-o",
            "x.csv",
            "--target",
            "age",
            "--model",
            "model.plenish"
        ],
        &["impute", "customers.csv", "--model", "floor.plenish", "-o", "x.csv"],
        &["score", "model.plenish", "age.csv", "-o", "x.csv"],
        &["score", "floor.plenish", "customers.csv", "-o", "x.csv"],
        &["score", "-", "-", "-o", "x.csv"],
        &["score", "customers.csv", "customers.csv", "-o", "x.csv"],
    ]));
}

/// Observed cells come out as they are, missing ones are filled, and a column without any value is left
/// alone with a warning. The same with a model, and again with the same seed.
#[test]
fn missing_cells_are_filled() {
    let ground = Ground::with_model();
    let table = with_cell(&customers(400), "none", |_| String::new());
    ground.write("holes.csv", &table);
    let said = ground.plenish("impute holes.csv --preset fast -o filled.csv").worked();
    assert!(said.err.contains("column 'none' stays as it is"), "{said:?}");
    let filled = ground.text("filled.csv");
    for name in ["age", "sex", "region", "income", "since", "member", "buys"] {
        let (after, before) = (cells(&filled, name), cells(&table, name));
        assert!(after.iter().all(|cell| !cell.is_empty()), "{name}");
        assert!(after.iter().zip(&before).all(|(a, b)| b.is_empty() || a == b), "{name}");
    }
    assert!(cells(&filled, "none").iter().all(String::is_empty));
    assert_eq!(
        ground.plenish("impute holes.csv --preset fast -q -o again.csv").code,
        Some(0)
    );
    assert_eq!(ground.text("again.csv"), filled);
    let said = ground
        .plenish("impute customers.csv --model model.plenish --json -o filled.csv")
        .worked();
    let missing = cells(&customers(400), "region")
        .iter()
        .filter(|cell| cell.is_empty())
        .count();
    assert_eq!(said.json()["filled"], missing);
    assert_eq!(said.json()["columns"]["region"], missing);
    assert!(
        cells(&ground.text("filled.csv"), "region")
            .iter()
            .all(|cell| !cell.is_empty())
    );
}

/// Shares are exact, and the answer tells which value got which.
#[test]
fn distributions_are_set() {
    let ground = Ground::with_model();
    let base = "generate model.plenish -n 400 -o x.csv --set-distribution buys=0.25,0.75";
    let said = ground.plenish(base).worked().text();
    assert!(said.starts_with("Set buys: no 0.25, yes 0.75\n"), "{said}");
    let count = |word: &str| {
        cells(&ground.text("x.csv"), "buys")
            .iter()
            .filter(|v| *v == word)
            .count()
    };
    assert_eq!((count("no"), count("yes")), (100, 300));
    let json = ground
        .plenish(&format!("{base} --json --temperature 0.5"))
        .worked()
        .json();
    assert_eq!(json["distributions"][0]["shares"][1]["value"], "yes");
    assert_eq!(json["condition"]["exact"], true);
}

/// A row for each row, with parts that add up; the answer compares with the fit.
#[test]
fn rows_are_scored() {
    let ground = Ground::with_model();
    let json = ground
        .plenish("score model.plenish customers.csv --json -o scores.csv")
        .worked()
        .json();
    assert_eq!(json["rows"], 400);
    assert!(json["log_likelihood"].as_f64().unwrap() < json["log_likelihood_states"].as_f64().unwrap());
    let scores = ground.text("scores.csv");
    let header: Vec<&str> = scores.lines().next().unwrap().split(',').collect();
    assert_eq!(&header[..3], ["log_likelihood", "least_likely", "log_likelihood_age"]);
    for line in scores.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let parts: f64 = cells[2..].iter().map(|c| c.parse::<f64>().unwrap()).sum();
        assert!((parts - cells[0].parse::<f64>().unwrap()).abs() < 1e-5, "{line}");
        assert!(
            customers(1)
                .lines()
                .next()
                .unwrap()
                .split(',')
                .any(|name| name == cells[1]),
            "{line}"
        );
    }
    let said = ground
        .plenish("score model.plenish customers.csv --no-parts -o scores.csv")
        .worked();
    assert!(said.text().starts_with("Scored 400 rows in "), "{said:?}");
    assert_eq!(
        ground.text("scores.csv").lines().next().unwrap(),
        "log_likelihood,least_likely"
    );
}
