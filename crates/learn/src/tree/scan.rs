//! Looking for the best split of a leaf.

use super::grow::{Best, Grower, Leaf, Stat, add, subtract};
use super::{CodeSet, Monotone};
use crate::matrix::FeatureKind;

impl<const L: usize> Grower<'_, L> {
    pub(super) fn best_split(&self, leaf: &Leaf<L>, scales: (f64, f64)) -> Option<Best<L>> {
        if leaf.total[L - 1] < 2 * self.settings.min_rows {
            return None;
        }
        let mut best: Option<Best<L>> = None;
        let parent = if self.monotone.is_empty() {
            score(&leaf.total, scales, self.settings.lambda)
        } else {
            bounded_score(&leaf.total, leaf.bounds, scales, self.settings.lambda).1
        };
        let mut order = Vec::new();
        for feature in (0..self.features).filter(|&f| self.open[f]) {
            let kind = self.matrix.kinds()[feature];
            let cells = &leaf.histogram[self.offsets[feature]..self.offsets[feature + 1]];
            if kind.ordered {
                self.scan_ordered(feature, cells, leaf, parent, scales, &mut best);
            } else {
                self.scan_categories(feature, kind, cells, leaf, parent, scales, &mut order, &mut best);
            }
        }
        best
    }

    fn scan_ordered(
        &self,
        feature: usize,
        cells: &[Stat<L>],
        leaf: &Leaf<L>,
        parent: f64,
        scales: (f64, f64),
        best: &mut Option<Best<L>>,
    ) {
        let missing = cells[0];
        let some_missing = missing[L - 1] > 0;
        let asked = self.monotone.get(feature).copied().unwrap_or_default();
        let present = leaf.total[L - 1] - missing[L - 1];
        let mut left = [0; L];
        for (code, cell) in cells.iter().enumerate().skip(1) {
            if cell[L - 1] == 0 {
                continue;
            }
            add(&mut left, cell);
            // Missing values go right, then left; the last code alone splits them off, which orders nothing.
            let order = if left[L - 1] == present { Monotone::Free } else { asked };
            // It must then hold whatever code a row has, though it does not occur here.
            let code = if order == asked { code } else { 255 };
            if let Some(gain) = self.gain(&left, leaf, order, parent, scales, self.settings.lambda)
                && best.as_ref().is_none_or(|b| gain > b.gain)
            {
                *best = Some(Best {
                    gain,
                    feature,
                    left_codes: up_to(code, false),
                    left,
                    order,
                });
            }
            if some_missing {
                let mut with = left;
                add(&mut with, &missing);
                if let Some(gain) = self.gain(&with, leaf, order, parent, scales, self.settings.lambda)
                    && best.as_ref().is_none_or(|b| gain > b.gain)
                {
                    *best = Some(Best {
                        gain,
                        feature,
                        left_codes: up_to(code, true),
                        left: with,
                        order,
                    });
                }
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one scan shares all of its caller's state")]
    fn scan_categories(
        &self,
        feature: usize,
        kind: FeatureKind,
        cells: &[Stat<L>],
        leaf: &Leaf<L>,
        parent: f64,
        scales: (f64, f64),
        order: &mut Vec<(f64, u8)>,
        best: &mut Option<Best<L>>,
    ) {
        let common: Vec<u8> = (0..kind.codes)
            .map(|c| c as u8)
            .filter(|&c| cells[usize::from(c)][L - 1] >= self.settings.category_rows.max(1))
            .collect();
        if common.is_empty() {
            return;
        }
        // Categories are put in the order of their mean gradient (Fisher 1958), in the dimension
        // that separates them most.
        let lambda = self.settings.category_lambda;
        let weight = |cell: &Stat<L>| f64::from(cell[L - 2]) * scales.1 + lambda;
        let dimension = (0..L - 2)
            .map(|d| {
                let spread: f64 = common
                    .iter()
                    .map(|&c| {
                        let cell = &cells[usize::from(c)];
                        f64::from(cell[d]) * f64::from(cell[d]) / weight(cell)
                    })
                    .sum();
                (
                    d,
                    spread - f64::from(leaf.total[d]) * f64::from(leaf.total[d]) / weight(&leaf.total),
                )
            })
            .fold((0, f64::MIN), |a, b| if b.1 > a.1 { b } else { a })
            .0;
        order.clear();
        order.extend(common.iter().map(|&c| {
            let cell = &cells[usize::from(c)];
            (f64::from(cell[dimension]) / weight(cell), c)
        }));
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for backwards in [false, true] {
            let mut left = [0; L];
            let mut codes = CodeSet::default();
            let half = order.len().div_ceil(2);
            for step in 0..half {
                let code = order[if backwards { order.len() - 1 - step } else { step }].1;
                add(&mut left, &cells[usize::from(code)]);
                codes.insert(code);
                if let Some(gain) = self.gain(
                    &left,
                    leaf,
                    Monotone::Free,
                    parent,
                    scales,
                    self.settings.lambda + lambda,
                ) && best.as_ref().is_none_or(|b| gain > b.gain)
                {
                    *best = Some(Best {
                        gain,
                        feature,
                        left_codes: codes,
                        left,
                        order: Monotone::Free,
                    });
                }
            }
        }
    }

    fn gain(
        &self,
        left: &Stat<L>,
        leaf: &Leaf<L>,
        order: Monotone,
        parent: f64,
        scales: (f64, f64),
        lambda: f64,
    ) -> Option<f64> {
        let total = &leaf.total;
        let (rows, all) = (left[L - 1], total[L - 1]);
        if rows < self.settings.min_rows || all - rows < self.settings.min_rows {
            return None;
        }
        let mut right = *total;
        subtract(&mut right, left);
        let (hl, hr) = (f64::from(left[L - 2]) * scales.1, f64::from(right[L - 2]) * scales.1);
        if hl < self.settings.min_hessian || hr < self.settings.min_hessian {
            return None;
        }
        let gain = if self.monotone.is_empty() {
            score(left, scales, lambda) + score(&right, scales, lambda) - parent
        } else {
            let (low, left) = bounded_score(left, leaf.bounds, scales, lambda);
            let (high, right) = bounded_score(&right, leaf.bounds, scales, lambda);
            let kept = match order {
                Monotone::Free => true,
                Monotone::Increasing => low <= high,
                Monotone::Decreasing => low >= high,
            };
            if !kept {
                return None;
            }
            left + right - parent
        };
        (gain > 1e-9).then_some(gain)
    }

    /// Between what the values of the left and of the right side of a split must lie.
    pub(super) fn bounds_below(
        &self,
        leaf: &Leaf<L>,
        best: &Best<L>,
        right: &Stat<L>,
        scales: (f64, f64),
    ) -> ((f64, f64), (f64, f64)) {
        let (low, high) = leaf.bounds;
        let value = |side: &Stat<L>| bounded_score(side, leaf.bounds, scales, self.settings.lambda).0;
        let middle = || f64::midpoint(value(&best.left), value(right));
        match best.order {
            Monotone::Free => (leaf.bounds, leaf.bounds),
            Monotone::Increasing => ((low, middle()), (middle(), high)),
            Monotone::Decreasing => ((middle(), high), (low, middle())),
        }
    }
}

/// The value of a leaf within bounds, and twice what it lowers the loss by.
#[inline]
fn bounded_score<const L: usize>(stat: &Stat<L>, bounds: (f64, f64), scales: (f64, f64), lambda: f64) -> (f64, f64) {
    let gradient = f64::from(stat[0]) * scales.0.sqrt();
    let hessian = f64::from(stat[L - 2]) * scales.1 + lambda + 1e-12;
    let value = (-gradient / hessian).clamp(bounds.0, bounds.1);
    (value, -value * (2.0 * gradient + hessian * value))
}

#[inline]
fn score<const L: usize>(stat: &Stat<L>, scales: (f64, f64), lambda: f64) -> f64 {
    let mut squares = 0.0;
    for &gradient in &stat[..L - 2] {
        squares += f64::from(gradient) * f64::from(gradient);
    }
    squares * scales.0 / (f64::from(stat[L - 2]) * scales.1 + lambda + 1e-12)
}

fn up_to(code: usize, missing: bool) -> CodeSet {
    let mut set = CodeSet::default();
    for c in 1..=code {
        set.insert(c as u8);
    }
    if missing {
        set.insert(0);
    }
    set
}
