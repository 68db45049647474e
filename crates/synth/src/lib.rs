//! Generators of tables: the [`Generator`] and [`Model`] traits, the boosted chain, simpler generators
//! to compare it with, and the model file.
//!
//! This room knows nothing of evaluation: how good the rows are is for others to say.

mod ask;
mod baselines;
mod chain;
mod codec;
mod constrained;
mod distribution;
mod generator;
mod model_file;
mod partial;

pub use ask::{Ask, Density, Drawing, Estimate, TEMPERATURES};
pub use baselines::{Bootstrap, Cart, Copula, Independent, Smote};
pub use chain::Chain;
pub use constrained::{Constrained, can_keep};
pub use distribution::Distribution;
pub use generator::{ColumnSummary, FEWEST_ROWS, Generator, Inequality, Model, Preset, Settings, Summary};
pub use model_file::{Header, Provenance, inspect, open, save, save_with};

use plenish_table::{Error, Result};

// Every generator keeps the constraints of its settings.
static GENERATORS: [&dyn Generator; 6] = [
    &Constrained(Chain),
    &Constrained(Independent),
    &Constrained(Copula),
    &Constrained(Bootstrap),
    &Constrained(Smote),
    &Constrained(Cart),
];

/// All generators, the default first.
pub fn generators() -> &'static [&'static dyn Generator] {
    &GENERATORS
}

/// The generator called `name`.
pub fn generator(name: &str) -> Result<&'static dyn Generator> {
    generators().iter().copied().find(|g| g.name() == name).ok_or_else(|| {
        let names: Vec<&str> = generators().iter().map(|g| g.name()).collect();
        Error::usage(format!("there is no generator '{name}'"))
            .help(format!("the generators are: {}", names.join(", ")))
    })
}
