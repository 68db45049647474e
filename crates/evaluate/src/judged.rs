//! Predictions of one arm with everything prepared that the bootstrap asks for a thousand times.

use plenish_learn::Task;
use plenish_learn::metrics::{self, CALIBRATION_BINS, Ranked};

/// The names of a task's metrics, in the order of [`Judged::values`], and whether more is better.
pub(crate) fn names(task: Task) -> &'static [(&'static str, bool)] {
    match task {
        Task::Regression => &[("rmse", false), ("r2", true)],
        Task::Binary | Task::Multiclass(_) => &[
            ("roc_auc", true),
            ("log_loss", false),
            ("brier", false),
            ("calibration_error", false),
            ("accuracy", true),
        ],
    }
}

/// Predictions held against the outcomes of the test rows.
pub(crate) struct Judged {
    task: Task,
    target: Vec<f64>,
    predictions: Vec<f64>,
    /// One ranking a class against the rest; one for two classes.
    ranked: Vec<Ranked>,
    /// The probability of the predicted class (of class 1 for two classes), ranked.
    confidence: Vec<f64>,
    confident: Ranked,
    log_loss: Vec<f64>,
    brier: Vec<f64>,
    hit: Vec<bool>,
}

impl Judged {
    pub(crate) fn new(task: Task, target: &[f64], predictions: Vec<f64>) -> Self {
        let mut judged = Self {
            task,
            target: target.to_vec(),
            predictions,
            ranked: Vec::new(),
            confidence: Vec::new(),
            confident: Ranked::new(&[]),
            log_loss: Vec::new(),
            brier: Vec::new(),
            hit: Vec::new(),
        };
        match task {
            Task::Regression => {}
            Task::Binary => {
                let p = &judged.predictions;
                judged.ranked = vec![Ranked::new(p)];
                judged.confidence.clone_from(p);
                let outcomes = || p.iter().zip(target);
                judged.log_loss = outcomes()
                    .map(|(&p, &y)| metrics::log_loss_of(if y == 1.0 { p } else { 1.0 - p }))
                    .collect();
                judged.brier = outcomes().map(|(&p, &y)| (p - y) * (p - y)).collect();
                judged.hit = outcomes().map(|(&p, &y)| (p >= 0.5) == (y == 1.0)).collect();
            }
            Task::Multiclass(classes) => {
                for class in 0..classes {
                    let scores: Vec<f64> = judged
                        .predictions
                        .iter()
                        .skip(class)
                        .step_by(classes)
                        .copied()
                        .collect();
                    judged.ranked.push(Ranked::new(&scores));
                }
                for (row, &y) in judged.predictions.chunks_exact(classes).zip(target) {
                    let best = (1..classes).fold(0, |best, c| if row[c] > row[best] { c } else { best });
                    judged.confidence.push(row[best]);
                    judged.hit.push(best == y as usize);
                    judged.log_loss.push(metrics::log_loss_of(row[y as usize]));
                    judged.brier.push(metrics::brier_of(y as usize, row));
                }
            }
        }
        judged.confident = Ranked::new(&judged.confidence);
        judged
    }

    /// The metrics with each row counted as often as `counts` says; NaN where undefined. For more
    /// than two classes the area is the mean over classes against the rest, and calibration is that
    /// of the predicted class.
    pub(crate) fn values(&self, counts: &[u16]) -> Vec<f64> {
        let weight = |row: usize| f64::from(counts[row]);
        let total: f64 = counts.iter().map(|&c| u64::from(c)).sum::<u64>() as f64;
        let average = |values: &[f64]| values.iter().zip(counts).map(|(v, &c)| f64::from(c) * v).sum::<f64>() / total;
        if self.task == Task::Regression {
            let centre = average(&self.target);
            let (mut rest, mut all) = (0.0, 0.0);
            for (row, (y, p)) in self.target.iter().zip(&self.predictions).enumerate() {
                rest += weight(row) * (y - p) * (y - p);
                all += weight(row) * (y - centre) * (y - centre);
            }
            let r2 = if all > 0.0 {
                1.0 - rest / all
            } else {
                f64::from(u8::from(rest == 0.0))
            };
            return vec![(rest / total).sqrt(), r2];
        }
        let binary = self.task == Task::Binary;
        let areas: Vec<f64> = self
            .ranked
            .iter()
            .enumerate()
            .filter_map(|(class, ranked)| {
                let class = if binary { 1.0 } else { class as f64 };
                ranked.roc_auc(|row| self.target[row] == class, weight)
            })
            .collect();
        let area = if areas.is_empty() {
            f64::NAN
        } else {
            areas.iter().sum::<f64>() / areas.len() as f64
        };
        let right = |row: usize| if binary { self.target[row] == 1.0 } else { self.hit[row] };
        let calibration = self
            .confident
            .calibration_error(&self.confidence, right, weight, CALIBRATION_BINS)
            .unwrap_or(f64::NAN);
        let hits: u64 = self
            .hit
            .iter()
            .zip(counts)
            .filter(|(hit, _)| **hit)
            .map(|(_, &c)| u64::from(c))
            .sum();
        vec![
            area,
            average(&self.log_loss),
            average(&self.brier),
            calibration,
            hits as f64 / total,
        ]
    }
}
