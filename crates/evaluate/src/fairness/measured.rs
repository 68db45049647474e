//! One family under one arm: measured, prepared for the bootstrap, and reported.

use super::contrasts::{Rate, least_difference};
use super::families::Family;
use super::gaps::{Extreme, GAPS, GapCard, How};
use super::measure::{GroupRows, METRICS, Values};
use super::results::{FairnessGap, FairnessGroup, FairnessMetric, FamilyFairness, Judgement, NotJudged};
use super::{FairnessArm, FairnessInputs};
use crate::interval::{centred_percentiles, wilson};
use crate::results::Interval;
use plenish_learn::metrics::{Cut, Tally};

/// A value that fewer of the replicates define is not judged.
const DEFINED: f64 = 0.9;

/// One family under one arm: prepared for the bootstrap, with the values of the rows themselves.
pub(super) struct Measured {
    groups: Vec<GroupRows>,
    /// The gaps this family has, with where they stand or why they are not judged.
    gaps: Vec<(usize, Result<Extreme, NotJudged>)>,
    /// The metrics of each group in turn, then the gaps; NaN where not judged.
    pub(super) points: Vec<f64>,
}

impl Measured {
    pub(super) fn new(family: &Family, arm: &FairnessArm<'_>, cut: Cut, inputs: &FairnessInputs<'_>) -> Self {
        let weight = |row: usize| inputs.weights.map_or(1.0, |w| w[row]);
        let groups: Vec<GroupRows> = family
            .groups
            .iter()
            .map(|group| GroupRows::new(&group.rows, inputs.labels, arm, cut, weight, inputs.limits))
            .collect();
        let values: Vec<Values> = groups
            .iter()
            .map(|group| group.values(cut, weight, &mut Tally::default()))
            .collect();
        let gaps: Vec<_> = (0..GAPS.len())
            .filter(|&gap| !family.overlapping || GAPS[gap].of_overlapping())
            .map(|gap| (gap, GAPS[gap].measure(&groups, &values)))
            .collect();
        let mut points = values.concat();
        points.extend(
            gaps.iter()
                .map(|(_, gap)| gap.as_ref().map_or(f64::NAN, |gap| gap.value)),
        );
        Self { groups, gaps, points }
    }

    /// Whether it was decided which rows are selected, so that no cut is looked for.
    pub(super) fn is_decided(&self) -> bool {
        self.groups.iter().any(GroupRows::is_decided)
    }

    /// The values with other weights, in the order of `points`; `tally` lends its memory.
    pub(super) fn values(&self, cut: Cut, weight: impl Fn(usize) -> f64 + Copy, tally: &mut Tally) -> Vec<f64> {
        let values: Vec<Values> = self
            .groups
            .iter()
            .map(|group| group.values(cut, weight, tally))
            .collect();
        let mut all = values.concat();
        all.extend(self.gaps.iter().map(|(gap, point)| {
            match point {
                Ok(_) => GAPS[*gap]
                    .measure(&self.groups, &values)
                    .map_or(f64::NAN, |gap| gap.value),
                Err(_) => f64::NAN,
            }
        }));
        all
    }

    /// The family's results; `own` and `change` give the replicates of a value, and of its difference
    /// from the first arm.
    pub(super) fn report(
        &self,
        family: &Family,
        first: Option<&Self>,
        own: impl Fn(usize) -> Vec<f64>,
        change: impl Fn(usize) -> Vec<f64>,
    ) -> FamilyFairness {
        let all: f64 = self.groups.iter().map(|group| group.weight).sum();
        let groups = family.groups.iter().zip(&self.groups).enumerate();
        FamilyFairness {
            name: family.name.clone(),
            columns: family.columns.clone(),
            groups: groups
                .map(|(group, (named, rows))| FairnessGroup {
                    name: named.name.clone(),
                    rows: rows.rows,
                    positives: rows.positives,
                    share: (!family.overlapping && all > 0.0).then(|| rows.weight / all),
                    metrics: (0..METRICS.len())
                        .map(|metric| self.metric(group, metric, first, &own, &change))
                        .collect(),
                })
                .collect(),
            gaps: self.gap_reports(family, first, &own, &change),
        }
    }

    fn metric(
        &self,
        group: usize,
        metric: usize,
        first: Option<&Self>,
        own: impl Fn(usize) -> Vec<f64>,
        change: impl Fn(usize) -> Vec<f64>,
    ) -> FairnessMetric {
        let place = group * METRICS.len() + metric;
        let card = &METRICS[metric];
        let (low, high) = card.range;
        let rows = &self.groups[group];
        let judge = |reason: Option<&NotJudged>, value: f64, replicates: &dyn Fn(usize) -> Vec<f64>, range| match reason
        {
            Some(reason) => Judgement::NotJudged(reason.clone()),
            None => judgement(value, replicates(place), range),
        };
        let reason = rows.reasons[metric].as_ref();
        FairnessMetric {
            name: card.name.to_owned(),
            higher_is_better: card.higher_is_better,
            value: judge(reason, self.points[place], &own, card.range).widened(rows.denominators[metric]),
            against_first: first.map(|first| {
                let reason = reason.or(first.groups[group].reasons[metric].as_ref());
                let difference = self.points[place] - first.points[place];
                judge(reason, difference, &change, (low - high, high - low))
            }),
        }
    }

    fn gap_reports(
        &self,
        family: &Family,
        first: Option<&Self>,
        own: impl Fn(usize) -> Vec<f64>,
        change: impl Fn(usize) -> Vec<f64>,
    ) -> Vec<FairnessGap> {
        // The least differences found so far; a ratio has the same metrics as the difference before it.
        let mut known: Vec<(&[usize], f64)> = Vec::new();
        let names = |groups: &[usize]| groups.iter().map(|&g| family.groups[g].name.clone()).collect();
        let mut out = Vec::new();
        for (number, (gap, point)) in self.gaps.iter().enumerate() {
            let place = self.groups.len() * METRICS.len() + number;
            let card = &GAPS[*gap];
            let judged = card.judged(&self.groups).count();
            let value = match point {
                Ok(point) => {
                    let found = judgement(point.value, own(place), (0.0, card.most()));
                    let mut least = || {
                        if let Some((_, least)) = known.iter().find(|(metrics, _)| *metrics == card.metrics) {
                            return *least;
                        }
                        let least = self.least_difference(card, &own);
                        known.push((card.metrics, least));
                        least
                    };
                    match card.how {
                        How::Difference => found.starting_at(least()),
                        // What may be no difference may be a ratio of 1.
                        How::Ratio if least() == 0.0 => found.ending_at(1.0),
                        _ => found,
                    }
                }
                Err(reason) => Judgement::NotJudged(reason.clone()),
            };
            out.push(FairnessGap {
                name: card.name.to_owned(),
                higher_is_better: card.higher_is_better,
                value,
                against_first: first.map(|first| match (point, &first.gaps[number].1) {
                    (Ok(point), Ok(before)) => {
                        let difference = point.value - before.value;
                        judgement(difference, change(place), (-card.most(), card.most()))
                    }
                    (Err(reason), _) | (_, Err(reason)) => Judgement::NotJudged(reason.clone()),
                }),
                groups: judged,
                left_out: self.groups.len() - judged,
                between: point
                    .as_ref()
                    .map_or_else(|_| Vec::new(), |point| names(&point.between)),
            });
        }
        out
    }

    /// See [`least_difference`]; over the groups that the figure is judged on.
    fn least_difference(&self, card: &GapCard, own: impl Fn(usize) -> Vec<f64>) -> f64 {
        let rates: Vec<Vec<Rate>> = card
            .metrics
            .iter()
            .map(|&metric| {
                card.judged(&self.groups)
                    .map(|group| {
                        let place = group * METRICS.len() + metric;
                        Rate {
                            value: self.points[place],
                            replicates: own(place),
                            rows: self.groups[group].denominators[metric],
                        }
                    })
                    .collect()
            })
            .collect();
        least_difference(&rates)
    }
}

/// A value with the interval its replicates give, kept within `range`.
fn judgement(value: f64, mut replicates: Vec<f64>, range: (f64, f64)) -> Judgement {
    let all = replicates.len();
    replicates.retain(|v| v.is_finite());
    if !value.is_finite() || (replicates.len() as f64) < DEFINED * all as f64 {
        return Judgement::NotJudged(NotJudged::Unstable {
            defined: replicates.len(),
            replicates: all,
        });
    }
    let (low, high) = centred_percentiles(&mut replicates, value);
    Judgement::Value(Interval {
        value,
        low: low.max(range.0).min(value),
        high: high.min(range.1).max(value),
    })
}

impl Judgement {
    /// The Wilson interval instead, where this is a share of exactly 0 or 1 of so many rows.
    fn widened(self, rows: Option<f64>) -> Self {
        match (self, rows) {
            (Self::Value(found), Some(rows)) if found.value == 0.0 || found.value == 1.0 => {
                Self::Value(wilson(found.value, rows))
            }
            (other, _) => other,
        }
    }

    /// The interval from `low`, or from the value if that is less.
    fn starting_at(self, low: f64) -> Self {
        match self {
            Self::Value(found) => Self::Value(Interval {
                low: low.min(found.value),
                ..found
            }),
            other @ Self::NotJudged(_) => other,
        }
    }

    /// The interval up to `high`.
    fn ending_at(self, high: f64) -> Self {
        match self {
            Self::Value(found) => Self::Value(Interval { high, ..found }),
            other @ Self::NotJudged(_) => other,
        }
    }
}
