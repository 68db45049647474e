//! Which rows of a table satisfy conditions, with every term looked at once.

use plenish_gaps::Region;
use plenish_table::{Condition, Result, Table, Term};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// One bit a row.
type Bits = Rc<Vec<u64>>;

/// Finds rows by conditions.
pub(crate) struct Members<'a> {
    table: &'a Table,
    terms: RefCell<HashMap<String, Bits>>,
}

impl<'a> Members<'a> {
    pub(crate) fn new(table: &'a Table) -> Self {
        Self {
            table,
            terms: RefCell::new(HashMap::new()),
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.table.rows()
    }

    /// The rows that satisfy all terms, in order. Fails when a column is absent.
    pub(crate) fn of(&self, region: &Region) -> Result<Vec<u32>> {
        self.of_terms(&region.condition.terms)
    }

    pub(crate) fn of_terms(&self, terms: &[Term]) -> Result<Vec<u32>> {
        let mut all: Option<Vec<u64>> = None;
        for term in terms {
            let own = self.term(term)?;
            match &mut all {
                Some(all) => {
                    for (a, b) in all.iter_mut().zip(own.iter()) {
                        *a &= b;
                    }
                }
                None => all = Some(own.to_vec()),
            }
        }
        let Some(all) = all else {
            return Ok((0..self.table.rows() as u32).collect());
        };
        let mut rows = Vec::new();
        for (place, &word) in all.iter().enumerate() {
            let mut word = word;
            while word != 0 {
                rows.push((place * 64) as u32 + word.trailing_zeros());
                word &= word - 1;
            }
        }
        Ok(rows)
    }

    fn term(&self, term: &Term) -> Result<Bits> {
        let alone = Condition {
            terms: vec![term.clone()],
        };
        let key = alone.to_string();
        if let Some(bits) = self.terms.borrow().get(&key) {
            return Ok(Rc::clone(bits));
        }
        let mask = alone.mask(self.table)?;
        let mut bits = vec![0_u64; mask.len().div_ceil(64)];
        for (row, _) in mask.iter().enumerate().filter(|(_, own)| **own) {
            bits[row / 64] |= 1 << (row % 64);
        }
        let bits = Rc::new(bits);
        self.terms.borrow_mut().insert(key, Rc::clone(&bits));
        Ok(bits)
    }
}
