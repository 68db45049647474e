//! `profile --gaps`: what a table lacks, as text and as JSON, and options that cannot be met.

use crate::ground::{Ground, Said};
use serde_json::Value;

/// The training part of Adult, by its place in the repository.
const ADULT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../examples/adult/data/adult_train.csv.gz"
);

fn adult(ground: &Ground, options: &str) -> Said {
    ground.plenish(&format!("profile {ADULT} --gaps {options}"))
}

fn list<'a>(answer: &'a Value, key: &str) -> &'a Vec<Value> {
    answer[key]
        .as_array()
        .unwrap_or_else(|| panic!("no list {key} in {answer}"))
}

/// The keys that programs rely on, with conditions that other commands understand.
#[test]
fn gaps_of_adult_as_json() {
    let ground = Ground::new();
    let options = "--columns education,relationship,sex,race --threshold 30 --target income --protected sex --json";
    let answer = adult(&ground, options).json();
    for key in ["columns", "patterns", "slices", "uncertain", "rare", "unequal_groups"] {
        assert!(!list(&answer, key).is_empty(), "{key}");
    }
    assert!(!list(&answer["associations"], "pairs").is_empty());
    for key in [
        "sparse",
        "importance",
        "left_out",
        "notes",
        "underrepresented",
        "looked_at",
        "groups",
    ] {
        list(&answer, key);
    }
    assert_eq!(answer["threshold"], 30);
    let husband = list(&answer, "patterns")
        .iter()
        .find(|p| p["where"] == "relationship = 'Husband' and sex = 'Female'")
        .unwrap();
    assert_eq!(husband["rows"], 1);
    assert_eq!(husband["may_be_impossible"], true);
    assert!((husband["expected"].as_f64().unwrap() - 4364.17).abs() < 0.01);
    for slice in list(&answer, "slices") {
        assert!(slice["where"].is_string() && slice["rows"].as_u64().unwrap() >= 326);
        assert!(slice["error"].as_f64().unwrap() > answer["error"].as_f64().unwrap());
        assert!(slice["score"].as_f64().unwrap() > 0.0);
    }
    // The condition is one of `--where`: the rows it names are as many as it says.
    let condition = husband["where"].as_str().unwrap();
    let fitted = ground.run(
        &["fit", ADULT, "-o", "m", "--engine", "independent", "--target", "income"],
        b"",
    );
    assert_eq!(fitted.code, Some(0), "{fitted:?}");
    let made = ground.run(&["generate", "m", "-n", "20", "-o", "x.csv", "--where", condition], b"");
    assert_eq!(made.code, Some(0), "{made:?}");
    assert_eq!(ground.text("x.csv").matches(",Husband,").count(), 20);
}

/// What a person reads.
#[test]
fn gaps_of_adult_as_text() {
    let ground = Ground::new();
    let text = adult(
        &ground,
        "--columns education,relationship,sex --target income --protected sex --top 4",
    )
    .text();
    let gaps = text.split("each part has more").nth(1).unwrap();
    for part in [
        "relationship = 'Husband' and sex = 'Female'",
        "may be impossible",
        "more (all with --json",
        "log loss of a model on rows it did not see",
        "a model fails most",
        "less often than in the best group",
        "sex = 'Female' and income = '>50K'",
        "1,179 of 10,771",
        "3,046",
        "a model relies on",
    ] {
        assert!(gaps.contains(part), "no {part} in {gaps}");
    }
    // The same on any number of threads.
    let again = adult(
        &ground,
        "--columns education,relationship,sex --target income --protected sex --top 4 --threads 1",
    );
    assert_eq!(again.text(), text);
}

/// A table of margins: age by sex, as a population has them.
#[test]
fn a_reference_of_margins() {
    let ground = Ground::new();
    ground.write(
        "margins.csv",
        "where,share\n\"sex = 'Female' and age < 65\",0.4\n\"sex = 'Female' and age >= 65\",0.11\n\
         \"sex = 'Male' and age < 65\",0.39\n\"sex = 'Male' and age >= 65\",0.1\n",
    );
    let answer = adult(&ground, "--columns sex,age --reference margins.csv --json").json();
    let found: Vec<&str> = list(&answer, "underrepresented")
        .iter()
        .filter_map(|u| u["where"].as_str())
        .collect();
    assert_eq!(found, ["sex = 'Female' and age >= 65", "sex = 'Male' and age >= 65"]);
}

#[test]
fn gaps_that_cannot_be_looked_for() {
    let ground = Ground::with_customers(300);
    let table = crate::ground::customers(300);
    let same = crate::ground::with_cell(&table, "land", |_| "here".to_owned());
    ground.write("same.csv", same);
    ground.write("tiny.csv", table.split_inclusive('\n').take(6).collect::<String>());
    ground.write("short.csv", "where,share\nsex = 'Male',0.5\nsex = 'Female',0.3\n");
    ground.write("strange.csv", "sex,town\nMale,Rome\nFemale,Oslo\n");
    ground.write("other.csv", "sex\nMale\nOther\n");
    insta::assert_snapshot!(ground.failures(&[
        &["profile", "customers.csv", "--columns", "sex"],
        &["profile", "customers.csv", "--gaps", "--threshold", "0"],
        &["profile", "customers.csv", "--gaps", "--threshold", "-5"],
        &["profile", "customers.csv", "--gaps", "--threshold", "301"],
        &["profile", "customers.csv", "--gaps", "--levels", "0"],
        &["profile", "customers.csv", "--gaps", "--levels", "6"],
        &["profile", "customers.csv", "--gaps", "--top", "0"],
        &["profile", "customers.csv", "--gaps", "--columns", "sex,wage"],
        &["profile", "customers.csv", "--gaps", "--columns", "sex,sex"],
        &["profile", "customers.csv", "--gaps", "--target", "wage"],
        &["profile", "customers.csv", "--gaps", "--target", "since"],
        &[
            "profile",
            "same.csv",
            "--gaps",
            "--target",
            "buys",
            "--protected",
            "land"
        ],
        &["profile", "tiny.csv", "--gaps"],
        &["profile", "customers.csv", "--gaps", "--reference", "absent.csv"],
        &["profile", "customers.csv", "--gaps", "--reference", "short.csv"],
        &["profile", "customers.csv", "--gaps", "--reference", "strange.csv"],
        &["profile", "customers.csv", "--gaps", "--reference", "other.csv"],
    ]));
}
