//! Conditions on the columns at the head of the chain, exactly: every combination of their states is
//! weighed by the chain's own probability and by the share of it that satisfies the condition.

use super::ChainModel;
use super::column::Prefix;
use crate::codec::Draws;
use plenish_table::{Seed, Test};

/// More combinations than this are not enumerated for columns that were fitted for conditions ...
const MOST_AT_HEAD: usize = 50_000;
/// ... or for others, where weighing candidates is the quicker way.
const MOST_ELSEWHERE: usize = 4_000;

/// The combinations of states of the first columns that satisfy a condition.
#[derive(Debug, Default)]
pub(crate) struct Head {
    /// Columns covered, counted from the head of the chain; 0 without a condition.
    pub(crate) columns: usize,
    combinations: Vec<Vec<u16>>,
    /// Mass of the combinations up to and including each.
    cumulative: Vec<f64>,
}

impl Head {
    /// The combinations of the first `columns` columns that satisfy `tests` (by place); `None` if they
    /// are too many, or if what follows one of the columns does not depend on its state alone.
    pub(crate) fn of(model: &ChainModel, tests: &[Vec<Test>], columns: usize, slope: f32) -> Option<Self> {
        if columns == 0
            || !model.columns[..columns - 1]
                .iter()
                .all(super::ChainColumn::follows_from_state)
        {
            return None;
        }
        if !model.columns[..columns].iter().all(super::ChainColumn::is_absolute) {
            return None;
        }
        let most = if columns <= model.head {
            MOST_AT_HEAD
        } else {
            MOST_ELSEWHERE
        };
        let mut prefixes: Vec<(Vec<u16>, f64)> = vec![(Vec::new(), 1.0)];
        for place in 0..columns {
            let tests: Vec<&Test> = tests[place].iter().collect();
            let kind = model.column_schema(place).kind;
            let shares = model.columns[place].shares(&Prefix::default(), 0, &tests, None, kind);
            let open = shares.iter().filter(|&&s| s > 0.0).count();
            if prefixes.len() * open > most {
                return None;
            }
            let mut longer = Vec::new();
            for (states, mass) in prefixes {
                let distribution = model.distribution(place, &states, slope);
                for (state, (&p, &share)) in distribution.iter().zip(&shares).enumerate() {
                    let mass = mass * p * share;
                    if mass > 0.0 {
                        let mut states = states.clone();
                        states.push(state as u16);
                        longer.push((states, mass));
                    }
                }
            }
            prefixes = longer;
        }
        let mut mass = 0.0;
        let cumulative: Vec<f64> = prefixes
            .iter()
            .map(|p| {
                mass += p.1;
                mass
            })
            .collect();
        Some(Self {
            columns,
            combinations: prefixes.into_iter().map(|p| p.0).collect(),
            cumulative,
        })
    }

    /// The probability of all combinations together.
    pub(crate) fn mass(&self) -> f64 {
        self.cumulative.last().copied().unwrap_or(0.0)
    }

    /// The combination at probability `u` in [0, 1).
    pub(crate) fn draw(&self, u: f64) -> &[u16] {
        let at = u * self.mass();
        let index = self
            .cumulative
            .partition_point(|&m| m <= at)
            .min(self.combinations.len() - 1);
        &self.combinations[index]
    }
}

impl ChainModel {
    /// The probabilities of the states of the column at `place`, given the states before it.
    fn distribution(&self, place: usize, states: &[u16], slope: f32) -> Vec<f64> {
        let mut prefix = Prefix::default();
        for (before, &state) in states.iter().enumerate() {
            let column = &self.columns[before];
            // Any cell of the state will do: what follows depends on the state alone.
            let draws = Draws {
                units: &[0],
                bits: &[0],
                key: &Seed::new(0),
            };
            let cells = column.decode(&prefix, &[state], draws, &[], None, self.column_schema(before));
            prefix.push(column, vec![state], cells);
        }
        self.samplers()[place].distribution(&prefix.features, self.columns[place].states(), slope)
    }
}
