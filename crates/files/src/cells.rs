//! The cells of one column of one block, before the column's type is known.

use crate::interner::Interner;
use crate::packed::{self, MISSING, OTHER};
use plenish_table::MISSING_CODE;

/// Below this many cells that cannot be packed, a column is not given up as packed.
const FEW: usize = 64;

#[derive(Debug)]
pub(crate) enum Cells {
    /// So many missing cells, and nothing else yet.
    Missing(usize),
    /// Mostly numbers, dates or timestamps; the rest by number in `others`.
    Packed {
        payloads: Vec<i64>,
        tags: Vec<u8>,
        others: Interner,
        odd: usize,
    },
    /// Codes into `texts`, or [`MISSING_CODE`].
    Text { codes: Vec<u32>, texts: Interner },
}

/// Takes the cells of a column one by one.
#[derive(Debug)]
pub(crate) struct Collector {
    pub(crate) cells: Cells,
    /// Declared as text: cells need not be looked at.
    as_text: bool,
    /// A JSON string was among them, so that numbers are not meant.
    pub(crate) strings: bool,
    /// A JSON number or boolean was among them.
    pub(crate) plain: bool,
}

impl Collector {
    pub(crate) fn new(as_text: bool) -> Self {
        Self {
            cells: Cells::Missing(0),
            as_text,
            strings: false,
            plain: false,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    #[inline]
    pub(crate) fn push_missing(&mut self) {
        match &mut self.cells {
            Cells::Missing(count) => *count += 1,
            Cells::Packed { payloads, tags, .. } => {
                payloads.push(0);
                tags.push(MISSING);
            }
            Cells::Text { codes, .. } => codes.push(MISSING_CODE),
        }
    }

    /// Adds a cell whose text may stand for a number, a date, …
    #[inline]
    pub(crate) fn push(&mut self, text: &str) {
        match &mut self.cells {
            Cells::Text { codes, texts } => codes.push(texts.intern(text)),
            Cells::Packed { payloads, tags, .. } => match packed::pack(text.as_bytes()) {
                Some((payload, tag)) => {
                    payloads.push(payload);
                    tags.push(tag);
                }
                None => self.push_odd(text),
            },
            Cells::Missing(count) => {
                let count = *count;
                self.cells = match packed::pack(text.as_bytes()) {
                    Some(_) if !self.as_text => Cells::Packed {
                        payloads: vec![0; count],
                        tags: vec![MISSING; count],
                        others: Interner::default(),
                        odd: 0,
                    },
                    _ => Cells::Text {
                        codes: vec![MISSING_CODE; count],
                        texts: Interner::default(),
                    },
                };
                self.push(text);
            }
        }
    }

    /// Adds a JSON string: a date or a timestamp perhaps, but no number.
    pub(crate) fn push_string(&mut self, text: &str, missing_like: bool) {
        self.strings |= !missing_like;
        self.push(text);
    }

    /// Adds a JSON number or boolean.
    pub(crate) fn push_plain(&mut self, text: &str) {
        self.plain = true;
        self.push(text);
    }

    fn push_odd(&mut self, text: &str) {
        let mut settle = false;
        if let Cells::Packed {
            payloads,
            tags,
            others,
            odd,
        } = &mut self.cells
        {
            payloads.push(i64::from(others.intern(text)));
            tags.push(OTHER);
            *odd += 1;
            settle = *odd > FEW && *odd > tags.len() / 8;
        }
        if settle {
            self.cells.make_text();
        }
    }
}

impl Cells {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Missing(count) => *count,
            Self::Packed { tags, .. } => tags.len(),
            Self::Text { codes, .. } => codes.len(),
        }
    }

    fn make_text(&mut self) {
        let mut texts = Interner::default();
        let codes = self.text_codes(&mut texts);
        *self = Self::Text { codes, texts };
    }

    /// The cells as codes into `texts`, which learns the strings it does not know in row order.
    pub(crate) fn text_codes(&self, texts: &mut Interner) -> Vec<u32> {
        match self {
            Self::Missing(count) => vec![MISSING_CODE; *count],
            Self::Text { codes, texts: own } => {
                let map: Vec<u32> = own.iter().map(|text| texts.intern(text)).collect();
                codes
                    .iter()
                    .map(|&code| map.get(code as usize).copied().unwrap_or(MISSING_CODE))
                    .collect()
            }
            Self::Packed {
                payloads, tags, others, ..
            } => {
                let mut buffer = String::new();
                payloads
                    .iter()
                    .zip(tags)
                    .map(|(&payload, &tag)| match tag {
                        MISSING => MISSING_CODE,
                        OTHER => texts.intern(others.get(payload as usize)),
                        _ => {
                            buffer.clear();
                            packed::unpack(payload, tag, &mut buffer);
                            texts.intern(&buffer)
                        }
                    })
                    .collect()
            }
        }
    }

    /// The text of a cell, for messages.
    pub(crate) fn show(&self, row: usize) -> String {
        match self {
            Self::Missing(_) => String::new(),
            Self::Text { codes, texts } => match codes[row] {
                MISSING_CODE => String::new(),
                code => texts.get(code as usize).to_owned(),
            },
            Self::Packed {
                payloads, tags, others, ..
            } => {
                let mut text = String::new();
                match tags[row] {
                    MISSING => {}
                    OTHER => text.push_str(others.get(payloads[row] as usize)),
                    tag => packed::unpack(payloads[row], tag, &mut text),
                }
                text
            }
        }
    }
}
