//! Of many rows of a rare class, those whose label is surest.
//!
//! A generator learns a class of a hundred rows from a hundred rows: many of the rows it makes of that class look like
//! those of others, and where one row in a hundred is of the class, a few such rows outweigh the true ones. A forest of
//! all real rows, which judges by the mean of its leaves' shares, says which of the rows look like the class. Keeping
//! those is selection by self-confidence (Northcutt, Jiang and Chuang, "Confident learning", JAIR 70, 2021, section
//! 3.2), applied to rows that were made rather than found.

use plenish_learn::target::{Goal, features};
use plenish_learn::{Examples, ForestSettings, Learner, Predictor, Task};
use plenish_table::{Context, Result, Seed, Table};

/// Says how sure the class of a row is.
pub(crate) struct Judge {
    goal: Goal,
    forest: Predictor,
}

impl Judge {
    /// Learns from the real rows; none if their schema names no target, or one that is no class, or if there is nothing
    /// to tell it from.
    pub(crate) fn new(real: &Table, seed: &Seed) -> Result<Option<Self>> {
        let Some(target) = real.schema().target() else {
            return Ok(None);
        };
        let (Ok(goal), Ok(columns)) = (
            Goal::new(real, real, &real.schema().columns[target].name),
            features(real, target),
        ) else {
            return Ok(None);
        };
        if goal.task == Task::Regression {
            return Ok(None);
        }
        let (rows, classes) = goal.rows(real);
        let examples = Examples {
            table: &real.take(&rows),
            features: &columns,
            target: &classes,
            weights: None,
            task: goal.task,
        };
        let forest = Learner::Forest(ForestSettings::default()).fit(&examples, seed, &Context::silent())?;
        Ok(Some(Self { goal, forest }))
    }

    /// The rows with a known class, the surest first; equally sure ones in their order.
    pub(crate) fn order(&self, table: &Table) -> Result<Vec<u32>> {
        let predictions = self.forest.predict(table)?;
        let (rows, classes) = self.goal.rows(table);
        let sure = |row: u32, class: f64| -> f64 {
            let row = row as usize;
            match self.goal.task {
                Task::Multiclass(width) => predictions[row * width + class as usize],
                _ if class == 1.0 => predictions[row],
                _ => 1.0 - predictions[row],
            }
        };
        let mut order: Vec<(f64, u32)> = rows
            .iter()
            .zip(&classes)
            .map(|(&row, &class)| (sure(row, class), row))
            .collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        Ok(order.into_iter().map(|(_, row)| row).collect())
    }
}
