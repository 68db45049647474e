//! A fast hash for combinations of values that are packed into one number. Nothing ever depends on the
//! order of such a table.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A table from packed combinations to `T`.
pub(crate) type KeyMap<T> = HashMap<u64, T, BuildHasherDefault<Mixer>>;

/// The finaliser of `MurmurHash3` (Appleby 2011): every bit of the key moves every bit of the hash.
#[derive(Debug, Default)]
pub(crate) struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(self.0 ^ u64::from(byte));
        }
    }

    fn write_u64(&mut self, key: u64) {
        let mut x = key;
        x = (x ^ (x >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
        x = (x ^ (x >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
        self.0 = x ^ (x >> 33);
    }
}
