//! Newton's method with conjugate gradients on the penalised loss.

use super::{Dense, LogisticSettings};
use rayon::prelude::*;

/// Rows summed in one go; partial sums are added in order.
pub(super) const BLOCK: usize = 2048;

/// Rows of a design, without its zeros: one-hot columns are nothing but zeros and ones.
pub(super) struct Sparse {
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f64>,
}

impl Sparse {
    /// Takes `shifts` from the columns and divides what is left by `scales`.
    pub(super) fn new(design: &Dense, shifts: &[f64], scales: &[f64]) -> Self {
        let mut sparse = Self {
            starts: Vec::with_capacity(design.rows + 1),
            columns: Vec::new(),
            values: Vec::new(),
        };
        sparse.starts.push(0);
        for row in 0..design.rows {
            for (column, value) in design.row(row).iter().enumerate() {
                let value = (value - shifts[column]) / scales[column];
                if value != 0.0 {
                    sparse.columns.push(column as u32);
                    sparse.values.push(value);
                }
            }
            sparse.starts.push(sparse.values.len());
        }
        sparse
    }

    fn row(&self, row: usize) -> (&[u32], &[f64]) {
        let range = self.starts[row]..self.starts[row + 1];
        (&self.columns[range.clone()], &self.values[range])
    }
}

pub(super) struct Problem<'a> {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) outputs: usize,
    pub(super) values: &'a Sparse,
    pub(super) target: &'a [f64],
    pub(super) weights: Option<&'a [f64]>,
    pub(super) l2: f64,
    /// Half the squared error of one output instead of the log loss.
    pub(super) squared: bool,
}

impl Problem<'_> {
    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |w| w[row])
    }

    /// The margins of a row.
    fn margins(&self, row: usize, point: &[f64], out: &mut [f64]) {
        let (columns, values) = self.values.row(row);
        for (margin, part) in out.iter_mut().zip(point.chunks_exact(self.columns + 1)) {
            let sum: f64 = columns.iter().zip(values).map(|(&c, v)| part[c as usize] * v).sum();
            *margin = part[self.columns] + sum;
        }
    }

    /// Adds `factor` times (row, 1).
    fn add(&self, factor: f64, row: usize, sum: &mut [f64]) {
        let (columns, values) = self.values.row(row);
        for (&c, v) in columns.iter().zip(values) {
            sum[c as usize] += factor * v;
        }
        sum[self.columns] += factor;
    }

    fn size(&self) -> usize {
        self.outputs * (self.columns + 1)
    }

    /// Sums a vector over all rows, block by block.
    fn sum(&self, length: usize, add: impl Fn(usize, &mut [f64]) + Sync) -> Vec<f64> {
        let partial: Vec<Vec<f64>> = (0..self.rows.div_ceil(BLOCK))
            .into_par_iter()
            .map(|block| {
                let mut sum = vec![0.0; length];
                for row in block * BLOCK..((block + 1) * BLOCK).min(self.rows) {
                    add(row, &mut sum);
                }
                sum
            })
            .collect();
        let mut total = vec![0.0; length];
        for part in &partial {
            for (t, p) in total.iter_mut().zip(part) {
                *t += p;
            }
        }
        total
    }

    fn penalised(&self, index: usize) -> bool {
        index % (self.columns + 1) != self.columns
    }

    fn loss(&self, point: &[f64]) -> f64 {
        let outputs = self.outputs;
        let data = self.sum(1, |row, sum| {
            let mut m = vec![0.0; outputs];
            self.margins(row, point, &mut m);
            let class = self.target[row] as usize;
            let loss = if self.squared {
                (m[0] - self.target[row]) * (m[0] - self.target[row]) / 2.0
            } else if outputs == 1 {
                let signed = if class == 1 { -m[0] } else { m[0] };
                signed.max(0.0) + libm::log1p(libm::exp(-signed.abs()))
            } else {
                let highest = m.iter().copied().fold(f64::MIN, f64::max);
                highest + libm::log(m.iter().map(|v| libm::exp(v - highest)).sum()) - m[class]
            };
            sum[0] += self.weight(row) * loss;
        })[0];
        let squares: f64 = (0..point.len())
            .filter(|&i| self.penalised(i))
            .map(|i| point[i] * point[i])
            .sum();
        data + self.l2 / 2.0 * squares
    }

    /// Probabilities of all outputs in all rows; the margins themselves for squared errors.
    fn probabilities(&self, point: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.rows * self.outputs];
        out.par_chunks_mut(self.outputs * BLOCK)
            .enumerate()
            .for_each(|(block, chunk)| {
                for (i, p) in chunk.chunks_exact_mut(self.outputs).enumerate() {
                    self.margins(block * BLOCK + i, point, p);
                    if !self.squared {
                        probabilities(p);
                    }
                }
            });
        out
    }

    fn gradient(&self, point: &[f64], p: &[f64]) -> Vec<f64> {
        let width = self.columns + 1;
        let mut gradient = self.sum(self.size(), |row, sum| {
            if self.squared {
                return self.add(self.weight(row) * (p[row] - self.target[row]), row, sum);
            }
            let class = self.target[row] as usize;
            for output in 0..self.outputs {
                let hit = if self.outputs == 1 { class == 1 } else { class == output };
                let r = self.weight(row) * (p[row * self.outputs + output] - f64::from(u8::from(hit)));
                self.add(r, row, &mut sum[output * width..(output + 1) * width]);
            }
        });
        for (i, g) in gradient.iter_mut().enumerate() {
            if self.penalised(i) {
                *g += self.l2 * point[i];
            }
        }
        gradient
    }

    /// The Hessian times a vector.
    fn curvature(&self, p: &[f64], vector: &[f64]) -> Vec<f64> {
        let width = self.columns + 1;
        let outputs = self.outputs;
        let mut out = self.sum(self.size(), |row, sum| {
            let p = &p[row * outputs..(row + 1) * outputs];
            let mut u = vec![0.0; outputs];
            self.margins(row, vector, &mut u);
            if self.squared {
                return self.add(self.weight(row) * u[0], row, sum);
            }
            let mean = if outputs == 1 {
                p[0] * u[0]
            } else {
                p.iter().zip(&u).map(|(p, u)| p * u).sum()
            };
            for output in 0..outputs {
                let s = self.weight(row) * p[output] * (u[output] - mean);
                self.add(s, row, &mut sum[output * width..(output + 1) * width]);
            }
        });
        for (i, o) in out.iter_mut().enumerate() {
            if self.penalised(i) {
                *o += self.l2 * vector[i];
            }
        }
        out
    }

    fn diagonal(&self, p: &[f64]) -> Vec<f64> {
        let width = self.columns + 1;
        let mut out = self.sum(self.size(), |row, sum| {
            for output in 0..self.outputs {
                let p = p[row * self.outputs + output];
                let s = self.weight(row) * if self.squared { 1.0 } else { p * (1.0 - p) };
                let part = &mut sum[output * width..(output + 1) * width];
                let (columns, values) = self.values.row(row);
                for (&c, v) in columns.iter().zip(values) {
                    part[c as usize] += s * v * v;
                }
                part[self.columns] += s;
            }
        });
        for (i, d) in out.iter_mut().enumerate() {
            if self.penalised(i) {
                *d += self.l2;
            }
            *d = d.max(1e-12);
        }
        out
    }

    pub(super) fn minimise(&self, settings: &LogisticSettings) -> (Vec<f64>, bool) {
        let mut point = vec![0.0; self.size()];
        let mut loss = self.loss(&point);
        let total: f64 = (0..self.rows).map(|row| self.weight(row)).sum();
        let mut first = f64::NAN;
        for _ in 0..settings.max_steps {
            let p = self.probabilities(&point);
            let gradient = self.gradient(&point, &p);
            let size = gradient.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
            if size <= settings.tolerance * total {
                return (point, true);
            }
            if first.is_nan() {
                first = size;
            }
            let step = self.solve(&p, &gradient, (size / first).sqrt().min(0.1));
            let slope = dot(&gradient, &step);
            let mut length = 1.0;
            let next = loop {
                let candidate: Vec<f64> = point.iter().zip(&step).map(|(x, s)| x + length * s).collect();
                let next = self.loss(&candidate);
                // Near the optimum a step gains less than the rounding of the loss.
                if next <= loss + 1e-4 * length * slope + 1e-13 * loss.abs() {
                    break Some((candidate, next));
                }
                length /= 2.0;
                if length < 1e-10 {
                    break None;
                }
            };
            match next {
                Some((candidate, next)) => (point, loss) = (candidate, next),
                None => return (point, true),
            }
        }
        (point, false)
    }

    /// Solves `H step = -gradient` to the relative accuracy `forcing`, preconditioned by H's diagonal.
    fn solve(&self, p: &[f64], gradient: &[f64], forcing: f64) -> Vec<f64> {
        let diagonal = self.diagonal(p);
        let precondition = |r: &[f64]| -> Vec<f64> { r.iter().zip(&diagonal).map(|(r, d)| r / d).collect() };
        let mut step = vec![0.0; gradient.len()];
        let mut residual: Vec<f64> = gradient.iter().map(|g| -g).collect();
        let mut z = precondition(&residual);
        let mut direction = z.clone();
        let mut rz = dot(&residual, &z);
        let goal = forcing * forcing * rz;
        for _ in 0..4 * gradient.len() + 20 {
            let curved = self.curvature(p, &direction);
            let bend = dot(&direction, &curved);
            if bend.is_nan() || bend <= 0.0 {
                break;
            }
            let length = rz / bend;
            for i in 0..step.len() {
                step[i] += length * direction[i];
                residual[i] -= length * curved[i];
            }
            z = precondition(&residual);
            let next = dot(&residual, &z);
            if next <= goal {
                break;
            }
            for (d, z) in direction.iter_mut().zip(&z) {
                *d = z + next / rz * *d;
            }
            rz = next;
        }
        step
    }
}

pub(super) fn margins(row: &[f64], point: &[f64], out: &mut [f64]) {
    for (margin, part) in out.iter_mut().zip(point.chunks_exact(row.len() + 1)) {
        *margin = part[row.len()] + dot(row, &part[..row.len()]);
    }
}

/// Margins become probabilities, in place; one margin is the log-odds of class 1.
pub(super) fn probabilities(margins: &mut [f64]) {
    if let [margin] = margins {
        *margin = 1.0 / (1.0 + libm::exp(-*margin));
        return;
    }
    let highest = margins.iter().copied().fold(f64::MIN, f64::max);
    let mut sum = 0.0;
    for m in margins.iter_mut() {
        *m = libm::exp(*m - highest);
        sum += *m;
    }
    for m in margins {
        *m /= sum;
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
