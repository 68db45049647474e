//! What the study says about columns, joined with what the data shows.

use super::settings::{Bound, ColumnOverride, Study};
use super::source::{Problem, advice};
use plenish_evaluate::MIN_ROWS;
use plenish_table::{ColumnSchema, ColumnType, Condition, Error, Result, Role, Schema, parse_date, parse_timestamp};

pub(super) struct Check<'a> {
    pub(super) study: &'a Study,
    pub(super) problems: Vec<Problem>,
}

impl Study {
    /// The schema of the data with what this study says put over it: types, roles, bounds, allowed
    /// values. Fails, pointing into the study file, on a column that the data does not have, roles
    /// that contradict each other, bounds that do not suit the type, or a `where` that cannot be
    /// read.
    pub fn apply_schema(&self, inferred: &Schema) -> Result<Schema> {
        let mut check = Check {
            study: self,
            problems: Vec::new(),
        };
        let mut schema = inferred.clone();
        let names: Vec<&str> = inferred.columns.iter().map(|c| c.name.as_str()).collect();
        check.known("target", &self.target, &names);
        check.all_known("protected", &self.protected, &names);
        check.all_known("generator.condition_on", &self.generator.condition_on, &names);
        check.all_known("plan.columns", &self.plan.columns, &names);
        check.all_known("balance.columns", &self.balance.columns, &names);
        for said in &self.columns {
            let path = format!("columns.{}", said.name);
            if check.known(&path, &said.name, &names)
                && let Some(index) = schema.index(&said.name)
            {
                check.column(said, &path, &mut schema.columns[index]);
            }
        }
        check.roles(&mut schema);
        if let Some(rows) = self.generator.rows
            && rows < MIN_ROWS as u64
        {
            check.problem(
                "generator.rows",
                format!("{rows} synthetic rows are too few to be judged"),
                format!("ask for {MIN_ROWS} at least"),
            );
        }
        if check.problems.is_empty() {
            check.constraints(&schema);
        }
        if let Some(condition) = &self.generator.condition
            && check.problems.is_empty()
        {
            check.condition(condition, &schema);
        }
        match self.source.error(check.problems) {
            Some(error) => Err(error),
            None => Ok(schema),
        }
    }

    /// An error as one of the value at `path` of the study file.
    pub(crate) fn pointing(&self, path: &str, error: Error) -> Error {
        let column = error.place().column.as_ref().map(|c| format!("column '{c}': "));
        let problem = Problem {
            span: self.source.span(path),
            message: format!("{}{}", column.unwrap_or_default(), error.message()),
            help: error.advice().map(str::to_owned),
        };
        self.source.error(vec![problem]).unwrap_or(error)
    }

    /// What every synthetic row must satisfy, if the study says so; `schema` is what
    /// [`Study::apply_schema`] gave.
    pub fn condition(&self, schema: &Schema) -> Result<Option<Condition>> {
        let condition = self.generator.condition.as_ref();
        condition.map(|text| Condition::parse(text, schema)).transpose()
    }
}

impl Check<'_> {
    pub(super) fn problem(&mut self, path: &str, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Problem {
            span: self.study.source.span(path),
            message: message.into(),
            help: Some(help.into()),
        });
    }

    /// The condition can be read, and names columns of the data.
    fn condition(&mut self, text: &str, schema: &Schema) {
        const KEY: &str = "generator.where";
        let Err(error) = Condition::parse(text, schema) else {
            return;
        };
        let place = match error.place().position {
            Some(position) => format!("{} (at position {position} of the condition)", error.message()),
            None => error.message().to_owned(),
        };
        let column = error.place().column.as_ref().map(|c| format!("column '{c}': "));
        self.problem(
            KEY,
            format!("{}{place}", column.unwrap_or_default()),
            error.advice().unwrap_or("name a column and a value it holds"),
        );
    }

    fn known(&mut self, path: &str, name: &str, names: &[&str]) -> bool {
        let known = names.contains(&name);
        if !known {
            let help = advice(name, names, "the columns");
            let what = match self.study.privacy {
                Some(_) => "public schema",
                None => "data",
            };
            self.problem(path, format!("the {what} has no column '{name}'"), help);
        }
        known
    }

    fn all_known(&mut self, path: &str, wanted: &[String], names: &[&str]) {
        for (index, name) in wanted.iter().enumerate() {
            self.known(&format!("{path}[{index}]"), name, names);
        }
    }

    fn column(&mut self, said: &ColumnOverride, path: &str, column: &mut ColumnSchema) {
        if let Some(kind) = said.kind
            && kind != column.kind
        {
            // What was inferred held for the other type.
            *column = ColumnSchema {
                missing: column.missing,
                ..ColumnSchema::new(&column.name, kind)
            };
        }
        column.role = said.role.unwrap_or(column.role);
        column.missing = said.missing.unwrap_or(column.missing);
        let (min, max) = (
            self.bound(said.min.as_ref(), &format!("{path}.min"), column),
            self.bound(said.max.as_ref(), &format!("{path}.max"), column),
        );
        column.min = min.or(column.min);
        column.max = max.or(column.max);
        if let (Some(low), Some(high)) = (column.min, column.max)
            && low > high
        {
            let key = if said.max.is_some() { "max" } else { "min" };
            self.problem(
                &format!("{path}.{key}"),
                format!(
                    "the smallest value allowed in '{}', {}, is above the largest, {}",
                    column.name,
                    column.show_number(low),
                    column.show_number(high)
                ),
                "exchange them or change one",
            );
        }
        if let Some(allowed) = &said.allowed {
            if column.kind != ColumnType::Text {
                self.unsuited(path, "allowed", "text", column);
            } else if allowed.is_empty() && !column.missing {
                let help = "list the texts, or remove the line";
                self.problem(&format!("{path}.allowed"), "no value at all is allowed", help);
            }
            column.allowed = Some(allowed.clone());
        }
        if said.pattern.is_some() && column.kind != ColumnType::Text {
            self.unsuited(path, "pattern", "text", column);
        }
        if let Some(decimals) = said.decimals {
            if column.kind != ColumnType::Real {
                self.unsuited(path, "decimals", "real", column);
            }
            column.decimals = Some(decimals);
        }
    }

    fn unsuited(&mut self, path: &str, key: &str, wanted: &str, column: &ColumnSchema) {
        self.problem(
            &format!("{path}.{key}"),
            format!(
                "`{key}` is for {wanted} columns, and '{}' is of type {}",
                column.name,
                column.kind.name()
            ),
            format!("remove the line, or say type = \"{wanted}\""),
        );
    }

    /// A bound on the number scale of the column.
    fn bound(&mut self, bound: Option<&Bound>, path: &str, column: &ColumnSchema) -> Option<f64> {
        let bound = bound?;
        let number = match (column.kind, bound) {
            (ColumnType::Integer | ColumnType::Real, Bound::Number(number)) => Some(*number),
            (ColumnType::Date, Bound::Time(text)) => parse_date(text).map(f64::from),
            (ColumnType::Timestamp, Bound::Time(text)) => parse_timestamp(text)
                .map(|(at, _)| at as f64)
                .or_else(|| parse_date(text).map(|day| f64::from(day) * 86_400e6)),
            _ => None,
        };
        if number.is_none() {
            let (message, help) = match column.kind {
                ColumnType::Integer | ColumnType::Real => ("has to be a number", "write it without quotes"),
                ColumnType::Date => ("has to be a day", "write it like \"2024-01-31\""),
                ColumnType::Timestamp => ("has to be a time", "write it like \"2024-01-31T08:00:00\""),
                ColumnType::Text | ColumnType::Boolean => ("has no meaning", "remove the line"),
            };
            self.problem(
                path,
                format!(
                    "a bound of '{}' {message}, as its type is {}",
                    column.name,
                    column.kind.name()
                ),
                help,
            );
        }
        number
    }

    /// Target and protected columns get their roles; a role that says otherwise is a problem.
    fn roles(&mut self, schema: &mut Schema) {
        for said in &self.study.columns {
            let path = format!("columns.{}.role", said.name);
            let is_target = said.name == self.study.target;
            let is_protected = self.study.protected.contains(&said.name);
            match said.role {
                Some(Role::Target) if !is_target => {
                    let target = self.study.target.clone();
                    self.problem(
                        &path,
                        format!(
                            "'{}' cannot have the role target: the study's target is '{target}'",
                            said.name
                        ),
                        "change `target`, or this role",
                    );
                }
                Some(role) if is_target && role != Role::Target => self.problem(
                    &path,
                    format!(
                        "'{}' is the study's target and cannot have the role {}",
                        said.name,
                        role.name()
                    ),
                    "change `target`, or remove this line",
                ),
                Some(role) if is_protected && role != Role::Protected => self.problem(
                    &path,
                    format!(
                        "'{}' is listed as protected and cannot have the role {}",
                        said.name,
                        role.name()
                    ),
                    "change `protected`, or remove this line",
                ),
                _ => {}
            }
        }
        for column in &mut schema.columns {
            if column.name == self.study.target {
                column.role = Role::Target;
            } else if self.study.protected.contains(&column.name) {
                column.role = Role::Protected;
            } else if column.role == Role::Target {
                column.role = Role::Feature;
            }
        }
    }
}
