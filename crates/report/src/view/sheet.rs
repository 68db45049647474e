//! The data of a chart as a table that is one click away.

use askama::Template;

/// A table below a chart.
#[derive(Template)]
#[template(path = "sheet.html")]
pub(crate) struct Sheet {
    /// What is clicked, and what the region is called; unique on the page.
    pub(crate) name: String,
    /// What the table shows.
    pub(crate) caption: String,
    pub(crate) heads: Vec<Head>,
    /// As many cells a row as there are heads; the first is what the row is about.
    pub(crate) rows: Vec<Vec<String>>,
}

/// The head of a column.
pub(crate) struct Head {
    pub(crate) text: String,
    /// `num`, `nowrap`, `judged`, or nothing.
    pub(crate) class: &'static str,
}

impl Head {
    /// A column of words, broken where needed.
    pub(crate) fn words(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            class: "",
        }
    }

    /// A column of single figures.
    pub(crate) fn number(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            class: "num",
        }
    }

    /// A column of figures with their intervals.
    pub(crate) fn interval(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            class: "nowrap",
        }
    }

    /// A column of figures with their intervals, or of why there are none.
    pub(crate) fn judged(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            class: "judged",
        }
    }
}

impl Sheet {
    /// The class of the cell at a place in its row.
    fn class(&self, place: &usize) -> &'static str {
        self.heads.get(*place).map_or("", |head| head.class)
    }
}
