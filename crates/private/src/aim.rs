//! AIM: an adaptive and iterative mechanism.
//!
//! `McKenna`, Mullins, Sheldon, Miklau, "AIM: an adaptive and iterative mechanism for differentially private synthetic
//! data", VLDB 2022 (arXiv 2201.12677), algorithms 2 to 4, for the workload of all pairs of columns. One-way
//! marginals first; then rounds that choose the pair the model has most wrong and measure it. A tenth of a round
//! chooses, the rest measures. When a round learns nothing, noise is halved; the last round spends what is left.

use crate::accounting::Rho;
use crate::bounds::{self, LastChoice};
use crate::curator::{Candidate, Curator, Measurement};
use crate::fit::Learned;
use crate::graphical::Impossible;
use crate::inference::{Effort, estimate};
use crate::junction_tree::tree_cells;
use crate::marginals::{Clique, cells, covers};
use crate::noise::{Strength, Variance};
use crate::pairs;
use plenish_table::{Context, Result};

/// Rounds at most, for each column.
const ROUNDS: u64 = 16;
/// Bytes of a number of the model.
const NUMBER: u64 = 8;

/// What can be set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Bytes that the model's tables may take.
    pub(crate) model_bytes: u64,
    /// Estimation after each round.
    pub(crate) round: Effort,
    /// Estimation at the end.
    pub(crate) last: Effort,
}

/// Learns from what is left of the curator's budget.
pub(crate) fn learn(curator: &mut Curator, impossible: &[Impossible], limits: Limits, cx: &Context) -> Result<Learned> {
    let sizes = curator.sizes().to_vec();
    let columns = sizes.len();
    let budget = curator.left();
    let questions: Vec<(Clique, u64)> = workload(columns);
    // A round's share; nine tenths of it measure.
    let mut round = budget.share(1, ROUNDS * columns as u64);
    let mut measurements: Vec<Measurement> = Vec::new();
    for column in 0..columns {
        measurements.push(curator.measure(&[column], measuring(round))?);
    }
    let mut model = estimate(&measurements, impossible, &sizes, None, limits.round, cx)?;
    let last_choice = loop {
        cx.check()?;
        let left = curator.left();
        // A last round spends everything, so that no two rounds are left over that are too small to be of use.
        let last = left <= round.times(2);
        if last {
            round = left;
        }
        let measure = measuring(round);
        let sigma = Variance::for_budget(measure, curator.contribution())?.sigma();
        let room = limits.model_bytes as f64 * (1.0 - left.value() / budget.value());
        let known: Vec<Clique> = model.shape.tree.cliques.clone();
        let open: Vec<&(Clique, u64)> = questions
            .iter()
            .filter(|(clique, _)| {
                known.iter().any(|k| covers(k, clique)) || fits(&measurements, impossible, clique, &sizes, room)
            })
            .collect();
        let wanted: Vec<Clique> = open.iter().map(|q| q.0.clone()).collect();
        let tables = pairs::tables(&model.shape, &model.beliefs, &wanted);
        let candidates: Vec<Candidate> = open
            .iter()
            .zip(tables)
            .map(|(&(clique, weight), model)| Candidate {
                clique: clique.clone(),
                weight: *weight,
                penalty: expected_error(sigma, cells(clique, &sizes)),
                model,
            })
            .collect();
        let choosing = round.minus(measure);
        let chosen = curator.choose(&candidates, choosing)?;
        let candidate = &candidates[chosen];
        let answer = curator.measure(&candidate.clique, measure.min(curator.left()))?;
        measurements.push(answer.clone());
        let effort = if last { limits.last } else { limits.round };
        model = estimate(&measurements, impossible, &sizes, Some(&model), effort, cx)?;
        if last {
            break LastChoice {
                candidates,
                chosen,
                strength: Strength::for_budget(choosing),
                contribution: curator.contribution(),
                answer,
            };
        }
        let after = &pairs::tables(&model.shape, &model.beliefs, std::slice::from_ref(&candidate.clique))[0];
        let moved: f64 = after.iter().zip(&candidate.model).map(|(a, b)| (a - b).abs()).sum();
        if moved <= candidate.penalty {
            // Half the standard deviation and twice the epsilon: four times the cost.
            round = round.times(4);
        }
    };
    let mut bounds = bounds::measured(&measurements, &model);
    bounds.extend(bounds::unmeasured(&last_choice, &measurements, &model));
    let identity = |&size: &usize| ((0..size as u16).collect(), vec![1.0; size]);
    Ok(Learned {
        groups: sizes.iter().map(identity).collect(),
        bounds,
        model,
    })
}

fn measuring(round: Rho) -> Rho {
    round.share(9, 10)
}

/// All columns and pairs, each with its weight: how many columns it shares with each pair of the workload, in all.
fn workload(columns: usize) -> Vec<(Clique, u64)> {
    let others = columns as u64 - 1;
    let alone = (0..columns).map(|a| (vec![a], others.max(1)));
    let pairs = (0..columns).flat_map(|a| (a + 1..columns).map(move |b| (vec![a, b], 2 * others)));
    alone.chain(pairs).collect()
}

/// The L1 norm of Gaussian noise of `sigma` on so many cells, as expected.
fn expected_error(sigma: f64, cells: u64) -> f64 {
    (2.0 / std::f64::consts::PI).sqrt() * sigma * cells as f64
}

/// Whether the model still fits into `room` bytes when `clique` is measured as well.
fn fits(measurements: &[Measurement], impossible: &[Impossible], clique: &Clique, sizes: &[usize], room: f64) -> bool {
    let mut cliques: Vec<Clique> = measurements
        .iter()
        .map(|m| m.clique.clone())
        .filter(|c| c.len() > 1)
        .collect();
    cliques.sort_unstable();
    cliques.dedup();
    cliques.extend(impossible.iter().map(|i| i.iter().map(|p| p.0).collect()));
    cliques.push(clique.clone());
    tree_cells(&cliques, sizes).saturating_mul(NUMBER) as f64 <= room
}
