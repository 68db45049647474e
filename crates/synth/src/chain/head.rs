//! Conditions on the columns at the head of the chain, exactly (dates and times stand last there, since
//! what follows them depends on the day and not on the state alone): every combination of their states is
//! weighed by the chain's own probability and by the share of it that satisfies the condition.

use super::ChainModel;
use plenish_table::{Condition, Error, Result, Test};

/// More combinations than this are not enumerated.
const MOST_COMBINATIONS: usize = 50_000;

/// The combinations of states of the first columns that satisfy a condition.
#[derive(Debug)]
pub(crate) struct Head {
    /// Columns covered, counted from the head of the chain; 0 without a condition.
    pub(crate) columns: usize,
    combinations: Vec<Vec<u16>>,
    /// Mass of the combinations up to and including each.
    cumulative: Vec<f64>,
}

impl Head {
    pub(crate) fn of(model: &ChainModel, condition: &Condition) -> Result<Self> {
        let mut columns = 0;
        for term in &condition.terms {
            let index = model.schema.require(&term.column)?;
            let place = model
                .order
                .iter()
                .position(|&c| c as usize == index)
                .unwrap_or(usize::MAX);
            if place >= model.head {
                let head: Vec<&str> = model.order[..model.head]
                    .iter()
                    .map(|&c| model.schema.columns[c as usize].name.as_str())
                    .collect();
                return Err(Error::usage("this model cannot be conditioned on it")
                    .in_column(&term.column)
                    .help(
                        format!(
                            "it can on: {}; fit it again with --condition-on {},{}",
                            if head.is_empty() {
                                "nothing".to_owned()
                            } else {
                                head.join(", ")
                            },
                            term.column,
                            head.join(",")
                        )
                        .trim_end_matches(',')
                        .to_owned(),
                    ));
            }
            columns = columns.max(place + 1);
        }
        let mut prefixes: Vec<(Vec<u16>, f64)> = vec![(Vec::new(), 1.0)];
        for place in 0..columns {
            let tests = tests(model, place, condition);
            let shares = model.columns[place]
                .codec
                .shares_of_all(&tests, model.schema.columns[model.order[place] as usize].kind);
            let mut longer = Vec::new();
            for (states, mass) in prefixes {
                let distribution = model.distribution(place, &states);
                for (state, (&p, &share)) in distribution.iter().zip(&shares).enumerate() {
                    let mass = mass * p * share;
                    if mass > 0.0 {
                        let mut states = states.clone();
                        states.push(state as u16);
                        longer.push((states, mass));
                        if longer.len() > MOST_COMBINATIONS {
                            return Err(Error::usage(
                                "the condition leaves too many combinations of values open to be exact",
                            )
                            .help(
                                "put the columns it names first in --condition-on, those with few values before others",
                            ));
                        }
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
        if columns > 0 && mass <= 0.0 {
            return Err(Error::usage(format!("no row can satisfy: {condition}"))
                .help("the training rows have no such values; see them with `plenish profile`"));
        }
        Ok(Self {
            columns,
            combinations: prefixes.into_iter().map(|p| p.0).collect(),
            cumulative,
        })
    }

    /// The combination at probability `u` in [0, 1).
    pub(crate) fn draw(&self, u: f64) -> &[u16] {
        let at = u * self.cumulative.last().copied().unwrap_or(0.0);
        let index = self
            .cumulative
            .partition_point(|&m| m <= at)
            .min(self.combinations.len() - 1);
        &self.combinations[index]
    }
}

/// The tests that `condition` puts to the column at `place` of the chain.
pub(crate) fn tests<'a>(model: &ChainModel, place: usize, condition: &'a Condition) -> Vec<&'a Test> {
    let name = &model.schema.columns[model.order[place] as usize].name;
    condition
        .terms
        .iter()
        .filter(|t| t.column == *name)
        .map(|t| &t.test)
        .collect()
}
