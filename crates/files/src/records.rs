//! Splits delimited text into cells: RFC 4180 quotes, blanks around cells without quotes dropped.

use memchr::{memchr, memchr_iter, memchr2};

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A quoted cell that begins on this line has no end.
    Unclosed(u64),
    /// Something follows the closing quote of a cell on this line.
    AfterQuote(u64),
}

/// Walks through the cells of a text.
pub(crate) struct Splitter<'t> {
    text: &'t str,
    at: usize,
    delimiter: u8,
    end: u8,
    /// The line of `at`, from the first line given.
    line: u64,
}

/// One cell.
pub(crate) struct RawCell<'t> {
    /// What stands between the quotes, pairs of quotes still doubled, or the trimmed text.
    pub(crate) text: &'t str,
    pub(crate) quoted: bool,
    /// Pairs of quotes have to be made single.
    pub(crate) escaped: bool,
    /// The record ends with it.
    pub(crate) last: bool,
}

fn is_blank(byte: u8, delimiter: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r') && byte != delimiter
}

impl<'t> Splitter<'t> {
    pub(crate) fn new(text: &'t str, delimiter: u8, end: u8, first_line: u64) -> Self {
        Self {
            text,
            at: 0,
            delimiter,
            end,
            line: first_line,
        }
    }

    /// The line of the next cell.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// How many bytes have been read.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// At the beginning of a record: passes blank lines; whether a record follows.
    pub(crate) fn find_record(&mut self) -> bool {
        let bytes = self.text.as_bytes();
        loop {
            let start = self.at;
            let mut at = start;
            while at < bytes.len() && bytes[at] != self.end && is_blank(bytes[at], self.delimiter) {
                at += 1;
            }
            if at == bytes.len() {
                self.at = at;
                return false;
            }
            if bytes[at] != self.end {
                return true;
            }
            self.at = at + 1;
            self.line += 1;
        }
    }

    /// The next cell of a record.
    #[inline]
    pub(crate) fn cell(&mut self) -> Result<RawCell<'t>, Fault> {
        let bytes = self.text.as_bytes();
        let mut start = self.at;
        while start < bytes.len() && bytes[start] != self.end && is_blank(bytes[start], self.delimiter) {
            start += 1;
        }
        if bytes.get(start) == Some(&b'"') {
            return self.quoted(start + 1);
        }
        // Most cells are short: a plain loop first, the vectorised search for the others.
        let near = bytes.len().min(start + 24);
        let stop = bytes[start..near]
            .iter()
            .position(|&b| b == self.delimiter || b == self.end)
            .or_else(|| memchr2(self.delimiter, self.end, &bytes[near..]).map(|at| near - start + at))
            .map_or(bytes.len(), |at| start + at);
        let mut finish = stop;
        while finish > start && is_blank(bytes[finish - 1], self.delimiter) {
            finish -= 1;
        }
        let last = self.pass(stop);
        Ok(RawCell {
            text: &self.text[start..finish],
            quoted: false,
            escaped: false,
            last,
        })
    }

    /// Passes the byte that ends a cell; whether the record ends too.
    #[inline]
    fn pass(&mut self, stop: usize) -> bool {
        match self.text.as_bytes().get(stop) {
            Some(&byte) if byte == self.delimiter => {
                self.at = stop + 1;
                false
            }
            found => {
                self.at = (stop + 1).min(self.text.len());
                self.line += u64::from(found.is_some());
                true
            }
        }
    }

    fn quoted(&mut self, start: usize) -> Result<RawCell<'t>, Fault> {
        let bytes = self.text.as_bytes();
        let mut escaped = false;
        let mut at = start;
        let close = loop {
            let Some(quote) = memchr(b'"', &bytes[at..]) else {
                return Err(Fault::Unclosed(self.line));
            };
            at += quote;
            if bytes.get(at + 1) != Some(&b'"') {
                break at;
            }
            escaped = true;
            at += 2;
        };
        self.line += memchr_iter(self.end, &bytes[start..close]).count() as u64;
        let mut stop = close + 1;
        while stop < bytes.len() && bytes[stop] != self.end && is_blank(bytes[stop], self.delimiter) {
            stop += 1;
        }
        if stop < bytes.len() && bytes[stop] != self.delimiter && bytes[stop] != self.end {
            return Err(Fault::AfterQuote(self.line));
        }
        let last = self.pass(stop);
        Ok(RawCell {
            text: &self.text[start..close],
            quoted: true,
            escaped,
            last,
        })
    }
}

impl RawCell<'_> {
    /// The cell's text; `scratch` is used when quotes have to be made single.
    #[inline]
    pub(crate) fn text<'s>(&'s self, scratch: &'s mut String) -> &'s str {
        if !self.escaped {
            return self.text;
        }
        scratch.clear();
        let mut rest = self.text;
        while let Some((before, after)) = rest.split_once("\"\"") {
            scratch.push_str(before);
            scratch.push('"');
            rest = after;
        }
        scratch.push_str(rest);
        scratch
    }
}

/// All records of `text` as cells with whether they are quoted, as far as they are whole.
pub(crate) fn records(text: &str, delimiter: u8, end: u8, most: usize) -> Vec<Vec<(String, bool)>> {
    let mut splitter = Splitter::new(text, delimiter, end, 1);
    let mut out = Vec::new();
    let mut scratch = String::new();
    while out.len() < most && splitter.find_record() {
        let mut record = Vec::new();
        loop {
            let Ok(cell) = splitter.cell() else {
                return out;
            };
            record.push((cell.text(&mut scratch).to_owned(), cell.quoted));
            if cell.last {
                break;
            }
        }
        out.push(record);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Vec<Vec<String>> {
        records(text, b',', b'\n', usize::MAX)
            .into_iter()
            .map(|r| r.into_iter().map(|(t, _)| t).collect())
            .collect()
    }

    #[test]
    fn cells_are_split_as_rfc_4180_says() {
        assert_eq!(plain("a,b\r\n1, 2 \r\n"), [["a", "b"], ["1", "2"]]);
        assert_eq!(
            plain("\"a,\"\"b\"\"\", \"c\nd\" \n,\n"),
            [["a,\"b\"", "c\nd"], ["", ""]]
        );
        assert_eq!(plain("\n  \na,b\n\n1,"), [["a", "b"], ["1", ""]]);
        assert_eq!(plain("5\" pipe,x"), [["5\" pipe", "x"]]);
    }

    #[test]
    fn lines_are_counted_through_quotes() {
        let mut splitter = Splitter::new("\n\"a\nb\",c\nd", b',', b'\n', 10);
        assert!(splitter.find_record());
        assert_eq!(splitter.line(), 11);
        assert!(splitter.cell().is_ok() && splitter.cell().is_ok());
        assert_eq!(splitter.line(), 13);
    }

    #[test]
    fn faults_name_their_line() {
        let fault = |text| Splitter::new(text, b',', b'\n', 3).cell().err();
        assert_eq!(fault("\"a\nb"), Some(Fault::Unclosed(3)));
        assert_eq!(fault("\"a\"b,c\n"), Some(Fault::AfterQuote(3)));
        assert_eq!(fault("\"a\" ,c\n"), None);
    }
}
