//! `plenish profile --gaps`: what a table lacks, for people.

use super::{say, text};
use crate::arguments::Profile;
use plenish_files::ReadOptions;
use plenish_gaps::{FailingSlice, Gaps, Options, Pattern, Reference, find};
use plenish_table::{Context, Result, Seed, Table};
use std::fmt::Write;

/// Looks for the gaps that the options ask for.
pub(super) fn gaps(table: &Table, arguments: &Profile, cx: &Context) -> Result<Gaps> {
    let reference = match &arguments.reference {
        Some(path) => {
            let rows = plenish_files::read(path, &ReadOptions::default(), cx)?;
            Some(Reference::read(rows, table).map_err(|e| e.in_file(path))?)
        }
        None => None,
    };
    let options = Options {
        columns: arguments.columns.clone(),
        threshold: arguments.threshold,
        levels: arguments.levels,
        top: arguments.top,
        reference,
        ..Options::default()
    };
    let seed = Seed::new(arguments.seed);
    let target = arguments.target.as_deref();
    find(table, target, &arguments.protected, &options, &seed, cx)
}

/// Prints the first of each kind of gap.
pub(super) fn show(gaps: &Gaps, top: usize) {
    let few = gaps.threshold;
    let heading = format!("fewer than {few} rows, each part has more");
    let line = |p: &Pattern| {
        let remark = if p.may_be_impossible { "may be impossible" } else { "" };
        vec![
            p.region.text.clone(),
            text::count(p.rows as u64),
            rounded(p.expected_from_parts),
            remark.to_owned(),
        ]
    };
    list([&heading, "rows", "expected", ""], &gaps.patterns, top, line);
    let heading = "far fewer than in the reference";
    list([heading, "rows", "expected", ""], &gaps.underrepresented, top, |u| {
        let shares = format!("{:.2} % against {:.2} %", 100.0 * u.share, 100.0 * u.reference_share);
        vec![
            u.region.text.clone(),
            text::count(u.rows as u64),
            rounded(u.expected),
            shares,
        ]
    });
    let loss = gaps.loss.map_or("error".to_owned(), |loss| loss.replace('_', " "));
    if let Some(mean) = gaps.error {
        say(&format!("  {loss} of a model on rows it did not see: {mean:.4}\n"));
    }
    list(["a model fails most", "rows", &loss, "score"], &gaps.slices, top, slice);
    let heading = "bagged trees disagree most";
    list([heading, "rows", "variance", "score"], &gaps.uncertain, top, slice);
    list(["rare", "rows", "share", ""], &gaps.rare, top, |r| {
        let share = format!("{:.2} %", 100.0 * r.share);
        vec![r.region.text.clone(), text::count(r.rows as u64), share, String::new()]
    });
    let heading = "less often than in the best group";
    list(
        [heading, "rows", "share", "best", "rows to add"],
        &gaps.groups,
        top,
        |cell| {
            let percent = |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{:.1} %", 100.0 * share));
            let add = cell
                .rows_to_equalise
                .map_or("-".to_owned(), |rows| text::count(rows as u64));
            let remark = if cell.too_few { " (too few to tell)" } else { "" };
            vec![
                format!("{}{remark}", cell.region.text),
                format!(
                    "{} of {}",
                    text::count(cell.rows as u64),
                    text::count(cell.group_rows as u64)
                ),
                percent(cell.rate),
                percent(cell.best_rate),
                add,
            ]
        },
    );
    list(
        ["sparse regions of numbers", "rows", "expected", ""],
        &gaps.sparse,
        top,
        |s| {
            vec![
                s.region.text.clone(),
                text::count(s.rows as u64),
                rounded(s.expected),
                String::new(),
            ]
        },
    );
    let heading = format!("a model relies on (rise of the {loss})");
    list([&heading, "importance", ""], &gaps.importance, top, |i| {
        vec![
            i.column.clone(),
            format!("{:.4}", i.importance),
            format!("± {:.4}", i.deviation),
        ]
    });
    list(["left out", "because"], &gaps.left_out, usize::MAX, |out| {
        vec![out.column.clone(), out.reason.clone()]
    });
    for note in &gaps.notes {
        say(&format!("  Note: {note}."));
    }
}

/// A table of the first `top` entries, if there is any, and how many more there are.
fn list<T, const N: usize>(heading: [&str; N], entries: &[T], top: usize, line: impl Fn(&T) -> Vec<String>) {
    if entries.is_empty() {
        return;
    }
    let mut lines = vec![heading.map(str::to_owned).to_vec()];
    lines.extend(entries.iter().take(top).map(line));
    // All but the first column are figures, and a remark at the end.
    let right: Vec<usize> = if N > 2 { (1..N).collect() } else { Vec::new() };
    let mut shown = text::columns(&lines, &right);
    if entries.len() > top {
        let more = text::count((entries.len() - top) as u64);
        let _ = writeln!(shown, "  … and {more} more (all with --json, more here with --top)");
    }
    say(&shown);
}

fn slice(slice: &FailingSlice) -> Vec<String> {
    vec![
        slice.region.text.clone(),
        text::count(slice.rows as u64),
        format!("{:.4}", slice.error),
        format!("{:.3}", slice.score),
    ]
}

/// A number of rows to be expected: whole ones, and a digit more where there are few.
fn rounded(rows: f64) -> String {
    if rows < 10.0 {
        format!("{rows:.1}")
    } else {
        text::count(rows.round() as u64)
    }
}
