//! Predictions of one arm with everything prepared that the bootstrap asks for a thousand times.

use crate::groups::Groups;
use crate::model::Predicted;
use plenish_learn::Task;
use plenish_learn::metrics::{
    self, CALIBRATION_BINS, Confusion, OperatingPoint, Ranked, debiased_squared_calibration_error,
};
use plenish_table::{Error, Result};

/// A metric: its name, and whether more is better.
pub(crate) type Name = (&'static str, bool);

const BINARY: &[Name] = &[
    ("roc_auc", true),
    ("average_precision", true),
    ("log_loss", false),
    ("brier", false),
    ("calibration_error", false),
    ("debiased_calibration_error", false),
    ("accuracy", true),
    ("balanced_accuracy", true),
    ("precision", true),
    ("recall", true),
    ("f1", true),
];
const BINARY_GROUPS: &[Name] = &[
    ("demographic_parity_difference", false),
    ("demographic_parity_ratio", true),
    ("equalized_odds_difference", false),
    ("worst_group_accuracy", true),
];
const MULTICLASS: &[Name] = &[
    ("roc_auc", true),
    ("log_loss", false),
    ("brier", false),
    ("calibration_error", false),
    ("accuracy", true),
    ("balanced_accuracy", true),
];
const MULTICLASS_GROUPS: &[Name] = &[("worst_group_accuracy", true)];
const REGRESSION: &[Name] = &[("rmse", false), ("mae", false), ("r2", true)];
const REGRESSION_GROUPS: &[Name] = &[("worst_group_rmse", false)];

/// Metrics of which less is better and which may be 0, so that no share of them says anything.
const MAY_BE_NOTHING: [&str; 4] = [
    "calibration_error",
    "debiased_calibration_error",
    "demographic_parity_difference",
    "equalized_odds_difference",
];

/// Whether a gain in a metric is counted as a share of it: in errors, whose size hangs on the data.
pub(crate) fn gains_are_shares((metric, higher_is_better): (&str, bool)) -> bool {
    !higher_is_better && !MAY_BE_NOTHING.contains(&metric)
}

/// A group counts in the worst group and in differences between groups with as many test rows.
const GROUP_ROWS: f64 = 30.0;
/// Its recall, and its false positive rate, with as many positives, and negatives.
const GROUP_CLASS: f64 = 10.0;

/// The metrics of a task, the one that decides first; those of groups if there are any.
pub(crate) fn names(task: Task, groups: bool, deciding: Option<&str>) -> Result<Vec<Name>> {
    let (own, of_groups) = match task {
        Task::Binary => (BINARY, BINARY_GROUPS),
        Task::Multiclass(_) => (MULTICLASS, MULTICLASS_GROUPS),
        Task::Regression => (REGRESSION, REGRESSION_GROUPS),
    };
    let mut names = own.to_vec();
    if groups {
        names.extend(of_groups);
    }
    if let Some(deciding) = deciding {
        let Some(place) = names.iter().position(|(name, _)| *name == deciding) else {
            let known: Vec<&str> = names.iter().map(|n| n.0).collect();
            let needs_groups = of_groups.iter().any(|(name, _)| *name == deciding);
            return Err(
                Error::usage(format!("there is no metric '{deciding}' for this target")).help(if needs_groups {
                    format!("'{deciding}' compares groups: name a protected column")
                } else {
                    format!("the metrics are: {}", known.join(", "))
                }),
            );
        };
        let first = names.remove(place);
        names.insert(0, first);
    }
    Ok(names)
}

/// All metrics that a study can name, of whatever task.
pub fn metric_names() -> Vec<&'static str> {
    let mut all: Vec<&str> = Vec::new();
    for list in [
        BINARY,
        BINARY_GROUPS,
        MULTICLASS,
        MULTICLASS_GROUPS,
        REGRESSION,
        REGRESSION_GROUPS,
    ] {
        for (name, _) in list {
            if !all.contains(name) {
                all.push(name);
            }
        }
    }
    all
}

/// How predictions are judged, whatever the arm.
#[derive(Clone, Copy)]
pub(crate) struct Judging<'a> {
    pub(crate) task: Task,
    /// What was to be predicted: the number of a class, or a value.
    pub(crate) target: &'a [f64],
    /// The groups of the same rows, one entry a protected column.
    pub(crate) groups: &'a [Groups],
    /// Where probabilities of two classes are cut.
    pub(crate) point: OperatingPoint,
    /// What is measured, in the order of [`Judged::values`].
    pub(crate) names: &'a [Name],
}

/// Predictions held against the outcomes of the test rows.
pub(crate) struct Judged<'a> {
    by: Judging<'a>,
    predictions: Vec<f64>,
    /// How much of each row is selected, where groups have thresholds of their own.
    selected: Option<Vec<f64>>,
    /// One ranking a class against the rest; one for two classes.
    ranked: Vec<Ranked>,
    /// The probability of the predicted class (of class 1 for two classes), ranked.
    confidence: Vec<f64>,
    confident: Ranked,
    log_loss: Vec<f64>,
    brier: Vec<f64>,
    /// Of several classes, the one predicted.
    class: Vec<usize>,
}

impl<'a> Judged<'a> {
    pub(crate) fn new(by: Judging<'a>, predicted: Predicted) -> Self {
        let mut judged = Self {
            by,
            predictions: predicted.values,
            selected: predicted.selected,
            ranked: Vec::new(),
            confidence: Vec::new(),
            confident: Ranked::new(&[]),
            log_loss: Vec::new(),
            brier: Vec::new(),
            class: Vec::new(),
        };
        match by.task {
            Task::Regression => {}
            Task::Binary => {
                let p = &judged.predictions;
                judged.ranked = vec![Ranked::new(p)];
                let outcomes = || p.iter().zip(by.target);
                judged.log_loss = outcomes()
                    .map(|(&p, &y)| metrics::log_loss_of(if y == 1.0 { p } else { 1.0 - p }))
                    .collect();
                judged.brier = outcomes().map(|(&p, &y)| (p - y) * (p - y)).collect();
            }
            Task::Multiclass(classes) => {
                for class in 0..classes {
                    let own = judged.predictions.chunks_exact(classes).map(|row| row[class]);
                    judged.ranked.push(Ranked::new(&own.collect::<Vec<_>>()));
                }
                for (row, &y) in judged.predictions.chunks_exact(classes).zip(by.target) {
                    let best = (1..classes).fold(0, |best, c| if row[c] > row[best] { c } else { best });
                    judged.confidence.push(row[best]);
                    judged.class.push(best);
                    judged.log_loss.push(metrics::log_loss_of(row[y as usize]));
                    judged.brier.push(metrics::brier_of(y as usize, row));
                }
                judged.confident = Ranked::new(&judged.confidence);
            }
        }
        judged
    }

    /// Whether there are two classes.
    pub(crate) fn is_binary(&self) -> bool {
        self.by.task == Task::Binary
    }

    /// What was predicted.
    pub(crate) fn predictions(&self) -> &[f64] {
        &self.predictions
    }

    /// How much of each row is selected, where groups have thresholds of their own.
    pub(crate) fn selected(&self) -> Option<&[f64]> {
        self.selected.as_deref()
    }

    /// How much of each row is selected at the operating point, for two classes; nothing where that has no meaning.
    pub(crate) fn selection(&self) -> Vec<f64> {
        if let Some(selected) = &self.selected {
            return selected.clone();
        }
        let target = self.by.target;
        let cut = self.by.point.cut(&self.ranked[0], |row| target[row] == 1.0, |_| 1.0);
        let selects = |&p: &f64| cut.map_or(0.0, |cut| cut.selects(p));
        self.predictions.iter().map(selects).collect()
    }

    /// What each row costs: its log loss, or its squared error.
    pub(crate) fn loss(&self) -> Vec<f64> {
        if self.by.task == Task::Regression {
            let errors = self.predictions.iter().zip(self.by.target);
            return errors.map(|(p, y)| (p - y) * (p - y)).collect();
        }
        self.log_loss.clone()
    }

    /// The metrics with each row counted as often as `counts` says; NaN where undefined. For more than
    /// two classes the area is the mean over classes against the rest, and calibration is that of the
    /// predicted class.
    pub(crate) fn values(&self, counts: &[u16]) -> Vec<f64> {
        match self.by.task {
            Task::Regression => self.regression(counts),
            Task::Binary => self.binary(counts),
            Task::Multiclass(classes) => self.multiclass(counts, classes),
        }
    }

    fn binary(&self, counts: &[u16]) -> Vec<f64> {
        let (target, weight) = (self.by.target, |row: usize| f64::from(counts[row]));
        let tally = self.ranked[0].tally(|row| target[row] == 1.0, weight);
        let bins = tally.calibration_bins(CALIBRATION_BINS);
        let total = tally.weight();
        let cut = self.by.point.cut(&self.ranked[0], |row| target[row] == 1.0, weight);
        let whole = match &self.selected {
            Some(selected) => {
                let mut whole = Confusion::default();
                for (row, &share) in selected.iter().enumerate() {
                    whole.add(target[row] == 1.0, share, weight(row));
                }
                Some(whole)
            }
            None => cut.map(|cut| tally.confusion(cut)),
        };
        let groups = OnceGroups::new(|| match &self.selected {
            Some(selected) => Some(self.confusions(selected, counts)),
            None => cut.map(|cut| {
                let selected: Vec<f64> = self.predictions.iter().map(|&p| cut.selects(p)).collect();
                self.confusions(&selected, counts)
            }),
        });
        let at = |of: fn(&Confusion) -> Option<f64>| whole.as_ref().and_then(of).unwrap_or(f64::NAN);
        let value = |name: &str| match name {
            "roc_auc" => tally.roc_auc().unwrap_or(f64::NAN),
            "average_precision" => tally.average_precision().unwrap_or(f64::NAN),
            "log_loss" => average(&self.log_loss, counts),
            "brier" => average(&self.brier, counts),
            "calibration_error" => {
                bins.iter()
                    .map(|bin| (bin.probability - bin.positive).abs())
                    .sum::<f64>()
                    / total
            }
            "debiased_calibration_error" => {
                debiased_squared_calibration_error(&bins).map_or(f64::NAN, |squared| squared.max(0.0).sqrt())
            }
            "accuracy" => at(Confusion::accuracy),
            "balanced_accuracy" => at(Confusion::balanced_accuracy),
            "precision" => at(Confusion::precision),
            "recall" => at(Confusion::recall),
            "f1" => at(Confusion::f1),
            "demographic_parity_difference" => {
                groups.gap(|c| (c.total() >= GROUP_ROWS).then(|| c.selection_rate()).flatten())
            }
            "demographic_parity_ratio" => {
                groups.ratio(|c| (c.total() >= GROUP_ROWS).then(|| c.selection_rate()).flatten())
            }
            "equalized_odds_difference" => {
                // The same groups in both rates, as in the families of groups.
                let both = |c: &Confusion| judged_class(c, c.positives()) && judged_class(c, c.negatives());
                let recall = groups.gap(|c| both(c).then(|| c.recall()).flatten());
                let alarms = groups.gap(|c| both(c).then(|| c.false_positive_rate()).flatten());
                recall.max(alarms)
            }
            "worst_group_accuracy" => groups.worst(|c| (c.total() >= GROUP_ROWS).then(|| c.accuracy()).flatten()),
            _ => f64::NAN,
        };
        self.by.names.iter().map(|(name, _)| value(name)).collect()
    }

    /// Predictions against outcomes in each group of each protected column.
    fn confusions(&self, selected: &[f64], counts: &[u16]) -> Vec<Vec<Confusion>> {
        let one = |groups: &Groups| {
            let mut out = vec![Confusion::default(); groups.names.len()];
            for (row, &group) in groups.of.iter().enumerate() {
                out[group].add(self.by.target[row] == 1.0, selected[row], f64::from(counts[row]));
            }
            out
        };
        self.by.groups.iter().map(one).collect()
    }

    fn multiclass(&self, counts: &[u16], classes: usize) -> Vec<f64> {
        let (target, weight) = (self.by.target, |row: usize| f64::from(counts[row]));
        let hit: Vec<f64> = self
            .class
            .iter()
            .zip(target)
            .map(|(&class, &y)| f64::from(u8::from(class == y as usize)))
            .collect();
        let value = |name: &str| match name {
            "roc_auc" => {
                let areas = self.ranked.iter().enumerate();
                mean(areas.filter_map(|(class, ranked)| ranked.roc_auc(|row| target[row] == class as f64, weight)))
            }
            "log_loss" => average(&self.log_loss, counts),
            "brier" => average(&self.brier, counts),
            "calibration_error" => self
                .confident
                .calibration_error(&self.confidence, |row| hit[row] == 1.0, weight, CALIBRATION_BINS)
                .unwrap_or(f64::NAN),
            "accuracy" => average(&hit, counts),
            "balanced_accuracy" => {
                let of = |row: usize| target[row] as usize;
                mean(shares(classes, &of, &hit, counts, 0.0).into_iter().flatten())
            }
            "worst_group_accuracy" => self.worst_share(&hit, counts).fold(f64::NAN, f64::min),
            _ => f64::NAN,
        };
        self.by.names.iter().map(|(name, _)| value(name)).collect()
    }

    fn regression(&self, counts: &[u16]) -> Vec<f64> {
        let target = self.by.target;
        let errors: Vec<f64> = self.predictions.iter().zip(target).map(|(p, y)| p - y).collect();
        let squares: Vec<f64> = errors.iter().map(|e| e * e).collect();
        let rest = average(&squares, counts);
        let value = |name: &str| match name {
            "rmse" => rest.sqrt(),
            "mae" => average(&errors.iter().map(|e| e.abs()).collect::<Vec<_>>(), counts),
            "r2" => {
                let centre = average(target, counts);
                let all = average(
                    &target.iter().map(|y| (y - centre) * (y - centre)).collect::<Vec<_>>(),
                    counts,
                );
                if all > 0.0 {
                    1.0 - rest / all
                } else {
                    f64::from(u8::from(rest == 0.0))
                }
            }
            "worst_group_rmse" => self.worst_share(&squares, counts).fold(f64::NAN, f64::max).sqrt(),
            _ => f64::NAN,
        };
        self.by.names.iter().map(|(name, _)| value(name)).collect()
    }

    /// The mean of `values` in every group that is large enough, of all protected columns.
    fn worst_share<'b>(&'b self, values: &'b [f64], counts: &'b [u16]) -> impl Iterator<Item = f64> + 'b {
        self.by
            .groups
            .iter()
            .flat_map(move |g| shares(g.names.len(), &|row| g.of[row], values, counts, GROUP_ROWS))
            .flatten()
    }
}

/// The groups' counts, which cost a pass over the rows, when the first metric asks for them.
struct OnceGroups<F: Fn() -> Option<Vec<Vec<Confusion>>>>(std::cell::OnceCell<Option<Vec<Vec<Confusion>>>>, F);

impl<F: Fn() -> Option<Vec<Vec<Confusion>>>> OnceGroups<F> {
    fn new(make: F) -> Self {
        Self(std::cell::OnceCell::new(), make)
    }

    fn columns(&self) -> &[Vec<Confusion>] {
        self.0.get_or_init(&self.1).as_deref().unwrap_or_default()
    }

    /// The largest difference between two groups of a column; NaN if no column has two to compare.
    fn gap(&self, rate: impl Fn(&Confusion) -> Option<f64>) -> f64 {
        let gap = |column: &Vec<Confusion>| {
            let rates: Vec<f64> = column.iter().filter_map(&rate).collect();
            if rates.len() < 2 {
                return f64::NAN;
            }
            rates.iter().copied().fold(f64::NEG_INFINITY, f64::max)
                - rates.iter().copied().fold(f64::INFINITY, f64::min)
        };
        self.columns().iter().map(gap).fold(f64::NAN, f64::max)
    }

    /// The lowest over the highest of a column, where that is least; NaN if no column has two to compare, or nobody has
    /// any.
    fn ratio(&self, rate: impl Fn(&Confusion) -> Option<f64>) -> f64 {
        let ratio = |column: &Vec<Confusion>| {
            let rates: Vec<f64> = column.iter().filter_map(&rate).collect();
            let highest = rates.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            if rates.len() < 2 || highest <= 0.0 {
                return f64::NAN;
            }
            rates.iter().copied().fold(f64::INFINITY, f64::min) / highest
        };
        self.columns().iter().map(ratio).fold(f64::NAN, f64::min)
    }

    /// The lowest of all groups; NaN if none is large enough.
    fn worst(&self, rate: impl Fn(&Confusion) -> Option<f64>) -> f64 {
        let rates = self.columns().iter().flatten().filter_map(rate);
        rates.fold(f64::NAN, f64::min)
    }
}

fn judged_class(counts: &Confusion, of_class: f64) -> bool {
    counts.total() >= GROUP_ROWS && of_class >= GROUP_CLASS
}

fn average(values: &[f64], counts: &[u16]) -> f64 {
    let total: u64 = counts.iter().map(|&c| u64::from(c)).sum();
    values.iter().zip(counts).map(|(v, &c)| f64::from(c) * v).sum::<f64>() / total as f64
}

/// NaN of none.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    values.iter().sum::<f64>() / values.len() as f64
}

/// The mean of `values` in each of `parts` parts; none where fewer than `least` rows are, or none at all.
fn shares(parts: usize, of: &dyn Fn(usize) -> usize, values: &[f64], counts: &[u16], least: f64) -> Vec<Option<f64>> {
    let mut sums = vec![(0.0, 0.0); parts];
    for (row, value) in values.iter().enumerate() {
        let (sum, rows) = &mut sums[of(row)];
        *sum += f64::from(counts[row]) * value;
        *rows += f64::from(counts[row]);
    }
    sums.into_iter()
        .map(|(sum, rows)| (rows > 0.0 && rows >= least).then(|| sum / rows))
        .collect()
}
