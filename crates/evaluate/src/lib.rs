//! Fidelity, copies, experiments, gates and the verdict. Knows tables only, not how one was made.

mod results;

pub use results::*;
