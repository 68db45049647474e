//! The schema: what each column is, what it is for, and what it may hold.

use crate::{Error, Notation, Result, value};
use serde::{Deserialize, Serialize};

/// The type of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// true or false.
    Boolean,
    /// Whole numbers, 64 bits.
    Integer,
    /// Real numbers, 64 bits, finite.
    Real,
    /// Text, held as codes into a dictionary.
    Text,
    /// Calendar days.
    Date,
    /// Points in time, to the microsecond.
    Timestamp,
}

impl ColumnType {
    /// The name used in study files and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Real => "real",
            Self::Text => "text",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
        }
    }

    /// All types, in the order of the documentation.
    pub const ALL: [Self; 6] = [
        Self::Boolean,
        Self::Integer,
        Self::Real,
        Self::Text,
        Self::Date,
        Self::Timestamp,
    ];

    /// Whether its values have an order and distances: numbers, dates, timestamps.
    pub fn is_ordered(self) -> bool {
        matches!(self, Self::Integer | Self::Real | Self::Date | Self::Timestamp)
    }
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// An ordinary column.
    #[default]
    Feature,
    /// What a model is to predict.
    Target,
    /// A group that must be treated fairly (sex, race); also a feature.
    Protected,
    /// Names a row or a person; never learned from.
    Identifier,
    /// How much a row counts.
    Weight,
    /// Prose; not modelled by table generators.
    FreeText,
    /// When the row happened.
    Time,
}

impl Role {
    /// The name used in study files and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Feature => "feature",
            Self::Target => "target",
            Self::Protected => "protected",
            Self::Identifier => "identifier",
            Self::Weight => "weight",
            Self::FreeText => "free_text",
            Self::Time => "time",
        }
    }

    /// All roles, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::Feature,
        Self::Target,
        Self::Protected,
        Self::Identifier,
        Self::Weight,
        Self::FreeText,
        Self::Time,
    ];
}

/// One column of a schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnSchema {
    /// The column's name; unique in its schema.
    pub name: String,
    /// The type of its values.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// What it is for.
    #[serde(default)]
    pub role: Role,
    /// Whether cells may be missing.
    #[serde(default)]
    pub missing: bool,
    /// Smallest value allowed, on the number scale of [`crate::Column::number`]
    /// (days since 1970-01-01 for dates, microseconds for timestamps).
    #[serde(default)]
    pub min: Option<f64>,
    /// Largest value allowed, on the same scale.
    #[serde(default)]
    pub max: Option<f64>,
    /// The values a text column may hold; any, if none are listed.
    #[serde(default)]
    pub allowed: Option<Vec<String>>,
    /// Digits after the decimal point of a real column; full precision if not set.
    #[serde(default)]
    pub decimals: Option<u8>,
    /// Whether a timestamp is written with a trailing `Z` (UTC).
    #[serde(default)]
    pub utc: bool,
    /// How cells are written, where it is not the usual way of their type. Days and points in time
    /// stand in columns of their types; times of day and durations are integers, in microseconds.
    #[serde(default)]
    pub notation: Option<Notation>,
}

impl ColumnSchema {
    /// A feature of type `kind` without bounds.
    pub fn new(name: impl Into<String>, kind: ColumnType) -> Self {
        Self {
            name: name.into(),
            kind,
            role: Role::Feature,
            missing: false,
            min: None,
            max: None,
            allowed: None,
            decimals: None,
            utc: false,
            notation: None,
        }
    }

    /// Whether cells are times of day or durations: integers of microseconds, written otherwise.
    pub fn is_duration(&self) -> bool {
        self.kind == ColumnType::Integer && self.notation.is_some()
    }

    /// Writes a number of the column's number scale the way a cell is written.
    pub fn show_number(&self, number: f64) -> String {
        if let Some(notation) = self.notation {
            return notation.write(number.round() as i64);
        }
        match self.kind {
            ColumnType::Integer => format!("{number:.0}"),
            ColumnType::Date => value::format_date(number.round() as i32),
            ColumnType::Timestamp => value::format_timestamp(number.round() as i64, self.utc),
            ColumnType::Boolean => (number >= 0.5).to_string(),
            ColumnType::Real | ColumnType::Text => value::format_real(number),
        }
    }
}

/// The columns of a table, in order.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// The columns, in order.
    pub columns: Vec<ColumnSchema>,
}

impl Schema {
    /// A schema of these columns; fails when a name is empty or occurs twice.
    pub fn new(columns: Vec<ColumnSchema>) -> Result<Self> {
        let mut seen = std::collections::BTreeSet::new();
        for column in &columns {
            if column.name.is_empty() {
                return Err(Error::data("a column has no name").help("give every column a name in the header"));
            }
            if !seen.insert(column.name.as_str()) {
                return Err(Error::data("the name occurs twice")
                    .in_column(&column.name)
                    .help("rename one of the columns"));
            }
        }
        Ok(Self { columns })
    }

    /// The index of the column called `name`.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }

    /// The index of the column called `name`, or an error that lists the columns there are.
    pub fn require(&self, name: &str) -> Result<usize> {
        self.index(name).ok_or_else(|| {
            let mut names: Vec<&str> = self.columns.iter().map(|c| c.name.as_str()).collect();
            let more = names.len().saturating_sub(20);
            names.truncate(20);
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            Error::usage("there is no such column")
                .in_column(name)
                .help(format!("the columns are: {}{more}", names.join(", ")))
        })
    }

    /// The column called `name`.
    pub fn column(&self, name: &str) -> Option<&ColumnSchema> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// The column whose role is target, if there is one.
    pub fn target(&self) -> Option<usize> {
        self.columns.iter().position(|c| c.role == Role::Target)
    }

    /// The columns with `role`, in order.
    pub fn with_role(&self, role: Role) -> Vec<usize> {
        (0..self.columns.len())
            .filter(|&i| self.columns[i].role == role)
            .collect()
    }
}
