//! What the user may say on the command line.

mod judging;
mod models;
mod studies;
mod values;

pub(crate) use judging::{Audit, Evaluate, Experiment, Perturb};
pub(crate) use models::{Fit, Generate, Impute, Ledger, LedgerAction, Profile, Score, Show};
pub(crate) use studies::{Init, Plan, Run, Store};

use clap::{Parser, Subcommand};

/// Above the options that every command has.
const EVERYWHERE: &str = "Options of every command";

/// Plenish fills what a training data set lacks with synthetic rows, and proves that it helped.
///
/// A study starts with two commands:
///
///     plenish init data.csv --target income
///     plenish run study.toml
///
/// `init` writes study.toml: the schema it found, the criteria, every setting with a comment.
/// `run` profiles the data, fits a generator, makes synthetic rows, checks them against rows the
/// generator never saw, tries them in an experiment, and leaves synthetic.parquet,
/// augmented.parquet, report.html and verdict.json beside the study, and a version in its store.
///
/// Files may be CSV, TSV, Parquet, JSON lines or Arrow, by their extension, text also .gz or .zst;
/// `-` is standard input or output. Nothing leaves this machine.
///
/// Exit codes: 0 done or accepted, 1 failure, 2 bad usage, 3 rejected by a gate, 130 interrupted.
#[derive(Debug, Parser)]
#[command(name = "plenish", version, verbatim_doc_comment, propagate_version = true)]
pub(crate) struct Arguments {
    /// Print one JSON object on standard output instead of text
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub(crate) json: bool,
    /// Print no progress and no summary
    #[arg(long, short, global = true, help_heading = EVERYWHERE)]
    pub(crate) quiet: bool,
    /// Threads to use [default: one for each core]; results do not depend on it
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a commented study.toml for a table
    Init(Init),
    /// Run a whole study: profile, generate, check, experiment, publish
    Run(Run),
    /// Find what a study's data lacks and write a plan that fills it, for you to edit
    Plan(Plan),
    /// Describe a table: every column, associations, groups
    Profile(Profile),
    /// Learn a generator from a table
    Fit(Fit),
    /// Make synthetic rows with a fitted generator
    Generate(Generate),
    /// Fill the missing cells of a table
    Impute(Impute),
    /// Tell how likely each row of a table is under a fitted generator
    Score(Score),
    /// Tell what a model file holds: generator, columns, conditions, where it comes from
    Show(Show),
    /// Compare a synthetic table with real ones
    Evaluate(Evaluate),
    /// Attack synthetic rows: what do they give away of the rows they were learned from?
    Audit(Box<Audit>),
    /// Change synthetic rows by named steps (noise, rounding, swapping, leaving out) and measure what that does
    Perturb(Box<Perturb>),
    /// Try synthetic rows in models, beside real rows and what costs nothing
    Experiment(Box<Experiment>),
    /// Show, limit or check the privacy budget of a data set
    Ledger(Ledger),
    /// Look into the store of a study
    #[command(subcommand)]
    Store(Store),
}
