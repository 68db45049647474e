//! L2-regularised logistic regression, binary and multinomial, and its companion for numbers, by Newton's method with conjugate
//! gradients (Nocedal and Wright, "Numerical Optimization", 2006, section 7.1), and the coder that
//! turns a table into the dense design it works on.
//!
//! Minimised is `sum of w_i * loss_i + l2 / 2 * |coefficients|^2` on standardised columns, without a
//! penalty on the intercepts: scikit-learn's `LogisticRegression` with `C = 1 / l2` after a
//! `StandardScaler`. Sums run over fixed blocks of rows, so that no bit depends on the number of
//! threads.

mod design;
mod newton;
mod ridge;

use crate::boost::Task;
pub use design::{Dense, DenseCoder};
use newton::{BLOCK, Problem, Sparse, margins, probabilities};
use plenish_table::{Error, Result};
use rayon::prelude::*;
pub use ridge::Ridge;
use serde::{Deserialize, Serialize};

/// How the regression is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LogisticSettings {
    /// Strength of the penalty, at least 0; 1 / C of scikit-learn.
    pub l2: f64,
    /// Whether columns are brought to mean 0 and variance 1 first.
    pub standardise: bool,
    /// Done when no part of the gradient exceeds this times the weight of all rows.
    pub tolerance: f64,
    /// Newton steps at most.
    pub max_steps: usize,
}

impl Default for LogisticSettings {
    /// Penalty 1 on standardised columns, to a gradient of 1e-10 a row, in at most 100 steps.
    fn default() -> Self {
        Self {
            l2: 1.0,
            standardise: true,
            tolerance: 1e-10,
            max_steps: 100,
        }
    }
}

/// A fitted regression, on the scale of the data it was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Logistic {
    classes: usize,
    columns: usize,
    /// For each output, one coefficient a column and then the intercept; a binary model has one
    /// output, the log-odds of class 1.
    coefficients: Vec<f64>,
    converged: bool,
}

impl Logistic {
    /// Fits classes 0..`classes` (at least 2) to the rows of `design`; `target` holds whole numbers
    /// below `classes`, `weights` numbers not negative. Fails on lengths that differ, values that
    /// are not finite, and targets outside the classes.
    pub fn fit(
        design: &Dense,
        target: &[f64],
        weights: Option<&[f64]>,
        classes: usize,
        settings: &LogisticSettings,
    ) -> Result<Self> {
        let task = if classes == 2 {
            Task::Binary
        } else {
            Task::Multiclass(classes)
        };
        check(design, target, weights, task, settings)?;
        let (means, scales, standard) = standardised(design, weights, settings);
        let problem = Problem {
            rows: design.rows,
            columns: design.columns,
            outputs: if classes == 2 { 1 } else { classes },
            values: &standard,
            target,
            weights,
            l2: settings.l2,
            squared: false,
        };
        let (mut coefficients, converged) = problem.minimise(settings);
        for output in coefficients.chunks_exact_mut(design.columns + 1) {
            on_the_scale_of_the_data(output, &means, &scales);
        }
        Ok(Self {
            classes,
            columns: design.columns,
            coefficients,
            converged,
        })
    }

    /// Probabilities for every row: of class 1 if there are two classes, else of every class, row
    /// by row. Fails when the number of columns differs.
    pub fn predict(&self, design: &Dense) -> Result<Vec<f64>> {
        if design.columns != self.columns {
            return Err(Error::internal(format!(
                "{} columns instead of {}",
                design.columns, self.columns
            )));
        }
        let outputs = if self.classes == 2 { 1 } else { self.classes };
        let mut out = vec![0.0; design.rows * outputs];
        out.par_chunks_mut(outputs * BLOCK)
            .enumerate()
            .for_each(|(block, chunk)| {
                for (i, p) in chunk.chunks_exact_mut(outputs).enumerate() {
                    margins(design.row(block * BLOCK + i), &self.coefficients, p);
                    probabilities(p);
                }
            });
        Ok(out)
    }

    /// For each output, one coefficient a column and then the intercept, on the scale of the data.
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// Whether the gradient came below the tolerance, or no further step could lower the loss.
    pub fn converged(&self) -> bool {
        self.converged
    }
}

/// The values of a design as they are fitted, with what was taken from each column and what it was
/// divided by.
///
/// Columns are divided by their deviation, if that is asked for. Those that are mostly not zero are
/// brought to mean 0; others stay sparse, which changes nothing but the intercept, as that has no
/// penalty.
fn standardised(design: &Dense, weights: Option<&[f64]>, settings: &LogisticSettings) -> (Vec<f64>, Vec<f64>, Sparse) {
    let (mut shifts, scales) = if settings.standardise {
        moments(design, weights)
    } else {
        (vec![0.0; design.columns], vec![1.0; design.columns])
    };
    let mut filled = vec![0_usize; design.columns];
    for row in 0..design.rows {
        for (count, value) in filled.iter_mut().zip(design.row(row)) {
            *count += usize::from(*value != 0.0);
        }
    }
    for (shift, count) in shifts.iter_mut().zip(filled) {
        if 2 * count < design.rows {
            *shift = 0.0;
        }
    }
    let values = Sparse::new(design, &shifts, &scales);
    (shifts, scales, values)
}

/// Turns slopes and an intercept for standardised columns into those for the columns as they are.
fn on_the_scale_of_the_data(coefficients: &mut [f64], means: &[f64], scales: &[f64]) {
    let (slopes, intercept) = coefficients.split_at_mut(means.len());
    for ((slope, mean), scale) in slopes.iter_mut().zip(means).zip(scales) {
        *slope /= scale;
        intercept[0] -= *slope * mean;
    }
}

fn check(
    design: &Dense,
    target: &[f64],
    weights: Option<&[f64]>,
    task: Task,
    settings: &LogisticSettings,
) -> Result<()> {
    crate::check::rows(design.rows, target, weights, task)?;
    if design.values.len() != design.rows * design.columns || task == Task::Multiclass(0) || task == Task::Multiclass(1)
    {
        return Err(Error::internal(
            "values differ in number from the rows, or there are too few classes",
        ));
    }
    if !design.values.iter().all(|v| v.is_finite()) {
        return Err(Error::data("a value of the design is not finite"));
    }
    if !settings.l2.is_finite() || settings.l2 < 0.0 {
        return Err(Error::usage("the penalty must be a number of at least 0"));
    }
    Ok(())
}

/// Weighted means, and standard deviations with 1 in place of 0.
fn moments(design: &Dense, weights: Option<&[f64]>) -> (Vec<f64>, Vec<f64>) {
    let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
    let total: f64 = (0..design.rows).map(weight).sum();
    let mut means = vec![0.0; design.columns];
    for row in 0..design.rows {
        for (mean, value) in means.iter_mut().zip(design.row(row)) {
            *mean += weight(row) * value;
        }
    }
    for mean in &mut means {
        *mean /= total;
    }
    let mut scales = vec![0.0; design.columns];
    for row in 0..design.rows {
        for ((scale, mean), value) in scales.iter_mut().zip(&means).zip(design.row(row)) {
            *scale += weight(row) * (value - mean) * (value - mean);
        }
    }
    for (scale, mean) in scales.iter_mut().zip(&means) {
        let deviation = (*scale / total).sqrt();
        // Rounding leaves a constant column with a deviation of a few last places.
        *scale = if deviation > 1e-14 * mean.abs().max(1e-300) {
            deviation
        } else {
            1.0
        };
    }
    (means, scales)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn design() -> (Dense, Vec<f64>) {
        let mut values = Vec::new();
        let mut target = Vec::new();
        for i in 0..300_u32 {
            let (a, b) = (f64::from(i % 17), f64::from(i * 7 % 23) * 100.0);
            values.extend([a, b]);
            target.push(f64::from(u8::from(a * 3.0 + b / 50.0 + f64::from(i % 5) * 8.0 > 60.0)));
        }
        (Dense::new(300, 2, values).unwrap(), target)
    }

    /// At the optimum the mean probability equals the base rate: the intercept is not penalised.
    #[test]
    fn the_intercept_is_free() {
        let (design, target) = design();
        let model = Logistic::fit(&design, &target, None, 2, &LogisticSettings::default()).unwrap();
        assert!(model.converged());
        let p = model.predict(&design).unwrap();
        let gap = p.iter().sum::<f64>() - target.iter().sum::<f64>();
        assert!(gap.abs() < 1e-6, "{gap}");
    }

    /// A weight of two is a row given twice, and two classes fitted as several agree with symmetry.
    #[test]
    fn weights_are_repeats() {
        let (design, target) = design();
        let weights: Vec<f64> = (0..300).map(|i| f64::from(i % 3)).collect();
        let mut values = Vec::new();
        let mut repeated = Vec::new();
        for (row, &class) in target.iter().enumerate() {
            for _ in 0..row % 3 {
                values.extend_from_slice(design.row(row));
                repeated.push(class);
            }
        }
        let twice = Dense::new(repeated.len(), 2, values).unwrap();
        let settings = LogisticSettings::default();
        let a = Logistic::fit(&design, &target, Some(&weights), 2, &settings).unwrap();
        let b = Logistic::fit(&twice, &repeated, None, 2, &settings).unwrap();
        for (x, y) in a.predict(&design).unwrap().iter().zip(&b.predict(&design).unwrap()) {
            assert!((x - y).abs() < 1e-8);
        }
    }

    #[test]
    fn separable_rows_and_odd_input_do_not_break_it() {
        let design = Dense::new(4, 1, vec![0.0, 0.0, 1.0, 1.0]).unwrap();
        let free = LogisticSettings {
            l2: 0.0,
            ..LogisticSettings::default()
        };
        let model = Logistic::fit(&design, &[0.0, 0.0, 1.0, 1.0], None, 2, &free).unwrap();
        assert!(model.predict(&design).unwrap().iter().all(|p| p.is_finite()));
        let bare = Dense::new(4, 0, vec![]).unwrap();
        let model = Logistic::fit(&bare, &[0.0, 1.0, 2.0, 2.0], None, 3, &LogisticSettings::default()).unwrap();
        assert!((model.predict(&bare).unwrap()[2] - 0.5).abs() < 1e-9);
        assert!(Logistic::fit(&design, &[0.0, 3.0, 0.0, 0.0], None, 2, &free).is_err());
        assert!(Logistic::fit(&design, &[0.0], None, 2, &free).is_err());
        assert!(model.predict(&design).is_err());
    }
}
