//! Unequal groups: the cells of protected columns and target, with how far a group's share of an outcome
//! is below that of the best group, and how many rows would make up for it.

use crate::attributes::Attributes;
use crate::region::Region;
use plenish_table::{Error, Result, Test};
use serde::Serialize;

/// A cell of protected columns and target.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupCell {
    /// The cell: the group and the value of the target.
    #[serde(rename = "where")]
    pub region: Region,
    /// The group alone.
    pub group: Region,
    /// Rows in the cell.
    pub rows: usize,
    /// Rows in the group.
    pub group_rows: usize,
    /// Share of the group's rows that have the value: the selection rate, if it is the outcome that is
    /// sought. None for a group without rows.
    pub rate: Option<f64>,
    /// The group with the highest share, among those with enough rows to tell.
    pub best_group: Option<Region>,
    /// Its share.
    pub best_rate: Option<f64>,
    /// `best_rate` less `rate`.
    pub gap: Option<f64>,
    /// Rows of this cell to add to make the group's share the best group's; none where that has no other
    /// outcome.
    pub rows_to_equalise: Option<usize>,
    /// The group has fewer rows than the threshold: its share is not known well.
    pub too_few: bool,
}

/// Protected columns in one intersection at most.
const TOGETHER: usize = 3;
/// Groups of one intersection at most.
const MAX_GROUPS: usize = 1000;

/// The cells of each protected column and of each intersection of up to three with the values of the target,
/// for groups whose share is below the best and for groups with fewer rows than `threshold`, empty ones
/// included. Of two values of the target the rarer one is looked at, of more all. The cells that lack most
/// rows come first, single columns before intersections.
///
/// Rows without a target are not counted. Fails when a protected column or the target cannot be an attribute,
/// as one that is the same in every row; intersections of more than a thousand groups are in the second part.
pub fn groups(
    attributes: &Attributes,
    protected: &[usize],
    target: usize,
    threshold: usize,
) -> Result<(Vec<GroupCell>, Vec<String>)> {
    let place = |column: usize, name: &str| {
        let found = attributes.attributes.iter().position(|a| a.column == column);
        found.ok_or_else(|| {
            let why = attributes.left_out.iter().find(|out| out.column == name);
            let why = why.map_or("it is not looked at", |out| out.reason.as_str());
            Error::data(format!("there are no groups to compare: {why}"))
                .in_column(name)
                .help("name a column with at least two values that many rows share, or leave it out")
        })
    };
    let name = |column: usize| attributes.name_of(column);
    let places = protected
        .iter()
        .map(|&column| place(column, &name(column)))
        .collect::<Result<Vec<usize>>>()?;
    let target = place(target, &name(target))?;
    let outcomes: Vec<usize> = (0..attributes.attributes[target].levels.len())
        .filter(|&level| attributes.attributes[target].levels[level].terms[0].test != Test::Missing)
        .collect();
    let looked_at = if let [first, second] = outcomes[..] {
        let rows = |level: usize| attributes.attributes[target].levels[level].rows;
        vec![if rows(first) < rows(second) { first } else { second }]
    } else {
        outcomes.clone()
    };
    let (mut cells, mut notes) = (Vec::new(), Vec::new());
    for together in subsets(&places) {
        let levels = |&place: &usize| attributes.attributes[place].levels.len();
        let count: usize = together.iter().map(levels).product();
        if count > MAX_GROUPS {
            let names: Vec<&str> = together.iter().map(|&p| &attributes.attributes[p].name[..]).collect();
            notes.push(format!(
                "the {count} groups of {} together are too many to compare",
                names.join(" and ")
            ));
            continue;
        }
        cells.extend(intersection(
            attributes, &together, target, &outcomes, &looked_at, threshold,
        ));
    }
    Ok((cells, notes))
}

/// All subsets of one to three, small ones first.
fn subsets(places: &[usize]) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = (1_u64..1 << places.len().min(16))
        .filter(|set| set.count_ones() as usize <= TOGETHER)
        .map(|set| {
            (0..places.len())
                .filter(|i| set >> i & 1 == 1)
                .map(|i| places[i])
                .collect()
        })
        .collect();
    all.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    all
}

fn intersection(
    attributes: &Attributes,
    together: &[usize],
    target: usize,
    outcomes: &[usize],
    looked_at: &[usize],
    threshold: usize,
) -> Vec<GroupCell> {
    let of = |place: usize| &attributes.attributes[place];
    let sizes: Vec<usize> = together.iter().map(|&place| of(place).levels.len()).collect();
    let groups: usize = sizes.iter().product();
    let width = of(target).levels.len();
    let mut counts = vec![0_usize; groups * width];
    for row in 0..attributes.rows {
        let outcome = usize::from(of(target).codes[row]);
        if outcomes.contains(&outcome) {
            let group = together.iter().zip(&sizes).fold(0, |group, (&place, size)| {
                group * size + usize::from(of(place).codes[row])
            });
            counts[group * width + outcome] += 1;
        }
    }
    let items = |group: usize| -> Vec<(usize, usize)> {
        let mut rest = group;
        let pairs = together.iter().zip(&sizes).rev().map(|(&place, size)| {
            let level = rest % size;
            rest /= size;
            (place, level)
        });
        pairs.collect()
    };
    let total = |group: usize| counts[group * width..(group + 1) * width].iter().sum::<usize>();
    let rate = |group: usize, outcome: usize| match total(group) {
        0 => None,
        rows => Some(counts[group * width + outcome] as f64 / rows as f64),
    };
    let mut cells = Vec::new();
    for &outcome in looked_at {
        let judged = (0..groups).filter(|&group| total(group) >= threshold);
        let best = judged.filter_map(|group| rate(group, outcome).map(|rate| (group, rate)));
        // The first of equal ones.
        let best = best.fold(None, |best: Option<(usize, f64)>, one| match best {
            Some(best) if best.1 >= one.1 => Some(best),
            _ => Some(one),
        });
        for group in 0..groups {
            let (rows, group_rows) = (counts[group * width + outcome], total(group));
            let own = rate(group, outcome);
            let gap = best.and_then(|(_, best)| own.map(|own| best - own));
            let too_few = group_rows < threshold;
            if !too_few && gap.is_none_or(|gap| gap <= 0.0) {
                continue;
            }
            let mut cell = items(group);
            let region = attributes.region(&cell);
            cell.push((target, outcome));
            cells.push(GroupCell {
                region: attributes.region_in_order(&cell),
                group: region,
                rows,
                group_rows,
                rate: own,
                best_group: best.map(|(best, _)| attributes.region(&items(best))),
                best_rate: best.map(|best| best.1),
                gap,
                rows_to_equalise: best.and_then(|(_, best)| to_equalise(rows, group_rows, best)),
                too_few,
            });
        }
    }
    cells.sort_by(|a, b| {
        let order = b.rows_to_equalise.cmp(&a.rows_to_equalise);
        order.then_with(|| a.region.text.cmp(&b.region.text))
    });
    cells
}

/// The least number of rows with the outcome that bring `rows` of `group_rows` to the share `rate`.
fn to_equalise(rows: usize, group_rows: usize, rate: f64) -> Option<usize> {
    let lacking = rate * group_rows as f64 - rows as f64;
    // Rounding must not ask for a row where nothing is lacking.
    (rate < 1.0).then(|| (lacking / (1.0 - rate) - 1e-9).ceil().max(0.0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_to_equalise_do_so() {
        assert_eq!(to_equalise(10, 100, 0.25), Some(20));
        assert_eq!(to_equalise(25, 100, 0.25), Some(0));
        assert_eq!(to_equalise(30, 100, 0.25), Some(0));
        assert_eq!(to_equalise(0, 0, 0.25), Some(0));
        assert_eq!(to_equalise(10, 100, 1.0), None);
        assert_eq!(subsets(&[4, 7, 9, 11]).len(), 4 + 6 + 4);
    }
}
