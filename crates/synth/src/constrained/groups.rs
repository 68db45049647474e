//! Which columns become one, and which are looked up: combinations that share a column are one
//! combination, and a dependency whose columns are bound otherwise joins them.

use plenish_table::{Constraint, Result, Schema};
use std::collections::BTreeMap;

/// How combinations and dependencies are kept.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Groups {
    /// Columns that become one column of words; each in rising order, no column in two.
    pub(crate) combinations: Vec<Vec<u32>>,
    /// Determinant of each dependent column that is looked up; no dependent is in a combination.
    pub(crate) lookups: BTreeMap<u32, u32>,
}

impl Groups {
    /// The groups of the columns of `schema`.
    pub(crate) fn of(constraints: &[Constraint], schema: &Schema) -> Result<Self> {
        let mut combinations: Vec<Vec<u32>> = Vec::new();
        let mut dependencies: Vec<(u32, u32)> = Vec::new();
        for constraint in constraints {
            match constraint {
                Constraint::Combination { columns } => {
                    let columns = columns.iter().map(|name| Ok(schema.require(name)? as u32));
                    join(&mut combinations, &columns.collect::<Result<Vec<_>>>()?);
                }
                Constraint::Dependency { determinant, dependent } => {
                    dependencies.push((schema.require(determinant)? as u32, schema.require(dependent)? as u32));
                }
                _ => {}
            }
        }
        'again: loop {
            let mut lookups: BTreeMap<u32, u32> = BTreeMap::new();
            let group = |c: u32| combinations.iter().position(|g| g.contains(&c));
            for &(determinant, dependent) in &dependencies {
                let (from, to) = (group(determinant), group(dependent));
                if from.is_some() && from == to {
                    continue;
                }
                let other = lookups.get(&dependent).copied().filter(|&d| d != determinant);
                if to.is_some() || other.is_some() {
                    let mut columns = vec![determinant, dependent];
                    columns.extend(other);
                    join(&mut combinations, &columns);
                    continue 'again;
                }
                // Columns that decide each other: walk up from the determinant, looking for a circle.
                let mut path = vec![dependent, determinant];
                let mut at = determinant;
                while let Some(&above) = lookups.get(&at) {
                    path.push(above);
                    if above == dependent {
                        join(&mut combinations, &path);
                        continue 'again;
                    }
                    at = above;
                }
                lookups.insert(dependent, determinant);
            }
            return Ok(Self { combinations, lookups });
        }
    }
}

/// Makes one group of `columns` and all groups that share one with them.
fn join(groups: &mut Vec<Vec<u32>>, columns: &[u32]) {
    let mut whole: Vec<u32> = columns.to_vec();
    groups.retain(|group| {
        let apart = group.iter().all(|c| !columns.contains(c));
        if !apart {
            whole.extend(group);
        }
        apart
    });
    whole.sort_unstable();
    whole.dedup();
    groups.push(whole);
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenish_table::{ColumnSchema, ColumnType};

    #[test]
    fn circles_and_shared_columns_become_one() {
        let columns = ["a", "b", "c", "d", "e"].map(|n| ColumnSchema::new(n, ColumnType::Integer));
        let schema = Schema::new(columns.to_vec()).unwrap();
        let groups = |texts: &[&str]| {
            let set: Vec<Constraint> = texts.iter().map(|t| Constraint::parse(t, &schema).unwrap()).collect();
            let groups = Groups::of(&set, &schema).unwrap();
            (groups.combinations, groups.lookups.into_iter().collect::<Vec<_>>())
        };
        assert_eq!(groups(&["a -> b", "b -> c"]), (vec![], vec![(1, 0), (2, 1)]));
        assert_eq!(groups(&["a -> b", "b -> a"]), (vec![vec![0, 1]], vec![]));
        assert_eq!(
            groups(&["a -> b", "b -> c", "c -> a", "a -> d"]),
            (vec![vec![0, 1, 2]], vec![(3, 0)])
        );
        assert_eq!(groups(&["a -> c", "b -> c"]), (vec![vec![0, 1, 2]], vec![]));
        assert_eq!(
            groups(&["combination(a, b)", "combination(b, c)", "d -> e"]),
            (vec![vec![0, 1, 2]], vec![(4, 3)])
        );
        assert_eq!(
            groups(&["combination(a, b)", "c -> a", "b -> d"]),
            (vec![vec![0, 1, 2]], vec![(3, 1)])
        );
    }
}
