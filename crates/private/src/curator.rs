//! The one door to the data: questions that are charged before they are answered, and answered with noise.
//!
//! Nothing but a [`Curator`] holds coded rows, and nothing comes out of it but noisy counts and noisy choices. So
//! everything else in a fit is post-processing of answers, and its control flow can depend on nothing else.
//! Neighbouring tables differ by one row added or removed (or by up to k rows, when a person has up to k), so the
//! number of rows is no public fact either: it is estimated from the counts.
//!
//! - **Counts** of a clique: a row is in one cell, so a neighbour moves the counts by at most k in the Euclidean
//!   norm; discrete Gaussian noise.
//! - **Choice** among candidates, each with the score w (|| counts - model ||_1 - penalty): model and penalty are
//!   rounded to a grid of 1/256 of a row first, which asks nothing of the data; then scores are whole numbers,
//!   calculated exactly, and a neighbour moves each by at most k max(w) of whole rows. Exponential mechanism.

use crate::accounting::Rho;
use crate::domain::Coded;
use crate::evidence::Spend;
use crate::ledger::Run;
use crate::marginals::Clique;
use crate::noise::{Source, Strength, Variance, exponential, gaussian};
use plenish_table::{Error, Result};

/// Steps of the grid of scores to a row.
pub(crate) const GRID: i128 = 256;

/// A noisy answer: counts of a clique.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measurement {
    pub(crate) clique: Clique,
    pub(crate) counts: Vec<i64>,
    pub(crate) variance: Variance,
    /// How many noisy counts were added up in each of these, where it is not one.
    pub(crate) added: Option<Vec<u32>>,
}

/// A question that could be asked next.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Candidate {
    pub(crate) clique: Clique,
    /// How much its error matters, at least 1.
    pub(crate) weight: u64,
    /// The counts that the model has for it.
    pub(crate) model: Vec<f64>,
    /// What is taken off its error, in rows.
    pub(crate) penalty: f64,
}

/// Who is charged.
#[derive(Debug)]
pub(crate) enum Purse<'a> {
    /// A run of a ledger.
    Ledger(Run<'a>),
    /// Nobody: for tests, with noise that is not private.
    #[cfg(any(test, feature = "test-seed"))]
    Nobody {
        /// What is left to spend.
        left: Rho,
    },
}

impl Purse<'_> {
    fn left(&self) -> Rho {
        match self {
            Self::Ledger(run) => run.left(),
            #[cfg(any(test, feature = "test-seed"))]
            Self::Nobody { left } => *left,
        }
    }

    fn spend(&mut self, what: &str, rho: Rho) -> Result<()> {
        match self {
            Self::Ledger(run) => run.spend(what, rho),
            #[cfg(any(test, feature = "test-seed"))]
            Self::Nobody { left } => {
                if rho > *left {
                    return Err(Error::internal("a question beyond the budget"));
                }
                *left = left.minus(rho);
                Ok(())
            }
        }
    }
}

/// Where questions are charged, and where noise comes from.
pub(crate) struct Desk<'a> {
    pub(crate) source: Source,
    purse: Purse<'a>,
    spends: Vec<Spend>,
    /// Rows in which neighbouring tables differ at most.
    pub(crate) contribution: u64,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(source: Source, purse: Purse<'a>, contribution: u64) -> Self {
        Self {
            source,
            purse,
            spends: Vec::new(),
            contribution,
        }
    }

    /// What is left to spend.
    pub(crate) fn left(&self) -> Rho {
        self.purse.left()
    }

    /// Charges a question; its noise may be drawn only after that.
    pub(crate) fn charge(&mut self, what: String, rho: Rho, noise: String) -> Result<()> {
        self.purse.spend(&what, rho)?;
        self.spends.push(Spend { what, rho, noise });
        Ok(())
    }
}

/// Holds the rows of one fit, and answers.
pub(crate) struct Curator<'a> {
    data: Coded,
    sizes: Vec<usize>,
    desk: Desk<'a>,
    #[cfg(test)]
    pub(crate) probe: crate::honesty::Probe,
}

impl<'a> Curator<'a> {
    pub(crate) fn new(data: Coded, sizes: Vec<usize>, desk: Desk<'a>) -> Self {
        Self {
            data,
            sizes,
            desk,
            #[cfg(test)]
            probe: crate::honesty::Probe::take(),
        }
    }

    /// States of each column.
    pub(crate) fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// What is left to spend.
    pub(crate) fn left(&self) -> Rho {
        self.desk.left()
    }

    /// Rows in which neighbouring tables differ at most.
    pub(crate) fn contribution(&self) -> u64 {
        self.desk.contribution
    }

    /// Joins states of the columns: `maps` has a new state for each state of each column. It must follow from
    /// answers alone.
    pub(crate) fn join_states(&mut self, maps: &[Vec<u16>]) {
        for ((column, map), size) in self.data.columns.iter_mut().zip(maps).zip(&mut self.sizes) {
            for s in column.iter_mut() {
                *s = map[*s as usize];
            }
            *size = map.iter().max().map_or(1, |m| *m as usize + 1);
        }
    }

    /// The counts of `clique` with noise that costs `rho`.
    pub(crate) fn measure(&mut self, clique: &[usize], rho: Rho) -> Result<Measurement> {
        let variance = Variance::for_budget(rho, self.desk.contribution)?;
        check_charge(variance.cost(self.desk.contribution), rho)?;
        self.desk.charge(
            format!("counts of columns {clique:?}"),
            rho,
            format!(
                "discrete Gaussian, sigma {:.4}, sensitivity {}",
                variance.sigma(),
                self.desk.contribution
            ),
        )?;
        let exact = self.data.counts(clique, &self.sizes);
        #[cfg(test)]
        let (exact, drawn_from) = self.probe.before_counts(exact, variance);
        #[cfg(not(test))]
        let drawn_from = variance;
        let noise: Vec<i64> = exact
            .iter()
            .map(|_| gaussian(&mut self.desk.source, drawn_from))
            .collect();
        #[cfg(test)]
        let noise = self
            .probe
            .counts(clique, &exact, noise, variance, self.desk.contribution, rho);
        Ok(Measurement {
            clique: clique.to_vec(),
            counts: exact.iter().zip(noise).map(|(e, n)| e + n).collect(),
            variance,
            added: None,
        })
    }

    /// The place of a candidate whose score is likely to be high, at the cost of `rho`. `candidates` is not empty.
    pub(crate) fn choose(&mut self, candidates: &[Candidate], rho: Rho) -> Result<usize> {
        let strength = Strength::for_budget(rho);
        check_charge(Some(strength.cost()), rho)?;
        let most = candidates.iter().map(|c| c.weight).max().unwrap_or(1);
        let sensitivity = most
            .checked_mul(self.desk.contribution)
            .and_then(|s| s.checked_mul(GRID as u64))
            .filter(|s| *s < 1 << 60)
            .ok_or_else(|| Error::internal("a score beyond all bounds"))?;
        let what = format!("choice among {} pairs of columns", candidates.len());
        let noise = format!(
            "exponential mechanism, epsilon {:.6}, sensitivity {}",
            strength.epsilon(),
            most * self.desk.contribution
        );
        #[cfg(test)]
        let charged = self.probe.charge_of_choice(rho);
        #[cfg(not(test))]
        let charged = rho;
        if charged > Rho::ZERO {
            self.desk.charge(what, charged, noise)?;
        }
        let scores: Vec<i128> = candidates.iter().map(|c| self.score(c)).collect();
        let chosen = exponential(&mut self.desk.source, &scores, sensitivity, strength);
        #[cfg(test)]
        let chosen = self.probe.choice(&scores, chosen, sensitivity, strength, rho);
        Ok(chosen)
    }

    fn score(&self, candidate: &Candidate) -> i128 {
        let to_grid = |rows: f64| (rows * GRID as f64).round() as i128;
        let exact = self.data.counts(&candidate.clique, &self.sizes);
        let distance: i128 = exact
            .iter()
            .zip(&candidate.model)
            .map(|(&count, &model)| (i128::from(count) * GRID - to_grid(model)).abs())
            .sum();
        i128::from(candidate.weight) * (distance - to_grid(candidate.penalty))
    }

    /// What was asked, and where the noise came from; ends the run.
    pub(crate) fn close(self) -> Result<(Vec<Spend>, &'static str)> {
        let Desk {
            source, purse, spends, ..
        } = self.desk;
        match purse {
            Purse::Ledger(run) => run.finish()?,
            #[cfg(any(test, feature = "test-seed"))]
            Purse::Nobody { .. } => {}
        }
        Ok((spends, source.describe()))
    }
}

/// Fails when an answer would cost more than is charged for it.
fn check_charge(cost: Option<Rho>, charged: Rho) -> Result<()> {
    match cost {
        Some(cost) if cost <= charged => Ok(()),
        _ => Err(Error::internal("noise that costs more than its charge")),
    }
}
