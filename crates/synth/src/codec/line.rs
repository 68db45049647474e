//! The line on which a column's values are spread: its grid, and for times the clock that tells at which
//! hours they fall.

use super::clock::Clock;
use super::grid::Grid;
use serde::{Deserialize, Serialize};

/// A column's values and where on the line they lie.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) grid: Grid,
    clock: Option<Clock>,
}

impl Line {
    /// Values lie on the line where they are.
    pub(crate) fn plain(grid: Grid) -> Self {
        Self { grid, clock: None }
    }

    /// The line of times, distinct `values` with their counts in rising order; a `week` is given in the
    /// units of the column.
    pub(crate) fn of_times(values: &[(f64, u32)], grid: Grid, week: f64) -> Self {
        let clock = Clock::fit(values, grid.spacing(), week);
        Self { grid, clock }
    }

    /// Where a value lies.
    pub(crate) fn to(&self, value: f64) -> f64 {
        self.clock.as_ref().map_or(value, |clock| clock.to(value))
    }

    /// The value at a place, not yet on the grid.
    pub(crate) fn from(&self, at: f64) -> f64 {
        self.clock.as_ref().map_or(at, |clock| clock.from(at))
    }

    /// The value nearest to a place.
    pub(crate) fn value(&self, at: f64) -> f64 {
        self.grid.snap(self.from(at))
    }

    /// Whether sizes fit together.
    pub(crate) fn is_sound(&self) -> bool {
        self.clock.as_ref().is_none_or(Clock::is_sound)
    }
}
