//! Finds out, from the first lines, how a delimited text is laid out.

use crate::classify::{Class, classify};
use crate::options::MissingRule;
use crate::records::records;
use std::collections::BTreeSet;

/// So many records are looked at.
const SAMPLE: usize = 200;
/// Tried in this order; the first wins a draw.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The byte that ends records: a carriage return only where there is no line feed.
pub(crate) fn record_end(head: &[u8]) -> u8 {
    if !head.contains(&b'\n') && head.contains(&b'\r') {
        b'\r'
    } else {
        b'\n'
    }
}

/// The delimiter that cuts the most records into as many cells as the first, at least two; among
/// such, the one with the most cells. A comma if none does.
pub(crate) fn delimiter(head: &str, end: u8, whole: bool) -> u8 {
    let mut best = (0.0, 0, b',');
    for delimiter in DELIMITERS {
        let mut sample = records(head, delimiter, end, SAMPLE);
        if !whole && sample.len() > 1 && sample.len() < SAMPLE {
            sample.pop();
        }
        let cells = sample.first().map_or(0, Vec::len);
        if cells < 2 {
            continue;
        }
        let same = sample.iter().filter(|record| record.len() == cells).count();
        let share = same as f64 / sample.len() as f64;
        if share > best.0 || (share == best.0 && cells > best.1) {
            best = (share, cells, delimiter);
        }
    }
    best.2
}

/// Whether the first record holds the names of the columns.
///
/// It does if it is all text (no number, date, boolean or missing marker; empty cells do not
/// count), unless at least half of its cells occur again in their own column. It also does if
/// all cells below one of its texts are numbers, dates or booleans.
pub(crate) fn has_header(head: &str, delimiter: u8, end: u8, rule: &MissingRule) -> bool {
    let sample = records(head, delimiter, end, SAMPLE);
    let Some((first, rest)) = sample.split_first() else {
        return true;
    };
    let column = |index: usize| rest.iter().filter_map(move |record| record.get(index));
    let classes: Vec<Class> = first.iter().map(|(text, _)| classify(text, rule)).collect();
    let named_numbers = (0..first.len()).any(|index| {
        let mut below = column(index)
            .map(|(text, _)| classify(text, rule))
            .filter(|&c| c != Class::Missing)
            .peekable();
        classes[index] == Class::Text && below.peek().is_some() && below.all(|class| class != Class::Text)
    });
    if named_numbers {
        return true;
    }
    let all_text = first
        .iter()
        .zip(&classes)
        .all(|((text, _), &class)| class == Class::Text || text.is_empty());
    let again = (0..first.len())
        .filter(|&index| !first[index].0.is_empty() && column(index).any(|(text, _)| *text == first[index].0))
        .count();
    all_text && again * 2 < first.len().max(1)
}

/// Whether the first record is made of names of a declared schema, in any order.
pub(crate) fn is_header_of(first: &[(String, bool)], names: &BTreeSet<&str>) -> bool {
    let found: BTreeSet<&str> = first.iter().map(|(text, _)| text.as_str()).collect();
    names.is_subset(&found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> bool {
        has_header(text, b',', b'\n', &MissingRule::new(&[]))
    }

    #[test]
    fn delimiters_are_found() {
        for (text, expected) in [
            ("a,b\n1,2\n", b','),
            ("a;b\n1,5;2,5\n", b';'),
            ("a\tb\n1, x\t2\n", b'\t'),
            ("a|b|c\n1|2|3\n", b'|'),
            ("a\n1\n2\n", b','),
            ("\"x;y\",b\n\"1;2\",3\n", b','),
            ("", b','),
        ] {
            assert_eq!(delimiter(text, b'\n', true), expected, "{text}");
        }
    }

    #[test]
    fn headers_are_found() {
        assert!(header("age,job\n39,clerk\n"));
        assert!(header("job,city\nclerk,Rome\ncook,Oslo\n"));
        assert!(header("id,2019,2020\n1,5,6\n"));
        assert!(header("a,,c\nx,y,z\n"), "an empty name is an error to tell, not data");
        assert!(header("a,b\n"));
        assert!(!header("39,clerk\n40,cook\n"));
        assert!(!header("p,x,s\ne,x,s\np,x,y\n"));
        assert!(!header("?,x\n1,y\n2,z\n"));
        assert!(!header("2020-01-01,x\n2020-01-02,y\n"));
    }
}
