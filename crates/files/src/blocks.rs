//! Cuts a stream of text into blocks of whole records, so that blocks can be read in parallel.

use memchr::{memchr, memchr_iter, memrchr};
use plenish_table::{Error, Result};
use std::io::Read;
use std::path::Path;

/// A record longer than this is taken for the effect of a quote that is never closed.
const LONGEST_RECORD: usize = 256 << 20;

/// Whole records.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) bytes: Vec<u8>,
    /// The line of the file that the block begins with, from 1.
    pub(crate) first_line: u64,
}

/// How records end, and whether line ends in quotes are part of a cell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// The byte that ends a record: a line feed, or a carriage return in very old files.
    pub(crate) end: u8,
    /// The delimiter, if cells may be quoted.
    pub(crate) quotes_after: Option<u8>,
}

/// Reads blocks from a stream.
pub(crate) struct BlockReader<'r> {
    input: Box<dyn Read + Send + 'r>,
    name: String,
    size: usize,
    layout: Layout,
    /// Read, not yet handed out; begins with a record.
    buffer: Vec<u8>,
    ended: bool,
    line: u64,
    /// How far `buffer` has been looked at, and what was found.
    scanned: usize,
    inside: bool,
    /// The end of the last whole record in `buffer`.
    complete: usize,
}

impl<'r> BlockReader<'r> {
    /// Blocks of about `size` bytes.
    pub(crate) fn new(input: Box<dyn Read + Send + 'r>, name: &str, size: usize) -> Self {
        Self {
            input,
            name: name.to_owned(),
            size,
            layout: Layout {
                end: b'\n',
                quotes_after: None,
            },
            buffer: Vec::new(),
            ended: false,
            line: 1,
            scanned: 0,
            inside: false,
            complete: 0,
        }
    }

    /// The first bytes, as many as `size` if the stream has them; whether that is all of it.
    pub(crate) fn head(&mut self, size: usize) -> Result<(&[u8], bool)> {
        while self.buffer.len() < size && !self.ended {
            self.fill(size)?;
        }
        Ok((&self.buffer, self.ended))
    }

    /// Leaves out the first bytes, which hold `lines` line ends. Only before the first block.
    pub(crate) fn skip(&mut self, bytes: usize, lines: u64) {
        self.buffer.drain(..bytes);
        self.line += lines;
    }

    /// Sets how records end; only before the first block.
    pub(crate) fn set_layout(&mut self, layout: Layout) {
        self.layout = layout;
    }

    fn fill(&mut self, amount: usize) -> Result<()> {
        let read = self
            .input
            .by_ref()
            .take(amount as u64)
            .read_to_end(&mut self.buffer)
            .map_err(|source| read_error(&self.name, &source))?;
        self.ended = read == 0;
        Ok(())
    }

    /// Moves `complete` on as far as the bytes allow.
    fn scan(&mut self) {
        let Layout { end, quotes_after } = self.layout;
        let Some(delimiter) = quotes_after else {
            if let Some(at) = memrchr(end, &self.buffer[self.scanned..]) {
                self.complete = self.scanned + at + 1;
            }
            self.scanned = self.buffer.len();
            return;
        };
        loop {
            let rest = &self.buffer[self.scanned..];
            let quote = memchr(b'"', rest);
            if !self.inside {
                let plain = &rest[..quote.unwrap_or(rest.len())];
                if let Some(at) = memrchr(end, plain) {
                    self.complete = self.scanned + at + 1;
                }
            }
            let Some(at) = quote.map(|at| self.scanned + at) else {
                self.scanned = self.buffer.len();
                return;
            };
            if self.inside {
                match self.buffer.get(at + 1) {
                    Some(b'"') => self.scanned = at + 2,
                    // Whether the quote closes is told by the next byte.
                    None if !self.ended => {
                        self.scanned = at;
                        return;
                    }
                    _ => {
                        self.inside = false;
                        self.scanned = at + 1;
                    }
                }
            } else {
                self.inside = opens(&self.buffer[self.complete..at], delimiter);
                self.scanned = at + 1;
            }
        }
    }

    /// The next block; `None` at the end.
    pub(crate) fn next_block(&mut self) -> Result<Option<Block>> {
        loop {
            self.scan();
            if self.ended || (self.complete > 0 && self.buffer.len() >= self.size) {
                break;
            }
            if self.buffer.len() > LONGEST_RECORD {
                return Err(Error::data(format!(
                    "the record that begins here is longer than {} MB; a quote is probably never closed",
                    LONGEST_RECORD >> 20
                ))
                .help("look for a cell that begins with a quote and does not end with one")
                .in_file(&self.name)
                .at_line(self.line));
            }
            let missing = self.size.saturating_sub(self.buffer.len()).max(self.size / 2).max(1);
            self.fill(missing)?;
        }
        if self.buffer.is_empty() {
            return Ok(None);
        }
        let cut = if self.ended { self.buffer.len() } else { self.complete };
        let rest = self.buffer.split_off(cut);
        let bytes = std::mem::replace(&mut self.buffer, rest);
        self.scanned -= cut.min(self.scanned);
        self.complete = 0;
        let first_line = self.line;
        self.line += memchr_iter(self.layout.end, &bytes).count() as u64;
        Ok(Some(Block { bytes, first_line }))
    }

    /// Up to `count` blocks; none at the end.
    pub(crate) fn next_blocks(&mut self, count: usize) -> Result<Vec<Block>> {
        let mut blocks = Vec::with_capacity(count);
        while blocks.len() < count {
            match self.next_block()? {
                Some(block) => blocks.push(block),
                None => break,
            }
        }
        Ok(blocks)
    }
}

/// Whether a quote after `before`, the record so far, opens a quoted cell: it does at the
/// beginning of a cell, blanks aside.
fn opens(before: &[u8], delimiter: u8) -> bool {
    let cell = before
        .iter()
        .rposition(|&b| b == delimiter || !matches!(b, b' ' | b'\t' | b'\r'));
    cell.is_none_or(|at| before[at] == delimiter)
}

/// A failure to read; a decoder's complaint means that the file is damaged.
pub(crate) fn read_error(name: &str, source: &std::io::Error) -> Error {
    use std::io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
    if matches!(source.kind(), InvalidData | InvalidInput | UnexpectedEof | Other) {
        Error::data(format!("the compressed data is damaged or cut short: {source}"))
            .help("fetch or compress the file again")
            .in_file(name)
    } else {
        Error::io("read", Path::new(name), source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn blocks(text: &str, size: usize) -> Vec<(String, u64)> {
        let mut reader = BlockReader::new(Box::new(text.as_bytes()), "t", size);
        reader.set_layout(Layout {
            end: b'\n',
            quotes_after: Some(b','),
        });
        let mut out = Vec::new();
        while let Some(block) = reader.next_block().unwrap() {
            out.push((String::from_utf8(block.bytes).unwrap(), block.first_line));
        }
        out
    }

    #[test]
    fn quoted_line_ends_do_not_cut() {
        let text = "a,\"x\n\"\"y\"\"\nz\"\nb,5\" pipe\n \"c\nd\",e\n";
        let records: Vec<(String, u64)> = blocks(text, 1);
        assert_eq!(
            records,
            [
                ("a,\"x\n\"\"y\"\"\nz\"\n".to_owned(), 1),
                ("b,5\" pipe\n".to_owned(), 4),
                (" \"c\nd\",e\n".to_owned(), 5)
            ]
        );
    }

    proptest! {
        /// No byte is lost or invented at any block size, and every size cuts at ends of the
        /// same records.
        #[test]
        fn blocks_are_the_stream(text in "[a,\"\n ]{0,60}", size in 1_usize..40) {
            let cut = blocks(&text, size);
            let joined: String = cut.iter().map(|(text, _)| text.as_str()).collect();
            prop_assert_eq!(&joined, &text);
            let ends = |size| -> Vec<usize> {
                blocks(&text, size).iter().scan(0, |at, (t, _)| { *at += t.len(); Some(*at) }).collect()
            };
            let finest = ends(1);
            prop_assert!(ends(size).iter().all(|end| finest.contains(end)));
        }
    }
}
