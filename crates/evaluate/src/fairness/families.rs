//! Families of groups: the rows of the test that belong together.

use crate::groups::Groups;
use plenish_table::{Error, Result, Table};
use std::collections::BTreeMap;

/// Groups of rows that are looked at together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// What it is called.
    pub name: String,
    /// The columns that make the groups; empty for slices.
    pub columns: Vec<String>,
    /// The groups; those without rows are judged as what they are: too few.
    pub groups: Vec<RowGroup>,
    /// Whether a row may be in several groups or in none. Differences between such groups are not
    /// looked at, only the worst of them.
    pub overlapping: bool,
}

/// A group and its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowGroup {
    /// What it is called.
    pub name: String,
    /// Its rows, from 0.
    pub rows: Vec<u32>,
}

impl Family {
    /// The groups of `test` by `columns` together: each combination of their values that occurs, in
    /// order. Missing cells are a value; numbers and times with more than six values are cut at the
    /// quartiles of `train`. Fails when a column does not exist or none is named.
    pub fn of_columns(train: &Table, test: &Table, columns: &[String]) -> Result<Self> {
        if columns.is_empty() {
            return Err(Error::usage("a family of groups needs at least one column"));
        }
        let parts: Vec<Groups> = columns
            .iter()
            .map(|name| Groups::new(train, test, name))
            .collect::<Result<_>>()?;
        let mut members: BTreeMap<Vec<usize>, Vec<u32>> = BTreeMap::new();
        for row in 0..test.rows() {
            let key = parts.iter().map(|part| part.of[row]).collect();
            members.entry(key).or_default().push(row as u32);
        }
        let name = |key: &[usize]| {
            let names: Vec<&str> = key.iter().zip(&parts).map(|(&g, part)| &part.names[g][..]).collect();
            names.join(" & ")
        };
        Ok(Self {
            name: columns.join(" & "),
            columns: columns.to_vec(),
            groups: members
                .into_iter()
                .map(|(key, rows)| RowGroup { name: name(&key), rows })
                .collect(),
            overlapping: false,
        })
    }

    /// A family for each protected column, then one for each intersection of two, of three, up to
    /// `most` of them. A column that is named twice counts once.
    pub fn of_protected(train: &Table, test: &Table, protected: &[String], most: usize) -> Result<Vec<Self>> {
        let mut columns: Vec<String> = Vec::new();
        for name in protected {
            if !columns.contains(name) {
                columns.push(name.clone());
            }
        }
        let mut out = Vec::new();
        // Index sets of one size, each extended by the later columns for the next size.
        let mut sets: Vec<Vec<usize>> = (0..columns.len()).map(|column| vec![column]).collect();
        for _ in 0..most.max(1).min(columns.len()) {
            for set in &sets {
                let names: Vec<String> = set.iter().map(|&column| columns[column].clone()).collect();
                out.push(Self::of_columns(train, test, &names)?);
            }
            sets = sets
                .iter()
                .flat_map(|set| {
                    let next = set.last().map_or(0, |last| last + 1);
                    (next..columns.len()).map(|column| [set.as_slice(), &[column]].concat())
                })
                .collect();
        }
        Ok(out)
    }

    /// Slices that may overlap, each with a mask of as many rows as were predicted. Fails when masks
    /// differ in length.
    pub fn of_masks(name: impl Into<String>, slices: &[(String, Vec<bool>)]) -> Result<Self> {
        let name = name.into();
        let rows = slices.first().map_or(0, |slice| slice.1.len());
        if let Some(odd) = slices.iter().find(|slice| slice.1.len() != rows) {
            return Err(Error::usage(format!(
                "slice {} has a mask of {} rows, the first slice one of {rows}",
                odd.0,
                odd.1.len()
            )));
        }
        Ok(Self {
            name,
            columns: Vec::new(),
            groups: slices
                .iter()
                .map(|(name, mask)| RowGroup {
                    name: name.clone(),
                    rows: (0..rows).filter(|&row| mask[row]).map(|row| row as u32).collect(),
                })
                .collect(),
            overlapping: true,
        })
    }
}
