//! Same input, settings and seed: same bytes, on any number of threads and for any range of rows.

use crate::ground::Ground;

/// A whole study leaves the same bytes with one thread and with more.
#[test]
fn a_study_does_not_depend_on_threads() {
    let files = |threads: &str| {
        let ground = Ground::with_customers(400);
        ground.study(&[("preset = \"balanced\"", "preset = \"fast\"")]);
        ground
            .run(&["run", "study.toml", "-q", "--threads", threads], b"")
            .worked();
        [
            "synthetic.parquet",
            "augmented.parquet",
            "model.plenish",
            "verdict.json",
        ]
        .map(|name| ground.read(name))
    };
    let one = files("1");
    assert!(one == files("2"), "two threads");
    assert!(one == files("7"), "seven threads");
}

/// Fitting and generating by themselves, and evaluation's figures.
#[test]
fn commands_do_not_depend_on_threads() {
    let ground = Ground::with_customers(400);
    for engine in ["chain", "independent", "copula", "bootstrap", "smote", "cart"] {
        for threads in ["1", "2"] {
            let fit = format!(
                "fit customers.csv --target buys --engine {engine} --threads {threads} -o {engine}{threads}.plenish"
            );
            let generate =
                format!("generate {engine}1.plenish -n 3000 --threads {threads} -o {engine}{threads}.parquet");
            assert_eq!(ground.plenish(&fit).code, Some(0));
            assert_eq!(ground.plenish(&generate).code, Some(0));
        }
        for kind in ["plenish", "parquet"] {
            let [one, two] = [1, 2].map(|threads| ground.read(&format!("{engine}{threads}.{kind}")));
            assert!(one == two, "{engine}.{kind}");
        }
    }
    let evaluate = |threads| {
        let command = format!(
            "evaluate --real customers.csv --holdout customers.csv --synthetic independent1.parquet --target buys \
             --protected sex --json --threads {threads}"
        );
        ground.plenish(&command).worked().text()
    };
    assert_eq!(evaluate(1), evaluate(2));
}

/// Any range of rows made alone is that slice of the whole, with and without a condition.
#[test]
fn a_range_of_rows_is_that_slice_of_the_whole() {
    let ground = Ground::with_model();
    for condition in [None, Some("buys = 'yes' and age > 30")] {
        let lines = |rows: &str| -> Vec<String> {
            let mut arguments = vec!["generate", "model.plenish", "--rows", rows, "-o", "-"];
            arguments.extend(condition.map(|c| ["--where", c]).into_iter().flatten());
            let said = ground.run(&arguments, b"");
            assert_eq!(said.code, Some(0), "{said:?}");
            said.text().lines().skip(1).map(str::to_owned).collect()
        };
        let whole = lines("0..3000");
        assert_eq!(whole.len(), 3000);
        for (start, end) in [(1000, 2000), (0, 1), (2999, 3000), (5, 5)] {
            assert_eq!(lines(&format!("{start}..{end}")), whole[start..end], "{start}..{end}");
        }
    }
}

/// The seed decides the rows, and nothing else does.
#[test]
fn another_seed_gives_other_rows() {
    let ground = Ground::with_model();
    let rows = |seed: &str| {
        let command = format!("generate model.plenish -n 50 -o - --seed {seed}");
        ground.plenish(&command).text()
    };
    assert_eq!(rows("3"), rows("3"));
    assert_ne!(rows("3"), rows("4"));
    assert_eq!(rows("18446744073709551615").lines().count(), 51);
}
