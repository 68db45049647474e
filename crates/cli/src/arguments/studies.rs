//! What the user may say about a study, and what it leaves.

use super::values::seed;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The table to learn from
    pub(crate) data: String,
    /// The column a model is to predict
    #[arg(long, value_name = "COL")]
    pub(crate) target: String,
    /// Columns whose groups must be treated alike
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) protected: Vec<String>,
    /// A table for the locked test [default: a share of DATA is locked]
    #[arg(long, value_name = "FILE")]
    pub(crate) test: Option<String>,
    /// Where to write the study
    #[arg(long, short, default_value = "study.toml", value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Replace a study that is there already
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The study file
    pub(crate) study: PathBuf,
    /// Use this seed instead of the study's
    #[arg(long, allow_negative_numbers = true, value_parser = seed)]
    pub(crate) seed: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// The study file, with a section `plan`
    #[arg(value_name = "STUDY")]
    pub(crate) study: PathBuf,
    /// Where to write the plan; beside the study if not named, `-` for standard output
    #[arg(short, long, value_name = "PLAN.toml")]
    pub(crate) output: Option<String>,
    /// Replaces a plan that is there
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Store {
    /// List what happened, newest last
    Log(StoreFolder),
    /// Show one version
    Show {
        /// A version, the beginning of one, or `latest`
        version: String,
        #[command(flatten)]
        folder: StoreFolder,
    },
    /// Hash everything again and compare; all versions if none is named
    Verify {
        /// A version, the beginning of one, or `latest`
        version: Option<String>,
        /// Also run the version again and compare the bytes of its data
        #[arg(long)]
        regenerate: bool,
        #[command(flatten)]
        folder: StoreFolder,
    },
}

#[derive(Debug, Args)]
pub(crate) struct StoreFolder {
    /// The study's folder
    #[arg(long, default_value = ".", value_name = "FOLDER")]
    pub(crate) study: PathBuf,
}
