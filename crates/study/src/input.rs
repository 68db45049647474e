//! Reading a study's real rows: types as the study says, roles and bounds over them, and the locked
//! test apart.

use crate::Study;
use crate::making::AUGMENTED;
use crate::quarantine::QUARANTINE;
use plenish_evaluate::MIN_TEST_ROWS;
use plenish_files::ReadOptions;
use plenish_private::domain::Domain;
use plenish_store::{Input, hash_file};
use plenish_synth::FEWEST_ROWS;
use plenish_table::{
    Column, ColumnType, Context, Error, Result, Role, Schema, Seed, Table, Violation, schema_violations, violations,
};
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
        if let Some(domain) = self.public_domain()? {
            return Ok(self.read_guarded(&domain, cx)?.0);
        }
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
        let mut inputs = vec![input("train", &self.data.train, &path, &table)?];
        let test = match self.test_path() {
            Some(path) => {
                let test = plenish_files::read(&path.display().to_string(), &options, cx)?;
                let written = self.data.test.as_deref().unwrap_or_default();
                inputs.push(input("test", written, &path, &test)?);
                Some(test)
            }
            None => None,
        };
        for (name, file) in [("plan", &self.plan.file), ("reference", &self.plan.reference)] {
            if let Some(written) = file {
                inputs.push(Input::new(name, written, hash_file(&self.beside(written))?, 0));
            }
        }
        let (train, test) = self.parts(table, test, cx)?;
        Ok(Real { train, test, inputs })
    }

    /// Reads the real rows of a private study: the columns and types of `domain`, whatever the rows hold. Beside them the
    /// training rows with the column that names persons, for the fit. Fails as [`Study::read`] does.
    pub(crate) fn read_guarded(&self, domain: &Domain, cx: &Context) -> Result<(Real, Table)> {
        let options = ReadOptions {
            delimiter: self.data.delimiter.map(|c| c as u8),
            missing: self.data.missing.clone().unwrap_or_default(),
            schema: Some(domain.reading_schema()?),
            ..ReadOptions::default()
        };
        let path = self.train_path();
        let whole = plenish_files::read(&path.display().to_string(), &options, cx)?;
        let mut inputs = vec![input("train", &self.data.train, &path, &whole)?];
        let (learned, test, test_path) = if let (Some(written), Some(path)) = (&self.data.test, self.test_path()) {
            let test = plenish_files::read(&path.display().to_string(), &options, cx)?;
            inputs.push(input("test", written, &path, &test)?);
            (whole, test, path)
        } else {
            let seed = Seed::new(self.seed).derive("locked test");
            let (learned, test) = plenish_private::split(&whole, &domain.unit, 1.0 - self.data.test_share, &seed)?;
            (learned, test, path)
        };
        if let Some(said) = &self.privacy {
            let path = self.beside(&said.schema);
            inputs.push(Input::new("schema", &said.schema, hash_file(&path)?, 0));
        }
        // The schema comes first in the order of columns, the person last: what is judged has no persons.
        let schema = self.apply_schema(domain.schema()?.as_ref())?;
        let columns: Vec<usize> = (0..schema.columns.len()).collect();
        let judged = |table: &Table| table.select(&columns).with_schema(schema.clone());
        let (train, test) = (judged(&learned)?, judged(&test)?);
        self.check(&train)?;
        self.check_parts(&train, &test, &test_path)?;
        Ok((Real { train, test, inputs }, learned))
    }

    /// Whether this study can run on a table just read, with `test` as its locked test. Fails as
    /// [`Study::read`] does.
    pub fn check_tables(&self, table: Table, test: Option<Table>) -> Result<()> {
        let schema = self.apply_schema(table.schema())?;
        self.parts(table.with_schema(schema)?, test, &Context::silent())?;
        Ok(())
    }

    /// The rows to learn from and the locked test, neither too small to be used.
    fn parts(&self, table: Table, test: Option<Table>, cx: &Context) -> Result<(Table, Table)> {
        let file = |path: &Path| path.display().to_string();
        let target = self.check(&table)?;
        self.check_rows(&table, test.as_ref(), cx)?;
        let (train, test, test_path) = if let (Some(test), Some(path)) = (test, self.test_path()) {
            let test = test
                .conform(&table.shared_schema())
                .map_err(|e| e.in_file(file(&path)))?;
            (table, test, path)
        } else {
            let by = (!matches!(table.column(target), Column::Real(_))).then_some(target);
            let seed = Seed::new(self.seed).derive("locked test");
            let (train, test) = table.split(1.0 - self.data.test_share, by, &seed);
            (train, test, self.train_path())
        };
        self.check_parts(&train, &test, &test_path)?;
        Ok(leave_out_prose(train, &test, cx))
    }

    /// Neither part is too small to be used.
    fn check_parts(&self, train: &Table, test: &Table, test_path: &Path) -> Result<()> {
        let file = |path: &Path| path.display().to_string();
        let target = train.schema().require(&self.target)?;
        if train.rows() < FEWEST_ROWS {
            return Err(Error::data(format!("too few rows to learn from: {}", train.rows()))
                .in_file(file(&self.train_path()))
                .help(format!("a generator needs at least {FEWEST_ROWS}; give more data")));
        }
        let known = test.rows() - test.column(target).missing_count();
        if known < MIN_TEST_ROWS {
            let help = if self.data.test.is_some() {
                "give more of them"
            } else {
                "give more data, raise `data.test_share`, or name a file in `data.test`"
            };
            return Err(
                Error::data(format!("the locked test has {} with a known target", in_words(known)))
                    .in_file(file(test_path))
                    .in_column(&self.target)
                    .help(format!("an experiment needs at least {MIN_TEST_ROWS}; {help}")),
            );
        }
        for (part, name, path) in [
            (train, "rows to learn from", self.train_path()),
            (test, "locked test", test_path.to_owned()),
        ] {
            if !part.column(target).varies() {
                return Err(
                    Error::data(format!("the target has no two different values in the {name}"))
                        .in_file(file(&path))
                        .in_column(&self.target)
                        .help("give rows of every class, or name another column as target"),
                );
            }
        }
        Ok(())
    }

    /// Real rows keep what the study says of them. Rows to learn from that do not are an error; rows of the
    /// locked test a warning, since no generator learns from them.
    fn check_rows(&self, table: &Table, test: Option<&Table>, cx: &Context) -> Result<()> {
        let constraints = self.constraints(table.schema())?;
        let mut found = schema_violations(table);
        found.extend(violations(table, None, &constraints)?);
        if let Some(error) = Violation::error(&found, "the study file") {
            return Err(error.in_file(self.train_path().display().to_string()));
        }
        if let (Some(test), Some(path)) = (test, self.test_path()) {
            let test = test
                .conform(&table.shared_schema())
                .map_err(|e| e.in_file(path.display().to_string()))?;
            for constraint in violations(&test, None, &constraints)? {
                cx.warn(&format!("in the locked test, {}, {constraint}", path.display()));
            }
        }
        Ok(())
    }

    /// What can be said before any work is done.
    fn check(&self, table: &Table) -> Result<usize> {
        let target = table.schema().require(&self.target)?;
        let column = table.column(target);
        let file = self.train_path().display().to_string();
        if !column.varies() {
            return Err(Error::data("the target has no two different values")
                .in_file(file)
                .in_column(&self.target)
                .help("there is nothing to predict; name another column as target"));
        }
        for name in AUGMENTED.into_iter().chain(QUARANTINE) {
            if table.schema().index(name).is_some() {
                return Err(Error::data("the name is needed for the tables that a run leaves")
                    .in_file(file)
                    .in_column(name)
                    .help("rename the column in the data"));
            }
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

fn in_words(rows: usize) -> String {
    format!("{rows} row{}", if rows == 1 { "" } else { "s" })
}

fn input(name: &str, written: &str, path: &Path, table: &Table) -> Result<Input> {
    Ok(Input::new(name, written, hash_file(path)?, table.rows() as u64))
}
