//! Rows with the features of others, and another label.

use super::class_noise::SURE;
use crate::coded::{Codes, hashes};
use std::collections::BTreeMap;

/// A row that contradicts others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Contradiction {
    /// Its place among the judged rows.
    pub(super) row: u32,
    /// Whether the others are real; else they are of its own table.
    pub(super) real: bool,
    /// How many rows have its features and another label.
    pub(super) others: usize,
    /// The label most of them have.
    pub(super) label: usize,
}

/// How often rows contradict others, beside what real rows do.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rate {
    /// The share.
    pub(super) found: f64,
    /// The share among as many real rows.
    pub(super) expected: f64,
    /// By how much the first exceeds the second beyond chance.
    pub(super) beyond: f64,
}

/// Rows of one table by what they have in their features.
pub(super) struct SameFeatures<'a> {
    coded: &'a [Codes],
    /// The table, and its rows' labels.
    table: usize,
    labels: &'a [usize],
    /// (hash, row), sorted.
    index: Vec<(u64, u32)>,
}

impl<'a> SameFeatures<'a> {
    /// The first `rows` rows of a table.
    pub(super) fn new(coded: &'a [Codes], table: usize, labels: &'a [usize], rows: usize) -> Self {
        let mut index: Vec<(u64, u32)> = hashes(coded, table, rows)
            .into_iter()
            .enumerate()
            .map(|(row, hash)| (hash, row as u32))
            .collect();
        index.sort_unstable();
        Self {
            coded,
            table,
            labels,
            index,
        }
    }

    /// Rows of another table whose features some of these have, none with the same label.
    pub(super) fn contradicted_by(&self, table: usize, labels: &[usize]) -> Vec<Contradiction> {
        let mut found = Vec::new();
        for (row, hash) in hashes(self.coded, table, labels.len()).into_iter().enumerate() {
            let start = self.index.partition_point(|entry| entry.0 < hash);
            let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
            for &(_, own) in self.index[start..].iter().take_while(|entry| entry.0 == hash) {
                if self.same((self.table, own as usize), (table, row)) {
                    *counts.entry(self.labels[own as usize]).or_insert(0) += 1;
                }
            }
            if counts.contains_key(&labels[row]) {
                continue;
            }
            if let Some((&label, _)) = counts.iter().max_by_key(|(_, count)| **count) {
                found.push(Contradiction {
                    row: row as u32,
                    real: true,
                    others: counts.values().sum(),
                    label,
                });
            }
        }
        found
    }

    /// Rows whose label is not that of most rows with their features; of labels equally frequent the one
    /// that `likely` (the probability of a row's own label) finds likeliest counts as that of most.
    pub(super) fn within(&self, likely: &dyn Fn(usize) -> f64) -> Vec<Contradiction> {
        let mut found = Vec::new();
        for group in self.index.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
            let first = group[0].1 as usize;
            let rows: Vec<usize> = group
                .iter()
                .map(|entry| entry.1 as usize)
                .filter(|&row| self.same((self.table, first), (self.table, row)))
                .collect();
            let mut counts: BTreeMap<usize, (usize, f64)> = BTreeMap::new();
            for &row in &rows {
                let entry = counts.entry(self.labels[row]).or_insert((0, 0.0));
                *entry = (entry.0 + 1, entry.1.max(likely(row)));
            }
            let most = counts
                .iter()
                .max_by(|a, b| a.1.0.cmp(&b.1.0).then(a.1.1.total_cmp(&b.1.1)));
            let Some((&label, &(others, _))) = most else { continue };
            found.extend(
                rows.iter()
                    .filter(|&&row| self.labels[row] != label)
                    .map(|&row| Contradiction {
                        row: row as u32,
                        real: false,
                        others,
                        label,
                    }),
            );
        }
        found.sort_unstable_by_key(|c| c.row);
        found
    }

    fn same(&self, a: (usize, usize), b: (usize, usize)) -> bool {
        self.coded
            .iter()
            .all(|codes| codes.tables[a.0][a.1] == codes.tables[b.0][b.1])
    }
}

/// The share `found` of `rows` against `expected` of `among`, by the standard error of their difference.
pub(super) fn rate((found, rows): (usize, usize), (expected, among): (usize, usize)) -> Rate {
    let (n, m) = (rows.max(1) as f64, among.max(1) as f64);
    let (a, b) = (found as f64 / n, expected as f64 / m);
    let pooled = (found + expected) as f64 / (n + m);
    let error = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    Rate {
        found: a,
        expected: b,
        beyond: (a - b - SURE * error).max(0.0),
    }
}
