//! Associations equal what numpy and SciPy give (`golden/make_golden.py`).

use crate::{bins, table, text};
use plenish_profile::{AssociationKind, associations};
use plenish_table::Column;

fn numbers(case: &serde_json::Value, key: &str) -> Vec<f64> {
    case[key]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .collect()
}

/// Measures every case of `name` with the kinds of column it is about.
fn check(name: &str, kind: AssociationKind, tolerance: f64, column: [fn(Vec<f64>) -> Column; 2]) {
    let golden: serde_json::Value = serde_json::from_str(include_str!("../../golden/associations.json")).unwrap();
    for case in golden[name].as_array().unwrap() {
        let expected = case["value"].as_f64().unwrap();
        let (a, b) = (column[0](numbers(case, "a")), column[1](numbers(case, "b")));
        // Both orders, because the matrix is symmetrical.
        for columns in [vec![("a", a.clone()), ("b", b.clone())], vec![("b", b), ("a", a)]] {
            let table = table(columns);
            let found = associations(&table, &bins(&table)).unwrap();
            let pair = found.pair(1, 0).unwrap();
            assert_eq!(pair.kind, kind);
            assert!(
                (pair.value - expected).abs() <= tolerance,
                "{name}: {} instead of {expected}",
                pair.value
            );
        }
    }
}

fn words(values: Vec<f64>) -> Column {
    text(values.into_iter().map(|v| Some(format!("level {v}"))))
}

#[test]
fn cramers_v_equals_scipy() {
    check("cramers_v", AssociationKind::CramersV, 1e-9, [words, words]);
}

#[test]
fn the_correlation_ratio_equals_scipy() {
    check(
        "correlation_ratio",
        AssociationKind::CorrelationRatio,
        1e-9,
        [words, Column::Real],
    );
}

#[test]
fn spearman_equals_scipy_where_bins_lose_nothing() {
    check(
        "spearman",
        AssociationKind::Spearman,
        1e-9,
        [Column::Real, Column::Real],
    );
}

/// Twenty bins take a little from a thousand untied values; more than 0.01 would be a fault.
#[test]
fn spearman_is_near_scipy_on_untied_values() {
    check(
        "spearman_untied",
        AssociationKind::Spearman,
        0.01,
        [Column::Real, Column::Real],
    );
}
