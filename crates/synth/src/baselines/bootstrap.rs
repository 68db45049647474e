//! Bootstrap with perturbation: a real row is drawn, ordered cells are jittered by a smoothed
//! bootstrap, categories are switched now and then.
//!
//! The smoothing follows Silverman and Young ("The bootstrap: to smooth or not to smooth?",
//! Biometrika 1987): a Gaussian kernel, shrunk so that variances stay. It works on the normal scores
//! of a column's states, so that one bandwidth suits every column and a heavy value stays where it is.

use super::{bytes, code, in_blocks, nothing_satisfies, shares, tests, uniform, warn_of_rows};
use crate::codec::Codec;
use crate::model_file::damaged;
use crate::{Ask, ColumnSummary, Generator, Model, Settings, Summary};
use plenish_learn::math::{normal_cdf, normal_quantile};
use plenish_table::{ColumnType, Context, Result, Schema, Seed, Table};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// The chance that a category is drawn anew.
const SWITCH: f64 = 0.1;

/// Codes that the states of a partner are coarsened to when it is ordered.
const PARTNER_CODES: usize = 16;

/// Rows that suffice to tell which column a category hangs on most.
const PARTNER_ROWS: usize = 20_000;

/// A kernel's tail below this is cut off.
const NEGLIGIBLE: f64 = 1e-6;

/// The generator of perturbed real rows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bootstrap;

#[derive(Debug, Serialize, Deserialize)]
struct BootstrapModel {
    schema: Arc<Schema>,
    rows: usize,
    columns: Vec<Perturbed>,
    #[serde(skip)]
    kernels: OnceLock<Vec<Kernel>>,
}

/// A column of real cells and how they are perturbed.
#[derive(Debug, Serialize, Deserialize)]
struct Perturbed {
    codec: Codec,
    /// The state of each training row.
    states: Vec<u16>,
    /// For categories: the column that tells most about this one.
    partner: Option<u32>,
}

/// Where a cell goes: for each code of what decides it, states and the mass up to and including
/// each.
#[derive(Debug)]
enum Kernel {
    /// By its own state alone.
    Smooth(Vec<Spread>),
    /// It stays, or is drawn given the partner's code; the code of each of the partner's states.
    Switch { given: Vec<Spread>, codes: Vec<u16> },
}

type Spread = Vec<(u16, f64)>;

impl Generator for Bootstrap {
    fn name(&self) -> &'static str {
        "bootstrap"
    }

    fn describe(&self) -> &'static str {
        "real rows drawn again with small changes: faithful, and it leaks training rows"
    }

    fn fit(&self, data: &Table, settings: &Settings, _seed: &Seed, cx: &Context) -> Result<Box<dyn Model>> {
        let coded = code(data, settings, self.name(), cx)?;
        warn_of_rows(self.name(), cx);
        let schema = data.shared_schema();
        let partners: Vec<Option<u32>> = (0..coded.len())
            .into_par_iter()
            .map(|index| {
                let switched = !is_smoothed(&coded[index].0, schema.columns[index].kind);
                if switched { partner(index, &coded) } else { None }
            })
            .collect();
        let columns = coded
            .into_iter()
            .zip(partners)
            .map(|((codec, states), partner)| Perturbed { codec, states, partner })
            .collect();
        Ok(Box::new(BootstrapModel {
            schema,
            rows: data.rows(),
            columns,
            kernels: OnceLock::new(),
        }))
    }

    fn open(&self, bytes: &[u8]) -> Result<Box<dyn Model>> {
        let model: BootstrapModel = postcard::from_bytes(bytes).map_err(|_| damaged())?;
        let width = model.schema.columns.len();
        let sound = model.columns.len() == width
            && model.rows > 0
            && model.columns.iter().all(|c| {
                c.codec.is_sound()
                    && c.states.len() == model.rows
                    && c.states.iter().all(|&s| usize::from(s) < c.codec.states())
                    && c.partner.is_none_or(|p| (p as usize) < width)
            });
        if sound { Ok(Box::new(model)) } else { Err(damaged()) }
    }
}

/// Whether cells are jittered; otherwise they are switched.
fn is_smoothed(codec: &Codec, kind: ColumnType) -> bool {
    codec.is_ordered() && kind != ColumnType::Boolean
}

/// A code for every state: its own for categories, one of a few of about equal mass where ordered.
fn coarse(codec: &Codec) -> Vec<u16> {
    if !codec.is_ordered() {
        return (0..codec.states() as u16).collect();
    }
    let total: f64 = codec.counts().iter().map(|&c| f64::from(c)).sum();
    let mut before = 0.0;
    codec
        .counts()
        .iter()
        .enumerate()
        .map(|(state, &count)| {
            let middle = (before + f64::from(count) / 2.0) / total.max(1.0);
            before += f64::from(count);
            if codec.has_missing() && state == 0 {
                0
            } else {
                1 + (middle * PARTNER_CODES as f64) as u16
            }
        })
        .collect()
}

/// The column with the most mutual information about column `index`, corrected for the cells of the
/// table of counts (Miller and Madow 1955); none if no column tells anything.
fn partner(index: usize, coded: &[(Codec, Vec<u16>)]) -> Option<u32> {
    let (codec, states) = &coded[index];
    let step = states.len().div_ceil(PARTNER_ROWS);
    let own = codec.states();
    let mut best: Option<(u32, f64)> = None;
    for (other, (other_codec, other_states)) in coded.iter().enumerate() {
        let codes = coarse(other_codec);
        let width = usize::from(codes.iter().copied().max().unwrap_or(0)) + 1;
        if other == index || own < 2 || width < 2 {
            continue;
        }
        let mut counts = vec![0_u32; own * width];
        let (mut left, mut right) = (vec![0_u32; own], vec![0_u32; width]);
        let mut total = 0.0;
        for (&s, &t) in states.iter().zip(other_states).step_by(step) {
            let (s, t) = (usize::from(s), usize::from(codes[usize::from(t)]));
            counts[s * width + t] += 1;
            left[s] += 1;
            right[t] += 1;
            total += 1.0;
        }
        let mut information = 0.0;
        for (cell, &count) in counts.iter().enumerate().filter(|c| *c.1 > 0) {
            let expected = f64::from(left[cell / width]) * f64::from(right[cell % width]) / total;
            information += f64::from(count) / total * libm::log(f64::from(count) / expected);
        }
        let seen = |counts: &[u32]| counts.iter().filter(|&&c| c > 0).count() as f64;
        information -= (seen(&left) - 1.0) * (seen(&right) - 1.0) / (2.0 * total);
        if information > best.map_or(0.0, |b| b.1) {
            best = Some((other as u32, information));
        }
    }
    best.map(|b| b.0)
}

/// The kernel of an ordered column over its states.
fn smooth(codec: &Codec, rows: usize) -> Vec<Spread> {
    let counts = codec.counts();
    let first = usize::from(codec.has_missing());
    let total: f64 = counts[first..].iter().map(|&c| f64::from(c)).sum();
    // Silverman's rule of thumb for one dimension of unit variance (1986, eq. 3.28).
    let h = 1.06 * libm::pow((rows as f64).max(1.0), -0.2);
    let shrink = libm::sqrt(1.0 + h * h);
    let mut edges = vec![f64::NEG_INFINITY];
    let mut centres = Vec::new();
    let mut mass = 0.0;
    for &count in &counts[first..] {
        centres.push(normal_quantile((mass + f64::from(count) / 2.0) / total));
        mass += f64::from(count);
        edges.push(normal_quantile(mass / total));
    }
    let mut spreads: Vec<Spread> = Vec::with_capacity(counts.len());
    if first == 1 {
        spreads.push(vec![(0, 1.0)]);
    }
    for &centre in &centres {
        let below = |edge: f64| normal_cdf((edge * shrink - centre) / h);
        let mut spread = Vec::new();
        let mut mass = 0.0;
        for (state, edge) in edges.windows(2).enumerate() {
            let share = below(edge[1]) - below(edge[0]);
            if share > NEGLIGIBLE {
                mass += share;
                spread.push(((state + first) as u16, mass));
            }
        }
        spreads.push(spread);
    }
    spreads
}

/// The states of a column given each code of its partner.
fn given(states: &[u16], own: usize, partner: &[u16], codes: &[u16]) -> Vec<Spread> {
    let width = usize::from(codes.iter().copied().max().unwrap_or(0)) + 1;
    let mut counts = vec![std::collections::BTreeMap::<u16, u32>::new(); width];
    for (&s, &t) in states.iter().zip(partner) {
        debug_assert!(usize::from(s) < own);
        *counts[usize::from(codes[usize::from(t)])].entry(s).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|counts| {
            let mut mass = 0.0;
            counts
                .into_iter()
                .map(|(state, count)| {
                    mass += f64::from(count);
                    (state, mass)
                })
                .collect()
        })
        .collect()
}

/// The mass of `spread` that `shares` leave, as a part of the whole.
fn left(spread: &Spread, shares: &[f64]) -> f64 {
    let mut before = 0.0;
    let mut sum = 0.0;
    for &(state, mass) in spread {
        sum += (mass - before) * shares[usize::from(state)];
        before = mass;
    }
    if before > 0.0 { sum / before } else { 0.0 }
}

/// The state at probability `u` of the mass that `shares`, if there are any, leave.
fn pick(spread: &Spread, shares: Option<&[f64]>, u: f64) -> Option<u16> {
    let Some(shares) = shares else {
        let at = u * spread.last()?.1;
        let index = spread.partition_point(|s| s.1 <= at).min(spread.len() - 1);
        return Some(spread[index].0);
    };
    let mut at = u * left(spread, shares) * spread.last()?.1;
    let mut before = 0.0;
    let mut chosen = None;
    for &(state, mass) in spread {
        let part = (mass - before) * shares[usize::from(state)];
        before = mass;
        if part > 0.0 {
            chosen = Some(state);
            if at < part {
                break;
            }
            at -= part;
        }
    }
    chosen
}

impl BootstrapModel {
    fn kernels(&self) -> &[Kernel] {
        self.kernels.get_or_init(|| {
            self.columns
                .par_iter()
                .zip(&self.schema.columns)
                .map(|(column, schema)| {
                    if is_smoothed(&column.codec, schema.kind) {
                        return Kernel::Smooth(smooth(&column.codec, self.rows));
                    }
                    let partner = column.partner.map(|p| &self.columns[p as usize]);
                    let codes = partner.map_or_else(|| vec![0; column.codec.states()], |p| coarse(&p.codec));
                    let states = partner.map_or(&column.states, |p| &p.states);
                    Kernel::Switch {
                        given: given(&column.states, column.codec.states(), states, &codes),
                        codes,
                    }
                })
                .collect()
        })
    }

    /// The state and the partner's code of a training row in a column.
    fn cell(&self, index: usize, row: usize, codes: &[u16]) -> (u16, usize) {
        let column = &self.columns[index];
        let partner = column.partner.map_or(column, |p| &self.columns[p as usize]);
        (column.states[row], usize::from(codes[usize::from(partner.states[row])]))
    }

    /// For every training row, the chance that it satisfies what `shares` ask after perturbation,
    /// summed up to and including it.
    fn masses(&self, shares: &[Option<Vec<f64>>]) -> Vec<f64> {
        let mut chances = vec![1.0; self.rows];
        for (index, shares) in shares.iter().enumerate() {
            let Some(shares) = shares else { continue };
            match &self.kernels()[index] {
                Kernel::Smooth(spreads) => {
                    let left: Vec<f64> = spreads.iter().map(|spread| left(spread, shares)).collect();
                    for (chance, &state) in chances.iter_mut().zip(&self.columns[index].states) {
                        *chance *= left[usize::from(state)];
                    }
                }
                Kernel::Switch { given, codes } => {
                    let left: Vec<f64> = given.iter().map(|spread| left(spread, shares)).collect();
                    for (row, chance) in chances.iter_mut().enumerate() {
                        let (state, code) = self.cell(index, row, codes);
                        *chance *= (1.0 - SWITCH) * shares[usize::from(state)] + SWITCH * left[code];
                    }
                }
            }
        }
        let mut mass = 0.0;
        for chance in &mut chances {
            mass += *chance;
            *chance = mass;
        }
        chances
    }

    /// The perturbed state of a training row in a column; `u` in [0, 1) decides.
    fn perturb(&self, index: usize, row: usize, shares: Option<&[f64]>, u: f64) -> u16 {
        match &self.kernels()[index] {
            Kernel::Smooth(spreads) => {
                let state = self.columns[index].states[row];
                pick(&spreads[usize::from(state)], shares, u).unwrap_or(state)
            }
            Kernel::Switch { given, codes } => {
                let (state, code) = self.cell(index, row, codes);
                let stays = (1.0 - SWITCH) * shares.map_or(1.0, |s| s[usize::from(state)]);
                let goes = SWITCH * shares.map_or(1.0, |s| left(&given[code], s));
                let at = u * (stays + goes);
                if at < stays {
                    state
                } else {
                    pick(&given[code], shares, ((at - stays) / goes).min(1.0 - f64::EPSILON)).unwrap_or(state)
                }
            }
        }
    }
}

impl Model for BootstrapModel {
    fn generator(&self) -> &'static str {
        "bootstrap"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn generate(&self, ask: &Ask, units: Range<u64>, seed: &Seed, cx: &Context) -> Result<Table> {
        ask.only_conditions(self.generator())?;
        let seed = seed.derive("bootstrap");
        let tests = tests(&self.schema, &ask.condition)?;
        let shares = shares(self.columns.iter().map(|c| &c.codec), &tests, &self.schema)?;
        let masses = self.masses(&shares);
        let total = masses.last().copied().unwrap_or(0.0);
        if total <= 0.0 {
            return Err(nothing_satisfies(&ask.condition));
        }
        in_blocks(&self.schema, units, cx, |units| {
            let rows: Vec<usize> = units
                .clone()
                .map(|unit| {
                    let at = uniform(seed.pair(unit, 0).0) * total;
                    masses.partition_point(|&m| m <= at).min(self.rows - 1)
                })
                .collect();
            let columns = self.columns.iter().enumerate().map(|(index, column)| {
                let address = index as u32 + 1;
                let states: Vec<u16> = units
                    .clone()
                    .zip(&rows)
                    .map(|(unit, &row)| {
                        let u = uniform(seed.pair(unit, address).0);
                        self.perturb(index, row, shares[index].as_deref(), u)
                    })
                    .collect();
                let schema = &self.schema.columns[index];
                column
                    .codec
                    .decode(&states, units.clone(), address, &seed, &tests[index], schema)
            });
            Ok(columns.collect())
        })
    }

    fn save(&self) -> Result<Vec<u8>> {
        bytes(self)
    }

    fn summary(&self) -> Summary {
        let name = |c: &plenish_table::ColumnSchema| c.name.clone();
        Summary {
            generator: self.generator().to_owned(),
            rows: self.rows,
            columns: self.columns.len(),
            log_likelihood: None,
            condition_on: self.schema.columns.iter().map(name).collect(),
            holds_rows: true,
            details: self
                .columns
                .iter()
                .zip(&self.schema.columns)
                .map(|(column, schema)| ColumnSummary {
                    name: schema.name.clone(),
                    states: column.codec.states(),
                    trees: 0,
                    log_likelihood: None,
                })
                .collect(),
        }
    }
}
