//! Planted leaks, each caught by the attack meant for it, and clean rows that pass.

use crate::data::parts;
use plenish_audit::{Attack, Audit, AuditCriteria, Inputs, Question, Shadows, audit};
use plenish_synth::{Ask, Preset, Settings, generator};
use plenish_table::{Context, Seed, Table};

fn run(train: &Table, holdout: &Table, synthetic: &Table, question: &Question) -> Audit {
    let inputs = Inputs {
        train,
        holdout,
        synthetic,
        model: None,
    };
    audit(
        &inputs,
        question,
        &AuditCriteria::default(),
        &Seed::new(1),
        &Context::silent(),
    )
    .unwrap()
}

fn protected() -> Question {
    Question {
        target: Some("income".to_owned()),
        protected: vec!["sex".to_owned()],
        ..Question::default()
    }
}

fn attack<'a>(audit: &'a Audit, name: &str) -> &'a Attack {
    audit.attacks.iter().find(|a| a.name == name).unwrap()
}

fn failed(audit: &Audit) -> Vec<&str> {
    audit
        .gates
        .iter()
        .filter(|g| !g.passed)
        .map(|g| g.name.as_str())
        .collect()
}

/// The synthetic rows are the training rows: everything is caught.
#[test]
fn an_identical_copy_is_caught() {
    let [train, holdout] = parts([2_000, 2_000], 1);
    let audit = run(&train, &holdout, &train, &protected());
    assert!(audit.not_judged.is_empty(), "{:?}", audit.not_judged);
    let worst = &audit.worst;
    assert!(worst.tpr_at_1pct_fpr.unwrap() > 0.9, "{worst:?}");
    assert!(worst.auc > 0.95 && worst.p_holm < 1e-6, "{worst:?}");
    for name in ["distance", "relative distance", "density ratio", "informed"] {
        let found = &attack(&audit, name).success;
        println!("{name}: {found:?}");
        assert!(found.auc > 0.75, "{name}: {found:?}");
    }
    for name in ["distance", "informed"] {
        let found = &attack(&audit, name).success;
        assert!(
            found.auc > 0.9 && found.tpr_at_1pct_fpr.unwrap() > 0.5,
            "{name}: {found:?}"
        );
    }
    assert!(audit.singling_out.risk.risk.low > 0.5, "{:?}", audit.singling_out);
    assert!(audit.linkability.risk.risk.low > 0.5, "{:?}", audit.linkability);
    assert!(
        audit
            .attribute
            .columns
            .iter()
            .all(|c| c.risk.risk.low > 0.1 || c.risk.control.value > 0.9)
    );
    assert!(audit.copies.near.value > 0.99 && audit.copies.exact.synthetic == 1.0);
    for gate in [
        "audit_auc",
        "audit_exposed_auc",
        "audit_tpr",
        "audit_attribute",
        "audit_singling_out",
        "audit_linkability",
        "audit_copies",
    ] {
        assert!(failed(&audit).contains(&gate), "{gate}: {:?}", failed(&audit));
    }
}

/// A tenth of the rows are copies of training rows, the rest are new: the gate against copies closes, and so does
/// that on what can be found at few false alarms.
#[test]
fn planted_copies_are_caught() {
    let [train, holdout, mut synthetic] = parts([2_000, 2_000, 1_800], 2);
    let rows: Vec<u32> = (0..200).collect();
    synthetic.append(&train.take(&rows)).unwrap();
    let audit = run(&train, &holdout, &synthetic, &Question::default());
    let failed = failed(&audit);
    assert!(
        failed.contains(&"audit_copies") && failed.contains(&"audit_tpr"),
        "{failed:?}"
    );
    assert!(audit.copies.exact.synthetic > 0.09);
}

/// Copies with one cell changed in each are no exact copies, but are near ones.
#[test]
fn near_copies_are_caught() {
    let [train, holdout] = parts([1_500, 1_500], 3);
    let age = train.schema().index("age").unwrap();
    let mut columns = train.columns().to_vec();
    if let plenish_table::Column::Integer(ages) = &mut columns[age] {
        for age in ages {
            *age += 1;
        }
    }
    let moved = Table::new(train.shared_schema(), columns).unwrap();
    let audit = run(&train, &holdout, &moved, &Question::default());
    assert!(audit.copies.exact.synthetic < 0.05, "{:?}", audit.copies);
    assert!(audit.copies.near.value > 0.9, "{:?}", audit.copies);
    let found = &attack(&audit, "density ratio").success;
    assert!(found.auc > 0.75, "{found:?}");
}

/// Rows from the same source as the training rows give nothing away.
#[test]
fn new_rows_pass() {
    let [train, holdout, synthetic] = parts([2_000, 2_000, 2_000], 4);
    let audit = run(&train, &holdout, &synthetic, &protected());
    assert_eq!(failed(&audit), Vec::<&str>::new(), "{:?}", audit.worst);
    assert!(audit.control.alike);
    assert!(audit.worst.p_holm > 0.01, "{:?}", audit.worst);
    // New real rows teach of sex what real rows do.
    let sex = &audit.traits[0];
    assert!(
        sex.from_synthetic.value > 0.8 && sex.difference.low <= 0.0 && sex.difference.high >= 0.0,
        "{sex:?}"
    );
}

/// A generator that keeps its training rows is found out by its own shadows.
#[test]
fn shadow_models_find_a_generator_that_keeps_rows() {
    let [train, holdout] = parts([1_000, 1_000], 5);
    let engine = generator("smote").unwrap();
    let (seed, cx) = (Seed::new(1), Context::silent());
    let target = {
        let mut schema = train.schema().clone();
        let income = schema.index("income").unwrap();
        schema.columns[income].role = plenish_table::Role::Target;
        schema
    };
    let train = train.with_schema(target).unwrap();
    let model = engine.fit(&train, &Settings::default(), &seed, &cx).unwrap();
    let synthetic = model.generate(&Ask::default(), 0..1_000, &seed, &cx).unwrap();
    let question = Question {
        shadows: Some(Shadows {
            engine,
            preset: Preset::Fast,
            models: 4,
        }),
        ..Question::default()
    };
    let audit = run(&train, &holdout, &synthetic, &question);
    assert!(audit.not_judged.is_empty(), "{:?}", audit.not_judged);
    let shadow = attack(&audit, "shadow models");
    assert!(shadow.success.auc_low > 0.6, "{shadow:?}");
    assert!(failed(&audit).contains(&"audit_auc"), "{:?}", audit.worst);
}

/// A fitted chain that was allowed to see 300 rows only is asked for its own likelihood.
#[test]
fn a_model_is_attacked_by_its_likelihood() {
    let [train, holdout] = parts([1_000, 1_000], 6);
    let (seed, cx) = (Seed::new(1), Context::silent());
    let model = generator("chain")
        .unwrap()
        .fit(&train, &Settings::default(), &seed, &cx)
        .unwrap();
    let synthetic = model.generate(&Ask::default(), 0..1_000, &seed, &cx).unwrap();
    let inputs = Inputs {
        train: &train,
        holdout: &holdout,
        synthetic: &synthetic,
        model: Some(model.as_ref()),
    };
    let criteria = AuditCriteria::default();
    let audit = audit(&inputs, &Question::default(), &criteria, &seed, &cx).unwrap();
    let found = attack(&audit, "likelihood ratio");
    assert!(attack(&audit, "likelihood").how.contains("fitted model"));
    // A learner always does a little better on what it saw.
    assert!(found.success.auc > 0.5, "{found:?}");
}
