//! Each column real against synthetic, the profile of the real rows, and their groups.

use crate::charts::{column_chart, score_bar, start};
use crate::figures::{count, figure, percent};
use crate::input::ReportInput;
use plenish_evaluate::ColumnFidelity;
use plenish_profile::{ColumnComparison, ColumnProfile, GroupCounts};

/// Charts at most: the page stays small. The columns beyond are in the table of scores.
const CHARTS: usize = 100;
/// Groups listed of one protected column.
const GROUPS: usize = 50;

pub(crate) struct Columns<'a> {
    pub(crate) cards: Vec<Card<'a>>,
    /// How many columns have no card.
    pub(crate) without: usize,
    pub(crate) profile: Vec<ProfileRow<'a>>,
    pub(crate) groups: Vec<Groups<'a>>,
}

pub(crate) struct Card<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: String,
    pub(crate) score: Option<String>,
    pub(crate) metric: &'a str,
    pub(crate) bar: Option<String>,
    pub(crate) missing: String,
    pub(crate) chart: String,
    /// Label, real, synthetic.
    pub(crate) rows: Vec<(String, String, String)>,
}

pub(crate) struct ProfileRow<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: &'static str,
    pub(crate) role: String,
    pub(crate) missing: String,
    pub(crate) distinct: String,
    pub(crate) summary: String,
}

pub(crate) struct Groups<'a> {
    pub(crate) column: &'a str,
    pub(crate) target: &'a str,
    /// The target's values; one `mean` for numbers.
    pub(crate) heads: Vec<String>,
    pub(crate) rows: Vec<GroupRow<'a>>,
}

pub(crate) struct GroupRow<'a> {
    pub(crate) name: &'a str,
    pub(crate) rows: String,
    pub(crate) share: String,
    pub(crate) cells: Vec<String>,
}

impl<'a> Columns<'a> {
    pub(crate) fn new(input: &ReportInput<'a>) -> Self {
        let scores = &input.evaluation.fidelity.columns;
        let mut order: Vec<(f64, usize)> = input
            .comparisons
            .iter()
            .enumerate()
            .map(|(i, c)| {
                let score = scores.iter().find(|s| s.name == c.name);
                (score.map_or(f64::INFINITY, |s| s.shape.value), i)
            })
            .collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let without = order.len().saturating_sub(CHARTS);
        order.truncate(CHARTS);
        // One scale for all cards, so that their bars can be compared.
        let from = start(scores.iter().map(|s| &s.shape));
        let cards = order
            .into_iter()
            .map(|(_, i)| {
                let column = &input.comparisons[i];
                card(i, column, scores.iter().find(|s| s.name == column.name), from)
            })
            .collect();
        Self {
            cards,
            without,
            profile: input.profile.columns.iter().map(profile_row).collect(),
            groups: input.profile.groups.iter().map(groups).collect(),
        }
    }
}

fn card<'a>(i: usize, column: &'a ColumnComparison, score: Option<&'a ColumnFidelity>, from: f64) -> Card<'a> {
    let role = column.role.name().replace('_', " ");
    let kind = column.kind.name();
    Card {
        name: &column.name,
        kind: if role == "feature" {
            kind.to_owned()
        } else {
            format!("{kind}, {role}")
        },
        score: score.map(|s| figure(s.shape.value)),
        metric: score.map_or("", |s| &s.metric),
        bar: score.and_then(|s| {
            score_bar(
                &format!("bar-{i}"),
                &format!("Shape of {}", column.name),
                &s.shape,
                false,
                from,
            )
        }),
        missing: if column.missing_real == 0.0 && column.missing_synthetic == 0.0 {
            String::new()
        } else {
            format!(
                "Missing: {} real, {} synthetic",
                percent(column.missing_real),
                percent(column.missing_synthetic)
            )
        },
        chart: column_chart(&format!("col-{i}"), column),
        rows: table(column),
    }
}

/// Every figure of the chart. Bins that are empty in both tables are left out.
fn table(column: &ColumnComparison) -> Vec<(String, String, String)> {
    let row = |label: String, a: f64, b: f64| (label, percent(a), percent(b));
    let single = column.values.iter().chain(&column.rest);
    let mut rows: Vec<_> = single.map(|v| row(v.label.clone(), v.real, v.synthetic)).collect();
    if let Some(h) = &column.histogram {
        for (i, (&a, &b)) in h.real.iter().zip(&h.synthetic).enumerate() {
            if a > 0.0 || b > 0.0 {
                rows.push(row(bin_name(&h.labels, i), a, b));
            }
        }
    }
    if column.missing_real > 0.0 || column.missing_synthetic > 0.0 {
        rows.push(row(
            "(missing)".to_owned(),
            column.missing_real,
            column.missing_synthetic,
        ));
    }
    rows
}

/// The name of a histogram's bin: 0 is below the first edge, then the inner ones, then above.
pub(crate) fn bin_name(edges: &[String], i: usize) -> String {
    match (i.checked_sub(1).and_then(|before| edges.get(before)), edges.get(i)) {
        (None, Some(first)) => format!("below {first}"),
        (Some(last), None) => format!("above {last}"),
        (Some(from), Some(to)) if from == to => from.clone(),
        (Some(from), Some(to)) => format!("{from} to {to}"),
        (None, None) => String::new(),
    }
}

fn profile_row(column: &ColumnProfile) -> ProfileRow<'_> {
    let summary = match &column.numbers {
        Some(numbers) => {
            let at = |share: f64| {
                numbers
                    .quantiles
                    .iter()
                    .find(|q| q.share == share)
                    .map_or("", |q| &q.text)
            };
            format!(
                "{} · {} · {} · {} · {}",
                at(0.01),
                at(0.25),
                at(0.5),
                at(0.75),
                at(0.99)
            )
        }
        None => column
            .frequent
            .iter()
            .take(3)
            .map(|f| format!("{} ({})", crate::figures::clip(&f.value, 30), percent(f.share)))
            .collect::<Vec<_>>()
            .join(", "),
    };
    ProfileRow {
        name: &column.name,
        kind: column.kind.name(),
        role: column.role.name().replace('_', " "),
        missing: percent(column.missing_share),
        distinct: count(column.distinct),
        summary,
    }
}

fn groups(of: &GroupCounts) -> Groups<'_> {
    let values = of.groups.first().map_or(&[][..], |g| &g.target);
    let numbers = values.is_empty();
    Groups {
        column: &of.column,
        target: &of.target,
        heads: if numbers {
            vec![format!("mean of {}", of.target)]
        } else {
            values.iter().map(|v| v.value.clone()).collect()
        },
        rows: of
            .groups
            .iter()
            .take(GROUPS)
            .map(|group| GroupRow {
                name: &group.name,
                rows: count(group.rows),
                share: percent(group.share),
                cells: if numbers {
                    vec![group.mean.map_or_else(|| "none".to_owned(), figure)]
                } else {
                    group
                        .target
                        .iter()
                        .map(|t| format!("{} ({})", count(t.count), percent(t.share)))
                        .collect()
                },
            })
            .collect(),
    }
}
