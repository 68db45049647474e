//! Data that is odd but not wrong: all of it works from `init` to the verdict.

use crate::ground::{Ground, Said, customers, with_cell};

/// `init` and `run` on a table.
fn study_of(table: &str, options: &str) -> (Ground, Said) {
    let ground = Ground::new();
    ground.write("table.csv", table);
    let said = ground.plenish(&format!("init table.csv {options}"));
    assert_eq!(said.code, Some(0), "{said:?}");
    let said = ground.plenish("run study.toml").worked();
    for file in [
        "synthetic.parquet",
        "augmented.parquet",
        "report.html",
        "verdict.json",
        "model.plenish",
    ] {
        assert!(ground.path(file).exists(), "{file}: {said:?}");
    }
    let verify = ground.plenish("store verify");
    assert_eq!(verify.code, Some(0), "{verify:?}");
    (ground, said)
}

fn works(table: &str) {
    study_of(table, "--target buys");
}

/// A column whose every cell is missing.
#[test]
fn a_column_all_missing() {
    works(&with_cell(&customers(400), "gone", |_| String::new()));
}

/// Columns of one value, of text and of numbers.
#[test]
fn constant_columns() {
    let table = with_cell(&customers(400), "country", |_| "DE".to_owned());
    works(&with_cell(&table, "level", |_| "3".to_owned()));
}

/// A column with 20,000 texts that all differ.
#[test]
fn twenty_thousand_categories() {
    works(&with_cell(&customers(20_000), "code", |row| {
        format!("code {}", row * 7_919 % 20_000)
    }));
}

/// Names in other scripts, with quotes, commas and dots; cells with commas, quotes and line ends.
#[test]
fn names_and_cells_of_any_text() {
    let table = with_cell(&customers(400), "\"Straße, \"\"neu\"\" .größe\"", |row| {
        ["\"a, b\"", "\"zwei\nZeilen\"", "\"sagt \"\"ja\"\"\"", "💶"][row % 4].to_owned()
    });
    let (ground, _) = study_of(&table.replacen("buys", "käuft?", 1), "--target käuft? --protected sex");
    assert_eq!(ground.plenish("store verify --regenerate").code, Some(0));
}

/// Targets of every kind: classes, whole numbers, numbers, true and false; and with missing cells.
#[test]
fn targets_of_every_kind() {
    let table = customers(400);
    works(&table.replace(",yes", ",1").replace(",no", ",0"));
    works(&table.replace(",yes", ",").replacen(",no", ",yes", 150));
    study_of(&table, "--target member");
    study_of(&table, "--target region");
    study_of(&table, "--target income --protected sex,age");
    study_of(&table, "--target age");
}

/// Protected columns that are numbers, and one with missing cells.
#[test]
fn protected_columns_of_every_type() {
    study_of(
        &customers(400),
        "--target buys --protected age,income,region,member,since",
    );
}

/// Times, and a class that only one row has.
#[test]
fn times_and_a_class_of_one_row() {
    let table = with_cell(&customers(400), "seen", |row| {
        format!("2024-{:02}-{:02}T{:02}:30:00", 1 + row % 12, 1 + row % 28, row % 24)
    });
    works(&with_cell(&table, "kind", |row| ["a", "b", "b"][row % 3].to_owned()).replacen(",a\n", ",alone\n", 1));
    let with_rare = customers(400).replacen(",yes\n", ",maybe\n", 1);
    works(&with_rare);
}

/// As few rows as a study takes, every row twice, and many columns.
#[test]
fn small_repeated_and_wide() {
    works(&customers(130));
    let table = customers(200);
    let rows = table.split_once('\n').unwrap().1;
    works(&format!("{table}{rows}"));
    let mut wide = customers(200);
    for column in 0..40 {
        wide = with_cell(&wide, &format!("c{column}"), |row| (row * (column + 3) % 7).to_string());
    }
    works(&wide);
}

/// A table that holds the names of the augmented table's own columns cannot be augmented: said at once.
#[test]
fn names_that_are_taken() {
    let ground = Ground::new();
    ground.write(
        "table.csv",
        with_cell(&customers(400), "_origin", |row| (row % 3).to_string()),
    );
    let said = ground.plenish("init table.csv --target buys");
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        said.err.contains("'_origin'") && said.err.contains("rename"),
        "{said:?}"
    );
}
