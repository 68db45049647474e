//! `plenish perturb`: steps from options and from a file, the effect side by side, and what is refused.

use crate::ground::{Ground, HEADER, customers};

/// Rows that were learned from, as many that were not, and new ones that are half copies of the first.
fn ground() -> Ground {
    let ground = Ground::new();
    let table = customers(1_200);
    let lines: Vec<&str> = table.lines().skip(1).collect();
    let (train, rest) = lines.split_at(400);
    let (holdout, new) = rest.split_at(400);
    let half: Vec<&str> = train[..200].iter().chain(&new[..200]).copied().collect();
    for (name, part) in [
        ("train.csv", train),
        ("holdout.csv", holdout),
        ("new.csv", half.as_slice()),
    ] {
        ground.write(name, format!("{HEADER}{}\n", part.join("\n")));
    }
    ground
}

fn column(text: &str, place: usize) -> Vec<String> {
    let cells = text.lines().skip(1).map(|line| {
        // One region has a comma within quotes.
        let line = line.replace("\"South, coast\"", "South");
        line.split(',').nth(place).unwrap().to_owned()
    });
    cells.collect()
}

const TABLES: &str = "perturb --train train.csv --synthetic new.csv";

/// The grid, the share and the rows that steps say, types kept, the same for the same seed.
#[test]
fn steps_do_what_they_say() {
    let ground = ground();
    let steps = "--noise income=0.05,sex=0.1 --swap region=0.5 --round age=10,since=month --drop-nearest 0.25";
    // Two columns in one option have one value.
    let said = ground.plenish(&format!("{TABLES} -o out.csv {steps}"));
    assert_eq!(said.code, Some(2), "{said:?}");
    let steps =
        "--noise income=0.05 --noise sex=0.1 --swap region=0.5 --round age=10 --round since=month --drop-nearest 0.25";
    let said = ground.plenish(&format!("{TABLES} -o out.csv {steps} --json")).json();
    let rows: Vec<u64> = said["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["rows_after"].as_u64().unwrap())
        .collect();
    assert_eq!(rows, [400, 400, 400, 400, 400, 300], "{said}");
    assert!(said["effect"].is_null());
    let out = ground.text("out.csv");
    assert!(out.starts_with(HEADER));
    assert_eq!(out.lines().count(), 301);
    assert!(column(&out, 0).iter().all(|age| age.ends_with('0')), "{out}");
    assert!(column(&out, 4).iter().all(|day| day.ends_with("-01")), "{out}");
    assert!(
        column(&out, 3)
            .iter()
            .all(|income| income.split_once('.').unwrap().1.len() == 2),
        "{out}"
    );
    ground
        .plenish(&format!("{TABLES} -o again.csv {steps} --threads 1 -q"))
        .worked();
    assert_eq!(ground.text("again.csv"), out);
    ground
        .plenish(&format!("{TABLES} -o other.csv {steps} --seed 2 -q"))
        .worked();
    assert_ne!(ground.text("other.csv"), out);
}

/// A file of steps is taken in its order; rows keep a rule; rare combinations are gone.
#[test]
fn a_file_of_steps() {
    let ground = ground();
    ground.write(
        "steps.toml",
        "[[step]]\nname = \"round\"\ncolumns = [\"age\"]\nto = 20\n\
         [[step]]\nname = \"suppress\"\ncolumns = [\"age\", \"region\"]\nfewer_than = 20\n\
         [[step]]\nname = \"noise\"\ncolumns = [\"age\"]\nstrength = 0.2\n",
    );
    let command = [
        "--steps",
        "steps.toml",
        "--constraint",
        "age <= 50",
        "-o",
        "out.csv",
        "--json",
    ];
    let tables = ["perturb", "--train", "train.csv", "--synthetic", "new.csv"];
    let said = ground.run(&[&tables[..], &command[..]].concat(), b"").json();
    let steps = said["steps"].as_array().unwrap();
    assert_eq!(steps[0]["step"], "round age = 20");
    assert_eq!(steps[1]["step"], "suppress age, region = 20");
    assert!(
        steps[1]["rows_after"].as_u64() < steps[1]["rows_before"].as_u64(),
        "{said}"
    );
    assert!(steps[2]["cells_changed"].as_u64().unwrap() > 50, "{said}");
    // Those that noise would have brought above 50 stay; those that were above before may move.
    assert!(steps[2]["rows_kept"].as_u64().unwrap() > 0, "{said}");
}

/// Figures before and after, for people, for programs and in a file; leaving out near rows takes the copies away.
#[test]
fn the_effect_is_told() {
    let ground = ground();
    let command =
        format!("{TABLES} -o out.csv --drop-nearer-than 0.02 --holdout holdout.csv --target buys --effect e.json");
    let said = ground.plenish(&command).worked().text();
    for part in [
        "before",
        "real holdout",
        "ROC AUC predicting buys",
        "membership, distance (AUC)",
        "singling out (risk)",
        "rows that equal a training row",
        "no part of what is released",
        "this is no differential privacy",
    ] {
        assert!(said.contains(part), "{part} is not in:\n{said}");
    }
    assert!(!said.to_lowercase().contains("anonym"), "{said}");
    let written: serde_json::Value = serde_json::from_slice(&ground.read("e.json")).unwrap();
    let copies = written["effect"]["changes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["name"] == "rows that equal a training row")
        .unwrap()
        .clone();
    assert!(
        (copies["before"]["value"].as_f64().unwrap() - 0.5).abs() < 0.01,
        "{copies}"
    );
    assert_eq!(copies["after"]["value"], 0.0, "{copies}");
}

#[test]
fn what_cannot_be_done_is_refused() {
    let ground = ground();
    ground.write("bad.toml", "[[step]]\nname = \"blur\"\n");
    let tables = [
        "perturb",
        "--train",
        "train.csv",
        "--synthetic",
        "new.csv",
        "-o",
        "out.csv",
    ];
    let with = |more: &[&'static str]| -> Vec<&'static str> { tables.iter().chain(more).copied().collect() };
    let commands = [
        with(&[]),
        with(&["--noise", "age"]),
        with(&["--noise", "age=-1"]),
        with(&["--noise", "sex=2"]),
        with(&["--noise", "nobody=0.1"]),
        with(&["--round", "age=2.5"]),
        with(&["--round", "since=hour"]),
        with(&["--swap", "age=1.5"]),
        with(&["--suppress", "age,sex=1"]),
        with(&["--suppress", "income=3"]),
        with(&["--drop-nearest", "1"]),
        with(&["--steps", "bad.toml"]),
        with(&["--steps", "none.toml"]),
        with(&[
            "--drop-nearest",
            "0.1",
            "--holdout",
            "holdout.csv",
            "--target",
            "nobody",
        ]),
    ];
    let commands: Vec<&[&str]> = commands.iter().map(Vec::as_slice).collect();
    insta::assert_snapshot!(ground.failures(&commands));
}

/// What is wrong with the training or the holdout rows is said of those, not of the synthetic ones.
#[test]
fn the_table_at_fault_is_named() {
    let ground = ground();
    ground.write("ages.csv", "age\n30\n40\n");
    let header = ground
        .text("holdout.csv")
        .lines()
        .take(2)
        .collect::<Vec<_>>()
        .join("\n")
        + "\n";
    ground.write("one.csv", &header);
    let commands: [&[&str]; 2] = [
        &[
            "perturb",
            "--train",
            "ages.csv",
            "--synthetic",
            "new.csv",
            "-o",
            "out.csv",
            "--suppress",
            "age,sex=5",
        ],
        &[
            "perturb",
            "--train",
            "train.csv",
            "--synthetic",
            "new.csv",
            "-o",
            "out.csv",
            "--round",
            "age=5",
            "--holdout",
            "one.csv",
        ],
    ];
    let said = ground.failures(&commands);
    assert!(
        said.contains("ages.csv: column 'sex': there is no such column"),
        "{said}"
    );
    assert!(
        said.contains("the holdout table has 1 row; an audit needs at least 100 rows"),
        "{said}"
    );
}
