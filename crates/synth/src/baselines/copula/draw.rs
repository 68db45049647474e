//! Drawing the positions of all latent variables of a row, with some of them truncated.

use super::super::{Shares, resample, uniform};
use super::CopulaModel;
use super::latent::{Decides, Latent};
use plenish_learn::math::{normal_cdf, normal_quantile};
use plenish_table::{Error, Result, Seed};

/// What of a variable a condition leaves: stretches of it with the share of their mass.
type Runs = Vec<(f64, f64, f64)>;

/// In which order the variables are drawn, and what is left of each.
pub(super) struct Plan<'a> {
    latents: &'a [Latent],
    order: Vec<usize>,
    lower: Vec<Vec<f64>>,
    /// For the first variables in the order.
    runs: Vec<Runs>,
}

impl<'a> Plan<'a> {
    pub(super) fn of(model: &'a CopulaModel, shares: &Shares) -> Result<Self> {
        let mut truncated: Vec<(usize, Runs)> = Vec::new();
        let mut free = Vec::new();
        for (index, latent) in model.latents.iter().enumerate() {
            let left = shares[latent.column as usize].as_deref();
            match left.and_then(|s| positions(model, latent, s)) {
                Some(left) => truncated.push((index, runs(latent, &left))),
                None => free.push(index),
            }
        }
        let (mut order, runs): (Vec<usize>, Vec<Runs>) = truncated.into_iter().unzip();
        order.extend(free);
        let lower = model
            .correlations
            .cholesky(&order)
            .ok_or_else(|| Error::internal("the correlations of the copula are not positive definite"))?;
        Ok(Self {
            latents: &model.latents,
            order,
            lower,
            runs,
        })
    }

    /// The position of every variable for `unit`, in the order of the model; `None` if nothing that
    /// satisfies the condition was found.
    pub(super) fn draw(&self, unit: u64, seed: &Seed) -> Option<Vec<u16>> {
        if self.runs.len() <= 1 {
            // The weight of a row is the same whatever is drawn.
            return self.propose(unit, seed).filter(|p| p.1 > 0.0).map(|p| p.0);
        }
        resample(unit, seed, |own| self.propose(unit, own))
    }

    fn propose(&self, unit: u64, seed: &Seed) -> Option<(Vec<u16>, f64)> {
        let mut weight = 1.0;
        let mut noise: Vec<f64> = Vec::with_capacity(self.order.len());
        let mut positions = vec![0_u16; self.order.len()];
        for (place, &index) in self.order.iter().enumerate() {
            let row = &self.lower[place];
            let (mean, spread) = (row.iter().zip(&noise).map(|(l, e)| l * e).sum::<f64>(), row[place]);
            let u = uniform(seed.pair(unit, index as u32).0);
            let cuts = &self.latents[index].cuts;
            let position = |z: f64| cuts.partition_point(|&c| c <= z);
            let Some(runs) = self.runs.get(place) else {
                // Half a step keeps the draw away from 0 and 1.
                let e = normal_quantile(u + 0.5 / (1_u64 << 53) as f64);
                noise.push(e);
                positions[index] = position(mean + spread * e) as u16;
                continue;
            };
            let scaled = |z: f64| (z - mean) / spread;
            let masses: Vec<f64> = runs
                .iter()
                .map(|&(low, high, share)| share * between(scaled(low), scaled(high)))
                .collect();
            let total: f64 = masses.iter().sum();
            if total <= 0.0 {
                return None;
            }
            weight *= total;
            let mut at = u * total;
            let mut chosen = None;
            for (run, &mass) in runs.iter().zip(&masses) {
                if mass > 0.0 {
                    chosen = Some((run, (at / mass).clamp(0.0, 1.0)));
                    if at < mass {
                        break;
                    }
                    at -= mass;
                }
            }
            let (&(low, high, _), u) = chosen?;
            let e = inside(scaled(low), scaled(high), u);
            noise.push(e);
            // Rounding must not carry the draw over the end of its stretch.
            let first = position(low);
            let last = if high == f64::INFINITY {
                cuts.len()
            } else {
                cuts.partition_point(|&c| c < high)
            };
            positions[index] = position(mean + spread * e).clamp(first, last.max(first)) as u16;
        }
        Some((positions, weight))
    }
}

/// How much of each position the shares of its column's states leave; `None` if all of it.
fn positions(model: &CopulaModel, latent: &Latent, shares: &[f64]) -> Option<Vec<f64>> {
    let left: Vec<f64> = match latent.decides {
        Decides::Presence => {
            let has_states = model
                .latents
                .iter()
                .any(|l| l.column == latent.column && l.decides == Decides::State);
            let present = if has_states {
                f64::from(u8::from(shares[1..].iter().any(|&s| s > 0.0)))
            } else {
                shares[1]
            };
            vec![shares[0], present]
        }
        Decides::State => latent.states.iter().map(|&s| shares[usize::from(s)]).collect(),
    };
    // A cell that has to be missing has no value to restrict.
    let nothing = left.iter().all(|&s| s <= 0.0);
    if nothing || left.iter().all(|&s| s >= 1.0) {
        None
    } else {
        Some(left)
    }
}

/// Neighbouring positions with the same share, joined; those with none left out.
fn runs(latent: &Latent, left: &[f64]) -> Runs {
    let mut runs: Runs = Vec::new();
    for (position, &share) in left.iter().enumerate() {
        let (low, high) = latent.ends(position);
        match runs.last_mut() {
            Some(run) if run.1 == low && run.2 == share => run.1 = high,
            _ if share > 0.0 => runs.push((low, high, share)),
            _ => {}
        }
    }
    runs
}

/// The mass of a standard normal variable between two points.
fn between(low: f64, high: f64) -> f64 {
    // The lower tail keeps its digits.
    let (low, high) = if low > 0.0 { (-high, -low) } else { (low, high) };
    (normal_cdf(high) - normal_cdf(low)).max(0.0)
}

/// The point at probability `u` between two points.
fn inside(low: f64, high: f64, u: f64) -> f64 {
    if low > 0.0 {
        return -inside(-high, -low, 1.0 - u);
    }
    let (from, to) = (normal_cdf(low), normal_cdf(high));
    normal_quantile(from + (to - from) * u)
        .clamp(low, high)
        .clamp(-40.0, 40.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truncated_draws_stay_inside_far_out_too() {
        for (low, high) in [(-1.0, 0.5), (6.0, 6.1), (9.0, f64::INFINITY), (f64::NEG_INFINITY, -9.0)] {
            assert!(between(low, high) > 0.0);
            for u in [0.0, 0.3, 1.0] {
                let x = inside(low, high, u);
                assert!(x >= low && x <= high && x.is_finite(), "{low} {high} {u}: {x}");
            }
        }
        assert!((between(6.0, 6.1) / (normal_cdf(-6.0) - normal_cdf(-6.1)) - 1.0).abs() < 1e-9);
    }
}
