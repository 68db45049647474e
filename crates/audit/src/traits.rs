//! Sensitive traits: what the synthetic rows teach about a protected column, beside what real rows teach, and whether
//! they teach it of the training rows more than of anybody.

use crate::prepare::Prepared;
use crate::results::Trait;
use plenish_evaluate::{Interval, sample};
use plenish_learn::metrics::Ranked;
use plenish_learn::{BoostSettings, Examples, Learner, Predictor, Task};
use plenish_table::{Column, Context, Result, Seed, Table};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Rows that models learn from, and rows they are judged by, at most.
const MOST: usize = 15_000;
/// Resampled figures for an interval.
const REPLICATES: u64 = 200;
/// Values of a protected column that are told apart, at most; rarer ones are one.
const VALUES: usize = 10;

/// The classes of a protected column.
enum Classes {
    /// Words by their place, in falling order of their frequency among the training rows.
    Words(Vec<String>),
    /// Whether a number lies above the middle.
    Above(f64),
}

/// One result for each protected column that can be judged.
pub(crate) fn traits(prepared: &Prepared, seed: &Seed, cx: &Context<'_>) -> Result<Vec<Trait>> {
    let mut out = Vec::new();
    for &place in &prepared.protected {
        cx.check()?;
        let seed = seed.child(place as u64);
        out.extend(judged(prepared, place, &seed, cx)?);
        cx.advance(1);
    }
    Ok(out)
}

fn judged(prepared: &Prepared, place: usize, seed: &Seed, cx: &Context<'_>) -> Result<Option<Trait>> {
    let part = |table: &Table, purpose: &str| table.take(&sample(table.rows(), MOST, &seed.derive(purpose)));
    let side = prepared.train.rows().min(prepared.synthetic.rows()).min(MOST);
    let equal = |table: &Table, purpose: &str| table.take(&sample(table.rows(), side, &seed.derive(purpose)));
    let (train, holdout) = (equal(&prepared.train, "train"), part(&prepared.holdout, "holdout"));
    let synthetic = equal(&prepared.synthetic, "synthetic");
    let classes = Classes::of(prepared.train.column(place));
    let [of_train, of_holdout, of_synthetic] = [&train, &holdout, &synthetic].map(|t| classes.codes(t.column(place)));
    let count = classes.count();
    let two = |codes: &[usize]| codes.iter().any(|&c| c != codes[0]);
    if count < 2
        || ![&of_train, &of_holdout, &of_synthetic]
            .into_iter()
            .all(|codes| two(codes))
    {
        return Ok(None);
    }
    let features: Vec<usize> = (0..prepared.names.len()).filter(|&p| p != place).collect();
    let fit = |table: &Table, codes: &[usize], purpose: &str| -> Result<Predictor> {
        let target: Vec<f64> = codes.iter().map(|&code| code as f64).collect();
        let examples = Examples {
            table,
            features: &features,
            target: &target,
            weights: None,
            task: if count == 2 {
                Task::Binary
            } else {
                Task::Multiclass(count)
            },
        };
        Learner::Boosted(BoostSettings::default()).fit(&examples, &seed.derive(purpose), cx)
    };
    let from_synthetic = fit(&synthetic, &of_synthetic, "learn")?;
    let from_real = fit(&train, &of_train, "learn")?;
    let on = |model: &Predictor, table: &Table, codes: &[usize]| -> Result<Judged> {
        Ok(Judged::new(codes.to_vec(), &model.predict(table)?, count))
    };
    let synthetic_on_holdout = on(&from_synthetic, &holdout, &of_holdout)?;
    let real_on_holdout = on(&from_real, &holdout, &of_holdout)?;
    let synthetic_on_train = on(&from_synthetic, &train, &of_train)?;
    let draw = |rows: usize, part: u32, replicate: u64| {
        let mut stream = seed.derive("bootstrap").stream(replicate, part);
        let mut counts = vec![0_u32; rows];
        for _ in 0..rows {
            counts[stream.below(rows as u64) as usize] += 1;
        }
        counts
    };
    // Both models are judged by the same holdout rows in each replicate.
    let replicates: Vec<[f64; 3]> = (0..REPLICATES)
        .into_par_iter()
        .map(|replicate| {
            let (a, b) = (draw(holdout.rows(), 0, replicate), draw(train.rows(), 1, replicate));
            [
                synthetic_on_holdout.area(Some(&a)),
                real_on_holdout.area(Some(&a)),
                synthetic_on_train.area(Some(&b)),
            ]
        })
        .collect();
    let interval = |of: &dyn Fn(&[f64; 3]) -> f64, value: f64| {
        let mut values: Vec<f64> = replicates.iter().map(of).filter(|v| v.is_finite()).collect();
        values.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| {
            let place = (share * values.len().saturating_sub(1) as f64).round() as usize;
            values.get(place).copied().unwrap_or(value)
        };
        Interval {
            value,
            low: at(0.025).min(value),
            high: at(0.975).max(value),
        }
    };
    let [s, r, t] = [&synthetic_on_holdout, &real_on_holdout, &synthetic_on_train].map(|judged| judged.area(None));
    Ok(Some(Trait {
        column: prepared.names[place].clone(),
        from_synthetic: interval(&|v| v[0], s),
        from_real: interval(&|v| v[1], r),
        difference: interval(&|v| v[0] - v[1], s - r),
        on_train: interval(&|v| v[2], t),
        memory: interval(&|v| v[2] - v[0], t - s),
    }))
}

/// Predictions sorted once, for many weightings of the rows.
struct Judged {
    codes: Vec<usize>,
    /// One ranking for two classes, one for each class of more.
    ranked: Vec<Ranked>,
}

impl Judged {
    fn new(codes: Vec<usize>, predictions: &[f64], classes: usize) -> Self {
        let ranked = if classes == 2 {
            vec![Ranked::new(predictions)]
        } else {
            (0..classes)
                .map(|class| {
                    let own: Vec<f64> = predictions.iter().skip(class).step_by(classes).copied().collect();
                    Ranked::new(&own)
                })
                .collect()
        };
        Self { codes, ranked }
    }

    /// The area under the ROC curve, the mean over classes that occur; 0.5 if none does.
    fn area(&self, counts: Option<&[u32]>) -> f64 {
        let weight = |row: usize| counts.map_or(1.0, |counts| f64::from(counts[row]));
        let binary = self.ranked.len() == 1;
        let areas: Vec<f64> = self
            .ranked
            .iter()
            .enumerate()
            .filter_map(|(class, ranked)| {
                let positive = if binary { 1 } else { class };
                ranked.roc_auc(|row| self.codes[row] == positive, weight)
            })
            .collect();
        if areas.is_empty() {
            return 0.5;
        }
        areas.iter().sum::<f64>() / areas.len() as f64
    }
}

impl Classes {
    fn of(column: &Column) -> Self {
        if column.kind().is_ordered() {
            let mut numbers: Vec<f64> = (0..column.len()).filter_map(|row| column.number(row)).collect();
            numbers.sort_unstable_by(f64::total_cmp);
            let middle = numbers.get(numbers.len().saturating_sub(1) / 2).copied().unwrap_or(0.0);
            // Where the middle is the largest value as well, nothing lies above it.
            let highest = numbers.last().copied().unwrap_or(0.0);
            let below = numbers.partition_point(|&n| n < middle);
            return Self::Above(if middle < highest || below == 0 {
                middle
            } else {
                numbers[below - 1]
            });
        }
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for row in 0..column.len() {
            *counts.entry(column.value(row).to_string()).or_default() += 1;
        }
        let mut words: Vec<(String, u32)> = counts.into_iter().collect();
        words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Self::Words(words.into_iter().take(VALUES).map(|(word, _)| word).collect())
    }

    /// How many classes there are: all words kept, and one for the rest if words were left out.
    fn count(&self) -> usize {
        match self {
            Self::Words(words) if words.len() == VALUES => VALUES + 1,
            Self::Words(words) => words.len().max(2),
            Self::Above(_) => 2,
        }
    }

    fn codes(&self, column: &Column) -> Vec<usize> {
        let code = |row: usize| match self {
            Self::Above(middle) => usize::from(column.number(row).is_some_and(|number| number > *middle)),
            Self::Words(words) => {
                let value = column.value(row).to_string();
                let place = words.iter().position(|word| *word == value);
                place.unwrap_or(words.len()).min(self.count() - 1)
            }
        };
        (0..column.len()).map(code).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_learn::metrics::roc_auc_one_vs_rest;

    #[test]
    fn classes_are_words_or_sides_of_the_middle() {
        let numbers = Column::Integer(vec![1, 2, 3, 4]);
        assert_eq!(Classes::of(&numbers).codes(&numbers), [0, 0, 1, 1]);
        let heavy = Column::Integer(vec![0, 7, 7, 7]);
        assert_eq!(Classes::of(&heavy).codes(&heavy), [0, 1, 1, 1]);
        let flags = Column::Boolean(vec![1, 0, 1]);
        assert_eq!(Classes::of(&flags).codes(&flags), [0, 1, 0]);
    }

    #[test]
    fn areas_are_those_of_the_metric() {
        let predictions = [0.7, 0.2, 0.1, 0.1, 0.5, 0.4, 0.3, 0.3, 0.4, 0.2, 0.7, 0.1];
        let codes = vec![0, 1, 2, 1];
        let wanted = roc_auc_one_vs_rest(&codes, &predictions, 3, None).unwrap();
        let judged = Judged::new(codes, &predictions, 3);
        assert!((judged.area(None) - wanted).abs() < 1e-12);
        assert!((judged.area(Some(&[1, 1, 1, 1])) - wanted).abs() < 1e-12);
    }
}
