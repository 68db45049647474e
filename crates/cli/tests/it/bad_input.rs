//! Input that cannot be used: a message that says where and what to do, an exit code, nothing left.

use crate::ground::{Ground, HEADER, customers, with_cell};

/// A file that cannot be read as a table, for each command that reads one.
#[test]
fn tables_that_cannot_be_read() {
    let ground = Ground::with_customers(60);
    let table = customers(60);
    let lines: Vec<&str> = table.lines().collect();
    let with_line = |line: &str| {
        let (head, tail) = lines.split_at(20);
        format!("{}\n{line}\n{}\n", head.join("\n"), tail.join("\n"))
    };
    ground.write("empty.csv", "");
    ground.write("header.csv", HEADER);
    ground.write("many.csv", with_line("30,Male,North,1.00,2001-02-03,true,yes,more"));
    ground.write("few.csv", with_line("30,Male,North"));
    ground.write("latin1.csv", {
        let mut bytes = with_line("30,Male,Nord-Ost,1.00,2001-02-03,true,yes").into_bytes();
        let at = bytes.windows(8).position(|w| w == b"Nord-Ost").unwrap();
        bytes[at + 4] = 0xD6;
        bytes
    });
    ground.write("huge.csv", with_line("30,Male,North,1e400,2001-02-03,true,yes"));
    ground.write("twice.csv", with_cell(&table, "age", |row| row.to_string()));
    assert_eq!(
        ground.plenish("fit customers.csv -q -o m.plenish --preset fast").code,
        Some(0)
    );
    assert_eq!(
        ground.plenish("generate m.plenish -q -n 60 -o whole.parquet").code,
        Some(0)
    );
    let whole = ground.read("whole.parquet");
    ground.write("cut.parquet", &whole[..whole.len() / 2]);
    ground.write("text.parquet", &table);
    let mut commands: Vec<Vec<&str>> = Vec::new();
    for file in [
        "absent.csv",
        "empty.csv",
        "header.csv",
        "many.csv",
        "few.csv",
        "latin1.csv",
        "huge.csv",
        "twice.csv",
        "cut.parquet",
        "text.parquet",
        ".",
    ] {
        commands.push(vec!["fit", file, "-o", "model.plenish"]);
    }
    let commands: Vec<&[&str]> = commands.iter().map(Vec::as_slice).collect();
    insta::assert_snapshot!(ground.failures(&commands));
    // The other commands read with the same reader: the same message from each.
    for command in &commands {
        let file = command[1];
        let message = |arguments: &[&str]| ground.run(arguments, b"").err;
        let expected = message(command);
        assert_eq!(message(&["profile", file]), expected);
        assert_eq!(message(&["profile", file, "--json"]), expected);
        assert_eq!(message(&["init", file, "--target", "buys"]), expected);
        for place in 0..3 {
            let mut files = ["customers.csv"; 3];
            files[place] = file;
            let [real, holdout, synthetic] = files;
            let command = [
                "evaluate",
                "--real",
                real,
                "--holdout",
                holdout,
                "--synthetic",
                synthetic,
            ];
            assert_eq!(message(&command), expected);
        }
    }
}

/// Tables that can be read but not used: too small, or without the columns that were named.
#[test]
fn tables_that_cannot_be_used() {
    let ground = Ground::with_customers(400);
    let table = customers(400);
    let first = |lines: usize| table.split_inclusive('\n').take(lines).collect::<String>();
    ground.write("one_row.csv", first(2));
    ground.write("small.csv", first(41));
    let targets: Vec<&str> = table.lines().map(|line| line.rsplit(',').next().unwrap()).collect();
    ground.write("one_column.csv", targets.join("\n"));
    ground.write("one_class.csv", table.replace(",yes", ",no"));
    ground.write("other_types.csv", table.replace(",yes", ",1").replace(",no", ",0"));
    ground.write("no_target.csv", with_cell(&table, "none", |_| String::new()));
    let evaluate = |real, holdout, synthetic| {
        [
            "evaluate",
            "--real",
            real,
            "--holdout",
            holdout,
            "--synthetic",
            synthetic,
            "--target",
            "buys",
        ]
    };
    insta::assert_snapshot!(ground.failures(&[
        &["fit", "one_row.csv", "-o", "m"],
        &["fit", "customers.csv", "-o", "m", "--target", "wage"],
        &["fit", "customers.csv", "-o", "m", "--condition-on", "wage"],
        &["fit", "one_class.csv", "-o", "m", "--target", "buys"],
        &[
            "fit",
            "one_class.csv",
            "-o",
            "m",
            "--target",
            "buys",
            "--engine",
            "independent"
        ],
        &["init", "one_row.csv", "--target", "buys"],
        &["init", "small.csv", "--target", "buys"],
        &["init", "one_column.csv", "--target", "buys"],
        &["init", "one_class.csv", "--target", "buys"],
        &["init", "no_target.csv", "--target", "none"],
        &["init", "customers.csv", "--target", "wage"],
        &["init", "customers.csv", "--target", "buys", "--protected", "race"],
        &["init", "customers.csv", "--target", "buys", "--protected", "buys"],
        &["init", "customers.csv", "--target", "buys", "--test", "absent.csv"],
        &["init", "customers.csv", "--target", "buys", "--test", "one_column.csv"],
        &["init", "customers.csv", "--target", "buys", "--test", "small.csv"],
        &["init", "-", "--target", "buys"],
        &["profile", "customers.csv", "--target", "wage"],
        &["profile", "customers.csv", "--protected", "race"],
        &["profile", "customers.csv", "--target", "buys", "--protected", "buys"],
        &evaluate("one_row.csv", "customers.csv", "customers.csv"),
        &evaluate("customers.csv", "one_column.csv", "customers.csv"),
        &evaluate("customers.csv", "customers.csv", "no_target.csv"),
        &evaluate("customers.csv", "customers.csv", "other_types.csv"),
        &evaluate("one_class.csv", "customers.csv", "customers.csv"),
        &evaluate("customers.csv", "one_class.csv", "customers.csv"),
        &evaluate("customers.csv", "small.csv", "customers.csv"),
    ]));
}

/// A model file that is none, is damaged anywhere, is cut short, or comes from another version.
#[test]
fn model_files_that_cannot_be_read() {
    let ground = Ground::with_model();
    let whole = ground.read("model.plenish");
    for at in [13, 200, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x20;
        ground.write("damaged.plenish", bytes);
        let said = ground.plenish("generate damaged.plenish -o x.csv");
        assert_eq!(said.code, Some(1), "byte {at}: {said:?}");
        assert!(said.err.contains("damaged"), "byte {at}: {said:?}");
    }
    for length in [0, 8, 11, 12, 40, whole.len() - 1] {
        ground.write("cut.plenish", &whole[..length]);
        let said = ground.plenish("generate cut.plenish -o x.csv");
        assert_eq!(said.code, Some(1), "{length} bytes: {said:?}");
    }
    let mut later = whole;
    later[8] += 1;
    ground.write("later.plenish", later);
    insta::assert_snapshot!(ground.failures(&[
        &["generate", "absent.plenish", "-o", "x.csv"],
        &["generate", ".", "-o", "x.csv"],
        &["generate", "customers.csv", "-o", "x.csv"],
        &["generate", "damaged.plenish", "-o", "x.csv"],
        &["generate", "cut.plenish", "-o", "x.csv", "--json"],
        &["generate", "later.plenish", "-o", "x.csv"],
    ]));
}

/// Places that cannot be written to (a path below a file: permissions do not stop every user).
#[test]
fn places_that_cannot_be_written_to() {
    let ground = Ground::with_model();
    std::fs::create_dir(ground.path("folder.csv")).unwrap();
    let mut shown = ground.failures(&[
        &["fit", "customers.csv", "-o", "customers.csv/m.plenish"],
        &["fit", "customers.csv", "-o", "absent/m.plenish"],
        &["fit", "customers.csv", "-o", "."],
        &["generate", "model.plenish", "-o", "customers.csv/x.csv"],
        &["generate", "model.plenish", "-o", "absent/x.parquet"],
        &["generate", "model.plenish", "-o", "folder.csv", "--json"],
        &["init", "customers.csv", "--target", "buys", "-o", "absent/study.toml"],
        &[
            "init",
            "customers.csv",
            "--target",
            "buys",
            "-o",
            "customers.csv/study.toml",
        ],
    ]);
    ground.study(&[("folder = \".\"", "folder = \"customers.csv/out\"")]);
    shown += &ground.failures(&[
        &["run", "study.toml", "--json"],
        &["init", "customers.csv", "--target", "buys"],
    ]);
    insta::assert_snapshot!(shown);
}
