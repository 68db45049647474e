//! What the nearest real rows have as their label.

use super::results::LabelAudit;
use super::suspects::Suspects;
use super::{Audit, Labelled};
use crate::align::sample;
use crate::coded::Codes;
use crate::gower::{Points, scales};
use crate::interval::{Z, deviation};
use crate::results::Interval;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Nearest rows that are asked.
const NEIGHBOURS: usize = 10;
/// Real rows among which they are looked for, at most.
const AMONG: usize = 20_000;
/// Rows of a table for which they are looked for, at most.
const QUERIES: usize = 2_000;

/// Measures by how much labels differ from those of the nearest real rows, of synthetic and of holdout rows, and
/// asks the neighbours of suspects.
pub(super) fn ask(audit: &Audit<'_>, coded: &[Codes], suspects: &mut Suspects<'_>, into: &mut LabelAudit) {
    let seed = audit.seed.derive("neighbours");
    let real = sample(audit.real.rows.len(), AMONG, &seed.derive("real"));
    let scales = scales(&audit.real.table, audit.columns);
    let points =
        |of: &Labelled, part: usize, rows: &[u32]| Points::new(&of.table, coded, part, audit.columns, &scales, rows);
    let known = points(audit.real, 0, &real);
    let labels: Vec<usize> = real
        .iter()
        .map(|&row| audit.real.target[row as usize] as usize)
        .collect();
    let votes = |of: &Labelled, part: usize, rows: &[u32]| -> Vec<BTreeMap<usize, usize>> {
        let asked = points(of, part, rows);
        (0..rows.len())
            .into_par_iter()
            .map(|row| {
                let mut counts = BTreeMap::new();
                for near in known.neighbours(&asked, row, NEIGHBOURS) {
                    *counts.entry(labels[near as usize]).or_insert(0) += 1;
                }
                counts
            })
            .collect()
    };
    let disagreement = |of: &Labelled, part: usize, name: &str| -> Vec<f64> {
        let rows = sample(of.rows.len(), QUERIES, &seed.derive(name));
        votes(of, part, &rows)
            .iter()
            .zip(&rows)
            .map(|(counts, &row)| {
                let all: usize = counts.values().sum();
                let same = counts.get(&(of.target[row as usize] as usize)).copied().unwrap_or(0);
                1.0 - same as f64 / all.max(1) as f64
            })
            .collect()
    };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let found = disagreement(audit.synthetic, 1, "synthetic");
    let value = mean(&found);
    let error = deviation(&found).unwrap_or(0.0) / (found.len().max(1) as f64).sqrt();
    into.disagreement = Some(Interval {
        value,
        low: (value - Z * error).max(0.0),
        high: (value + Z * error).min(1.0),
    });
    into.disagreement_holdout = Some(mean(&disagreement(audit.holdout, 2, "holdout")));
    into.neighbours = NEIGHBOURS.min(real.len());
    let questioned: Vec<u32> = suspects.rows().take(QUERIES).collect();
    for (counts, &row) in votes(audit.synthetic, 1, &questioned).iter().zip(&questioned) {
        let all: usize = counts.values().sum();
        if let Some((&class, &count)) = counts.iter().max_by_key(|(_, count)| **count) {
            suspects.add_neighbours(row, (count, all, class));
        }
    }
}
