//! How to draw rows that satisfy a condition which cannot be met exactly: a pilot sample tells how
//! likely it is, how unevenly candidates weigh, and towards what to tilt the columns before those under
//! test (the cross-entropy method: Rubinstein and Kroese 2004, chapter 3; here a Newton step on the log
//! odds of every decision).

use super::ChainModel;
use super::draw::{Block, MOST_PARTICLES, Particles};
use super::plan::{Plan, Stratum};
use super::shares::Decisions;
use super::weights::{Weights, normalised};
use crate::Estimate;
use plenish_learn::math::sigmoid;
use plenish_table::{Condition, Error, Result, Seed};

/// Candidates of the first pilot, and of the largest when a condition is rare.
const FIRST: usize = 2048;
const LARGEST: usize = 16_384;

/// Pilots at most.
const ROUNDS: usize = 8;

/// A pilot is good enough when its candidates are worth this share of their number.
const GOOD: f64 = 0.85;

/// Fewer effective candidates than this say nothing.
const FEWEST: f64 = 16.0;

/// Conditions less likely than this are beyond what a model can say.
const LEAST_LIKELY: f64 = 1e-12;

/// One candidate in eight is drawn without the tilt, so that no weight can exceed eight times what it
/// would be without.
const UNTILTED: usize = 8;

/// The log odds of a decision are not moved further than this: a factor of 400.
const FURTHEST: f32 = 6.0;

/// Plans a stratum whose last column under test is at `last`.
pub(crate) fn plan(
    model: &ChainModel,
    plan: &Plan,
    stratum: Stratum,
    last: usize,
    condition: &Condition,
    seed: &Seed,
) -> Result<Stratum> {
    let mut trial = stratum;
    let mut best: Option<(f64, f64, f64, Vec<Vec<f32>>)> = None;
    let mut candidates = FIRST;
    let mut drawn = 0;
    for round in 0..ROUNDS {
        let untilted = if trial.tilt.is_empty() {
            candidates
        } else {
            candidates / UNTILTED
        };
        let block = Block {
            model,
            plan,
            stratum: &trial,
            units: &[0],
            seed: seed.child(round as u64),
            scale: 1,
        };
        let sample = block.pilot(candidates, untilted, last);
        drawn += candidates;
        let weights = normalised(&sample.weights, &sample.ratios, untilted as f64 / candidates as f64);
        let worth = weights.effective / candidates as f64;
        // A tilt gone astray can look even because it misses what matters: rounds that see more mass win.
        let better = best
            .as_ref()
            .is_none_or(|b| worth > b.1 && weights.log_mean > b.0 - 1.0);
        let gain = best
            .as_ref()
            .map_or(f64::INFINITY, |b| worth / b.1.max(f64::MIN_POSITIVE));
        if better && weights.effective > 0.0 {
            best = Some((weights.log_mean, worth, weights.effective, trial.tilt.clone()));
        }
        if worth >= GOOD || weights.effective <= 0.0 || (round > 2 && gain < 1.03 && weights.effective > 200.0) {
            break;
        }
        trial.tilt = tilt(model, plan, &trial, &sample, &weights, last);
        if weights.effective < 200.0 {
            candidates = (2 * candidates).min(LARGEST);
        }
    }
    let Some((log_mean, worth, effective, tilt)) = best else {
        return Err(nearly_impossible(
            condition,
            &format!("none of {drawn} candidates satisfied it"),
        ));
    };
    let probability = libm::exp(log_mean);
    if effective < FEWEST || probability < LEAST_LIKELY {
        let rows = if probability > 0.0 {
            1.0 / probability
        } else {
            f64::INFINITY
        };
        return Err(nearly_impossible(
            condition,
            &format!("about 1 row in {rows:.0e} satisfies it"),
        ));
    }
    // The chosen candidate is off by about (1 / worth - 1) / candidates: three parts in a hundred.
    let particles = (32.0 * (1.0 / worth - 1.0)).ceil().clamp(4.0, MOST_PARTICLES as f64) as usize;
    trial.untilted = if tilt.is_empty() {
        particles
    } else {
        particles.div_ceil(UNTILTED)
    };
    trial.particles = particles;
    trial.tilt = tilt;
    trial.estimate = Some(Estimate {
        probability,
        exact: false,
        particles,
        effective_sample_size: worth * particles as f64,
    });
    Ok(trial)
}

fn nearly_impossible(condition: &Condition, how: &str) -> Error {
    Error::usage(format!("the condition is nearly impossible: {condition}")).help(format!(
        "{how}; ask for less, or fit with the columns it names first in --condition-on"
    ))
}

/// The tilt under which the decisions of all columns up to `last` turn out as they do among the
/// weighted candidates of `sample`.
fn tilt(
    model: &ChainModel,
    plan: &Plan,
    stratum: &Stratum,
    sample: &Particles,
    weights: &Weights,
    last: usize,
) -> Vec<Vec<f32>> {
    let sum: f64 = weights.each.iter().sum();
    // Scaled so that all weights together count as many rows as they are worth.
    let scale = weights.effective / sum;
    (0..=last)
        .map(|place| {
            let sampler = &model.samplers()[place];
            let nodes = sampler.codes.nodes.len();
            let mut tilt = stratum.tilt.get(place).cloned().unwrap_or_default();
            tilt.resize(nodes, 0.0);
            let width = sampler.width();
            let before: usize = model.columns[..place].iter().map(|c| c.kinds().len()).sum();
            let leaves = sampler.leaves(&sample.prefix.features[..before], weights.each.len());
            // Decisions on the way to the states drawn: (decision, right, margin, weight).
            let mut taken: Vec<(u16, bool, f32, f64)> = Vec::new();
            for (i, &weight) in weights.each.iter().enumerate() {
                if weight <= 0.0 {
                    continue;
                }
                let decisions = Decisions {
                    sampler,
                    leaves: &leaves[i * width..(i + 1) * width],
                    slope: plan.slope,
                    tilt: None,
                    untilted: false,
                };
                for &(node, right) in &model.paths()[place][usize::from(sample.prefix.states[place][i])] {
                    taken.push((node, right, decisions.margin(usize::from(node)), weight * scale));
                }
            }
            for _ in 0..3 {
                let mut steps = vec![(0.0_f64, 0.0_f64); nodes];
                for &(node, right, margin, weight) in &taken {
                    let p = f64::from(sigmoid(margin + tilt[usize::from(node)]));
                    let (gradient, hessian) = &mut steps[usize::from(node)];
                    *gradient += weight * (f64::from(u8::from(right)) - p);
                    *hessian += weight * p * (1.0 - p);
                }
                for (value, (gradient, hessian)) in tilt.iter_mut().zip(steps) {
                    // A Gaussian prior of variance 1 keeps decisions with few rows where they are.
                    let step = (gradient - f64::from(*value)) / (hessian + 1.0);
                    *value = (*value + step as f32).clamp(-FURTHEST, FURTHEST);
                }
            }
            tilt
        })
        .collect()
}
