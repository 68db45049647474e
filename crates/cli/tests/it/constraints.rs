//! Constraints: proposed, kept in every row, judged, and clear when they cannot be.

use crate::conditions::cells;
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

/// Given rows are completed, missing cells filled and rows scored by a model that keeps constraints; rows that
/// break one are named by their line, and told from the others in the scores.
#[test]
fn constraints_around_given_cells() {
    let ground = Ground::new();
    let table = zoned(500);
    ground.write("c.csv", &table);
    let fit = "fit c.csv --preset fast -o m --constraint";
    let mut words: Vec<&str> = fit.split(' ').collect();
    words.extend(["sum = age + years", "--constraint", "region -> zone"]);
    ground.run(&words, b"").worked();
    ground.write("g.csv", "sum,age,zone\n50,40,zone 1\n60,,zone 2\n,33,\n");
    let made = ground.plenish("generate m --given g.csv -o -").worked().text();
    let number = |name: &str, row: usize| cells(&made, name)[row].parse::<i64>().unwrap();
    for row in 0..3 {
        assert_eq!(number("sum", row), number("age", row) + number("years", row));
    }
    assert_eq!((number("years", 0), number("sum", 1), number("age", 2)), (10, 60, 33));
    assert_eq!(cells(&made, "region")[0], "North");
    assert_ne!(cells(&made, "region")[1], "North");
    // Two cells of a formula and one of a dependency are gone; each line keeps the rest.
    let holes: String = table
        .lines()
        .enumerate()
        .map(|(at, line)| match (at, line.rsplit_once(',')) {
            (1.., Some((rest, _))) if at % 3 == 0 => format!("{rest},\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    ground.write("holes.csv", &holes);
    ground.plenish("impute holes.csv --model m -o filled.csv").worked();
    assert_eq!(cells(&ground.text("filled.csv"), "sum"), cells(&table, "sum"));
    // Scores: the rows that are broken, and no others.
    let broken: String = table
        .lines()
        .enumerate()
        .map(|(at, line)| match (at, line.rsplit_once(',')) {
            (1.., Some((rest, _))) if at % 50 == 0 => format!("{rest},1\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    ground.write("broken.csv", broken);
    let said = ground
        .plenish("score m broken.csv --json -o scores.csv")
        .worked()
        .json();
    assert_eq!(said["broken"], 10, "{said}");
    let scores = ground.text("scores.csv");
    let (breaks, totals) = (cells(&scores, "breaks"), cells(&scores, "log_likelihood"));
    for row in 0..500 {
        assert_eq!(breaks[row].is_empty(), (row + 1) % 50 != 0);
        assert_eq!(totals[row].is_empty(), (row + 1) % 50 == 0);
    }
    ground.write("bad.csv", "sum,age,years\n50,40,10\n50,40,11\n");
    ground.write("zone.csv", "region,zone\nNorth,zone 2\n");
    ground.write("far.csv", "sum,age\n50,40\n400,40\n");
    ground.write("new.csv", "zone\nzone 9\n");
    insta::assert_snapshot!(
        "given_rows_against_a_constraint",
        ground.failures(&[
            &["generate", "m", "-o", "x.csv", "--given", "bad.csv"],
            &["generate", "m", "-o", "x.csv", "--given", "bad.csv", "--clip"],
            &["generate", "m", "-o", "x.csv", "--given", "zone.csv"],
            &["generate", "m", "-o", "x.csv", "--given", "far.csv"],
            &["generate", "m", "-o", "x.csv", "--given", "new.csv"],
            &["impute", "bad.csv", "--model", "m", "-o", "x.csv"],
            &[
                "generate",
                "m",
                "-o",
                "x.csv",
                "--given",
                "far.csv",
                "--where",
                "region = 'West' and zone = 'zone 1'"
            ],
            &["generate", "m", "-o", "x.csv", "--set-distribution", "zone=0.5,0.5"],
        ])
    );
}
