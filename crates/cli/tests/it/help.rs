//! The command-line reference: a change here is a change of what programs and people rely on.

use crate::ground::Ground;
use std::fmt::Write as _;

/// Every option of every command, as `--help` prints it.
#[test]
fn the_reference_of_all_commands() {
    let ground = Ground::new();
    let mut reference = String::new();
    for command in [
        "",
        "init",
        "run",
        "profile",
        "fit",
        "generate",
        "impute",
        "score",
        "show",
        "evaluate",
        "audit",
        "perturb",
        "store",
        "store log",
        "store show",
        "store verify",
    ] {
        let line = format!("{command} --help");
        let said = ground.plenish(&line);
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{line}");
        let _ = writeln!(reference, "$ plenish {}\n{}", line.trim(), said.text());
    }
    insta::assert_snapshot!(reference);
}

/// The version is an answer, not an error.
#[test]
fn the_version() {
    let said = Ground::new().plenish("--version");
    assert_eq!(said.code, Some(0));
    assert_eq!(said.text(), format!("plenish {}\n", env!("CARGO_PKG_VERSION")));
}

/// Wrong options: exit code 2, on standard error, with the way to the manual.
#[test]
fn options_that_are_wrong() {
    let ground = Ground::with_model();
    insta::assert_snapshot!(ground.failures(&[
        &["frobnicate"],
        &["fit", "customers.csv"],
        &["fit", "customers.csv", "-o", "m", "--seed", "-1"],
        &["fit", "customers.csv", "-o", "m", "--engine", "magic"],
        &["fit", "customers.csv", "-o", "m", "--preset", "turbo"],
        &["generate", "model.plenish", "-o", "x.csv", "-n", "-1"],
        &["generate", "model.plenish", "-o", "x.csv", "--rows", "6"],
        &["generate", "model.plenish", "-o", "x.csv", "--rows", "6..5"],
        &["generate", "model.plenish", "-o", "x.csv", "--rows", "3..5", "-n", "3"],
        &["generate", "model.plenish", "-o", "x.csv", "--threads", "0"],
        &["generate", "model.plenish", "-o", "x.csv", "--threads", "99999"],
        &["generate", "model.plenish", "-o", "x.xls"],
        &["generate", "model.plenish", "-o", "x.parquet.gz"],
    ]));
}
