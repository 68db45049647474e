//! The rows' paths through a column's code tree, how likely the margins make them, and when to stop.

use plenish_learn::math::sigmoid;

/// Levels of the code tree that stop by themselves.
pub(crate) const LEVELS: usize = 16;

/// A level has a new best round when all validation rows together gain more than this, in nats: less
/// is chance, and costs rounds.
const LEAST_GAIN: f64 = 0.05;

/// How many rounds each level learns.
pub(crate) type Rounds = [usize; LEVELS];

/// The rows' decisions laid out flat: row `i` has entries `starts[i]..starts[i + 1]`.
pub(crate) struct Paths {
    starts: Vec<u32>,
    pub(crate) nodes: Vec<u16>,
    /// 1 where the second child was taken.
    pub(crate) bits: Vec<f32>,
    pub(crate) margins: Vec<f32>,
}

impl Paths {
    pub(crate) fn of(rows: &[u32], states: &[u16], paths: &[Vec<(u16, bool)>], base: &[f32]) -> Self {
        let total: usize = rows.iter().map(|&r| paths[usize::from(states[r as usize])].len()).sum();
        let mut out = Self {
            starts: Vec::with_capacity(rows.len() + 1),
            nodes: Vec::with_capacity(total),
            bits: Vec::with_capacity(total),
            margins: Vec::with_capacity(total),
        };
        out.starts.push(0);
        for &row in rows {
            for &(node, bit) in &paths[usize::from(states[row as usize])] {
                out.nodes.push(node);
                out.bits.push(f32::from(u8::from(bit)));
                out.margins.push(base[usize::from(node)]);
            }
            out.starts.push(out.nodes.len() as u32);
        }
        out
    }

    pub(crate) fn span(&self, row: usize) -> std::ops::Range<usize> {
        self.starts[row] as usize..self.starts[row + 1] as usize
    }

    pub(crate) fn step(&mut self, row: usize, values: &[f32]) {
        for i in self.span(row) {
            self.margins[i] += values[usize::from(self.nodes[i])];
        }
    }

    /// For every level of the code tree, the sum over rows of the log-probability of the decision
    /// taken there; what lies deeper than [`LEVELS`] counts to the last.
    pub(crate) fn log_likelihood(&self) -> [f64; LEVELS] {
        let mut sums = [0.0; LEVELS];
        let mut products = [1.0_f64; LEVELS];
        for row in 0..self.starts.len() - 1 {
            for (depth, i) in self.span(row).enumerate() {
                let level = depth.min(LEVELS - 1);
                let p = sigmoid(if self.bits[i] > 0.5 {
                    self.margins[i]
                } else {
                    -self.margins[i]
                });
                products[level] *= f64::from(p).max(1e-30);
                // One logarithm serves many factors.
                if products[level] < 1e-200 {
                    sums[level] += libm::log(products[level]);
                    products[level] = 1.0;
                }
            }
        }
        for (sum, product) in sums.iter_mut().zip(products) {
            *sum += libm::log(product);
        }
        sums
    }
}

/// When each level of the code tree had its best round. Decisions share trees but not values, so
/// the likelihood is a sum over levels and each level can stop by itself: coarse decisions go on
/// learning when fine ones would only learn noise.
pub(crate) struct Stopping {
    best: [(f64, usize); LEVELS],
    patience: usize,
}

impl Stopping {
    /// Every level stops `patience` rounds after its best.
    pub(crate) fn at_best(likelihood: [f64; LEVELS], patience: usize) -> Self {
        Self {
            best: likelihood.map(|l| (l, 0)),
            patience,
        }
    }

    /// Takes note of the likelihoods after `round` rounds.
    pub(crate) fn note(&mut self, likelihood: [f64; LEVELS], round: usize) {
        for (best, now) in self.best.iter_mut().zip(likelihood) {
            if now > best.0 + LEAST_GAIN {
                *best = (now, round);
            }
        }
    }

    /// Whether a level is still learning after `round` rounds.
    pub(crate) fn is_open(&self, level: usize, round: usize) -> bool {
        round < self.best[level].1 + self.patience
    }

    /// The best round of every level.
    pub(crate) fn rounds(&self) -> Rounds {
        self.best.map(|b| b.1)
    }

    /// The sum of every level's best likelihood.
    pub(crate) fn total(&self) -> f64 {
        self.best.iter().map(|b| b.0).sum()
    }
}
