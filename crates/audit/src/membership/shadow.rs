//! The attack by shadow models: generators fitted again on parts of the rows show how each person's score falls
//! when the person is a member half of the time; a score above that is a sign of membership.
//!
//! After Carlini, Chien, Nasr, Song, Terzis and Tramèr, "Membership inference attacks from first principles", IEEE
//! S&P 2022: each row is judged against itself. Shadows come in pairs that share the rows between them, so that
//! every row is in half of the shadows exactly and its mean tells nothing of which.

use super::likelihood::of_model;
use super::neighbours::{Around, Kernel};
use super::{Scores, attack, surroundings};
use crate::prepare::{Prepared, Shadows};
use plenish_synth::{Ask, Model, Settings};
use plenish_table::{Context, Result, Seed};

/// Scores rows by how far their density among the synthetic rows, or to the model, lies above that among shadows.
pub(super) fn shadow(
    prepared: &Prepared,
    model: Option<&dyn Model>,
    shadows: Shadows,
    kernel: &Kernel,
    near: &[Vec<Around>; 2],
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<Scores> {
    let pairs = shadows.models.div_ceil(2).max(1);
    // A shadow's density is like the model's only if the same engine made both.
    let own = match model {
        Some(model) if model.generator() == shadows.engine.name() => of_model(model, &prepared.whole, cx)?,
        _ => None,
    };
    let mut pool = prepared.whole[0].clone();
    pool.append(&prepared.whole[1])?;
    let schema = prepared.train.shared_schema();
    let rows = [prepared.train.rows(), prepared.holdout.rows()];
    let mut sums = rows.map(|rows| vec![0.0; rows]);
    let mut add = |scores: [Vec<f64>; 2]| {
        for (sums, scores) in sums.iter_mut().zip(scores) {
            for (sum, score) in sums.iter_mut().zip(scores) {
                *sum += score;
            }
        }
    };
    cx.step("fitting shadow models", 2 * pairs as u64, || {
        for pair in 0..pairs {
            let mut all: Vec<u32> = (0..pool.rows() as u32).collect();
            seed.stream(pair as u64, 0).shuffle(&mut all);
            let second = all.split_off(pool.rows() / 2);
            for (side, mut part) in [all, second].into_iter().enumerate() {
                part.sort_unstable();
                let seed = seed.child((2 * pair + side) as u64);
                let settings = Settings {
                    preset: shadows.preset,
                    ..Settings::default()
                };
                let fitted = shadows
                    .engine
                    .fit(&pool.take(&part), &settings, &seed.derive("fit"), cx)?;
                let scores = match own {
                    Some(_) => of_model(fitted.as_ref(), &prepared.whole, cx)?,
                    None => None,
                };
                add(if let Some(scores) = scores {
                    scores
                } else {
                    let count = prepared.synthetic.rows() as u64;
                    let made = fitted.generate(&Ask::default(), 0..count, &seed.derive("rows"), cx)?;
                    let points = prepared.scale.points(&made.conform(&schema)?);
                    let asked = [&prepared.train_points, &prepared.holdout_points];
                    densities(&surroundings(&points, asked, kernel, cx)?)
                });
                cx.advance(1);
            }
        }
        Ok(())
    })?;
    let found = own.unwrap_or_else(|| densities(near));
    let scores = [0, 1].map(|part| {
        let mean = sums[part].iter().map(|sum| sum / (2 * pairs) as f64);
        found[part].iter().zip(mean).map(|(found, mean)| found - mean).collect()
    });
    Ok(attack(
        "shadow models",
        "Generators of the same kind, fitted again on halves of all rows, show how densely synthetic rows usually lie \
         around a person; more means a member. Needs the generator and rows of people like these.",
        scores,
    ))
}

fn densities(around: &[Vec<Around>; 2]) -> [Vec<f64>; 2] {
    around
        .each_ref()
        .map(|part| part.iter().map(|a| a.log_density).collect())
}
