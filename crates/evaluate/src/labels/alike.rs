//! Real rows like those that were made for parts of the table.

/// Which real rows the synthetic ones are to be held against: rows made for a place where labels are hard to tell look
/// doubtful beside all real rows, and not beside those of the same place.
#[derive(Debug, Clone)]
pub struct Alike {
    /// The kind of each synthetic row.
    pub of: Vec<u32>,
    /// For each kind, the real rows like it, whatever their label; all if there are none.
    pub real: Vec<Vec<u32>>,
}

/// The same for the rows that are questioned.
pub(super) struct Kinds {
    of: Vec<u32>,
    real: Vec<Vec<u32>>,
}

/// Real rows of a label and kind, below which all rows of the label stand for the kind.
const ENOUGH: usize = 10;

impl Kinds {
    /// `real` and `synthetic` are the places in their tables of the rows that are questioned.
    pub(super) fn new(like: &Alike, real: &[u32], synthetic: &[u32]) -> Self {
        let place = |row: u32| real.binary_search(&row).ok().map(|place| place as u32);
        Self {
            of: synthetic.iter().map(|&row| like.of[row as usize]).collect(),
            real: like
                .real
                .iter()
                .map(|rows| rows.iter().filter_map(|&row| place(row)).collect())
                .collect(),
        }
    }

    /// A weight for each real row, so that those with label `class` are of the kinds that synthetic rows with that label
    /// are of, in their proportions, and those with other labels likewise of the kinds of the same rows.
    pub(super) fn weights(&self, class: usize, real: &[f64], synthetic: &[f64]) -> Vec<f64> {
        let mut wanted = vec![0.0; self.real.len()];
        for (&kind, &y) in self.of.iter().zip(synthetic) {
            wanted[kind as usize] += f64::from(u8::from(y as usize == class));
        }
        let mut weights = vec![0.0; real.len()];
        for own in [true, false] {
            let is = |row: usize| (real[row] as usize == class) == own;
            let all: Vec<u32> = (0..real.len() as u32).filter(|&row| is(row as usize)).collect();
            for (rows, &count) in self.real.iter().zip(&wanted).filter(|(_, count)| **count > 0.0) {
                let some: Vec<u32> = rows.iter().copied().filter(|&row| is(row as usize)).collect();
                let rows = if some.len() < ENOUGH { &all } else { &some };
                for &row in rows {
                    weights[row as usize] += count / rows.len() as f64;
                }
            }
        }
        weights
    }
}
