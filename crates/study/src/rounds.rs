//! The loop that errors drive: find where a model fails, make rows for it, keep what helps.
//!
//! The training rows are divided: the generator and the model learn from three quarters, and the last quarter says
//! whether rows help. The locked test has no part in it.

use crate::Study;
use crate::input::Real;
use crate::planning::PlanRecipe;
use plenish_gaps::{FailingSettings, FailingSlice, GapKind, SliceSettings, failing};
use plenish_learn::target::{Goal, features};
use plenish_learn::{Examples, Learner, Task};
use plenish_plan::{MakeSettings, Plan, PlanLine, Pool, Trial, make_rows};
use plenish_synth::{Model, Preset, Settings, generator};
use plenish_table::{Context, Error, Result, Seed, Table};

/// The share of the training rows that slices are found in.
const FITTED: f64 = 0.75;
/// Slices that are tried in a round.
const TRIED: usize = 5;
/// Slices that are looked at to find those.
const LISTED: usize = 20;
/// Rows kept aside that a slice has at least, to be judged.
const MIN_JUDGED: usize = 30;
/// A slice with a larger share of the rows is most of the table.
const PART: f64 = 0.5;
/// Standard errors by which a slice has to improve: one time in twenty chance does as well.
const HELPS: f64 = 1.645;
/// Standard errors by which all rows together may seem worse.
const HARMS: f64 = 1.0;
/// Folds that errors are predicted in.
const FOLDS: usize = 4;
/// `SliceLine`'s weight of error against size (Sagadeeva and Boehm, SIGMOD 2021, section 5).
const ALPHA: f64 = 0.95;
/// A probability is never taken for smaller.
const LEAST_PROBABILITY: f64 = 1e-6;

/// What the rounds keep, as a plan for all training rows, and what they tried. Where nothing helps, the slice whose
/// rows harm least is planned all the same: the experiment then says what comes of it.
pub(crate) fn rounds(
    study: &Study,
    recipe: &PlanRecipe,
    real: &Real,
    seed: &Seed,
    cx: &Context,
) -> Result<(Plan, Vec<Trial>)> {
    let seed = seed.derive("rounds");
    let goal = Goal::new(&real.train, &real.train, &study.target)?;
    let by = (goal.task != Task::Regression).then_some(goal.index);
    let (fitted, aside) = real.train.split(FITTED, by, &seed);
    let known = |table: &Table| {
        let (rows, target) = goal.rows(table);
        (table.take(&rows), target)
    };
    let (fitted, aside) = (known(&fitted), known(&aside));
    let settings = Settings {
        preset: Preset::of(&study.generator.preset)?,
        condition_on: study.generator.condition_on.clone(),
        constraints: study.constraints(real.train.schema())?,
        ..Settings::default()
    };
    let model = generator(&study.generator.name)?.fit(&fitted.0, &settings, &seed, cx)?;
    let pool = Pool::new(model.as_ref(), fitted.0.rows(), &seed, cx)?;
    let mut rounds = Rounds {
        goal: &goal,
        columns: features(&fitted.0, goal.index)?,
        fitted: &fitted,
        aside: &aside,
        model: model.as_ref(),
        pool: &pool,
        make: recipe.making(),
        slice_rows: study.plan.slice_rows,
        kept: fitted.0.take(&[]),
        before: Vec::new(),
        plan: Plan::default(),
        trials: Vec::new(),
        seed,
    };
    rounds.before = rounds.losses(&rounds.kept)?;
    let count = study.plan.rounds as usize;
    let mut least: Option<(f64, PlanLine)> = None;
    cx.step("trying rows for failing slices", (count * TRIED) as u64, || {
        for round in 1..=count {
            cx.check()?;
            rounds.round(round, &mut least, cx)?;
        }
        Ok(())
    })?;
    let Rounds { mut plan, trials, .. } = rounds;
    if plan.lines.is_empty() {
        let Some((_, line)) = least else {
            return Err(Error::data("no slice of the rows fails enough to be tried")
                .help("leave `rounds` out of [plan]; `plenish profile --gaps` shows what there is"));
        };
        plan.lines.push(line);
        plan.notes.push(
            "no rows helped on the rows kept aside; those that harmed least are tried all the same, so that the experiment can tell"
                .to_owned(),
        );
    }
    // As many for each row as there were.
    let share = real.train.rows() as f64 / fitted.0.rows().max(1) as f64;
    Ok((plan.scaled(share), trials))
}

struct Rounds<'a> {
    goal: &'a Goal,
    columns: Vec<usize>,
    fitted: &'a (Table, Vec<f64>),
    aside: &'a (Table, Vec<f64>),
    model: &'a dyn Model,
    pool: &'a Pool,
    make: MakeSettings,
    slice_rows: f64,
    /// Synthetic rows that are kept so far.
    kept: Table,
    /// The loss of each row kept aside with them.
    before: Vec<f64>,
    plan: Plan,
    trials: Vec<Trial>,
    seed: Seed,
}

impl Rounds<'_> {
    fn round(&mut self, round: usize, least: &mut Option<(f64, PlanLine)>, cx: &Context) -> Result<()> {
        let slices = self.slices(round, cx)?;
        for (place, slice) in slices.into_iter().enumerate() {
            cx.check()?;
            let line = PlanLine {
                gap: GapKind::Slice,
                have: slice.rows,
                rows: ((slice.rows as f64 * self.slice_rows).round() as u64).max(1),
                reason: format!(
                    "a model's error is {:.3} here and {:.3} elsewhere",
                    slice.confirming_error, slice.rest_error
                ),
                effect: "lowers the error there".to_owned(),
                borrowed: None,
                region: slice.region,
            };
            let alone = Plan {
                lines: vec![line.clone()],
                ..Plan::default()
            };
            let seed = self.seed.child(round as u64).child(place as u64);
            let silent = Context::silent();
            let made = make_rows(
                &alone,
                self.model,
                Some(self.pool),
                &self.fitted.0,
                &self.make,
                &seed,
                &silent,
            )?;
            let mut with = self.kept.clone();
            with.append(&made.table)?;
            let after = self.losses(&with)?;
            let (trial, harm) = self.judge(round, &line, &after)?;
            if trial.kept {
                self.kept = with;
                self.before = after;
                self.plan.lines.push(line);
            } else if least.as_ref().is_none_or(|(known, _)| harm < *known) {
                *least = Some((harm, line));
            }
            self.trials.push(trial);
            cx.advance(1);
        }
        Ok(())
    }

    /// The slices of the fitted rows that fail most and were not tried.
    fn slices(&self, round: usize, cx: &Context) -> Result<Vec<FailingSlice>> {
        let errors = self.unseen_losses(round)?;
        let rows = errors.len();
        let settings = FailingSettings {
            slices: SliceSettings {
                alpha: ALPHA,
                support: (rows / 100).max(32),
                top: LISTED,
                levels: 3,
            },
            false_discovery: 0.05,
        };
        let seed = self.seed.derive("slices").child(round as u64);
        let found = failing(&self.fitted.0, &self.columns, &errors, &settings, &seed, cx)?;
        let mut out = Vec::new();
        for slice in found {
            let judged = slice.region.condition.mask(&self.aside.0)?;
            let enough = judged.iter().filter(|own| **own).count() >= MIN_JUDGED;
            let tried = self.trials.iter().any(|trial| trial.region == slice.region.text);
            if enough && !tried && slice.rows as f64 <= PART * rows as f64 && out.len() < TRIED {
                out.push(slice);
            }
        }
        Ok(out)
    }

    /// What a line's rows did to the rows kept aside, and by how many standard errors all of these got worse.
    fn judge(&self, round: usize, line: &PlanLine, after: &[f64]) -> Result<(Trial, f64)> {
        let mask = line.region.condition.mask(&self.aside.0)?;
        let changes: Vec<f64> = after.iter().zip(&self.before).map(|(a, b)| a - b).collect();
        let own: Vec<usize> = (0..mask.len()).filter(|&row| mask[row]).collect();
        let inside: Vec<f64> = own.iter().map(|&row| changes[row]).collect();
        let (change, error) = mean(&inside);
        let (overall, overall_error) = mean(&changes);
        let harm = overall / overall_error.max(f64::MIN_POSITIVE);
        let before = own.iter().map(|&row| self.before[row]).sum::<f64>() / own.len().max(1) as f64;
        let trial = Trial {
            round,
            region: line.region.text.clone(),
            rows: line.rows as usize,
            judged: own.len(),
            before,
            after: before + change,
            error,
            overall,
            kept: change < -HELPS * error && harm <= HARMS,
        };
        Ok((trial, harm))
    }

    /// The loss of each row kept aside by a model of the fitted rows and `added`.
    fn losses(&self, added: &Table) -> Result<Vec<f64>> {
        let all: Vec<u32> = (0..self.fitted.1.len() as u32).collect();
        self.predict(&all, added, &self.aside.0, &self.aside.1, &self.seed.derive("model"))
    }

    /// The loss of each fitted row by a model that did not see it.
    fn unseen_losses(&self, round: usize) -> Result<Vec<f64>> {
        let seed = self.seed.derive("unseen").child(round as u64);
        let mut order: Vec<u32> = (0..self.fitted.1.len() as u32).collect();
        seed.stream(0, 0).shuffle(&mut order);
        let mut losses = vec![0.0; order.len()];
        for fold in 0..FOLDS {
            let part = |own: bool| -> Vec<u32> {
                let places = order.iter().enumerate();
                let mut rows: Vec<u32> = places
                    .filter(|(place, _)| (place % FOLDS == fold) == own)
                    .map(|(_, &row)| row)
                    .collect();
                rows.sort_unstable();
                rows
            };
            let (own, others) = (part(true), part(false));
            let target: Vec<f64> = own.iter().map(|&row| self.fitted.1[row as usize]).collect();
            let found = self.predict(&others, &self.kept, &self.fitted.0.take(&own), &target, &seed)?;
            for (&row, loss) in own.iter().zip(found) {
                losses[row as usize] = loss;
            }
        }
        Ok(losses)
    }

    /// The losses of `asked` by a model of the fitted rows at `rows` and `added`.
    fn predict(&self, rows: &[u32], added: &Table, asked: &Table, truth: &[f64], seed: &Seed) -> Result<Vec<f64>> {
        let mut table = self.fitted.0.take(rows);
        let (places, more) = self.goal.rows(added);
        table.append(&added.take(&places))?;
        let mut target: Vec<f64> = rows.iter().map(|&row| self.fitted.1[row as usize]).collect();
        target.extend(more);
        let [(_, boosted), ..] = Learner::all();
        let examples = Examples {
            table: &table,
            features: &self.columns,
            target: &target,
            weights: None,
            task: self.goal.task,
        };
        let predictions = boosted.fit(&examples, seed, &Context::silent())?.predict(asked)?;
        // The same bits on every machine.
        let of = |p: f64| -libm::log(p.max(LEAST_PROBABILITY));
        Ok(truth
            .iter()
            .enumerate()
            .map(|(row, &y)| match self.goal.task {
                Task::Regression => (predictions[row] - y).powi(2),
                Task::Binary => of(if y == 1.0 {
                    predictions[row]
                } else {
                    1.0 - predictions[row]
                }),
                Task::Multiclass(classes) => of(predictions[row * classes + y as usize]),
            })
            .collect())
    }
}

/// The mean and its standard error.
fn mean(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0).max(1.0) / n).sqrt())
}
