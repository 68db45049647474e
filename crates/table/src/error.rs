//! The error every room returns: what kind, where, what happened, what to do.

use std::fmt;
use std::path::Path;

/// The result of everything in Plenish that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of failure it is; the command line turns it into an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The call itself is wrong: an option, a study file, a condition (exit code 2).
    Usage,
    /// The data cannot be used as asked (exit code 1).
    Data,
    /// Reading or writing failed (exit code 1).
    Io,
    /// The user asked to stop.
    Cancelled,
    /// Whoever read what is written has gone away, as `head` does: nobody is left to tell.
    Closed,
    /// A fault of Plenish itself.
    Internal,
}

/// Where it happened; every part that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The file, as the user named it.
    pub file: Option<String>,
    /// Line in the file, from 1.
    pub line: Option<u64>,
    /// Position in the line, from 1, in characters.
    pub position: Option<u64>,
    /// The row of the table, from 1.
    pub row: Option<u64>,
    /// The table's column, by name.
    pub column: Option<String>,
}

/// A failure, with a message that a user can act on.
///
/// `Display` prints `file:line:position: column 'x': message; help`, and below it the detail, if
/// there is any.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    place: Box<Place>,
    message: String,
    help: Option<String>,
    detail: Option<Box<str>>,
}

impl Error {
    /// A failure of `kind`; `message` is a lower-case fragment without a full stop.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            place: Box::default(),
            message: message.into(),
            help: None,
            detail: None,
        }
    }

    /// The call is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// The data cannot be used.
    pub fn data(message: impl Into<String>) -> Self {
        Self::new(Kind::Data, message)
    }

    /// A fault of Plenish itself.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, message)
            .help("this is a fault in Plenish; please report it with the command and the input")
    }

    /// The user asked to stop.
    pub fn cancelled() -> Self {
        Self::new(Kind::Cancelled, "stopped on request; nothing was left half-written")
    }

    /// An operating-system failure on `path` while doing `action` ("read", "write", …).
    pub fn io(action: &str, path: &Path, source: &std::io::Error) -> Self {
        let help = match source.kind() {
            std::io::ErrorKind::NotFound => Some("check the path"),
            std::io::ErrorKind::PermissionDenied => Some("check the permissions of the file and its folder"),
            std::io::ErrorKind::StorageFull => Some("free some disk space"),
            std::io::ErrorKind::IsADirectory => Some("this is a folder; name a file in it"),
            std::io::ErrorKind::NotADirectory => Some("a part of the path is a file, not a folder; check the path"),
            std::io::ErrorKind::AlreadyExists => Some("something else has that name; choose another, or move it away"),
            _ => None,
        };
        let kind = match source.kind() {
            std::io::ErrorKind::BrokenPipe => Kind::Closed,
            _ => Kind::Io,
        };
        let mut error = Self::new(kind, format!("cannot {action}: {source}")).in_file(path.display().to_string());
        error.help = help.map(str::to_owned);
        error
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds lines to show below the message: the line of the file with a mark, further problems.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into().into_boxed_str());
        self
    }

    /// Names the file, unless one is named already. A request to stop is about no file.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        if self.kind != Kind::Cancelled {
            self.place.file.get_or_insert_with(|| file.into());
        }
        self
    }

    /// Names the line, from 1.
    #[must_use]
    pub fn at_line(mut self, line: u64) -> Self {
        self.place.line = Some(line);
        self
    }

    /// Names the position in the line, from 1.
    #[must_use]
    pub fn at_position(mut self, position: u64) -> Self {
        self.place.position = Some(position);
        self
    }

    /// Names the row of the table, from 1.
    #[must_use]
    pub fn at_row(mut self, row: u64) -> Self {
        self.place.row = Some(row);
        self
    }

    /// Names the table's column.
    #[must_use]
    pub fn in_column(mut self, column: impl Into<String>) -> Self {
        self.place.column = Some(column.into());
        self
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Where it happened.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What happened, without place and help.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    pub fn advice(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The lines to show below the message.
    pub fn lines(&self) -> Option<&str> {
        self.detail.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place {
            file,
            line,
            position,
            row,
            column,
        } = self.place.as_ref();
        if let Some(file) = file {
            write!(f, "{file}")?;
            if let Some(line) = line {
                write!(f, ":{line}")?;
                if let Some(position) = position {
                    write!(f, ":{position}")?;
                }
            }
            write!(f, ": ")?;
            if let (None, Some(position)) = (line, position) {
                write!(f, "position {position}: ")?;
            }
        } else if let Some(line) = line {
            write!(f, "line {line}: ")?;
        } else if let Some(position) = position {
            write!(f, "position {position}: ")?;
        }
        if let Some(row) = row {
            write!(f, "row {row}: ")?;
        }
        if let Some(column) = column {
            write!(f, "column '{column}': ")?;
        }
        write!(f, "{}", self.message)?;
        if let Some(help) = &self.help {
            write!(f, "; {help}")?;
        }
        if let Some(detail) = &self.detail {
            write!(f, "\n{detail}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
