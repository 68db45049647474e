//! The evaluation: everything that can be said from the tables alone.

use crate::align::{align, scored};
use crate::copies::copies;
use crate::criteria::Criteria;
use crate::fidelity::{fidelity, robust};
use crate::gates::{label_gates, robust_gates, table_gates};
use crate::labels::{LabelAudit, audit_sample};
use crate::results::{Evaluation, Rows};
use crate::validity::validity;
use plenish_table::{Context, Error, Result, Seed, Table};

/// The tables of an evaluation.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// Real rows the generator saw. Its schema holds the roles, bounds and allowed values.
    pub real: &'a Table,
    /// Real rows it never saw.
    pub holdout: &'a Table,
    /// Synthetic rows.
    pub synthetic: &'a Table,
}

/// Rows of each table at least: three folds with a few rows of each side.
pub const MIN_ROWS: usize = 10;

fn rows_in_words(rows: usize) -> String {
    format!("{rows} row{}", if rows == 1 { "" } else { "s" })
}

/// Measures the synthetic rows against the real ones and holds the figures against the criteria.
///
/// Columns whose role is identifier, free text or weight are left out of everything. Columns are
/// matched by name; an integer column is widened where another table holds reals. Fails when the
/// tables differ in columns or types, when `target` or a protected column does not exist, and when a
/// table has fewer than ten rows.
///
/// Labels are questioned in a sample of at most 50,000 synthetic rows; [`audit_labels`](crate::audit_labels) and
/// [`evaluate_audited`] question them all.
pub fn evaluate(
    inputs: Inputs<'_>,
    target: Option<&str>,
    protected: &[String],
    criteria: &Criteria,
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<Evaluation> {
    evaluate_audited(inputs, target, protected, criteria, None, seed, cx)
}

/// [`evaluate`] with labels that were questioned already by the same tables and seed.
pub fn evaluate_audited(
    inputs: Inputs<'_>,
    target: Option<&str>,
    protected: &[String],
    criteria: &Criteria,
    audit: Option<LabelAudit>,
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<Evaluation> {
    criteria.check()?;
    let names = ["real", "holdout", "synthetic"];
    let tables = [inputs.real, inputs.holdout, inputs.synthetic];
    for name in target.into_iter().chain(protected.iter().map(String::as_str)) {
        inputs.real.schema().require(name)?;
    }
    for (table, name) in tables.iter().zip(names) {
        if table.rows() < MIN_ROWS {
            return Err(
                Error::data(format!("the {name} table has {}", rows_in_words(table.rows())))
                    .help(format!("an evaluation needs at least {MIN_ROWS} rows of each table")),
            );
        }
    }
    let [real, holdout, synthetic] = align(tables, names)?;
    let columns = scored(real.schema())?;
    let (whole_seed, seed) = (seed, seed.derive("evaluate"));
    let validity = validity(&real, &holdout, &synthetic, &columns);
    let fidelity = cx.step("comparing synthetic and real rows", 15, || {
        fidelity(&real, &holdout, &synthetic, &columns, &seed.derive("fidelity"), cx)
    })?;
    let robust = cx.step("looking at links, groups and regions", 6, || {
        let seed = seed.derive("robust");
        robust(&real, &holdout, &synthetic, &columns, target, protected, &seed, cx)
    })?;
    let copies = cx.step("looking for copied rows", 0, || {
        copies(&real, &holdout, &synthetic, &columns, &seed.derive("copies"), cx)
    })?;
    let labels = match (audit, target) {
        (Some(audit), _) => Some(audit),
        (None, Some(target)) => Some(audit_sample([&real, &holdout, &synthetic], target, whole_seed, cx)?),
        (None, None) => None,
    };
    let rows = Rows {
        real: real.rows(),
        holdout: holdout.rows(),
        synthetic: synthetic.rows(),
    };
    let mut gates = table_gates(criteria, &validity, &fidelity, &copies, &rows);
    gates.extend(robust_gates(criteria, &robust));
    gates.extend(labels.iter().flat_map(|audit| label_gates(criteria, audit)));
    Ok(Evaluation {
        rows,
        validity,
        fidelity,
        robust,
        copies,
        labels,
        constraints: Vec::new(),
        gates,
    })
}
