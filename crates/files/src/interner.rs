//! Distinct strings, numbered in the order in which they were first seen.

/// A set of strings in one piece of memory, found by a hash table of their numbers.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    bytes: String,
    /// Where each string ends; it begins where the one before ends.
    ends: Vec<usize>,
    /// Numbers plus one at their hash's place or the next free one; 0 is free.
    slots: Vec<u32>,
}

fn hash(text: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut state = text.len() as u64;
    let mut chunks = text.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        state = (state ^ u64::from_le_bytes(word)).wrapping_mul(FACTOR);
        state ^= state >> 29;
    }
    let tail = chunks.remainder().iter().fold(0, |word, &b| word << 8 | u64::from(b));
    state = (state ^ tail).wrapping_mul(FACTOR);
    (state ^ state >> 32).wrapping_mul(FACTOR) >> 16
}

impl Interner {
    /// Number of strings.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn get(&self, number: usize) -> &str {
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.bytes[start..self.ends[number]]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|number| self.get(number))
    }

    /// The number of `text`, which joins the set if it is new.
    #[inline]
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        if self.slots.is_empty() {
            self.slots = vec![0; 16];
        }
        let mask = self.slots.len() - 1;
        let mut at = hash(text.as_bytes()) as usize & mask;
        loop {
            match self.slots[at] {
                0 => break,
                found if self.get(found as usize - 1) == text => return found - 1,
                _ => at = (at + 1) & mask,
            }
        }
        let number = self.ends.len() as u32;
        self.slots[at] = number + 1;
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
        if self.ends.len() * 2 > self.slots.len() {
            self.grow();
        }
        number
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 4 - 1;
        let mut slots = vec![0; mask + 1];
        for (number, text) in self.iter().enumerate() {
            let mut at = hash(text.as_bytes()) as usize & mask;
            while slots[at] != 0 {
                at = (at + 1) & mask;
            }
            slots[at] = number as u32 + 1;
        }
        self.slots = slots;
    }

    /// The strings in order.
    pub(crate) fn into_strings(self) -> Vec<String> {
        self.iter().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers follow first sight, through several growths, with empty and shared-prefix strings.
    #[test]
    fn strings_are_numbered_by_first_sight() {
        let mut set = Interner::default();
        let texts: Vec<String> = (0..5000).map(|i| "x".repeat(i % 40) + &i.to_string()).collect();
        for round in 0..2 {
            assert_eq!(set.intern(""), 0, "round {round}");
            for (i, text) in texts.iter().enumerate() {
                assert_eq!(set.intern(text) as usize, i + 1);
            }
        }
        assert_eq!(set.into_strings()[1..], texts);
    }
}
