//! Predicting a number from the numbers before it in its row, linearly: what residual coding starts
//! from.
//!
//! Amounts that move together (a bill and the bill of the month before, the sides of a stone) differ
//! by far less than either varies. Trees cut such a relation into steps; a line does not.

use crate::codec::Scale;
use plenish_table::Column;
use serde::{Deserialize, Serialize};

/// Rows a prediction is fitted on at most.
const FIT_ROWS: usize = 10_000;
/// Columns a prediction rests on at most.
const MOST_TERMS: usize = 6;
/// Columns that are tried: those correlated most by themselves.
const MOST_TRIED: usize = 40;
/// Rows farther off than this many robust standard deviations do not take part in the next round.
const TRIM: f64 = 4.0;
/// Rounds of trimming.
const ROUNDS: usize = 4;
/// Relations between whole numbers have coefficients up to this.
const MOST_WHOLE: f64 = 2.0;

/// A number known before the one to be predicted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Term {
    /// Its column's place in the chain.
    pub(crate) place: u32,
    pub(crate) coefficient: f64,
    /// What stands in where it is missing, or where its logarithm is needed and does not exist.
    typical: f64,
}

/// A linear prediction, of the number or of its logarithm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Prediction {
    /// Whether logarithms are predicted, from logarithms.
    pub(crate) log: bool,
    intercept: f64,
    pub(crate) terms: Vec<Term>,
}

/// A column before the one to be predicted: its place in the chain and its numbers, NaN where missing.
pub(crate) type Known<'a> = (u32, &'a [f64]);

impl Prediction {
    /// The scale on which the prediction is a sum.
    pub(crate) fn scale(&self) -> Scale {
        if self.log { Scale::Logarithm } else { Scale::Linear }
    }

    /// Whether it is a sum of whole multiples, so that grids are kept.
    pub(crate) fn is_whole(&self) -> bool {
        !self.log && self.intercept == 0.0 && self.terms.iter().all(|t| t.coefficient.fract() == 0.0)
    }

    /// The prediction for row after row; `cells` gives the column at a place.
    pub(crate) fn of<'a>(&self, rows: usize, cells: impl Fn(u32) -> &'a Column) -> Vec<f64> {
        let mut out = vec![self.intercept; rows];
        for term in &self.terms {
            let column = cells(term.place);
            for (row, out) in out.iter_mut().enumerate() {
                *out += term.coefficient * self.regressor(term, column.number(row));
            }
        }
        out
    }

    /// A sum of whole multiples of known numbers.
    pub(crate) fn sum(terms: &[(u32, f64)]) -> Self {
        let term = |&(place, coefficient): &(u32, f64)| Term {
            place,
            coefficient,
            typical: 0.0,
        };
        Self {
            log: false,
            intercept: 0.0,
            terms: terms.iter().map(term).collect(),
        }
    }

    /// The prediction from numbers by place, NaN or `None` where they are missing.
    pub(crate) fn of_numbers(&self, number: impl Fn(u32) -> Option<f64>) -> f64 {
        self.terms.iter().fold(self.intercept, |sum, term| {
            sum + term.coefficient * self.regressor(term, number(term.place).filter(|v| !v.is_nan()))
        })
    }

    /// The prediction for one row.
    pub(crate) fn of_row<'a>(&self, row: usize, cells: impl Fn(u32) -> &'a Column) -> f64 {
        self.terms.iter().fold(self.intercept, |sum, term| {
            sum + term.coefficient * self.regressor(term, cells(term.place).number(row))
        })
    }

    fn regressor(&self, term: &Term, value: Option<f64>) -> f64 {
        match value {
            Some(v) if !self.log => v,
            Some(v) if v > 0.0 => libm::log(v),
            _ => term.typical,
        }
    }

    /// Whether numbers and references make sense: for models read from files.
    pub(crate) fn is_sound(&self, place: usize) -> bool {
        self.intercept.is_finite()
            && self
                .terms
                .iter()
                .all(|t| (t.place as usize) < place && t.coefficient.is_finite() && t.typical.is_finite())
    }

    /// The trimmed least-squares fit of `target`'s rows (NaN is left out), of its logarithm if `log`.
    /// `None` where there is nothing to predict from, or a logarithm does not exist.
    pub(crate) fn fit(target: &[f64], known: &[Known], log: bool) -> Option<Self> {
        let rows: Vec<usize> = {
            let all: Vec<usize> = (0..target.len()).filter(|&r| !target[r].is_nan()).collect();
            all.iter()
                .copied()
                .step_by(all.len().div_ceil(FIT_ROWS).max(1))
                .collect()
        };
        if rows.len() < 50 || (log && rows.iter().any(|&r| target[r] <= 0.0)) {
            return None;
        }
        let scale = |v: f64| if log { libm::log(v) } else { v };
        let y: Vec<f64> = rows.iter().map(|&r| scale(target[r])).collect();
        let mut regressors: Vec<Regressor> = known
            .iter()
            .filter_map(|(place, values)| Regressor::of(*place, &rows, values, &y, log))
            .collect();
        regressors.sort_by(|a, b| b.strength.total_cmp(&a.strength).then(a.place.cmp(&b.place)));
        regressors.truncate(MOST_TRIED);
        let regressors = pursue(&y, regressors)?;
        let mut keep = vec![true; rows.len()];
        let mut solved = None;
        for _ in 0..ROUNDS {
            let (intercept, coefficients) = least_squares(&y, &regressors, &keep)?;
            let residuals: Vec<f64> = (0..y.len())
                .map(|i| {
                    regressors
                        .iter()
                        .zip(&coefficients)
                        .fold(y[i] - intercept, |r, (x, c)| r - c * x.values[i])
                })
                .collect();
            keep = near(&residuals);
            solved = Some((intercept, coefficients));
            if keep.iter().filter(|k| **k).count() < 30 {
                break;
            }
        }
        let (intercept, coefficients) = solved?;
        let terms = regressors
            .iter()
            .zip(coefficients)
            .map(|(x, coefficient)| Term {
                place: x.place,
                coefficient,
                typical: x.typical,
            })
            .collect();
        Some(Self { log, intercept, terms })
    }

    /// The relation between whole multiples nearest to this one, if there is any.
    pub(crate) fn whole(&self) -> Option<Self> {
        let terms: Vec<Term> = self
            .terms
            .iter()
            .map(|t| Term {
                coefficient: t.coefficient.round().clamp(-MOST_WHOLE, MOST_WHOLE),
                ..t.clone()
            })
            .filter(|t| t.coefficient != 0.0)
            .collect();
        (!self.log && !terms.is_empty()).then_some(Self {
            log: false,
            intercept: 0.0,
            terms,
        })
    }
}

/// The regressors that matter, one after the other: each is the one most correlated with what those before
/// leave over (orthogonal matching pursuit, Pati et al. 1993).
fn pursue(y: &[f64], mut left: Vec<Regressor>) -> Option<Vec<Regressor>> {
    let keep = vec![true; y.len()];
    let mut chosen: Vec<Regressor> = Vec::new();
    let mut rest = y.to_vec();
    while chosen.len() < MOST_TERMS {
        // Rows far off hide what the others have in common.
        let Some(index) = strongest(&left, &rest, &keep).or_else(|| strongest(&left, &rest, &near(&rest))) else {
            break;
        };
        chosen.push(left.remove(index));
        let (intercept, coefficients) = least_squares(y, &chosen, &keep)?;
        for (i, rest) in rest.iter_mut().enumerate() {
            *rest = chosen
                .iter()
                .zip(&coefficients)
                .fold(y[i] - intercept, |r, (x, c)| r - c * x.values[i]);
        }
    }
    (!chosen.is_empty()).then_some(chosen)
}

/// The regressor most correlated with `rest` among the rows kept, if that is worth a term.
fn strongest(left: &[Regressor], rest: &[f64], keep: &[bool]) -> Option<usize> {
    let kept = |values: &[f64]| -> Vec<f64> { values.iter().zip(keep).filter(|v| *v.1).map(|v| *v.0).collect() };
    let rest = kept(rest);
    if rest.len() < 30 {
        return None;
    }
    left.iter()
        .enumerate()
        .map(|(i, x)| (correlation(&kept(&x.values), &rest).abs(), i))
        .reduce(|a, b| if b.0 > a.0 { b } else { a })
        .filter(|best| best.0 > 0.05)
        .map(|best| best.1)
}

/// Which values are not far off from the others.
fn near(values: &[f64]) -> Vec<bool> {
    let (middle, spread) = middle_and_spread(values);
    values.iter().map(|v| (v - middle).abs() <= TRIM * spread).collect()
}

struct Regressor {
    place: u32,
    values: Vec<f64>,
    typical: f64,
    /// The size of its correlation with the target.
    strength: f64,
}

impl Regressor {
    fn of(place: u32, rows: &[usize], known: &[f64], y: &[f64], log: bool) -> Option<Self> {
        let value = |v: f64| {
            if log && v > 0.0 {
                libm::log(v)
            } else if log {
                f64::NAN
            } else {
                v
            }
        };
        let mut values: Vec<f64> = rows.iter().map(|&r| value(known[r])).collect();
        let mut present: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
        // What is mostly absent predicts little.
        if present.len() * 10 < values.len() * 6 {
            return None;
        }
        present.sort_unstable_by(f64::total_cmp);
        let typical = present[present.len() / 2];
        for v in &mut values {
            if v.is_nan() {
                *v = typical;
            }
        }
        let strength = correlation(&values, y).abs();
        (strength > 0.0).then_some(Self {
            place,
            values,
            typical,
            strength,
        })
    }
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (ma, mb) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        ab += (x - ma) * (y - mb);
        aa += (x - ma) * (x - ma);
        bb += (y - mb) * (y - mb);
    }
    if aa > 0.0 && bb > 0.0 {
        ab / (aa * bb).sqrt()
    } else {
        0.0
    }
}

/// Median and robust standard deviation (1.4826 times the median absolute deviation).
pub(crate) fn middle_and_spread(values: &[f64]) -> (f64, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted[sorted.len() / 2];
    for v in &mut sorted {
        *v = (*v - middle).abs();
    }
    sorted.sort_unstable_by(f64::total_cmp);
    (middle, 1.4826 * sorted[sorted.len() / 2])
}

/// Intercept and coefficients by the normal equations on standardised columns, with a ridge that only
/// keeps them solvable.
fn least_squares(y: &[f64], x: &[Regressor], keep: &[bool]) -> Option<(f64, Vec<f64>)> {
    let n = keep.iter().filter(|k| **k).count() as f64;
    if n < 20.0 {
        return None;
    }
    let mean = |v: &[f64]| v.iter().zip(keep).filter(|v| *v.1).map(|v| v.0).sum::<f64>() / n;
    let my = mean(y);
    let means: Vec<f64> = x.iter().map(|x| mean(&x.values)).collect();
    let scales: Vec<f64> = x
        .iter()
        .zip(&means)
        .map(|(x, m)| {
            let ss: f64 = x
                .values
                .iter()
                .zip(keep)
                .filter(|v| *v.1)
                .map(|v| (v.0 - m) * (v.0 - m))
                .sum();
            (ss / n).sqrt()
        })
        .collect();
    let k = x.len();
    let z = |i: usize, j: usize| {
        if scales[j] > 0.0 {
            (x[j].values[i] - means[j]) / scales[j]
        } else {
            0.0
        }
    };
    let (mut a, mut b) = (vec![0.0; k * k], vec![0.0; k]);
    let mut row = vec![0.0; k];
    for i in (0..y.len()).filter(|&i| keep[i]) {
        for (j, value) in row.iter_mut().enumerate() {
            *value = z(i, j);
        }
        for p in 0..k {
            b[p] += row[p] * (y[i] - my);
            for q in 0..=p {
                a[p * k + q] += row[p] * row[q];
            }
        }
    }
    for p in 0..k {
        a[p * k + p] += 1e-6 * n;
    }
    let solved = cholesky_solve(&mut a, &mut b, k)?;
    let coefficients: Vec<f64> = (0..k)
        .map(|j| if scales[j] > 0.0 { solved[j] / scales[j] } else { 0.0 })
        .collect();
    let intercept = coefficients.iter().zip(&means).fold(my, |sum, (c, m)| sum - c * m);
    intercept.is_finite().then_some((intercept, coefficients))
}

/// Solves a x = b for a symmetric positive definite matrix, given by its lower half, row by row.
fn cholesky_solve(a: &mut [f64], b: &mut [f64], k: usize) -> Option<Vec<f64>> {
    for p in 0..k {
        for q in 0..=p {
            let dot: f64 = (0..q).map(|r| a[p * k + r] * a[q * k + r]).sum();
            let rest = a[p * k + q] - dot;
            if p == q {
                if rest <= 0.0 {
                    return None;
                }
                a[p * k + p] = rest.sqrt();
            } else {
                a[p * k + q] = rest / a[q * k + q];
            }
        }
        let dot: f64 = (0..p).map(|r| a[p * k + r] * b[r]).sum();
        b[p] = (b[p] - dot) / a[p * k + p];
    }
    for p in (0..k).rev() {
        let dot: f64 = (p + 1..k).map(|r| a[r * k + p] * b[r]).sum();
        b[p] = (b[p] - dot) / a[p * k + p];
    }
    Some(b.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bill is the bill before less what was paid, but for a few rows that have nothing to do with it.
    #[test]
    fn whole_relations_are_found_among_outliers() {
        let bill: Vec<f64> = (0..400).map(|i| f64::from(i * 37 % 1009)).collect();
        let paid: Vec<f64> = (0..400).map(|i| f64::from(i * 91 % 211)).collect();
        let next: Vec<f64> = (0..400)
            .map(|i| if i % 23 == 0 { 5000.0 } else { bill[i] - paid[i] })
            .collect();
        let found = Prediction::fit(&next, &[(0, &bill), (1, &paid)], false)
            .unwrap()
            .whole()
            .unwrap();
        let mut terms: Vec<(u32, f64)> = found.terms.iter().map(|t| (t.place, t.coefficient)).collect();
        terms.sort_unstable_by_key(|t| t.0);
        assert_eq!(terms, [(0, 1.0), (1, -1.0)]);
    }

    /// Volumes are products: sums on the scale of logarithms.
    #[test]
    fn products_are_sums_of_logarithms() {
        let a: Vec<f64> = (1..300).map(f64::from).collect();
        let b: Vec<f64> = (1..300).map(|i| f64::from(i * 7 % 50 + 1)).collect();
        let c: Vec<f64> = a.iter().zip(&b).map(|(a, b)| 3.0 * a * b).collect();
        let found = Prediction::fit(&c, &[(4, &a), (2, &b)], true).unwrap();
        let cell = |place| Column::Real(vec![if place == 4 { 10.0 } else { 2.0 }]);
        let (four, two) = (cell(4), cell(2));
        let told = found.of_row(0, |place| if place == 4 { &four } else { &two });
        assert!((libm::exp(told) - 60.0).abs() < 0.1, "{}", libm::exp(told));
    }
}
