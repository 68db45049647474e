//! Which states a column of the chain is learned in: its own, or those relative to a prediction.

use super::code_tree::CodeTree;
use super::features::Features;
use super::fit::{ColumnData, ColumnSettings, Fold, fit_column};
use super::model::ColumnModel;
use super::relative::Candidate;
use crate::codec::Codec;
use plenish_learn::{FeatureKind, Matrix};
use plenish_table::{Context, Result, Seed};

/// A column that is about to be learned.
pub(crate) struct Learner<'a> {
    pub(crate) codec: &'a Codec,
    /// Its own state in every row.
    pub(crate) states: &'a [u16],
    /// Its place in the chain.
    pub(crate) place: usize,
    pub(crate) folds: &'a [Fold],
    pub(crate) settings: &'a ColumnSettings,
    pub(crate) seed: &'a Seed,
}

/// What the columns of a chain see of those before them.
pub(crate) struct Seen {
    /// The features of all rows, in the order of the chain.
    pub(crate) codes: Matrix,
    /// How many of them come before each column.
    pub(crate) before: Vec<usize>,
}

impl Seen {
    /// The features of every column, `codes`, and the differences of those that are coded relatively.
    pub(crate) fn of(
        features: &[Features],
        codes: &[Vec<Vec<u8>>],
        relative: &[Option<Candidate>],
        rows: usize,
    ) -> Result<Self> {
        let (mut kinds, mut columns, mut before) = (Vec::new(), Vec::new(), Vec::new());
        for ((features, codes), relative) in features.iter().zip(codes).zip(relative) {
            before.push(kinds.len());
            kinds.extend(features.kinds());
            columns.extend(codes.iter().cloned());
            if let Some(candidate) = relative {
                kinds.push(FeatureKind {
                    codes: candidate.relative.codes(),
                    ordered: true,
                });
                columns.push(candidate.codes());
            }
        }
        let codes = Matrix::from_columns(kinds, &columns, rows)?;
        Ok(Self { codes, before })
    }
}

/// States to learn a column in.
struct Coding<'a> {
    states: &'a [u16],
    counts: &'a [u32],
    expected: Vec<f32>,
    tree: CodeTree,
}

impl<'a> Learner<'a> {
    fn own(&self) -> Coding<'a> {
        let codec = self.codec;
        Coding {
            states: self.states,
            counts: codec.counts(),
            expected: codec.expected(),
            tree: if codec.is_ordered() {
                CodeTree::ordered(codec.counts(), usize::from(codec.has_missing()))
            } else {
                CodeTree::by_mass(codec.counts())
            },
        }
    }

    fn relative(candidate: &'a Candidate) -> Coding<'a> {
        let residual = &candidate.relative.residual;
        Coding {
            states: &candidate.states,
            counts: residual.counts(),
            expected: residual.expected(),
            tree: CodeTree::ordered(residual.counts(), residual.alone()),
        }
    }

    /// Whether values never seen are likelier in the relative coding: one quick fit of each tells.
    pub(crate) fn prefers(&self, candidate: &'a Candidate, seen: &Seen, cx: &Context) -> Result<bool> {
        let trial = ColumnSettings {
            members: 1,
            ..*self.settings
        };
        let held = &self.folds[0].held;
        let codec = self.codec;
        let own =
            self.fit(&self.own(), seen, &trial, cx)?.1 + codec.mean_log_inside(&candidate.numbers, self.states, held);
        let relative = self.fit(&Self::relative(candidate), seen, &trial, cx)?.1 + candidate.inside(codec, held);
        Ok(relative > own)
    }

    /// Learns the column in its own states, or in those of `candidate`; returns the mean log-likelihood of
    /// rows left out as well.
    pub(crate) fn learn(
        &self,
        candidate: Option<&'a Candidate>,
        seen: &Seen,
        cx: &Context,
    ) -> Result<(ColumnModel, f64)> {
        let coding = candidate.map_or_else(|| self.own(), Self::relative);
        self.fit(&coding, seen, self.settings, cx)
    }

    fn fit(&self, coding: &Coding, seen: &Seen, settings: &ColumnSettings, cx: &Context) -> Result<(ColumnModel, f64)> {
        let column = ColumnData {
            matrix: &seen.codes,
            features: seen.before[self.place],
            states: coding.states,
            counts: coding.counts,
            expected: &coding.expected,
        };
        fit_column(column, &coding.tree, self.folds, settings, self.seed, cx)
    }
}
