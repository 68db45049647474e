//! Numbers of a column: correlations, and bins for contingency tables.

/// Bins of a number in a contingency table; `SDMetrics` takes numpy's default.
pub(super) const BINS: usize = 10;

/// The numbers of one table's column.
pub(super) enum Numbers {
    /// All are there, and two differ.
    Centred(Centred),
    /// As they are, NaN where missing.
    Plain(Vec<f64>),
}

impl Numbers {
    pub(super) fn new(numbers: Vec<f64>) -> Self {
        match Centred::new(&numbers) {
            Some(centred) => Self::Centred(centred),
            None => Self::Plain(numbers),
        }
    }

    /// The numbers, or those less their mean: a correlation is the same.
    fn values(&self) -> &[f64] {
        match self {
            Self::Centred(centred) => &centred.values,
            Self::Plain(numbers) => numbers,
        }
    }

    /// Pearson's correlation over rows where both are present; none with fewer than two of them or a constant.
    pub(super) fn correlation(&self, other: &Self) -> Option<f64> {
        match (self, other) {
            (Self::Centred(x), Self::Centred(y)) => x.correlation(y),
            _ => correlation(self.values(), other.values()),
        }
    }

    /// Those of some rows.
    pub(super) fn take(&self, rows: &[u32]) -> Self {
        let values = self.values();
        Self::new(rows.iter().map(|&row| values[row as usize]).collect())
    }
}

/// A column's numbers without a missing one, about their mean.
pub(super) struct Centred {
    values: Vec<f64>,
    /// The root of the sum of their squares.
    norm: f64,
}

impl Centred {
    /// None of a column with missing cells, with fewer than two rows, or a constant.
    fn new(numbers: &[f64]) -> Option<Self> {
        let first = *numbers.first()?;
        if numbers.len() < 2 || numbers.iter().any(|v| v.is_nan()) || numbers.iter().all(|v| *v == first) {
            return None;
        }
        // Taking the first value away keeps large numbers with a small spread exact.
        let mean = numbers.iter().map(|v| v - first).sum::<f64>() / numbers.len() as f64;
        let values: Vec<f64> = numbers.iter().map(|v| v - first - mean).collect();
        let norm = dot(&values, &values).sqrt();
        Some(Self { values, norm })
    }

    fn correlation(&self, other: &Self) -> Option<f64> {
        let r = (dot(&self.values, &other.values) / (self.norm * other.norm)).clamp(-1.0, 1.0);
        (!r.is_nan()).then_some(r)
    }
}

/// The sum of products, in eight sums beside each other that the processor can keep in one register.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (whole, rest) = (a.chunks_exact(8), a.chunks_exact(8).remainder());
    let mut sums = [0.0_f64; 8];
    for (x, y) in whole.zip(b.chunks_exact(8)) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let tail = b.len() - rest.len();
    sums.iter().sum::<f64>() + rest.iter().zip(&b[tail..]).map(|(x, y)| x * y).sum::<f64>()
}

fn correlation(x: &[f64], y: &[f64]) -> Option<f64> {
    let (mut count, mut sum_x, mut sum_y) = (0_usize, 0.0, 0.0);
    let both = |row: usize| !x[row].is_nan() && !y[row].is_nan();
    let mut first = None;
    let (mut x_varies, mut y_varies) = (false, false);
    for row in (0..x.len()).filter(|&row| both(row)) {
        let (a, b) = *first.get_or_insert((x[row], y[row]));
        x_varies |= x[row] != a;
        y_varies |= y[row] != b;
        count += 1;
        // Taking the first value away keeps large numbers with a small spread exact.
        sum_x += x[row] - a;
        sum_y += y[row] - b;
    }
    let (a, b) = first?;
    if count < 2 || !x_varies || !y_varies {
        return None;
    }
    let (mean_x, mean_y) = (sum_x / count as f64, sum_y / count as f64);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for row in (0..x.len()).filter(|&row| both(row)) {
        let (dx, dy) = (x[row] - a - mean_x, y[row] - b - mean_y);
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    let r = (xy / (xx.sqrt() * yy.sqrt())).clamp(-1.0, 1.0);
    (!r.is_nan()).then_some(r)
}

/// Numbers as the count of edges at or below them, of eleven edges evenly spaced from the smallest
/// to the largest; missing ones count all. None where edges coincide.
pub(super) fn digitise(numbers: &[f64]) -> Option<Vec<u32>> {
    let present = || numbers.iter().copied().filter(|v| !v.is_nan());
    let (mut low, mut high) = present().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if low > high {
        (low, high) = (0.0, 1.0);
    }
    if !low.is_finite() || !high.is_finite() {
        return None;
    }
    if low == high {
        low -= 0.5;
        high += 0.5;
    }
    let step = (high - low) / BINS as f64;
    let mut edges: Vec<f64> = (0..=BINS).map(|i| i as f64 * step + low).collect();
    edges[BINS] = high;
    if !edges.windows(2).all(|w| w[0] < w[1]) {
        return None;
    }
    let code = |v: &f64| {
        if v.is_nan() {
            edges.len() as u32
        } else {
            edges.iter().map(|edge| u32::from(edge <= v)).sum()
        }
    };
    Some(numbers.iter().map(code).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_that_coincide_are_refused() {
        assert!(digitise(&[1e16, 1e16 + 2.0]).is_none());
        assert_eq!(digitise(&[]), Some(vec![]));
        assert_eq!(digitise(&[f64::NAN, f64::NAN]), Some(vec![11, 11]));
        assert_eq!(digitise(&[0.0, 10.0, f64::NAN, 5.0]), Some(vec![1, 11, 11, 6]));
    }

    /// Without missing cells correlations take a faster way, to the same result.
    #[test]
    fn both_ways_to_a_correlation_agree() {
        let x: Vec<f64> = (0..1003).map(|i| f64::from(i * 7919 % 1009) + 1e6).collect();
        let y: Vec<f64> = x.iter().enumerate().map(|(i, x)| x * 3.0 + (i % 400) as f64).collect();
        let fast = Numbers::new(x.clone()).correlation(&Numbers::new(y.clone())).unwrap();
        assert!((fast - correlation(&x, &y).unwrap()).abs() < 1e-12);
        assert!(
            Numbers::new(vec![1.0; 9])
                .correlation(&Numbers::new((0..9).map(f64::from).collect()))
                .is_none()
        );
    }
}
