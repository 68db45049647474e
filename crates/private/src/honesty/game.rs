//! The distinguishing game: an adversary who knows everything but one row tells the table with it from the table
//! without, from one answer; how well the best test does shows how much privacy there is.

use super::{Mistake, Seen, watched};
use crate::accounting::Guarantee;
use crate::domain::Domain;
use crate::fit::{Engine, Settings, fit_not_private};
use plenish_table::{Column, ColumnSchema, ColumnType, Context, Schema, Table, TextColumn};

/// A worst case: one cell, empty without the row.
fn table(rows: usize) -> Table {
    let columns = vec![Column::Text(TextColumn::from_cells(vec![Some("x"); rows]))];
    Table::new(
        Schema::new(vec![ColumnSchema::new("a", ColumnType::Text)]).unwrap(),
        columns,
    )
    .unwrap()
}

/// Plays the game with all answers of a fit. For Gaussian noise the likelihood ratio of the two worlds has a normal
/// logarithm, whose means lie mu apart in standard deviations, with mu = sqrt(2 rho): mu-Gaussian differential privacy
/// (Dong, Roth, Su, 2022). Gives mu as estimated from the answers, and mu by what was charged.
fn mu(mistake: Option<Mistake>, games: u64) -> (f64, f64) {
    let domain = Domain::parse("[columns.a]\nvalues = [\"x\"]\nother = false\nmissing = false").unwrap();
    let settings = Settings::new(Engine::Aim, Guarantee::new(8.0, 1e-6).unwrap());
    let mut statistics: [Vec<f64>; 2] = [Vec::new(), Vec::new()];
    let mut charged = 0.0;
    for game in 0..2 * games {
        let world = (game % 2) as usize;
        let fit = || fit_not_private(&table(world), &domain, &settings, game, &Context::silent()).unwrap();
        let (_, seen, _) = watched(mistake, None, fit);
        // The best test adds up the answers, each by its precision as declared.
        let mut sum = 0.0;
        charged = 0.0;
        for question in &seen {
            if let Seen::Counts { answer, variance, .. } = question {
                sum += answer[0] as f64 / variance.value();
                charged += 1.0 / variance.value();
            }
        }
        statistics[world].push(sum);
    }
    let mean = |s: &[f64]| s.iter().sum::<f64>() / s.len() as f64;
    let spread = |s: &[f64]| s.iter().map(|v| (v - mean(s)).powi(2)).sum::<f64>() / s.len() as f64;
    let [without, with] = &statistics;
    let sigma = f64::midpoint(spread(without), spread(with)).sqrt();
    ((mean(with) - mean(without)) / sigma, charged.sqrt())
}

/// The standard error of the estimate is about sqrt((2 + mu²/2) / games): 0.06 here, while theory says 1.2.
#[test]
fn the_game_is_lost_as_often_as_theory_says() {
    let games = 800;
    let (estimated, charged) = mu(None, games);
    let error = ((2.0 + charged * charged / 2.0) / games as f64).sqrt();
    let promised = (2.0 * Guarantee::new(8.0, 1e-6).unwrap().budget().unwrap().value()).sqrt();
    assert!(
        charged <= promised && charged > 0.9 * promised,
        "{charged} of {promised}"
    );
    assert!(estimated <= charged + 3.0 * error, "mu {estimated} above {charged}");
    assert!(
        estimated >= 0.85 * charged,
        "mu {estimated} far below {charged}: the test has no power"
    );
    let (estimated, charged) = mu(Some(Mistake::HalfTheNoise), games);
    assert!(
        estimated > charged + 3.0 * error,
        "half the noise: mu {estimated}, {charged} charged"
    );
}
