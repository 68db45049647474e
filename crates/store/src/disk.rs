//! Writing that survives a crash, and the lock between processes.

use plenish_table::{Error, Result};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Bytes read at once when files are hashed or copied.
pub(crate) const CHUNK: usize = 1 << 18;

/// Makes a folder and those above it.
pub fn make_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|e| Error::io("create the folder", folder, &e))
}

/// Makes the names in a folder durable. Only Unix lets a folder be opened; elsewhere the file
/// system does it.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    if cfg!(unix) {
        File::open(folder)
            .and_then(|f| f.sync_all())
            .map_err(|e| Error::io("write to the folder", folder, &e))?;
    }
    Ok(())
}

/// A file in `tmp/` that becomes `target` only as a whole: written, made durable, renamed.
pub(crate) struct Pending {
    file: tempfile::NamedTempFile,
}

impl Pending {
    pub(crate) fn new(temporary: &Path) -> Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("part-");
        // As any other file would be made; by default temporary files are their owner's alone.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder
            .tempfile_in(temporary)
            .map_err(|e| Error::io("create a file in", temporary, &e))?;
        Ok(Self { file })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file
            .write_all(bytes)
            .map_err(|e| Error::io("write", self.file.path(), &e))
    }

    pub(crate) fn finish(self, target: &Path) -> Result<()> {
        let fail = |e: &io::Error| Error::io("write", target, e);
        let folder = target.parent().unwrap_or(Path::new("."));
        make_folder(folder)?;
        self.file.as_file().sync_all().map_err(|e| fail(&e))?;
        self.file.persist(target).map_err(|e| fail(&e.error))?;
        sync_folder(folder)
    }
}

/// Writes a small file atomically and makes it durable, by way of a file in the folder `temporary`.
pub fn write_atomic(temporary: &Path, target: &Path, bytes: &[u8]) -> Result<()> {
    let mut pending = Pending::new(temporary)?;
    pending.write(bytes)?;
    pending.finish(target)
}

/// A lock between processes, released when dropped or when the process ends in any way.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    fn open(path: &Path) -> Result<File> {
        OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(|e| Error::io("open the lock", path, &e))
    }

    /// Waits until nobody else writes, and keeps others from writing.
    pub fn exclusive(path: &Path) -> Result<Self> {
        let file = Self::open(path)?;
        file.lock().map_err(|e| unlockable(path, &e))?;
        Ok(Self { _file: file })
    }

    /// Waits until nobody holds the lock alone; any number may hold it shared.
    pub fn shared(path: &Path) -> Result<Self> {
        let file = Self::open(path)?;
        file.lock_shared().map_err(|e| unlockable(path, &e))?;
        Ok(Self { _file: file })
    }

    /// The exclusive lock if nobody holds any.
    pub fn if_free(path: &Path) -> Result<Option<Self>> {
        let file = Self::open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(e)) => Err(unlockable(path, &e)),
        }
    }
}

fn unlockable(path: &Path, source: &io::Error) -> Error {
    Error::io("lock with", path, source).help("the file system does not support locks; use a folder on a local disk")
}

/// The files in a folder, sorted by name; none if there is no folder.
pub(crate) fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::io("read the folder", folder, &e)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(|e| Error::io("read the folder", folder, &e))?.path());
    }
    paths.sort();
    Ok(paths)
}

/// The last part of a path as text.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
