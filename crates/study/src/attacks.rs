//! Attacks on the rows of a run. What they find tells about the rows that were learned from: it stands in files of its
//! own, is no part of what is released, and the store does not keep it.

use crate::flow::Caller;
use crate::input::Real;
use crate::making::Made;
use crate::outputs::Staged;
use crate::private::Privacy;
use crate::{Study, charts};
use plenish_audit::{Audit, Inputs, MIN_ROWS, Question, audit as attack};
use plenish_report::{AuditInput, render_audit};
use plenish_table::{Context, Error, Result, Seed};

/// What an audit leaves.
pub(crate) const FILES: [&str; 2] = ["audit.html", "audit.json"];

/// Says before anything is made, and paid for, when there are too few rows to attack.
pub(crate) fn check(study: &Study, real: &Real) -> Result<()> {
    if !study.audit.make {
        return Ok(());
    }
    for name in &study.audit.keys {
        real.train.schema().require(name)?;
    }
    for (part, rows) in [("rows to learn from", &real.train), ("the locked test", &real.test)] {
        if rows.rows() < MIN_ROWS {
            return Err(Error::data(format!("an audit needs {MIN_ROWS} rows, and {part} has {}", rows.rows()))
                .help("the locked test is the holdout of the audit: give more rows, raise `data.test_share`, or leave the audit out"));
        }
    }
    Ok(())
}

/// Attacks the synthetic rows, if the study asks for it; the locked test is the holdout.
pub(crate) fn audit(study: &Study, real: &Real, made: &Made, cx: &Context) -> Result<Option<Audit>> {
    if !study.audit.make {
        return Ok(None);
    }
    let question = Question {
        target: Some(study.target.clone()),
        protected: study.protected.clone(),
        keys: study.audit.keys.clone(),
        shadows: None,
    };
    let inputs = Inputs {
        train: &real.train,
        holdout: &real.test,
        synthetic: &made.synthetic,
        // A private model has no density of its own, and tells no more than its rows do.
        model: study.privacy.is_none().then_some(made.model.as_ref()),
    };
    attack(&inputs, &question, &study.audit.criteria, &Seed::new(study.seed), cx).map(Some)
}

/// Puts what was found beside the other files.
pub(crate) fn stage(
    staged: &mut Staged,
    study: &Study,
    real: &Real,
    audit: &Audit,
    privacy: Option<&Privacy>,
    caller: &Caller,
) -> Result<()> {
    let page = render_audit(&AuditInput {
        title: charts::title(study),
        data: &charts::tables(study, real, audit.rows.synthetic),
        audit,
        evidence: privacy.map(|privacy| &privacy.evidence),
        plenish: &caller.code_version,
        generated_at: Some(&caller.now),
    })?;
    let mut json = serde_json::to_vec_pretty(audit).map_err(|e| Error::internal(format!("the audit as JSON: {e}")))?;
    json.push(b'\n');
    staged.bytes(FILES[0], page.as_bytes())?;
    staged.bytes(FILES[1], &json)
}
