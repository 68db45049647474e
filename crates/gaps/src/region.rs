//! The rows that a gap is about.

use plenish_table::{Condition, Schema, Term};
use serde::{Serialize, Serializer};

/// The rows that a gap is about: a condition, and the same as text. Serialises as the text, which
/// [`Condition::parse`] reads again, as `--where` does.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// What the rows satisfy.
    pub condition: Condition,
    /// The same, written for people and for `--where`.
    pub text: String,
}

impl Region {
    /// The rows of a table with `schema` that satisfy all `terms`.
    pub fn new(terms: Vec<Term>, schema: &Schema) -> Self {
        let condition = Condition { terms };
        let text = condition.show(schema);
        Self { condition, text }
    }
}

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}
