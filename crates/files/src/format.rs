//! The file formats, and how a name or the first bytes tell which one it is.

/// How a table is laid out in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Text with a delimiter between cells, a comma unless another is found or asked for.
    Csv,
    /// Text with tabs between cells.
    Tsv,
    /// Apache Parquet.
    Parquet,
    /// One JSON object a line.
    JsonLines,
    /// Arrow IPC, as a file or a stream; also called Feather.
    Arrow,
}

/// How a file is compressed as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// `.gz`
    Gzip,
    /// `.zst`
    Zstd,
}

impl Format {
    /// All formats, in the order of the documentation.
    pub const ALL: [Self; 5] = [Self::Csv, Self::Tsv, Self::Parquet, Self::JsonLines, Self::Arrow];

    /// The name used in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Tsv => "TSV",
            Self::Parquet => "Parquet",
            Self::JsonLines => "JSON lines",
            Self::Arrow => "Arrow",
        }
    }

    /// Format and compression by the extension of a file's name, in any case; `None` if it is not
    /// one that is known.
    pub fn of(name: &str) -> Option<(Self, Compression)> {
        let name = name.to_ascii_lowercase();
        let (name, compression) = if let Some(rest) = name.strip_suffix(".gz") {
            (rest, Compression::Gzip)
        } else if let Some(rest) = name.strip_suffix(".zst") {
            (rest, Compression::Zstd)
        } else {
            (name.as_str(), Compression::None)
        };
        let format = match name.rsplit_once('.')?.1 {
            "csv" => Self::Csv,
            "tsv" | "tab" => Self::Tsv,
            "parquet" | "pq" => Self::Parquet,
            "jsonl" | "ndjson" => Self::JsonLines,
            "arrow" | "feather" | "ipc" => Self::Arrow,
            _ => return None,
        };
        Some((format, compression))
    }

    /// Whether it is lines of text, which may be compressed as a whole.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Csv | Self::Tsv | Self::JsonLines)
    }

    /// The format that the first bytes (uncompressed) speak for.
    pub(crate) fn sniff(head: &[u8]) -> Self {
        let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
        if head.starts_with(b"PAR1") {
            Self::Parquet
        } else if head.starts_with(b"ARROW1") || head.starts_with(&[0xFF; 4]) {
            Self::Arrow
        } else if text.trim_ascii_start().starts_with(b"{") {
            Self::JsonLines
        } else {
            Self::Csv
        }
    }
}

impl Compression {
    /// The compression that the first bytes speak for.
    pub(crate) fn sniff(head: &[u8]) -> Self {
        if head.starts_with(&[0x1F, 0x8B]) {
            Self::Gzip
        } else if head.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) {
            Self::Zstd
        } else {
            Self::None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The extensions that the manual promises, in any case.
    #[test]
    fn extensions_name_format_and_compression() {
        for (name, expected) in [
            ("a.csv", Some((Format::Csv, Compression::None))),
            ("A.CSV.GZ", Some((Format::Csv, Compression::Gzip))),
            ("x/a.b.tsv.zst", Some((Format::Tsv, Compression::Zstd))),
            ("a.parquet", Some((Format::Parquet, Compression::None))),
            ("a.jsonl", Some((Format::JsonLines, Compression::None))),
            ("a.ndjson.gz", Some((Format::JsonLines, Compression::Gzip))),
            ("a.arrow", Some((Format::Arrow, Compression::None))),
            ("a.feather", Some((Format::Arrow, Compression::None))),
            ("a.ipc", Some((Format::Arrow, Compression::None))),
            ("adult.data", None),
            ("csv", None),
        ] {
            assert_eq!(Format::of(name), expected, "{name}");
        }
    }
}
