//! Links lost and invented as a matrix.

use crate::charts::{Cells, heatmap, legend};
use crate::figures::signed;
use plenish_evaluate::{Link, Links};

/// Columns drawn at most: those of the links that changed most.
const DRAWN: usize = 18;

pub(crate) struct LinkMatrix {
    pub(crate) chart: String,
    pub(crate) legend: String,
    /// Links that are in no cell.
    pub(crate) undrawn: usize,
}

impl LinkMatrix {
    /// None where no link was lost or invented.
    pub(crate) fn new(of: &Links) -> Option<Self> {
        let mut links: Vec<&Link> = of.invented.iter().chain(&of.lost).collect();
        links.sort_by(|a, b| change(b).abs().total_cmp(&change(a).abs()));
        let mut names: Vec<&str> = Vec::new();
        for link in &links {
            let new: Vec<&str> = [link.a.as_str(), link.b.as_str()]
                .into_iter()
                .filter(|name| !names.contains(name))
                .collect();
            if names.len() + new.len() <= DRAWN {
                names.extend(new);
            }
        }
        names.sort_unstable();
        let worst = links.first()?;
        let full = change(worst).abs().max(0.05);
        let find = |i: usize, j: usize| {
            let (a, b) = (names[i], names[j]);
            links
                .iter()
                .find(|link| (link.a == a && link.b == b) || (link.a == b && link.b == a))
        };
        let drawn = links
            .iter()
            .filter(|link| names.contains(&link.a.as_str()) && names.contains(&link.b.as_str()))
            .count();
        let description = format!(
            "{} links were invented and {} lost. The largest change is {} between {} and {}. All figures are in the table below the chart.",
            of.invented.len(),
            of.lost.len(),
            signed(change(worst)),
            worst.a,
            worst.b
        );
        Some(Self {
            chart: heatmap(
                "heat-links",
                "Links lost and invented: synthetic minus real",
                &description,
                &Cells {
                    names: &names,
                    value: &|i, j| find(i, j).map(|link| change(link)),
                    class: &|i, j| match find(i, j) {
                        Some(link) if change(link) < 0.0 => "less",
                        _ => "more",
                    },
                    full,
                },
            ),
            legend: legend(
                "heat-links-legend",
                "Scale of lost and invented links",
                (&format!("−{full:.2} lost"), "less"),
                (&format!("+{full:.2} invented"), "more"),
                full,
            ),
            undrawn: links.len() - drawn,
        })
    }
}

fn change(of: &Link) -> f64 {
    of.synthetic - of.real
}
