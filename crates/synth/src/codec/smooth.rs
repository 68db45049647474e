//! The smooth cumulative distribution of an ordered column's values: what rows not yet seen will
//! look like, rather than where the training rows happen to lie.
//!
//! A generator that draws from the training rows' own quantiles repeats their chance clumps; a
//! two-sample test against unseen rows finds them. Here a monotone cubic (Fritsch and Carlson, "Monotone
//! piecewise cubic interpolation", SIAM J. Numer. Anal. 17, 1980) runs through a few quantiles,
//! averaged over shifted sets of them (the idea of averaged shifted histograms, Scott 1985); how many
//! is chosen by the likelihood of rows left out.

use super::line::Line;
use super::tail::{Edge, Limits, SLOPE_ROWS, Tail, UNLIMITED, beyond};

/// Quantiles are tried in these numbers, as far as the rows allow.
const RESOLUTIONS: [usize; 7] = [4, 8, 16, 32, 64, 128, 256];
/// Shifted sets of quantiles that are averaged.
const SHIFTS: usize = 4;
/// Rows behind a quantile at least.
const ROWS_A_QUANTILE: usize = 6;
/// More rows than this do not take part in the choice of the resolution.
const CHOICE_ROWS: usize = 20_000;
/// Parts into which rows are divided to choose the resolution, each left out in turn.
const FOLDS: u64 = 4;
/// A finer resolution has to gain this many nats over a coarser one.
const LEAST_GAIN: f64 = 1.0;
/// Mass spread evenly over the range when a left-out row is judged: nothing is impossible.
const EVEN: f64 = 1e-3;

/// A monotone piecewise cubic from 0 to 1, over the places of a column's line.
#[derive(Debug, Clone)]
pub(crate) struct Smooth {
    x: Vec<f64>,
    f: Vec<f64>,
    slope: Vec<f64>,
}

impl Smooth {
    /// The distribution behind distinct `values` with their counts, in rising order, at the resolution
    /// that makes rows left out most likely, with tails as far as `limits`. `None` if there are too few
    /// rows to tell.
    pub(crate) fn fit(values: &[(f64, u32)], line: &Line, limits: Limits) -> Option<Self> {
        let rows = rows_of(values);
        if values.len() < 4 || rows < 4 * ROWS_A_QUANTILE {
            return None;
        }
        let parts = Part::all(values, rows);
        let mut best: Option<(f64, usize)> = None;
        for resolution in RESOLUTIONS {
            if resolution * ROWS_A_QUANTILE > rows {
                break;
            }
            let score: f64 = parts
                .iter()
                .map(|part| {
                    let smooth = Self::at(&part.train, line, limits, resolution);
                    smooth.map_or(f64::MIN, |s| s.log_likelihood(&part.test, line))
                })
                .sum();
            if best.is_none_or(|(most, _)| score > most + LEAST_GAIN) {
                best = Some((score, resolution));
            }
        }
        Self::at(values, line, limits, best?.1)
    }

    /// Whether rows left out are likelier if every value has the mass of its own rows than if all follow
    /// a smooth distribution: heaps at round numbers, prices in a list, weights that many rows share.
    pub(crate) fn values_repeat(values: &[(f64, u32)], line: &Line) -> bool {
        let rows = rows_of(values);
        if values.len() < 4 || rows < 4 * ROWS_A_QUANTILE {
            return false;
        }
        let (mut smooth_score, mut own_score) = (0.0, 0.0);
        for part in Part::all(values, rows) {
            let train_rows = rows_of(&part.train) as f64;
            let finest = RESOLUTIONS.into_iter().filter(|r| r * ROWS_A_QUANTILE <= rows);
            let Some((score, smooth)) = finest
                .filter_map(|r| Self::at(&part.train, line, UNLIMITED, r))
                .map(|s| (s.log_likelihood(&part.test, line), s))
                .reduce(|a, b| if b.0 > a.0 { b } else { a })
            else {
                return false;
            };
            smooth_score += score;
            // What was seen once in training stands for what was not seen (Good 1953).
            let once = part.train.iter().filter(|v| v.1 == 1).count() as f64;
            let unseen = (once / train_rows).clamp(1.0 / train_rows, 1.0);
            for &(value, count) in &part.test {
                let own = part.train.binary_search_by(|v| v.0.total_cmp(&value));
                let own = own.map_or(0.0, |i| f64::from(part.train[i].1) / train_rows);
                let mass = (1.0 - unseen) * own + unseen * smooth.mass_at(value, line);
                own_score += f64::from(count) * libm::log(mass.max(f64::MIN_POSITIVE));
            }
        }
        own_score > smooth_score
    }

    /// The average over shifted sets of about `resolution` quantiles.
    fn at(values: &[(f64, u32)], line: &Line, limits: Limits, resolution: usize) -> Option<Self> {
        let rows: f64 = values.iter().map(|v| f64::from(v.1)).sum();
        let quantiles = Quantiles::of(values, line);
        let (below, above) = quantiles.tails(limits, line);
        // Without tails all rows lie between the edges.
        let least = if below.is_empty() { 0.0 } else { quantiles.beyond.0 };
        let most = if above.is_empty() {
            1.0
        } else {
            1.0 - quantiles.beyond.1
        };
        let curves: Vec<Self> = (0..SHIFTS)
            .map(|shift| {
                let step = 1.0 / resolution as f64;
                let phase = step * shift as f64 / SHIFTS as f64;
                let mut ps: Vec<f64> = (0..resolution)
                    .map(|i| i as f64 * step + phase)
                    .filter(|&p| p > 0.0)
                    .collect();
                // Tails get ever smaller shares, down to a handful of rows.
                let mut tail = step * 0.5;
                while tail * rows > 2.0 * ROWS_A_QUANTILE as f64 {
                    ps.extend([tail, 1.0 - tail]);
                    tail *= 0.5;
                }
                ps.sort_unstable_by(f64::total_cmp);
                let knots = ps.iter().map(|&p| (quantiles.at(p), p.clamp(least, most)));
                Self::through(
                    below
                        .iter()
                        .rev()
                        .copied()
                        .chain([(quantiles.low, least)])
                        .chain(knots)
                        .chain([(quantiles.high, most)])
                        .chain(above.iter().map(|&(x, mass)| (x, 1.0 - mass))),
                )
            })
            .collect::<Option<_>>()?;
        let mut x: Vec<f64> = curves.iter().flat_map(|c| c.x.iter().copied()).collect();
        x.sort_unstable_by(f64::total_cmp);
        x.dedup();
        let mean = |x: f64| curves.iter().map(|c| c.share_below(x)).sum::<f64>() / SHIFTS as f64;
        Self::through(x.iter().map(|&x| (x, mean(x))))
    }

    /// The curve through points of rising x; of points at the same x the last counts.
    fn through(points: impl Iterator<Item = (f64, f64)>) -> Option<Self> {
        let (mut x, mut f): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
        for (at, share) in points {
            match x.last() {
                Some(&last) if at <= last => {
                    if let Some(end) = f.last_mut() {
                        *end = share.max(*end);
                    }
                }
                _ => {
                    f.push(share.max(f.last().copied().unwrap_or(0.0)));
                    x.push(at);
                }
            }
        }
        let n = x.len();
        if n < 2 {
            return None;
        }
        // What lies at the lowest point itself belongs to the first stretch.
        f[0] = 0.0;
        f[n - 1] = 1.0;
        let secant: Vec<f64> = (0..n - 1).map(|i| (f[i + 1] - f[i]) / (x[i + 1] - x[i])).collect();
        let mut slope = vec![0.0; n];
        slope[0] = secant[0];
        slope[n - 1] = secant[n - 2];
        for i in 1..n - 1 {
            let (a, b) = (secant[i - 1], secant[i]);
            if a > 0.0 && b > 0.0 {
                // The weighted harmonic mean keeps the curve monotone (Fritsch and Butland 1984).
                let (h0, h1) = (x[i] - x[i - 1], x[i + 1] - x[i]);
                let (w0, w1) = (2.0 * h1 + h0, h1 + 2.0 * h0);
                slope[i] = (w0 + w1) / (w0 / a + w1 / b);
            }
        }
        Some(Self { x, f, slope })
    }

    /// The first and the last place.
    pub(crate) fn range(&self) -> (f64, f64) {
        (self.x[0], self.x[self.x.len() - 1])
    }

    /// The share of rows below the place `x`.
    pub(crate) fn share_below(&self, x: f64) -> f64 {
        let n = self.x.len();
        if x <= self.x[0] {
            return 0.0;
        }
        if x >= self.x[n - 1] {
            return 1.0;
        }
        self.inside(self.x.partition_point(|&k| k <= x) - 1, x)
    }

    fn inside(&self, i: usize, x: f64) -> f64 {
        let h = self.x[i + 1] - self.x[i];
        let t = ((x - self.x[i]) / h).clamp(0.0, 1.0);
        let (t2, t3) = (t * t, t * t * t);
        let value = self.f[i] * (2.0 * t3 - 3.0 * t2 + 1.0)
            + h * self.slope[i] * (t3 - 2.0 * t2 + t)
            + self.f[i + 1] * (3.0 * t2 - 2.0 * t3)
            + h * self.slope[i + 1] * (t3 - t2);
        value.clamp(self.f[i], self.f[i + 1])
    }

    /// The place below which a share `p` of rows lies.
    pub(crate) fn quantile(&self, p: f64) -> f64 {
        let i = self.f.partition_point(|&f| f <= p).clamp(1, self.f.len() - 1) - 1;
        let (mut low, mut high) = (self.x[i], self.x[i + 1]);
        for _ in 0..50 {
            let middle = low + (high - low) / 2.0;
            if self.inside(i, middle) < p {
                low = middle;
            } else {
                high = middle;
            }
        }
        low + (high - low) / 2.0
    }

    /// The mass of the grid's point at `value`, or, without a grid, of a stretch too short for the curve
    /// to bend; a little is spread evenly.
    fn mass_at(&self, value: f64, line: &Line) -> f64 {
        let range = self.x[self.x.len() - 1] - self.x[0];
        let spacing = line.grid.spacing();
        let width = if spacing > 0.0 { spacing } else { range * 1e-6 };
        let share = |value: f64| self.share_below(line.to(value));
        let mass = share(value + width / 2.0) - share(value - width / 2.0);
        mass.max(0.0) * (1.0 - EVEN) + EVEN * (width / range).min(1.0)
    }

    fn log_likelihood(&self, test: &[(f64, u32)], line: &Line) -> f64 {
        test.iter()
            .map(|&(value, count)| f64::from(count) * libm::log(self.mass_at(value, line)))
            .sum()
    }
}

fn rows_of(values: &[(f64, u32)]) -> usize {
    values.iter().map(|v| v.1 as usize).sum()
}

/// Quantiles of counted values, each spread evenly over the places nearest to it; extremes that stand for
/// a few rows only are left out.
struct Quantiles {
    /// Places between the values, and half a step of the grid beyond the first and the last.
    edges: Vec<f64>,
    /// Rows below each edge.
    below: Vec<f64>,
    low: f64,
    high: f64,
    /// The shares of rows with values below the first and above the last.
    beyond: (f64, f64),
}

impl Quantiles {
    fn of(values: &[(f64, u32)], line: &Line) -> Self {
        let half = line.grid.spacing() / 2.0;
        let (first, last) = (values[0].0, values[values.len() - 1].0);
        let between = values.windows(2).map(|w| w[0].0 + (w[1].0 - w[0].0) / 2.0);
        let edges: Vec<f64> = std::iter::once(first - half)
            .chain(between)
            .chain([last + half])
            .map(|edge| line.to(edge))
            .collect();
        let mut below = vec![0.0];
        for (i, v) in values.iter().enumerate() {
            below.push(below[i] + f64::from(v.1));
        }
        let rows = below[values.len()];
        let clip = super::bin::clipped_rows(rows as usize) as f64;
        let at = |rank: f64| below.partition_point(|&b| b <= rank).clamp(1, values.len()) - 1;
        let (first, last) = (at(clip), at(rows - 1.0 - clip));
        let (low, high) = (line.to(values[first].0 - half), line.to(values[last].0 + half));
        let beyond = (below[first] / rows, (rows - below[last + 1]) / rows);
        Self {
            edges,
            below,
            low,
            high: high.max(low),
            beyond,
        }
    }

    /// The tails below `low` and above `high`.
    fn tails(&self, limits: Limits, line: &Line) -> (Tail, Tail) {
        let half = line.grid.spacing() / 2.0;
        let share = (SLOPE_ROWS / self.below[self.below.len() - 1]).min(0.5);
        let edge = |value, mass| Edge { value, mass };
        (
            beyond(
                edge(self.low, self.beyond.0),
                edge(self.at(share), share),
                line.to(limits.0 - half),
            ),
            beyond(
                edge(self.high, self.beyond.1),
                edge(self.at(1.0 - share), share),
                line.to(limits.1 + half),
            ),
        )
    }

    fn at(&self, p: f64) -> f64 {
        let last = self.below.len() - 1;
        let rank = p * self.below[last];
        let i = self.below.partition_point(|&b| b <= rank).clamp(1, last);
        let share = (rank - self.below[i - 1]) / (self.below[i] - self.below[i - 1]);
        let (a, b) = (self.edges[i - 1], self.edges[i]);
        (a + (b - a) * share).clamp(self.low, self.high)
    }
}

/// The rows outside and inside a fold.
struct Part {
    train: Vec<(f64, u32)>,
    test: Vec<(f64, u32)>,
}

impl Part {
    /// Rows are dealt out by a hash of their rank: neither in order nor anew in every run.
    fn all(values: &[(f64, u32)], rows: usize) -> Vec<Self> {
        let step = rows.div_ceil(CHOICE_ROWS) as u64;
        let empty = || Self {
            train: Vec::new(),
            test: Vec::new(),
        };
        let mut parts: Vec<Self> = (0..FOLDS).map(|_| empty()).collect();
        let mut rank = 0_u64;
        for &(value, count) in values {
            let mut counts = [0_u32; FOLDS as usize];
            for _ in 0..count {
                let hash = mixed(rank);
                rank += 1;
                if hash.is_multiple_of(step) {
                    counts[(hash / step % FOLDS) as usize] += 1;
                }
            }
            let all: u32 = counts.iter().sum();
            for (part, inside) in parts.iter_mut().zip(counts) {
                if inside > 0 {
                    part.test.push((value, inside));
                }
                if all > inside {
                    part.train.push((value, all - inside));
                }
            }
        }
        parts
    }
}

/// `SplitMix64`'s finaliser (Steele, Lea and Flood, OOPSLA 2014).
fn mixed(rank: u64) -> u64 {
    let mut z = rank.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
