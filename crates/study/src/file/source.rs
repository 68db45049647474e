//! The text of a study file, and errors that point into it.

use plenish_table::{Error, Kind};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

/// Problems shown at once; more are counted.
const SHOWN: usize = 20;
/// Characters of a source line shown at once.
const WIDTH: usize = 100;

/// The text of a study file and where its values stand.
#[derive(Debug, Clone, Default)]
pub(crate) struct Source {
    /// The file, as the user named it; empty for a study that was not read from a file.
    pub(crate) file: String,
    pub(crate) text: String,
    /// Bytes of values and headers, by path: `data.train`, `protected[1]`.
    pub(crate) spans: BTreeMap<String, Range<usize>>,
}

/// Something wrong in the file.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    /// Its bytes.
    pub(crate) span: Range<usize>,
    /// What is wrong: a lower-case fragment.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: Option<String>,
}

impl Source {
    /// Where the value at `path` stands; where nothing is known, the head of the file.
    pub(crate) fn span(&self, path: &str) -> Range<usize> {
        self.spans.get(path).cloned().unwrap_or(0..0)
    }

    /// One error for all problems, in the order of the file; none if there are none. Its place is
    /// that of the first; its detail shows the lines, with a mark below.
    pub(crate) fn error(&self, mut problems: Vec<Problem>) -> Option<Error> {
        problems.sort_by_key(|p| p.span.start);
        let first = problems.first()?;
        let mut error = Error::new(Kind::Usage, &first.message);
        if let Some(help) = &first.help {
            error = error.help(help);
        }
        if self.file.is_empty() && self.text.is_empty() {
            return Some(error);
        }
        let (line, position) = self.place(first.span.start);
        let mut detail = self.marked(&first.span);
        for problem in problems.iter().skip(1).take(SHOWN - 1) {
            let (line, position) = self.place(problem.span.start);
            let help = problem.help.as_ref().map(|h| format!("; {h}")).unwrap_or_default();
            let _ = write!(
                detail,
                "\n{}:{line}:{position}: {}{help}\n{}",
                self.file,
                problem.message,
                self.marked(&problem.span)
            );
        }
        if problems.len() > SHOWN {
            let _ = write!(detail, "\nand {} more problems", problems.len() - SHOWN);
        }
        Some(
            error
                .in_file(&self.file)
                .at_line(line)
                .at_position(position)
                .detail(detail),
        )
    }

    /// The start of the line that holds a byte.
    fn line_start(&self, at: usize) -> usize {
        self.before(at).rfind('\n').map_or(0, |i| i + 1)
    }

    /// The text before a byte, moved back to the start of a character.
    fn before(&self, at: usize) -> &str {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        &self.text[..at]
    }

    /// Line and position of a byte, from 1, the position in characters.
    pub(crate) fn place(&self, at: usize) -> (u64, u64) {
        let before = self.before(at);
        let start = self.line_start(at);
        let line = before.bytes().filter(|&b| b == b'\n').count() + 1;
        (line as u64, before[start..].chars().count() as u64 + 1)
    }

    /// The line of a span with a mark below the span.
    fn marked(&self, span: &Range<usize>) -> String {
        let start = self.line_start(span.start);
        let line = self.text[start..].lines().next().unwrap_or_default();
        let before = self.before(span.start)[start..].chars().count();
        let marked = self.before(span.end.max(span.start));
        let marks = marked.get(start..).map_or(0, |t| {
            t.lines()
                .next()
                .unwrap_or_default()
                .chars()
                .count()
                .saturating_sub(before)
        });
        let skip = if before > WIDTH - 20 { before - 20 } else { 0 };
        let shown: String = line
            .chars()
            .skip(skip)
            .take(WIDTH)
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let (lead, trail) = (
            if skip > 0 { "…" } else { "" },
            if line.chars().count() > skip + WIDTH { "…" } else { "" },
        );
        let number = self.place(span.start).0.to_string();
        let margin = " ".repeat(number.len());
        let pad = " ".repeat(before - skip + usize::from(skip > 0));
        let mark = "^".repeat(marks.clamp(1, WIDTH.saturating_sub(before - skip).max(1)));
        format!("  {number} | {lead}{shown}{trail}\n  {margin} | {pad}{mark}")
    }
}

/// The one of `known` that `name` was probably meant to be.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    known
        .into_iter()
        .map(|k| (strsim::damerau_levenshtein(&wanted, &k.to_lowercase()), k))
        .filter(|(distance, k)| *distance <= 1.max(k.chars().count().max(wanted.chars().count()) / 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, k)| k)
}

/// Advice for a name that is not among `known`: the nearest one, or all of them.
pub(crate) fn advice(name: &str, known: &[&str], what: &str) -> String {
    if let Some(near) = nearest(name, known.iter().copied()) {
        return format!("did you mean '{near}'?");
    }
    let more = known.len().saturating_sub(20);
    let listed = known[..known.len() - more].join(", ");
    if more > 0 {
        format!("{what} are: {listed} and {more} more")
    } else {
        format!("{what} are: {listed}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Any span over any text is shown without a panic, in a line of bounded width.
        #[test]
        fn any_span_can_be_shown(text in "(\\PC|\n|\t|\r){0,200}", from in 0_usize..300, length in 0_usize..300) {
            let source = Source { file: "s".to_owned(), text, ..Source::default() };
            let problem = Problem { span: from..from + length, message: "m".to_owned(), help: None };
            let error = source.error(vec![problem]).unwrap();
            prop_assert_eq!(error.lines().unwrap().lines().count(), 2);
            prop_assert!(error.lines().unwrap().lines().all(|l| l.chars().count() <= WIDTH + 12));
        }
    }

    #[test]
    fn the_mark_stands_below_its_span_also_far_to_the_right() {
        let text = format!("a = 1\nlist = [{}]\n", "\"é\", ".repeat(100));
        let at = text.rfind("\"é\"").unwrap();
        let source = Source {
            file: "s".to_owned(),
            text,
            ..Source::default()
        };
        let shown = source.marked(&(at..at + 4));
        let (line, mark) = shown.split_once('\n').unwrap();
        let column = mark.chars().position(|c| c == '^').unwrap();
        assert_eq!(line.chars().skip(column).take(3).collect::<String>(), "\"é\"");
        assert_eq!(mark.matches('^').count(), 3);
    }

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        assert_eq!(nearest("titel", ["target", "title"]), Some("title"));
        assert_eq!(nearest("SEX", ["race", "sex"]), Some("sex"));
        assert_eq!(nearest("colour", ["target", "title"]), None);
    }
}
