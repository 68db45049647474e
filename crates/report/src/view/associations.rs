//! The association matrices and what differs most between them.

use crate::charts::{Cells, heatmap, legend};
use crate::figures::{figure, signed};
use plenish_profile::Associations;

/// Columns drawn at most; of more, those whose associations differ most.
const DRAWN: usize = 40;
/// Pairs listed as the largest differences.
const LARGEST: usize = 12;
/// Pairs in the table of all pairs.
const LISTED: usize = 300;

pub(crate) struct Matrices {
    pub(crate) real: String,
    pub(crate) synthetic: String,
    pub(crate) difference: String,
    pub(crate) legend: String,
    pub(crate) difference_legend: String,
    pub(crate) largest: Vec<Pair>,
    pub(crate) all: Vec<Pair>,
    /// How many columns are not drawn.
    pub(crate) without: usize,
    /// How many pairs are not listed.
    pub(crate) unlisted: usize,
    /// Whether the matrices are so large that each needs the whole width.
    pub(crate) wide: bool,
}

pub(crate) struct Pair {
    pub(crate) a: String,
    pub(crate) b: String,
    pub(crate) kind: &'static str,
    pub(crate) real: String,
    pub(crate) synthetic: String,
    pub(crate) difference: String,
    pub(crate) size: f64,
}

impl Matrices {
    pub(crate) fn new(real: &Associations, synthetic: &Associations) -> Self {
        // Both are on the same bins, and so have the same columns; what only one has is left out.
        let shared: Vec<(usize, usize)> = real
            .columns
            .iter()
            .enumerate()
            .filter_map(|(i, name)| Some((i, synthetic.columns.iter().position(|s| s == name)?)))
            .collect();
        let difference = |x: (usize, usize), y: (usize, usize)| synthetic.value(x.1, y.1) - real.value(x.0, y.0);
        let drawn = drawn(&shared, &difference);
        let names: Vec<&str> = drawn.iter().map(|&(i, _)| real.columns[i].as_str()).collect();
        let mut all = pairs(real, synthetic, &shared);
        all.sort_by(|a, b| b.size.total_cmp(&a.size));
        let full = all.first().map_or(0.1, |p| p.size).max(0.1);
        let signs = |value: f64| if value < 0.0 { "neg" } else { "pos" };
        let of_real = |i: usize, j: usize| real.value(drawn[i].0, drawn[j].0);
        let of_synthetic = |i: usize, j: usize| synthetic.value(drawn[i].1, drawn[j].1);
        let of_both = |i: usize, j: usize| difference(drawn[i], drawn[j]);
        let strongest = |what: &str, value: &dyn Fn(usize, usize) -> f64| {
            let places = (0..names.len()).flat_map(|i| (i + 1..names.len()).map(move |j| (i, j)));
            places
                .max_by(|x, y| value(x.0, x.1).abs().total_cmp(&value(y.0, y.1).abs()))
                .map_or_else(
                    || "There are no pairs.".to_owned(),
                    |(i, j)| {
                        format!(
                            "{} columns along both sides; the strongest {what} is {} between {} and {}. Figures are in the tables below.",
                            names.len(),
                            signed(value(i, j)),
                            names[i],
                            names[j]
                        )
                    },
                )
        };
        let draw = |id: &str, title: &str, what: &str, cells: &Cells<'_>| {
            heatmap(
                id,
                title,
                &strongest(what, &|i, j| (cells.value)(i, j).unwrap_or(0.0)),
                cells,
            )
        };
        let unlisted = all.len().saturating_sub(LISTED);
        let largest = all.iter().take(LARGEST).map(Pair::copy).collect();
        all.truncate(LISTED);
        Self {
            real: draw(
                "heat-real",
                "Associations in the real rows",
                "association",
                &Cells {
                    names: &names,
                    value: &|i, j| Some(of_real(i, j)),
                    class: &|i, j| signs(of_real(i, j)),
                    full: 1.0,
                },
            ),
            synthetic: draw(
                "heat-synthetic",
                "Associations in the synthetic rows",
                "association",
                &Cells {
                    names: &names,
                    value: &|i, j| Some(of_synthetic(i, j)),
                    class: &|i, j| signs(of_synthetic(i, j)),
                    full: 1.0,
                },
            ),
            difference: draw(
                "heat-difference",
                "Difference: synthetic minus real",
                "difference",
                &Cells {
                    names: &names,
                    value: &|i, j| Some(of_both(i, j)),
                    class: &|i, j| {
                        if of_synthetic(i, j).abs() >= of_real(i, j).abs() {
                            "more"
                        } else {
                            "less"
                        }
                    },
                    full,
                },
            ),
            legend: legend(
                "heat-legend",
                "Scale of associations",
                ("−1", "neg"),
                ("+1", "pos"),
                1.0,
            ),
            difference_legend: legend(
                "heat-difference-legend",
                "Scale of differences",
                (&format!("{full:.2} weaker"), "less"),
                (&format!("{full:.2} stronger"), "more"),
                full,
            ),
            largest,
            all,
            without: shared.len() - drawn.len(),
            unlisted,
            wide: names.len() > 18,
        }
    }
}

impl Pair {
    fn copy(&self) -> Self {
        Self {
            a: self.a.clone(),
            b: self.b.clone(),
            real: self.real.clone(),
            synthetic: self.synthetic.clone(),
            difference: self.difference.clone(),
            ..*self
        }
    }
}

/// The columns to draw, in the order of the schema.
fn drawn(shared: &[(usize, usize)], difference: &dyn Fn((usize, usize), (usize, usize)) -> f64) -> Vec<(usize, usize)> {
    if shared.len() <= DRAWN {
        return shared.to_vec();
    }
    let worst = |&x: &(usize, usize)| shared.iter().map(|&y| difference(x, y).abs()).fold(0.0, f64::max);
    let mut ranked: Vec<((usize, usize), f64)> = shared.iter().map(|x| (*x, worst(x))).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut chosen: Vec<(usize, usize)> = ranked.into_iter().take(DRAWN).map(|r| r.0).collect();
    chosen.sort_unstable();
    chosen
}

fn pairs(real: &Associations, synthetic: &Associations, shared: &[(usize, usize)]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (at, &(i, k)) in shared.iter().enumerate() {
        for &(j, l) in &shared[at + 1..] {
            let (Some(a), Some(b)) = (real.pair(i, j), synthetic.pair(k, l)) else {
                continue;
            };
            pairs.push(Pair {
                a: real.columns[i].clone(),
                b: real.columns[j].clone(),
                kind: a.kind.name(),
                real: figure(a.value),
                synthetic: figure(b.value),
                difference: signed(b.value - a.value),
                size: (b.value - a.value).abs(),
            });
        }
    }
    pairs
}
