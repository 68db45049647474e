//! The code tree: a binary tree over a column's states, so that one of hundreds of states is drawn
//! by a handful of yes-or-no decisions, the first of which are coarse and learned from all rows.

use serde::{Deserialize, Serialize};

/// A decision between two children: another decision if not negative, else state `!child`.
pub(crate) type Children = [i32; 2];

/// A binary tree over states; no decisions if there is one state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CodeTree {
    /// The decisions; the first is the root, children come after their parent.
    pub(crate) nodes: Vec<Children>,
}

impl CodeTree {
    /// Ordered states are cut near half of their mass, which keeps the order; the first `alone` states
    /// (missing, say) have a decision each above them. `counts` has at least one state.
    pub(crate) fn ordered(counts: &[u32], alone: usize) -> Self {
        let mut tree = Self { nodes: Vec::new() };
        let alone = alone.min(counts.len() - 1);
        for state in 0..alone {
            tree.nodes.push([!(state as i32), state as i32 + 1]);
        }
        let below = tree.halve(counts, alone, counts.len());
        if let Some(last) = alone.checked_sub(1) {
            tree.nodes[last][1] = below;
        }
        tree
    }

    fn halve(&mut self, counts: &[u32], start: usize, end: usize) -> i32 {
        if end - start <= 1 {
            return !(start as i32);
        }
        let total: u64 = counts[start..end].iter().map(|&c| u64::from(c)).sum();
        let mut mass = 0;
        let mut best = (u64::MAX, start + 1);
        for (cut, &count) in (start + 1..end).zip(&counts[start..end]) {
            mass += u64::from(count);
            let uneven = (2 * mass).abs_diff(total);
            if uneven < best.0 {
                best = (uneven, cut);
            }
        }
        let node = self.nodes.len();
        self.nodes.push([0, 0]);
        self.nodes[node] = [self.halve(counts, start, best.1), self.halve(counts, best.1, end)];
        node as i32
    }

    /// Categories by mass (Huffman 1952): frequent ones are few decisions away.
    pub(crate) fn by_mass(counts: &[u32]) -> Self {
        use std::cmp::Reverse;
        // Ties are broken by age, so that the tree depends on the counts alone.
        let mut heap: std::collections::BinaryHeap<Reverse<(u64, usize)>> = counts
            .iter()
            .enumerate()
            .map(|(state, &count)| Reverse((u64::from(count), state)))
            .collect();
        let states = counts.len();
        let mut joined: Vec<[usize; 2]> = Vec::new();
        while let (Some(Reverse(a)), Some(Reverse(b))) = (heap.pop(), heap.pop()) {
            joined.push([b.1, a.1]);
            let index = states + joined.len() - 1;
            heap.push(Reverse((a.0 + b.0, index)));
            if heap.len() == 1 {
                break;
            }
        }
        // The last join is the root; children of later joins are renumbered to come after it.
        let last = joined.len();
        let child = |index: usize| {
            if index < states {
                !(index as i32)
            } else {
                (last - 1 - (index - states)) as i32
            }
        };
        Self {
            nodes: joined.iter().rev().map(|&[a, b]| [child(a), child(b)]).collect(),
        }
    }

    /// For every state, the decisions on its path from the root and which child was taken.
    pub(crate) fn paths(&self, states: usize) -> Vec<Vec<(u16, bool)>> {
        let mut paths = vec![Vec::new(); states];
        let mut stack = vec![(0_usize, Vec::new())];
        while let Some((node, path)) = stack.pop() {
            let Some(children) = self.nodes.get(node) else { break };
            for (side, &child) in children.iter().enumerate() {
                let mut next: Vec<(u16, bool)> = path.clone();
                next.push((node as u16, side == 1));
                if child >= 0 {
                    stack.push((child as usize, next));
                } else {
                    paths[!child as usize] = next;
                }
            }
        }
        paths
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(tree: &CodeTree, states: usize) {
        assert_eq!(tree.nodes.len(), states - 1);
        for (node, children) in tree.nodes.iter().enumerate() {
            assert!(
                children.iter().all(|&c| c < 0 || c as usize > node),
                "children come after their parent"
            );
        }
        let paths = tree.paths(states);
        // Kraft's equality: every state is reached, and nothing else is.
        let mass: f64 = paths.iter().map(|p| 0.5_f64.powi(p.len() as i32)).sum();
        assert!((mass - 1.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn every_state_has_one_path(counts in proptest::collection::vec(0_u32..1000, 1..120), alone in 0_usize..4) {
            check(&CodeTree::ordered(&counts, alone), counts.len());
            check(&CodeTree::by_mass(&counts), counts.len());
        }
    }

    #[test]
    fn frequent_categories_are_near() {
        let paths = CodeTree::by_mass(&[1, 100, 2, 3]).paths(4);
        assert_eq!(paths[1].len(), 1);
        assert_eq!(paths[0].len(), 3);
    }
}
