//! `plenish audit`: figures for programs and for people, gates, and what is refused.

use crate::ground::{Ground, HEADER, customers};
use plenish_files::{ReadOptions, read, write};
use plenish_table::{Context, Seed};
use serde_json::Value;

/// Rows that were learned from, as many that were not, and as many new ones.
fn with_three(rows: usize) -> Ground {
    let ground = Ground::new();
    let table = customers(3 * rows);
    let lines: Vec<&str> = table.lines().skip(1).collect();
    for (name, part) in ["train.csv", "holdout.csv", "new.csv"]
        .into_iter()
        .zip(lines.chunks(rows))
    {
        ground.write(name, format!("{HEADER}{}\n", part.join("\n")));
    }
    ground
}

fn is_risk(risk: &Value) {
    for key in ["main", "control", "naive", "risk"] {
        for end in ["value", "low", "high"] {
            assert!(risk[key][end].is_f64(), "{key} in {risk}");
        }
    }
}

/// New rows pass, copies do not; the keys that programs rely on are there, also in the file.
#[test]
fn copies_are_rejected_and_new_rows_are_not() {
    let ground = with_three(400);
    let command = "audit --train train.csv --holdout holdout.csv --target buys --protected sex --json";
    let passed = ground.plenish(&format!("{command} --synthetic new.csv -o audit.json"));
    assert_eq!(passed.code, Some(0), "{passed:?}");
    let answer = passed.json();
    let written: Value = serde_json::from_slice(&ground.read("audit.json")).unwrap();
    assert_eq!(answer, written);
    let attacks = answer["attacks"].as_array().unwrap();
    assert!(attacks.len() >= 8, "{attacks:?}");
    for attack in attacks {
        assert!(attack["name"].is_string());
        for key in ["auc", "auc_low", "auc_high", "tpr_at_1pct_fpr", "p_holm"] {
            assert!(attack[key].is_f64(), "{key} in {attack}");
        }
        assert!(attack["tpr_at_0_1pct_fpr"].is_null(), "400 others are too few");
    }
    assert!(answer["worst"]["name"].is_string() && answer["worst"]["auc"].is_f64());
    is_risk(&answer["singling_out"]);
    is_risk(&answer["linkability"]);
    for column in answer["attribute"]["columns"].as_array().unwrap() {
        is_risk(column);
    }
    assert!(answer["copies"]["near"]["value"].is_f64());
    assert_eq!(answer["traits"][0]["column"], "sex");
    assert!(answer["sensitive"].is_string());
    // What so few rows cannot be judged by has no gate.
    assert!(answer["gates"].as_array().unwrap().len() >= 7, "{}", answer["gates"]);

    let copied = ground.plenish(&format!("{command} --synthetic train.csv"));
    assert_eq!(copied.code, Some(3));
    assert!(copied.json()["worst"]["tpr_at_1pct_fpr"].as_f64().unwrap() > 0.9);
    // The owner may decide otherwise.
    let names = [
        "auc",
        "exposed_auc",
        "tpr",
        "attribute",
        "singling_out",
        "linkability",
        "copies",
        "traits",
    ];
    let off: Vec<String> = names.iter().map(|name| format!("--gate audit_{name}=off")).collect();
    let allowed = ground.plenish(&format!("{command} --synthetic train.csv {}", off.join(" ")));
    assert_eq!(allowed.code, Some(0));
    assert!(allowed.json()["gates"].as_array().unwrap().is_empty());
}

/// What people read: that it is sensitive, what figures mean, and no promise.
#[test]
fn people_are_told_what_figures_mean() {
    let ground = with_three(300);
    let command = "audit --train train.csv --holdout holdout.csv --synthetic new.csv --protected sex,age";
    let said = ground.plenish(command).worked().text();
    for part in [
        "no part of what is released",
        "AUC 0.5 is guessing",
        "TPR: of those who were",
        "Main: attacks on rows that were learned from",
        "it does not measure privacy",
        "guessing income",
        "audit_auc",
    ] {
        assert!(said.contains(part), "{part} is not in:\n{said}");
    }
    assert!(!said.to_lowercase().contains("anonym"), "{said}");
    assert_eq!(ground.plenish(&format!("{command} --quiet")).text(), "");
}

/// A model and its shadows are attacked as well.
#[test]
fn a_model_is_attacked() {
    let ground = with_three(300);
    let fit = "fit train.csv --target buys --engine bootstrap -o model.plenish -q";
    assert_eq!(ground.plenish(fit).code, Some(0));
    let made = ground.plenish("generate model.plenish -o synthetic.csv -q");
    assert_eq!(made.code, Some(0), "{made:?}");
    let command = "audit --train train.csv --holdout holdout.csv --synthetic synthetic.csv --model model.plenish \
                   --target buys --shadow 2 --engine bootstrap --json";
    let answer = ground.plenish(command).worked().json();
    assert_eq!(answer["not_judged"], Value::Array(Vec::new()));
    let names: Vec<&str> = answer["attacks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["name"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"shadow models") && names.contains(&"likelihood"),
        "{names:?}"
    );
}

/// Adult: a generator that keeps its rows is caught, unseen rows are not.
#[test]
fn adult() {
    let ground = Ground::new();
    let (root, cx) = (env!("CARGO_MANIFEST_DIR"), Context::silent());
    let path = format!("{root}/../../examples/adult/data/adult_train.csv.gz");
    let table = read(&path, &ReadOptions::default(), &cx).unwrap();
    let mut rows: Vec<u32> = (0..table.rows() as u32).collect();
    Seed::new(1).stream(0, 0).shuffle(&mut rows);
    for (name, part) in ["train.csv", "holdout.csv", "new.csv"]
        .into_iter()
        .zip(rows.chunks(1_500))
    {
        let path = ground.path(name).display().to_string();
        write(&table.take(part), &path, &cx).unwrap();
    }
    let fit = "fit train.csv --target income --engine smote -o model.plenish -q";
    assert_eq!(ground.plenish(fit).code, Some(0));
    assert_eq!(ground.plenish("generate model.plenish -o smote.csv -q").code, Some(0));
    let command = "audit --train train.csv --holdout holdout.csv --target income --protected sex --json";
    let caught = ground.plenish(&format!("{command} --synthetic smote.csv"));
    assert_eq!(caught.code, Some(3));
    assert!(caught.json()["worst"]["auc_low"].as_f64().unwrap() > 0.6);
    let passed = ground.plenish(&format!("{command} --synthetic new.csv"));
    assert_eq!(passed.code, Some(0), "{}", passed.text());
}

/// The page shows what was found beside what chance gives, and says that it stays with the data.
#[test]
fn the_page_of_an_audit() {
    let ground = with_three(200);
    let command =
        "audit --train train.csv --holdout holdout.csv --synthetic new.csv --protected sex --report audit.html";
    let said = ground.plenish(command).worked();
    assert!(said.text().contains("Wrote audit.html."), "{said:?}");
    let page = ground.text("audit.html");
    for part in [
        "no part of what is released",
        "attack-auc",
        "Control",
        "Naive",
        "Sensitive traits",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("What is promised"), "nothing was");
    ground.write("evidence.json", "{}");
    let said = ground.plenish(&format!("{command} --evidence evidence.json"));
    assert!(
        said.code == Some(1) && said.err.contains("no evidence of a private fit"),
        "{said:?}"
    );
}

#[test]
fn what_means_nothing_is_refused() {
    let ground = with_three(120);
    ground.write("few.csv", customers(50));
    let other = customers(120).replace("region", "county");
    ground.write("other.csv", other);
    assert_eq!(
        ground
            .plenish("fit other.csv -q -o other.plenish --engine independent")
            .code,
        Some(0)
    );
    let base = ["audit", "--train", "train.csv", "--synthetic", "new.csv"];
    let with = |more: &[&'static str]| [&base[..], more].concat();
    let commands = [
        with(&[]),
        with(&["--holdout", "train.csv"]),
        with(&["--holdout", "few.csv"]),
        with(&["--holdout", "other.csv"]),
        with(&["--holdout", "absent.csv"]),
        with(&["--holdout", "holdout.csv", "--keys", "shoe"]),
        with(&["--holdout", "holdout.csv", "--protected", "shoe"]),
        with(&["--holdout", "holdout.csv", "--target", "buys", "--protected", "buys"]),
        with(&[
            "--holdout",
            "holdout.csv",
            "--keys",
            "age,sex,region,income,since,member,buys",
        ]),
        with(&["--holdout", "holdout.csv", "--gate", "privacy=1"]),
        with(&["--holdout", "holdout.csv", "--gate", "audit_auc=most"]),
        with(&["--holdout", "holdout.csv", "--shadow", "1"]),
        with(&["--holdout", "holdout.csv", "--shadow", "2", "--engine", "magic"]),
        with(&["--holdout", "holdout.csv", "--engine", "smote"]),
        with(&["--holdout", "holdout.csv", "--model", "other.plenish"]),
        with(&["--holdout", "holdout.csv", "--model", "new.csv"]),
        with(&["--holdout", "holdout.csv", "-o", "nowhere/audit.json"]),
    ];
    let commands: Vec<&[&str]> = commands.iter().map(Vec::as_slice).collect();
    insta::assert_snapshot!(ground.failures(&commands));
}
