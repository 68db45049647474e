//! A classification or regression tree on the states of other columns (Breiman, Friedman, Olshen,
//! Stone 1984), whose leaves hold how often each state of the response occurs.

use plenish_table::{Context, Result};
use serde::{Deserialize, Serialize};

/// A leaf holds at least this many rows, as synthpop's `minbucket` (Nowok, Raab, Dibben 2016).
pub(super) const LEAST_ROWS: usize = 5;

/// A node with fewer rows is not split: three times the least leaf, as rpart derives it.
const LEAST_TO_SPLIT: usize = 3 * LEAST_ROWS;

/// A split must explain at least this share of the root's impurity: synthpop's `cp`.
const LEAST_GAIN: f64 = 1e-8;

/// A column that splits are made on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Predictor<'a> {
    pub(super) states: &'a [u16],
    /// How many states there are.
    pub(super) count: usize,
    pub(super) is_ordered: bool,
}

/// The response: the state of each row, and for each state where it lies, in `dimensions` numbers. A
/// split is good if it makes the sum of squares about the means small: the variance for numbers, the
/// Gini index for categories that are each a dimension.
#[derive(Debug)]
pub(super) struct Response<'a> {
    pub(super) states: &'a [u16],
    pub(super) places: Vec<f64>,
    pub(super) dimensions: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Left {
    /// States up to this one go left.
    UpTo(u16),
    /// These states go left, in rising order.
    Among(Vec<u16>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Split {
    predictor: u32,
    left: Left,
    /// Another split if not negative, else leaf `!child`.
    children: [i32; 2],
}

/// A grown tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tree {
    splits: Vec<Split>,
    /// States of the response with the rows up to and including each.
    leaves: Vec<Vec<(u16, u32)>>,
}

impl Tree {
    /// Grows a tree on all rows.
    pub(super) fn grow(response: &Response, predictors: &[Predictor], cx: &Context) -> Result<Self> {
        let mut grower = Grower {
            response,
            predictors,
            tree: Self {
                splits: Vec::new(),
                leaves: Vec::new(),
            },
            scratch: Scratch::default(),
            least_gain: 0.0,
        };
        let mut rows: Vec<u32> = (0..response.states.len() as u32).collect();
        grower.least_gain = LEAST_GAIN * grower.impurity(&rows);
        // A stack instead of recursion: a tree may be as deep as it has leaves.
        let mut stack = vec![(0, rows.len(), None)];
        while let Some((start, end, parent)) = stack.pop() {
            cx.check()?;
            let rows = &mut rows[start..end];
            let (child, split) = match grower.best(rows) {
                Some(best) => (grower.tree.splits.len() as i32, Some(best)),
                None => (!(grower.tree.leaves.len() as i32), None),
            };
            if let Some((parent, side)) = parent {
                let parent: &mut Split = &mut grower.tree.splits[parent];
                parent.children[side] = child;
            }
            if let Some((predictor, left)) = split {
                let middle = start + grower.divide(rows, predictor, &left);
                let at = grower.tree.splits.len();
                grower.tree.splits.push(Split {
                    predictor: predictor as u32,
                    left,
                    children: [0; 2],
                });
                stack.push((middle, end, Some((at, 1))));
                stack.push((start, middle, Some((at, 0))));
            } else {
                grower.leaf(rows);
            }
        }
        Ok(grower.tree)
    }

    /// The states in the leaf of a row, with the rows up to and including each; `state` tells the
    /// row's state in a predictor.
    pub(super) fn leaf(&self, state: impl Fn(usize) -> u16) -> &[(u16, u32)] {
        let mut at = if self.splits.is_empty() { !0 } else { 0_i32 };
        while at >= 0 {
            let split = &self.splits[at as usize];
            let goes_left = split.left.holds(state(split.predictor as usize));
            at = split.children[usize::from(!goes_left)];
        }
        &self.leaves[!at as usize]
    }

    pub(super) fn leaves(&self) -> usize {
        self.leaves.len()
    }

    /// Whether sizes and references fit together.
    pub(super) fn is_sound(&self, states: usize, predictors: usize) -> bool {
        self.leaves.len() == self.splits.len() + 1
            && self.splits.iter().enumerate().all(|(at, split)| {
                (split.predictor as usize) < predictors
                    && split.children.iter().all(|&child| {
                        if child >= 0 {
                            child as usize > at && (child as usize) < self.splits.len()
                        } else {
                            (!child as usize) < self.leaves.len()
                        }
                    })
            })
            && self.leaves.iter().all(|leaf| {
                !leaf.is_empty()
                    && leaf.iter().all(|&(state, _)| usize::from(state) < states)
                    && leaf[0].1 > 0
                    && leaf.is_sorted_by(|a, b| a.1 < b.1)
            })
    }
}

impl Left {
    fn holds(&self, state: u16) -> bool {
        match self {
            Self::UpTo(last) => state <= *last,
            Self::Among(states) => states.binary_search(&state).is_ok(),
        }
    }
}

struct Grower<'a> {
    response: &'a Response<'a>,
    predictors: &'a [Predictor<'a>],
    tree: Tree,
    scratch: Scratch,
    least_gain: f64,
}

/// Sums of the response by the states of a predictor; kept between nodes.
#[derive(Default)]
struct Scratch {
    rows: Vec<u32>,
    sums: Vec<f64>,
    /// The states that occur.
    seen: Vec<u16>,
    right: Vec<u32>,
}

impl Grower<'_> {
    fn place(&self, row: u32) -> &[f64] {
        let at = usize::from(self.response.states[row as usize]) * self.response.dimensions;
        &self.response.places[at..at + self.response.dimensions]
    }

    fn sums(&self, rows: &[u32]) -> Vec<f64> {
        let mut sums = vec![0.0; self.response.dimensions];
        for &row in rows {
            for (sum, x) in sums.iter_mut().zip(self.place(row)) {
                *sum += x;
            }
        }
        sums
    }

    /// The sum of squares about the mean.
    fn impurity(&self, rows: &[u32]) -> f64 {
        let squares: f64 = rows.iter().flat_map(|&row| self.place(row)).map(|x| x * x).sum();
        squares - fit(&self.sums(rows), rows.len() as f64)
    }

    /// The split that lowers the impurity most, if there is one.
    fn best(&mut self, rows: &[u32]) -> Option<(usize, Left)> {
        if rows.len() < LEAST_TO_SPLIT {
            return None;
        }
        let first = self.response.states[rows[0] as usize];
        if rows.iter().all(|&row| self.response.states[row as usize] == first) {
            return None;
        }
        let total = self.sums(rows);
        let before = fit(&total, rows.len() as f64);
        let mut best: Option<(f64, usize, Left)> = None;
        let mut scratch = std::mem::take(&mut self.scratch);
        for (index, predictor) in self.predictors.iter().enumerate() {
            self.count(rows, *predictor, &mut scratch);
            let least = best.as_ref().map_or(self.least_gain.max(1e-12), |b| b.0);
            if let Some((gain, left)) = scan(&mut scratch, *predictor, &total, rows.len(), before, least) {
                best = Some((gain, index, left));
            }
        }
        self.scratch = scratch;
        best.map(|(_, index, left)| (index, left))
    }

    /// Sums of the response by the states of a predictor.
    fn count(&self, rows: &[u32], predictor: Predictor, scratch: &mut Scratch) {
        let width = self.response.dimensions;
        for &state in &scratch.seen {
            let state = usize::from(state);
            scratch.rows[state] = 0;
            scratch.sums[state * width..(state + 1) * width].fill(0.0);
        }
        scratch.seen.clear();
        if scratch.rows.len() < predictor.count {
            scratch.rows.resize(predictor.count, 0);
            scratch.sums.resize(predictor.count * width, 0.0);
        }
        for &row in rows {
            let state = predictor.states[row as usize];
            let at = usize::from(state);
            if scratch.rows[at] == 0 {
                scratch.seen.push(state);
            }
            scratch.rows[at] += 1;
            for (sum, x) in scratch.sums[at * width..(at + 1) * width]
                .iter_mut()
                .zip(self.place(row))
            {
                *sum += x;
            }
        }
    }

    /// Puts the rows that go left first, both sides in their order; returns how many go left.
    fn divide(&mut self, rows: &mut [u32], predictor: usize, left: &Left) -> usize {
        let states = self.predictors[predictor].states;
        let right = &mut self.scratch.right;
        right.clear();
        let mut kept = 0;
        for i in 0..rows.len() {
            let row = rows[i];
            if left.holds(states[row as usize]) {
                rows[kept] = row;
                kept += 1;
            } else {
                right.push(row);
            }
        }
        rows[kept..].copy_from_slice(right);
        kept
    }

    fn leaf(&mut self, rows: &[u32]) {
        let mut states: Vec<u16> = rows.iter().map(|&row| self.response.states[row as usize]).collect();
        states.sort_unstable();
        let mut leaf: Vec<(u16, u32)> = Vec::new();
        for (index, state) in states.into_iter().enumerate() {
            match leaf.last_mut() {
                Some(last) if last.0 == state => last.1 = index as u32 + 1,
                _ => leaf.push((state, index as u32 + 1)),
            }
        }
        self.tree.leaves.push(leaf);
    }
}

/// What the mean of rows with these sums explains of their sum of squares.
fn fit(sums: &[f64], rows: f64) -> f64 {
    sums.iter().map(|s| s * s).sum::<f64>() / rows
}

/// The best split on one predictor that gains more than `least`.
fn scan(
    scratch: &mut Scratch,
    predictor: Predictor,
    total: &[f64],
    rows: usize,
    before: f64,
    least: f64,
) -> Option<(f64, Left)> {
    if scratch.seen.len() < 2 {
        return None;
    }
    let width = total.len();
    let of = |state: u16| usize::from(state) * width..(usize::from(state) + 1) * width;
    let Scratch {
        rows: counts,
        sums,
        seen,
        ..
    } = scratch;
    seen.sort_unstable();
    if !predictor.is_ordered {
        // In the order of their means in the dimension that the whole node has most of, which is the
        // best order for two classes and for numbers (Breiman and others 1984, theorem 4.5), and a
        // good one for more.
        let leading = (0..width).fold(0, |best, d| if total[d].abs() > total[best].abs() { d } else { best });
        let mean = |state: u16| sums[of(state)][leading] / f64::from(counts[usize::from(state)]);
        seen.sort_by(|&a, &b| mean(a).total_cmp(&mean(b)).then(a.cmp(&b)));
    }
    let mut left = vec![0.0; width];
    let mut count = 0;
    let mut best: Option<(f64, usize)> = None;
    for (position, &state) in seen[..seen.len() - 1].iter().enumerate() {
        count += counts[usize::from(state)] as usize;
        let mut gain = -before;
        let (mut squares, mut other) = (0.0, 0.0);
        for ((sum, x), all) in left.iter_mut().zip(&sums[of(state)]).zip(total) {
            *sum += x;
            squares += *sum * *sum;
            other += (all - *sum) * (all - *sum);
        }
        if count < LEAST_ROWS || rows - count < LEAST_ROWS {
            continue;
        }
        gain += squares / count as f64 + other / (rows - count) as f64;
        if gain > best.map_or(least, |b| b.0) {
            best = Some((gain, position));
        }
    }
    let (gain, position) = best?;
    let left = if predictor.is_ordered {
        Left::UpTo(seen[position])
    } else {
        let mut states = seen[..=position].to_vec();
        states.sort_unstable();
        Left::Among(states)
    };
    Some((gain, left))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The response follows from two predictors, one ordered, one not; a third tells nothing.
    #[test]
    fn a_tree_finds_what_decides() {
        let rows = 400_u16;
        let number: Vec<u16> = (0..rows).map(|i| i % 20).collect();
        let word: Vec<u16> = (0..rows).map(|i| i / 20 % 5).collect();
        let noise: Vec<u16> = (0..rows).map(|i| i * 7 % 13).collect();
        let states: Vec<u16> = (0..400)
            .map(|i| u16::from(number[i] > 12 && [0, 2, 4].contains(&word[i])))
            .collect();
        let response = Response {
            states: &states,
            places: vec![1.0, 0.0, 0.0, 1.0],
            dimensions: 2,
        };
        let predictors =
            [(&noise, 13, true), (&number, 20, true), (&word, 5, false)].map(|(states, count, is_ordered)| Predictor {
                states,
                count,
                is_ordered,
            });
        let tree = Tree::grow(&response, &predictors, &Context::silent()).unwrap();
        assert!(tree.is_sound(2, 3));
        for (row, &state) in states.iter().enumerate() {
            let leaf = tree.leaf(|p| predictors[p].states[row]);
            assert_eq!(leaf, [(state, leaf[0].1)]);
            assert!(leaf[0].1 as usize >= LEAST_ROWS);
        }
        // Number, then word, or the other way round: three leaves are enough.
        assert_eq!(tree.leaves(), 3);
    }
}
