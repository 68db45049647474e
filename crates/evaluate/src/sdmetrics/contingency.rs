//! Counts of pairs of codes, and what they say.

/// Counts of pairs of codes: every cell, or only those that occur, in order.
pub(super) enum Contingency {
    Dense(Vec<u32>),
    Sparse(Vec<(u64, u32)>),
}

/// Above this many cells only those that occur are held.
const DENSE_CELLS: usize = 1 << 16;

pub(super) fn contingency(left: &[u32], right: &[u32], right_size: usize) -> Contingency {
    let left_size = left.iter().max().map_or(0, |&m| m as usize + 1);
    let width = right_size as u64;
    if left_size.saturating_mul(right_size) <= DENSE_CELLS {
        let mut counts = vec![0; left_size * right_size];
        for (&l, &r) in left.iter().zip(right) {
            counts[l as usize * right_size + r as usize] += 1;
        }
        return Contingency::Dense(counts);
    }
    let key = |(&l, &r): (&u32, &u32)| u64::from(l) * width + u64::from(r);
    let mut keys: Vec<u64> = left.iter().zip(right).map(key).collect();
    keys.sort_unstable();
    let mut counts: Vec<(u64, u32)> = Vec::new();
    for key in keys {
        match counts.last_mut() {
            Some((last, count)) if *last == key => *count += 1,
            _ => counts.push((key, 1)),
        }
    }
    Contingency::Sparse(counts)
}

impl Contingency {
    /// The cells that occur, in order.
    fn cells(&self) -> Vec<(u64, u32)> {
        match self {
            Self::Sparse(cells) => cells.clone(),
            Self::Dense(counts) => {
                let cells = counts.iter().enumerate().filter(|&(_, &count)| count > 0);
                cells.map(|(key, &count)| (key as u64, count)).collect()
            }
        }
    }
}

/// The sum over cells of differences of shares.
pub(super) fn difference(real: &Contingency, synthetic: &Contingency, n: f64, m: f64) -> f64 {
    let (a, b) = (real.cells(), synthetic.cells());
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    while i < a.len() || j < b.len() {
        let key_a = a.get(i).map_or(u64::MAX, |c| c.0);
        let key_b = b.get(j).map_or(u64::MAX, |c| c.0);
        let (mut x, mut y) = (0.0, 0.0);
        if key_a <= key_b {
            x = f64::from(a[i].1) / n;
            i += 1;
        }
        if key_b <= key_a {
            y = f64::from(b[j].1) / m;
            j += 1;
        }
        sum += (x - y).abs();
    }
    sum
}

/// Cramer's V without bias correction; none unless both sides have two values or more.
pub(super) fn cramers_v(table: &Contingency, left_size: usize, right_size: usize) -> Option<f64> {
    let cells = table.cells();
    let (mut left, mut right) = (vec![0_u64; left_size], vec![0_u64; right_size]);
    for &(key, count) in &cells {
        left[(key / right_size as u64) as usize] += u64::from(count);
        right[(key % right_size as u64) as usize] += u64::from(count);
    }
    let occurring = |sums: &[u64]| sums.iter().filter(|&&s| s > 0).count();
    let freedom = occurring(&left).min(occurring(&right));
    if freedom < 2 {
        return None;
    }
    // Chi-square over n: the sum of o^2 / (row sum * column sum), minus one.
    let sum: f64 = cells
        .iter()
        .map(|&(key, count)| {
            let l = left[(key / right_size as u64) as usize] as f64;
            let r = right[(key % right_size as u64) as usize] as f64;
            f64::from(count) * f64::from(count) / (l * r)
        })
        .sum();
    Some(((sum - 1.0).max(0.0) / (freedom - 1) as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Large tables are counted sparsely; both ways must agree.
    #[test]
    fn sparse_and_dense_counts_agree() {
        let left: Vec<u32> = (0..5000).map(|i| i * 31 % 700).collect();
        let right: Vec<u32> = (0..5000).map(|i| i * i % 650).collect();
        let sparse = contingency(&left, &right, 650);
        assert!(matches!(sparse, Contingency::Sparse(_)));
        let mut dense = vec![0; 700 * 650];
        for (&l, &r) in left.iter().zip(&right) {
            dense[l as usize * 650 + r as usize] += 1;
        }
        assert_eq!(sparse.cells(), Contingency::Dense(dense).cells());
        assert_eq!(difference(&sparse, &sparse, 5000.0, 5000.0), 0.0);
    }
}
