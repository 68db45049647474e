//! Tables of counts over a few columns, and how a table over more columns is summed to one over fewer.
//!
//! A clique is a list of columns in rising order; its cells run with the last column fastest.

/// Columns in rising order, each once.
pub(crate) type Clique = Vec<usize>;

/// Number of cells of `clique`; saturates.
pub(crate) fn cells(clique: &[usize], sizes: &[usize]) -> u64 {
    clique.iter().fold(1_u64, |n, &c| n.saturating_mul(sizes[c] as u64))
}

/// Whether all of `small` is in `large`; both rise.
pub(crate) fn covers(large: &[usize], small: &[usize]) -> bool {
    small.iter().all(|c| large.binary_search(c).is_ok())
}

/// How cells of a clique fall onto cells of a part of it.
///
/// The cells of the large clique are walked in runs of `run` cells over its last columns, which are all kept or
/// all summed over: that leaves one address for a run, and loops that a compiler can vectorise.
#[derive(Debug, Clone)]
pub(crate) struct Projection {
    run: usize,
    kept: bool,
    starts: Vec<u32>,
    cells: usize,
}

impl Projection {
    /// From `large` onto `small`, which is covered by it.
    pub(crate) fn new(large: &[usize], small: &[usize], sizes: &[usize]) -> Self {
        let is_kept = |c: &usize| small.binary_search(c).is_ok();
        let kept = large.last().is_none_or(is_kept);
        let tail = large.iter().rev().take_while(|c| is_kept(c) == kept).count();
        let (head, tail) = large.split_at(large.len() - tail);
        let run = cells(tail, sizes) as usize;
        // The distance between neighbouring states of each column in the small table.
        let mut stride = vec![0_u32; large.last().map_or(0, |c| c + 1)];
        let mut step = 1;
        for &c in small.iter().rev() {
            stride[c] = step;
            step *= sizes[c] as u32;
        }
        let mut starts = vec![0_u32];
        for &c in head {
            let next = (0..starts.len() * sizes[c]).map(|i| starts[i / sizes[c]] + (i % sizes[c]) as u32 * stride[c]);
            starts = next.collect();
        }
        Self {
            run,
            kept,
            starts,
            cells: cells(small, sizes) as usize,
        }
    }

    /// Number of cells of the small table.
    pub(crate) fn cells(&self) -> usize {
        self.cells
    }

    /// Writes the sums of `large` into `small`.
    pub(crate) fn sum(&self, large: &[f64], small: &mut [f64]) {
        small.fill(0.0);
        for (run, &start) in large.chunks_exact(self.run).zip(&self.starts) {
            let start = start as usize;
            if self.kept {
                for (s, l) in small[start..start + self.run].iter_mut().zip(run) {
                    *s += l;
                }
            } else {
                small[start] += total(run);
            }
        }
    }

    /// Writes the largest values of `large` into `small`.
    pub(crate) fn largest(&self, large: &[f64], small: &mut [f64]) {
        small.fill(f64::NEG_INFINITY);
        for (run, &start) in large.chunks_exact(self.run).zip(&self.starts) {
            let start = start as usize;
            if self.kept {
                for (s, l) in small[start..start + self.run].iter_mut().zip(run) {
                    *s = s.max(*l);
                }
            } else {
                small[start] = run.iter().copied().fold(small[start], f64::max);
            }
        }
    }

    /// Multiplies each cell of `large` by its cell of `small`.
    pub(crate) fn multiply(&self, large: &mut [f64], small: &[f64]) {
        self.each(large, small, |l, s| *l *= s);
    }

    /// Adds to each cell of `large` `scale` times its cell of `small`.
    pub(crate) fn add(&self, large: &mut [f64], small: &[f64], scale: f64) {
        self.each(large, small, |l, s| *l += scale * s);
    }

    fn each(&self, large: &mut [f64], small: &[f64], work: impl Fn(&mut f64, f64)) {
        for (run, &start) in large.chunks_exact_mut(self.run).zip(&self.starts) {
            let start = start as usize;
            if self.kept {
                for (l, s) in run.iter_mut().zip(&small[start..start + self.run]) {
                    work(l, *s);
                }
            } else {
                let s = small[start];
                for l in run.iter_mut() {
                    work(l, s);
                }
            }
        }
    }
}

/// The sum in four lanes: the same on every machine, and fast.
fn total(values: &[f64]) -> f64 {
    let mut lanes = [0.0; 4];
    let chunks = values.chunks_exact(4);
    let rest: f64 = chunks.remainder().iter().sum();
    for chunk in chunks {
        for (lane, v) in lanes.iter_mut().zip(chunk) {
            *lane += v;
        }
    }
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]) + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Sums equal those by the definition, for every part of every clique.
        #[test]
        fn sums_are_those_of_the_definition(sizes in proptest::collection::vec(1_usize..5, 1..5), mask in 0_u32..16) {
            let large: Clique = (0..sizes.len()).collect();
            let small: Clique = large.iter().copied().filter(|c| mask >> c & 1 == 1).collect();
            let n = cells(&large, &sizes) as usize;
            let values: Vec<f64> = (0..n).map(|i| (i * i % 17) as f64).collect();
            let mut expected = vec![0.0; cells(&small, &sizes) as usize];
            let mut addresses = Vec::new();
            for (i, v) in values.iter().enumerate() {
                let mut rest = i;
                let mut state = vec![0; sizes.len()];
                for c in (0..sizes.len()).rev() {
                    state[c] = rest % sizes[c];
                    rest /= sizes[c];
                }
                let at = small.iter().fold(0, |at, &c| at * sizes[c] + state[c]);
                addresses.push(at);
                expected[at] += v;
            }
            let projection = Projection::new(&large, &small, &sizes);
            let mut sums = vec![0.0; projection.cells()];
            projection.sum(&values, &mut sums);
            prop_assert_eq!(&sums, &expected);
            let mut product = values.clone();
            projection.multiply(&mut product, &sums);
            for (i, p) in product.iter().enumerate() {
                prop_assert_eq!(*p, values[i] * expected[addresses[i]]);
            }
        }
    }
}
