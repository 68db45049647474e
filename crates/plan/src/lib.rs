//! From gaps to rows that close them.
//!
//! [`propose`] turns what a table lacks into a [`Plan`]: conditions, each with a number of rows and a reason, and what
//! cannot be filled. [`make_rows`] has a generator make exactly those rows, mixed so that every part of them from the
//! first on has the plan's proportions. [`recheck`] counts the gaps again. Knows generators by their trait only, and
//! judges nothing.

mod balance;
mod borrowed;
mod diversity;
mod hitting;
mod line;
mod make;
mod members;
mod pool;
mod propose;
mod recheck;
mod report;
mod surest;

pub use balance::{Balance, BalanceGoal};
pub use borrowed::Borrowed;
pub use line::{LeftOut, Plan, PlanLine};
pub use make::{Made, MakeSettings, Warning, make_rows};
pub use plenish_gaps::GapKind;
pub use pool::Pool;
pub use propose::{PlanSettings, Sources, propose};
pub use recheck::{LineOutcome, PatternOutcome, Recheck, recheck};
pub use report::{PlanReport, Trial};
