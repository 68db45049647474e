//! What a run leaves in the study's folder. Everything is written beside its place first, and moved
//! there when all of it is complete.

use crate::Study;
use crate::making::Made;
use crate::quarantine::quarantine;
use plenish_evaluate::Purpose;
use plenish_table::{Context, Error, Result, Table};
use std::path::{Path, PathBuf};

/// Fails early when the output folder cannot be made or written to.
pub(crate) fn check_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|e| Error::io("make the output folder", folder, &e))?;
    tempfile::Builder::new()
        .prefix(".plenish-probe-")
        .tempfile_in(folder)
        .map(drop)
        .map_err(|e| Error::io("write to the output folder", folder, &e))
}

/// Files complete but not yet in their place; gone without a trace unless published.
#[derive(Debug)]
pub(crate) struct Staged {
    folder: PathBuf,
    staging: tempfile::TempDir,
    files: Vec<(String, PathBuf)>,
}

impl Staged {
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        let staging = tempfile::Builder::new()
            .prefix(".plenish-run-")
            .tempdir_in(folder)
            .map_err(|e| Error::io("write to the output folder", folder, &e))?;
        Ok(Self {
            folder: folder.to_owned(),
            staging,
            files: Vec::new(),
        })
    }

    /// The synthetic and the augmented table, and the rows in quarantine, in every format the study asks for. Of a
    /// private study only what stays: its rows are in the folder of what may leave.
    pub(crate) fn tables(&mut self, study: &Study, made: &Made, cx: &Context) -> Result<()> {
        let quarantined = quarantine(&made.synthetic, &made.labels)?;
        let private = study.privacy.is_some();
        for format in &study.output.formats {
            if !private {
                self.table(&format!("synthetic.{format}"), &made.synthetic, cx)?;
            }
            // Rows to publish do not stand beside real ones in one file.
            if !private || study.purpose == Purpose::Augment {
                self.table(&format!("augmented.{format}"), &made.augmented, cx)?;
            }
            self.table(&format!("quarantine.{format}"), &quarantined, cx)?;
        }
        Ok(())
    }

    pub(crate) fn table(&mut self, name: &str, table: &Table, cx: &Context) -> Result<()> {
        let path = self.staging.path().join(name);
        plenish_files::write(table, &path.display().to_string(), cx)?;
        self.files.push((name.to_owned(), path));
        Ok(())
    }

    pub(crate) fn bytes(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.staging.path().join(name);
        std::fs::write(&path, bytes).map_err(|e| Error::io("write", &path, &e))?;
        self.files.push((name.to_owned(), path));
        Ok(())
    }

    /// The files so far: name and where they are.
    pub(crate) fn files(&self) -> &[(String, PathBuf)] {
        &self.files
    }

    /// SHA-256 of the files so far.
    pub(crate) fn hashes(&self) -> Result<Vec<(String, String)>> {
        self.files
            .iter()
            .map(|(name, path)| Ok((name.clone(), plenish_files::sha256_file(path)?)))
            .collect()
    }

    /// Moves every file to its place.
    pub(crate) fn publish(self) -> Result<Vec<PathBuf>> {
        self.files
            .iter()
            .map(|(name, path)| {
                let place = self.folder.join(name);
                std::fs::rename(path, &place).map_err(|e| Error::io("write", &place, &e))?;
                Ok(place)
            })
            .collect()
    }
}
