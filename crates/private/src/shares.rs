//! Estimates of shares from noisy counts of one column.

/// The non-negative numbers with the given sum that are nearest to `counts`: all are lowered by the same amount and
/// cut at 0 (projection onto a simplex; Duchi et al., ICML 2008, figure 1). A sum of 0 or less gives zeros.
pub(crate) fn nearest_shares(counts: &[f64], sum: f64) -> Vec<f64> {
    if sum <= 0.0 {
        return vec![0.0; counts.len()];
    }
    let mut falling = counts.to_vec();
    falling.sort_unstable_by(|a, b| b.total_cmp(a));
    let (mut taken, mut off) = (0.0, 0.0);
    for (i, v) in falling.iter().enumerate() {
        taken += v;
        let candidate = (taken - sum) / (i + 1) as f64;
        if v - candidate > 0.0 {
            off = candidate;
        }
    }
    counts.iter().map(|c| (c - off).max(0.0)).collect()
}

/// Of each state the estimated share in its group: the part of its group's noisy sum that is nearest to the noisy
/// counts; even where the group's sum is not positive.
pub(crate) fn within_groups(map: &[u16], groups: usize, counts: &[i64]) -> Vec<f64> {
    let mut out = vec![1.0; map.len()];
    for group in 0..groups {
        let states: Vec<usize> = (0..map.len()).filter(|&s| map[s] as usize == group).collect();
        let own: Vec<f64> = states.iter().map(|&s| counts[s] as f64).collect();
        let sum: f64 = own.iter().sum();
        let shares = nearest_shares(&own, sum);
        let mass: f64 = shares.iter().sum();
        for (&state, share) in states.iter().zip(shares) {
            out[state] = if mass > 0.0 {
                share / mass
            } else {
                1.0 / states.len() as f64
            };
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The result has the sum, no negative number, and lowers all positive ones by the same amount.
        #[test]
        fn shares_are_the_projection(counts in proptest::collection::vec(-50_i32..100, 1..20), sum in 1_u16..500) {
            let counts: Vec<f64> = counts.into_iter().map(f64::from).collect();
            let shares = nearest_shares(&counts, f64::from(sum));
            prop_assert!((shares.iter().sum::<f64>() - f64::from(sum)).abs() < 1e-9);
            let off: Vec<f64> = counts.iter().zip(&shares).filter(|p| *p.1 > 0.0).map(|(c, s)| c - s).collect();
            prop_assert!(off.iter().all(|o| (o - off[0]).abs() < 1e-9));
            prop_assert!(counts.iter().zip(&shares).all(|(c, s)| *s > 0.0 || c - off[0] <= 1e-9));
        }

        #[test]
        fn shares_of_a_group_sum_to_one(counts in proptest::collection::vec(-9_i64..30, 6), map in proptest::collection::vec(0_u16..3, 6)) {
            let shares = within_groups(&map, 3, &counts);
            for group in 0..3 {
                let of: Vec<f64> = shares.iter().zip(&map).filter(|p| *p.1 == group).map(|p| *p.0).collect();
                prop_assert!(of.is_empty() || (of.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            }
        }
    }
}
