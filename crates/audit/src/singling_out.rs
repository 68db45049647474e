//! Singling out: do the synthetic rows give conditions that fit exactly one person, more often than they fit
//! exactly one of as many people the generator never saw?
//!
//! The first of the criteria of the Article 29 Working Party (Opinion 05/2014, section 2.2.2), made measurable by
//! what Cohen and Nissim call a predicate that isolates ("Towards formalizing the GDPR's notion of singling out",
//! PNAS 117, 2020): any condition of the right weight isolates somebody with a chance of up to 37 %, so only what
//! goes beyond the control counts.

use crate::points::{Cells, Points};
use crate::prepare::Prepared;
use crate::results::SinglingOut;
use crate::risk::Successes;
use plenish_evaluate::sample;
use plenish_table::{Context, Result, Seed, Stream};
use rayon::prelude::*;

/// Conditions tried, at most.
const CONDITIONS: usize = 2_000;
/// A number meets a condition within this many of the 170 levels that ranks are cut into.
const CLOSE: u16 = 1;

/// A condition: columns with the codes they must have or be close to.
type Predicate = Vec<(usize, u16)>;

/// Derives conditions from synthetic rows and tries them on as many training and holdout rows.
pub(crate) fn singling_out(prepared: &Prepared, seed: &Seed, cx: &Context<'_>) -> Result<SinglingOut> {
    let among = prepared.train.rows().min(prepared.holdout.rows());
    let train = sample(prepared.train.rows(), among, &seed.derive("train"));
    let holdout = sample(prepared.holdout.rows(), among, &seed.derive("holdout"));
    let train = prepared.train_points.take(&train);
    let holdout = prepared.holdout_points.take(&holdout);
    let synthetic = &prepared.synthetic_points;
    let chosen = sample(synthetic.rows, CONDITIONS, &seed.derive("rows"));
    let (successes, columns) = chosen
        .par_iter()
        .map(|&row| {
            cx.check()?;
            let mut stream = seed.stream(u64::from(row), 0);
            let Some(found) = isolating(synthetic, row as usize, &prepared.keys, &mut stream) else {
                // The row is one of several that are alike: it isolates nobody.
                return Ok((Successes::default(), 0));
            };
            // The same columns with values from a synthetic row each: what columns tell one by one.
            let guessed: Predicate = found
                .iter()
                .map(|&(place, _)| {
                    (
                        place,
                        synthetic.code(place, stream.below(synthetic.rows as u64) as usize),
                    )
                })
                .collect();
            let one = |points: &Points, predicate: &Predicate| u64::from(fits_one(points, predicate));
            let successes = Successes {
                main: one(&train, &found),
                control: one(&holdout, &found),
                naive: one(&train, &guessed),
                attacks: 1,
            };
            Ok((successes, found.len() as u64))
        })
        .try_reduce(|| (Successes::default(), 0), |a, b| Ok((a.0.plus(b.0), a.1 + b.1)))?;
    Ok(SinglingOut {
        risk: successes.risk(1),
        among,
        columns: columns as f64 / successes.attacks.max(1) as f64,
    })
}

/// A condition that fits this synthetic row and no other: cells of the row in random order, until it is alone.
fn isolating(points: &Points, row: usize, keys: &[usize], stream: &mut Stream) -> Option<Predicate> {
    let mut order: Vec<usize> = if keys.is_empty() {
        (0..points.columns.len()).collect()
    } else {
        keys.to_vec()
    };
    stream.shuffle(&mut order);
    let mut predicate = Predicate::new();
    let mut left: Vec<u32> = Vec::new();
    for place in order {
        let test = (place, points.code(place, row));
        let fitting = |other: &u32| fits(points, *other as usize, test);
        if predicate.is_empty() {
            left = (0..points.rows as u32).filter(fitting).collect();
        } else {
            let before = left.len();
            left.retain(fitting);
            if left.len() == before {
                // Says nothing that the others do not.
                continue;
            }
        }
        predicate.push(test);
        if left.len() == 1 {
            return Some(predicate);
        }
    }
    None
}

fn fits(points: &Points, row: usize, (place, wanted): (usize, u16)) -> bool {
    let code = points.code(place, row);
    match points.columns[place] {
        // A missing cell is close to no number.
        Cells::Levels(_) if wanted > 0 && code > 0 => code.abs_diff(wanted) <= CLOSE,
        _ => code == wanted,
    }
}

/// Whether a condition fits exactly one row.
fn fits_one(points: &Points, predicate: &Predicate) -> bool {
    let fitting = |&row: &usize| predicate.iter().all(|&test| fits(points, row, test));
    (0..points.rows).filter(fitting).take(2).count() == 1
}
