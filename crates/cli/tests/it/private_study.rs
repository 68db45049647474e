//! Studies under differential privacy: one charge, a folder of what may leave, and everything else stays.

use crate::ground::{Draws, Ground, names_in};
use serde_json::{Value, json};
use std::fmt::Write;

const SCHEMA: &str = r#"
[columns.age]
type = "integer"
min = 18
max = 80
bins = 9
missing = false
[columns.city]
values = ["Graz", "Linz", "Wien"]
[columns.buys]
values = ["no", "yes"]
other = false
missing = false
"#;

const STUDY: &str = r#"target = "buys"
protected = ["city"]
[data]
train = "rows.csv"
[privacy]
engine = "mst"
epsilon = 1.0
schema = "public.toml"
data_set = "shop"
"#;

/// Rows of a shop: ages beyond the schema's bounds, a city that it does not know, and what a person buys depends on the
/// age; each person has `each` rows.
fn rows(count: usize, each: usize, seed: u64) -> String {
    let mut draws = Draws::new(seed);
    let mut csv = String::from("age,city,buys,customer,note\n");
    for row in 0..count {
        let age = 15 + draws.below(70);
        let city = ["Wien", "Graz", "Linz", "Bonn"][draws.below(4) as usize];
        let buys = if age + draws.below(40) > 70 { "yes" } else { "no" };
        let note = draws.below(1_000_000_000);
        let _ = writeln!(csv, "{age},{city},{buys},c{},{note}", row / each);
    }
    csv
}

fn ground() -> Ground {
    let ground = Ground::new();
    ground.write("rows.csv", rows(3_000, 1, 7));
    ground.write("public.toml", SCHEMA);
    ground.write("study.toml", STUDY);
    ground
}

fn runs(ground: &Ground, name: &str) -> Value {
    ground.plenish(&format!("ledger show {name} --json")).json()["balance"]["runs"].clone()
}

/// One run, one charge: what may leave stands apart, the report says what it is, and the next run is refused before the
/// data is opened.
#[test]
fn a_private_study_is_charged_once_and_then_refused() {
    let ground = ground();
    let said = ground.plenish("run study.toml");
    assert!(
        said.code == Some(2) && said.err.contains("no privacy limit"),
        "{said:?}"
    );
    ground.plenish("ledger limit shop --epsilon 1.2").worked();
    let said = ground.plenish("run study.toml --json").worked();
    assert!(said.err.contains("outside the public schema"), "{}", said.err);
    let answer = said.json();
    assert_eq!(runs(&ground, "shop"), json!([1, 1]));
    assert_eq!(
        names_in(&ground.path("release")),
        ["evidence.json", "model.plenish", "synthetic.parquet"]
    );
    assert_eq!(
        ground.names(),
        [
            ".plenish",
            "plenish-ledger",
            "public.toml",
            "quarantine.parquet",
            "release",
            "report.html",
            "rows.csv",
            "study.toml",
            "verdict.json"
        ]
    );
    // As many rows as noisy answers make out of the data: the true number is secret.
    let shown = ground.plenish("show release/model.plenish --json").json();
    assert_eq!(answer["rows"]["synthetic"], shown["rows"], "{shown}");
    let privacy = &answer["privacy"];
    assert_eq!(privacy["reproducible"], false);
    assert_eq!(privacy["evidence"]["private"], true);
    assert_eq!(
        privacy["evidence"],
        serde_json::from_slice::<Value>(&ground.read("release/evidence.json")).unwrap()
    );
    let outside = privacy["outside"]["cells"].as_array().unwrap();
    assert!(
        outside.iter().any(|c| c[0] == "city" && c[1].as_u64().unwrap() > 400),
        "{outside:?}"
    );
    let told: Value = serde_json::from_slice(&ground.read("verdict.json")).unwrap();
    assert_eq!(told["privacy"]["released"], privacy["released"]);
    let report = ground.text("report.html");
    for part in [
        "This page is not covered by epsilon.",
        "May leave the house",
        "release/synthetic.parquet",
        "Stays with the data",
        "one row added or removed",
        "The rows were not attacked.",
    ] {
        assert!(report.contains(part), "{part}");
    }
    assert!(!report.to_lowercase().contains("anonym"));
    // The store has all of it, and makes the rows again from the model, without another charge.
    assert_eq!(ground.plenish("store verify").code, Some(0));
    let again = ground.plenish("store verify --regenerate --json").json();
    assert_eq!(again["ok"], true, "{again}");
    assert_eq!(again["regenerated"][0]["files"][0]["name"], "release/synthetic.parquet");
    assert_eq!(runs(&ground, "shop"), json!([1, 1]));
    // A spent budget is noticed without the data, and leaves everything as it is.
    std::fs::remove_file(ground.path("rows.csv")).unwrap();
    let (before, rows) = (ground.names(), ground.read("release/synthetic.parquet"));
    let said = ground.plenish("run study.toml");
    assert!(
        said.code == Some(2) && said.err.contains("the privacy budget of 'shop'"),
        "{said:?}"
    );
    assert_eq!(
        (ground.names(), ground.read("release/synthetic.parquet")),
        (before, rows)
    );
    assert_eq!(runs(&ground, "shop"), json!([1, 1]));
}

/// Attacks are made when the study asks for them, and leave files that the store does not have.
#[test]
fn attacks_stay_with_the_data() {
    let ground = ground();
    ground.write(
        "study.toml",
        format!("{STUDY}[audit]\nmake = true\nkeys = [\"age\"]\naudit_tpr = false\n"),
    );
    ground.plenish("ledger limit shop --epsilon 9").worked();
    let answer = ground.plenish("run study.toml --json").worked().json();
    let gates: Vec<&str> = answer["gates"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|g| g["name"].as_str())
        .collect();
    assert!(
        gates.contains(&"audit_auc") && !gates.contains(&"audit_tpr"),
        "{gates:?}"
    );
    let audit: Value = serde_json::from_slice(&ground.read("audit.json")).unwrap();
    assert_eq!(audit["attribute"]["known"], json!(["age"]));
    // Rows under epsilon 1 tell attackers next to nothing of single rows.
    assert!(audit["worst"]["auc_low"].as_f64().unwrap() < 0.55, "{}", audit["worst"]);
    let page = ground.text("audit.html");
    for part in [
        "no part of what is released",
        "What is promised",
        "Found at 1 % false alarms",
        "Naive",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.to_lowercase().contains("anonym"));
    let report = ground.text("report.html");
    assert!(report.contains("audit.json") && !report.contains("attack-auc"));
    let record = ground.plenish("store show latest --json").json();
    let kept: Vec<&String> = record["outputs"].as_object().unwrap().keys().collect();
    assert!(kept.iter().all(|name| !name.starts_with("audit")), "{kept:?}");
    assert_eq!(names_in(&ground.path("release")).len(), 3);
    // Too few rows to attack are said before anything is charged.
    ground.write("rows.csv", rows(300, 1, 7));
    let said = ground.plenish("run study.toml");
    assert!(
        said.code == Some(1) && said.err.contains("an audit needs 100 rows"),
        "{said:?}"
    );
    assert_eq!(runs(&ground, "shop"), json!([1, 1]));
}

/// Studies without a promise can be attacked as well.
#[test]
fn any_study_can_be_attacked() {
    let ground = Ground::with_customers(600);
    ground.study(&[
        ("# make = true", "make = true"),
        ("preset = \"balanced\"", "preset = \"fast\""),
    ]);
    ground.plenish("run study.toml").worked();
    assert!(ground.names().contains(&"audit.html".to_owned()));
    assert!(!ground.text("audit.html").contains("What is promised"));
}

/// For a table that real rows are part of, and conditions: both are possible, and the first one stays.
#[test]
fn augmented_tables_stay() {
    let ground = ground();
    let study = STUDY.replace("target = \"buys\"", "target = \"buys\"\npurpose = \"augment\"");
    ground.write(
        "study.toml",
        format!("{study}[generator]\nrows = 700\nwhere = \"city = 'Wien'\"\n[output]\nformats = [\"csv\"]\n"),
    );
    ground.plenish("ledger limit shop --epsilon 2").worked();
    let answer = ground.plenish("run study.toml --json").worked().json();
    assert_eq!(runs(&ground, "shop"), json!([1, 1]), "no fold may learn anew");
    let kept = answer["privacy"]["kept"].as_array().unwrap();
    assert!(
        kept.contains(&json!("augmented.csv")) && kept.contains(&json!(".plenish/")),
        "{kept:?}"
    );
    let synthetic = ground.text("release/synthetic.csv");
    assert_eq!(synthetic.lines().count(), 701);
    assert!(synthetic.lines().skip(1).all(|line| line.contains(",Wien,")));
}

/// What does not go with a promise is refused, with its line, and costs nothing.
#[test]
fn what_does_not_go_together() {
    let ground = ground();
    ground.plenish("ledger limit shop --epsilon 9").worked();
    let mut shown = String::new();
    let (head, privacy) = STUDY.split_once("[privacy]").unwrap();
    for (name, text) in [
        (
            "plan",
            format!("{STUDY}[plan]\ngaps = [\"rare\"]\nrounds = 2\n[balance]\ngoal = \"best-group\"\n"),
        ),
        (
            "generator",
            format!("{STUDY}[generator]\nname = \"chain\"\npreset = \"max\"\n"),
        ),
        ("folds", format!("{STUDY}[experiment]\nrepeats = 2\n")),
        ("constraints", format!("{STUDY}[constraints]\nunique = [\"age\"]\n")),
        (
            "columns",
            format!("{STUDY}[columns.age]\nmin = 3\nrole = \"identifier\"\n"),
        ),
        ("unknown column", STUDY.replace("\"city\"", "\"note\"")),
        ("empty", format!("{head}[privacy]\n")),
        ("engine", STUDY.replace("\"mst\"", "\"chain\"")),
        ("epsilon 0", STUDY.replace("epsilon = 1.0", "epsilon = 0")),
        ("epsilon below 0", STUDY.replace("epsilon = 1.0", "epsilon = -1.0")),
        ("epsilon infinite", STUDY.replace("epsilon = 1.0", "epsilon = inf")),
        (
            "delta",
            STUDY.replace("epsilon = 1.0", "epsilon = 1.0\ndelta = 0.01\nrows_at_most = 3000"),
        ),
        ("delta 1", STUDY.replace("epsilon = 1.0", "epsilon = 1.0\ndelta = 1.0")),
        ("data set", STUDY.replace("\"shop\"", "\"The Shop\"")),
        ("no such schema", STUDY.replace("public.toml", "none.toml")),
        ("seed", format!("{head}[privacy]\nseed = 3{privacy}")),
        ("audit that is not made", format!("{STUDY}[audit]\naudit_auc = 0.6\n")),
    ] {
        ground.write("study.toml", text);
        let _ = writeln!(shown, "# {name}");
        shown.push_str(&ground.failures(&[&["run", "study.toml"]]));
    }
    insta::assert_snapshot!(shown);
    assert_eq!(runs(&ground, "shop"), json!([0, 0]));
}

/// Parts of one table under two names are noticed, by fits and by studies; other tables of the same kind are not.
#[test]
fn parts_under_another_name_are_noticed() {
    let ground = ground();
    let whole = ground.text("rows.csv");
    let part: String = whole
        .lines()
        .enumerate()
        .filter(|(i, _)| i % 4 == 0)
        .fold(String::new(), |t, (_, l)| t + l + "\n");
    ground.write("part.csv", part);
    ground.write("other.csv", rows(3_000, 1, 8));
    for name in ["shop", "street", "city"] {
        ground.plenish(&format!("ledger limit {name} --epsilon 9")).worked();
    }
    let fit = "--engine mst --epsilon 1 --schema public.toml -o m.plenish --data-set";
    let first = ground.plenish(&format!("fit rows.csv {fit} shop")).worked();
    assert!(!first.err.contains("already charged"), "{}", first.err);
    let same = ground.plenish(&format!("fit part.csv {fit} shop")).worked();
    assert!(!same.err.contains("already charged"), "{}", same.err);
    let other = ground.plenish(&format!("fit other.csv {fit} city")).worked();
    assert!(!other.err.contains("already charged"), "{}", other.err);
    let said = ground.plenish(&format!("fit part.csv {fit} street")).worked();
    assert!(
        said.err.contains("already charged under the name 'shop'"),
        "{}",
        said.err
    );
    ground.write("study.toml", STUDY.replace("\"shop\"", "\"city\""));
    let said = ground.plenish("run study.toml").worked();
    assert!(
        said.err.contains("already charged under the name 'shop'")
            && said.err.contains("the owner's declaration decides"),
        "{}",
        said.err
    );
    // What is kept of rows stands apart from the ledger, which analysts may see.
    assert_eq!(
        names_in(&ground.path("plenish-ledger/shop")),
        ["head.json", "lock", "log.jsonl"]
    );
    assert!(names_in(&ground.path("plenish-ledger/.trusted")).contains(&"shop.json".to_owned()));
}

/// With persons as the unit, no more than so many rows of each count, and nobody stands in both parts.
#[test]
fn persons_with_more_rows_than_declared() {
    let ground = ground();
    ground.write("rows.csv", rows(4_000, 4, 7));
    ground.write(
        "public.toml",
        format!("person = \"customer\"\nrows_per_person = 1\n{SCHEMA}"),
    );
    ground.plenish("ledger limit shop --epsilon 30").worked();
    let fit = "fit rows.csv -o m.plenish --engine mst --epsilon 10 --schema public.toml --data-set shop --json";
    let answer = ground.plenish(fit).worked().json();
    assert!(
        answer["evidence"]["neighbours"]
            .as_str()
            .unwrap()
            .contains("'customer'"),
        "{answer}"
    );
    // A thousand persons have four rows each, and one of each counts.
    let counted = ground.plenish("show m.plenish --json").json()["rows"].as_f64().unwrap();
    assert!((900.0..1_100.0).contains(&counted), "{counted}");
    let said = ground.plenish("run study.toml").worked();
    assert!(
        said.err.contains("rows are left out: no more than 1 of a person count"),
        "{}",
        said.err
    );
    // Who a row belongs to is said, or nothing is done.
    for (schema, part) in [
        (
            format!("person = \"customer\"\n{SCHEMA}"),
            "person and rows_per_person go together",
        ),
        (format!("person = \"nobody\"\nrows_per_person = 2\n{SCHEMA}"), "nobody"),
        (
            format!("person = \"customer\"\nrows_per_person = 0\n{SCHEMA}"),
            "at least 1 row",
        ),
        (
            format!("person = \"city\"\nrows_per_person = 2\n{SCHEMA}"),
            "cannot be modelled",
        ),
    ] {
        ground.write("public.toml", schema);
        for command in [fit, "run study.toml"] {
            let said = ground.plenish(command);
            assert!(
                matches!(said.code, Some(1 | 2)) && said.err.contains(part),
                "{command}: {said:?}"
            );
        }
    }
    assert_eq!(runs(&ground, "shop"), json!([2, 2]));
}
