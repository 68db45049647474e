//! Ctrl-C: exit code 130, no partial output, no temporary files, and a second run that works.
#![cfg(unix)]

use crate::ground::{Ground, names_in};
use std::process::{Child, Command};
use std::time::Duration;

/// Sends the signal of Ctrl-C, and waits for the end.
fn interrupt(child: Child) -> (Option<i32>, String) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert!(output.stdout.is_empty());
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

const STOPPED: &str = "error: stopped on request; nothing was left half-written\n";

/// In the middle of a fit.
#[test]
fn fit() {
    let ground = Ground::with_customers(60_000);
    let child = ground.start(&["fit", "customers.csv", "--preset", "max", "-o", "m.plenish", "--json"]);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(interrupt(child), (Some(130), STOPPED.to_owned()));
    assert_eq!(ground.names(), ["customers.csv"]);
}

/// In the middle of writing, as soon as there is something to lose; an older file stays.
#[test]
fn writing() {
    let ground = Ground::with_model();
    ground.write("old.csv", "what was there");
    let before = ground.names();
    for output in ["new.csv", "old.csv", "new.parquet", "new.csv.gz", "new.jsonl.zst"] {
        let child = ground.start(&["generate", "model.plenish", "-n", "4000000000", "-o", output, "--json"]);
        let written = || {
            std::fs::read_dir(ground.path("")).unwrap().any(|entry| {
                let entry = entry.unwrap();
                let temporary = entry.file_name().to_string_lossy().starts_with(".plenish-");
                temporary
                    && entry
                        .metadata()
                        .is_ok_and(|about| about.len() > 0 || output.ends_with(".parquet"))
            })
        };
        while !written() {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(interrupt(child), (Some(130), STOPPED.to_owned()), "{output}");
        assert_eq!(ground.names(), before, "{output}");
    }
    assert_eq!(ground.text("old.csv"), "what was there");
}

/// In the middle of a study: no outputs, no version, a store that is whole; the next run works.
#[test]
fn run() {
    let ground = Ground::with_customers(20_000);
    ground.study(&[]);
    let child = ground.start(&["run", "study.toml", "--json"]);
    while !ground.path(".plenish/log.jsonl").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(interrupt(child), (Some(130), STOPPED.to_owned()));
    assert_eq!(ground.names(), [".plenish", "customers.csv", "study.toml"]);
    assert_eq!(ground.plenish("store verify").code, Some(0));
    assert!(names_in(&ground.path(".plenish/versions")).is_empty());
    // What comes after does not depend on what was stopped; less effort will do to show it.
    ground.study(&[("preset = \"balanced\"", "preset = \"fast\"\nrows = 500")]);
    ground.plenish("run study.toml -q").worked();
    assert_eq!(ground.plenish("store verify").code, Some(0));
    assert_eq!(names_in(&ground.path(".plenish/versions")).len(), 1);
}
