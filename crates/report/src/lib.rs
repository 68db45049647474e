//! Reports: one HTML file with all charts inside, made from what the other rooms measured.
//!
//! A report needs no network, no script and no font of its own; it can be read aloud, printed, and
//! viewed in light and in dark. It computes nothing: every figure was measured elsewhere. All text
//! from the data is escaped.

mod charts;
mod figures;
mod input;
mod svg;
mod view;

use askama::Template;
pub use input::{AuditInput, DataName, PrivacyInput, Provenance, ReportInput};
use plenish_table::{Error, Result};

/// Writes the report as one HTML file: the same bytes for the same input.
pub fn render(input: &ReportInput<'_>) -> Result<String> {
    view::Page::new(input)
        .render()
        .map_err(|error| Error::internal(format!("the report could not be written: {error}")))
}

/// Writes the page of an audit as one HTML file: the same bytes for the same input. It is as sensitive as the rows that
/// were learned from, and says so.
pub fn render_audit(input: &AuditInput<'_>) -> Result<String> {
    view::attacks::Page::new(input)
        .render()
        .map_err(|error| Error::internal(format!("the page of the audit could not be written: {error}")))
}
