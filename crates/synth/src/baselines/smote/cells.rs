//! The real cells of a column, and what rows are compared by.

use super::super::codec_settings;
use super::neighbours::Feature;
use crate::codec::{Bounds, Codec, Grid, names_rows};
use plenish_table::{Column, ColumnSchema, ColumnType, MISSING_CODE, Role, TextColumn};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The real cells of a column.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Cells {
    /// NaN where missing. As a class, a number is never interpolated.
    Numbers {
        cells: Vec<f64>,
        grid: Grid,
        is_class: bool,
    },
    /// 0, 1 or 2 for missing.
    Booleans(Vec<u32>),
    /// Positions in the dictionary, or its length for missing.
    Words {
        cells: Vec<u32>,
        dictionary: Arc<Vec<String>>,
    },
    /// Identifiers, names and free text, which are not learned, and the rows' states of them: whether they
    /// are missing.
    Unlearned(Codec, Vec<u16>),
}

/// The standard deviation of the numbers that are there.
pub(super) fn deviation(numbers: impl Iterator<Item = f64>) -> f64 {
    let there: Vec<f64> = numbers.filter(|v| !v.is_nan()).collect();
    let count = there.len().max(1) as f64;
    let mean = there.iter().sum::<f64>() / count;
    libm::sqrt(there.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count)
}

/// For every word the one that is drawn for it: itself, or, where the schema does not allow it, the most
/// frequent that is allowed, if there is any.
fn allowed_codes(text: &TextColumn, schema: &ColumnSchema) -> Vec<u32> {
    let words = text.dictionary.len() as u32;
    let Some(allowed) = &schema.allowed else {
        return (0..words).collect();
    };
    let is_allowed: Vec<bool> = text.dictionary.iter().map(|word| allowed.contains(word)).collect();
    let mut rows = vec![0_u32; words as usize];
    for &code in text.codes.iter().filter(|&&c| c != MISSING_CODE) {
        rows[code as usize] += 1;
    }
    let first = (0..words)
        .filter(|&code| is_allowed[code as usize])
        .min_by_key(|&code| (std::cmp::Reverse(rows[code as usize]), code));
    (0..words)
        .map(|code| {
            if is_allowed[code as usize] {
                code
            } else {
                first.unwrap_or(code)
            }
        })
        .collect()
}

impl Cells {
    pub(super) fn of(column: &Column, schema: &ColumnSchema, is_class: bool) -> Self {
        let unlearned = || {
            let (codec, states) = Codec::fit(column, schema, codec_settings(column.len()));
            Self::Unlearned(codec, states)
        };
        match (schema.role, column) {
            (Role::Identifier | Role::FreeText, _) => unlearned(),
            (_, Column::Text(text)) if names_rows(text) => unlearned(),
            (_, Column::Boolean(cells)) => Self::Booleans(cells.iter().map(|&c| u32::from(c)).collect()),
            (_, Column::Text(text)) => {
                let words = text.dictionary.len() as u32;
                let stands_for = allowed_codes(text, schema);
                Self::Words {
                    cells: text
                        .codes
                        .iter()
                        .map(|&c| {
                            if c == MISSING_CODE {
                                words
                            } else {
                                stands_for[c as usize]
                            }
                        })
                        .collect(),
                    dictionary: Arc::clone(&text.dictionary),
                }
            }
            (_, column) => {
                let numbers = column.numbers();
                let decimals = if schema.kind == ColumnType::Real {
                    schema.decimals
                } else {
                    Some(0)
                };
                let grid = Grid::of(numbers.iter().copied().filter(|v| !v.is_nan()), decimals);
                // What a reader made of a decimal number may lie a last bit beside its grid. Between
                // cells in the bounds of the schema there are only such.
                let bounds = Bounds::of(schema);
                let on_grid = |v: f64| bounds.clip(Some(grid.snap(v)).filter(|s| s.is_finite()).unwrap_or(v), 0);
                Self::Numbers {
                    cells: numbers.into_iter().map(on_grid).collect(),
                    grid,
                    is_class,
                }
            }
        }
    }

    /// What rows are compared by.
    pub(super) fn feature(&self) -> Option<Feature> {
        match self {
            Self::Numbers { cells, .. } => {
                // Scaled by the largest first, so that no square overflows.
                let largest = cells
                    .iter()
                    .filter(|v| !v.is_nan())
                    .fold(0.0_f64, |m, v| m.max(v.abs()));
                let unit = if largest > 0.0 { largest } else { 1.0 };
                let spread = deviation(cells.iter().map(|v| v / unit));
                let spread = if spread > 1e-12 { spread } else { 1.0 };
                let centre = cells.iter().find(|v| !v.is_nan()).map_or(0.0, |v| v / unit);
                Some(Feature::Number(
                    cells.iter().map(|v| ((v / unit - centre) / spread) as f32).collect(),
                ))
            }
            Self::Booleans(cells) | Self::Words { cells, .. } => Some(Feature::Code(cells.clone())),
            Self::Unlearned(..) => None,
        }
    }

    pub(super) fn is_sound(&self, rows: usize, schema: &ColumnSchema) -> bool {
        match self {
            Self::Numbers { cells, .. } => cells.len() == rows && schema.kind.is_ordered(),
            Self::Booleans(cells) => {
                cells.len() == rows && schema.kind == ColumnType::Boolean && cells.iter().all(|&c| c <= 2)
            }
            Self::Words { cells, dictionary } => {
                cells.len() == rows
                    && schema.kind == ColumnType::Text
                    && cells.iter().all(|&c| c as usize <= dictionary.len())
            }
            Self::Unlearned(codec, states) => {
                codec.is_sound() && states.len() == rows && states.iter().all(|&s| usize::from(s) < codec.states())
            }
        }
    }
}
