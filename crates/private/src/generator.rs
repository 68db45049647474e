//! The private engines as generators like all others.

use crate::domain::Domain;
use crate::fit::{Engine, Settings, fit};
use crate::ledger::Ledger;
use crate::model::PrivateModel;
use plenish_synth::{Generator, Model};
use plenish_table::{Context, Error, Result, Seed, Table};

/// A private engine with what it needs beyond a table: a domain, settings, and the ledger that is charged.
#[derive(Debug, Clone, Copy)]
pub struct PrivateGenerator<'a> {
    /// What each column may hold.
    pub domain: &'a Domain,
    /// What is promised, and by which mechanism.
    pub settings: &'a Settings,
    /// Who is charged.
    pub ledger: &'a Ledger,
    /// The time of the fit, as text, for the ledger.
    pub at: &'a str,
}

impl Generator for PrivateGenerator<'_> {
    fn name(&self) -> &'static str {
        self.settings.engine.name()
    }

    fn describe(&self) -> &'static str {
        match self.settings.engine {
            Engine::Mst => {
                "differentially private, from one-way marginals and a tree of pairs: quick, and coarse in what it keeps"
            }
            Engine::Aim => "differentially private, from the pairs that matter most: the engine to begin with",
        }
    }

    /// Learns from `data`. **The seed is not used**: noise that follows from a seed protects nobody. So two fits of the
    /// same data differ, and each is charged.
    fn fit(
        &self,
        data: &Table,
        settings: &plenish_synth::Settings,
        _seed: &Seed,
        cx: &Context,
    ) -> Result<Box<dyn Model>> {
        if !settings.inequalities.is_empty() || !settings.constraints.is_empty() {
            return Err(
                Error::usage(format!("the generator '{}' keeps no constraints", self.name()))
                    .help("rule out combinations of values as impossible in the private settings instead"),
            );
        }
        Ok(Box::new(fit(
            data,
            self.domain,
            self.settings,
            self.ledger,
            self.at,
            cx,
        )?))
    }

    fn open(&self, bytes: &[u8]) -> Result<Box<dyn Model>> {
        Ok(Box::new(PrivateModel::open(bytes)?))
    }
}

/// The model in the bytes of a model file, private or not. Fails as [`plenish_synth::open`] does.
pub fn open(bytes: &[u8]) -> Result<Box<dyn Model>> {
    let header = plenish_synth::inspect(bytes)?;
    if Engine::of(&header.summary.generator).is_err() {
        return plenish_synth::open(bytes);
    }
    // The body is what stands at the end; `inspect` has compared it with its checksum.
    let start = bytes.len() - header.body_bytes as usize;
    Ok(Box::new(PrivateModel::open(&bytes[start..])?))
}
