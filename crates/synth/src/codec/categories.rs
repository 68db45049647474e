//! The states of a text column: one a category; categories too rare to stand alone share one state,
//! from which a member is drawn.

use plenish_table::{Test, TextColumn, Value};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// More categories than this do not get a state of their own, however frequent.
const MOST_STATES: usize = 1024;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Categories {
    /// Categories with a state, most frequent first; then the members of the rare state.
    words: Vec<String>,
    /// How many of `words` have a state of their own.
    own: u16,
    /// Rows of the rare members up to and including each.
    rare_mass: Vec<u64>,
    #[serde(skip)]
    dictionary: std::sync::OnceLock<Arc<Vec<String>>>,
    #[serde(skip)]
    index: std::sync::OnceLock<HashMap<String, u16>>,
}

impl PartialEq for Categories {
    fn eq(&self, other: &Self) -> bool {
        self.words == other.words && self.own == other.own && self.rare_mass == other.rare_mass
    }
}

impl Categories {
    /// Learns the categories of `text`; those with fewer than `rare` rows share a state.
    pub(crate) fn fit(text: &TextColumn, rare: u32) -> Self {
        let words = text.frequencies();
        let mut own = words.partition_point(|w| w.1 >= rare).min(MOST_STATES);
        // A single rare category gains nothing from a state that is shared with nobody.
        if own + 1 == words.len() {
            own = words.len();
        }
        let mut mass = 0;
        let rare_mass = words[own..]
            .iter()
            .map(|w| {
                mass += u64::from(w.1);
                mass
            })
            .collect();
        Self {
            words: words.into_iter().map(|w| w.0.to_owned()).collect(),
            own: own as u16,
            rare_mass,
            dictionary: std::sync::OnceLock::new(),
            index: std::sync::OnceLock::new(),
        }
    }

    /// Whether sizes fit together.
    pub(crate) fn is_sound(&self) -> bool {
        usize::from(self.own) + self.rare_mass.len() == self.words.len()
            && self.rare_mass.first().is_none_or(|&mass| mass > 0)
            && self.rare_mass.is_sorted_by(|a, b| a < b)
    }

    pub(crate) fn states(&self) -> usize {
        usize::from(self.own) + usize::from(!self.rare_mass.is_empty())
    }

    /// The state of a word; words never seen count as rare, or as the last category.
    pub(crate) fn state(&self, word: &str) -> u16 {
        let index = self.index.get_or_init(|| {
            self.words[..usize::from(self.own)]
                .iter()
                .enumerate()
                .map(|(i, w)| (w.clone(), i as u16))
                .collect()
        });
        index.get(word).copied().unwrap_or(self.states() as u16 - 1)
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
        if let Some(&total) = self.rare_mass.last() {
            let accepted: u64 = (own..self.words.len())
                .filter(|&i| accepts(&self.words[i]))
                .map(|i| self.rows(i))
                .sum();
            shares.push(accepted as f64 / total as f64);
        }
        shares
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
        if tests.is_empty() {
            let at = draw(self.rare_mass.last().copied().unwrap_or(0));
            return (own + self.rare_mass.partition_point(|&mass| mass <= at)) as u32;
        }
        let allowed: Vec<usize> = (own..self.words.len())
            .filter(|&i| tests.iter().all(|t| t.accepts(&Value::Text(self.words[i].clone()))))
            .collect();
        let mut at = draw(allowed.iter().map(|&i| self.rows(i)).sum());
        for &word in &allowed {
            if at < self.rows(word) {
                return word as u32;
            }
            at -= self.rows(word);
        }
        own as u32
    }
}
