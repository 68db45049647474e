//! Cutting numbers into bins of about equal mass, in which a heavy value has a bin of its own.

/// The distinct values of `numbers` in rising order with their counts; NaN is left out.
pub fn distinct(numbers: &[f64]) -> Vec<(f64, u32)> {
    let mut sorted: Vec<f64> = numbers.iter().copied().filter(|v| !v.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut out: Vec<(f64, u32)> = Vec::new();
    for value in sorted {
        match out.last_mut() {
            // Negative and positive zero are one value.
            Some((last, count)) if *last == value => *count += 1,
            _ => out.push((value + 0.0, 1)),
        }
    }
    out
}

/// Groups distinct values into at most `bins` runs of about equal mass; a value that alone has the
/// mass of a bin gets one of its own. Returns the index just past each run; the last is the number
/// of values.
pub fn equal_mass(values: &[(f64, u32)], bins: usize) -> Vec<usize> {
    if values.len() <= bins {
        return (1..=values.len()).collect();
    }
    let total: u64 = values.iter().map(|&(_, count)| u64::from(count)).sum();
    // Values heavier than an even share are set aside first; the rest share what bins remain.
    let share = total as f64 / bins as f64;
    let heavy: Vec<bool> = values.iter().map(|&(_, count)| f64::from(count) >= share).collect();
    let heavy_bins = heavy.iter().filter(|&&h| h).count();
    let light: u64 = values
        .iter()
        .zip(&heavy)
        .filter(|&(_, &h)| !h)
        .map(|(&(_, count), _)| u64::from(count))
        .sum();
    let mut bins_left = (bins - heavy_bins.min(bins - 1)) as f64;
    let mut light_left = light as f64;
    let mut ends = Vec::with_capacity(bins);
    let mut mass = 0.0;
    for (index, &(_, count)) in values.iter().enumerate() {
        if heavy[index] {
            if mass > 0.0 {
                ends.push(index);
                light_left -= mass;
                bins_left = (bins_left - 1.0).max(1.0);
                mass = 0.0;
            }
            ends.push(index + 1);
            continue;
        }
        let target = light_left / bins_left;
        // Close before a value that would overshoot by more than stopping here falls short.
        let count = f64::from(count);
        if mass > 0.0 && mass + count - target > target - mass {
            ends.push(index);
            light_left -= mass;
            bins_left = (bins_left - 1.0).max(1.0);
            mass = 0.0;
        }
        mass += count;
    }
    if mass > 0.0 {
        ends.push(values.len());
    }
    // Light runs between heavy values cost bins that the budget did not know of: join the lightest
    // neighbours until it holds.
    while ends.len() > bins {
        let weight = |i: usize| -> u64 {
            let start = if i == 0 { 0 } else { ends[i - 1] };
            values[start..ends[i]].iter().map(|&(_, count)| u64::from(count)).sum()
        };
        let weights: Vec<u64> = (0..ends.len()).map(weight).collect();
        let lightest = (0..ends.len() - 1)
            .min_by_key(|&i| weights[i] + weights[i + 1])
            .unwrap_or(0);
        ends.remove(lightest);
    }
    ends
}

/// The cuts between the runs of [`equal_mass`]: midway between neighbours. `numbers` fall into bin
/// `cuts.partition_point(|cut| cut < number)`.
pub fn cuts(values: &[(f64, u32)], bins: usize) -> Vec<f64> {
    let ends = equal_mass(values, bins);
    ends[..ends.len().saturating_sub(1)]
        .iter()
        .map(|&end| {
            let (low, high) = (values[end - 1].0, values[end].0);
            let middle = low + (high - low) / 2.0;
            // Between neighbouring floats the midpoint rounds to one of them; it must not be the upper.
            if middle >= high { low } else { middle }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Every value lies in exactly one bin, bins are in order and no more than asked for, and a
        /// value as heavy as a bin is alone in its own unless there are more such values than bins allow.
        #[test]
        fn bins_cover_all_values_once(numbers in proptest::collection::vec(-20_i32..20, 1..300), bins in 1_usize..30) {
            let numbers: Vec<f64> = numbers.into_iter().map(|v| f64::from(v) / 4.0).collect();
            let values = distinct(&numbers);
            let ends = equal_mass(&values, bins);
            prop_assert!(ends.len() <= bins);
            prop_assert!(ends.windows(2).all(|w| w[0] < w[1]));
            prop_assert_eq!(*ends.last().unwrap(), values.len());
            let cuts = cuts(&values, bins);
            prop_assert_eq!(cuts.len() + 1, ends.len());
            for (bin, &end) in ends.iter().enumerate() {
                let start = if bin == 0 { 0 } else { ends[bin - 1] };
                for &(value, _) in &values[start..end] {
                    prop_assert_eq!(cuts.partition_point(|cut| *cut < value), bin);
                }
            }
        }
    }

    #[test]
    fn a_heavy_value_is_alone() {
        let numbers: Vec<f64> = (0..1000)
            .map(|i| if i % 2 == 0 { 40.0 } else { f64::from(i) })
            .collect();
        let values = distinct(&numbers);
        let cuts = cuts(&values, 10);
        let bin = cuts.partition_point(|c| *c < 40.0);
        assert!(cuts[bin - 1] > 39.0 && cuts[bin] < 41.0, "{cuts:?}");
    }
}
