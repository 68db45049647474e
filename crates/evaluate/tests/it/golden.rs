//! Agreement with `SDMetrics`, scikit-learn and fairlearn on the files in `golden/`, which
//! `golden/make_golden.py` writes.

use plenish_evaluate::sdmetrics::Comparison;
use plenish_learn::logistic::{Dense, Logistic, LogisticSettings};
use plenish_learn::metrics::{self, Confusion};
use plenish_table::{
    Column, ColumnSchema, ColumnType, MISSING_BOOLEAN, MISSING_DATE, MISSING_INTEGER, Schema, Table, TextColumn,
};
use serde_json::Value;

pub(crate) fn open(name: &str) -> Value {
    let path = format!("{}/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn codes(value: &Value) -> Vec<usize> {
    numbers(value).iter().map(|&v| v as usize).collect()
}

#[track_caller]
pub(crate) fn close(what: &str, ours: impl Into<Option<f64>>, theirs: &Value) {
    match (ours.into(), theirs.as_f64()) {
        (Some(a), Some(b)) => assert!((a - b).abs() < 1e-9, "{what}: {a} instead of {b}"),
        (a, b) => assert_eq!(a, b, "{what}"),
    }
}

fn table(types: &serde_json::Map<String, Value>, data: &Value) -> Table {
    let mut schema = Vec::new();
    let mut columns = Vec::new();
    for (name, kind) in types {
        let kind: ColumnType = serde_json::from_value(kind.clone()).unwrap();
        let cells = data[name].as_array().unwrap();
        let integer = |c: &Value| c.as_i64().unwrap_or(MISSING_INTEGER);
        columns.push(match kind {
            ColumnType::Boolean => {
                let of = |c: &Value| c.as_bool().map_or(MISSING_BOOLEAN, u8::from);
                Column::Boolean(cells.iter().map(of).collect())
            }
            ColumnType::Integer => Column::Integer(cells.iter().map(integer).collect()),
            ColumnType::Timestamp => Column::Timestamp(cells.iter().map(integer).collect()),
            ColumnType::Real => Column::Real(cells.iter().map(|c| c.as_f64().unwrap_or(f64::NAN)).collect()),
            ColumnType::Date => {
                let of = |c: &Value| c.as_i64().map_or(MISSING_DATE, |d| d as i32);
                Column::Date(cells.iter().map(of).collect())
            }
            ColumnType::Text => Column::Text(TextColumn::from_cells(cells.iter().map(Value::as_str))),
        });
        schema.push(ColumnSchema::new(name, kind));
    }
    Table::new(Schema::new(schema).unwrap(), columns).unwrap()
}

#[test]
fn shapes_and_pairs_are_those_of_sdmetrics() {
    let golden = open("sdmetrics");
    let types = golden["types"].as_object().unwrap();
    let real = table(types, &golden["real"]);
    // The order of pairs follows the columns' order in the file, which JSON objects here do not keep.
    let order: Vec<usize> = [
        "age", "income", "ratio", "fine", "fixed", "sparse", "flag", "job", "city", "day", "at",
    ]
    .iter()
    .map(|name| real.schema().index(name).unwrap())
    .collect();
    for case in golden["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let quality = Comparison::new(&real, &table(types, &case["synthetic"]), &order).quality();
        for (i, &index) in order.iter().enumerate() {
            let column = &real.schema().columns[index].name;
            close(&format!("{name}, {column}"), quality.columns[i], &case["columns"][i]);
        }
        for (i, &(a, b, score)) in quality.column_pairs.iter().enumerate() {
            let pair = [a, b].map(|place| &real.schema().columns[order[place]].name);
            close(&format!("{name}, {pair:?}"), score, &case["column_pairs"][i]);
        }
        close(name, quality.shapes, &case["shapes"]);
        close(name, quality.pairs, &case["pairs"]);
    }
}

#[test]
fn metrics_are_those_of_scikit_learn_and_fairlearn() {
    let golden = open("metrics");
    let case = &golden["binary"];
    let labels: Vec<bool> = case["labels"].as_array().unwrap().iter().map(|v| v == true).collect();
    let (p, w) = (numbers(&case["probabilities"]), numbers(&case["weights"]));
    for (name, weights) in [("plain", None), ("weighted", Some(w.as_slice()))] {
        let theirs = &case[name];
        close("auc", metrics::roc_auc(&labels, &p, weights), &theirs["roc_auc"]);
        close("log loss", metrics::log_loss(&labels, &p, weights), &theirs["log_loss"]);
        close("brier", metrics::brier(&labels, &p, weights), &theirs["brier"]);
        let counts = Confusion::at(0.4, &labels, &p, weights);
        close("accuracy", counts.accuracy(), &theirs["accuracy"]);
        close("selection rate", counts.selection_rate(), &theirs["selection_rate"]);
        close("recall", counts.recall(), &theirs["recall"]);
    }
    let error = metrics::calibration_error(&labels, &p, None, 15);
    close("calibration error", error, &case["calibration_error"]);

    let case = &golden["several"];
    let (labels, p, w) = (
        codes(&case["labels"]),
        numbers(&case["probabilities"]),
        numbers(&case["weights"]),
    );
    for (suffix, weights) in [("", None), ("_weighted", Some(w.as_slice()))] {
        let theirs = |name: &str| &case[format!("{name}{suffix}")];
        close(
            "auc",
            metrics::roc_auc_one_vs_rest(&labels, &p, 3, weights),
            theirs("roc_auc"),
        );
        close(
            "log loss",
            metrics::log_loss_multiclass(&labels, &p, 3, weights),
            theirs("log_loss"),
        );
        close(
            "brier",
            metrics::brier_multiclass(&labels, &p, 3, weights),
            theirs("brier"),
        );
    }

    let case = &golden["regression"];
    let (y, q, w) = (
        numbers(&case["targets"]),
        numbers(&case["predictions"]),
        numbers(&case["weights"]),
    );
    for (suffix, weights) in [("", None), ("_weighted", Some(w.as_slice()))] {
        close("rmse", metrics::rmse(&y, &q, weights), &case[format!("rmse{suffix}")]);
        close("r2", metrics::r2(&y, &q, weights), &case[format!("r2{suffix}")]);
    }
}

#[test]
fn logistic_regression_is_that_of_scikit_learn() {
    for (i, case) in open("logistic").as_array().unwrap().iter().enumerate() {
        let target = numbers(&case["target"]);
        let classes = case["classes"].as_u64().unwrap() as usize;
        let design = Dense::new(target.len(), 4, numbers(&case["values"])).unwrap();
        let weights = (!case["weights"].is_null()).then(|| numbers(&case["weights"]));
        let settings = LogisticSettings {
            l2: case["l2"].as_f64().unwrap(),
            ..LogisticSettings::default()
        };
        let model = Logistic::fit(&design, &target, weights.as_deref(), classes, &settings).unwrap();
        assert!(model.converged());
        let theirs = numbers(&case["probabilities"]);
        for (a, b) in model.predict(&design).unwrap().iter().zip(&theirs) {
            assert!((a - b).abs() < 1e-5, "case {i}: {a} instead of {b}");
        }
    }
}
