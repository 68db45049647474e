//! Whether every synthetic row keeps the constraints of its study.

use crate::criteria::Criteria;
use crate::evaluate::Inputs;
use crate::gates::at_least;
use crate::results::{ConstraintCheck, Evaluation};
use plenish_table::{Constraint, Result, violations};
use std::sync::Arc;

impl Evaluation {
    /// Checks the synthetic rows against `constraints`, and adds what was found and its gate. What the
    /// real rows of both parts show is what occurs. Nothing is added without a constraint. Fails when a
    /// column that a constraint names is absent.
    pub fn check_constraints(
        &mut self,
        inputs: Inputs<'_>,
        constraints: &[Constraint],
        criteria: &Criteria,
    ) -> Result<()> {
        if constraints.is_empty() {
            return Ok(());
        }
        let schema = Arc::new(inputs.real.schema().clone());
        let mut real = inputs.real.clone();
        real.append(&inputs.holdout.conform(&schema)?)?;
        let synthetic = inputs.synthetic.conform(&schema)?;
        let mut kept = vec![true; synthetic.rows()];
        for constraint in constraints {
            let broken = constraint.broken(&synthetic, Some(&real))?;
            for (kept, broken) in kept.iter_mut().zip(&broken) {
                *kept &= !broken;
            }
            let found = violations(&synthetic, Some(&real), std::slice::from_ref(constraint))?;
            self.constraints.push(ConstraintCheck {
                constraint: constraint.show(&schema),
                broken: broken.iter().filter(|b| **b).count(),
                problem: found.first().map(ToString::to_string),
            });
        }
        let share = kept.iter().filter(|k| **k).count() as f64 / kept.len().max(1) as f64;
        self.gates.extend(at_least(
            "constraints",
            "Share of synthetic rows that keep every constraint of the study.",
            share,
            criteria.constraints,
        ));
        Ok(())
    }
}
