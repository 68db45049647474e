//! Membership inference: can anybody tell from the synthetic rows, or from the model, whether a person's row was
//! among those the generator learned from?
//!
//! Every attack gives each real row a score; training rows are members, holdout rows are not. Scores look at the
//! synthetic rows and, where an attacker compares with what is usual, at *reference* rows. Those have to come from
//! the holdout, so it is cut in two: one half is the reference, and the rows of the other half and all training rows
//! are held against it. Given reference and synthetic rows, the scores of members and others are then draws of their
//! own, by one function; if the synthetic rows say nothing of membership, they are alike.
//!
//! Were both halves judged, each by the other, chance would agree with itself: how near two halves lie to each other
//! is one fact that would count twice, and intervals would be too narrow (they missed 0.5 in 5.5 to 8.3 % of 1,000
//! draws of Adult). The informed attack alone is shown such scores of all rows, as what it learns from; its own are of
//! rows it did not see.

mod classifier;
mod likelihood;
mod neighbours;
mod shadow;
mod test;

pub(crate) use classifier::told_apart;
pub(crate) use test::tested;

use crate::points::Points;
use crate::prepare::{Prepared, Question};
use crate::results::NotJudged;
use neighbours::{Around, Kernel};
use plenish_synth::Model;
use plenish_table::{Context, Kind, Result, Seed};

/// The share of rows that count as exposed: the most unlike the reference rows.
const EXPOSED: f64 = 0.05;

/// Scores of one attack; higher means "a member". Rows without one (NaN) were not attacked.
pub(crate) struct Scores {
    pub(crate) name: &'static str,
    pub(crate) how: &'static str,
    pub(crate) members: Vec<f64>,
    pub(crate) others: Vec<f64>,
    /// Scores of all training and holdout rows, each held against reference rows it is not among: for attacks that learn
    /// from others.
    pub(crate) crossed: [Vec<f64>; 2],
}

/// All attacks that could be made.
pub(crate) struct Membership {
    pub(crate) attacks: Vec<Scores>,
    pub(crate) not_judged: Vec<NotJudged>,
    /// Whether a training row, and whether a holdout row, is exposed.
    pub(crate) exposed: [Vec<bool>; 2],
}

/// A value of each training and each holdout row beside reference rows.
pub(crate) struct Held<T> {
    /// Every row held against the half of the holdout it is not in, training rows half against each.
    pub(crate) crossed: [Vec<T>; 2],
    /// All training rows held against the first half.
    pub(crate) members: Vec<T>,
}

/// Which half of the holdout a row is held against.
pub(crate) struct Halves {
    /// Rows of the holdout in each half.
    pub(crate) reference: [Vec<u32>; 2],
    /// Training rows held against each half.
    pub(crate) members: [Vec<u32>; 2],
}

impl Halves {
    fn new(prepared: &Prepared, seed: &Seed) -> Self {
        let cut = |rows: usize, purpose: &str| {
            let mut all: Vec<u32> = (0..rows as u32).collect();
            seed.derive(purpose).stream(0, 0).shuffle(&mut all);
            let mut second = all.split_off(rows / 2);
            all.sort_unstable();
            second.sort_unstable();
            [all, second]
        };
        Self {
            reference: cut(prepared.holdout.rows(), "reference"),
            members: cut(prepared.train.rows(), "members"),
        }
    }

    /// For each half: the training rows held against it, and the holdout rows held against it (those of the other).
    fn asked(&self, half: usize) -> [&[u32]; 2] {
        [&self.members[half], &self.reference[1 - half]]
    }

    /// Runs `score` for the rows held against each half, and puts what it returns in the order of training and
    /// holdout rows. `score` gets the half, the part (0 training, 1 holdout) and its rows.
    pub(crate) fn each<T: Copy + Default>(
        &self,
        mut score: impl FnMut(usize, usize, &[u32]) -> Result<Vec<T>>,
    ) -> Result<Held<T>> {
        let rows = [&self.members, &self.reference].map(|halves| halves[0].len() + halves[1].len());
        let mut out = rows.map(|rows| vec![T::default(); rows]);
        for half in 0..2 {
            for (part, rows) in self.asked(half).into_iter().enumerate() {
                for (&row, value) in rows.iter().zip(score(half, part, rows)?) {
                    out[part][row as usize] = value;
                }
            }
        }
        let mut members = out[0].clone();
        for (&row, value) in self.members[1].iter().zip(score(0, 0, &self.members[1])?) {
            members[row as usize] = value;
        }
        Ok(Held { crossed: out, members })
    }

    /// An attack by scores that look at reference rows: those of the first half are not judged.
    pub(crate) fn attack(&self, name: &'static str, how: &'static str, held: Held<f64>) -> Scores {
        let mut others = held.crossed[1].clone();
        for &row in &self.reference[0] {
            others[row as usize] = f64::NAN;
        }
        Scores {
            name,
            how,
            members: held.members,
            others,
            crossed: held.crossed,
        }
    }
}

/// Makes all attacks.
pub(crate) fn membership(
    prepared: &Prepared,
    model: Option<&dyn Model>,
    question: &Question,
    seed: &Seed,
    cx: &Context<'_>,
) -> Result<Membership> {
    let halves = Halves::new(prepared, seed);
    let asked = [&prepared.train_points, &prepared.holdout_points];
    let kernel = Kernel::new(&prepared.synthetic_points, &asked, &seed.derive("pilot"));
    let near = surroundings(&prepared.synthetic_points, asked, &kernel, cx)?;
    let reference = halves
        .reference
        .each_ref()
        .map(|rows| prepared.holdout_points.take(rows));
    let usual = halves.each(|half, part, rows| kernel.survey(&reference[half], asked[part], rows, cx))?;
    // By the reference rows that attacks judge them by: held against others, training rows would not be as far out there.
    let exposed = exposed([&usual.members, &usual.crossed[1]]);
    let mut attacks = Vec::new();
    let mut add = |name, how, compares: bool, score: &dyn Fn(&Around, &Around) -> f64| {
        let of = |near: &[Around], usual: &[Around]| near.iter().zip(usual).map(|(s, r)| score(s, r)).collect();
        let crossed = [0, 1].map(|part| of(&near[part], &usual.crossed[part]));
        attacks.push(if compares {
            let members = of(&near[0], &usual.members);
            halves.attack(name, how, Held { crossed, members })
        } else {
            attack(name, how, crossed)
        });
    };
    add(
        "distance",
        "The nearer a person is to the closest synthetic row, the more likely a member. Needs the synthetic rows.",
        false,
        &|s, _| -s.nearest,
    );
    add(
        "relative distance",
        "The same, compared with how near the closest reference row is. Needs rows of people like these.",
        true,
        &|s, r| r.nearest - s.nearest,
    );
    add(
        "kernel",
        "The more densely synthetic rows lie around a person, the more likely a member. Needs the synthetic rows.",
        false,
        &|s, _| s.log_density,
    );
    add(
        "density ratio",
        "The same, compared with how densely reference rows lie (van Breugel et al., 2023). Needs rows of people like \
         these.",
        true,
        &|s, r| s.log_density - r.log_density,
    );
    let mut not_judged = Vec::new();
    let mut keep = |name: &str, made: Result<Vec<Scores>>, attacks: &mut Vec<Scores>| match made {
        Ok(scores) => {
            attacks.extend(scores);
            Ok(())
        }
        Err(error) if error.kind() == Kind::Cancelled => Err(error),
        Err(error) => {
            not_judged.push(NotJudged {
                name: name.to_owned(),
                reason: error.to_string(),
            });
            Ok(())
        }
    };
    let made = classifier::synthetic_or_reference(prepared, &halves, &seed.derive("classifier"), cx);
    keep("classifier", made.map(|scores| vec![scores]), &mut attacks)?;
    let made = likelihood::likelihood(prepared, model, &halves, &seed.derive("likelihood"), cx);
    keep("likelihood", made, &mut attacks)?;
    if let Some(shadows) = question.shadows {
        let made = shadow::shadow(prepared, model, shadows, &kernel, &near, &seed.derive("shadow"), cx);
        keep("shadow models", made.map(|scores| vec![scores]), &mut attacks)?;
    }
    // Last, as it learns from what the others found.
    let made = classifier::informed(&attacks, &near, &usual.crossed, &seed.derive("informed"), cx);
    keep("informed", made.map(|scores| vec![scores]), &mut attacks)?;
    Ok(Membership {
        attacks,
        not_judged,
        exposed,
    })
}

/// What lies among `targets` around all training and holdout rows.
fn surroundings(targets: &Points, asked: [&Points; 2], kernel: &Kernel, cx: &Context<'_>) -> Result<[Vec<Around>; 2]> {
    let all = |points: &Points| {
        let rows: Vec<u32> = (0..points.rows as u32).collect();
        kernel.survey(targets, points, &rows, cx)
    };
    Ok([all(asked[0])?, all(asked[1])?])
}

/// The rows around which reference rows lie most thinly.
fn exposed(usual: [&[Around]; 2]) -> [Vec<bool>; 2] {
    let mut all: Vec<f64> = usual
        .iter()
        .copied()
        .flatten()
        .map(|around| around.log_density)
        .collect();
    all.sort_unstable_by(f64::total_cmp);
    let most = all
        .get((all.len() as f64 * EXPOSED) as usize)
        .copied()
        .unwrap_or(f64::NEG_INFINITY);
    usual.map(|part| part.iter().map(|around| around.log_density < most).collect())
}

/// A score for each training and each holdout row, none of which looked at reference rows, as one attack.
fn attack(name: &'static str, how: &'static str, scores: [Vec<f64>; 2]) -> Scores {
    let [members, others] = scores.clone();
    Scores {
        name,
        how,
        members,
        others,
        crossed: scores,
    }
}
