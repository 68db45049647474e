//! Which columns are close to a prediction from the columns before them, and their coding relative to it.

use super::prediction::{Known, Prediction, middle_and_spread};
use crate::codec::{Codec, EVERYWHERE, Residual, Row, Scale, heavy_values, is_equal};
use plenish_table::{Column, ColumnType, Table, Test};
use serde::{Deserialize, Serialize};

/// Columns of fewer states are learned well as they are.
const FEWEST_STATES: usize = 24;
/// A prediction must leave less than this share of a column's spread.
const TIGHT: f64 = 0.5;
/// A relation between whole multiples holds in at least this share of rows.
const EXACT: f64 = 0.03;
/// Rows on which exact relations are looked for.
const EXACT_ROWS: usize = 1000;
/// Columns that begin a relation of two at most: those nearest in the chain.
const MOST_FIRST: usize = 12;
/// Codes of a difference as a feature at most.
const CODES: usize = 64;

/// A prediction and the states of what differs from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Relative {
    pub(crate) prediction: Prediction,
    pub(crate) residual: Residual,
}

/// A relative coding that may be worth it.
pub(crate) struct Candidate {
    pub(crate) relative: Relative,
    /// The numbers of the column, NaN where missing.
    pub(crate) numbers: Vec<f64>,
    pub(crate) predictions: Vec<f64>,
    pub(crate) states: Vec<u16>,
}

/// Which numbers can be added up.
fn family(kind: ColumnType) -> u8 {
    match kind {
        ColumnType::Integer | ColumnType::Real => 1,
        ColumnType::Date => 2,
        ColumnType::Timestamp => 3,
        ColumnType::Boolean | ColumnType::Text => 0,
    }
}

impl Candidate {
    /// The relative coding of the column at `place` of the chain, if a prediction from the columns before
    /// it is tight enough to try; at most `most` states.
    pub(crate) fn of(place: usize, order: &[u32], data: &Table, codecs: &[&Codec], most: usize) -> Option<Self> {
        let column = |place: usize| data.column(order[place] as usize);
        let suits = |place: usize| {
            let codec = codecs[order[place] as usize];
            codec.range().is_some() && codec.has_own_scale() && codec.states() >= FEWEST_STATES
        };
        let kind = column(place).kind();
        if !suits(place) {
            return None;
        }
        let before: Vec<(u32, Vec<f64>)> = (0..place)
            .filter(|&p| suits(p) && family(column(p).kind()) == family(kind))
            .map(|p| (p as u32, column(p).numbers()))
            .collect();
        if before.is_empty() {
            return None;
        }
        let known: Vec<Known> = before.iter().map(|(p, numbers)| (*p, &numbers[..])).collect();
        let numbers = column(place).numbers();
        let heavy = heavy_values(&numbers);
        let target: Vec<f64> = numbers
            .iter()
            .map(|&v| if heavy.contains(&v) { f64::NAN } else { v })
            .collect();
        let rows: Vec<usize> = (0..target.len()).filter(|&r| !target[r].is_nan()).collect();
        let predict = |p: &Prediction| p.of(data.rows(), |place| data.column(order[place as usize] as usize));
        let linear = Prediction::fit(&target, &known, false);
        let exact = exact_relation(&target, &known, linear.as_ref(), &rows);
        let exact = exact.map(|p| {
            let predictions = predict(&p);
            (p, predictions)
        });
        let (prediction, predictions) = if let Some((prediction, predictions)) = exact {
            (prediction, predictions)
        } else {
            let logarithm = Prediction::fit(&target, &known, true);
            let (_, prediction, predictions) = [linear, logarithm]
                .into_iter()
                .flatten()
                .filter_map(|p| {
                    let predictions = predict(&p);
                    let scale = p.scale();
                    let scaled: Vec<f64> = rows.iter().map(|&r| scale.of(target[r])).collect();
                    let differences: Vec<f64> = scaled.iter().zip(&rows).map(|(v, &r)| v - predictions[r]).collect();
                    let (middle, all) = middle_and_spread(&scaled);
                    let left = middle_and_spread(&differences).1;
                    // Spreads of logarithms and of values compare at the middle of the column.
                    let size = if p.log { left * libm::exp(middle) } else { left };
                    (left < TIGHT * all).then_some((size, p, predictions))
                })
                .reduce(|a, b| if b.0 < a.0 { b } else { a })?;
            (prediction, predictions)
        };
        // Where the prediction is often exact a state for that is enough, and keeps the shape of the
        // column's own values; elsewhere the differences have states.
        let scale = if prediction.is_whole() {
            Scale::Own
        } else {
            prediction.scale()
        };
        let (residual, states) = Residual::fit(&numbers, &predictions, scale, most)?;
        Some(Self {
            relative: Relative { prediction, residual },
            numbers,
            predictions,
            states,
        })
    }

    /// How likely the values of `rows` are within their states.
    pub(crate) fn inside(&self, codec: &Codec, rows: &[u32]) -> f64 {
        let residual = &self.relative.residual;
        residual.mean_log_inside(codec, &self.numbers, &self.predictions, &self.states, rows)
    }

    /// The differences as a feature of later columns.
    pub(crate) fn codes(&self) -> Vec<u8> {
        self.states
            .iter()
            .map(|&s| self.relative.residual.code(s, CODES))
            .collect()
    }
}

/// The sum or difference of one or two known numbers, or the whole multiples nearest to a linear fit, that
/// equals the target most often; `None` if that is seldom.
fn exact_relation(target: &[f64], known: &[Known], linear: Option<&Prediction>, rows: &[usize]) -> Option<Prediction> {
    let sample: Vec<usize> = rows
        .iter()
        .copied()
        .step_by(rows.len().div_ceil(EXACT_ROWS).max(1))
        .collect();
    let hits = |p: &Prediction| {
        let value = |row: usize| p.of_numbers(|place| known.iter().find(|k| k.0 == place).map(|k| k.1[row]));
        sample.iter().filter(|&&row| is_equal(target[row], value(row))).count()
    };
    let mut best: Option<(usize, Prediction)> = None;
    let mut offer = |prediction: Prediction| {
        let count = hits(&prediction);
        if best.as_ref().is_none_or(|b| count > b.0) {
            best = Some((count, prediction));
        }
    };
    linear.and_then(Prediction::whole).into_iter().for_each(&mut offer);
    for &(place, _) in known {
        offer(Prediction::sum(&[(place, 1.0)]));
    }
    for &(first, _) in known.iter().rev().take(MOST_FIRST) {
        for &(second, _) in known.iter().filter(|k| k.0 != first) {
            offer(Prediction::sum(&[(first, 1.0), (second, -1.0)]));
            if first < second {
                offer(Prediction::sum(&[(first, 1.0), (second, 1.0)]));
            }
        }
    }
    best.filter(|(count, _)| *count as f64 >= EXACT * sample.len() as f64 && *count > 10)
        .map(|b| b.1)
}

impl Relative {
    /// Whether numbers and references make sense: for models read from files.
    pub(crate) fn is_sound(&self, place: usize) -> bool {
        self.prediction.is_sound(place) && self.residual.is_sound()
    }

    /// The number of codes that [`Relative::codes_of`] gives.
    pub(crate) fn codes(&self) -> u16 {
        self.residual.codes(CODES)
    }

    /// The differences of `cells` as a feature of later columns; `before` are the cells of the columns
    /// before, in the order of the chain.
    pub(crate) fn codes_of(&self, before: &[Column], cells: &Column) -> Vec<u8> {
        let states = self.encode(before, cells);
        states.into_iter().map(|s| self.residual.code(s, CODES)).collect()
    }

    /// The states of `cells`.
    pub(crate) fn encode(&self, before: &[Column], cells: &Column) -> Vec<u16> {
        let predictions = self.prediction.of(cells.len(), |place| &before[place as usize]);
        predictions
            .into_iter()
            .enumerate()
            .map(|(row, prediction)| self.residual.state(cells.number(row), prediction))
            .collect()
    }

    /// A question about one row.
    pub(crate) fn row<'a>(
        &self,
        before: &[Column],
        row: usize,
        codec: &'a Codec,
        tests: &'a [&'a Test],
        room: Option<(f64, f64)>,
        kind: ColumnType,
    ) -> Row<'a> {
        Row {
            codec,
            prediction: self.prediction.of_row(row, |place| &before[place as usize]),
            tests,
            room: room.unwrap_or(EVERYWHERE),
            kind,
        }
    }
}
