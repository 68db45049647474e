//! Decisions by group: thresholds for the groups of protected columns, learned from predictions for rows that no model has
//! seen.

use crate::groups::Grouping;
use plenish_learn::metrics::{GroupParity, GroupThresholds};
use plenish_table::{Result, Table};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The thresholds of an arm whose groups have their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArmThresholds {
    /// What is alike between the groups.
    pub parity: GroupParity,
    /// The protected columns; every combination of their values is a group.
    pub columns: Vec<String>,
    /// The groups with a threshold of their own.
    pub groups: Vec<GroupThreshold>,
    /// The threshold of all others: groups with too few rows, and such as were not there.
    pub others: f64,
}

/// The threshold of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupThreshold {
    /// The values of the columns, in their order; ranges of numbers.
    pub group: Vec<String>,
    /// Rows with at least this probability are selected. Above 1 if nobody is.
    pub threshold: f64,
}

/// What is asked of decisions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GroupRule<'a> {
    pub(crate) parity: GroupParity,
    /// What a selected negative costs, a missed positive costing the rest of 1: the threshold without groups.
    pub(crate) cost: f64,
    pub(crate) protected: &'a [Grouping],
}

/// Thresholds, and how rows find theirs.
pub(crate) struct Decisions {
    protected: Vec<Grouping>,
    /// The number of every group that was there.
    number_of: BTreeMap<Vec<String>, usize>,
    thresholds: GroupThresholds,
    parity: GroupParity,
}

impl Decisions {
    /// Learns thresholds from probabilities for the rows of `table` by models that did not see them.
    pub(crate) fn learn(
        rule: &GroupRule<'_>,
        table: &Table,
        labels: &[bool],
        unseen: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        let names = names(rule.protected, table);
        let mut number_of = BTreeMap::new();
        for name in &names {
            let next = number_of.len();
            number_of.entry(name.clone()).or_insert(next);
        }
        let group_of: Vec<usize> = names.iter().map(|name| number_of[name]).collect();
        let groups = number_of.len();
        Ok(Self {
            protected: rule.protected.to_vec(),
            number_of,
            thresholds: GroupThresholds::fit(rule.parity, rule.cost, labels, unseen, weights, &group_of, groups)?,
            parity: rule.parity,
        })
    }

    /// 1 for each row of `table` that is selected, and 0 for the others.
    pub(crate) fn selected(&self, table: &Table, probabilities: &[f64]) -> Vec<f64> {
        names(&self.protected, table)
            .iter()
            .zip(probabilities)
            .map(|(name, &p)| {
                let group = self.number_of.get(name).copied().unwrap_or(usize::MAX);
                f64::from(u8::from(self.thresholds.selects(group, p)))
            })
            .collect()
    }

    /// The thresholds by the names of the groups.
    pub(crate) fn told(&self) -> ArmThresholds {
        let own = self.number_of.iter().filter_map(|(name, &number)| {
            Some(GroupThreshold {
                group: name.clone(),
                threshold: self.thresholds.of[number]?,
            })
        });
        ArmThresholds {
            parity: self.parity,
            columns: self.protected.iter().map(|of| of.column().to_owned()).collect(),
            groups: own.collect(),
            others: self.thresholds.others,
        }
    }
}

/// What the group of each row is called.
fn names(protected: &[Grouping], table: &Table) -> Vec<Vec<String>> {
    let groups: Vec<_> = protected.iter().map(|grouping| grouping.of(table)).collect();
    (0..table.rows())
        .map(|row| groups.iter().map(|g| g.names[g.of[row]].clone()).collect())
        .collect()
}
