//! The audit: all attacks, one after the other.

use crate::attribute::attribute;
use crate::copies::copies;
use crate::criteria::AuditCriteria;
use crate::linkability::linkability;
use crate::membership::{membership, tested, told_apart};
use crate::prepare::{Inputs, Prepared, Question};
use crate::results::{Audit, AuditRows, SENSITIVE};
use crate::singling_out::singling_out;
use crate::traits::traits;
use plenish_table::{Context, Result, Seed};

/// Attacks the synthetic rows and tells what they give away of the training rows, beyond what they teach about
/// everybody.
///
/// Columns whose role is identifier, free text or weight are left out. Columns are matched by name. Tables of more
/// than 50,000 rows are sampled. The same tables, question and seed give the same result on any number of threads.
///
/// Fails when a table has fewer than [`crate::MIN_ROWS`] rows, when the tables differ in columns or types, when the
/// holdout holds the training rows, when a named column does not exist, and when a criterion is no number from 0 to 1.
pub fn audit(
    inputs: &Inputs<'_>,
    question: &Question,
    criteria: &AuditCriteria,
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<Audit> {
    criteria.check()?;
    let seed = seed.derive("audit");
    let prepared = Prepared::new(inputs, question, &seed.derive("prepare"), cx)?;
    let control = cx.step("comparing training and holdout rows", 0, || {
        told_apart(&prepared, &seed.derive("control"), cx)
    })?;
    if !control.alike {
        cx.warn(
            "training and holdout rows differ by themselves: what attacks find may be that difference. Take both from \
             the same source at random",
        );
    }
    let membership = cx.step("attacking membership", 0, || {
        membership(&prepared, inputs.model, question, &seed.derive("membership"), cx)
    })?;
    let (attacks, worst) = tested(&membership);
    let attribute = cx.step("guessing cells", prepared.names.len() as u64, || {
        attribute(&prepared, &seed.derive("attribute"), cx)
    })?;
    let singling_out = cx.step("singling out", 0, || {
        singling_out(&prepared, &seed.derive("singling out"), cx)
    })?;
    let linkability = cx.step("linking", 0, || linkability(&prepared, &seed.derive("linkability"), cx))?;
    let copies = cx.step("looking for copies", 0, || {
        copies(&prepared, &seed.derive("copies"), cx)
    })?;
    let traits = cx.step("learning sensitive traits", prepared.protected.len() as u64, || {
        traits(&prepared, &seed.derive("traits"), cx)
    })?;
    let mut audit = Audit {
        sensitive: SENSITIVE.to_owned(),
        rows: AuditRows {
            train: prepared.train.rows(),
            holdout: prepared.holdout.rows(),
            synthetic: prepared.synthetic.rows(),
        },
        control,
        attacks,
        worst,
        not_judged: membership.not_judged,
        attribute,
        singling_out,
        linkability,
        copies,
        traits,
        gates: Vec::new(),
    };
    audit.gates = criteria.gates(&audit);
    Ok(audit)
}
