//! Writes a report to look at: Adult's test part with planted faults plays the synthetic rows.
//!
//! `cargo run --release -p plenish-report --example demo -- report.html`

use plenish_evaluate::{
    Augmentation, Criteria, Inputs, Purpose, Question, evaluate, experiment, experiment_gates, judge,
};
use plenish_files::{ReadOptions, read};
use plenish_profile::{ProfileSettings, associations, compare_columns, profile, shared_bins};
use plenish_report::{DataName, Provenance, ReportInput, render};
use plenish_table::{Column, Context, Error, Result, Role, Seed, Table};
use std::path::Path;

fn main() -> Result<()> {
    let target = std::env::args()
        .nth(1)
        .ok_or_else(|| Error::usage("no file to write to").help("name one, such as report.html"))?;
    let cx = Context::silent();
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/adult/data");
    let all = with_roles(read(
        &format!("{data}/adult_train.csv.gz"),
        &ReadOptions::default(),
        &cx,
    )?)?;
    let (train, holdout) = all.split(0.67, all.schema().target(), &Seed::new(1));
    let test =
        read(&format!("{data}/adult_test.csv.gz"), &ReadOptions::default(), &cx)?.conform(&train.shared_schema())?;
    let synthetic = with_faults(&test)?;

    let seed = Seed::new(1);
    let protected = ["sex".to_owned(), "race".to_owned()];
    let criteria = Criteria::default();
    let tables = Inputs {
        real: &train,
        holdout: &holdout,
        synthetic: &synthetic,
    };
    let evaluation = evaluate(tables, Some("income"), &protected, &criteria, &seed, &cx)?;
    let trial = experiment(
        &train,
        &holdout,
        &synthetic,
        &Question::new("income", &protected),
        Augmentation::default(),
        &seed,
        &cx,
    )?;
    let mut gates = evaluation.gates.clone();
    gates.extend(experiment_gates(Purpose::Publish, &trial, &criteria));
    let settings = ProfileSettings::default();
    let bins = shared_bins(&[&train], &settings)?;
    let part = |part: &str, name: &str, table: &Table| DataName {
        part: part.to_owned(),
        name: name.to_owned(),
        rows: table.rows(),
    };
    let page = render(&ReportInput {
        title: "Adult: census income",
        objective: "Publish rows that a model of income can be trained on in place of the real ones.",
        data: &[
            part("train", "adult_train.csv.gz", &train),
            part("locked test", "adult_train.csv.gz", &holdout),
            part("synthetic", "synthetic.parquet", &synthetic),
        ],
        verdict: &judge(Purpose::Publish, &evaluation, Some(&trial), &criteria),
        gates: &gates,
        evaluation: &evaluation,
        experiment: Some(&trial),
        plan: None,
        profile: &profile(&train, &settings, &cx)?,
        comparisons: &compare_columns(&train, &synthetic, &bins, 12)?,
        associations_real: &associations(&train, &bins)?,
        associations_synthetic: &associations(&synthetic, &bins)?,
        provenance: &Provenance {
            settings: [
                ("generator", "chain"),
                ("preset", "balanced"),
                ("purpose", "publish"),
                ("target", "income"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
            seed: 1,
            hashes: vec![(
                "adult_train.csv.gz".to_owned(),
                "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
            )],
            plenish: env!("CARGO_PKG_VERSION").to_owned(),
            generated_at: None,
            version: Some("demo".to_owned()),
        },
        privacy: None,
    })?;
    std::fs::write(&target, page).map_err(|error| Error::io("write", Path::new(&target), &error))
}

fn with_roles(table: Table) -> Result<Table> {
    let mut schema = table.schema().clone();
    for column in &mut schema.columns {
        match column.name.as_str() {
            "income" => column.role = Role::Target,
            "sex" | "race" => column.role = Role::Protected,
            _ => {}
        }
    }
    table.with_schema(schema)
}

/// Faults to see in the charts: hours a little longer, and one relationship in five of the next row.
fn with_faults(table: &Table) -> Result<Table> {
    let rows = table.rows();
    let mut columns = table.columns().to_vec();
    let next: Vec<u32> = (0..rows)
        .map(|row| if row % 5 == 0 { (row + 1) % rows } else { row } as u32)
        .collect();
    for (column, described) in columns.iter_mut().zip(&table.schema().columns) {
        match (column, described.name.as_str()) {
            (Column::Integer(cells), "hours_per_week") => {
                for cell in cells.iter_mut().step_by(3) {
                    *cell = (*cell + 4).min(99);
                }
            }
            (column, "relationship") => *column = column.take(&next),
            _ => {}
        }
    }
    Table::new(table.shared_schema(), columns)
}
