//! The states of a text column: one a category; categories too rare to stand alone share a state,
//! from which a member is drawn. Where rare categories go along with the values of another column,
//! those of one value share a state ([`Categories::regroup`]).
//!
//! The words themselves are kept: whoever may not show a rare one lists the words that may be shown
//! as `allowed` in the schema.

use plenish_table::{Test, TextColumn, Value};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// More categories than this do not get a state of their own, however frequent.
const MOST_STATES: usize = 1024;
/// With fewer than so many rows a category, on average, the own states of a column cost more time
/// and memory than they bring.
const ROWS_A_STATE: usize = 40;
/// This many may always have their own.
const FEW_STATES: usize = 64;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Categories {
    /// Categories with a state, most frequent first; then the members of the rare state.
    words: Vec<String>,
    /// How many of `words` have a state of their own.
    own: u16,
    /// Rows of the rare members up to and including each.
    rare_mass: Vec<u64>,
    /// Rare members up to the end of each shared state.
    groups: Vec<u32>,
    #[serde(skip)]
    dictionary: std::sync::OnceLock<Arc<Vec<String>>>,
    #[serde(skip)]
    index: std::sync::OnceLock<HashMap<String, u16>>,
    /// Places in `words`, in the order of the alphabet.
    #[serde(skip)]
    known: std::sync::OnceLock<Vec<u32>>,
}

impl PartialEq for Categories {
    fn eq(&self, other: &Self) -> bool {
        self.words == other.words
            && self.own == other.own
            && self.rare_mass == other.rare_mass
            && self.groups == other.groups
    }
}

impl Categories {
    /// Learns the categories of `text`; those with fewer than `rare` rows share a state. Words that
    /// are not `allowed` are never drawn, if any other is there.
    pub(crate) fn fit(text: &TextColumn, rare: u32, allowed: Option<&[String]>) -> Self {
        let mut words = text.frequencies();
        if let Some(allowed) = allowed {
            let allowed: std::collections::HashSet<&str> = allowed.iter().map(String::as_str).collect();
            if words.iter().any(|w| allowed.contains(w.0)) {
                words.retain(|w| allowed.contains(w.0));
            }
        }
        let most = (text.codes.len() / ROWS_A_STATE).clamp(FEW_STATES, MOST_STATES);
        let mut own = words.partition_point(|w| w.1 >= rare).min(most);
        // A single rare category gains nothing from a state that is shared with nobody.
        if own + 1 == words.len() {
            own = words.len();
        }
        let rare_mass = cumulative(words[own..].iter().map(|w| u64::from(w.1)));
        let groups = if rare_mass.is_empty() {
            Vec::new()
        } else {
            vec![rare_mass.len() as u32]
        };
        Self {
            words: words.into_iter().map(|w| w.0.to_owned()).collect(),
            own: own as u16,
            rare_mass,
            groups,
            dictionary: std::sync::OnceLock::new(),
            index: std::sync::OnceLock::new(),
            known: std::sync::OnceLock::new(),
        }
    }

    /// Whether sizes fit together.
    pub(crate) fn is_sound(&self) -> bool {
        usize::from(self.own) + self.rare_mass.len() == self.words.len()
            && self.rare_mass.first().is_none_or(|&mass| mass > 0)
            && self.rare_mass.is_sorted_by(|a, b| a < b)
            && self.groups.first().is_none_or(|&end| end > 0)
            && self.groups.is_sorted_by(|a, b| a < b)
            && self.groups.last().copied().unwrap_or(0) as usize == self.rare_mass.len()
    }

    /// For every code of `text`, which rare member it is; `None` if there are none.
    pub(crate) fn members(&self, text: &TextColumn) -> Option<Vec<Option<u32>>> {
        if self.rare_mass.is_empty() {
            return None;
        }
        let rare: HashMap<&str, u32> = self.words[usize::from(self.own)..]
            .iter()
            .enumerate()
            .map(|(i, w)| (w.as_str(), i as u32))
            .collect();
        Some(text.dictionary.iter().map(|w| rare.get(w.as_str()).copied()).collect())
    }

    /// Gives rare members a state for each group; `group_of` has one number a member, and groups are
    /// numbered from 0 without gaps.
    pub(crate) fn regroup(&mut self, group_of: &[u16]) {
        let own = usize::from(self.own);
        let mut order: Vec<usize> = (0..group_of.len()).collect();
        order.sort_by_key(|&member| group_of[member]);
        let words = order.iter().map(|&m| self.words[own + m].clone()).collect::<Vec<_>>();
        let rows: Vec<u64> = order.iter().map(|&m| self.rows(own + m)).collect();
        self.words.truncate(own);
        self.words.extend(words);
        self.rare_mass = cumulative(rows.into_iter());
        let last = |place: &usize| place + 1 == order.len() || group_of[order[*place]] != group_of[order[place + 1]];
        self.groups = (0..order.len()).filter(last).map(|place| place as u32 + 1).collect();
        (self.dictionary, self.index) = Default::default();
    }

    pub(crate) fn states(&self) -> usize {
        usize::from(self.own) + self.groups.len()
    }

    /// The state of a word; words never seen count as rare, or as the last category.
    pub(crate) fn state(&self, word: &str) -> u16 {
        let index = self.index.get_or_init(|| {
            let own = usize::from(self.own);
            let state = |word: usize| match word.checked_sub(own) {
                None => word as u16,
                Some(member) => self.own + self.groups.partition_point(|&end| end as usize <= member) as u16,
            };
            self.words
                .iter()
                .enumerate()
                .map(|(i, w)| (w.clone(), state(i)))
                .collect()
        });
        index.get(word).copied().unwrap_or(self.states() as u16 - 1)
    }

    fn place(&self, word: &str) -> Option<usize> {
        let known = self.known.get_or_init(|| {
            let mut places: Vec<u32> = (0..self.words.len() as u32).collect();
            places.sort_unstable_by(|&a, &b| self.words[a as usize].cmp(&self.words[b as usize]));
            places
        });
        let found = known.binary_search_by(|&at| self.words[at as usize].as_str().cmp(word));
        found.ok().map(|at| known[at] as usize)
    }

    /// Whether a word was among those learned.
    pub(crate) fn knows(&self, word: &str) -> bool {
        self.place(word).is_some()
    }

    /// The share of a word in its state; 0 if it was not learned.
    pub(crate) fn share_of(&self, word: &str) -> f64 {
        match self.place(word) {
            None => 0.0,
            Some(at) if at < usize::from(self.own) => 1.0,
            Some(at) => self.rows(at) as f64 / self.rare_mass.last().map_or(1.0, |&total| total as f64),
        }
    }

    /// All words, in the order of [`Categories::code`].
    pub(crate) fn dictionary(&self) -> &Arc<Vec<String>> {
        self.dictionary.get_or_init(|| Arc::new(self.words.clone()))
    }

    /// How much of each state's mass passes all `tests`.
    pub(crate) fn shares(&self, tests: &[&Test]) -> Vec<f64> {
        let accepts = |word: &String| {
            let cell = Value::Text(word.clone());
            tests.iter().all(|test| test.accepts(&cell))
        };
        let own = usize::from(self.own);
        let mut shares: Vec<f64> = self.words[..own]
            .iter()
            .map(|w| f64::from(u8::from(accepts(w))))
            .collect();
        for group in 0..self.groups.len() {
            let members = self.group(group);
            let total: u64 = members.clone().map(|i| self.rows(i)).sum();
            let accepted: u64 = members.filter(|&i| accepts(&self.words[i])).map(|i| self.rows(i)).sum();
            shares.push(accepted as f64 / total as f64);
        }
        shares
    }

    /// The words that share the rare state number `group`.
    fn group(&self, group: usize) -> std::ops::Range<usize> {
        let own = usize::from(self.own);
        let start = if group == 0 { 0 } else { self.groups[group - 1] };
        own + start as usize..own + self.groups[group] as usize
    }

    fn rows(&self, word: usize) -> u64 {
        let member = word - usize::from(self.own);
        self.rare_mass[member] - if member == 0 { 0 } else { self.rare_mass[member - 1] }
    }

    /// The code of the word for `state`; 64 random bits choose among rare members that pass `tests`.
    pub(crate) fn code(&self, state: u16, bits: u64, tests: &[&Test]) -> u32 {
        let own = usize::from(self.own);
        if usize::from(state) < own {
            return u32::from(state);
        }
        let draw = |total: u64| ((u128::from(bits) * u128::from(total)) >> 64) as u64;
        let members = self.group(usize::from(state) - own);
        if tests.is_empty() {
            let before = match members.start - own {
                0 => 0,
                first => self.rare_mass[first - 1],
            };
            let at = before + draw(self.rare_mass[members.end - own - 1] - before);
            return (own + self.rare_mass.partition_point(|&mass| mass <= at)) as u32;
        }
        let allowed: Vec<usize> = members
            .clone()
            .filter(|&i| tests.iter().all(|t| t.accepts(&Value::Text(self.words[i].clone()))))
            .collect();
        let mut at = draw(allowed.iter().map(|&i| self.rows(i)).sum());
        for &word in &allowed {
            if at < self.rows(word) {
                return word as u32;
            }
            at -= self.rows(word);
        }
        members.start as u32
    }
}

fn cumulative(rows: impl Iterator<Item = u64>) -> Vec<u64> {
    rows.scan(0, |sum, rows| {
        *sum += rows;
        Some(*sum)
    })
    .collect()
}
