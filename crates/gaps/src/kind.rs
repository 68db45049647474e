//! The kinds of gaps.

use plenish_table::{Error, Result};
use serde::{Deserialize, Serialize};

/// What kind of gap it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapKind {
    /// A rare class or event.
    Rare,
    /// A protected group with a lower share of an outcome than the best, or with few rows.
    Group,
    /// A combination of which a reference has a larger share.
    Reference,
    /// A slice in which a model fails.
    Slice,
    /// A slice in which models disagree.
    Uncertain,
    /// A sparse region of numbers.
    Sparse,
    /// A combination of common values that hardly occurs.
    Pattern,
    /// Asked for by a person.
    Asked,
}

impl GapKind {
    /// All kinds that gaps are found of, in the order in which they are filled.
    pub const FOUND: [Self; 7] = [
        Self::Rare,
        Self::Group,
        Self::Reference,
        Self::Slice,
        Self::Uncertain,
        Self::Sparse,
        Self::Pattern,
    ];

    /// Its name in study files and plans.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rare => "rare",
            Self::Group => "group",
            Self::Reference => "reference",
            Self::Slice => "slice",
            Self::Uncertain => "uncertain",
            Self::Sparse => "sparse",
            Self::Pattern => "pattern",
            Self::Asked => "asked",
        }
    }

    /// The kind called `name`. Fails for a name that is none.
    pub fn of(name: &str) -> Result<Self> {
        let all = Self::FOUND.into_iter().chain([Self::Asked]);
        all.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
            let names: Vec<&str> = Self::FOUND.iter().map(|kind| kind.name()).collect();
            Error::usage(format!("there is no kind of gap '{name}'"))
                .help(format!("the kinds are: {}", names.join(", ")))
        })
    }
}
