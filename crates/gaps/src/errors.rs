//! What a model gets wrong on rows it did not learn from, row by row.

use plenish_learn::target::{Goal, features};
use plenish_learn::{BoostSettings, Examples, Learner, Predictor, Task};
use plenish_table::{Context, Error, Result, Seed, Table};

/// Parts that the rows are divided into; each is predicted by a model of the others.
const FOLDS: usize = 5;
/// A model learns from at most so many rows.
const TRAIN_ROWS: usize = 200_000;
/// Probabilities are kept this far from 0 before their logarithm is taken, so that one row that a model is
/// certain about, and wrong, does not outweigh all others.
const LEAST_PROBABILITY: f64 = 1e-6;

/// Rows with a known target, predicted by boosted trees that did not see them.
#[derive(Debug)]
pub struct OutOfFold {
    /// What is predicted.
    pub goal: Goal,
    /// The rows, those without a target left out.
    pub table: Table,
    /// Their targets: codes of classes, or numbers.
    pub target: Vec<f64>,
    /// The columns that the models look at.
    pub features: Vec<usize>,
    /// The loss of each row: minus the logarithm of the probability of its class, or the squared error.
    pub errors: Vec<f64>,
    /// The model of the first fold, and the rows it did not see.
    pub model: (Predictor, Vec<u32>),
}

/// Predicts every row of `table` whose `target` is known from the others, in five folds that each have
/// about the same targets.
///
/// Fails on a target that cannot be predicted, on tables without other columns, and when fewer than
/// ten rows, or fewer than two of any class that would leave a fold with one class, have a target.
pub fn out_of_fold(table: &Table, target: &str, seed: &Seed, cx: &Context) -> Result<OutOfFold> {
    let goal = Goal::new(table, table, target)?;
    let (rows, target_of) = goal.rows(table);
    if rows.len() < 2 * FOLDS {
        return Err(Error::data(format!("only {} rows have a target", rows.len()))
            .in_column(target)
            .help(format!("give at least {} rows that have one", 2 * FOLDS)));
    }
    let known = table.take(&rows);
    let features = features(&known, goal.index)?;
    let seed = seed.derive("out of fold");
    let mut order: Vec<u32> = (0..rows.len() as u32).collect();
    seed.stream(0, 0).shuffle(&mut order);
    order.sort_by(|&a, &b| target_of[a as usize].total_cmp(&target_of[b as usize]));
    let mut parts: Vec<Vec<u32>> = vec![Vec::new(); FOLDS];
    for (place, row) in order.into_iter().enumerate() {
        parts[place % FOLDS].push(row);
    }
    for part in &mut parts {
        part.sort_unstable();
    }
    let learner = Learner::Boosted(BoostSettings::default());
    let mut errors = vec![0.0; rows.len()];
    let mut first = None;
    for (fold, part) in parts.iter().enumerate() {
        let mut inside = vec![false; rows.len()];
        for &row in part {
            inside[row as usize] = true;
        }
        let seed = seed.child(fold as u64);
        let mut others: Vec<u32> = (0..rows.len() as u32).filter(|&row| !inside[row as usize]).collect();
        if others.len() > TRAIN_ROWS {
            seed.derive("sample").stream(0, 0).shuffle(&mut others);
            others.truncate(TRAIN_ROWS);
            others.sort_unstable();
        }
        let targets: Vec<f64> = others.iter().map(|&row| target_of[row as usize]).collect();
        let examples = Examples {
            table: &known.take(&others),
            features: &features,
            target: &targets,
            weights: None,
            task: goal.task,
        };
        let predictor = learner
            .fit(&examples, &seed, cx)
            .map_err(|error| error.in_column(target))?;
        let predictions = predictor.predict(&known.take(part))?;
        let targets: Vec<f64> = part.iter().map(|&row| target_of[row as usize]).collect();
        for (&row, loss) in part.iter().zip(losses(goal.task, &predictions, &targets)) {
            errors[row as usize] = loss;
        }
        first.get_or_insert_with(|| (predictor, part.clone()));
        cx.advance(1);
    }
    let model = first.ok_or_else(|| Error::internal("no fold was predicted"))?;
    Ok(OutOfFold {
        goal,
        table: known,
        target: target_of,
        features,
        errors,
        model,
    })
}

/// The loss of each row, from predictions in the form of [`Predictor::predict`].
pub(crate) fn losses(task: Task, predictions: &[f64], target: &[f64]) -> Vec<f64> {
    let log_loss = |p: f64| -libm::log(p.max(LEAST_PROBABILITY));
    match task {
        Task::Regression => predictions.iter().zip(target).map(|(p, y)| (p - y) * (p - y)).collect(),
        Task::Binary => predictions
            .iter()
            .zip(target)
            .map(|(&p, &y)| log_loss(if y == 1.0 { p } else { 1.0 - p }).max(0.0))
            .collect(),
        Task::Multiclass(classes) => predictions
            .chunks_exact(classes)
            .zip(target)
            .map(|(p, &y)| log_loss(p[y as usize]).max(0.0))
            .collect(),
    }
}
