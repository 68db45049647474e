//! Studies: what `init` writes and `run` leaves, and study files that are wrong.

use crate::ground::{Ground, customers};
use std::fmt::Write as _;

/// From a table to a published data set in two commands; nothing but the promised files is left.
#[test]
fn two_commands() {
    let ground = Ground::with_customers(400);
    assert_eq!(ground.plenish("init customers.csv --target buys").code, Some(0));
    let said = ground.plenish("run study.toml").worked();
    assert!(said.text().contains("Verdict: "), "{said:?}");
    assert_eq!(said.err, "");
    assert_eq!(
        ground.names(),
        [
            ".plenish",
            "augmented.parquet",
            "customers.csv",
            "model.plenish",
            "quarantine.parquet",
            "report.html",
            "study.toml",
            "synthetic.parquet",
            "verdict.json"
        ]
    );
    // A study that is there is not replaced unasked.
    let said = ground.plenish("init customers.csv --target buys");
    assert!(said.code == Some(2) && said.err.contains("--force"), "{said:?}");
}

/// The augmented table: the real rows, then the synthetic ones, with where each is from and its weight.
#[test]
fn the_augmented_table() {
    let ground = Ground::with_customers(400);
    ground.study(&[
        ("formats = [\"parquet\"]", "formats = [\"csv\", \"parquet\"]"),
        ("ratio = 1.0", "ratio = 0.5"),
        ("\nweight = 1.0", "\nweight = 0.25"),
    ]);
    ground.plenish("run study.toml -q").worked();
    let text = ground.text("augmented.csv");
    let mut lines = text.lines();
    assert!(lines.next().unwrap().ends_with("buys,_origin,_weight"));
    let real = text
        .lines()
        .filter(|l| l.ends_with(",real,1.0") || l.ends_with(",real,1"))
        .count();
    let synthetic = text.lines().filter(|l| l.ends_with(",synthetic,0.25")).count();
    assert_eq!(real + synthetic, lines.count());
    assert_eq!(synthetic, real.div_ceil(2));
    assert_eq!(ground.text("synthetic.csv").lines().count(), real + 1);
    assert!(ground.names().contains(&"augmented.parquet".to_owned()));
}

/// A study in another folder, with its own test file: paths start at the study's folder.
#[test]
fn a_study_in_another_folder() {
    let ground = Ground::with_customers(400);
    ground.write("test.csv", customers(900));
    std::fs::create_dir(ground.path("work")).unwrap();
    let init = "init customers.csv --target buys --test test.csv -o work/study.toml";
    let said = ground.plenish(init);
    assert_eq!(said.code, Some(0), "{said:?}");
    let text = ground.text("work/study.toml");
    assert!(text.contains("train = \"../customers.csv\"") && text.contains("test = \"../test.csv\""));
    let answer = ground.plenish("run work/study.toml --json").worked().json();
    assert_eq!(
        (&answer["rows"]["real"], &answer["rows"]["holdout"]),
        (&400.into(), &900.into())
    );
    assert!(ground.path("work/synthetic.parquet").exists());
    assert_eq!(ground.names(), ["customers.csv", "test.csv", "work"]);
}

/// `where` and `rows` in a study hold for every synthetic row.
#[test]
fn a_study_with_a_condition() {
    let ground = Ground::with_customers(400);
    ground.study(&[
        ("# rows = 10000", "rows = 250"),
        (
            "# where = \"income = '>50K' and sex = 'Female'\"",
            "where = \"buys = 'yes' and sex = 'Female'\"",
        ),
        ("formats = [\"parquet\"]", "formats = [\"csv\"]"),
    ]);
    ground.plenish("run study.toml -q").worked();
    let text = ground.text("synthetic.csv");
    assert_eq!(text.lines().count(), 251);
    assert!(
        text.lines()
            .skip(1)
            .all(|l| l.ends_with(",yes") && l.contains(",Female,"))
    );
}

/// Study files with one thing wrong: file, line, position, and what to do.
#[test]
fn study_files_that_are_wrong() {
    let ground = Ground::with_customers(400);
    ground.write("empty.toml", "");
    ground.write("binary.toml", [0xD2, 0x00, 0xFF]);
    let mut shown = ground.failures(&[
        &["run", "absent.toml"],
        &["run", "."],
        &["run", "empty.toml"],
        &["run", "binary.toml"],
        &["run", "customers.csv"],
    ]);
    let condition = "# where = \"income = '>50K' and sex = 'Female'\"";
    for (old, new) in [
        ("seed = 1", "seed = \"one\""),
        ("seed = 1", "seeds = 1"),
        ("[generator]", "[generatr]"),
        ("name = \"chain\"", "name = \"chian\""),
        ("preset = \"balanced\"", "preset = \"turbo\""),
        ("format = 1", "format = 99"),
        ("[data]", "[data"),
        ("target = \"buys\"", "target = \"wage\""),
        ("protected = [\"sex\"]", "protected = [\"race\"]"),
        ("protected = [\"sex\"]", "protected = [\"buys\"]"),
        ("protected = [\"sex\"]", "protected = \"sex\""),
        ("train = \"customers.csv\"", "train = \"absent.csv\""),
        (
            "train = \"customers.csv\"",
            "train = \"customers.csv\"\ntrain = \"customers.csv\"",
        ),
        ("test_share = 0.25", "test_share = 0.05"),
        ("# delimiter = \";\"", "delimiter = \";;\""),
        ("# rows = 10000", "rows = 0"),
        ("# rows = 10000", "rows = 3"),
        ("# condition_on = [\"income\", \"sex\"]", "condition_on = [\"race\"]"),
        (condition, "where = \"buys = \""),
        (condition, "where = \"race = 'x'\""),
        (condition, "where = \"age > 'old'\""),
        ("ratio = 1.0", "ratio = -1"),
        ("ratio = 1.0", "ratio = nan"),
        (
            "# group_thresholds = [\"equalized-odds 0.02\"]",
            "group_thresholds = [\"equalized odds\"]",
        ),
        ("shapes = 0.95", "shapes = 7"),
        ("formats = [\"parquet\"]", "formats = [\"xls\"]"),
        ("folder = \".\"", "folder = \"customers.csv\""),
        ("[columns.age]", "[columns.aeg]"),
        ("type = \"integer\"", "type = \"date\""),
        ("max = 77", "max = 3"),
    ] {
        ground.study(&[(old, new)]);
        let _ = writeln!(shown, "# {}", new.replace('\n', " "));
        shown += &ground.failures(&[&["run", "study.toml", "--json"]]);
    }
    ground.study(&[
        ("protected = [\"sex\"]", "protected = []"),
        (
            "# group_thresholds = [\"equalized-odds 0.02\"]",
            "group_thresholds = [\"equalized-odds\"]",
        ),
    ]);
    shown += "# thresholds by group, and no group\n";
    shown += &ground.failures(&[&["run", "study.toml", "--json"]]);
    for (what, key, value) in [
        (
            "a metric of numbers",
            "# metric = \"average_precision\"",
            "metric = \"rmse\"",
        ),
        (
            "thresholds by group, and the operating point is a rate",
            "# group_thresholds = [\"equalized-odds 0.02\"]",
            "operating_point = \"recall 0.8\"\ngroup_thresholds = [\"equalized-odds\"]",
        ),
    ] {
        ground.study(&[(key, value)]);
        let _ = writeln!(shown, "# {what}");
        shown += &ground.failures(&[&["run", "study.toml", "--json"]]);
    }
    insta::assert_snapshot!(shown);
}
