//! Correlation matrices: made positive definite, and factored.

/// The least eigenvalue a correlation matrix is left with.
const LEAST_EIGENVALUE: f64 = 1e-3;

/// A symmetric matrix, row by row.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Symmetric {
    pub(super) size: usize,
    pub(super) values: Vec<f64>,
}

impl Symmetric {
    pub(super) fn identity(size: usize) -> Self {
        let mut values = vec![0.0; size * size];
        for i in 0..size {
            values[i * size + i] = 1.0;
        }
        Self { size, values }
    }

    pub(super) fn set(&mut self, i: usize, j: usize, value: f64) {
        self.values[i * self.size + j] = value;
        self.values[j * self.size + i] = value;
    }

    pub(super) fn get(&self, i: usize, j: usize) -> f64 {
        self.values[i * self.size + j]
    }

    /// The same matrix with all correlations scaled down as little as makes it positive definite.
    pub(super) fn shrunk(&self) -> Self {
        let all: Vec<usize> = (0..self.size).collect();
        let scaled = |keep: f64| {
            let mut out = self.clone();
            for i in 0..self.size {
                for j in 0..i {
                    out.set(i, j, self.get(i, j) * keep);
                }
            }
            out
        };
        let fits = |keep: f64| {
            let mut shifted = scaled(keep);
            for i in 0..self.size {
                shifted.set(i, i, 1.0 - LEAST_EIGENVALUE);
            }
            shifted.cholesky(&all).is_some()
        };
        if fits(1.0) {
            return self.clone();
        }
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..20 {
            let middle = f64::midpoint(low, high);
            if fits(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        scaled(low)
    }

    /// The lower triangular factor of the matrix with rows and columns in `order`, row by row
    /// without the zeros; `None` if it is not positive definite.
    pub(super) fn cholesky(&self, order: &[usize]) -> Option<Vec<Vec<f64>>> {
        let mut lower: Vec<Vec<f64>> = Vec::with_capacity(order.len());
        for (i, &of) in order.iter().enumerate() {
            let mut row: Vec<f64> = Vec::with_capacity(i + 1);
            for (j, &with) in order[..=i].iter().enumerate() {
                let before = if j < i { &lower[j][..j] } else { &row[..] };
                let dot: f64 = row.iter().zip(before).map(|(a, b)| a * b).sum();
                let left = self.get(of, with) - dot;
                if j < i {
                    row.push(left / lower[j][j]);
                } else if left > 1e-12 {
                    row.push(libm::sqrt(left));
                } else {
                    return None;
                }
            }
            lower.push(row);
        }
        Some(lower)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_gives_back_its_matrix_in_any_order() {
        let mut matrix = Symmetric::identity(3);
        matrix.set(0, 1, 0.5);
        matrix.set(0, 2, -0.4);
        matrix.set(1, 2, 0.3);
        let order = [2, 0, 1];
        let lower = matrix.cholesky(&order).unwrap();
        for i in 0..3 {
            for j in 0..=i {
                let dot: f64 = lower[i].iter().zip(&lower[j]).map(|(a, b)| a * b).sum();
                assert!((dot - matrix.get(order[i], order[j])).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn correlations_that_contradict_each_other_are_shrunk() {
        // a goes with b and with c, but b against c: no three variables do that.
        let mut matrix = Symmetric::identity(3);
        matrix.set(0, 1, 0.9);
        matrix.set(0, 2, 0.9);
        matrix.set(1, 2, -0.9);
        assert!(matrix.cholesky(&[0, 1, 2]).is_none());
        let shrunk = matrix.shrunk();
        assert!(shrunk.cholesky(&[2, 1, 0]).is_some());
        assert!(shrunk.get(0, 1) > 0.4 && shrunk.get(1, 2) == -shrunk.get(0, 1));
    }
}
