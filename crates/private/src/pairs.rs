//! The tables of all pairs of columns of a calibrated model, whether or not a clique has both.

use crate::graphical::{Shape, Tables};
use crate::marginals::{Clique, Projection};
use std::collections::BTreeMap;

/// The tables of `wanted` (one or two columns each, rising), in that order.
pub(crate) fn tables(shape: &Shape, beliefs: &Tables, wanted: &[Clique]) -> Vec<Vec<f64>> {
    let mut out: Vec<Vec<f64>> = vec![Vec::new(); wanted.len()];
    // Pairs that no clique has, by the column with fewer states: from there to all others at once.
    let mut apart: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    for (index, clique) in wanted.iter().enumerate() {
        if let Some(host) = shape.tree.host(clique, &shape.sizes) {
            let projection = Projection::new(&shape.tree.cliques[host], clique, &shape.sizes);
            let mut table = vec![0.0; projection.cells()];
            projection.sum(&beliefs[host], &mut table);
            out[index] = table;
        } else if let &[a, b] = clique.as_slice() {
            let (from, to) = if shape.sizes[a] <= shape.sizes[b] {
                (a, b)
            } else {
                (b, a)
            };
            apart.entry(from).or_default().push((to, index));
        }
    }
    if apart.is_empty() {
        return out;
    }
    let neighbours = neighbours(shape);
    for (from, targets) in apart {
        let spread = Spread {
            shape,
            beliefs,
            neighbours: &neighbours,
            targets: &targets,
            from,
        };
        spread.run(wanted, &mut out);
    }
    out
}

/// For each clique the cliques next to it, with what is shared.
fn neighbours(shape: &Shape) -> Vec<Vec<(usize, Clique)>> {
    let mut out = vec![Vec::new(); shape.tree.cliques.len()];
    for (i, (parent, shared)) in shape.tree.parents.iter().enumerate().skip(1) {
        out[i].push((*parent, shared.clone()));
        out[*parent].push((i, shared.clone()));
    }
    out
}

struct Spread<'a> {
    shape: &'a Shape,
    beliefs: &'a Tables,
    neighbours: &'a [Vec<(usize, Clique)>],
    targets: &'a [(usize, usize)],
    from: usize,
}

impl Spread<'_> {
    /// Walks the tree away from the smallest clique that has the column, with the joint table of the column and
    /// what the next clique shares.
    fn run(&self, wanted: &[Clique], out: &mut [Vec<f64>]) {
        let (shape, from) = (self.shape, self.from);
        let Some(root) = shape.tree.host(&[from], &shape.sizes) else {
            return;
        };
        let own = Projection::new(&shape.tree.cliques[root], &[from], &shape.sizes);
        // One table of a clique's cells for each state of the column, reached first from the root: the indicator.
        let states = shape.sizes[from];
        let indicator: Vec<Vec<f64>> = (0..states)
            .map(|s| (0..states).map(|t| f64::from(u8::from(s == t))).collect())
            .collect();
        let mut open = vec![(root, usize::MAX, own, indicator)];
        while let Some((clique, before, entry, weights)) = open.pop() {
            let columns = &shape.tree.cliques[clique];
            let found: Vec<&(usize, usize)> = self
                .targets
                .iter()
                .filter(|t| columns.binary_search(&t.0).is_ok() && out[t.1].is_empty())
                .collect();
            let next: Vec<(usize, Clique)> = self.neighbours[clique]
                .iter()
                .filter(|n| n.0 != before && self.leads_on(n.0, clique, out, &found))
                .cloned()
                .collect();
            if found.is_empty() && next.is_empty() {
                continue;
            }
            let project = |columns: &[usize]| Projection::new(&shape.tree.cliques[clique], columns, &shape.sizes);
            let towards: Vec<Projection> = found.iter().map(|t| project(&[t.0])).collect();
            let onwards: Vec<Projection> = next.iter().map(|n| project(&n.1)).collect();
            let shared_mass: Vec<Vec<f64>> = onwards
                .iter()
                .map(|p| {
                    let mut mass = vec![0.0; p.cells()];
                    p.sum(&self.beliefs[clique], &mut mass);
                    mass
                })
                .collect();
            let mut carried: Vec<Vec<Vec<f64>>> = vec![Vec::with_capacity(states); next.len()];
            let mut rows: Vec<Vec<f64>> = vec![Vec::new(); found.len()];
            for weight in &weights {
                let mut joint = self.beliefs[clique].clone();
                entry.multiply(&mut joint, weight);
                for (projection, rows) in towards.iter().zip(&mut rows) {
                    let mut row = vec![0.0; projection.cells()];
                    projection.sum(&joint, &mut row);
                    rows.extend(row);
                }
                for ((projection, mass), carried) in onwards.iter().zip(&shared_mass).zip(&mut carried) {
                    let mut share = vec![0.0; projection.cells()];
                    projection.sum(&joint, &mut share);
                    share
                        .iter_mut()
                        .zip(mass)
                        .for_each(|(s, m)| *s = if *m > 0.0 { *s / m } else { 0.0 });
                    carried.push(share);
                }
            }
            for (&&(to, index), rows) in found.iter().zip(rows) {
                out[index] = if wanted[index][0] == from {
                    rows
                } else {
                    turned(&rows, states, shape.sizes[to])
                };
            }
            for ((neighbour, shared), weights) in next.into_iter().zip(carried) {
                let entry = Projection::new(&shape.tree.cliques[neighbour], &shared, &shape.sizes);
                open.push((neighbour, clique, entry, weights));
            }
        }
    }

    /// Whether a target that is not found yet lies in the part of the tree beyond `clique`, seen from `before`.
    fn leads_on(&self, clique: usize, before: usize, out: &[Vec<f64>], found: &[&(usize, usize)]) -> bool {
        let mut open = vec![(clique, before)];
        while let Some((at, from)) = open.pop() {
            let wanted = |t: &(usize, usize)| {
                out[t.1].is_empty() && !found.iter().any(|f| f.1 == t.1) && self.shape.tree.cliques[at].contains(&t.0)
            };
            if self.targets.iter().any(wanted) {
                return true;
            }
            open.extend(self.neighbours[at].iter().filter(|n| n.0 != from).map(|n| (n.0, at)));
        }
        false
    }
}

/// A table with rows and columns exchanged.
fn turned(table: &[f64], rows: usize, columns: usize) -> Vec<f64> {
    (0..rows * columns)
        .map(|i| table[i % rows * columns + i / rows])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marginals::cells;
    use plenish_table::Seed;
    use proptest::prelude::*;

    proptest! {
        /// The table of every pair is the one of a tree in which a clique has the pair.
        #[test]
        fn pairs_are_those_of_the_joint(
            sizes in proptest::collection::vec(1_usize..4, 2..7),
            raw in proptest::collection::vec(proptest::collection::btree_set(0_usize..7, 1..4), 1..6),
            seed: u64,
        ) {
            let known: Vec<Clique> = raw.into_iter()
                .map(|s| s.into_iter().filter(|c| *c < sizes.len()).collect::<Clique>())
                .filter(|c| !c.is_empty()).collect();
            let shape = Shape::new(&known, &[], &sizes);
            let mut stream = Seed::new(seed).stream(0, 0);
            let mut potentials = shape.zeros();
            potentials.iter_mut().flatten().for_each(|v| *v = stream.uniform() * 4.0);
            let mut beliefs = shape.zeros();
            prop_assert!(shape.calibrate(&potentials, None, 10.0, &mut beliefs));
            let all: Clique = (0..sizes.len()).collect();
            let whole = Shape::new(std::slice::from_ref(&all), &[], &sizes);
            let mut joint = whole.zeros();
            for (clique, potential) in shape.tree.cliques.iter().zip(&potentials) {
                Projection::new(&all, clique, &sizes).add(&mut joint[0], potential, 1.0);
            }
            let mut truth = whole.zeros();
            prop_assert!(whole.calibrate(&joint, None, 10.0, &mut truth));
            let mut wanted: Vec<Clique> = Vec::new();
            for a in 0..sizes.len() {
                wanted.push(vec![a]);
                wanted.extend((a + 1..sizes.len()).map(|b| vec![a, b]));
            }
            for ((clique, found), exact) in wanted.iter().zip(tables(&shape, &beliefs, &wanted)).zip(tables(&whole, &truth, &wanted)) {
                prop_assert_eq!(found.len() as u64, cells(clique, &sizes));
                for (f, e) in found.iter().zip(&exact) {
                    prop_assert!((f - e).abs() < 1e-9);
                }
            }
        }
    }
}
