//! The Gaussian copula on the states of the codec: every column is a standard normal variable cut
//! into intervals, and all relations are the correlations of these variables.
//!
//! Categories without an order are put in the one that makes the first principal component strongest
//! (optimal scaling: Gifi, "Nonlinear Multivariate Analysis", 1990, chapter 4). Correlations are
//! those behind the cut variables, not those of the cut ones (`latent::correlation`). Conditions are
//! met by drawing truncated variables one after the other (Geweke 1991, Hajivassiliou, Keane) and
//! importance resampling; a condition on one variable is exact.

mod draw;
mod latent;
mod matrix;

use super::{bytes, code, in_blocks, shares, tests, too_unlikely};
use crate::codec::Codec;
use crate::model_file::damaged;
use crate::{Ask, ColumnSummary, Generator, Model, Settings, Summary};
use draw::Plan;
use latent::{Decides, Latent, correlation};
use matrix::Symmetric;
use plenish_table::{ColumnSchema, ColumnType, Context, Result, Role, Schema, Seed, Table};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// Rounds of putting categories in order.
const SCALING_ROUNDS: usize = 10;

/// The generator of Gaussian copulas.
#[derive(Debug, Clone, Copy, Default)]
pub struct Copula;

#[derive(Debug, Serialize, Deserialize)]
struct CopulaModel {
    schema: Arc<Schema>,
    rows: usize,
    codecs: Vec<Codec>,
    latents: Vec<Latent>,
    correlations: Symmetric,
}

impl Generator for Copula {
    fn name(&self) -> &'static str {
        "copula"
    }

    fn describe(&self) -> &'static str {
        "a Gaussian copula: quick and coarse, right in every column, keeps only pairwise monotone relations"
    }

    fn fit(&self, data: &Table, settings: &Settings, _seed: &Seed, cx: &Context) -> Result<Box<dyn Model>> {
        let coded = code(data, settings, self.name(), cx)?;
        let schema = data.shared_schema();
        let mut variables: Vec<Variable> = coded
            .iter()
            .zip(&schema.columns)
            .enumerate()
            .flat_map(|(index, ((codec, _), schema))| Variable::of(index as u32, codec, schema))
            .collect();
        scale(&mut variables, &coded, schema.with_role(Role::Target).first().copied());
        cx.check()?;
        let pairs: Vec<(usize, usize)> = (0..variables.len()).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
        let hermite: Vec<_> = variables.iter().map(|v| v.latent.hermite(&v.scores)).collect();
        let found = cx.step("fit", pairs.len() as u64, || {
            pairs
                .par_iter()
                .map(|&(i, j)| {
                    cx.check()?;
                    cx.advance(1);
                    let covariance = covariance(&variables[i], &variables[j], &coded);
                    Ok(correlation(covariance, &hermite[i], &hermite[j]))
                })
                .collect::<Result<Vec<f64>>>()
        })?;
        let mut correlations = Symmetric::identity(variables.len());
        for ((i, j), found) in pairs.into_iter().zip(found) {
            correlations.set(i, j, found);
        }
        Ok(Box::new(CopulaModel {
            schema,
            rows: data.rows(),
            codecs: coded.into_iter().map(|c| c.0).collect(),
            latents: variables.into_iter().map(|v| v.latent).collect(),
            correlations: correlations.shrunk(),
        }))
    }

    fn open(&self, bytes: &[u8]) -> Result<Box<dyn Model>> {
        let model: CopulaModel = postcard::from_bytes(bytes).map_err(|_| damaged())?;
        let width = model.schema.columns.len();
        let size = model.latents.len();
        let sound = model.codecs.len() == width
            && model.codecs.iter().all(Codec::is_sound)
            && model.latents.iter().all(|l| {
                model
                    .codecs
                    .get(l.column as usize)
                    .is_some_and(|c| l.is_sound(c.states()))
            })
            && model.correlations.size == size
            && model.correlations.values.len() == size * size
            && model.correlations.cholesky(&(0..size).collect::<Vec<_>>()).is_some();
        if sound { Ok(Box::new(model)) } else { Err(damaged()) }
    }
}

/// A latent variable while it is learned.
struct Variable {
    latent: Latent,
    /// Training rows at each position.
    rows: Vec<f64>,
    scores: Vec<f64>,
    /// The score of each of the column's states; NaN for a cell that has none.
    of_states: Vec<f64>,
    /// Whether its positions may be put in another order.
    is_nominal: bool,
}

impl Variable {
    /// The variables of a column: none if there is nothing to draw, two if missing cells are drawn
    /// apart from ordered values.
    fn of(column: u32, codec: &Codec, schema: &ColumnSchema) -> Vec<Self> {
        let counts: Vec<f64> = codec.counts().iter().map(|&c| f64::from(c)).collect();
        let ordered = codec.is_ordered();
        let mut out = Vec::new();
        let first = usize::from(ordered && codec.has_missing());
        if first == 1 && counts.len() > 1 {
            let rows = vec![counts[0], counts[1..].iter().sum()];
            out.push(Self::new(
                column,
                Decides::Presence,
                vec![0, 1],
                rows,
                false,
                counts.len(),
            ));
        }
        if counts.len() > first + 1 {
            let states: Vec<u16> = (first as u16..counts.len() as u16).collect();
            let is_nominal = !ordered && schema.kind != ColumnType::Boolean && states.len() > 2;
            let rows = counts[first..].to_vec();
            out.push(Self::new(
                column,
                Decides::State,
                states,
                rows,
                is_nominal,
                counts.len(),
            ));
        }
        out
    }

    fn new(
        column: u32,
        decides: Decides,
        states: Vec<u16>,
        rows: Vec<f64>,
        is_nominal: bool,
        of_column: usize,
    ) -> Self {
        let latent = Latent::new(column, decides, states, &rows);
        let scores = latent.scores(&rows);
        let mut of_states = vec![f64::NAN; of_column];
        for (state, score) in of_states.iter_mut().enumerate() {
            match decides {
                Decides::Presence => *score = scores[usize::from(state > 0)],
                Decides::State => {
                    if let Some(position) = latent.states.iter().position(|&s| usize::from(s) == state) {
                        *score = scores[position];
                    }
                }
            }
        }
        Self {
            latent,
            rows,
            scores,
            of_states,
            is_nominal,
        }
    }

    /// The same variable with its states in the order of `means`.
    fn ordered_by(&self, means: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        let mean = |position: usize| means[usize::from(self.latent.states[position])];
        order.sort_by(|&a, &b| {
            mean(a)
                .total_cmp(&mean(b))
                .then(self.latent.states[a].cmp(&self.latent.states[b]))
        });
        let states = order.iter().map(|&p| self.latent.states[p]).collect();
        let rows = order.iter().map(|&p| self.rows[p]).collect();
        Self::new(
            self.latent.column,
            Decides::State,
            states,
            rows,
            true,
            self.of_states.len(),
        )
    }
}

/// Puts the states of nominal variables in the order of their means on the first principal component
/// of all scores, in turns with finding that component by power iteration, from the target if there
/// is one.
fn scale(variables: &mut [Variable], coded: &[(Codec, Vec<u16>)], target: Option<usize>) {
    let Some(start) = variables
        .iter()
        .position(|v| Some(v.latent.column as usize) == target)
        .or(if variables.is_empty() { None } else { Some(0) })
    else {
        return;
    };
    if !variables.iter().any(|v| v.is_nominal) {
        return;
    }
    let states_of = |v: &Variable| &coded[v.latent.column as usize].1;
    let or_zero = |score: f64| if score.is_nan() { 0.0 } else { score };
    let rows = states_of(&variables[start]).len();
    let mut component: Vec<f64> = states_of(&variables[start])
        .iter()
        .map(|&s| or_zero(variables[start].of_states[usize::from(s)]))
        .collect();
    for _ in 0..SCALING_ROUNDS {
        let weights: Vec<f64> = variables
            .par_iter_mut()
            .map(|variable| {
                let states = &coded[variable.latent.column as usize].1;
                let mut sums = vec![0.0; variable.of_states.len()];
                for (&state, &value) in states.iter().zip(&component) {
                    sums[usize::from(state)] += value;
                }
                if variable.is_nominal {
                    let counts = coded[variable.latent.column as usize].0.counts();
                    let means: Vec<f64> = sums.iter().zip(counts).map(|(s, &c)| s / f64::from(c.max(1))).collect();
                    *variable = variable.ordered_by(&means);
                }
                sums.iter()
                    .zip(&variable.of_states)
                    .map(|(sum, &score)| sum * or_zero(score))
                    .sum()
            })
            .collect();
        component = vec![0.0; rows];
        for (variable, weight) in variables.iter().zip(&weights) {
            let scaled: Vec<f64> = variable.of_states.iter().map(|&s| or_zero(s) * weight).collect();
            for (value, &state) in component.iter_mut().zip(states_of(variable)) {
                *value += scaled[usize::from(state)];
            }
        }
        let length = libm::sqrt(component.iter().map(|v| v * v).sum::<f64>() / rows as f64);
        if length > 0.0 {
            for value in &mut component {
                *value /= length;
            }
        }
    }
}

/// The covariance of two variables' scores over the rows that have both.
fn covariance(a: &Variable, b: &Variable, coded: &[(Codec, Vec<u16>)]) -> f64 {
    let states = |v: &Variable| coded[v.latent.column as usize].1.iter().copied();
    let (mut n, mut sum_a, mut sum_b, mut product) = (0.0, 0.0, 0.0, 0.0);
    for (s, t) in states(a).zip(states(b)) {
        let (x, y) = (a.of_states[usize::from(s)], b.of_states[usize::from(t)]);
        if !x.is_nan() && !y.is_nan() {
            n += 1.0;
            sum_a += x;
            sum_b += y;
            product += x * y;
        }
    }
    // Whether a cell is missing tells nothing about the value it does not have.
    if n < 2.0 {
        0.0
    } else {
        (product - sum_a * sum_b / n) / n
    }
}

impl Model for CopulaModel {
    fn generator(&self) -> &'static str {
        "copula"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn generate(&self, ask: &Ask, units: Range<u64>, seed: &Seed, cx: &Context) -> Result<Table> {
        ask.only_conditions(self.generator())?;
        let seed = seed.derive("copula");
        let tests = tests(&self.schema, &ask.condition)?;
        let shares = shares(self.codecs.iter(), &tests, &self.schema)?;
        let plan = Plan::of(self, &shares)?;
        in_blocks(&self.schema, units, cx, |units| {
            let mut states: Vec<Vec<u16>> = self
                .codecs
                .iter()
                // Where nothing is drawn: the one state there is, or the one that is not "missing".
                .map(|codec| {
                    vec![u16::from(codec.has_missing() && codec.states() > 1); (units.end - units.start) as usize]
                })
                .collect();
            for (row, unit) in units.clone().enumerate() {
                let Some(positions) = plan.draw(unit, &seed) else {
                    return Err(too_unlikely(&ask.condition));
                };
                // Presence comes before the state of the same column in the list of latents.
                for (latent, &position) in self.latents.iter().zip(&positions) {
                    let cell = &mut states[latent.column as usize][row];
                    match latent.decides {
                        Decides::Presence => *cell = position,
                        Decides::State if *cell == 0 && self.has_presence(latent) => {}
                        Decides::State => *cell = latent.states[usize::from(position)],
                    }
                }
            }
            let columns = self.codecs.iter().zip(&states).zip(&self.schema.columns).enumerate();
            Ok(columns
                .map(|(index, ((codec, states), schema))| {
                    codec.decode(states, units.clone(), index as u32, &seed, &tests[index], schema)
                })
                .collect())
        })
    }

    fn save(&self) -> Result<Vec<u8>> {
        bytes(self)
    }

    fn summary(&self) -> Summary {
        Summary {
            generator: self.generator().to_owned(),
            rows: self.rows,
            columns: self.codecs.len(),
            log_likelihood: None,
            condition_on: Vec::new(),
            holds_rows: false,
            details: self
                .codecs
                .iter()
                .zip(&self.schema.columns)
                .map(|(codec, schema)| ColumnSummary {
                    name: schema.name.clone(),
                    states: codec.states(),
                    trees: 0,
                    log_likelihood: None,
                })
                .collect(),
        }
    }
}

impl CopulaModel {
    /// Whether another variable decides if the cell of `latent`'s column is there.
    fn has_presence(&self, latent: &Latent) -> bool {
        let codec = &self.codecs[latent.column as usize];
        codec.has_missing() && codec.is_ordered()
    }
}
