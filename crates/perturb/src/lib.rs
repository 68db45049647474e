//! Changes to a synthetic table that were decided by a person: noise, rounding, swapping, and leaving out rows that are
//! rare or too near to a real one; and what each costs and brings ([`measure`]).
//!
//! Every step is named, has its parameters written down, and is the same for the same seed. None of them promises
//! anything: what a step hides from whom depends on what others know, so its effect on attacks is measured, not claimed.
//! Nothing here is differential privacy; the private engines are (`plenish-private`).

mod apply;
mod effect;
mod nearest;
mod noise;
mod parse;
mod rare;
mod round;
mod step;
mod swap;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may panic")]
mod tests;

pub use apply::{Changed, Outcome, perturb};
pub use effect::{Change, Effect, Figure, Group, Inputs, MAX_ATTACKED, Question, measure};
pub use parse::{parse_option, parse_steps};
pub use step::{Calendar, Nearest, Step, Unit};
