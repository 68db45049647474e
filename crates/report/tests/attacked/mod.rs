//! What a private study and an audit leave, with a little of everything that is shown.

use crate::trial::at;
use plenish_audit::{
    Attack, AttributeInference, Audit, AuditRows, Control, CopyReport, GuessedColumn, Linkability, NotJudged, Risk,
    SENSITIVE, SinglingOut, Success, Trait, Worst,
};
use plenish_evaluate::{Copies, Gate};
use plenish_private::accounting::{Guarantee, Rho};
use plenish_private::domain::{Origin, Outside, Unit};
use plenish_private::ledger::Balance;
use plenish_private::{ErrorBounds, Evidence, MarginalError, Spend};

fn rho(text: &str) -> Rho {
    text.parse().unwrap()
}

/// Evidence about a column of this name and another one.
pub(crate) fn evidence(column: &str) -> Evidence {
    let spend = |what: &str, cost| Spend {
        what: what.to_owned(),
        rho: rho(cost),
        noise: "discrete Gaussian, sigma 12.5".to_owned(),
    };
    Evidence {
        engine: "aim".to_owned(),
        unit: Unit::Person {
            column: column.to_owned(),
            rows: 3,
        },
        neighbours: "tables that differ by all rows of one person".to_owned(),
        guarantee: Guarantee {
            epsilon: 1.0,
            delta: 1e-9,
        },
        rho: rho("0.01"),
        added_delta: 1e-10,
        spends: vec![
            spend("counts of columns [0]", "0.002"),
            spend("choice among 1 pairs of columns", "0.002"),
            spend("counts of columns [0, 1]", "0.006"),
        ],
        domain: vec![
            ("age".to_owned(), Origin::Declared),
            (column.to_owned(), Origin::Learned),
        ],
        noise_source: "ChaCha20, keyed by the operating system for this run".to_owned(),
        errors: ErrorBounds {
            level: 0.95,
            about: "the model, coded by the schema".to_owned(),
            marginals: vec![
                MarginalError {
                    columns: vec!["age".to_owned(), column.to_owned()],
                    cells: 12,
                    measured: true,
                    rows: 41.3,
                    total_variation: 0.0207,
                },
                MarginalError {
                    columns: vec![column.to_owned()],
                    cells: 4,
                    measured: false,
                    rows: 310.0,
                    total_variation: 0.155,
                },
            ],
        },
        private: true,
        ledger: Some(("people".to_owned(), 3)),
        code: "plenish 0.1.0".to_owned(),
    }
}

pub(crate) fn balance() -> Balance {
    Balance {
        name: "people".to_owned(),
        limit: Some(Guarantee {
            epsilon: 2.0,
            delta: 1e-9,
        }),
        charged: rho("0.01"),
        added_delta: 1e-10,
        epsilon: Some(1.0),
        runs: [1, 1],
    }
}

pub(crate) fn outside(column: &str) -> Outside {
    Outside {
        rows_left_out: 1_234,
        cells: vec![(column.to_owned(), 56)],
    }
}

fn success(auc: f64, rarely: bool) -> Success {
    Success {
        auc,
        auc_low: auc - 0.01,
        auc_high: auc + 0.01,
        p: 0.04,
        tpr_at_1pct_fpr: Some(0.02),
        tpr_at_1pct_fpr_low: Some(0.01),
        tpr_at_1pct_fpr_high: Some(0.04),
        tpr_at_0_1pct_fpr: rarely.then_some(0.001),
        tpr_at_0_1pct_fpr_low: rarely.then_some(0.0),
        tpr_at_0_1pct_fpr_high: rarely.then_some(0.005),
        members: 1_000,
        others: 1_000,
    }
}

fn risk(main: f64) -> Risk {
    Risk {
        main: at(main),
        control: at(0.4),
        naive: at(0.3),
        risk: at(main - 0.4),
        risk_low_together: main - 0.42,
        p: 0.2,
        attacks: 500,
    }
}

/// An audit of a table with a column of this name.
pub(crate) fn audit(column: &str) -> Audit {
    let attack = |name: &str, auc, exposed| Attack {
        name: name.to_owned(),
        how: format!("looks at '{column}'"),
        success: success(auc, true),
        p_holm: 0.08,
        exposed,
    };
    Audit {
        sensitive: SENSITIVE.to_owned(),
        rows: AuditRows {
            train: 1_000,
            holdout: 1_000,
            synthetic: 900,
        },
        control: Control {
            auc: 0.56,
            auc_low: 0.53,
            auc_high: 0.59,
            alike: false,
        },
        attacks: vec![
            attack("distance", 0.512, Some(success(0.56, false))),
            attack("classifier", 0.498, None),
        ],
        worst: Worst {
            name: "distance".to_owned(),
            auc: 0.512,
            auc_low: 0.49,
            auc_high: 0.53,
            p_holm: 0.08,
            tpr_name: Some("distance".to_owned()),
            tpr_at_1pct_fpr: Some(0.02),
            tpr_at_1pct_fpr_low: Some(0.005),
            tpr_at_1pct_fpr_high: Some(0.05),
            exposed_name: None,
            exposed_auc: None,
            exposed_auc_low: None,
            exposed_auc_high: None,
        },
        not_judged: vec![NotJudged {
            name: "likelihood".to_owned(),
            reason: "the model has no density".to_owned(),
        }],
        attribute: AttributeInference {
            known: vec!["age".to_owned()],
            columns: vec![GuessedColumn {
                column: column.to_owned(),
                risk: risk(0.43),
                p_holm: 0.3,
            }],
            left_out: vec!["day".to_owned()],
            worst: Some(column.to_owned()),
        },
        singling_out: SinglingOut {
            risk: risk(0.41),
            among: 1_000,
            columns: 3.5,
        },
        linkability: Linkability {
            risk: risk(0.38),
            candidates: 10,
            divisions: vec![vec!["age".to_owned()]],
        },
        copies: CopyReport {
            exact: Copies {
                synthetic: 0.001,
                expected: 0.002,
                holdout: 0.002,
                holdout_expected: 0.001,
                nearer: at(0.5),
            },
            near: at(0.02),
            near_expected: at(0.01),
            near_beyond: 0.0,
        },
        traits: vec![Trait {
            column: column.to_owned(),
            from_synthetic: at(0.7),
            from_real: at(0.72),
            difference: at(-0.02),
            on_train: at(0.71),
            memory: at(0.01),
        }],
        gates: vec![Gate {
            name: "audit_auc".to_owned(),
            question: format!("How well the worst attack tells training rows by '{column}'."),
            value: 0.49,
            threshold: 0.55,
            at_least: false,
            passed: true,
            warns: false,
        }],
    }
}
