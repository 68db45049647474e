//! SMOTE-NC (Chawla, Bowyer, Hall, Kegelmeyer, "SMOTE: Synthetic Minority Over-sampling Technique",
//! JAIR 2002, section 6.1) as a generator of whole tables: a row of the training data moves a part of
//! the way towards one of its nearest neighbours in its class; its categories are those of most of
//! its neighbours.
//!
//! Two things the paper leaves open: numbers are compared in units of their standard deviations, so
//! that no column's unit decides, and whether a cell is missing is a category. Whole numbers beyond 2^53
//! are real numbers here, and so rounded.

mod cells;
mod gap;
mod neighbours;

use super::{bytes, check, in_blocks, nothing_satisfies, tests, uniform, warn_of_rows};
use crate::codec::{passes, spans};
use crate::model_file::damaged;
use crate::{Ask, ColumnSummary, Generator, Model, Settings, Summary};
use cells::{Cells, deviation};
use gap::{Gaps, gaps};
use neighbours::{Feature, neighbours};
use plenish_table::{
    Column, ColumnType, Context, MISSING_BOOLEAN, MISSING_CODE, MISSING_DATE, MISSING_INTEGER, Result, Role, Schema,
    Seed, Table, Test, TextColumn, Value,
};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// Neighbours of a row, as in the paper.
const NEIGHBOURS: usize = 5;

/// A numeric target with at most this many values makes classes.
const MOST_CLASSES: usize = 20;

/// The generator that interpolates between neighbours.
#[derive(Debug, Clone, Copy, Default)]
pub struct Smote;

#[derive(Debug, Serialize, Deserialize)]
struct SmoteModel {
    schema: Arc<Schema>,
    rows: usize,
    columns: Vec<Cells>,
    /// Up to [`NEIGHBOURS`] rows for each row.
    neighbours: Vec<Vec<u32>>,
}

impl Generator for Smote {
    fn name(&self) -> &'static str {
        "smote"
    }

    fn describe(&self) -> &'static str {
        "rows between a real row and its neighbours: for more of a rare class, and it leaks training rows"
    }

    fn fit(&self, data: &Table, settings: &Settings, seed: &Seed, cx: &Context) -> Result<Box<dyn Model>> {
        check(data, settings, self.name())?;
        warn_of_rows(self.name(), cx);
        let schema = data.shared_schema();
        let target = schema.with_role(Role::Target).first().copied();
        let classes = target.map(|t| classes(data.column(t))).filter(|c| !c.is_empty());
        let class_column = target.filter(|_| classes.is_some());
        let classes = classes.unwrap_or_else(|| vec![(0..data.rows() as u32).collect()]);
        let (mut columns, mut features) = (Vec::new(), Vec::new());
        for (index, (column, schema)) in data.columns().iter().zip(&schema.columns).enumerate() {
            let cells = Cells::of(column, schema, class_column == Some(index));
            if class_column != Some(index) {
                features.extend(cells.feature());
            }
            columns.push(cells);
        }
        cx.check()?;
        let penalty: Vec<f32> = classes.iter().map(|rows| penalty(&features, rows)).collect();
        let neighbours = neighbours(&features, &classes, NEIGHBOURS, &penalty, &seed.derive("smote"), cx)?;
        Ok(Box::new(SmoteModel {
            schema,
            rows: data.rows(),
            columns,
            neighbours,
        }))
    }

    fn open(&self, bytes: &[u8]) -> Result<Box<dyn Model>> {
        let model: SmoteModel = postcard::from_bytes(bytes).map_err(|_| damaged())?;
        if model.is_sound() {
            Ok(Box::new(model))
        } else {
            Err(damaged())
        }
    }
}

/// The rows of each value of a target, missing among them; none if it has too many values.
fn classes(column: &Column) -> Vec<Vec<u32>> {
    let mut classes: std::collections::BTreeMap<String, Vec<u32>> = std::collections::BTreeMap::new();
    let is_numeric = !matches!(column, Column::Text(_) | Column::Boolean(_));
    for row in 0..column.len() {
        classes
            .entry(column.value(row).to_string())
            .or_default()
            .push(row as u32);
        if is_numeric && classes.len() > MOST_CLASSES {
            return Vec::new();
        }
    }
    classes.into_values().collect()
}

/// The squared distance of two different categories among `rows`: that of the median of the numbers'
/// standard deviations.
fn penalty(features: &[Feature], rows: &[u32]) -> f32 {
    let mut deviations: Vec<f64> = features
        .iter()
        .filter_map(|feature| match feature {
            Feature::Number(cells) => Some(deviation(rows.iter().map(|&r| f64::from(cells[r as usize])))),
            Feature::Code(_) => None,
        })
        .collect();
    deviations.sort_unstable_by(f64::total_cmp);
    let median = match deviations.len() {
        0 => 1.0,
        n if n % 2 == 1 => deviations[n / 2],
        n => f64::midpoint(deviations[n / 2 - 1], deviations[n / 2]),
    };
    // Where all numbers are the same, categories alone decide.
    let median = if median > 0.0 { median } else { 1.0 };
    (median * median) as f32
}

/// The code that most of `codes` are; at a tie the one that comes first among them.
fn most(codes: impl Iterator<Item = u32>) -> Option<u32> {
    let mut counts: Vec<(u32, usize)> = Vec::with_capacity(NEIGHBOURS + 1);
    for code in codes {
        match counts.iter_mut().find(|c| c.0 == code) {
            Some(count) => count.1 += 1,
            None => counts.push((code, 1)),
        }
    }
    let best = counts.iter().map(|c| c.1).max()?;
    counts.iter().find(|c| c.1 == best).map(|c| c.0)
}

impl SmoteModel {
    fn is_sound(&self) -> bool {
        self.columns.len() == self.schema.columns.len()
            && self
                .columns
                .iter()
                .zip(&self.schema.columns)
                .all(|(c, s)| c.is_sound(self.rows, s))
            && self.rows > 0
            && self.neighbours.len() == self.rows
            && self
                .neighbours
                .iter()
                .all(|near| near.len() <= NEIGHBOURS && near.iter().all(|&r| (r as usize) < self.rows))
    }

    /// The category of the row made from training row `row`.
    fn category(&self, cells: &[u32], row: usize) -> u32 {
        most(self.neighbours[row].iter().map(|&r| cells[r as usize])).unwrap_or(cells[row])
    }

    /// The two numbers between which the row made from `row` and its neighbour `towards` lies; `None`
    /// if its cell is missing.
    fn ends(&self, cells: &[f64], is_class: bool, row: usize, towards: usize) -> Option<(f64, f64)> {
        let near = &self.neighbours[row];
        if is_class {
            return Some((cells[row], cells[row])).filter(|e| !e.0.is_nan());
        }
        let missing = |row: usize| u32::from(cells[row].is_nan());
        if most(near.iter().map(|&r| missing(r as usize))).unwrap_or(missing(row)) == 1 {
            return None;
        }
        let there = |row: usize| Some(cells[row]).filter(|v| !v.is_nan());
        let (own, other) = (there(row), there(towards));
        // Where one of both has no number, the other's stands for both; or that of the nearest row.
        let any = own.or(other).or_else(|| near.iter().find_map(|&r| there(r as usize)))?;
        Some((own.unwrap_or(any), other.unwrap_or(any)))
    }

    /// The neighbours that a row can move towards; itself if it has none.
    fn towards(&self, row: usize) -> impl Iterator<Item = usize> + '_ {
        let near = &self.neighbours[row];
        let alone = near.is_empty().then_some(row);
        near.iter().map(|&r| r as usize).chain(alone)
    }

    /// For every pair of a row and one of its neighbours, in order, the mass of the gaps between them
    /// that satisfies `tests`, summed up to and including it.
    fn masses(&self, tests: &[Vec<&Test>], spans: &[Vec<(f64, f64)>]) -> Vec<f64> {
        let mut mass = 0.0;
        let mut masses = Vec::with_capacity(self.rows * NEIGHBOURS);
        // Each distinct code is asked once.
        let accepted: Vec<Vec<bool>> = self
            .columns
            .iter()
            .zip(&self.schema.columns)
            .zip(tests)
            .map(|((cells, schema), tests)| {
                let asked = |value: &Value| tests.iter().all(|t| t.accepts(value));
                match cells {
                    Cells::Booleans(_) => [Value::Boolean(false), Value::Boolean(true), Value::Missing]
                        .iter()
                        .map(asked)
                        .collect(),
                    Cells::Words { dictionary, .. } if !tests.is_empty() => {
                        let words = dictionary.iter().map(|w| asked(&Value::Text(w.clone())));
                        words.chain([asked(&Value::Missing)]).collect()
                    }
                    Cells::Unlearned(codec, _) if !tests.is_empty() => {
                        let shares = codec.shares_of_all(tests, schema.kind);
                        shares.into_iter().map(|share| share > 0.0).collect()
                    }
                    _ => Vec::new(),
                }
            })
            .collect();
        for row in 0..self.rows {
            let of_row = self
                .columns
                .iter()
                .zip(tests)
                .zip(&accepted)
                .all(|((cells, tests), accepted)| match cells {
                    Cells::Booleans(cells) | Cells::Words { cells, .. } => {
                        tests.is_empty() || accepted[self.category(cells, row) as usize]
                    }
                    Cells::Unlearned(_, states) => tests.is_empty() || accepted[usize::from(states[row])],
                    Cells::Numbers { .. } => true,
                });
            let share = 1.0 / self.towards(row).count() as f64;
            for towards in self.towards(row) {
                if of_row {
                    mass += share
                        * self
                            .gaps(row, towards, tests, spans)
                            .iter()
                            .map(|g| g.1 - g.0)
                            .sum::<f64>();
                }
                masses.push(mass);
            }
        }
        masses
    }

    /// The stretches of [0, 1] in which a row between `row` and `towards` satisfies the tests of all
    /// numbers.
    fn gaps(&self, row: usize, towards: usize, tests: &[Vec<&Test>], spans: &[Vec<(f64, f64)>]) -> Gaps {
        let mut open: Gaps = vec![(0.0, 1.0)];
        let columns = self.columns.iter().zip(&self.schema.columns);
        for ((cells, schema), (tests, spans)) in columns.zip(tests.iter().zip(spans)) {
            let Cells::Numbers { cells, is_class, .. } = cells else {
                continue;
            };
            if tests.is_empty() {
                continue;
            }
            open = match self.ends(cells, *is_class, row, towards) {
                None if tests.iter().all(|t| t.accepts(&Value::Missing)) => open,
                None => Vec::new(),
                Some((from, to)) => gaps(&open, from, to, spans, passes(tests, schema.kind)),
            };
        }
        open
    }

    fn column(&self, index: usize, pairs: &[(usize, usize, f64)], units: &Range<u64>, seed: &Seed) -> Column {
        let schema = &self.schema.columns[index];
        match &self.columns[index] {
            Cells::Unlearned(codec, states) => {
                let states: Vec<u16> = pairs.iter().map(|&(row, _, _)| states[row]).collect();
                codec.decode(&states, units.clone(), index as u32, seed, &[], schema)
            }
            Cells::Booleans(cells) => Column::Boolean(
                pairs
                    .iter()
                    .map(|&(row, _, _)| (self.category(cells, row) as u8).min(MISSING_BOOLEAN))
                    .collect(),
            ),
            Cells::Words { cells, dictionary } => {
                let missing = dictionary.len() as u32;
                let code = |code: u32| if code == missing { MISSING_CODE } else { code };
                Column::Text(TextColumn {
                    codes: pairs
                        .iter()
                        .map(|&(row, _, _)| code(self.category(cells, row)))
                        .collect(),
                    dictionary: Arc::clone(dictionary),
                })
            }
            Cells::Numbers { cells, grid, is_class } => {
                let numbers = pairs.iter().map(|&(row, towards, gap)| {
                    let (from, to) = self.ends(cells, *is_class, row, towards)?;
                    Some(gap::between(from, to, gap, *grid))
                });
                match schema.kind {
                    ColumnType::Real => Column::Real(numbers.map(|n| n.unwrap_or(f64::NAN)).collect()),
                    ColumnType::Date => Column::Date(numbers.map(|n| n.map_or(MISSING_DATE, |v| v as i32)).collect()),
                    ColumnType::Timestamp => {
                        Column::Timestamp(numbers.map(|n| n.map_or(MISSING_INTEGER, |v| v as i64)).collect())
                    }
                    _ => Column::Integer(numbers.map(|n| n.map_or(MISSING_INTEGER, |v| v as i64)).collect()),
                }
            }
        }
    }
}

impl Model for SmoteModel {
    fn generator(&self) -> &'static str {
        "smote"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn generate(&self, ask: &Ask, units: Range<u64>, seed: &Seed, cx: &Context) -> Result<Table> {
        ask.only_conditions(self.generator())?;
        let seed = seed.derive("smote");
        let tests = tests(&self.schema, &ask.condition)?;
        let spans: Vec<Vec<(f64, f64)>> = self
            .columns
            .iter()
            .zip(&tests)
            .map(|(cells, tests)| match cells {
                Cells::Numbers { grid, .. } => spans(*grid, tests),
                _ => Vec::new(),
            })
            .collect();
        let masses = if ask.condition.is_empty() {
            Vec::new()
        } else {
            self.masses(&tests, &spans)
        };
        let total = masses.last().copied().unwrap_or(0.0);
        if !ask.condition.is_empty() && total <= 0.0 {
            return Err(nothing_satisfies(&ask.condition));
        }
        // Where the pairs of each row begin.
        let mut starts = Vec::with_capacity(self.rows);
        let mut pairs = 0;
        for row in 0..self.rows {
            starts.push(pairs);
            pairs += self.towards(row).count();
        }
        in_blocks(&self.schema, units, cx, |units| {
            let pairs: Vec<(usize, usize, f64)> = units
                .clone()
                .map(|unit| {
                    let (a, b) = seed.pair(unit, u32::MAX);
                    let gap = uniform(seed.pair(unit, u32::MAX - 1).0);
                    if ask.condition.is_empty() {
                        let row = (uniform(a) * self.rows as f64) as usize;
                        let count = self.towards(row).count();
                        let towards = self
                            .towards(row)
                            .nth((uniform(b) * count as f64) as usize)
                            .unwrap_or(row);
                        return (row, towards, gap);
                    }
                    let at = uniform(a) * total;
                    let pair = masses.partition_point(|&m| m <= at).min(masses.len() - 1);
                    let row = starts.partition_point(|&s| s <= pair) - 1;
                    let towards = self.towards(row).nth(pair - starts[row]).unwrap_or(row);
                    let open = self.gaps(row, towards, &tests, &spans);
                    (row, towards, gap::at(&open, gap))
                })
                .collect();
            Ok((0..self.columns.len())
                .map(|index| self.column(index, &pairs, &units, &seed))
                .collect())
        })
    }

    fn save(&self) -> Result<Vec<u8>> {
        bytes(self)
    }

    fn summary(&self) -> Summary {
        Summary {
            generator: self.generator().to_owned(),
            rows: self.rows,
            columns: self.columns.len(),
            log_likelihood: None,
            condition_on: self.schema.columns.iter().map(|c| c.name.clone()).collect(),
            holds_rows: true,
            details: self
                .schema
                .columns
                .iter()
                .map(|schema| ColumnSummary {
                    name: schema.name.clone(),
                    states: 0,
                    trees: 0,
                    log_likelihood: None,
                })
                .collect(),
        }
    }
}
