use super::{say, say_json, text};
use crate::arguments::Run;
use crate::{REJECTED, clock};
use plenish_evaluate::Decision;
use plenish_store::Environment;
use plenish_study::{Caller, Study};
use plenish_table::{Context, Result};

pub(crate) fn run(arguments: &Run, json: bool, quiet: bool, cx: &Context) -> Result<u8> {
    let watch = clock::Stopwatch::start();
    let mut study = Study::load(&arguments.study)?;
    if let Some(seed) = arguments.seed {
        study.seed = seed;
    }
    let caller = Caller {
        now: clock::now(),
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
        environment: Environment {
            os: std::env::consts::OS.to_owned(),
            arch: std::env::consts::ARCH.to_owned(),
        },
    };
    let outcome = plenish_study::run(&study, &caller, cx)?;
    if json {
        say_json(&outcome)?;
    } else if !quiet {
        let rows = outcome.evaluation.rows;
        say(&format!(
            "{} synthetic rows from {} real ones, judged against {} unseen ones, in {:.1} s\n",
            text::count(rows.synthetic as u64),
            text::count(rows.real as u64),
            text::count(rows.holdout as u64),
            watch.seconds()
        ));
        say(&text::gates(&outcome.evaluation.gates));
        say(&format!("Verdict: {}", text::decision(&outcome.verdict)));
        for reason in &outcome.verdict.reasons {
            say(&format!("  - {reason}"));
        }
        if let Some(privacy) = &outcome.privacy {
            say(&text::promise(privacy));
        }
        say(&format!("\nVersion {} in the store. Written:", outcome.version));
        for file in &outcome.files {
            say(&format!("  {}", file.display()));
        }
    }
    Ok(if outcome.verdict.verdict == Decision::Reject {
        REJECTED
    } else {
        0
    })
}
