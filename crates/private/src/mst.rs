//! MST: one-way marginals, and the pairs of a spanning tree that is chosen privately.
//!
//! `McKenna`, Miklau, Sheldon, "Winning the NIST contest", Journal of Privacy and Confidentiality 11(3), 2021
//! (arXiv 2108.04978), algorithm 1. The budget goes in thirds to the one-way marginals, the choice of the tree, and
//! the pairs. Before the choice, states whose noisy count is below three standard deviations are joined into one.

use crate::accounting::Rho;
use crate::bounds;
use crate::curator::{Candidate, Curator, Measurement};
use crate::fit::Learned;
use crate::graphical::Impossible;
use crate::inference::{Effort, Estimate, estimate};
use crate::pairs;
use crate::shares::within_groups;
use plenish_table::{Context, Result};

/// For a state to stand by itself its noisy count must be so many standard deviations.
const KEPT_AT: f64 = 3.0;

/// Learns from what is left of the curator's budget.
pub(crate) fn learn(curator: &mut Curator, impossible: &[Impossible], effort: Effort, cx: &Context) -> Result<Learned> {
    let columns = curator.sizes().len();
    let budget = curator.left();
    let third = budget.share(1, 3);
    let mut alone = Vec::with_capacity(columns);
    for column in 0..columns {
        alone.push(curator.measure(&[column], third.share(1, columns as u64))?);
    }
    let groups: Vec<Groups> = alone
        .iter()
        .enumerate()
        .map(|(c, m)| Groups::new(c, m, impossible))
        .collect();
    let maps: Vec<Vec<u16>> = groups.iter().map(|g| g.map.clone()).collect();
    curator.join_states(&maps);
    let impossible: Vec<Impossible> = impossible
        .iter()
        .map(|i| i.iter().map(|&(c, s)| (c, maps[c][s] as usize)).collect())
        .collect();
    let mut measurements: Vec<Measurement> = alone.iter().zip(&groups).map(|(m, g)| g.joined(m)).collect();
    let sizes = curator.sizes().to_vec();
    let mut model = estimate(&measurements, &impossible, &sizes, None, effort, cx)?;
    if columns > 1 {
        let picks = columns as u64 - 1;
        let tree = choose_tree(curator, &model, third.share(1, picks))?;
        // What rounding left over goes to the pairs.
        let each = curator.left().share(1, picks);
        for pair in tree {
            measurements.push(curator.measure(&pair, each)?);
        }
        model = estimate(&measurements, &impossible, &sizes, Some(&model), effort, cx)?;
    }
    Ok(Learned {
        bounds: bounds::measured(&measurements, &model),
        model,
        groups: groups.into_iter().map(Groups::shares).collect(),
    })
}

/// A spanning tree of pairs that the model has wrong, edge by edge (Kruskal's algorithm with private choices).
fn choose_tree(curator: &mut Curator, model: &Estimate, each: Rho) -> Result<Vec<Vec<usize>>> {
    let columns = curator.sizes().len();
    let all: Vec<Vec<usize>> = (0..columns)
        .flat_map(|a| (a + 1..columns).map(move |b| vec![a, b]))
        .collect();
    let mut tables = pairs::tables(&model.shape, &model.beliefs, &all);
    let mut part: Vec<usize> = (0..columns).collect();
    let mut tree = Vec::with_capacity(columns - 1);
    while tree.len() + 1 < columns {
        let open: Vec<usize> = (0..all.len()).filter(|&i| part[all[i][0]] != part[all[i][1]]).collect();
        let mut candidates: Vec<Candidate> = open
            .iter()
            .map(|&i| Candidate {
                clique: all[i].clone(),
                weight: 1,
                model: std::mem::take(&mut tables[i]),
                penalty: 0.0,
            })
            .collect();
        let chosen = open[curator.choose(&candidates, each)?];
        for (candidate, &i) in candidates.iter_mut().zip(&open) {
            tables[i] = std::mem::take(&mut candidate.model);
        }
        let (keep, gone) = (part[all[chosen][0]], part[all[chosen][1]]);
        part.iter_mut().filter(|p| **p == gone).for_each(|p| *p = keep);
        tree.push(all[chosen].clone());
    }
    Ok(tree)
}

/// States of a column joined into fewer.
struct Groups {
    /// The new state of each state.
    map: Vec<u16>,
    /// Of each state, the estimated share in its new state.
    share: Vec<f64>,
    size: usize,
}

impl Groups {
    /// Joins the states whose noisy counts are small; those of combinations that cannot be stand by themselves.
    fn new(column: usize, measured: &Measurement, impossible: &[Impossible]) -> Self {
        let limit = KEPT_AT * measured.variance.sigma();
        let fixed = |state: usize| impossible.iter().flatten().any(|&p| p == (column, state));
        let kept: Vec<bool> = measured
            .counts
            .iter()
            .enumerate()
            .map(|(s, &c)| c as f64 >= limit || fixed(s))
            .collect();
        let alone = kept.iter().filter(|k| **k).count();
        let mut next = 0;
        let map: Vec<u16> = kept
            .iter()
            .map(|&k| {
                if k {
                    next += 1;
                    next - 1
                } else {
                    alone as u16
                }
            })
            .collect();
        let size = alone + usize::from(alone < kept.len());
        let share = within_groups(&map, size, &measured.counts);
        Self { map, share, size }
    }

    /// The measurement as one of the new states; a sum of noisy counts has the sum of their variances.
    fn joined(&self, measured: &Measurement) -> Measurement {
        let (mut counts, mut added) = (vec![0; self.size], vec![0; self.size]);
        for (&new, &c) in self.map.iter().zip(&measured.counts) {
            counts[new as usize] += c;
            added[new as usize] += 1;
        }
        Measurement {
            clique: measured.clique.clone(),
            counts,
            variance: measured.variance,
            added: Some(added),
        }
    }

    fn shares(self) -> (Vec<u16>, Vec<f64>) {
        (self.map, self.share)
    }
}
