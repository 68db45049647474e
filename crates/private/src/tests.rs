//! What private models promise as generators.

use crate::accounting::Guarantee;
use crate::domain::Domain;
use crate::fit::{Engine, Settings, fit, fit_not_private};
use crate::ledger::Ledger;
use crate::model::PrivateModel;
use plenish_synth::{Ask, Model};
use plenish_table::{
    Column, ColumnSchema, ColumnType, Condition, Context, MISSING_CODE, Schema, Seed, Table, TextColumn,
};

const SCHEMA: &str = r#"
[columns.job]
values = ["nurse", "smith", "miner", "rare", "rarer"]
[columns.age]
type = "integer"
min = 0
max = 99
bins = 20
missing = false
[columns.ill]
type = "boolean"
missing = false
"#;

/// Age goes along with the job, illness with age; one value of `job` in the middle of the domain is rare.
fn table(rows: u64) -> Table {
    let mut stream = Seed::new(3).stream(0, 0);
    let (mut job, mut age, mut ill) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..rows {
        let j = if row % 500 == 0 {
            1
        } else {
            [0, 2, 3][stream.below(3) as usize]
        };
        let a = (20 + 15 * j + stream.below(25)) as i64;
        job.push(Some(["nurse", "smith", "miner", "rare"][j as usize]));
        age.push(a);
        ill.push(u8::from(stream.below(100) < a as u64));
    }
    let schema = [
        ("job", ColumnType::Text),
        ("age", ColumnType::Integer),
        ("ill", ColumnType::Boolean),
    ];
    Table::new(
        Schema::new(schema.map(|(n, k)| ColumnSchema::new(n, k)).to_vec()).unwrap(),
        vec![
            Column::Text(TextColumn::from_cells(job)),
            Column::Integer(age),
            Column::Boolean(ill),
        ],
    )
    .unwrap()
}

fn fitted(engine: Engine, epsilon: f64, impossible: &[(&str, &str)]) -> PrivateModel {
    let mut settings = Settings::new(engine, Guarantee::new(epsilon, 1e-9).unwrap());
    let own = |(c, v): &(&str, &str)| ((*c).to_owned(), (*v).to_owned());
    settings.impossible = if impossible.is_empty() {
        vec![]
    } else {
        vec![impossible.iter().map(own).collect()]
    };
    let domain = Domain::parse(SCHEMA).unwrap();
    fit_not_private(&table(10_000), &domain, &settings, 5, &Context::silent()).unwrap()
}

fn rows(model: &PrivateModel, condition: &str, count: usize) -> Table {
    let condition = if condition.is_empty() {
        Condition::default()
    } else {
        Condition::parse(condition, model.schema()).unwrap()
    };
    model
        .rows(&condition, count, &Seed::new(1), &Context::silent())
        .unwrap()
}

fn share(table: &Table, condition: &str) -> f64 {
    let mask = Condition::parse(condition, table.schema())
        .unwrap()
        .mask(table)
        .unwrap();
    mask.iter().filter(|m| **m).count() as f64 / mask.len() as f64
}

/// With a large budget the model says what the table says; also of states beside one that was joined with others.
#[test]
fn relations_come_back() {
    let real = table(10_000);
    for engine in Engine::ALL {
        let model = fitted(engine, 20.0, &[]);
        let made = rows(&model, "", 10_000);
        for condition in [
            "job = 'nurse'",
            "job = 'miner'",
            "job = 'rare'",
            "ill = true",
            "job = 'miner' and age < 60",
            "age >= 60 and ill = true",
        ] {
            let (a, b) = (share(&real, condition), share(&made, condition));
            assert!((a - b).abs() < 0.02, "{}: {condition}: {a} and {b}", engine.name());
        }
        assert!(
            (9_900..10_100).contains(&model.estimated_rows()),
            "{}",
            model.estimated_rows()
        );
    }
}

#[test]
fn conditions_hold_and_cut_bins() {
    let model = fitted(Engine::Aim, 20.0, &[]);
    let condition = "age between 52 and 61 and job != 'rare'";
    let made = rows(&model, condition, 2_000);
    assert!(share(&made, condition) == 1.0);
    // Illness is about as frequent as age says.
    assert!(
        (share(&made, "ill = true") - 0.56).abs() < 0.06,
        "{}",
        share(&made, "ill = true")
    );
    let nowhere = Condition::parse("age > 200", model.schema()).unwrap();
    assert!(model.rows(&nowhere, 10, &Seed::new(1), &Context::silent()).is_err());
}

#[test]
fn combinations_that_cannot_be_never_are() {
    for engine in Engine::ALL {
        let model = fitted(engine, 2.0, &[("job", "miner"), ("ill", "true")]);
        let made = rows(&model, "", 20_000);
        assert_eq!(share(&made, "job = 'miner' and ill = true"), 0.0, "{}", engine.name());
        // The data contradict it: two of three miners are ill, and those find no place.
        assert!(share(&made, "job = 'miner'") > 0.1);
    }
}

#[test]
fn a_range_of_rows_is_that_slice_of_the_whole_and_bytes_are_the_model() {
    for engine in Engine::ALL {
        let model = fitted(engine, 1.0, &[]);
        let again = PrivateModel::open(&model.save().unwrap()).unwrap();
        let make = |model: &PrivateModel, units| {
            model
                .generate(&Ask::default(), units, &Seed::new(4), &Context::silent())
                .unwrap()
        };
        let whole = make(&model, 0..25_000);
        let part = make(&again, 9_000..21_000);
        assert_eq!(part, whole.take(&(9_000..21_000).collect::<Vec<u32>>()));
        assert_eq!(make(&model, 7..7).rows(), 0);
        let file = plenish_synth::save(&model).unwrap();
        assert_eq!(crate::open(&file).unwrap().save().unwrap(), model.save().unwrap());
    }
    let bytes = fitted(Engine::Mst, 1.0, &[]).save().unwrap();
    for length in [0, 1, bytes.len() / 2, bytes.len() - 1] {
        assert!(PrivateModel::open(&bytes[..length]).is_err());
    }
}

#[test]
fn a_domain_is_learned_out_of_its_share() {
    let text = "learn_share = 0.2\n[columns.job]\nlearn = true\nbins = 10\n[columns.age]\ntype = \"integer\"\nlearn = true\nbins = 8\n[columns.ill]\ntype = \"boolean\"";
    let domain = Domain::parse(text).unwrap();
    let settings = Settings::new(Engine::Mst, Guarantee::new(2.0, 1e-6).unwrap());
    let model = fit_not_private(&table(10_000), &domain, &settings, 5, &Context::silent()).unwrap();
    let schema = model.schema();
    let jobs = schema.columns[0].allowed.clone().unwrap();
    assert!(
        jobs.contains(&"nurse".to_owned()) && jobs.contains(&"other".to_owned()),
        "{jobs:?}"
    );
    let (low, high) = (schema.columns[1].min.unwrap(), schema.columns[1].max.unwrap());
    assert!(
        (0.0..=20.0).contains(&low) && (89.0..=128.0).contains(&high),
        "{low} to {high}"
    );
    let evidence = model.evidence();
    assert!(evidence.spent() <= evidence.rho && evidence.rho.minus(evidence.spent()).units() < 1_000);
    assert_eq!(evidence.added_delta, 1e-7);
    // A value that few rows have does not come out.
    let mut few = table(10_000);
    let mut secret = table(3);
    let Column::Text(mut text) = secret.column(0).clone() else {
        unreachable!()
    };
    text.codes.fill(0);
    text.dictionary = std::sync::Arc::new(vec!["a secret".to_owned()]);
    assert!(text.codes.iter().all(|c| *c != MISSING_CODE));
    let columns = vec![Column::Text(text), secret.column(1).clone(), secret.column(2).clone()];
    secret = Table::new(secret.shared_schema(), columns).unwrap();
    few.append(&secret).unwrap();
    let model = fit_not_private(&few, &domain, &settings, 5, &Context::silent()).unwrap();
    assert!(
        !model.schema().columns[0]
            .allowed
            .as_ref()
            .unwrap()
            .contains(&"a secret".to_owned())
    );
}

#[test]
fn a_spent_budget_refuses_the_next_fit() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(folder.path(), "people").unwrap();
    let domain = Domain::parse(SCHEMA).unwrap();
    let settings = Settings::new(Engine::Mst, Guarantee::new(1.0, 1e-9).unwrap());
    let run = || fit(&table(1_000), &domain, &settings, &ledger, "now", &Context::silent());
    assert!(run().unwrap_err().to_string().contains("no privacy limit"));
    ledger.set_limit(settings.guarantee, "now").unwrap();
    let model = run().unwrap();
    assert!(model.evidence().private);
    assert_eq!(model.evidence().ledger, Some(("people".to_owned(), 3)));
    assert!(run().unwrap_err().to_string().contains("privacy budget"));
    let mut declared = settings.clone();
    declared.rows_at_most = Some(2_000_000_000);
    assert!(fit(&table(10), &domain, &declared, &ledger, "now", &Context::silent()).is_err());
}

/// Tables without a row, and with one, are fitted like all others.
#[test]
fn small_tables_are_no_errors() {
    let domain = Domain::parse(SCHEMA).unwrap();
    for engine in Engine::ALL {
        let settings = Settings::new(engine, Guarantee::new(1.0, 1e-9).unwrap());
        for count in [0, 1] {
            let model = fit_not_private(&table(count), &domain, &settings, 1, &Context::silent()).unwrap();
            assert_eq!(rows(&model, "", 100).rows(), 100);
        }
    }
}
