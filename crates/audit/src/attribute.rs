//! Attribute inference: can a person's unknown cell be guessed from the known ones with the help of the synthetic
//! rows, better than that of somebody the generator never saw?
//!
//! The third of the criteria of the Article 29 Working Party (Opinion 05/2014 on anonymisation techniques, section
//! 2.2.2, "inference"). The attacker takes the synthetic rows nearest to a person over the known columns, all that
//! are equally near, and guesses what most of them have: the most frequent word, or the middle number.

use crate::points::{Cells, Points};
use crate::prepare::Prepared;
use crate::results::{AttributeInference, GuessedColumn};
use crate::risk::Successes;
use crate::sweep::all_nearest;
use plenish_evaluate::sample;
use plenish_learn::multiple_tests::holm;
use plenish_table::{Context, Result, Seed};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// People attacked of each part, at most.
const PEOPLE: usize = 1_000;
/// Columns that are guessed, at most: each costs a sweep over all synthetic rows.
const COLUMNS: usize = 24;
/// A number counts as guessed within this many of the 170 levels that ranks are cut into: 2.4 % of the rows on
/// either side.
const CLOSE: u16 = 4;

/// Guesses the cells of up to 24 columns of training and holdout rows.
pub(crate) fn attribute(prepared: &Prepared, seed: &Seed, cx: &Context<'_>) -> Result<AttributeInference> {
    let people = prepared.train.rows().min(prepared.holdout.rows()).min(PEOPLE);
    let train = sample(prepared.train.rows(), people, &seed.derive("train"));
    let holdout = sample(prepared.holdout.rows(), people, &seed.derive("holdout"));
    let train = prepared.train_points.take(&train);
    let holdout = prepared.holdout_points.take(&holdout);
    let all = 0..prepared.names.len();
    let mut secrets: Vec<usize> = all.clone().filter(|place| !prepared.keys.contains(place)).collect();
    // The columns that matter most come first where not all are guessed.
    secrets.sort_by_key(|place| !(prepared.target == Some(*place) || prepared.protected.contains(place)));
    let left = secrets.split_off(secrets.len().min(COLUMNS));
    secrets.sort_unstable();
    let mut counts = Vec::with_capacity(secrets.len());
    for &secret in &secrets {
        cx.check()?;
        let known: Vec<usize> = if prepared.keys.is_empty() {
            all.clone().filter(|&place| place != secret).collect()
        } else {
            prepared.keys.clone()
        };
        counts.push(guess(
            &prepared.synthetic_points,
            [&train, &holdout],
            &known,
            secret,
            cx,
        )?);
        cx.advance(1);
    }
    let risks: Vec<_> = counts.iter().map(|count| count.risk(counts.len())).collect();
    let adjusted = holm(&risks.iter().map(|risk| risk.p).collect::<Vec<_>>());
    let name = |place: &usize| prepared.names[*place].clone();
    let columns: Vec<GuessedColumn> = secrets
        .iter()
        .zip(risks)
        .zip(adjusted)
        .map(|((place, risk), p_holm)| GuessedColumn {
            column: name(place),
            risk,
            p_holm,
        })
        .collect();
    let worst = columns
        .iter()
        .max_by(|a, b| a.risk.risk_low_together.total_cmp(&b.risk.risk_low_together))
        .map(|column| column.column.clone());
    Ok(AttributeInference {
        known: prepared.keys.iter().map(name).collect(),
        columns,
        left_out: left.iter().map(name).collect(),
        worst,
    })
}

/// Guesses one column of the rows of both parts.
fn guess(
    synthetic: &Points,
    parts: [&Points; 2],
    known: &[usize],
    secret: usize,
    cx: &Context<'_>,
) -> Result<Successes> {
    let among = synthetic.select(known);
    let ordered = matches!(synthetic.columns[secret], Cells::Levels(_));
    let everybody: Vec<u32> = (0..synthetic.rows as u32).collect();
    let usual = answer(synthetic, secret, ordered, &everybody);
    let right = |guess: u16, part: &Points, row: usize| {
        let truth = part.code(secret, row);
        if ordered && truth > 0 && guess > 0 {
            truth.abs_diff(guess) <= CLOSE
        } else {
            truth == guess
        }
    };
    let mut found = [0_u64; 2];
    for (part, found) in parts.into_iter().zip(&mut found) {
        let asked = part.select(known);
        *found = (0..part.rows)
            .into_par_iter()
            .map_init(Vec::new, |nearest, row| {
                cx.check()?;
                all_nearest(&among, &asked, row, nearest);
                Ok(u64::from(right(answer(synthetic, secret, ordered, nearest), part, row)))
            })
            .sum::<Result<u64>>()?;
    }
    let naive = (0..parts[0].rows).filter(|&row| right(usual, parts[0], row)).count();
    Ok(Successes {
        main: found[0],
        control: found[1],
        naive: naive as u64,
        attacks: parts[0].rows as u64,
    })
}

/// What most of some rows have in a column: the most frequent word (the lowest code of several), or the middle
/// level; missing counts as a word.
fn answer(points: &Points, place: usize, ordered: bool, rows: &[u32]) -> u16 {
    let mut codes: Vec<u16> = rows.iter().map(|&row| points.code(place, row as usize)).collect();
    if ordered {
        let missing = codes.iter().filter(|&&code| code == 0).count();
        if 2 * missing > codes.len() {
            return 0;
        }
        codes.retain(|&code| code > 0);
        codes.sort_unstable();
        return codes.get(codes.len().saturating_sub(1) / 2).copied().unwrap_or(0);
    }
    let mut counts: BTreeMap<u16, u32> = BTreeMap::new();
    for code in codes {
        *counts.entry(code).or_default() += 1;
    }
    let most = counts.values().copied().max();
    counts
        .into_iter()
        .find(|&(_, count)| Some(count) == most)
        .map_or(0, |(code, _)| code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_have_the_last_word() {
        let points = Points {
            columns: vec![
                Cells::Words(vec![2, 1, 1, 2, 3]),
                Cells::Levels(vec![0, 90, 200, 210, 0]),
            ],
            rows: 5,
        };
        assert_eq!(answer(&points, 0, false, &[0, 1, 2, 3, 4]), 1);
        assert_eq!(answer(&points, 0, false, &[0, 3, 4]), 2);
        assert_eq!(answer(&points, 1, true, &[0, 1, 2, 3]), 200);
        assert_eq!(answer(&points, 1, true, &[0, 1, 4]), 0);
    }
}
