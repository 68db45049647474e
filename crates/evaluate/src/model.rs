//! The models of an experiment's arms.

use crate::decisions::{ArmThresholds, Decisions, GroupRule};
use plenish_learn::metrics::{Recalibration, RecalibrationMethod};
use plenish_learn::target::Goal;
use plenish_learn::{Examples, Learner, Predictor, Task};
use plenish_table::{Context, Result, Seed, Table};

/// Parts that the real rows are divided into to learn a recalibration or thresholds from rows no model has seen.
const PARTS: usize = 3;

/// Rows to train on, with targets and weights.
#[derive(Clone)]
pub(crate) struct Training {
    pub(crate) table: Table,
    pub(crate) target: Vec<f64>,
    pub(crate) weights: Option<Vec<f64>>,
    /// Rows at the front that are real.
    pub(crate) real: usize,
}

impl Training {
    /// The rows at the front that judge what is learned from all: the real ones, or all where none is real.
    fn judged(&self) -> usize {
        if self.real == 0 { self.target.len() } else { self.real }
    }

    /// Some of the rows.
    fn take(&self, rows: &[u32]) -> Self {
        let of = |values: &[f64]| rows.iter().map(|&row| values[row as usize]).collect();
        Self {
            table: self.table.take(rows),
            target: of(&self.target),
            weights: self.weights.as_deref().map(of),
            real: rows.iter().filter(|&&row| (row as usize) < self.real).count(),
        }
    }

    /// A share of the real rows and of the others, without replacement.
    pub(crate) fn part(&self, share: f64, seed: &Seed) -> Self {
        let mut rows = Vec::new();
        for (place, (from, to)) in [(0, self.real), (self.real, self.target.len())].into_iter().enumerate() {
            let mut own: Vec<u32> = (from as u32..to as u32).collect();
            seed.stream(0, place as u32).shuffle(&mut own);
            own.truncate((own.len() as f64 * share).round() as usize);
            own.sort_unstable();
            rows.extend(own);
        }
        self.take(&rows)
    }
}

/// How the model of an arm is made, whatever its rows.
#[derive(Clone, Copy)]
pub(crate) struct Method<'a> {
    pub(crate) goal: &'a Goal,
    /// The columns it looks at.
    pub(crate) features: &'a [usize],
    pub(crate) learner: &'a Learner,
    pub(crate) recalibration: Option<RecalibrationMethod>,
    /// How groups get thresholds of their own; two classes only.
    pub(crate) rule: Option<GroupRule<'a>>,
}

/// What a model says of the rows of a table.
pub(crate) struct Predicted {
    /// The probability of class 1 for two classes, of every class row by row for more, or values.
    pub(crate) values: Vec<f64>,
    /// How much of each row is selected, where groups have thresholds of their own.
    pub(crate) selected: Option<Vec<f64>>,
}

/// A model that knows all classes of the goal.
pub(crate) struct Model {
    task: Task,
    fitted: Fitted,
    /// For each class, or for the positive one of two; empty without.
    recalibration: Vec<Recalibration>,
    decisions: Option<Decisions>,
}

enum Fitted {
    Predictor(Predictor),
    /// All rows to learn from were of one class.
    Constant(usize),
}

impl Method<'_> {
    /// Trains; classes that the rows lack have probability 0.
    pub(crate) fn fit(&self, training: &Training, seed: &Seed, cx: &Context<'_>) -> Result<Model> {
        let mut model = Model {
            task: self.goal.task,
            fitted: self.plain(training, seed, cx)?,
            recalibration: Vec::new(),
            decisions: None,
        };
        let recalibration = self.recalibration.filter(|_| self.goal.task != Task::Regression);
        let rule = self.rule.filter(|_| self.goal.task == Task::Binary);
        if recalibration.is_none() && rule.is_none() {
            return Ok(model);
        }
        let judged = training.judged();
        let weights = training.weights.as_ref().map(|w| &w[..judged]);
        let mut unseen = self.unseen(training, seed, cx)?;
        if let Some(method) = recalibration {
            model.recalibration = self.recalibrations(method, training, &unseen)?;
            model.recalibrate(&mut unseen);
        }
        if let Some(rule) = rule {
            let labels: Vec<bool> = training.target[..judged].iter().map(|&y| y == 1.0).collect();
            let rows: Vec<u32> = (0..judged as u32).collect();
            let table = training.table.take(&rows);
            model.decisions = Some(Decisions::learn(&rule, &table, &labels, &unseen, weights)?);
        }
        Ok(model)
    }

    fn plain(&self, training: &Training, seed: &Seed, cx: &Context<'_>) -> Result<Fitted> {
        let counts = |row: &usize| training.weights.as_ref().is_none_or(|w| w[*row] > 0.0);
        let mut targets = (0..training.target.len())
            .filter(counts)
            .map(|row| training.target[row]);
        if self.goal.task != Task::Regression
            && let Some(first) = targets.next()
            && targets.all(|y| y == first)
        {
            return Ok(Fitted::Constant(first as usize));
        }
        let examples = Examples {
            table: &training.table,
            features: self.features,
            target: &training.target,
            weights: training.weights.as_deref(),
            task: self.goal.task,
        };
        Ok(Fitted::Predictor(self.learner.fit(&examples, seed, cx)?))
    }

    /// Predictions for real rows by models that did not see them; for the rows themselves where none is real.
    fn unseen(&self, training: &Training, seed: &Seed, cx: &Context<'_>) -> Result<Vec<f64>> {
        let judged = training.judged();
        let seed = seed.derive("recalibration");
        let mut part_of = vec![0; training.target.len()];
        // Other rows are divided as the real ones are, so that every model has as many of them for each.
        for (stream, (from, to)) in [(0, judged), (judged, training.target.len())].into_iter().enumerate() {
            let mut order: Vec<u32> = (from as u32..to as u32).collect();
            seed.stream(0, stream as u32).shuffle(&mut order);
            for (place, &row) in order.iter().enumerate() {
                part_of[row as usize] = place % PARTS;
            }
        }
        let width = self.width();
        let mut unseen = vec![0.0; judged * width];
        for part in 0..PARTS {
            let (own, others): (Vec<u32>, Vec<u32>) =
                (0..part_of.len() as u32).partition(|&row| part_of[row as usize] == part);
            let model = Model {
                task: self.goal.task,
                fitted: self.plain(&training.take(&others), &seed.child(part as u64), cx)?,
                recalibration: Vec::new(),
                decisions: None,
            };
            let own: Vec<u32> = own.into_iter().filter(|&row| (row as usize) < judged).collect();
            let predictions = model.predict(&training.table.take(&own))?.values;
            for (&row, p) in own.iter().zip(predictions.chunks_exact(width)) {
                unseen[row as usize * width..][..width].copy_from_slice(p);
            }
        }
        Ok(unseen)
    }

    /// Probabilities a row.
    fn width(&self) -> usize {
        match self.goal.task {
            Task::Multiclass(classes) => classes,
            _ => 1,
        }
    }

    /// One for each class, or for the positive one of two.
    fn recalibrations(
        &self,
        method: RecalibrationMethod,
        training: &Training,
        unseen: &[f64],
    ) -> Result<Vec<Recalibration>> {
        let (judged, width) = (training.judged(), self.width());
        let weights = training.weights.as_ref().map(|w| &w[..judged]);
        (0..width)
            .map(|class| {
                let positive = if width == 1 { 1.0 } else { class as f64 };
                let labels: Vec<bool> = training.target[..judged].iter().map(|&y| y == positive).collect();
                let own: Vec<f64> = unseen.chunks_exact(width).map(|row| row[class]).collect();
                Recalibration::fit(method, &labels, &own, weights)
            })
            .collect()
    }
}

impl Model {
    pub(crate) fn predict(&self, table: &Table) -> Result<Predicted> {
        let mut values = match (&self.fitted, self.task) {
            (Fitted::Predictor(predictor), _) => predictor.predict(table)?,
            (Fitted::Constant(class), Task::Multiclass(classes)) => {
                let row = (0..classes).map(|c| f64::from(u8::from(c == *class)));
                row.cycle().take(classes * table.rows()).collect()
            }
            (Fitted::Constant(class), _) => vec![*class as f64; table.rows()],
        };
        self.recalibrate(&mut values);
        let decisions = self.decisions.as_ref();
        Ok(Predicted {
            selected: decisions.map(|decisions| decisions.selected(table, &values)),
            values,
        })
    }

    /// The thresholds of groups, if they have their own.
    pub(crate) fn thresholds(&self) -> Option<ArmThresholds> {
        self.decisions.as_ref().map(Decisions::told)
    }

    fn recalibrate(&self, probabilities: &mut [f64]) {
        if self.recalibration.is_empty() {
            return;
        }
        for row in probabilities.chunks_exact_mut(self.recalibration.len()) {
            for (p, of) in row.iter_mut().zip(&self.recalibration) {
                *p = of.apply(*p).clamp(0.0, 1.0);
            }
            let sum: f64 = row.iter().sum();
            // Several classes are calibrated one by one, and need not add up to 1.
            if row.len() > 1 && sum > 0.0 {
                for p in row {
                    *p /= sum;
                }
            }
        }
    }
}
