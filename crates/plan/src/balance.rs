//! Cells of protected columns and target brought to a goal.

use plenish_gaps::{AttributeSettings, Attributes, Margin, Reference, Region};
use plenish_table::{Error, Result, Table};
use std::collections::{BTreeMap, BTreeSet};

/// What cells are brought to.
#[derive(Debug, Clone, PartialEq)]
pub enum BalanceGoal {
    /// Every group has the share of each outcome that the group with the highest share has (of two outcomes the
    /// rarer one is looked at).
    BestGroup,
    /// All cells of group and outcome have as many rows as the largest.
    EqualCells,
    /// Every group has this share of the rarer of two outcomes; above 0 and below 1.
    Rate(f64),
    /// Groups have the shares of a reference: those of its margins, or of the columns' combined values in its rows.
    Reference,
}

/// How groups are balanced.
#[derive(Debug, Clone, PartialEq)]
pub struct Balance {
    /// The columns whose combined values are groups.
    pub columns: Vec<String>,
    /// What they are brought to.
    pub goal: BalanceGoal,
}

/// Rows that a cell lacks.
pub(crate) struct Lacking {
    pub(crate) region: Region,
    pub(crate) have: usize,
    pub(crate) want: f64,
    pub(crate) reason: String,
    pub(crate) effect: String,
}

/// Groups with fewer rows say too little of their share to be the best.
const MIN_GROUP: usize = 30;
/// Times that the interval of a table's size is halved: far below a row.
const HALVINGS: usize = 60;
/// Groups of a study that a person can look at.
const MOST_GROUPS: usize = 1_000;

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// The cells that lack rows, in the order of groups. `most` bounds how many rows a reference may cost for each real
/// one.
///
/// Fails when a column is absent, has one value or cannot be cut into values, when there are more than a thousand
/// groups, on a rate for a target without exactly two values, without a reference that is to be matched, and on one whose
/// rows do not have the columns.
pub(crate) fn lacking(
    table: &Table,
    target: &str,
    balance: &Balance,
    reference: Option<&Reference>,
    most: f64,
) -> Result<Vec<Lacking>> {
    if balance.columns.is_empty() {
        return Err(Error::usage("no columns are named to balance")
            .help("name them in [balance] columns, or name protected columns"));
    }
    let place = |name: &str| table.schema().require(name);
    let mut columns = balance.columns.iter().map(|c| place(c)).collect::<Result<Vec<_>>>()?;
    if balance.goal == BalanceGoal::Reference {
        let Some(reference) = reference else {
            return Err(Error::usage("a reference is needed to match it").help(
                "name a file as reference in [plan]: rows of the population, or shares in the columns `where` and `share`",
            ));
        };
        return referred(table, &reference.shares(table, &columns, MOST_GROUPS)?, most);
    }
    columns.push(place(target)?);
    let attributes = Attributes::new(table, &columns, &AttributeSettings::default());
    if let Some(left) = attributes.left_out.first() {
        return Err(Error::data(format!("the column cannot be balanced: {}", left.reason)).in_column(&left.column));
    }
    let outcomes = columns.len() - 1;
    let cells = Cells::count(&attributes, outcomes)?;
    let classes: Vec<usize> = (0..attributes.attributes[outcomes].levels.len())
        .filter(|&class| {
            let terms = &attributes.attributes[outcomes].levels[class].terms;
            !terms.iter().any(|t| t.test == plenish_table::Test::Missing)
        })
        .collect();
    let rarer = (classes.len() == 2).then(|| {
        let rows = |class: usize| attributes.attributes[outcomes].levels[class].rows;
        if rows(classes[0]) <= rows(classes[1]) {
            classes[0]
        } else {
            classes[1]
        }
    });
    let region = |group: &[usize], class: usize| -> Region {
        let mut items: Vec<(usize, usize)> = group.iter().copied().enumerate().collect();
        items.push((outcomes, class));
        attributes.region(&items)
    };
    let mut out = Vec::new();
    match balance.goal {
        BalanceGoal::EqualCells => {
            let largest = cells.all(&classes).map(|(_, _, rows)| rows).max().unwrap_or(0);
            for (group, class, rows) in cells.all(&classes) {
                out.push(Lacking {
                    region: region(group, class),
                    have: rows,
                    want: (largest - rows) as f64,
                    reason: format!("{rows} rows, and {largest} in the largest cell"),
                    effect: "makes all cells equal".to_owned(),
                });
            }
        }
        BalanceGoal::BestGroup => {
            let looked: Vec<usize> = rarer.map_or(classes.clone(), |class| vec![class]);
            for &class in &looked {
                let best = cells
                    .groups
                    .values()
                    .map(|counts| (counts[class], counts.iter().sum::<usize>()))
                    .filter(|&(_, all)| all >= MIN_GROUP)
                    .map(|(own, all)| own as f64 / all as f64)
                    .fold(0.0, f64::max);
                for (group, counts) in &cells.groups {
                    let (own, all) = (counts[class], counts.iter().sum::<usize>());
                    let rate = own as f64 / all.max(1) as f64;
                    if rate < best && best < 1.0 {
                        out.push(Lacking {
                            region: region(group, class),
                            have: own,
                            want: (best * all as f64 - own as f64) / (1.0 - best),
                            reason: format!(
                                "{} of the group have this outcome, {} of the best",
                                percent(rate),
                                percent(best)
                            ),
                            effect: format!("brings the group's share to {}", percent(best)),
                        });
                    }
                }
            }
        }
        BalanceGoal::Rate(wanted) => {
            let Some(rarer) = rarer else {
                return Err(Error::data("a rate needs a target with two values")
                    .in_column(target)
                    .help("choose another goal in [balance]: best-group or equal-cells"));
            };
            let other = classes.iter().copied().find(|&class| class != rarer).unwrap_or(rarer);
            for (group, counts) in &cells.groups {
                let (own, all) = (counts[rarer], counts[rarer] + counts[other]);
                let rate = own as f64 / all.max(1) as f64;
                let (class, have, want) = if rate < wanted {
                    (rarer, own, (wanted * all as f64 - own as f64) / (1.0 - wanted))
                } else {
                    (other, counts[other], own as f64 / wanted - all as f64)
                };
                out.push(Lacking {
                    region: region(group, class),
                    have,
                    want,
                    reason: format!("{} of the group have the rarer outcome", percent(rate)),
                    effect: format!("brings it to {}", percent(wanted)),
                });
            }
        }
        BalanceGoal::Reference => {}
    }
    out.retain(|cell| cell.want >= 0.5);
    Ok(out)
}

/// Rows by group and class.
struct Cells {
    groups: BTreeMap<Vec<usize>, Vec<usize>>,
}

impl Cells {
    fn count(attributes: &Attributes, outcomes: usize) -> Result<Self> {
        let mut groups: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
        let classes = attributes.attributes[outcomes].levels.len();
        let code = |attribute: usize, row: usize| usize::from(attributes.attributes[attribute].codes[row]);
        for row in 0..attributes.rows {
            let group = (0..outcomes).map(|attribute| code(attribute, row)).collect();
            groups.entry(group).or_insert_with(|| vec![0; classes])[code(outcomes, row)] += 1;
            if groups.len() > MOST_GROUPS {
                return Err(Error::data(format!("the columns make more than {MOST_GROUPS} groups"))
                    .help("name fewer columns in [balance]"));
            }
        }
        Ok(Self { groups })
    }

    /// Group, class, rows.
    fn all<'a>(&'a self, classes: &'a [usize]) -> impl Iterator<Item = (&'a Vec<usize>, usize, usize)> {
        self.groups
            .iter()
            .flat_map(|(group, counts)| classes.iter().map(move |&class| (group, class, counts[class])))
    }
}

/// The columns that a margin is of.
fn columns_of(margin: &Margin) -> BTreeSet<&str> {
    let terms = margin.region.condition.terms.iter();
    terms.map(|term| term.column.as_str()).collect()
}

/// The groups of a reference's margins that the table has a smaller share of: as many rows as bring all to their share
/// in the smallest table that can have them, as far as `most` allows.
fn referred(table: &Table, margins: &[Margin], most: f64) -> Result<Vec<Lacking>> {
    let rows = table.rows() as f64;
    let counted = margins
        .iter()
        .map(|margin| {
            let mask = margin.region.condition.mask(table)?;
            Ok((margin, mask.iter().filter(|own| **own).count()))
        })
        .collect::<Result<Vec<_>>>()?;
    // Rows of a group in a table of so many: those it has are never taken away.
    let want = |margin: &Margin, have: usize, whole: f64| (margin.share * whole - have as f64).max(0.0);
    let added = |whole: f64| {
        let mut added: BTreeMap<BTreeSet<&str>, f64> = BTreeMap::new();
        for (margin, have) in &counted {
            *added.entry(columns_of(margin)).or_insert(0.0) += want(margin, *have, whole);
        }
        added
    };
    let enough = counted
        .iter()
        .filter(|(margin, _)| margin.share > 0.0)
        .map(|(margin, have)| *have as f64 / margin.share)
        .fold(rows, f64::max);
    let is_allowed = |whole: f64| added(whole).values().all(|&added| added <= rows * most);
    let whole = if is_allowed(enough) {
        enough
    } else {
        // What is added rises with the size of the table.
        let (mut low, mut high) = (0.0, enough);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if is_allowed(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    };
    let percent_of = |have: usize| percent(have as f64 / rows);
    // Groups with more than their share keep the others from theirs where the limit does not allow a larger table.
    let mut totals = added(whole);
    for (margin, have) in &counted {
        *totals.entry(columns_of(margin)).or_insert(0.0) += *have as f64;
    }
    Ok(counted
        .iter()
        .map(|(margin, have)| Lacking {
            region: margin.region.clone(),
            have: *have,
            want: want(margin, *have, whole),
            reason: format!(
                "{} of the rows, {} of the reference",
                percent_of(*have),
                percent(margin.share)
            ),
            effect: format!(
                "brings it to {}",
                percent((*have as f64 + want(margin, *have, whole)) / totals[&columns_of(margin)])
            ),
        })
        .filter(|cell| cell.want >= 0.5)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_table::{Column, ColumnSchema, ColumnType, Schema};

    /// 90 ones and 10 twos, which are to be as many.
    fn to_halves(most: f64) -> Vec<Lacking> {
        let cells = (0..100).map(|row| if row < 90 { 1.0 } else { 2.0 }).collect();
        let schema = Schema::new(vec![ColumnSchema::new("group", ColumnType::Real)]).unwrap();
        let table = Table::new(schema, vec![Column::Real(cells)]).unwrap();
        let margin = |text: &str| Margin {
            region: Region {
                condition: plenish_table::Condition::parse(text, table.schema()).unwrap(),
                text: text.to_owned(),
            },
            share: 0.5,
        };
        let margins = vec![margin("group = 1"), margin("group = 2")];
        referred(&table, &margins, most).unwrap()
    }

    #[test]
    fn a_reference_is_matched_or_what_is_reached_is_said() {
        // 80 twos make them as many: 90 of 180.
        let lacking = to_halves(1.0).remove(0);
        assert_eq!((lacking.have, lacking.want), (10, 80.0));
        assert_eq!(lacking.effect, "brings it to 50.0 %");
        // 20 rows are allowed: 30 of 120.
        let lacking = to_halves(0.2).remove(0);
        assert!(lacking.want <= 20.0 && lacking.want > 19.999, "{}", lacking.want);
        assert_eq!(lacking.effect, "brings it to 25.0 %");
    }
}
