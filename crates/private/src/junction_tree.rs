//! The junction tree of a set of cliques: maximal cliques of a triangulated graph, joined so that the cliques
//! that share a column hang together.
//!
//! Columns are eliminated in the order that adds the fewest edges (min-fill; Koller, Friedman, "Probabilistic
//! graphical models", 2009, section 9.4.3.2), of equal ones the column whose clique has the fewest cells.

use crate::marginals::{Clique, cells, covers};

/// A set of columns, as bits.
type Bits = Vec<u64>;

/// Maximal cliques, joined to a tree.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tree {
    /// The cliques; each one's parent stands before it.
    pub(crate) cliques: Vec<Clique>,
    /// The parent of each clique but the first, and the columns that both have, which may be none.
    pub(crate) parents: Vec<(usize, Clique)>,
}

/// Cells of all cliques together that a junction tree of `cliques` over all columns has; saturates.
pub(crate) fn tree_cells(cliques: &[Clique], sizes: &[usize]) -> u64 {
    triangulated(cliques, sizes)
        .iter()
        .fold(0_u64, |n, c| n.saturating_add(cells(c, sizes)))
}

impl Tree {
    /// The tree of `cliques` over all columns, each of which is in it at least alone.
    pub(crate) fn new(cliques: &[Clique], sizes: &[usize]) -> Self {
        let mut left = triangulated(cliques, sizes);
        if left.is_empty() {
            left.push(Vec::new());
        }
        // A spanning tree of the largest overlaps (Prim), which has the running intersection property.
        let mut tree = Self {
            cliques: vec![left.remove(0)],
            parents: vec![(0, Vec::new())],
        };
        while !left.is_empty() {
            let mut best = (0, 0, None::<Clique>);
            for (i, clique) in left.iter().enumerate() {
                for (p, parent) in tree.cliques.iter().enumerate() {
                    let shared: Clique = clique
                        .iter()
                        .copied()
                        .filter(|c| parent.binary_search(c).is_ok())
                        .collect();
                    if best.2.as_ref().is_none_or(|b| shared.len() > b.len()) {
                        best = (i, p, Some(shared));
                    }
                }
            }
            tree.cliques.push(left.remove(best.0));
            tree.parents.push((best.1, best.2.unwrap_or_default()));
        }
        tree
    }

    /// The smallest clique that covers `columns`.
    pub(crate) fn host(&self, columns: &[usize], sizes: &[usize]) -> Option<usize> {
        (0..self.cliques.len())
            .filter(|&i| covers(&self.cliques[i], columns))
            .min_by_key(|&i| cells(&self.cliques[i], sizes))
    }
}

/// The maximal cliques of the triangulated graph.
fn triangulated(cliques: &[Clique], sizes: &[usize]) -> Vec<Clique> {
    let columns = sizes.len();
    let words = columns.div_ceil(64);
    let mut near: Vec<Bits> = vec![vec![0; words]; columns];
    for clique in cliques {
        for &a in clique {
            for &b in clique {
                if a != b {
                    near[a][b / 64] |= 1 << (b % 64);
                }
            }
        }
    }
    let mut left: Vec<usize> = (0..columns).collect();
    let mut out: Vec<Clique> = Vec::new();
    while !left.is_empty() {
        let mut best = (u32::MAX, u64::MAX, 0, Vec::new());
        for (place, &c) in left.iter().enumerate() {
            let around = members(&near[c]);
            // Edges that are absent among the neighbours, each counted twice.
            let missing: u32 = around
                .iter()
                .map(|&a| {
                    let known: u32 = near[a].iter().zip(&near[c]).map(|(x, y)| (x & y).count_ones()).sum();
                    around.len() as u32 - 1 - known
                })
                .sum();
            if missing > best.0 {
                continue;
            }
            let size = cells(&around, sizes).saturating_mul(sizes[c] as u64);
            if (missing, size) < (best.0, best.1) {
                best = (missing, size, place, around);
            }
        }
        let column = left.remove(best.2);
        let around = best.3;
        for &a in &around {
            for &b in &around {
                if a != b {
                    near[a][b / 64] |= 1 << (b % 64);
                }
            }
            near[a][column / 64] &= !(1 << (column % 64));
        }
        let mut clique = around;
        clique.push(column);
        clique.sort_unstable();
        if !out.iter().any(|o| covers(o, &clique)) {
            out.push(clique);
        }
    }
    out
}

fn members(bits: &Bits) -> Vec<usize> {
    let of_word = |(i, &word): (usize, &u64)| (0..64).filter(move |b| word >> b & 1 == 1).map(move |b| i * 64 + b);
    bits.iter().enumerate().flat_map(of_word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Every clique has a host, every column is there, parents stand first, no clique is within another, and the
        /// cliques that hold a column hang together.
        #[test]
        fn a_tree_has_the_running_intersection_property(
            sizes in proptest::collection::vec(1_usize..6, 1..9),
            raw in proptest::collection::vec(proptest::collection::btree_set(0_usize..9, 1..4), 0..10),
        ) {
            let wanted: Vec<Clique> = raw.into_iter()
                .map(|s| s.into_iter().filter(|c| *c < sizes.len()).collect::<Clique>())
                .filter(|c| !c.is_empty()).collect();
            let tree = Tree::new(&wanted, &sizes);
            for clique in &wanted {
                prop_assert!(tree.host(clique, &sizes).is_some());
            }
            for i in 1..tree.cliques.len() {
                let (p, shared) = &tree.parents[i];
                prop_assert!(*p < i);
                prop_assert!(covers(&tree.cliques[i], shared) && covers(&tree.cliques[*p], shared));
                for j in 0..tree.cliques.len() {
                    prop_assert!(i == j || !covers(&tree.cliques[j], &tree.cliques[i]));
                }
            }
            for column in 0..sizes.len() {
                // A connected part has one clique whose parent does not share the column.
                let tops = (0..tree.cliques.len())
                    .filter(|&i| tree.cliques[i].contains(&column) && (i == 0 || !tree.parents[i].1.contains(&column)))
                    .count();
                prop_assert_eq!(tops, 1);
            }
            prop_assert_eq!(tree_cells(&wanted, &sizes), tree.cliques.iter().map(|c| cells(c, &sizes)).sum::<u64>());
        }
    }

    #[test]
    fn a_cycle_gets_a_chord() {
        let cycle = [vec![0, 1], vec![1, 2], vec![2, 3], vec![0, 3]];
        let tree = Tree::new(&cycle, &[2, 5, 2, 5]);
        // The chord joins the two small columns.
        assert_eq!(tree.cliques, [vec![0, 1, 2], vec![0, 2, 3]]);
    }
}
