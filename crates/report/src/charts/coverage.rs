//! Counts of pairs of columns as a lattice of cells, each with its number.

use crate::figures::{clip, count};
use crate::svg::{Anchor, Svg};

/// What a lattice shows.
pub(crate) struct Lattice<'a> {
    /// The columns, along both sides.
    pub(crate) names: &'a [&'a str],
    /// The count of two columns, or of one where both are the same; none where there is nothing to say.
    pub(crate) count: &'a dyn Fn(usize, usize) -> Option<usize>,
    /// The count at which the colour is at its strongest.
    pub(crate) full: usize,
}

const LABEL: f64 = 104.0;
const SIDE: f64 = 300.0;
const LARGEST: f64 = 40.0;
const NAME: f64 = 9.5;
/// The strongest colour: numbers on it can still be read, in light and in dark.
const STRONGEST: f64 = 0.5;

/// Draws the counts.
pub(crate) fn lattice(id: &str, title: &str, description: &str, of: &Lattice<'_>) -> String {
    let n = of.names.len();
    let size = (SIDE / n.max(1) as f64).min(LARGEST);
    let letters = (LABEL / (NAME * 0.54)) as usize;
    let end = LABEL + size * n as f64 + 4.0;
    // All lattices are drawn to one scale, however few columns there are.
    let mut svg = Svg::new(id, end.max(LABEL + SIDE + 4.0));
    let place = |i: usize| LABEL + i as f64 * size;
    for (i, name) in of.names.iter().enumerate() {
        let label = clip(name, letters);
        let middle = place(i) + size / 2.0 + NAME * 0.35;
        svg.sized_text("h", (LABEL - 5.0, middle), true, &label, NAME);
        svg.upward_text("h", (middle, LABEL - 5.0), &label, NAME);
    }
    for i in 0..n {
        for j in 0..n {
            let at = (place(j), place(i));
            let Some(number) = (of.count)(i, j) else {
                svg.cell("blank", at, size - 0.8, 1.0, "");
                continue;
            };
            let tip = if i == j {
                format!("{}: {}", of.names[i], count(number))
            } else {
                format!("{} and {}: {}", of.names[i], of.names[j], count(number))
            };
            if number == 0 {
                svg.cell("blank", at, size - 0.8, 1.0, &tip);
            } else {
                let strength = STRONGEST * number as f64 / of.full.max(1) as f64;
                svg.cell("more", at, size - 0.8, strength.clamp(0.06, STRONGEST), &tip);
            }
            let middle = (at.0 + size / 2.0 - 0.4, at.1 + size / 2.0 + 3.0);
            svg.text("cn", middle, Anchor::Middle, &short(number), None);
        }
    }
    svg.finish(end, 1.25, title, description)
}

/// A count in at most four letters.
fn short(number: usize) -> String {
    match number {
        0..=9_999 => number.to_string(),
        10_000..=999_499 => format!("{}k", (number + 500) / 1000),
        _ => format!("{}M", (number + 500_000) / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn counts_fit_their_cells() {
        assert_eq!(
            [0, 9_999, 10_000, 12_600, 999_499, 999_500].map(short),
            ["0", "9999", "10k", "13k", "999k", "1M"]
        );
    }
}
