//! The profile: everything that is said about one table.

use crate::associations::{Associations, associations};
use crate::bins::shared_bins;
use crate::columns::{ColumnProfile, column_profile};
use crate::groups::{GroupCounts, group_counts};
use plenish_table::{Context, Result, Table};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// How fine a profile is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProfileSettings {
    /// How many of the most frequent values are listed.
    pub frequent: usize,
    /// About how many bins a histogram has; 2 to 200.
    pub histogram_bins: usize,
    /// How many bins of equal mass a number has for associations; 2 to 200.
    pub association_bins: usize,
    /// How many values of a column of text count for associations; the rarer ones count as one.
    /// 2 to 250.
    pub levels: usize,
    /// How many groups of a protected column are counted; the smaller ones count as one.
    pub groups: usize,
}

impl Default for ProfileSettings {
    fn default() -> Self {
        Self {
            frequent: 20,
            histogram_bins: 24,
            association_bins: 20,
            levels: 128,
            groups: 50,
        }
    }
}

impl ProfileSettings {
    /// The same with every figure forced into its range.
    pub(crate) fn bounded(self) -> Self {
        Self {
            histogram_bins: self.histogram_bins.clamp(2, 200),
            association_bins: self.association_bins.clamp(2, 200),
            levels: self.levels.clamp(2, 250),
            groups: self.groups.max(1),
            ..self
        }
    }
}

/// What a table looks like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Number of rows.
    pub rows: usize,
    /// One entry a column, in the order of the schema.
    pub columns: Vec<ColumnProfile>,
    /// How strongly each pair of columns is related.
    pub associations: Associations,
    /// The target in each group of each protected column; empty without a target.
    pub groups: Vec<GroupCounts>,
}

/// Describes a table. The same on any number of threads.
///
/// Values of identifiers and of free text are counted but not listed, and have no associations.
/// Fails only when the user asks to stop.
pub fn profile(table: &Table, settings: &ProfileSettings, cx: &Context<'_>) -> Result<Profile> {
    let settings = settings.bounded();
    cx.step("profiling", table.columns().len() as u64 + 1, || {
        let columns = (0..table.columns().len())
            .into_par_iter()
            .map(|index| {
                cx.check()?;
                let column = column_profile(&table.schema().columns[index], table.column(index), &settings);
                cx.advance(1);
                Ok(column)
            })
            .collect::<Result<Vec<_>>>()?;
        cx.check()?;
        let associations = associations(table, &shared_bins(&[table], &settings)?)?;
        cx.advance(1);
        Ok(Profile {
            rows: table.rows(),
            columns,
            associations,
            groups: group_counts(table, &settings),
        })
    })
}
