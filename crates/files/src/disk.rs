//! Whole files or none: bytes go to a hidden temporary file beside the target, which then takes
//! the target's name.

use plenish_table::{Error, Kind, Result};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Where bytes go; counts and hashes them.
pub(crate) struct Output {
    raw: Raw,
    path: PathBuf,
    hash: Sha256,
    bytes: u64,
}

enum Raw {
    /// Takes the target's name at the end, and vanishes if it does not come to that.
    Temporary(BufWriter<NamedTempFile>),
    /// A stream or a device, which cannot be replaced.
    Stream(Box<dyn Write + Send>),
}

impl Output {
    /// Writes to `path`, which is left as it is until [`Output::commit`].
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let failed = |error: std::io::Error| Error::io("write", path, &error);
        // A link stays a link: what it points to is replaced.
        let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let raw = match std::fs::metadata(&target) {
            Ok(about) if about.is_dir() => {
                return Err(Error::usage("this is a folder; a file cannot be written in its place")
                    .in_file(path.display().to_string())
                    .help("name a file in it"));
            }
            Ok(about) if !about.is_file() => Raw::Stream(Box::new(BufWriter::new(
                File::options().write(true).open(&target).map_err(failed)?,
            ))),
            _ => {
                let folder = match target.parent() {
                    Some(folder) if !folder.as_os_str().is_empty() => folder,
                    _ => Path::new("."),
                };
                let mut builder = tempfile::Builder::new();
                builder.prefix(".plenish-").suffix(".tmp");
                #[cfg(unix)]
                {
                    use std::os::unix::fs::PermissionsExt;
                    // What any new file gets; the process's mask applies.
                    builder.permissions(std::fs::Permissions::from_mode(0o666));
                }
                let file = builder
                    .tempfile_in(folder)
                    .map_err(|error| no_file_in(folder, &error).in_file(path.display().to_string()))?;
                Raw::Temporary(BufWriter::with_capacity(1 << 18, file))
            }
        };
        Ok(Self {
            raw,
            path: target,
            hash: Sha256::new(),
            bytes: 0,
        })
    }

    /// Writes to a stream; `name` stands for it in messages.
    pub(crate) fn stream(stream: Box<dyn Write + Send>, name: &str) -> Self {
        Self {
            raw: Raw::Stream(stream),
            path: PathBuf::from(name),
            hash: Sha256::new(),
            bytes: 0,
        }
    }

    /// The end: all bytes are on disk under the target's name. Their count and SHA-256.
    pub(crate) fn commit(self) -> Result<(u64, String)> {
        let path = self.path;
        let failed = |error: std::io::Error| Error::io("write", &path, &error);
        match self.raw {
            Raw::Stream(mut stream) => stream.flush().map_err(failed)?,
            Raw::Temporary(buffer) => {
                let file = buffer.into_inner().map_err(|error| failed(error.into_error()))?;
                file.as_file().sync_all().map_err(failed)?;
                file.persist(&path).map_err(|error| failed(error.error))?;
            }
        }
        Ok((self.bytes, hex(&self.hash.finalize())))
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = match &mut self.raw {
            Raw::Temporary(file) => file.write(bytes)?,
            Raw::Stream(stream) => stream.write(bytes)?,
        };
        self.hash.update(&bytes[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match &mut self.raw {
            Raw::Temporary(file) => file.flush(),
            Raw::Stream(stream) => stream.flush(),
        }
    }
}

/// Why no file can be made in `folder`; says nothing of the temporary file, which is not the user's.
fn no_file_in(folder: &Path, error: &std::io::Error) -> Error {
    let shown = folder.display();
    let message = match std::fs::metadata(folder) {
        Err(_) => format!("cannot write: there is no folder {shown}"),
        Ok(about) if !about.is_dir() => format!("cannot write: {shown} is not a folder"),
        Ok(_) if error.kind() == std::io::ErrorKind::StorageFull => {
            return Error::io("write", folder, &error.kind().into());
        }
        Ok(_) => format!("cannot write: no file can be made in {shown} ({})", error.kind()),
    };
    Error::new(Kind::Io, message).help("make the folder and allow writing to it, or name another one")
}

fn hex(digest: &[u8]) -> String {
    use std::fmt::Write as _;
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Writes a file whole or not at all: a file of that name is replaced in one step, and stays as
/// it is on failure.
pub fn write_bytes_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut output = Output::create(path)?;
    output
        .write_all(bytes)
        .map_err(|error| Error::io("write", path, &error))?;
    output.commit().map(|_| ())
}

/// Whether a file could be written at `path`, before the work that makes its content. Fails as
/// [`write_bytes_atomically`] would, and leaves everything as it is.
pub fn check_writable(path: &Path) -> Result<()> {
    Output::create(path).map(drop)
}

/// The SHA-256 of a file's bytes, as 64 hexadecimal digits.
pub fn sha256_file(path: &Path) -> Result<String> {
    let failed = |error: std::io::Error| Error::io("read", path, &error);
    let mut file = File::open(path).map_err(failed)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hex(&hash.finalize())),
            Ok(count) => hash.update(&buffer[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
}

/// The SHA-256 of bytes, as 64 hexadecimal digits.
pub fn sha256_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
