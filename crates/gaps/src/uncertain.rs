//! Where bagged trees disagree: the regions in which there is too little to learn from, as far as that can
//! be told from the rows there are.

use crate::errors::OutOfFold;
use plenish_learn::{Examples, ForestSettings, Learner, Task};
use plenish_table::{Context, Error, Result, Seed};

/// Trees of a forest: the variance of their predictions is known to a fifth.
const TREES: usize = 50;
/// Rows a leaf at least. With few rows a leaf trees disagree about noise; with these they disagree about
/// what they have learned.
const LEAF_ROWS: usize = 20;
/// A forest learns from at most so many rows.
const TRAIN_ROWS: usize = 100_000;

/// For each row of `predicted`, the variance of the predictions of trees that were grown on bootstrap samples
/// of the other half of the rows; for several classes the sum over them.
pub fn disagreement(predicted: &OutOfFold, seed: &Seed, cx: &Context) -> Result<Vec<f64>> {
    let OutOfFold {
        goal,
        table,
        target,
        features,
        ..
    } = predicted;
    let seed = seed.derive("disagreement");
    let learner = Learner::Forest(ForestSettings {
        trees: TREES,
        min_leaf_rows: LEAF_ROWS,
        ..ForestSettings::default()
    });
    let mut order: Vec<u32> = (0..table.rows() as u32).collect();
    seed.stream(0, 0).shuffle(&mut order);
    order.sort_by(|&a, &b| target[a as usize].total_cmp(&target[b as usize]));
    let mut halves: [Vec<u32>; 2] = std::array::from_fn(|half| order.iter().copied().skip(half).step_by(2).collect());
    for half in &mut halves {
        half.sort_unstable();
    }
    let width = match goal.task {
        Task::Multiclass(classes) => classes,
        Task::Binary | Task::Regression => 1,
    };
    let mut variance = vec![0.0; table.rows()];
    for half in 0..2 {
        let (known, other) = (&halves[half], &halves[1 - half]);
        let mut known = known.clone();
        let seed = seed.child(half as u64);
        if known.len() > TRAIN_ROWS {
            seed.derive("sample").stream(0, 0).shuffle(&mut known);
            known.truncate(TRAIN_ROWS);
            known.sort_unstable();
        }
        let targets: Vec<f64> = known.iter().map(|&row| target[row as usize]).collect();
        let examples = Examples {
            table: &table.take(&known),
            features,
            target: &targets,
            weights: None,
            task: goal.task,
        };
        let forest = learner.fit(&examples, &seed, cx)?;
        let own = forest
            .disagreement(&table.take(other))?
            .ok_or_else(|| Error::internal("a forest has no trees to disagree"))?;
        for (&row, own) in other.iter().zip(own.chunks_exact(width)) {
            variance[row as usize] = own.iter().sum();
        }
        cx.advance(1);
    }
    Ok(variance)
}
