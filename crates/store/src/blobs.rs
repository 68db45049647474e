//! Blobs: content under its own hash.

use crate::disk::{self, CHUNK, Pending};
use plenish_table::{Error, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The name of some content: its hashes and its size.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlobId {
    /// BLAKE3 in hexadecimal, 64 digits: the name in the store.
    pub blake3: String,
    /// SHA-256 in hexadecimal, 64 digits: for other tools.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
}

/// Both hashes of what passes through.
struct Hasher {
    blake3: blake3::Hasher,
    sha256: Sha256,
    bytes: u64,
}

impl Hasher {
    fn new() -> Self {
        Self {
            blake3: blake3::Hasher::new(),
            sha256: Sha256::new(),
            bytes: 0,
        }
    }

    fn update(&mut self, chunk: &[u8]) {
        self.blake3.update(chunk);
        self.sha256.update(chunk);
        self.bytes += chunk.len() as u64;
    }

    fn finish(self) -> BlobId {
        let mut sha256 = String::with_capacity(64);
        for byte in self.sha256.finalize() {
            let _ = write!(sha256, "{byte:02x}");
        }
        BlobId {
            blake3: self.blake3.finalize().to_hex().to_string(),
            sha256,
            bytes: self.bytes,
        }
    }
}

/// The name of `bytes`.
pub fn hash_bytes(bytes: &[u8]) -> BlobId {
    let mut hasher = Hasher::new();
    hasher.update(bytes);
    hasher.finish()
}

/// The name of a file's content, read in pieces; nothing is stored.
pub fn hash_file(path: &Path) -> Result<BlobId> {
    read_through(path, |_| Ok(()))
}

fn read_through(path: &Path, mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<BlobId> {
    let mut file = File::open(path).map_err(|e| Error::io("read", path, &e))?;
    let mut hasher = Hasher::new();
    let size = file.metadata().map_or(CHUNK as u64, |m| m.len());
    let mut buffer = vec![0; size.clamp(1 << 10, CHUNK as u64) as usize];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finish()),
            Ok(n) => {
                hasher.update(&buffer[..n]);
                each(&buffer[..n])?;
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(Error::io("read", path, &e)),
        }
    }
}

/// Whether `text` can be a hash of 64 digits; anything else must not become part of a path.
pub(crate) fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// The folders of blobs.
#[derive(Debug, Clone)]
pub(crate) struct Blobs {
    pub(crate) objects: PathBuf,
    pub(crate) temporary: PathBuf,
}

impl Blobs {
    /// Where a blob lies, whether it is there or not; none if `blake3` is no hash.
    pub(crate) fn path(&self, blake3: &str) -> Option<PathBuf> {
        is_hash(blake3).then(|| self.objects.join(&blake3[..2]).join(&blake3[2..]))
    }

    /// Whether the blob is there and whole. A damaged one counts as absent, so that storing the
    /// content again heals it.
    fn holds(&self, blob: &BlobId) -> bool {
        self.path(&blob.blake3).is_some_and(|path| {
            path.metadata().is_ok_and(|m| m.len() == blob.bytes) && hash_file(&path).is_ok_and(|found| found == *blob)
        })
    }

    pub(crate) fn put_bytes(&self, bytes: &[u8]) -> Result<BlobId> {
        let blob = hash_bytes(bytes);
        if !self.holds(&blob) {
            disk::write_atomic(&self.temporary, &self.target(&blob)?, bytes)?;
        }
        Ok(blob)
    }

    pub(crate) fn put_file(&self, source: &Path) -> Result<BlobId> {
        let blob = hash_file(source)?;
        if self.holds(&blob) {
            return Ok(blob);
        }
        let mut pending = Pending::new(&self.temporary)?;
        // The file may change between the two readings; what was copied counts.
        let copied = read_through(source, |chunk| pending.write(chunk))?;
        pending.finish(&self.target(&copied)?)?;
        Ok(copied)
    }

    fn target(&self, blob: &BlobId) -> Result<PathBuf> {
        self.path(&blob.blake3)
            .ok_or_else(|| Error::internal("a hash of the wrong length"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published hashes of the empty input and of "abc".
    #[test]
    fn hashes_are_the_published_ones() {
        let empty = hash_bytes(b"");
        assert_eq!(
            empty.blake3,
            "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
        );
        assert_eq!(
            empty.sha256,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            hash_bytes(b"abc").sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_big_file_hashes_like_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let bytes: Vec<u8> = (0..CHUNK * 2 + 17).map(|i| (i * 31 % 251) as u8).collect();
        let path = folder.path().join("big");
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(hash_file(&path).unwrap(), hash_bytes(&bytes));
    }

    #[test]
    fn only_hashes_become_paths() {
        let blobs = Blobs {
            objects: "o".into(),
            temporary: "t".into(),
        };
        assert!(blobs.path("../../../etc/passwd").is_none());
        assert!(blobs.path(&"A".repeat(64)).is_none());
        assert!(blobs.path(&"é".repeat(32)).is_none());
        assert!(blobs.path(&"a".repeat(64)).is_some());
    }
}
