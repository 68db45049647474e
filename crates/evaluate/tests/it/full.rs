//! Large parts of Adult, where figures are steady enough to be held to.

use crate::adult::{block, parts};
use plenish_evaluate::{Criteria, Inputs, evaluate};
use plenish_learn::logistic::{DenseCoder, Logistic, LogisticSettings};
use plenish_table::{Context, Seed, Table};

#[test]
fn logistic_regression() {
    let [train, test] = parts();
    let coder = DenseCoder::fit(train, &(0..14).collect::<Vec<usize>>()).unwrap();
    let rich = |table: &Table| -> Vec<f64> {
        let income = table.by_name("income").unwrap();
        (0..table.rows())
            .map(|row| f64::from(u8::from(income.value(row).to_string() == ">50K")))
            .collect()
    };
    let settings = LogisticSettings::default();
    let model = Logistic::fit(&coder.encode(train).unwrap(), &rich(train), None, 2, &settings).unwrap();
    let p = model.predict(&coder.encode(test).unwrap()).unwrap();
    let labels: Vec<bool> = rich(test).iter().map(|&y| y == 1.0).collect();
    let area = plenish_learn::metrics::roc_auc(&labels, &p, None).unwrap();
    assert!(model.converged() && area > 0.9, "{area}");
}

/// What normalisation promises: 0 for shuffled columns, 1 for unseen real rows.
#[test]
fn shuffled_and_real_rows_end_at_zero_and_one() {
    let (real, holdout, unseen) = (block(10_000, 0), block(10_000, 1), block(10_000, 2));
    let shuffled = unseen.columns().iter().enumerate().map(|(i, column)| {
        let mut rows: Vec<u32> = (0..10_000).collect();
        Seed::new(8).stream(i as u64, 0).shuffle(&mut rows);
        column.take(&rows)
    });
    let shuffled = Table::new(unseen.shared_schema(), shuffled.collect()).unwrap();
    let overall = |synthetic: &Table| {
        let inputs = Inputs {
            real: &real,
            holdout: &holdout,
            synthetic,
        };
        let (criteria, seed) = (Criteria::default(), Seed::new(1));
        let result = evaluate(inputs, None, &[], &criteria, &seed, &Context::silent()).unwrap();
        println!("{:?}", result.fidelity.overall);
        result.fidelity.overall.normalised.unwrap()
    };
    assert!(overall(&shuffled) <= 0.02 && overall(&unseen) >= 0.98);
}
