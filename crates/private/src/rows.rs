//! Rows from a model, by rounding instead of drawing.
//!
//! Columns come one after the other along the junction tree. For each combination of the columns before it in its
//! maximal clique, a column's expected counts are rounded to whole rows, up or down at random with the expected count
//! kept (systematic sampling, Madow 1949), and given to the rows of that combination in random order. Independent
//! draws would add the error of a sample of that size to the error of the model. Two mistakes would be worse still,
//! and do not show: to condition on what was measured instead of the maximal clique, and to leave out the shuffle.

use crate::graphical::{Shape, Tables};
use crate::marginals::Projection;
use plenish_table::{Context, Result, Seed, Stream};

/// `rows` rows of states of the model's columns, one vector a column.
pub(crate) fn draw(shape: &Shape, beliefs: &Tables, rows: usize, seed: &Seed, cx: &Context) -> Result<Vec<Vec<u16>>> {
    let mut columns: Vec<Vec<u16>> = vec![vec![0; rows]; shape.sizes.len()];
    for (i, clique) in shape.tree.cliques.iter().enumerate() {
        let mut given = shape.tree.parents[i].1.clone();
        for &column in clique {
            if given.contains(&column) {
                continue;
            }
            cx.check()?;
            let mut stream = seed.stream(0, column as u32);
            let mut both = given.clone();
            both.push(column);
            both.sort_unstable();
            let projection = Projection::new(clique, &both, &shape.sizes);
            let mut table = vec![0.0; projection.cells()];
            projection.sum(&beliefs[i], &mut table);
            // Where the first cell of each combination lies in the table, and how far its next state is.
            let inner: usize = both.iter().filter(|&&c| c > column).map(|&c| shape.sizes[c]).product();
            let size = shape.sizes[column];
            let combinations = table.len() / size;
            let keys: Vec<u32> = (0..rows)
                .map(|row| {
                    given
                        .iter()
                        .fold(0, |at, &c| at * shape.sizes[c] as u32 + u32::from(columns[c][row]))
                })
                .collect();
            let share = |key: usize, out: &mut [f64]| {
                let start = key / inner * inner * size + key % inner;
                out.iter_mut()
                    .enumerate()
                    .for_each(|(state, o)| *o = table[start + state * inner]);
            };
            columns[column] = allot(&keys, combinations, size, share, &mut stream);
            given.push(column);
            given.sort_unstable();
        }
    }
    Ok(columns)
}

/// A state for each row, by the shares that `share` writes for the row's key.
pub(crate) fn allot(
    keys: &[u32],
    combinations: usize,
    size: usize,
    share: impl Fn(usize, &mut [f64]),
    stream: &mut Stream,
) -> Vec<u16> {
    // Rows by key, in a counting sort.
    let mut ends = vec![0_u32; combinations + 1];
    for &key in keys {
        ends[key as usize + 1] += 1;
    }
    for key in 0..combinations {
        ends[key + 1] += ends[key];
    }
    let mut next = ends.clone();
    let mut order = vec![0_u32; keys.len()];
    for (row, &key) in keys.iter().enumerate() {
        order[next[key as usize] as usize] = row as u32;
        next[key as usize] += 1;
    }
    let mut out = vec![0_u16; keys.len()];
    let mut shares = vec![0.0; size];
    let mut states = Vec::new();
    for key in 0..combinations {
        let rows = &order[ends[key] as usize..ends[key + 1] as usize];
        if rows.is_empty() {
            continue;
        }
        share(key, &mut shares);
        states.clear();
        rounded(&shares, rows.len(), stream.uniform(), &mut states);
        stream.shuffle(&mut states);
        for (&row, &state) in rows.iter().zip(&states) {
            out[row as usize] = state;
        }
    }
    out
}

/// `rows` states in proportion to `shares`: each state's expected count, rounded up or down. `start` is from 0 to 1.
fn rounded(shares: &[f64], rows: usize, start: f64, out: &mut Vec<u16>) {
    let mass: f64 = shares.iter().sum();
    if !(mass > 0.0 && mass.is_finite()) {
        // A combination without mass has rows only by rounding of numbers; any state will do.
        out.resize(rows, 0);
        return;
    }
    let scale = rows as f64 / mass;
    let mut reached = 0.0;
    let mut last = 0;
    for (state, share) in shares.iter().enumerate() {
        if *share > 0.0 {
            reached += share * scale;
            last = state as u16;
            while out.len() < rows && (out.len() as f64) + start < reached {
                out.push(last);
            }
        }
    }
    out.resize(rows, last);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marginals::{Clique, cells};
    use proptest::prelude::*;

    proptest! {
        /// Every state's count is its expected count rounded up or down.
        #[test]
        fn counts_are_rounded(shares in proptest::collection::vec(0_u32..50, 1..12), rows in 1_usize..200, start in 0.0_f64..1.0) {
            let mass: u32 = shares.iter().sum();
            prop_assume!(mass > 0);
            let shares: Vec<f64> = shares.into_iter().map(f64::from).collect();
            let mut states = Vec::new();
            rounded(&shares, rows, start, &mut states);
            prop_assert_eq!(states.len(), rows);
            for (state, share) in shares.iter().enumerate() {
                let expected = share * rows as f64 / f64::from(mass);
                let count = states.iter().filter(|s| **s as usize == state).count() as f64;
                prop_assert!((count - expected).abs() < 1.0 + 1e-9, "{count} instead of {expected}");
            }
        }
    }

    /// A model of random potentials over a tree, made up.
    fn made_up(sizes: &[usize], wanted: &[Clique], seed: u64) -> (Shape, Tables) {
        let shape = Shape::new(wanted, &[], sizes);
        let mut stream = Seed::new(seed).stream(0, 0);
        let mut potentials = shape.zeros();
        potentials
            .iter_mut()
            .flatten()
            .for_each(|v| *v = stream.uniform() * 5.0);
        let mut beliefs = shape.zeros();
        assert!(shape.calibrate(&potentials, None, 1.0, &mut beliefs));
        (shape, beliefs)
    }

    /// Total variation between rows and model, for all pairs, in the mean.
    fn error(shape: &Shape, beliefs: &Tables, columns: &[Vec<u16>]) -> f64 {
        let d = shape.sizes.len();
        let pairs: Vec<Clique> = (0..d).flat_map(|a| (a + 1..d).map(move |b| vec![a, b])).collect();
        let tables = crate::pairs::tables(shape, beliefs, &pairs);
        let rows = columns[0].len() as f64;
        let distance = |(pair, table): (&Clique, &Vec<f64>)| {
            let mut counts = vec![0.0; cells(pair, &shape.sizes) as usize];
            for (&a, &b) in columns[pair[0]].iter().zip(&columns[pair[1]]) {
                counts[a as usize * shape.sizes[pair[1]] + b as usize] += 1.0 / rows;
            }
            0.5 * counts.iter().zip(table).map(|(c, t)| (c - t).abs()).sum::<f64>()
        };
        pairs.iter().zip(&tables).map(distance).sum::<f64>() / pairs.len() as f64
    }

    /// The error that rows add to the model is at most half of what independent draws would add, the sampling floor.
    #[test]
    fn rows_add_less_than_half_the_sampling_floor() {
        let sizes = [6, 5, 7, 4, 8, 3];
        let wanted = [vec![0, 1], vec![1, 2], vec![0, 2], vec![2, 3], vec![3, 4], vec![3, 5]];
        for seed in 0..5 {
            let (shape, beliefs) = made_up(&sizes, &wanted, seed);
            let rows = 20_000;
            let found = draw(&shape, &beliefs, rows, &Seed::new(seed), &Context::silent()).unwrap();
            // Independent draws: rows made one at a time, each a table of its own.
            let mut floor: Vec<Vec<u16>> = vec![Vec::new(); sizes.len()];
            for row in 0..rows as u64 {
                let one = draw(&shape, &beliefs, 1, &Seed::new(seed).child(row), &Context::silent()).unwrap();
                floor.iter_mut().zip(one).for_each(|(f, o)| f.push(o[0]));
            }
            let (found, floor) = (error(&shape, &beliefs, &found), error(&shape, &beliefs, &floor));
            assert!(found <= 0.5 * floor, "seed {seed}: {found} against a floor of {floor}");
        }
    }
}
