//! Standard input and output, and every file format.

use crate::ground::{Ground, customers};

/// Data, model and rows may all come and go through pipes.
#[test]
fn pipes_work_everywhere() {
    let ground = Ground::with_model();
    let table = customers(400);
    let fit = [
        "fit",
        "-",
        "--target",
        "buys",
        "--condition-on",
        "buys,sex,age",
        "--preset",
        "fast",
        "-o",
        "-",
    ];
    let model = ground.run(&fit, table.as_bytes());
    assert_eq!(model.code, Some(0), "{model:?}");
    assert!(
        model.out == ground.read("model.plenish"),
        "the model through a pipe is the model in a file"
    );
    let piped = ground.run(&["generate", "-", "-n", "30", "-o", "-"], &model.out);
    assert_eq!(piped.code, Some(0), "{piped:?}");
    assert_eq!(ground.plenish("generate model.plenish -n 30 -o x.csv").code, Some(0));
    assert_eq!(piped.text(), ground.text("x.csv"));
    let profile = ground.run(&["profile", "-"], table.as_bytes()).text();
    assert!(
        profile.starts_with("standard input: 400 rows, 7 columns\n"),
        "{profile}"
    );
    assert_eq!(ground.names(), ["customers.csv", "model.plenish", "x.csv"]);
}

/// The same rows in every format: what is read back from each gives the same model.
#[test]
fn formats_hold_the_same_rows() {
    let ground = Ground::with_model();
    let mut models = Vec::new();
    for name in [
        "x.csv",
        "x.csv.gz",
        "x.csv.zst",
        "x.tsv",
        "x.jsonl",
        "x.jsonl.gz",
        "x.parquet",
        "x.arrow",
    ] {
        let said = ground.plenish(&format!("generate model.plenish -n 500 -o {name}"));
        assert_eq!(said.code, Some(0), "{name}: {said:?}");
        let said = ground.plenish(&format!(
            "fit {name} --target buys --preset fast --json -o copy.plenish"
        ));
        assert_eq!(said.code, Some(0), "{name}: {said:?}");
        models.push((name, said.json()["log_likelihood"].clone()));
    }
    for (name, likelihood) in &models {
        assert_eq!(*likelihood, models[0].1, "{name}");
    }
}

/// Who reads the beginning and goes away, as `head` does, is no failure.
#[test]
fn a_reader_may_go_away() {
    let ground = Ground::with_model();
    for rows in ["10", "300000"] {
        let mut child = ground.start(&["generate", "model.plenish", "-n", rows, "-o", "-"]);
        drop(child.stdin.take());
        let mut out = child.stdout.take().unwrap();
        let mut first = [0; 10];
        std::io::Read::read_exact(&mut out, &mut first).unwrap();
        drop(out);
        let ended = child.wait_with_output().unwrap();
        let err = String::from_utf8(ended.stderr).unwrap();
        assert_eq!((ended.status.code(), err.as_str()), (Some(0), ""), "{rows} rows");
    }
}

/// An answer for machines that could not be written is a failure: half of it would be read as all.
#[cfg(target_os = "linux")]
#[test]
fn json_on_a_full_disk_fails() {
    let ground = Ground::with_customers(50);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_plenish"))
        .args(["profile", "customers.csv", "--json"])
        .current_dir(ground.path("."))
        .stdout(full)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(1), "{said}");
    assert!(
        said.contains("cannot write") && said.contains("free some disk space"),
        "{said}"
    );
}

/// No rows are a table, too: its header.
#[test]
fn no_rows() {
    let ground = Ground::with_model();
    for rows in ["-n 0", "--rows 5..5"] {
        let said = ground.plenish(&format!("generate model.plenish {rows} -o -"));
        assert_eq!((said.code, said.text().as_str()), (Some(0), crate::ground::HEADER));
        let said = ground.plenish(&format!("generate model.plenish {rows} -o x.parquet --json"));
        assert_eq!(said.json()["rows"], 0);
    }
}

/// The last rows of the endless table can be made like the first.
#[test]
fn the_far_end_of_the_table() {
    let ground = Ground::with_model();
    let range = format!("{}..{}", i64::MAX - 3, i64::MAX);
    let said = ground.plenish(&format!("generate model.plenish --rows {range} -o -"));
    assert_eq!((said.code, said.text().lines().count()), (Some(0), 4), "{said:?}");
}
