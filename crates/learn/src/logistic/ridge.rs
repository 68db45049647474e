//! Ridge regression: the linear companion of the logistic one, for numbers.

use super::newton::{BLOCK, Problem, margins};
use super::{Dense, LogisticSettings, check, on_the_scale_of_the_data, standardised};
use crate::boost::Task;
use plenish_table::{Error, Result};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// A fitted linear regression, on the scale of the data it was given.
///
/// Minimised is `sum of w_i * (y_i - prediction)^2 + l2 * |coefficients|^2` on standardised columns,
/// without a penalty on the intercept: scikit-learn's `Ridge` with `alpha = l2` after a `StandardScaler`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ridge {
    /// One a column, and then the intercept.
    coefficients: Vec<f64>,
}

impl Ridge {
    /// Fits finite targets to the rows of `design`. Fails on lengths that differ, values that are not
    /// finite, negative weights, and no weight at all.
    pub fn fit(design: &Dense, target: &[f64], weights: Option<&[f64]>, settings: &LogisticSettings) -> Result<Self> {
        check(design, target, weights, Task::Regression, settings)?;
        let (means, scales, values) = standardised(design, weights, settings);
        // The tolerance is meant for targets of size 1.
        let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
        let total: f64 = (0..design.rows).map(weight).sum();
        let mean = target.iter().enumerate().map(|(row, y)| weight(row) * y).sum::<f64>() / total;
        let square = |(row, y): (usize, &f64)| weight(row) * (y - mean) * (y - mean);
        let deviation = (target.iter().enumerate().map(square).sum::<f64>() / total).sqrt();
        if !deviation.is_finite() {
            return Err(Error::data("the targets are too large to be squared"));
        }
        let deviation = if deviation > 0.0 { deviation } else { 1.0 };
        let standard: Vec<f64> = target.iter().map(|y| (y - mean) / deviation).collect();
        let problem = Problem {
            rows: design.rows,
            columns: design.columns,
            outputs: 1,
            values: &values,
            target: &standard,
            weights,
            l2: settings.l2,
            squared: true,
        };
        let (mut coefficients, _) = problem.minimise(settings);
        for coefficient in &mut coefficients {
            *coefficient *= deviation;
        }
        coefficients[design.columns] += mean;
        on_the_scale_of_the_data(&mut coefficients, &means, &scales);
        Ok(Self { coefficients })
    }

    /// A value for every row. Fails when the number of columns differs.
    pub fn predict(&self, design: &Dense) -> Result<Vec<f64>> {
        if design.columns + 1 != self.coefficients.len() {
            return Err(Error::internal(format!(
                "{} columns instead of {}",
                design.columns,
                self.coefficients.len() - 1
            )));
        }
        let mut out = vec![0.0; design.rows];
        out.par_chunks_mut(BLOCK).enumerate().for_each(|(block, chunk)| {
            for (i, value) in chunk.iter_mut().enumerate() {
                margins(
                    design.row(block * BLOCK + i),
                    &self.coefficients,
                    std::slice::from_mut(value),
                );
            }
        });
        Ok(out)
    }

    /// One coefficient a column and then the intercept, on the scale of the data.
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The normal equations of one standardised column, by hand: slope = sxy / (sxx + l2 * variance).
    #[test]
    fn one_column_has_the_slope_of_the_formula() {
        let x: Vec<f64> = (0..200).map(|i| f64::from(i % 13) * 10.0).collect();
        let y: Vec<f64> = (0..200)
            .map(|i| 1e6 + f64::from(i % 13) * 3e3 + f64::from(i % 7) * 1e4)
            .collect();
        let w: Vec<f64> = (0..200).map(|i| f64::from(i % 3)).collect();
        let settings = LogisticSettings {
            l2: 25.0,
            ..LogisticSettings::default()
        };
        let fitted = Ridge::fit(&Dense::new(200, 1, x.clone()).unwrap(), &y, Some(&w), &settings).unwrap();
        let total: f64 = w.iter().sum();
        let mean = |v: &[f64]| v.iter().zip(&w).map(|(v, w)| v * w).sum::<f64>() / total;
        let (mx, my) = (mean(&x), mean(&y));
        let sum = |a: &[f64], ma: f64, b: &[f64], mb: f64| -> f64 {
            (0..200).map(|i| w[i] * (a[i] - ma) * (b[i] - mb)).sum()
        };
        let sxx = sum(&x, mx, &x, mx);
        let slope = sum(&x, mx, &y, my) / (sxx + 25.0 * sxx / total);
        assert!((fitted.coefficients()[0] / slope - 1.0).abs() < 1e-9);
        assert!((fitted.coefficients()[1] / (my - slope * mx) - 1.0).abs() < 1e-9);
    }
}
