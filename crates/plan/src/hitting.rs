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

/// Combinations that give every pattern the rows it lacks.
pub(crate) fn cover(wanted: &[Wanted]) -> Vec<Combination> {
    let mut need: Vec<u64> = wanted.iter().map(|w| w.need).collect();
    // Which patterns each row of the pool has.
    let mut of_row: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (place, pattern) in wanted.iter().enumerate() {
        for &row in &pattern.pool {
            of_row.entry(row).or_default().push(place as u32);
        }
    }
    let mut out: Vec<Combination> = Vec::new();
    while let Some(first) = (0..wanted.len())
        .filter(|&w| need[w] > 0)
        .max_by_key(|&w| (need[w], usize::MAX - w))
    {
        let mut covers = vec![first];
        let mut items = wanted[first].items.clone();
        let mut rows = wanted[first].pool.clone();
        loop {
            // How many rows of the combination have each pattern that is not met yet.
            let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
            for row in &rows {
                for &place in &of_row[row] {
                    *shared.entry(place as usize).or_insert(0) += 1;
                }
            }
            let next = shared
                .into_iter()
                .filter(|&(w, count)| need[w] > 0 && count >= SUPPORT && !covers.contains(&w))
                .max_by_key(|&(w, count)| (need[w].min(need[first]), count, usize::MAX - w));
            let Some((next, _)) = next else { break };
            let own = &wanted[next];
            rows.retain(|row| own.pool.binary_search(row).is_ok());
            for &item in &own.items {
                if !items.contains(&item) {
                    items.push(item);
                }
            }
            covers.push(next);
        }
        items.sort_unstable();
        // What all of them lack: more would be more than some need.
        let count = covers.iter().map(|&w| need[w]).min().unwrap_or(0).max(1);
        for &w in &covers {
            need[w] = need[w].saturating_sub(count);
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
    out
}
