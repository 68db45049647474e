//! What people read of a study file, and that what `init` writes is what the parser reads.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

use plenish_evaluate::Purpose;
use plenish_study::{Study, json_schema, write_study};
use plenish_table::{
    Column, ColumnSchema, ColumnType, Error, Kind, Role, Schema, Table, TextColumn, parse_date, parse_timestamp,
};
use proptest::prelude::*;
use std::path::Path;

fn text(cells: &[Option<&str>]) -> Column {
    Column::Text(TextColumn::from_cells(cells.iter().copied()))
}

/// A table with every type, odd names, missing cells and an identifier.
fn people() -> Table {
    let mut columns: Vec<ColumnSchema> = [
        ("customer_id", ColumnType::Integer),
        ("age", ColumnType::Integer),
        ("sex", ColumnType::Text),
        ("native.country", ColumnType::Text),
        ("hours \"per\" week", ColumnType::Real),
        ("since", ColumnType::Date),
        ("seen", ColumnType::Timestamp),
        ("insured", ColumnType::Boolean),
        ("income", ColumnType::Text),
    ]
    .into_iter()
    .map(|(name, kind)| ColumnSchema::new(name, kind))
    .collect();
    columns[4].decimals = Some(1);
    columns[6].utc = true;
    let (day, time) = (|t| parse_date(t).unwrap(), |t| parse_timestamp(t).unwrap().0);
    Table::new(
        Schema::new(columns).unwrap(),
        vec![
            Column::Integer(vec![1001, 1002, 1003, 1004]),
            Column::Integer(vec![17, 90, i64::MIN, 41]),
            text(&[Some("Female"), Some("Male"), Some("Male"), Some("Female")]),
            text(&[Some("Côte d'Ivoire"), Some(""), None, Some("line\nbreak")]),
            Column::Real(vec![40.0, 37.5, f64::NAN, 12.0]),
            Column::Date(vec![day("2001-02-03"), day("1999-12-31"), day("2020-02-29"), i32::MIN]),
            Column::Timestamp(vec![
                time("2024-01-31T08:00:00"),
                time("2024-02-01T09:30:00.000250"),
                time("2024-01-31T23:59:59"),
                i64::MIN,
            ]),
            Column::Boolean(vec![0, 1, 2, 1]),
            text(&[Some("<=50K"), Some(">50K"), Some("<=50K"), Some("<=50K")]),
        ],
    )
    .unwrap()
}

fn shown(text: &str) -> String {
    match Study::parse(text, "study.toml") {
        Ok(study) => match study.apply_schema(people().schema()) {
            Ok(_) => "no error".to_owned(),
            Err(error) => checked(&error),
        },
        Err(error) => checked(&error),
    }
}

fn checked(error: &Error) -> String {
    assert_eq!(error.kind(), Kind::Usage);
    let place = error.place();
    assert!(
        place.file.is_some() && place.line.is_some() && place.position.is_some(),
        "{error}"
    );
    error.to_string()
}

const HEAD: &str = "target = \"income\"\nprotected = [\"sex\"]\n\n[data]\ntrain = \"people.csv\"\n";

#[test]
fn what_init_writes() {
    let written = write_study(&people(), "data/people_2024.csv", None, "income", &["sex".to_owned()]).unwrap();
    insta::assert_snapshot!("init", written);
    let without = write_study(&people(), "people.csv", Some("test.csv"), "income", &[]).unwrap();
    assert!(without.contains("\n# protected = [\"age\", \"sex\", \"native.country\"]\n"));
    assert!(without.contains("\ntest = \"test.csv\"\n") && without.contains("\n# test_share = 0.25\n"));
}

/// The file that `init` writes says of the columns just what the data shows.
#[test]
fn what_init_writes_runs_as_it_is() {
    let table = people();
    let written = write_study(&table, "people.csv", None, "income", &["sex".to_owned()]).unwrap();
    let study = Study::parse(&written, "study.toml").unwrap();
    let schema = study.apply_schema(table.schema()).unwrap();
    let column = |name: &str| schema.column(name).unwrap();
    assert_eq!(column("income").role, Role::Target);
    assert_eq!(column("sex").role, Role::Protected);
    assert_eq!(column("customer_id").role, Role::Identifier);
    assert_eq!((column("age").min, column("age").max), (Some(17.0), Some(90.0)));
    assert!(column("age").missing && !column("sex").missing);
    assert_eq!(column("since").min, parse_date("1999-12-31").map(f64::from));
    let seen = parse_timestamp("2024-02-01T09:30:00.000250").unwrap().0;
    assert_eq!(column("seen").max, Some(seen as f64));
    assert!(column("seen").utc);
    assert_eq!(column("hours \"per\" week").decimals, Some(1));
    let countries = column("native.country").allowed.clone().unwrap();
    assert_eq!(countries, ["", "Côte d'Ivoire", "line\nbreak"]);
    assert_eq!(study.purpose, Purpose::Publish);
    assert_eq!(study.criteria, plenish_evaluate::Criteria::default());
}

#[test]
fn targets_that_cannot_be_learned_are_refused() {
    let kinds = [
        ("constant", ColumnType::Text),
        ("empty", ColumnType::Real),
        ("x", ColumnType::Integer),
    ];
    let schema = Schema::new(kinds.map(|(n, k)| ColumnSchema::new(n, k)).to_vec()).unwrap();
    let columns = vec![
        text(&[Some("a"), None, Some("a")]),
        Column::all_missing(ColumnType::Real, 3),
        Column::Integer(vec![1, 2, 3]),
    ];
    let table = Table::new(schema, columns).unwrap();
    let error = |target: &str, protected: &[&str]| {
        let protected: Vec<String> = protected.iter().map(|&p| p.to_owned()).collect();
        write_study(&table, "d.csv", None, target, &protected)
            .unwrap_err()
            .to_string()
    };
    insta::assert_snapshot!(
        "init_errors",
        [
            error("constant", &[]),
            error("empty", &[]),
            error("nowhere", &[]),
            error("x", &["elsewhere"]),
            error("x", &["x"]),
        ]
        .join("\n")
    );
}

#[test]
fn errors_point_into_the_file() {
    let cases = [
        ("wrong type", format!("seed = \"seven\"\n{HEAD}")),
        ("unknown key", format!("titel = \"a\"\n{HEAD}")),
        ("unknown section", format!("{HEAD}\n[criterion]\nshapes = 0.9\n")),
        ("missing target", "[data]\ntrain = \"people.csv\"\n".to_owned()),
        ("missing data", "target = \"income\"\n".to_owned()),
        (
            "bad date bound",
            format!("{HEAD}\n[columns.since]\nmin = \"31.12.1999\"\n"),
        ),
        ("negative share", format!("{HEAD}test_share = -0.2\n")),
        ("not TOML", "age,sex,income\n17,Male,<=50K\n".to_owned()),
        ("duplicate key", format!("{HEAD}train = \"other.csv\"\n")),
        ("unknown column", HEAD.replace("\"sex\"", "\"Sex\", \"colour\"")),
        (
            "unknown column section",
            format!("{HEAD}\n[columns.\"native country\"]\nmissing = true\n"),
        ),
        (
            "criteria out of range",
            format!("{HEAD}\n[criteria]\nshapes = 95\npairs = true\n"),
        ),
        (
            "key in the wrong place",
            format!("{HEAD}purpose = \"augment\"\npreset = \"max\"\n"),
        ),
        (
            "not a choice",
            format!("purpose = \"publsih\"\n{HEAD}\n[output]\nformats = [\"xlsx\"]\n"),
        ),
        (
            "wrong type of a path",
            "target = \"income\"\n[data]\ntrain = 5\ntest = [\"a\"]\n".to_owned(),
        ),
        ("section as a value", format!("criteria = 0.9\n{HEAD}")),
        (
            "bounds",
            format!("{HEAD}\n[columns.age]\nmin = 20\nmax = 10\n\n[columns.sex]\nmin = 1\ndecimals = 2\n"),
        ),
        (
            "roles",
            format!("{HEAD}\n[columns]\nage.role = \"target\"\nincome.role = \"weight\"\nsex.role = \"time\"\n"),
        ),
        ("where", format!("{HEAD}\n[generator]\nwhere = \"incom = '>50K'\"\n")),
        (
            "constraints",
            format!(
                "{HEAD}\n[constraints]\nformulas = [\"age = customer_id + years\", \"age = customer_id + sex\", \"age = \"]\n\
                 inequalities = [\"since <= age\", \"customer_id -> age\", \"age >= 17\"]\n\
                 combinations = [\"sex\"]\nunique = [\"customer_id, customer_id\"]\n"
            ),
        ),
        (
            "constraints that contradict each other",
            format!("{HEAD}\n[constraints]\ninequalities = [\"customer_id < age\", \"age <= customer_id\"]\n"),
        ),
        (
            "constraints on one column",
            format!(
                "{HEAD}\n[constraints]\nformulas = [\"age = customer_id - 900\", \"age = 2 * customer_id\"]\n\
                 \n[columns.age]\npattern = '1.'\n\n[columns.sex]\npattern = '[A'\n"
            ),
        ),
        (
            "two formulas",
            format!("{HEAD}\n[constraints]\nformulas = [\"age = customer_id - 900\", \"age = 2 * customer_id\"]\n"),
        ),
        ("test and share", format!("{HEAD}test = \"t.csv\"\ntest_share = 0.3\n")),
        (
            "several",
            "seed = -1\ntarget = 5\n[data]\ntrain = \"\"\ndelimiter = \"::\"\n[augment]\nratio = \"1\"\n".to_owned(),
        ),
    ];
    let all: Vec<String> = cases
        .iter()
        .map(|(name, text)| format!("## {name}\n{}\n", shown(text)))
        .collect();
    insta::assert_snapshot!("errors", all.join("\n"));
}

#[test]
fn everything_has_a_default_but_target_and_data() {
    let study = Study::parse(HEAD, "study.toml").unwrap();
    insta::assert_snapshot!("resolved", serde_json::to_string_pretty(&study.resolved()).unwrap());
    assert_eq!(study.generator.condition_on, Vec::<String>::new());
    let schema = study.apply_schema(people().schema()).unwrap();
    assert_eq!(schema.column("age").unwrap().role, Role::Feature);
}

/// What the record keeps is the whole study: it reads back as the same study.
#[test]
fn the_record_of_a_study_reads_back() {
    let written = write_study(&people(), "people.csv", None, "income", &["sex".to_owned()]).unwrap();
    let study = Study::parse(&written, "study.toml").unwrap();
    let again = Study::from_resolved(&study.resolved()).unwrap();
    assert_eq!(again.resolved(), study.resolved());
    assert_eq!(again.criteria_hash(), study.criteria_hash());
    let schema = people();
    assert_eq!(
        again.apply_schema(schema.schema()).unwrap(),
        study.apply_schema(schema.schema()).unwrap()
    );
    assert!(Study::from_resolved(&serde_json::json!({"format": 1})).is_err());
}

/// Every criterion that a study file may have is heard: an earlier reader knew some of them only, and ran with the
/// defaults of the others.
#[test]
fn every_criterion_that_is_written_is_read() {
    let defaults = serde_json::to_value(plenish_evaluate::Criteria::default()).unwrap();
    for (name, default) in defaults.as_object().unwrap() {
        let value = match (&name[..], default) {
            ("strict_margins", _) => serde_json::json!(true),
            ("benefit", _) => serde_json::json!(0.125),
            (_, default) if default == false => serde_json::json!(0.125),
            _ => serde_json::json!(false),
        };
        let text = format!("{HEAD}[criteria]\n{name} = {value}\n");
        let study = Study::parse(&text, "study.toml").unwrap();
        assert_eq!(serde_json::to_value(study.criteria).unwrap()[name], value, "{name}");
    }
}

#[test]
fn the_hash_of_the_criteria_follows_the_criteria_alone() {
    let parse = |text: &str| Study::parse(text, "study.toml").unwrap().criteria_hash();
    let base = parse(HEAD);
    assert_eq!(
        base,
        parse(&format!("title = \"x\"\nseed = 2\n{HEAD}[criteria]\nshapes = 0.95\n"))
    );
    assert_ne!(base, parse(&format!("{HEAD}[criteria]\nshapes = 0.94\n")));
    assert_ne!(base, parse(&format!("{HEAD}[criteria]\nshapes = false\n")));
}

#[test]
fn paths_start_at_the_folder_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.toml");
    std::fs::write(
        &path,
        format!("{HEAD}test = \"/data/test.csv\"\n[output]\nfolder = \"out\"\n"),
    )
    .unwrap();
    let study = Study::load(&path).unwrap();
    assert_eq!(study.train_path(), folder.path().join("people.csv"));
    assert_eq!(study.test_path().unwrap(), Path::new("/data/test.csv"));
    assert_eq!(study.output_folder(), folder.path().join("out"));
    assert_eq!(study.store_folder(), folder.path().join(".plenish"));
    let resolved = study.resolved().to_string();
    assert!(
        !resolved.contains(folder.path().to_str().unwrap()),
        "records name no machine's folders"
    );

    std::fs::write(&path, b"target = \"a\"\ntitle = \"\xff\"\n").unwrap();
    let error = Study::load(&path).unwrap_err();
    assert_eq!(error.place().line, Some(2));
    assert!(Study::load(&folder.path().join("none.toml")).unwrap_err().kind() == Kind::Io);
}

/// A study file takes the names that generators have, and no others.
#[test]
fn the_generators_of_a_study_are_the_generators_there_are() {
    let schema = json_schema();
    let names: Vec<&str> = plenish_synth::generators().iter().map(|g| g.name()).collect();
    assert_eq!(
        schema["properties"]["generator"]["properties"]["name"]["enum"],
        serde_json::json!(names)
    );
}

/// The JSON schema for editors is the one the keys give.
#[test]
fn the_json_schema_in_the_repository_is_current() {
    let kept = include_str!("../study.schema.json");
    let current = serde_json::to_string_pretty(&json_schema()).unwrap() + "\n";
    if kept != current {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("study.schema.json");
        std::fs::write(path, current).unwrap();
        panic!("study.schema.json was out of date and has been written anew; run the test again");
    }
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z_]{1,8}",
        "(\\PC|[\"'.#=\\[\\]\\\\ \n\t\r]){1,12}",
        Just("columns".to_owned()),
        Just("type".to_owned()),
    ]
}

fn any_column(rows: usize) -> impl Strategy<Value = Column> {
    let cell = prop_oneof![
        Just(None),
        ".{0,6}".prop_map(Some),
        "[ab]".prop_map(Some),
        Just(Some(String::new()))
    ];
    prop_oneof![
        prop::collection::vec(0_u8..3, rows).prop_map(Column::Boolean),
        prop::collection::vec(any::<i64>(), rows).prop_map(Column::Integer),
        prop::collection::vec(-3_i64..3, rows).prop_map(Column::Integer),
        prop::collection::vec(
            any::<f64>().prop_map(|v| if v.is_finite() { v } else { f64::NAN }),
            rows
        )
        .prop_map(Column::Real),
        prop::collection::vec(any::<i32>(), rows).prop_map(Column::Date),
        prop::collection::vec(any::<i64>(), rows).prop_map(Column::Timestamp),
        prop::collection::vec(cell, rows)
            .prop_map(|cells| Column::Text(TextColumn::from_cells(cells.iter().map(Option::as_deref)))),
    ]
}

prop_compose! {
    fn any_table()(rows in 2_usize..70)(
        columns in prop::collection::vec((any_name(), any_column(rows), 0_u8..20, any::<bool>()), 1..5),
        rows in Just(rows),
    ) -> Table {
        let mut schema = vec![ColumnSchema::new("the target", ColumnType::Boolean)];
        let mut values = vec![Column::Boolean((0..rows).map(|row| (row % 2) as u8).collect())];
        for (name, column, decimals, utc) in columns {
            if schema.iter().all(|c| c.name != name) {
                let mut described = ColumnSchema::new(name, column.kind());
                described.decimals = (column.kind() == ColumnType::Real).then_some(decimals);
                described.utc = utc;
                schema.push(described);
                values.push(column);
            }
        }
        Table::new(Schema::new(schema).unwrap(), values).unwrap()
    }
}

proptest! {
    /// Whatever the names and cells of a table are, the file written for it parses, names its
    /// columns, and allows every value that the table holds.
    #[test]
    fn any_table_gets_a_file_that_parses_and_fits(table in any_table(), path in any_name(), protect: bool) {
        let protected: Vec<String> = table.schema().columns[1..]
            .iter().filter(|_| protect).map(|c| c.name.clone()).collect();
        let written = write_study(&table, &path, None, "the target", &protected).unwrap();
        let study = match Study::parse(&written, "study.toml") {
            // A path of spaces is refused with a message of its own.
            Err(error) if path.trim().is_empty() => {
                prop_assert!(error.to_string().contains("is empty"));
                return Ok(());
            }
            other => other.map_err(|e| TestCaseError::fail(format!("{e}\n{written}")))?,
        };
        prop_assert_eq!(&study.data.train, &path);
        prop_assert_eq!(&study.protected, &protected);
        let schema = study.apply_schema(table.schema()).map_err(|e| TestCaseError::fail(format!("{e}\n{written}")))?;
        prop_assert_eq!(study.columns.len(), table.columns().len());
        for (column, values) in schema.columns.iter().zip(table.columns()) {
            prop_assert_eq!(column.kind, values.kind());
            for row in 0..table.rows() {
                if values.is_missing(row) {
                    prop_assert!(column.missing);
                } else if let Some(number) = values.number(row) {
                    prop_assert!(column.min.is_none_or(|min| min <= number), "{}", written);
                    prop_assert!(column.max.is_none_or(|max| max >= number), "{}", written);
                } else if let Some(allowed) = &column.allowed {
                    prop_assert!(allowed.contains(&values.value(row).to_string()));
                }
            }
        }
    }

    /// No text makes the parser panic, and every refusal has a place.
    #[test]
    fn any_text_is_read_or_refused(text in "(\\PC|[\n\"'.=\\[\\]]|target|\\[data\\]|columns|train|min = 1){0,60}") {
        if let Err(error) = Study::parse(&text, "study.toml") {
            prop_assert!(error.place().line.is_some());
        }
    }

    /// One changed character of a good file never makes the parser panic.
    #[test]
    fn a_file_with_one_slip_is_read_or_refused(at in 0_usize..4000, with in "\\PC|\n") {
        let written = write_study(&people(), "people.csv", None, "income", &["sex".to_owned()]).unwrap();
        let chars: Vec<char> = written.chars().collect();
        let at = at % chars.len();
        let slipped: String = chars[..at].iter().collect::<String>() + &with + &chars[at + 1..].iter().collect::<String>();
        if let Err(error) = Study::parse(&slipped, "study.toml") {
            prop_assert!(error.place().line.is_some());
            prop_assert!(!error.to_string().is_empty());
        }
    }
}

/// A table in which a formula and a dependency hold, and an identifier is there, is proposed as such,
/// and the file runs as it is.
#[test]
fn constraints_are_proposed() {
    let rows = 300_i64;
    let integers = |f: &dyn Fn(i64) -> i64| Column::Integer((0..rows).map(f).collect());
    let words = |f: &dyn Fn(i64) -> String| {
        let cells: Vec<String> = (0..rows).map(f).collect();
        Column::Text(TextColumn::from_cells(cells.iter().map(|c| Some(c.as_str()))))
    };
    let (net, tax) = (|i: i64| i * 7919 % 503, |i: i64| i * 104_729 % 97);
    let columns = vec![
        ("order_id", integers(&|i| i * 3 + 100)),
        ("net", integers(&net)),
        ("tax", integers(&tax)),
        ("total", integers(&|i| net(i) + tax(i))),
        ("zip", words(&|i| format!("zip {}", i * i % 23))),
        ("city", words(&|i| format!("city {}", i * i % 23 % 5))),
        ("buys", words(&|i| ["yes", "no"][(i * 31 % 7 / 4) as usize].to_owned())),
    ];
    let schema = columns
        .iter()
        .map(|(name, c)| ColumnSchema::new(*name, c.kind()))
        .collect();
    let table = Table::new(Schema::new(schema).unwrap(), columns.into_iter().map(|c| c.1).collect()).unwrap();
    let written = write_study(&table, "orders.csv", None, "buys", &[]).unwrap();
    let (_, section) = written.split_once("[constraints]").unwrap();
    let (section, _) = section.split_once("[columns.").unwrap();
    insta::assert_snapshot!("proposals", section.split_once("\n# What each column").unwrap().0);
    let study = Study::parse(&written, "study.toml").unwrap();
    study.check_tables(table.clone(), None).unwrap();
    let schema = study.apply_schema(table.schema()).unwrap();
    assert_eq!(study.constraints(&schema).unwrap().len(), 3);
    // The same file on rows that break what it says, with the rows named.
    let mut columns = table.columns().to_vec();
    if let Column::Integer(v) = &mut columns[3] {
        v[4] += 1;
        v[5] = 10_000;
    }
    let broken = Table::new(table.shared_schema(), columns).unwrap();
    insta::assert_snapshot!(
        "contradicted",
        study.check_tables(broken, None).unwrap_err().to_string()
    );
}
