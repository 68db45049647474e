//! What a private study needs beyond others: its domain, its budget, and a fit that is charged once.
//!
//! - The public schema is read and the ledger asked before the data is opened: a study whose budget is spent computes
//!   nothing.
//! - Rows are set aside by their own content (`plenish_private::split`), so that a row more or less moves no other.
//! - The generator is fitted once, to the training part. Whatever looks at real rows without noise (profile, checks,
//!   experiment, audits) is the trusted side's; only what follows from the fit may leave, and stands in a folder of its
//!   own.

use crate::{PrivacySettings, Study};
use plenish_files::ReadOptions;
use plenish_private::accounting::Guarantee;
use plenish_private::domain::{Domain, Outside, Unit};
use plenish_private::ledger::{Balance, Ledger, Register, Sketch};
use plenish_private::{Engine, Evidence, PrivateModel, Settings, cost};
use plenish_table::{Context, Error, Result, Table};
use serde::Serialize;

/// The folder of what may leave the house.
pub(crate) const RELEASE: &str = "release";

/// Synthetic rows at least, however few the noisy answers make out of the data: enough to be judged.
const FEWEST: u64 = 100;

/// A private study, ready to be charged.
#[derive(Debug)]
pub(crate) struct Private {
    pub(crate) domain: Domain,
    settings: Settings,
    ledger: Ledger,
    register: Register,
}

/// What was promised and paid, and what of the data the trusted side should know.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Privacy {
    /// What may be published with the rows.
    pub evidence: Evidence,
    /// What the data set may still give.
    pub ledger: Balance,
    /// What of the training rows lies outside the public schema: exact counts, for the trusted side.
    pub outside: Outside,
    /// Files that the promise covers, in the study's output folder.
    pub released: Vec<String>,
    /// Files that it does not cover.
    pub kept: Vec<String>,
    /// Always false: noise is drawn anew in every run.
    pub reproducible: bool,
}

impl Study {
    /// The public schema of a private study. Fails, with its file, when it cannot be read.
    fn domain(&self, said: &PrivacySettings) -> Result<Domain> {
        let path = self.beside(&said.schema);
        let text = std::fs::read_to_string(&path).map_err(|e| {
            Error::io("read the public schema", &path, &e)
                .detail("`schema` in [privacy] names a file that says what is public about each column; docs/privacy.md shows one")
        })?;
        Domain::parse(&text).map_err(|e| e.in_file(path.display().to_string()))
    }

    /// The domain of a private study; none for any other.
    pub(crate) fn public_domain(&self) -> Result<Option<Domain>> {
        self.privacy.as_ref().map(|said| self.domain(said)).transpose()
    }
}

impl Private {
    /// Reads the public schema and asks the ledger, before the data is opened; none for a study without `[privacy]`.
    /// Fails when the budget does not allow the run.
    pub(crate) fn open(study: &Study, code_version: &str) -> Result<Option<Self>> {
        let Some(said) = &study.privacy else {
            return Ok(None);
        };
        let domain = study.domain(said)?;
        let guarantee = Guarantee::new(said.epsilon, said.delta)?;
        let settings = Settings {
            rows_at_most: said.rows_at_most,
            purpose: format!(
                "study {}",
                if study.title.is_empty() {
                    &study.target
                } else {
                    &study.title
                }
            ),
            code: format!("plenish {code_version}"),
            ..Settings::new(Engine::of(&said.engine)?, guarantee)
        };
        let (rho, delta) = cost(&domain, &settings)?;
        let root = study.beside(&said.ledger);
        let ledger = Ledger::open(&root, &said.data_set)?;
        ledger.allows(rho, delta)?;
        // What can be refused for its names alone is refused now as well.
        study.apply_schema(domain.schema()?.as_ref())?;
        Ok(Some(Self {
            domain,
            settings,
            ledger,
            register: Register::open(&root)?,
        }))
    }

    /// Warns when most rows of the study's training file were charged under another name; what is to be remembered of
    /// them under this one. The file is read as it is: which columns a schema names does not matter.
    pub(crate) fn compare_names(&self, study: &Study, now: &str, cx: &Context) -> Result<Sketch> {
        let options = ReadOptions {
            delimiter: study.data.delimiter.map(|c| c as u8),
            missing: study.data.missing.clone().unwrap_or_default(),
            ..ReadOptions::default()
        };
        let table = plenish_files::read(&study.train_path().display().to_string(), &options, &Context::silent())?;
        let sketch = self.register.sketch(&table, now);
        for relative in self.register.relatives(self.ledger.name(), &sketch)? {
            cx.warn(&relative.to_string());
        }
        Ok(sketch)
    }

    /// Remembers rows that are about to be charged.
    pub(crate) fn enter(&self, sketch: &Sketch) -> Result<()> {
        self.register.enter(self.ledger.name(), sketch.clone())
    }

    /// Fits the engine to `train`, which has the column that names persons: charged in full before anything is drawn.
    pub(crate) fn fit(&self, train: &Table, now: &str, cx: &Context) -> Result<PrivateModel> {
        cx.step("learning privately", 0, || {
            plenish_private::fit(train, &self.domain, &self.settings, &self.ledger, now, cx)
        })
    }

    /// How many rows to make where nobody says: the true number of rows is secret, the estimated one is not.
    pub(crate) fn rows_to_make(estimated: u64) -> u64 {
        estimated.max(FEWEST)
    }

    /// What was promised and paid.
    pub(crate) fn told(&self, model: &PrivateModel, train: &Table) -> Result<Privacy> {
        Ok(Privacy {
            evidence: model.evidence().clone(),
            ledger: self.ledger.balance()?,
            outside: Outside::new(train, &self.domain)?,
            released: Vec::new(),
            kept: Vec::new(),
            reproducible: false,
        })
    }

    /// Tells the trusted side what the schema moves or leaves out.
    pub(crate) fn warn_of_outside(outside: &Outside, unit: &Unit, cx: &Context) {
        if let (true, Unit::Person { rows, .. }) = (outside.rows_left_out > 0, unit) {
            cx.warn(&format!(
                "{} rows are left out: no more than {rows} of a person count (this figure is exact, and not for \
                 publication)",
                outside.rows_left_out
            ));
        }
        for (column, cells) in &outside.cells {
            cx.warn(&format!(
                "column '{column}': {cells} cells lie outside the public schema and are moved to its nearest value or to \
                 'other' (this figure is exact, and not for publication)"
            ));
        }
    }
}
