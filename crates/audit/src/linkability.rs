//! Linkability: do the synthetic rows help to bring together two parts of a person's record that stand in two files,
//! better than those of somebody the generator never saw?
//!
//! The second of the criteria of the Article 29 Working Party (Opinion 05/2014, section 2.2.2). The attacker holds
//! the first part of a record and ten second parts, one of which belongs to it, and takes the one with which it makes
//! the row that lies nearest to a synthetic one.

use crate::points::Points;
use crate::prepare::Prepared;
use crate::results::Linkability;
use crate::risk::Successes;
use crate::sweep::each_block;
use plenish_evaluate::sample;
use plenish_table::{Context, Result, Seed};
use rayon::prelude::*;

/// Records linked of each part, at most, over all divisions.
const RECORDS: usize = 1_000;
/// Second parts to choose from.
const CANDIDATES: usize = 10;
/// Ways the columns are divided when no keys are named.
const DIVISIONS: usize = 5;

/// Links parts of training and of holdout rows.
pub(crate) fn linkability(prepared: &Prepared, seed: &Seed, cx: &Context<'_>) -> Result<Linkability> {
    let divisions = divisions(prepared, seed);
    let records = prepared.train.rows().min(prepared.holdout.rows()).min(RECORDS);
    let each = records.div_ceil(divisions.len());
    let train = sample(prepared.train.rows(), records, &seed.derive("train"));
    let holdout = sample(prepared.holdout.rows(), records, &seed.derive("holdout"));
    let parts = [
        prepared.train_points.take(&train),
        prepared.holdout_points.take(&holdout),
    ];
    let mut successes = Successes::default();
    for (number, first) in divisions.iter().enumerate() {
        let second: Vec<usize> = (0..prepared.names.len())
            .filter(|place| !first.contains(place))
            .collect();
        let from = number * each;
        let rows = from..(from + each).min(records);
        let mut found = [0_u64; 2];
        for (part, (points, found)) in parts.iter().zip(&mut found).enumerate() {
            let halves = [points.select(first), points.select(&second)];
            let among = [
                prepared.synthetic_points.select(first),
                prepared.synthetic_points.select(&second),
            ];
            let seed = seed.derive("candidates").child(part as u64);
            *found = rows
                .clone()
                .into_par_iter()
                .map(|row| {
                    cx.check()?;
                    Ok(u64::from(linked(&among, &halves, row, &seed)))
                })
                .sum::<Result<u64>>()?;
        }
        // Guessing finds one in ten: drawn as the attacks are, so that all shares are counts of as many.
        let mut stream = seed.derive("naive").stream(number as u64, 0);
        let naive = rows.clone().filter(|_| stream.below(CANDIDATES as u64) == 0).count();
        successes = successes.plus(Successes {
            main: found[0],
            control: found[1],
            naive: naive as u64,
            attacks: rows.len() as u64,
        });
        cx.advance(1);
    }
    Ok(Linkability {
        risk: successes.risk(1),
        candidates: CANDIDATES,
        divisions: divisions
            .iter()
            .map(|first| first.iter().map(|&place| prepared.names[place].clone()).collect())
            .collect(),
    })
}

/// The columns of the first part: the keys, or halves at random.
fn divisions(prepared: &Prepared, seed: &Seed) -> Vec<Vec<usize>> {
    if !prepared.keys.is_empty() {
        return vec![prepared.keys.clone()];
    }
    (0..DIVISIONS)
        .map(|number| {
            let mut all: Vec<usize> = (0..prepared.names.len()).collect();
            seed.derive("divisions").stream(number as u64, 0).shuffle(&mut all);
            all.truncate((all.len() / 2).max(1));
            all.sort_unstable();
            all
        })
        .collect()
}

/// Whether the true second part is taken for a row's first part; of several that are equally near one is taken at
/// random.
fn linked(among: &[Points; 2], halves: &[Points; 2], row: usize, seed: &Seed) -> bool {
    let mut first = vec![0_u16; among[0].rows];
    each_block(&among[0], &halves[0], row, |start, distances| {
        first[start..start + distances.len()].copy_from_slice(distances);
    });
    let joined = |candidate: usize| {
        let mut best = u16::MAX;
        each_block(&among[1], &halves[1], candidate, |start, distances| {
            let together = distances
                .iter()
                .zip(&first[start..])
                .map(|(&a, &b)| a.saturating_add(b));
            best = together.fold(best, u16::min);
        });
        best
    };
    let own = joined(row);
    let mut stream = seed.stream(row as u64, 0);
    let others = halves[1].rows as u64 - 1;
    let mut equal = 1;
    for _ in 1..CANDIDATES {
        let other = stream.below(others) as usize;
        // Anybody but the person.
        let distance = joined(if other >= row { other + 1 } else { other });
        if distance < own {
            return false;
        }
        equal += u64::from(distance == own);
    }
    stream.below(equal) == 0
}
