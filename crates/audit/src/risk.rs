//! Counts of attacks that succeeded as a risk with intervals.

use crate::intervals::{LEVEL, excess, p_of_excess, shared_level, wilson};
use crate::results::Risk;

/// How often one kind of attack succeeded.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Successes {
    /// On training rows.
    pub(crate) main: u64,
    /// The same on holdout rows.
    pub(crate) control: u64,
    /// Without looking at rows, on training rows.
    pub(crate) naive: u64,
    /// Attacks of each.
    pub(crate) attacks: u64,
}

impl Successes {
    /// The sum of what parallel workers counted.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            main: self.main + other.main,
            control: self.control + other.control,
            naive: self.naive + other.naive,
            attacks: self.attacks + other.attacks,
        }
    }

    /// The risk, one of `tests` that are looked at together.
    pub(crate) fn risk(self, tests: usize) -> Risk {
        let (main, control) = ((self.main, self.attacks), (self.control, self.attacks));
        Risk {
            main: wilson(self.main, self.attacks, LEVEL),
            control: wilson(self.control, self.attacks, LEVEL),
            naive: wilson(self.naive, self.attacks, LEVEL),
            risk: excess(main, control, LEVEL),
            risk_low_together: excess(main, control, shared_level(LEVEL, tests)).low,
            p: p_of_excess(main, control),
            attacks: self.attacks as usize,
        }
    }
}
