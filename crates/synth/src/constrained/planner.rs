//! Who keeps what: for each constraint, by which column it is kept, and what is left to check.

use super::formula::Calculation;
use super::groups::Groups;
use super::numbers::Room;
use super::order::Order;
use super::plan::range;
use super::unique::Distinct;
use plenish_table::{BoundFormula, Column, Constraint, Error, Result, Role, Schema, Table, violations};
use std::collections::BTreeSet;

/// The columns of a table while constraints are given to them.
pub(super) struct Planner<'a> {
    pub(super) data: &'a Table,
    pub(super) schema: &'a Schema,
    /// Columns that conditions name, which are rather kept than calculated.
    pub(super) head: BTreeSet<usize>,
    pub(super) groups: Groups,
    pub(super) constraints: &'a [Constraint],
    /// Columns whose values are made by number.
    pub(super) unique: BTreeSet<usize>,
    /// Columns that are calculated.
    pub(super) calculated: BTreeSet<usize>,
}

impl Planner<'_> {
    fn index(&self, name: &str) -> Result<usize> {
        self.schema.require(name)
    }

    fn in_group(&self, index: usize) -> bool {
        self.groups.combinations.iter().any(|g| g.contains(&(index as u32)))
    }

    fn looked_up(&self, index: usize) -> bool {
        self.groups.lookups.contains_key(&(index as u32))
    }

    fn is_identifier(&self, index: usize) -> bool {
        self.schema.columns[index].role == Role::Identifier
    }

    /// Columns without repetition, and patterns of identifiers.
    pub(super) fn unique(&mut self, verify: &mut Vec<Constraint>) -> Result<Vec<(Distinct, Option<String>)>> {
        let mut out = Vec::new();
        for constraint in self.constraints {
            let index = match constraint {
                Constraint::Unique { columns } => {
                    let indices = columns.iter().map(|c| self.index(c)).collect::<Result<Vec<_>>>()?;
                    let alone = |i: &usize| self.is_identifier(*i) || self.unique.contains(i);
                    if indices.iter().any(alone) {
                        continue;
                    }
                    if indices.len() > 1 {
                        return Err(Error::usage(format!(
                            "`{constraint}` cannot be kept: no column of it is unique by itself"
                        ))
                        .help("give one of them the role \"identifier\" or a constraint of its own, or remove it"));
                    }
                    indices[0]
                }
                // Identifiers are new for each row; their texts have to be of the pattern's shape.
                Constraint::Pattern { column, .. } => {
                    let index = self.index(column)?;
                    if !self.is_identifier(index) || self.unique.contains(&index) {
                        continue;
                    }
                    index
                }
                _ => continue,
            };
            let (column, schema) = (self.data.column(index), &self.schema.columns[index]);
            let distinct = Distinct::fit(column, schema, index as u32)?;
            let examples = distinct.examples(schema.kind)?;
            let alone = Table::new(Schema::new(vec![schema.clone()])?, vec![examples])?;
            for other in self.constraints {
                let own = other.columns() == [schema.name.as_str()];
                if own && !violations(&alone, None, std::slice::from_ref(other))?.is_empty() {
                    return Err(Error::usage(format!(
                        "values that are unique and satisfy `{other}` cannot be made: its values have no common shape"
                    ))
                    .in_column(&schema.name)
                    .help("remove one of the constraints"));
                }
            }
            self.unique.insert(index);
            out.push((distinct, None));
        }
        // What binds such a column to others cannot be met by numbering rows.
        for constraint in self.constraints {
            let bound = |name: &&str| self.index(name).is_ok_and(|i| self.unique.contains(&i));
            let columns = constraint.columns();
            let fine = matches!(
                constraint,
                Constraint::Unique { .. } | Constraint::Range { .. } | Constraint::Pattern { .. }
            );
            if !fine && let Some(name) = columns.iter().find(|n| bound(n)) {
                return Err(Error::usage(format!(
                    "`{constraint}` cannot be kept beside unique values of the column"
                ))
                .in_column(*name)
                .help("remove one of the two constraints"));
            }
        }
        for constraint in self.constraints {
            // A pattern of texts that are never made up holds; so does a range, which no codec leaves.
            if let Constraint::Pattern { column, .. } = constraint
                && !self.unique.contains(&self.index(column)?)
            {
                verify.push(constraint.clone());
            }
        }
        Ok(out)
    }

    pub(super) fn check_groups(&self) -> Result<()> {
        let lookups = self.groups.lookups.iter().flat_map(|(&a, &b)| [a, b]);
        for index in self.groups.combinations.iter().flatten().copied().chain(lookups) {
            let column = &self.schema.columns[index as usize];
            if matches!(column.role, Role::Identifier | Role::FreeText) {
                return Err(Error::usage(format!(
                    "a constraint binds it to others, but its role is {}",
                    column.role.name()
                ))
                .in_column(&column.name)
                .help("give it another role, or remove the constraint"));
            }
        }
        Ok(())
    }

    pub(super) fn calculations(&mut self, verify: &mut Vec<Constraint>) -> Result<Vec<Calculation>> {
        let bounds = Constraint::bounds(self.constraints, self.schema);
        let mut chosen: Vec<(&Constraint, BoundFormula)> = Vec::new();
        for constraint in self.constraints {
            let Constraint::Formula(formula) = constraint else {
                continue;
            };
            let bound = BoundFormula::new(formula, self.schema)?;
            let spread = |index: usize| range(self.data.column(index)).map_or(0.0, |(low, high)| high - low);
            let mut places: Vec<usize> = (0..bound.terms.len()).collect();
            places.sort_by(|&a, &b| spread(bound.terms[b].1).total_cmp(&spread(bound.terms[a].1)));
            let mut choices = vec![bound.clone()];
            choices.extend(
                places
                    .into_iter()
                    .filter_map(|place| bound.solved_for(place, self.schema)),
            );
            // A column that is there where others are missing had to be learned besides; what conditions
            // name is learned; else the result is calculated before any of its parts.
            choices.sort_by_key(|c| (self.stands_alone(c), self.head.contains(&c.total)));
            let free = choices.into_iter().find(|c| self.may_calculate(c.total));
            let Some(free) = free else {
                return Err(Error::usage(format!(
                    "`{constraint}` cannot be kept: each of its columns is bound by another constraint already"
                ))
                .in_column(&formula.total)
                .help("remove one of the constraints that share a column"));
            };
            self.calculated.insert(free.total);
            chosen.push((constraint, free));
        }
        let mut out = Vec::new();
        let mut given: BTreeSet<usize> = BTreeSet::new();
        for (constraint, formula) in chosen {
            let schema = &self.schema.columns[formula.total];
            let room = Room::of_most(self.data.column(formula.total), schema).map(|mut room| {
                if let Some(&(low, high)) = bounds.get(schema.name.as_str()) {
                    (room.low, room.high) = (room.low.max(low), room.high.min(high));
                }
                room
            });
            let mut movable: Vec<(u32, Room)> = Vec::new();
            for (place, &(_, index)) in formula.terms.iter().enumerate() {
                let free = !self.calculated.contains(&index) && self.may_calculate(index) && !given.contains(&index);
                if free && let Some(room) = Room::of(self.data.column(index), &self.schema.columns[index]) {
                    movable.push((place as u32, room));
                    given.insert(index);
                }
            }
            movable.sort_by(|a, b| (b.1.high - b.1.low).total_cmp(&(a.1.high - a.1.low)));
            // With every part free to move, any result can be brought into the range of the real ones.
            let certain = room.is_some()
                && movable.len() == formula.terms.len()
                && formula.terms.iter().all(|t| t.0.abs() == 1.0)
                && movable
                    .iter()
                    .all(|(_, r)| room.as_ref().is_some_and(|room| r.step == room.step));
            let span = room.as_ref().map(|r| (r.low, r.high));
            if !certain && let Some((low, high)) = span.or_else(|| range(self.data.column(formula.total))) {
                verify.push(Constraint::Range {
                    column: schema.name.clone(),
                    min: Some(low),
                    max: Some(high),
                });
                verify.push(constraint.clone());
            }
            out.push(Calculation {
                learned: self.stands_alone(&formula),
                formula,
                absence: None,
                room,
                movable,
            });
        }
        Ok(out)
    }

    /// Whether there are rows with the total but without one of the parts.
    fn stands_alone(&self, formula: &BoundFormula) -> bool {
        let total = self.data.column(formula.total);
        let parts: Vec<&Column> = formula.terms.iter().map(|t| self.data.column(t.1)).collect();
        (0..self.data.rows()).any(|row| !total.is_missing(row) && parts.iter().any(|p| p.is_missing(row)))
    }

    /// Whether a column can be left out of what is learned, or changed afterwards.
    fn may_calculate(&self, index: usize) -> bool {
        !self.in_group(index)
            && !self.looked_up(index)
            && !self.unique.contains(&index)
            && !self.calculated.contains(&index)
            && !self.is_identifier(index)
    }

    pub(super) fn orders(&self, calculations: &[Calculation], verify: &mut Vec<Constraint>) -> Vec<Order> {
        let in_formula: BTreeSet<usize> = calculations.iter().flat_map(|c| c.formula.columns()).collect();
        let mut pairs: Vec<(u32, u32, bool)> = Vec::new();
        let mut named: Vec<&Constraint> = Vec::new();
        for constraint in self.constraints {
            let Constraint::Inequality { low, high, strict } = constraint else {
                continue;
            };
            let (Ok(a), Ok(b)) = (self.index(low), self.index(high)) else {
                continue;
            };
            let group = |g: &Vec<u32>| g.contains(&(a as u32)) && g.contains(&(b as u32));
            if self.groups.combinations.iter().any(group) {
                continue;
            }
            let free = |i: usize| self.may_calculate(i) && !in_formula.contains(&i);
            if free(a) && free(b) {
                pairs.push((a as u32, b as u32, *strict));
                named.push(constraint);
            } else {
                verify.push(constraint.clone());
            }
        }
        if pairs.is_empty() {
            return Vec::new();
        }
        let room = |c: u32| Room::of(self.data.column(c as usize), &self.schema.columns[c as usize]);
        if let Some(order) = Order::of(&pairs, room) {
            return vec![order];
        }
        verify.extend(named.into_iter().cloned());
        Vec::new()
    }
}
