//! How groups of people fare under the predictions of each arm: rates of every group, the gaps between
//! groups, and the worst of them, each with an interval or with the reason why it cannot be judged.
//!
//! A [`Family`] is a set of groups: the values of a protected column, of an intersection of several, or
//! slices that somebody chose. [`fairness`] measures families; definitions are those of fairlearn 0.15
//! where it has them.

mod contrasts;
mod families;
mod gaps;
mod measure;
mod measured;
mod results;

pub use families::{Family, RowGroup};
pub use results::{Fairness, FairnessGap, FairnessGroup, FairnessMetric, FamilyFairness, Judgement, NotJudged};

use measured::Measured;
use plenish_learn::metrics::{Cut, OperatingPoint, Ranked, Scored, Tally};
use plenish_table::{Context, Error, Result};
use rayon::prelude::*;

/// Fewer replicates have no 2.5 % point. Gaps among several groups need some 500: without any gap, the
/// interval then leaves 0 out in 5 to 7 of 100 draws, with 100 replicates in 8 to 11 (six groups, 600
/// rows).
pub const MIN_REPLICATES: usize = 40;

/// More groups in a family than this are a mistake, and would take memory for every replicate.
pub const MAX_GROUPS: usize = 1_000;

/// The predictions of one arm for the test rows.
#[derive(Debug, Clone, Copy)]
pub struct FairnessArm<'a> {
    /// What the arm is called.
    pub name: &'a str,
    /// The probability of the positive class, 0 to 1, one a row.
    pub probabilities: &'a [f64],
    /// How much of each row is selected, 0 to 1, where it is not the operating point that decides.
    pub selected: Option<&'a [f64]>,
}

/// How much there has to be before something is judged. Rows with unequal weights count as the
/// number of equally weighted rows whose mean varies as much (Kish 1965).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Rows of a group; two at least, whatever is asked for: one person is not a group.
    pub rows: usize,
    /// Rows that a rate is a share of, if not all: positives for recall, negatives for the false
    /// positive rate, selected rows for precision; one at least.
    pub class: usize,
}

impl Default for Limits {
    /// 30 rows, and ten in the denominator of a rate.
    fn default() -> Self {
        Self { rows: 30, class: 10 }
    }
}

/// The bootstrap: how often each row occurs in each replicate. Every arm gets the same replicates, so
/// that differences between arms are paired.
#[derive(Clone, Copy)]
pub struct Resampling<'a> {
    /// Replicates, at least [`MIN_REPLICATES`].
    pub replicates: usize,
    /// The counts of a replicate, one a row; always the same for the same number.
    pub counts: &'a (dyn Fn(u64) -> Vec<u16> + Sync),
}

/// What [`fairness`] judges, beside the arms.
#[derive(Clone, Copy)]
pub struct FairnessInputs<'a> {
    /// Whether each test row is positive.
    pub labels: &'a [bool],
    /// The weight of each row, finite and not negative; none for 1.
    pub weights: Option<&'a [f64]>,
    /// The groups.
    pub families: &'a [Family],
    /// Where predictions are cut. A stated rate is met on all rows together, anew in each replicate.
    pub point: OperatingPoint,
    /// What is too few to judge.
    pub limits: Limits,
    /// The bootstrap.
    pub resampling: Resampling<'a>,
}

/// Measures every family under every arm; the first arm is what the others are compared with.
///
/// Intervals: 95 %, percentiles of the replicates less the bias they show (the worst of several groups is
/// worse by chance), within the range of the metric. A rate of exactly 0 or 1 is the same in every
/// replicate and gets the Wilson interval instead. The lower end of a difference between groups is what
/// all pairs of groups tested together leave of it, 0 where it may be chance; the ratio's upper end is
/// then 1.
///
/// Fails when there is no arm, a family has more than [`MAX_GROUPS`] groups, lengths differ, a probability is outside 0 to 1 or no number, a weight is
/// negative or infinite or all are 0, a group names a row that does not exist, there are too few
/// replicates, or the operating point cannot be met because a class is missing. Anything else that
/// cannot be judged is a [`NotJudged`] in its place.
pub fn fairness(arms: &[FairnessArm<'_>], inputs: &FairnessInputs<'_>, cx: &Context<'_>) -> Result<Vec<Fairness>> {
    let rows = inputs.labels.len();
    check(arms, inputs)?;
    let scored: Vec<Scored<'_>> = arms
        .iter()
        .map(|arm| {
            Scored::new(inputs.labels, arm.probabilities, inputs.weights)
                .map_err(|error| error.detail(format!("in the predictions of {}", arm.name)))
        })
        .collect::<Result<_>>()?;
    let cuts: Vec<Cut> = scored.iter().map(|arm| arm.cut(inputs.point)).collect::<Result<_>>()?;
    let mut out: Vec<Fairness> = arms
        .iter()
        .zip(&cuts)
        .map(|(arm, &cut)| Fairness {
            arm: arm.name.to_owned(),
            operating_point: inputs.point,
            cut: arm.selected.is_none().then_some(cut),
            replicates: inputs.resampling.replicates,
            families: Vec::new(),
        })
        .collect();
    let rankings: Vec<&Ranked> = scored.iter().map(Scored::ranked).collect();
    cx.step("judging groups", inputs.families.len() as u64, || {
        for family in inputs.families {
            let measured: Vec<Measured> = arms
                .iter()
                .zip(&cuts)
                .map(|(arm, &cut)| Measured::new(family, arm, cut, inputs))
                .collect();
            let resampled: Vec<Vec<Vec<f64>>> = (0..inputs.resampling.replicates as u64)
                .into_par_iter()
                .map_init(Tally::default, |tally, replicate| {
                    cx.check()?;
                    let counts = (inputs.resampling.counts)(replicate);
                    if counts.len() != rows {
                        return Err(Error::usage(format!(
                            "replicate {replicate} of the bootstrap counts {} rows of {rows}",
                            counts.len()
                        )));
                    }
                    let weight = |row: usize| f64::from(counts[row]) * inputs.weights.map_or(1.0, |w| w[row]);
                    Ok(measured
                        .iter()
                        .zip(&rankings)
                        .map(|(measured, ranked)| {
                            let label = |row: usize| inputs.labels[row];
                            if measured.is_decided() {
                                return measured.values(Cut::at(0.0), weight, tally);
                            }
                            match inputs.point.cut(ranked, label, weight) {
                                Some(cut) => measured.values(cut, weight, tally),
                                None => vec![f64::NAN; measured.points.len()],
                            }
                        })
                        .collect())
                })
                .collect::<Result<_>>()?;
            for (place, arm) in measured.iter().enumerate() {
                let own = |value: usize| resampled.iter().map(|r| r[place][value]).collect();
                let first = (place > 0).then_some(&measured[0]);
                let change = |value: usize| resampled.iter().map(|r| r[place][value] - r[0][value]).collect();
                out[place].families.push(arm.report(family, first, own, change));
            }
            cx.advance(1);
        }
        Ok(())
    })?;
    Ok(out)
}

fn check(arms: &[FairnessArm<'_>], inputs: &FairnessInputs<'_>) -> Result<()> {
    if arms.is_empty() {
        return Err(Error::usage("there is no arm to judge").help("give the predictions of at least one model"));
    }
    if inputs.resampling.replicates < MIN_REPLICATES {
        return Err(Error::usage(format!(
            "{} bootstrap replicates are too few for an interval",
            inputs.resampling.replicates
        ))
        .help(format!("ask for at least {MIN_REPLICATES}")));
    }
    let rows = inputs.labels.len();
    for arm in arms {
        if let Some(selected) = arm.selected
            && (selected.len() != rows || !selected.iter().all(|share| (0.0..=1.0).contains(share)))
        {
            return Err(Error::usage(format!(
                "the decisions of {} are not one for each of {rows} rows, 0 to 1",
                arm.name
            )));
        }
    }
    for family in inputs.families {
        if family.groups.len() > MAX_GROUPS {
            return Err(
                Error::data(format!("{} makes {} groups", family.name, family.groups.len())).help(format!(
                    "at most {MAX_GROUPS} are judged: leave out a column, or intersect fewer of them"
                )),
            );
        }
        for group in &family.groups {
            if group.rows.iter().any(|&row| row as usize >= rows) {
                return Err(Error::usage(format!(
                    "group {} of {} names a row beyond the {rows} that were predicted",
                    group.name, family.name
                )));
            }
        }
    }
    Ok(())
}
