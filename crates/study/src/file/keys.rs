//! The keys of a study file: the one list that the reader, `plenish init` and the JSON schema follow.

use super::criteria::CRITERIA;
use serde_json::{Map, Value, json};

/// What a key's value has to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted {
    /// Text.
    Text,
    /// A list of texts.
    TextList,
    /// A whole number from the first to the second.
    Whole(u64, u64),
    /// A number from the first to the second.
    Number(f64, f64),
    /// A list of numbers from the first to the second.
    Numbers(f64, f64),
    /// A number from the first to the second, or false.
    Threshold(f64, f64),
    /// true or false.
    Flag,
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// A list of these texts.
    Choices(&'static [&'static str]),
    /// A number, or a day or point in time as text.
    Bound,
}

impl Wanted {
    /// In words, to follow "has to be".
    pub(crate) fn words(self) -> String {
        match self {
            Self::Text => "text in quotes".to_owned(),
            Self::TextList => "a list of texts".to_owned(),
            Self::Whole(low, high) if high > 1 << 53 => format!("a whole number of at least {low}"),
            Self::Whole(low, high) => format!("a whole number from {low} to {high}"),
            Self::Number(low, high) => format!("a number from {low} to {high}"),
            Self::Numbers(low, high) => format!("a list of numbers from {low} to {high}"),
            Self::Threshold(low, high) => format!("a number from {low} to {high}, or false to leave the check out"),
            Self::Flag => "true or false".to_owned(),
            Self::Choice(names) => format!("one of: {}", quoted(names)),
            Self::Choices(names) => format!("a list of: {}", quoted(names)),
            Self::Bound => "a number, or a day like '2024-01-31' or a time like '2024-01-31T08:00:00'".to_owned(),
        }
    }

    fn schema(self) -> Value {
        match self {
            Self::Text => json!({"type": "string"}),
            Self::TextList => json!({"type": "array", "items": {"type": "string"}}),
            Self::Whole(low, high) if high > 1 << 53 => json!({"type": "integer", "minimum": low}),
            Self::Whole(low, high) => json!({"type": "integer", "minimum": low, "maximum": high}),
            Self::Number(low, high) => json!({"type": "number", "minimum": low, "maximum": high}),
            Self::Numbers(low, high) => {
                json!({"type": "array", "items": {"type": "number", "minimum": low, "maximum": high}})
            }
            Self::Threshold(low, high) => {
                json!({"anyOf": [{"type": "number", "minimum": low, "maximum": high}, {"const": false}]})
            }
            Self::Flag => json!({"type": "boolean"}),
            Self::Choice(names) => json!({"enum": names}),
            Self::Choices(names) => json!({"type": "array", "items": {"enum": names}}),
            Self::Bound => json!({"type": ["number", "string"]}),
        }
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|n| format!("\"{n}\"")).collect::<Vec<_>>().join(", ")
}

/// One key.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) wanted: Wanted,
    /// A value that suits, as TOML.
    pub(crate) example: &'static str,
    /// What it does, in one line.
    pub(crate) about: &'static str,
    /// What holds without it, in words; none if it must be there.
    pub(crate) default: Option<&'static str>,
}

/// The keys of a table; `columns` stands for each table in it.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) keys: &'static [Key],
}

impl Section {
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|k| k.name == name)
    }
}

pub(crate) const fn key(
    name: &'static str,
    wanted: Wanted,
    example: &'static str,
    default: Option<&'static str>,
    about: &'static str,
) -> Key {
    Key {
        name,
        wanted,
        example,
        about,
        default,
    }
}

pub(crate) const PURPOSES: &[&str] = &["publish", "augment"];
pub(crate) const GENERATORS: &[&str] = &["chain", "independent", "copula", "bootstrap", "smote", "cart"];
pub(crate) const PRESETS: &[&str] = &["fast", "balanced", "max"];
pub(crate) const BASELINES: &[&str] = &["class-weights", "oversampling", "smote", "reweighing"];
pub(crate) const FORMATS: &[&str] = &["parquet", "csv"];
pub(crate) const TYPES: &[&str] = &["boolean", "integer", "real", "text", "date", "timestamp"];
pub(crate) const ROLES: &[&str] = &[
    "feature",
    "target",
    "protected",
    "identifier",
    "weight",
    "free_text",
    "time",
];

/// The keys above the first section.
pub(crate) const ROOT: Section = Section {
    name: "",
    about: "",
    keys: &[
        key("format", Wanted::Whole(1, 1), "1", Some("1"), "format of this file"),
        key(
            "title",
            Wanted::Text,
            "\"Adult income\"",
            Some("none"),
            "what the report calls the study",
        ),
        key(
            "objective",
            Wanted::Text,
            "\"Share the census table without sharing people.\"",
            Some("none"),
            "what the study is to reach, in your words; it is kept in the record",
        ),
        key(
            "purpose",
            Wanted::Choice(PURPOSES),
            "\"publish\"",
            Some("\"publish\""),
            "\"publish\": synthetic rows stand in for the real ones; \"augment\": they are added to them",
        ),
        key(
            "target",
            Wanted::Text,
            "\"income\"",
            None,
            "the column that models are to predict",
        ),
        key(
            "protected",
            Wanted::TextList,
            "[\"sex\", \"race\"]",
            Some("none"),
            "columns whose groups must be treated alike",
        ),
        key(
            "seed",
            Wanted::Whole(0, i64::MAX as u64),
            "1",
            Some("1"),
            "all randomness comes from this number: the same file and data give the same bytes",
        ),
    ],
};

/// The sections, in the order `plenish init` writes them.
pub(crate) const SECTIONS: &[Section] = &[
    Section {
        name: "data",
        about: "The real rows. Paths start at the folder of this file.",
        keys: &[
            key(
                "train",
                Wanted::Text,
                "\"train.csv\"",
                None,
                "rows to learn from (CSV, Parquet; also .gz, .zst)",
            ),
            key(
                "test",
                Wanted::Text,
                "\"test.csv\"",
                Some("a share of the training file is locked away"),
                "rows that the generator never sees; everything is judged on them",
            ),
            key(
                "test_share",
                Wanted::Number(0.05, 0.5),
                "0.25",
                Some("0.25"),
                "the share locked away when there is no test file",
            ),
            key(
                "delimiter",
                Wanted::Text,
                "\";\"",
                Some("detected"),
                "the character between the cells of a CSV file",
            ),
            key(
                "missing",
                Wanted::TextList,
                "[\"?\", \"NA\"]",
                Some("empty, ?, NA and the like"),
                "texts that stand for a missing cell",
            ),
        ],
    },
    Section {
        name: "generator",
        about: "What makes the synthetic rows.",
        keys: &[
            key(
                "name",
                Wanted::Choice(GENERATORS),
                "\"chain\"",
                Some("\"chain\""),
                "\"chain\" (boosted trees), or to compare with: \"independent\", \"copula\", \"bootstrap\", \"smote\", \
                 \"cart\"; see docs/generators",
            ),
            key(
                "preset",
                Wanted::Choice(PRESETS),
                "\"balanced\"",
                Some("\"balanced\""),
                "how much effort to spend: \"fast\", \"balanced\" or \"max\"",
            ),
            key(
                "condition_on",
                Wanted::TextList,
                "[\"income\", \"sex\"]",
                Some("the target and the protected columns"),
                "the columns that `where` names most: conditions on them are met exactly",
            ),
            key(
                "rows",
                Wanted::Whole(1, i64::MAX as u64),
                "10000",
                Some("as many as there are to learn from"),
                "how many rows to make",
            ),
            key(
                "where",
                Wanted::Text,
                "\"income = '>50K' and sex = 'Female'\"",
                Some("no condition"),
                "what every synthetic row must satisfy",
            ),
        ],
    },
    Section {
        name: "augment",
        about: "How synthetic rows join the real ones, in the experiment and in the augmented table.",
        keys: &[
            key(
                "ratio",
                Wanted::Number(0.0, 100.0),
                "1.0",
                Some("1.0"),
                "synthetic rows for each real one",
            ),
            key(
                "weight",
                Wanted::Number(0.0, 10.0),
                "1.0",
                Some("1.0"),
                "how much a synthetic row counts in training; a real one counts 1",
            ),
            key(
                "quarantine",
                Wanted::Flag,
                "true",
                Some("true"),
                "whether synthetic rows whose label is in doubt are left out",
            ),
            key(
                "density_ratio",
                Wanted::Flag,
                "false",
                Some("false"),
                "whether synthetic rows are weighted around `weight` by how much likelier a model finds them among real ones",
            ),
        ],
    },
    super::plan_keys::PLAN,
    super::plan_keys::BALANCE,
    super::privacy_keys::PRIVACY,
    super::experiment_keys::EXPERIMENT,
    super::privacy_keys::AUDIT,
    Section {
        name: "criteria",
        about: "What has to hold; false leaves a check out. Hashed into the record before anything is generated.",
        keys: CRITERIA,
    },
    Section {
        name: "output",
        about: "What is written, and where.",
        keys: &[
            key(
                "folder",
                Wanted::Text,
                "\".\"",
                Some("the folder of this file"),
                "the folder for data, report and verdict",
            ),
            key(
                "formats",
                Wanted::Choices(FORMATS),
                "[\"parquet\"]",
                Some("[\"parquet\"]"),
                "file formats of the tables: \"parquet\", \"csv\"",
            ),
        ],
    },
    Section {
        name: "constraints",
        about: "What every row keeps: the real rows must, and the synthetic ones do by construction.",
        keys: &[
            key(
                "formulas",
                Wanted::TextList,
                "[\"total = net + tax\"]",
                Some("none"),
                "a column as a sum of others, rounded to its decimals: \"a = b + c\", \"a = 2 * b - c + 1\"",
            ),
            key(
                "inequalities",
                Wanted::TextList,
                "[\"start <= end\"]",
                Some("none"),
                "two columns in order: \"a <= b\", or \"a < b\" if they are never equal",
            ),
            key(
                "dependencies",
                Wanted::TextList,
                "[\"zip -> city\"]",
                Some("none"),
                "the value of the first column decides that of the second",
            ),
            key(
                "combinations",
                Wanted::TextList,
                "[\"city, state\"]",
                Some("none"),
                "columns of which only combinations occur that the real rows have",
            ),
            key(
                "unique",
                Wanted::TextList,
                "[\"order_id\"]",
                Some("none"),
                "a column, or columns like \"order, line\", in which no two rows are alike",
            ),
        ],
    },
    Section {
        name: "columns",
        about: "What each column may hold. Only what differs from what the data shows needs to stand here.",
        keys: &[
            key(
                "type",
                Wanted::Choice(TYPES),
                "\"integer\"",
                Some("inferred"),
                "type of the values",
            ),
            key(
                "role",
                Wanted::Choice(ROLES),
                "\"feature\"",
                Some("\"feature\""),
                "what the column is for",
            ),
            key(
                "missing",
                Wanted::Flag,
                "false",
                Some("inferred"),
                "whether cells may be missing",
            ),
            key("min", Wanted::Bound, "0", Some("none"), "the smallest value allowed"),
            key("max", Wanted::Bound, "100", Some("none"), "the largest value allowed"),
            key(
                "allowed",
                Wanted::TextList,
                "[\"a\", \"b\"]",
                Some("any"),
                "the texts allowed",
            ),
            key(
                "pattern",
                Wanted::Text,
                "'[A-Z]{3}-[0-9]+'",
                Some("any"),
                "regular expression that every text matches as a whole",
            ),
            key(
                "decimals",
                Wanted::Whole(0, 15),
                "2",
                Some("inferred"),
                "digits after the decimal point",
            ),
        ],
    },
];

/// The JSON schema of a study file, for editors.
pub fn json_schema() -> Value {
    let mut root = table(&ROOT);
    for section in SECTIONS {
        let schema = if section.name == "columns" {
            json!({"type": "object", "description": section.about, "additionalProperties": table(section)})
        } else {
            table(section)
        };
        root["properties"][section.name] = schema;
    }
    root["required"] = json!(["target", "data"]);
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("Plenish study file");
    root
}

fn table(section: &Section) -> Value {
    let mut properties = Map::new();
    for key in section.keys {
        let mut schema = key.wanted.schema();
        schema["description"] = match key.default {
            Some(default) => json!(format!("{}; default: {default}", key.about)),
            None => json!(key.about),
        };
        properties.insert(key.name.to_owned(), schema);
    }
    let required: Vec<&str> = section
        .keys
        .iter()
        .filter(|k| k.default.is_none())
        .map(|k| k.name)
        .collect();
    let mut out = json!({"type": "object", "properties": properties, "additionalProperties": false});
    if !section.about.is_empty() {
        out["description"] = json!(section.about);
    }
    if !required.is_empty() {
        out["required"] = json!(required);
    }
    out
}
