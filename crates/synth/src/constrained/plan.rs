//! The plan: which columns a generator learns so that constraints hold, and how the others follow.

use super::combination::Combination;
use super::dependency::Lookup;
use super::formula::Calculation;
use super::groups::Groups;
use super::order::Order;
use super::planner::Planner;
use super::unique::Distinct;
use crate::{Inequality, Settings};
use plenish_table::{
    BoundFormula, Column, ColumnSchema, ColumnType, Constraint, Error, Result, Role, Schema, Table, Violation,
    contradiction, violations,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A column that follows from others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Step {
    Lookup(Lookup),
    Calculation(Calculation),
}

impl Step {
    /// The column it makes.
    pub(crate) fn column(&self) -> usize {
        match self {
            Self::Lookup(lookup) => lookup.dependent as usize,
            Self::Calculation(calculation) => calculation.column(),
        }
    }

    fn needs(&self) -> Vec<usize> {
        match self {
            Self::Lookup(lookup) => vec![lookup.determinant as usize],
            Self::Calculation(calculation) => calculation.formula.terms.iter().map(|t| t.1).collect(),
        }
    }
}

/// How a table comes from what a generator learns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// The whole table.
    pub(crate) schema: Arc<Schema>,
    pub(crate) constraints: Vec<Constraint>,
    pub(crate) combinations: Vec<Combination>,
    /// Columns bound by inequalities.
    pub(crate) orders: Vec<Order>,
    /// In an order in which each finds what it needs.
    pub(crate) steps: Vec<Step>,
    /// Columns without repetition, with the generator's column that tells where they are missing.
    pub(crate) unique: Vec<(Distinct, Option<String>)>,
    /// What the steps do not ensure in every row: rows that break one of these are drawn again.
    pub(crate) verify: Vec<Constraint>,
    /// The range of each ordered column in the training rows, for reasons why no row can satisfy.
    pub(crate) ranges: Vec<Option<(f64, f64)>>,
}

/// What a generator learns instead of the table.
pub(crate) struct Inner {
    pub(crate) data: Table,
    pub(crate) settings: Settings,
    /// Inequalities between its columns, for generators that can keep them by themselves.
    pub(crate) order: Vec<Inequality>,
}

impl Plan {
    /// The plan for `data` under `settings`, and what the generator has to learn. Fails when rows of
    /// `data` break a constraint, when constraints contradict each other, and when two of them cannot be
    /// kept together.
    pub(crate) fn of(data: &Table, settings: &Settings) -> Result<(Self, Inner)> {
        let schema = data.schema();
        let mut constraints: Vec<Constraint> = Vec::new();
        for constraint in &settings.constraints {
            constraint.check(schema)?;
            if !constraints.contains(constraint) {
                constraints.push(constraint.clone());
            }
        }
        if let Some((_, error)) = contradiction(&constraints, schema) {
            return Err(error);
        }
        if let Some(error) = Violation::error(&violations(data, None, &constraints)?, "a constraint") {
            return Err(error);
        }
        let mut head: BTreeSet<usize> = BTreeSet::new();
        for name in &settings.condition_on {
            head.insert(schema.require(name)?);
        }
        if head.is_empty() {
            head.extend(
                [Role::Target, Role::Protected]
                    .iter()
                    .flat_map(|&role| schema.with_role(role)),
            );
        }
        let mut planner = Planner {
            data,
            schema,
            head,
            groups: Groups::of(&constraints, schema)?,
            constraints: &constraints,
            unique: BTreeSet::new(),
            calculated: BTreeSet::new(),
        };
        let mut verify = Vec::new();
        let distinct = planner.unique(&mut verify)?;
        planner.check_groups()?;
        let calculations = planner.calculations(&mut verify)?;
        let orders = planner.orders(&calculations, &mut verify);
        let mut steps: Vec<Step> = calculations.into_iter().map(Step::Calculation).collect();
        let lookups = planner.groups.lookups.iter();
        steps.extend(lookups.map(|(&dependent, &determinant)| Step::Lookup(Lookup::fit(data, determinant, dependent))));
        let mut plan = Self {
            schema: data.shared_schema(),
            combinations: Vec::new(),
            orders,
            steps: in_order(steps, schema)?,
            unique: distinct,
            verify,
            ranges: data.columns().iter().map(range).collect(),
            constraints: constraints.clone(),
        };
        let inner = plan.learn(data, &planner.groups, settings)?;
        Ok((plan, inner))
    }

    /// The table that the generator learns.
    fn learn(&mut self, data: &Table, groups: &Groups, settings: &Settings) -> Result<Inner> {
        let schema = data.schema();
        let mut columns: Vec<ColumnSchema> = Vec::new();
        let mut cells: Vec<Column> = Vec::new();
        let learned = |step: &&Step| matches!(step, Step::Calculation(c) if c.learned);
        let mut made: BTreeSet<usize> = self.steps.iter().filter(|s| !learned(s)).map(Step::column).collect();
        made.extend(self.unique.iter().map(|u| u.0.column as usize));
        // Name of the generator's column that stands for each of the table's.
        let mut stands: BTreeMap<usize, String> = BTreeMap::new();
        for (index, column) in schema.columns.iter().enumerate() {
            if made.contains(&index) || stands.contains_key(&index) {
                continue;
            }
            let group = groups.combinations.iter().find(|g| g.contains(&(index as u32)));
            let Some(group) = group else {
                stands.insert(index, column.name.clone());
                columns.push(column.clone());
                cells.push(data.column(index).clone());
                continue;
            };
            let names: Vec<&str> = group
                .iter()
                .map(|&c| schema.columns[c as usize].name.as_str())
                .collect();
            let name = free_name(&names.join(" + "), schema);
            let (combination, words) = Combination::fit(data, group.clone(), name.clone())?;
            let roles: Vec<Role> = group.iter().map(|&c| schema.columns[c as usize].role).collect();
            let role = [Role::Target, Role::Protected].into_iter().find(|r| roles.contains(r));
            columns.push(ColumnSchema {
                role: role.unwrap_or_default(),
                ..ColumnSchema::new(name.clone(), ColumnType::Text)
            });
            cells.push(words);
            stands.extend(group.iter().map(|&c| (c as usize, name.clone())));
            self.combinations.push(combination);
        }
        for step in &mut self.steps {
            if let Step::Calculation(calculation) = step {
                let index = calculation.column();
                if calculation.learned {
                    continue;
                }
                calculation.absence = absence(data, index, &calculation.formula, &mut columns, &mut cells);
            }
        }
        for (distinct, missing) in &mut self.unique {
            let index = distinct.column as usize;
            if data.column(index).missing_count() > 0 {
                *missing = Some(flag(
                    data,
                    index,
                    |row| data.column(index).is_missing(row),
                    &mut columns,
                    &mut cells,
                ));
            }
        }
        if columns.is_empty() {
            return Err(Error::usage("the constraints leave no column to learn from")
                .help("all columns are made from their row's number; remove a constraint"));
        }
        // What a column that is looked up is for, its determinant is for too.
        for step in self.steps.iter().rev() {
            if let Step::Lookup(lookup) = step {
                let role = schema.columns[lookup.dependent as usize].role;
                let determinant = lookup.determinant as usize;
                if matches!(role, Role::Target | Role::Protected)
                    && let Some(name) = stands.get(&determinant)
                    && let Some(column) = columns.iter_mut().find(|c| c.name == *name && c.role == Role::Feature)
                {
                    column.role = role;
                }
            }
        }
        let mut condition_on: Vec<String> = Vec::new();
        for name in &settings.condition_on {
            let mut open = vec![schema.require(name)?];
            while let Some(index) = open.pop() {
                if let Some(name) = stands.get(&index) {
                    if !condition_on.contains(name) {
                        condition_on.push(name.clone());
                    }
                } else if let Some(step) = self.steps.iter().find(|s| s.column() == index) {
                    open.extend(step.needs());
                }
            }
        }
        let order = self.constraints.iter().filter_map(|constraint| {
            let Constraint::Inequality { low, high, strict } = constraint else {
                return None;
            };
            let kind = |name: &String| columns.iter().find(|c| c.name == *name).map(|c| c.kind);
            let both = kind(low).is_some() && kind(low) == kind(high);
            both.then(|| Inequality {
                low: low.clone(),
                high: high.clone(),
                strict: *strict,
            })
        });
        let settings = Settings {
            condition_on,
            constraints: Vec::new(),
            ..settings.clone()
        };
        let order = order.collect();
        Ok(Inner {
            order,
            data: Table::new(Schema::new(columns)?, cells)?,
            settings,
        })
    }

    /// The constraint that keeps the cells of a column from being what the generator draws.
    pub(crate) fn bound_by(&self, index: usize) -> Option<&Constraint> {
        let name = self.schema.columns[index].name.as_str();
        let touched = self.combinations.iter().any(|c| c.columns.contains(&(index as u32)))
            || self.orders.iter().any(|o| o.columns().contains(&(index as u32)))
            || self.unique.iter().any(|u| u.0.column as usize == index)
            || self.steps.iter().any(|step| {
                step.column() == index
                    || match step {
                        Step::Calculation(c) => c.movable.iter().any(|m| c.formula.terms[m.0 as usize].1 == index),
                        Step::Lookup(_) => false,
                    }
            });
        let named = |c: &&Constraint| c.columns().contains(&name);
        if touched {
            self.constraints.iter().find(named)
        } else {
            None
        }
    }

    /// Whether a drawn cell of a column may be changed for a formula.
    pub(crate) fn moves(&self, index: usize) -> bool {
        let looked_up = |step: &Step| matches!(step, Step::Lookup(l) if l.dependent as usize == index);
        !self.combinations.iter().any(|c| c.columns.contains(&(index as u32)))
            && !self.unique.iter().any(|u| u.0.column as usize == index)
            && !self.steps.iter().any(looked_up)
            && self.schema.columns[index].role != Role::Identifier
    }

    /// Whether a constraint is about a column whose values are made by number.
    pub(crate) fn numbered(&self, constraint: &Constraint) -> bool {
        let columns = constraint.columns();
        let name = |index: u32| self.schema.columns[index as usize].name.as_str();
        self.unique.iter().any(|u| columns.contains(&name(u.0.column)))
    }

    /// Whether sizes and references fit together: for models read from files.
    pub(crate) fn is_sound(&self) -> bool {
        let width = self.schema.columns.len();
        let known = |constraint: &Constraint| constraint.check(&self.schema).is_ok();
        self.ranges.len() == width
            && self.constraints.iter().chain(&self.verify).all(known)
            && self.combinations.iter().all(|c| c.is_sound(width))
            && self.orders.iter().all(|o| o.is_sound(width))
            && self.unique.iter().all(|u| u.0.is_sound(width))
            && self.steps.iter().all(|step| match step {
                Step::Lookup(lookup) => lookup.is_sound(width),
                Step::Calculation(calculation) => calculation.is_sound(width),
            })
    }
}

/// Steps sorted so that each finds what it needs. Fails where they need each other.
fn in_order(mut left: Vec<Step>, schema: &Schema) -> Result<Vec<Step>> {
    let mut out = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let open: BTreeSet<usize> = left.iter().map(Step::column).collect();
        let moves = |index: usize| {
            left.iter().any(|step| match step {
                Step::Calculation(c) => c.movable.iter().any(|m| c.formula.terms[m.0 as usize].1 == index),
                Step::Lookup(_) => false,
            })
        };
        // A value is looked up when nothing will change any more what it is looked up by.
        let ready = left.iter().position(|step| {
            step.needs().iter().all(|n| !open.contains(n))
                && match step {
                    Step::Lookup(lookup) => !moves(lookup.determinant as usize),
                    Step::Calculation(_) => true,
                }
        });
        let Some(ready) = ready else {
            let name = &schema.columns[left[0].column()].name;
            return Err(
                Error::usage("constraints lead from this column back to it, and cannot be kept together")
                    .in_column(name)
                    .help("remove one of the constraints it takes part in"),
            );
        };
        out.push(left.remove(ready));
    }
    Ok(out)
}

pub(super) fn range(column: &Column) -> Option<(f64, f64)> {
    let numbers = (0..column.len()).filter_map(|row| column.number(row));
    numbers.fold(None, |range, v| {
        Some(range.map_or((v, v), |(low, high): (f64, f64)| (low.min(v), high.max(v))))
    })
}

/// A name that no column of the table has.
fn free_name(wanted: &str, schema: &Schema) -> String {
    let mut name = wanted.to_owned();
    while schema.index(&name).is_some() {
        name.push('\'');
    }
    name
}

/// Adds a column that tells where a calculated one is missing although all it comes from is there.
fn absence(
    data: &Table,
    index: usize,
    formula: &BoundFormula,
    columns: &mut Vec<ColumnSchema>,
    cells: &mut Vec<Column>,
) -> Option<String> {
    let missing = |row: usize| {
        data.column(index).is_missing(row) && !formula.terms.iter().any(|t| data.column(t.1).is_missing(row))
    };
    (0..data.rows())
        .any(missing)
        .then(|| flag(data, index, missing, columns, cells))
}

fn flag(
    data: &Table,
    index: usize,
    missing: impl Fn(usize) -> bool,
    columns: &mut Vec<ColumnSchema>,
    cells: &mut Vec<Column>,
) -> String {
    let name = free_name(
        &format!("{} is missing", data.schema().columns[index].name),
        data.schema(),
    );
    columns.push(ColumnSchema::new(name.clone(), ColumnType::Boolean));
    cells.push(Column::Boolean(
        (0..data.rows()).map(|row| u8::from(missing(row))).collect(),
    ));
    name
}
