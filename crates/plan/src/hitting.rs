//! The fewest rows that cover uncovered patterns: the greedy hitting set of Asudeh, Jin and Jagadish, "Assessing and
//! remedying coverage for a given dataset" (ICDE 2019, section 4), over rows that a model makes.
//!
//! A combination of values covers all patterns it is a part of, so that one row may count for many. Any combination
//! would do for counting; here only those that the model makes are put together, because rows that nobody would ever
//! meet help nobody.

use std::collections::BTreeMap;

/// Rows of the pool that have to have a combination.
pub(crate) const SUPPORT: usize = 10;

/// A pattern to be covered.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// Its values: pairs of an attribute's place and a level's.
    pub(crate) items: Vec<(usize, usize)>,
    /// Rows it lacks.
    pub(crate) need: u64,
    /// Rows of the pool that have it, in order; at least [`SUPPORT`].
    pub(crate) pool: Vec<u32>,
}

/// Patterns put together, and the rows to make of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Combination {
    /// Their values, in order.
    pub(crate) items: Vec<(usize, usize)>,
    /// Places of the patterns it covers.
    pub(crate) covers: Vec<usize>,
    pub(crate) rows: u64,
}

/// Combinations that give every pattern the rows it lacks: time after time the row of the pool that has most of the
/// patterns that are not met, with all of these that enough rows have together.
pub(crate) fn cover(wanted: &[Wanted]) -> Vec<Combination> {
    let mut need: Vec<u64> = wanted.iter().map(|w| w.need).collect();
    // Which patterns each row of the pool has, and how many of them are not met.
    let mut of_row: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (place, pattern) in wanted.iter().enumerate().filter(|(_, w)| w.need > 0) {
        for &row in &pattern.pool {
            of_row.entry(row).or_default().push(place as u32);
        }
    }
    let rows: Vec<(u32, Vec<u32>)> = of_row.into_iter().collect();
    let mut open: Vec<u32> = rows.iter().map(|(_, patterns)| patterns.len() as u32).collect();
    let mut out: Vec<Combination> = Vec::new();
    loop {
        let most = open.iter().copied().max().unwrap_or(0);
        // Of rows that count for as many, the one whose patterns lack most: what many lack is met together.
        let lacking = |place: usize| -> u64 { rows[place].1.iter().map(|&w| need[w as usize]).sum() };
        let Some(best) = (0..rows.len())
            .filter(|&place| most > 0 && open[place] == most)
            .max_by_key(|&place| (lacking(place), usize::MAX - place))
        else {
            return out;
        };
        let mut unmet: Vec<usize> = rows[best].1.iter().map(|&w| w as usize).collect();
        unmet.retain(|&w| need[w] > 0);
        // Those that lack most come first, where not all can be put together.
        unmet.sort_by_key(|&w| (u64::MAX - need[w], w));
        let (mut covers, mut items, mut together): (Vec<usize>, Vec<(usize, usize)>, Vec<u32>) = Default::default();
        for w in unmet {
            let own = &wanted[w];
            let shared: Vec<u32> = if covers.is_empty() {
                own.pool.clone()
            } else {
                together
                    .iter()
                    .copied()
                    .filter(|row| own.pool.binary_search(row).is_ok())
                    .collect()
            };
            if covers.is_empty() || shared.len() >= SUPPORT {
                together = shared;
                covers.push(w);
                items.extend(
                    own.items
                        .iter()
                        .filter(|item| !items.contains(item))
                        .copied()
                        .collect::<Vec<_>>(),
                );
            }
        }
        items.sort_unstable();
        // What all of them lack: more would be more than some need.
        let count = covers.iter().map(|&w| need[w]).min().unwrap_or(0).max(1);
        for &w in &covers {
            need[w] = need[w].saturating_sub(count);
            if need[w] == 0 {
                for row in &wanted[w].pool {
                    if let Ok(place) = rows.binary_search_by_key(row, |(row, _)| *row) {
                        open[place] -= 1;
                    }
                }
            }
        }
        covers.sort_unstable();
        match out.iter_mut().find(|known| known.items == items) {
            Some(known) => known.rows += count,
            None => out.push(Combination {
                items,
                covers,
                rows: count,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COLUMNS: usize = 4;

    /// All combinations of four values of two levels each, as often as a combination has to be.
    fn pool() -> Vec<[usize; COLUMNS]> {
        let combination = |number: usize| std::array::from_fn(|column| number >> column & 1);
        (0..1 << COLUMNS)
            .flat_map(|number| [combination(number); SUPPORT])
            .collect()
    }

    fn has(row: &[usize; COLUMNS], items: &[(usize, usize)]) -> bool {
        items.iter().all(|&(column, level)| row[column] == level)
    }

    /// Rows chosen one by one, each the one that counts for most patterns: the greedy optimum.
    fn one_by_one(wanted: &[Wanted]) -> u64 {
        let mut need: Vec<u64> = wanted.iter().map(|w| w.need).collect();
        let mut rows = 0;
        while need.iter().any(|&n| n > 0) {
            let counts = |row: &[usize; COLUMNS]| {
                wanted
                    .iter()
                    .zip(&need)
                    .filter(|(w, n)| **n > 0 && has(row, &w.items))
                    .count()
            };
            let best = pool().into_iter().max_by_key(counts).unwrap();
            for (w, n) in wanted.iter().zip(&mut need) {
                if has(&best, &w.items) {
                    *n = n.saturating_sub(1);
                }
            }
            rows += 1;
        }
        rows
    }

    proptest! {
        /// Every pattern gets the rows it lacks, and all together hardly more than the greedy optimum.
        #[test]
        fn patterns_get_their_rows(
            wanted in prop::collection::vec(
                (prop::collection::btree_map(0..COLUMNS, 0_usize..2, 1..=3), 1_u64..20),
                1..8,
            ),
        ) {
            let rows = pool();
            let wanted: Vec<Wanted> = wanted
                .into_iter()
                .map(|(items, need)| {
                    let items: Vec<(usize, usize)> = items.into_iter().collect();
                    let pool = (0..rows.len() as u32).filter(|&row| has(&rows[row as usize], &items)).collect();
                    Wanted { items, need, pool }
                })
                .collect();
            let found = cover(&wanted);
            for pattern in &wanted {
                // A combination counts for a pattern that is part of it.
                let brought: u64 = found
                    .iter()
                    .filter(|c| pattern.items.iter().all(|item| c.items.contains(item)))
                    .map(|c| c.rows)
                    .sum();
                prop_assert!(brought >= pattern.need, "{brought} of {}", pattern.need);
            }
            let (made, best) = (found.iter().map(|c| c.rows).sum::<u64>(), one_by_one(&wanted));
            // Of combinations that count for as many, one or the other comes first: a few rows of luck.
            prop_assert!(made as f64 <= 1.1 * best as f64 + 4.0, "{made} rows, {best} would do");
        }
    }
}
