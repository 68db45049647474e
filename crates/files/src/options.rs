//! What a caller may say about a file, and the rule for missing cells.

use crate::Format;
use plenish_table::Schema;

/// How to read; all parts may be left to detection.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// The format; by the extension, else by the content, if not set.
    pub format: Option<Format>,
    /// The delimiter of a delimited text; detected if not set.
    pub delimiter: Option<u8>,
    /// Whether a delimited text begins with a row of names; detected if not set.
    pub header: Option<bool>,
    /// The texts that mean missing. If empty, the rule of [`describe_missing_rule`] holds; if
    /// not, these texts and the empty cell are missing, and no others.
    pub missing: Vec<String>,
    /// The declared schema: the table gets its columns in its order, with its types. Columns of
    /// the file that it does not name are left out with a warning.
    pub schema: Option<Schema>,
    /// The columns to read, in this order; all if not set.
    pub columns: Option<Vec<String>>,
}

/// Which cells of a text file are missing, in words for the documentation.
pub fn describe_missing_rule() -> &'static str {
    "A cell without quotes is missing if, without the blanks around it, it is empty or one of \
     ?, NA, N/A, n/a, NaN, nan, null, NULL. A cell in quotes is text, so that \"NA\" can be a value; \
     but in a column whose other cells are all numbers, booleans, dates or timestamps, these texts in quotes, \
     and None, none, #N/A, - and . with or without quotes, are missing too. In a column of text, \
     None and the others of that second list are values."
}

/// Missing in any column when not quoted.
const HARD: [&str; 8] = ["?", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL"];
/// Missing only where all else is not text: each of them is a real category somewhere.
const SOFT: [&str; 5] = ["None", "none", "#N/A", "-", "."];

/// Decides which cells are missing.
#[derive(Debug)]
pub(crate) struct MissingRule {
    hard: Vec<String>,
    soft: Vec<String>,
    first: [bool; 256],
}

impl MissingRule {
    pub(crate) fn new(texts: &[String]) -> Self {
        let own = |texts: &[&str]| texts.iter().map(|&t| t.to_owned()).collect();
        let (hard, soft): (Vec<String>, Vec<String>) = if texts.is_empty() {
            (own(&HARD), own(&SOFT))
        } else {
            (texts.iter().map(|t| t.trim().to_owned()).collect(), Vec::new())
        };
        let mut first = [false; 256];
        for text in &hard {
            if let Some(&byte) = text.as_bytes().first() {
                first[byte as usize] = true;
            }
        }
        Self { hard, soft, first }
    }

    /// Whether a cell without quotes, trimmed, is missing in any column.
    #[inline]
    pub(crate) fn is_missing(&self, text: &str) -> bool {
        match text.as_bytes().first() {
            None => true,
            Some(&byte) => self.first[byte as usize] && self.hard.iter().any(|t| t == text),
        }
    }

    /// Whether a cell is missing in a column that is not text.
    pub(crate) fn is_missing_number(&self, text: &str) -> bool {
        let text = text.trim();
        self.is_missing(text) || self.soft.iter().any(|t| t == text)
    }
}
