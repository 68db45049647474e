//! Generators of tables: the [`Generator`] and [`Model`] traits, the boosted chain, the floor that
//! every other must beat, and the model file.
//!
//! This room knows nothing of evaluation: how good the rows are is for others to say.

mod chain;
mod codec;
mod generator;
mod independent;
mod model_file;

pub use chain::Chain;
pub use generator::{Ask, ColumnSummary, FEWEST_ROWS, Generator, Model, Preset, Settings, Summary};
pub use independent::Independent;
pub use model_file::{open, save};

use plenish_table::{Error, Result};

static CHAIN: Chain = Chain;
static INDEPENDENT: Independent = Independent;

/// All generators, the default first.
pub fn generators() -> [&'static dyn Generator; 2] {
    [&CHAIN, &INDEPENDENT]
}

/// The generator called `name`.
pub fn generator(name: &str) -> Result<&'static dyn Generator> {
    generators().into_iter().find(|g| g.name() == name).ok_or_else(|| {
        let names: Vec<&str> = generators().iter().map(|g| g.name()).collect();
        Error::usage(format!("there is no generator '{name}'"))
            .help(format!("the generators are: {}", names.join(", ")))
    })
}
