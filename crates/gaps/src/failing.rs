//! Slices in which something is worse than elsewhere, confirmed on rows that had no part in finding them.
//!
//! One half of the rows decides where numbers are cut and which slices score highest; on the other half
//! each slice is tested against the rest. The best of very many slices looks bad by chance alone, on the
//! rows it was chosen by: on others it does not.

use crate::attributes::{AttributeSettings, Attributes};
use crate::cuts::readable;
use crate::region::Region;
use crate::slices::{self, SliceSettings};
use crate::splits;
use plenish_learn::bins::distinct;
use plenish_learn::multiple_tests::benjamini_yekutieli;
use plenish_learn::students_t::t_upper_tail;
use plenish_table::{Context, Error, Result, Seed, Table};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;

/// How slices are found and confirmed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FailingSettings {
    /// Score, size and number of the slices; `support` is of all rows.
    pub slices: SliceSettings,
    /// Share of false ones among the reported slices at most, in expectation; above 0 and below 1.
    pub false_discovery: f64,
}

/// A slice that is worse than the rest.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FailingSlice {
    /// The slice.
    #[serde(rename = "where")]
    pub region: Region,
    /// Rows in it.
    pub rows: usize,
    /// Mean error of its rows.
    pub error: f64,
    /// `SliceLine`'s score on all rows.
    pub score: f64,
    /// Rows of it among those that had no part in finding it.
    pub confirming_rows: usize,
    /// Their mean error.
    pub confirming_error: f64,
    /// The mean error of the other rows of that half.
    pub rest_error: f64,
    /// Welch's test that the slice's error is not above the rest's, on that half.
    pub p: f64,
    /// The same for all slices together (Benjamini and Yekutieli 2001).
    pub p_adjusted: f64,
}

/// Of two slices that share so many of their rows the one with the lower score is dropped.
const ALIKE: f64 = 0.8;
/// So many more slices are looked at as may be dropped.
const SPARE: usize = 20;
/// Ranges of a number along which the error alone does not change.
const RANGES: usize = 4;
/// Slices within which numbers are cut again.
const REFINED: usize = 8;
/// Other ways to cut a column at most.
const WAYS: usize = 3;

/// The slices of `columns` with the highest scores, of those that share most of their rows the best, as far as
/// the other half of the rows confirms them; best first. `errors` has a number a row, not negative.
pub fn failing(
    table: &Table,
    columns: &[usize],
    errors: &[f64],
    settings: &FailingSettings,
    seed: &Seed,
    cx: &Context,
) -> Result<Vec<FailingSlice>> {
    if !(settings.false_discovery > 0.0 && settings.false_discovery < 1.0) {
        return Err(
            Error::usage(format!("{} is no share of false discoveries", settings.false_discovery))
                .help("give a number above 0 and below 1"),
        );
    }
    if errors.len() != table.rows() {
        return Err(Error::internal("errors differ in number from the rows"));
    }
    let mut order: Vec<u32> = (0..table.rows() as u32).collect();
    seed.derive("halves").stream(0, 0).shuffle(&mut order);
    let (finding, confirming) = order.split_at_mut(table.rows() / 2);
    finding.sort_unstable();
    confirming.sort_unstable();
    let half = Half {
        table: &table.take(finding),
        errors: &finding.iter().map(|&row| errors[row as usize]).collect::<Vec<f64>>(),
        support: settings.slices.support.div_ceil(2),
    };
    let search = SliceSettings {
        support: half.support,
        top: settings.slices.top.saturating_mul(SPARE),
        ..settings.slices
    };
    let plain = AttributeSettings::default();
    let cuts = half.cuts(columns);
    let mut attributes = Attributes::cut(table, columns, &plain, &|column, _| cuts[&column].clone());
    let mut found = slices::slices(&attributes.take(finding), half.errors, &search, cx)?;
    let others = half.refined(&cuts, &attributes.take(finding), &found, settings.slices.levels);
    if !others.is_empty() {
        for (column, cuts) in others {
            let other = Attributes::cut(table, &[column], &plain, &|_, _| cuts.clone());
            attributes.attributes.extend(other.attributes);
        }
        found = slices::slices(&attributes.take(finding), half.errors, &search, cx)?;
    }
    let mut kept: Vec<Candidate> = Vec::new();
    for slice in found {
        let mask = attributes.mask(&slice.items);
        if kept.len() < settings.slices.top && kept.iter().all(|other| overlap(&mask, &other.mask) < ALIKE) {
            kept.push(Candidate {
                items: slice.items,
                mask,
            });
        }
    }
    let tests: Vec<Welch> = kept
        .iter()
        .map(|slice| Welch::new(confirming, &slice.mask, errors))
        .collect();
    let adjusted = benjamini_yekutieli(&tests.iter().map(|test| test.p).collect::<Vec<_>>());
    let all: f64 = errors.iter().sum::<f64>() / errors.len().max(1) as f64;
    let mut reported = Vec::new();
    for ((Candidate { items, mask }, test), p_adjusted) in kept.into_iter().zip(tests).zip(adjusted) {
        let rows = mask.iter().filter(|inside| **inside).count();
        if p_adjusted > settings.false_discovery || rows < settings.slices.support {
            continue;
        }
        let inside = mask.iter().zip(errors).filter(|(inside, _)| **inside);
        let error = inside.map(|(_, error)| error).sum::<f64>() / rows as f64;
        let score = slices::score(settings.slices.alpha, (rows as f64, error), (errors.len() as f64, all));
        if score > 0.0 {
            reported.push(FailingSlice {
                region: attributes.region(&items),
                rows,
                error,
                score,
                confirming_rows: test.rows,
                confirming_error: test.mean,
                rest_error: test.rest,
                p: test.p,
                p_adjusted,
            });
        }
    }
    reported.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| a.region.text.cmp(&b.region.text))
    });
    Ok(reported)
}

/// The rows that slices are found on.
struct Half<'a> {
    table: &'a Table,
    errors: &'a [f64],
    /// Rows of a range at least.
    support: usize,
}

impl Half<'_> {
    /// Where each ordered column among `columns` is cut: where the error changes along it alone.
    fn cuts(&self, columns: &[usize]) -> BTreeMap<usize, Vec<f64>> {
        let schema = self.table.schema();
        let ordered = columns
            .iter()
            .filter(|&&column| schema.columns[column].kind.is_ordered());
        let ordered: Vec<usize> = ordered.copied().collect();
        let cuts = ordered.into_par_iter().map(|column| {
            let numbers = self.table.column(column).numbers();
            let cuts = splits::cuts(&numbers, self.errors, self.support, &schema.columns[column]);
            if cuts.is_empty() {
                // A number may matter only together with another column.
                return (column, readable(&distinct(&numbers), RANGES, &schema.columns[column]));
            }
            (column, cuts)
        });
        cuts.collect()
    }

    /// Other ways to cut the columns: where the error changes within the best slices. Along all rows a change in
    /// a small part of them is lost, and cuts from different slices must not break each other's ranges.
    fn refined(
        &self,
        cuts: &BTreeMap<usize, Vec<f64>>,
        attributes: &Attributes,
        found: &[slices::Slice],
        levels: usize,
    ) -> Vec<(usize, Vec<f64>)> {
        let schema = self.table.schema();
        let masks: Vec<Vec<bool>> = found
            .iter()
            .filter(|slice| slice.items.len() < levels)
            .take(REFINED)
            .map(|slice| attributes.mask(&slice.items))
            .collect();
        let cut: Vec<usize> = attributes
            .attributes
            .iter()
            .filter(|attribute| attribute.cuts().is_some())
            .map(|attribute| attribute.column)
            .collect();
        let others = cut.into_par_iter().map(|column| {
            let numbers = self.table.column(column).numbers();
            let mut others: Vec<Vec<f64>> = Vec::new();
            for mask in &masks {
                let inside = || (0..mask.len()).filter(|&row| mask[row]);
                let own: Vec<f64> = inside().map(|row| numbers[row]).collect();
                let errors: Vec<f64> = inside().map(|row| self.errors[row]).collect();
                let other = splits::cuts(&own, &errors, self.support, &schema.columns[column]);
                if !other.is_empty() && other != cuts[&column] && !others.contains(&other) && others.len() < WAYS {
                    others.push(other);
                }
            }
            others.into_iter().map(|other| (column, other)).collect::<Vec<_>>()
        });
        others.collect::<Vec<_>>().concat()
    }
}

/// A slice that awaits confirmation, and whether each row is in it.
struct Candidate {
    items: Vec<(usize, usize)>,
    mask: Vec<bool>,
}

/// Rows in both as a share of the rows in either (Jaccard).
fn overlap(a: &[bool], b: &[bool]) -> f64 {
    let both = a.iter().zip(b).filter(|(a, b)| **a && **b).count();
    let either = a.iter().zip(b).filter(|(a, b)| **a || **b).count();
    both as f64 / either.max(1) as f64
}

/// Welch's one-sided test of two means (Welch, "The generalization of Student's problem when several
/// different population variances are involved", Biometrika 34, 1947).
struct Welch {
    rows: usize,
    mean: f64,
    rest: f64,
    p: f64,
}

impl Welch {
    fn new(rows: &[u32], mask: &[bool], errors: &[f64]) -> Self {
        let moments = |wanted: bool| {
            let own = || {
                let rows = rows.iter().map(|&row| row as usize);
                rows.filter(|&row| mask[row] == wanted).map(|row| errors[row])
            };
            let n = own().count() as f64;
            let mean = own().sum::<f64>() / n.max(1.0);
            let variance = own().map(|e| (e - mean) * (e - mean)).sum::<f64>() / (n - 1.0).max(1.0);
            (n, mean, variance)
        };
        let ((n, mean, variance), (m, rest, rest_variance)) = (moments(true), moments(false));
        let (a, b) = (variance / n.max(1.0), rest_variance / m.max(1.0));
        let p = if n < 2.0 || m < 2.0 {
            1.0
        } else if a + b <= 0.0 {
            if mean > rest { 0.0 } else { 1.0 }
        } else {
            let t = (mean - rest) / (a + b).sqrt();
            let freedom = (a + b) * (a + b) / (a * a / (n - 1.0) + b * b / (m - 1.0));
            let tail = t_upper_tail(t.abs(), freedom);
            if t > 0.0 { tail } else { 1.0 - tail }
        };
        Self {
            rows: n as usize,
            mean,
            rest,
            p,
        }
    }
}
