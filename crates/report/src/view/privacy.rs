//! What is promised about the people behind the rows, what was paid for it, and what may leave the house.

use super::sheet::{Head, Sheet};
use crate::charts::{Forest, Labels, Mark, Marker, forest};
use crate::figures::{count, percent, trimmed};
use crate::input::PrivacyInput;
use plenish_evaluate::Interval;
use plenish_private::accounting::Guarantee;
use plenish_private::domain::{Origin, Unit};
use plenish_private::{Evidence, MarginalError};

/// Questions that are listed; the evidence in JSON has all.
const LISTED: usize = 400;

/// What the evidence says: it may be published.
pub(crate) struct Promise {
    pub(crate) private: bool,
    /// Name and value, in the order to show them.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// How sure somebody can become.
    pub(crate) says: String,
    pub(crate) chart: String,
    pub(crate) beliefs: Sheet,
    pub(crate) questions: Sheet,
    pub(crate) unlisted: usize,
    pub(crate) domain: Sheet,
    pub(crate) bounds: Sheet,
}

impl Promise {
    pub(crate) fn new(of: &Evidence) -> Self {
        let Guarantee { epsilon, delta } = of.guarantee;
        let unit = match &of.unit {
            Unit::Row => "one row: whoever has more than one row is not protected by this".to_owned(),
            Unit::Person { column, rows } => {
                format!("a person (named by '{column}'), of whom at most {rows} rows count")
            }
        };
        let learned = of.domain.iter().filter(|d| d.1 == Origin::Learned).count();
        let facts = vec![
            ("epsilon", trimmed(epsilon)),
            ("delta", format!("{delta:e}")),
            ("rho (zero-concentrated)", of.rho.to_string()),
            (
                "of delta, for learning values",
                if of.added_delta > 0.0 {
                    format!("{:e}", of.added_delta)
                } else {
                    "nothing".to_owned()
                },
            ),
            ("engine", of.engine.clone()),
            ("whose presence is hidden", unit),
            ("neighbouring tables", of.neighbours.clone()),
            (
                "what columns may hold",
                if learned == 0 {
                    format!("declared for all {} columns", of.domain.len())
                } else {
                    format!(
                        "declared for {}, learned with noise for {learned}",
                        of.domain.len() - learned
                    )
                },
            ),
            ("questions asked", count(of.spends.len())),
            ("noise", of.noise_source.clone()),
            (
                "charged in the ledger",
                of.ledger.as_ref().map_or_else(
                    || "nowhere".to_owned(),
                    |(name, entry)| format!("'{name}', entry {entry}"),
                ),
            ),
            ("code", of.code.clone()),
        ];
        let [_, most] = of.guarantee.beliefs(0.5);
        Self {
            private: of.private,
            facts,
            says: format!(
                "Somebody who is undecided whether one is in the data (50 %) can become at most {} sure by anything made \
                 from this model, but for a chance of delta.",
                percent(most)
            ),
            chart: chart(&of.guarantee),
            beliefs: believed(&of.guarantee),
            questions: questions(of),
            unlisted: of.spends.len().saturating_sub(LISTED),
            domain: domain(of),
            bounds: bounds(of),
        }
    }
}

/// What may leave the house and what may not, as a study left it.
pub(crate) struct Private {
    pub(crate) promise: Promise,
    pub(crate) released: Vec<String>,
    pub(crate) kept: Vec<(String, &'static str)>,
    pub(crate) spent: String,
    pub(crate) audited: bool,
    /// What the public schema moved or left out, for the trusted side.
    pub(crate) outside: Option<Sheet>,
}

impl Private {
    pub(crate) fn new(of: &PrivacyInput<'_>) -> Self {
        let balance = of.ledger;
        Self {
            promise: Promise::new(of.evidence),
            released: of.released.to_vec(),
            kept: of.kept.iter().map(|name| (name.clone(), why_kept(name))).collect(),
            spent: match (balance.epsilon, balance.limit) {
                (Some(spent), Some(limit)) => format!(
                    "Of '{}', epsilon {spent:.4} of {} is spent now (with delta {:e}); runs so far: {}.",
                    balance.name, limit.epsilon, limit.delta, balance.runs[0]
                ),
                _ => format!("'{}' has no limit.", balance.name),
            },
            audited: of.audited,
            outside: outside(of),
        }
    }
}

/// Why a file stays, by its name.
fn why_kept(name: &str) -> &'static str {
    match name.split('.').next().unwrap_or_default() {
        "augmented" => "real rows, and synthetic ones beside them",
        "quarantine" => "synthetic rows that a model of the real rows doubts, with its reasons",
        "report" => "this page: exact figures of the real rows",
        "verdict" => "figures of models of the real rows",
        "audit" => "what attacks find out about the rows that were learned from",
        _ => "copies of all of this, hashes and numbers of rows of the data",
    }
}

/// Beliefs that are shown.
const BEFORE: [f64; 5] = [0.01, 0.1, 0.5, 0.9, 0.99];

fn chart(of: &Guarantee) -> String {
    let rows = BEFORE.map(|before| {
        let [low, high] = of.beliefs(before);
        (
            format!("{} sure before", percent(before)),
            format!("{} to {} after", percent(low), percent(high)),
            vec![Mark {
                marker: Marker::Both,
                estimate: Some(Interval {
                    value: before,
                    low,
                    high,
                }),
            }],
        )
    });
    forest(
        "beliefs",
        "How sure somebody can become that one is in the data",
        "One line for each belief before: it reaches from the least to the most that can be believed after. All figures are in the table below the chart.",
        &Forest {
            rows: rows.into(),
            labels: Labels::Above,
            reference: None,
            at_least: Some((0.0, 1.0)),
            show: &|v| format!("{:.0} %", v * 100.0),
        },
    )
}

fn believed(of: &Guarantee) -> Sheet {
    let rows = BEFORE.map(|before| {
        let [low, high] = of.beliefs(before);
        [before, low, high].map(percent).to_vec()
    });
    Sheet {
        name: "Figures for beliefs".to_owned(),
        caption: "How sure somebody is that one is in the data, delta left aside".to_owned(),
        heads: vec![
            Head::words("Before"),
            Head::number("After, at least"),
            Head::number("After, at most"),
        ],
        rows: rows.into(),
    }
}

fn questions(of: &Evidence) -> Sheet {
    let whole = of.rho.value();
    let row = |(place, spend): (usize, &plenish_private::Spend)| {
        vec![
            (place + 1).to_string(),
            named(&spend.what, of),
            percent(spend.rho.value() / whole),
            spend.rho.to_string(),
            spend.noise.clone(),
        ]
    };
    Sheet {
        name: "Every question to the data".to_owned(),
        caption: "What was asked, in this order, what it cost, and with which noise it was answered".to_owned(),
        heads: vec![
            Head::words("No."),
            Head::words("Question"),
            Head::number("Of the budget"),
            Head::number("rho"),
            Head::words("Noise"),
        ],
        rows: of.spends.iter().take(LISTED).enumerate().map(row).collect(),
    }
}

/// How far the model can be from the data.
fn bounds(of: &Evidence) -> Sheet {
    let row = |marginal: &MarginalError| {
        vec![
            marginal.columns.join(", "),
            if marginal.measured { "measured" } else { "compared" }.to_owned(),
            count(marginal.cells as usize),
            count(marginal.rows.round() as usize),
            percent(marginal.total_variation),
        ]
    };
    Sheet {
        name: "How far the model can be off".to_owned(),
        caption: format!(
            "With {} confidence each, the counts of the model differ from those of the rows by no more than this in sum; half \
             of that over the number of rows is total variation. It follows from the noisy answers alone",
            percent(of.errors.level)
        ),
        heads: vec![
            Head::words("Columns"),
            Head::words("Known how"),
            Head::number("Cells"),
            Head::number("Rows, at most"),
            Head::number("Total variation, at most"),
        ],
        rows: of.errors.marginals.iter().take(LISTED).map(row).collect(),
    }
}

/// A question with the names of its columns in place of their numbers.
fn named(what: &str, of: &Evidence) -> String {
    let Some((before, rest)) = what.split_once('[') else {
        return what.to_owned();
    };
    let Some((list, after)) = rest.split_once(']') else {
        return what.to_owned();
    };
    let names: Option<Vec<&str>> = list
        .split(", ")
        .map(|place| Some(of.domain.get(place.parse::<usize>().ok()?)?.0.as_str()))
        .collect();
    names.map_or_else(
        || what.to_owned(),
        |names| format!("{before}{}{after}", names.join(", ")),
    )
}

fn domain(of: &Evidence) -> Sheet {
    let row = |(name, origin): &(String, Origin)| {
        let origin = match origin {
            Origin::Declared => "declared, without looking at the data",
            Origin::Learned => "learned with noise, out of the budget",
        };
        vec![name.clone(), origin.to_owned()]
    };
    Sheet {
        name: "Where each column's values come from".to_owned(),
        caption: "Bounds, bins and lists of values".to_owned(),
        heads: vec![Head::words("Column"), Head::words("Its values are")],
        rows: of.domain.iter().map(row).collect(),
    }
}

fn outside(of: &PrivacyInput<'_>) -> Option<Sheet> {
    let mut rows: Vec<Vec<String>> = of
        .outside
        .cells
        .iter()
        .map(|(column, cells)| vec![format!("cells of '{column}'"), count(*cells as usize)])
        .collect();
    if of.outside.rows_left_out > 0 {
        rows.push(vec![
            "rows beyond those that count of a person".to_owned(),
            count(of.outside.rows_left_out as usize),
        ]);
    }
    (!rows.is_empty()).then(|| Sheet {
        name: "What of the data lies outside the public schema".to_owned(),
        caption: "Exact counts, for the trusted side alone: such cells count as the nearest value or as 'other'"
            .to_owned(),
        heads: vec![Head::words("What"), Head::number("How many")],
        rows,
    })
}
