//! Agreement with scikit-learn and fairlearn on the predictions in `golden/scores.json` and
//! `golden/fairness.json`, which `golden/make_scores.py` writes.

use crate::golden::{close, numbers, open};
use plenish_evaluate::{FairnessArm, FairnessInputs, Family, Judgement, Limits, MIN_REPLICATES, Resampling, fairness};
use plenish_learn::metrics::{Isotonic, OperatingPoint, Platt, Scored, debiased_squared_calibration_error};
use plenish_table::{Column, ColumnSchema, ColumnType, Context, Schema, Table, TextColumn};
use serde_json::Value;

fn labels(value: &Value) -> Vec<bool> {
    value.as_array().unwrap().iter().map(|v| v == true).collect()
}

#[test]
fn scores_are_those_of_scikit_learn() {
    let golden = open("scores");
    let y = labels(&golden["labels"]);
    let (p, w) = (numbers(&golden["probabilities"]), numbers(&golden["weights"]));
    let threshold = golden["threshold"].as_f64().unwrap();
    for (name, weights) in [("plain", None), ("weighted", Some(w.as_slice()))] {
        let theirs = &golden[name];
        let scored = Scored::new(&y, &p, weights).unwrap();
        let counts = scored.confusion(OperatingPoint::Threshold(threshold)).unwrap();
        for (metric, ours) in [
            ("roc_auc", scored.roc_auc()),
            ("average_precision", scored.average_precision()),
            ("log_loss", Some(scored.log_loss())),
            ("brier", Some(scored.brier())),
            ("brier", scored.brier_decomposition(10).map(|parts| parts.brier())),
            ("brier", scored.isotonic_decomposition().map(|parts| parts.brier())),
            ("precision", counts.precision()),
            ("recall", counts.recall()),
            ("specificity", counts.specificity()),
            ("f1", counts.f1()),
            ("balanced_accuracy", counts.balanced_accuracy()),
            ("matthews", counts.matthews()),
        ] {
            close(&format!("{name} {metric}"), ours, &theirs[metric]);
        }
        let isotonic = Isotonic::fit(&y, &p, weights).unwrap();
        for (i, at) in numbers(&golden["at"]).into_iter().enumerate() {
            close(
                &format!("{name} isotonic at {at}"),
                isotonic.apply(at),
                &theirs["isotonic"][i],
            );
        }
        let platt = Platt::fit(&y, &p, weights).unwrap();
        close("Platt's slope", platt.slope, &theirs["platt"]["slope"]);
        close("Platt's intercept", platt.intercept, &theirs["platt"]["intercept"]);
    }
    let case = &golden["curve"];
    let (y, p) = (labels(&case["labels"]), numbers(&case["probabilities"]));
    let scored = Scored::new(&y, &p, None).unwrap();
    let curve = scored.reliability_curve(10);
    assert_eq!(curve.len(), case["observed"].as_array().unwrap().len());
    for (i, point) in curve.iter().enumerate() {
        close("predicted", point.predicted, &case["predicted"][i]);
        close("observed", point.observed, &case["observed"][i]);
    }
    let squared = debiased_squared_calibration_error(&scored.bins(10));
    close("debiased calibration error", squared, &case["debiased_squared"]);
}

#[test]
fn gaps_between_groups_are_those_of_fairlearn() {
    let golden = open("fairness");
    let column = |name: &str| {
        let cells = golden[name].as_array().unwrap();
        Column::Text(TextColumn::from_cells(cells.iter().map(Value::as_str)))
    };
    let schema = ["sex", "race"].map(|name| ColumnSchema::new(name, ColumnType::Text));
    let table = Table::new(
        Schema::new(schema.to_vec()).unwrap(),
        vec![column("sex"), column("race")],
    )
    .unwrap();
    let names = ["sex".to_owned(), "race".to_owned()];
    let families = Family::of_protected(&table, &table, &names, 2).unwrap();
    assert_eq!(families.len(), 3);
    let y = labels(&golden["labels"]);
    let (p, w) = (numbers(&golden["probabilities"]), numbers(&golden["weights"]));
    let counts = |_: u64| vec![1_u16; y.len()];
    let mut compared = 0;
    for (weighting, weights) in [("plain", None), ("weighted", Some(w.as_slice()))] {
        let inputs = FairnessInputs {
            labels: &y,
            weights,
            families: &families,
            point: OperatingPoint::Threshold(golden["threshold"].as_f64().unwrap()),
            // fairlearn judges everything.
            limits: Limits { rows: 2, class: 1 },
            resampling: Resampling {
                replicates: MIN_REPLICATES,
                counts: &counts,
            },
        };
        let arm = FairnessArm {
            name: "real",
            probabilities: &p,
            selected: None,
        };
        let ours = fairness(&[arm], &inputs, &Context::silent()).unwrap();
        for family in &ours[0].families {
            let theirs = &golden["families"][&family.name][weighting];
            let groups = theirs["groups"].as_object().unwrap();
            assert_eq!(groups.len(), family.groups.len());
            let mut check = |what: String, ours: &Judgement, theirs: &Value| {
                let ours = ours.value().unwrap_or_else(|| panic!("{what}: {ours:?}"));
                close(&what, ours.value, theirs);
                compared += 1;
            };
            for group in &family.groups {
                for metric in group.metrics.iter().filter(|m| !groups[&group.name][&m.name].is_null()) {
                    let what = format!("{weighting}, {}, {}", group.name, metric.name);
                    check(what, &metric.value, &groups[&group.name][&metric.name]);
                }
            }
            for gap in family.gaps.iter().filter(|gap| !theirs["gaps"][&gap.name].is_null()) {
                let what = format!("{weighting}, {}, {}", family.name, gap.name);
                check(what, &gap.value, &theirs["gaps"][&gap.name]);
            }
        }
    }
    // 7 metrics of 14 groups and 11 gaps of 3 families, twice.
    assert_eq!(compared, 2 * (7 * 14 + 11 * 3));
}
