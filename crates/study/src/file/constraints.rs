//! The constraints of a study, on the columns of its data.

use super::schema::Check;
use super::settings::Study;
use plenish_table::{Constraint, Error, Result, Schema, contradiction};

/// The key a constraint belongs under.
fn key(constraint: &Constraint) -> &'static str {
    match constraint {
        Constraint::Formula(_) => "formulas",
        Constraint::Inequality { .. } => "inequalities",
        Constraint::Dependency { .. } => "dependencies",
        Constraint::Combination { .. } => "combinations",
        Constraint::Unique { .. } => "unique",
        Constraint::Range { .. } => "min or max of [columns.NAME]",
        Constraint::Pattern { .. } => "pattern of [columns.NAME]",
    }
}

impl Study {
    /// The constraints as they are written, each with its path in the file, its key and its text.
    fn written(&self) -> Vec<(String, &'static str, String)> {
        let said = &self.constraints;
        let mut out = Vec::new();
        for (name, texts, around) in [
            ("formulas", &said.formulas, None),
            ("inequalities", &said.inequalities, None),
            ("dependencies", &said.dependencies, None),
            ("combinations", &said.combinations, Some("combination")),
            ("unique", &said.unique, Some("unique")),
        ] {
            for (index, text) in texts.iter().enumerate() {
                let whole = around.map_or(text.clone(), |function| format!("{function}({text})"));
                out.push((format!("constraints.{name}[{index}]"), name, whole));
            }
        }
        out
    }

    /// The patterns of columns, with their paths.
    fn patterns(&self) -> impl Iterator<Item = (String, Constraint)> {
        self.columns.iter().filter_map(|said| {
            let constraint = Constraint::Pattern {
                column: said.name.clone(),
                pattern: said.pattern.clone()?,
            };
            Some((format!("columns.{}.pattern", said.name), constraint))
        })
    }

    /// What every row keeps; `schema` is what [`Study::apply_schema`] gave, possibly without columns of
    /// free text, whose constraints are left out.
    pub fn constraints(&self, schema: &Schema) -> Result<Vec<Constraint>> {
        let mut out = Vec::new();
        for (_, _, text) in self.written() {
            out.push(Constraint::parse(&text, schema)?);
        }
        out.extend(
            self.patterns()
                .map(|p| p.1)
                .filter(|p| p.columns().iter().all(|c| schema.index(c).is_some())),
        );
        Ok(out)
    }
}

impl Check<'_> {
    /// All constraints can be read, suit the columns, and do not contradict each other.
    pub(super) fn constraints(&mut self, schema: &Schema) {
        let mut read: Vec<Constraint> = Vec::new();
        let mut paths: Vec<String> = Vec::new();
        for (path, name, text) in self.study.written() {
            match Constraint::parse(&text, schema) {
                Err(error) => self.constraint_problem(&path, &error),
                Ok(constraint) if key(&constraint) != name => self.problem(
                    &path,
                    format!("`{}` does not belong in `{name}`", constraint.show(schema)),
                    format!("write it under {}", key(&constraint)),
                ),
                Ok(constraint) => {
                    let prose = constraint.columns().into_iter().find(|c| {
                        let column = schema.column(c);
                        column.is_some_and(|c| c.role == plenish_table::Role::FreeText)
                    });
                    if let Some(prose) = prose {
                        self.problem(
                            &path,
                            format!("'{prose}' is free text, which no generator makes"),
                            "remove the constraint, or give the column another role",
                        );
                    }
                    read.push(constraint);
                    paths.push(path);
                }
            }
        }
        for (path, pattern) in self.study.patterns() {
            if let Err(error) = pattern.check(schema) {
                self.constraint_problem(&path, &error);
            }
        }
        if self.problems.is_empty()
            && let Some((index, error)) = contradiction(&read, schema)
        {
            self.constraint_problem(&paths[index], &error);
        }
    }

    fn constraint_problem(&mut self, path: &str, error: &Error) {
        let column = error.place().column.as_ref().map(|c| format!("column '{c}': "));
        self.problem(
            path,
            format!("{}{}", column.unwrap_or_default(), error.message()),
            error.advice().unwrap_or("correct it, or remove it"),
        );
    }
}
