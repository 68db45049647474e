//! The nearest neighbours of every row among the rows of its class: exact, block by block, in single
//! precision.

use plenish_table::{Context, Result, Seed};
use rayon::prelude::*;

/// Pairs of rows that are compared at most; with more rows, each looks for its neighbours among a
/// sample of its class.
const MOST_PAIRS: u64 = 1 << 31;

/// Rows compared with a row at once.
const BLOCK: usize = 512;

/// What two cells of a column are compared by.
#[derive(Debug)]
pub(super) enum Feature {
    /// A number in units of its standard deviation; NaN where missing, which differs from every
    /// number as two categories do.
    Number(Vec<f32>),
    /// A category.
    Code(Vec<u32>),
}

/// For every row of `classes`, up to `count` nearest other rows of its class, nearest first, at equal
/// distance the earlier row; rows alone in their class look among all. `penalty` is the squared
/// distance of two different categories.
pub(super) fn neighbours(
    features: &[Feature],
    classes: &[Vec<u32>],
    count: usize,
    penalty: &[f32],
    seed: &Seed,
    cx: &Context,
) -> Result<Vec<Vec<u32>>> {
    let rows: usize = classes.iter().map(Vec::len).sum();
    let all: Vec<u32> = (0..rows as u32).collect();
    let mut found = vec![Vec::new(); rows];
    cx.step("fit", rows as u64, || {
        for (class, members) in classes.iter().enumerate() {
            let among = if members.len() < 2 { &all } else { members };
            let most = (MOST_PAIRS / rows as u64).max(64) as usize;
            let among = sample(among, most, &seed.child(class as u64));
            let candidates = Candidates::new(features, &among, penalty[class]);
            let near = members
                .par_iter()
                .map(|&row| {
                    cx.check()?;
                    cx.advance(1);
                    Ok(candidates.nearest(row, count))
                })
                .collect::<Result<Vec<_>>>()?;
            for (&row, near) in members.iter().zip(near) {
                found[row as usize] = near;
            }
        }
        Ok(())
    })?;
    Ok(found)
}

fn sample(rows: &[u32], most: usize, seed: &Seed) -> Vec<u32> {
    let mut rows = rows.to_vec();
    if rows.len() > most {
        seed.stream(0, 0).shuffle(&mut rows);
        rows.truncate(most);
        rows.sort_unstable();
    }
    rows
}

/// Rows to look among: column by column, so that the inner loop runs over neighbouring numbers.
struct Candidates<'a> {
    features: &'a [Feature],
    rows: &'a [u32],
    columns: Vec<Feature>,
    penalty: f32,
}

impl<'a> Candidates<'a> {
    fn new(features: &'a [Feature], rows: &'a [u32], penalty: f32) -> Self {
        let columns = features
            .iter()
            .map(|feature| match feature {
                Feature::Number(cells) => Feature::Number(rows.iter().map(|&r| cells[r as usize]).collect()),
                Feature::Code(cells) => Feature::Code(rows.iter().map(|&r| cells[r as usize]).collect()),
            })
            .collect();
        Self {
            features,
            rows,
            columns,
            penalty,
        }
    }

    fn nearest(&self, row: u32, count: usize) -> Vec<u32> {
        let mut best: Vec<(f32, u32)> = Vec::with_capacity(count + 1);
        let mut distances = [0.0_f32; BLOCK];
        for start in (0..self.rows.len()).step_by(BLOCK) {
            let end = (start + BLOCK).min(self.rows.len());
            let distances = &mut distances[..end - start];
            distances.fill(0.0);
            for (feature, column) in self.features.iter().zip(&self.columns) {
                match (feature, column) {
                    (Feature::Number(all), Feature::Number(cells)) => {
                        add_numbers(distances, &cells[start..end], all[row as usize], self.penalty);
                    }
                    (Feature::Code(all), Feature::Code(cells)) => {
                        let own = all[row as usize];
                        for (distance, &cell) in distances.iter_mut().zip(&cells[start..end]) {
                            *distance += if cell == own { 0.0 } else { self.penalty };
                        }
                    }
                    _ => {}
                }
            }
            for (&distance, &candidate) in distances.iter().zip(&self.rows[start..end]) {
                let is_nearer = best.len() < count || best.last().is_some_and(|b| distance < b.0);
                if is_nearer && candidate != row {
                    let place = best.partition_point(|b| b.0 <= distance);
                    best.insert(place, (distance, candidate));
                    best.truncate(count);
                }
            }
        }
        best.into_iter().map(|b| b.1).collect()
    }
}

fn add_numbers(distances: &mut [f32], cells: &[f32], own: f32, penalty: f32) {
    if own.is_nan() {
        for (distance, &cell) in distances.iter_mut().zip(cells) {
            *distance += if cell.is_nan() { 0.0 } else { penalty };
        }
        return;
    }
    for (distance, &cell) in distances.iter_mut().zip(cells) {
        let square = (cell - own) * (cell - own);
        *distance += if square.is_nan() { penalty } else { square };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the plainest search there is, with ties and missing numbers.
    #[test]
    fn the_nearest_rows_are_found() {
        let mut stream = Seed::new(8).stream(0, 0);
        let rows = 1300;
        let number: Vec<f32> = (0..rows)
            .map(|_| {
                if stream.below(9) == 0 {
                    f32::NAN
                } else {
                    stream.below(40) as f32 / 8.0
                }
            })
            .collect();
        let code: Vec<u32> = (0..rows).map(|_| stream.below(3) as u32).collect();
        let (one, two): (Vec<u32>, Vec<u32>) = (0..rows as u32).partition(|r| r % 3 == 0);
        let features = [Feature::Number(number.clone()), Feature::Code(code.clone())];
        let classes = [one, two];
        let found = neighbours(&features, &classes, 5, &[1.0, 0.5], &Seed::new(1), &Context::silent()).unwrap();
        for (class, penalty) in classes.iter().zip([1.0, 0.5]) {
            for &row in class {
                let distance = |other: u32| {
                    let (a, b) = (number[row as usize], number[other as usize]);
                    let n = if a.is_nan() && b.is_nan() {
                        0.0
                    } else if a.is_nan() || b.is_nan() {
                        penalty
                    } else {
                        (a - b) * (a - b)
                    };
                    n + if code[row as usize] == code[other as usize] {
                        0.0
                    } else {
                        penalty
                    }
                };
                let mut others: Vec<u32> = class.iter().copied().filter(|&r| r != row).collect();
                others.sort_by(|&a, &b| distance(a).total_cmp(&distance(b)).then(a.cmp(&b)));
                assert_eq!(found[row as usize], others[..5]);
            }
        }
    }
}
