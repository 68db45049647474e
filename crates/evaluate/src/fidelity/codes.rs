//! Cells as codes of robust bins that all tables share.
//!
//! Bins are laid on the real rows of both parts and on nothing else: numbers and times in bins of
//! about equal mass in which a heavy value is alone, texts by falling frequency, and missing cells
//! in a bin of their own. An outlier falls into the outermost bin, wherever it lies.

use crate::align::sample;
use plenish_learn::bins::{cuts, distinct, equal_mass};
use plenish_learn::{FeatureKind, Matrix};
use plenish_table::{Column, ColumnSchema, MISSING_CODE, Result, Seed, Table};
use rayon::prelude::*;
use std::collections::HashMap;

/// Rows of each table that are looked at, at most; of more, that many are drawn.
pub const MAX_ROWS: usize = 100_000;
/// Bins of a number or a time.
const BINS: usize = 50;
/// Texts with a code of their own; all others share one.
const WORDS: usize = 200;

/// Places in arrays of tables.
pub(crate) const REAL: usize = 0;
pub(crate) const HOLDOUT: usize = 1;
pub(crate) const SYNTHETIC: usize = 2;
/// The real rows with each column in an order of its own.
pub(crate) const SHUFFLED: usize = 3;

/// Code 0 is "missing"; ordered codes rise with the values.
enum Coding {
    /// Code 1 + number of cuts below the value.
    Cuts(Vec<f64>),
    /// Code 1 + position; all other values share the code after the last.
    Words(Vec<String>),
}

/// How one column is coded.
pub(crate) struct Shape {
    pub(crate) schema: ColumnSchema,
    coding: Coding,
    /// Real rows of both parts with each code.
    mass: Vec<u32>,
}

/// The codes of the tables, column by column.
pub(crate) struct Shared {
    pub(crate) shapes: Vec<Shape>,
    /// [`REAL`], [`HOLDOUT`], [`SYNTHETIC`], [`SHUFFLED`]. As many real rows as synthetic ones, so
    /// that chance blurs both alike.
    pub(crate) tables: [Vec<Vec<u8>>; 4],
    /// Rows of each of them.
    pub(crate) rows: [usize; 4],
}

/// The same with fewer codes a column.
pub(crate) struct Level {
    /// For each column, the coarse code of each fine one.
    pub(crate) maps: Vec<Vec<u8>>,
    /// Number of codes of each column, the one for missing included.
    pub(crate) sizes: Vec<usize>,
    pub(crate) tables: [Vec<Vec<u8>>; 4],
}

impl Shared {
    /// Codes the columns at `columns`; the tables share a schema and have rows.
    pub(crate) fn new(real: &Table, holdout: &Table, synthetic: &Table, columns: &[usize], seed: &Seed) -> Self {
        let side = real.rows().min(synthetic.rows()).min(MAX_ROWS);
        let counts = [side, holdout.rows().min(MAX_ROWS), side];
        let tables: Vec<Table> = [real, holdout, synthetic]
            .into_iter()
            .zip(counts)
            .enumerate()
            .map(|(place, (table, count))| {
                let table = table.select(columns);
                if count < table.rows() {
                    table.take(&sample(table.rows(), count, &seed.child(place as u64)))
                } else {
                    table
                }
            })
            .collect();
        let coded: Vec<(Shape, [Vec<u8>; 4])> = (0..columns.len())
            .into_par_iter()
            .map(|place| {
                let cells = [REAL, HOLDOUT, SYNTHETIC].map(|t| tables[t].column(place));
                let mut shape = Shape::new(&tables[REAL].schema().columns[place], cells[REAL], cells[HOLDOUT]);
                let [a, b, c] = cells.map(|column| shape.encode(column));
                for &code in a.iter().chain(&b) {
                    shape.mass[usize::from(code)] += 1;
                }
                let mut shuffled = a.clone();
                seed.derive("floor").stream(0, place as u32).shuffle(&mut shuffled);
                (shape, [a, b, c, shuffled])
            })
            .collect();
        let mut shared = Self {
            shapes: Vec::new(),
            tables: Default::default(),
            rows: [counts[0], counts[1], counts[2], counts[0]],
        };
        for (shape, cells) in coded {
            shared.shapes.push(shape);
            for (table, cells) in shared.tables.iter_mut().zip(cells) {
                table.push(cells);
            }
        }
        shared
    }

    /// At most `bins` bins for numbers and times, and `words` codes for texts, beside the one for
    /// missing cells.
    pub(crate) fn level(&self, bins: usize, words: usize) -> Level {
        let maps: Vec<Vec<u8>> = self.shapes.iter().map(|shape| shape.merge(bins, words)).collect();
        let sizes = maps
            .iter()
            .map(|map| map.iter().max().map_or(1, |&code| usize::from(code) + 1))
            .collect();
        let tables = [REAL, HOLDOUT, SYNTHETIC, SHUFFLED].map(|t| {
            self.tables[t]
                .par_iter()
                .zip(&maps)
                .map(|(cells, map)| cells.iter().map(|&code| map[usize::from(code)]).collect())
                .collect()
        });
        Level { maps, sizes, tables }
    }

    /// The column called `name`, if it is looked at.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.shapes.iter().position(|shape| shape.schema.name == name)
    }

    pub(crate) fn name(&self, place: usize) -> &str {
        &self.shapes[place].schema.name
    }
}

impl Level {
    /// The given rows of a table as features of a learner, without the columns in `without`.
    pub(crate) fn matrix(&self, shapes: &[Shape], parts: &[(usize, &[u32])], without: Option<usize>) -> Result<Matrix> {
        let places: Vec<usize> = (0..self.sizes.len()).filter(|&p| Some(p) != without).collect();
        let kinds = places
            .iter()
            .map(|&p| FeatureKind {
                codes: self.sizes[p] as u16,
                ordered: shapes[p].is_ordered(),
            })
            .collect();
        let columns: Vec<Vec<u8>> = places
            .iter()
            .map(|&p| {
                let of = |&(table, rows): &(usize, &[u32])| gather(&self.tables[table][p], rows);
                parts.iter().flat_map(of).collect()
            })
            .collect();
        let rows = parts.iter().map(|(_, rows)| rows.len()).sum();
        Matrix::from_columns(kinds, &columns, rows)
    }

    /// Which fine codes of a column make up a coarse one.
    pub(crate) fn members(&self, place: usize, code: u8) -> Vec<bool> {
        self.maps[place].iter().map(|&coarse| coarse == code).collect()
    }
}

/// The codes at `rows`, in that order.
pub(crate) fn gather(cells: &[u8], rows: &[u32]) -> Vec<u8> {
    rows.iter().map(|&row| cells[row as usize]).collect()
}

impl Shape {
    fn new(schema: &ColumnSchema, real: &Column, holdout: &Column) -> Self {
        let coding = match (real, holdout) {
            (Column::Text(a), Column::Text(b)) => {
                let mut counts: HashMap<&str, u32> = HashMap::new();
                for (word, count) in a.frequencies().into_iter().chain(b.frequencies()) {
                    *counts.entry(word).or_default() += count;
                }
                let mut sorted: Vec<(&str, u32)> = counts.into_iter().collect();
                sorted.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
                sorted.truncate(WORDS);
                Coding::Words(sorted.into_iter().map(|(word, _)| word.to_owned()).collect())
            }
            (Column::Boolean(_), _) => Coding::Words(vec!["false".to_owned(), "true".to_owned()]),
            _ => {
                let mut numbers = real.numbers();
                numbers.extend(holdout.numbers());
                Coding::Cuts(cuts(&distinct(&numbers), BINS))
            }
        };
        let codes = match &coding {
            Coding::Cuts(cuts) => cuts.len() + 2,
            Coding::Words(words) => words.len() + 2,
        };
        Self {
            schema: schema.clone(),
            coding,
            mass: vec![0; codes],
        }
    }

    pub(crate) fn is_ordered(&self) -> bool {
        matches!(self.coding, Coding::Cuts(_))
    }

    fn encode(&self, column: &Column) -> Vec<u8> {
        match (&self.coding, column) {
            (Coding::Words(words), Column::Text(text)) => {
                let index: HashMap<&str, u8> = words
                    .iter()
                    .enumerate()
                    .map(|(i, word)| (word.as_str(), i as u8 + 1))
                    .collect();
                let others = words.len() as u8 + 1;
                let map: Vec<u8> = text
                    .dictionary
                    .iter()
                    .map(|word| index.get(word.as_str()).copied().unwrap_or(others))
                    .collect();
                let code = |&c: &u32| if c == MISSING_CODE { 0 } else { map[c as usize] };
                text.codes.iter().map(code).collect()
            }
            (Coding::Words(_), column) => (0..column.len())
                .map(|row| column.number(row).map_or(0, |x| if x < 0.5 { 1 } else { 2 }))
                .collect(),
            (Coding::Cuts(cuts), column) => column
                .numbers()
                .iter()
                .map(|&x| {
                    if x.is_nan() {
                        0
                    } else {
                        cuts.partition_point(|&cut| cut < x) as u8 + 1
                    }
                })
                .collect(),
        }
    }

    fn merge(&self, bins: usize, words: usize) -> Vec<u8> {
        let codes = self.mass.len();
        if !self.is_ordered() {
            return (0..codes).map(|code| code.min(words) as u8).collect();
        }
        let masses: Vec<(f64, u32)> = (1..codes).map(|code| (code as f64, self.mass[code].max(1))).collect();
        let ends = equal_mass(&masses, bins);
        let coarse = |code: usize| ends.partition_point(|&end| end < code) as u8 + 1;
        std::iter::once(0).chain((1..codes).map(coarse)).collect()
    }

    /// The mean rank of each ordered code among the real rows, from `low` to `high`; 0 for missing.
    pub(crate) fn ranks(&self, low: usize, high: usize) -> Vec<u8> {
        let total = self.mass[1..].iter().map(|&m| u64::from(m)).sum::<u64>().max(1) as f64;
        let mut before = 0.0;
        std::iter::once(0)
            .chain(self.mass[1..].iter().map(|&mass| {
                let middle = (before + f64::from(mass) / 2.0) / total;
                before += f64::from(mass);
                (low as f64 + middle * (high - low) as f64).round() as u8
            }))
            .collect()
    }

    /// Names a set of fine codes as a group: a value, a range, `(missing)`.
    pub(crate) fn group(&self, members: &[bool]) -> String {
        if members.first() == Some(&true) {
            return "(missing)".to_owned();
        }
        let chosen: Vec<usize> = (1..members.len()).filter(|&code| members[code]).collect();
        match (&self.coding, chosen.as_slice()) {
            (Coding::Cuts(cuts), [first, .., last]) => self.range(cuts, *first, *last),
            (Coding::Cuts(cuts), [only]) => self.range(cuts, *only, *only),
            (Coding::Words(words), [only]) if *only <= words.len() => words[only - 1].clone(),
            _ => "(all others)".to_owned(),
        }
    }

    fn range(&self, cuts: &[f64], first: usize, last: usize) -> String {
        let low = (first > 1).then(|| self.schema.show_number(cuts[first - 2]));
        let high = (last <= cuts.len()).then(|| self.schema.show_number(cuts[last - 1]));
        match (low, high) {
            (None, None) => "any value".to_owned(),
            (None, Some(high)) => format!("up to {high}"),
            (Some(low), None) => format!("above {low}"),
            (Some(low), Some(high)) => format!("above {low} up to {high}"),
        }
    }

    /// Writes a set of fine codes as a condition; none if it holds for every cell. Ordered sets are
    /// runs of codes, with or without the missing cells.
    pub(crate) fn condition(&self, members: &[bool]) -> Option<String> {
        let name = &self.schema.name;
        let missing = members.first() == Some(&true);
        let chosen: Vec<usize> = (1..members.len()).filter(|&code| members[code]).collect();
        let all = chosen.len() + 1 == members.len();
        if chosen.is_empty() {
            return Some(format!("{name} is missing"));
        }
        // Without missing cells there is nothing to tell apart.
        let may_miss = self.mass[0] > 0;
        if all {
            return (may_miss && !missing).then(|| format!("{name} is not missing"));
        }
        let text = match &self.coding {
            Coding::Cuts(cuts) => format!("{name} {}", self.range(cuts, chosen[0], chosen[chosen.len() - 1])),
            Coding::Words(words) => {
                let listed = |inside: bool| -> Vec<&str> {
                    let wanted = |code: &usize| members[*code] == inside;
                    (1..=words.len())
                        .filter(wanted)
                        .map(|code| words[code - 1].as_str())
                        .collect()
                };
                let (inside, outside) = (listed(true), listed(false));
                if inside.len() <= outside.len() {
                    format!("{name} among {}", quoted(&inside))
                } else {
                    format!("{name} not among {}", quoted(&outside))
                }
            }
        };
        Some(match (may_miss, missing) {
            (true, true) => format!("{text}, or missing"),
            _ => text,
        })
    }
}

/// A few texts in quotes.
fn quoted(words: &[&str]) -> String {
    const SHOWN: usize = 4;
    let mut shown: Vec<String> = words.iter().take(SHOWN).map(|w| format!("'{w}'")).collect();
    if words.len() > SHOWN {
        let last = shown.pop().unwrap_or_default();
        shown.push(format!("{last} and {} more", words.len() - SHOWN));
    }
    shown.join(", ")
}
