//! Regions of the table in which synthetic rows are too many or too few: the leaves of a shallow
//! tree, grown on one half of the rows and counted on the other, so that no share flatters itself.

use super::codes::{Level, Shared};
use super::results::Region;
use plenish_learn::Matrix;

/// Leaves of the tree.
const LEAVES: usize = 8;
/// Rows of a leaf, of those it was grown on, at least.
const MIN_ROWS: f64 = 40.0;
/// A region is named if its shares differ by more than this many standard errors.
const CHANCE: f64 = 3.0;

/// A part of the table.
struct Leaf {
    rows: Vec<u32>,
    /// For each column, the codes that are inside.
    inside: Vec<Vec<bool>>,
    best: Option<Best>,
}

struct Best {
    gain: f64,
    feature: usize,
    left: Vec<bool>,
}

/// Grows a tree on `grown` and describes each leaf in which the shares of real (below `side`) and
/// synthetic rows among `counted` differ beyond chance, largest difference first.
pub(crate) fn grow(
    matrix: &Matrix,
    side: usize,
    grown: &[u32],
    counted: &[u32],
    shared: &Shared,
    level: &Level,
) -> Vec<Region> {
    let mut root = Leaf {
        rows: grown.to_vec(),
        inside: level.sizes.iter().map(|&size| vec![true; size]).collect(),
        best: None,
    };
    root.best = best(matrix, side, &root);
    let mut leaves = vec![root];
    while leaves.len() < LEAVES {
        let gain = |leaf: &Leaf| leaf.best.as_ref().map_or(0.0, |b| b.gain);
        let chosen = (0..leaves.len()).fold(0, |top, i| if gain(&leaves[i]) > gain(&leaves[top]) { i } else { top });
        let Some(split) = leaves[chosen].best.take() else { break };
        let leaf = leaves.swap_remove(chosen);
        for wanted in [true, false] {
            let goes = |row: &u32| split.left[usize::from(matrix.row(*row as usize)[split.feature])] == wanted;
            let mut inside = leaf.inside.clone();
            for (code, inside) in inside[split.feature].iter_mut().enumerate() {
                *inside &= split.left[code] == wanted;
            }
            let mut part = Leaf {
                rows: leaf.rows.iter().copied().filter(|row| goes(row)).collect(),
                inside,
                best: None,
            };
            part.best = best(matrix, side, &part);
            leaves.push(part);
        }
    }
    if leaves.len() < 2 {
        return Vec::new();
    }
    let total = |synthetic: bool| {
        counted
            .iter()
            .filter(|row| (**row as usize >= side) == synthetic)
            .count()
            .max(1) as f64
    };
    let (n, m) = (total(false), total(true));
    let mut regions: Vec<Region> = leaves
        .iter()
        .filter_map(|leaf| {
            let within = |row: &&u32| {
                let codes = matrix.row(**row as usize);
                leaf.inside
                    .iter()
                    .zip(codes)
                    .all(|(inside, &code)| inside[usize::from(code)])
            };
            let (mut real, mut synthetic) = (0.0, 0.0);
            for row in counted.iter().filter(within) {
                if *row as usize >= side {
                    synthetic += 1.0;
                } else {
                    real += 1.0;
                }
            }
            let pooled = (real + synthetic) / (n + m);
            let error = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
            let (real, synthetic) = (real / n, synthetic / m);
            ((real - synthetic).abs() > CHANCE * error).then(|| Region {
                conditions: conditions(leaf, shared, level),
                real,
                synthetic,
            })
        })
        .collect();
    regions.sort_by(|a, b| (b.real - b.synthetic).abs().total_cmp(&(a.real - a.synthetic).abs()));
    regions
}

fn conditions(leaf: &Leaf, shared: &Shared, level: &Level) -> Vec<String> {
    (0..leaf.inside.len())
        .filter_map(|place| {
            let members: Vec<bool> = level.maps[place]
                .iter()
                .map(|&coarse| leaf.inside[place][usize::from(coarse)])
                .collect();
            shared.shapes[place].condition(&members)
        })
        .collect()
}

/// The split that lowers the Gini impurity most: a cut of an ordered column, missing cells on either
/// side, or the categories in the order of their share of synthetic rows (Breiman et al. 1984,
/// theorem 4.5).
fn best(matrix: &Matrix, side: usize, leaf: &Leaf) -> Option<Best> {
    let mut best: Option<Best> = None;
    let synthetic = leaf.rows.iter().filter(|row| **row as usize >= side).count() as f64;
    let all = leaf.rows.len() as f64;
    let purity = |synthetic: f64, all: f64| {
        if all > 0.0 {
            (synthetic * synthetic + (all - synthetic) * (all - synthetic)) / all
        } else {
            0.0
        }
    };
    let before = purity(synthetic, all);
    for (feature, kind) in matrix.kinds().iter().enumerate() {
        let mut counts = vec![(0.0_f64, 0.0_f64); usize::from(kind.codes)];
        for &row in &leaf.rows {
            let cell = &mut counts[usize::from(matrix.row(row as usize)[feature])];
            cell.0 += f64::from(u8::from(row as usize >= side));
            cell.1 += 1.0;
        }
        let share = |code: usize| counts[code].0 / counts[code].1.max(1.0);
        let mut orders: Vec<Vec<usize>> = Vec::new();
        if kind.ordered {
            orders.push((0..counts.len()).collect());
            if counts[0].1 > 0.0 {
                orders.push((1..counts.len()).chain([0]).collect());
            }
        } else {
            let mut order: Vec<usize> = (0..counts.len()).filter(|&code| counts[code].1 > 0.0).collect();
            order.sort_by(|&a, &b| share(a).total_cmp(&share(b)));
            // Codes without rows stay with the last.
            order.extend((0..counts.len()).filter(|&code| counts[code].1 == 0.0));
            orders.push(order);
        }
        for order in orders {
            let (mut left_synthetic, mut left) = (0.0, 0.0);
            for (place, &code) in order.iter().enumerate() {
                left_synthetic += counts[code].0;
                left += counts[code].1;
                if left < MIN_ROWS || all - left < MIN_ROWS {
                    continue;
                }
                let gain = purity(left_synthetic, left) + purity(synthetic - left_synthetic, all - left) - before;
                if best.as_ref().is_none_or(|b| gain > b.gain) && gain > 1e-9 {
                    let mut set = vec![false; counts.len()];
                    for &code in &order[..=place] {
                        set[code] = true;
                    }
                    best = Some(Best {
                        gain,
                        feature,
                        left: set,
                    });
                }
            }
        }
    }
    best
}
