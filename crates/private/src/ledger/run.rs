//! A run: one fit, charged when it begins.

use super::{Ledger, LedgerEvent};
use crate::accounting::Rho;
use plenish_table::{Error, Result};

/// A reservation of budget, out of which questions are paid.
#[derive(Debug)]
pub struct Run<'a> {
    ledger: &'a Ledger,
    number: u64,
    at: String,
    left: Rho,
}

impl<'a> Run<'a> {
    pub(super) fn new(ledger: &'a Ledger, number: u64, at: &str, reserved: Rho) -> Self {
        Self {
            ledger,
            number,
            at: at.to_owned(),
            left: reserved,
        }
    }

    /// The number of the ledger's entry that began it.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The name of the data set.
    pub fn data_set(&self) -> &str {
        self.ledger.name()
    }

    /// What is left of the reservation.
    pub fn left(&self) -> Rho {
        self.left
    }

    /// Writes down a question before its noise is drawn. Fails, and writes nothing, when it costs more than is
    /// left.
    pub fn spend(&mut self, what: &str, rho: Rho) -> Result<()> {
        if rho > self.left {
            return Err(Error::internal(format!(
                "run {} of the ledger asks for rho {rho}, but {} is left of its reservation",
                self.number, self.left
            )));
        }
        self.ledger.write(
            &self.at,
            LedgerEvent::Spend {
                run: self.number,
                what: what.to_owned(),
                rho,
            },
        )?;
        self.left = self.left.minus(rho);
        Ok(())
    }

    /// Writes down that the run came to its end.
    pub fn finish(self) -> Result<()> {
        self.ledger.write(&self.at, LedgerEvent::Finish { run: self.number })?;
        Ok(())
    }
}
