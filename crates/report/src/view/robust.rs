//! Links lost and invented, proxies, what gives rows away, and the parts of the table.

use super::links::LinkMatrix;
use super::summary::line;
use crate::figures::{figure, p_value, percent};
use plenish_evaluate::{Link, Robust};

/// Rows of each list shown at most.
const SHOWN: usize = 15;

pub(crate) struct Lists<'a> {
    /// Name, value with its way from floor to ceiling.
    pub(crate) scores: Vec<(&'static str, String)>,
    pub(crate) rows: String,
    pub(crate) tested: usize,
    pub(crate) links: Vec<LinkRow<'a>>,
    /// Links that are not listed.
    pub(crate) unlisted: usize,
    pub(crate) matrix: Option<LinkMatrix>,
    /// Protected column, what it is predicted from, real, holdout, synthetic.
    pub(crate) proxies: Vec<[String; 5]>,
    pub(crate) auc: String,
    /// Column, what it is worth to the model.
    pub(crate) tells: Vec<(&'a str, String)>,
    /// Conditions, real and synthetic share.
    pub(crate) regions: Vec<(String, String, String)>,
    /// Column, group, rows, agreement.
    pub(crate) segments: Vec<(&'a str, &'a str, String, String)>,
}

pub(crate) struct LinkRow<'a> {
    pub(crate) what: &'static str,
    pub(crate) a: &'a str,
    pub(crate) b: &'a str,
    pub(crate) real: String,
    pub(crate) holdout: String,
    pub(crate) synthetic: String,
    pub(crate) p: String,
}

impl<'a> Lists<'a> {
    pub(crate) fn new(of: &'a Robust) -> Self {
        let row = |what: &'static str| {
            move |link: &'a Link| LinkRow {
                what,
                a: &link.a,
                b: &link.b,
                real: figure(link.real),
                holdout: figure(link.holdout),
                synthetic: figure(link.synthetic),
                p: p_value(link.adjusted),
            }
        };
        let invented = of.links.invented.iter().take(SHOWN).map(row("invented"));
        let spread = &of.spread;
        Self {
            scores: [
                ("Single columns", &of.agreement.columns),
                ("Pairs of columns", &of.agreement.pairs),
                ("Triples of columns", &of.agreement.triples),
                ("Alpha-precision", &spread.alpha_precision),
                ("Beta-recall", &spread.beta_recall),
                ("Density", &spread.density),
                ("Coverage", &spread.coverage),
            ]
            .into_iter()
            .map(|(name, score)| (name, line(score)))
            .collect(),
            rows: crate::figures::count(of.rows),
            tested: of.links.tested,
            links: invented
                .chain(of.links.lost.iter().take(SHOWN).map(row("lost")))
                .collect(),
            unlisted: [&of.links.invented, &of.links.lost]
                .iter()
                .map(|links| links.len().saturating_sub(SHOWN))
                .sum(),
            matrix: LinkMatrix::new(&of.links),
            proxies: of
                .proxies
                .iter()
                .flat_map(|proxy| {
                    let powers = proxy.all.iter().chain(proxy.single.iter().take(3));
                    powers.map(|power| {
                        let from = if power.column.is_empty() {
                            "all others"
                        } else {
                            &power.column
                        };
                        [
                            proxy.column.clone(),
                            from.to_owned(),
                            figure(power.real),
                            figure(power.holdout),
                            figure(power.synthetic),
                        ]
                    })
                })
                .collect(),
            auc: figure(of.tells.auc),
            tells: of
                .tells
                .columns
                .iter()
                .take(SHOWN)
                .filter(|tell| tell.worth > 0.0)
                .map(|tell| (tell.column.as_str(), figure(tell.worth)))
                .collect(),
            regions: of
                .tells
                .regions
                .iter()
                .map(|r| (r.conditions.join("; "), percent(r.real), percent(r.synthetic)))
                .collect(),
            segments: of
                .segments
                .iter()
                .map(|s| {
                    let rows = crate::figures::count(s.holdout.min(s.synthetic));
                    let agreement = s.agreement.as_ref().map_or_else(|| "too few to judge".to_owned(), line);
                    (s.column.as_str(), s.group.as_str(), rows, agreement)
                })
                .collect(),
        }
    }
}
