//! What texts have in common: fixed parts, alphabets, widths.

use super::super::identifiers::{SPARSE, round_above};
use super::{LONGEST, MOST_DIGITS, Part};
use std::collections::BTreeMap;

/// From so many texts on, what never varies is taken to be a rule.
const MANY: usize = 100;

const DIGITS: &str = "0123456789";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The characters seen at a place, a bit for each of ASCII.
type Seen = u128;

fn bit(byte: u8) -> Seen {
    1 << (byte & 127)
}

fn only(seen: Seen, of: &[&str]) -> bool {
    seen & !of.iter().flat_map(|s| s.bytes()).fold(0, |all, b| all | bit(b)) == 0
}

/// The smallest alphabet of those people use that holds all that was seen.
fn alphabet(seen: Seen) -> String {
    let mixed = !only(seen, &[DIGITS]) && !only(seen, &[LOWER, UPPER]);
    let hex = |letters: &str| mixed && only(seen, &[DIGITS, &letters[..6]]);
    if only(seen, &[DIGITS]) {
        DIGITS.to_owned()
    } else if hex(LOWER) {
        format!("{DIGITS}{}", &LOWER[..6])
    } else if hex(UPPER) {
        format!("{DIGITS}{}", &UPPER[..6])
    } else {
        let mut out = String::new();
        for (set, any) in [(DIGITS, mixed), (UPPER, false), (LOWER, false)] {
            if any || (set != DIGITS && !only(seen, &[DIGITS, if set == UPPER { LOWER } else { UPPER }])) {
                out.push_str(set);
            }
        }
        out
    }
}

fn characters(seen: Seen) -> String {
    (0..128_u8).filter(|&b| seen & bit(b) != 0).map(char::from).collect()
}

/// Texts of one length whose punctuation stands still: what varies is told place by place.
pub(super) fn same_length(words: &[&str]) -> Option<Vec<Part>> {
    let first = words.first()?;
    let length = first.len();
    if length == 0 || length > LONGEST || words.iter().any(|w| w.len() != length || !w.is_ascii()) {
        return None;
    }
    let mut seen = vec![0; length];
    for word in words {
        for (seen, byte) in seen.iter_mut().zip(word.bytes()) {
            *seen |= bit(byte);
        }
    }
    let fixed = |at: usize| seen[at].is_power_of_two();
    if (0..length).any(|at| !fixed(at) && !only(seen[at], &[DIGITS, LOWER, UPPER])) {
        return None;
    }
    if let Some(parts) = counter_inside(words, &seen) {
        return Some(parts);
    }
    // Characters without punctuation between them share an alphabet: hexadecimal digits, say.
    let alphanumeric = |at: usize| first.as_bytes()[at].is_ascii_alphanumeric();
    let mut parts = Vec::new();
    let mut at = 0;
    while at < length {
        let end = (at..length).find(|&i| !alphanumeric(i)).unwrap_or(length);
        if end == at {
            push_fixed(&mut parts, &first[at..=at]);
            at += 1;
            continue;
        }
        let shared = (at..end).filter(|&i| !fixed(i)).fold(0, |all, i| all | seen[i]);
        for (i, &here) in seen.iter().enumerate().take(end).skip(at) {
            let many = words.len() >= MANY;
            if fixed(i) {
                push_fixed(&mut parts, &first[i..=i]);
            } else if many && here.count_ones() <= 4 {
                parts.push(Part::Any(characters(here)));
            } else if only(here, &[DIGITS]) && (many || only(shared, &[DIGITS])) {
                push_digit(&mut parts, here & bit(b'0') == 0);
            } else if many {
                parts.push(Part::Any(alphabet(if only(here, &[LOWER]) || only(here, &[UPPER]) {
                    here
                } else {
                    shared
                })));
            } else {
                parts.push(Part::Any(alphabet(shared)));
            }
        }
        at = end;
    }
    Some(parts)
}

fn push_fixed(parts: &mut Vec<Part>, text: &str) {
    if let Some(Part::Fixed(before)) = parts.last_mut() {
        before.push_str(text);
    } else {
        parts.push(Part::Fixed(text.to_owned()));
    }
}

/// One more digit: of the number before it, if that has room.
fn push_digit(parts: &mut Vec<Part>, not_zero: bool) {
    match parts.last_mut() {
        Some(Part::Number { from, below, width }) if usize::from(*width) < MOST_DIGITS => {
            *from *= 10;
            *below *= 10;
            *width += 1;
        }
        _ => parts.push(Part::Number {
            from: u64::from(not_zero),
            below: 10,
            width: 1,
        }),
    }
}

/// A counter with fixed text around it, if that is all there is.
fn counter_inside(words: &[&str], seen: &[Seen]) -> Option<Vec<Part>> {
    let varies = |at: &usize| seen[*at].count_ones() > 1;
    let mut start = (0..seen.len()).find(varies)?;
    let mut end = (0..seen.len()).rfind(varies)? + 1;
    let digit = |at: usize| only(seen[at], &[DIGITS]);
    if !(start..end).all(digit) {
        return None;
    }
    while start > 0 && digit(start - 1) {
        start -= 1;
    }
    while end < seen.len() && digit(end) {
        end += 1;
    }
    let numbers = words.iter().map(|word| &word[start..end]);
    let first = words.first()?;
    Some(around(
        &first[..start],
        counter(numbers, (end - start) as u8)?,
        &first[end..],
    ))
}

fn around(before: &str, part: Part, after: &str) -> Vec<Part> {
    let fixed = |text: &str| (!text.is_empty()).then(|| Part::Fixed(text.to_owned()));
    fixed(before).into_iter().chain([part]).chain(fixed(after)).collect()
}

/// A counter that goes on above the largest of `numbers`, if they fill enough of their range.
fn counter<'a>(numbers: impl Iterator<Item = &'a str>, width: u8) -> Option<Part> {
    let (mut low, mut high, mut count) = (u64::MAX, 0, 0_u128);
    for text in numbers {
        if text.len() > MOST_DIGITS {
            return None;
        }
        let number: u64 = text.parse().ok()?;
        (low, high, count) = (low.min(number), high.max(number), count + 1);
    }
    let dense = count > 0 && u128::from(high - low) < count * SPARSE;
    dense.then(|| Part::Counter {
        start: round_above(high),
        width,
    })
}

/// Characters of one kind that follow each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Run<'a> {
    Digits(&'a str),
    Letters(&'a str),
    Word(&'a str),
    Other(&'a str),
}

impl<'a> Run<'a> {
    /// Digits apart from letters.
    pub(super) fn of_fine(text: &'a str) -> Vec<Self> {
        Self::split(text, |c| match c {
            '0'..='9' => 0,
            'a'..='z' | 'A'..='Z' => 1,
            _ => 3,
        })
    }

    /// Digits and letters together.
    pub(super) fn of_coarse(text: &'a str) -> Vec<Self> {
        Self::split(text, |c| if c.is_ascii_alphanumeric() { 2 } else { 3 })
    }

    fn split(text: &'a str, kind: impl Fn(char) -> u8) -> Vec<Self> {
        let mut out = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let this = kind(first);
            let end = rest.find(|c| kind(c) != this).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            out.push([Self::Digits, Self::Letters, Self::Word, Self::Other][usize::from(this)](run));
            rest = after;
        }
        out
    }

    fn text(self) -> &'a str {
        match self {
            Self::Digits(t) | Self::Letters(t) | Self::Word(t) | Self::Other(t) => t,
        }
    }

    /// What texts of one shape have in common.
    fn shape(self) -> &'a str {
        match self {
            Self::Digits(_) => "0",
            Self::Letters(_) => "a",
            Self::Word(_) => "w",
            Self::Other(text) => text,
        }
    }
}

/// The pattern of the texts of the commonest shape, if that is shared by `least` of them.
pub(super) fn by_runs<'a>(words: &[&'a str], split: impl Fn(&'a str) -> Vec<Run<'a>>, least: f64) -> Option<Vec<Part>> {
    let mut shapes: BTreeMap<String, Vec<Vec<Run>>> = BTreeMap::new();
    for word in words.iter().filter(|w| w.len() <= LONGEST) {
        let runs = split(word);
        let shape: String = runs.iter().map(|r| r.shape()).collect();
        shapes.entry(shape).or_default().push(runs);
    }
    let (_, common) = shapes.into_iter().rev().max_by_key(|(_, runs)| runs.len())?;
    if (common.len() as f64) < least * words.len() as f64 {
        return None;
    }
    let width = common[0].len();
    let column = |at: usize| common.iter().map(move |runs| runs[at]);
    let fixed = |at: usize| column(at).all(|run| run == common[0][at]);
    let varying: Vec<usize> = (0..width).filter(|&at| !fixed(at)).collect();
    let mut parts = Vec::new();
    for (at, &example) in common[0].iter().enumerate() {
        let texts = || column(at).map(Run::text);
        let longest = texts().map(str::len).max().unwrap_or(0);
        match example {
            run if fixed(at) => push_fixed(&mut parts, run.text()),
            Run::Digits(_) if longest <= MOST_DIGITS => {
                let shortest = texts().map(str::len).min().unwrap_or(1);
                let padded = texts().any(|t| t.len() > 1 && t.starts_with('0')) || shortest == longest;
                let width = if padded { longest as u8 } else { 1 };
                let only_one = varying.len() == 1;
                parts.push(
                    Some(())
                        .filter(|()| only_one)
                        .and_then(|()| counter(texts(), width))
                        .unwrap_or_else(|| {
                            let first_digit = 10_u64.pow(shortest.saturating_sub(1) as u32);
                            let zeros = texts().any(|t| t.starts_with('0'));
                            Part::Number {
                                from: if zeros { 0 } else { first_digit },
                                below: 10_u64.pow(longest as u32),
                                width,
                            }
                        }),
                );
            }
            Run::Letters(_) => parts.extend((0..longest).map(|place| {
                let seen = texts()
                    .filter_map(|t| t.as_bytes().get(place))
                    .fold(0, |s, &b| s | bit(b));
                Part::Any(alphabet(seen))
            })),
            _ => {
                let seen = texts().flat_map(str::bytes).fold(0, |s, b| s | bit(b));
                parts.extend((0..longest).map(|_| Part::Any(alphabet(seen))));
            }
        }
    }
    // Without anything that varies there is one text only: nothing to learn.
    parts.iter().any(|p| !matches!(p, Part::Fixed(_))).then_some(parts)
}
