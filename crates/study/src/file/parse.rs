//! From text to [`Study`].

use super::criteria::CRITERIA;
use super::keys::{BASELINES, ROOT, SECTIONS, Section, Wanted};
use super::privacy::{check_private, read_audit, read_privacy};
use super::reader::{At, Reader};
use super::settings::{
    Augment, BalanceSettings, ColumnOverride, Constraints, Data, ExperimentSettings, GeneratorSettings, Output,
    PlanSettings, STUDY_FORMAT, Study,
};
use super::source::{Problem, Source};
use crate::question::{group_parity, operating_point};
use plenish_evaluate::{Criteria, Purpose};
use plenish_table::{ColumnType, Error, Result, Role};
use std::path::Path;
use toml_edit::{Document, TableLike};

const HELP: &str = "a study file is written in TOML, with lines like target = \"income\"; \
                    `plenish init DATA --target COLUMN` writes one";

impl Study {
    /// Reads a study file; paths in it start at its folder. The error names each problem with its
    /// line and what to do.
    pub fn load(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|e| Error::io("read", path, &e))?;
        let text = String::from_utf8(bytes).map_err(|e| {
            let good = &e.as_bytes()[..e.utf8_error().valid_up_to()];
            let line = good.split(|&b| b == b'\n').count();
            Error::usage("the study file is not UTF-8 text")
                .in_file(&name)
                .at_line(line as u64)
                .help("save it with the encoding UTF-8")
        })?;
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
        Ok(Self::parse(&text, &name)?.in_folder(folder.unwrap_or(Path::new("."))))
    }

    /// Reads the text of a study file; `file_name` is for messages. Paths start at the current
    /// folder until [`Study::in_folder`] says otherwise.
    pub fn parse(text: &str, file_name: &str) -> Result<Self> {
        let mut source = Source {
            file: file_name.to_owned(),
            text: text.to_owned(),
            ..Source::default()
        };
        let document = match Document::parse(text.to_owned()) {
            Ok(document) => document,
            Err(error) => {
                let message = format!("the file is not valid TOML: {}", error.message().replace('\n', ", "));
                let help = if message.contains("duplicate key") {
                    "a key or section may stand there once; remove one, or put the two together"
                } else {
                    HELP
                };
                let problem = Problem {
                    span: error.span().unwrap_or(0..0),
                    message,
                    help: Some(help.to_owned()),
                };
                return Err(source.error(vec![problem]).unwrap_or_else(|| Error::usage(HELP)));
            }
        };
        source.spans.insert(String::new(), 0..0);
        let mut reader = Reader {
            source,
            problems: Vec::new(),
        };
        let study = read(&mut reader, document.as_table());
        match reader.source.error(reader.problems) {
            Some(error) => Err(error),
            None => Ok(Self {
                source: reader.source,
                ..study
            }),
        }
    }

    /// Reads the settings of a record, as [`Study::resolved`] wrote them.
    pub fn from_resolved(settings: &serde_json::Value) -> Result<Self> {
        let study: Self = serde_json::from_value(settings.clone()).map_err(|e| {
            Error::data(format!("the recorded settings are no study: {e}"))
                .help("the version was recorded by another release of Plenish; use that one")
        })?;
        Ok(study)
    }
}

fn section(name: &str) -> &'static Section {
    SECTIONS.iter().find(|s| s.name == name).unwrap_or(&ROOT)
}

fn read(reader: &mut Reader, root: &dyn TableLike) -> Study {
    let top = At {
        table: Some(root),
        section: &ROOT,
        path: "",
    };
    reader.unknown_keys(top);
    reader.required(top, "target");
    let format = reader.whole(top, "format").map_or(STUDY_FORMAT, |f| f as u32);
    let purpose = match reader.text(top, "purpose").as_deref() {
        Some("augment") => Purpose::Augment,
        _ => Purpose::Publish,
    };
    let target = reader.text(top, "target").unwrap_or_default();
    let protected = reader.texts(top, "protected").unwrap_or_default();
    if let Some(index) = protected.iter().position(|p| *p == target) {
        let span = reader.source.span(&format!("protected[{index}]"));
        reader.problem(
            span,
            format!("'{target}' is the target and cannot be protected as well"),
            Some("remove it from one of the two".to_owned()),
        );
    }
    let mut at = |name: &'static str| {
        let table = reader.table(root, "", name);
        let at = At {
            table,
            section: section(name),
            path: name,
        };
        if name != "columns" {
            reader.unknown_keys(at);
        }
        at
    };
    let (data, generator, augment) = (at("data"), at("generator"), at("augment"));
    let (criteria, output, columns) = (at("criteria"), at("output"), at("columns"));
    let constraints = at("constraints");
    let experiment = at("experiment");
    let (plan, balance) = (at("plan"), at("balance"));
    let (privacy, audit) = (at("privacy"), at("audit"));
    let privacy = read_privacy(reader, privacy);
    let audit = read_audit(reader, audit);
    let plan = read_plan(reader, plan);
    let balance = read_balance(reader, balance, &plan);
    let density_ratio = reader.flag(augment, "density_ratio").unwrap_or(false);
    if density_ratio && (plan.is_some() || balance.goal.is_some()) {
        let span = reader.source.span("augment.density_ratio");
        reader.problem(
            span,
            "`augment.density_ratio` would take away the weight of the rows that a plan adds because the data lacks them",
            Some("remove it, or [plan] and [balance]".to_owned()),
        );
    }
    let study = Study {
        format,
        title: reader.text(top, "title").unwrap_or_default(),
        objective: reader.text(top, "objective").unwrap_or_default(),
        purpose,
        target,
        protected,
        seed: reader.whole(top, "seed").unwrap_or(1),
        data: read_data(reader, data),
        generator: GeneratorSettings {
            name: reader.text(generator, "name").unwrap_or_else(|| {
                // The record shall not name a generator that has no part in it.
                privacy.as_ref().map_or("chain", |said| &said.engine).to_owned()
            }),
            preset: reader
                .text(generator, "preset")
                .unwrap_or_else(|| "balanced".to_owned()),
            condition_on: reader.texts(generator, "condition_on").unwrap_or_default(),
            rows: reader.whole(generator, "rows"),
            condition: reader.text(generator, "where"),
        },
        augment: Augment {
            ratio: reader.number(augment, "ratio").unwrap_or(1.0),
            weight: reader.number(augment, "weight").unwrap_or(1.0),
            quarantine: reader.flag(augment, "quarantine").unwrap_or(true),
            density_ratio,
        },
        plan,
        balance,
        experiment: read_experiment(reader, experiment, purpose, privacy.is_some()),
        privacy,
        audit,
        criteria: read_criteria(reader, criteria, purpose),
        output: read_output(reader, output),
        constraints: read_constraints(reader, constraints),
        columns: columns.table.map(|t| read_columns(reader, t)).unwrap_or_default(),
        source: Source::default(),
        folder: ".".into(),
    };
    if !study.experiment.group_thresholds.is_empty() && study.protected.is_empty() {
        let span = reader.source.span("experiment.group_thresholds");
        reader.problem(
            span,
            "`experiment.group_thresholds` needs groups, and no column is protected",
            Some("name columns above the first section, like protected = [\"sex\"]".to_owned()),
        );
    }
    check_private(reader, &study);
    study
}

fn read_data(reader: &mut Reader, at: At) -> Data {
    reader.required(at, "train");
    let mut path = |name: &str| {
        let path = reader.text(at, name);
        if path.as_ref().is_some_and(|path| path.trim().is_empty()) {
            let span = reader.source.span(&format!("data.{name}"));
            reader.problem(span, format!("`data.{name}` is empty"), Some("name a file".to_owned()));
        }
        path
    };
    let (train, test) = (path("train"), path("test"));
    let share = reader.number(at, "test_share");
    if test.is_some() && share.is_some() {
        let span = reader.source.span("data.test_share");
        reader.problem(
            span,
            "`data.test_share` has no effect beside `data.test`",
            Some("remove one of the two".to_owned()),
        );
    }
    let delimiter = reader.text(at, "delimiter").and_then(|text| {
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) if c.is_ascii() && !c.is_ascii_alphanumeric() && !matches!(c, '"' | '\n' | '\r') => Some(c),
            _ => {
                let span = reader.source.span("data.delimiter");
                reader.problem(
                    span,
                    "`data.delimiter` has to be one character that is no letter, digit, quote or line end",
                    Some("like delimiter = \";\" or delimiter = \"\\t\"".to_owned()),
                );
                None
            }
        }
    });
    Data {
        train: train.unwrap_or_default(),
        test,
        test_share: share.unwrap_or(0.25),
        delimiter,
        missing: reader.texts(at, "missing"),
    }
}

fn read_plan(reader: &mut Reader, at: At) -> PlanSettings {
    let default = PlanSettings::default();
    let plan = PlanSettings {
        gaps: reader.texts(at, "gaps").unwrap_or_default(),
        file: reader.text(at, "file").filter(|file| !file.is_empty()),
        columns: reader.texts(at, "columns").unwrap_or_default(),
        threshold: reader.whole(at, "threshold"),
        levels: reader.whole(at, "levels").unwrap_or(default.levels),
        reference: reader.text(at, "reference").filter(|file| !file.is_empty()),
        most: reader.number(at, "most").unwrap_or(default.most),
        rare_share: reader.number(at, "rare_share").unwrap_or(default.rare_share),
        slice_rows: reader.number(at, "slice_rows").unwrap_or(default.slice_rows),
        alike: reader.number(at, "alike").unwrap_or(default.alike),
        candidates: reader.whole(at, "candidates").unwrap_or(default.candidates),
        rounds: reader.whole(at, "rounds").unwrap_or(0),
    };
    if plan.file.is_some() && (!plan.gaps.is_empty() || plan.rounds > 0) {
        let span = reader.source.span("plan.file");
        reader.problem(
            span,
            "a plan is obeyed or made, not both",
            Some("remove `file`, or `gaps` and `rounds`".to_owned()),
        );
    }
    if plan.gaps.iter().any(|gap| gap == "reference") && plan.reference.is_none() {
        let span = reader.source.span("plan.gaps");
        reader.problem(
            span,
            "gaps against a reference need one",
            Some("name its file, like reference = \"census.csv\"".to_owned()),
        );
    }
    plan
}

fn read_balance(reader: &mut Reader, at: At, plan: &PlanSettings) -> BalanceSettings {
    let balance = BalanceSettings {
        goal: reader.text(at, "goal"),
        columns: reader.texts(at, "columns").unwrap_or_default(),
        rate: reader.number(at, "rate"),
    };
    let is_rate = balance.goal.as_deref() == Some("rate");
    if is_rate && balance.rate.is_none_or(|rate| rate <= 0.0 || rate >= 1.0) {
        let span = reader.source.span("balance.goal");
        reader.problem(
            span,
            "the goal \"rate\" needs a rate above 0 and below 1",
            Some("like rate = 0.3".to_owned()),
        );
    }
    if balance.goal.as_deref() == Some("reference") && plan.reference.is_none() {
        let span = reader.source.span("balance.goal");
        reader.problem(
            span,
            "the goal \"reference\" needs one",
            Some(
                "name a file with the columns `where` and `share` in [plan], like reference = \"margins.csv\""
                    .to_owned(),
            ),
        );
    }
    if balance.goal.is_some() && plan.file.is_some() {
        let span = reader.source.span("balance.goal");
        reader.problem(
            span,
            "a plan is obeyed or made, not both",
            Some("remove `file` from [plan], or the section [balance]".to_owned()),
        );
    }
    balance
}

fn read_experiment(reader: &mut Reader, at: At, purpose: Purpose, private: bool) -> ExperimentSettings {
    let all = || BASELINES.iter().map(|name| (*name).to_owned()).collect();
    ExperimentSettings {
        repeats: reader.whole(at, "repeats").map_or(
            match purpose {
                // Every fold would learn anew, and be charged.
                Purpose::Augment if !private => 5,
                Purpose::Augment | Purpose::Publish => 0,
            },
            |repeats| repeats as usize,
        ),
        folds: reader.whole(at, "folds").map_or(2, |folds| folds as usize),
        ratios: reader.numbers(at, "ratios").unwrap_or_default(),
        weights: reader.numbers(at, "weights").unwrap_or_default(),
        baselines: reader.texts(at, "baselines").unwrap_or_else(all),
        recalibration: reader.texts(at, "recalibration").unwrap_or_default(),
        group_thresholds: read_group_thresholds(reader, at),
        learners: reader.texts(at, "learners").unwrap_or_default(),
        metric: reader.text(at, "metric"),
        operating_point: reader.text(at, "operating_point").inspect(|text| {
            if operating_point(text).is_err() {
                let span = reader.source.span("experiment.operating_point");
                reader.problem(
                    span,
                    format!("'{text}' is no operating point"),
                    Some("like \"threshold 0.5\", \"selection-rate 0.2\" or \"recall 0.8\"".to_owned()),
                );
            }
        }),
        stop_early: reader.flag(at, "stop_early").unwrap_or(true),
    }
}

fn read_group_thresholds(reader: &mut Reader, at: At) -> Vec<String> {
    let texts = reader.texts(at, "group_thresholds").unwrap_or_default();
    let mut known = Vec::new();
    for (place, text) in texts.iter().enumerate() {
        let problem = match group_parity(text) {
            Err(error) => (error.message().to_owned(), error.advice().map(str::to_owned)),
            // The same text twice is told of all lists.
            Ok(parity) if known.contains(&parity) && !texts[..place].contains(text) => (
                format!("'{text}' is the same as one before it"),
                Some("remove one".to_owned()),
            ),
            Ok(parity) => {
                known.push(parity);
                continue;
            }
        };
        let span = reader.source.span(&format!("experiment.group_thresholds[{place}]"));
        reader.problem(span, problem.0, problem.1);
    }
    texts
}

fn read_criteria(reader: &mut Reader, at: At, purpose: Purpose) -> Criteria {
    // By name, so that no criterion can be forgotten: the list of keys is the list of criteria.
    let defaults = Criteria {
        nearer_closes: purpose == Purpose::Publish,
        ..Criteria::default()
    };
    let mut values = serde_json::to_value(defaults).unwrap_or_default();
    for key in CRITERIA {
        match key.wanted {
            Wanted::Flag => {
                if let Some(flag) = reader.flag(at, key.name) {
                    values[key.name] = flag.into();
                }
            }
            Wanted::Number(..) => {
                if let Some(number) = reader.number(at, key.name) {
                    values[key.name] = number.into();
                }
            }
            _ => {
                let mut value = values[key.name].as_f64();
                reader.threshold(at, key.name, &mut value);
                values[key.name] = value.map_or(false.into(), Into::into);
            }
        }
    }
    serde_json::from_value(values).unwrap_or_default()
}

fn read_output(reader: &mut Reader, at: At) -> Output {
    let formats = reader
        .texts(at, "formats")
        .unwrap_or_else(|| vec!["parquet".to_owned()]);
    if formats.is_empty() {
        let span = reader.source.span("output.formats");
        reader.problem(
            span,
            "`output.formats` is empty: nothing would be written",
            Some("like formats = [\"parquet\"]".to_owned()),
        );
    }
    Output {
        folder: reader
            .text(at, "folder")
            .filter(|f| !f.is_empty())
            .unwrap_or_else(|| ".".to_owned()),
        formats,
    }
}

fn read_constraints(reader: &mut Reader, at: At) -> Constraints {
    let mut texts = |name: &str| reader.texts(at, name).unwrap_or_default();
    Constraints {
        formulas: texts("formulas"),
        inequalities: texts("inequalities"),
        dependencies: texts("dependencies"),
        combinations: texts("combinations"),
        unique: texts("unique"),
    }
}

fn read_columns(reader: &mut Reader, columns: &dyn TableLike) -> Vec<ColumnOverride> {
    let mut out = Vec::new();
    for (name, _) in columns.iter() {
        let table = reader.table(columns, "columns", name);
        let path = format!("columns.{name}");
        let at = At {
            table,
            section: section("columns"),
            path: &path,
        };
        reader.unknown_keys(at);
        let kind = reader.text(at, "type");
        let role = reader.text(at, "role");
        out.push(ColumnOverride {
            name: name.to_owned(),
            kind: kind.and_then(|k| ColumnType::ALL.into_iter().find(|t| t.name() == k)),
            role: role.and_then(|r| Role::ALL.into_iter().find(|t| t.name() == r)),
            missing: reader.flag(at, "missing"),
            min: reader.bound(at, "min"),
            max: reader.bound(at, "max"),
            allowed: reader.texts(at, "allowed"),
            pattern: reader.text(at, "pattern"),
            decimals: reader.whole(at, "decimals").map(|d| d as u8),
        });
    }
    out
}
