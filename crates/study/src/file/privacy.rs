//! `[privacy]` and `[audit]`: what they say, and what they do not go with.

use super::privacy_keys::AUDIT;
use super::reader::{At, Reader};
use super::settings::Study;
use plenish_audit::AuditCriteria;
use plenish_private::accounting::{DEFAULT_DELTA, Guarantee};
use plenish_table::{Error, Role};
use serde::{Deserialize, Serialize};

/// What a private run promises, and who is charged: the words of `plenish fit`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivacySettings {
    /// `aim` or `mst`.
    pub engine: String,
    /// Above 0, at most 1,000.
    pub epsilon: f64,
    /// Above 0 and below 1.
    pub delta: f64,
    /// Path of the public schema, as in the file.
    pub schema: String,
    /// The name of the data set in the ledger.
    pub data_set: String,
    /// Path of the ledger's folder, as in the file.
    pub ledger: String,
    /// The number of rows at most, as the owner declares it.
    pub rows_at_most: Option<u64>,
}

/// Whether and how the synthetic rows are attacked.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditSettings {
    /// Whether they are.
    pub make: bool,
    /// What attackers know of a person; all but what they guess if empty.
    pub keys: Vec<String>,
    /// What attacks may find.
    pub criteria: AuditCriteria,
}

impl AuditSettings {
    /// Whether this is what holds without a section: records of before there were audits have none.
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Reads `[privacy]`; none without such a section.
pub(super) fn read_privacy(reader: &mut Reader, at: At) -> Option<PrivacySettings> {
    at.table?;
    for name in ["epsilon", "schema", "data_set"] {
        reader.required(at, name);
    }
    let said = |e: &Error| (e.message().to_owned(), e.advice().map(str::to_owned));
    let epsilon = reader.number(at, "epsilon");
    let delta = reader.number(at, "delta").unwrap_or(DEFAULT_DELTA);
    let rows_at_most = reader.whole(at, "rows_at_most");
    if let Some(epsilon) = epsilon {
        // Whichever of the two is wrong alone.
        let (key, found) = if let Err(e) = Guarantee::new(epsilon, DEFAULT_DELTA) {
            ("epsilon", Some(said(&e)))
        } else {
            let whole = Guarantee::new(epsilon, delta).and_then(|whole| {
                rows_at_most.map_or(Ok(()), |rows| whole.check_rows(rows))?;
                whole.budget()
            });
            ("delta", whole.err().map(|e| said(&e)))
        };
        if let Some((message, help)) = found {
            let span = reader.source.span(&format!("privacy.{key}"));
            reader.problem(span, message, help);
        }
    }
    let mut path = |name: &str, or: &str| {
        let text = reader.text(at, name);
        if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
            let span = reader.source.span(&format!("privacy.{name}"));
            reader.problem(
                span,
                format!("`privacy.{name}` is empty"),
                Some("name one, or leave the key out".to_owned()),
            );
        }
        text.unwrap_or_else(|| or.to_owned())
    };
    let (engine, schema) = (path("engine", "aim"), path("schema", ""));
    let (data_set, ledger) = (path("data_set", ""), path("ledger", "plenish-ledger"));
    if !data_set.is_empty()
        && let Err(e) = plenish_private::ledger::check_name(&data_set)
    {
        let span = reader.source.span("privacy.data_set");
        let (message, help) = said(&e);
        reader.problem(span, message, help);
    }
    Some(PrivacySettings {
        engine,
        epsilon: epsilon.unwrap_or(1.0),
        delta,
        schema,
        data_set,
        ledger,
        rows_at_most,
    })
}

/// Reads `[audit]`.
pub(super) fn read_audit(reader: &mut Reader, at: At) -> AuditSettings {
    let mut audit = AuditSettings {
        make: reader.flag(at, "make").unwrap_or(false),
        keys: reader.texts(at, "keys").unwrap_or_default(),
        criteria: AuditCriteria::default(),
    };
    for key in AUDIT.keys.iter().filter(|key| key.name.starts_with("audit_")) {
        if let Ok(value) = audit.criteria.of(key.name) {
            reader.threshold(at, key.name, value);
        }
    }
    if !audit.make && at.table.is_some() && !audit.is_default() {
        let span = reader.source.span("audit");
        reader.problem(
            span,
            "[audit] says what an audit may find, and none is made",
            Some("add make = true, or remove the section".to_owned()),
        );
    }
    audit
}

/// What a private run cannot be asked for, each at its place. `said` tells whether a path stands in the file.
pub(super) fn check_private(reader: &mut Reader, study: &Study) {
    if study.privacy.is_none() {
        return;
    }
    let said = |reader: &Reader, path: &str| reader.source.spans.contains_key(path);
    let refuse = |reader: &mut Reader, path: &str, message: &str, help: &str| {
        let span = reader.source.span(path);
        reader.problem(span, message, Some(help.to_owned()));
    };
    for name in ["name", "preset", "condition_on"] {
        let path = format!("generator.{name}");
        if said(reader, &path) {
            refuse(
                reader,
                &path,
                &format!("`{path}` is for generators without [privacy]"),
                "[privacy] has an engine of its own; remove one of the two",
            );
        }
    }
    for section in ["plan", "balance"] {
        let path = match section {
            _ if !study.is_planned() => continue,
            "plan" => ["plan.gaps", "plan.file", "plan.rounds"]
                .into_iter()
                .find(|path| said(reader, path)),
            _ => ["balance.goal"].into_iter().find(|path| said(reader, path)),
        };
        if let Some(path) = path {
            refuse(
                reader,
                path,
                &format!("[{section}] and [privacy] do not go together"),
                "gaps and groups are counted in the real rows without noise, and a plan would give the counts away; \
                 name rows that are wanted in `where`, from what is public",
            );
        }
    }
    if study.experiment.repeats > 0 {
        refuse(
            reader,
            "experiment.repeats",
            "folds and [privacy] do not go together",
            "every fold would learn anew, and be charged: leave `repeats` out, and the locked test alone decides",
        );
    }
    for name in ["formulas", "inequalities", "dependencies", "combinations", "unique"] {
        let path = format!("constraints.{name}");
        if said(reader, &path) && !study.constraints.of(name).is_empty() {
            refuse(
                reader,
                &path,
                "private engines keep no constraints",
                "remove it; what rows may hold is said in the public schema",
            );
        }
    }
    for column in &study.columns {
        let path = format!("columns.{}", column.name);
        for name in ["type", "missing", "min", "max", "allowed", "pattern", "decimals"] {
            let path = format!("{path}.{name}");
            if said(reader, &path) {
                refuse(
                    reader,
                    &path,
                    "with [privacy] the public schema says what a column holds",
                    "move it there, if it is known without looking at the data; `role` may stay here",
                );
            }
        }
        if matches!(column.role, Some(Role::Identifier | Role::FreeText | Role::Weight)) {
            refuse(
                reader,
                &format!("{path}.role"),
                "a column with this role cannot be private",
                "leave the column out of the public schema, and this section with it",
            );
        }
    }
}
