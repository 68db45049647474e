//! Paths as a study file names them: from its own folder.

use plenish_table::{Error, Result};
use std::path::{Component, Path, PathBuf};

/// `path`, as seen from `folder`; an absolute path stays absolute. Fails when either does not exist.
pub fn relative_path(folder: &Path, path: &Path) -> Result<String> {
    if path.is_absolute() {
        return Ok(path.display().to_string());
    }
    let whole = |p: &Path| std::fs::canonicalize(p).map_err(|e| Error::io("find", p, &e));
    let (from, to) = (whole(folder)?, whole(path)?);
    let from: Vec<Component> = from.components().collect();
    let to: Vec<Component> = to.components().collect();
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut out = PathBuf::new();
    for _ in shared..from.len() {
        out.push("..");
    }
    out.extend(&to[shared..]);
    Ok(out.display().to_string())
}
