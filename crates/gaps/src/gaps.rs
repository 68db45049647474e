//! All gaps of a table at once.

use crate::attributes::{AttributeSettings, Attributes, LeftOut, excluded};
use crate::errors::{OutOfFold, out_of_fold};
use crate::failing::{FailingSettings, FailingSlice, failing};
use crate::groups::{GroupCell, groups};
use crate::importance::{ColumnImportance, importance};
use crate::kind::GapKind;
use crate::patterns::{Pattern, PatternSettings, check, patterns};
use crate::population::{Reference, Underrepresented, underrepresented};
use crate::rare::{Rare, rare};
use crate::slices::SliceSettings;
use crate::sparse::{Sparse, sparse};
use crate::uncertain::disagreement;
use plenish_learn::Task;
use plenish_learn::target::Goal;
use plenish_table::{Context, Error, Result, Seed, Table};
use serde::Serialize;
use std::collections::BTreeSet;

/// Tables with fewer rows say too little to look for what they lack.
pub const MIN_ROWS: usize = 20;
/// Values combined at most, if all columns are looked at: what a person can read.
const LEVELS_OF_ALL: usize = 3;
/// Values combined at most, if columns are named.
const LEVELS_OF_NAMED: usize = 5;
/// Values of a slice at most.
const SLICE_LEVELS: usize = 3;
/// Default threshold: so many rows, or this share of them if that is more, but no more than the last.
const THRESHOLD: (usize, f64, usize) = (10, 0.001, 100);
/// Default support of slices: so many rows, or this share of them (`SliceLine`, section 3.1).
const SUPPORT: (usize, f64) = (32, 0.01);
/// `SliceLine`'s weight of error against size, section 5.
const ALPHA: f64 = 0.95;
/// Rows with a known target, below which no half of them can find slices that the other confirms.
const SLICE_ROWS: usize = 100;
/// Patterns listed at most; nobody fills more, and more columns or levels make ever more of them.
const MOST_PATTERNS: usize = 200_000;
/// Cells looked at for patterns at most: a minute or two.
const MOST_CELLS: f64 = 5e10;

/// What gaps to look for.
#[derive(Debug, Clone)]
pub struct Options {
    /// The columns that are looked at, by name; all if there are none.
    pub columns: Vec<String>,
    /// Combinations with fewer rows are uncovered. If not set, a thousandth of the rows, from 10 to 100.
    pub threshold: Option<usize>,
    /// Values combined at most, 1 to 5. If not set, 5 of named columns and 3 of all; never more than 3 for slices.
    pub levels: Option<usize>,
    /// Slices listed at most, at least 1.
    pub top: usize,
    /// Share of false ones among the slices at most, in expectation.
    pub false_discovery: f64,
    /// Whom the data should be like.
    pub reference: Option<Reference>,
    /// The kinds of gaps that are looked for; all if empty.
    pub kinds: Vec<GapKind>,
    /// So many columns are combined, if none are named: the target, the protected ones, and those a model relies on
    /// most. All are if not set.
    pub important: Option<usize>,
}

impl Default for Options {
    /// All columns, ten slices of which one in twenty is false at most, no reference.
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            threshold: None,
            levels: None,
            top: 10,
            false_discovery: 0.05,
            reference: None,
            kinds: Vec::new(),
            important: None,
        }
    }
}

impl Options {
    /// Whether anything that is looked for needs a model.
    fn needs_model(&self) -> bool {
        let kinds = &self.kinds;
        kinds.is_empty()
            || kinds.contains(&GapKind::Slice)
            || kinds.contains(&GapKind::Uncertain)
            || (self.important.is_some() && self.columns.is_empty())
    }
}

/// What a table lacks.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Gaps {
    /// Rows of the table.
    pub rows: usize,
    /// The columns that were looked at.
    #[serde(rename = "looked_at")]
    pub columns: Vec<String>,
    /// Combinations with fewer rows are uncovered.
    pub threshold: usize,
    /// Values combined at most.
    pub levels: usize,
    /// Combinations of values with too few rows.
    pub patterns: Vec<Pattern>,
    /// Combinations of which the data has a far smaller share than the reference.
    pub underrepresented: Vec<Underrepresented>,
    /// Slices in which a model fails.
    pub slices: Vec<FailingSlice>,
    /// Slices in which bagged trees disagree; their error is the variance of the trees' predictions.
    pub uncertain: Vec<FailingSlice>,
    /// What the error of `slices` is: `log_loss` or `squared_error`; none without a target.
    pub loss: Option<&'static str>,
    /// The mean error of all rows with a known target.
    pub error: Option<f64>,
    /// Rare classes and events of the target and of the named columns.
    pub rare: Vec<Rare>,
    /// Cells of protected columns and target that are unequal or nearly empty.
    #[serde(rename = "unequal_groups")]
    pub groups: Vec<GroupCell>,
    /// Sparse regions of numeric columns.
    pub sparse: Vec<Sparse>,
    /// Which columns a model relies on.
    pub importance: Vec<ColumnImportance>,
    /// Columns that are not looked at for patterns, and why.
    pub left_out: Vec<LeftOut>,
    /// What was not looked for, and why.
    pub notes: Vec<String>,
    /// The values that `patterns` are made of.
    #[serde(skip)]
    pub attributes: Attributes,
}

/// Finds all gaps of `table`: those of a model only with a `target`, those of groups only with `protected`
/// columns as well. What a table is too small for is left out, and said so in the notes.
///
/// Fails on tables of fewer than [`MIN_ROWS`] rows, options out of range, columns that are not there, a target
/// that cannot be predicted, a protected column with one value, and a reference that does not fit.
pub fn find(
    table: &Table,
    target: Option<&str>,
    protected: &[String],
    options: &Options,
    seed: &Seed,
    cx: &Context,
) -> Result<Gaps> {
    let seed = seed.derive("gaps");
    let asked = Asked::new(table, target, protected, options)?;
    let mut notes = Vec::new();
    let wanted = |kind: GapKind| options.kinds.is_empty() || options.kinds.contains(&kind);
    let mut gaps = Gaps {
        rows: table.rows(),
        threshold: asked.threshold,
        ..Gaps::default()
    };
    if asked.target.is_some() {
        asked.model(table, options, &seed, cx, &mut gaps, &mut notes)?;
    } else {
        notes.push("no target is named: failing slices, unequal groups and importance were not looked for".to_owned());
    }
    let combined = asked.combined(table, options, &gaps.importance);
    let attributes = Attributes::new(table, &combined, &AttributeSettings::default());
    if attributes.attributes.is_empty() {
        let reasons: Vec<String> = attributes
            .left_out
            .iter()
            .map(|o| format!("{}: {}", o.column, o.reason))
            .collect();
        return Err(Error::data("there is no column whose values can be combined").help(reasons.join("; ")));
    }
    gaps.columns = combined.iter().map(|&column| attributes.name_of(column)).collect();
    gaps.left_out.clone_from(&attributes.left_out);
    gaps.levels = asked.levels;
    if wanted(GapKind::Pattern) {
        (gaps.levels, gaps.patterns) = cx.step("Counting combinations", 0, || {
            reduced(&attributes, asked.levels, &mut notes, |levels| {
                let settings = PatternSettings {
                    threshold: asked.threshold,
                    levels,
                    limit: MOST_PATTERNS,
                };
                patterns(&attributes, &settings, cx)
            })
        })?;
    }
    if wanted(GapKind::Sparse) {
        gaps.sparse = cx.step("Looking for sparse regions", 0, || {
            sparse(table, &asked.columns, asked.threshold, cx)
        })?;
    }
    if let Some(reference) = options.reference.as_ref().filter(|_| wanted(GapKind::Reference)) {
        gaps.underrepresented = cx.step("Comparing with the reference", 0, || {
            let found = reduced(&attributes, asked.levels, &mut notes, |levels| {
                let bounds = (asked.threshold, levels, MOST_PATTERNS);
                underrepresented(table, reference, &combined, bounds, cx)
            })?;
            Ok(found.1)
        })?;
    }
    gaps.attributes = attributes;
    let judged = Attributes::new(table, &asked.with_roles(), &AttributeSettings::default());
    if wanted(GapKind::Rare) {
        gaps.rare = rare(table, &judged, &asked.events(!options.columns.is_empty()));
    }
    if let Some(target) = asked.target.filter(|_| wanted(GapKind::Group)) {
        let (cells, skipped) = groups(&judged, &asked.protected, target, asked.threshold)?;
        gaps.groups = cells;
        notes.extend(skipped);
    }
    gaps.notes = notes;
    Ok(gaps)
}

/// Searches with as many levels as the columns allow, and fewer as long as there is too much to list.
fn reduced<T>(
    attributes: &Attributes,
    wanted: usize,
    notes: &mut Vec<String>,
    search: impl Fn(usize) -> Result<Option<Vec<T>>>,
) -> Result<(usize, Vec<T>)> {
    let count = attributes.attributes.len();
    let mut levels = wanted;
    while levels > 1 && cells(count, levels) * attributes.rows as f64 > MOST_CELLS {
        levels -= 1;
    }
    loop {
        if let Some(found) = search(levels)? {
            if levels < wanted {
                let note = format!(
                    "{count} columns have too many combinations of {wanted} values: at most {levels} were combined; \
                     name fewer columns for more"
                );
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
            return Ok((levels, found));
        }
        if levels == 1 {
            return Err(Error::data("there are too many rare values to list").help("name fewer columns"));
        }
        levels -= 1;
    }
}

/// Sets of at most so many of `count` columns.
fn cells(count: usize, levels: usize) -> f64 {
    let mut sets = 1.0;
    let mut all = 0.0;
    for size in 1..=levels.min(count) {
        sets *= (count - size + 1) as f64 / size as f64;
        all += sets;
    }
    all
}

/// What is asked, held against the table.
struct Asked {
    columns: Vec<usize>,
    target: Option<usize>,
    protected: Vec<usize>,
    threshold: usize,
    levels: usize,
}

impl Asked {
    fn new(table: &Table, target: Option<&str>, protected: &[String], options: &Options) -> Result<Self> {
        let rows = table.rows();
        if rows < MIN_ROWS {
            return Err(
                Error::data(format!("{rows} rows are too few to look for what they lack"))
                    .help(format!("give at least {MIN_ROWS} rows")),
            );
        }
        let schema = table.schema();
        let place = |name: &String| schema.require(name);
        let columns: Vec<usize> = if options.columns.is_empty() {
            (0..schema.columns.len()).collect()
        } else {
            options.columns.iter().map(place).collect::<Result<_>>()?
        };
        let named: BTreeSet<usize> = columns.iter().copied().collect();
        if named.len() < columns.len() {
            return Err(Error::usage("a column is named twice").help("name each column once"));
        }
        // A target that cannot be predicted is told of before anything is counted.
        let goal = target.map(|name| Goal::new(table, table, name)).transpose()?;
        let target = goal.map(|goal| goal.index);
        let protected: Vec<usize> = protected.iter().map(place).collect::<Result<_>>()?;
        if let Some(&both) = protected.iter().find(|&&column| Some(column) == target) {
            return Err(Error::usage("the target cannot be protected as well")
                .in_column(&schema.columns[both].name)
                .help("name it in one of the two"));
        }
        for &column in &protected {
            let described = &schema.columns[column];
            let missing = table.column(column).missing_count();
            if !table.column(column).varies() && (missing == 0 || missing == rows) {
                return Err(
                    Error::data("a protected column with one value has no groups to compare")
                        .in_column(&described.name)
                        .help("name a column with at least two values, or leave it out"),
                );
            }
        }
        let threshold = options.threshold.unwrap_or_else(|| {
            let (least, share, most) = THRESHOLD;
            ((rows as f64 * share).round() as usize).clamp(least, most)
        });
        let default = if options.columns.is_empty() {
            LEVELS_OF_ALL
        } else {
            LEVELS_OF_NAMED
        };
        let levels = options.levels.unwrap_or(default);
        check(threshold, levels)?;
        if threshold > rows {
            return Err(Error::usage(format!(
                "the table has {rows} rows, fewer than the threshold of {threshold}: everything is uncovered"
            ))
            .help("give a lower threshold"));
        }
        if options.top == 0 {
            return Err(Error::usage("a list of 0 slices is empty").help("give at least 1"));
        }
        Ok(Self {
            columns,
            target,
            protected,
            threshold,
            levels,
        })
    }

    /// The columns whose values are combined.
    fn combined(&self, table: &Table, options: &Options, importance: &[ColumnImportance]) -> Vec<usize> {
        let Some(most) = options.important.filter(|_| options.columns.is_empty()) else {
            return self.columns.clone();
        };
        let mut chosen: Vec<usize> = self.protected.iter().copied().chain(self.target).collect();
        let important = importance.iter().filter(|one| one.importance > 0.0);
        for place in important.filter_map(|one| table.schema().index(&one.column)) {
            if chosen.len() < most && !chosen.contains(&place) {
                chosen.push(place);
            }
        }
        if chosen.len() < 2 {
            // Without a model nothing is known to matter more.
            return self.columns.clone();
        }
        chosen
    }

    /// The columns looked at, the target and the protected ones, each once.
    fn with_roles(&self) -> Vec<usize> {
        let mut all = self.columns.clone();
        for &column in self.target.iter().chain(&self.protected) {
            if !all.contains(&column) {
                all.push(column);
            }
        }
        all
    }

    /// The columns whose rare values are looked for: the target, and the columns that were named.
    fn events(&self, named: bool) -> Vec<usize> {
        let mut all: Vec<usize> = self.target.into_iter().collect();
        if named {
            all.extend(
                self.columns
                    .iter()
                    .copied()
                    .filter(|&column| Some(column) != self.target),
            );
        }
        all
    }

    /// Adds the gaps of a model.
    fn model(
        &self,
        table: &Table,
        options: &Options,
        seed: &Seed,
        cx: &Context,
        gaps: &mut Gaps,
        notes: &mut Vec<String>,
    ) -> Result<()> {
        let Some(target) = self.target.filter(|_| options.needs_model()) else {
            return Ok(());
        };
        let name = &table.schema().columns[target].name;
        let known = table.rows() - table.column(target).missing_count();
        if known < SLICE_ROWS {
            notes.push(format!(
                "{known} rows have a target: failing slices and importance need at least {SLICE_ROWS}"
            ));
            return Ok(());
        }
        let predicted = cx.step("Predicting rows from the others", 5, || {
            out_of_fold(table, name, seed, cx)
        })?;
        gaps.loss = Some(if predicted.goal.task == Task::Regression {
            "squared_error"
        } else {
            "log_loss"
        });
        let rows = predicted.errors.len();
        gaps.error = Some(predicted.errors.iter().sum::<f64>() / rows as f64);
        let wanted = |kind: GapKind| options.kinds.is_empty() || options.kinds.contains(&kind);
        if wanted(GapKind::Slice) {
            gaps.slices = cx.step("Finding failing slices", 0, || {
                self.failing(&predicted, &predicted.errors, options, &seed.derive("slices"), cx)
            })?;
        }
        if wanted(GapKind::Uncertain) {
            let variance = cx.step("Asking where trees disagree", 2, || disagreement(&predicted, seed, cx))?;
            gaps.uncertain = self.failing(&predicted, &variance, options, &seed.derive("uncertain"), cx)?;
        }
        gaps.importance = cx.step("Measuring importance", 0, || importance(&predicted, seed, cx))?;
        Ok(())
    }

    /// Slices of the columns looked at, the target left out: it is not known when a model is asked.
    fn failing(
        &self,
        predicted: &OutOfFold,
        errors: &[f64],
        options: &Options,
        seed: &Seed,
        cx: &Context,
    ) -> Result<Vec<FailingSlice>> {
        let table = &predicted.table;
        let columns: Vec<usize> = self
            .columns
            .iter()
            .copied()
            .filter(|&column| Some(column) != self.target && excluded(&table.schema().columns[column]).is_none())
            .collect();
        let (least, share) = SUPPORT;
        let settings = FailingSettings {
            slices: SliceSettings {
                alpha: ALPHA,
                support: ((errors.len() as f64 * share).round() as usize).max(least),
                top: options.top,
                levels: self.levels.min(SLICE_LEVELS),
            },
            false_discovery: options.false_discovery,
        };
        failing(table, &columns, errors, &settings, seed, cx)
    }
}
