//! The model file, and its header, which tells what a model is without reading the model.
//!
//! | bytes | content |
//! |---|---|
//! | 8 | `PLENISHM` |
//! | 4 | format version, little-endian |
//! | 4 | length of the header, little-endian |
//! | … | the header: one JSON object, see [`Header`] |
//! | 32 | BLAKE3 of everything before |
//! | … | the body: what [`Model::save`] gave; the header holds its length and BLAKE3 |
//!
//! It holds no row of the training data, except for generators whose summary says that the model holds
//! rows ([`crate::Summary::holds_rows`]), and no time unless one is given: the same data, settings and
//! seed give the same bytes.

use crate::{Model, Preset, Summary, constrained, generator};
use plenish_table::{Error, Result, Schema};
use serde::{Deserialize, Serialize};
use std::io::Read;

const MAGIC: &[u8; 8] = b"PLENISHM";
/// Raised whenever a reader of the version before could not read what is written now.
const VERSION: u32 = 3;
const HASH: usize = 32;
/// Magic, version, length of the header.
const FRONT: usize = MAGIC.len() + 8;
/// A longer header can only come from damage: one of 100,000 columns is shorter.
const LONGEST_HEADER: usize = 1 << 28;

/// Where a model comes from; whoever saves it says what is known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Provenance {
    /// The program and its version.
    pub program: String,
    /// The seed of the fit.
    pub seed: Option<u64>,
    /// The effort of the fit.
    pub preset: Option<Preset>,
    /// When it was fitted, RFC 3339.
    pub fitted: Option<String>,
}

/// What stands before the model in a model file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Figures of the fit, with the generator's name.
    pub summary: Summary,
    /// Where the model comes from.
    pub provenance: Provenance,
    /// The columns it generates.
    pub schema: Schema,
    /// What every row it generates keeps, as it is written; around the model stands a plan for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<String>,
    /// Length of the body in bytes.
    pub body_bytes: u64,
    /// BLAKE3 of the body, as 64 hexadecimal digits: the same for the same data, settings and seed,
    /// whatever the provenance says.
    pub checksum: String,
}

impl Header {
    /// Reads the header of a model file and leaves the body unread. Fails on anything that is not the
    /// beginning of a model file of a version this program reads.
    pub fn read(from: &mut dyn Read) -> Result<Self> {
        let mut front = Vec::new();
        let mut take = |upto: usize, front: &mut Vec<u8>| -> Result<()> {
            let wanted = (upto - front.len()) as u64;
            let mut part = (&mut *from).take(wanted);
            match part.read_to_end(front) {
                Ok(count) if count as u64 == wanted => Ok(()),
                Ok(_) if front.len() < FRONT && !front.starts_with(MAGIC) => Err(not_a_model()),
                Ok(_) => Err(damaged()),
                Err(error) => Err(Error::io("read", std::path::Path::new("the model"), &error)),
            }
        };
        take(FRONT, &mut front)?;
        let length = header_length(&front)?;
        take(FRONT + length + HASH, &mut front)?;
        Self::parse(&front, length)
    }

    fn parse(bytes: &[u8], length: usize) -> Result<Self> {
        let (content, rest) = bytes.split_at_checked(FRONT + length).ok_or_else(damaged)?;
        if rest.get(..HASH) != Some(blake3::hash(content).as_bytes()) {
            return Err(damaged());
        }
        serde_json::from_slice(&content[FRONT..]).map_err(|_| damaged())
    }

    /// Whether `body` is the body this header was written for.
    fn fits(&self, body: &[u8]) -> bool {
        self.body_bytes == body.len() as u64 && self.checksum == blake3::hash(body).to_hex().as_str()
    }
}

/// The length of the header whose file begins with these bytes.
fn header_length(front: &[u8]) -> Result<usize> {
    let rest = front.strip_prefix(MAGIC.as_slice()).ok_or_else(not_a_model)?;
    let word = |at: usize| rest.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
    let version = word(0).ok_or_else(damaged)?;
    if version != VERSION {
        let error = Error::data(format!(
            "is a model file of version {version}; this program reads version {VERSION}"
        ));
        return Err(if version < VERSION {
            error.help("an older release made it: fit the model again, or generate with that release")
        } else {
            error.help("a newer release made it: update Plenish, or fit the model again")
        });
    }
    let length = word(4).ok_or_else(damaged)? as usize;
    if length > LONGEST_HEADER {
        return Err(damaged());
    }
    Ok(length)
}

/// A model as the bytes of a model file that says nothing of where it comes from.
pub fn save(model: &dyn Model) -> Result<Vec<u8>> {
    save_with(model, &Provenance::default())
}

/// A model as the bytes of a model file.
pub fn save_with(model: &dyn Model, provenance: &Provenance) -> Result<Vec<u8>> {
    let body = model.save()?;
    let header = Header {
        summary: model.summary(),
        provenance: provenance.clone(),
        schema: model.schema().clone(),
        constraints: model.constraints().iter().map(|c| c.show(model.schema())).collect(),
        body_bytes: body.len() as u64,
        checksum: blake3::hash(&body).to_hex().to_string(),
    };
    let header =
        serde_json::to_vec(&header).map_err(|e| Error::internal(format!("the model cannot be written: {e}")))?;
    let mut bytes = Vec::with_capacity(FRONT + header.len() + HASH + body.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&(header.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&header);
    let hash = blake3::hash(&bytes);
    bytes.extend_from_slice(hash.as_bytes());
    bytes.extend_from_slice(&body);
    Ok(bytes)
}

/// The model in the bytes of a model file. Fails on anything that is not a whole, undamaged model
/// file of a version this program reads.
pub fn open(bytes: &[u8]) -> Result<Box<dyn Model>> {
    let (header, body) = split(bytes)?;
    let generator = generator(&header.summary.generator)?;
    let model = if header.constraints.is_empty() {
        generator.open(body)
    } else {
        constrained::open(generator, body)
    };
    model.map_err(|_| {
        Error::data("the model file is whole, but the model in it was laid out by another build of Plenish")
            .help("fit the model again, or generate with the build that made it")
    })
}

/// The header of a whole model file, once its body is found undamaged.
pub fn inspect(bytes: &[u8]) -> Result<Header> {
    split(bytes).map(|(header, _)| header)
}

fn split(bytes: &[u8]) -> Result<(Header, &[u8])> {
    let length = header_length(bytes)?;
    let header = Header::parse(bytes, length)?;
    let body = bytes.get(FRONT + length + HASH..).ok_or_else(damaged)?;
    if header.fits(body) {
        Ok((header, body))
    } else {
        Err(damaged())
    }
}

fn not_a_model() -> Error {
    Error::data("is not a Plenish model file").help("make one with `plenish fit`")
}

pub(crate) fn damaged() -> Error {
    Error::data("the model file is damaged: its content does not match its checksum")
        .help("copy it again from where it was made, or fit the model again")
}
