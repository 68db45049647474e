//! Walks the lattice of combinations of values, most general first, and collects the first on each way
//! down that are of interest.
//!
//! Rows are divided by one column after the other, and the part of a combination is counted for all values
//! of a further column in one pass (Beyer and Ramakrishnan, "Bottom-up computation of sparse and iceberg
//! cubes", SIGMOD 1999): the cost of a set of columns is a pass over the rows, however many values the
//! columns have, where intersecting a bitset a value costs a pass for each combination.

use crate::attributes::NONE;
use crate::keys::KeyMap;
use plenish_table::{Context, Error, Result};

/// Values combined at most; a part of such a combination then packs into 64 bits.
pub const MAX_LEVELS: usize = 5;
/// Combinations between two looks at whether the user wants to stop.
const PATIENCE: u32 = 1 << 12;

/// What becomes of a combination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Nothing to report, but perhaps of a combination with more values.
    Open,
    /// To be reported; combinations with more values are not looked at.
    Found,
    /// Neither it nor any combination with more values is of interest.
    Closed,
}

/// A combination to be reported, all of whose parts are open.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Minimal<const S: usize> {
    /// Pairs of an attribute's place and a level's, by rising attribute.
    pub(crate) items: Vec<(usize, usize)>,
    /// Rows of it on each side.
    pub(crate) rows: [u32; S],
    /// Rows on the first side if, of some two of its values, each were as frequent among the rows with the
    /// rest of the values as it would be without the other: the least over all pairs of values. For one
    /// value, an even share of the rows.
    pub(crate) expected: f64,
}

/// Rows whose combinations are counted: codes of each attribute on `S` sides, each side a table.
pub(crate) struct Sides<'a, const S: usize> {
    /// For each side and attribute, a code a row.
    pub(crate) codes: [Vec<&'a [u8]>; S],
    /// Values of each attribute.
    pub(crate) levels: Vec<usize>,
    /// Rows of each side.
    pub(crate) rows: [usize; S],
}

/// The combinations of at most `depth` values (1 to [`MAX_LEVELS`]) that `fate` finds by their numbers of
/// rows and all of whose parts, one value left out, are open; none if there are more than `limit`.
/// What is open must not depend on anything but these numbers; `falling` says that a combination with an
/// open one among its extensions is open itself.
pub(crate) fn minimal<const S: usize>(
    sides: &Sides<'_, S>,
    depth: usize,
    falling: bool,
    fate: impl Fn([u32; S]) -> Fate,
    limit: usize,
    cx: &Context<'_>,
) -> Result<Option<Vec<Minimal<S>>>> {
    if sides.levels.iter().sum::<usize>() >= usize::from(u16::MAX) || depth > MAX_LEVELS {
        return Err(Error::usage("the columns have too many values to be combined").help("name fewer columns"));
    }
    let whole = sides.rows.map(|rows| rows as u32);
    let mut found = Vec::new();
    match fate(whole) {
        Fate::Open if depth > 0 => {}
        Fate::Open | Fate::Closed => return Ok(Some(found)),
        Fate::Found => {
            found.push(Minimal {
                items: Vec::new(),
                rows: whole,
                expected: f64::from(whole[0]),
            });
            return Ok(Some(found));
        }
    }
    let mut first = 1;
    let mut offsets = Vec::with_capacity(sides.levels.len());
    for levels in &sides.levels {
        offsets.push(first as u64);
        first += levels;
    }
    let mut walk = Walk {
        sides,
        depth,
        falling,
        fate,
        limit,
        cx,
        offsets,
        open: KeyMap::default(),
        found,
        buffers: (0..depth).map(|_| std::array::from_fn(|_| Vec::new())).collect(),
        seen: 0,
    };
    walk.open.insert(0, whole);
    let all: [Vec<u32>; S] = sides.rows.map(|rows| (0..rows as u32).collect());
    let complete = walk.visit(
        &mut Vec::new(),
        std::array::from_fn(|side| all[side].as_slice()),
        sides.levels.len(),
    )?;
    Ok(complete.then_some(walk.found))
}

struct Walk<'a, const S: usize, F> {
    sides: &'a Sides<'a, S>,
    depth: usize,
    falling: bool,
    fate: F,
    limit: usize,
    cx: &'a Context<'a>,
    /// The number of each attribute's first value.
    offsets: Vec<u64>,
    /// Rows of the combinations that are open, by the packed numbers of their values.
    open: KeyMap<[u32; S]>,
    found: Vec<Minimal<S>>,
    /// Rows in the order of a column's values, for each depth.
    buffers: Vec<[Vec<u32>; S]>,
    seen: u32,
}

/// A value on the way to a combination.
#[derive(Clone, Copy)]
struct Item {
    attribute: usize,
    level: usize,
    number: u64,
}

/// Packs the numbers of values, those for which `keep` does not hold left out.
fn key(items: &[Item], keep: impl Fn(usize) -> bool) -> u64 {
    let kept = items.iter().enumerate().filter(|(place, _)| keep(*place));
    kept.fold(0, |key, (_, item)| key << 16 | item.number)
}

impl<const S: usize, F: Fn([u32; S]) -> Fate> Walk<'_, S, F> {
    /// Looks at all combinations of `items` and values of the attributes before `before`. Attributes are
    /// taken from the last to the first on the way down and from the first to the last side by side: so
    /// every part of a combination has been seen before it. False once too many are found.
    fn visit(&mut self, items: &mut Vec<Item>, rows: [&[u32]; S], before: usize) -> Result<bool> {
        let depth = items.len();
        for attribute in 0..before {
            self.seen += 1;
            if self.seen.is_multiple_of(PATIENCE) {
                self.cx.check()?;
            }
            let mut counts = [[0_u32; 256]; S];
            for side in 0..S {
                let codes = self.sides.codes[side][attribute];
                for &row in rows[side] {
                    counts[side][usize::from(codes[row as usize])] += 1;
                }
            }
            let levels = self.sides.levels[attribute];
            let mut onward = [false; 256];
            let mut any = false;
            for level in 0..levels {
                let own: [u32; S] = std::array::from_fn(|side| counts[side][level]);
                let fate = (self.fate)(own);
                if fate == Fate::Closed {
                    continue;
                }
                items.push(Item {
                    attribute,
                    level,
                    number: self.offsets[attribute] + level as u64,
                });
                let parts_checked = fate == Fate::Open && self.falling;
                if parts_checked || self.parts_are_open(items) {
                    if fate == Fate::Found {
                        if self.found.len() == self.limit {
                            return Ok(false);
                        }
                        let found = self.minimal(items, own, levels);
                        self.found.push(found);
                    } else if depth + 1 < self.depth {
                        self.open.insert(key(items, |_| true), own);
                        onward[level] = true;
                        any = true;
                    }
                }
                items.pop();
            }
            if any && attribute > 0 {
                let mut buffers = std::mem::replace(&mut self.buffers[depth], std::array::from_fn(|_| Vec::new()));
                let starts: [Vec<usize>; S] = std::array::from_fn(|side| {
                    let codes = self.sides.codes[side][attribute];
                    divide(rows[side], codes, &counts[side], levels, &mut buffers[side])
                });
                for level in (0..levels).filter(|&level| onward[level]) {
                    let part: [&[u32]; S] =
                        std::array::from_fn(|side| &buffers[side][starts[side][level]..starts[side][level + 1]]);
                    items.push(Item {
                        attribute,
                        level,
                        number: self.offsets[attribute] + level as u64,
                    });
                    if !self.visit(items, part, attribute)? {
                        return Ok(false);
                    }
                    items.pop();
                }
                self.buffers[depth] = buffers;
            }
        }
        Ok(true)
    }

    /// Whether all parts with one value left out are open; the one without the last value is.
    fn parts_are_open(&self, items: &[Item]) -> bool {
        let last = items.len() - 1;
        (0..last).all(|left| self.open.contains_key(&key(items, |place| place != left)))
    }

    fn minimal(&self, items: &[Item], rows: [u32; S], levels: usize) -> Minimal<S> {
        let count = |first: usize, second: usize| {
            let rows = self.open.get(&key(items, |place| place != first && place != second));
            rows.map_or(0.0, |rows| f64::from(rows[0]))
        };
        let mut expected = f64::INFINITY;
        for first in 0..items.len() {
            for second in 0..first {
                let both = count(first, second);
                if both > 0.0 {
                    expected = expected.min(count(first, first) * count(second, second) / both);
                }
            }
        }
        if items.len() == 1 {
            expected = self.sides.rows[0] as f64 / levels as f64;
        }
        Minimal {
            items: items.iter().rev().map(|item| (item.attribute, item.level)).collect(),
            rows,
            expected,
        }
    }
}

/// Writes `rows` to `into` in the order of their codes; where each code begins, and the end. Rows without
/// a code are left out.
pub(crate) fn divide(
    rows: &[u32],
    codes: &[u8],
    counts: &[u32; 256],
    levels: usize,
    into: &mut Vec<u32>,
) -> Vec<usize> {
    let mut starts = Vec::with_capacity(levels + 1);
    let mut total = 0;
    for &count in &counts[..levels] {
        starts.push(total);
        total += count as usize;
    }
    starts.push(total);
    into.resize(total, 0);
    let mut next = starts.clone();
    for &row in rows {
        let code = codes[row as usize];
        if code != NONE {
            into[next[usize::from(code)]] = row;
            next[usize::from(code)] += 1;
        }
    }
    starts
}
