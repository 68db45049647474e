//! What a long computation needs from the outside: somebody to tell how far it is, and
//! somebody who may ask it to stop.

use crate::{Error, Result};

/// Is told how far a long computation has come, and may ask it to stop.
pub trait Progress: Send + Sync {
    /// A step begins; `total` is its size in any unit, 0 if unknown.
    fn begin(&self, step: &str, total: u64);
    /// `amount` more of the current step is done.
    fn advance(&self, amount: u64);
    /// The current step is done.
    fn end(&self);
    /// A warning for the user: one sentence.
    fn warn(&self, message: &str);
    /// Whether the user asked to stop.
    fn cancelled(&self) -> bool;
}

/// Tells nobody, and is never cancelled.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn begin(&self, _step: &str, _total: u64) {}
    fn advance(&self, _amount: u64) {}
    fn end(&self) {}
    fn warn(&self, _message: &str) {}
    fn cancelled(&self) -> bool {
        false
    }
}

/// Passed to everything that takes long.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    progress: &'a dyn Progress,
}

impl<'a> Context<'a> {
    /// A context that reports to `progress`.
    pub fn new(progress: &'a dyn Progress) -> Self {
        Self { progress }
    }

    /// A context that reports to nobody.
    pub fn silent() -> Context<'static> {
        Context { progress: &NoProgress }
    }

    /// Runs `work` as a step of size `total` with a name that a user reads.
    pub fn step<T>(&self, name: &str, total: u64, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.check()?;
        self.progress.begin(name, total);
        let result = work();
        self.progress.end();
        result
    }

    /// `amount` more of the current step is done.
    pub fn advance(&self, amount: u64) {
        self.progress.advance(amount);
    }

    /// A warning for the user: one sentence.
    pub fn warn(&self, message: &str) {
        self.progress.warn(message);
    }

    /// Fails with [`Error::cancelled`] once the user has asked to stop. Long loops call it often.
    pub fn check(&self) -> Result<()> {
        if self.progress.cancelled() {
            Err(Error::cancelled())
        } else {
            Ok(())
        }
    }
}
