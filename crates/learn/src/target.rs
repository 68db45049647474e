//! What is predicted, read off the rows, and the columns that may be looked at.

use crate::boost::Task;
use plenish_table::{Column, ColumnType, Error, Result, Role, Table, Value};
use std::collections::BTreeMap;

/// More classes than this are a mistake rather than a target.
const MAX_CLASSES: usize = 100;
/// Whole numbers with at most this many distinct values are classes.
const MAX_INTEGER_CLASSES: usize = 10;

/// What is predicted.
#[derive(Debug, Clone)]
pub struct Goal {
    /// Its column.
    pub index: usize,
    /// What is predicted.
    pub task: Task,
    /// The classes in the order of their codes; empty for regression.
    pub classes: Vec<String>,
}

impl Goal {
    /// Reads the task off the real rows: text and booleans are classes, and so are whole numbers
    /// with at most ten distinct values and reals with two; other numbers are regression. Of two
    /// classes the rarer one in `train` has code 1, the later in order if they are equally frequent.
    ///
    /// Fails when there is no such column, on dates and times, on a target that is missing in every
    /// training row or has one value only, and on more than 100 classes.
    pub fn new(train: &Table, test: &Table, name: &str) -> Result<Self> {
        let index = train.schema().require(name)?;
        let fail = |message: String| Error::data(message).in_column(name);
        let kind = train.column(index).kind();
        if matches!(kind, ColumnType::Date | ColumnType::Timestamp) {
            return Err(fail(format!("a {} cannot be predicted", kind.name()))
                .help("choose a target that is a class or a number"));
        }
        let counts = count(train.column(index), MAX_CLASSES);
        let distinct = counts.as_ref().map_or(usize::MAX, BTreeMap::len);
        if distinct == 0 {
            return Err(fail("the target is missing in every training row".to_owned())
                .help("choose another target, or give rows that have it"));
        }
        if distinct == 1 {
            return Err(fail("the target has one value only in the training rows".to_owned())
                .help("choose a target with at least two values, or give rows of every class"));
        }
        let regression = match kind {
            ColumnType::Integer => distinct > MAX_INTEGER_CLASSES,
            ColumnType::Real => distinct > 2,
            _ => false,
        };
        if regression {
            return Ok(Self {
                index,
                task: Task::Regression,
                classes: Vec::new(),
            });
        }
        let (Some(counts), Some(tested)) = (counts, count(test.column(index), MAX_CLASSES)) else {
            return Err(fail(format!("the target has more than {MAX_CLASSES} classes"))
                .help("choose a target with fewer classes, or a number"));
        };
        let mut classes: Vec<String> = counts.keys().chain(tested.keys()).cloned().collect();
        classes.sort_unstable();
        classes.dedup();
        let task = if classes.len() == 2 {
            let of = |class: &String| counts.get(class).copied().unwrap_or(0);
            if of(&classes[0]) < of(&classes[1]) {
                classes.swap(0, 1);
            }
            Task::Binary
        } else {
            Task::Multiclass(classes.len())
        };
        Ok(Self { index, task, classes })
    }

    /// The rows of `table` whose target is present and known, and their targets.
    pub fn rows(&self, table: &Table) -> (Vec<u32>, Vec<f64>) {
        let column = table.column(self.index);
        let code = |value: &str| self.classes.iter().position(|c| c == value).map(|c| c as f64);
        let words: Option<Vec<Option<f64>>> = match column {
            Column::Text(text) => Some(text.dictionary.iter().map(|word| code(word)).collect()),
            _ => None,
        };
        (0..table.rows())
            .filter_map(|row| {
                let target = match (&words, column) {
                    (Some(words), Column::Text(text)) => words.get(text.codes[row] as usize).copied().flatten()?,
                    _ if self.task == Task::Regression => column.number(row)?,
                    _ => match column.value(row) {
                        Value::Missing => return None,
                        value => code(&value.to_string())?,
                    },
                };
                Some((row as u32, target))
            })
            .unzip()
    }
}

/// How often each value occurs; none if there are more than `most` distinct ones.
fn count(column: &Column, most: usize) -> Option<BTreeMap<String, usize>> {
    let mut counts = BTreeMap::new();
    if let Column::Text(text) = column {
        let mut by_code = vec![0; text.dictionary.len()];
        for &code in &text.codes {
            if let Some(count) = by_code.get_mut(code as usize) {
                *count += 1;
            }
        }
        for (word, count) in text.dictionary.iter().zip(by_code).filter(|(_, count)| *count > 0) {
            counts.insert(word.clone(), count);
        }
        return (counts.len() <= most).then_some(counts);
    }
    for row in (0..column.len()).filter(|&row| !column.is_missing(row)) {
        *counts.entry(column.value(row).to_string()).or_insert(0) += 1;
        if counts.len() > most {
            return None;
        }
    }
    Some(counts)
}

/// The columns a model may use: all but the target, identifiers, free text and weights. Fails when
/// none is left.
pub fn features(table: &Table, target: usize) -> Result<Vec<usize>> {
    let columns: Vec<usize> = (0..table.columns().len())
        .filter(|&i| {
            i != target
                && !matches!(
                    table.schema().columns[i].role,
                    Role::Identifier | Role::FreeText | Role::Weight
                )
        })
        .collect();
    if columns.is_empty() {
        return Err(Error::data("there is no column to predict the target from")
            .in_column(&table.schema().columns[target].name)
            .help("identifiers, free text and weights are not used; give at least one other column"));
    }
    Ok(columns)
}
