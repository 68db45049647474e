//! One row held against all rows of a table: the loop in which an audit spends its time.

use crate::points::{Cells, Points};

/// Rows held against one query at a time: their distances stay in the first-level cache.
const BLOCK: usize = 1024;
/// Words that differ are this far apart.
pub(crate) const APART: u16 = 255;

/// The largest distance there can be over some columns. Beyond 257 columns far rows are taken for equally far.
pub(crate) fn farthest(columns: usize) -> u16 {
    (columns * usize::from(APART)).min(usize::from(u16::MAX)) as u16
}

/// Hands out the distances of `targets` from a row of `query`, a block at a time with the place of its first.
pub(crate) fn each_block(targets: &Points, query: &Points, row: usize, hand: impl FnMut(usize, &[u16])) {
    // The same code for the widest registers that the machine has.
    pulp::Arch::new().dispatch(Sweep {
        targets,
        query,
        row,
        hand,
    });
}

struct Sweep<'a, F> {
    targets: &'a Points,
    query: &'a Points,
    row: usize,
    hand: F,
}

impl<F: FnMut(usize, &[u16])> pulp::WithSimd for Sweep<'_, F> {
    type Output = ();

    #[expect(
        clippy::inline_always,
        reason = "code is compiled for wide registers only where it is part of the function that asks for them"
    )]
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(mut self, _: S) {
        let row = self.row;
        let mut distances = [0_u16; BLOCK];
        for start in (0..self.targets.rows).step_by(BLOCK) {
            let end = (start + BLOCK).min(self.targets.rows);
            let distances = &mut distances[..end - start];
            distances.fill(0);
            for (cells, wanted) in self.targets.columns.iter().zip(&self.query.columns) {
                match (cells, wanted) {
                    (Cells::Levels(cells), Cells::Levels(wanted)) => {
                        let wanted = wanted[row];
                        for (d, &cell) in distances.iter_mut().zip(&cells[start..end]) {
                            *d = d.saturating_add(u16::from(cell.abs_diff(wanted)));
                        }
                    }
                    (Cells::Words(cells), Cells::Words(wanted)) => {
                        let wanted = wanted[row];
                        for (d, &cell) in distances.iter_mut().zip(&cells[start..end]) {
                            *d = d.saturating_add(u16::from(if cell == wanted { 0_u8 } else { u8::MAX }));
                        }
                    }
                    (Cells::LongWords(cells), Cells::LongWords(wanted)) => {
                        let wanted = wanted[row];
                        for (d, &cell) in distances.iter_mut().zip(&cells[start..end]) {
                            *d = d.saturating_add(if cell == wanted { 0 } else { APART });
                        }
                    }
                    // Points of one scale have the same kinds of cells.
                    _ => {}
                }
            }
            (self.hand)(start, distances);
        }
    }
}

/// The distance from a row of `query` to the nearest of `targets`; the largest there is if there are none.
pub(crate) fn nearest(targets: &Points, query: &Points, row: usize) -> u16 {
    let mut best = u16::MAX;
    each_block(targets, query, row, |_, distances| {
        best = distances.iter().fold(best, |best, &d| best.min(d));
    });
    best
}

/// The nearest of `targets`, all of those that are equally near, in rising order, and how near.
pub(crate) fn all_nearest(targets: &Points, query: &Points, row: usize, found: &mut Vec<u32>) -> u16 {
    found.clear();
    let mut best = u16::MAX;
    each_block(targets, query, row, |start, distances| {
        let here = distances.iter().fold(u16::MAX, |best, &d| best.min(d));
        if here > best {
            return;
        }
        if here < best {
            best = here;
            found.clear();
        }
        let equal = distances.iter().enumerate().filter(|&(_, &d)| d == here);
        found.extend(equal.map(|(place, _)| (start + place) as u32));
    });
    best
}

/// Counts how many of `targets` lie at each distance from a row of `query`; `counts` has a place for each
/// distance up to [`farthest`].
pub(crate) fn histogram(targets: &Points, query: &Points, row: usize, counts: &mut [u32]) {
    counts.fill(0);
    let last = counts.len() - 1;
    each_block(targets, query, row, |_, distances| {
        for &d in distances {
            counts[usize::from(d).min(last)] += 1;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn points(rows: &[(u8, u8, u16)]) -> Points {
        Points {
            columns: vec![
                Cells::Levels(rows.iter().map(|r| r.0).collect()),
                Cells::Words(rows.iter().map(|r| r.1).collect()),
                Cells::LongWords(rows.iter().map(|r| r.2).collect()),
            ],
            rows: rows.len(),
        }
    }

    proptest! {
        /// Distances, the nearest rows and the counts are those of the definition.
        #[test]
        fn sweeps_agree_with_the_definition(
            rows in proptest::collection::vec((0_u8..=255, 0_u8..3, 0_u16..3), 1..40),
            query in (0_u8..=255, 0_u8..3, 0_u16..3),
            repeat in 1_usize..60,
        ) {
            let rows: Vec<_> = (0..repeat).flat_map(|_| rows.iter().copied()).collect();
            let (targets, asked) = (points(&rows), points(&[query]));
            let wanted: Vec<u16> = rows
                .iter()
                .map(|r| {
                    u16::from(r.0.abs_diff(query.0)) + APART * (u16::from(r.1 != query.1) + u16::from(r.2 != query.2))
                })
                .collect();
            let least = *wanted.iter().min().unwrap();
            prop_assert_eq!(nearest(&targets, &asked, 0), least);
            let mut found = Vec::new();
            prop_assert_eq!(all_nearest(&targets, &asked, 0, &mut found), least);
            let places: Vec<u32> = (0..rows.len() as u32).filter(|&i| wanted[i as usize] == least).collect();
            prop_assert_eq!(found, places);
            let mut counts = vec![0; usize::from(farthest(3)) + 1];
            histogram(&targets, &asked, 0, &mut counts);
            for (d, &count) in counts.iter().enumerate() {
                prop_assert_eq!(count as usize, wanted.iter().filter(|&&w| usize::from(w) == d).count());
            }
        }
    }
}
