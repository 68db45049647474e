//! Constraints: proposed, kept in every row, judged, and clear when they cannot be.

use crate::ground::{Ground, HEADER, customers, with_cell};

/// Customers with a zone that follows from their region, and years that are their age less 17.
fn zoned(rows: usize) -> String {
    let plain = customers(rows);
    let ages: Vec<u32> = plain
        .lines()
        .skip(1)
        .map(|l| l.split(',').next().unwrap().parse().unwrap())
        .collect();
    let zones: Vec<&str> = plain
        .lines()
        .skip(1)
        .map(|line| {
            let zone = [("North", "zone 1"), ("West", "zone 2"), ("South", "zone 2")];
            zone.into_iter()
                .find(|(name, _)| line.contains(name))
                .map_or("", |z| z.1)
        })
        .collect();
    let years: Vec<u32> = (0..rows as u32).map(|i| i * 7 % 13).collect();
    let with = with_cell(&plain, "zone", |row| zones[row].to_owned());
    let with = with_cell(&with, "years", |row| years[row].to_string());
    with_cell(&with, "sum", |row| (ages[row] + years[row]).to_string())
}

#[test]
fn every_row_keeps_what_was_asked_for() {
    let ground = Ground::new();
    ground.write("c.csv", zoned(500));
    let said = ground.plenish("profile c.csv").worked().text();
    assert!(
        said.contains("sum = age + years") && said.contains("region -> zone"),
        "{said}"
    );
    let both = ["--constraint", "sum = age + years", "--constraint", "region -> zone"];
    let mut fit = vec![
        "fit",
        "c.csv",
        "--preset",
        "fast",
        "--condition-on",
        "zone,sex",
        "-o",
        "m",
    ];
    fit.extend(both);
    let said = ground.run(&fit, b"").worked().text();
    assert!(said.contains("Every row keeps: sum = age + years"), "{said}");
    let said = ground.plenish("show m").worked().text();
    assert!(said.contains("every row keeps  sum = age + years"), "{said}");
    let said = ground.plenish("show m --json").worked().json();
    assert_eq!(said["constraints"].as_array().unwrap().len(), 2, "{said}");
    for (condition, file) in [
        ("sex is not missing", "s.csv"),
        ("zone = 'zone 2' and sum > 60", "z.csv"),
    ] {
        let generate = ["generate", "m", "-n", "600", "-o", file, "--where", condition];
        ground.run(&generate, b"").worked();
        let mut evaluate = vec![
            "evaluate",
            "--real",
            "c.csv",
            "--holdout",
            "c.csv",
            "--synthetic",
            file,
            "--json",
        ];
        evaluate.extend(both);
        let said = ground.run(&evaluate, b"").worked().json();
        for check in said["constraints"].as_array().unwrap() {
            assert_eq!(check["broken"], 0, "{check}");
        }
        let gate = said["gates"]
            .as_array()
            .unwrap()
            .iter()
            .find(|g| g["name"] == "constraints")
            .unwrap();
        assert_eq!(gate["passed"], true);
    }
    let text = ground.text("z.csv");
    assert!(text.lines().skip(1).all(|line| line.contains("zone 2")), "{text}");
    assert!(text.lines().count() == 601 && text.starts_with(HEADER.trim_end()));
}

#[test]
fn constraints_that_are_wrong() {
    let ground = Ground::new();
    ground.write("c.csv", zoned(200));
    let texts = [
        "sum = age +",
        "summ = age + years",
        "sum = age + zone",
        "sum = age - years",
        "zone -> region",
        "age > 30",
        "age between 30 and 40",
        "unique(age, sex)",
        "combination(income, age)",
        "region matches '[A-Z'",
    ];
    let mut commands: Vec<Vec<&str>> = texts
        .iter()
        .map(|text| vec!["fit", "c.csv", "-o", "m", "--constraint", *text])
        .collect();
    commands.push(vec![
        "fit",
        "c.csv",
        "-o",
        "m",
        "--constraint",
        "age < income",
        "--constraint",
        "income <= age",
    ]);
    let commands: Vec<&[&str]> = commands.iter().map(Vec::as_slice).collect();
    insta::assert_snapshot!(ground.failures(&commands));
    // A condition that contradicts a constraint.
    let fit = [
        "fit",
        "c.csv",
        "--preset",
        "fast",
        "-o",
        "m",
        "--condition-on",
        "zone",
        "--constraint",
        "region -> zone",
    ];
    ground.run(&fit, b"").worked();
    insta::assert_snapshot!(
        "conditions_against_a_constraint",
        ground.failures(&[&[
            "generate",
            "m",
            "-o",
            "x.csv",
            "--where",
            "zone = 'zone 1' and region = 'West'"
        ]])
    );
}

/// The study: what `init` wrote, kept and judged by `run`; rows that contradict the file are named.
#[test]
fn a_study_with_constraints() {
    let ground = Ground::new();
    ground.write("c.csv", zoned(500));
    assert_eq!(ground.plenish("init c.csv --target buys").code, Some(0));
    let said = ground.plenish("run study.toml --json").worked().json();
    let checks = said["constraints"].as_array().unwrap();
    assert!(
        checks.len() >= 2 && checks.iter().all(|c| c["broken"] == 0),
        "{checks:?}"
    );
    let study = ground.text("study.toml");
    ground.write("study.toml", study.replace("max = 77", "max = 70"));
    let said = ground.plenish("run study.toml");
    assert_eq!(said.code, Some(1));
    assert!(
        said.err.contains("the data contradicts the study file: `age between"),
        "{said:?}"
    );
}
