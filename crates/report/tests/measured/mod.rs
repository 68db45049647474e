//! What was measured of a small table, made up.

use crate::trial::at;
use plenish_evaluate::{
    ClassNoise, ColumnFidelity, ColumnValidity, Copies, Evaluation, Fidelity, Interval, LabelAudit, Link, Region,
    Robust, Rows, Score, Suspect, Validity,
};
use plenish_table::Table;

pub(crate) fn score(value: f64, floor: f64, ceiling: f64) -> Score {
    Score {
        value,
        low: Some(value - 0.004),
        high: Some(value + 0.004),
        floor: Some(floor),
        ceiling: Some(ceiling),
        normalised: (ceiling > floor).then(|| (value - floor) / (ceiling - floor)),
    }
}

pub(crate) fn robust() -> Robust {
    let mut robust = Robust {
        rows: 200,
        holdout_rows: 100,
        ..Robust::default()
    };
    robust.agreement.pairs = score(0.99, 0.9, 0.995);
    robust.links.tested = 21;
    robust.links.invented.push(Link {
        a: "age".to_owned(),
        b: "city".to_owned(),
        real: 0.04,
        holdout: 0.05,
        synthetic: 0.61,
        excess: 0.56,
        p: 1e-9,
        adjusted: 2e-8,
    });
    robust.tells.auc = 0.58;
    robust.tells.regions.push(Region {
        conditions: vec!["age up to 30".to_owned(), "city among '<b>'".to_owned()],
        real: 0.1,
        synthetic: 0.18,
    });
    robust
}

/// Labels in doubt, with names that would break a page.
pub(crate) fn labels() -> LabelAudit {
    let suspect = Suspect {
        row: 6,
        label: "<yes>".to_owned(),
        suggested: "no & never".to_owned(),
        probability: Some(0.04),
        doubt: 0.81,
        reason: "a model of the real rows gives 'no & never' a probability of 0.96 and '<yes>' 0.04".to_owned(),
    };
    let interval = |value: f64| Interval {
        value,
        low: value / 2.0,
        high: value * 2.0,
    };
    LabelAudit {
        target: "target".to_owned(),
        rows: 200,
        sample_of: None,
        noise: interval(0.03),
        noise_holdout: 0.002,
        classes: vec![
            ClassNoise {
                class: "<yes>".to_owned(),
                rows: 40,
                noise: Some(interval(0.1)),
                suspects: 4,
            },
            ClassNoise {
                class: "no & never".to_owned(),
                rows: 160,
                noise: None,
                suspects: 0,
            },
        ],
        contradictions: interval(0.01),
        contradictions_expected: 0.0,
        contradictions_beyond: 0.004,
        disagreement: Some(interval(0.2)),
        disagreement_holdout: Some(0.19),
        neighbours: 10,
        suspects: 4,
        by_model: 3,
        by_contradiction: 2,
        examples: vec![suspect.clone()],
        quarantine: vec![suspect],
        ..LabelAudit::default()
    }
}

pub(crate) fn evaluation(real: &Table) -> Evaluation {
    let names: Vec<String> = real.schema().columns.iter().map(|c| c.name.clone()).collect();
    Evaluation {
        rows: Rows {
            real: 300,
            holdout: 100,
            synthetic: 200,
        },
        validity: Validity {
            share: 0.9999,
            columns: names
                .iter()
                .enumerate()
                .map(|(i, name)| ColumnValidity {
                    name: name.clone(),
                    share: if i == 0 { 0.995 } else { 1.0 },
                    missing_real: 0.0,
                    missing_synthetic: 0.0,
                    problems: if i == 0 {
                        vec!["1 cell above 69, the largest being 71".to_owned()]
                    } else {
                        Vec::new()
                    },
                })
                .collect(),
        },
        fidelity: Fidelity {
            overall: score(0.93, 0.61, 0.98),
            shapes: score(0.985, 1.0, 0.99),
            pairs: score(0.95, 0.8, 0.97),
            detection: score(0.85, 0.02, 1.0),
            detection_train: Score {
                value: 0.84,
                ..Score::default()
            },
            columns: names
                .iter()
                .enumerate()
                .map(|(i, name)| ColumnFidelity {
                    name: name.clone(),
                    metric: "KSComplement".to_owned(),
                    shape: score(0.9 + 0.09 / (i + 1) as f64, 1.0, 0.99),
                })
                .collect(),
            column_pairs: Vec::new(),
        },
        robust: robust(),
        copies: Copies {
            synthetic: 0.002,
            expected: 0.003,
            holdout: 0.0,
            holdout_expected: 0.0,
            nearer: at(0.501),
        },
        labels: Some(labels()),
        constraints: Vec::new(),
        gates: Vec::new(),
    }
}
