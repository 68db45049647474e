//! How each protected group fares under each arm.

use super::arms::Arms;
use super::fairness::{FAMILIES, family, judged};
use super::sheet::{Head, Sheet};
use super::words::spoken;
use crate::charts::{Forest, Labels, Mark, Marker, forest};
use crate::figures::{count, percent, percent_interval};
use plenish_evaluate::{Experiment, Fairness, FairnessGroup, FamilyFairness, GroupValue, Interval};

/// Groups of one family that are drawn: the largest.
const DRAWN: usize = 12;
/// Groups of one family in its table: the largest.
const LISTED: usize = 25;

/// The charts of the groups of one protected column or intersection.
pub(crate) struct GroupCharts {
    pub(crate) name: String,
    pub(crate) selection: String,
    pub(crate) recall: String,
    /// Groups that are not drawn.
    pub(crate) undrawn: usize,
    /// Groups that are not in the table either.
    pub(crate) unlisted: usize,
    /// Whether any group was too small to judge.
    pub(crate) few: bool,
    pub(crate) sheet: Sheet,
}

/// One group: its name, its test rows, and selection rate and recall in each arm.
struct Group<'a> {
    name: &'a str,
    rows: usize,
    rates: Vec<(Option<Interval>, Option<Interval>)>,
}

/// The groups of every family; of results without families, those of every protected column.
pub(crate) fn groups(of: &Experiment) -> Vec<GroupCharts> {
    let families = of.fairness.first().map_or(&[][..], |first| &first.families);
    if families.is_empty() {
        return of_columns(of);
    }
    let markers: Vec<Marker> = of.fairness.iter().map(|arm| Arms(&of.arms).named(&arm.arm)).collect();
    let shown = families.iter().filter(|family| !family.groups.is_empty());
    shown
        .take(FAMILIES)
        .enumerate()
        .map(|(index, own)| {
            let groups = own.groups.iter().map(|group| Group {
                name: &group.name,
                rows: group.rows,
                rates: of.fairness.iter().map(|arm| rates(arm, own, group)).collect(),
            });
            let groups = largest_first(groups.collect());
            let sheet = family_sheet(&of.fairness, own, &groups);
            charts(index, &own.name, &groups, &markers, sheet)
        })
        .collect()
}

fn find<'a>(arm: &'a Fairness, of: &FamilyFairness, name: &str) -> Option<&'a FairnessGroup> {
    family(arm, &of.name)?.groups.iter().find(|group| group.name == name)
}

fn rates(arm: &Fairness, of: &FamilyFairness, group: &FairnessGroup) -> (Option<Interval>, Option<Interval>) {
    let own = find(arm, of, &group.name);
    let rate = |name: &str| own?.metrics.iter().find(|m| m.name == name)?.value.value();
    (rate("selection_rate"), rate("recall"))
}

fn largest_first(mut groups: Vec<Group<'_>>) -> Vec<Group<'_>> {
    // Stable: groups of equal size stay in their order.
    groups.sort_by_key(|group| usize::MAX - group.rows);
    groups
}

fn charts(index: usize, name: &str, groups: &[Group<'_>], markers: &[Marker], sheet: Sheet) -> GroupCharts {
    let chart = |what: &str, id: &str, recall: bool| {
        let row = |group: &Group<'_>| {
            let marks = markers.iter().zip(&group.rates).map(|(marker, rates)| Mark {
                marker: *marker,
                estimate: if recall { rates.1 } else { rates.0 },
            });
            let below = format!("{} test rows", count(group.rows));
            (group.name.to_owned(), below, marks.collect())
        };
        forest(
            &format!("{id}-{index}"),
            &format!("{what} by {name}"),
            "One line for each group and arm, with its interval. All figures are in the table below the charts.",
            &Forest {
                rows: groups.iter().take(DRAWN).map(row).collect(),
                labels: Labels::Beside,
                reference: None,
                at_least: Some((0.0, 0.0)),
                show: &|v| format!("{:.0} %", v * 100.0),
            },
        )
    };
    let few = |rates: &(Option<Interval>, Option<Interval>)| rates.0.is_none() || rates.1.is_none();
    GroupCharts {
        selection: chart("Selection rate", "selection", false),
        recall: chart("Recall", "recall", true),
        undrawn: groups.len().saturating_sub(DRAWN),
        unlisted: groups.len().saturating_sub(LISTED),
        few: groups.iter().flat_map(|group| &group.rates).any(few),
        sheet,
        name: name.to_owned(),
    }
}

/// Every metric of the groups under every arm.
fn family_sheet(of: &[Fairness], own: &FamilyFairness, groups: &[Group<'_>]) -> Sheet {
    let metrics = own.groups.first().map_or(&[][..], |group| &group.metrics);
    let mut heads = vec![
        Head::words("Group"),
        Head::words("Arm"),
        Head::number("Test rows"),
        Head::number("Positives"),
        Head::number("Share"),
    ];
    heads.extend(metrics.iter().map(|m| Head::judged(spoken(&m.name))));
    let rows = groups.iter().take(LISTED).flat_map(|group| {
        of.iter().filter_map(move |arm| {
            let found = find(arm, own, group.name)?;
            let mut cells = vec![
                found.name.clone(),
                arm.arm.clone(),
                count(found.rows),
                count(found.positives),
                found.share.map_or_else(|| "-".to_owned(), percent),
            ];
            cells.extend(metrics.iter().map(|metric| {
                let value = found.metrics.iter().find(|m| m.name == metric.name);
                value.map_or_else(|| "-".to_owned(), |m| judged(&m.value))
            }));
            Some(cells)
        })
    });
    Sheet {
        name: format!("Figures for the groups of {}", own.name),
        caption: format!(
            "The groups of {} on the locked test, with 95 % bootstrap intervals",
            own.name
        ),
        heads,
        rows: rows.collect(),
    }
}

/// The groups of each protected column as the arms themselves hold them.
fn of_columns(of: &Experiment) -> Vec<GroupCharts> {
    let Some(first) = of.arms.first() else {
        return Vec::new();
    };
    let mut columns: Vec<&str> = Vec::new();
    for group in &first.groups {
        if !columns.contains(&group.column.as_str()) {
            columns.push(&group.column);
        }
    }
    let markers: Vec<Marker> = (0..of.arms.len()).map(|place| Arms(&of.arms).marker(place)).collect();
    columns
        .into_iter()
        .enumerate()
        .map(|(index, column)| {
            let of_group = |own: &'_ GroupValue| {
                let rates = of.arms.iter().map(|arm| {
                    let found = arm.groups.iter().find(|g| g.column == column && g.group == own.group);
                    (found.and_then(|g| g.selection_rate), found.and_then(|g| g.recall))
                });
                rates.collect::<Vec<_>>()
            };
            let groups = first.groups.iter().filter(|g| g.column == column).map(|own| Group {
                name: &own.group,
                rows: own.rows,
                rates: of_group(own),
            });
            let groups = largest_first(groups.collect());
            let sheet = column_sheet(of, column, &groups);
            charts(index, column, &groups, &markers, sheet)
        })
        .collect()
}

fn column_sheet(of: &Experiment, column: &str, groups: &[Group<'_>]) -> Sheet {
    let said = |of: Option<Interval>| of.map_or_else(|| "too few to judge".to_owned(), |v| percent_interval(&v));
    let mut heads = vec![Head::words("Group"), Head::number("Test rows")];
    for arm in &of.arms {
        heads.push(Head::interval(format!("{}: selection rate", arm.name)));
        heads.push(Head::interval(format!("{}: recall", arm.name)));
    }
    let row = |group: &Group<'_>| {
        let mut cells = vec![group.name.to_owned(), count(group.rows)];
        cells.extend(group.rates.iter().flat_map(|rates| [said(rates.0), said(rates.1)]));
        cells
    };
    Sheet {
        name: format!("Figures for the groups of {column}"),
        caption: format!("Selection rate and recall by {column}, with 95 % intervals"),
        heads,
        rows: groups.iter().take(LISTED).map(row).collect(),
    }
}
