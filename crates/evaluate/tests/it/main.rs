//! What the evaluation promises: figures equal to other people's code, gates that catch planted
//! defects and let real rows pass, experiments that survive odd targets.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod adult;
mod beside;
mod cross_validation;
mod defects;
mod density;
mod experiments;
mod fairness;
mod full;
mod golden;
mod golden_scores;
mod labels;
mod odd;
mod plant;
mod robust;
