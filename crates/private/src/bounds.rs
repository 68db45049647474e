//! How far the model's marginals can be from those of the data, with a confidence; from noisy answers alone.
//!
//! `McKenna`, Mullins, Sheldon, Miklau, "AIM: an adaptive and iterative mechanism for differentially private synthetic
//! data", VLDB 2022 (arXiv 2201.12677), section 6. The distance is the sum over cells of absolute differences of counts,
//! between the rows that count, coded by the domain, and the model.
//!
//! - **Measured** ("supported" there): answers about one marginal, averaged by their precision, lie around the true counts
//!   with independent noise. For signs s the sum of s z is subgaussian with the sum of the variances (discrete Gaussians
//!   are: Canonne et al., 2020, corollary 17), and the distance is the largest of such sums over all 2^n signs. With
//!   probability 1 - beta it is at most sqrt(2 (n log 2 + log(1/beta)) (sum of variances)). To that comes the distance
//!   between the average and the model, which is known.
//! - **Not measured** ("unsupported" there): the last choice compared it with the pair that was chosen. The exponential
//!   mechanism falls short of the best score by at most (2 sensitivity / epsilon) (log(candidates) + log(1/beta)), and
//!   the error of the chosen pair is known from its answer up to noise. That bounds the distance to the model before the
//!   last answer; how far the model then moved is known.
//!
//! Each bound holds with the stated probability by itself, not all of them together.

use crate::curator::{Candidate, GRID, Measurement};
use crate::evidence::{ErrorBounds, MarginalError};
use crate::inference::{Estimate, joined};
use crate::marginals::Clique;
use crate::noise::Strength;
use crate::pairs;

/// The confidence of each bound.
pub(crate) const LEVEL: f64 = 0.95;

/// A bound on the distance of one marginal, in rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bound {
    pub(crate) clique: Clique,
    pub(crate) cells: usize,
    pub(crate) measured: bool,
    /// Of the sum of absolute differences.
    pub(crate) distance: f64,
}

/// What the last choice was made from.
#[derive(Debug)]
pub(crate) struct LastChoice {
    /// All candidates, with the tables of the model that they were held against.
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) chosen: usize,
    pub(crate) strength: Strength,
    /// Rows in which neighbouring tables differ at most.
    pub(crate) contribution: u64,
    /// The answer about the chosen one.
    pub(crate) answer: Measurement,
}

/// Bounds on all marginals that were measured, in the order of their columns.
pub(crate) fn measured(measurements: &[Measurement], model: &Estimate) -> Vec<Bound> {
    let joined = joined(measurements);
    let cliques: Vec<Clique> = joined.keys().cloned().collect();
    let tables = pairs::tables(&model.shape, &model.beliefs, &cliques);
    joined
        .into_iter()
        .zip(tables)
        .map(|((clique, (sums, weights)), table)| {
            let averages = sums.iter().zip(&weights).map(|(s, w)| s / w);
            let known: f64 = averages.zip(&table).map(|(a, t)| (a - t).abs()).sum();
            let variance: f64 = weights.iter().map(|w| 1.0 / w).sum();
            Bound {
                clique,
                cells: table.len(),
                measured: true,
                distance: known + noise_at_most(table.len(), variance, 1.0 - LEVEL),
            }
        })
        .collect()
}

/// What the sum of the sizes of `cells` independent noises, whose variances sum to `variance`, exceeds with a probability
/// of at most `beta`.
fn noise_at_most(cells: usize, variance: f64, beta: f64) -> f64 {
    let exponent = cells as f64 * std::f64::consts::LN_2 - libm::log(beta);
    (2.0 * exponent * variance).sqrt()
}

/// Bounds on the candidates of the last choice that no question measured.
pub(crate) fn unmeasured(last: &LastChoice, measurements: &[Measurement], model: &Estimate) -> Vec<Bound> {
    // Half of what the level leaves goes to the choice, half to the noise of the answer.
    let beta = (1.0 - LEVEL) / 2.0;
    let chosen = &last.candidates[last.chosen];
    let weight = chosen.weight as f64;
    let sensitivity = last.candidates.iter().map(|c| c.weight).max().unwrap_or(1) as f64 * last.contribution as f64;
    let gap: f64 = last
        .answer
        .counts
        .iter()
        .zip(&chosen.model)
        .map(|(&a, m)| (a as f64 - m).abs())
        .sum();
    // The signs of the true gap decide the sum that the noise takes off: one sum, so one-sided and without a union.
    let noise = (-2.0 * libm::log(beta) * last.answer.variance.value() * chosen.model.len() as f64).sqrt();
    // Scores are whole numbers of a grid: each cell and the penalty are rounded by half a step at most.
    let rounded = |c: &Candidate| (c.model.len() + 1) as f64 / (2.0 * GRID as f64);
    let score = weight * (gap + noise - chosen.penalty + rounded(chosen));
    let short =
        2.0 * sensitivity / last.strength.epsilon() * (libm::log(last.candidates.len() as f64) - libm::log(beta));
    let open: Vec<&Candidate> = last
        .candidates
        .iter()
        .filter(|c| !measurements.iter().any(|m| m.clique == c.clique))
        .collect();
    let cliques: Vec<Clique> = open.iter().map(|c| c.clique.clone()).collect();
    let tables = pairs::tables(&model.shape, &model.beliefs, &cliques);
    open.into_iter()
        .zip(tables)
        .map(|(candidate, now)| {
            let moved: f64 = now.iter().zip(&candidate.model).map(|(a, b)| (a - b).abs()).sum();
            let before = candidate.penalty + rounded(candidate) + (score + short) / candidate.weight as f64;
            Bound {
                clique: candidate.clique.clone(),
                cells: now.len(),
                measured: false,
                distance: before.max(0.0) + moved,
            }
        })
        .collect()
}

/// The bounds under the columns' names. `total` is the estimated number of rows.
pub(crate) fn named(bounds: Vec<Bound>, names: &[&str], total: f64) -> ErrorBounds {
    let marginals = bounds
        .into_iter()
        .map(|bound| MarginalError {
            columns: bound.clique.iter().map(|&c| names[c].to_owned()).collect(),
            cells: bound.cells as u64,
            measured: bound.measured,
            rows: bound.distance,
            total_variation: (bound.distance / (2.0 * total)).min(1.0),
        })
        .collect();
    ErrorBounds {
        level: LEVEL,
        about: "each bound holds with this confidence by itself: the counts of the model, coded by the domain, differ from \
                those of the rows that count by no more in sum; total_variation is half of that over the estimated number \
                of rows. Rows made from the model add their rounding"
            .to_owned(),
        marginals,
    }
}

#[cfg(test)]
mod tests {
    use crate::accounting::Guarantee;
    use crate::domain::{Coded, Domain};
    use crate::fit::{Engine, Settings, fit_not_private};
    use plenish_table::{Column, ColumnSchema, ColumnType, Context, Schema, Seed, Table, TextColumn};

    /// Six columns, so that AIM leaves pairs unmeasured; `a`, `b` and `c` go along with each other.
    const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

    fn domain() -> Domain {
        let section =
            |name: &str| format!("[columns.{name}]\ntype = \"integer\"\nmin = 0\nmax = 7\nbins = 8\nmissing = false\n");
        let mut text = NAMES.map(section).concat();
        text += "[columns.word]\nvalues = [\"x\", \"y\"]\nother = false\nmissing = false\n";
        Domain::parse(&text).unwrap()
    }

    fn table(rows: u64) -> Table {
        let mut stream = Seed::new(8).stream(0, 0);
        let mut columns = vec![Vec::new(); NAMES.len()];
        let mut words = Vec::new();
        for _ in 0..rows {
            let a = stream.below(8) as i64;
            let near = |stream: &mut plenish_table::Stream| (a + stream.below(3) as i64).min(7);
            let row = [
                a,
                near(&mut stream),
                near(&mut stream),
                stream.below(8) as i64,
                stream.below(4) as i64,
                stream.below(8) as i64,
            ];
            columns.iter_mut().zip(row).for_each(|(c, v)| c.push(v));
            words.push(Some(if a > 3 { "x" } else { "y" }));
        }
        let mut schema: Vec<ColumnSchema> = NAMES.map(|n| ColumnSchema::new(n, ColumnType::Integer)).to_vec();
        schema.push(ColumnSchema::new("word", ColumnType::Text));
        let mut all: Vec<Column> = columns.into_iter().map(Column::Integer).collect();
        all.push(Column::Text(TextColumn::from_cells(words)));
        Table::new(Schema::new(schema).unwrap(), all).unwrap()
    }

    /// Of repeated fits, each marginal's true distance is within its bound in at least the stated share; with bounds
    /// of a third it is not, so the test would show bounds that are much too small.
    #[test]
    fn the_data_lie_within_the_bounds_as_often_as_stated() {
        let (table, domain) = (table(3_000), domain());
        let rows: Vec<usize> = (0..table.rows()).collect();
        let data = Coded::new(&table, &domain, &rows).unwrap();
        let sizes = domain.sizes().unwrap();
        for (engine, fits) in [(Engine::Mst, 60), (Engine::Aim, 40)] {
            let settings = Settings::new(engine, Guarantee::new(1.0, 1e-6).unwrap());
            // (all, within, within a third), measured and not.
            let mut counts = [[0_u32; 3]; 2];
            for seed in 0..fits {
                let model = fit_not_private(&table, &domain, &settings, seed, &Context::silent()).unwrap();
                let errors = &model.evidence().errors;
                for marginal in &errors.marginals {
                    let mut places: Vec<usize> = marginal
                        .columns
                        .iter()
                        .map(|name| domain.axes.iter().position(|a| &a.column.name == name).unwrap())
                        .collect();
                    places.sort_unstable();
                    let (states, cells) = model.marginal(&places);
                    let exact = model.joined(&data.counts(&places, &sizes), &places, &sizes);
                    assert_eq!((cells, exact.len()), (marginal.cells as usize, states.len()));
                    let distance: f64 = exact.iter().zip(&states).map(|(e, s)| (*e as f64 - s).abs()).sum();
                    let count = &mut counts[usize::from(!marginal.measured)];
                    count[0] += 1;
                    count[1] += u32::from(distance <= marginal.rows);
                    count[2] += u32::from(distance <= marginal.rows / 3.0);
                }
            }
            let [measured, others] = counts.map(|c| c.map(f64::from));
            assert!(measured[1] >= 0.95 * measured[0], "{}: {counts:?}", engine.name());
            assert!(measured[2] < 0.95 * measured[0], "{}: {counts:?}", engine.name());
            assert!(others[1] >= 0.95 * others[0], "{}: {counts:?}", engine.name());
            assert_eq!(others[0] > 0.0, engine == Engine::Aim, "{counts:?}");
        }
    }

    /// With a large budget the bounds are of use: all measured marginals are known to within fifteen in a hundred.
    #[test]
    fn bounds_shrink_with_the_noise() {
        let (table, domain) = (table(3_000), domain());
        let worst = |epsilon: f64| {
            let settings = Settings::new(Engine::Aim, Guarantee::new(epsilon, 1e-6).unwrap());
            let model = fit_not_private(&table, &domain, &settings, 1, &Context::silent()).unwrap();
            let errors = model.evidence().errors.clone();
            (
                errors.worst(true).unwrap().total_variation,
                errors.median(true).unwrap(),
            )
        };
        let ((low, middle), (high, _)) = (worst(10.0), worst(0.5));
        assert!(
            low < 0.15 && 3.0 * low < high && middle <= low,
            "{low}, {middle}, {high}"
        );
    }
}
