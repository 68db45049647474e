//! The model file: `PLENISHM`, a format version, the generator's name, the model, and a BLAKE3 hash
//! of all that. It holds no row of the training data.

use crate::{Model, generator};
use plenish_table::{Error, Result};

const MAGIC: &[u8; 8] = b"PLENISHM";
/// Raised whenever a reader of the version before could not read what is written now.
const VERSION: u32 = 1;
const HASH: usize = 32;

/// A model as the bytes of a model file.
pub fn save(model: &dyn Model) -> Result<Vec<u8>> {
    let name = model.generator().as_bytes();
    let mut bytes = Vec::new();
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.push(name.len() as u8);
    bytes.extend_from_slice(name);
    bytes.extend_from_slice(&model.save()?);
    let hash = blake3::hash(&bytes);
    bytes.extend_from_slice(hash.as_bytes());
    Ok(bytes)
}

/// The model in the bytes of a model file. Fails on anything that is not a whole, undamaged model
/// file of a version this program reads.
pub fn open(bytes: &[u8]) -> Result<Box<dyn Model>> {
    let not_a_model = || Error::data("is not a Plenish model file").help("make one with `plenish fit`");
    let rest = bytes.strip_prefix(MAGIC.as_slice()).ok_or_else(not_a_model)?;
    let (version, _) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
    let version = u32::from_le_bytes(*version);
    if version != VERSION {
        return Err(Error::data(format!(
            "is a model file of version {version}; this program reads version {VERSION}"
        ))
        .help("fit the model again, or use the release of Plenish that made it"));
    }
    let (content, hash) = bytes
        .split_at_checked(bytes.len().saturating_sub(HASH))
        .ok_or_else(damaged)?;
    if blake3::hash(content).as_bytes() != hash {
        return Err(damaged());
    }
    let body = content.get(MAGIC.len() + 4..).ok_or_else(damaged)?;
    let (&length, body) = body.split_first().ok_or_else(damaged)?;
    let (name, body) = body.split_at_checked(usize::from(length)).ok_or_else(damaged)?;
    generator(std::str::from_utf8(name).map_err(|_| damaged())?)?.open(body)
}

pub(crate) fn damaged() -> Error {
    Error::data("the model file is damaged: its content does not match its checksum")
        .help("copy it again from where it was made, or fit the model again")
}
