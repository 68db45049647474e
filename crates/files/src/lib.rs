//! Sources and sinks: CSV, TSV, Parquet, JSON lines and Arrow files as tables and back.
//!
//! [`read`] and [`write()`] take a file name; the extension says the format, and for reading the
//! content does if the extension is not known. Text formats may be compressed (`.gz`, `.zst`).
//!
//! # How text is read
//!
//! - **Layout.** The delimiter is the one of comma, semicolon, tab and bar that cuts the first
//!   200 records into the same number of cells. Quotes follow RFC 4180; a byte-order mark, CRLF
//!   and CR line ends, line ends within quotes and blank lines are understood. Blanks around
//!   cells without quotes do not count. The text must be UTF-8.
//! - **Header.** The first record holds the names if all its cells are text, unless half of them
//!   occur again in their own column; or if one of its texts stands above nothing but numbers,
//!   dates or booleans. Without a header the columns are `column_1`, `column_2`, ….
//! - **Missing.** See [`describe_missing_rule`].
//! - **Types** come from the whole column. All cells `true` or `false`: boolean. All whole
//!   numbers of 64 bits: integer. All numbers: real, with as many decimals as the longest cell
//!   has, up to 15. All `YYYY-MM-DD`: date. All ISO timestamps (`T` or a blank between date and
//!   clock, `Z` or no zone): timestamp. Anything else, among them numbers with leading zeros and
//!   whole numbers beyond 64 bits: text.
//! - **Numbers** that are infinite or beyond 64-bit reals are errors.
//!
//! # What is written
//!
//! A file appears whole or not at all, and its bytes are a function of cells and schema: batches,
//! threads and the order of dictionaries do not matter, and there is no time stamp in it.

mod arrow_arrays;
mod arrow_columns;
mod arrow_files;
mod assemble;
mod blocks;
mod cells;
mod classify;
mod delimited;
mod detect;
mod disk;
mod format;
mod infer;
mod interner;
mod json;
mod json_lines;
mod notations;
mod options;
mod packed;
mod records;
mod source;
mod text_rows;
mod write;

pub use disk::{check_writable, sha256_bytes, sha256_file, write_bytes_atomically};
pub use format::{Compression, Format};
pub use options::{ReadOptions, describe_missing_rule};
pub use source::{read, read_from};
pub use write::{WriteSummary, Writer, write, write_with_summary};
