//! Thresholds by group: where the probabilities of each group are cut so that the groups are treated alike, by one of
//! the usual meanings of that.
//!
//! Hardt, Price and Srebro, "Equality of opportunity in supervised learning" (NIPS 2016), choose for each group a
//! point on its own ROC curve. They mix thresholds at random to meet equality exactly; here every group has one
//! threshold, so that two people who are alike are decided alike, and rates are equal up to a stated difference.

use plenish_table::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is alike between groups, and how closely, on the rows that the thresholds are learned from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroupParity {
    /// Recall and false positive rate differ by at most this.
    EqualizedOdds(f64),
    /// Recall differs by at most this.
    EqualOpportunity(f64),
    /// Selection rates differ by at most this.
    DemographicParity(f64),
    /// The lowest selection rate is at least this share of the highest; 0.8 is the four-fifths rule.
    DisparateImpact(f64),
}

impl GroupParity {
    /// The stated number.
    pub fn number(self) -> f64 {
        let (Self::EqualizedOdds(x)
        | Self::EqualOpportunity(x)
        | Self::DemographicParity(x)
        | Self::DisparateImpact(x)) = self;
        x
    }

    /// Whether the number lies in 0 to 1, as differences and ratios of rates do.
    pub fn is_valid(self) -> bool {
        (0.0..=1.0).contains(&self.number())
    }

    fn needs_classes(self) -> bool {
        matches!(self, Self::EqualizedOdds(_) | Self::EqualOpportunity(_))
    }

    /// Rows that a rate has to be a share of so that one row moves it by no more than the rates may differ, `least` at
    /// least: with ten positives recall moves by 0.1 at a time, and only selecting nobody keeps a difference of 0.01.
    fn rows_needed(self, least: usize) -> usize {
        let width = match self {
            Self::DisparateImpact(ratio) => 1.0 - ratio,
            other => other.number(),
        };
        ((1.0 / width).ceil() as usize).clamp(least, MOST_NEEDED)
    }
}

impl fmt::Display for GroupParity {
    /// As reports name an arm that has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EqualizedOdds(most) => write!(f, "equalised odds within {most}"),
            Self::EqualOpportunity(most) => write!(f, "equal opportunity within {most}"),
            Self::DemographicParity(most) => write!(f, "demographic parity within {most}"),
            Self::DisparateImpact(least) => write!(f, "disparate impact of {least}"),
        }
    }
}

/// One threshold for each group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupThresholds {
    /// Rows of a group with at least this probability are selected; none for a group with too few rows to learn from.
    pub of: Vec<Option<f64>>,
    /// The threshold of all groups that have none of their own: learned from those together where they have rows enough,
    /// and otherwise the one that gives all rows about the rates that the other groups have.
    pub others: f64,
}

/// A group has a threshold of its own with as many rows,
const GROUP_ROWS: usize = 30;
/// and as many of either class, where its recall or false positive rate has to be known; more where rates are to be closer
/// than so few can tell apart,
const GROUP_CLASS: usize = 10;
/// but no more than so many.
const MOST_NEEDED: usize = 1_000;
/// Points of a group's curve closer than this in both rates are one.
const STEP: f64 = 1.0 / 400.0;
/// Lower ends of windows that are tried for a rate, at most; all there are if there are fewer.
const WINDOWS: usize = 200;

impl GroupThresholds {
    /// Chooses thresholds for `groups` groups, `group_of` telling which each row is of (any other number: of none).
    ///
    /// Of all thresholds that keep `parity` on these rows, those are chosen that decide best: a selected negative costs
    /// `cost`, a missed positive 1 - `cost`; with one half that is the highest accuracy. The rows must be ones that the
    /// model has not been trained on. Groups with fewer than 30 rows (or ten of either class, where classes matter), or so
    /// few that one row moves a rate by more than is allowed, share a threshold. Rates are looked at in steps of 1/400.
    /// Selecting nobody keeps every parity, so that there is always an answer.
    ///
    /// Fails when lengths differ, when the parity is outside 0 to 1, and when a score is no number.
    pub fn fit(
        parity: GroupParity,
        cost: f64,
        labels: &[bool],
        scores: &[f64],
        weights: Option<&[f64]>,
        group_of: &[usize],
        groups: usize,
    ) -> Result<Self> {
        let rows = labels.len();
        if scores.len() != rows || group_of.len() != rows || weights.is_some_and(|w| w.len() != rows) {
            return Err(Error::internal("labels, scores, weights and groups differ in length"));
        }
        if !parity.is_valid() {
            return Err(Error::usage(format!("'{parity}' is outside 0 to 1")));
        }
        if scores.iter().any(|p| p.is_nan()) {
            return Err(Error::data("a probability is not a number"));
        }
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); groups];
        let mut others = Vec::new();
        for (row, &group) in group_of.iter().enumerate() {
            members.get_mut(group).unwrap_or(&mut others).push(row as u32);
        }
        let enough = |rows: &[u32]| {
            let positives = rows.iter().filter(|&&row| labels[row as usize]).count();
            if parity.needs_classes() {
                let needed = parity.rows_needed(GROUP_CLASS);
                rows.len() >= GROUP_ROWS && positives >= needed && rows.len() - positives >= needed
            } else {
                rows.len() >= parity.rows_needed(GROUP_ROWS)
            }
        };
        let mut own = Vec::new();
        for (group, rows) in members.iter().enumerate() {
            if enough(rows) {
                own.push(group);
            } else {
                others.extend(rows);
            }
        }
        let pooled = enough(&others);
        let curve = |rows: &[u32]| curve(rows, cost, labels, scores, weights);
        let curves: Vec<Vec<Point>> = own
            .iter()
            .map(|&group| curve(&members[group]))
            .chain(pooled.then(|| curve(&others)))
            .collect();
        let whole: Vec<&[Point]> = curves.iter().map(Vec::as_slice).collect();
        let chosen = search(parity, &whole).map_or_else(Vec::new, |(_, chosen)| chosen);
        let mut of = vec![None; groups];
        for (&group, point) in own.iter().zip(&chosen) {
            of[group] = Some(point.threshold);
        }
        let others = match chosen.last() {
            Some(last) if pooled => last.threshold,
            Some(_) => {
                let all: Vec<u32> = (0..rows as u32).collect();
                alike(parity, &curve(&all), &chosen)
            }
            None => cost,
        };
        Ok(Self { of, others })
    }

    /// Whether a row of a group with this probability is selected; `group` may be one that was not known.
    pub fn selects(&self, group: usize, probability: f64) -> bool {
        probability >= self.of.get(group).copied().flatten().unwrap_or(self.others)
    }
}

/// A place on a group's curve: what a threshold does to the group.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    threshold: f64,
    recall: f64,
    alarms: f64,
    selected: f64,
    /// What its decisions are worth beside selecting nobody: weights of selected rows times label less cost.
    gain: f64,
}

/// The points of a group from selecting nobody to selecting everybody; a class that the group lacks has a rate of 0.
fn curve(rows: &[u32], cost: f64, labels: &[bool], scores: &[f64], weights: Option<&[f64]>) -> Vec<Point> {
    let mut order = rows.to_vec();
    let score = |row: u32| scores[row as usize];
    order.sort_unstable_by(|&a, &b| score(b).total_cmp(&score(a)).then(a.cmp(&b)));
    let weight = |row: u32| weights.map_or(1.0, |w| w[row as usize]);
    let (mut positives, mut negatives) = (0.0, 0.0);
    for &row in &order {
        *(if labels[row as usize] {
            &mut positives
        } else {
            &mut negatives
        }) += weight(row);
    }
    let share = |part: f64, of: f64| if of > 0.0 { part / of } else { 0.0 };
    let nobody = order.first().map_or(1.0, |&row| score(row).next_up());
    let mut points = vec![Point {
        threshold: nobody,
        recall: 0.0,
        alarms: 0.0,
        selected: 0.0,
        gain: 0.0,
    }];
    let (mut hits, mut alarms) = (0.0, 0.0);
    for (place, &row) in order.iter().enumerate() {
        *(if labels[row as usize] { &mut hits } else { &mut alarms }) += weight(row);
        let next = order.get(place + 1).map(|&next| score(next));
        if next == Some(score(row)) {
            continue;
        }
        // Between two scores, so that rows that were not seen fall on the side they are nearer to.
        let threshold = next.map_or(0.0, |next| f64::midpoint(score(row), next).max(next.next_up()));
        let point = Point {
            threshold,
            recall: share(hits, positives),
            alarms: share(alarms, negatives),
            selected: share(hits + alarms, positives + negatives),
            gain: hits * (1.0 - cost) - alarms * cost,
        };
        let bucket = |p: &Point| ((p.recall / STEP) as u64, (p.alarms / STEP) as u64);
        // Selecting nobody stays: it is what keeps every parity.
        match points.last_mut() {
            Some(last) if last.selected > 0.0 && bucket(last) == bucket(&point) => {
                if point.gain > last.gain {
                    *last = point;
                }
            }
            _ => points.push(point),
        }
    }
    points
}

/// The threshold at which all rows together have about the rates that the groups have.
fn alike(parity: GroupParity, all: &[Point], groups: &[Point]) -> f64 {
    let mean = |rate: fn(&Point) -> f64| groups.iter().map(rate).sum::<f64>() / groups.len() as f64;
    let (recall, alarms, selected) = (mean(|p| p.recall), mean(|p| p.alarms), mean(|p| p.selected));
    let away = |p: &Point| match parity {
        GroupParity::EqualizedOdds(_) => (p.recall - recall).abs() + (p.alarms - alarms).abs(),
        GroupParity::EqualOpportunity(_) => (p.recall - recall).abs(),
        GroupParity::DemographicParity(_) | GroupParity::DisparateImpact(_) => (p.selected - selected).abs(),
    };
    let nearest = all.iter().min_by(|a, b| away(a).total_cmp(&away(b)));
    nearest.map_or(0.5, |point| point.threshold)
}

/// The points, one of each curve, that keep a parity and gain most together; none without curves.
fn search(parity: GroupParity, curves: &[&[Point]]) -> Option<(f64, Vec<Point>)> {
    let recall = |p: &Point| p.recall;
    let alarms = |p: &Point| p.alarms;
    let selected = |p: &Point| p.selected;
    match parity {
        GroupParity::EqualOpportunity(most) => within(curves, &recall, &|low| low + most),
        GroupParity::DemographicParity(most) => within(curves, &selected, &|low| low + most),
        GroupParity::DisparateImpact(least) => {
            within(curves, &selected, &|low| if least > 0.0 { low / least } else { 1.0 })
        }
        GroupParity::EqualizedOdds(most) => {
            let mut best: Option<(f64, Vec<Point>)> = None;
            for low in lows(curves, &recall) {
                let Some(parts) = window(curves, &recall, low, low + most) else {
                    continue;
                };
                let found = within(&parts, &alarms, &|low| low + most);
                if let Some((gain, points)) = found
                    && best.as_ref().is_none_or(|(before, _)| gain > *before)
                {
                    best = Some((gain, points));
                }
            }
            best
        }
    }
}

/// The same where one rate has to lie between its lowest value and what `high` makes of that.
fn within(curves: &[&[Point]], rate: &dyn Fn(&Point) -> f64, high: &dyn Fn(f64) -> f64) -> Option<(f64, Vec<Point>)> {
    let mut best: Option<(f64, Vec<Point>)> = None;
    for low in lows(curves, rate) {
        let Some(parts) = window(curves, rate, low, high(low)) else {
            continue;
        };
        let points: Vec<Point> = parts
            .iter()
            .filter_map(|part| part.iter().copied().reduce(|a, b| if b.gain > a.gain { b } else { a }))
            .collect();
        let gain: f64 = points.iter().map(|point| point.gain).sum();
        if best.as_ref().is_none_or(|(before, _)| gain > *before) {
            best = Some((gain, points));
        }
    }
    best
}

/// The values that the lowest of the groups may have, thinned out where there are many.
fn lows(curves: &[&[Point]], rate: &dyn Fn(&Point) -> f64) -> Vec<f64> {
    let mut values: Vec<f64> = curves.iter().flat_map(|curve| curve.iter().map(rate)).collect();
    values.sort_unstable_by(f64::total_cmp);
    values.dedup();
    let every = values.len().div_ceil(WINDOWS).max(1);
    values.into_iter().step_by(every).collect()
}

/// The part of each curve whose rate lies in a range; none if a curve has no such part. Rates rise along a curve.
fn window<'a>(curves: &[&'a [Point]], rate: &dyn Fn(&Point) -> f64, low: f64, high: f64) -> Option<Vec<&'a [Point]>> {
    // Sums of weights round.
    let high = high + 1e-12;
    curves
        .iter()
        .map(|curve| {
            let from = curve.partition_point(|p| rate(p) < low);
            let to = curve.partition_point(|p| rate(p) <= high);
            (from < to).then(|| &curve[from..to])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Confusion;
    use proptest::prelude::*;

    /// What thresholds do to each group.
    fn confusions(of: &[f64], labels: &[bool], scores: &[f64], group_of: &[usize]) -> Vec<Confusion> {
        let mut out = vec![Confusion::default(); of.len()];
        for row in 0..labels.len() {
            let group = group_of[row];
            out[group].add(labels[row], f64::from(u8::from(scores[row] >= of[group])), 1.0);
        }
        out
    }

    fn apart(rates: &[Option<f64>]) -> f64 {
        let rates: Vec<f64> = rates.iter().map(|r| r.unwrap_or(0.0)).collect();
        rates.iter().copied().fold(0.0, f64::max) - rates.iter().copied().fold(1.0, f64::min)
    }

    fn keeps(parity: GroupParity, groups: &[Confusion]) -> bool {
        let of = |rate: fn(&Confusion) -> Option<f64>| groups.iter().map(rate).collect::<Vec<_>>();
        let (recall, alarms) = (of(Confusion::recall), of(Confusion::false_positive_rate));
        let selected = of(Confusion::selection_rate);
        let tiny = 1e-9;
        match parity {
            GroupParity::EqualizedOdds(most) => apart(&recall) <= most + tiny && apart(&alarms) <= most + tiny,
            GroupParity::EqualOpportunity(most) => apart(&recall) <= most + tiny,
            GroupParity::DemographicParity(most) => apart(&selected) <= most + tiny,
            GroupParity::DisparateImpact(least) => {
                let rates: Vec<f64> = selected.into_iter().flatten().collect();
                let low = rates.iter().copied().fold(1.0, f64::min);
                low + tiny >= least * rates.iter().copied().fold(0.0, f64::max)
            }
        }
    }

    /// Rows of two groups with enough of either class, few distinct scores.
    fn rows() -> impl Strategy<Value = Vec<(bool, u8, bool)>> {
        proptest::collection::vec((any::<bool>(), 0_u8..12, any::<bool>()), 200..300)
    }

    proptest! {
        /// Nothing that keeps the parity decides better: held against all pairs of thresholds.
        #[test]
        fn equals_trying_all_thresholds(rows in rows(), kind in 0..4, number in 0.0..1.0_f64, cost in 0.1..0.9_f64) {
            let labels: Vec<bool> = rows.iter().map(|r| r.0).collect();
            let scores: Vec<f64> = rows.iter().map(|r| f64::from(r.1) / 12.0).collect();
            let group_of: Vec<usize> = rows.iter().map(|r| usize::from(r.2)).collect();
            let parity = match kind {
                0 => GroupParity::EqualizedOdds(0.05 + number / 5.0),
                1 => GroupParity::EqualOpportunity(0.05 + number / 5.0),
                2 => GroupParity::DemographicParity(0.05 + number / 5.0),
                _ => GroupParity::DisparateImpact(0.95 * number),
            };
            let found = GroupThresholds::fit(parity, cost, &labels, &scores, None, &group_of, 2).unwrap();
            let own: Vec<f64> = found.of.iter().copied().collect::<Option<_>>().unwrap();
            let gain = |groups: &[Confusion]| -> f64 {
                groups.iter().map(|c| c.true_positive * (1.0 - cost) - c.false_positive * cost).sum()
            };
            let own = confusions(&own, &labels, &scores, &group_of);
            prop_assert!(keeps(parity, &own), "{own:?}");
            let cuts: Vec<f64> = (0..=12).map(|s| (f64::from(s) - 0.5) / 12.0).collect();
            let mut best = f64::NEG_INFINITY;
            for &a in &cuts {
                for &b in &cuts {
                    let groups = confusions(&[a, b], &labels, &scores, &group_of);
                    if keeps(parity, &groups) {
                        best = best.max(gain(&groups));
                    }
                }
            }
            prop_assert!((gain(&own) - best).abs() < 1e-9, "{} instead of {best}", gain(&own));
        }
    }

    /// Without a parity to keep, thresholds of calibrated probabilities are where the costs say.
    #[test]
    fn no_parity_leaves_the_best_threshold_of_each_group() {
        let n = 2_000;
        let scores: Vec<f64> = (0..n).map(|i| f64::from(i) / f64::from(n)).collect();
        let labels: Vec<bool> = (0..n).map(|i| (f64::from((i * 7_919) % n)) < f64::from(i)).collect();
        let group_of = vec![0; n as usize];
        for cost in [0.3, 0.5, 0.8] {
            let parity = GroupParity::DemographicParity(1.0);
            let found = GroupThresholds::fit(parity, cost, &labels, &scores, None, &group_of, 1).unwrap();
            let threshold = found.of[0].unwrap();
            assert!((threshold - cost).abs() < 0.08, "{threshold} for {cost}");
        }
    }

    #[test]
    fn small_groups_share_a_threshold_and_unknown_ones_have_it() {
        let labels: Vec<bool> = (0..200).map(|i| i % 3 == 0).collect();
        let scores: Vec<f64> = (0..200).map(|i| f64::from(i % 10) / 10.0).collect();
        let group_of: Vec<usize> = (0..200).map(|i| if i < 150 { 0 } else { 1 + (i % 5) }).collect();
        let parity = GroupParity::EqualizedOdds(0.05);
        let found = GroupThresholds::fit(parity, 0.5, &labels, &scores, None, &group_of, 6).unwrap();
        assert!(
            found.of[0].is_some() && found.of[1..].iter().all(Option::is_none),
            "{found:?}"
        );
        assert_eq!(found.selects(3, found.others), found.selects(99, found.others));
    }

    /// A group of a few positives cannot keep a hundredth; it must neither force everybody to nothing nor stay outside.
    #[test]
    fn a_group_too_small_for_the_width_is_treated_as_all_are() {
        let n = 4_000;
        let noise = |i: i32| f64::from((i * 7_919) % n) / f64::from(n);
        let labels: Vec<bool> = (0..n).map(|i| noise(i) < 0.3).collect();
        let scores: Vec<f64> = (0..n)
            .map(|i| 0.5 * noise(i * 31 % n) + if labels[i as usize] { 0.4 } else { 0.0 })
            .collect();
        // The third group has some ten positives.
        let group_of: Vec<usize> = (0..n)
            .map(|i| if i % 100 == 0 { 2 } else { (i % 2) as usize })
            .collect();
        let parity = GroupParity::EqualizedOdds(0.01);
        let found = GroupThresholds::fit(parity, 0.7, &labels, &scores, None, &group_of, 3).unwrap();
        let (a, b) = (found.of[0].unwrap(), found.of[1].unwrap());
        assert!(found.of[2].is_none());
        assert!(a < 0.9 && b < 0.9, "{found:?}");
        let (low, high) = (a.min(b) - 0.05, a.max(b) + 0.05);
        assert!((low..=high).contains(&found.others), "{found:?}");
    }

    #[test]
    fn bad_input_is_refused() {
        let fit = |parity, scores: &[f64], groups: &[usize]| {
            GroupThresholds::fit(parity, 0.5, &[true, false], scores, None, groups, 1).map(|_| ())
        };
        let good = GroupParity::EqualOpportunity(0.1);
        assert!(fit(good, &[0.1], &[0, 0]).is_err());
        assert!(fit(good, &[0.1, f64::NAN], &[0, 0]).is_err());
        assert!(fit(GroupParity::DisparateImpact(f64::NAN), &[0.1, 0.2], &[0, 0]).is_err());
        // Too few rows for anything: the cost is the threshold.
        let few = GroupThresholds::fit(good, 0.3, &[true, false], &[0.1, 0.9], None, &[0, 0], 1).unwrap();
        assert_eq!((few.of, few.others), (vec![None], 0.3));
    }
}
