//! Cuts through one ordered column where the error changes: a small regression tree on that column alone
//! (Breiman, Friedman, Olshen and Stone, "Classification and regression trees", 1984, chapter 8).

use crate::cuts::roundest;
use plenish_learn::students_t::t_upper_tail;
use plenish_table::ColumnSchema;

/// Leaves at most: ranges that a person can keep apart.
const LEAVES: usize = 5;
/// A split is made if so large a difference of the means would be rarer than this by chance, at any of the
/// places that were tried (Bonferroni).
const CHANCE: f64 = 0.05;

/// Rows with one value: how many, and the sums of their errors and of the squares.
#[derive(Clone, Copy)]
struct Group {
    value: f64,
    rows: f64,
    sum: f64,
    squares: f64,
}

/// Cuts, in rising order, between ranges of at least `support` rows whose mean errors differ by more than
/// chance; none if there are no such ranges. `numbers` and `errors` have a value a row; rows whose number
/// is NaN are not looked at.
pub(crate) fn cuts(numbers: &[f64], errors: &[f64], support: usize, column: &ColumnSchema) -> Vec<f64> {
    let mut order: Vec<usize> = (0..numbers.len()).filter(|&row| !numbers[row].is_nan()).collect();
    order.sort_unstable_by(|&a, &b| numbers[a].total_cmp(&numbers[b]).then(a.cmp(&b)));
    let mut groups: Vec<Group> = Vec::new();
    for row in order {
        let (value, error) = (numbers[row], errors[row]);
        match groups.last_mut() {
            Some(group) if group.value == value => {
                group.rows += 1.0;
                group.sum += error;
                group.squares += error * error;
            }
            _ => groups.push(Group {
                value,
                rows: 1.0,
                sum: error,
                squares: error * error,
            }),
        }
    }
    let mut leaves = vec![(0, groups.len())];
    let mut splits: Vec<Option<(usize, f64)>> = vec![best(&groups, support)];
    while leaves.len() < LEAVES {
        let ranked = (0..leaves.len()).filter_map(|leaf| splits[leaf].map(|split| (leaf, split)));
        // The last of equal gains: the order of the leaves is the order of the column.
        let Some((leaf, (at, _))) = ranked.max_by(|a, b| a.1.1.total_cmp(&b.1.1)) else {
            break;
        };
        let (start, end) = leaves[leaf];
        let middle = start + at;
        leaves.splice(leaf..=leaf, [(start, middle), (middle, end)]);
        splits.splice(
            leaf..=leaf,
            [
                best(&groups[start..middle], support),
                best(&groups[middle..end], support),
            ],
        );
    }
    leaves[1..]
        .iter()
        .map(|&(start, _)| {
            let (low, high) = (groups[start - 1].value, groups[start].value);
            roundest(low, high, f64::midpoint(low, high), column)
        })
        .collect()
}

/// The split that lowers the squared error most, with what it gains: groups before the place go left. None
/// if it is no better than chance.
fn best(groups: &[Group], support: usize) -> Option<(usize, f64)> {
    let (mut rows, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for group in groups {
        rows += group.rows;
        sum += group.sum;
        squares += group.squares;
    }
    let (mut left_rows, mut left_sum) = (0.0, 0.0);
    let mut tried = 0.0;
    let mut best: Option<(usize, f64)> = None;
    for (place, group) in groups.iter().enumerate() {
        let right_rows: f64 = rows - left_rows;
        if left_rows >= support as f64 && right_rows >= support as f64 {
            tried += 1.0;
            let gap: f64 = left_sum / left_rows - (sum - left_sum) / right_rows;
            let gain = gap * gap * left_rows * right_rows / rows;
            if best.is_none_or(|(_, most)| gain > most) {
                best = Some((place, gain));
            }
        }
        left_rows += group.rows;
        left_sum += group.sum;
    }
    let (place, gain) = best?;
    // The gain is what the difference of two means explains: its ratio to what is left is the square of
    // their t statistic.
    let left_over = (squares - sum * sum / rows - gain).max(0.0);
    let freedom = rows - 2.0;
    if gain <= 0.0 || freedom < 1.0 {
        return None;
    }
    let t = (gain / (left_over / freedom).max(f64::MIN_POSITIVE)).sqrt();
    (2.0 * t_upper_tail(t, freedom) * tried <= CHANCE).then_some((place, gain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_table::{ColumnType, Seed};

    fn noise(row: usize) -> f64 {
        Seed::new(5).stream(row as u64, 0).uniform()
    }

    #[test]
    fn the_error_is_cut_where_it_changes() {
        let numbers: Vec<f64> = (0..2000).map(|row| f64::from(row % 100)).collect();
        let errors: Vec<f64> = (0..2000)
            .map(|row| noise(row) + if (30..60).contains(&(row % 100)) { 1.0 } else { 0.0 })
            .collect();
        let column = ColumnSchema::new("x", ColumnType::Integer);
        assert_eq!(cuts(&numbers, &errors, 20, &column), [30.0, 60.0]);
        let flat: Vec<f64> = (0..2000).map(noise).collect();
        assert!(cuts(&numbers, &flat, 20, &column).is_empty());
        assert!(cuts(&[], &[], 20, &column).is_empty());
        assert!(cuts(&[f64::NAN; 3], &[1.0; 3], 1, &column).is_empty());
    }
}
