//! The graphical model that comes closest to noisy counts.
//!
//! Minimises the sum over measurements of ||marginal - counts||² / (2 variance) over all distributions, by mirror
//! descent on the potentials of measured cliques (`McKenna`, Sheldon, Miklau, "Graphical-model based estimation and
//! inference for differential privacy", ICML 2019, algorithm 1), with momentum that starts anew whenever the loss
//! rises (O'Donoghue, Candès, "Adaptive restart for accelerated gradient schemes", 2015). All of it works on answers
//! with noise, so nothing here can cost privacy.

use crate::curator::Measurement;
use crate::graphical::{Impossible, Shape, Tables};
use crate::marginals::{Clique, Projection};
use plenish_table::{Context, Error, Result};
use std::collections::BTreeMap;

/// Iterations between looks at how much the loss still falls.
const LOOK: usize = 10;
/// A step grows by this after each success, and shrinks by that after a failure: slowly, so that momentum lasts. Found
/// by trying on Adult.
const GROWTH: f64 = 1.002;
const SHRINKAGE: f64 = 0.97;

/// An estimated model.
#[derive(Debug, Clone)]
pub(crate) struct Estimate {
    pub(crate) shape: Shape,
    /// Logarithms of potentials of the measured cliques.
    pub(crate) factors: BTreeMap<Clique, Vec<f64>>,
    /// Marginals of the cliques of the tree.
    pub(crate) beliefs: Tables,
    /// Estimated number of rows.
    pub(crate) total: f64,
}

/// How long to look for a better model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) iterations: usize,
    /// Ends when the loss falls by less than this share of itself in ten iterations.
    pub(crate) tolerance: f64,
}

/// All answers about one clique together.
struct Target {
    host: usize,
    projection: Projection,
    counts: Vec<f64>,
    weights: Vec<f64>,
}

/// The number of rows that the measurements point to, at least 1: each is a sum with a known variance.
pub(crate) fn total(measurements: &[Measurement]) -> f64 {
    let (mut top, mut bottom) = (0.0, 0.0);
    for m in measurements {
        let added = m
            .added
            .as_ref()
            .map_or(m.counts.len() as f64, |a| a.iter().map(|&n| f64::from(n)).sum());
        let weight = 1.0 / (added * m.variance.value());
        top += weight * m.counts.iter().map(|&c| c as f64).sum::<f64>();
        bottom += weight;
    }
    if bottom > 0.0 { (top / bottom).max(1.0) } else { 1.0 }
}

/// For each marginal that was measured, cell by cell, the sum of its answers weighted by one over their variance, and the
/// sum of those weights.
pub(crate) fn joined(measurements: &[Measurement]) -> BTreeMap<Clique, (Vec<f64>, Vec<f64>)> {
    let mut joined: BTreeMap<Clique, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for m in measurements {
        let none = vec![0.0; m.counts.len()];
        let (sums, weights) = joined.entry(m.clique.clone()).or_insert_with(|| (none.clone(), none));
        for (cell, &count) in m.counts.iter().enumerate() {
            let added = m.added.as_ref().map_or(1.0, |a| f64::from(a[cell].max(1)));
            let weight = 1.0 / (added * m.variance.value());
            sums[cell] += weight * count as f64;
            weights[cell] += weight;
        }
    }
    joined
}

/// Estimates a model of `measurements`, from where `before` left off.
pub(crate) fn estimate(
    measurements: &[Measurement],
    impossible: &[Impossible],
    sizes: &[usize],
    before: Option<&Estimate>,
    effort: Effort,
    cx: &Context,
) -> Result<Estimate> {
    let joined = joined(measurements);
    let cliques: Vec<Clique> = joined.keys().cloned().collect();
    let shape = Shape::new(&cliques, impossible, sizes);
    let mut targets = Vec::with_capacity(joined.len());
    for (clique, (mut counts, weights)) in joined {
        let host = shape
            .tree
            .host(&clique, sizes)
            .ok_or_else(|| Error::internal("a measured clique that the tree does not cover"))?;
        counts.iter_mut().zip(&weights).for_each(|(c, w)| *c /= w);
        targets.push(Target {
            host,
            projection: Projection::new(&shape.tree.cliques[host], &clique, sizes),
            counts,
            weights,
        });
    }
    let start: Vec<Vec<f64>> = cliques
        .iter()
        .zip(&targets)
        .map(|(clique, t)| {
            before
                .and_then(|b| b.factors.get(clique))
                .cloned()
                .unwrap_or_else(|| vec![0.0; t.counts.len()])
        })
        .collect();
    let mut search = Search {
        total: total(measurements),
        potentials: shape.zeros(),
        beliefs: shape.zeros(),
        shape,
        targets,
    };
    let best = search.run(start, effort, cx)?;
    Ok(Estimate {
        factors: cliques.into_iter().zip(best).collect(),
        beliefs: search.beliefs,
        total: search.total,
        shape: search.shape,
    })
}

struct Search {
    shape: Shape,
    targets: Vec<Target>,
    total: f64,
    potentials: Tables,
    beliefs: Tables,
}

impl Search {
    /// The loss at `factors`, and its gradient by the marginals; infinite where there is no distribution.
    fn look(&mut self, factors: &[Vec<f64>], gradient: &mut [Vec<f64>]) -> f64 {
        self.potentials.iter_mut().for_each(|p| p.fill(0.0));
        for (target, factor) in self.targets.iter().zip(factors) {
            target.projection.add(&mut self.potentials[target.host], factor, 1.0);
        }
        if !self
            .shape
            .calibrate(&self.potentials, None, self.total, &mut self.beliefs)
        {
            return f64::INFINITY;
        }
        let mut loss = 0.0;
        for (target, gradient) in self.targets.iter().zip(gradient) {
            target.projection.sum(&self.beliefs[target.host], gradient);
            let mut squares = 0.0;
            for ((g, c), w) in gradient.iter_mut().zip(&target.counts).zip(&target.weights) {
                let gap = *g - c;
                *g = w * gap;
                squares += *g * gap;
            }
            loss += 0.5 * squares;
        }
        loss
    }

    fn run(&mut self, start: Vec<Vec<f64>>, effort: Effort, cx: &Context) -> Result<Vec<Vec<f64>>> {
        let empty: Vec<Vec<f64>> = start.iter().map(|s| vec![0.0; s.len()]).collect();
        let heaviest = self
            .targets
            .iter()
            .flat_map(|t| &t.weights)
            .copied()
            .fold(0.0, f64::max);
        let mut step = 1.0 / (heaviest * self.total).max(f64::MIN_POSITIVE);
        let mut gradient = empty.clone();
        let mut best = start;
        let mut best_gradient = empty.clone();
        let mut best_loss = self.look(&best, &mut best_gradient);
        if !best_loss.is_finite() {
            // Potentials of a model before may not fit combinations that cannot be; nothing is the safe start.
            best.clone_from(&empty);
            best_loss = self.look(&best, &mut best_gradient);
        }
        if !best_loss.is_finite() {
            return Err(
                Error::usage("the combinations that cannot be leave no row at all").help("check the structural zeros")
            );
        }
        // The point is where the last step went; the trial lies beyond it by momentum.
        let mut point = best.clone();
        let mut trial = best.clone();
        let (mut momentum, mut last_look) = (0_usize, best_loss);
        for iteration in 1..=effort.iterations {
            cx.check()?;
            let beta = momentum as f64 / (momentum as f64 + 3.0);
            for (((p, t), b), g) in point.iter_mut().zip(&mut trial).zip(&best).zip(&best_gradient) {
                for (((p, t), b), g) in p.iter_mut().zip(t).zip(b).zip(g) {
                    let next = b - step * g;
                    *t = next + beta * (next - *p);
                    *p = next;
                }
            }
            let loss = self.look(&trial, &mut gradient);
            if loss <= best_loss {
                std::mem::swap(&mut best, &mut trial);
                std::mem::swap(&mut best_gradient, &mut gradient);
                best_loss = loss;
                momentum += 1;
                step *= GROWTH;
            } else {
                point.clone_from(&best);
                if momentum == 0 {
                    step *= 0.5;
                }
                momentum = 0;
                step *= SHRINKAGE;
            }
            if iteration % LOOK == 0 {
                if last_look - best_loss < effort.tolerance * best_loss {
                    break;
                }
                last_look = best_loss;
            }
        }
        // The beliefs are those of the last trial; bring them to the best.
        self.look(&best, &mut gradient);
        Ok(best)
    }
}
