//! Whether the labels of synthetic rows can be believed.
//!
//! Three witnesses: a model cross-fitted on the real rows (see [`class_noise`] and [`number_noise`] for what it counts),
//! rows with the same features and another label ([`contradictions`]), and the nearest real rows. Each is held against
//! what it says of real rows that the generator never saw, so that classes that overlap are not taken for noise.

mod alike;
mod class_noise;
mod contradictions;
mod cross_fit;
mod neighbours;
mod number_noise;
mod results;
mod suspects;

pub use alike::Alike;
pub use results::{ClassNoise, LabelAudit, Suspect};

use crate::align::{align, sample};
use crate::interval::Z;
use crate::results::Interval;
use alike::Kinds;
use class_noise::{Noise, Rows, around};
use contradictions::{Contradiction, SameFeatures, rate};
use cross_fit::CrossFit;
use number_noise::Distances;
use plenish_learn::Task;
use plenish_learn::target::{Goal, features};
use plenish_table::{Context, Result, Seed, Table};
use suspects::{Suspects, Witness};

/// Real rows that the model learns from, at most: more would not make it much better.
const MAX_REAL: usize = 50_000;
/// Holdout rows that show what is usual, at most.
const MAX_HOLDOUT: usize = 20_000;
/// Synthetic rows that a sample has: enough for shares to a tenth of a percent.
const MAX_SAMPLE: usize = 50_000;
/// Real rows with a label, at least.
const MIN_REAL: usize = 50;
/// Suspects that are shown as examples.
const EXAMPLES: usize = 20;

/// A table's rows with a known label.
struct Labelled {
    /// Their places in the table.
    rows: Vec<u32>,
    table: Table,
    target: Vec<f64>,
}

impl Labelled {
    fn new(goal: &Goal, table: &Table) -> Self {
        let (rows, target) = goal.rows(table);
        let table = if rows.len() == table.rows() {
            table.clone()
        } else {
            table.take(&rows)
        };
        Self { rows, table, target }
    }

    fn classes(&self) -> Vec<usize> {
        self.target.iter().map(|&y| y as usize).collect()
    }
}

/// Questions the labels of synthetic rows by the real rows that the generator saw. `holdout` (rows it never saw)
/// shows what the same questions find where labels are right; without it the nearest rows are not asked. Rows with
/// another label than any real row are left out. Rows that were made for parts of the table are held against real
/// rows `like` them.
///
/// Where nothing can be said (a target that is no label, fewer than 50 real rows with one), the result says why.
/// Fails when the tables differ in columns or types, or lack `target`.
pub fn audit_labels(
    real: &Table,
    holdout: Option<&Table>,
    synthetic: &Table,
    target: &str,
    like: Option<&Alike>,
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<LabelAudit> {
    real.schema().require(target)?;
    let nobody = real.take(&[]);
    let tables = [real, holdout.unwrap_or(&nobody), synthetic];
    let [real, holdout, synthetic] = align(tables, ["real", "holdout", "synthetic"])?;
    let seed = seed.derive("labels");
    let unjudged = |why: String| LabelAudit {
        target: target.to_owned(),
        not_judged: Some(why),
        ..LabelAudit::default()
    };
    let goal = match Goal::new(&real, &holdout, target) {
        Ok(goal) => goal,
        Err(error) => return Ok(unjudged(error.message().to_owned())),
    };
    let columns = match features(&real, goal.index) {
        Ok(columns) => columns,
        Err(error) => return Ok(unjudged(error.message().to_owned())),
    };
    let mut known = Labelled::new(&goal, &real);
    let mut places = known.rows.clone();
    if known.rows.len() < MIN_REAL {
        return Ok(unjudged(format!(
            "{} real rows with a label are too few to question others by: {MIN_REAL} are needed",
            known.rows.len()
        )));
    }
    if known.rows.len() > MAX_REAL {
        let drawn = sample(known.rows.len(), MAX_REAL, &seed.derive("real"));
        places = drawn.iter().map(|&row| known.rows[row as usize]).collect();
        known = Labelled::new(&goal, &known.table.take(&drawn));
    }
    let mut unseen = Labelled::new(&goal, &holdout);
    if unseen.rows.len() > MAX_HOLDOUT {
        let drawn = sample(unseen.rows.len(), MAX_HOLDOUT, &seed.derive("holdout"));
        unseen = Labelled::new(&goal, &unseen.table.take(&drawn));
    }
    let made = Labelled::new(&goal, &synthetic);
    if made.rows.is_empty() {
        return Ok(unjudged("no synthetic row has a label that real rows have".to_owned()));
    }
    let kinds = like.map(|like| Kinds::new(like, &places, &made.rows));
    let cross = cx.step("questioning labels", 0, || {
        CrossFit::new(&goal, &columns, &known.table, &known.target, &seed.derive("models"), cx)
    })?;
    let audit = Audit {
        goal: &goal,
        columns: &columns,
        real: &known,
        holdout: &unseen,
        synthetic: &made,
        kinds: kinds.as_ref(),
        seed: &seed,
    };
    let mut found = if goal.task == Task::Regression {
        audit.numbers(&cross, cx)?
    } else {
        audit.classes(&cross, cx)?
    };
    target.clone_into(&mut found.target);
    found.rows = made.rows.len();
    found.suspects = found.quarantine.len();
    let mut examples = found.quarantine.clone();
    examples.sort_by(|a, b| b.doubt.total_cmp(&a.doubt).then(a.row.cmp(&b.row)));
    examples.truncate(EXAMPLES);
    found.examples = examples;
    Ok(found)
}

/// [`audit_labels`] of at most 50,000 synthetic rows, drawn at random: for shares, where no row is to be left out.
pub(crate) fn audit_sample(
    [real, holdout, synthetic]: [&Table; 3],
    target: &str,
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<LabelAudit> {
    if synthetic.rows() <= MAX_SAMPLE {
        return audit_labels(real, Some(holdout), synthetic, target, None, seed, cx);
    }
    let drawn = sample(synthetic.rows(), MAX_SAMPLE, &seed.derive("labels of a sample"));
    let mut found = audit_labels(real, Some(holdout), &synthetic.take(&drawn), target, None, seed, cx)?;
    for suspect in found.examples.iter_mut().chain(&mut found.quarantine) {
        suspect.row = drawn[suspect.row] as usize;
    }
    found.sample_of = Some(synthetic.rows());
    Ok(found)
}

/// What is questioned, and by what.
struct Audit<'a> {
    goal: &'a Goal,
    columns: &'a [usize],
    real: &'a Labelled,
    holdout: &'a Labelled,
    synthetic: &'a Labelled,
    /// What kind of rows the synthetic ones are, where they are not like all real ones.
    kinds: Option<&'a Kinds>,
    seed: &'a Seed,
}

impl Audit<'_> {
    /// The probability of a class in a row of predictions.
    fn probability(&self, predictions: &[f64], row: usize, class: usize) -> f64 {
        match (self.goal.task, class) {
            (Task::Multiclass(classes), _) => predictions[row * classes + class],
            (_, 1) => predictions[row],
            _ => 1.0 - predictions[row],
        }
    }

    /// The estimated share of wrong labels in each class of `of`, whose predictions are `said`, held against real
    /// rows of their kind.
    fn noise(&self, real: &[f64], of: &Labelled, said: &[f64], like: Option<&Kinds>) -> Vec<Option<Noise>> {
        (0..self.goal.classes.len())
            .map(|class| {
                let weights = like.map(|kinds| kinds.weights(class, &self.real.target, &of.target));
                let (mut own, mut others) = (Vec::new(), Vec::new());
                for (row, &y) in self.real.target.iter().enumerate() {
                    let weight = weights.as_ref().map_or(1.0, |weights| weights[row]);
                    if weight > 0.0 {
                        let side = if y as usize == class { &mut own } else { &mut others };
                        side.push((self.probability(real, row, class), weight));
                    }
                }
                let (mut labelled, mut rest) = (Vec::new(), Vec::new());
                for (row, &y) in of.target.iter().enumerate() {
                    let side = if y as usize == class { &mut labelled } else { &mut rest };
                    side.push(self.probability(said, row, class));
                }
                let of_class = self.real.target.iter().filter(|y| **y as usize == class).count();
                Noise::estimate(&Rows {
                    own: &own,
                    others: &others,
                    class: of_class as f64 / self.real.target.len() as f64,
                    matched: weights.is_some(),
                    labelled: &labelled,
                    rest: &rest,
                })
            })
            .collect()
    }

    fn classes(&self, cross: &CrossFit, cx: &Context<'_>) -> Result<LabelAudit> {
        let said = cross.predict(&self.synthetic.table, cx)?;
        let labels = self.synthetic.classes();
        let noise = self.noise(&cross.unseen, self.synthetic, &said, self.kinds);
        let noise_holdout = if self.holdout.rows.is_empty() {
            0.0
        } else {
            let heard = cross.predict(&self.holdout.table, cx)?;
            whole(
                &self.noise(&cross.unseen, self.holdout, &heard, None),
                &self.holdout.classes(),
            )
            .value
        };
        let own = |row: usize| self.probability(&said, row, labels[row]);
        let mut suspects = Suspects::new(self, &said, &labels, &noise);
        for (class, noise) in noise.iter().enumerate() {
            let Some(noise) = noise.filter(Noise::is_sure) else {
                continue;
            };
            let mut rows: Vec<u32> = (0..labels.len() as u32)
                .filter(|&row| labels[row as usize] == class)
                .collect();
            let wrong = (noise.share * rows.len() as f64).round() as usize;
            rows.sort_by(|&a, &b| own(a as usize).total_cmp(&own(b as usize)).then(a.cmp(&b)));
            for &row in rows.iter().take(wrong) {
                suspects.add(row, Witness::Model);
            }
        }
        cx.check()?;
        let tables = [&self.real.table, &self.synthetic.table, &self.holdout.table];
        let coded = crate::coded::coded(&tables, self.columns);
        let (real_labels, holdout_labels) = (self.real.classes(), self.holdout.classes());
        let seen = SameFeatures::new(&coded, 0, &real_labels, real_labels.len());
        let against = seen.contradicted_by(1, &labels);
        let within = SameFeatures::new(&coded, 1, &labels, labels.len()).within(&own);
        // Pairs grow with the square of the rows: only tables of the same size can be held against each other.
        let side = labels.len().min(real_labels.len());
        let likely = |row: usize| self.probability(&cross.unseen, row, real_labels[row]);
        let usual = SameFeatures::new(&coded, 0, &real_labels, side).within(&likely).len();
        let side_found = if side == labels.len() {
            within.len()
        } else {
            SameFeatures::new(&coded, 1, &labels, side).within(&own).len()
        };
        let unseen = seen.contradicted_by(2, &holdout_labels).len();
        let rates = [
            rate((against.len(), labels.len()), (unseen, holdout_labels.len())),
            rate((side_found, side), (usual, side)),
        ];
        // Without rows nobody saw there is nothing to hold contradictions of real rows against.
        let comparable = [!holdout_labels.is_empty(), true];
        for ((rate, found), comparable) in rates.iter().zip([&against, &within]).zip(comparable) {
            if !comparable || rate.beyond <= 0.0 {
                continue;
            }
            let mut worst: Vec<&Contradiction> = found.iter().collect();
            let likely = |c: &Contradiction| own(c.row as usize);
            worst.sort_by(|a, b| likely(a).total_cmp(&likely(b)).then(a.row.cmp(&b.row)));
            let wrong = (1.0 - rate.expected / rate.found) * found.len() as f64;
            for contradiction in worst.into_iter().take(wrong.round() as usize) {
                suspects.add(contradiction.row, Witness::Contradiction(*contradiction));
            }
        }
        let mut contradicting: Vec<u32> = against.iter().chain(&within).map(|c| c.row).collect();
        contradicting.sort_unstable();
        contradicting.dedup();
        let mut audit = LabelAudit {
            noise: whole(&noise, &labels),
            noise_holdout,
            contradictions: crate::interval::wilson(
                contradicting.len() as f64 / labels.len() as f64,
                labels.len() as f64,
            ),
            contradictions_expected: (rates[0].expected + rates[1].expected).min(1.0),
            contradictions_beyond: rates[0].beyond.max(rates[1].beyond),
            ..LabelAudit::default()
        };
        if !self.holdout.rows.is_empty() {
            cx.check()?;
            neighbours::ask(self, &coded, &mut suspects, &mut audit);
        }
        (audit.by_model, audit.by_contradiction) = suspects.counts();
        audit.quarantine = suspects.told();
        audit.classes = (0..self.goal.classes.len())
            .map(|class| ClassNoise {
                class: self.goal.classes[class].clone(),
                rows: labels.iter().filter(|l| **l == class).count(),
                noise: noise[class].map(|n| n.interval()),
                suspects: audit
                    .quarantine
                    .iter()
                    .filter(|s| s.label == self.goal.classes[class])
                    .count(),
            })
            .collect();
        Ok(audit)
    }

    fn numbers(&self, cross: &CrossFit, cx: &Context<'_>) -> Result<LabelAudit> {
        let said = cross.predict(&self.synthetic.table, cx)?;
        let distances = Distances::new(&cross.unseen, &self.real.target);
        let of = |said: &[f64], target: &[f64]| -> Vec<f64> {
            said.iter().zip(target).map(|(&p, &y)| distances.of(p, y)).collect()
        };
        let far = of(&said, &self.synthetic.target);
        let (noise, sure) = distances.noise(&far);
        let noise_holdout = if self.holdout.rows.is_empty() {
            0.0
        } else {
            let heard = cross.predict(&self.holdout.table, cx)?;
            distances.noise(&of(&heard, &self.holdout.target)).0.value
        };
        let mut quarantine = Vec::new();
        if sure {
            let mut rows: Vec<u32> = (0..far.len() as u32).collect();
            rows.sort_by(|&a, &b| far[b as usize].total_cmp(&far[a as usize]).then(a.cmp(&b)));
            rows.truncate((noise.value * far.len() as f64).round() as usize);
            rows.sort_unstable();
            quarantine = rows
                .iter()
                .map(|&row| {
                    let row = row as usize;
                    Suspect {
                        row: self.synthetic.rows[row] as usize,
                        label: figure(self.synthetic.target[row]),
                        suggested: figure(said[row]),
                        probability: None,
                        doubt: distances.doubt(far[row]),
                        reason: format!(
                            "a model of the real rows expects {}; {:.1} % of real rows are less far from what it expects",
                            figure(said[row]),
                            100.0 * distances.doubt(far[row])
                        ),
                    }
                })
                .collect();
        }
        Ok(LabelAudit {
            noise,
            noise_holdout,
            by_model: quarantine.len(),
            quarantine,
            ..LabelAudit::default()
        })
    }
}

/// A number of about four digits.
fn figure(value: f64) -> String {
    if value != 0.0 && (value.abs() < 1e-3 || value.abs() >= 1e7) {
        return format!("{value:.3e}");
    }
    let digits = (3 - value.abs().max(1.0).log10() as i32).max(0) as usize;
    format!("{value:.digits$}")
}

/// The share of wrong labels in all classes that can be judged.
fn whole(noise: &[Option<Noise>], labels: &[usize]) -> Interval {
    let (mut wrong, mut variance) = (0.0, 0.0);
    for (class, noise) in noise.iter().enumerate() {
        if let Some(noise) = noise {
            let share = labels.iter().filter(|l| **l == class).count() as f64 / labels.len().max(1) as f64;
            wrong += share * noise.share;
            variance += (share * noise.error).powi(2);
        }
    }
    around(wrong, variance.sqrt())
}

impl LabelAudit {
    /// The estimated share of wrong labels beyond what chance could show: two standard errors less.
    pub fn noise_beyond(&self) -> f64 {
        let error = (self.noise.high - self.noise.value).max(self.noise.value - self.noise.low) / Z;
        (self.noise.value - 2.0 * error).max(0.0)
    }
}
