//! Drawing a block of rows, column by column, as particles: candidates of a row, each with a weight.
//!
//! Where something is asked of a column (a test, a bound, a given cell), its state is drawn from what is
//! open, and the particle's weight is multiplied by the probability of that: sequential importance
//! sampling with the chain's own density (Liu, "Monte Carlo Strategies in Scientific Computing", 2001,
//! chapter 3). After the last such column one particle of each row is chosen by weight and goes on alone.
//! Rows of which nothing is asked have one particle all along.

use super::ChainModel;
use super::bounds::RowBounds;
use super::column::Prefix;
use super::plan::{Plan, Stratum};
use super::shares::{Decisions, Open, Scratch, StateShares, log_sigmoid};
use super::weights::normalised;
use crate::codec::Draws;
use crate::partial::overlay;
use plenish_learn::math::sigmoid;
use plenish_table::{Column, Seed, Test};

/// More particles than this are not spent on a row.
pub(crate) const MOST_PARTICLES: usize = 2048;

/// A row whose particles are worth fewer than this is drawn again with more of them.
const FEWEST_EFFECTIVE: f64 = 3.0;

/// A block of units, all of one stratum.
pub(crate) struct Block<'a> {
    pub(crate) model: &'a ChainModel,
    pub(crate) plan: &'a Plan,
    pub(crate) stratum: &'a Stratum,
    pub(crate) units: &'a [u64],
    pub(crate) seed: Seed,
    /// How many times as many particles as planned.
    pub(crate) scale: usize,
}

/// The candidates of a block's rows, those of a row next to each other.
#[derive(Debug, Default)]
pub(crate) struct Particles {
    /// The row in the block.
    rows: Vec<u32>,
    /// The number within its row.
    numbers: Vec<u32>,
    /// Logarithms.
    pub(crate) weights: Vec<f64>,
    /// By how much more likely the tilt made them, as a logarithm.
    pub(crate) ratios: Vec<f64>,
    /// For each bound column, what is left to each particle.
    bounds: Vec<Vec<RowBounds>>,
    pub(crate) prefix: Prefix,
}

/// How the particles of one row are spent.
#[derive(Debug, Clone, Copy)]
struct RowPlan {
    particles: usize,
    /// How many of them are drawn without the tilt.
    untilted: usize,
    /// The place after which one is chosen.
    last: usize,
    /// The first place that is drawn: particles are spread evenly over it.
    first: usize,
}

/// A block that was drawn.
#[derive(Debug)]
pub(crate) struct Done {
    /// In the order of the schema.
    pub(crate) columns: Vec<Column>,
    /// Rows that nothing drawn satisfied.
    pub(crate) failed: Vec<u32>,
    /// Rows, those included, that deserve more particles.
    pub(crate) poor: Vec<u32>,
}

pub(crate) fn uniform(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

impl Block<'_> {
    /// Draws all columns.
    pub(crate) fn draw(&self) -> Done {
        let plans: Vec<RowPlan> = self.units.iter().map(|&unit| self.row_plan(unit)).collect();
        let mut particles = self.start(&plans);
        let seeds = self.seeds(&plans);
        let (mut poor, mut failed) = (Vec::new(), Vec::new());
        for place in 0..self.model.columns.len() {
            self.step(&mut particles, place, &plans, &seeds);
            if plans.iter().any(|plan| plan.particles > 1 && plan.last == place) {
                self.choose(&mut particles, place, &plans, &mut poor);
            }
        }
        for (&row, &weight) in particles.rows.iter().zip(&particles.weights) {
            if weight == f64::NEG_INFINITY {
                failed.push(row);
                poor.push(row);
            }
        }
        poor.sort_unstable();
        poor.dedup();
        let mut columns: Vec<Option<Column>> = vec![None; self.model.columns.len()];
        for (&index, cells) in self.model.order.iter().zip(particles.prefix.cells) {
            columns[index as usize] = Some(cells);
        }
        Done {
            columns: columns.into_iter().flatten().collect(),
            failed,
            poor,
        }
    }

    /// Draws `particles` candidates of one row as far as the place `last`, and does not choose.
    pub(crate) fn pilot(&self, particles: usize, untilted: usize, last: usize) -> Particles {
        let plans = [RowPlan {
            particles,
            untilted,
            last,
            first: 0,
        }];
        let mut candidates = self.start(&plans);
        let seeds = self.seeds(&plans);
        for place in 0..=last {
            self.step(&mut candidates, place, &plans, &seeds);
        }
        candidates
    }

    fn row_plan(&self, unit: u64) -> RowPlan {
        let stratum = self.stratum;
        let mut plan = RowPlan {
            particles: stratum.particles,
            untilted: stratum.untilted,
            last: stratum.last.unwrap_or(0),
            first: 0,
        };
        if let Some(given) = &self.plan.given {
            let is_given = |place: usize| given.cell(place, unit).is_some();
            let places = self.model.columns.len();
            let last = (0..places).rev().find(|&p| is_given(p)).max(stratum.last);
            let first = (0..places).find(|&p| !is_given(p));
            if let (Some(last), Some(first)) = (last, first)
                && first < last
            {
                plan.last = last;
                plan.first = first;
            } else {
                plan.particles = 1;
                plan.last = last.unwrap_or(0);
            }
        }
        // Rows that bounds left without room are tried again: the last bound column then decides.
        if self.scale > 1
            && let Some(last) = self.model.bounds.last()
        {
            plan.last = plan.last.max(last);
        }
        plan.particles = (plan.particles * self.scale).min(MOST_PARTICLES);
        plan.untilted = (plan.untilted * self.scale).min(plan.particles);
        plan
    }

    fn seeds(&self, plans: &[RowPlan]) -> Vec<Seed> {
        let most = plans.iter().map(|p| p.particles).max().unwrap_or(1);
        let others = self.seed.derive("particles");
        std::iter::once(self.seed)
            .chain((1..most as u64).map(|number| others.child(number)))
            .collect()
    }

    fn start(&self, plans: &[RowPlan]) -> Particles {
        let total = plans.iter().map(|p| p.particles).sum();
        let mut out = Particles {
            rows: Vec::with_capacity(total),
            numbers: Vec::with_capacity(total),
            weights: vec![0.0; total],
            ratios: vec![0.0; total],
            bounds: vec![Vec::with_capacity(total); self.stratum.bounds.len()],
            prefix: Prefix::default(),
        };
        for (row, plan) in plans.iter().enumerate() {
            for number in 0..plan.particles {
                out.rows.push(row as u32);
                out.numbers.push(number as u32);
            }
            if !out.bounds.is_empty() {
                // Contradictions were found when the ask was prepared.
                let bounds = self.plan.bounds_of(self.model, self.stratum, self.units[row]).0;
                for (slot, bound) in out.bounds.iter_mut().zip(bounds) {
                    slot.extend(std::iter::repeat_n(bound, plan.particles));
                }
            }
        }
        out
    }

    /// Draws the column at `place` for every particle.
    fn step(&self, particles: &mut Particles, place: usize, plans: &[RowPlan], seeds: &[Seed]) {
        let column = &self.model.columns[place];
        let schema = self.model.column_schema(place);
        let tests: Vec<&Test> = self.stratum.tests[place].iter().collect();
        let address = place as u32 + 1;
        let count = particles.rows.len();
        let units: Vec<u64> = particles.rows.iter().map(|&row| self.units[row as usize]).collect();
        let (mut uniforms, mut bits) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for (&unit, &number) in units.iter().zip(&particles.numbers) {
            let pair = seeds[number as usize].pair(unit, address);
            uniforms.push(uniform(pair.0));
            bits.push(pair.1);
        }
        if count > plans.len() {
            spread(particles, place, plans, &mut uniforms);
        }
        let slot = self.model.bounds.slot(place);
        let rooms: Option<Vec<(f64, f64)>> =
            slot.map(|slot| particles.bounds[slot].iter().map(RowBounds::room).collect());
        let given = self.plan.given.as_ref().and_then(|given| given.column(place));
        let states = if place < self.stratum.head.columns {
            units
                .iter()
                .map(|&unit| self.stratum.head.draw(uniform(self.seed.pair(unit, 0).0))[place])
                .collect()
        } else if self.stratum.shares[place].is_some() {
            self.draw_some(particles, place, plans, &tests, rooms.as_deref(), &uniforms)
        } else {
            self.draw_free(particles, place, plans, &mut uniforms)
        };
        let draws = Draws {
            units: &units,
            bits: &bits,
            key: &self.seed.child(u64::from(address)),
        };
        let mut cells = column.decode(&particles.prefix, &states, draws, &tests, rooms.as_deref(), schema);
        if let Some(given) = given {
            cells = overlay(cells, given, &units);
        }
        if let Some(slot) = slot {
            self.bind(particles, slot, &cells);
        }
        particles.prefix.push(column, states, cells);
    }

    /// A state for every particle of a column of which nothing is asked.
    fn draw_free(&self, particles: &mut Particles, place: usize, plans: &[RowPlan], uniforms: &mut [f64]) -> Vec<u16> {
        let sampler = &self.model.samplers()[place];
        let slope = self.plan.slope;
        let Particles {
            rows,
            numbers,
            ratios,
            prefix,
            ..
        } = particles;
        let tilt = self.stratum.tilt.get(place).filter(|tilt| !tilt.is_empty());
        let untilted = |row: usize| (numbers[row] as usize) < plans[rows[row] as usize].untilted;
        let mut plain = Vec::new();
        sampler.descend(
            &prefix.features,
            uniforms.len(),
            |node, at: &[u32], margins: &mut [f32], right: &mut [bool]| {
                for margin in &mut *margins {
                    *margin *= slope;
                }
                if let Some(tilt) = tilt {
                    plain.clear();
                    plain.extend_from_slice(margins);
                    for (margin, &row) in margins.iter_mut().zip(at) {
                        if !untilted(row as usize) {
                            *margin += tilt[node];
                        }
                    }
                }
                for margin in &mut *margins {
                    *margin = sigmoid(*margin);
                }
                for ((&row, &p), right) in at.iter().zip(&*margins).zip(&mut *right) {
                    *right = turn(&mut uniforms[row as usize], p);
                }
                if let Some(tilt) = tilt {
                    for ((&row, &plain), &right) in at.iter().zip(&plain).zip(&*right) {
                        let sign = if right { 1.0 } else { -1.0 };
                        ratios[row as usize] += log_sigmoid(sign * (plain + tilt[node])) - log_sigmoid(sign * plain);
                    }
                }
            },
        )
    }

    /// A state for every particle of a column that has tests, bounds or given cells.
    fn draw_some(
        &self,
        particles: &mut Particles,
        place: usize,
        plans: &[RowPlan],
        tests: &[&Test],
        rooms: Option<&[(f64, f64)]>,
        uniforms: &[f64],
    ) -> Vec<u16> {
        let model = self.model;
        let (column, sampler) = (&model.columns[place], &model.samplers()[place]);
        let kind = model.column_schema(place).kind;
        let given = self.plan.given.as_ref().and_then(|g| g.column(place));
        let encoded = given.map(|cells| {
            let rows: Vec<u32> = particles.rows.iter().map(|&r| self.units[r as usize] as u32).collect();
            let cells = cells.take(&rows);
            (column.encode(&particles.prefix, &cells), cells)
        });
        let weighted = plans.iter().any(|plan| plan.particles > 1);
        let all_given = encoded.as_ref().is_some_and(|e| e.1.missing_count() == 0);
        let width = sampler.width();
        let leaves = if all_given && !weighted {
            Vec::new()
        } else {
            sampler.leaves(&particles.prefix.features, uniforms.len())
        };
        let mut scratch = Scratch::default();
        let mut states = Vec::with_capacity(uniforms.len());
        for (i, &u) in uniforms.iter().enumerate() {
            let plan = &plans[particles.rows[i] as usize];
            let tilt = self.stratum.tilt.get(place).filter(|t| !t.is_empty());
            let decisions = Decisions {
                sampler,
                leaves: leaves.get(i * width..(i + 1) * width).unwrap_or_default(),
                slope: self.plan.slope,
                tilt: tilt.map(Vec::as_slice),
                untilted: (particles.numbers[i] as usize) < plan.untilted,
            };
            if let Some((states_given, cells)) = &encoded
                && !cells.is_missing(i)
            {
                let state = states_given[i];
                if plan.particles > 1 {
                    let path = &model.paths()[place][usize::from(state)];
                    particles.weights[i] += decisions.log_probability(path);
                    if !column.is_absolute() {
                        let inside = column.inside(&particles.prefix, cells, i, state);
                        particles.weights[i] += libm::log(inside.max(f64::MIN_POSITIVE));
                    }
                }
                states.push(state);
                continue;
            }
            let own = (!column.is_absolute()).then(|| {
                let shares = column.shares(&particles.prefix, i, tests, rooms.map(|rooms| rooms[i]), kind);
                StateShares::of(&column.model.codes, shares)
            });
            let open = own.as_ref().or(self.stratum.shares[place].as_ref()).map(|shares| Open {
                shares,
                window: rooms.and_then(|rooms| column.window(&particles.prefix, i, tests, rooms[i], kind)),
            });
            let drawn = open.and_then(|open| decisions.draw_open(&open, u, &mut scratch));
            if let Some(drawn) = drawn {
                if self.stratum.weighs[place] {
                    particles.weights[i] += drawn.open;
                }
                particles.ratios[i] += drawn.ratio;
                states.push(drawn.state);
            } else {
                particles.weights[i] = f64::NEG_INFINITY;
                states.push(0);
            }
        }
        states
    }

    /// Takes the cells just drawn into the bounds of the columns to come.
    fn bind(&self, particles: &mut Particles, slot: usize, cells: &Column) {
        let mut row: Vec<RowBounds> = Vec::with_capacity(particles.bounds.len());
        for i in 0..cells.len() {
            row.clear();
            row.extend(particles.bounds.iter().map(|slot| slot[i]));
            row[slot] = RowBounds::of(cells.number(i));
            if self.model.bounds.settle(&mut row).is_err() {
                particles.weights[i] = f64::NEG_INFINITY;
            }
            for (slot, bound) in particles.bounds.iter_mut().zip(&row) {
                slot[i] = *bound;
            }
        }
    }

    /// Keeps one particle of every row that has seen its last question.
    fn choose(&self, particles: &mut Particles, place: usize, plans: &[RowPlan], poor: &mut Vec<u32>) {
        let choices = self.seed.derive("choice");
        let mut keep: Vec<u32> = Vec::with_capacity(particles.rows.len());
        let mut start = 0;
        while start < particles.rows.len() {
            let row = particles.rows[start];
            let same = particles.rows[start..].iter().take_while(|&&r| r == row).count();
            let end = start + same;
            let plan = &plans[row as usize];
            if plan.last != place || same == 1 {
                keep.extend(start as u32..end as u32);
            } else {
                let share = plan.untilted as f64 / plan.particles as f64;
                let weights = normalised(&particles.weights[start..end], &particles.ratios[start..end], share);
                if weights.effective < FEWEST_EFFECTIVE {
                    poor.push(row);
                }
                let unit = self.units[row as usize];
                let at = weights.choose(uniform(choices.pair(unit, 0).0));
                keep.push((start + at) as u32);
            }
            start = end;
        }
        particles.keep(&keep);
    }
}

impl Particles {
    fn keep(&mut self, kept: &[u32]) {
        fn pick<T: Copy>(values: &mut Vec<T>, kept: &[u32]) {
            *values = kept.iter().map(|&i| values[i as usize]).collect();
        }
        pick(&mut self.rows, kept);
        pick(&mut self.numbers, kept);
        pick(&mut self.weights, kept);
        pick(&mut self.ratios, kept);
        self.bounds.iter_mut().for_each(|slot| pick(slot, kept));
        self.prefix.keep(kept);
    }
}

/// Whether a decision with probability `p` goes to the right. What is left of the uniform afterwards is
/// a uniform again.
fn turn(u: &mut f64, p: f32) -> bool {
    let p = f64::from(p);
    let right = *u < p;
    // Either turn is as likely as the other: choosing numbers costs less than guessing the way.
    let (above, share) = if right { (*u, p) } else { (*u - p, 1.0 - p) };
    *u = (above / share).min(1.0 - f64::EPSILON);
    right
}

/// Spreads the particles of each row evenly over the first column that is drawn for it.
fn spread(particles: &Particles, place: usize, plans: &[RowPlan], uniforms: &mut [f64]) {
    let mut shift = 0.0;
    for (i, (&row, &number)) in particles.rows.iter().zip(&particles.numbers).enumerate() {
        let plan = &plans[row as usize];
        if plan.first != place || plan.particles == 1 {
            continue;
        }
        let number = number as usize;
        if number == 0 {
            shift = uniforms[i];
        }
        let (rank, size) = if number < plan.untilted {
            (number, plan.untilted)
        } else {
            (number - plan.untilted, plan.particles - plan.untilted)
        };
        uniforms[i] = ((rank as f64 + shift) / size as f64).min(1.0 - f64::EPSILON);
    }
}
