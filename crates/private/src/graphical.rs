//! A graphical model over a junction tree: potentials of cliques, and their marginals by belief propagation.

use crate::junction_tree::Tree;
use crate::marginals::{Clique, Projection, cells};

/// Logarithms of potentials lie at most this far below the largest of their clique: e^-200 is nothing, and products
/// of three such numbers are still above the smallest number there is.
const DEEPEST: f64 = -200.0;

/// The logarithm of the potential of what cannot be, before it becomes 0.
const BARRED: f64 = -1e6;

/// The shape of a model: its tree, and the projections that belief propagation needs.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) sizes: Vec<usize>,
    pub(crate) tree: Tree,
    /// From each clique, and from its parent, onto what they share.
    links: Vec<(Projection, Projection)>,
    /// Combinations that cannot be, as cells of a clique with potential 0.
    barred: Vec<(usize, Vec<u32>)>,
}

/// Potentials as logarithms, or marginals, one table for each clique of a shape.
pub(crate) type Tables = Vec<Vec<f64>>;

/// A combination of states that cannot be: two or more columns, rising, and a state of each.
pub(crate) type Impossible = Vec<(usize, usize)>;

impl Shape {
    pub(crate) fn new(cliques: &[Clique], impossible: &[Impossible], sizes: &[usize]) -> Self {
        let mut wanted = cliques.to_vec();
        wanted.extend(impossible.iter().map(|i| i.iter().map(|p| p.0).collect()));
        let tree = Tree::new(&wanted, sizes);
        let links = (0..tree.cliques.len())
            .map(|i| {
                let (parent, shared) = &tree.parents[i];
                (
                    Projection::new(&tree.cliques[i], shared, sizes),
                    Projection::new(&tree.cliques[*parent], shared, sizes),
                )
            })
            .collect();
        let barred = impossible
            .iter()
            .filter_map(|combination| {
                let columns: Clique = combination.iter().map(|p| p.0).collect();
                let host = tree.host(&columns, sizes)?;
                let clique = &tree.cliques[host];
                let barred = (0..cells(clique, sizes) as usize)
                    .filter(|&cell| {
                        let mut rest = cell;
                        clique.iter().rev().all(|c| {
                            let state = rest % sizes[*c];
                            rest /= sizes[*c];
                            combination.iter().all(|p| p.0 != *c || p.1 == state)
                        })
                    })
                    .map(|cell| cell as u32)
                    .collect();
                Some((host, barred))
            })
            .collect();
        Self {
            sizes: sizes.to_vec(),
            tree,
            links,
            barred,
        }
    }

    /// Tables of zeros.
    pub(crate) fn zeros(&self) -> Tables {
        self.tree
            .cliques
            .iter()
            .map(|c| vec![0.0; cells(c, &self.sizes) as usize])
            .collect()
    }

    /// The marginals of all cliques for these `potentials` (logarithms), each summing to `total`; written into
    /// `beliefs`. `evidence` has weights by column and state. False when everything came to nothing.
    pub(crate) fn calibrate(
        &self,
        potentials: &Tables,
        evidence: Option<&[Vec<f64>]>,
        total: f64,
        beliefs: &mut Tables,
    ) -> bool {
        for (belief, potential) in beliefs.iter_mut().zip(potentials) {
            belief.copy_from_slice(potential);
        }
        for (host, barred) in &self.barred {
            for &cell in barred {
                beliefs[*host][cell as usize] = BARRED;
            }
        }
        // Potentials of neighbouring cliques may drift apart without end where they cancel. So first the largest of
        // each combination that is shared moves to the parent, as a logarithm.
        for i in (1..self.tree.cliques.len()).rev() {
            let parent = self.tree.parents[i].0;
            let mut tops = vec![0.0; self.links[i].0.cells()];
            self.links[i].0.largest(&beliefs[i], &mut tops);
            self.links[i].0.add(&mut beliefs[i], &tops, -1.0);
            self.links[i].1.add(&mut beliefs[parent], &tops, 1.0);
        }
        for belief in beliefs.iter_mut() {
            exponentials(belief);
        }
        for (host, barred) in &self.barred {
            for &cell in barred {
                beliefs[*host][cell as usize] = 0.0;
            }
        }
        if let Some(weights) = evidence {
            for (column, weight) in weights.iter().enumerate() {
                if weight.iter().all(|w| *w == 1.0) {
                    continue;
                }
                if let Some(host) = self.tree.host(&[column], &self.sizes) {
                    Projection::new(&self.tree.cliques[host], &[column], &self.sizes)
                        .multiply(&mut beliefs[host], weight);
                }
            }
        }
        // Towards the root: what each child says about what it shares.
        let mut said: Tables = self.links.iter().map(|l| vec![0.0; l.0.cells()]).collect();
        for i in (1..self.tree.cliques.len()).rev() {
            let parent = self.tree.parents[i].0;
            self.links[i].0.sum(&beliefs[i], &mut said[i]);
            if !scale(&mut said[i]) {
                return false;
            }
            self.links[i].1.multiply(&mut beliefs[parent], &said[i]);
            if !scale(&mut beliefs[parent]) {
                return false;
            }
        }
        // Away from the root: what the rest says beyond that.
        for i in 0..self.tree.cliques.len() {
            if i > 0 {
                let parent = self.tree.parents[i].0;
                let mut answer = vec![0.0; said[i].len()];
                self.links[i].1.sum(&beliefs[parent], &mut answer);
                for (a, s) in answer.iter_mut().zip(&said[i]) {
                    *a = if *s > 0.0 { *a / s } else { 0.0 };
                }
                self.links[i].0.multiply(&mut beliefs[i], &answer);
            }
            let mass: f64 = beliefs[i].iter().sum();
            if !(mass > 0.0 && mass.is_finite()) {
                return false;
            }
            let factor = total / mass;
            beliefs[i].iter_mut().for_each(|b| *b *= factor);
        }
        true
    }
}

/// Divides by the largest value; false when there is nothing to divide by.
fn scale(values: &mut [f64]) -> bool {
    let top = values.iter().copied().fold(0.0, f64::max);
    if !(top > 0.0 && top.is_finite()) {
        return false;
    }
    let factor = 1.0 / top;
    for v in values.iter_mut() {
        *v *= factor;
    }
    true
}

/// exp(x - max) in the place of each x.
fn exponentials(logs: &mut [f64]) {
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for x in logs {
        *x = exponential((*x - top).max(DEEPEST));
    }
}

/// exp(x) for x from -200 to 0 within 2e-15 of itself, in a form that compilers vectorise: 2^n times a polynomial
/// of the rest (Taylor to the 13th power, for |rest| <= ln 2 / 2).
#[inline(always)]
#[allow(clippy::inline_always, reason = "the loop around it is vectorised only then")]
fn exponential(x: f64) -> f64 {
    // Adding and taking off 1.5 2^52 rounds to a whole number, which then stands in the lowest bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const TERMS: [f64; 12] = [
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
    ];
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    let mut p = 1.0 / 6_227_020_800.0;
    for t in TERMS {
        p = p * r + t;
    }
    p = p * r + 1.0;
    // The exponent of 2^n, from the lowest bits of the shifted number.
    let power = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    p * power
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_table::Seed;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn exponentials_are_exact_to_the_last_digits(x in -200.0_f64..=0.0) {
            let (found, exact) = (exponential(x), x.exp());
            prop_assert!((found - exact).abs() <= 2e-15 * exact, "{x}: {found} instead of {exact}");
        }

        /// Marginals of the tree equal those of the joint distribution, written out, also with evidence and with
        /// combinations that cannot be.
        #[test]
        fn marginals_are_those_of_the_joint(
            sizes in proptest::collection::vec(1_usize..4, 2..6),
            raw in proptest::collection::vec(proptest::collection::btree_set(0_usize..6, 1..4), 1..6),
            seed: u64, bar: bool, observe: bool,
        ) {
            let wanted: Vec<Clique> = raw.into_iter()
                .map(|s| s.into_iter().filter(|c| *c < sizes.len()).collect::<Clique>())
                .filter(|c| !c.is_empty()).collect();
            let impossible: Vec<Impossible> = if bar && sizes[0] > 1 { vec![vec![(0, 1), (sizes.len() - 1, 0)]] } else { vec![] };
            let shape = Shape::new(&wanted, &impossible, &sizes);
            let mut stream = Seed::new(seed).stream(0, 0);
            let mut potentials = shape.zeros();
            potentials.iter_mut().flatten().for_each(|v| *v = stream.uniform() * 6.0 - 3.0);
            let evidence: Vec<Vec<f64>> = sizes.iter().map(|&s| (0..s).map(|_| 0.2 + stream.uniform()).collect()).collect();
            let mut beliefs = shape.zeros();
            prop_assert!(shape.calibrate(&potentials, observe.then_some(evidence.as_slice()), 100.0, &mut beliefs));
            // The joint.
            let all: Clique = (0..sizes.len()).collect();
            let n = cells(&all, &sizes) as usize;
            let mut joint = vec![0.0; n];
            for (cell, mass) in joint.iter_mut().enumerate() {
                let mut rest = cell;
                let mut state = vec![0; sizes.len()];
                for c in (0..sizes.len()).rev() { state[c] = rest % sizes[c]; rest /= sizes[c]; }
                let mut log = 0.0;
                for (clique, potential) in shape.tree.cliques.iter().zip(&potentials) {
                    log += potential[clique.iter().fold(0, |at, &c| at * sizes[c] + state[c])];
                }
                *mass = log.exp();
                if observe { for (c, e) in evidence.iter().enumerate() { *mass *= e[state[c]]; } }
                if impossible.iter().any(|i| i.iter().all(|p| state[p.0] == p.1)) { *mass = 0.0; }
            }
            let total: f64 = joint.iter().sum();
            for (clique, belief) in shape.tree.cliques.iter().zip(&beliefs) {
                let projection = Projection::new(&all, clique, &sizes);
                let mut expected = vec![0.0; projection.cells()];
                projection.sum(&joint, &mut expected);
                for (b, e) in belief.iter().zip(&expected) {
                    prop_assert!((b - e / total * 100.0).abs() < 1e-9, "{b} instead of {}", e / total * 100.0);
                }
            }
        }
    }
}
