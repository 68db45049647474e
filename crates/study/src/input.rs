//! Reading a study's real rows: types as the study says, roles and bounds over them, and the locked
//! test apart.

use crate::Study;
use plenish_files::ReadOptions;
use plenish_store::{Input, hash_file};
use plenish_table::{Column, ColumnType, Context, Error, Result, Role, Schema, Seed, Table};
use std::path::Path;
use std::sync::Arc;

/// The real rows of a study.
#[derive(Debug)]
pub struct Real {
    /// Rows a generator may learn from.
    pub train: Table,
    /// Rows kept for the experiment; no generator sees them.
    pub test: Table,
    /// The files they came from.
    pub inputs: Vec<Input>,
}

impl Study {
    /// Reads the real rows. A study without a test file locks a share of the rows, keeping the
    /// target's proportions. Fails when a file cannot be read, a column the study names is absent,
    /// or the target has fewer than two values.
    pub fn read(&self, cx: &Context) -> Result<Real> {
        let mut options = ReadOptions {
            delimiter: self.data.delimiter.map(|c| c as u8),
            missing: self.data.missing.clone().unwrap_or_default(),
            ..ReadOptions::default()
        };
        let path = self.train_path();
        let name = path.display().to_string();
        let mut table = plenish_files::read(&name, &options, cx)?;
        let schema = self.apply_schema(table.schema())?;
        let same_types = schema
            .columns
            .iter()
            .zip(&table.schema().columns)
            .all(|(a, b)| a.kind == b.kind && a.name == b.name);
        options.schema = Some(schema.clone());
        if same_types {
            table = table.with_schema(schema)?;
        } else {
            // Text cannot be won back from numbers: read again with the types of the study.
            table = plenish_files::read(&name, &options, cx)?;
            let declared = Schema {
                columns: keep_read_facts(&schema, table.schema()),
            };
            table = table.with_schema(declared)?;
        }
        let target = self.check(&table)?;
        let mut inputs = vec![input("train", &self.data.train, &path, &table)?];
        let (train, test) = if let Some(path) = self.test_path() {
            let test = plenish_files::read(&path.display().to_string(), &options, cx)?;
            inputs.push(input(
                "test",
                self.data.test.as_deref().unwrap_or_default(),
                &path,
                &test,
            )?);
            let schema = table.shared_schema();
            let test = test
                .conform(&schema)
                .map_err(|e| e.in_file(path.display().to_string()))?;
            (table, test)
        } else {
            let by = (!matches!(table.column(target), Column::Real(_))).then_some(target);
            table.split(
                1.0 - self.data.test_share,
                by,
                &Seed::new(self.seed).derive("locked test"),
            )
        };
        let (train, test) = leave_out_prose(train, &test, cx);
        Ok(Real { train, test, inputs })
    }

    /// What can be said before any work is done.
    fn check(&self, table: &Table) -> Result<usize> {
        let target = table.schema().require(&self.target)?;
        let column = table.column(target);
        let first = (0..column.len()).find(|&row| !column.is_missing(row));
        let varies = first.is_some_and(|first| {
            let value = column.value(first);
            (first..column.len()).any(|row| !column.is_missing(row) && column.value(row) != value)
        });
        let file = self.train_path().display().to_string();
        if !varies {
            return Err(Error::data("the target has no two different values")
                .in_file(file)
                .in_column(&self.target)
                .help("there is nothing to predict; name another column as target"));
        }
        let modelled = |role: Role| !matches!(role, Role::Identifier | Role::FreeText | Role::Weight | Role::Target);
        if !table.schema().columns.iter().any(|c| modelled(c.role)) {
            return Err(Error::data("there is no column but the target to learn from")
                .in_file(file)
                .help("give a table with at least one more column"));
        }
        Ok(target)
    }
}

/// The study's schema, with what only reading could tell.
fn keep_read_facts(declared: &Schema, read: &Schema) -> Vec<plenish_table::ColumnSchema> {
    let mut columns = declared.columns.clone();
    for column in &mut columns {
        if let Some(found) = read.column(&column.name) {
            column.missing |= found.missing;
            column.utc |= found.utc;
            if column.kind == ColumnType::Real && column.decimals.is_none() {
                column.decimals = found.decimals;
            }
        }
    }
    columns
}

/// Prose is not for table generators: both parts go on without it.
fn leave_out_prose(train: Table, test: &Table, cx: &Context) -> (Table, Table) {
    let prose = train.schema().with_role(Role::FreeText);
    if prose.is_empty() {
        return (train, test.clone());
    }
    for &index in &prose {
        let name = &train.schema().columns[index].name;
        cx.warn(&format!(
            "column '{name}' is free text and is left out: table generators do not write prose"
        ));
    }
    let kept: Vec<usize> = (0..train.columns().len()).filter(|i| !prose.contains(i)).collect();
    let schema = Arc::new(train.select(&kept).schema().clone());
    let train = train.select(&kept);
    let test = test
        .select(&kept)
        .with_schema(schema)
        .unwrap_or_else(|_| test.select(&kept));
    (train, test)
}

fn input(name: &str, written: &str, path: &Path, table: &Table) -> Result<Input> {
    Ok(Input::new(name, written, hash_file(path)?, table.rows() as u64))
}
