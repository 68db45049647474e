//! `plenish store`: versions, and that no change goes unseen.

use crate::ground::{Ground, names_in};
use serde_json::Value;

/// A folder where a study has run.
fn after_a_run() -> Ground {
    let ground = Ground::with_customers(400);
    ground.study(&[("preset = \"balanced\"", "preset = \"fast\"")]);
    ground.plenish("run study.toml -q").worked();
    ground
}

fn versions(ground: &Ground) -> Vec<String> {
    let log = ground.plenish("store log --json").json();
    let entries = log["entries"].as_array().unwrap().iter();
    entries
        .filter_map(|e| e["version"].as_str().or_else(|| e["event"]["version"].as_str()))
        .map(str::to_owned)
        .collect()
}

fn outputs(ground: &Ground, version: &str) -> Value {
    let mut shown = ground.plenish(&format!("store show {version} --json")).json();
    let outputs = shown["outputs"].take();
    assert!(outputs.as_object().is_some_and(|o| o.len() >= 5), "{outputs}");
    outputs
}

/// A study run twice has two versions with the same data; another seed gives other data; and all of
/// them can be made again, byte by byte.
#[test]
fn runs_are_versions_and_can_be_made_again() {
    let ground = after_a_run();
    let first = ground.read("synthetic.parquet");
    ground.plenish("run study.toml -q").worked();
    assert!(first == ground.read("synthetic.parquet"));
    ground.plenish("run study.toml -q --seed 9").worked();
    assert!(first != ground.read("synthetic.parquet"));
    let versions = versions(&ground);
    assert_eq!(versions.len(), 3);
    let [one, two, three] = [0, 1, 2].map(|i| outputs(&ground, &versions[i]));
    for data in ["synthetic.parquet", "augmented.parquet", "model.plenish"] {
        assert_eq!(one[data], two[data], "{data}");
        assert_ne!(one[data], three[data], "{data}");
    }
    let latest = ground.plenish("store show latest --json").json();
    assert_eq!(latest["id"].as_str(), Some(versions[2].as_str()));
    assert_eq!(latest["seed"], 9);
    let said = ground.plenish("store verify --regenerate");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(said.text().matches(": same bytes").count(), 12, "{said:?}");
    let said = ground.plenish(&format!("store verify {} --regenerate --json", versions[1]));
    assert_eq!((said.code, &said.json()["ok"]), (Some(0), &Value::Bool(true)));
}

/// A changed, cut or absent blob: exit code 1, and the file is named.
#[test]
fn a_changed_blob_is_found() {
    let ground = after_a_run();
    let objects = ground.path(".plenish/objects");
    for folder in names_in(&objects) {
        for name in names_in(&objects.join(&folder)) {
            let path = objects.join(&folder).join(&name);
            if std::fs::metadata(&path).unwrap().len() < 2 {
                continue;
            }
            let (whole, rights) = (
                std::fs::read(&path).unwrap(),
                std::fs::metadata(&path).unwrap().permissions(),
            );
            for content in [
                Some([b"x", &whole[1..]].concat()),
                Some(whole[..whole.len() / 2].to_vec()),
                None,
            ] {
                std::fs::remove_file(&path).unwrap();
                if let Some(content) = content {
                    std::fs::write(&path, content).unwrap();
                }
                let said = ground.plenish("store verify");
                assert_eq!(said.code, Some(1), "{said:?}");
                assert!(said.text().contains(&format!("objects/{folder}/{name}")), "{said:?}");
                assert_eq!(ground.plenish("store verify --json").json()["ok"], false);
                drop(std::fs::remove_file(&path));
                std::fs::write(&path, &whole).unwrap();
                std::fs::set_permissions(&path, rights.clone()).unwrap();
            }
        }
    }
    assert_eq!(ground.plenish("store verify").code, Some(0));
}

/// A changed log, a changed record, a store of a later format: nothing is trusted, nothing added.
#[test]
fn a_changed_log_or_record_is_found() {
    let ground = after_a_run();
    let version = versions(&ground).remove(0);
    let record = format!(".plenish/versions/{version}.json");
    for (file, old, new) in [
        (".plenish/log.jsonl", "intent", "intemt"),
        (record.as_str(), "\"seed\"", "\"sead\""),
        (".plenish/store.json", "1", "99"),
    ] {
        let whole = ground.text(file);
        assert!(whole.contains(old), "{whole}");
        let rights = std::fs::metadata(ground.path(file)).unwrap().permissions();
        std::fs::remove_file(ground.path(file)).unwrap();
        ground.write(file, whole.replacen(old, new, 1));
        let said = ground.plenish("store verify");
        assert_eq!(said.code, Some(1), "{file}: {said:?}");
        let told = format!("{}{}", said.text(), said.err);
        assert!(told.contains(file.trim_start_matches(".plenish/")), "{file}: {told}");
        let said = ground.plenish("store show latest");
        assert!(said.code == Some(1) && said.out.is_empty(), "{file}: {said:?}");
        std::fs::remove_file(ground.path(file)).unwrap();
        ground.write(file, whole);
        std::fs::set_permissions(ground.path(file), rights).unwrap();
    }
    assert_eq!(ground.plenish("store verify").code, Some(0));
}

/// Data that is no longer what a version was made from cannot be passed off as it.
#[test]
fn changed_inputs_are_found() {
    let ground = after_a_run();
    let table = ground.text("customers.csv");
    ground.write("customers.csv", table.replacen(",yes", ",no", 1));
    let said = ground.plenish("store verify --regenerate");
    assert!(said.code == Some(1) && said.err.contains("customers.csv"), "{said:?}");
    std::fs::remove_file(ground.path("customers.csv")).unwrap();
    let said = ground.plenish("store verify --regenerate");
    assert!(said.code == Some(1) && said.err.contains("customers.csv"), "{said:?}");
    // What is in the store is whole all the same.
    assert_eq!(ground.plenish("store verify").code, Some(0));
}

/// Questions about what is not there.
#[test]
fn what_is_not_there() {
    let ground = Ground::new();
    insta::assert_snapshot!(ground.failures(&[
        &["store", "log"],
        &["store", "verify", "--study", "absent"],
        &["store", "show"],
        &["store", "frobnicate"],
    ]));
    let ground = after_a_run();
    for version in ["zzz", "", "../../x"] {
        let said = ground.run(&["store", "show", version], b"");
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains("there is no version"), "{said:?}");
    }
}
